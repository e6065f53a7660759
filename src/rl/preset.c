/* Sets of settings by name. */
#include "base/error.h"
#include "duro/train.h"

#include <string.h>

/* The plain algorithms as [DRAC] and [RIS] have them: one multiplier network holds pi, mu_h alone is the worst
 * disturbance, nothing is scaled, and pi plays all episodes from the environment's own starts. */
static const char *const paper[] = {
    "train.steps=300000",       "train.restarts=0",         "train.play_pi_h=0",      "train.play_filter=0",
    "learn.width=256",          "learn.gamma_h=0.99",       "learn.gamma_h_end=0.99", "learn.rate_critic=3e-4",
    "learn.rate_player=1e-4",   "learn.decay_share=0",      "learn.tau=0.005",        "learn.player_every=2",
    "learn.ahead=false",        "learn.margin=0",           "learn.hold=multiplier",  "learn.corners=false",
    "learn.corners_task=false", "learn.normalize=none",     "learn.filter_margin=0",  "learn.filter_corners=false",
    "learn.needed_only=false",  "learn.clip_failures=false"};

duro_status duro_train_preset(duro_train_settings *train, duro_learn_settings *learn, const char *name) {
  const duro_settings_group groups[] = {{"train", duro_train_rows, duro_train_rows_count, train},
                                        {"learn", duro_learn_rows, duro_learn_rows_count, learn}};
  const bool is_paper = strcmp(name, "paper") == 0;
  if (!is_paper && strcmp(name, "recipe") != 0)
    return duro_fail(DURO_ERROR_ARGUMENT, "unknown preset \"%s\"; wanted recipe or paper", name);
  for (int i = 0; i < 2; ++i) duro_settings_default(&groups[i]);
  duro_status status = DURO_OK;
  for (size_t i = 0; is_paper && !status && i < sizeof paper / sizeof *paper; ++i)
    status = duro_settings_assign(groups, 2, paper[i]);
  return status;
}

/* Short evaluations during training. */
#include "watch.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "run.h"
#include "text.h"

enum { LOOKS = 20 }; /* about every 5 % of the steps */

duro_status watch_start(watch *w, const char *folder) {
  run_path(w->path, folder, "eval/during.csv");
  w->file = fopen(w->path, "w");
  if (!w->file || fprintf(w->file, "step,scenario,return,violating,episodes\n") < 0 || fflush(w->file))
    return duro_fail(DURO_ERROR_FILE, "%s cannot be written: %s", w->path, strerror(errno));
  return DURO_OK;
}

/* mu_h of the given adversary, else the policy's own, else random disturbances. */
static duro_attack choose_attack(watch *w, const duro_policy *policy) {
  if (w->adversary) {
    snprintf(w->scenario, sizeof w->scenario, "mu_h of %s", w->adversary_name);
    return (duro_attack){.kind = DURO_ATTACK_SAFETY, .policy = w->adversary};
  }
  const bool own = duro_policy_has(policy, DURO_NET_MU_H);
  snprintf(w->scenario, sizeof w->scenario, own ? "own mu_h" : "random");
  return (duro_attack){.kind = own ? DURO_ATTACK_SAFETY : DURO_ATTACK_RANDOM, .policy = own ? policy : NULL};
}

static duro_status record(watch *w, int64_t step) {
  text line = {0};
  text_add(&line, "%lld,", (long long)step);
  text_add_field(&line, w->scenario);
  text_add(&line, ",");
  text_add_number(&line, w->last.return_mean);
  text_add(&line, ",%lld,%lld\n", (long long)w->last.violating, (long long)w->last.episodes);
  const bool written = fputs(line.bytes, w->file) >= 0 && fflush(w->file) == 0;
  text_release(&line);
  if (!written) return duro_fail(DURO_ERROR_FILE, "%s cannot be written: %s", w->path, strerror(errno));
  static const char *const names[] = {"return", "violating"};
  return duro_events_scalars(w->events, step, "eval", names, (double[]){w->last.return_mean, (double)w->last.violating},
                             2);
}

duro_status watch_look(watch *w, duro_trainer *trainer, const duro_train_progress *now) {
  if (now->step < w->next && now->step < now->steps) return DURO_OK;
  const int64_t stride = now->steps / LOOKS > 1 ? now->steps / LOOKS : 1;
  w->next = (now->step / stride + 1) * stride;

  duro_policy *policy;
  duro_status status = duro_trainer_policy(trainer, &policy);
  if (status) return status;
  const duro_attack attack = choose_attack(w, policy);
  const duro_eval_options options = {.episodes = WATCH_EPISODES,
                                     .seed = w->seed,
                                     .threads = w->threads,
                                     .start = DURO_START_EVAL,
                                     .act = run_plain_act(policy)};
  duro_episode episodes[WATCH_EPISODES];
  status = duro_eval_run(episodes, w->env, policy, &attack, &options);
  duro_policy_destroy(policy);
  if (status) return status;
  duro_eval_summary summary;
  duro_eval_summarize(&summary, episodes, WATCH_EPISODES);
  w->last = (watch_result){summary.episodes, summary.violating, summary.return_mean};
  return record(w, now->step);
}

void watch_stop(watch *w) {
  if (w->file) fclose(w->file);
  w->file = NULL;
}

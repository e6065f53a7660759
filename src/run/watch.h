/* Short evaluations while training runs, their record eval/during.csv, the event file, the snapshots in policies/, and
 * the choice of the one that is deployed. */
#ifndef DURO_RUN_WATCH_H
#define DURO_RUN_WATCH_H

#include "duro/eval.h"
#include "duro/io.h"
#include "duro/train.h"
#include "io/file.h"
#include "run/path.h"

enum { TRIAL_STARTS_MOST = 4 };
/* What the program does while the library trains; the rest of the group `train`. */
// clang-format off
#define WATCH_SETTINGS(X) \
  X(INT, looks, 20, 1, 10000, NULL, "", "Short evaluations while training, evenly spaced; each leaves a snapshot in policies/.") \
  X(INT, look_episodes, 32, 1, 10000, NULL, "", "Episodes of each scenario of a look.") \
  X(INT, look_search, 64, 0, 100000, NULL, "rollouts", "Rollouts for each start of a search for a worst disturbance in a look, where all scenarios are played; 0: no search.") \
  X(BOOL, look_at_all, false, 0, 0, NULL, "", "Looks play every scenario, filtered as well where there is a filter, not only the safety adversary.") \
  X(BOOL, choose, true, 0, 0, NULL, "", "Deploy the snapshot that stood up best to its look, not the last one; means look_at_all.") \
  X(REAL, choose_margin, .05, -10, 10, NULL, "", "A snapshot that keeps h, scaled, above this in its whole look is judged by its return without adversary; others by violations, then by h.") \
  X(INT, trial, 4, 0, 16, NULL, "", "Snapshots of the looks that meet the trial at the end, harder attackers by which the filter's margin is set and the snapshot chosen; with train.choose. 0: no trial.") \
  X(INT, trial_episodes, 64, 4, 4096, NULL, "", "Starts of evaluation in the trial, and as many of training that are hard to hold.") \
  X(INT, trial_search, 64, 0, 100000, NULL, "rollouts", "Rollouts for each start of the search of the trial.") \
  X(INT, trial_starts, 1, 0, TRIAL_STARTS_MOST, NULL, "", "Searches, of about 1700 rollouts each, for a start that the snapshot claims to hold and from where its filter breaks, at each of three claims and in each of up to three rounds of the trial; 0: none.") \
  X(BOOL, keep_checkpoints, false, 0, 0, NULL, "", "Keep every checkpoint, not only the last two.")
// clang-format on
typedef struct watch_settings {
  WATCH_SETTINGS(DURO_SETTINGS_FIELD)
} watch_settings;
/* The rows of watch_settings, prefix "train". */
duro_settings_group watch_settings_group(watch_settings *values);

typedef struct watch_result {
  int64_t episodes, violating; /* 0 episodes: nothing was played yet */
  double return_mean;
} watch_result;

/* How a snapshot stood up to its whole look. */
typedef struct watch_judgement {
  bool passes;       /* no violation, nothing cut off, and h above train.choose_margin throughout */
  int64_t violating; /* over all scenarios; so are episodes that were cut off, which nobody knows the end of */
  int64_t filtered;  /* those of them that violated behind the filter */
  double h_min;      /* scaled */
  double score;      /* return without adversary; without a task policy h_min */
  int64_t step;      /* 0: nothing was judged yet */
  double seconds;    /* since training began, looks included */
} watch_judgement;

typedef struct watch {
  const duro_env *env;
  const duro_policy *adversary; /* owner of mu and mu_h; NULL: the policy itself, or random where it has none */
  const char *adversary_name;
  duro_events *events; /* not its own */
  const duro_train_settings *train;
  const duro_learn_settings *learn;
  const watch_settings *set;
  int64_t next;          /* environment steps at which the next evaluation is due */
  duro_growing file;     /* eval/during.csv */
  duro_growing verdicts; /* eval/verdicts.csv where snapshots are judged */
  char policies[RUN_PATH];
  char scenario[DURO_TEXT_SIZE + 32]; /* of the first scenario of the last look, for people: "own mu_h" */
  watch_result last;                  /* of that scenario */
  duro_episode *episodes;
  watch_judgement present, best, first_pass;
  int64_t judged, passed; /* snapshots */
  bool tried;             /* the chosen one is that of an earlier trial */
} watch;

/* Do looks play every scenario, and judge the snapshot by them? */
bool watch_judges(const watch_settings *set);
/* Creates the record; `last` >= 0 goes on with one after the step of this number: what came after it is cut off, and
 * what was chosen until then is read back. */
duro_status watch_start(watch *w, const char *folder, int64_t last);
/* Plays the present policy if it is due. */
duro_status watch_look(watch *w, duro_trainer *trainer, const duro_train_progress *now);
/* Makes its records durable. */
duro_status watch_sync(const watch *w);
void watch_stop(watch *w);

#endif

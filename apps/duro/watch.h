/* Short evaluations while training runs, and their record: eval/during.csv and the event file. */
#ifndef DURO_APP_WATCH_H
#define DURO_APP_WATCH_H

#include <stdio.h>

#include "cli.h"
#include "duro/eval.h"
#include "duro/io.h"
#include "duro/train.h"

enum { WATCH_EPISODES = 32 };

typedef struct watch_result {
  int64_t episodes, violating; /* 0 episodes: nothing was played yet */
  double return_mean;
} watch_result;

typedef struct watch {
  const duro_env *env;
  const duro_policy *adversary; /* owner of mu_h; NULL: the policy itself, or random where it has none */
  const char *adversary_name;
  duro_events *events; /* not its own */
  int64_t seed, threads;
  int64_t next; /* environment steps at which the next evaluation is due */
  FILE *file;
  char path[CLI_PATH];
  char scenario[DURO_TEXT_SIZE + 32]; /* of the last evaluation, for people: "own mu_h" */
  watch_result last;
} watch;

/* Creates the record. */
duro_status watch_start(watch *w, const char *folder);
/* Plays the present policy if it is due. */
duro_status watch_look(watch *w, duro_trainer *trainer, const duro_train_progress *now);
void watch_stop(watch *w);

#endif

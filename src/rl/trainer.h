/* The trainer's parts, for trainer.c and checkpoint.c. */
#ifndef DURO_RL_TRAINER_H
#define DURO_RL_TRAINER_H

#include "base/pace.h"
#include "rl/collect.h"

#include <limits.h>

/* columns of train.csv before those of the metrics table */
enum { COL_STEP, COL_UPDATE, COL_SECONDS, COL_SPEED, COL_RETURN, COL_VIOLATIONS, COL_GAMMA_H, COL_ALPHA, COL_METRICS };
enum { COLUMNS = COL_METRICS + METRIC_COUNT };

/* The checkpoints of one folder, so that each writes only what is new. */
typedef struct checkpoints {
  char folder[PATH_MAX]; /* "" before the first */
  int64_t step[2];       /* of those that are there, older first; -1: none */
  int64_t replayed;      /* transitions ever added when the newer one was written */
  int64_t blocks;        /* of the replay that are on disk, counted from its first transition */
} checkpoints;

struct duro_trainer {
  learner *learner;
  collector *collector;
  duro_pool *pool;
  duro_pace warming, learning; // threads of a round without updates and of one with them
  const duro_env *env;
  duro_train_settings set;
  const char *columns[COLUMNS];
  double row[COLUMNS];
  double started, last_time, saved_time;
  double seconds; /* trained before this process, where a checkpoint was taken up */
  int64_t last_step, saved_update;
  int64_t stop_at; /* environment steps; 0: none */
  checkpoints disk;
  atomic_bool stop;
};

#endif

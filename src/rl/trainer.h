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

/* ---- several ranks, ranks.c: each calls the same functions in the same order ---- */

/* From here on the training is one of several ranks' (NULL: it stays alone), which do every step of it alike and share
 * the work of updates; its bits are those of one process. `transport` must outlive it. DURO_ERROR_ARGUMENT: critics
 * with batch normalisation, and more ranks than panels of a batch. Calls no other rank. */
duro_status trainer_share(duro_trainer *t, const duro_transport *transport);
/* Fails where `mine` is not the same number on all ranks; `what` is what it is of, "another seed". */
duro_status trainer_compare(const duro_trainer *t, uint64_t mine, const char *what);
/* The same of the program and all that decides the training. */
duro_status trainer_compare_origin(const duro_trainer *t);
/* After a round: a stop, or a fault, of one rank becomes that of all. */
duro_status ranks_agree(duro_trainer *t, bool *stop);
/* What rank 0 has decided. */
duro_status ranks_decide(const duro_trainer *t, bool *decided);

#endif

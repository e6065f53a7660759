/* The search for a start as well as a disturbance sequence. */
#ifndef DURO_EVAL_AMBUSH_H
#define DURO_EVAL_AMBUSH_H

#include "eval/rollout.h"

enum {
  AMBUSH_STARTS = 1024,
  AMBUSH_POPULATION = 64,
  AMBUSH_ITERATIONS = 64 /* defaults */
};

typedef struct ambush ambush;

/* Scripted attackers that every drawn start meets. */
int ambush_scripted(int na);
/* Scratch of one thread; plays its rollouts in `f`, both must outlive it. */
duro_status ambush_create(ambush **a, const rollout *run, fleet *f);
void ambush_destroy(ambush *a);
/* Search `number`, a function of (seed, number) alone; what it found worst goes into `out`. Faults are left in it as
 * fleet_play leaves them. */
void ambush_run(ambush *a, duro_episode *out, int64_t number);
/* Start (nx) and sequence (horizon x na) of the last ambush_run. */
const double *ambush_start(const ambush *a);
const float *ambush_sequence(const ambush *a);

#endif

/* The worst disturbance sequence for a start, by search. */
#ifndef DURO_EVAL_SEARCH_H
#define DURO_EVAL_SEARCH_H

#include "eval/rollout.h"

enum {
  SEARCH_STARTS = 4, /* starts searched side by side */
  SEARCH_POPULATION = 16,
  SEARCH_ITERATIONS = 8 /* defaults */
};

typedef struct search search;

/* Scratch of one thread; plays its rollouts in `f`, both must outlive it. */
duro_status search_create(search **s, const rollout *run, fleet *f);
void search_destroy(search *s);
/* Episodes [first, first + count) under the worst sequence found for each, into out (count); count is at most
 * SEARCH_STARTS. What is found for an episode depends on (seed, episode) alone. Faults are left in `out` as fleet_play
 * leaves them. */
void search_run(search *s, duro_episode *out, int64_t first, int count);
/* The worst sequence (horizon x na) found for episode first + i of the last search_run. */
const float *search_sequence(const search *s, int i);

#endif

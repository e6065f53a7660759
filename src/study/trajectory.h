/* An episode, state by state. */
#ifndef DURO_STUDY_TRAJECTORY_H
#define DURO_STUDY_TRAJECTORY_H

#include "duro/env.h"
#include "duro/eval.h"

/* A trajectory as duro_eval_trace fills it. */
typedef struct trajectory {
  double *x, *h; /* (steps+1 x nx), (steps+1) */
  float *u, *a;  /* (steps x nu), (steps x na) */
  int64_t steps;
} trajectory;

/* Room for so many steps. After a failure there is nothing to release, and releasing is fine. */
duro_status trajectory_create(trajectory *t, const duro_env_spec *spec, int64_t steps);
void trajectory_release(trajectory *t);
/* An episode without a policy: control zero, or uniform in its range. Starts and disturbances are those of
 * duro_eval_trace. */
duro_status trajectory_play(trajectory *t, const duro_env *env, bool random, const duro_attack *attack, int64_t episode,
                            const duro_eval_options *how);
/* The states that pictures show: all of a small system, else the two of the slice and the first others; their number.
 */
enum { TRAJECTORY_STATES = 4 };
int trajectory_states(int *shown, const duro_env_spec *spec);
/* Writes a table: t, states, u, a, h, a row for each state. */
duro_status trajectory_save(const trajectory *t, const duro_env_spec *spec, const char *path);

#endif

/* Many states at once, for rooms above. */
#ifndef DURO_ENV_MANY_H
#define DURO_ENV_MANY_H

#include "duro/env.h"

/* duro_env_step_many with actions as they are, also beyond [-1, 1]: a solver may give a player more power. */
void env_step_unclipped(const duro_env *env, void *worker, int n, double *x2, duro_step *out, const double *x,
                        const double *u, const double *a);
/* Observations (n x no) of states (n x nx). */
void env_observe(const duro_env *env, int n, float *obs, const double *x);

#endif

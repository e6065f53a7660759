/* Many states at once, by whatever the environment offers. */
#ifndef DURO_ENV_MANY_H
#define DURO_ENV_MANY_H

#include "duro/env.h"

/* duro_env_step_many of actions within [-1, 1]. */
void env_step_clipped(const duro_env *env, void *worker, int n, double *x2, duro_step *out, const double *x,
                      const double *u, const double *a);

#endif

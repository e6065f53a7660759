/* What comparing sets and rolling out from them share. */
#ifndef DURO_EVAL_SETS_H
#define DURO_EVAL_SETS_H

#include "duro/sets.h"

#include <stdatomic.h>

/* a (na) that makes the true value after the step least, under the control u (nu). `env` and `worker` are those that
 * are played. */
void set_truth_worst(const duro_set_truth *truth, const duro_env *env, void *worker, double *a, const double *x,
                     const double *u);
/* Fails where the policy cannot be held against sets of the environment. */
duro_status set_check(const duro_policy *policy, const duro_env *env, const duro_set_options *options);
/* Is the work to end? Thread 0, the caller's, asks options->ask, whose status the others see in *status. */
bool set_ends(const duro_set_options *options, atomic_int *status, int thread);

#endif

/* What the safety of an environment depends on, by what its spec declares. */
#ifndef DURO_ENV_NEEDS_H
#define DURO_ENV_NEEDS_H

#include "duro/env.h"

/* Bit j: the safety value depends on x_j, since h does or what moves h. All bits where the spec does not say. */
uint64_t env_needed_states(const duro_env_spec *spec);

/* needed (no): does this observation depend on such a state? Found by changing those states alone between random
 * starts of training. Returns how many do not. */
int env_needed_observations(bool *needed, const duro_env *env);

#endif

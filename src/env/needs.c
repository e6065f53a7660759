/* What safety depends on. */
#include "env/needs.h"

#include "base/purposes.h"

enum { PAIRS = 64 };

uint64_t env_needed_states(const duro_env_spec *spec) {
  const uint64_t all = spec->nx >= DURO_MASK_BITS ? ~0ULL : (1ULL << spec->nx) - 1;
  if (!spec->h_needs || !spec->x_needs) return all;
  uint64_t set = spec->h_needs & all;
  for (int i = 0; i < spec->nx; i++) // as often as there are states: a chain is no longer
    for (int j = 0; j < spec->nx; j++)
      if (set >> j & 1) set |= spec->x_needs[j] & all;
  return set;
}

static bool differ(float a, float b) {
  return a < b || a > b;
}

int env_needed_observations(bool *needed, const duro_env *env) {
  const duro_env_spec *spec = &env->spec;
  const uint64_t states = env_needed_states(spec);
  double x[DURO_MAX_STATE], y[DURO_MAX_STATE];
  float here[DURO_MAX_OBS], there[DURO_MAX_OBS];
  const bool some = spec->nx < DURO_MASK_BITS && states != (1ULL << spec->nx) - 1;
  for (int i = 0; i < spec->no; i++) needed[i] = !some;
  for (uint64_t k = 0; some && k < PAIRS; k++) {
    duro_stream stream = duro_stream_at(0, DURO_PURPOSE_INITIALISE, k);
    env->ops->reset(env, x, &stream, DURO_START_TRAIN);
    env->ops->reset(env, y, &stream, DURO_START_TRAIN);
    env->ops->observe(env, here, x);
    for (int j = 0; j < spec->nx; j++)
      if (states >> j & 1) x[j] = y[j];
    env->ops->observe(env, there, x);
    for (int i = 0; i < spec->no; i++) needed[i] |= differ(here[i], there[i]);
  }
  int hidden = 0;
  for (int i = 0; i < spec->no; i++) hidden += !needed[i];
  return hidden;
}

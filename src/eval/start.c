/* Where episodes start. */
#include <math.h>
#include <string.h>

#include "base/purposes.h"
#include "eval/rollout.h"

enum { TRIES = 10000 };

bool eval_lies_there(const duro_env *env, const double *x, double value, const duro_eval_options *options) {
  switch (options->region) {
  case DURO_REGION_INSIDE:
    return value >= options->region_margin * env->spec.h_scale;
  case DURO_REGION_OUTSIDE:
    return value < 0 && duro_env_constraint(env, x) >= 0;
  case DURO_REGION_ANY:
    break;
  }
  return true;
}

double eval_start_value(const duro_env *env, const double *x, const duro_eval_options *options) {
  if (options->grid) return duro_grid_safety_at(options->grid, x);
  if (!options->claims) return NAN;
  float obs[DURO_MAX_OBS];
  duro_env_observe(env, obs, x);
  const double claimed = (double)duro_policy_safety_value(options->claims, obs) * env->spec.h_scale;
  return fmin(duro_env_constraint(env, x), claimed);
}

bool eval_draw(double *x, double *value, const duro_env *env, const duro_eval_options *options, duro_stream *stream) {
  for (int i = 0; i < TRIES; i++) {
    duro_env_reset(env, x, stream, options->start);
    *value = eval_start_value(env, x, options);
    if (eval_lies_there(env, x, *value, options)) return true;
  }
  return false;
}

bool duro_eval_start(double *x, double *value, const duro_env *env, const duro_eval_options *options, int64_t episode) {
  if (options->starts) {
    memcpy(x, options->starts + (episode - options->first) * env->spec.nx, (size_t)env->spec.nx * sizeof *x);
    *value = eval_start_value(env, x, options);
    return true;
  }
  duro_stream stream = duro_stream_at((uint64_t)options->seed, DURO_PURPOSE_RESET_EVAL, (uint64_t)episode);
  return eval_draw(x, value, env, options, &stream);
}

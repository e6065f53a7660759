/* The motion of a double integrator, compiled for each width of vectors. */
#include "env/double_integrator_lanes.h"

#define MOTION_NAME double_integrator
#define HAS_RATES
#define OBSERVES_STATE
enum { NX = 2, NO = 2, NU = 1, NA = 1 };

INLINE vec safety(const duro_env *env, const vec *x) {
  return di_safety(env->settings, x);
}

INLINE void motion(const duro_env *env, vec *x2, const vec *x, const vec *u, const vec *a) {
  di_move(env->settings, ((const di_shared *)env->shared)->order, x2, x, u[0], a[0]);
}

INLINE void rates(const duro_env *env, vec *dx, const vec *x, const vec *u, const vec *a) {
  di_rates(env->settings, dx, x, u[0], a[0]);
}

INLINE void verdict(const duro_env *env, outcome *out, const vec *x2, const vec *u, const vec *a) {
  (void)a;
  const di_settings *s = env->settings;
  out->failed = di_failed(s, x2);
  const vec reward = -di_cost(s, x2, u[0]);
  out->r = v_select(out->failed, reward - s->fail_cost, reward);
  out->h = safety(env, x2);
}

#include "env/motion_loops.h"

/* The motion of several double integrators, compiled for each width of vectors. */
#include "env/double_integrator_lanes.h"
#include "env/double_integrators.h"

#define MOTION_NAME double_integrators
#define HAS_RATES
#define OBSERVES_STATE
#define SIZES_VARY
enum { NX = 2 * DIS_MOST, NO = NX, NU = DIS_MOST, NA = DIS_MOST };

static const di_settings *each(const duro_env *env) {
  return &((const dis_settings *)env->settings)->each;
}

static int count_of(const duro_env *env) {
  return ((const dis_shared *)env->shared)->count;
}

INLINE vec safety(const duro_env *env, const vec *x) {
  const di_settings *s = each(env);
  vec h = di_safety(s, x);
  for (int k = 1; k < count_of(env); k++) h = lanes_min(h, di_safety(s, x + 2 * k));
  return h;
}

INLINE void motion(const duro_env *env, vec *x2, const vec *x, const vec *u, const vec *a) {
  const di_order order = ((const dis_shared *)env->shared)->order;
  for (int k = 0; k < count_of(env); k++) di_move(each(env), order, x2 + 2 * k, x + 2 * k, u[k], a[k]);
}

INLINE void rates(const duro_env *env, vec *dx, const vec *x, const vec *u, const vec *a) {
  for (int k = 0; k < count_of(env); k++) di_rates(each(env), dx + 2 * k, x + 2 * k, u[k], a[k]);
}

INLINE void verdict(const duro_env *env, outcome *out, const vec *x2, const vec *u, const vec *a) {
  (void)a;
  const di_settings *s = each(env);
  vec cost = v_of(0.0);
  for (int k = 0; k < count_of(env); k++) {
    cost += di_cost(s, x2 + 2 * k, u[k]);
    out->failed = mask_or(out->failed, di_failed(s, x2 + 2 * k));
  }
  out->r = v_select(out->failed, -cost - s->fail_cost, -cost);
  out->h = safety(env, x2);
}

#include "env/motion_loops.h"

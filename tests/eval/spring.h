/* A mass on a line and policies made of two gains, for tests of adversaries. The functions of duro/policy.h defined
 * here take the place of the library's. With the gains of `loose` the closed loop is a spring with little damping: no
 * constant push moves it far, a push in time with it does. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "duro/eval.h"

struct duro_policy {
  duro_policy_info info;
  float p, v;  /* u = p x0 + v x1 */
  bool chases; /* has mu_h = sign(x1), which pushes along with the motion */
};

static bool policies_claim; /* they have a Q_h, by which 1 - |x0| - |x1| is left */

const duro_policy_info *duro_policy_about(const duro_policy *policy) {
  return &policy->info;
}
bool duro_policy_has(const duro_policy *policy, duro_policy_net net) {
  return net == DURO_NET_PI || (net == DURO_NET_MU_H && policy->chases) || (net == DURO_NET_QH && policies_claim);
}
const char *duro_policy_net_name(duro_policy_net net) {
  return net == DURO_NET_MU_H ? "mu_h" : "mu";
}
bool duro_policy_can(const duro_policy *policy, duro_act act) {
  (void)policy;
  return act == DURO_ACT_TASK;
}
void duro_policy_act_many(const duro_policy *policy, int n, float *u, bool *replaced, const float *obs, duro_act act,
                          float margin) {
  (void)act, (void)margin;
  for (int i = 0; i < n; i++) {
    u[i] = fmaf(policy->p, obs[2 * i], policy->v * obs[2 * i + 1]);
    if (replaced) replaced[i] = false;
  }
}
float duro_policy_safety_value(const duro_policy *policy, const float *obs) {
  (void)policy;
  return 1 - fabsf(obs[0]) - fabsf(obs[1]);
}
void duro_policy_respond_many(const duro_policy *policy, int n, float *a, const float *obs, const float *u,
                              duro_policy_net net) {
  (void)policy, (void)u, (void)net;
  for (int i = 0; i < n; i++) a[i] = obs[2 * i + 1] >= 0 ? 1 : -1;
}

/* v' = v + dt (10 u + a / 2), p' = p + dt v'; h = bound - |p|, and beyond twice the bound it fails */
typedef struct spring_shared {
  double dt, bound;
} spring_shared;

static void spring_reset(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  (void)env;
  x[0] = start == DURO_START_EVAL ? 0 : .4 * (2 * duro_stream_uniform(stream) - 1);
  x[1] = 0;
}
static void spring_observe(const duro_env *env, float *obs, const double *x) {
  (void)env;
  obs[0] = (float)x[0], obs[1] = (float)x[1];
}
static double spring_constraint(const duro_env *env, const double *x) {
  return ((const spring_shared *)env->shared)->bound - fabs(x[0]);
}
static void spring_step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                        const double *a) {
  (void)worker;
  const double dt = ((const spring_shared *)env->shared)->dt;
  x2[1] = x[1] + dt * (10 * u[0] + .5 * a[0]);
  x2[0] = x[0] + dt * x2[1];
  *out = (duro_step){.r = -x2[0] * x2[0], .h = spring_constraint(env, x2)};
  if (fabs(x2[0]) > 2 * ((const spring_shared *)env->shared)->bound) out->end = DURO_TERMINATED;
}

static const duro_env_ops spring_ops = {.name = "spring",
                                        .reset = spring_reset,
                                        .observe = spring_observe,
                                        .constraint = spring_constraint,
                                        .step = spring_step};

/* `shared` must outlive it */
static duro_env make_spring(spring_shared *shared, int horizon) {
  return (duro_env){
      .ops = &spring_ops,
      .shared = shared,
      .spec = {.nx = 2, .no = 2, .nu = 1, .na = 1, .horizon = horizon, .dt = shared->dt, .h_scale = 1},
  };
}

#define SPRING_INFO                                                                                                    \
  { .algorithm = "test", .environment = "spring", .no = 2, .nu = 1, .na = 1 }
/* the stiffness is 4 /s^2, the damping .2 /s: a natural half period of 1.57 s and 5 % of critical damping */
static const duro_policy loose = {SPRING_INFO, -.4f, -.02f, false};
static const duro_policy chaser = {SPRING_INFO, -.4f, -.02f, true};

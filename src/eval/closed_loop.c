#include "eval/closed_loop.h"

#include <math.h>
#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"
#include "env/many.h"

/* states whose observations and actions lie on the stack: so many at most, and no more than there is room for */
enum { BLOCK = 64, OBS_ROOM = 4096, ACTION_ROOM = 1024 };
_Static_assert(OBS_ROOM >= DURO_MAX_OBS && ACTION_ROOM >= DURO_MAX_ACTION, "one of each must fit");

/* reward for a failure, in steps of the deepest violation: what ends must not be worth less than what goes on */
#define FAILURE_REWARD 20.0

static const closed_loop_task *task_of(const duro_env *loop) {
  return loop->settings;
}

static duro_status worker_create(const duro_env *loop, void **worker) {
  return duro_env_worker_create(task_of(loop)->env, worker);
}

static void reset(const duro_env *loop, double *x, duro_stream *stream, duro_start start) {
  const duro_env *env = task_of(loop)->env;
  duro_env_reset(env, x, stream, start);
}

static void observe(const duro_env *loop, float *obs, const double *x) {
  const duro_env *env = task_of(loop)->env;
  duro_env_observe(env, obs, x);
}

static void observe_many(const duro_env *loop, int n, float *obs, const double *x) {
  const duro_env *env = task_of(loop)->env;
  if (env->ops->observe_many) {
    env->ops->observe_many(env, n, obs, x);
    return;
  }
  for (int i = 0; i < n; i++) duro_env_observe(env, obs + (ptrdiff_t)i * env->spec.no, x + (ptrdiff_t)i * env->spec.nx);
}

static double constraint(const duro_env *loop, const double *x) {
  const duro_env *env = task_of(loop)->env;
  return duro_env_constraint(env, x);
}

/* NaN stays NaN, so that the caller notices */
static double clip(double value, double limit) {
  return value < -limit ? -limit : value > limit ? limit : value;
}

static double reward(const closed_loop_task *task, const duro_step *out) {
  if (task->reward == CLOSED_LOOP_LOSS) return -out->r;
  return clip(-out->h / task->env->spec.h_scale, 1.0) + (out->end == DURO_TERMINATED ? FAILURE_REWARD : 0.0);
}

/* most states of a block */
static int most_states(const duro_env_spec *task) {
  const int wide = task->nu > task->na ? task->nu : task->na;
  const int seen = OBS_ROOM / task->no, moved = ACTION_ROOM / (wide > 0 ? wide : 1);
  const int most = seen < moved ? seen : moved;
  return most < BLOCK ? most : BLOCK;
}

/* u (n x nu) of the policy at the n observations of a block */
static void act(const closed_loop_task *task, double *u, int n, const float *obs) {
  float narrow[ACTION_ROOM];
  duro_policy_act_many(task->policy, n, narrow, NULL, obs, task->act, task->margin);
  for (int i = 0; i < n * task->env->spec.nu; i++) u[i] = clip((double)narrow[i], 1.0);
}

static void step_block(const duro_env *loop, void *worker, int n, double limit, double *x2, duro_step *out,
                       const double *x, const double *attack) {
  const closed_loop_task *task = task_of(loop);
  float obs[OBS_ROOM];
  double u[ACTION_ROOM], a[ACTION_ROOM];
  observe_many(loop, n, obs, x);
  act(task, u, n, obs);
  for (int i = 0; i < n * loop->spec.na; i++) a[i] = task->amplitude * clip(attack[i], limit);
  env_step_unclipped(task->env, worker, n, x2, out, x, u, a);
  for (int i = 0; i < n; i++) out[i].r = reward(task, &out[i]);
}

static void step_many(const duro_env *loop, void *worker, int n, double limit, double *x2, duro_step *out,
                      const double *x, const double *u, const double *a) {
  (void)a;
  const int nx = loop->spec.nx, nu = loop->spec.nu, most = most_states(&task_of(loop)->env->spec);
  for (int at = 0; at < n; at += most) {
    const int count = n - at < most ? n - at : most;
    step_block(loop, worker, count, limit, x2 + (ptrdiff_t)at * nx, out + at, x + (ptrdiff_t)at * nx,
               u + (ptrdiff_t)at * nu);
  }
}

static void step(const duro_env *loop, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                 const double *a) {
  step_many(loop, worker, 1, INFINITY, x2, out, x, u, a);
}

static duro_status check(const closed_loop_task *task) {
  const duro_env_spec *spec = &task->env->spec;
  const duro_policy_info *about = duro_policy_about(task->policy);
  if (about->no != spec->no || about->nu != spec->nu)
    return duro_fail(DURO_ERROR_ARGUMENT, "the policy maps %d observations to %d controls; %s wants %d to %d",
                     about->no, about->nu, task->env->ops->name, spec->no, spec->nu);
  if (!duro_policy_can(task->policy, task->act))
    return duro_fail(DURO_ERROR_ARGUMENT, "a policy of %s lacks the networks for this way of acting", about->algorithm);
  if (!(isfinite(task->amplitude) && task->amplitude > 0.0))
    return duro_fail(DURO_ERROR_ARGUMENT, "the amplitude of the disturbance is %g; wanted more than 0",
                     task->amplitude);
  return DURO_OK;
}

/* The operations are the loop's own: a worker is destroyed by them alone, and it is one of the environment inside. */
static duro_status create(duro_env *loop) {
  const closed_loop_task *task = task_of(loop);
  duro_env_ops *own = duro_allocate(sizeof *own);
  if (!own) return DURO_ERROR_MEMORY;
  *own = *loop->ops;
  own->name = task->env->ops->name;
  own->worker_destroy = task->env->ops->worker_destroy;
  loop->ops = loop->shared = own;
  loop->spec = task->env->spec;
  loop->spec.nu = loop->spec.na;
  // the policy sees the whole state: any of it may move any other
  loop->spec.x_needs = NULL;
  loop->spec.x_shift = 0;
  return DURO_OK;
}

static void destroy(duro_env *loop) {
  duro_release(loop->shared);
}

duro_status closed_loop_create(duro_env **loop, const closed_loop_task *task) {
  static const duro_env_ops ops = {.title = "the disturbance against a frozen policy",
                                   .settings_size = sizeof(closed_loop_task),
                                   .create = create,
                                   .destroy = destroy,
                                   .worker_create = worker_create,
                                   .reset = reset,
                                   .observe = observe,
                                   .observe_many = observe_many,
                                   .constraint = constraint,
                                   .step = step,
                                   .step_many = step_many};
  *loop = NULL;
  const duro_status status = check(task);
  return status ? status : duro_env_create(loop, &ops, task);
}

#include "eval/closed_loop.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "env/many.h"
#include "eval/player.h"

/* states whose observations and actions lie on the stack: so many at most, and no more than there is room for */
enum { BLOCK = DURO_PLAYER_SIDE, OBS_ROOM = 4096, ACTION_ROOM = 1024 };
_Static_assert(OBS_ROOM >= DURO_MAX_OBS && ACTION_ROOM >= DURO_MAX_ACTION, "one of each must fit");

/* reward for a failure, in steps of the deepest violation: what ends must not be worth less than what goes on */
#define FAILURE_REWARD 20.0

/* What a loop owns: its operations, the player, and the names of a state that holds what the player remembers. */
typedef struct loop_own {
  duro_env_ops ops; /* first, since loops are told apart by it */
  duro_player player;
  const char *x_names[DURO_MAX_STATE], *x_units[DURO_MAX_STATE];
  double x_low[DURO_MAX_STATE], x_high[DURO_MAX_STATE];
} loop_own;

/* Scratch of one thread; the last three (BLOCK x ..) only where the player remembers. */
typedef struct loop_worker {
  const duro_env *loop;
  void *env, *player;
  double *x, *x2, *memory;
} loop_worker;

static const closed_loop_task *task_of(const duro_env *loop) {
  return loop->settings;
}

static const duro_player *player_of(const duro_env *loop) {
  return &((const loop_own *)loop->shared)->player;
}

static void worker_destroy(void *worker) {
  loop_worker *w = worker;
  const duro_player *player = player_of(w->loop);
  duro_env_worker_destroy(task_of(w->loop)->env, w->env);
  if (player->worker_destroy) player->worker_destroy(player, w->player);
  duro_release(w->x);
  duro_release(w->x2);
  duro_release(w->memory);
  duro_release(w);
}

static duro_status take_room(loop_worker *w, size_t nx, size_t remembered) {
  w->x = duro_allocate(BLOCK * nx * sizeof *w->x);
  w->x2 = duro_allocate(BLOCK * nx * sizeof *w->x2);
  w->memory = duro_allocate(BLOCK * remembered * sizeof *w->memory);
  return w->x && w->x2 && w->memory ? DURO_OK : DURO_ERROR_MEMORY;
}

static duro_status worker_create(const duro_env *loop, void **worker) {
  const duro_player *player = player_of(loop);
  const duro_env *env = task_of(loop)->env;
  loop_worker *w = duro_allocate(sizeof *w);
  if (!w) return DURO_ERROR_MEMORY;
  w->loop = loop;
  duro_status status = duro_env_worker_create(env, &w->env);
  if (!status && player->worker_create) status = player->worker_create(player, &w->player);
  if (!status && player->remembered) status = take_room(w, (size_t)env->spec.nx, (size_t)player->remembered);
  if (status)
    worker_destroy(w);
  else
    *worker = w;
  return status;
}

static void reset(const duro_env *loop, double *x, duro_stream *stream, duro_start start) {
  const duro_env *env = task_of(loop)->env;
  duro_env_reset(env, x, stream, start);
  for (int k = env->spec.nx; k < loop->spec.nx; k++) x[k] = 0;
}

static void observe(const duro_env *loop, float *obs, const double *x) {
  const duro_env *env = task_of(loop)->env;
  duro_env_observe(env, obs, x);
}

static void observe_many(const duro_env *loop, int n, float *obs, const double *x) {
  const duro_env *env = task_of(loop)->env;
  if (env->ops->observe_many && loop->spec.nx == env->spec.nx) {
    env->ops->observe_many(env, n, obs, x);
    return;
  }
  for (int i = 0; i < n; i++)
    duro_env_observe(env, obs + (ptrdiff_t)i * env->spec.no, x + (ptrdiff_t)i * loop->spec.nx);
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

/* One block of states x (n x nx of the environment), and what the player remembers of each. */
static void step_states(const duro_env *loop, const loop_worker *w, int n, double limit, double *x2, duro_step *out,
                        const double *x, double *memory, const double *attack) {
  const closed_loop_task *task = task_of(loop);
  const duro_env *env = task->env;
  float obs[OBS_ROOM], narrow[ACTION_ROOM];
  double u[ACTION_ROOM], a[ACTION_ROOM];
  bool replaced[BLOCK] = {false};
  env_observe(env, n, obs, x);
  player_act(player_of(loop), w ? w->player : NULL, n, narrow, replaced, obs, x, memory);
  for (int i = 0; i < n * env->spec.nu; i++) u[i] = clip((double)narrow[i], 1.0);
  for (int i = 0; i < n * loop->spec.na; i++) a[i] = task->amplitude * clip(attack[i], limit);
  env_step_unclipped(env, w ? w->env : NULL, n, x2, out, x, u, a);
  for (int i = 0; i < n; i++) out[i].r = reward(task, &out[i]);
}

/* the state of the loop is that of the environment, and behind it what the player remembers */
static void step_block(const duro_env *loop, const loop_worker *w, int n, double limit, double *x2, duro_step *out,
                       const double *x, const double *attack) {
  const size_t whole = (size_t)loop->spec.nx, nx = (size_t)task_of(loop)->env->spec.nx, more = whole - nx;
  if (!more) {
    step_states(loop, w, n, limit, x2, out, x, NULL, attack);
    return;
  }
  for (size_t i = 0; i < (size_t)n; i++) {
    memcpy(w->x + i * nx, x + i * whole, nx * sizeof *x);
    memcpy(w->memory + i * more, x + i * whole + nx, more * sizeof *x);
  }
  step_states(loop, w, n, limit, w->x2, out, w->x, w->memory, attack);
  for (size_t i = 0; i < (size_t)n; i++) {
    memcpy(x2 + i * whole, w->x2 + i * nx, nx * sizeof *x);
    memcpy(x2 + i * whole + nx, w->memory + i * more, more * sizeof *x);
  }
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

static duro_status check(const closed_loop_task *task, const duro_player *player) {
  const duro_status status = player_check(player, task->env);
  if (status) return status;
  if (task->env->spec.nx + player->remembered > DURO_MAX_STATE)
    return duro_fail(DURO_ERROR_ARGUMENT, "%d states and %d numbers that %s remembers; wanted at most %d together",
                     task->env->spec.nx, player->remembered, player->name, DURO_MAX_STATE);
  if (!(isfinite(task->amplitude) && task->amplitude > 0.0))
    return duro_fail(DURO_ERROR_ARGUMENT, "the amplitude of the disturbance is %g; wanted more than 0",
                     task->amplitude);
  return DURO_OK;
}

/* what the player remembers becomes states of its own, which no picture shows */
static void widen(duro_env_spec *spec, loop_own *own, int remembered) {
  for (int i = 0; i < spec->nx + remembered; i++) {
    const bool known = i < spec->nx;
    own->x_names[i] = known ? spec->x_names[i] : "memory";
    own->x_units[i] = known ? spec->x_units[i] : "";
    own->x_low[i] = known ? spec->x_low[i] : -1;
    own->x_high[i] = known ? spec->x_high[i] : 1;
  }
  spec->x_names = own->x_names, spec->x_units = own->x_units;
  spec->x_low = own->x_low, spec->x_high = own->x_high;
  spec->x_periodic = NULL;
  spec->x_fail_low = spec->x_fail_high = NULL;
  spec->nx += remembered;
}

/* The operations are the loop's own: it is told apart by them. */
static duro_status create(duro_env *loop) {
  const closed_loop_task *task = task_of(loop);
  loop_own *own = duro_allocate(sizeof *own);
  if (!own) return DURO_ERROR_MEMORY;
  duro_status status = DURO_OK;
  if (task->player)
    own->player = *task->player;
  else
    status = duro_player_policy(&own->player, task->policy, task->act, task->margin);
  if (!status) status = check(task, &own->player);
  if (status) {
    duro_release(own);
    return status;
  }
  own->ops = *loop->ops;
  own->ops.name = task->env->ops->name;
  loop->ops = &own->ops;
  loop->shared = own;
  loop->spec = task->env->spec;
  loop->spec.nu = loop->spec.na;
  // the policy sees the whole state: any of it may move any other
  loop->spec.x_needs = NULL;
  loop->spec.x_shift = 0;
  if (own->player.remembered) widen(&loop->spec, own, own->player.remembered);
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
                                   .worker_destroy = worker_destroy,
                                   .reset = reset,
                                   .observe = observe,
                                   .observe_many = observe_many,
                                   .constraint = constraint,
                                   .step = step,
                                   .step_many = step_many};
  return duro_env_create(loop, &ops, task);
}

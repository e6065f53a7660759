/* Environments by name; creation and a single step. */
#include "duro/env.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "env/builtin.h"
#include "env/many.h"
#include "env/mujoco.h"
#include "env/source.h"
#include "io/escape.h"

static const duro_env_ops *const builtin[] = {
    &duro_double_integrator,  &duro_cartpole,
#ifdef DURO_HAVE_MUJOCO
    &duro_cartpole_mujoco,    &duro_walker2d,
#endif
    &duro_double_integrators, &duro_pendulum, &duro_air3d, &duro_quadrotor, &duro_racing_car,
};

#ifndef DURO_HAVE_MUJOCO
static const char *const need_mujoco[] = {"cartpole-mujoco", "walker2d"};

const char *duro_env_mujoco_version(void) {
  return "";
}

const char *duro_env_mujoco_fault(void) {
  return NULL;
}

duro_status duro_env_mujoco_open(const char *path) {
  return duro_fail(DURO_ERROR_MISSING, "%s is of no use: this build lacks MuJoCo", path);
}
#endif

enum { n_builtin = sizeof builtin / sizeof *builtin };

const duro_env_ops *duro_env_builtin(int index) {
  return index >= 0 && index < n_builtin ? builtin[index] : NULL;
}

static duro_status not_found(const char *name) {
  const char *names[n_builtin];
  for (int i = 0; i < n_builtin; i++) names[i] = builtin[i]->name;
#ifndef DURO_HAVE_MUJOCO
  for (size_t i = 0; i < sizeof need_mujoco / sizeof *need_mujoco; i++)
    if (strcmp(need_mujoco[i], name) == 0)
      return duro_fail(DURO_ERROR_MISSING, "environment '%s' needs MuJoCo, which this build lacks", name);
#endif
  const char *near = duro_nearest(name, names, n_builtin);
  if (near) return duro_fail(DURO_ERROR_ARGUMENT, "no environment is called '%s'; did you mean '%s'?", name, near);
  return duro_fail(DURO_ERROR_ARGUMENT, "no environment is called '%s'; the first is '%s'", name, names[0]);
}

duro_status duro_env_find(const duro_env_ops **ops, const char *name) {
  for (int i = 0; i < n_builtin; i++)
    if (strcmp(builtin[i]->name, name) == 0) {
      *ops = builtin[i];
      return DURO_OK;
    }
  return not_found(name);
}

/* copies the settings, or their defaults, and checks each against its row */
static duro_status take_settings(duro_env *env, const void *settings) {
  const duro_env_ops *ops = env->ops;
  env->settings = duro_allocate(ops->settings_size);
  if (!env->settings) return DURO_ERROR_MEMORY;
  const duro_settings_group group = {"env", ops->settings, ops->n_settings, env->settings};
  if (settings && ops->settings_size)
    memcpy(env->settings, settings, ops->settings_size);
  else
    duro_settings_default(&group);
  return duro_settings_check(&group);
}

/* What a file among the settings makes of an environment: the same one, with that file as its source. */
typedef struct taken {
  duro_env_ops ops;
  duro_env_source source;
} taken;

static void release_file(duro_env *env) {
  taken *t = env->file;
  if (t) source_release(&t->source);
  duro_release(t);
}

/* The settings keep no path: the content decides, and it goes where the environment goes. */
static duro_status take_file(duro_env *env) {
  for (int i = 0; i < env->ops->n_settings; i++) {
    const duro_setting *row = &env->ops->settings[i];
    char *path = (char *)env->settings + row->offset;
    if (row->kind != DURO_FILE || !path[0]) continue;
    taken *t = duro_allocate(sizeof *t);
    if (!t) return DURO_ERROR_MEMORY;
    env->file = t;
    const duro_status status = source_read(&t->source, path);
    if (status) return status;
    t->ops = *env->ops;
    t->ops.source = &t->source;
    env->ops = &t->ops;
    memset(path, 0, DURO_TEXT_SIZE);
    return DURO_OK; // an environment has one such setting at most
  }
  return DURO_OK;
}

static duro_status check_size(const char *env, const char *what, int value, int low, int high) {
  if (value >= low && value <= high) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "environment '%s' has %s = %d; wanted %d to %d", env, what, value, low, high);
}

static bool is_plain(const char *const *words, int i) {
  return !words || !words[i] || duro_is_plain(words[i]);
}

/* names go to terminals, scripts and pages */
static duro_status check_names(const duro_env *env) {
  const duro_env_spec *s = &env->spec;
  bool plain = duro_is_plain(env->ops->name);
  for (int i = 0; i < s->nx; i++) plain = plain && is_plain(s->x_names, i) && is_plain(s->x_units, i);
  if (plain) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "environment '%s' has control codes in its name or those of its states",
                   env->ops->name);
}

/* an environment from outside may say anything */
static duro_status check_spec(const duro_env *env) {
  const duro_env_spec *s = &env->spec;
  const char *name = env->ops->name;
  duro_status status = check_size(name, "nx", s->nx, 1, DURO_MAX_STATE);
  if (!status) status = check_size(name, "no", s->no, 1, DURO_MAX_OBS);
  if (!status) status = check_size(name, "nu", s->nu, 1, DURO_MAX_ACTION);
  if (!status) status = check_size(name, "na", s->na, 0, DURO_MAX_ACTION);
  if (!status) status = check_size(name, "horizon", s->horizon, 1, INT32_MAX);
  if (!status && s->nx > DURO_MASK_BITS && (s->x_needs || s->h_needs || s->x_shift || s->x_hold))
    status = duro_fail(DURO_ERROR_ARGUMENT,
                       "environment '%s' has %d states and x_needs, h_needs, x_shift or x_hold; wanted at "
                       "most %d with those",
                       name, s->nx, DURO_MASK_BITS);
  if (!status && !(s->dt > 0.0 && s->h_scale > 0.0))
    status = duro_fail(DURO_ERROR_ARGUMENT, "environment '%s' has dt = %g and h_scale = %g; wanted both above 0", name,
                       s->dt, s->h_scale);
  return status ? status : check_names(env);
}

duro_status duro_env_create(duro_env **env, const duro_env_ops *ops, const void *settings) {
  *env = NULL;
  duro_env *e = duro_allocate(sizeof *e);
  if (!e) return DURO_ERROR_MEMORY;
  e->ops = ops;
  duro_status status = take_settings(e, settings);
  if (!status) status = take_file(e);
  if (!status) status = ops->create(e);
  if (status) {
    release_file(e);
    duro_release(e->settings);
    duro_release(e);
    return status;
  }
  status = check_spec(e);
  if (status) {
    duro_env_destroy(e);
    return status;
  }
  *env = e;
  return DURO_OK;
}

void duro_env_destroy(duro_env *env) {
  if (!env) return;
  if (env->ops->destroy) env->ops->destroy(env);
  release_file(env);
  duro_release(env->settings);
  duro_release(env);
}

const char *duro_env_trouble(const duro_env *env) {
  return env->ops->trouble ? env->ops->trouble(env) : NULL;
}

duro_status duro_env_worker_create(const duro_env *env, void **worker) {
  *worker = NULL;
  return env->ops->worker_create ? env->ops->worker_create(env, worker) : DURO_OK;
}

void duro_env_worker_destroy(const duro_env *env, void *worker) {
  if (worker && env->ops->worker_destroy) env->ops->worker_destroy(worker);
}

/* NaN stays NaN, so that the caller notices */
static void clip(double *out, const double *action, int count) {
  for (int i = 0; i < count; i++) out[i] = action[i] < -1.0 ? -1.0 : action[i] > 1.0 ? 1.0 : action[i];
}

void duro_env_reset(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  env->ops->reset(env, x, stream, start);
}

void duro_env_observe(const duro_env *env, float *obs, const double *x) {
  env->ops->observe(env, obs, x);
}

double duro_env_constraint(const duro_env *env, const double *x) {
  return env->ops->constraint(env, x);
}

void duro_env_step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                   const double *a) {
  assert(x2 != x);
  double cu[DURO_MAX_ACTION], ca[DURO_MAX_ACTION];
  clip(cu, u, env->spec.nu);
  clip(ca, a, env->spec.na);
  env->ops->step(env, worker, x2, out, x, cu, ca);
}

void duro_env_step_many(const duro_env *env, void *worker, int n, double *x2, duro_step *out, const double *x,
                        const double *u, const double *a) {
  assert(n == 0 || x2 != x);
  const size_t nx = (size_t)env->spec.nx, nu = (size_t)env->spec.nu, na = (size_t)env->spec.na;
  if (env->ops->step_many) {
    env->ops->step_many(env, worker, n, 1.0, x2, out, x, u, a);
    return;
  }
  for (size_t i = 0; i < (size_t)n; i++)
    duro_env_step(env, worker, x2 + i * nx, out + i, x + i * nx, u + i * nu, a + i * na);
}

void env_step_unclipped(const duro_env *env, void *worker, int n, double *x2, duro_step *out, const double *x,
                        const double *u, const double *a) {
  assert(n == 0 || x2 != x);
  const size_t nx = (size_t)env->spec.nx, nu = (size_t)env->spec.nu, na = (size_t)env->spec.na;
  if (env->ops->step_many) {
    env->ops->step_many(env, worker, n, INFINITY, x2, out, x, u, a);
    return;
  }
  for (size_t i = 0; i < (size_t)n; i++)
    env->ops->step(env, worker, x2 + i * nx, out + i, x + i * nx, u + i * nu, a + i * na);
}

void env_observe(const duro_env *env, int n, float *obs, const double *x) {
  if (env->ops->observe_many)
    env->ops->observe_many(env, n, obs, x);
  else
    for (int i = 0; i < n; i++) env->ops->observe(env, obs + i * env->spec.no, x + i * env->spec.nx);
}

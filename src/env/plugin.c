/* Environments in C files of their own: duro/plugin.h. */
#include "duro/plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/purposes.h"
#include "env/apart.h"
#include "env/compile.h"
#include "env/game.h"
#include "env/opened.h"
#include "env/plugin_facts.h"
#include "env/trace.h"
#include "io/escape.h"

enum { DEFAULT_HORIZON = 200, STARTS = 1000, TRIAL_STEPS = 20, TRIAL_SECONDS = 5, MAX_SETTINGS = 256 };

/* A loaded plugin. */
typedef struct loaded {
  opened file; /* first */
  char name[64];
  void *library;
  duro_plugin p; /* a copy, with the defaults filled in */
  char x_names[DURO_PLUGIN_STATES][8];
  env_calls *calls;                          /* told of every call; NULL: nobody listens */
  char compiler[1024], folder[COMPILE_PATH]; /* with which a C file becomes a formula; empty: none is given */
} loaded;

/* by what the environment holds, and not by where its operations lie, which may be copied */
static const loaded *loaded_of(const duro_env *env) {
  return env->shared;
}

/* says what is called next, and with what */
static void note(const loaded *l, env_call call, const double *x, const double *u, const double *a) {
  if (l->calls) env_calls_note(l->calls, call, x, u, a);
}

/* NULL where there are none, as plugin.h says */
static const void *settings_of(const duro_env *env) {
  return env->ops->settings_size ? env->settings : NULL;
}

/* ---- what an environment does ---- */

/* what depends on the settings may differ between environments of one plugin */
static duro_status p_create(duro_env *env) {
  env->shared = (void *)(uintptr_t)env->ops; // those that duro_env_open made: the first member of what is loaded
  const duro_plugin *p = &loaded_of(env)->p;
  uint64_t needs = 0;
  bool periodic = false;
  for (int i = 0; i < p->nx; i++) {
    needs |= p->x_needs[i];
    periodic |= p->x_periodic[i];
  }
  env->spec = (duro_env_spec){.nx = p->nx,
                              .no = p->no,
                              .nu = p->nu,
                              .na = p->na,
                              .horizon = p->horizon,
                              .dt = p->dt,
                              .h_scale = p->h_scale,
                              .x_names = p->x_names,
                              .x_units = p->x_units,
                              .x_low = p->x_low,
                              .x_high = p->x_high,
                              .slice = {p->slice[0], p->slice[1]},
                              .x_periodic = periodic ? p->x_periodic : NULL,
                              .x_needs = needs ? p->x_needs : NULL,
                              .h_needs = p->h_needs,
                              .x_shift = p->x_shift,
                              .x_hold = p->x_hold};
  note(loaded_of(env), ENV_CALL_CONFIGURE, NULL, NULL, NULL);
  const char *wrong = p->configure ? p->configure(&env->spec, settings_of(env)) : NULL;
  return wrong ? duro_fail(DURO_ERROR_ARGUMENT, "%s: %.400s", env->ops->name, wrong) : DURO_OK;
}

static double uniform(const duro_plugin_random *random, double low, double high) {
  return low + (high - low) * duro_stream_uniform(random->stream);
}

/* uniform in the region, or its middle half, where it is safe */
static void draw_start(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  const duro_env_spec *s = &env->spec;
  const double share = start == DURO_START_EVAL ? 0.25 : 0.5;
  for (int trial = 0; trial < STARTS; trial++) {
    for (int i = 0; i < s->nx; i++)
      x[i] = 0.5 * (s->x_low[i] + s->x_high[i]) + env_around_zero(stream, share * (s->x_high[i] - s->x_low[i]));
    if (env->ops->constraint(env, x) >= 0.0) return;
  }
}

static void p_reset(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  const loaded *l = loaded_of(env);
  note(l, ENV_CALL_RESET, NULL, NULL, NULL);
  if (l->p.reset)
    l->p.reset(x, &(duro_plugin_random){uniform, stream}, start, settings_of(env));
  else
    draw_start(env, x, stream, start);
}

static void p_observe(const duro_env *env, float *obs, const double *x) {
  const duro_plugin *p = &loaded_of(env)->p;
  note(loaded_of(env), ENV_CALL_OBSERVE, x, NULL, NULL);
  if (p->observe)
    p->observe(obs, x, settings_of(env));
  else
    for (int i = 0; i < p->nx; i++) obs[i] = (float)x[i];
}

static double p_constraint(const duro_env *env, const double *x) {
  note(loaded_of(env), ENV_CALL_H, x, NULL, NULL);
  return loaded_of(env)->p.h(x, settings_of(env));
}

static void p_step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                   const double *a) {
  (void)worker;
  const loaded *l = loaded_of(env);
  const duro_plugin *p = &l->p;
  const void *settings = settings_of(env);
  const bool finite = env_all_finite(x, p->nx) && env_all_finite(u, p->nu) && env_all_finite(a, p->na);
  note(l, ENV_CALL_STEP, x, u, a);
  if (finite) p->step(x2, x, u, a, settings);
  if (!finite || !env_all_finite(x2, p->nx)) {
    env_not_finite(x2, out, p->nx);
    return;
  }
  note(l, ENV_CALL_H, x2, NULL, NULL);
  out->h = p->h(x2, settings);
  note(l, ENV_CALL_REWARD, x, u, a);
  out->r = p->reward(x2, x, u, a, settings);
  if (!p->end) {
    out->end = out->h <= -env->spec.h_scale ? DURO_TERMINATED : DURO_RUNNING;
    return;
  }
  note(l, ENV_CALL_END, x2, NULL, NULL);
  out->end = p->end(x2, settings);
}

static void p_rates(const duro_env *env, double *dx, const double *x, const double *u, const double *a) {
  note(loaded_of(env), ENV_CALL_STEP, x, u, a);
  loaded_of(env)->p.rates(dx, x, u, a, settings_of(env));
}

static double p_target(const duro_env *env, const double *x) {
  note(loaded_of(env), ENV_CALL_TARGET, x, NULL, NULL);
  return loaded_of(env)->p.target(x, settings_of(env));
}

static duro_status p_formula(const duro_env *env, duro_formula *formula) {
  const loaded *l = loaded_of(env);
  return trace_formula(env, formula, &l->file.source, l->compiler, l->folder);
}

static void p_facts(const duro_env *env, duro_facts *f) {
  plugin_facts(&loaded_of(env)->p, env, f);
}

/* ---- from a shared object to an environment ---- */

/* Bytes of the struct that came first; members are added at its end, so that one compiled earlier lacks them. */
enum { FIRST_SIZE = offsetof(duro_plugin, control) };

static duro_status wants(const loaded *l, const char *member, const char *wanted) {
  return duro_fail(DURO_ERROR_FORMAT, "plugin %s: .%s is missing; wanted %s", l->name, member, wanted);
}

static duro_status check_functions(const loaded *l) {
  if (!l->p.step) return wants(l, "step", "a function that makes the next state");
  if (!l->p.h) return wants(l, "h", "the constraint function");
  if (!l->p.reward) return wants(l, "reward", "the reward function");
  if (!l->p.observe && l->p.no != l->p.nx)
    return duro_fail(DURO_ERROR_FORMAT, "plugin %s: .no is %d and .nx %d; wanted .observe, or the same number", l->name,
                     l->p.no, l->p.nx);
  return DURO_OK;
}

static duro_status check_size(const loaded *l, const char *member, int value, int low, int high) {
  if (value >= low && value <= high) return DURO_OK;
  return duro_fail(DURO_ERROR_FORMAT, "plugin %s: .%s is %d; wanted %d to %d", l->name, member, value, low, high);
}

static duro_status check_region(const loaded *l) {
  for (int i = 0; i < l->p.nx; i++)
    if (!(isfinite(l->p.x_low[i]) && isfinite(l->p.x_high[i]) && l->p.x_low[i] < l->p.x_high[i]))
      return duro_fail(DURO_ERROR_FORMAT, "plugin %s: .x_low[%d] is %g and .x_high[%d] %g; wanted numbers that rise",
                       l->name, i, l->p.x_low[i], i, l->p.x_high[i]);
  for (int k = 0; k < 2; k++)
    if (l->p.slice[k] < 0 || l->p.slice[k] >= l->p.nx)
      return duro_fail(DURO_ERROR_FORMAT, "plugin %s: .slice[%d] is %d; wanted a state, 0 to %d", l->name, k,
                       l->p.slice[k], l->p.nx - 1);
  return DURO_OK;
}

static size_t size_of(duro_setting_kind kind) {
  return kind == DURO_INT    ? sizeof(int64_t)
         : kind == DURO_REAL ? sizeof(double)
         : kind == DURO_BOOL ? 1
                             : DURO_TEXT_SIZE;
}

/* a table that the settings reader can trust */
static duro_status check_settings(const loaded *l) {
  if (l->p.n_settings < 0 || l->p.n_settings > MAX_SETTINGS || (l->p.n_settings > 0 && !l->p.settings))
    return duro_fail(DURO_ERROR_FORMAT, "plugin %s: .n_settings is %d; wanted 0 to %d rows in .settings", l->name,
                     l->p.n_settings, MAX_SETTINGS);
  for (int i = 0; i < l->p.n_settings; i++) {
    const duro_setting *row = &l->p.settings[i];
    const char *wrong = NULL;
    if (!row->name || !row->name[0] || !row->unit || !row->help) wrong = "name, unit and help";
    if (row->kind > DURO_TEXT) wrong = "a kind";
    if (row->kind == DURO_TEXT && !row->initial_text) wrong = "a default text";
    if (!wrong && !(duro_is_plain(row->name) && duro_is_plain(row->unit) && duro_is_plain(row->help)))
      wrong = "name, unit and help without control codes";
    if (!wrong && row->offset + size_of(row->kind) > l->p.settings_size) wrong = "a place inside .settings_size";
    if (!wrong && row->kind <= DURO_REAL && !(row->initial >= row->low && row->initial <= row->high))
      wrong = "a default within its range";
    if (wrong) return duro_fail(DURO_ERROR_FORMAT, "plugin %s: setting %d wants %s", l->name, i, wrong);
  }
  return DURO_OK;
}

static void fill_defaults(loaded *l) {
  duro_plugin *p = &l->p;
  if (!p->no) p->no = p->nx;
  if (!p->horizon) p->horizon = DEFAULT_HORIZON;
  if (p->h_scale == 0.0) p->h_scale = 1.0;
  if (!p->slice[0] && !p->slice[1] && p->nx > 1) p->slice[1] = 1;
  for (int i = 0; i < DURO_PLUGIN_STATES; i++) {
    snprintf(l->x_names[i], sizeof l->x_names[i], "x%d", i + 1);
    if (!p->x_names[i]) p->x_names[i] = l->x_names[i];
    if (!p->x_units[i]) p->x_units[i] = "";
  }
}

static duro_status check(loaded *l) {
  duro_status status = check_size(l, "nx", l->p.nx, 1, DURO_PLUGIN_STATES);
  if (!status) status = check_size(l, "nu", l->p.nu, 1, DURO_MAX_ACTION);
  if (!status) status = check_size(l, "na", l->p.na, 0, DURO_MAX_ACTION);
  fill_defaults(l);
  if (!status) status = check_size(l, "no", l->p.no, 1, DURO_MAX_OBS);
  if (!status) status = check_size(l, "horizon", l->p.horizon, 1, INT32_MAX);
  if (!status && !(l->p.dt > 0.0 && isfinite(l->p.dt)))
    status = duro_fail(DURO_ERROR_FORMAT, "plugin %s: .dt is %g; wanted seconds above 0", l->name, l->p.dt);
  if (!status && !(l->p.h_scale > 0.0 && isfinite(l->p.h_scale)))
    status = duro_fail(DURO_ERROR_FORMAT, "plugin %s: .h_scale is %g; wanted a number above 0", l->name, l->p.h_scale);
  if (!status) status = check_region(l);
  if (!status) status = check_functions(l);
  if (!status) status = check_settings(l);
  return status ? status : plugin_check_facts(&l->p, l->name);
}

static void unload(opened *file) {
  loaded *l = (loaded *)(void *)file;
  dlclose(l->library);
}

static void make_ops(loaded *l) {
  if (l->p.name && l->p.name[0]) snprintf(l->name, sizeof l->name, "%s", l->p.name);
  l->file.close = unload;
  l->file.ops = (duro_env_ops){.name = l->name,
                               .title = l->p.title ? l->p.title : "",
                               .settings = l->p.settings,
                               .n_settings = l->p.n_settings,
                               .settings_size = l->p.settings_size,
                               .create = p_create,
                               .reset = p_reset,
                               .observe = p_observe,
                               .constraint = p_constraint,
                               .step = p_step,
                               .rates = l->p.rates ? p_rates : NULL,
                               .target = l->p.target ? p_target : NULL,
                               .facts = plugin_has_facts(&l->p) ? p_facts : NULL};
}

void opened_watch(const duro_env_ops *ops, env_calls *calls) {
  if (ops->step == p_step) ((loaded *)(uintptr_t)ops)->calls = calls; // ours, and it begins with its ops
}

/* the plugin's struct, when it is one of this version */
static duro_status take_entry(loaded *l) {
  const duro_plugin *entry = dlsym(l->library, "duro_plugin_entry");
  if (!entry) return duro_fail(DURO_ERROR_FORMAT, "%s is no plugin: it does not end with DURO_PLUGIN(...)", l->name);
  if (entry->version != DURO_PLUGIN_VERSION || entry->size < FIRST_SIZE || entry->size > sizeof *entry)
    return duro_fail(DURO_ERROR_FORMAT,
                     "plugin %s is of version %d (%zu bytes), this program of %d (%zu bytes); compile it anew", l->name,
                     entry->version, entry->size, DURO_PLUGIN_VERSION, sizeof *entry);
  memcpy(&l->p, entry, entry->size);
  const duro_status status = check(l);
  if (!status) make_ops(l);
  return status;
}

/* Why it was not loaded; without memory the C library's loader has many words, of a file that is not there for example.
 */
static duro_status fail_to_load(const char *path, int reason) {
  const char *why = dlerror();
  if (reason == ENOMEM || !why || strstr(why, "allocate") || strstr(why, "memory"))
    return duro_fail_system(ENOMEM, "cannot load %s", path);
  return duro_fail(DURO_ERROR_FORMAT, "cannot load %s: %s", path, why);
}

static duro_status load(opened **file, const char *path, const char *object) {
  loaded *l = duro_allocate(sizeof *l);
  if (!l) return DURO_ERROR_MEMORY;
  opened_name(l->name, sizeof l->name, path);
  errno = 0;
  l->library = dlopen(object, RTLD_NOW | RTLD_LOCAL);
  duro_status status = l->library ? take_entry(l) : fail_to_load(path, errno);
  if (!status) {
    *file = &l->file;
    return DURO_OK;
  }
  if (l->library) dlclose(l->library);
  duro_release(l);
  return status;
}

/* ---- a trial in a process of its own ---- */

/* What the child tries, and what it tells in memory that both see. */
typedef struct trial {
  env_calls calls;
  const char *path, *object;
  duro_status status;
  char message[1024];
} trial;

static void try_episode(const duro_env *env, env_calls *calls, duro_start start) {
  duro_stream stream = duro_stream_at(1, DURO_PURPOSE_SPARE, (uint64_t)start);
  double x[2][DURO_PLUGIN_STATES] = {0}, u[DURO_MAX_ACTION], a[DURO_MAX_ACTION];
  float obs[DURO_MAX_OBS];
  duro_step out = {0};
  env->ops->reset(env, x[0], &stream, start);
  for (int t = 0; t < TRIAL_STEPS; t++) {
    env->ops->observe(env, obs, x[t % 2]);
    (void)env->ops->constraint(env, x[t % 2]);
    if (env->ops->target) (void)env->ops->target(env, x[t % 2]);
    for (int i = 0; i < env->spec.nu; i++) u[i] = env_around_zero(&stream, 1.0);
    for (int i = 0; i < env->spec.na; i++) a[i] = env_around_zero(&stream, 1.0);
    duro_env_step(env, NULL, x[(t + 1) % 2], &out, x[t % 2], u, a);
    if (out.end || !isfinite(out.h)) break;
  }
  env_calls_go_on(calls);
}

static duro_status try_all(trial *t) {
  opened *file = NULL;
  duro_env *env;
  env_calls_note(&t->calls, ENV_CALL_LOAD, NULL, NULL, NULL);
  duro_status status = load(&file, t->path, t->object);
  if (status) return status;
  opened_watch(&file->ops, &t->calls);
  status = duro_env_create(&env, &file->ops, NULL);
  if (status) return status;
  env_calls_about(&t->calls, env);
  try_episode(env, &t->calls, DURO_START_TRAIN);
  try_episode(env, &t->calls, DURO_START_EVAL);
  return DURO_OK;
}

static void try_in_child(void *context) {
  trial *t = context;
  t->status = try_all(t);
  if (t->status) snprintf(t->message, sizeof t->message, "%s", duro_error());
}

static duro_status try_apart(const char *path, const char *object) {
  trial *t = env_share(sizeof *t);
  if (!t) return DURO_ERROR_MEMORY;
  t->path = path, t->object = object;
  duro_status status = env_apart(&t->calls, try_in_child, t, TRIAL_SECONDS);
  if (status == DURO_ERROR_FORMAT)
    duro_fail(status, "%s %s", path, duro_error());
  else if (!status && t->status)
    status = duro_fail(t->status, "%s", t->message);
  env_unshare(t, sizeof *t);
  return status;
}

static duro_status open_object(opened **file, const char *path, const char *object) {
  const duro_status status = try_apart(path, object);
  return status ? status : load(file, path, object);
}

/* the shared object is written out anew, so that what is loaded is what was read */
/* a C file has a formula: what it was compiled with reads it off */
static void add_formula(loaded *l, const duro_env_open_options *options) {
  snprintf(l->compiler, sizeof l->compiler, "%s", options->compiler ? options->compiler : "");
  snprintf(l->folder, sizeof l->folder, "%s", options->folder ? options->folder : "");
  l->file.ops.formula = p_formula;
}

static duro_status open_in(opened **file, const compile_folder *folder, duro_env_source *source,
                           const duro_env_open_options *options) {
  const char *compiler = options->compiler;
  const size_t length = strlen(source->path);
  const bool is_text = source->path[length - 1] == 'c';
  duro_status status;
  if (is_text)
    status = compile(folder, source, compiler);
  else
    status = compile_write(folder->object, source->bytes, source->size);
  if (!status && is_text) status = compile_hash(folder, source, compiler);
  if (!status) status = open_object(file, source->path, folder->object);
  if (!status && is_text) add_formula((loaded *)(void *)*file, options);
  return status;
}

duro_status plugin_open(opened **file, duro_env_source *source, const duro_env_open_options *options) {
  compile_folder folder;
  duro_status status = compile_folder_create(&folder, options);
  if (status) return status;
  status = open_in(file, &folder, source, options);
  compile_folder_remove(&folder);
  return status;
}

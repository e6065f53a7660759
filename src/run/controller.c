/* Controllers in C files. */
#include "run/controller.h"

#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/purposes.h"
#include "env/apart.h"
#include "env/compile.h"
#include "env/source.h"
#include "io/number.h"
#include "policy/policy.h"

/* u (nu) within [-1, 1] from x (nx); memory is zero at the start of an episode */
typedef void control_function(double *u, const double *x, double *memory);

struct controller {
  duro_env_source source;
  void *library;
  control_function *control;
  int nx, nu, remembered;
};

static bool ends_with(const char *word, const char *ending) {
  const size_t length = strlen(word), tail = strlen(ending);
  return length > tail && strcmp(word + length - tail, ending) == 0;
}

bool controller_is(const char *word) {
  return ends_with(word, ".c") || ends_with(word, ".so");
}

static duro_status take_function(controller *c) {
  const int *remembered = dlsym(c->library, "control_memory");
  void *found = dlsym(c->library, "control");
  c->remembered = remembered ? *remembered : 0;
  if (!found)
    return duro_fail(DURO_ERROR_FORMAT,
                     "%s is no controller: wanted void control(double *u, const double *x, double *memory)",
                     c->source.path);
  memcpy(&c->control, &found, sizeof found); // ISO C knows no other way from an object to a function
  if (c->remembered >= 0 && c->remembered < DURO_PLAYER_MEMORY) return DURO_OK;
  return duro_fail(DURO_ERROR_FORMAT, "%s: control_memory is %d; wanted 0 to %d", c->source.path, c->remembered,
                   DURO_PLAYER_MEMORY - 1);
}

static duro_status load(controller *c, const char *object) {
  errno = 0;
  c->library = dlopen(object, RTLD_NOW | RTLD_LOCAL);
  if (c->library) return take_function(c);
  if (errno == ENOMEM) return duro_fail_system(ENOMEM, "cannot load %s", c->source.path);
  const char *why = dlerror();
  return duro_fail(DURO_ERROR_FORMAT, "cannot load %s: %s", c->source.path, why ? why : "no reason is known");
}

/* ---- a trial in a process of its own ---- */

enum { TRIAL_STATES = 1000, TRIAL_AXES = 8, TRIAL_SECONDS = 5 };

/* What the child tries, and what it tells in memory that both see. */
typedef struct trial {
  env_calls calls;
  controller *controller;
  const char *object;
  const duro_env *env;
  duro_status status;
  char message[1024];
} trial;

/* state number i: the corners of the region of interest along its first axes, then any within */
static void place_state(double *x, const duro_env_spec *spec, int i) {
  const int axes = spec->nx < TRIAL_AXES ? spec->nx : TRIAL_AXES, corners = 1 << axes;
  duro_stream stream = duro_stream_at(0, DURO_PURPOSE_CONTROLLER, (uint64_t)i);
  for (int k = 0; k < spec->nx; k++) {
    const double low = isfinite(spec->x_low[k]) ? spec->x_low[k] : -1,
                 high = isfinite(spec->x_high[k]) ? spec->x_high[k] : 1;
    const double share = duro_stream_uniform(&stream);
    x[k] = i < corners && k < axes ? (i >> k & 1 ? high : low) : low + share * (high - low);
  }
}

static duro_status try_state(trial *t, const double *x, double *memory) {
  const controller *c = t->controller;
  double u[DURO_MAX_ACTION] = {0};
  env_calls_note(&t->calls, ENV_CALL_CONTROL, x, NULL, NULL);
  c->control(u, x, memory);
  for (int k = 0; k < c->nu; k++)
    if (!isfinite(u[k])) {
      char state[400];
      env_calls_state(state, sizeof state, &t->calls, x);
      return duro_fail(DURO_ERROR_FORMAT, "%s: its control u[%d] is %g, from %s", c->source.path, k, u[k], state);
    }
  return DURO_OK;
}

/* each state as the first of an episode, then all in one */
static duro_status try_all(trial *t) {
  double x[DURO_MAX_STATE], memory[DURO_PLAYER_MEMORY] = {0};
  env_calls_note(&t->calls, ENV_CALL_LOAD, NULL, NULL, NULL);
  duro_status status = load(t->controller, t->object);
  env_calls_about(&t->calls, t->env);
  for (int turn = 0; turn < 2; turn++)
    for (int i = 0; !status && i < TRIAL_STATES; i++) {
      place_state(x, &t->env->spec, i);
      if (turn == 0) memset(memory, 0, sizeof memory);
      status = try_state(t, x, memory);
    }
  env_calls_go_on(&t->calls);
  return status;
}

static void try_in_child(void *context) {
  trial *t = context;
  t->status = try_all(t);
  if (t->status) snprintf(t->message, sizeof t->message, "%s", duro_error());
}

/* A crash or a hang there is a sentence here. */
static duro_status try_apart(controller *c, const char *object, const duro_env *env) {
  trial *t = env_share(sizeof *t);
  if (!t) return DURO_ERROR_MEMORY;
  t->controller = c, t->object = object, t->env = env;
  duro_status status = env_apart(&t->calls, try_in_child, t, TRIAL_SECONDS);
  if (status == DURO_ERROR_FORMAT)
    duro_fail(status, "%s %s", c->source.path, duro_error());
  else if (!status && t->status)
    status = duro_fail(t->status, "%s", t->message);
  env_unshare(t, sizeof *t);
  return status;
}

static duro_status make_object(controller *c, const compile_folder *folder, const char *compiler) {
  if (!ends_with(c->source.path, ".c")) return compile_write(folder->object, c->source.bytes, c->source.size);
  const duro_status status = compile(folder, &c->source, compiler);
  return status ? status : compile_hash(folder, &c->source, compiler);
}

duro_status controller_open(controller **out, const char *path, const duro_env *env,
                            const duro_env_open_options *options) {
  compile_folder folder;
  *out = NULL;
  controller *c = duro_allocate(sizeof *c);
  if (!c) return DURO_ERROR_MEMORY;
  c->nx = env->spec.nx, c->nu = env->spec.nu;
  duro_status status = source_read(&c->source, path);
  if (!status && !(status = compile_folder_create(&folder, options))) {
    status = make_object(c, &folder, options->compiler);
    if (!status) status = try_apart(c, folder.object, env);
    if (!status) status = load(c, folder.object);
    compile_folder_remove(&folder);
  }
  if (status)
    controller_close(c);
  else
    *out = c;
  return status;
}

void controller_close(controller *c) {
  if (!c) return;
  if (c->library) dlclose(c->library);
  source_release(&c->source);
  duro_release(c);
}

static void act(const duro_player *player, void *worker, int n, float *u, bool *replaced, const float *obs,
                const double *x, double *memory) {
  (void)worker, (void)replaced, (void)obs;
  const controller *c = player->context;
  for (ptrdiff_t i = 0; i < n; i++) {
    double wide[DURO_MAX_ACTION] = {0};
    c->control(wide, x + i * c->nx, memory + i * c->remembered);
    for (int k = 0; k < c->nu; k++) u[i * c->nu + k] = (float)wide[k];
  }
}

duro_player controller_player(const controller *c) {
  return (duro_player){.struct_size = sizeof(duro_player),
                       .name = "the controller",
                       .context = (void *)(uintptr_t)c,
                       .act_on = act,
                       .remembered = c->remembered,
                       .nx = c->nx,
                       .nu = c->nu};
}

duro_status controller_policy(duro_policy **policy, const controller *c, const duro_env *env) {
  char name[64];
  snprintf(name, sizeof name, "controller-%s", c->source.hash);
  policy_parts parts = {.algorithm = name,
                        .environment = env->ops->name,
                        .no = env->spec.no,
                        .nu = env->spec.nu,
                        .na = env->spec.na,
                        .width = 16,
                        .hidden = 1};
  for (int r = 0; r < ROLE_COUNT; r++) parts.net[r].inputs = env->spec.no;
  return policy_create(policy, &parts);
}

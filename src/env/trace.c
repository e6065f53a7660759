/* Reads the formula of a plugin off its code. */
#include "env/trace.h"

#include <dlfcn.h>
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/plugin.h"
#include "env/compile.h"

enum { MOST_NODES = 20000, REAL_ALIGN = 16 };

/* as in traced.c.in */
typedef struct duro_traced_host {
  void *context;
  int (*apply)(void *context, const char *operation, int a, int b);
  int (*constant)(void *context, double value);
  int (*input)(void *context, char which, int index);
  void (*refuse)(void *context, const char *what, const void *where);
} duro_traced_host;

typedef struct duro_traced_calls {
  size_t real;
  bool (*works)(const duro_traced_host *host);
  void (*set)(void *place, double value);
  void (*run)(const duro_traced_host *host, const duro_plugin *p, const void *settings, int *next, int *h);
} duro_traced_calls;

/* A plugin that is being read. */
typedef struct trace {
  const duro_env_source *source;
  duro_formula *raw; // in the order in which the code computes
  void *library;
  const duro_plugin *plugin;
  const duro_traced_calls *calls;
  unsigned char *settings; // its struct, as it is compiled here
  jmp_buf out;
  char what[160];
  const void *where;
} trace;

/* ---- what the code calls ---- */

static void refuse(void *context, const char *what, const void *where) {
  trace *t = context;
  snprintf(t->what, sizeof t->what, "%s", what);
  t->where = where;
  longjmp(t->out, 1);
}

static int checked(trace *t, int node) {
  if (node < 0)
    refuse(t, t->raw->failed == DURO_ERROR_MEMORY ? "needs more memory than there is" : "computes what is not finite",
           NULL);
  if (t->raw->count > MOST_NODES) refuse(t, "is longer than 20000 operations", NULL);
  return node;
}

static int apply(void *context, const char *operation, int a, int b) {
  trace *t = context;
  duro_formula_op op = DURO_F_ADD;
  while (op < DURO_F_OPS && strcmp(operation, duro_formula_op_name(op)) != 0) op++;
  return checked(t, duro_formula_apply(t->raw, op, a, b));
}

static int constant(void *context, double value) {
  trace *t = context;
  return checked(t, duro_formula_constant(t->raw, value));
}

static int input(void *context, char which, int index) {
  trace *t = context;
  return checked(t, which == 'x'   ? duro_formula_x(t->raw, index)
                    : which == 'u' ? duro_formula_u(t->raw, index)
                                   : duro_formula_a(t->raw, index));
}

/* ---- the settings, as the code has them now ---- */

static void copy_settings(const trace *t, unsigned char *to, const duro_env *env) {
  for (int i = 0; i < t->plugin->n_settings; i++) {
    const duro_setting *from = env->ops->settings + i, *row = t->plugin->settings + i;
    const unsigned char *value = (const unsigned char *)env->settings + from->offset;
    double real;
    switch (row->kind) {
    case DURO_REAL:
      memcpy(&real, value, sizeof real);
      t->calls->set(to + row->offset, real);
      break;
    case DURO_INT:
      memcpy(to + row->offset, value, sizeof(int64_t));
      break;
    case DURO_BOOL:
      to[row->offset] = *value;
      break;
    case DURO_TEXT:
      memcpy(to + row->offset, value, DURO_TEXT_SIZE);
      break;
    case DURO_FILE: // plugins have none
      break;
    }
  }
}

/* ---- reading ---- */

static uint64_t mixed(uint64_t value) {
  value = (value ^ value >> 31) * 0x7fb5d329728ea185ULL;
  return (value ^ value >> 27) * 0x81dadef4bc2dd44dULL;
}

static bool commutes(duro_formula_op op) {
  return op == DURO_F_ADD || op == DURO_F_MUL || op == DURO_F_MIN || op == DURO_F_MAX;
}

/* what nodes compute, whatever the order of operands that commute */
static void make_keys(uint64_t *key, const duro_formula *raw) {
  for (int i = 0; i < raw->count; i++) {
    const duro_formula_node *n = raw->node + i;
    uint64_t value;
    memcpy(&value, &n->value, sizeof value);
    const bool input = n->op <= DURO_F_CONSTANT;
    const uint64_t a = input ? (uint64_t)n->a : key[n->a], b = input ? value : n->op < DURO_F_NEG ? key[n->b] : 0;
    key[i] = mixed((uint64_t)n->op + 1 + (commutes(n->op) ? mixed(a) + mixed(b) : mixed(a) + 3 * mixed(b + 1)));
  }
}

/* A formula on its way from the order in which the code computes. */
typedef struct renumbering {
  duro_formula *f;
  const duro_formula *raw;
  int *known;
  uint64_t *key;
} renumbering;

/* numbers nodes by what they are needed for, since compilers compute in orders of their own and turn operands around */
static int renumber(const renumbering *r, int node) {
  if (node < 0 || r->known[node] >= 0) return node < 0 ? -1 : r->known[node];
  const duro_formula_node n = r->raw->node[node];
  int made;
  if (n.op < DURO_F_CONSTANT) {
    made = n.op == DURO_F_X   ? duro_formula_x(r->f, n.a)
           : n.op == DURO_F_U ? duro_formula_u(r->f, n.a)
                              : duro_formula_a(r->f, n.a);
  } else if (n.op == DURO_F_CONSTANT) {
    made = duro_formula_constant(r->f, n.value);
  } else {
    const bool turned = commutes(n.op) && r->key[n.b] < r->key[n.a];
    const int a = renumber(r, turned ? n.b : n.a), b = n.op < DURO_F_NEG ? renumber(r, turned ? n.a : n.b) : a;
    made = duro_formula_apply(r->f, n.op, a, b);
  }
  return r->known[node] = made;
}

/* how many h_i a node is the smallest of */
static int count_least(const duro_formula *f, int node) {
  const duro_formula_node *n = f->node + node;
  return n->op == DURO_F_MIN ? count_least(f, n->a) + count_least(f, n->b) : 1;
}

static void constrain(duro_formula *f, int node) {
  const duro_formula_node n = f->node[node];
  if (n.op == DURO_F_MIN && count_least(f, node) <= DURO_FORMULA_CONSTRAINTS) {
    constrain(f, n.a);
    constrain(f, n.b);
  } else {
    duro_formula_constrain(f, node);
  }
}

static duro_status take_over(duro_formula *f, const duro_formula *raw, const int *next, int h) {
  const size_t count = (size_t)raw->count;
  renumbering r = {f, raw, duro_allocate(count * sizeof *r.known), duro_allocate(count * sizeof *r.key)};
  if (r.known && r.key) {
    for (int i = 0; i < raw->count; i++) r.known[i] = -1;
    make_keys(r.key, raw);
    for (int i = 0; i < f->nx; i++) f->next[i] = renumber(&r, next[i]);
    const int least = renumber(&r, h);
    if (least >= 0) constrain(f, least);
  }
  const bool made = r.known && r.key && f->failed != DURO_ERROR_MEMORY;
  duro_release(r.known);
  duro_release(r.key);
  return made ? DURO_OK : DURO_ERROR_MEMORY;
}

static duro_status fail_to_read(const trace *t, const compile_folder *folder) {
  char line[COMPILE_PATH + 32] = "";
  Dl_info info;
  if (t->where && dladdr(t->where, &info))
    compile_line(line, sizeof line, folder, (size_t)((const char *)t->where - (const char *)info.dli_fbase) - 1);
  const char *number = strrchr(line, ':');
  const size_t own = strlen(folder->path);
  if (number && strncmp(line, folder->path, own) == 0) // compilers differ in which name of the file they keep
    return duro_fail(DURO_ERROR_FORMAT, "%.300s:%.20s: no formula can be read off this: it %s", t->source->path,
                     number + 1, t->what);
  return duro_fail(DURO_ERROR_FORMAT, "%.300s: no formula can be read off this: it %s",
                   line[0] ? line : t->source->path, t->what);
}

static duro_status read_code(trace *t, duro_formula *f, const duro_env *env, const compile_folder *folder) {
  const duro_traced_host host = {t, apply, constant, input, refuse};
  int next[DURO_PLUGIN_STATES], h = -1;
  if (setjmp(t->out)) return fail_to_read(t, folder);
  if (!t->calls->works(&host))
    return duro_fail(DURO_ERROR_MISSING, "this compiler computes quads by itself, so no formula can be read off '%s'",
                     env->ops->name);
  copy_settings(t, t->settings, env);
  t->calls->run(&host, t->plugin, t->plugin->n_settings ? t->settings : NULL, next, &h);
  return take_over(f, t->raw, next, h);
}

static duro_status load(trace *t, const compile_folder *folder, const duro_env *env) {
  t->library = dlopen(folder->object, RTLD_NOW | RTLD_LOCAL);
  if (!t->library) return duro_fail(DURO_ERROR_FORMAT, "cannot load what '%s' became: %s", env->ops->name, dlerror());
  t->plugin = dlsym(t->library, "duro_plugin_entry");
  t->calls = dlsym(t->library, "duro_traced_entry");
  if (t->plugin && t->calls && t->plugin->n_settings == env->ops->n_settings && t->plugin->nx == env->spec.nx)
    return DURO_OK;
  return duro_fail(DURO_ERROR_FORMAT, "no formula can be read off '%s': compiled anew, it is another system",
                   env->ops->name);
}

static duro_status read_in(duro_formula *f, const duro_env *env, const duro_env_source *source, const char *compiler,
                           const compile_folder *folder) {
  trace *t = duro_allocate(sizeof *t);
  duro_formula *raw = duro_allocate(sizeof *raw);
  duro_status status = t && raw ? compile_traced(folder, source, compiler) : DURO_ERROR_MEMORY;
  if (!status) {
    raw->nx = f->nx, raw->nu = f->nu, raw->na = f->na;
    t->raw = raw, t->source = source;
    status = load(t, folder, env);
  }
  if (!status && !(t->settings = duro_allocate(t->plugin->settings_size + REAL_ALIGN))) status = DURO_ERROR_MEMORY;
  if (!status) status = read_code(t, f, env, folder);
  if (t && t->library) dlclose(t->library);
  if (t) duro_release(t->settings);
  duro_formula_destroy(raw);
  duro_release(t);
  return status;
}

duro_status trace_formula(const duro_env *env, duro_formula *f, const duro_env_source *source, const char *compiler,
                          const char *folder) {
  compile_folder place;
  const duro_env_open_options options = {.compiler = compiler, .folder = folder && folder[0] ? folder : NULL};
  duro_status status = compile_folder_create(&place, &options);
  if (status) return status;
  status = read_in(f, env, source, compiler, &place);
  compile_folder_remove(&place);
  return status;
}

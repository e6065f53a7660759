/* Holds a compiled export of a solution against the library, bit for bit, on the inputs of drive_grid.h and with the
 * environment as model: compare_grid SOLUTION ENV LIBRARY PREFIX COUNT prints how often each answer came; exit status 1
 * where a bit differs, which is said. With HEADER in place of LIBRARY and no COUNT it writes the axes, which
 * drive_grid.c includes. ENV is a name or a file. */
#include <float.h>
#include <math.h>

#include "compare_double.h"
#include "drive_grid.h"
#include "duro/duro.h"
#include "game/grid.h"
#include "run/solved.h"

typedef void model(void *context, double *x2, double *h, int *failed, const double *x, const double *u,
                   const double *a);

typedef struct session {
  solved s;
  void *worker;
  int state[DURO_GRID_MAX], vertices[DURO_GRID_MAX];
  double low[DURO_GRID_MAX], high[DURO_GRID_MAX];
  drive_grid grid;
  double (*value)(const double *x, double h);
  double (*margin)(const double *x, model *step, void *context, const double *u);
  int (*act)(const double *x, model *step, void *context, double *u);
  int (*filter)(const double *x, model *step, void *context, double margin, double *u);
  int (*self_test)(void);
} session;

enum { SAFE, UNSAFE, FALLBACK, WANTED, ANSWERS };

/* the environment's step as the model */
static void step(void *context, double *x2, double *h, int *failed, const double *x, const double *u, const double *a) {
  const session *s = context;
  const duro_env *env = s->s.env;
  duro_step out;
  env->ops->step(env, s->worker, x2, &out, x, u, a);
  *h = env->ops->constraint(env, x2);
  *failed = out.end == DURO_TERMINATED;
}

/* numbers of which a step makes numbers: the sine of a larger angle is none */
static bool are_moderate(const double *x, int n) {
  bool all = true;
  for (int i = 0; i < n; i++) all = all && fabs(x[i]) < 1e5;
  return all;
}

static bool are_finite(const double *x, int n) {
  bool all = true;
  for (int i = 0; i < n; i++) all = all && isfinite(x[i]);
  return all;
}

static void hold(const char *what, double got, double wanted, const double *x) {
  if (memcmp(&got, &wanted, sizeof got) == 0) return;
  printf("%s is %a; wanted %a, at %a %a\n", what, got, wanted, x[0], x[1]);
  exit(1);
}

static void check(session *s, const double *x, const double *want, double margin, int answers[ANSWERS]) {
  const drive_grid *e = &s->grid;
  const duro_env *env = s->s.env;
  double u[DURO_MAX_ACTION], safest[DURO_MAX_ACTION] = {0}, clipped[DURO_MAX_ACTION];
  const bool known = are_finite(x, e->nx), number = are_finite(want, e->nu);
  if (known && !are_moderate(x, e->nx)) { // the library calls lost what is no number, the export worse than that
    memcpy(u, want, sizeof *u * (size_t)e->nu);
    s->filter(x, step, s, margin, u);
    for (int i = 0; i < e->nu; i++)
      if (!(fabs(u[i]) <= 1)) hold("what the filter plays", u[i], 0, x);
    return;
  }
  const double h = known ? env->ops->constraint(env, x) : 0;
  hold("the value", s->value(x, h), known && isfinite(h) ? duro_grid_safety_at(s->s.grid, x) : -DBL_MAX, x);
  if (known) duro_grid_safety_control(s->s.grid, s->worker, safest, x);
  const int what = s->act(x, step, s, u);
  for (int i = 0; i < e->nu; i++) hold("a control", u[i], safest[i], x);
  const double best = known ? duro_grid_safety_ahead(s->s.grid, s->worker, x, safest) : 0;
  hold("what act answers", what, !known ? FALLBACK : best >= 0 ? SAFE : UNSAFE, x);
  for (int i = 0; i < e->nu; i++) clipped[i] = want[i] < -1 ? -1 : want[i] > 1 ? 1 : want[i];
  const double ahead = known && number ? duro_grid_safety_ahead(s->s.grid, s->worker, x, clipped) : -DBL_MAX;
  hold("the margin", s->margin(x, step, s, want), ahead, x);
  memcpy(u, want, sizeof *u * (size_t)e->nu);
  const int played = s->filter(x, step, s, margin, u);
  hold("what the filter answers", played, known && number && ahead >= margin ? WANTED : what, x);
  for (int i = 0; i < e->nu; i++) hold("what the filter plays", u[i], played == WANTED ? clipped[i] : safest[i], x);
  answers[played]++;
}

static int write_header(const session *s, const char *path, const char *prefix) {
  const drive_grid *e = &s->grid;
  FILE *file = fopen(path, "w");
  if (!file) fail(path);
  fprintf(file, "#include \"%s.h\"\n#define P(name) %s_##name\n", prefix, prefix);
  fprintf(file, "enum { STATES = %d, CONTROLS = %d, DISTURBANCES = %d, AXES = %d };\n", e->nx, e->nu, s->s.env->spec.na,
          e->axes);
  for (int list = 0; list < 2; list++) {
    fprintf(file, "static const int %s[AXES] = {", list ? "vertices" : "state");
    for (int i = 0; i < e->axes; i++) fprintf(file, "%s%d", i ? ", " : "", (list ? e->vertices : e->state)[i]);
    fprintf(file, "};\n");
  }
  write_numbers(file, "low[AXES]", e->low, e->axes);
  write_numbers(file, "high[AXES]", e->high, e->axes);
  write_numbers(file, "rest[STATES]", e->rest, e->nx);
  return fclose(file) != 0;
}

static void open_grid(session *s, const char *path, const duro_env_ops *ops) {
  if (solved_open(&s->s, path, ops, 1, true)) fail(duro_error());
  if (duro_env_worker_create(s->s.env, &s->worker)) fail(duro_error());
  const duro_grid *g = s->s.grid;
  const duro_env_spec *spec = &s->s.env->spec;
  for (int i = 0; i < g->plan.nd; i++) {
    const duro_grid_axis *a = &g->plan.axis[i];
    s->state[i] = a->state, s->vertices[i] = a->n + a->periodic;
    s->low[i] = a->low, s->high[i] = a->high;
  }
  s->grid = (drive_grid){.nx = spec->nx,
                         .nu = spec->nu,
                         .axes = g->plan.nd,
                         .state = s->state,
                         .vertices = s->vertices,
                         .low = s->low,
                         .high = s->high,
                         .rest = g->rest};
}

static int compare(session *s, const char *path, const char *prefix, long count) {
  int answers[ANSWERS] = {0};
  double x[DRIVE_STATES], wanted[DRIVE_CONTROLS];
  drive d = {1u, 2166136261u};
  void *library = dlopen(path, RTLD_NOW);
  if (!library) fail(dlerror());
  find(&s->value, library, prefix, "value");
  find(&s->margin, library, prefix, "margin");
  find(&s->act, library, prefix, "act");
  find(&s->filter, library, prefix, "filter");
  find(&s->self_test, library, prefix, "self_test");
  if (s->self_test() != 0) fail("the self-test fails");
  for (long i = 0; i < count; i++) {
    drive_grid_state(&d, &s->grid, x, i);
    drive_grid_want(&d, &s->grid, wanted);
    check(s, x, wanted, 0.1 * drive_real(&d), answers);
  }
  const double h = s->value(s->grid.rest, NAN);
  hold("the value without h", h, -DBL_MAX, s->grid.rest);
  printf("safe %d unsafe %d fallback %d wanted %d\n", answers[SAFE], answers[UNSAFE], answers[FALLBACK],
         answers[WANTED]);
  dlclose(library);
  return 0;
}

int main(int argc, char **argv) {
  const duro_env_ops *ops;
  session s = {.worker = NULL};
  if (argc < 5) fail("usage: compare_grid SOLUTION ENV LIBRARY PREFIX COUNT, or SOLUTION ENV HEADER PREFIX");
  if (duro_env_open(&ops, argv[2], NULL)) fail(duro_error());
  open_grid(&s, argv[1], ops);
  const int status = argc > 5 ? compare(&s, argv[3], argv[4], atol(argv[5])) : write_header(&s, argv[3], argv[4]);
  duro_env_worker_destroy(s.s.env, s.worker);
  solved_close(&s.s);
  duro_env_close(ops);
  return status;
}

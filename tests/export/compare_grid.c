/* Holds a compiled export of a solution against the library, bit for bit: compare_grid SOLUTION ENV LIBRARY PREFIX
 * COUNT. ENV is a name or a file. Prints how often each answer came; exit status 1 where a bit differs, which is said.
 */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/purposes.h"
#include "duro/duro.h"
#include "game/grid.h"
#include "run/solved.h"

typedef void (*model)(void *context, double *x2, double *h, int *failed, const double *x, const double *u,
                      const double *a);
typedef double (*value_of)(const double *x, double h);
typedef int (*act_of)(const double *x, model step, void *context, double *u);

typedef struct world {
  solved s;
  void *worker;
  value_of value;
  act_of act;
  int (*self_test)(void);
} world;

static void fail(const char *what) {
  printf("%s\n", what);
  exit(1);
}

static void *find(void *library, const char *prefix, const char *name) {
  char symbol[160];
  snprintf(symbol, sizeof symbol, "%s_%s", prefix, name);
  void *found = dlsym(library, symbol);
  if (!found) fail(symbol);
  return found;
}

/* the environment's step as the model */
static void step(void *context, double *x2, double *h, int *failed, const double *x, const double *u, const double *a) {
  const world *w = context;
  const duro_env *env = w->s.env;
  duro_step out;
  env->ops->step(env, w->worker, x2, &out, x, u, a);
  *h = env->ops->constraint(env, x2);
  *failed = out.end == DURO_TERMINATED;
}

static bool same(double a, double b) {
  return memcmp(&a, &b, sizeof a) == 0;
}

static int check(const world *w, const double *x, int answers[3]) {
  double u[DURO_MAX_ACTION], wanted[DURO_MAX_ACTION];
  const duro_env *env = w->s.env;
  const double value = w->value(x, env->ops->constraint(env, x)), right = duro_grid_safety_at(w->s.grid, x);
  if (!same(value, right)) {
    printf("the value is %.17g; wanted %.17g, at %.17g %.17g\n", value, right, x[0], x[1]);
    return 1;
  }
  answers[w->act(x, step, (void *)(uintptr_t)w, u)]++;
  duro_grid_safety_control(w->s.grid, w->worker, wanted, x);
  for (int i = 0; i < env->spec.nu; i++)
    if (!same(u[i], wanted[i])) {
      printf("control %d is %.17g; wanted %.17g, at %.17g %.17g\n", i, u[i], wanted[i], x[0], x[1]);
      return 1;
    }
  return 0;
}

/* A vertex, a state between vertices, or one beyond the grid. */
static void draw(const duro_grid *g, double *x, int64_t number) {
  duro_stream stream = duro_stream_at(9, DURO_PURPOSE_EXPORT, (uint64_t)number);
  memcpy(x, g->rest, sizeof *x * (size_t)g->env->spec.nx);
  for (int i = 0; i < g->plan.nd; i++) {
    const duro_grid_axis *a = &g->plan.axis[i];
    const double span = a->high - a->low, at = duro_stream_uniform(&stream);
    const int k = (int)duro_stream_below(&stream, (uint32_t)a->n);
    x[a->state] = number % 4 == 0   ? a->low + k * span / (a->periodic ? a->n : a->n - 1)
                  : number % 4 == 1 ? a->low + span * (1.6 * at - 0.3)
                                    : a->low + span * at;
  }
}

static int check_faults(const world *w) {
  double x[DURO_MAX_STATE] = {0}, u[DURO_MAX_ACTION] = {1};
  for (int i = 0; i < w->s.env->spec.nx; i++) {
    const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int k = 0; k < 3; k++) {
      x[i] = bad[k], u[0] = 1;
      if (w->act(x, step, (void *)(uintptr_t)w, u) != 2 || fabs(u[0]) > 0 || w->value(x, 1) > -1e300) return 1;
    }
    x[i] = 0;
  }
  return !(w->value(x, NAN) < -1e300);
}

int main(int argc, char **argv) {
  const duro_env_ops *ops;
  world w = {.worker = NULL};
  int answers[3] = {0};
  if (argc != 6) fail("usage: compare_grid SOLUTION ENV LIBRARY PREFIX COUNT");
  if (duro_env_open(&ops, argv[2], NULL) || solved_open(&w.s, argv[1], ops, 1, true)) fail(duro_error());
  if (duro_env_worker_create(w.s.env, &w.worker)) fail(duro_error());
  void *library = dlopen(argv[3], RTLD_NOW);
  if (!library) fail(dlerror());
  void *const found[] = {find(library, argv[4], "value"), find(library, argv[4], "act"),
                         find(library, argv[4], "self_test")};
  memcpy(&w.value, &found[0], sizeof found[0]);
  memcpy(&w.act, &found[1], sizeof found[1]);
  memcpy(&w.self_test, &found[2], sizeof found[2]);
  if (w.self_test() != 0) fail("the self-test fails");
  if (check_faults(&w)) fail("a number that is not finite is no fault");
  double x[DURO_MAX_STATE];
  for (int64_t i = 0; i < atoll(argv[5]); i++) {
    draw(w.s.grid, x, i);
    if (check(&w, x, answers)) return 1;
  }
  printf("safe %d unsafe %d fallback %d\n", answers[0], answers[1], answers[2]);
  dlclose(library);
  duro_env_worker_destroy(w.s.env, w.worker);
  solved_close(&w.s);
  duro_env_close(ops);
  return 0;
}

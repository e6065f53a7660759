/* V_h in two bytes: inside what four bytes say and no further below than is stated, the same bits whatever the threads
 * and kernels, and a state that goes on. Four bytes are held against other solvers in test_grid.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "duro/grid.h"
#include "game/grid.h"

#define OK(call) assert_string_equal((call) ? duro_error() : "", "")
#define LANE DURO_SOURCE_DIR "/examples/lane_keeping.c"

/* An environment that is built in, or that a C file makes. */
typedef struct world {
  const duro_env_ops *ops;
  duro_env *env;
} world;

static world open_world(const char *name) {
  world w;
  OK(duro_env_open(&w.ops, name, NULL));
  void *values = calloc(1, w.ops->settings_size + 1);
  const duro_settings_group group = {"env", w.ops->settings, w.ops->n_settings, values};
  duro_settings_default(&group);
  OK(duro_env_create(&w.env, w.ops, values));
  free(values);
  return w;
}

static void close_world(world *w) {
  duro_env_destroy(w->env);
  duro_env_close(w->ops);
}

static duro_grid_settings settings_of(const char *words, const char *more) {
  duro_grid_settings settings;
  const duro_settings_group group = duro_grid_settings_group(&settings);
  char copy[512], *rest = copy;
  duro_settings_default(&group);
  snprintf(copy, sizeof copy, "%s %s", words, more);
  for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
    OK(duro_settings_assign(&group, 1, word));
  return settings;
}

static duro_grid *grid_of(const duro_env *env, const char *words, const char *more, int n) {
  const duro_grid_settings settings = settings_of(words, more);
  duro_grid_plan plan;
  duro_grid *grid;
  OK(duro_grid_plan_make(&plan, env, &settings, &n, 1, NULL, NULL));
  OK(duro_grid_create(&grid, env, &settings, &plan));
  return grid;
}

static duro_grid *solved(const duro_env *env, const char *words, const char *more, int n) {
  duro_grid *grid = grid_of(env, words, more, n);
  OK(duro_grid_solve_safety(grid, NULL, NULL));
  return grid;
}

static float *read_values(const duro_grid *grid) {
  float *V = malloc(sizeof *V * (size_t)duro_grid_plan_of(grid)->cells);
  OK(duro_grid_read(grid, DURO_GRID_SAFETY_VALUE, V));
  return V;
}

/* V2 is nowhere above V4, nor further below than the two error bounds together; and both have a set */
static void check_inside(const char *name, const char *words, int n) {
  world w = open_world(name);
  duro_grid *four = solved(w.env, words, "", n), *two = solved(w.env, words, "grid.bytes=2", n);
  const duro_grid_progress p4 = duro_grid_state(four, DURO_GRID_SAFETY), p2 = duro_grid_state(two, DURO_GRID_SAFETY);
  const double discount = duro_grid_settings_of(two)->discount;
  float *V4 = read_values(four), *V2 = read_values(two);
  assert_true(p2.done && (discount == 1 || !(p2.change > 0))); // the discount ends where nothing changes any more
  assert_true(p2.quantum > 0 && !(p4.quantum > 0));
  if (discount < 1) assert_true(p2.residual <= 1.000001 * p2.quantum);
  if (discount < 1) assert_true(p2.bound <= p2.quantum * (2 + 1.000001 / (1 - discount)));
  int64_t below = 0, inside = 0;
  for (int64_t i = 0; i < duro_grid_plan_of(two)->cells; i++) {
    const double steps = (double)V2[i] / p2.quantum;
    assert_true(V2[i] <= V4[i]);
    if (discount < 1) assert_true((double)V4[i] - (double)V2[i] <= p2.bound + p4.bound);
    assert_true(fabs(steps - nearbyint(steps)) < 1e-9); // decoded without an error
    below += V2[i] < V4[i];
    inside += V2[i] >= 0;
  }
  assert_true(below > 0 && inside > 0);
  assert_true(two->plan.bytes < four->plan.bytes);
  free(V4);
  free(V2);
  duro_grid_destroy(four);
  duro_grid_destroy(two);
  close_world(&w);
}

static void test_inside(void **state) {
  (void)state;
  check_inside("double-integrator", "grid.discount=.9", 41);                   // whole rows
  check_inside("double-integrator", "grid.settled=false grid.sweeps=200", 61); // as many sweeps
  check_inside("pendulum", "grid.discount=.95", 41);                           // cell by cell, periodic
  check_inside("cartpole", "grid.discount=.8", 9);
  check_inside(LANE, "grid.discount=.8 grid.task=false", 5);
}

/* Without discount, to the end: V2 is below what comes from above, wherever that was stopped, and from every vertex of
 * the set some control keeps V_h, whatever the disturbance, by the environment's own steps in double. Four bytes cannot
 * say so of a value that comes from above. */
static void test_set_is_kept(void **state) {
  (void)state;
  world w = open_world("double-integrator");
  enum { N = 41 };
  duro_grid *two = solved(w.env, "grid.disturbance=false", "grid.bytes=2 grid.settled=false", N);
  duro_grid *four = solved(w.env, "grid.disturbance=false", "", N);
  float *V = read_values(two), *V4 = read_values(four);
  assert_false(duro_grid_state(two, DURO_GRID_SAFETY).change > 0);
  int64_t inside = 0;
  for (int i = 0; i < N * N; i++) {
    const int vertex[] = {two->axis[0] == 0 ? i / N : i % N, two->axis[0] == 0 ? i % N : i / N};
    double x[DURO_MAX_STATE], best = -INFINITY;
    assert_true(V[i] <= V4[i]);
    if (V[i] < 0) continue;
    grid_state_at(two, vertex, x);
    for (int u = 0; u < two->plan.nu; u++)
      best = fmax(best, duro_grid_safety_ahead(two, two->worker[0], x, two->control + u * w.env->spec.nu));
    assert_true(best >= (double)V[i] - 0x1p-22 * two->h_max); // stencils are single precision
    inside++;
  }
  assert_true(inside > 50);
  free(V);
  free(V4);
  duro_grid_destroy(four);
  duro_grid_destroy(two);
  close_world(&w);
}

/* at rest in the middle h stays for ever: rounding must not wear the value off, sweep by sweep */
static void test_value_that_stays(void **state) {
  (void)state;
  world w = open_world("double-integrator");
  duro_grid *two = solved(w.env, "grid.disturbance=false", "grid.bytes=2", 41);
  double x[DURO_MAX_STATE] = {0};
  const double h = w.env->ops->constraint(w.env, x), q = duro_grid_state(two, DURO_GRID_SAFETY).quantum;
  const double V = duro_grid_safety_at(two, x);
  assert_true(V <= h && V >= h - 2 * q);
  duro_grid_destroy(two);
  close_world(&w);
}

static void check_bits(const char *name, const char *words, int n) {
  static const char *const ways[] = {"grid.bytes=2 grid.threads=2", "grid.bytes=2 grid.threads=3",
                                     "grid.bytes=2 grid.threads=1 grid.simd=portable", "grid.bytes=2 grid.simd=avx2",
                                     "grid.bytes=2 grid.simd=avx512"};
  world w = open_world(name);
  duro_grid *one = solved(w.env, words, "grid.bytes=2 grid.threads=1", n);
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    const char *simd = strstr(ways[i], "simd=");
    const sweep_kernels *kernels;
    if (simd && sweep_kernels_select(&kernels, simd + 5, SWEEP_NARROW)) continue; // not on this processor
    duro_grid *other = solved(w.env, words, ways[i], n);
    assert_true(duro_grid_hash(other) == duro_grid_hash(one));
    assert_true(duro_grid_state(other, DURO_GRID_SAFETY).sweeps == duro_grid_state(one, DURO_GRID_SAFETY).sweeps);
    duro_grid_destroy(other);
  }
  duro_grid_destroy(one);
  close_world(&w);
}

static void test_bits(void **state) {
  (void)state;
  check_bits("double-integrator", "grid.discount=.99", 41);
  check_bits("cartpole", "grid.discount=.8", 9);
  check_bits("pendulum", "grid.discount=.95", 33);
}

static duro_status stop_at(const duro_grid_progress *now, void *context) {
  const int64_t *at = context;
  return now->sweeps >= *at ? DURO_ERROR_STOPPED : DURO_OK;
}

/* stopped, saved, gone on from; and a state of the other width is refused, whichever it is */
static void test_resume(void **state) {
  (void)state;
  world w = open_world("double-integrator");
  char path[] = "/tmp/duro-narrow-XXXXXX";
  close(mkstemp(path));
  duro_grid *whole = solved(w.env, "", "grid.bytes=2", 61);
  int64_t at = 1;
  duro_grid *grid = grid_of(w.env, "", "grid.bytes=2", 61);
  assert_int_equal(duro_grid_solve_safety(grid, stop_at, &at), DURO_ERROR_STOPPED);
  OK(duro_grid_save(grid, path));
  duro_grid_destroy(grid);
  grid = grid_of(w.env, "", "grid.threads=3 grid.bytes=2", 61);
  OK(duro_grid_resume(grid, path));
  OK(duro_grid_solve_safety(grid, NULL, NULL));
  assert_true(duro_grid_hash(grid) == duro_grid_hash(whole));
  assert_true(duro_grid_state(grid, DURO_GRID_SAFETY).sweeps == duro_grid_state(whole, DURO_GRID_SAFETY).sweeps);
  duro_grid_destroy(grid);
  duro_grid_destroy(whole);
  grid = grid_of(w.env, "", "", 61);
  assert_int_equal(duro_grid_resume(grid, path), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "(the grid: bytes = 2 there, bytes = 4 here)"));
  OK(duro_grid_save(grid, path));
  duro_grid_destroy(grid);
  grid = grid_of(w.env, "", "grid.bytes=2", 61);
  assert_int_equal(duro_grid_resume(grid, path), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "(the grid: bytes = 4 there, bytes = 2 here)"));
  duro_grid_destroy(grid);
  unlink(path);
  close_world(&w);
}

static void refuse(const duro_env *env, const char *words, const char *why) {
  const duro_grid_settings settings = settings_of(words, "");
  duro_grid_plan plan;
  const int n = 21;
  assert_int_equal(duro_grid_plan_make(&plan, env, &settings, &n, 1, NULL, NULL), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), why));
}

static void test_refusals(void **state) {
  (void)state;
  world w = open_world("double-integrator");
  refuse(w.env, "grid.bytes=3", "grid.bytes is 3; wanted 2 or 4");
  refuse(w.env, "grid.bytes=2 grid.method=hj", "grid.method is hj");
  close_world(&w);
}

/* two bytes have a key of their own, and grids twice as large fit where V and h are most of the memory */
static void test_key_and_memory(void **state) {
  (void)state;
  world w = open_world("double-integrator");
  const int n = 901;
  duro_grid_plan plan[2];
  duro_grid_settings settings[2] = {settings_of("grid.task=false grid.change=1e-3", ""),
                                    settings_of("grid.task=false grid.change=1e-3", "grid.bytes=2")};
  for (int i = 0; i < 2; i++) OK(duro_grid_plan_make(&plan[i], w.env, &settings[i], &n, 1, NULL, NULL));
  assert_true(duro_grid_key(w.env, &plan[0], &settings[0]) != duro_grid_key(w.env, &plan[1], &settings[1]));
  assert_true(plan[1].bytes < 0.55 * plan[0].bytes);
  close_world(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_inside),           cmocka_unit_test(test_set_is_kept),
      cmocka_unit_test(test_value_that_stays), cmocka_unit_test(test_bits),
      cmocka_unit_test(test_resume),           cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_key_and_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

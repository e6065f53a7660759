/* The grid solver against a plain loop, exact sets, itself on other threads, and wrong input. */
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
#include "duro/io.h"
#include "duro/polytope.h"
#include "game/grid.h"

#define OK(call) assert_string_equal((call) ? duro_error() : "", "")

/* An environment by name with settings "env.name=value", divided by blanks. */
static duro_env *make_env(const char *name, const char *words) {
  const duro_env_ops *ops;
  duro_env *env;
  OK(duro_env_find(&ops, name));
  void *values = calloc(1, ops->settings_size);
  const duro_settings_group group = {"env", ops->settings, ops->n_settings, values};
  duro_settings_default(&group);
  char copy[512];
  snprintf(copy, sizeof copy, "%s", words);
  for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) OK(duro_settings_assign(&group, 1, word));
  OK(duro_env_create(&env, ops, values));
  free(values);
  return env;
}

static duro_grid_settings make_settings(const char *words) {
  duro_grid_settings settings;
  const duro_settings_group group = duro_grid_settings_group(&settings);
  duro_settings_default(&group);
  char copy[512];
  snprintf(copy, sizeof copy, "%s", words);
  for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) OK(duro_settings_assign(&group, 1, word));
  return settings;
}

static duro_grid *make_grid(const duro_env *env, const char *words, int n) {
  const duro_grid_settings settings = make_settings(words);
  duro_grid_plan plan;
  duro_grid *grid;
  OK(duro_grid_plan_make(&plan, env, &settings, &n, 1, NULL, NULL));
  OK(duro_grid_create(&grid, env, &settings, &plan));
  return grid;
}

static float *read_field(const duro_grid *grid, duro_grid_field field) {
  const size_t count = (size_t)duro_grid_plan_of(grid)->cells * (size_t)duro_grid_width(grid, field);
  float *out = malloc(sizeof *out * count);
  OK(duro_grid_read(grid, field, out));
  return out;
}

/* A plain value iteration of up to four dimensions in C order: every step again in every sweep, Jacobi, double. */
typedef struct plain {
  const duro_env *env;
  const duro_grid_settings *settings;
  const duro_grid_plan *plan;
  double *V, *h, *next;
  bool rows; // beyond the grid h is interpolated like V, between the states that its lines would meet in
} plain;

static void plain_state(const plain *p, int64_t cell, double *x) {
  memset(x, 0, sizeof *x * DURO_MAX_STATE);
  for (int i = p->plan->nd - 1; i >= 0; i--) {
    const duro_grid_axis *axis = &p->plan->axis[i];
    const int intervals = axis->periodic ? axis->n : axis->n - 1;
    x[axis->state] = axis->low + (axis->high - axis->low) * (double)(cell % axis->n) / intervals;
    cell /= axis->n;
  }
}

/* does the episode fail by more than leaving the axis of the rows? */
static bool fails_beside_row(const plain *p, const double *x) {
  const duro_env_spec *spec = &p->env->spec;
  const int row = p->plan->axis[p->plan->row].state;
  for (int i = 0; i < spec->nx; i++)
    if (i != row && (x[i] < spec->x_fail_low[i] || x[i] > spec->x_fail_high[i])) return true;
  return false;
}

/* what lies beyond the grid elsewhere is lost: by its h, or where that says nothing as a failure */
static double lost(const plain *p, const double *x) {
  const double h = p->env->ops->constraint(p->env, x);
  return h < 0 ? h : -p->env->spec.h_scale;
}

/* Did it leave along axes alone that it may leave, though h depends on them? Then V = h. */
static bool keeps_h(const plain *p, const double *t) {
  for (int i = 0; i < p->plan->nd; i++) {
    const duro_grid_axis *axis = &p->plan->axis[i];
    const bool off = !axis->periodic && (t[i] < 0 || t[i] > axis->n - 1);
    if (off && !(p->env->spec.x_hold >> axis->state & 1)) return false;
  }
  return true;
}

/* the same, and at most `most` where the episode failed; t: where x lies, in spacings of each axis */
static double plain_beyond(const plain *p, const double *x, const double *t, double most) {
  double h = 0;
  if (!p->rows) return fmin(keeps_h(p, t) ? p->env->ops->constraint(p->env, x) : lost(p, x), most);
  for (int c = 0; c < 1 << p->plan->nd; c++) {
    double w = 1, corner[DURO_MAX_STATE];
    memcpy(corner, x, sizeof corner);
    for (int i = 0; i < p->plan->nd; i++) {
      const duro_grid_axis *axis = &p->plan->axis[i];
      const int up = c >> i & 1;
      const double low = floor(t[i]);
      w *= up ? t[i] - low : 1 - (t[i] - low);
      corner[axis->state] = axis->low + (low + up) * (axis->high - axis->low) / (axis->n - 1);
    }
    if (w > 0) h += w * fmin(lost(p, corner), most);
  }
  return h;
}

static double plain_at(const plain *p, const double *x, const duro_step *out) {
  double value = 0, frac[4], where[4];
  int at[4];
  bool on = true;
  for (int i = 0; i < p->plan->nd; i++) {
    const duro_grid_axis *axis = &p->plan->axis[i];
    const int intervals = axis->periodic ? axis->n : axis->n - 1;
    double t = (x[axis->state] - axis->low) / (axis->high - axis->low) * intervals;
    if (axis->periodic) t = fmod(fmod(t, intervals) + intervals, intervals);
    if (fabs(t - nearbyint(t)) < 1e-9) t = nearbyint(t); // what lies on the edge by rounding
    if (p->env->spec.x_hold & ~p->env->spec.h_needs & 1ULL << axis->state) t = fmin(fmax(t, 0), intervals);
    on = on && t >= 0 && t <= intervals;
    where[i] = t;
    at[i] = (int)fmin(floor(t), intervals - 1);
    frac[i] = t - at[i];
  }
  const double failure = -p->env->spec.h_scale;
  if (out->end == DURO_TERMINATED && p->rows && !fails_beside_row(p, x))
    return fmin(plain_beyond(p, x, where, INFINITY), failure);
  if (out->end == DURO_TERMINATED || !on)
    return plain_beyond(p, x, where, out->end == DURO_TERMINATED ? failure : INFINITY);
  for (int c = 0; c < 1 << p->plan->nd; c++) {
    double w = 1;
    int64_t cell = 0;
    for (int i = 0; i < p->plan->nd; i++) {
      w *= c >> i & 1 ? frac[i] : 1 - frac[i];
      cell = cell * p->plan->axis[i].n + (at[i] + (c >> i & 1)) % p->plan->axis[i].n;
    }
    if (w > 0) value += w * p->V[cell];
  }
  return value;
}

static void candidate(double *out, int c, int64_t n, int axes) {
  for (int i = axes - 1; i >= 0; i--, c = (int)(c / n))
    out[i] = n == 1 ? 0 : 2.0 * (double)(c % n) / (double)(n - 1) - 1;
}

static double plain_sweep(plain *p, void *worker) {
  double change = 0;
  for (int64_t cell = 0; cell < p->plan->cells; cell++) {
    double x[DURO_MAX_STATE], x2[DURO_MAX_STATE], u[DURO_MAX_ACTION], a[DURO_MAX_ACTION], best = -INFINITY;
    plain_state(p, cell, x);
    for (int i = 0; i < p->plan->nu; i++) {
      double worst = INFINITY;
      candidate(u, i, p->settings->controls, p->env->spec.nu);
      for (int j = 0; j < p->plan->na; j++) {
        duro_step out;
        candidate(a, j, p->settings->disturbance ? p->settings->disturbances : 1, p->env->spec.na);
        duro_env_step(p->env, worker, x2, &out, x, u, a);
        worst = fmin(worst, plain_at(p, x2, &out));
      }
      best = fmax(best, worst);
    }
    const double gamma = p->settings->discount;
    p->next[cell] = (1 - gamma) * p->h[cell] + gamma * fmin(p->h[cell], best);
    change = fmax(change, fabs(p->next[cell] - p->V[cell]));
  }
  double *swap = p->V;
  p->V = p->next;
  p->next = swap;
  return change;
}

/* V of the plain loop with an error below 1e-6 */
static double *plain_solve(const duro_grid *grid, const duro_env *env) {
  const duro_grid_plan *plan = duro_grid_plan_of(grid);
  const size_t n = (size_t)plan->cells;
  plain p = {env, duro_grid_settings_of(grid), plan, malloc(8 * n), malloc(8 * n), malloc(8 * n), plan->row >= 0};
  void *worker;
  OK(duro_env_worker_create(env, &worker));
  for (int64_t cell = 0; cell < plan->cells; cell++) {
    double x[DURO_MAX_STATE];
    plain_state(&p, cell, x);
    p.V[cell] = p.h[cell] = env->ops->constraint(env, x);
  }
  while (plain_sweep(&p, worker) > 1e-6 * (1 - p.settings->discount)) {
  }
  duro_env_worker_destroy(env, worker);
  free(p.h);
  free(p.next);
  return p.V;
}

/* both lie within their bounds of the grid's answer; where rounding decides whether x' lies on the edge, h may jump */
static void check_plain(const char *name, const char *words, const char *settings, int n, bool rows) {
  duro_env *env = make_env(name, words);
  if (!rows) env->spec.x_shift = 0;
  duro_grid *grid = make_grid(env, settings, n);
  assert_int_equal(duro_grid_plan_of(grid)->row >= 0, rows);
  OK(duro_grid_solve_safety(grid, NULL, NULL));
  const duro_grid_progress state = duro_grid_state(grid, DURO_GRID_SAFETY);
  assert_true(state.done && state.bound <= duro_grid_settings_of(grid)->error);
  double *wanted = plain_solve(grid, env);
  float *V = read_field(grid, DURO_GRID_SAFETY_VALUE);
  for (int64_t i = 0; i < duro_grid_plan_of(grid)->cells; i++)
    if (fabs((double)V[i] - wanted[i]) > state.bound + 2e-6)
      fail_msg("%s %s %s rows %d cell %lld: %g, wanted %g", name, words, settings, rows, (long long)i, (double)V[i],
               wanted[i]);
  free(V);
  free(wanted);
  duro_grid_destroy(grid);
  duro_env_destroy(env);
}

static void test_plain_loop(void **state) {
  (void)state;
  for (int rows = 0; rows < 2; rows++) {
    check_plain("double-integrator", "", "grid.discount=.9", 31, rows);
    check_plain("double-integrator", "env.discretisation=semi env.dt=.23", "grid.discount=.95 grid.controls=4", 27,
                rows);
    check_plain("double-integrator", "", "grid.discount=.9 grid.disturbance=false", 24, rows);
    check_plain("cartpole", "env.fail_angle=.7", "grid.discount=.8", 7, rows); // no step passes what is kept of h
  }
  check_plain("pendulum", "", "grid.discount=.9 grid.disturbances=3", 33, false);
  check_plain("air3d", "", "grid.discount=.9", 13, false);
}

/* double where float does not reach: the same answer, closer */
static void test_double(void **state) {
  (void)state;
  check_plain("double-integrator", "", "grid.discount=.99 grid.error=1e-6", 21, true);
  check_plain("air3d", "", "grid.discount=.9 grid.error=1e-7", 9, false);
}

/* --- exact sets --- */

typedef struct overlap {
  double iou, false_safe; // of the vertices; of those that the grid calls safe
} overlap;

/* the grid's set against the polytope, on the vertices */
static overlap compare(const duro_grid *grid, const duro_env *env, double disturbance) {
  duro_integrator_spec spec;
  duro_integrator *exact;
  OK(duro_integrator_spec_of(&spec, env));
  spec.disturbance = disturbance;
  OK(duro_integrator_create(&exact, &spec));
  float *V = read_field(grid, DURO_GRID_SAFETY_VALUE);
  const duro_grid_plan *plan = duro_grid_plan_of(grid);
  const plain p = {.env = env, .plan = plan};
  int64_t both = 0, either = 0, wrong = 0, claimed = 0;
  for (int64_t i = 0; i < plan->cells; i++) {
    double x[DURO_MAX_STATE];
    plain_state(&p, i, x);
    const bool truly = duro_integrator_value(exact, x) >= -1e-9, ours = V[i] >= 0;
    both += truly && ours;
    either += truly || ours;
    claimed += ours;
    wrong += ours && !truly;
  }
  free(V);
  duro_integrator_destroy(exact);
  return (overlap){(double)both / (double)either, (double)wrong / (double)claimed};
}

static overlap solve_and_compare(const char *words, const char *settings, int n, double disturbance) {
  duro_env *env = make_env("double-integrator", words);
  duro_grid *grid = make_grid(env, settings, n);
  OK(duro_grid_solve_safety(grid, NULL, NULL));
  const overlap result = compare(grid, env, disturbance);
  duro_grid_destroy(grid);
  duro_env_destroy(env);
  return result;
}

static void test_exact_sets(void **state) {
  (void)state;
  static const struct {
    const char *words;
    double disturbance;
  } systems[] = {
      {"", .5},
      {"env.disturbance=0", 0},
      {"env.dt=.2 env.disturbance=.3", .3},
      {"env.discretisation=hold", .5},
      {"env.discretisation=semi env.control=2 env.disturbance=1.2", 1.2},
      {"env.bound_x1=3 env.bound_x2=4 env.dt=.05 env.disturbance=.25", .25},
  };
  for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
    const overlap got = solve_and_compare(systems[i].words, "", 201, systems[i].disturbance);
    if (got.iou < .998) fail_msg("%s: IoU %.5f", systems[i].words, got.iou);
  }
  const overlap fine = solve_and_compare("", "", 401, .5);
  if (fine.iou < .9995) fail_msg("401x401: IoU %.5f", fine.iou);
}

/* how far a discount overstates the set; the figures were found by an independent program on the same grid */
static void test_discount_table(void **state) {
  (void)state;
  static const struct {
    const char *discount;
    double iou, tolerance; // half a unit of the last digit given
  } rows[] = {{"grid.discount=.9", .48, .005},
              {"grid.discount=.95", .54, .005},
              {"grid.discount=.99", .84, .005},
              {"grid.discount=.999", .993, .0005},
              {"grid.discount=.9999", .998, .0005}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char settings[128];
    snprintf(settings, sizeof settings, "%s grid.error=1e-3", rows[i].discount);
    const double iou = solve_and_compare("", settings, 201, .5).iou;
    if (fabs(iou - rows[i].iou) > rows[i].tolerance)
      fail_msg("%s: IoU %.5f, wanted %g", rows[i].discount, iou, rows[i].iou);
  }
}

/* what one more power of the adversary costs: set inside set, value below value, at every vertex */
static void test_monotone_in_disturbance(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrator", "");
  static const char *const powers[] = {"grid.disturbance=false", "grid.amplitude=.5", "grid.amplitude=1",
                                       "grid.amplitude=1.5"};
  float *above = NULL;
  double undisturbed[8] = {0};
  for (size_t i = 0; i < sizeof powers / sizeof *powers; i++) {
    char settings[128];
    snprintf(settings, sizeof settings, "%s grid.discount=.99 grid.error=1e-4", powers[i]);
    duro_grid *grid = make_grid(env, settings, 101);
    OK(duro_grid_solve_safety(grid, NULL, NULL));
    float *V = read_field(grid, DURO_GRID_SAFETY_VALUE);
    for (int64_t k = 0; above && k < duro_grid_plan_of(grid)->cells; k++)
      if (V[k] >= 0 && V[k] > above[k] + 2e-4f)
        fail_msg("%s: %g above %g at %lld", powers[i], (double)V[k], (double)above[k], (long long)k);
    free(above);
    above = V;
    undisturbed[i] = duro_grid_volume(grid, 0);
    duro_grid_destroy(grid);
  }
  for (int i = 1; i < 4; i++) assert_true(undisturbed[i] < undisturbed[i - 1]);
  free(above);
  duro_env_destroy(env);
}

/* --- controls that cannot be best are not tried --- */

/* T V of every row, by what the rows remember and by all controls; V becomes the latter. Most that they differ by. */
static double sweep_both_ways(duro_grid *g, float *all, float *known) {
  const sweep_kernels *kernels;
  OK(sweep_kernels_select(&kernels, "auto", false));
  sweep_values values;
  grid_values(g, &values);
  sweep_values without = values;
  without.rival = NULL;
  without.tried = NULL;
  const int64_t padded = g->sweep.padded;
  double most = 0;
  for (int64_t row = 0; row < g->rows; row++) {
    kernels->update(&g->sweep, &values, row, known + row * padded, g->scratch);
    kernels->update(&g->sweep, &without, row, all + row * padded, g->scratch);
    for (int k = 0; k < g->sweep.n; k++)
      most = fmax(most, fabs((double)known[row * padded + k] - (double)all[row * padded + k]));
  }
  for (int64_t row = 0; row < g->rows; row++)
    for (int k = 0; k < g->sweep.n; k++) grid_set(g, g->value, grid_index(g, row, k), (double)all[row * padded + k]);
  return most;
}

/* a row remembers which controls were best, and gets the same as if it tried them all: rows, cells, many controls */
static void test_controls_left_out(void **state) {
  (void)state;
  static const struct {
    const char *env, *settings;
    int n;
  } cases[] = {{"cartpole", "grid.controls=5 grid.disturbances=3 grid.discount=.99", 11},
               {"quadrotor", "grid.discount=.99", 9},
               {"double-integrator", "grid.controls=32", 31}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    duro_env *env = make_env(cases[i].env, "");
    duro_grid *grid = make_grid(env, cases[i].settings, cases[i].n);
    assert_non_null(grid->tried);
    const size_t size = sizeof(float) * (size_t)(grid->rows * grid->sweep.padded);
    float *all = malloc(size), *known = malloc(size);
    for (int sweep = 0; sweep < 40; sweep++) // V only falls, but for the rounding of one update
      assert_true(sweep_both_ways(grid, all, known) <= 4 * 0x1p-24 * grid->h_max);
    int64_t left_out = 0; // and it does leave controls out
    for (int64_t c = 0; c < grid->rows * grid->sweep.padded / SWEEP_LANES; c++)
      left_out += __builtin_popcount(grid->tried[c]) < grid->plan.nu;
    assert_true(left_out > 0);
    free(all);
    free(known);
    duro_grid_destroy(grid);
    duro_env_destroy(env);
  }
}

/* --- bits --- */

static float *solve_bits(const duro_env *env, const char *settings, int n) {
  duro_grid *grid = make_grid(env, settings, n);
  OK(duro_grid_solve_safety(grid, NULL, NULL));
  float *V = read_field(grid, DURO_GRID_SAFETY_VALUE);
  duro_grid_destroy(grid);
  return V;
}

static void check_bits(const char *name, const char *settings, int n) {
  duro_env *env = make_env(name, "");
  static const char *const ways[] = {"grid.threads=2", "grid.threads=3", "grid.threads=1 grid.simd=portable",
                                     "grid.simd=avx2", "grid.simd=avx512"};
  char words[256];
  snprintf(words, sizeof words, "%s grid.threads=1", settings);
  float *wanted = solve_bits(env, words, n);
  const int64_t cells = (int64_t)pow(n, env->spec.nx);
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    const char *simd = strstr(ways[i], "simd=");
    const sweep_kernels *kernels;
    if (simd && sweep_kernels_select(&kernels, simd + 5, false)) continue; // not on this processor
    snprintf(words, sizeof words, "%s %s", settings, ways[i]);
    float *V = solve_bits(env, words, n);
    assert_memory_equal(V, wanted, sizeof *V * (size_t)cells);
    free(V);
  }
  free(wanted);
  duro_env_destroy(env);
}

static void test_bits(void **state) {
  (void)state;
  check_bits("double-integrator", "grid.discount=.99", 41);
  check_bits("double-integrator", "", 41);        // ends in double
  check_bits("cartpole", "grid.discount=.8", 18); // large enough for several threads
  check_bits("pendulum", "grid.discount=.95", 33);
  check_bits("air3d", "grid.discount=.9", 12);
}

static duro_status stop_at(const duro_grid_progress *now, void *context) {
  return now->sweeps >= *(int64_t *)context ? DURO_ERROR_STOPPED : DURO_OK;
}

/* stopped, saved, gone on from in another grid: the bits of a solution that nobody stopped */
static void test_resume(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrator", "");
  float *wanted = solve_bits(env, "", 61);
  char path[] = "/tmp/duro-grid-XXXXXX";
  close(mkstemp(path));
  static const int64_t stops[] = {1, 7, 40, 80}; // reports come at most ten times a second, so later ones may not stop
  for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
    int64_t at = stops[i];
    duro_grid *grid = make_grid(env, "", 61);
    const duro_status status = duro_grid_solve_safety(grid, stop_at, &at);
    assert_true(status == DURO_ERROR_STOPPED || status == DURO_OK);
    OK(duro_grid_save(grid, path));
    duro_grid_destroy(grid);
    grid = make_grid(env, "grid.threads=3", 61);
    OK(duro_grid_resume(grid, path));
    OK(duro_grid_solve_safety(grid, NULL, NULL));
    float *V = read_field(grid, DURO_GRID_SAFETY_VALUE);
    assert_memory_equal(V, wanted, sizeof *V * 61 * 61);
    free(V);
    duro_grid_destroy(grid);
  }
  duro_grid *other = make_grid(env, "grid.discount=.99", 61);
  assert_int_equal(duro_grid_resume(other, path), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "of another grid"));
  duro_grid_destroy(other);
  FILE *file = fopen(path, "r+b"); // a flipped byte is noticed
  fseek(file, 5000, SEEK_SET);
  const int byte = fgetc(file);
  fseek(file, 5000, SEEK_SET);
  fputc(byte ^ 1, file);
  fclose(file);
  duro_grid *grid = make_grid(env, "", 61);
  assert_int_equal(duro_grid_resume(grid, path), DURO_ERROR_FORMAT);
  duro_grid_destroy(grid);
  unlink(path);
  free(wanted);
  duro_env_destroy(env);
}

/* A state in which no row is due any more by a coarse stop goes on by a finer one: all rows are due once more. */
static void test_finer_stop(void **state) {
  (void)state;
  duro_env *env = make_env("pendulum", "");
  duro_grid *grid = make_grid(env, "grid.discount=.5 grid.error=.1", 41);
  OK(duro_grid_solve_safety(grid, NULL, NULL));
  for (int64_t row = 0; row < grid->owned; row++) grid->updated_at[row] = grid->time + 1;
  grid->progress[DURO_GRID_SAFETY].done = false;
  grid->settings.error = 1e-3;
  grid->settings.sweeps = 1000;
  OK(duro_grid_solve_safety(grid, NULL, NULL));
  const duro_grid_progress now = duro_grid_state(grid, DURO_GRID_SAFETY);
  assert_true(now.done && now.bound <= 1e-3);
  assert_true(now.sweeps < 100);
  duro_grid_destroy(grid);
  duro_env_destroy(env);
}

/* solves, from the state at `path` where that is not NULL, and leaves the state there */
static duro_grid_progress solve_on(duro_env *env, const char *settings, int n, const char *from, const char *path) {
  duro_grid *grid = make_grid(env, settings, n);
  if (from) OK(duro_grid_resume(grid, from));
  OK(duro_grid_solve_safety(grid, NULL, NULL));
  OK(duro_grid_save(grid, path));
  const duro_grid_progress end = duro_grid_state(grid, DURO_GRID_SAFETY);
  duro_grid_destroy(grid);
  return end;
}

/* A solution that is finished stays so by the same rules, and goes on by stricter ones: to a smaller error, to more
 * sweeps, to a set that may not merely have settled. */
static void test_finished_goes_on(void **state) {
  (void)state;
  char path[] = "/tmp/duro-grid-XXXXXX", other[] = "/tmp/duro-grid-XXXXXX";
  close(mkstemp(path));
  close(mkstemp(other));
  duro_env *env = make_env("pendulum", "");
  duro_grid_progress end = solve_on(env, "grid.discount=.5 grid.error=.1", 41, NULL, path);
  assert_true(end.bound <= 0.1 && end.bound > 1e-3);
  const int64_t sweeps = end.sweeps;
  end = solve_on(env, "grid.discount=.5 grid.error=.1", 41, path, other);
  assert_int_equal(end.sweeps, sweeps);
  end = solve_on(env, "grid.discount=.5 grid.error=.2", 41, path, other);
  assert_int_equal(end.sweeps, sweeps);
  end = solve_on(env, "grid.discount=.5 grid.error=1e-3", 41, path, other);
  assert_true(end.done && end.bound <= 1e-3 && end.sweeps > sweeps && end.sweeps < 100);
  end = solve_on(env, "grid.discount=.5 grid.error=1e-3 grid.sweeps=2", 41, NULL, path);
  assert_true(end.sweeps == 2 && end.bound > 1e-3);
  end = solve_on(env, "grid.discount=.5 grid.error=1e-3", 41, path, other);
  assert_true(end.sweeps > 2 && end.bound <= 1e-3);
  duro_env_destroy(env);
  env = make_env("double-integrator", "");
  end = solve_on(env, "", 41, NULL, path);
  assert_true(end.settled && end.residual > 1e-5); // else grid.change would have ended it
  end = solve_on(env, "grid.settled=false", 41, path, other);
  assert_true(!end.settled && end.residual <= 1e-5);
  duro_env_destroy(env);
  unlink(path);
  unlink(other);
}

/* a state whose checksum is right and whose counts are none: it is refused, and nothing of the grid has changed */
static void test_resume_refuses_counts(void **state) {
  (void)state;
  static const char *const keys[] = {"grid", "environment", "source", "program", "axes", "settings"};
  static const double bad[] = {1e300, -1e17, NAN, INFINITY};
  duro_env *env = make_env("double-integrator", "");
  duro_grid *grid = make_grid(env, "", 21), *fresh = make_grid(env, "", 21);
  char path[] = "/tmp/duro-grid-XXXXXX";
  close(mkstemp(path));
  OK(duro_grid_solve_safety(grid, NULL, NULL));
  OK(duro_grid_save(grid, path));
  float *before = read_field(fresh, DURO_GRID_SAFETY_VALUE);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    duro_tensor_file *file;
    duro_tensor tensors[16];
    duro_note notes[6];
    OK(duro_grid_save(grid, path));
    OK(duro_tensors_open(&file, path));
    int count = 0;
    for (int k = 0; k < duro_tensors_count(file); k++)
      if (strcmp(duro_tensors_at(file, k)->name, "__xxh3__") != 0) tensors[count++] = *duro_tensors_at(file, k);
    for (int k = 0; k < 6; k++) notes[k] = (duro_note){keys[k], duro_tensors_note(file, keys[k])};
    for (int k = 0; k < count; k++)
      if (!strcmp(tensors[k].name, "numbers")) ((double *)tensors[k].data)[5] = bad[i];
    OK(duro_tensors_save(path, tensors, count, notes, 6));
    duro_tensors_close(file);
    assert_int_equal(duro_grid_resume(fresh, path), DURO_ERROR_FORMAT);
    assert_non_null(strstr(duro_error(), "no solve counts"));
    float *after = read_field(fresh, DURO_GRID_SAFETY_VALUE);
    assert_memory_equal(after, before, sizeof *after * 21 * 21);
    free(after);
  }
  free(before);
  unlink(path);
  duro_grid_destroy(grid);
  duro_grid_destroy(fresh);
  duro_env_destroy(env);
}

/* --- task --- */

/* constrained value iteration, plainly: Jacobi over the vertices of the set, means over the corners inside it */
static double *plain_task(const duro_grid *grid, const duro_env *env, const float *safety, bool *inside) {
  const duro_grid_plan *plan = duro_grid_plan_of(grid);
  const duro_grid_settings *s = duro_grid_settings_of(grid);
  const int n = plan->axis[0].n;
  const plain p = {.env = env, .settings = s, .plan = plan};
  double *V = calloc((size_t)plan->cells, sizeof *V), *next = calloc((size_t)plan->cells, sizeof *V);
  for (int64_t i = 0; i < plan->cells; i++) inside[i] = safety[i] >= 0;
  double change = 1;
  bool dropped = true;
  while (change > 1e-9 || dropped) {
    change = 0;
    dropped = false;
    for (int64_t i = 0; i < plan->cells; i++) {
      double x[DURO_MAX_STATE], x2[DURO_MAX_STATE], best = -INFINITY;
      if (!inside[i]) continue;
      plain_state(&p, i, x);
      for (int iu = 0; iu < plan->nu; iu++) {
        double u, worst = INFINITY;
        candidate(&u, iu, s->controls, 1);
        for (int ia = 0; ia < plan->na; ia++) {
          double a, mean = 0, weight = 0, margin = 0;
          duro_step out;
          candidate(&a, ia, s->disturbances, 1);
          duro_env_step(env, NULL, x2, &out, x, &u, &a);
          const double tx = (x2[0] - plan->axis[0].low) / (plan->axis[0].high - plan->axis[0].low) * (n - 1);
          const double ty = (x2[1] - plan->axis[1].low) / (plan->axis[1].high - plan->axis[1].low) * (n - 1);
          if (tx < 0 || ty < 0 || tx > n - 1 || ty > n - 1) {
            worst = -INFINITY;
            break;
          }
          const int i0 = (int)fmin(floor(tx), n - 2), j0 = (int)fmin(floor(ty), n - 2);
          for (int c = 0; c < 4; c++) {
            const int64_t at = (int64_t)(i0 + (c & 1)) * n + j0 + (c >> 1);
            const double w = (c & 1 ? tx - i0 : 1 - tx + i0) * (c >> 1 ? ty - j0 : 1 - ty + j0);
            margin += w * (double)safety[at];
            if (!inside[at]) continue;
            weight += w;
            mean += w * V[at];
          }
          worst = fmin(worst, margin >= 0 && weight >= 1e-6 ? out.r + s->gamma * mean / weight : -INFINITY);
        }
        best = fmax(best, worst);
      }
      if (isinf(best)) {
        inside[i] = false;
        dropped = true;
        continue;
      }
      next[i] = best;
      change = fmax(change, fabs(best - V[i]));
    }
    memcpy(V, next, sizeof *V * (size_t)plan->cells);
  }
  free(next);
  return V;
}

static void test_task(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrator", "");
  duro_grid *grid = make_grid(env, "grid.gamma=.9 grid.task_error=1e-4 grid.controls=5 grid.margin=0", 41);
  assert_int_equal(duro_grid_solve_task(grid, NULL, NULL), DURO_ERROR_ARGUMENT); // safety first
  OK(duro_grid_solve_safety(grid, NULL, NULL));
  OK(duro_grid_solve_task(grid, NULL, NULL));
  assert_true(duro_grid_state(grid, DURO_GRID_TASK).bound <= 1e-4 * 1.0001);
  float *safety = read_field(grid, DURO_GRID_SAFETY_VALUE), *V = read_field(grid, DURO_GRID_TASK_VALUE);
  bool inside[41 * 41];
  double *wanted = plain_task(grid, env, safety, inside);
  for (int i = 0; i < 41 * 41; i++) {
    if (inside[i] != !isnan(V[i]))
      fail_msg("vertex %d: inside %d, value %g, V_h %g", i, inside[i], (double)V[i], (double)safety[i]);
    // bound of both, the rounding of weights and rewards kept in float, and the doubt about V_h = 0 in float
    if (inside[i] && fabs((double)V[i] - wanted[i]) > 2e-3)
      fail_msg("vertex %d: %g, wanted %g", i, (double)V[i], wanted[i]);
  }
  free(safety);
  free(V);
  free(wanted);
  duro_grid_destroy(grid);
  duro_env_destroy(env);
}

/* both policies against both adversaries from everywhere in the set with a margin: none ever leaves h >= 0 */
static void test_rollouts(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrator", "");
  duro_grid *grid = make_grid(env, "", 101);
  OK(duro_grid_solve_safety(grid, NULL, NULL));
  OK(duro_grid_solve_task(grid, NULL, NULL));
  duro_stream stream = duro_stream_at(5, 64, 0);
  double returns[2] = {0, 0};
  for (int trial = 0; trial < 400; trial++) {
    double x[2], x2[2], start[2];
    do
      for (int i = 0; i < 2; i++) start[i] = 5 * (2 * duro_stream_uniform(&stream) - 1);
    while (duro_grid_safety_at(grid, start) < .1);
    for (int task = 0; task < 2; task++) {
      memcpy(x, start, sizeof x);
      for (int t = 0; t < 160; t++) {
        double u[1], a[1];
        duro_step out;
        if (task)
          duro_grid_task_control(grid, NULL, u, x);
        else
          duro_grid_safety_control(grid, NULL, u, x);
        if (trial % 2)
          duro_grid_safety_disturbance(grid, NULL, a, x, u);
        else
          duro_grid_task_disturbance(grid, NULL, a, x, u);
        duro_env_step(env, NULL, x2, &out, x, u, a);
        returns[task] += out.r;
        if (out.h < 0) fail_msg("trial %d, policy %d: h = %g at step %d", trial, task, out.h, t);
        memcpy(x, x2, sizeof x);
      }
    }
  }
  assert_true(returns[1] > returns[0]); // the task policy earns more than the safety policy
  duro_grid_destroy(grid);
  duro_env_destroy(env);
}

/* the answer does not depend on which threads and kernels find it, for the task either */
static void test_task_bits(void **state) {
  (void)state;
  duro_env *env = make_env("pendulum", "");
  float *wanted = NULL;
  static const char *const ways[] = {"grid.threads=1", "grid.threads=2", "grid.threads=5 grid.simd=portable"};
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    duro_grid *grid = make_grid(env, ways[i], 41);
    OK(duro_grid_solve_safety(grid, NULL, NULL));
    OK(duro_grid_solve_task(grid, NULL, NULL));
    float *V = read_field(grid, DURO_GRID_TASK_VALUE);
    if (wanted) assert_memory_equal(V, wanted, sizeof *V * 41 * 41);
    free(wanted);
    wanted = V;
    duro_grid_destroy(grid);
  }
  free(wanted);
  duro_env_destroy(env);
}

/* --- plans and wrong input --- */

static void refuse(const duro_env *env, const char *settings, const int *shape, int n_shape, const double *low,
                   const double *high, const char *why) {
  const duro_grid_settings s = make_settings(settings);
  duro_grid_plan plan;
  const duro_status status = duro_grid_plan_make(&plan, env, &s, shape, n_shape, low, high);
  if (status != DURO_ERROR_ARGUMENT || !strstr(duro_error(), why))
    fail_msg("status %d, \"%s\"; wanted \"%s\"", status, status ? duro_error() : "", why);
}

static void test_plans(void **state) {
  (void)state;
  duro_env *di = make_env("double-integrator", ""), *cp = make_env("cartpole", ""), *qr = make_env("quadrotor", ""),
           *many = make_env("double-integrators", "env.count=4");
  refuse(di, "", (int[]){0}, 1, NULL, NULL, "0 vertices along x1; wanted 2 to");
  refuse(di, "", (int[]){1}, 1, NULL, NULL, "1 vertices");
  refuse(di, "", (int[]){-5, 10}, 2, NULL, NULL, "-5 vertices");
  refuse(di, "", (int[]){100000}, 1, NULL, NULL, "100000 vertices");
  refuse(di, "", (int[]){5, 5, 5}, 3, NULL, NULL, "3 sizes; 'double-integrator' has 2 axes");
  refuse(di, "", (int[]){11}, 1, (double[]){1, -1}, (double[]){-1, 1}, "from 1 to -1 along x1");
  refuse(di, "", (int[]){11}, 1, (double[]){NAN, -1}, (double[]){1, 1}, "from nan to 1");
  refuse(cp, "", (int[]){301}, 1, NULL, NULL, "vertices per axis would fit");
  refuse(many, "", NULL, 0, NULL, NULL, "depends on 8 states; a grid has at most 6");
  refuse(qr, "grid.controls=101 grid.disturbances=101", NULL, 0, NULL, NULL, "pairs; wanted at most");
  duro_grid_plan plan;
  const duro_grid_settings s = make_settings("grid.memory=2");
  OK(duro_grid_plan_make(&plan, qr, &s, NULL, 0, NULL, NULL));
  assert_int_equal(plan.nd, 4); // z, its rate, theta, its rate: neither x nor the reference moves them
  assert_int_equal(plan.n_dropped, 3);
  assert_false(plan.task);
  assert_true(plan.bytes <= 2e9);
  OK(duro_grid_plan_make(&plan, cp, &s, NULL, 0, NULL, NULL));
  assert_int_equal(plan.row, 0);
  assert_true(plan.bytes <= 2e9 && plan.bytes > 0);
  duro_env_destroy(di);
  duro_env_destroy(cp);
  duro_env_destroy(qr);
  duro_env_destroy(many);
}

static void (*true_step)(const duro_env *, void *, double *, duro_step *, const double *, const double *,
                         const double *);

static void break_somewhere(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x,
                            const double *u, const double *a) {
  true_step(env, worker, x2, out, x, u, a);
  if (x[1] > 2.0 && x[1] < 2.3 && u[0] > 0.5) x2[0] = NAN;
}

static void test_not_finite(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrator", "");
  duro_env_ops broken = *env->ops;
  true_step = env->ops->step;
  broken.step = break_somewhere, broken.step_many = NULL;
  env->ops = &broken;
  for (int rows = 0; rows < 2; rows++) {
    const duro_grid_settings s = make_settings("");
    duro_grid_plan plan;
    duro_grid *grid;
    if (!rows) env->spec.x_shift = 0;
    OK(duro_grid_plan_make(&plan, env, &s, (int[]){51}, 1, NULL, NULL));
    assert_int_equal(duro_grid_create(&grid, env, &s, &plan), DURO_ERROR_NOT_FINITE);
    assert_non_null(strstr(duro_error(), "'double-integrator' is not finite at x = ("));
    assert_non_null(strstr(duro_error(), "u[0] = 1"));
    assert_null(grid);
  }
  duro_env_destroy(env);
}

/* an environment that says what is not true is found out */
static void test_false_facts(void **state) {
  (void)state;
  duro_env *env = make_env("pendulum", "");
  static const double low[] = {-INFINITY, -INFINITY}, high[] = {INFINITY, INFINITY};
  const duro_grid_settings s = make_settings("");
  duro_grid_plan plan;
  duro_grid *grid;
  env->spec.x_shift = 1; // gravity depends on the angle
  env->spec.x_fail_low = low;
  env->spec.x_fail_high = high;
  OK(duro_grid_plan_make(&plan, env, &s, (int[]){21}, 1, NULL, NULL));
  assert_int_equal(duro_grid_create(&grid, env, &s, &plan), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "says"));
  duro_env_destroy(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_plain_loop),
      cmocka_unit_test(test_double),
      cmocka_unit_test(test_exact_sets),
      cmocka_unit_test(test_discount_table),
      cmocka_unit_test(test_monotone_in_disturbance),
      cmocka_unit_test(test_controls_left_out),
      cmocka_unit_test(test_bits),
      cmocka_unit_test(test_resume),
      cmocka_unit_test(test_finer_stop),
      cmocka_unit_test(test_finished_goes_on),
      cmocka_unit_test(test_resume_refuses_counts),
      cmocka_unit_test(test_task),
      cmocka_unit_test(test_rollouts),
      cmocka_unit_test(test_task_bits),
      cmocka_unit_test(test_plans),
      cmocka_unit_test(test_not_finite),
      cmocka_unit_test(test_false_facts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

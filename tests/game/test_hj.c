/* The continuous game against answers that were not computed here: the figures of another solver, closed forms, and
 * the steps of the environments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "game/grid_known.h"
#include "game/hj.h"

#define TURN 6.283185307179586

/*
 * Air3D over 2.8 s on 51 x 40 x 50 vertices: hj_reachability 0.7.0 counts 26,358 vertices with V < 0 with its ENO2 and
 * Runge-Kutta steps of order 2 (share .258412), 26,460 with WENO5 and order 3 (.259412), and 24,732 with first order,
 * in single precision as here. A vertex that lies nearer to 0 than rounding may fall on either side; none does.
 */
static void air3d_is_that_of_another_solver(void **state) {
  (void)state;
#ifdef __SANITIZE_ADDRESS__
  skip(); // minutes without optimisation
#endif
  const struct {
    const char *scheme;
    int64_t lost;
  } known[] = {{"grid.scheme=upwind", 24732}, {"grid.scheme=eno2", 26358}, {"grid.scheme=weno5", 26460}};
  for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
    solved s;
    assert_true(solve(&s, "air3d", (const int[]){51, 40, 50}, 3, (const double[]){-6, -10, 0},
                      (const double[]){20, 10, TURN},
                      SET("grid.method=hj", known[k].scheme, "grid.time=2.8", "grid.task=false")));
    int64_t lost = 0;
    for (int64_t i = 0; i < s.plan->cells; i++) lost += s.v[i] < 0;
    assert_int_equal(lost, known[k].lost);
    release(&s);
  }
}

/* The double integrator is pushed with at most 1 either way, and by at most .4: braking fully against the push it
 * stops after v^2/(2 r), r = .6, and can stay there. V is h at the worst moment of that. */
static double braked(double x, double v) {
  const double along = v < 0 ? -x : x, r = .6, bound_x = 5, bound_v = 5;
  return fmin(fmin(bound_x - fabs(x), bound_v - fabs(v)), bound_x - along - v * v / (2 * r));
}

/* mean error of V over the vertices of the exact set, but for those that touch its edge */
static double mean_error(const char *scheme, int n) {
  solved s;
  const double low[] = {-6, -6}, high[] = {6, 6};
  assert_true(solve(&s, "double-integrator", (const int[]){n, n}, 2, low, high,
                    SET("grid.method=hj", scheme, "env.control=1", "env.disturbance=.4", "env.bound_x1=5",
                        "env.bound_x2=5", "grid.task=false", "grid.time=12")));
  double sum = 0;
  int64_t count = 0;
  for (int64_t i = 0; i < s.plan->cells; i++) {
    double x[2];
    vertex_state(s.plan, i, x);
    const double exact = braked(x[0], x[1]);
    if (exact < .1) continue;
    sum += fabs(s.v[i] - exact);
    count++;
  }
  release(&s);
  assert_true(count > 100);
  return sum / (double)count;
}

/* V has kinks, where every scheme is of first order: so the mean error falls with the spacing at least, and the better
 * schemes have the smaller one. */
static void the_double_integrator_has_a_closed_form(void **state) {
  (void)state;
#ifdef __SANITIZE_ADDRESS__
  skip(); // likewise
#endif
  const char *const schemes[] = {"grid.scheme=upwind", "grid.scheme=eno2", "grid.scheme=weno5"};
  double before = INFINITY;
  for (int k = 0; k < 3; k++) {
    const double coarse = mean_error(schemes[k], 41), fine = mean_error(schemes[k], 81);
    print_message("%s: mean error %.5f on 41 x 41, %.5f on 81 x 81\n", schemes[k], coarse, fine);
    assert_true(fine < .5 * coarse);
    assert_true(fine < before);
    before = fine;
  }
}

static uint64_t hash_of(const char *simd, const char *threads, const char *scheme) {
  solved s;
  assert_true(solve(&s, "pendulum", (const int[]){37, 43}, 2, NULL, NULL,
                    SET("grid.method=hj", "grid.time=.4", simd, threads, scheme)));
  const uint64_t hash = duro_grid_hash(s.grid);
  release(&s);
  return hash;
}

/* odd sizes: vectors have rests */
static void bits_do_not_depend_on_threads_or_kernels(void **state) {
  (void)state;
  const char *const schemes[] = {"grid.scheme=upwind", "grid.scheme=eno2", "grid.scheme=weno5"};
  for (int k = 0; k < 3; k++) {
    solved s; // the key of a solution knows its scheme, and not its kernels: V alone is compared
    float *first = NULL;
    for (int i = 0; upwind_kernels_at(i); i++) {
      char simd[64];
      snprintf(simd, sizeof simd, "grid.simd=%s", upwind_kernels_at(i)->name);
      for (int threads = 1; threads <= 3; threads += 2) {
        const char *const given = threads == 1 ? "grid.threads=1" : "grid.threads=3";
        assert_true(solve(&s, "pendulum", (const int[]){37, 43}, 2, NULL, NULL,
                          SET("grid.method=hj", "grid.time=.4", simd, given, schemes[k])));
        if (!first) {
          first = s.v;
          s.v = NULL;
        } else {
          assert_memory_equal(first, s.v, sizeof *first * (size_t)s.plan->cells);
        }
        release(&s);
      }
    }
    free(first);
  }
  assert_true(hash_of("grid.simd=auto", "grid.threads=1", schemes[0]) !=
              hash_of("grid.simd=auto", "grid.threads=1", schemes[2]));
}

static duro_status stop_at(const duro_grid_progress *now, void *context) {
  return now->sweeps >= *(int64_t *)context ? DURO_ERROR_STOPPED : DURO_OK;
}

/* a solution that is stopped, saved, read and gone on with has the bits of the one that was not */
static void it_goes_on_where_it_was(void **state) {
  (void)state;
  const char *const path = "test_hj.safetensors";
  solved whole;
  assert_true(solve(&whole, "pendulum", (const int[]){41, 41}, 2, NULL, NULL, SET("grid.method=hj", "grid.time=.5")));
  const duro_grid_settings *settings = duro_grid_settings_of(whole.grid);
  duro_grid *half, *rest;
  int64_t at = 0; // the first report: a few steps, as the machine is fast
  ok(duro_grid_create(&half, whole.env, settings, whole.plan));
  assert_int_equal(duro_grid_solve_safety(half, stop_at, &at), DURO_ERROR_STOPPED);
  const int64_t stopped = duro_grid_state(half, DURO_GRID_SAFETY).sweeps;
  assert_true(stopped < whole.end.sweeps);
  ok(duro_grid_save(half, path));
  ok(duro_grid_create(&rest, whole.env, settings, whole.plan));
  ok(duro_grid_resume(rest, path));
  ok(duro_grid_solve_safety(rest, NULL, NULL));
  assert_int_equal(duro_grid_state(rest, DURO_GRID_SAFETY).sweeps, whole.end.sweeps);
  float *v = malloc(sizeof *v * (size_t)whole.plan->cells);
  assert_non_null(v);
  ok(duro_grid_read(rest, DURO_GRID_SAFETY_VALUE, v));
  assert_memory_equal(v, whole.v, sizeof *v * (size_t)whole.plan->cells);
  free(v);
  remove(path);
  duro_grid_destroy(half);
  duro_grid_destroy(rest);
  release(&whole);
}

/* without an end it stops by itself, with the set of the closed form but for a few of the vertices at its edge */
static void it_stops_when_the_set_stands_still(void **state) {
  (void)state;
  solved s;
  const double low[] = {-6, -6}, high[] = {6, 6};
  assert_true(solve(&s, "double-integrator", (const int[]){61, 61}, 2, low, high,
                    SET("grid.method=hj", "env.control=1", "env.disturbance=.4", "env.bound_x1=5", "env.bound_x2=5",
                        "grid.task=false")));
  int64_t wrong = 0, inside = 0;
  for (int64_t i = 0; i < s.plan->cells; i++) {
    double x[2];
    vertex_state(s.plan, i, x);
    const bool exact = braked(x[0], x[1]) >= 0;
    inside += exact;
    wrong += exact != (s.v[i] >= 0);
  }
  print_message("stopped after %lld steps, %lld of %lld vertices on the wrong side\n", (long long)s.end.sweeps,
                (long long)wrong, (long long)inside);
  assert_true(s.end.sweeps < 10000);
  assert_true(50 * wrong < inside); // 2 %: the shortest edge of so many vertices has a tenth of them
  release(&s);
}

static void refused(const char *name, const int *shape, int n, const char *assignment, const char *word) {
  const duro_env_ops *ops;
  duro_env *env;
  duro_grid *grid = NULL;
  duro_grid_settings settings;
  const duro_settings_group group = duro_grid_settings_group(&settings);
  duro_grid_plan plan;
  duro_settings_default(&group);
  ok(duro_env_find(&ops, name));
  ok(duro_env_create(&env, ops, NULL));
  ok(duro_settings_assign(&group, 1, "grid.method=hj"));
  ok(duro_settings_assign(&group, 1, assignment));
  duro_status status = duro_grid_plan_make(&plan, env, &settings, shape, n, NULL, NULL);
  if (!status) {
    ok(duro_grid_create(&grid, env, &settings, &plan));
    status = duro_grid_solve_safety(grid, NULL, NULL);
  }
  assert_int_equal(status, DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), word));
  duro_grid_destroy(grid);
  duro_env_destroy(env);
}

static void what_it_cannot_do_is_refused(void **state) {
  (void)state;
  refused("racing-car", (const int[]){5}, 1, "grid.task=false", "rates of change");
  refused("double-integrator", (const int[]){11}, 1, "grid.discount=.9", "grid.discount is 0.9");
  refused("double-integrator", (const int[]){11}, 1, "grid.time=1e9", "fewer than 1e9 steps");
  refused("quadrotor", (const int[]){5}, 1, "grid.task=false", "affine"); // thrusts are clipped
}

/* a step is the flow of the rates: over a short time it goes by dt times them, and what is left is of order dt^2 */
static void steps_follow_the_rates(void **state) {
  (void)state;
  const struct {
    const char *name, *setting;
  } envs[] = {
      {"double-integrator", "env.dt=1e-5"}, {"pendulum", "env.dt=1e-5"},           {"air3d", "env.dt=1e-5"},
      {"cartpole", "env.substep=1e-5"},     {"double-integrators", "env.dt=1e-5"}, {"quadrotor", "env.substep=1e-5"}};
  for (size_t k = 0; k < sizeof envs / sizeof *envs; k++) {
    const duro_env_ops *ops;
    duro_env *env;
    ok(duro_env_find(&ops, envs[k].name));
    void *values = calloc(1, ops->settings_size);
    const duro_settings_group group = {"env", ops->settings, ops->n_settings, values};
    duro_settings_default(&group);
    ok(duro_settings_assign(&group, 1, envs[k].setting));
    ok(duro_env_create(&env, ops, values));
    const int nx = env->spec.nx;
    for (int trial = 0; trial < 20; trial++) {
      double x[DURO_MAX_STATE], x2[DURO_MAX_STATE], dx[DURO_MAX_STATE], u[DURO_MAX_ACTION], a[DURO_MAX_ACTION];
      duro_stream stream = duro_stream_at(7, (uint32_t)DURO_PURPOSE_SPARE, (uint64_t)trial);
      duro_step out;
      duro_env_reset(env, x, &stream, DURO_START_TRAIN);
      for (int j = 0; j < env->spec.nu; j++) u[j] = 2 * duro_stream_uniform(&stream) - 1;
      for (int j = 0; j < env->spec.na; j++) a[j] = 2 * duro_stream_uniform(&stream) - 1;
      duro_env_step(env, NULL, x2, &out, x, u, a);
      env->ops->rates(env, dx, x, u, a);
      for (int i = 0; i < nx; i++) {
        if (!strcmp(ops->name, "quadrotor") && i == 6) continue; // an index, which wraps
        assert_true(fabs((x2[i] - x[i]) / env->spec.dt - dx[i]) < 1e-2 * (1 + fabs(dx[i])));
      }
    }
    duro_env_destroy(env);
    free(values);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(air3d_is_that_of_another_solver),
      cmocka_unit_test(the_double_integrator_has_a_closed_form),
      cmocka_unit_test(bits_do_not_depend_on_threads_or_kernels),
      cmocka_unit_test(it_goes_on_where_it_was),
      cmocka_unit_test(it_stops_when_the_set_stands_still),
      cmocka_unit_test(what_it_cannot_do_is_refused),
      cmocka_unit_test(steps_follow_the_rates),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

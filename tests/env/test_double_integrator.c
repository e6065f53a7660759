/* The double integrator against steps worked out by hand, the exact motion and the exact invariant set. */
#include "env_test.h"

static void step(const char *order, double *x2, duro_step *out, double x0, double x1, double u, double a) {
  char setting[64];
  snprintf(setting, sizeof setting, "discretisation=%s", order);
  duro_env *env = make_env("double-integrator", SETTINGS(setting));
  duro_env_step(env, NULL, x2, out, (const double[]){x0, x1}, &u, &a);
  duro_env_destroy(env);
}

/* by hand: x = (1, 2), u = .5, a = .4 give w = .5 + .5 * .4 = .7; tolerance: a few roundings of numbers near 3 */
static void steps_by_hand(void **state) {
  (void)state;
  double x2[2];
  duro_step out;
  step("euler", x2, &out, 1, 2, 0.5, 0.4);
  assert_near(x2[0], 1.2, 2e-15);
  assert_near(x2[1], 2.07, 2e-15);
  assert_near(out.r, -3.11245, 4e-15); // -.5 (1.2^2 + 2.07^2) - .5^2
  assert_near(out.h, 2.93, 4e-15);     // 5 - 2.07
  assert_int_equal(out.end, DURO_RUNNING);
  step("hold", x2, &out, 1, 2, 0.5, 0.4);
  assert_near(x2[0], 1.2035, 2e-15); // 1 + .2 + .005 * .7
  assert_near(x2[1], 2.07, 2e-15);
  step("semi", x2, &out, 1, 2, 0.5, 0.4);
  assert_near(x2[0], 1.207, 2e-15); // 1 + .1 * 2.07
  assert_near(x2[1], 2.07, 2e-15);
}

/* left and right exchanged: every operation has the same size, so the bits are the same but for the sign */
static void mirrored(void **state) {
  (void)state;
  static const char *const orders[] = {"euler", "hold", "semi"};
  duro_stream stream = test_stream(5);
  for (int k = 0; k < 300; k++) {
    const double x[2] = {draw(&stream, 6), draw(&stream, 6)}, u = draw(&stream, 1), a = draw(&stream, 1);
    double x2[2], y2[2];
    duro_step out, other;
    step(orders[k % 3], x2, &out, x[0], x[1], u, a);
    step(orders[k % 3], y2, &other, -x[0], -x[1], -u, -a);
    assert_true(y2[0] == -x2[0] && y2[1] == -x2[1]);
    assert_true(other.r == out.r && other.h == out.h && other.end == out.end);
  }
}

/* a held force moves the point by x + v t + w t^2 / 2, whatever the steps between */
static void hold_is_exact(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrator", SETTINGS("discretisation=hold", "dt=0.07"));
  double x[2] = {-3, 1.5};
  const double u = -0.8, a = 0.25, w = -0.8 + 0.5 * 0.25;
  for (int k = 1; k <= 37; k++) {
    double x2[2];
    duro_step out;
    duro_env_step(env, NULL, x2, &out, x, &u, &a);
    memcpy(x, x2, sizeof x);
    const double t = 0.07 * k;
    assert_near(x[0], -3 + 1.5 * t + 0.5 * w * t * t, 1e-14); // 37 steps of roundings at 4e-16
    assert_near(x[1], 1.5 + w * t, 1e-14);
  }
  duro_env_destroy(env);
}

static void failing_ends_and_costs(void **state) {
  (void)state;
  double x2[2];
  duro_step out;
  step("euler", x2, &out, 5.95, 2, 0, 0); // x1' = 6.15
  assert_int_equal(out.end, DURO_TERMINATED);
  assert_near(out.r, -0.5 * (6.15 * 6.15 + 4.0) - 30.0, 2e-14);
  assert_near(out.h, -1.15, 2e-15);
  step("euler", x2, &out, -3, -5.99, -1, 0); // x2' = -6.09
  assert_int_equal(out.end, DURO_TERMINATED);
  assert_near(out.h, -1.09, 2e-15);
  step("euler", x2, &out, 5, 2, 0, 0); // unsafe is not yet failed
  assert_int_equal(out.end, DURO_RUNNING);
  assert_near(out.h, -0.2, 2e-15);
  assert_near(out.r, -0.5 * (5.2 * 5.2 + 4.0), 1e-14);
}

static void constraint_is_the_box(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrator", NULL);
  const double cases[][3] = {{0, 0, 5}, {5, 0, 0}, {-5, 1, 0}, {1, -4, 1}, {-2, 2, 3}, {0, 5.5, -0.5}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_true(env->ops->constraint(env, cases[i]) == cases[i][2]);
  assert_true(isnan(env->ops->constraint(env, (const double[]){NAN, 0})));
  assert_true(isnan(env->ops->constraint(env, (const double[]){0, NAN})));
  duro_env_destroy(env);
}

static void training_starts_fill_the_box(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrator", NULL);
  duro_stream stream = test_stream(2);
  const int n = 20000;
  double square[2] = {0, 0};
  for (int k = 0; k < n; k++) {
    double x[2];
    env->ops->reset(env, x, &stream, DURO_START_TRAIN);
    for (int i = 0; i < 2; i++) {
      assert_true(fabs(x[i]) <= 5.0);
      square[i] += x[i] * x[i] / n;
    }
  }
  // variance of U(-5, 5) is 25/3; its estimate scatters by sqrt(25^2 (1/5 - 1/9) / n) = .053
  for (int i = 0; i < 2; i++) assert_near(square[i], 25.0 / 3.0, 5 * 0.053);
  duro_env_destroy(env);
}

/* start_reach widens the training starts and leaves those of evaluation alone */
static void training_starts_may_reach_beyond_the_box(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrator", SETTINGS("start_reach=1.2"));
  duro_stream stream = test_stream(2);
  const int n = 20000;
  double square = 0, most = 0;
  for (int k = 0; k < n; k++) {
    double x[2];
    env->ops->reset(env, x, &stream, DURO_START_TRAIN);
    most = fmax(most, fmax(fabs(x[0]), fabs(x[1])));
    square += x[0] * x[0] / n;
    env->ops->reset(env, x, &stream, DURO_START_EVAL);
    assert_true(env->ops->constraint(env, x) >= 0.25); // eval_margin
  }
  assert_true(most <= 6.0 && most > 5.99);
  // as above, U(-6, 6): 36/3, scattering by sqrt(36^2 (1/5 - 1/9) / n) = .076
  assert_near(square, 12.0, 5 * 0.076);
  duro_env_destroy(env);
}

/* full braking against a full push keeps at least the margin */
static void survives(const duro_env *env, const double *start, double margin) {
  double x[2] = {start[0], start[1]};
  const double way = x[1] > 0 ? 1 : -1, u = -way, a = way;
  do {
    double x2[2];
    duro_step out;
    assert_true(env->ops->constraint(env, x) >= margin - 1e-9);
    duro_env_step(env, NULL, x2, &out, x, &u, &a);
    memcpy(x, x2, sizeof x);
  } while (x[1] * way > 0);
}

/* starts are uniform in the exact set, so their share in a box of area 12 within it gives its area. The areas are
 * those of the set's polytope (theory.md, section 8); the estimate scatters by 1/4 %. */
static void evaluation_starts_fill_the_exact_set(void **state) {
  (void)state;
  const struct {
    const char *order, *disturbance;
    double area;
  } cases[] = {
      {"discretisation=euler", "disturbance=0.5", 41.6650}, {"discretisation=hold", "disturbance=0.5", 42.1650},
      {"discretisation=semi", "disturbance=0.5", 42.6650},  {"discretisation=euler", "disturbance=0", 58.6322},
      {"discretisation=hold", "disturbance=0", 59.6322},    {"discretisation=semi", "disturbance=0", 60.6322}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    duro_env *env = make_env("double-integrator", SETTINGS(cases[c].order, cases[c].disturbance, "eval_margin=0"));
    duro_stream stream = test_stream(3);
    const int n = 400000;
    int hits = 0;
    for (int k = 0; k < n; k++) {
      double x[2];
      env->ops->reset(env, x, &stream, DURO_START_EVAL);
      hits += fabs(x[0]) <= 3.0 && fabs(x[1]) <= 1.0;
      if (k % 100 == 0) survives(env, x, 0.0);
    }
    const double p = 12.0 / cases[c].area;
    assert_near(hits, n * p, 4 * sqrt(n * p * (1 - p)));
    duro_env_destroy(env);
  }
}

static void evaluation_margin_is_kept(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrator", NULL);
  duro_stream stream = test_stream(4);
  for (int k = 0; k < 5000; k++) {
    double x[2];
    env->ops->reset(env, x, &stream, DURO_START_EVAL);
    survives(env, x, 0.25);
  }
  duro_env_destroy(env);
  env = make_env("double-integrator", SETTINGS("disturbance=1")); // nothing is robustly safe: the origin
  double x[2];
  env->ops->reset(env, x, &stream, DURO_START_EVAL);
  assert_true(x[0] == 0.0 && x[1] == 0.0);
  duro_env_destroy(env);
}

static void bad_settings_are_refused(void **state) {
  (void)state;
  duro_env *env;
  const char *const bad[] = {"discretisation=rk4", "dt=0",      "dt=nan",          "control=-1",
                             "fail_bound=4",       "horizon=0", "eval_margin=5.5", "bound_x2=7"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(try_env(&env, "double-integrator", SETTINGS(bad[i])), DURO_ERROR_ARGUMENT);
    assert_null(env);
  }
}

static void spec_says_what_it_is(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrator", NULL);
  const duro_env_spec *s = &env->spec;
  assert_true(s->nx == 2 && s->no == 2 && s->nu == 1 && s->na == 1 && s->horizon == 160);
  assert_true(s->dt == 0.1 && s->h_scale == 5.0 && s->slice[0] == 0 && s->slice[1] == 1);
  for (int i = 0; i < 2; i++) assert_true(s->x_low[i] == -5.5 && s->x_high[i] == 5.5);
  duro_env_destroy(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(steps_by_hand),
      cmocka_unit_test(mirrored),
      cmocka_unit_test(hold_is_exact),
      cmocka_unit_test(failing_ends_and_costs),
      cmocka_unit_test(constraint_is_the_box),
      cmocka_unit_test(training_starts_fill_the_box),
      cmocka_unit_test(training_starts_may_reach_beyond_the_box),
      cmocka_unit_test(evaluation_starts_fill_the_exact_set),
      cmocka_unit_test(evaluation_margin_is_kept),
      cmocka_unit_test(bad_settings_are_refused),
      cmocka_unit_test(spec_says_what_it_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

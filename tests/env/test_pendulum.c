/* The pendulum against SciPy, mechanics and the exact set of the textbook. */
#include "motion.h"

static const double fall = 15, push = 3; // 3 g/(2 l), 3/(m l^2)

/* halving the step divides the error by 16 (measured 16.3 and 16.1); the smallest is SciPy's own accuracy */
static void motion_is_of_fourth_order(void **state) {
  (void)state;
  const double e1 = motion_error("pendulum", "env_pendulum.txt", SETTINGS("dt=0.05"), 1);
  const double e2 = motion_error("pendulum", "env_pendulum.txt", SETTINGS("dt=0.025"), 2);
  const double e4 = motion_error("pendulum", "env_pendulum.txt", SETTINGS("dt=0.0125"), 4);
  assert_true(e1 > 1e-8 && e1 / e2 > 14 && e2 / e4 > 14);
  assert_true(motion_error("pendulum", "env_pendulum.txt", SETTINGS("dt=0.00078125"), 64) < 1e-11);
}

/* rate^2/2 + fall cos theta - torque theta is constant under a held torque */
static double drift(const char *dt, int steps, double u) {
  duro_env *env = make_env("pendulum", SETTINGS(dt));
  double x[2] = {-0.8, 3.2}, worst = 0;
  const double a = 0, torque = push * 2 * u;
  const double start = 0.5 * x[1] * x[1] + fall * cos(x[0]) - torque * x[0];
  for (int k = 0; k < steps; k++) {
    double x2[2];
    duro_step out;
    duro_env_step(env, NULL, x2, &out, x, &u, &a);
    memcpy(x, x2, sizeof x);
    worst = fmax(worst, fabs(0.5 * x[1] * x[1] + fall * cos(x[0]) - torque * x[0] - start));
  }
  duro_env_destroy(env);
  return worst;
}

static void energy_is_conserved(void **state) {
  (void)state;
  for (int k = -1; k <= 1; k++) {
    const double coarse = drift("dt=0.02", 50, 0.4 * k), fine = drift("dt=0.01", 100, 0.4 * k);
    assert_true(coarse < 1e-3); // of 17 J/(kg m^2/3)
    assert_true(coarse / fine > 14);
  }
}

static void mirrored(void **state) {
  (void)state;
  duro_env *env = make_env("pendulum", SETTINGS("target=0"));
  duro_stream stream = test_stream(1);
  for (int k = 0; k < 2000; k++) {
    const double x[2] = {draw(&stream, 1), draw(&stream, 4)}, mx[2] = {-x[0], -x[1]};
    const double u = draw(&stream, 1), a = draw(&stream, 1), mu = -u, ma = -a;
    double x2[2], mx2[2];
    duro_step out, mout;
    duro_env_step(env, NULL, x2, &out, x, &u, &a);
    duro_env_step(env, NULL, mx2, &mout, mx, &mu, &ma);
    for (int i = 0; i < 2; i++) assert_true(mx2[i] == -x2[i]);
    assert_same_step(&out, &mout);
  }
  duro_env_destroy(env);
}

/* does full braking turn a swing towards +theta where gravity is still the weaker (sin theta < .3), within .6? */
static bool braked(const duro_env *env, const double *start, double way) {
  double x[2] = {way * start[0], way * start[1]};
  const double u = -1, a = 1;
  for (int k = 0; k < 200; k++) {
    if (x[0] > 0.6 + 1e-9) return false;
    if (x[1] <= 0 && sin(x[0]) <= 0.3) return true;
    double x2[2];
    duro_step out;
    duro_env_step(env, NULL, x2, &out, x, &u, &a);
    memcpy(x, x2, sizeof x);
  }
  return false;
}

/* Evaluation starts are uniform in the exact set, here with the game's own disturbance and no margin: all are saved,
 * and their share in a box of area .16 within it gives its area, 2 int sign(t - theta) sqrt(2 E(theta)) over the angle
 * with E = 15 (cos t - cos theta) + 4.5 (t - theta) and sin t = .3, by SciPy's quadrature. */
static void evaluation_starts_fill_the_exact_set(void **state) {
  (void)state;
  const struct {
    const char *disturbance, *margin;
    double area;
  } cases[] = {{"eval_disturbance=0.5", "eval_margin=0", 2.8135430086936166},
               {"eval_disturbance=0.7", "eval_margin=0.1", 2.0268443314022133}};
  for (int c = 0; c < 2; c++) {
    duro_env *env = make_env("pendulum", SETTINGS(cases[c].disturbance, cases[c].margin));
    duro_env *fine = make_env("pendulum", SETTINGS("dt=0.01"));
    duro_stream stream = test_stream(2);
    const int n = 200000;
    int hits = 0;
    for (int k = 0; k < n; k++) {
      double x[2];
      env->ops->reset(env, x, &stream, DURO_START_EVAL);
      hits += fabs(x[0]) <= 0.2 && fabs(x[1]) <= 0.2;
      if (k % 50 == 0) assert_true(braked(fine, x, 1) && braked(fine, x, -1));
    }
    const double p = 0.16 / cases[c].area;
    assert_near(hits, n * p, 4 * sqrt(n * p * (1 - p)));
    duro_env_destroy(env);
    duro_env_destroy(fine);
  }
}

static void no_set_no_start(void **state) {
  (void)state;
  duro_env *env = make_env("pendulum", SETTINGS("eval_disturbance=2"));
  duro_stream stream = test_stream(3);
  double x[2];
  env->ops->reset(env, x, &stream, DURO_START_EVAL);
  assert_true(x[0] == 0 && x[1] == 0);
  duro_env_destroy(env);
}

static duro_step step_from(const duro_env *env, double *x2, double theta, double rate, double u) {
  duro_step out;
  const double none = 0;
  duro_env_step(env, NULL, x2, &out, (const double[]){theta, rate}, &u, &none);
  return out;
}

static void reward_constraint_and_end(void **state) {
  (void)state;
  duro_env *env = make_env("pendulum", NULL);
  double x2[2];
  duro_step out = step_from(env, x2, 0.1, 0.2, -0.5);
  assert_near(out.r, 1.5 - (0.35 - x2[0]) - 0.01 * 0.25, 4e-16);
  assert_near(out.h, 0.6 - x2[0], 2e-16);
  out = step_from(env, x2, -0.7, 0, 0); // violates, goes on
  assert_true(out.h < 0 && out.end == DURO_RUNNING && out.r > 0);
  out = step_from(env, x2, -0.89, -1, 0);
  assert_int_equal(out.end, DURO_TERMINATED);
  assert_true(x2[0] < -0.9);
  out = step_from(env, x2, 0.1, 3.95, 1);
  assert_true(out.end == DURO_TERMINATED && x2[1] > 4 && out.h > 0);
  out = step_from(env, x2, 0.6, 0, -1); // too weak at the edge
  assert_true(x2[1] > 0 && out.h < 0);
  out = step_from(env, x2, 0.3, 0, -1); // and strong enough further in
  assert_true(x2[1] < 0);
  assert_true(isnan(env->ops->constraint(env, (const double[]){NAN, 0})));
  duro_env_destroy(env);
}

static void bad_settings_are_refused(void **state) {
  (void)state;
  duro_env *env;
  const char *const bad[] = {"dt=0",         "mass=0",         "safe_angle=1", "fail_angle=0.5", "reset_theta=0.6",
                             "reset_rate=5", "eval_margin=0.6"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(try_env(&env, "pendulum", SETTINGS(bad[i])), DURO_ERROR_ARGUMENT);
    assert_null(env);
  }
}

/* the largest rate of the set is sqrt(2 E), E as above, at theta = -.6 */
static void rates_of_the_set_are_allowed(void **state) {
  (void)state;
  duro_env *env;
  assert_int_equal(try_env(&env, "pendulum", SETTINGS("fail_rate=3.46415")), DURO_ERROR_ARGUMENT);
  env = make_env("pendulum", SETTINGS("fail_rate=3.464152")); // 3.46415090
  duro_env_destroy(env);
}

static void spec_says_what_it_is(void **state) {
  (void)state;
  duro_env *env = make_env("pendulum", NULL);
  const duro_env_spec *s = &env->spec;
  assert_true(s->nx == 2 && s->no == 2 && s->nu == 1 && s->na == 1 && s->horizon == 200);
  assert_true(s->dt == 0.05 && s->h_scale == 0.6 && s->h_needs == 3 && s->x_shift == 0 && !s->x_periodic);
  assert_near(s->x_high[0], 0.66, 1e-15);
  assert_true(s->x_high[1] == 4);
  assert_true(s->x_low[0] == -s->x_high[0] && s->x_low[1] == -s->x_high[1]);
  duro_env_destroy(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(motion_is_of_fourth_order),
      cmocka_unit_test(energy_is_conserved),
      cmocka_unit_test(mirrored),
      cmocka_unit_test(evaluation_starts_fill_the_exact_set),
      cmocka_unit_test(no_set_no_start),
      cmocka_unit_test(reward_constraint_and_end),
      cmocka_unit_test(bad_settings_are_refused),
      cmocka_unit_test(rates_of_the_set_are_allowed),
      cmocka_unit_test(spec_says_what_it_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

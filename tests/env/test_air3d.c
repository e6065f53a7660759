/* The two vehicles against SciPy in the plane, and what the geometry demands. */
#include "motion.h"

static const double two_pi = 6.283185307179586;

/* the flow is exact: what is left is SciPy's tolerance of 1e-13 on numbers up to 25 and their roundings */
static void motion_is_exact(void **state) {
  (void)state;
  assert_true(motion_error("air3d", "env_air3d.txt", NULL, 1) < 1e-12);
  assert_true(motion_error("air3d", "env_air3d.txt", SETTINGS("dt=0.005"), 10) < 1e-12);
}

static void draw_state(double *x, duro_stream *stream) {
  x[0] = 7 + draw(stream, 13);
  x[1] = draw(stream, 10);
  x[2] = two_pi * duro_stream_uniform(stream);
}

/* left and right are alike */
static void mirrored(void **state) {
  (void)state;
  duro_env *env = make_env("air3d", NULL);
  duro_stream stream = test_stream(1);
  for (int k = 0; k < 2000; k++) {
    double x[3], x2[3], mx2[3];
    duro_step out, mout;
    draw_state(x, &stream);
    const double u = draw(&stream, 1), a = draw(&stream, 1), mu = -u, ma = -a, mx[3] = {x[0], -x[1], -x[2]};
    duro_env_step(env, NULL, x2, &out, x, &u, &a);
    duro_env_step(env, NULL, mx2, &mout, mx, &mu, &ma);
    assert_true(mx2[0] == x2[0] && mx2[1] == -x2[1] && mout.h == out.h && mout.r == out.r);
    assert_near(remainder(mx2[2] + x2[2], two_pi), 0, 1e-14);
  }
  duro_env_destroy(env);
}

/* Exchanging the vehicles leaves their distance alone: the evader as the pursuer sees it lies at -R(-psi) (x, y). */
static void exchanged(void **state) {
  (void)state;
  duro_env *env = make_env("air3d", NULL);
  duro_stream stream = test_stream(2);
  for (int k = 0; k < 2000; k++) {
    double x[3], x2[3], y2[3];
    duro_step out, other;
    draw_state(x, &stream);
    const double u = draw(&stream, 1), a = draw(&stream, 1), c = cos(x[2]), s = sin(x[2]);
    const double y[3] = {-c * x[0] - s * x[1], s * x[0] - c * x[1], two_pi - x[2]};
    duro_env_step(env, NULL, x2, &out, x, &u, &a);
    duro_env_step(env, NULL, y2, &other, y, &a, &u);
    assert_near(other.h, out.h, 1e-13);
  }
  duro_env_destroy(env);
}

static void heading_stays_in_its_period(void **state) {
  (void)state;
  duro_env *env = make_env("air3d", NULL);
  const double starts[] = {0, 1e-300, -1e-300, 0.1, two_pi, 6.2831853, -0.1, 20, -1e6};
  for (size_t k = 0; k < sizeof starts / sizeof *starts; k++)
    for (int i = -1; i <= 1; i++)
      for (int j = -1; j <= 1; j++) {
        const double x[3] = {10, 0, starts[k]}, u = i, a = j;
        double x2[3];
        duro_step out;
        duro_env_step(env, NULL, x2, &out, x, &u, &a);
        assert_true(x2[2] >= 0 && x2[2] < two_pi);
        assert_near(remainder(x2[2] - starts[k] - 0.05 * (j - i), two_pi), 0, 1e-9); // 1e-16 of 1e6 radians
      }
  duro_env_destroy(env);
}

static duro_step step_from(const duro_env *env, double *x2, double x, double y, double psi, double u, double a) {
  duro_step out;
  duro_env_step(env, NULL, x2, &out, (const double[]){x, y, psi}, &u, &a);
  return out;
}

static void encounters_by_hand(void **state) {
  (void)state;
  duro_env *env = make_env("air3d", NULL);
  double x2[3];
  duro_step out = step_from(env, x2, 12, 5, 0, 0, 0); // side by side: nothing moves
  assert_near(x2[0], 12, 1e-15);
  assert_near(x2[1], 5, 1e-15);
  assert_near(out.h, 8, 1e-15);
  assert_near(out.r, 1, 0);
  out = step_from(env, x2, 20, 0, two_pi / 2, 0, 0); // head on: they close in by .05 s (5 + 5) m/s
  assert_near(x2[0], 19.5, 4e-15);
  assert_near(out.h, 14.5, 4e-15);
  out = step_from(env, x2, 12, 0, 0, 1, 1); // the same turn: seen from the evader, the pursuer circles it
  assert_near(x2[0], 12 * cos(0.05), 4e-15);
  assert_near(x2[1], -12 * sin(0.05), 4e-15);
  assert_near(out.r, 0.5, 0);
  assert_int_equal(out.end, DURO_RUNNING);
  out = step_from(env, x2, 1, 0, 0, 0, 0); // a collision violates and goes on
  assert_near(out.h, -4, 1e-15);
  assert_int_equal(out.end, DURO_RUNNING);
  duro_env_destroy(env);
  env = make_env("air3d", SETTINGS("fail_distance=2.5"));
  assert_int_equal(step_from(env, x2, 2.6, 0, 0, 0, 0).end, DURO_RUNNING);
  assert_int_equal(step_from(env, x2, 2.4, 0, 0, 0, 0).end, DURO_TERMINATED);
  duro_env_destroy(env);
}

static void observation_is_smooth(void **state) {
  (void)state;
  duro_env *env = make_env("air3d", NULL);
  float obs[4];
  env->ops->observe(env, obs, (const double[]){-2.5, 10, 1});
  assert_true(obs[0] == -0.5f && obs[1] == 2.0f);
  assert_near((double)obs[2], cos(1), 1e-7);
  assert_near((double)obs[3], sin(1), 1e-7);
  duro_env_destroy(env);
}

/* training: the region less the disc; evaluation: a ring */
static void starts(void **state) {
  (void)state;
  duro_env *env = make_env("air3d", NULL);
  duro_stream stream = test_stream(4);
  const int n = 20000;
  int behind = 0;
  double mean = 0, turn = 0;
  for (int k = 0; k < n; k++) {
    double x[3];
    env->ops->reset(env, x, &stream, DURO_START_TRAIN);
    for (int i = 0; i < 3; i++) assert_true(x[i] >= env->spec.x_low[i] && x[i] < env->spec.x_high[i]);
    assert_true(hypot(x[0], x[1]) > 5);
    behind += x[0] < 0;
    turn += x[2] / n;
    env->ops->reset(env, x, &stream, DURO_START_EVAL);
    const double far = hypot(x[0], x[1]);
    assert_true(far > 19 - 1e-9 && far < 22 + 1e-9);
    mean += far / n;
  }
  const double half = two_pi / 4 * 25, p = (120 - half) / (520 - 2 * half); // share of the area with x < 0
  assert_near(behind, n * p, 5 * sqrt(n * p * (1 - p)));
  assert_near(turn, two_pi / 2, 5 * two_pi / sqrt(12.0 * n));
  assert_near(mean, 20.5, 5 * 3 / sqrt(12.0 * n));
  duro_env_destroy(env);
}

static void bad_settings_are_refused(void **state) {
  (void)state;
  duro_env *env;
  const char *const bad[] = {"dt=0", "radius=0", "fail_distance=5", "eval_near=5", "eval_far=10", "turn_cost=2"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(try_env(&env, "air3d", SETTINGS(bad[i])), DURO_ERROR_ARGUMENT);
    assert_null(env);
  }
}

static void spec_says_what_it_is(void **state) {
  (void)state;
  duro_env *env = make_env("air3d", NULL);
  const duro_env_spec *s = &env->spec;
  const double low[3] = {-6, -10, 0}, high[3] = {20, 10, two_pi};
  assert_true(s->nx == 3 && s->no == 4 && s->nu == 1 && s->na == 1 && s->dt == 0.05 && s->h_scale == 5);
  for (int i = 0; i < 3; i++) {
    assert_true(s->x_low[i] == low[i] && s->x_high[i] == high[i]);
    assert_int_equal(s->x_periodic[i], i == 2);
  }
  duro_env_destroy(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(motion_is_exact),
      cmocka_unit_test(mirrored),
      cmocka_unit_test(exchanged),
      cmocka_unit_test(heading_stays_in_its_period),
      cmocka_unit_test(encounters_by_hand),
      cmocka_unit_test(observation_is_smooth),
      cmocka_unit_test(starts),
      cmocka_unit_test(bad_settings_are_refused),
      cmocka_unit_test(spec_says_what_it_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The racing car against SciPy in the plane, the symmetries of car and track, and its task against hand. */
#include "motion.h"

static const double lap = 2 * 1.5 + 2 * 3.141592653589793 * 0.6; // m

/* halving the step divides the error by 16 (measured 18.9, 17.4 and 16.7); the smallest is SciPy's own accuracy */
static void motion_is_of_fourth_order(void **state) {
  (void)state;
  const double e4 = motion_error("racing-car", "env_racing_car.txt", NULL, 1);
  const double e8 = motion_error("racing-car", "env_racing_car.txt", SETTINGS("substep=0.0025", "substeps=8"), 1);
  const double e16 = motion_error("racing-car", "env_racing_car.txt", SETTINGS("substep=0.00125", "substeps=16"), 1);
  assert_true(e4 > 1e-8 && e4 / e8 > 14 && e8 / e16 > 14);
  assert_true(motion_error("racing-car", "env_racing_car.txt", SETTINGS("substep=3.125e-5", "substeps=640"), 1) <
              5e-11);
}

static void draw_state(double *x, duro_stream *stream) {
  const double width[6] = {0, 0.14, 0.4, 0, 0.3, 4};
  for (int i = 0; i < 6; i++) x[i] = draw(stream, width[i]);
  x[0] = lap * duro_stream_uniform(stream);
  x[3] = 0.4 + 2.1 * duro_stream_uniform(stream);
}

static void draw_players(double *u, double *a, duro_stream *stream) {
  for (int i = 0; i < 2; i++) {
    u[i] = draw(stream, 1);
    a[i] = draw(stream, 1);
  }
}

/* the second half of the track is the first once more; tolerance: 1e-15 m of s, which the curvature does not see */
static void half_a_lap_further(void **state) {
  (void)state;
  duro_env *env = make_env("racing-car", NULL);
  duro_stream stream = test_stream(1);
  for (int k = 0; k < 2000; k++) {
    double x[6], y[6], u[2], a[2], x2[6], y2[6];
    duro_step out, other;
    draw_state(x, &stream);
    draw_players(u, a, &stream);
    memcpy(y, x, sizeof y);
    y[0] = fmod(x[0] + lap / 2, lap);
    duro_env_step(env, NULL, x2, &out, x, u, a);
    duro_env_step(env, NULL, y2, &other, y, u, a);
    assert_true(x2[0] >= 0 && x2[0] < lap && y2[0] >= 0 && y2[0] < lap);
    assert_near(remainder(y2[0] - x2[0] - lap / 2, lap), 0, 1e-13);
    for (int i = 1; i < 6; i++) assert_near(y2[i], x2[i], 1e-13);
    assert_near(other.r, out.r, 1e-13);
    assert_near(other.h, out.h, 1e-12);
  }
  duro_env_destroy(env);
}

/* on a straight, left and right are alike */
static void mirrored(void **state) {
  (void)state;
  duro_env *env = make_env("racing-car", NULL);
  duro_stream stream = test_stream(2);
  const double sign[6] = {1, -1, -1, 1, -1, -1};
  for (int k = 0; k < 2000; k++) {
    double x[6], mx[6], u[2], a[2], x2[6], mx2[6];
    duro_step out, mout;
    draw_state(x, &stream);
    draw_players(u, a, &stream);
    x[0] = 0.2 + 1.2 * duro_stream_uniform(&stream);
    for (int i = 0; i < 6; i++) mx[i] = sign[i] * x[i];
    duro_env_step(env, NULL, x2, &out, x, u, a);
    duro_env_step(env, NULL, mx2, &mout, mx, (const double[]){-u[0], u[1]}, (const double[]){-a[0], -a[1]});
    for (int i = 0; i < 6; i++) assert_true(mx2[i] == sign[i] * x2[i]);
    assert_same_step(&out, &mout);
  }
  duro_env_destroy(env);
}

/* Where the bend begins or ends within a Runge-Kutta step, the heading against the road errs by no more than the
 * change of curvature times the way of that step, 5/3 of 5 ms at s' below 4 m/s, and the place by that times the way of
 * the step of .02 s. */
static void bends_begin_and_end(void **state) {
  (void)state;
  duro_env *env = make_env("racing-car", NULL);
  duro_env *fine = make_env("racing-car", SETTINGS("substep=2e-5", "substeps=1000"));
  duro_stream stream = test_stream(3);
  const double edges[4] = {1.5, lap / 2, lap / 2 + 1.5, lap};
  double most = 0;
  for (int k = 0; k < 200; k++) {
    double x[6], u[2], a[2], x2[6], y2[6];
    duro_step out, other;
    draw_state(x, &stream);
    draw_players(u, a, &stream);
    x[0] = edges[k % 4] - 0.02 * duro_stream_uniform(&stream);
    duro_env_step(env, NULL, x2, &out, x, u, a);
    duro_env_step(fine, NULL, y2, &other, x, u, a);
    most = fmax(most, fabs(x2[2] - y2[2]));
    assert_near(x2[2], y2[2], 5.0 / 3 * 4 * 0.005);
    assert_near(x2[1], y2[1], 5.0 / 3 * 4 * 0.005 * 4 * 0.02);
    for (int i = 3; i < 6; i++) assert_near(x2[i], y2[i], 1e-3 * fmax(1, fabs(y2[i]))); // no road in these
  }
  assert_true(most > 1e-4); // some were crossed
  duro_env_destroy(env);
  duro_env_destroy(fine);
}

static duro_step step_from(const duro_env *env, double *x2, const double *x, double u0, double u1) {
  duro_step out;
  duro_env_step(env, NULL, x2, &out, x, (const double[]){u0, u1}, (const double[]){0, 0});
  return out;
}

/* straight ahead nothing acts but the drive: m vx' = (.287 - .0545 vx) D - .0518 - .00035 vx^2 */
static void drives_straight(void **state) {
  (void)state;
  duro_env *env = make_env("racing-car", NULL);
  const double x[6] = {0.5, 0.03, 0, 1.2, 0, 0};
  for (int full = -1; full <= 1; full++) {
    double x2[6];
    step_from(env, x2, x, 0, full);
    const double duty = 0.45 + 0.55 * full;
    const double force = (0.287 - 0.0545 * 1.2) * duty - 0.0518 - 0.00035 * 1.44;
    assert_near((x2[3] - 1.2) / 0.02, force / 0.041, 0.02 * fabs(force / 0.041)); // vx changes by a few per cent
    assert_near(x2[0], 0.5 + 0.02 * (1.2 + x2[3]) / 2, 1e-4);
    assert_true(x2[1] == 0.03 && x2[2] == 0 && x2[4] == 0 && x2[5] == 0);
  }
  duro_env_destroy(env);
}

/* left is positive: for steering, for the yaw that a gust at the front gives, and for the bends */
static void left_is_positive(void **state) {
  (void)state;
  duro_env *env = make_env("racing-car", NULL);
  const double x[6] = {0.5, 0, 0, 1, 0, 0};
  double x2[6];
  duro_step out;
  step_from(env, x2, x, 0.5, 0);
  assert_true(x2[5] > 0 && x2[2] > 0);
  duro_env_step(env, NULL, x2, &out, x, (const double[]){0, 0}, (const double[]){1, 0});
  assert_true(x2[4] > 0 && x2[5] > 0);
  duro_env_step(env, NULL, x2, &out, x, (const double[]){0, 0}, (const double[]){0, 1});
  assert_true(x2[4] > 0 && x2[5] < 0);
  const double bend[6] = {2, 0, 0, 1, 0, 0};
  step_from(env, x2, bend, 0, 0);
  assert_true(x2[2] < 0 && x2[1] < 0); // the road turns away to the left
  duro_env_destroy(env);
}

static void observation_looks_ahead(void **state) {
  (void)state;
  duro_env *env = make_env("racing-car", NULL);
  const double places[] = {0, 1.3, 1.6, 1.5 + 0.6 * 3.141592653589793 - 0.4, lap - 0.2};
  // curvature 0, .15, .3, .5, .75 and 1 m ahead is 1/.6 on the bends
  const int bent[5][6] = {
      {0, 0, 0, 0, 0, 0}, {0, 0, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1}, {1, 1, 1, 0, 0, 0}, {1, 1, 0, 0, 0, 0}};
  for (int k = 0; k < 5; k++) {
    const double x[6] = {places[k], -0.07, 0.1, 1.2, -0.3, 2};
    float obs[11];
    env->ops->observe(env, obs, x);
    const float wanted[5] = {-0.5f, 0.1f, 1.2f, -0.3f, 2};
    for (int i = 0; i < 5; i++) assert_near((double)obs[i], (double)wanted[i], 1e-7);
    for (int i = 0; i < 6; i++) assert_true(obs[5 + i] == (bent[k][i] ? (float)(1 / 0.6) : 0.0f));
  }
  duro_env_destroy(env);
}

static void reward_constraint_and_ends(void **state) {
  (void)state;
  duro_env *env = make_env("racing-car", NULL);
  duro_stream stream = test_stream(4);
  double x2[6];
  for (int k = 0; k < 500; k++) { // the progress along the road at the end of the step
    double x[6], u[2], a[2];
    draw_state(x, &stream);
    draw_players(u, a, &stream);
    const duro_step out = step_from(env, x2, x, u[0], u[1]);
    const double kappa = fmod(x2[0], lap / 2) < 1.5 ? 0 : 1 / 0.6;
    const double sd = (x2[3] * cos(x2[2]) - x2[4] * sin(x2[2])) / (1 - x2[1] * kappa);
    assert_near(out.r, sd - 0.01 * u[0] * u[0], 1e-14);
    assert_near(out.h, (0.14 - fabs(x2[1])) / 0.14, 1e-15);
  }
  assert_int_equal(step_from(env, x2, (const double[]){1, 0.15, 0, 1, 0, 0}, 0, 0).end, DURO_RUNNING);
  assert_int_equal(step_from(env, x2, (const double[]){1, 0.186, 0, 1, 0, 0}, 0, 0).end, DURO_TERMINATED);
  assert_int_equal(step_from(env, x2, (const double[]){1, -0.186, 0, 1, 0, 0}, 0, 0).end, DURO_TERMINATED);
  assert_int_equal(step_from(env, x2, (const double[]){1, 0, 0, 0.16, 0, 0}, 0, -1).end, DURO_TERMINATED);
  assert_int_equal(step_from(env, x2, (const double[]){1, 0, 0, 0.16, 0, 0}, 0, 1).end, DURO_RUNNING);
  assert_true(isnan(env->ops->constraint(env, (const double[]){0, NAN, 0, 1, 0, 0})));
  duro_env_destroy(env);
}

static void starts(void **state) {
  (void)state;
  duro_env *env = make_env("racing-car", NULL);
  duro_stream stream = test_stream(5);
  const double middle[2][6] = {{lap / 2, 0, 0, 1.15, 0, 0}, {lap / 2, 0, 0, 1.15, 0, 0}};
  const double width[2][6] = {{lap / 2, 0.07, 0.1, 0.35, 0, 0}, {lap / 2, 0.05, 0.1, 0.35, 0, 0}};
  const int n = 10000;
  for (int start = 0; start < 2; start++) {
    double square[4] = {0};
    for (int k = 0; k < n; k++) {
      double x[6];
      env->ops->reset(env, x, &stream, start ? DURO_START_EVAL : DURO_START_TRAIN);
      for (int i = 0; i < 6; i++) assert_true(fabs(x[i] - middle[start][i]) <= width[start][i] + 1e-15);
      for (int i = 0; i < 4; i++) square[i] += pow((x[i] - middle[start][i]) / width[start][i], 2) / n;
    }
    for (int i = 0; i < 4; i++) assert_near(square[i], 1.0 / 3.0, 5 * 0.0030); // of U(-1, 1): sqrt((1/5 - 1/9)/n)
  }
  duro_env_destroy(env);
}

/* a hand-made driver at 1 m/s keeps every evaluation start on the road, whichever corner of the gusts is held or
 * alternates: the starts are winnable */
static void evaluation_starts_are_winnable(void **state) {
  (void)state;
  duro_env *env = make_env("racing-car", NULL);
  double worst = 1;
  for (int corner = 0; corner < 12; corner++)
    for (uint64_t k = 0; k < 16; k++) {
      double x[6], x2[6];
      duro_stream stream = test_stream(k);
      env->ops->reset(env, x, &stream, DURO_START_EVAL);
      for (int t = 0; t < 500; t++) {
        const double kappa = fmod(x[0] + 0.016, lap / 2) < 1.5 ? 0 : 1 / 0.6;
        const double delta = 0.062 * kappa - 4.5 * x[1] - 0.975 * x[2] - 0.041 * (x[5] - kappa * x[3]);
        const double u[2] = {delta / 0.35, 2 * (1 - x[3])};
        const int period = corner / 4 ? corner / 4 * 12 : 1000, flip = t / period % 2 ? -1 : 1;
        const double a[2] = {corner & 1 ? flip : -flip, corner & 2 ? flip : -flip};
        duro_step out;
        duro_env_step(env, NULL, x2, &out, x, u, a);
        worst = fmin(worst, out.h);
        assert_true(out.h >= 0 && out.end == DURO_RUNNING);
        memcpy(x, x2, sizeof x);
      }
    }
  assert_true(worst > 0.5); // the farthest start has .64
  duro_env_destroy(env);
}

static void bad_settings_are_refused(void **state) {
  (void)state;
  duro_env *env;
  const char *const bad[] = {"mass=0",      "safe_width=0.2",  "fail_width=0.7", "reset_ey=0.14",
                             "eval_ey=0.2", "reset_low=2",     "eval_low=1.6",   "fail_speed=0.9",
                             "bend=0",      "disturbance=nan", "substeps=0",     "straight=0"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(try_env(&env, "racing-car", SETTINGS(bad[i])), DURO_ERROR_ARGUMENT);
    assert_null(env);
  }
}

static void spec_says_what_it_is(void **state) {
  (void)state;
  duro_env *env = make_env("racing-car", NULL);
  const duro_env_spec *s = &env->spec;
  assert_true(s->nx == 6 && s->no == 11 && s->nu == 2 && s->na == 2 && s->horizon == 500 && s->h_scale == 1);
  assert_true(s->dt == 0.02 && s->x_periodic[0] && s->x_low[0] == 0);
  assert_near(s->x_high[0], 6.76991, 5e-6);
  assert_near(s->x_high[1], 0.154, 1e-15);
  duro_env_destroy(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(motion_is_of_fourth_order),
      cmocka_unit_test(half_a_lap_further),
      cmocka_unit_test(mirrored),
      cmocka_unit_test(bends_begin_and_end),
      cmocka_unit_test(drives_straight),
      cmocka_unit_test(left_is_positive),
      cmocka_unit_test(observation_looks_ahead),
      cmocka_unit_test(reward_constraint_and_ends),
      cmocka_unit_test(starts),
      cmocka_unit_test(evaluation_starts_are_winnable),
      cmocka_unit_test(bad_settings_are_refused),
      cmocka_unit_test(spec_says_what_it_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

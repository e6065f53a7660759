/* The planar quadrotor against SciPy, free fall, its mirror image, and its task against hand. */
#include "motion.h"

static const double degree = 0.017453292519943295;

/* an error of first order divides by four with the step (measured 4.000 and 4.000) and tends to nothing */
static void motion_is_of_first_order(void **state) {
  (void)state;
  const double e4 = motion_error("quadrotor", "env_quadrotor.txt", NULL, 1);
  const double e16 =
      motion_error("quadrotor", "env_quadrotor.txt", SETTINGS("substep=1.0416666666666667e-3", "substeps=16"), 1);
  const double e1000 =
      motion_error("quadrotor", "env_quadrotor.txt", SETTINGS("substep=1.6666666666666667e-5", "substeps=1000"), 1);
  assert_near(e4 / e16, 4, 0.1);
  assert_near(e4 / e1000, 250, 5);
  // the pitch: under a held moment, n steps of dt err by n dt^2 thdd/2; at most .0281 (.2778 - .0563)/1.4e-5 = 444
  // rad/s^2
  assert_true(e4 < 4 * 445.0 / (2 * 240 * 240));
}

static duro_step step_from(const duro_env *env, double *x2, const double *x, double u0, double u1) {
  duro_step out;
  duro_env_step(env, NULL, x2, &out, x, (const double[]){u0, u1}, (const double[]){0, 0});
  return out;
}

/* by hand, velocities first: after n steps of dt the height has fallen by g dt^2 n(n + 1)/2 */
static void hover_and_free_fall(void **state) {
  (void)state;
  duro_env *env = make_env("quadrotor", NULL);
  const double x[7] = {0.3, 0.2, 1, 0, 0, 0, 5};
  double x2[7];
  step_from(env, x2, x, 0, 0);
  const double still[7] = {0.3 + 0.2 / 60, 0.2, 1, 0, 0, 0, 6};
  for (int i = 0; i < 7; i++) assert_near(x2[i], still[i], 1e-15);
  duro_env_destroy(env);
  env = make_env("quadrotor", SETTINGS("thrust_low=0", "thrust_high=0"));
  step_from(env, x2, x, 1, -1);
  const double fallen[7] = {0.3 + 0.2 / 60, 0.2, 1 - 9.8 * 10 / (240.0 * 240.0), -9.8 / 60, 0, 0, 6};
  for (int i = 0; i < 7; i++) assert_near(x2[i], fallen[i], 1e-15);
  duro_env_destroy(env);
}

static void thrust_is_clipped(void **state) {
  (void)state;
  duro_env *env = make_env("quadrotor", NULL);
  duro_env *gust = make_env("quadrotor", SETTINGS("disturbance=1"));
  const double x[7] = {0, 0, 1, 0, 0.3, 0, 0}, cosine = cos(0.3);
  double x2[7];
  duro_step out;
  // T is .1323 (1 + u) + .01323 a: full, and lowest; first velocities of a level pitch rate
  step_from(env, x2, x, 1, 1);
  assert_near(x2[3], (2 * 0.2646 * cosine / 0.027 - 9.8) / 60, 1e-14);
  step_from(env, x2, x, -1, -1);
  assert_near(x2[3], (2 * 0.05632337 * cosine / 0.027 - 9.8) / 60, 1e-14);
  duro_env_step(env, NULL, x2, &out, x, (const double[]){0, 0}, (const double[]){-1, -1});
  assert_near(x2[3], (2 * (0.1323 - 0.01323) * cosine / 0.027 - 9.8) / 60, 1e-14);
  duro_env_step(gust, NULL, x2, &out, x, (const double[]){0, 0}, (const double[]){1, 1});
  assert_near(x2[3], (2 * 0.29668289 * cosine / 0.027 - 9.8) / 60, 1e-14);
  duro_env_step(env, NULL, x2, &out, x, (const double[]){-0.1, 0.1}, (const double[]){0.5, -0.5});
  assert_near(x2[5], 0.02807214 * (0.2 * 0.1323 - 0.01323) / 1.4e-5 / 60, 1e-12);
  duro_env_destroy(env);
  duro_env_destroy(gust);
}

/* the motors exchanged and the picture mirrored */
static void mirrored(void **state) {
  (void)state;
  duro_env *env = make_env("quadrotor", NULL);
  duro_stream stream = test_stream(1);
  const double sign[6] = {-1, -1, 1, 1, -1, -1};
  for (int k = 0; k < 2000; k++) {
    double x[7], mx[7], x2[7], mx2[7];
    duro_step out, mout;
    for (int i = 0; i < 6; i++) x[i] = draw(&stream, 1.5);
    x[6] = mx[6] = 17;
    for (int i = 0; i < 6; i++) mx[i] = sign[i] * x[i];
    const double u[2] = {draw(&stream, 1), draw(&stream, 1)}, a[2] = {draw(&stream, 1), draw(&stream, 1)};
    duro_env_step(env, NULL, x2, &out, x, u, a);
    duro_env_step(env, NULL, mx2, &mout, mx, (const double[]){u[1], u[0]}, (const double[]){a[1], a[0]});
    for (int i = 0; i < 6; i++) assert_true(mx2[i] == sign[i] * x2[i]);
    assert_true(mout.h == out.h);
  }
  duro_env_destroy(env);
}

static void index_goes_round(void **state) {
  (void)state;
  duro_env *env = make_env("quadrotor", NULL);
  double x[7] = {0, 0, 1, 0, 0, 0, 0}, x2[7];
  for (int k = 0; k < 725; k++) {
    assert_true(x[6] == k % 360); // whole numbers are exact
    step_from(env, x2, x, 0, 0);
    x[6] = x2[6];
  }
  duro_env_destroy(env);
}

/* the index of a start is that of the nearest of the 360 points */
static void index_is_of_the_nearest_point(void **state) {
  (void)state;
  duro_env *env = make_env("quadrotor", NULL);
  duro_stream stream = test_stream(2);
  for (int k = 0; k < 4000; k++) {
    double x[7], best = INFINITY;
    env->ops->reset(env, x, &stream, k % 2 ? DURO_START_TRAIN : DURO_START_EVAL);
    for (int i = 0; i < 360; i++) best = fmin(best, hypot(x[0] - cos(i * degree), x[2] - 1 - sin(i * degree)));
    assert_true(x[6] >= 0 && x[6] < 360 && x[6] == floor(x[6]));
    assert_near(hypot(x[0] - cos(x[6] * degree), x[2] - 1 - sin(x[6] * degree)), best, 1e-14);
  }
  duro_env_destroy(env);
}

/* the circle has radius 1 and takes 6 s: 1.0472 m/s */
static void observation_shows_the_next_reference(void **state) {
  (void)state;
  duro_env *env = make_env("quadrotor", NULL);
  const double x[7] = {0.1, -0.2, 0.9, 0.4, 0.05, -3, 359}, speed = 360 * degree / 6;
  const double next[4][2] = {{359, 0}, {89, 90}, {0, 1}, {179, 180}};
  for (int k = 0; k < 4; k++) {
    double y[7];
    float obs[12];
    memcpy(y, x, sizeof y);
    y[6] = next[k][0];
    env->ops->observe(env, obs, y);
    const double c = cos(next[k][1] * degree), s = sin(next[k][1] * degree);
    const double wanted[6] = {c, -speed * s, 1 + s, speed * c, 0, 0};
    for (int i = 0; i < 6; i++) {
      assert_true(obs[i] == (float)x[i]);
      assert_near((double)obs[6 + i], wanted[i], 2e-7); // float
    }
  }
  duro_env_destroy(env);
}

/* on the reference all that is left is the thrust; off it, each error has its weight */
static void reward_by_hand(void **state) {
  (void)state;
  duro_env *env = make_env("quadrotor", SETTINGS("thrust_low=0"));
  const double w[6] = {1, 0.1, 1, 0.1, 0.02, 0.02}, speed = 360 * degree / 6;
  duro_stream stream = test_stream(3);
  for (int k = 0; k < 500; k++) {
    double x[7], x2[7];
    for (int i = 0; i < 6; i++) x[i] = draw(&stream, 1);
    x[6] = floor(360 * duro_stream_uniform(&stream));
    const double u[2] = {draw(&stream, 1), draw(&stream, 1)};
    const duro_step out = step_from(env, x2, x, u[0], u[1]);
    const double c = cos((x[6] + 1) * degree), s = sin((x[6] + 1) * degree);
    const double at[6] = {c, -speed * s, 1 + s, speed * c, 0, 0};
    double wanted = 2;
    for (int i = 0; i < 6; i++) wanted -= w[i] * fabs(x2[i] - at[i]);
    for (int i = 0; i < 2; i++) wanted -= 1e-4 * (0.1323 * (1 + u[i])) * (0.1323 * (1 + u[i]));
    assert_near(out.r, wanted, 2e-14);
  }
  duro_env_destroy(env);
}

static void constraint_and_ends(void **state) {
  (void)state;
  duro_env *env = make_env("quadrotor", NULL);
  const struct {
    double x, z, theta, h;
    duro_end end;
  } cases[] = {
      {0, 1, 0, 0.5, DURO_RUNNING},       {0, 0.6, 0, 0.1, DURO_RUNNING},      {0, 1.9, 0, -0.4, DURO_RUNNING},
      {4.9, 1, 0, 0.5, DURO_RUNNING},     {5.1, 1, 0, 0.5, DURO_TRUNCATED},    {-5.1, 0, 0, -0.5, DURO_TRUNCATED},
      {0, 5.1, 0, -3.6, DURO_TERMINATED}, {0, -3.1, 0, -3.6, DURO_TERMINATED}, {0, 1, 1.5, 0.5, DURO_TERMINATED},
      {0, 1, -1.5, 0.5, DURO_TERMINATED}, {0, 1, 1.47, 0.5, DURO_RUNNING},     {5.1, 1, 1.5, 0.5, DURO_TERMINATED}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    const double x[7] = {cases[k].x, 0, cases[k].z, 0, cases[k].theta, 0, 0};
    double x2[7];
    const duro_step out = step_from(env, x2, x, 0, 0);
    assert_near(env->ops->constraint(env, x), cases[k].h, 1e-15);
    assert_near(out.h, cases[k].h, 0.003); // 1/60 s of falling
    assert_int_equal(out.end, cases[k].end);
  }
  assert_true(isnan(env->ops->constraint(env, (const double[]){0, 0, NAN, 0, 0, 0, 0})));
  duro_env_destroy(env);
}

static void starts(void **state) {
  (void)state;
  duro_env *env = make_env("quadrotor", NULL);
  const double width[6] = {1.5, 1, 0.45, 1, 0.2, 0.1}, place[4][2] = {{1, 1}, {-1, 1}, {0, 0.53}, {0, 1.47}};
  duro_stream stream = test_stream(5);
  double square[6] = {0};
  int count[4] = {0};
  const int n = 20000;
  for (int k = 0; k < n; k++) {
    double x[7];
    env->ops->reset(env, x, &stream, DURO_START_TRAIN);
    x[2] -= 1;
    for (int i = 0; i < 6; i++) {
      assert_true(fabs(x[i]) <= width[i] + 1e-15);
      square[i] += x[i] * x[i] / (width[i] * width[i]) / n;
    }
    env->ops->reset(env, x, &stream, DURO_START_EVAL);
    assert_true(x[1] == 0 && x[3] == 0 && x[4] == 0 && x[5] == 0);
    for (int i = 0; i < 4; i++) count[i] += fabs(x[0] - place[i][0]) + fabs(x[2] - place[i][1]) < 1e-15;
  }
  for (int i = 0; i < 6; i++) assert_near(square[i], 1.0 / 3.0, 5 * 0.0022); // of U(-1, 1): sqrt((1/5 - 1/9)/n)
  for (int i = 0; i < 4; i++) assert_near(count[i], n / 4, 5 * sqrt(n * 3.0 / 16.0));
  duro_env_destroy(env);
}

/* a proportional-derivative pilot that wants to hover at z = 1 keeps every evaluation start in the band, whichever
 * corner of the disturbance is held or alternates: the starts are winnable */
static void evaluation_starts_are_winnable(void **state) {
  (void)state;
  duro_env *env = make_env("quadrotor", NULL);
  for (int corner = 0; corner < 8; corner++)
    for (uint64_t k = 0; k < 16; k++) {
      double x[7], x2[7];
      duro_stream stream = test_stream(k);
      env->ops->reset(env, x, &stream, DURO_START_EVAL);
      for (int t = 0; t < 360; t++) {
        const double lift = -3 * (x[2] - 1) - 1.5 * x[3], lean = -x[4] - 0.06 * x[5];
        const double u[2] = {lift - lean, lift + lean};
        const int flip = corner >= 4 && t / 15 % 2 ? -1 : 1;
        const double a[2] = {corner & 1 ? flip : -flip, corner & 2 ? flip : -flip};
        duro_step out;
        duro_env_step(env, NULL, x2, &out, x, u, a);
        assert_true(out.h >= 0 && out.end != DURO_TERMINATED);
        memcpy(x, x2, sizeof x);
      }
    }
  duro_env_destroy(env);
}

static void bad_settings_are_refused(void **state) {
  (void)state;
  duro_env *env;
  const char *const bad[] = {"mass=0",      "thrust_low=0.3",  "safe_low=1.6",    "fail_z=0.4",
                             "reset_z=0.5", "eval_z=0.6",      "reset_theta=1.5", "reset_x=6",
                             "eval_x=5.5",  "fail_angle=1.58", "lap=2",           "circle=0"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(try_env(&env, "quadrotor", SETTINGS(bad[i])), DURO_ERROR_ARGUMENT);
    assert_null(env);
  }
}

static void spec_says_what_it_is(void **state) {
  (void)state;
  duro_env *env = make_env("quadrotor", NULL);
  const duro_env_spec *s = &env->spec;
  assert_true(s->nx == 7 && s->no == 12 && s->nu == 2 && s->na == 2 && s->horizon == 360 && s->h_scale == 0.5);
  assert_near(s->dt, 1.0 / 60, 1e-17);
  assert_near(s->x_low[2], 0.45, 1e-15);
  assert_near(s->x_high[2], 1.55, 1e-15);
  assert_true(s->x_periodic[6] && s->x_low[6] == 0 && s->x_high[6] == 360);
  // what safety needs: z, its rate, the pitch and its rate, and no more
  uint64_t reached = s->h_needs;
  for (int round = 0; round < 7; round++)
    for (int i = 0; i < 7; i++)
      if (reached >> i & 1) reached |= s->x_needs[i];
  assert_int_equal(reached, 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5);
  assert_true(s->x_shift >> 2 & 1);
  duro_env_destroy(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(motion_is_of_first_order),
      cmocka_unit_test(hover_and_free_fall),
      cmocka_unit_test(thrust_is_clipped),
      cmocka_unit_test(mirrored),
      cmocka_unit_test(index_goes_round),
      cmocka_unit_test(index_is_of_the_nearest_point),
      cmocka_unit_test(observation_shows_the_next_reference),
      cmocka_unit_test(reward_by_hand),
      cmocka_unit_test(constraint_and_ends),
      cmocka_unit_test(starts),
      cmocka_unit_test(evaluation_starts_are_winnable),
      cmocka_unit_test(bad_settings_are_refused),
      cmocka_unit_test(spec_says_what_it_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

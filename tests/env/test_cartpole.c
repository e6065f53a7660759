/* The closed-form cart-pole against mechanics: momentum, power, energy, symmetry; and its task against hand. */
#include "motion.h"

// environments.md
static const double mt = 15.4905671533293, mp = 5.01859164136331, Ic = 0.188749766873089, lz = 0.3, g = 9.81;

static double horizontal_momentum(const double *x, double lx) {
  return mt * x[2] + mp * (lz * cos(x[1]) - lx * sin(x[1])) * x[3];
}

static double energy(const double *x, double lx) {
  const double rz = lz * cos(x[1]) - lx * sin(x[1]);
  const double J = Ic + mp * (lx * lx + lz * lz);
  return 0.5 * mt * x[2] * x[2] + mp * rz * x[2] * x[3] + 0.5 * J * x[3] * x[3] + mp * g * rz;
}

static void draw_state(double *x, duro_stream *stream) {
  const double width[4] = {0.6, 0.5, 3, 3};
  for (int i = 0; i < 4; i++) x[i] = draw(stream, width[i]);
}

/* Over a short step the momentum grows by the outer forces, and the energy by their power less the damping. Both
 * together fix both accelerations. Powers are averaged over the ends: the error of that is about dt^2 of 1e4 (the
 * second derivative of the power here), relative to dt. */
static void momentum_and_power(void **state) {
  (void)state;
  const double dt = 1e-5;
  duro_env *env = make_env("cartpole", SETTINGS("substep=1e-5", "substeps=1"));
  duro_stream stream = test_stream(1);
  for (int k = 0; k < 2000; k++) {
    double x[4], y[4];
    duro_step out;
    draw_state(x, &stream);
    const double u = draw(&stream, 1), a = draw(&stream, 1), F = 300 * u + 60 * a;
    duro_env_step(env, NULL, y, &out, x, &u, &a);
    const double v = 0.5 * (x[2] + y[2]), w = 0.5 * (x[3] + y[3]);
    assert_near((horizontal_momentum(y, 0.0005) - horizontal_momentum(x, 0.0005)) / dt, F - v, 1e-5);
    assert_near((energy(y, 0.0005) - energy(x, 0.0005)) / dt, F * v - v * v - w * w, 1e-4);
    assert_near((y[0] - x[0]) / dt, v, 1e-7);
    assert_near((y[1] - x[1]) / dt, w, 1e-7);
  }
  duro_env_destroy(env);
}

/* largest change of energy over one second of free swinging */
static double drift(const char *substep, int steps) {
  duro_env *env = make_env("cartpole", SETTINGS(substep, "substeps=1", "cart_damping=0", "pole_damping=0"));
  double x[4] = {0, 0.4, 0.5, -1}, worst = 0;
  const double start = energy(x, 0.0005), none = 0;
  for (int k = 0; k < steps; k++) {
    double y[4];
    duro_step out;
    duro_env_step(env, NULL, y, &out, x, &none, &none);
    memcpy(x, y, sizeof x);
    worst = fmax(worst, fabs(energy(x, 0.0005) - start));
  }
  duro_env_destroy(env);
  return worst;
}

/* halving the step divides an error of fourth order by 16, once the step is small (measured: 15.5) */
static void energy_is_conserved_to_fourth_order(void **state) {
  (void)state;
  const double coarse = drift("substep=0.005", 200), fine = drift("substep=0.0025", 400);
  assert_true(coarse < 1e-4); // J, of 15
  assert_true(coarse > 1e-9); // something to compare
  assert_true(coarse / fine > 14.0);
}

/* halving the step divides the error by 16 (measured 16.2 and 16.1); the smallest is SciPy's own accuracy */
static void motion_is_of_fourth_order(void **state) {
  (void)state;
  const double e1 = motion_error("cartpole", "env_cartpole.txt", NULL, 1);
  const double e2 = motion_error("cartpole", "env_cartpole.txt", SETTINGS("substep=0.01", "substeps=4"), 1);
  const double e4 = motion_error("cartpole", "env_cartpole.txt", SETTINGS("substep=0.005", "substeps=8"), 1);
  assert_true(e1 > 1e-8 && e1 / e2 > 14 && e2 / e4 > 14);
  assert_true(motion_error("cartpole", "env_cartpole.txt", SETTINGS("substep=0.00015625", "substeps=256"), 1) < 1e-11);
}

/* The pole's centre lies .0005 m off its axis, so mirroring gives the system with -.0005; with 0 it is symmetric. */
static void mirrored_system(void **state) {
  (void)state;
  const char *const pairs[][2] = {{"pole_x=0.0005", "pole_x=-0.0005"}, {"pole_x=0", "pole_x=0"}};
  for (int p = 0; p < 2; p++) {
    duro_env *env = make_env("cartpole", SETTINGS(pairs[p][0]));
    duro_env *mirror = make_env("cartpole", SETTINGS(pairs[p][1]));
    duro_stream stream = test_stream(5);
    for (int k = 0; k < 2000; k++) {
      double x[4], mx[4], y[4], my[4];
      duro_step out, mout;
      draw_state(x, &stream);
      const double u = draw(&stream, 1), a = draw(&stream, 1), mu = -u, ma = -a;
      for (int i = 0; i < 4; i++) mx[i] = -x[i];
      duro_env_step(env, NULL, y, &out, x, &u, &a);
      duro_env_step(mirror, NULL, my, &mout, mx, &mu, &ma);
      for (int i = 0; i < 4; i++) assert_true(my[i] == -y[i]); // rounding is symmetric
      assert_true(mout.h == out.h);
    }
    duro_env_destroy(env);
    duro_env_destroy(mirror);
  }
}

static void offset_breaks_the_symmetry(void **state) {
  (void)state;
  duro_env *env = make_env("cartpole", NULL);
  const double x[4] = {0}, none = 0;
  double y[4];
  duro_step out;
  duro_env_step(env, NULL, y, &out, x, &none, &none);
  // thdd = mt mp g lx / (mt (Ic + mp l^2) - mp^2 lz^2); .04 s of it, less what damping and motion change (1 %)
  const double J = Ic + mp * (0.0005 * 0.0005 + lz * lz);
  const double thdd = mt * mp * g * 0.0005 / (mt * J - mp * mp * lz * lz);
  assert_near(y[3], 0.04 * thdd, 0.1 * 0.04 * thdd);
  assert_true(y[3] > 0);
  duro_env_destroy(env);
}

static void place_does_not_matter(void **state) {
  (void)state;
  duro_env *env = make_env("cartpole", NULL);
  duro_stream stream = test_stream(6);
  for (int k = 0; k < 2000; k++) {
    double x[4], y[4], z[4];
    duro_step out;
    draw_state(x, &stream);
    const double u = draw(&stream, 1), a = draw(&stream, 1), shift = draw(&stream, 3);
    duro_env_step(env, NULL, y, &out, x, &u, &a);
    x[0] += shift;
    duro_env_step(env, NULL, z, &out, x, &u, &a);
    assert_same_bits(z + 1, y + 1, 3);
    assert_near(z[0] - y[0], shift, 4e-15); // a few roundings of numbers below 4
  }
  duro_env_destroy(env);
}

/* A push to the right moves the cart right and the pole's top left; 1 N of disturbance is 1 N of control. */
static void players_push_the_cart(void **state) {
  (void)state;
  duro_env *env = make_env("cartpole", NULL);
  const double x[4] = {0}, push = 1, none = 0, fifth = 0.2;
  double y[4], z[4];
  duro_step out;
  duro_env_step(env, NULL, y, &out, x, &push, &none);
  assert_true(y[0] > 0 && y[2] > 0 && y[1] < 0 && y[3] < 0);
  duro_env_step(env, NULL, y, &out, x, &none, &push); // 60 N
  duro_env_step(env, NULL, z, &out, x, &fifth, &none);
  for (int i = 0; i < 4; i++) assert_near(y[i], z[i], 1e-15);
  duro_env_destroy(env);
}

static void constraint_by_hand(void **state) {
  (void)state;
  duro_env *env = make_env("cartpole", NULL);
  const double cases[][3] = {{0, 0, 1},          {0, 0.2, 0},         {0, -0.1, 0.5}, {0.9, 0, 0},
                             {-0.45, 0.05, 0.5}, {0.45, -0.15, 0.25}, {0, 0.3, -0.5}, {1, 0, -1.0 / 9.0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_near(env->ops->constraint(env, (const double[]){cases[i][0], cases[i][1], 9, -9}), cases[i][2], 3e-16);
  assert_true(isnan(env->ops->constraint(env, (const double[]){NAN, 0, 0, 0})));
  assert_true(isnan(env->ops->constraint(env, (const double[]){0, NAN, 0, 0})));
  duro_env_destroy(env);
}

static duro_step step_from(const duro_env *env, double *y, double x0, double th, double xd, double thd, double u) {
  duro_step out;
  const double none = 0;
  duro_env_step(env, NULL, y, &out, (const double[]){x0, th, xd, thd}, &u, &none);
  return out;
}

static void reward_and_end(void **state) {
  (void)state;
  duro_env *env = make_env("cartpole", NULL);
  double y[4];
  duro_step out = step_from(env, y, 0.3, 0.01, 0.2, 0, 0.5);
  assert_near(out.r, 1.0 - (0.8 - y[0]) - 0.001 * 0.25, 4e-16);
  assert_int_equal(out.end, DURO_RUNNING);
  assert_true(out.h == env->ops->constraint(env, y));
  out = step_from(env, y, 0.85, 0, 0.5, 0, 0);
  assert_near(out.r, 1.0 - (y[0] - 0.8), 4e-16);
  out = step_from(env, y, 0, 0.25, 0, 0, 0); // violates, goes on
  assert_true(out.h < 0 && y[1] > 0.2 && y[1] < 0.3);
  assert_int_equal(out.end, DURO_RUNNING);
  out = step_from(env, y, 0, -0.29, 0, -1, 0); // leans past .3
  assert_true(y[1] < -0.3);
  assert_int_equal(out.end, DURO_TERMINATED);
  out = step_from(env, y, 0.95, 0, 3, 0, 0); // past the end of the rail
  assert_true(y[0] > 1.0);
  assert_int_equal(out.end, DURO_TERMINATED);
  assert_true(out.h < -1.0 / 9.0);
  duro_env_destroy(env);
}

static void training_starts(void **state) {
  (void)state;
  duro_env *env = make_env("cartpole", NULL);
  const double width[4] = {0.6, 0.12, 0.5, 0.5};
  duro_stream stream = test_stream(7);
  double mean[4] = {0}, square[4] = {0};
  const int n = 20000;
  for (int k = 0; k < n; k++) {
    double x[4];
    env->ops->reset(env, x, &stream, DURO_START_TRAIN);
    for (int i = 0; i < 4; i++) {
      assert_true(fabs(x[i]) <= width[i]);
      mean[i] += x[i] / width[i] / n;
      square[i] += x[i] * x[i] / (width[i] * width[i]) / n;
    }
  }
  for (int i = 0; i < 4; i++) { // of U(-1, 1): 0 +- sqrt(1/3/n), 1/3 +- sqrt((1/5 - 1/9)/n)
    assert_near(mean[i], 0, 5 * 0.0041);
    assert_near(square[i], 1.0 / 3.0, 5 * 0.0022);
  }
  duro_env_destroy(env);
}

static bool within(const double *x, const double *width) {
  for (int i = 0; i < 4; i++)
    if (fabs(x[i]) > width[i]) return false;
  return true;
}

static void evaluation_starts(void **state) {
  (void)state;
  duro_env *env = make_env("cartpole", NULL);
  const double near[4] = {0.01, 0.01, 0.01, 0.01}, varied[4] = {0.5, 0.06, 0.2, 0.2};
  const int n = 4000;
  int n_near = 0;
  double reach[4] = {0};
  for (int k = 0; k < n; k++) {
    double x[4];
    duro_stream stream = duro_stream_at(3, DURO_PURPOSE_RESET_EVAL, (uint64_t)k);
    env->ops->reset(env, x, &stream, DURO_START_EVAL);
    assert_true(within(x, varied));
    n_near += within(x, near);
    for (int i = 0; i < 4; i++) reach[i] = fmax(reach[i], fabs(x[i]));
  }
  assert_near(n_near, n / 2, 5 * sqrt(n) / 2);
  for (int i = 0; i < 4; i++) assert_true(reach[i] > 0.99 * varied[i]);
  duro_env_destroy(env);
}

static void share_of_varied_starts(void **state) {
  (void)state;
  const double near[4] = {0.01, 0.01, 0.01, 0.01};
  for (int share = 0; share <= 1; share++) {
    duro_env *env = make_env("cartpole", SETTINGS(share ? "eval_varied=1" : "eval_varied=0"));
    for (int k = 0; k < 500; k++) {
      double x[4];
      duro_stream stream = test_stream((uint64_t)(1000 + k));
      env->ops->reset(env, x, &stream, DURO_START_EVAL);
      assert_true(within(x, near) != (share == 1));
    }
    duro_env_destroy(env);
  }
}

static void bad_settings_are_refused(void **state) {
  (void)state;
  duro_env *env;
  const char *const bad[] = {"force=-1",        "substep=0",        "substeps=0",  "pole_mass=0",     "safe_angle=0.4",
                             "safe_position=2", "reset_theta=0.35", "eval_x=0.95", "eval_varied=1.5", "gravity=inf"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(try_env(&env, "cartpole", SETTINGS(bad[i])), DURO_ERROR_ARGUMENT);
    assert_null(env);
  }
}

static void spec_says_what_it_is(void **state) {
  (void)state;
  duro_env *env = make_env("cartpole", NULL);
  const duro_env_spec *s = &env->spec;
  const double edge[4] = {0.9 * 1.1, 0.2 * 1.1, 4, 6};
  assert_true(s->nx == 4 && s->no == 4 && s->nu == 1 && s->na == 1 && s->horizon == 250);
  assert_true(s->dt == 0.04 && s->h_scale == 1.0 && s->slice[0] == 1 && s->slice[1] == 3);
  for (int i = 0; i < 4; i++) assert_true(s->x_low[i] == -edge[i] && s->x_high[i] == edge[i]);
  duro_env_destroy(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(momentum_and_power),     cmocka_unit_test(energy_is_conserved_to_fourth_order),
      cmocka_unit_test(mirrored_system),        cmocka_unit_test(offset_breaks_the_symmetry),
      cmocka_unit_test(place_does_not_matter),  cmocka_unit_test(players_push_the_cart),
      cmocka_unit_test(constraint_by_hand),     cmocka_unit_test(reward_and_end),
      cmocka_unit_test(training_starts),        cmocka_unit_test(evaluation_starts),
      cmocka_unit_test(share_of_varied_starts), cmocka_unit_test(bad_settings_are_refused),
      cmocka_unit_test(spec_says_what_it_is),   cmocka_unit_test(motion_is_of_fourth_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The MuJoCo cart-pole against the closed form, and the compiled model against its published numbers. */
#include "env_test.h"

#include "env/mujoco.h"

#ifdef DURO_HAVE_MUJOCO
#include "env/mujoco_world.h"
#include <unistd.h>

static mjModel *load_file(void) {
  char error[256] = "";
  mjModel *m = mj_loadXML(DURO_SOURCE_DIR "/models/cartpole.xml", NULL, error, (int)sizeof error);
  if (!m) fail_msg("%s", error);
  return m;
}

/* numbers of environments.md; tolerance: the digits printed there */
static void model_has_the_published_numbers(void **state) {
  (void)state;
  mjModel *m = load_file();
  assert_true(m->nq == 2 && m->nv == 2 && m->nu == 1 && m->nbody == 3 && m->ngeom == 3);
  assert_near(m->body_mass[1], 10.47197551, 5e-9);
  assert_near(m->body_mass[2], 5.01859164136331, 5e-15);
  assert_near(m->body_mass[1] + m->body_mass[2], 15.4905671533293, 5e-14);
  assert_near(m->body_inertia[6], 0.188749766873089, 5e-16);
  assert_near(m->body_inertia[7], 0.188749766873089, 5e-16);
  const double centre[3] = {0.0005, 0, 0.3};
  for (int i = 0; i < 3; i++) assert_near(m->body_ipos[6 + i], centre[i], 1e-16);
  assert_int_equal(m->jnt_type[0], mjJNT_SLIDE);
  assert_int_equal(m->jnt_type[1], mjJNT_HINGE);
  for (int j = 0; j < 2; j++) {
    const double end = j == 0 ? 1 : acos(0.0); // m, rad
    assert_true(m->jnt_limited[j]);
    assert_near(m->jnt_range[2 * j], -end, 1e-15);
    assert_near(m->jnt_range[2 * j + 1], end, 1e-15);
    assert_true(m->dof_damping[j] == 1.0 && m->dof_armature[j] == 0.0);
    for (int i = 0; i < 3; i++) assert_near(m->jnt_axis[3 * j + i], i == (j == 0 ? 0 : 1), 1e-15);
  }
  assert_true(m->opt.gravity[0] == 0 && m->opt.gravity[1] == 0 && m->opt.gravity[2] == -9.81);
  assert_true(m->opt.timestep == 0.02 && m->opt.integrator == mjINT_RK4);
  assert_true(m->actuator_gear[0] == 300.0);
  for (int i = 0; i < m->ngeom; i++) assert_true(m->geom_contype[i] == 0 && m->geom_conaffinity[i] == 0);
  mj_deleteModel(m);
}

/* a state and a force under which every Runge-Kutta stage has abs x < 1: at most .6 + .04 * 3 + .5 * .04^2 * 60 */
static void draw_case(double *x, double *u, double *a, duro_stream *stream) {
  const double width[4] = {0.6, 0.5, 3, 3};
  for (int i = 0; i < 4; i++) x[i] = draw(stream, width[i]);
  *u = draw(stream, 1);
  *a = draw(stream, 1);
}

/* 1e-12: eight evaluations of accelerations up to 1e2, each to a few 1e-16 of its size, times .04 s */
static void compare(const char *const *settings, int count) {
  duro_env *closed = make_env("cartpole", settings), *mujoco = make_env("cartpole-mujoco", settings);
  void *worker = make_worker(mujoco);
  duro_stream stream = test_stream(1);
  for (int k = 0; k < count; k++) {
    double x[4], u, a, y[4], z[4];
    duro_step out, wanted;
    draw_case(x, &u, &a, &stream);
    duro_env_step(mujoco, worker, y, &out, x, &u, &a);
    duro_env_step(closed, NULL, z, &wanted, x, &u, &a);
    for (int i = 0; i < 4; i++) assert_near(y[i], z[i], 1e-12);
    assert_near(out.r, wanted.r, 1e-12);
    assert_near(out.h, wanted.h, 1e-11); // 1 / .2 of the angle
    assert_int_equal(out.end, wanted.end);
  }
  duro_env_worker_destroy(mujoco, worker);
  duro_env_destroy(mujoco);
  duro_env_destroy(closed);
}

static void agrees_with_the_closed_form(void **state) {
  (void)state;
  compare(NULL, 20000);
  compare(SETTINGS("substeps=1"), 2000);
}

static void settings_reach_the_model(void **state) {
  (void)state;
  compare(SETTINGS("cart_mass=12", "pole_mass=3", "pole_inertia=0.1", "pole_x=0.01", "pole_z=0.25"), 2000);
  compare(SETTINGS("cart_damping=0.5", "pole_damping=0.2", "gravity=3.7", "force=200", "disturbance=30"), 2000);
  compare(SETTINGS("substep=0.01", "substeps=3", "cart_damping=0", "pole_damping=0"), 2000);
}

/* the file and the patched model move alike: the defaults are what the file says */
static void defaults_are_the_file(void **state) {
  (void)state;
  mjModel *m = load_file();
  mjData *d = mj_makeData(m);
  duro_env *env = make_env("cartpole-mujoco", NULL);
  void *worker = make_worker(env);
  duro_stream stream = test_stream(2);
  for (int k = 0; k < 1000; k++) {
    double x[4], u, a, y[4];
    duro_step out;
    draw_case(x, &u, &a, &stream);
    duro_env_step(env, worker, y, &out, x, &u, &a);
    mj_resetData(m, d);
    for (int i = 0; i < 2; i++) d->qpos[i] = x[i], d->qvel[i] = x[2 + i];
    d->ctrl[0] = u;
    d->qfrc_applied[0] = 60 * a;
    mj_step(m, d);
    mj_step(m, d);
    for (int i = 0; i < 2; i++) {
      assert_near(y[i], d->qpos[i], 1e-13);
      assert_near(y[2 + i], d->qvel[i], 1e-13);
    }
  }
  duro_env_worker_destroy(env, worker);
  duro_env_destroy(env);
  mj_deleteData(d);
  mj_deleteModel(m);
}

/* at the end of the slider MuJoCo's limit acts, which the closed form does not know; both have failed by then */
static void the_rail_ends(void **state) {
  (void)state;
  duro_env *closed = make_env("cartpole", NULL), *mujoco = make_env("cartpole-mujoco", NULL);
  void *worker = make_worker(mujoco);
  const double x[4] = {0.99, 0, 3, 0}, push = 1, none = 0;
  double y[4], z[4];
  duro_step out, wanted;
  duro_env_step(mujoco, worker, y, &out, x, &push, &none);
  duro_env_step(closed, NULL, z, &wanted, x, &push, &none);
  assert_true(z[0] > 1.0 && y[0] < z[0] - 1e-3);
  assert_int_equal(wanted.end, DURO_TERMINATED);
  assert_int_equal(out.end, DURO_TERMINATED);
  duro_env_worker_destroy(mujoco, worker);
  duro_env_destroy(mujoco);
  duro_env_destroy(closed);
}

/* MuJoCo resets itself when a number passes 1e10; that must not look like a step */
static void silent_resets_are_reported(void **state) {
  (void)state;
  duro_env *env = make_env("cartpole-mujoco", NULL);
  void *worker = make_worker(env);
  const double none = 0;
  for (int i = 0; i < 4; i++) {
    double x[4] = {0}, y[4];
    duro_step out;
    x[i] = 1e11;
    duro_env_step(env, worker, y, &out, x, &none, &none);
    assert_true(isnan(out.r) && isnan(out.h) && isnan(y[0]));
  }
  duro_env_worker_destroy(env, worker);
  duro_env_destroy(env);
}

static void fatal_errors_come_back(void **state) {
  (void)state;
  mjModel *m;
  const char broken[] = "<mujoco><worldbody><body><joint type='nonsense'/></body></worldbody></mujoco>";
  assert_int_equal(mujoco_load(&m, "broken.xml", (const unsigned char *)broken, strlen(broken)), DURO_ERROR_FORMAT);
  assert_null(m);
  assert_non_null(strstr(duro_error(), "broken.xml"));
  m = load_file();
  mjData *d;
  assert_int_equal(mujoco_data(&d, m), DURO_OK);
  assert_true(mujoco_advance(m, d, 1));
  m->opt.integrator = 99;
  assert_false(mujoco_advance(m, d, 1)); // without the hook the process would end here
  m->opt.integrator = mjINT_RK4;
  mujoco_clear(m, d);
  assert_true(mujoco_advance(m, d, 1));
  mj_deleteData(d);
  mj_deleteModel(m);
}

static void no_log_file_is_written(void **state) {
  (void)state;
  assert_int_not_equal(access("MUJOCO_LOG.TXT", F_OK), 0);
}

static void version_is_known(void **state) {
  (void)state;
  assert_string_equal(duro_env_mujoco_version(), mj_versionString());
}

int main(void) {
  unlink("MUJOCO_LOG.TXT");
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_the_closed_form),
      cmocka_unit_test(settings_reach_the_model),
      cmocka_unit_test(defaults_are_the_file),
      cmocka_unit_test(model_has_the_published_numbers),
      cmocka_unit_test(the_rail_ends),
      cmocka_unit_test(silent_resets_are_reported),
      cmocka_unit_test(fatal_errors_come_back),
      cmocka_unit_test(version_is_known),
      cmocka_unit_test(no_log_file_is_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
static void says_that_it_is_missing(void **state) {
  (void)state;
  const duro_env_ops *ops;
  assert_int_equal(duro_env_find(&ops, "cartpole-mujoco"), DURO_ERROR_MISSING);
  assert_non_null(strstr(duro_error(), "MuJoCo"));
  assert_null(strchr(duro_error(), '\n'));
  assert_string_equal(duro_env_mujoco_version(), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(says_that_it_is_missing)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif

/* The walker against Gymnasium's model: what MuJoCo compiled from it and how it moved, in tests/data/walker2d.txt. */
#include "env_test.h"

#ifdef DURO_HAVE_MUJOCO
#include "env/mujoco_world.h"

enum { NX = 18, NU = 6, TORSO = 1 };

/* a block of the file: (rows x columns) numbers, released by the caller */
static double *read_block(const char *wanted, int *rows, int columns) {
  FILE *file = fopen(DURO_SOURCE_DIR "/tests/data/walker2d.txt", "r");
  assert_non_null(file);
  char name[64];
  int n, m;
  while (fscanf(file, "%63s %d %d", name, &n, &m) == 3) {
    double *values = calloc((size_t)(n * m), sizeof *values);
    assert_non_null(values);
    for (int i = 0; i < n * m; i++) assert_int_equal(fscanf(file, "%lf", &values[i]), 1);
    if (strcmp(name, wanted) == 0) {
      fclose(file);
      assert_int_equal(m, columns);
      *rows = n;
      return values;
    }
    free(values);
  }
  fail_msg("no block %s", wanted);
  return NULL;
}

static void check_block(const char *name, const double *values, int rows, int columns, double tolerance) {
  int n;
  double *wanted = read_block(name, &n, columns);
  assert_int_equal(n, rows);
  for (int i = 0; i < rows * columns; i++)
    if (!(fabs(values[i] - wanted[i]) <= tolerance))
      fail_msg("%s, number %d: %.17g; wanted %.17g", name, i, values[i], wanted[i]);
  free(wanted);
}

static mjModel *load_file(void) {
  char error[256] = "";
  mjModel *m = mj_loadXML(DURO_SOURCE_DIR "/models/walker2d.xml", NULL, error, (int)sizeof error);
  if (!m) fail_msg("%s", error);
  return m;
}

/* 1e-14: the lengths of the capsules come from their ends here and are given there, so the last bits may differ */
static void model_has_the_published_numbers(void **state) {
  (void)state;
  mjModel *m = load_file();
  assert_true(m->nq == 9 && m->nv == 9 && m->nu == NU && m->nbody == 8 && m->ngeom == 8);
  check_block("body_mass", m->body_mass, 1, 8, 1e-14);
  check_block("body_inertia", m->body_inertia, 8, 3, 1e-14);
  check_block("jnt_range", m->jnt_range, 9, 2, 1e-15);
  check_block("jnt_axis", m->jnt_axis, 9, 3, 0);
  check_block("dof_damping", m->dof_damping, 1, 9, 0);
  check_block("dof_armature", m->dof_armature, 1, 9, 0);
  check_block("geom_size", m->geom_size, 8, 3, 1e-15);
  check_block("geom_friction", m->geom_friction, 8, 3, 0);
  double gear[NU], mass = 0.0;
  for (int i = 0; i < NU; i++) gear[i] = m->actuator_gear[6 * i];
  check_block("actuator_gear", gear, 1, NU, 0);
  for (int i = 0; i < m->nbody; i++) mass += m->body_mass[i];
  assert_near(mass, 23.67713663, 5e-9); // the digits that are published
  assert_true(m->opt.timestep == 0.002 && m->opt.integrator == mjINT_RK4 && m->opt.gravity[2] == -9.81);
  mjData *d = mj_makeData(m);
  mj_forward(m, d);
  check_block("geom_xpos", d->geom_xpos, 8, 3, 1e-15);
  check_block("xipos", d->xipos, 8, 3, 1e-15);
  mj_deleteData(d);
  mj_deleteModel(m);
}

/* From 80 states. In the air the equations are smooth: 1e-10 is what 16 evaluations of accelerations up to 1e4 lose. On
 * the floor MuJoCo's solver stops at its own tolerance, 1e-8, and its versions differ there. */
static void steps_are_gymnasiums(void **state) {
  (void)state;
  enum { COLUMNS = 2 * NX + NU + 3 };
  int rows, touching = 0;
  double *cases = read_block("steps", &rows, COLUMNS);
  duro_env *env = make_env("walker2d", NULL);
  void *worker = make_worker(env);
  for (int k = 0; k < rows; k++) {
    const double *x = cases + k * COLUMNS, *u = x + NX, *after = u + NU + 2;
    const double a[2] = {u[NU] / 5, u[NU + 1] / 5}; // 5 N
    const bool touches = after[NX] != 0;
    double x2[NX];
    duro_step out;
    duro_env_step(env, worker, x2, &out, x, u, a);
    for (int i = 0; i < NX; i++) assert_near(x2[i], after[i], touches ? 1e-8 : 1e-10);
    touching += touches;
  }
  assert_true(touching > 5 && touching < rows - 20);
  duro_env_worker_destroy(env, worker);
  duro_env_destroy(env);
  free(cases);
}

static void a_walk_is_gymnasiums(void **state) {
  (void)state;
  int rows;
  double *walk = read_block("trajectory", &rows, NU + NX), x[NX] = {0, 1.25};
  const double a[2] = {2.0 / 5, -1.0 / 5};
  duro_env *env = make_env("walker2d", NULL);
  void *worker = make_worker(env);
  for (int t = 0; t < rows; t++) {
    const double *u = walk + t * (NU + NX), before = x[0];
    double x2[NX], effort = 0;
    duro_step out;
    duro_env_step(env, worker, x2, &out, x, u, a);
    for (int i = 0; i < NX; i++) assert_near(x2[i], u[NU + i], 1e-8);
    for (int i = 0; i < NU; i++) effort += u[i] * u[i];
    const bool healthy = x2[1] > 0.8 && x2[1] < 2 && fabs(x2[2]) < 1;
    assert_int_equal(out.end, healthy ? DURO_RUNNING : DURO_TERMINATED);
    assert_near(out.r, (x2[0] - before) / 0.008 + (healthy ? 1 : 0) - 1e-3 * effort, 1e-12); // rounding of sums of ten
    memcpy(x, u + NU, sizeof x); // the next step starts from the stored state
  }
  duro_env_worker_destroy(env, worker);
  duro_env_destroy(env);
  free(walk);
}

static double h_at(const duro_env *env, double z, double angle, double speed) {
  double x[NX] = {[1] = z, [2] = angle, [9] = speed};
  return env->ops->constraint(env, x);
}

/* 1e-15: one division of numbers about 1 */
static void the_constraint_is_the_published_one(void **state) {
  (void)state;
  duro_env *env = make_env("walker2d", NULL);
  assert_near(h_at(env, 1.25, 0, 9), 1, 1e-15);
  assert_near(h_at(env, 0.8, 0, 0), 0, 1e-15);
  assert_near(h_at(env, 2, 0, 0), 0, 1e-15);
  assert_near(h_at(env, 0.7, 0, 0), -0.1 / 0.45, 1e-15);
  assert_near(h_at(env, 1.7, 0, 0), 0.3 / 0.75, 1e-15);
  assert_near(h_at(env, 1.25, -1.2, 0), -0.2, 1e-15);
  assert_true(env->spec.h_needs == (1u << 1 | 1u << 2));
  duro_env_destroy(env);
  env = make_env("walker2d", SETTINGS("speed_limit=2.5"));
  assert_near(h_at(env, 1.25, 0, 2), 0.2, 1e-15);
  assert_near(h_at(env, 1.25, 0, 3), -0.2, 1e-15);
  assert_near(h_at(env, 0.8, 0, 2), 0, 1e-15);
  duro_env_destroy(env);
}

/* too fast is a violation and goes on; leaning too much is the end */
static void only_falling_ends(void **state) {
  (void)state;
  duro_env *env = make_env("walker2d", SETTINGS("speed_limit=2.3415"));
  void *worker = make_worker(env);
  double x[NX] = {[1] = 1.5, [9] = 4}, x2[NX];
  const double u[NU] = {0}, a[2] = {0};
  duro_step out;
  duro_env_step(env, worker, x2, &out, x, u, a);
  assert_true(out.h < 0 && out.end == DURO_RUNNING);
  x[2] = 1.2;
  duro_env_step(env, worker, x2, &out, x, u, a);
  assert_true(out.h < 0 && out.end == DURO_TERMINATED);
  duro_env_worker_destroy(env, worker);
  duro_env_destroy(env);
}

/* speed after a step without legs to stand on: the force over the mass, whatever the joints do, moves the centre */
static void the_disturbance_pushes_the_centre(void **state) {
  (void)state;
  duro_env *env = make_env("walker2d", SETTINGS("disturbance=30", "gravity=0", "damping=0"));
  void *worker = make_worker(env);
  mjModel *m = load_file();
  mjData *d = mj_makeData(m);
  const double x[NX] = {[1] = 1.9}, u[NU] = {0}, a[2] = {1, -0.5};
  double x2[NX], momentum[2] = {0};
  duro_step out;
  duro_env_step(env, worker, x2, &out, x, u, a);
  memcpy(d->qpos, x2, 9 * sizeof *x2);
  memcpy(d->qvel, x2 + 9, 9 * sizeof *x2);
  mj_forward(m, d);
  for (int body = 1; body < m->nbody; body++) {
    mjtNum velocity[6]; // turning, moving
    mj_objectVelocity(m, d, mjOBJ_BODY, body, velocity, 0);
    momentum[0] += m->body_mass[body] * velocity[3];
    momentum[1] += m->body_mass[body] * velocity[5];
  }
  // kg m/s after .008 s; the integrator's error is of fourth order
  assert_near(momentum[0], 30 * 0.008, 1e-6);
  assert_near(momentum[1], -15 * 0.008, 1e-6);
  mj_deleteData(d);
  mj_deleteModel(m);
  duro_env_worker_destroy(env, worker);
  duro_env_destroy(env);
}

static void the_observation_leaves_out_the_place(void **state) {
  (void)state;
  duro_env *env = make_env("walker2d", NULL);
  double x[NX];
  float obs[NX];
  for (int i = 0; i < NX; i++) x[i] = i - 4.5;
  x[10] = -11;
  env->ops->observe(env, obs, x);
  for (int i = 1; i < NX; i++) assert_true(obs[i - 1] == (float)(i == 10 ? -10 : x[i] > 10 ? 10 : x[i]));
  duro_env_destroy(env);
}

/* the model gives the buffers of contacts and constraints the size of the worst pose */
static void every_pose_fits_the_buffers(void **state) {
  (void)state;
  duro_env *env = make_env("walker2d", NULL);
  void *worker = make_worker(env);
  duro_stream stream = test_stream(1);
  const double a[2] = {1, -1};
  for (int k = 0; k < 2000; k++) {
    double x[NX] = {[1] = 0.06 + 0.4 * duro_stream_uniform(&stream)}, u[NU], x2[NX];
    for (int i = 2; i < NX; i++) x[i] = draw(&stream, i < 9 ? 1.6 : 5);
    for (int i = 0; i < NU; i++) u[i] = draw(&stream, 1);
    duro_step out;
    duro_env_step(env, worker, x2, &out, x, u, a);
    for (int i = 0; i < NX; i++) assert_true(isfinite(x2[i]));
  }
  duro_env_worker_destroy(env, worker);
  duro_env_destroy(env);
}

/* right and left leg exchanged, joints and their motors */
static void exchange(double *to, const double *from, int before) {
  for (int i = 0; i < before; i++) to[i] = from[i];
  for (int i = 0; i < 3; i++) {
    to[before + i] = from[before + 3 + i];
    to[before + 3 + i] = from[before + i];
  }
}

/* The legs lie side by side in the plane, so it does not matter which is which. MuJoCo sums their forces in another
 * order: rates of up to 30 rad/s were off by 2e-13. */
static void legs_can_be_exchanged(void **state) {
  (void)state;
  duro_env *env = make_env("walker2d", NULL);
  void *worker = make_worker(env);
  duro_stream stream = test_stream(3);
  int touching = 0;
  for (int k = 0; k < 300; k++) {
    double x[NX], y[NX], x2[NX], y2[NX], wanted[NX], u[NU], v[NU];
    const double a[2] = {draw(&stream, 1), draw(&stream, 1)};
    duro_step out, other;
    env->ops->reset(env, x, &stream, DURO_START_TRAIN);
    for (int i = 2; i < 9; i++) x[i] += draw(&stream, 0.2);
    for (int i = 9; i < NX; i++) x[i] = draw(&stream, 2);
    for (int i = 0; i < NU; i++) u[i] = draw(&stream, 1);
    exchange(y, x, 3), exchange(y + 9, x + 9, 3), exchange(v, u, 0);
    duro_env_step(env, worker, x2, &out, x, u, a);
    duro_env_step(env, worker, y2, &other, y, v, a);
    exchange(wanted, x2, 3), exchange(wanted + 9, x2 + 9, 3);
    for (int i = 0; i < NX; i++) assert_near(y2[i], wanted[i], 1e-11);
    assert_near(other.r, out.r, 1e-11);
    assert_near(other.h, out.h, 1e-11);
    touching += x2[10] - x[10] > -9.81 * 0.008; // something holds it up
  }
  assert_true(touching > 30 && touching < 300);
  duro_env_worker_destroy(env, worker);
  duro_env_destroy(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(legs_can_be_exchanged),
      cmocka_unit_test(model_has_the_published_numbers),
      cmocka_unit_test(steps_are_gymnasiums),
      cmocka_unit_test(a_walk_is_gymnasiums),
      cmocka_unit_test(the_constraint_is_the_published_one),
      cmocka_unit_test(only_falling_ends),
      cmocka_unit_test(the_disturbance_pushes_the_centre),
      cmocka_unit_test(the_observation_leaves_out_the_place),
      cmocka_unit_test(every_pose_fits_the_buffers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
static void says_that_it_is_missing(void **state) {
  (void)state;
  const duro_env_ops *ops;
  assert_int_equal(duro_env_find(&ops, "walker2d"), DURO_ERROR_MISSING);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(says_that_it_is_missing)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif

/* MuJoCo models as environments: the task follows the settings, and no configuration does harm. */
#include "env_test.h"

#ifdef DURO_HAVE_MUJOCO
#include <unistd.h>

#include "env/mjcf_pose.h"
#include "env/mujoco_world.h"

/* an opened model with a task */
typedef struct world {
  const duro_env_ops *ops;
  void *settings;
  duro_settings_group group;
  duro_env *env;
  void *worker;
} world;

static void open_model(world *w, const char *path) {
  *w = (world){0};
  if (duro_env_open(&w->ops, path, NULL)) fail_msg("%s", duro_error());
  w->settings = calloc(1, w->ops->settings_size);
  assert_non_null(w->settings);
  w->group = (duro_settings_group){"env", w->ops->settings, w->ops->n_settings, w->settings};
  duro_settings_default(&w->group);
}

static void set(world *w, const char *const *assignments) {
  for (; *assignments; assignments++) {
    char line[256];
    snprintf(line, sizeof line, "env.%s", *assignments);
    if (duro_settings_assign(&w->group, 1, line)) fail_msg("%s", duro_error());
  }
}

static void make(world *w) {
  if (duro_env_create(&w->env, w->ops, w->settings)) fail_msg("%s", duro_error());
  w->worker = make_worker(w->env);
}

static void close_model(world *w) {
  if (w->env) duro_env_worker_destroy(w->env, w->worker);
  duro_env_destroy(w->env);
  duro_env_close(w->ops);
  free(w->settings);
}

/* the task of cartpole-mujoco, told in settings: the same bits of motion, and reward, h and ends after it */
static void it_can_be_the_cart_pole(void **state) {
  (void)state;
  world w;
  open_model(&w, DURO_SOURCE_DIR "/models/cartpole.xml");
  set(&w, SETTINGS("substeps=2", "horizon=250", "force_cart_x=60", "min_hinge=-0.2", "max_hinge=0.2", "unit_hinge=0.2",
                   "min_slider=-0.9", "max_slider=0.9", "unit_slider=0.9", "fail_below=-0.5", "target_slider=0.8",
                   "cost_slider=1", "control_cost=0.001"));
  make(&w);
  duro_env *wanted = make_env("cartpole-mujoco", NULL);
  void *worker = make_worker(wanted);
  assert_true(w.env->spec.nx == 4 && w.env->spec.no == 4 && w.env->spec.nu == 1 && w.env->spec.na == 1);
  assert_true(w.env->spec.horizon == 250 && w.env->spec.dt == 0.04);
  assert_true(w.env->spec.h_needs == 3);
  assert_string_equal(w.env->spec.x_names[3], "hinge_rate");
  assert_string_equal(w.env->spec.x_units[3], "rad/s");
  duro_stream stream = test_stream(3);
  for (int k = 0; k < 2000; k++) {
    double x[4], x2[4], y2[4];
    duro_step out, other;
    for (int i = 0; i < 4; i++) x[i] = draw(&stream, i == 0 ? 1 : i == 1 ? 0.35 : 3);
    const double u = draw(&stream, 1), a = draw(&stream, 1);
    duro_env_step(w.env, w.worker, x2, &out, x, &u, &a);
    duro_env_step(wanted, worker, y2, &other, x, &u, &a);
    // a force on the body instead of its joint: rounding of a product with 1
    for (int i = 0; i < 4; i++) assert_near(x2[i], y2[i], 1e-13);
    assert_near(out.h, other.h, 1e-12);
    assert_near(out.r, 1 - (x2[0] - 0.8) * (x2[0] - 0.8) - 0.001 * u * u, 1e-14);
    assert_int_equal(out.end, out.h < -0.5 ? DURO_TERMINATED : DURO_RUNNING);
  }
  duro_env_worker_destroy(wanted, worker);
  duro_env_destroy(wanted);
  close_model(&w);
}

/* heights, ranges of controls, starts and observations of the example */
static void the_task_follows_the_settings(void **state) {
  (void)state;
  world w;
  open_model(&w, DURO_SOURCE_DIR "/examples/pendulum.xml");
  set(&w, SETTINGS("min_tip_height=0.85", "unit_tip_height=0.15", "force_bob_x=3", "force_bob_z=1", "spread_theta=2",
                   "eval_spread_theta=0.1", "start_theta=0.05", "observe_tip_height=true", "scale_tip_height=2",
                   "observe_theta_rate=false", "fail_below=-2", "fail_cost=7", "reward_theta_rate=0.5"));
  make(&w);
  const duro_env_ops *ops = w.ops;
  assert_true(w.env->spec.no == 2 && w.env->spec.na == 2 && w.env->spec.h_needs == 1);
  for (int k = 0; k < 200; k++) {
    double x[2];
    float obs[2];
    duro_stream stream = test_stream((uint64_t)k);
    ops->reset(w.env, x, &stream, k % 2 ? DURO_START_EVAL : DURO_START_TRAIN);
    assert_true(cos(x[0]) >= 0.85 && x[1] == 0 && (k % 2 == 0 || fabs(x[0] - 0.05) <= 0.1));
    ops->observe(w.env, obs, x);
    assert_true(obs[0] == (float)x[0]);
    assert_near((double)obs[1], cos(x[0]) / 2, 1e-7);                         // float
    assert_near(ops->constraint(w.env, x), (cos(x[0]) - 0.85) / 0.15, 1e-14); // the rod is 1 m long
  }
  const double x[2] = {2, 0}, u = 1, a[2] = {0, 0};
  double x2[2];
  duro_step out;
  duro_env_step(w.env, w.worker, x2, &out, x, &u, a);
  assert_int_equal(out.end, DURO_TERMINATED);
  assert_near(out.r, 1 - 0.01 - 7 + 0.5 * x2[1], 1e-14);
  close_model(&w);
}

/* u = -1 and 1 are the ends of the actuator's range; a force is in newtons, in the world's axes */
static void players_reach_the_model(void **state) {
  (void)state;
  world w;
  open_model(&w, DURO_SOURCE_DIR "/examples/pendulum.xml");
  set(&w, SETTINGS("min_theta=-3", "force_bob_x=3", "substep=0.001"));
  make(&w);
  // upright and at rest the acceleration is torque / inertia about the hinge: rod (centre at .5 m) and bob (at 1 m)
  char error[64];
  mjModel *m = mj_loadXML(DURO_SOURCE_DIR "/examples/pendulum.xml", NULL, error, (int)sizeof error);
  assert_non_null(m);
  const double inertia = m->body_inertia[3] + 0.25 * m->body_mass[1] + m->body_inertia[6] + m->body_mass[2];
  const double still[2] = {0, 0};
  mj_deleteModel(m);
  double x2[2];
  duro_step out;
  for (int k = 0; k < 4; k++) {
    const double u = k == 0 ? 1 : k == 1 ? -1 : 0, a = k == 2 ? 1 : k == 3 ? -1 : 0;
    duro_env_step(w.env, w.worker, x2, &out, still, &u, &a);
    assert_near(x2[1], (12 * u + 3 * a) / inertia * 0.001, 1e-6); // damping and gravity act in second order
  }
  close_model(&w);
}

static void refused(world *w, const char *assignment, const char *words) {
  void *kept = malloc(w->ops->settings_size);
  assert_non_null(kept);
  memcpy(kept, w->settings, w->ops->settings_size);
  set(w, SETTINGS(assignment));
  duro_env *env;
  assert_int_equal(duro_env_create(&env, w->ops, w->settings), DURO_ERROR_ARGUMENT);
  if (!strstr(duro_error(), words)) fail_msg("'%s'; wanted '%s'", duro_error(), words);
  memcpy(w->settings, kept, w->ops->settings_size);
  free(kept);
}

static void messages_name_what_is_wrong(void **state) {
  (void)state;
  world w;
  open_model(&w, DURO_SOURCE_DIR "/examples/pendulum.xml");
  refused(&w, "horizon=9", "there is no constraint; wanted env.min_theta");
  set(&w, SETTINGS("min_tip_height=0.85"));
  make(&w); // a system without disturbance is one as well
  assert_int_equal(w.env->spec.na, 0);
  double x2[2];
  duro_step out;
  duro_env_step(w.env, w.worker, x2, &out, (const double[]){0, 0}, (const double[]){0}, NULL);
  assert_true(x2[0] == 0 && x2[1] == 0); // upright and at rest
  set(&w, SETTINGS("force_bob_x=3"));
  refused(&w, "control_motor=0", "nothing is controlled");
  refused(&w, "max_tip_height=0.8", "env.min_tip_height is 0.85 and env.max_tip_height 0.8");
  assert_int_equal(duro_settings_assign(&w.group, 1, "env.min_tip_hight=1"), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "env.min_tip_height"));
  close_model(&w);
}

static void refused_model(const char *xml, const char *words) {
  const char *path = "/tmp/duro-test-mjcf.xml";
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(xml, file);
  fclose(file);
  const duro_env_ops *ops;
  const duro_status status = duro_env_open(&ops, path, NULL);
  unlink(path);
  assert_int_equal(status, DURO_ERROR_FORMAT);
  assert_null(ops);
  if (!strstr(duro_error(), words) || !strstr(duro_error(), path)) fail_msg("'%s'; wanted '%s'", duro_error(), words);
}

#define BODY(joint) "<worldbody><body name='b'>" joint "<geom size='1'/></body></worldbody>"
#define MOTOR "<actuator><motor joint='a'/></actuator>"

static void models_that_cannot_be_are_refused(void **state) {
  (void)state;
  refused_model("", "");
  refused_model("hello", "");
  refused_model("<mujoco><nonsense/></mujoco>", "nonsense");
  refused_model("<mujoco>" BODY("<joint name='a'/>") "</mujoco>", "no actuator");
  refused_model("<mujoco>" BODY("") "</mujoco>", "0 positions");
  refused_model("<mujoco>" BODY("<joint name='a.b'/><joint name='a'/><joint name='a_b' axis='1 0 0'/>") MOTOR
                "</mujoco>",
                "env.observe_a_b");
  refused_model(
      "<mujoco>" BODY("<joint name='a'/>") "<actuator><general joint='a' dyntype='integrator'/></actuator></mujoco>",
      "states of their own");
}

/* every kind of joint, anchors off the centre and turned frames, against MuJoCo's own kinematics */
static void poses_are_mujocos(void **state) {
  (void)state;
  static const char xml[] =
      "<mujoco><worldbody><body name='f' pos='1 2 3' quat='1 2 3 4'><freejoint/><geom size='.1'/>"
      "<body pos='.1 .2 .3' euler='10 20 30'><joint type='ball' pos='.1 0 .2'/><geom size='.1' pos='.3 0 0'/>"
      "<site name='s' pos='.4 .5 .6'/><body pos='0 0 1'><joint type='slide' axis='1 1 0' ref='.2'/><joint axis='0 1 1' "
      "pos='.2 .1 0' ref='.3'/><geom size='.1'/><site name='t' pos='1 0 0'/></body></body></body>"
      "<body pos='0 5 0'><joint axis='1 0 0' pos='0 0 .5'/><joint axis='0 1 0'/><geom size='.1'/></body>"
      "</worldbody></mujoco>";
  mjModel *m;
  mjData *d;
  if (mujoco_load(&m, "poses.xml", (const unsigned char *)xml, sizeof xml - 1)) fail_msg("%s", duro_error());
  assert_int_equal(mujoco_data(&d, m), DURO_OK);
  duro_stream stream = test_stream(5);
  for (int k = 0; k < 500; k++) {
    pose where;
    for (int i = 0; i < m->nq; i++) d->qpos[i] = draw(&stream, 2);
    pose_of(&where, m, d->qpos);
    mj_forward(m, d);
    for (int i = 3; i < 3 * m->nbody; i++) assert_near(where.position[i], d->xpos[i], 1e-13); // numbers up to ten
    for (int s = 0; s < m->nsite; s++) assert_near(pose_site_height(&where, m, s), d->site_xpos[3 * s + 2], 1e-13);
  }
  mj_deleteData(d);
  mj_deleteModel(m);
}

/* a free body that a motor lifts: quaternions start as such */
static void free_joints_start_well(void **state) {
  (void)state;
  const char *path = "/tmp/duro-test-free.xml";
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs("<mujoco><worldbody><body name='b'><freejoint name='f'/><geom size='.1'/><site name='s'/></body></worldbody>"
        "<actuator><motor name='lift' site='s' gear='0 0 1 0 0 0'/></actuator></mujoco>",
        file);
  fclose(file);
  world w;
  open_model(&w, path);
  unlink(path);
  set(&w, SETTINGS("min_b_height=-1", "force_b_x=1", "spread_f_qx=0.5", "control_lift=10", "spread_f_z=0.5"));
  make(&w);
  assert_int_equal(w.env->spec.nx, 13);
  assert_string_equal(w.env->spec.x_names[3], "f_qw");
  assert_string_equal(w.env->spec.x_names[12], "f_wz");
  for (uint64_t k = 0; k < 50; k++) {
    double x[13], x2[13];
    duro_stream stream = test_stream(k);
    duro_step out;
    w.ops->reset(w.env, x, &stream, DURO_START_TRAIN);
    assert_near(x[3] * x[3] + x[4] * x[4] + x[5] * x[5] + x[6] * x[6], 1, 1e-14);
    assert_near(w.ops->constraint(w.env, x), x[2] + 1, 1e-14);
    duro_env_step(w.env, w.worker, x2, &out, x, (const double[]){1}, (const double[]){1});
    assert_true(isfinite(out.h));
  }
  close_model(&w);
}

/* the model of a text, opened */
static void open_text(world *w, const char *xml) {
  const char *path = "/tmp/duro-test-text.xml";
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(xml, file);
  fclose(file);
  open_model(w, path);
  unlink(path);
}

static bool has_row(const world *w, const char *name) {
  for (int i = 0; i < w->ops->n_settings; i++)
    if (strcmp(w->ops->settings[i].name, name) == 0) return true;
  return false;
}

/* names are unique for each kind only; the kind stands before a name only where two settings would be one */
static void kinds_may_share_names(void **state) {
  (void)state;
  world w;
  open_text(&w, "<mujoco><worldbody><body name='ball'><joint name='ball' type='slide' axis='1 0 0'/><geom size='.1'/>"
                "<site name='ball' pos='0 0 1'/><site name='tip' pos='0 0 2'/></body></worldbody>"
                "<actuator><motor name='ball' joint='ball'/><motor name='cost' joint='ball'/></actuator></mujoco>");
  static const char *const there[] = {"observe_ball",         "observe_ball_rate", "min_body_ball_height",
                                      "min_site_ball_height", "min_tip_height",    "force_ball_x",
                                      "control_ball",         "control_cost",      "control_actuator_cost"};
  static const char *const absent[] = {"observe_ball_height", "min_ball_height", "force_body_ball_x",
                                       "min_site_tip_height"};
  for (size_t i = 0; i < sizeof there / sizeof *there; i++)
    if (!has_row(&w, there[i])) fail_msg("no env.%s", there[i]);
  for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
    if (has_row(&w, absent[i])) fail_msg("there is env.%s", absent[i]);
  set(&w, SETTINGS("min_site_ball_height=0.5", "force_ball_x=1", "control_actuator_cost=0"));
  make(&w);
  assert_near(w.ops->constraint(w.env, (const double[]){0, 0}), 0.5, 1e-14); // the site, which lies 1 m high
  close_model(&w);
}

#define TEN "abcdefghij"
#define NINETY TEN TEN TEN TEN TEN TEN TEN TEN TEN

static void names_may_be_long_and_odd(void **state) {
  (void)state;
  world w;
  open_text(&w, "<mujoco><worldbody><body name='" NINETY "klmnop'><joint name='" NINETY "klmnoq' type='slide'/>"
                "<joint name='a b/c.d&#228;-' type='slide' axis='1 0 0'/><geom size='.1'/></body></worldbody>"
                "<actuator><motor name='" NINETY "klmnop' joint='" NINETY "klmnoq'/></actuator></mujoco>");
  char line[256];
  snprintf(line, sizeof line, "min_%s", NINETY "klmnop_height");
  assert_true(has_row(&w, line));
  assert_true(has_row(&w, "observe_a_b_c_d__-")); // a letter of two bytes
  set(&w, SETTINGS("min_a_b_c_d__-=-1", "eval_spread_" NINETY "klmnoq_rate=0.5", "force_" NINETY "klmnop_x=1"));
  make(&w);
  close_model(&w);
  refused_model("<mujoco><worldbody><body name='" NINETY
                "klmnopq'><joint name='a'/><geom size='.1'/></body></worldbody>" MOTOR "</mujoco>",
                "has 97 characters; wanted at most 96");
}

/* starts at a keyframe, by name or number; what the settings say of a start goes first */
static void keyframes_are_starts(void **state) {
  (void)state;
  static const char xml[] =
      "<mujoco><worldbody><body name='b'><joint name='a' type='slide' axis='1 0 0'/>"
      "<joint name='c' type='slide' axis='0 1 0' ref='0.25'/><geom size='.1'/></body></worldbody>" MOTOR
      "<keyframe><key name='home' qpos='1 2' qvel='3 4'/><key qpos='5 6'/></keyframe></mujoco>";
  static const struct {
    const char *keyframe;
    double start[4];
  } cases[] = {{"keyframe=", {0, 0.25, 0, 0}},
               {"keyframe=home", {1, 2, 3, 4}},
               {"keyframe=0", {1, 2, 3, 4}},
               {"keyframe=1", {5, 6, 0, 0}}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    world w;
    open_text(&w, xml);
    set(&w, SETTINGS("min_a=-99", "force_b_x=1", cases[i].keyframe, "spread_c=0.5"));
    if (i == 3) set(&w, SETTINGS("start_a=-7"));
    make(&w);
    for (uint64_t k = 0; k < 20; k++) {
      double x[4];
      duro_stream stream = test_stream(k);
      w.ops->reset(w.env, x, &stream, DURO_START_EVAL);
      assert_near(x[0], i == 3 ? -7 : cases[i].start[0], 0);
      for (int j = 1; j < 4; j++) assert_near(x[j], cases[i].start[j], 0);
      w.ops->reset(w.env, x, &stream, DURO_START_TRAIN);
      assert_near(x[1], cases[i].start[1], 0.5);
    }
    close_model(&w);
  }
  world w;
  open_text(&w, xml);
  set(&w, SETTINGS("min_a=-99", "force_b_x=1"));
  refused(&w, "keyframe=hom", "env.keyframe is 'hom'; wanted the name of a keyframe, as home, or 0 to 1");
  refused(&w, "keyframe=2", "or 0 to 1");
  close_model(&w);
  open_model(&w, DURO_SOURCE_DIR "/examples/pendulum.xml");
  assert_false(has_row(&w, "keyframe"));
  close_model(&w);
}

static void troubled(const char *xml, const char *words) {
  world w;
  open_text(&w, xml);
  set(&w, SETTINGS("min_a=-99", "force_b_x=1", "substeps=50"));
  make(&w);
  assert_null(duro_env_trouble(w.env));
  double x[4], x2[4];
  duro_stream stream = test_stream(0);
  duro_step out = {0};
  w.ops->reset(w.env, x, &stream, DURO_START_EVAL);
  for (int t = 0; t < 50 && !isnan(out.h); t++) {
    duro_env_step(w.env, w.worker, x2, &out, x, (const double[]){1}, (const double[]){1});
    memcpy(x, x2, sizeof x);
  }
  assert_true(isnan(out.h) && isnan(out.r) && isnan(x2[0]));
  const char *why = duro_env_trouble(w.env);
  assert_non_null(why);
  if (!strstr(why, words) || !strstr(why, mj_versionString())) fail_msg("'%s'; wanted '%s'", why, words);
  close_model(&w);
}

/* what MuJoCo only warns about comes out as numbers that are not finite, and why */
static void full_buffers_are_said(void **state) {
  (void)state;
#define BOX                                                                                                            \
  "<worldbody><geom type='plane' size='5 5 .1'/><body name='b' pos='0 0 .0999'>"                                       \
  "<joint name='a' type='slide' axis='1 0 0'/><joint type='slide' axis='0 0 1'/>"                                      \
  "<geom type='box' size='.1 .1 .1' mass='1'/></body></worldbody>" MOTOR
#if mjVERSION_HEADER < 230
  troubled("<mujoco><size nconmax='1' njmax='500'/>" BOX "</mujoco>", "contacts was full (nconmax=\"1\")");
  troubled("<mujoco><size nconmax='100' njmax='3'/>" BOX "</mujoco>", "constraints was full (njmax=\"3\")");
#else
  troubled("<mujoco><size memory='4K'/>" BOX "</mujoco>", "full");
#endif
  troubled("<mujoco><option timestep='0.5'/><worldbody><body name='b'><joint name='a' type='slide' stiffness='1e6'/>"
           "<joint type='slide' axis='1 0 0'/><geom size='.1'/></body></worldbody>" MOTOR "</mujoco>",
           "of the joint a: the simulation is unstable");
}

/* a figure of seventeen motors: it steps, from its keyframe too, and its motion is MuJoCo's */
static void a_figure_has_many_motors(void **state) {
  (void)state;
  world w;
  open_model(&w, DURO_SOURCE_DIR "/tests/data/humanoid.xml");
  set(&w, SETTINGS("min_torso_height=0.8", "force_torso_x=50", "force_left_shin_y=10", "keyframe=crouch",
                   "spread_waist_y=0.05"));
  make(&w);
  const duro_env_spec *s = &w.env->spec;
  assert_true(s->nx == 47 && s->no == 47 && s->nu == 17 && s->na == 2);
  double u[17], a[2] = {0.5, -1}, x[47], x2[47];
  for (int i = 0; i < 17; i++) u[i] = (i % 5 - 2) / 2.0;
  duro_stream stream = test_stream(1);
  duro_step out;
  w.ops->reset(w.env, x, &stream, DURO_START_TRAIN);
  char error[500];
  mjModel *m = mj_loadXML(DURO_SOURCE_DIR "/tests/data/humanoid.xml", NULL, error, (int)sizeof error);
  assert_non_null(m);
  mjData *d = mj_makeData(m);
  for (int t = 0; t < 20; t++) {
    duro_env_step(w.env, w.worker, x2, &out, x, u, a);
    mj_resetData(m, d);
    memcpy(d->qpos, x, 24 * sizeof *x);
    memcpy(d->qvel, x + 24, 23 * sizeof *x);
    for (int i = 0; i < 17; i++) d->ctrl[i] = 0.4 * u[i];
    d->xfrc_applied[6 * mj_name2id(m, mjOBJ_BODY, "torso")] = 25;
    d->xfrc_applied[6 * mj_name2id(m, mjOBJ_BODY, "left_shin") + 1] = -10;
    mj_step(m, d);
    for (int i = 0; i < 24; i++) assert_near(x2[i], d->qpos[i], 1e-12); // half the range is rounded
    for (int i = 0; i < 23; i++) assert_near(x2[24 + i], d->qvel[i], 1e-9);
    memcpy(x, x2, sizeof x);
  }
  mj_deleteData(d);
  mj_deleteModel(m);
  close_model(&w);
}

/* the example's configuration with characters changed, left out, doubled and swapped: a message or a valid environment
 */
static void mutated_configurations_do_no_harm(void **state) {
  (void)state;
  static char good[8192], text[8192];
  FILE *file = fopen(DURO_SOURCE_DIR "/examples/pendulum.yaml", "r");
  assert_non_null(file);
  size_t whole = fread(good, 1, sizeof good - 1, file);
  fclose(file);
  char *begin = strstr(good, "env:"), *end = strstr(good, "train:"); // the group that is ours
  assert_non_null(begin);
  assert_non_null(end);
  assert_true(whole > 0);
  const size_t length = (size_t)(end - begin);
  static const char pieces[] = "0123456789-+.e:# \n\t\"'[]{}&*!|>%@_abcxyz\x80\xff";
  world w;
  open_model(&w, DURO_SOURCE_DIR "/examples/pendulum.xml");
  int valid = 0, silent = 0;
  for (uint64_t k = 0; k < 4000; k++) {
    duro_stream stream = test_stream(k);
    memcpy(text, begin, length);
    size_t n = length;
    for (int i = 0; i < 1 + (int)(k % 4); i++) {
      const size_t at = duro_stream_below(&stream, (uint32_t)n - 1);
      const uint32_t how = duro_stream_below(&stream, 4);
      if (how == 0) memmove(text + at, text + at + 1, --n - at);
      if (how == 1) memmove(text + at + 1, text + at, n++ - at);
      if (how == 2) text[at] = text[duro_stream_below(&stream, (uint32_t)n)];
      if (how == 3) text[at] = pieces[duro_stream_below(&stream, sizeof pieces - 1)];
    }
    duro_settings_default(&w.group);
    duro_env *env = NULL;
    duro_status status = duro_settings_parse(&w.group, 1, text, n, "mutant.yaml");
    if (!status) status = duro_env_create(&env, w.ops, w.settings);
    if (status) {
      silent += strlen(duro_error()) == 0 || strchr(duro_error(), '\n') != NULL;
      continue;
    }
    double x[2], x2[2], u = 1, a[DURO_MAX_ACTION] = {0};
    float obs[DURO_MAX_OBS];
    duro_step out;
    void *worker = make_worker(env);
    env->ops->reset(env, x, &stream, DURO_START_TRAIN);
    env->ops->observe(env, obs, x);
    if (env->spec.dt < 10) duro_env_step(env, worker, x2, &out, x, &u, a); // thousands of substeps take their time
    duro_env_worker_destroy(env, worker);
    duro_env_destroy(env);
    valid++;
  }
  assert_int_equal(silent, 0);
  assert_true(valid > 400 && valid < 3600);
  close_model(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_can_be_the_cart_pole),
      cmocka_unit_test(the_task_follows_the_settings),
      cmocka_unit_test(players_reach_the_model),
      cmocka_unit_test(messages_name_what_is_wrong),
      cmocka_unit_test(models_that_cannot_be_are_refused),
      cmocka_unit_test(poses_are_mujocos),
      cmocka_unit_test(free_joints_start_well),
      cmocka_unit_test(kinds_may_share_names),
      cmocka_unit_test(names_may_be_long_and_odd),
      cmocka_unit_test(keyframes_are_starts),
      cmocka_unit_test(full_buffers_are_said),
      cmocka_unit_test(a_figure_has_many_motors),
      cmocka_unit_test(mutated_configurations_do_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
static void says_that_it_is_missing(void **state) {
  (void)state;
  const duro_env_ops *ops;
  assert_int_equal(duro_env_open(&ops, DURO_SOURCE_DIR "/examples/pendulum.xml", NULL), DURO_ERROR_MISSING);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(says_that_it_is_missing)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif

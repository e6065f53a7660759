/* A planar walker in MuJoCo: models/walker2d.xml with the settings patched in. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "env/builtin.h"
#include "env/draw.h"
#include "env/facts.h"
#include "env/game.h"
#include "env/mujoco_world.h"
#include "models/walker2d.h"

enum { NQ = 9, NX = 2 * NQ, NO = NX - 1, NU = 6 };
enum { X = 0, Z = 1, ANGLE = 2, LEGS = 3, SPEED = NQ }; // states; hinges of the legs from LEGS on
enum { TORSO = 1 };                                     // body of the model

#define STAND 1.25 // m, height of the torso when it stands

#define ROWS(X)                                                                                                        \
  X(REAL, gear, 100, 0, 1e6, NULL, "N m", "Torque of each joint at u = 1.")                                            \
  X(REAL, disturbance, 5, 0, 1e6, NULL, "N", "Force on the torso at a = 1, forward and upward.")                       \
  X(REAL, substep, 0.002, 1e-6, 1, NULL, "s", "Length of a Runge-Kutta step.")                                         \
  X(INT, substeps, 4, 1, 1000, NULL, "", "Runge-Kutta steps in a step.")                                               \
  X(INT, horizon, 1000, 1, 1000000, NULL, "steps", "Length of an evaluation episode.")                                 \
  X(REAL, safe_low, 0.8, 0, 1.249, NULL, "m", "Safe while the torso is at least this high.")                           \
  X(REAL, safe_high, 2, 1.251, 1e3, NULL, "m", "Safe while the torso is at most this high.")                           \
  X(REAL, safe_angle, 1, 1e-6, 3.2, NULL, "rad", "Safe while the torso leans at most this much.")                      \
  X(REAL, speed_limit, 0, 0, 1e3, NULL, "m/s",                                                                         \
    "Safe while the torso is at most this fast; passing it does not end the episode. 0: no limit.")                    \
  X(REAL, forward_weight, 1, 0, 1e6, NULL, "s/m", "Reward of a speed of 1 m/s, over the step.")                        \
  X(REAL, alive, 1, 0, 1e6, NULL, "", "Reward of a step that does not fail.")                                          \
  X(REAL, control_cost, 0.001, 0, 1e6, NULL, "", "Weight of sum u^2 in the reward.")                                   \
  X(REAL, reset_noise, 0.005, 0, 0.1, NULL, "", "Training starts: standing, each state off by at most this.")          \
  X(REAL, eval_noise, 0.005, 0, 0.1, NULL, "", "The same of evaluation starts.")                                       \
  X(REAL, damping, 0.1, 0, 1e6, NULL, "N m s/rad", "Damping of the joints.")                                           \
  X(REAL, gravity, 9.81, 0, 1e3, NULL, "m/s^2", "Gravity.")

typedef struct walker_settings {
  ROWS(DURO_SETTINGS_FIELD)
} walker_settings;

#define DURO_SETTINGS_OF walker_settings
static const duro_setting rows[] = {ROWS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

static const char *const names[NX] = {"x",
                                      "z",
                                      "angle",
                                      "hip_right",
                                      "knee_right",
                                      "ankle_right",
                                      "hip_left",
                                      "knee_left",
                                      "ankle_left",
                                      "x_rate",
                                      "z_rate",
                                      "angle_rate",
                                      "hip_right_rate",
                                      "knee_right_rate",
                                      "ankle_right_rate",
                                      "hip_left_rate",
                                      "knee_left_rate",
                                      "ankle_left_rate"};
static const char *const units[NX] = {"m",   "m",   "rad",   "rad",   "rad",   "rad",   "rad",   "rad",   "rad",
                                      "m/s", "m/s", "rad/s", "rad/s", "rad/s", "rad/s", "rad/s", "rad/s", "rad/s"};
/* where a walk stays; hips and knees bend one way */
static const double low[NX] = {-10, 0.7, -1.1, -2.6, -2.6, -0.8, -2.6, -2.6, -0.8,
                               -5,  -5,  -10,  -10,  -10,  -10,  -10,  -10,  -10};
static const double high[NX] = {10, 2.1, 1.1, 0, 0, 0.8, 0, 0, 0.8, 5, 5, 10, 10, 10, 10, 10, 10, 10};

static duro_status patch(mjModel *m, const walker_settings *s) {
  m->opt.timestep = s->substep;
  m->opt.gravity[2] = -s->gravity;
  for (int i = 0; i < NU; i++) {
    m->actuator_gear[6 * i] = s->gear;
    m->dof_damping[LEGS + i] = s->damping;
  }
  return mujoco_refresh(m);
}

static void w_destroy(duro_env *env) {
  mj_deleteModel(env->shared);
}

static duro_status w_create(duro_env *env) {
  const walker_settings *s = env->settings;
  mjModel *model;
  duro_status status = mujoco_load(&model, "walker2d.xml", model_walker2d, sizeof model_walker2d);
  if (status) return status;
  status = patch(model, s);
  if (status) {
    mj_deleteModel(model);
    return status;
  }
  env->shared = model;
  env->spec = (duro_env_spec){.nx = NX,
                              .no = NO,
                              .nu = NU,
                              .na = 2,
                              .horizon = (int)s->horizon,
                              .dt = s->substep * (double)s->substeps,
                              .h_scale = 1.0,
                              .x_names = names,
                              .x_units = units,
                              .x_low = low,
                              .x_high = high,
                              .slice = {Z, ANGLE},
                              .h_needs = 1u << Z | 1u << ANGLE | (s->speed_limit > 0.0 ? 1u << SPEED : 0u)};
  return DURO_OK;
}

static duro_status w_worker_create(const duro_env *env, void **worker) {
  mjData *data;
  const duro_status status = mujoco_data(&data, env->shared);
  *worker = data;
  return status;
}

static void w_worker_destroy(void *worker) {
  mj_deleteData(worker);
}

static void w_reset(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  const walker_settings *s = env->settings;
  const double noise = start == DURO_START_EVAL ? s->eval_noise : s->reset_noise;
  for (int i = 0; i < NX; i++) x[i] = env_around_zero(stream, noise);
  x[Z] += STAND;
}

/* all but the place, speeds clipped to 10 */
static void w_observe(const duro_env *env, float *obs, const double *x) {
  (void)env;
  for (int i = 1; i < NQ; i++) obs[i - 1] = (float)x[i];
  for (int i = NQ; i < NX; i++) obs[i - 1] = (float)(x[i] < -10.0 ? -10.0 : x[i] > 10.0 ? 10.0 : x[i]);
}

/* upright and off the floor: 1 when standing, ends the episode below 0 */
static double balance(const walker_settings *s, const double *x) {
  const double height =
      env_min((x[Z] - s->safe_low) / (STAND - s->safe_low), (s->safe_high - x[Z]) / (s->safe_high - STAND));
  return env_min(height, 1.0 - fabs(x[ANGLE]) / s->safe_angle);
}

static double w_constraint(const duro_env *env, const double *x) {
  const walker_settings *s = env->settings;
  const double h = balance(s, x);
  return s->speed_limit > 0.0 ? env_min(h, 1.0 - x[SPEED] / s->speed_limit) : h;
}

static void w_judge(const duro_env *env, double *x2, duro_step *out, const double *x, const double *u) {
  const walker_settings *s = env->settings;
  const bool failed = balance(s, x2) < 0.0;
  double effort = 0.0;
  for (int i = 0; i < NU; i++) effort += u[i] * u[i];
  out->r = s->forward_weight * (x2[X] - x[X]) / env->spec.dt - s->control_cost * effort;
  if (!failed) out->r += s->alive;
  out->h = w_constraint(env, x2);
  out->end = failed ? DURO_TERMINATED : DURO_RUNNING;
}

static void w_step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                   const double *a) {
  assert(worker);
  const walker_settings *s = env->settings;
  const mjModel *model = env->shared;
  mjData *data = worker;
  if (!env_all_finite(x, NX) || !env_all_finite(u, NU) || !env_all_finite(a, 2)) {
    env_not_finite(x2, out, NX);
    return;
  }
  mujoco_clear(model, data);
  mujoco_write(model, data, x);
  memcpy(data->ctrl, u, NU * sizeof *u);
  data->xfrc_applied[6 * TORSO] = s->disturbance * a[0];     // N, forward
  data->xfrc_applied[6 * TORSO + 2] = s->disturbance * a[1]; // N, upward
  const bool good = mujoco_advance(model, data, s->substeps);
  mujoco_read(model, data, x2);
  if (good && env_all_finite(x2, NX))
    w_judge(env, x2, out, x, u);
  else
    env_not_finite(x2, out, NX);
}

static const void *w_model(const duro_env *env) {
  return env->shared;
}

/* the heights between which the torso is to stay, and the force on it */
static void w_marks(const duro_env *env, duro_drawing *d, const duro_moment *now) {
  const walker_settings *s = env->settings;
  const double *x = now->path + now->t * NX, wide = 1.5;
  draw_view(d, x[X] - wide, x[X] + wide, 0, 2 * wide);
  draw_line(d, DRAW_GUIDE, DRAW_EDGE, x[X] - wide, s->safe_low, x[X] + wide, s->safe_low);
  draw_line(d, DRAW_GUIDE, DRAW_EDGE, x[X] - wide, s->safe_high, x[X] + wide, s->safe_high);
  draw_arrow(d, DRAW_PUSH, x[X], x[Z], 0.5 * now->a[0], 0.5 * now->a[1]);
}

static void w_facts(const duro_env *env, duro_facts *f) {
  const walker_settings *s = env->settings;
  text_add(&f->control, "torque at each of six joints, as shares of its actuator's range");
  text_add(&f->disturbance, "force on the torso, up to %.4g N forwards or backwards and as much up or down",
           s->disturbance);
  facts_between(f, env, Z, s->safe_low, s->safe_high);
  facts_within(f, env, ANGLE, s->safe_angle);
  if (s->speed_limit > 0.0) facts_between(f, env, SPEED, -INFINITY, s->speed_limit);
}

const duro_env_ops duro_walker2d = {
    .name = "walker2d",
    .title = "walk fast on two legs without falling; in MuJoCo",
    .settings = rows,
    .n_settings = sizeof rows / sizeof *rows,
    .settings_size = sizeof(walker_settings),
    .create = w_create,
    .destroy = w_destroy,
    .worker_create = w_worker_create,
    .worker_destroy = w_worker_destroy,
    .reset = w_reset,
    .observe = w_observe,
    .constraint = w_constraint,
    .step = w_step,
    .model = w_model,
    .marks = w_marks,
    .facts = w_facts,
};

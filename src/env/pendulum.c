/* An inverted pendulum whose motor is too weak to hold it at the edge of the constraint: the textbook barrier. */
#include <math.h>
#include <stddef.h>

#include "base/error.h"
#include "base/math.h"
#include "base/memory.h"
#include "env/builtin.h"
#include "env/draw.h"
#include "env/game.h"

enum { ROUND = 32 }; // points of an arc in pictures
enum { NX = 2 };     // theta, theta rate

#define ROWS(X)                                                                                                        \
  X(REAL, dt, 0.05, 1e-6, 1, NULL, "s", "Length of a step, one Runge-Kutta step of fourth order.")                     \
  X(REAL, mass, 1, 1e-6, 1e6, NULL, "kg", "Mass of the rod.")                                                          \
  X(REAL, length, 1, 1e-6, 1e6, NULL, "m", "Length of the rod.")                                                       \
  X(REAL, gravity, 10, 0, 1e3, NULL, "m/s^2", "Gravity.")                                                              \
  X(REAL, control, 2, 0, 1e6, NULL, "N m", "Torque at u = 1.")                                                         \
  X(REAL, disturbance, 0.5, 0, 1e6, NULL, "N m", "Torque at a = 1.")                                                   \
  X(REAL, safe_angle, 0.6, 1e-6, 1.5, NULL, "rad", "Safe while abs theta is at most this.")                            \
  X(REAL, fail_angle, 0.9, 1e-6, 3.1, NULL, "rad", "The episode fails when abs theta exceeds this.")                   \
  X(REAL, fail_rate, 4, 1e-6, 1e3, NULL, "rad/s", "The episode fails when the rate of theta exceeds this.")            \
  X(REAL, target, 0.35, -3.1, 3.1, NULL, "rad", "Where the pendulum should lean: it costs abs(theta - target).")       \
  X(REAL, alive, 1.5, 0, 1e6, NULL, "", "Reward of a step at the target; too small a number makes falling pay.")       \
  X(REAL, control_cost, 0.01, 0, 1e6, NULL, "", "Weight of u^2 in the reward.")                                        \
  X(REAL, reset_theta, 0.5, 0, 1.5, NULL, "rad", "Training starts: uniform within plus and minus this.")               \
  X(REAL, reset_rate, 2, 0, 1e3, NULL, "rad/s", "The same of the rate of theta.")                                      \
  X(REAL, eval_disturbance, 0.7, 0, 1e6, NULL, "N m",                                                                  \
    "Evaluation starts are safe against so large a torque, on an angle eval_margin smaller.")                          \
  X(REAL, eval_margin, 0.1, 0, 1.5, NULL, "rad", "See eval_disturbance.")                                              \
  X(INT, horizon, 200, 1, 1000000, NULL, "steps", "Length of an evaluation episode.")

typedef struct pendulum_settings {
  ROWS(DURO_SETTINGS_FIELD)
} pendulum_settings;

#define DURO_SETTINGS_OF pendulum_settings
static const duro_setting rows[] = {ROWS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

typedef struct pendulum_shared {
  double fall, push; // rad/s^2: of gravity, lying flat; of 1 N m
  double low[NX], high[NX];
} pendulum_shared;

static const char *const names[] = {"theta", "theta_rate"};
static const char *const units[] = {"rad", "rad/s"};

static duro_status check(const pendulum_settings *s) {
  if (s->safe_angle > s->fail_angle)
    return duro_fail(DURO_ERROR_ARGUMENT, "env.safe_angle is %g; wanted at most env.fail_angle, %g", s->safe_angle,
                     s->fail_angle);
  if (s->reset_theta >= s->safe_angle)
    return duro_fail(DURO_ERROR_ARGUMENT, "env.reset_theta is %g; wanted less than env.safe_angle, %g", s->reset_theta,
                     s->safe_angle);
  if (s->reset_rate > s->fail_rate)
    return duro_fail(DURO_ERROR_ARGUMENT, "env.reset_rate is %g; wanted at most env.fail_rate, %g", s->reset_rate,
                     s->fail_rate);
  if (s->eval_margin >= s->safe_angle)
    return duro_fail(DURO_ERROR_ARGUMENT, "env.eval_margin is %g; wanted less than env.safe_angle, %g", s->eval_margin,
                     s->safe_angle);
  return DURO_OK;
}

/* deceleration of full braking against the torque d; none where d is the stronger */
static double braking(const pendulum_settings *s, const pendulum_shared *shared, double d) {
  return s->control > d ? shared->push * (s->control - d) : 0.0;
}

/* angle at which a swing outwards has to turn: where braking balances gravity, or at the limit */
static double turning(const pendulum_shared *shared, double brake, double limit) {
  const double sine = brake / shared->fall;
  const double balance = sine < 1.0 ? m_atan2(sine, sqrt(1.0 - sine * sine)) : limit;
  return balance < limit ? balance : limit;
}

/* half the square of the rate that full braking takes between theta and `turn`; braking conserves
 *   rate^2/2 + fall cos theta + brake theta */
static double spare(const pendulum_shared *shared, double brake, double turn, double theta) {
  return shared->fall * (m_cos(turn) - m_cos(theta)) + brake * (turn - theta);
}

/* largest rate in the set of an unlimited rate: at one edge, swinging to the other */
static double fastest(const pendulum_settings *s, const pendulum_shared *shared) {
  const double brake = braking(s, shared, s->disturbance);
  return sqrt(2.0 * spare(shared, brake, turning(shared, brake, s->safe_angle), -s->safe_angle));
}

static duro_status pendulum_create(duro_env *env) {
  const pendulum_settings *s = env->settings;
  const duro_status status = check(s);
  if (status) return status;
  pendulum_shared *shared = duro_allocate(sizeof *shared);
  if (!shared) return DURO_ERROR_MEMORY;
  shared->fall = 1.5 * s->gravity / s->length;
  shared->push = 3.0 / (s->mass * s->length * s->length);
  const double rate = fastest(s, shared);
  if (rate > s->fail_rate) {
    duro_release(shared);
    return duro_fail(DURO_ERROR_ARGUMENT, "env.fail_rate is %g; wanted at least that of the safe set, %g", s->fail_rate,
                     rate);
  }
  const double edge[NX] = {s->safe_angle * 1.1, s->fail_rate};
  for (int i = 0; i < NX; i++) {
    shared->low[i] = -edge[i];
    shared->high[i] = edge[i];
  }
  env->shared = shared;
  env->spec = (duro_env_spec){.nx = NX,
                              .no = NX,
                              .nu = 1,
                              .na = 1,
                              .horizon = (int)s->horizon,
                              .dt = s->dt,
                              .h_scale = s->safe_angle,
                              .x_names = names,
                              .x_units = units,
                              .x_low = shared->low,
                              .x_high = shared->high,
                              .slice = {0, 1},
                              .h_needs = 3};
  return DURO_OK;
}

static void pendulum_destroy(duro_env *env) {
  duro_release(env->shared);
}

/* Is a swing towards theta > 0 stopped at `limit` at most, against the torque d? It must turn before `turn`; beyond,
 * gravity wins, and the rod has to come back fast enough to pass that place. */
static bool stops(const pendulum_settings *s, const pendulum_shared *shared, double theta, double rate, double d,
                  double limit) {
  const double brake = braking(s, shared, d), turn = turning(shared, brake, limit);
  if (brake <= 0.0 || theta > limit) return false;
  const double energy = 0.5 * rate * rate, bound = spare(shared, brake, turn, theta);
  return theta <= turn ? rate <= 0.0 || energy <= bound : rate < 0.0 && energy >= bound;
}

static bool inside(const duro_env *env, const double *x, double d, double limit) {
  const pendulum_settings *s = env->settings;
  return stops(s, env->shared, x[0], x[1], d, limit) && stops(s, env->shared, -x[0], -x[1], d, limit);
}

/* uniform; to evaluate, uniform in the set that is safe against a stronger torque (upright if none is found) */
static void pendulum_reset(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  const pendulum_settings *s = env->settings;
  const bool train = start == DURO_START_TRAIN;
  for (int trial = 0; trial < 1000; trial++) {
    x[0] = env_around_zero(stream, train ? s->reset_theta : s->safe_angle);
    x[1] = env_around_zero(stream, train ? s->reset_rate : env->spec.x_high[1]);
    if (train || inside(env, x, s->eval_disturbance, s->safe_angle - s->eval_margin)) return;
  }
  x[0] = x[1] = 0.0;
}

static void pendulum_observe(const duro_env *env, float *obs, const double *x) {
  (void)env;
  obs[0] = (float)x[0];
  obs[1] = (float)x[1];
}

static double pendulum_constraint(const duro_env *env, const double *x) {
  return ((const pendulum_settings *)env->settings)->safe_angle - fabs(x[0]);
}

/* a rod about its end: mass length^2/3 thetadd = mass gravity length/2 sin theta + torque */
static double acceleration(const pendulum_shared *shared, double theta, double drive) {
  return shared->fall * m_sin(theta) + drive;
}

/* one classical Runge-Kutta step of fourth order; drive in rad/s^2 */
static void runge_kutta(const pendulum_shared *shared, double *x2, const double *x, double dt, double drive) {
  const double half = 0.5 * dt;
  const double v1 = x[1], a1 = acceleration(shared, x[0], drive);
  const double v2 = x[1] + half * a1, a2 = acceleration(shared, x[0] + half * v1, drive);
  const double v3 = x[1] + half * a2, a3 = acceleration(shared, x[0] + half * v2, drive);
  const double v4 = x[1] + dt * a3, a4 = acceleration(shared, x[0] + dt * v3, drive);
  x2[0] = x[0] + dt / 6.0 * (v1 + 2.0 * (v2 + v3) + v4);
  x2[1] = x[1] + dt / 6.0 * (a1 + 2.0 * (a2 + a3) + a4);
}

static void pendulum_any_step(ENV_STEP_ARGUMENTS) {
  (void)worker;
  const pendulum_settings *s = env->settings;
  const pendulum_shared *shared = env->shared;
  runge_kutta(shared, x2, x, s->dt, shared->push * (s->control * u[0] + s->disturbance * a[0]));
  if (!env_all_finite(x2, NX)) {
    env_not_finite(x2, out, NX);
    return;
  }
  out->r = s->alive - fabs(x2[0] - s->target) - s->control_cost * u[0] * u[0];
  out->h = pendulum_constraint(env, x2);
  out->end = fabs(x2[0]) > s->fail_angle || fabs(x2[1]) > s->fail_rate ? DURO_TERMINATED : DURO_RUNNING;
}

ENV_STEP(pendulum_step, pendulum_any_step)

/* the rod between the edges of the constraint; torques as pushes of its end */
static void pendulum_draw(const duro_env *env, duro_drawing *d, const duro_moment *now) {
  const pendulum_settings *s = env->settings;
  const double *x = now->path + now->t * NX, l = s->length, strength = 0.5 * l / (s->control + s->disturbance + 1e-9);
  double sine, cosine, wedge[ROUND + 2][2] = {{0, 0}};
  draw_view(d, -l, l, -0.15 * l, 1.25 * l);
  for (int i = 0; i <= ROUND; i++) {
    m_sincos(s->safe_angle * (2.0 * i / ROUND - 1.0), &sine, &cosine);
    wedge[i + 1][0] = 1.1 * l * sine;
    wedge[i + 1][1] = 1.1 * l * cosine;
  }
  draw_path(d, DRAW_AREA, DRAW_FREE, (const double(*)[2])wedge, ROUND + 2);
  draw_line(d, DRAW_GUIDE, DRAW_EDGE, 0, 0, wedge[1][0], wedge[1][1]);
  draw_line(d, DRAW_GUIDE, DRAW_EDGE, 0, 0, wedge[ROUND + 1][0], wedge[ROUND + 1][1]);
  m_sincos(s->target, &sine, &cosine);
  draw_line(d, DRAW_GUIDE, DRAW_TARGET, 0, 0, 1.05 * l * sine, 1.05 * l * cosine);
  draw_label(d, DRAW_TARGET, 1.12 * l * sine, 1.12 * l * cosine, "target");
  m_sincos(x[0], &sine, &cosine);
  draw_line(d, DRAW_BEAM, DRAW_BODY, 0, 0, l * sine, l * cosine);
  draw_dot(d, DRAW_GROUND, 0, 0);
  const double control = strength * s->control * now->u[0], push = strength * s->disturbance * now->a[0];
  draw_arrow(d, DRAW_CONTROL, l * sine, l * cosine, control * cosine, -control * sine);
  draw_arrow(d, DRAW_PUSH, 0.8 * l * sine, 0.8 * l * cosine, push * cosine, -push * sine);
}

const duro_env_ops duro_pendulum = {
    .name = "pendulum",
    .title = "hold a leaning rod with a motor too weak to lift it back from the edge",
    .settings = rows,
    .n_settings = sizeof rows / sizeof *rows,
    .settings_size = sizeof(pendulum_settings),
    .create = pendulum_create,
    .destroy = pendulum_destroy,
    .reset = pendulum_reset,
    .observe = pendulum_observe,
    .constraint = pendulum_constraint,
    .step = pendulum_step,
    .draw = pendulum_draw,
};

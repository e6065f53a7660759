/* An inverted pendulum whose motor is too weak to hold it at the edge of the constraint: the textbook barrier. */
#include <math.h>
#include <stddef.h>

#include "base/error.h"
#include "base/math.h"
#include "base/memory.h"
#include "env/builtin.h"
#include "env/draw.h"
#include "env/facts.h"
#include "env/formula_build.h"
#include "env/motions.h"
#include "env/pendulum.h"

enum { ROUND = 32 }; // points of an arc in pictures

#define DURO_SETTINGS_OF pendulum_settings
static const duro_setting rows[] = {PENDULUM_ROWS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

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

MOTIONS(pendulum)
MOTION_RATES(pendulum)

static duro_status pendulum_formula(const duro_env *env, duro_formula *f) {
  const pendulum_settings *s = env->settings;
  const pendulum_shared *shared = env->shared;
  const double reach[3] = {0.5 * s->dt, 0.5 * s->dt, s->dt};
  const int theta = duro_formula_x(f, 0), rate = duro_formula_x(f, 1);
  const int u = f_scale(f, s->control, duro_formula_u(f, 0));
  const int torque = f_axpy(f, u, s->disturbance, duro_formula_a(f, 0));
  const int drive = f_scale(f, shared->push, torque);
  int v[4], a[4], at = theta;
  v[0] = rate;
  for (int k = 0;; k++) {
    a[k] = f_axpy(f, drive, shared->fall, duro_formula_apply(f, DURO_F_SIN, at, 0));
    if (k == 3) break;
    v[k + 1] = f_axpy(f, rate, reach[k], a[k]);
    at = f_axpy(f, theta, reach[k], v[k]);
  }
  f->next[0] = f_runge_kutta(f, theta, s->dt, v);
  f->next[1] = f_runge_kutta(f, rate, s->dt, a);
  duro_formula_constrain(f, f_within(f, s->safe_angle, theta));
  return DURO_OK;
}

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

static void pendulum_facts(const duro_env *env, duro_facts *f) {
  const pendulum_settings *s = env->settings;
  text_add(&f->control, "torque at the hinge, up to %.4g N m either way", s->control);
  text_add(&f->disturbance, "torque at the hinge, up to %.4g N m either way", s->disturbance);
  facts_within(f, env, 0, s->safe_angle);
  facts_mark(f, 0, FACT_TARGET, s->target);
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
    MOTION_OPS,
    .rates = one_rate,
    .formula = pendulum_formula,
    .draw = pendulum_draw,
    .facts = pendulum_facts,
};

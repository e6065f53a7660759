/* A 1:43 car that is to race along a narrow track. Single-track model with the car and tyres of Liniger, Domahidi and
 * Morari, Optimization-based autonomous racing of 1:43 scale RC cars, OCAM 36(5), 2015. */
#include <math.h>
#include <stddef.h>

#include "base/error.h"
#include "base/math.h"
#include "base/memory.h"
#include "env/builtin.h"
#include "env/draw.h"
#include "env/game.h"

enum { NX = 6, NO = 11, N_AHEAD = 6 }; // s, ey, epsi, vx, vy, r
#define PI 3.141592653589793

#define ROWS(X)                                                                                                        \
  X(REAL, mass, 0.041, 1e-6, 1e6, NULL, "kg", "Mass.")                                                                 \
  X(REAL, inertia, 27.8e-6, 1e-12, 1e6, NULL, "kg m^2", "Inertia about the vertical.")                                 \
  X(REAL, front, 0.029, 1e-6, 1e3, NULL, "m", "Front axle, ahead of the centre.")                                      \
  X(REAL, rear, 0.033, 1e-6, 1e3, NULL, "m", "Rear axle, behind the centre.")                                          \
  X(REAL, motor_1, 0.287, 0, 1e6, NULL, "N", "Drive is (motor_1 - motor_2 vx) duty - drag_0 - drag_2 vx^2.")           \
  X(REAL, motor_2, 0.0545, 1e-6, 1e6, NULL, "N s/m", "See motor_1.")                                                   \
  X(REAL, drag_0, 0.0518, 0, 1e6, NULL, "N", "See motor_1.")                                                           \
  X(REAL, drag_2, 0.00035, 0, 1e6, NULL, "N s^2/m^2", "See motor_1.")                                                  \
  X(REAL, front_b, 2.579, 0, 1e3, NULL, "", "Front tyre: force D sin(C atan(B slip)).")                                \
  X(REAL, front_c, 1.2, 0, 1e3, NULL, "", "See front_b.")                                                              \
  X(REAL, front_d, 0.192, 0, 1e6, NULL, "N", "See front_b.")                                                           \
  X(REAL, rear_b, 3.3852, 0, 1e3, NULL, "", "Rear tyre, in the same way.")                                             \
  X(REAL, rear_c, 1.2691, 0, 1e3, NULL, "", "See rear_b.")                                                             \
  X(REAL, rear_d, 0.1737, 0, 1e6, NULL, "N", "See rear_b.")                                                            \
  X(REAL, steering, 0.35, 0, 1.5, NULL, "rad", "Steering angle at u0 = 1.")                                            \
  X(REAL, duty_mean, 0.45, -1, 1, NULL, "", "Duty of the motor is duty_mean + duty_range u1.")                         \
  X(REAL, duty_range, 0.55, 0, 2, NULL, "", "See duty_mean.")                                                          \
  X(REAL, disturbance, 0.03, 0, 1e6, NULL, "N", "Lateral force at each axle at a = 1.")                                \
  X(REAL, substep, 0.005, 1e-6, 1, NULL, "s", "Length of a Runge-Kutta step of fourth order.")                         \
  X(INT, substeps, 4, 1, 1000, NULL, "", "Runge-Kutta steps in a step.")                                               \
  X(REAL, straight, 1.5, 1e-3, 1e3, NULL, "m", "Length of each of the two straights.")                                 \
  X(REAL, bend, 0.6, 1e-3, 1e3, NULL, "m", "Radius of the two half circles, to the left.")                             \
  X(REAL, safe_width, 0.14, 1e-6, 1e3, NULL, "m", "Safe while abs ey is at most this.")                                \
  X(REAL, fail_width, 0.185, 1e-6, 1e3, NULL, "m", "The episode fails when abs ey exceeds this.")                      \
  X(REAL, fail_speed, 0.15, 0, 1e3, NULL, "m/s", "The episode fails when vx is below this.")                           \
  X(REAL, steering_cost, 0.01, 0, 1e6, NULL, "", "Weight of u0^2 in the reward.")                                      \
  X(REAL, reset_ey, 0.07, 0, 1e3, NULL, "m", "Training starts: uniform within plus and minus this.")                   \
  X(REAL, reset_epsi, 0.1, 0, 1.5, NULL, "rad", "The same of epsi.")                                                   \
  X(REAL, reset_low, 0.8, 0, 1e3, NULL, "m/s", "Training starts: smallest vx.")                                        \
  X(REAL, reset_high, 1.5, 0, 1e3, NULL, "m/s", "Training starts: largest vx.")                                        \
  X(REAL, eval_ey, 0.05, 0, 1e3, NULL, "m", "Evaluation starts: uniform within plus and minus this.")                  \
  X(REAL, eval_epsi, 0.1, 0, 1.5, NULL, "rad", "The same of epsi.")                                                    \
  X(REAL, eval_low, 0.8, 0, 1e3, NULL, "m/s", "Evaluation starts: smallest vx.")                                       \
  X(REAL, eval_high, 1.5, 0, 1e3, NULL, "m/s", "Evaluation starts: largest vx.")                                       \
  X(INT, horizon, 500, 1, 1000000, NULL, "steps", "Length of an evaluation episode.")

typedef struct car_settings {
  ROWS(DURO_SETTINGS_FIELD)
} car_settings;

#define DURO_SETTINGS_OF car_settings
static const duro_setting rows[] = {ROWS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

static const char *const names[] = {"s", "ey", "epsi", "vx", "vy", "r"};
static const char *const units[] = {"m", "m", "rad", "m/s", "m/s", "rad/s"};
static const bool periodic[NX] = {[0] = true};
static const double ahead[N_AHEAD] = {0, 0.15, 0.3, 0.5, 0.75, 1}; // m

// the car knows nothing of the road; the road only turns
enum { EY = 1 << 1, VX = 1 << 3, BODY = 7 << 3, ALL = 63 };
static const uint64_t needs[] = {ALL, ALL, ALL, BODY, BODY, BODY};

typedef struct car_shared {
  double length;            // m, of a lap
  double low[NX], high[NX]; // region of interest
} car_shared;

/* forces of a step, held: steering and drive of the control, gusts of the disturbance */
typedef struct car_inputs {
  double delta, sine, cosine; // of the steering angle
  double duty, front, rear;   // N, gusts at the axles
} car_inputs;

/* m/s; beyond, full duty has no drive left */
static double top_speed(const car_settings *s) {
  const double duty = s->duty_mean + s->duty_range;
  return duty > 0.0 ? (s->motor_1 - s->drag_0 / duty) / s->motor_2 : 0.0;
}

static duro_status check(const car_settings *s) {
  if (s->safe_width > s->fail_width || s->fail_width >= s->bend)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "env.safe_width, fail_width and bend are %g, %g and %g; wanted each at least the one before",
                     s->safe_width, s->fail_width, s->bend);
  if (s->reset_ey >= s->safe_width || s->eval_ey >= s->safe_width)
    return duro_fail(DURO_ERROR_ARGUMENT, "env.reset_ey and eval_ey are %g and %g; wanted less than env.safe_width, %g",
                     s->reset_ey, s->eval_ey, s->safe_width);
  if (s->reset_low > s->reset_high || s->eval_low > s->eval_high)
    return duro_fail(DURO_ERROR_ARGUMENT, "env.reset_low or eval_low is %g, %g; wanted at most %g, %g", s->reset_low,
                     s->eval_low, s->reset_high, s->eval_high);
  if (top_speed(s) <= s->fail_speed)
    return duro_fail(DURO_ERROR_ARGUMENT, "env.fail_speed is %g; wanted less than the fastest speed, %g", s->fail_speed,
                     top_speed(s));
  if (s->reset_low < s->fail_speed || s->eval_low < s->fail_speed)
    return duro_fail(DURO_ERROR_ARGUMENT, "env.reset_low or eval_low is %g, %g; wanted at least env.fail_speed, %g",
                     s->reset_low, s->eval_low, s->fail_speed);
  return DURO_OK;
}

static duro_status car_create(duro_env *env) {
  const car_settings *s = env->settings;
  const duro_status status = check(s);
  if (status) return status;
  car_shared *shared = duro_allocate(sizeof *shared);
  if (!shared) return DURO_ERROR_MEMORY;
  shared->length = 2.0 * s->straight + 2.0 * PI * s->bend;
  const double low[NX] = {0, -1.1 * s->safe_width, -1, s->fail_speed, -1, -10};
  const double high[NX] = {shared->length, 1.1 * s->safe_width, 1, top_speed(s), 1, 10};
  for (int i = 0; i < NX; i++) {
    shared->low[i] = low[i];
    shared->high[i] = high[i];
  }
  env->shared = shared;
  env->spec = (duro_env_spec){.nx = NX,
                              .no = NO,
                              .nu = 2,
                              .na = 2,
                              .horizon = (int)s->horizon,
                              .dt = s->substep * (double)s->substeps,
                              .h_scale = 1.0,
                              .x_names = names,
                              .x_units = units,
                              .x_low = shared->low,
                              .x_high = shared->high,
                              .slice = {1, 2},
                              .x_periodic = periodic,
                              .x_needs = needs,
                              .h_needs = EY | VX};
  return DURO_OK;
}

static void car_destroy(duro_env *env) {
  duro_release(env->shared);
}

static void car_reset(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  const car_settings *s = env->settings;
  const double length = ((const car_shared *)env->shared)->length;
  const bool train = start == DURO_START_TRAIN;
  const double low = train ? s->reset_low : s->eval_low, high = train ? s->reset_high : s->eval_high;
  x[0] = env_wrap(length * duro_stream_uniform(stream), length);
  x[1] = env_around_zero(stream, train ? s->reset_ey : s->eval_ey);
  x[2] = env_around_zero(stream, train ? s->reset_epsi : s->eval_epsi);
  x[3] = low + (high - low) * duro_stream_uniform(stream);
  x[4] = x[5] = 0.0;
}

/* straight, bend, straight, bend */
static double curvature(const car_settings *s, double length, double place) {
  const double half = 0.5 * length, along = env_wrap(place, half);
  return along < s->straight ? 0.0 : 1.0 / s->bend;
}

static void car_observe(const duro_env *env, float *obs, const double *x) {
  const car_settings *s = env->settings;
  const double length = ((const car_shared *)env->shared)->length;
  obs[0] = (float)(x[1] / s->safe_width);
  for (int i = 2; i < NX; i++) obs[i - 1] = (float)x[i];
  for (int i = 0; i < N_AHEAD; i++) obs[NX - 1 + i] = (float)curvature(s, length, x[0] + ahead[i]);
}

static double car_constraint(const duro_env *env, const double *x) {
  const car_settings *s = env->settings;
  return (s->safe_width - fabs(x[1])) / s->safe_width;
}

/* velocity along the road's middle and across it */
static void progress(double *along, double *across, const double *x, double kappa) {
  double sine, cosine;
  m_sincos(x[2], &sine, &cosine);
  *along = (x[3] * cosine - x[4] * sine) / (1.0 - x[1] * kappa);
  *across = x[3] * sine + x[4] * cosine;
}

/* D sin(C atan(B slip)) */
static double tyre(double b, double c, double d, double slip) {
  return d * m_sin(c * m_atan(b * slip));
}

/*
 *   m vx' = Frx - Ffy sin delta + m vy r             s'    = (vx cos epsi - vy sin epsi)/(1 - ey kappa)
 *   m vy' = Fry + Ffy cos delta - m vx r + wf + wr   ey'   = vx sin epsi + vy cos epsi
 *   I r'  = Ffy lf cos delta - Fry lr + lf wf - lr wr  epsi' = r - kappa s'
 */
static void derivative(const car_settings *s, double length, double *dx, const double *x, const car_inputs *in) {
  const double vx = x[3], vy = x[4], r = x[5];
  const double slip_front = in->delta - m_atan2(vy + s->front * r, vx), slip_rear = -m_atan2(vy - s->rear * r, vx);
  const double ffy = tyre(s->front_b, s->front_c, s->front_d, slip_front);
  const double fry = tyre(s->rear_b, s->rear_c, s->rear_d, slip_rear);
  const double frx = (s->motor_1 - s->motor_2 * vx) * in->duty - s->drag_0 - s->drag_2 * vx * vx;
  const double kappa = curvature(s, length, x[0]);
  progress(&dx[0], &dx[1], x, kappa);
  dx[2] = r - kappa * dx[0];
  dx[3] = (frx - ffy * in->sine) / s->mass + vy * r;
  dx[4] = (fry + ffy * in->cosine + in->front + in->rear) / s->mass - vx * r;
  dx[5] = (s->front * (ffy * in->cosine + in->front) - s->rear * (fry + in->rear)) / s->inertia;
}

/* out = x + step d */
static void along(double *out, const double *x, double step, const double *d) {
  for (int i = 0; i < NX; i++) out[i] = x[i] + step * d[i];
}

/* one classical Runge-Kutta step of fourth order, in place */
static void runge_kutta(const car_settings *s, double length, double *x, const car_inputs *in) {
  const double dt = s->substep;
  double k1[NX], k2[NX], k3[NX], k4[NX], at[NX];
  derivative(s, length, k1, x, in);
  along(at, x, 0.5 * dt, k1);
  derivative(s, length, k2, at, in);
  along(at, x, 0.5 * dt, k2);
  derivative(s, length, k3, at, in);
  along(at, x, dt, k3);
  derivative(s, length, k4, at, in);
  for (int i = 0; i < NX; i++) x[i] += dt / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]);
}

static double reward(const duro_env *env, const double *x2, const double *u) {
  const car_settings *s = env->settings;
  double forward, across;
  progress(&forward, &across, x2, curvature(s, ((const car_shared *)env->shared)->length, x2[0]));
  return forward - s->steering_cost * u[0] * u[0];
}

static void car_any_step(ENV_STEP_ARGUMENTS) {
  (void)worker;
  const car_settings *s = env->settings;
  const double length = ((const car_shared *)env->shared)->length;
  car_inputs in = {.delta = s->steering * u[0],
                   .duty = s->duty_mean + s->duty_range * u[1],
                   .front = s->disturbance * a[0],
                   .rear = s->disturbance * a[1]};
  m_sincos(in.delta, &in.sine, &in.cosine);
  for (int i = 0; i < NX; i++) x2[i] = x[i];
  for (int64_t k = 0; k < s->substeps; k++) runge_kutta(s, length, x2, &in);
  x2[0] = env_wrap(x2[0], length);
  if (!env_all_finite(x2, NX)) {
    env_not_finite(x2, out, NX);
    return;
  }
  out->r = reward(env, x2, u);
  out->h = car_constraint(env, x2);
  out->end = fabs(x2[1]) > s->fail_width || x2[3] < s->fail_speed ? DURO_TERMINATED : DURO_RUNNING;
}

ENV_STEP(car_step, car_any_step)

/* place (px, py) at the distance `across` to the left of the road's middle, and the direction of the road */
static double road(const car_settings *s, double length, double along, double across, double *px, double *py) {
  const double half = 0.5 * length, on = env_wrap(along, half);
  const bool back = env_wrap(along, length) >= half;
  double angle = 0.0, sine, cosine;
  if (on < s->straight) {
    *px = on - 0.5 * s->straight;
    *py = -s->bend + across;
  } else {
    angle = (on - s->straight) / s->bend;
    m_sincos(angle, &sine, &cosine);
    *px = 0.5 * s->straight + (s->bend - across) * sine;
    *py = -(s->bend - across) * cosine;
  }
  if (!back) return angle;
  *px = -*px;
  *py = -*py;
  return angle + PI;
}

static void draw_edge(const car_settings *s, double length, duro_drawing *d, draw_layer layer, draw_colour colour,
                      double across) {
  enum { POINTS = 160 };
  double edge[POINTS + 1][2];
  for (int i = 0; i <= POINTS; i++) road(s, length, length * (i % POINTS) / POINTS, across, &edge[i][0], &edge[i][1]);
  draw_path(d, layer, colour, (const double(*)[2])edge, POINTS + 1);
}

/* the car, twice as large as it is */
static void draw_car(const car_settings *s, duro_drawing *d, double px, double py, double heading,
                     const duro_moment *now) {
  static const double shape[][2] = {{1, 0.3}, {1, -0.3}, {-1, -0.45}, {-1, 0.45}, {1, 0.3}};
  double body[5][2], sine, cosine;
  m_sincos(heading, &sine, &cosine);
  const double size = s->front + s->rear;
  for (int i = 0; i < 5; i++) {
    body[i][0] = px + 1.4 * size * (cosine * shape[i][0] - sine * shape[i][1]);
    body[i][1] = py + 1.4 * size * (sine * shape[i][0] + cosine * shape[i][1]);
  }
  draw_path(d, DRAW_AREA, DRAW_BODY, (const double(*)[2])body, 5);
  for (int i = 0; i < 2; i++) { // gusts at the axles
    const double at = i ? -size : size, gust = 0.2 * now->a[i];
    draw_arrow(d, DRAW_PUSH, px + at * cosine, py + at * sine, -gust * sine, gust * cosine);
  }
}

static void car_draw(const duro_env *env, duro_drawing *d, const duro_moment *now) {
  const car_settings *s = env->settings;
  const double length = ((const car_shared *)env->shared)->length;
  const double wide = 0.5 * s->straight + s->bend + 1.5 * s->fail_width, high = s->bend + 1.5 * s->fail_width;
  draw_view(d, -wide, wide, -high, high);
  d->axis[1] = "y";
  draw_edge(s, length, d, DRAW_AREA, DRAW_FREE, -s->safe_width);
  draw_edge(s, length, d, DRAW_AREA, DRAW_PAPER, s->safe_width);
  for (int side = -1; side <= 1; side += 2) {
    draw_edge(s, length, d, DRAW_GUIDE, DRAW_EDGE, side * s->safe_width);
    draw_edge(s, length, d, DRAW_LINE, DRAW_GROUND, side * s->fail_width);
  }
  int64_t first;
  const int count = draw_tail(now, &first);
  double(*tail)[2] = draw_points(d, DRAW_LINE, DRAW_TRAIL, count), heading = 0.0;
  for (int k = 0; tail && k < count; k++) {
    const double *x = now->path + (first + k) * NX;
    heading = x[2] + road(s, length, x[0], x[1], &tail[k][0], &tail[k][1]);
  }
  if (tail) draw_car(s, d, tail[count - 1][0], tail[count - 1][1], heading, now);
}

const duro_env_ops duro_racing_car = {
    .name = "racing-car",
    .title = "race a 1:43 car around a narrow track against gusts",
    .settings = rows,
    .n_settings = sizeof rows / sizeof *rows,
    .settings_size = sizeof(car_settings),
    .create = car_create,
    .destroy = car_destroy,
    .reset = car_reset,
    .observe = car_observe,
    .constraint = car_constraint,
    .step = car_step,
    .draw = car_draw,
};

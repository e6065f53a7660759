/* A planar quadrotor that is to fly a circle which leaves the band where it may fly. The vehicle is the Crazyflie of
 * safe-control-gym (Yuan et al., IEEE RA-L 7(4), 2022). */
#include <math.h>
#include <stddef.h>

#include "base/error.h"
#include "base/math.h"
#include "base/memory.h"
#include "env/builtin.h"
#include "env/draw.h"
#include "env/game.h"

enum { NX = 7, NV = 6 }; // x, x rate, z, z rate, theta, theta rate; then the index of the reference
#define TWO_PI 6.283185307179586

#define ROWS(X)                                                                                                        \
  X(REAL, mass, 0.027, 1e-6, 1e6, NULL, "kg", "Mass.")                                                                 \
  X(REAL, inertia, 1.4e-5, 1e-12, 1e6, NULL, "kg m^2", "Inertia about the pitch axis.")                                \
  X(REAL, lever, 0.02807214, 1e-6, 1e3, NULL, "m", "Distance of each motor pair from the pitch axis.")                 \
  X(REAL, gravity, 9.8, 0, 1e3, NULL, "m/s^2", "Gravity.")                                                             \
  X(REAL, thrust, 0.1323, 0, 1e6, NULL, "N", "Thrust of a motor pair is thrust (1 + u): hovering at u = 0.")           \
  X(REAL, thrust_low, 0.05632337, 0, 1e6, NULL, "N", "Smallest thrust of a motor pair, disturbance included.")         \
  X(REAL, thrust_high, 0.29668289, 0, 1e6, NULL, "N", "Largest thrust of a motor pair, disturbance included.")         \
  X(REAL, disturbance, 0.01323, 0, 1e6, NULL, "N", "Added to the thrust of a motor pair at a = 1.")                    \
  X(REAL, substep, 1.0 / 240.0, 1e-6, 1, NULL, "s", "Length of a semi-implicit Euler step.")                           \
  X(INT, substeps, 4, 1, 1000, NULL, "", "Euler steps in a step.")                                                     \
  X(REAL, safe_low, 0.5, -1e3, 1e3, NULL, "m", "Safe while z is at least this.")                                       \
  X(REAL, safe_high, 1.5, -1e3, 1e3, NULL, "m", "Safe while z is at most this.")                                       \
  X(REAL, fail_z, 4, 1e-6, 1e3, NULL, "m", "The episode fails when z is further than this from the band's middle.")    \
  X(REAL, fail_angle, 1.4835298641951802, 1e-6, 1.57, NULL, "rad", "The episode fails when abs theta exceeds this.")   \
  X(REAL, truncate_x, 5, 1e-6, 1e3, NULL, "m", "The episode is cut off when abs x exceeds this; no failure.")          \
  X(REAL, circle, 1, 1e-6, 1e3, NULL, "m", "Radius of the reference, about x = 0 and the band's middle.")              \
  X(INT, lap, 360, 3, 1000000, NULL, "steps", "One lap of the reference.")                                             \
  X(REAL, alive, 2, 0, 1e6, NULL, "", "Reward of a step without error; too small a number makes tumbling pay.")        \
  X(REAL, place_cost, 1, 0, 1e6, NULL, "", "Weight of the errors of x and z in the reward.")                           \
  X(REAL, speed_cost, 0.1, 0, 1e6, NULL, "", "Weight of the errors of their rates.")                                   \
  X(REAL, angle_cost, 0.02, 0, 1e6, NULL, "", "Weight of the errors of theta and its rate.")                           \
  X(REAL, thrust_cost, 1e-4, 0, 1e6, NULL, "1/N^2", "Weight of the squares of both thrusts.")                          \
  X(REAL, reset_x, 1.5, 0, 1e3, NULL, "m", "Training starts: uniform within plus and minus this.")                     \
  X(REAL, reset_xd, 1, 0, 1e3, NULL, "m/s", "The same of the rate of x.")                                              \
  X(REAL, reset_z, 0.45, 0, 1e3, NULL, "m", "The same of z, about the band's middle.")                                 \
  X(REAL, reset_zd, 1, 0, 1e3, NULL, "m/s", "The same of the rate of z.")                                              \
  X(REAL, reset_theta, 0.2, 0, 1.5, NULL, "rad", "The same of theta.")                                                 \
  X(REAL, reset_thd, 0.1, 0, 1e3, NULL, "rad/s", "The same of the rate of theta.")                                     \
  X(REAL, eval_x, 1, 0, 1e3, NULL, "m", "Evaluation starts at rest this far left or right of the middle,")             \
  X(REAL, eval_z, 0.47, 0, 1e3, NULL, "m", "or this far below or above.")                                              \
  X(INT, horizon, 360, 1, 1000000, NULL, "steps", "Length of an evaluation episode.")

typedef struct quadrotor_settings {
  ROWS(DURO_SETTINGS_FIELD)
} quadrotor_settings;

#define DURO_SETTINGS_OF quadrotor_settings
static const duro_setting rows[] = {ROWS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

static const char *const names[] = {"x", "x_rate", "z", "z_rate", "theta", "theta_rate", "index"};
static const char *const units[] = {"m", "m/s", "m", "m/s", "rad", "rad/s", "steps"};
static const bool periodic[NX] = {[6] = true};

enum { X = 1 << 0, XD = 1 << 1, Z = 1 << 2, ZD = 1 << 3, TH = 1 << 4, THD = 1 << 5, INDEX = 1 << 6 };
static const uint64_t needs[] = {
    X | XD | TH | THD, XD | TH | THD, Z | ZD | TH | THD, ZD | TH | THD, TH | THD, THD, INDEX};

typedef struct quadrotor_shared {
  double middle;            // m, of the band
  double speed;             // rad per step along the circle
  double low[NX], high[NX]; // region of interest
  double fail_low[NX], fail_high[NX];
} quadrotor_shared;

static duro_status check(const quadrotor_settings *s) {
  if (s->safe_low >= s->safe_high)
    return duro_fail(DURO_ERROR_ARGUMENT, "env.safe_low is %g; wanted less than env.safe_high, %g", s->safe_low,
                     s->safe_high);
  if (s->thrust_low > s->thrust_high)
    return duro_fail(DURO_ERROR_ARGUMENT, "env.thrust_low is %g; wanted at most env.thrust_high, %g", s->thrust_low,
                     s->thrust_high);
  const double half = 0.5 * (s->safe_high - s->safe_low);
  if (s->fail_z < half || s->reset_z >= half || s->eval_z >= half)
    return duro_fail(
        DURO_ERROR_ARGUMENT,
        "env.fail_z, reset_z and eval_z are %g, %g and %g; wanted beyond, within and within half the band, %g",
        s->fail_z, s->reset_z, s->eval_z, half);
  if (s->reset_theta > s->fail_angle || s->reset_x > s->truncate_x || s->eval_x > s->truncate_x)
    return duro_fail(DURO_ERROR_ARGUMENT, "env.reset_theta, reset_x or eval_x is %g, %g, %g; wanted at most %g, %g, %g",
                     s->reset_theta, s->reset_x, s->eval_x, s->fail_angle, s->truncate_x, s->truncate_x);
  return DURO_OK;
}

/* z a tenth beyond the band, theta up to failing. The rates hold the set, by what the motors take back within band and
 * angle: z rate -4.2 to 3.4, theta rate up to 48. From there 6 m/s cannot be passed within the band; 50 rad/s can. */
static void describe_region(quadrotor_shared *shared, const quadrotor_settings *s) {
  const double half = 0.55 * (s->safe_high - s->safe_low);
  const double low[NX] = {-2, -3, shared->middle - half, -6, -s->fail_angle, -50, 0};
  const double high[NX] = {2, 3, shared->middle + half, 6, s->fail_angle, 50, (double)s->lap};
  for (int i = 0; i < NX; i++) {
    shared->low[i] = low[i];
    shared->high[i] = high[i];
    shared->fail_low[i] = -INFINITY;
    shared->fail_high[i] = INFINITY;
  }
  shared->fail_low[2] = shared->middle - s->fail_z;
  shared->fail_high[2] = shared->middle + s->fail_z;
  shared->fail_low[4] = -s->fail_angle;
  shared->fail_high[4] = s->fail_angle;
}

static duro_status quadrotor_create(duro_env *env) {
  const quadrotor_settings *s = env->settings;
  const duro_status status = check(s);
  if (status) return status;
  quadrotor_shared *shared = duro_allocate(sizeof *shared);
  if (!shared) return DURO_ERROR_MEMORY;
  shared->middle = 0.5 * (s->safe_low + s->safe_high);
  shared->speed = TWO_PI / (double)s->lap;
  describe_region(shared, s);
  env->shared = shared;
  env->spec = (duro_env_spec){.nx = NX,
                              .no = 2 * NV,
                              .nu = 2,
                              .na = 2,
                              .horizon = (int)s->horizon,
                              .dt = s->substep * (double)s->substeps,
                              .h_scale = 0.5 * (s->safe_high - s->safe_low),
                              .x_names = names,
                              .x_units = units,
                              .x_low = shared->low,
                              .x_high = shared->high,
                              .slice = {2, 3},
                              .x_periodic = periodic,
                              .x_needs = needs,
                              .h_needs = Z | TH, // abs x cuts off, which is no failure
                              .x_shift = X | Z,
                              .x_fail_low = shared->fail_low,
                              .x_fail_high = shared->fail_high};
  return DURO_OK;
}

static void quadrotor_destroy(duro_env *env) {
  duro_release(env->shared);
}

/* index of the nearest point of the reference */
static double nearest(const quadrotor_settings *s, const quadrotor_shared *shared, const double *x) {
  const double angle = env_wrap(m_atan2(x[2] - shared->middle, x[0]), TWO_PI);
  return env_wrap(floor(angle / shared->speed + 0.5), (double)s->lap);
}

static void quadrotor_reset(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  const quadrotor_settings *s = env->settings;
  const quadrotor_shared *shared = env->shared;
  const double width[NV] = {s->reset_x, s->reset_xd, s->reset_z, s->reset_zd, s->reset_theta, s->reset_thd};
  if (start == DURO_START_TRAIN) {
    for (int i = 0; i < NV; i++) x[i] = env_around_zero(stream, width[i]);
  } else { // at rest in one of four places
    const int place = (int)(4.0 * duro_stream_uniform(stream));
    for (int i = 0; i < NV; i++) x[i] = 0.0;
    if (place < 2) x[0] = place ? -s->eval_x : s->eval_x;
    if (place >= 2) x[2] = place == 2 ? -s->eval_z : s->eval_z;
  }
  x[2] += shared->middle;
  x[6] = nearest(s, shared, x);
}

/* the reference (NV) of an index, counter-clockwise from the right */
static void reference(const duro_env *env, double *at, double index) {
  const quadrotor_settings *s = env->settings;
  const quadrotor_shared *shared = env->shared;
  const double rate = s->circle * shared->speed / env->spec.dt; // m/s
  double sine, cosine;
  m_sincos(index * shared->speed, &sine, &cosine);
  at[0] = s->circle * cosine;
  at[1] = -rate * sine;
  at[2] = shared->middle + s->circle * sine;
  at[3] = rate * cosine;
  at[4] = at[5] = 0.0;
}

static double next_index(const quadrotor_settings *s, double index) {
  return env_wrap(index + 1.0, (double)s->lap);
}

static void quadrotor_observe(const duro_env *env, float *obs, const double *x) {
  double at[NV];
  reference(env, at, next_index(env->settings, x[6]));
  for (int i = 0; i < NV; i++) {
    obs[i] = (float)x[i];
    obs[NV + i] = (float)at[i];
  }
}

static double quadrotor_constraint(const duro_env *env, const double *x) {
  const quadrotor_settings *s = env->settings;
  return env_min(x[2] - s->safe_low, s->safe_high - x[2]);
}

/* semi-implicit Euler, velocities first:  m xdd = sin th T,  m zdd = cos th T - m g,  I thdd = lever (T2 - T1) */
static void move(const quadrotor_settings *s, double *x, double force, double moment) {
  const double dt = s->substep, lift = force / s->mass, turn = moment / s->inertia;
  for (int64_t k = 0; k < s->substeps; k++) {
    double sine, cosine;
    m_sincos(x[4], &sine, &cosine);
    x[1] += dt * (lift * sine);
    x[3] += dt * (lift * cosine - s->gravity);
    x[5] += dt * turn;
    x[0] += dt * x[1];
    x[2] += dt * x[3];
    x[4] += dt * x[5];
  }
}

/* of the state x2 against the reference that was shown for it */
static double reward(const duro_env *env, const double *x2, const double *thrust) {
  const quadrotor_settings *s = env->settings;
  double at[NV];
  reference(env, at, x2[6]);
  const double place = fabs(x2[0] - at[0]) + fabs(x2[2] - at[2]);
  const double speed = fabs(x2[1] - at[1]) + fabs(x2[3] - at[3]);
  const double angle = fabs(x2[4] - at[4]) + fabs(x2[5] - at[5]);
  return s->alive - s->place_cost * place - s->speed_cost * speed - s->angle_cost * angle -
         s->thrust_cost * (thrust[0] * thrust[0] + thrust[1] * thrust[1]);
}

static duro_end end_at(const duro_env *env, const double *x2) {
  const quadrotor_settings *s = env->settings;
  const double middle = ((const quadrotor_shared *)env->shared)->middle;
  if (fabs(x2[2] - middle) > s->fail_z || fabs(x2[4]) > s->fail_angle) return DURO_TERMINATED;
  return fabs(x2[0]) > s->truncate_x ? DURO_TRUNCATED : DURO_RUNNING;
}

static void quadrotor_any_step(ENV_STEP_ARGUMENTS) {
  (void)worker;
  const quadrotor_settings *s = env->settings;
  double thrust[2]; // N
  for (int i = 0; i < 2; i++)
    thrust[i] = env_clip(s->thrust * (1.0 + u[i]) + s->disturbance * a[i], s->thrust_low, s->thrust_high);
  for (int i = 0; i < NV; i++) x2[i] = x[i];
  move(s, x2, thrust[0] + thrust[1], s->lever * (thrust[1] - thrust[0]));
  x2[6] = next_index(s, x[6]);
  if (!env_all_finite(x2, NX)) {
    env_not_finite(x2, out, NX);
    return;
  }
  out->r = reward(env, x2, thrust);
  out->h = quadrotor_constraint(env, x2);
  out->end = end_at(env, x2);
}

ENV_STEP(quadrotor_step, quadrotor_any_step)

/* the circle, the band, and the vehicle three times as large as it is */
static void quadrotor_draw(const duro_env *env, duro_drawing *d, const duro_moment *now) {
  const quadrotor_settings *s = env->settings;
  const double middle = ((const quadrotor_shared *)env->shared)->middle;
  const double *x = now->path + now->t * NX, wide = fmax(1.3 * fmax(s->circle, s->eval_x), fabs(x[0])),
               arm = 6.0 * s->lever;
  double at[NV], sine, cosine;
  draw_view(d, -wide, wide, fmin(middle - 1.3 * s->circle, x[2]), fmax(middle + 1.3 * s->circle, x[2]));
  draw_rectangle(d, DRAW_AREA, DRAW_FREE, -s->truncate_x, s->truncate_x, s->safe_low, s->safe_high);
  draw_line(d, DRAW_GUIDE, DRAW_EDGE, -s->truncate_x, s->safe_low, s->truncate_x, s->safe_low);
  draw_line(d, DRAW_GUIDE, DRAW_EDGE, -s->truncate_x, s->safe_high, s->truncate_x, s->safe_high);
  draw_circle(d, DRAW_GUIDE, DRAW_TARGET, 0, middle, s->circle);
  reference(env, at, x[6]);
  draw_dot(d, DRAW_TARGET, at[0], at[2]);
  draw_trail(d, env, now, 0, 2);
  m_sincos(x[4], &sine, &cosine);
  draw_line(d, DRAW_BEAM, DRAW_BODY, x[0] - arm * cosine, x[2] + arm * sine, x[0] + arm * cosine, x[2] - arm * sine);
  for (int i = 0; i < 2; i++) { // motor pairs 1 and 2, left and right of the centre
    const double side = i ? -arm : arm, px = x[0] + side * cosine, pz = x[2] - side * sine;
    const double lift = 0.3 * (1.0 + now->u[i]), gust = 0.3 * now->a[i];
    draw_arrow(d, DRAW_CONTROL, px, pz, lift * sine, lift * cosine);
    draw_arrow(d, DRAW_PUSH, px, pz, gust * sine, gust * cosine);
  }
}

const duro_env_ops duro_quadrotor = {
    .name = "quadrotor",
    .title = "fly a circle that leaves the band of safe heights, in a plane and against gusts",
    .settings = rows,
    .n_settings = sizeof rows / sizeof *rows,
    .settings_size = sizeof(quadrotor_settings),
    .create = quadrotor_create,
    .destroy = quadrotor_destroy,
    .reset = quadrotor_reset,
    .observe = quadrotor_observe,
    .constraint = quadrotor_constraint,
    .step = quadrotor_step,
    .draw = quadrotor_draw,
};

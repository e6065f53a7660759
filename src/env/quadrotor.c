/* A planar quadrotor that is to fly a circle which leaves the band where it may fly. The vehicle is the Crazyflie of
 * safe-control-gym (Yuan et al., IEEE RA-L 7(4), 2022). */
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
#include "env/quadrotor.h"

#define DURO_SETTINGS_OF quadrotor_settings
static const duro_setting rows[] = {QUADROTOR_ROWS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

static const char *const names[] = {"x", "x_rate", "z", "z_rate", "theta", "theta_rate", "index"};
static const char *const units[] = {"m", "m/s", "m", "m/s", "rad", "rad/s", "steps"};
static const bool periodic[NX] = {[6] = true};

enum { X = 1 << 0, XD = 1 << 1, Z = 1 << 2, ZD = 1 << 3, TH = 1 << 4, THD = 1 << 5, INDEX = 1 << 6 };
static const uint64_t needs[] = {
    X | XD | TH | THD, XD | TH | THD, Z | ZD | TH | THD, ZD | TH | THD, TH | THD, THD, INDEX};

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
                              .x_hold = X | XD | ZD | THD,
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

MOTIONS(quadrotor)
MOTION_RATES(quadrotor)

static int clipped(duro_formula *f, const quadrotor_settings *s, int k) {
  const int low = duro_formula_constant(f, s->thrust_low), high = duro_formula_constant(f, s->thrust_high);
  const int wanted = f_axpy(f, duro_formula_constant(f, s->thrust), s->thrust, duro_formula_u(f, k));
  const int gusty = f_axpy(f, wanted, s->disturbance, duro_formula_a(f, k));
  return duro_formula_apply(f, DURO_F_MAX, duro_formula_apply(f, DURO_F_MIN, gusty, high), low);
}

/* as in quadrotor_motion.c; the index without its turn at the end of a lap,
 * which is a whole period */
static duro_status quadrotor_formula(const duro_env *env, duro_formula *f) {
  const quadrotor_settings *s = env->settings;
  const double dt = s->substep;
  const int first = clipped(f, s, 0), second = clipped(f, s, 1);
  const int lift = f_scale(f, 1.0 / s->mass, f_add(f, first, second));
  const int turn = f_scale(f, s->lever / s->inertia, f_sub(f, second, first)),
            gravity = duro_formula_constant(f, s->gravity);
  int x[NV];
  for (int i = 0; i < NV; i++) x[i] = duro_formula_x(f, i);
  for (int64_t k = 0; k < s->substeps; k++) {
    const int sine = duro_formula_apply(f, DURO_F_SIN, x[4], 0), cosine = duro_formula_apply(f, DURO_F_COS, x[4], 0);
    const int rise = f_mul(f, lift, cosine);
    x[1] = f_axpy(f, x[1], dt, f_mul(f, lift, sine));
    x[3] = f_axpy(f, x[3], dt, f_sub(f, rise, gravity));
    x[5] = f_axpy(f, x[5], dt, turn);
    x[0] = f_axpy(f, x[0], dt, x[1]);
    x[2] = f_axpy(f, x[2], dt, x[3]);
    x[4] = f_axpy(f, x[4], dt, x[5]);
  }
  for (int i = 0; i < NV; i++) f->next[i] = x[i];
  const int index = duro_formula_x(f, 6);
  f->next[6] = f_add(f, index, duro_formula_constant(f, 1.0));
  const int z = duro_formula_x(f, 2), low = duro_formula_constant(f, s->safe_low);
  duro_formula_constrain(f, f_sub(f, z, low));
  const int high = duro_formula_constant(f, s->safe_high);
  duro_formula_constrain(f, f_sub(f, high, z));
  return DURO_OK;
}

/* the circle, the band, and the vehicle three times as large as it is */
static void quadrotor_draw(const duro_env *env, duro_drawing *d, const duro_moment *now) {
  const quadrotor_settings *s = env->settings;
  const double middle = ((const quadrotor_shared *)env->shared)->middle;
  const double *x = now->path + now->t * NX, wide = fmax(1.3 * fmax(s->circle, s->eval_x), fabs(x[0])),
               arm = 6.0 * s->lever;
  const double lap = x[6] * ((const quadrotor_shared *)env->shared)->speed; // rad along the circle
  double sine, cosine;
  m_sincos(lap, &sine, &cosine);
  draw_view(d, -wide, wide, fmin(middle - 1.3 * s->circle, x[2]), fmax(middle + 1.3 * s->circle, x[2]));
  draw_rectangle(d, DRAW_AREA, DRAW_FREE, -s->truncate_x, s->truncate_x, s->safe_low, s->safe_high);
  draw_line(d, DRAW_GUIDE, DRAW_EDGE, -s->truncate_x, s->safe_low, s->truncate_x, s->safe_low);
  draw_line(d, DRAW_GUIDE, DRAW_EDGE, -s->truncate_x, s->safe_high, s->truncate_x, s->safe_high);
  draw_circle(d, DRAW_GUIDE, DRAW_TARGET, 0, middle, s->circle);
  draw_dot(d, DRAW_TARGET, s->circle * cosine, middle + s->circle * sine);
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

static void quadrotor_facts(const duro_env *env, duro_facts *f) {
  const quadrotor_settings *s = env->settings;
  text_add(&f->control, "thrust of each motor pair, %.4g (1 + u) N, within %.4g to %.4g N", s->thrust, s->thrust_low,
           s->thrust_high);
  text_add(&f->disturbance, "added to the thrust of each motor pair, up to %.4g N either way", s->disturbance);
  facts_between(f, env, 2, s->safe_low, s->safe_high);
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
    MOTION_OPS,
    .rates = one_rate,
    .formula = quadrotor_formula,
    .draw = quadrotor_draw,
    .facts = quadrotor_facts,
};

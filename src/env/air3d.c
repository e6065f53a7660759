/* Two vehicles in a plane, seen from the evader: the classic game of collision avoidance (Mitchell, Bayen, Tomlin, A
 * time-dependent Hamilton-Jacobi formulation of reachable sets, IEEE TAC 50(7), 2005). */
#include <math.h>
#include <stddef.h>

#include "base/error.h"
#include "base/math.h"
#include "base/memory.h"
#include "env/air3d.h"
#include "env/builtin.h"
#include "env/draw.h"
#include "env/facts.h"
#include "env/motions.h"

#define DURO_SETTINGS_OF air3d_settings
static const duro_setting rows[] = {AIR3D_ROWS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

static const char *const names[] = {"x", "y", "psi"};
static const char *const units[] = {"m", "m", "rad"};
static const bool periodic[] = {false, false, true};

enum { X = 1 << 0, Y = 1 << 1, PSI = 1 << 2 };
static const uint64_t needs[] = {X | Y | PSI, X | Y | PSI, PSI};

// the box of the literature, for a radius of 5; it grows with the radius
static const double box_low[] = {-1.2, -2.0}, box_high[] = {4.0, 2.0};

static duro_status check(const air3d_settings *s) {
  if (s->fail_distance >= s->radius)
    return duro_fail(DURO_ERROR_ARGUMENT, "env.fail_distance is %g; wanted less than env.radius, %g", s->fail_distance,
                     s->radius);
  if (s->eval_near <= s->radius || s->eval_far < s->eval_near)
    return duro_fail(DURO_ERROR_ARGUMENT, "env.eval_near and env.eval_far are %g and %g; wanted a range beyond %g",
                     s->eval_near, s->eval_far, s->radius);
  return DURO_OK;
}

static duro_status air3d_create(duro_env *env) {
  const air3d_settings *s = env->settings;
  const duro_status status = check(s);
  if (status) return status;
  air3d_shared *shared = duro_allocate(sizeof *shared);
  if (!shared) return DURO_ERROR_MEMORY;
  for (int i = 0; i < 2; i++) {
    shared->low[i] = s->radius * box_low[i];
    shared->high[i] = s->radius * box_high[i];
  }
  shared->low[2] = 0.0;
  shared->high[2] = TWO_PI;
  env->shared = shared;
  env->spec = (duro_env_spec){.nx = NX,
                              .no = NO,
                              .nu = 1,
                              .na = 1,
                              .horizon = (int)s->horizon,
                              .dt = s->dt,
                              .h_scale = s->radius,
                              .x_names = names,
                              .x_units = units,
                              .x_low = shared->low,
                              .x_high = shared->high,
                              .slice = {0, 1},
                              .x_periodic = periodic,
                              .x_needs = needs,
                              .h_needs = X | Y,
                              .x_hold = X | Y}; // further away it is no less safe
  return DURO_OK;
}

static void air3d_destroy(duro_env *env) {
  duro_release(env->shared);
}

static double distance(const double *x) {
  return sqrt(x[0] * x[0] + x[1] * x[1]);
}

static double between(duro_stream *stream, double low, double high) {
  return low + (high - low) * duro_stream_uniform(stream);
}

/* uniform in the safe part of the region of interest; to evaluate, on a ring about the evader */
static void air3d_reset(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  const air3d_settings *s = env->settings;
  const duro_env_spec *spec = &env->spec;
  x[2] = env_wrap(between(stream, 0.0, TWO_PI), TWO_PI);
  if (start == DURO_START_EVAL) {
    const double far = between(stream, s->eval_near, s->eval_far);
    double sine, cosine;
    m_sincos(between(stream, 0.0, TWO_PI), &sine, &cosine);
    x[0] = far * cosine;
    x[1] = far * sine;
    return;
  }
  do {
    for (int i = 0; i < 2; i++) x[i] = between(stream, spec->x_low[i], spec->x_high[i]);
  } while (distance(x) <= s->radius);
}

MOTIONS(air3d)
MOTION_RATES(air3d)

/* an arrowhead of a vehicle */
static void draw_vehicle(duro_drawing *d, draw_colour colour, double px, double py, double heading, double size) {
  static const double shape[][2] = {{1, 0}, {-0.7, 0.55}, {-0.4, 0}, {-0.7, -0.55}, {1, 0}};
  double body[5][2], sine, cosine;
  m_sincos(heading, &sine, &cosine);
  for (int i = 0; i < 5; i++) {
    body[i][0] = px + size * (cosine * shape[i][0] - sine * shape[i][1]);
    body[i][1] = py + size * (sine * shape[i][0] + cosine * shape[i][1]);
  }
  draw_path(d, DRAW_AREA, colour, (const double(*)[2])body, 5);
}

/* seen from above and from the evader, which looks to the right */
static void air3d_draw(const duro_env *env, duro_drawing *d, const duro_moment *now) {
  const air3d_settings *s = env->settings;
  const double *x = now->path + now->t * NX, far = 1.05 * fmax(s->eval_far, distance(x));
  draw_view(d, -far, far, -far, far);
  d->axis[1] = "y";
  draw_circle(d, DRAW_AREA, DRAW_BAD, 0, 0, s->radius);
  draw_circle(d, DRAW_GUIDE, DRAW_EDGE, 0, 0, s->radius);
  draw_trail(d, env, now, 0, 1);
  draw_vehicle(d, DRAW_BODY, 0, 0, 0, 0.05 * far);
  draw_vehicle(d, DRAW_PUSH, x[0], x[1], x[2], 0.05 * far);
  draw_label(d, DRAW_BODY, -0.07 * far, -0.1 * far, "evader");
  draw_label(d, DRAW_PUSH, x[0] + 0.07 * far, x[1], "pursuer");
}

static void air3d_facts(const duro_env *env, duro_facts *f) {
  const air3d_settings *s = env->settings;
  text_add(&f->control, "turn rate of the evader, up to %.4g rad/s either way", s->control);
  text_add(&f->disturbance, "turn rate of the pursuer, up to %.4g rad/s either way", s->disturbance);
  text_add(&f->safe, "distance sqrt(x^2 + y^2) >= %.4g m", s->radius);
}

const duro_env_ops duro_air3d = {
    .name = "air3d",
    .title = "keep away from a pursuing vehicle of the same speed and turn rate, in relative coordinates",
    .settings = rows,
    .n_settings = sizeof rows / sizeof *rows,
    .settings_size = sizeof(air3d_settings),
    .create = air3d_create,
    .destroy = air3d_destroy,
    .reset = air3d_reset,
    MOTION_OPS,
    .rates = one_rate,
    .draw = air3d_draw,
    .facts = air3d_facts,
};

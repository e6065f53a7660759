/* A 1:43 car that is to race along a narrow track. Single-track model with the car and tyres of Liniger, Domahidi and
 * Morari, Optimization-based autonomous racing of 1:43 scale RC cars, OCAM 36(5), 2015. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/math.h"
#include "base/memory.h"
#include "env/builtin.h"
#include "env/draw.h"
#include "env/facts.h"
#include "env/motions.h"
#include "env/racing_car.h"

#define PI 3.141592653589793

#define DURO_SETTINGS_OF car_settings
static const duro_setting rows[] = {CAR_ROWS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

static const char *const names[] = {"s", "ey", "epsi", "vx", "vy", "r"};
static const char *const units[] = {"m", "m", "rad", "m/s", "m/s", "rad/s"};
static const bool periodic[NX] = {[0] = true};

// the car knows nothing of the road; the road only turns
enum { S = 1, EY = 1 << 1, EPSI = 1 << 2, VX = 1 << 3, BODY = 7 << 3, ALL = 63 };
static const uint64_t needs[] = {ALL, ALL, ALL, BODY, BODY, BODY};

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

/* of another track: as far inside its edges as the stadium's is */
static double margin_of(const car_settings *s) {
  return s->fail_width - s->safe_width;
}

static duro_status read_track(racing_track **track, const duro_env *env) {
  const car_settings *s = env->settings;
  const duro_env_source *source = env->ops->source;
  if (!source) return DURO_OK;
  return racing_track_parse(track, source->bytes, source->size, source->path,
                            &(racing_track_options){.scale = s->track_scale, .narrow = margin_of(s)});
}

static double widest(const racing_track *t, const double *table) {
  double most = 0.0;
  for (int i = 0; i < t->count; i++) most = fmax(most, table[i]);
  return most;
}

static duro_status car_create(duro_env *env) {
  const car_settings *s = env->settings;
  duro_status status = check(s);
  if (status) return status;
  car_shared *shared = duro_allocate(sizeof *shared);
  if (!shared) return DURO_ERROR_MEMORY;
  status = read_track(&shared->track, env);
  if (status) {
    duro_release(shared);
    return status;
  }
  const racing_track *t = shared->track;
  shared->length = t ? t->length : 2.0 * s->straight + 2.0 * PI * s->bend;
  const double right = t ? widest(t, t->right) - margin_of(s) : s->safe_width,
               left = t ? widest(t, t->left) - margin_of(s) : s->safe_width;
  const double low[NX] = {0, -1.1 * right, -1, s->fail_speed, -1, -10};
  const double high[NX] = {shared->length, 1.1 * left, 1, top_speed(s), 1, 10};
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
                              .h_needs = t ? S | EY | VX : EY | VX,
                              .x_hold = EPSI | BODY};
  return DURO_OK;
}

static void car_destroy(duro_env *env) {
  car_shared *shared = env->shared;
  racing_track_release(shared->track);
  duro_release(shared);
}

static void car_reset(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  const car_settings *s = env->settings;
  const car_shared *shared = env->shared;
  const racing_track *t = shared->track;
  const double length = shared->length;
  const bool train = start == DURO_START_TRAIN;
  const double low = train ? s->reset_low : s->eval_low, high = train ? s->reset_high : s->eval_high;
  x[0] = env_wrap(length * duro_stream_uniform(stream), length);
  x[1] = env_around_zero(stream, train ? s->reset_ey : s->eval_ey);
  if (t) x[1] *= (racing_track_at(t, x[1] < 0.0 ? t->right : t->left, x[0]) - margin_of(s)) / s->safe_width;
  x[2] = env_around_zero(stream, train ? s->reset_epsi : s->eval_epsi);
  x[3] = low + (high - low) * duro_stream_uniform(stream);
  x[4] = x[5] = 0.0;
}

MOTIONS(racing_car)

/* place (px, py) at the distance `across` to the left of the stadium's middle, and the direction of the road */
static double stadium(const car_settings *s, double length, double along, double across, double *px, double *py) {
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

/* the same of any track */
static double road(const duro_env *env, double along, double across, double *px, double *py) {
  const car_shared *shared = env->shared;
  const racing_track *t = shared->track;
  if (!t) return stadium(env->settings, shared->length, along, across, px, py);
  double sine, cosine;
  // the heading turns on by less than half a turn between entries, and may pass from pi to -pi
  const int i = (int)fmin(env_wrap(along, t->length) * t->per, t->count - 1);
  const double part = env_wrap(along, t->length) * t->per - i, turn = t->heading[i + 1] - t->heading[i];
  const double angle = t->heading[i] + part * (turn > PI ? turn - 2.0 * PI : turn < -PI ? turn + 2.0 * PI : turn);
  m_sincos(angle, &sine, &cosine);
  *px = racing_track_at(t, t->x, along) - across * sine;
  *py = racing_track_at(t, t->y, along) + across * cosine;
  return angle;
}

/* m to the left of the middle at s: an edge of the road, or where h = 0 on this side */
static double line_at(const duro_env *env, double s, bool left, bool safe) {
  const car_settings *set = env->settings;
  const racing_track *t = ((const car_shared *)env->shared)->track;
  const double edge = t ? racing_track_at(t, left ? t->left : t->right, s) : set->fail_width;
  const double far = safe ? edge - margin_of(set) : edge;
  return left ? far : -far;
}

enum { POINTS = 240 };

/* (POINTS + 1) of a line along the road, once around */
static void trace_line(const duro_env *env, double (*to)[2], bool left, bool safe) {
  const double length = ((const car_shared *)env->shared)->length;
  for (int i = 0; i <= POINTS; i++) {
    const double s = length * (i % POINTS) / POINTS;
    road(env, s, line_at(env, s, left, safe), &to[i][0], &to[i][1]);
  }
}

/* between the two lines: one of them forwards, the other one backwards */
static void draw_road(const duro_env *env, duro_drawing *d) {
  double left[POINTS + 1][2], right[POINTS + 1][2];
  double(*area)[2] = draw_points(d, DRAW_AREA, DRAW_FREE, 2 * (POINTS + 1) + 1);
  trace_line(env, left, true, true);
  trace_line(env, right, false, true);
  for (int i = 0; area && i <= POINTS; i++) {
    memcpy(area[i], left[i], sizeof *area);
    memcpy(area[2 * POINTS + 1 - i], right[i], sizeof *area);
  }
  if (area) memcpy(area[2 * POINTS + 2], left[0], sizeof *area);
  draw_path(d, DRAW_GUIDE, DRAW_EDGE, (const double(*)[2])left, POINTS + 1);
  draw_path(d, DRAW_GUIDE, DRAW_EDGE, (const double(*)[2])right, POINTS + 1);
}

/* the edges, with some air around */
static void draw_edges(const duro_env *env, duro_drawing *d) {
  const double air = 0.5 * ((const car_settings *)env->settings)->fail_width;
  double line[POINTS + 1][2], low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
  for (int side = 0; side < 2; side++) {
    trace_line(env, line, side, false);
    for (int i = 0; i <= 2 * POINTS; i++) {
      low[i % 2] = fmin(low[i % 2], line[i / 2][i % 2]);
      high[i % 2] = fmax(high[i % 2], line[i / 2][i % 2]);
    }
    draw_path(d, DRAW_LINE, DRAW_GROUND, (const double(*)[2])line, POINTS + 1);
  }
  draw_view(d, low[0] - air, high[0] + air, low[1] - air, high[1] + air);
  d->axis[1] = "y";
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
  draw_road(env, d);
  draw_edges(env, d);
  int64_t first;
  const int count = draw_tail(now, &first);
  double(*tail)[2] = draw_points(d, DRAW_LINE, DRAW_TRAIL, count), heading = 0.0;
  for (int k = 0; tail && k < count; k++) {
    const double *x = now->path + (first + k) * NX;
    heading = x[2] + road(env, x[0], x[1], &tail[k][0], &tail[k][1]);
  }
  if (tail) draw_car(env->settings, d, tail[count - 1][0], tail[count - 1][1], heading, now);
}

static void car_facts(const duro_env *env, duro_facts *f) {
  const car_settings *s = env->settings;
  text_add(&f->control, "u0 steers, up to %.4g rad either way; u1 is the duty of the motor, %.4g to %.4g", s->steering,
           s->duty_mean - s->duty_range, s->duty_mean + s->duty_range);
  text_add(&f->disturbance, "lateral force at each axle, up to %.4g N either way", s->disturbance);
  if (((const car_shared *)env->shared)->track)
    text_add(&f->safe, "the middle of the car %.4g m or more inside both edges of the track", margin_of(s));
  else
    facts_within(f, env, 1, s->safe_width);
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
    MOTION_OPS,
    .draw = car_draw,
    .facts = car_facts,
};

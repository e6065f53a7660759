/* Two vehicles in a plane, seen from the evader: the classic game of collision avoidance (Mitchell, Bayen, Tomlin, A
 * time-dependent Hamilton-Jacobi formulation of reachable sets, IEEE TAC 50(7), 2005). */
#include <math.h>
#include <stddef.h>

#include "base/error.h"
#include "base/math.h"
#include "base/memory.h"
#include "env/builtin.h"
#include "env/draw.h"
#include "env/game.h"

enum { NX = 3, NO = 4 }; // x, y of the pursuer ahead and to the left of the evader, psi its heading less the evader's
#define TWO_PI 6.283185307179586

#define ROWS(X)                                                                                                        \
  X(REAL, dt, 0.05, 1e-6, 10, NULL, "s", "Length of a step; turn rates are held, the motion is exact.")                \
  X(REAL, evader_speed, 5, 0, 1e6, NULL, "m/s", "Speed of the evader.")                                                \
  X(REAL, pursuer_speed, 5, 0, 1e6, NULL, "m/s", "Speed of the pursuer.")                                              \
  X(REAL, control, 1, 0, 1e3, NULL, "rad/s", "Turn rate of the evader at u = 1.")                                      \
  X(REAL, disturbance, 1, 0, 1e3, NULL, "rad/s", "Turn rate of the pursuer at a = 1.")                                 \
  X(REAL, radius, 5, 1e-6, 1e6, NULL, "m", "Safe while the vehicles are at least this far apart.")                     \
  X(REAL, fail_distance, 0, 0, 1e6, NULL, "m", "The episode fails below this distance; 0: it never ends early.")       \
  X(REAL, turn_cost, 0.5, 0, 1, NULL, "", "Weight of u^2 in the reward 1 - turn_cost u^2.")                            \
  X(REAL, eval_near, 19, 0, 1e6, NULL, "m", "Evaluation starts: smallest distance, all bearings and headings.")        \
  X(REAL, eval_far, 22, 0, 1e6, NULL, "m", "Evaluation starts: largest distance.")                                     \
  X(INT, horizon, 100, 1, 1000000, NULL, "steps", "Length of an evaluation episode.")

typedef struct air3d_settings {
  ROWS(DURO_SETTINGS_FIELD)
} air3d_settings;

#define DURO_SETTINGS_OF air3d_settings
static const duro_setting rows[] = {ROWS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

static const char *const names[] = {"x", "y", "psi"};
static const char *const units[] = {"m", "m", "rad"};
static const bool periodic[] = {false, false, true};

enum { X = 1 << 0, Y = 1 << 1, PSI = 1 << 2 };
static const uint64_t needs[] = {X | Y | PSI, X | Y | PSI, PSI};

// the box of the literature, for a radius of 5; it grows with the radius
static const double box_low[] = {-1.2, -2.0}, box_high[] = {4.0, 2.0};

typedef struct air3d_shared {
  double low[NX], high[NX]; // region of interest
} air3d_shared;

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
                              .h_needs = X | Y};
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

static void air3d_observe(const duro_env *env, float *obs, const double *x) {
  const air3d_settings *s = env->settings;
  double sine, cosine;
  m_sincos(x[2], &sine, &cosine);
  obs[0] = (float)(x[0] / s->radius);
  obs[1] = (float)(x[1] / s->radius);
  obs[2] = (float)cosine;
  obs[3] = (float)sine;
}

static double air3d_constraint(const duro_env *env, const double *x) {
  return distance(x) - ((const air3d_settings *)env->settings)->radius;
}

/* sin(z)/z */
static double sinc(double z, double sine) {
  return z == 0.0 ? 1.0 : sine / z;
}

/*
 * The flow of  x' = -va + vb cos psi + w y,  y' = vb sin psi - w x,  psi' = b - w  with turn rates w, b held for t:
 * both vehicles drive circles, along chords of length v t sinc(turn/2) at half the turn, and the evader's axes turn by
 * w t.
 */
static void flow(const air3d_settings *s, double *x2, const double *x, double w, double b) {
  const double t = s->dt, half = 0.5 * w * t, bend = 0.5 * b * t;
  double se, ce, sp, cp, sb, cb;
  m_sincos(half, &se, &ce);
  m_sincos(x[2] + bend, &sp, &cp);
  m_sincos(bend, &sb, &cb);
  const double evader = s->evader_speed * t * sinc(half, se), pursuer = s->pursuer_speed * t * sinc(bend, sb);
  const double dx = x[0] + pursuer * cp - evader * ce, dy = x[1] + pursuer * sp - evader * se;
  const double cosine = ce * ce - se * se, sine = 2.0 * se * ce; // of w t
  x2[0] = cosine * dx + sine * dy;
  x2[1] = cosine * dy - sine * dx;
  x2[2] = env_wrap(x[2] + t * (b - w), TWO_PI);
}

static void air3d_any_step(ENV_STEP_ARGUMENTS) {
  (void)worker;
  const air3d_settings *s = env->settings;
  flow(s, x2, x, s->control * u[0], s->disturbance * a[0]);
  if (!env_all_finite(x2, NX)) {
    env_not_finite(x2, out, NX);
    return;
  }
  out->r = 1.0 - s->turn_cost * u[0] * u[0];
  out->h = air3d_constraint(env, x2);
  out->end = distance(x2) < s->fail_distance ? DURO_TERMINATED : DURO_RUNNING;
}

ENV_STEP(air3d_step, air3d_any_step)

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

const duro_env_ops duro_air3d = {
    .name = "air3d",
    .title = "keep away from a pursuing vehicle of the same speed and turn rate, in relative coordinates",
    .settings = rows,
    .n_settings = sizeof rows / sizeof *rows,
    .settings_size = sizeof(air3d_settings),
    .create = air3d_create,
    .destroy = air3d_destroy,
    .reset = air3d_reset,
    .observe = air3d_observe,
    .constraint = air3d_constraint,
    .step = air3d_step,
    .draw = air3d_draw,
};

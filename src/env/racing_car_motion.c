/* The motion of the car, compiled for each width of vectors. */
#include "env/lanes_game.h"
#include "env/racing_car.h"

#define MOTION_NAME racing_car
#define VECTORS (LANES > 1 ? 2 : 1)

static const double ahead[N_AHEAD] = {0, 0.15, 0.3, 0.5, 0.75, 1}; // m

/* of a step: steering and drive of the control, gusts of the disturbance */
typedef struct held {
  vec delta, sine, cosine; // of the steering angle
  vec duty, front, rear;   // N, gusts at the axles
} held;

static double length_of(const duro_env *env) {
  return ((const car_shared *)env->shared)->length;
}

static const racing_track *track_of(const duro_env *env) {
  return ((const car_shared *)env->shared)->track;
}

/* between two entries of a table */
typedef struct spot {
  int entry[LANES];
  vec part; // of the way to the next one
} spot;

INLINE spot find_spot(const racing_track *t, vec place) {
  const vec at = lanes_wrap(place, t->length) * t->per;
  const vec low = v_larger(v_floor(at), v_of(0.0)), entry = v_smaller(v_of(t->count - 1), low); // of NaN: the first
  spot found = {.part = at - entry};
  double entries[LANES];
  v_store(entries, entry);
  for (int l = 0; l < LANES; l++) found.entry[l] = (int)entries[l];
  return found;
}

INLINE vec look_up(const double *table, const spot *at) {
  double here[LANES], next[LANES];
  for (int l = 0; l < LANES; l++) {
    here[l] = table[at->entry[l]];
    next[l] = table[at->entry[l] + 1];
  }
  return v_fma(at->part, v_load(next) - v_load(here), v_load(here));
}

/* straight, bend, straight, bend */
INLINE vec stadium(const car_settings *s, double length, vec place) {
  const vec along = lanes_wrap(place, 0.5 * length);
  return v_select(v_less(along, v_of(s->straight)), v_of(0.0), v_of(1.0 / s->bend));
}

INLINE vec curvature(const duro_env *env, vec place) {
  const racing_track *t = track_of(env);
  if (!t) return stadium(env->settings, length_of(env), place);
  const spot at = find_spot(t, place);
  return look_up(t->kappa, &at);
}

/* from the middle to the edge of the road, on the side of the car */
INLINE vec edge(const duro_env *env, const vec *x) {
  const racing_track *t = track_of(env);
  if (!t) return v_of(((const car_settings *)env->settings)->fail_width);
  const spot at = find_spot(t, x[0]);
  return v_select(v_less(x[1], v_of(0.0)), look_up(t->right, &at), look_up(t->left, &at));
}

/* from the middle to where h = 0 */
INLINE vec room(const duro_env *env, const vec *x) {
  const car_settings *s = env->settings;
  if (!track_of(env)) return v_of(s->safe_width);
  return edge(env, x) - (s->fail_width - s->safe_width);
}

INLINE vec safety(const duro_env *env, const vec *x) {
  const vec width = room(env, x);
  return (width - v_abs(x[1])) / width;
}

INLINE void observation(const duro_env *env, vec *obs, const vec *x) {
  obs[0] = x[1] / room(env, x);
  for (int i = 2; i < NX; i++) obs[i - 1] = x[i];
  for (int i = 0; i < N_AHEAD; i++) obs[NX - 1 + i] = curvature(env, x[0] + ahead[i]);
}

/* velocity along the road's middle and across it */
INLINE void progress(vec *along, vec *across, const vec *x, vec kappa) {
  vec sine, cosine;
  v_sincos_near(x[2], &sine, &cosine);
  *along = (x[3] * cosine - x[4] * sine) / (1.0 - x[1] * kappa);
  *across = x[3] * sine + x[4] * cosine;
}

/* ---- the angles of the tyres: four arctangents and two sines a derivative are most of the work, so they have series
 * of their own, shorter than those of base/lanes.h, with errors of a few 1e-16 ---- */

// (atan(t) - t)/t^3 in powers of t^2, |t| <= tan(pi/8), highest first; and (sin(r) - r)/r^3, |r| <= pi/2. Remez's
// algorithm in 60 digits; relative errors 3.5e-17 and 1.3e-16
static const double arctangent[10] = {
    0.021247872670926468, -0.043582141286242077, 0.056922707632541675, -0.06641077698040448, 0.07690064283552599,
    -0.09090782205165576, 0.11111106648368586,   -0.1428571419523231,  0.19999999999089882,  -0.3333333333333016};
static const double sine[7] = {-7.3765265969914e-13,  1.604837188367447e-10,   -2.50518896760838e-08,
                               2.755731675805268e-06, -0.00019841269826392655, 0.008333333333290768,
                               -0.16666666666666255};
static const double near = 0.41421356237309503, far = 2.414213562373095; // tan of an eighth and three eighths of pi

/* atan(a / b) of a, b >= 0; 0 for a = b = 0 */
INLINE vec atan_ratio(vec a, vec b) {
  const mask low = v_less(a, near * b), middle = v_less(a, far * b);
  const vec up = v_select(low, a, v_select(middle, a - b, -b));
  const vec down = v_larger(v_of(1e-300), v_select(low, b, v_select(middle, a + b, a)));
  const vec base = v_select(low, v_of(0.0), v_select(middle, v_of(0.5 * M_HALF_PI), v_of(M_HALF_PI)));
  const vec t = up / down, z = t * t;
  return base + v_fma(t * z, v_series(arctangent, 10, z), t);
}

/* angle of (x, y) */
INLINE vec direction(vec y, vec x) {
  const vec angle = atan_ratio(v_abs(y), v_abs(x));
  return v_copysign(v_select(v_sign(x), M_PI_HIGH - angle, angle), y);
}

/* D sin(C atan(B slip)) */
INLINE vec tyre(double b, double c, double d, vec slip) {
  const vec y = b * slip, x = c * v_copysign(atan_ratio(v_abs(y), v_of(1.0)), y);
  const vec t = v_fma(x, v_of(0.5 * M_2_OVER_PI), v_of(M_MAGIC)), n = t - v_of(M_MAGIC); // half turns
  const vec r = v_fma(n, v_of(-2.0 * M_HALF_PI_LOW), v_fma(n, v_of(-2.0 * M_HALF_PI), x)), z = r * r;
  return d * v_flip(v_fma(r * z, v_series(sine, 7, z), r), t); // every other one changes the sign
}

/*
 *   m vx' = Frx - Ffy sin delta + m vy r             s'    = (vx cos epsi - vy sin epsi)/(1 - ey kappa)
 *   m vy' = Fry + Ffy cos delta - m vx r + wf + wr   ey'   = vx sin epsi + vy cos epsi
 *   I r'  = Ffy lf cos delta - Fry lr + lf wf - lr wr  epsi' = r - kappa s'
 */
INLINE void derivative(const duro_env *env, vec *dx, const vec *x, const held *in) {
  const car_settings *s = env->settings;
  const double per_mass = 1.0 / s->mass, per_inertia = 1.0 / s->inertia;
  const vec vx = x[3], vy = x[4], r = x[5], kappa = curvature(env, x[0]);
  const vec ffy = tyre(s->front_b, s->front_c, s->front_d, in->delta - direction(vy + s->front * r, vx));
  const vec fry = tyre(s->rear_b, s->rear_c, s->rear_d, -direction(vy - s->rear * r, vx));
  progress(&dx[0], &dx[1], x, kappa);
  const vec frx = (s->motor_1 - s->motor_2 * vx) * in->duty - s->drag_0 - s->drag_2 * vx * vx;
  const vec front = ffy * in->cosine + in->front, back = fry + in->rear;
  dx[2] = r - kappa * dx[0];
  dx[3] = (frx - ffy * in->sine) * per_mass + vy * r;
  dx[4] = (front + back) * per_mass - vx * r;
  dx[5] = (s->front * front - s->rear * back) * per_inertia;
}

#include "env/lanes_runge_kutta.h"

INLINE void motions(const duro_env *env, vec (*x2)[NX], vec (*x)[NX], vec (*u)[NU], vec (*a)[NA]) {
  const car_settings *s = env->settings;
  held in[VECTORS];
  for (int j = 0; j < VECTORS; j++) {
    in[j] = (held){.delta = s->steering * u[j][0],
                   .duty = s->duty_mean + s->duty_range * u[j][1],
                   .front = s->disturbance * a[j][0],
                   .rear = s->disturbance * a[j][1]};
    v_sincos_near(in[j].delta, &in[j].sine, &in[j].cosine);
    for (int i = 0; i < NX; i++) x2[j][i] = x[j][i];
  }
  for (int64_t k = 0; k < s->substeps; k++) runge_kutta(env, s->substep, x2, in);
  for (int j = 0; j < VECTORS; j++) x2[j][0] = lanes_wrap(x2[j][0], length_of(env));
}

INLINE void verdict(const duro_env *env, outcome *out, const vec *x2, const vec *u, const vec *a) {
  (void)a;
  const car_settings *s = env->settings;
  vec forward, across;
  progress(&forward, &across, x2, curvature(env, x2[0]));
  out->r = forward - s->steering_cost * u[0] * u[0];
  out->h = safety(env, x2);
  out->failed = mask_or(v_less(edge(env, x2), v_abs(x2[1])), v_less(x2[3], v_of(s->fail_speed)));
}

#include "env/motion_loops.h"

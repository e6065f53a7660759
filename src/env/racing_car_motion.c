/* The motion of the car, compiled for each width of vectors. */
#include "env/lanes_game.h"
#include "env/racing_car.h"

#define MOTION_NAME racing_car

static const double ahead[N_AHEAD] = {0, 0.15, 0.3, 0.5, 0.75, 1}; // m

/* forces of a step, held: steering and drive of the control, gusts of the disturbance */
typedef struct car_inputs {
  vec delta, sine, cosine; // of the steering angle
  vec duty, front, rear;   // N, gusts at the axles
} car_inputs;

INLINE vec safety(const duro_env *env, const vec *x) {
  const car_settings *s = env->settings;
  return (s->safe_width - v_abs(x[1])) / s->safe_width;
}

/* straight, bend, straight, bend */
INLINE vec curvature(const car_settings *s, double length, vec place) {
  const vec along = lanes_wrap(place, 0.5 * length);
  return v_select(v_less(along, v_of(s->straight)), v_of(0.0), v_of(1.0 / s->bend));
}

static double length_of(const duro_env *env) {
  return ((const car_shared *)env->shared)->length;
}

INLINE void observation(const duro_env *env, vec *obs, const vec *x) {
  const car_settings *s = env->settings;
  obs[0] = x[1] / s->safe_width;
  for (int i = 2; i < NX; i++) obs[i - 1] = x[i];
  for (int i = 0; i < N_AHEAD; i++) obs[NX - 1 + i] = curvature(s, length_of(env), x[0] + ahead[i]);
}

/* velocity along the road's middle and across it */
INLINE void progress(vec *along, vec *across, const vec *x, vec kappa) {
  vec sine, cosine;
  v_sincos(x[2], &sine, &cosine);
  *along = (x[3] * cosine - x[4] * sine) / (1.0 - x[1] * kappa);
  *across = x[3] * sine + x[4] * cosine;
}

/* D sin(C atan(B slip)) */
INLINE vec tyre(double b, double c, double d, vec slip) {
  return d * v_sin(c * v_atan(b * slip));
}

/*
 *   m vx' = Frx - Ffy sin delta + m vy r             s'    = (vx cos epsi - vy sin epsi)/(1 - ey kappa)
 *   m vy' = Fry + Ffy cos delta - m vx r + wf + wr   ey'   = vx sin epsi + vy cos epsi
 *   I r'  = Ffy lf cos delta - Fry lr + lf wf - lr wr  epsi' = r - kappa s'
 */
INLINE void derivative(const car_settings *s, double length, vec *dx, const vec *x, const car_inputs *in) {
  const vec vx = x[3], vy = x[4], r = x[5];
  const vec slip_front = in->delta - v_atan2(vy + s->front * r, vx), slip_rear = -v_atan2(vy - s->rear * r, vx);
  const vec ffy = tyre(s->front_b, s->front_c, s->front_d, slip_front);
  const vec fry = tyre(s->rear_b, s->rear_c, s->rear_d, slip_rear);
  const vec frx = (s->motor_1 - s->motor_2 * vx) * in->duty - s->drag_0 - s->drag_2 * vx * vx;
  const vec kappa = curvature(s, length, x[0]);
  progress(&dx[0], &dx[1], x, kappa);
  dx[2] = r - kappa * dx[0];
  dx[3] = (frx - ffy * in->sine) / s->mass + vy * r;
  dx[4] = (fry + ffy * in->cosine + in->front + in->rear) / s->mass - vx * r;
  dx[5] = (s->front * (ffy * in->cosine + in->front) - s->rear * (fry + in->rear)) / s->inertia;
}

/* out = x + step d */
INLINE void along(vec *out, const vec *x, double step, const vec *d) {
  for (int i = 0; i < NX; i++) out[i] = x[i] + step * d[i];
}

/* one classical Runge-Kutta step of fourth order, in place */
INLINE void runge_kutta(const car_settings *s, double length, vec *x, const car_inputs *in) {
  const double dt = s->substep;
  vec k1[NX], k2[NX], k3[NX], k4[NX], at[NX];
  derivative(s, length, k1, x, in);
  along(at, x, 0.5 * dt, k1);
  derivative(s, length, k2, at, in);
  along(at, x, 0.5 * dt, k2);
  derivative(s, length, k3, at, in);
  along(at, x, dt, k3);
  derivative(s, length, k4, at, in);
  for (int i = 0; i < NX; i++) x[i] += dt / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]);
}

INLINE void motion(const duro_env *env, vec *x2, const vec *x, const vec *u, const vec *a) {
  const car_settings *s = env->settings;
  const double length = length_of(env);
  car_inputs in = {.delta = s->steering * u[0],
                   .duty = s->duty_mean + s->duty_range * u[1],
                   .front = s->disturbance * a[0],
                   .rear = s->disturbance * a[1]};
  v_sincos(in.delta, &in.sine, &in.cosine);
  for (int i = 0; i < NX; i++) x2[i] = x[i];
  for (int64_t k = 0; k < s->substeps; k++) runge_kutta(s, length, x2, &in);
  x2[0] = lanes_wrap(x2[0], length);
}

INLINE void verdict(const duro_env *env, outcome *out, const vec *x2, const vec *u, const vec *a) {
  (void)a;
  const car_settings *s = env->settings;
  vec forward, across;
  progress(&forward, &across, x2, curvature(s, length_of(env), x2[0]));
  out->r = forward - s->steering_cost * u[0] * u[0];
  out->h = safety(env, x2);
  out->failed = mask_or(lanes_beyond(x2[1], s->fail_width), v_less(x2[3], v_of(s->fail_speed)));
}

#include "env/motion_loops.h"

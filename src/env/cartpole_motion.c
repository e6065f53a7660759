/* The motion of the cart-pole, compiled for each width of vectors. */
#include "env/cartpole_lanes.h"

#define MOTION_NAME cartpole
#define OBSERVES_STATE
enum { NX = CARTPOLE_NX, NO = NX, NU = 1, NA = 1 };

INLINE vec safety(const duro_env *env, const vec *x) {
  return cartpole_safety(env->settings, x);
}

/*
 * Newton-Euler of cart and pole; (rx, rz) is the centre of the leaning pole, from the hinge:
 *   rx = lx cos th + lz sin th,  rz = -lx sin th + lz cos th
 *   [ mt     mp rz                ] [xdd ]   [ F - bx xd + mp rx thd^2 ]
 *   [ mp rz  Ic + mp(lx^2 + lz^2) ] [thdd] = [ -bth thd + mp g rx      ]
 */
INLINE void derivative(const cartpole_settings *s, vec *dx, const vec *x, vec force) {
  vec sine, cosine;
  v_sincos(x[1], &sine, &cosine);
  const double mp = s->pole_mass, lx = s->pole_x, lz = s->pole_z;
  const vec rx = lx * cosine + lz * sine, rz = lz * cosine - lx * sine;
  const double m11 = s->cart_mass + mp, m22 = s->pole_inertia + mp * (lx * lx + lz * lz);
  const vec m12 = mp * rz;
  const vec b1 = force - s->cart_damping * x[2] + mp * rx * x[3] * x[3]; // N
  const vec b2 = mp * s->gravity * rx - s->pole_damping * x[3];          // N m
  const vec det = m11 * m22 - m12 * m12;
  dx[0] = x[2];
  dx[1] = x[3];
  dx[2] = (m22 * b1 - m12 * b2) / det;
  dx[3] = (m11 * b2 - m12 * b1) / det;
}

/* out = x + step d */
INLINE void along(vec *out, const vec *x, double step, const vec *d) {
  for (int i = 0; i < NX; i++) out[i] = x[i] + step * d[i];
}

/* one classical Runge-Kutta step of fourth order, in place */
INLINE void runge_kutta(const cartpole_settings *s, vec *x, vec force) {
  const double dt = s->substep;
  vec k1[NX], k2[NX], k3[NX], k4[NX], at[NX];
  derivative(s, k1, x, force);
  along(at, x, 0.5 * dt, k1);
  derivative(s, k2, at, force);
  along(at, x, 0.5 * dt, k2);
  derivative(s, k3, at, force);
  along(at, x, dt, k3);
  derivative(s, k4, at, force);
  for (int i = 0; i < NX; i++) x[i] += dt / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]);
}

INLINE void motion(const duro_env *env, vec *x2, const vec *x, const vec *u, const vec *a) {
  const cartpole_settings *s = env->settings;
  const vec force = s->force * u[0] + s->disturbance * a[0]; // N
  for (int i = 0; i < NX; i++) x2[i] = x[i];
  for (int64_t k = 0; k < s->substeps; k++) runge_kutta(s, x2, force);
}

INLINE void verdict(const duro_env *env, outcome *out, const vec *x2, const vec *u, const vec *a) {
  (void)a;
  cartpole_verdict(env->settings, out, x2, u[0]);
}

#include "env/motion_loops.h"

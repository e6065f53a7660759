/* The motion of the cart-pole, compiled for each width of vectors. */
#include "env/cartpole_lanes.h"

#define MOTION_NAME cartpole
#define HAS_RATES
#define OBSERVES_STATE
#define VECTORS (LANES > 1 ? 2 : 1)
enum { NX = CARTPOLE_NX, NO = NX, NU = 1, NA = 1 };

INLINE vec safety(const duro_env *env, const vec *x) {
  return cartpole_safety(env->settings, x);
}

typedef vec held; // N, the force

/*
 * Newton-Euler of cart and pole; (rx, rz) is the centre of the leaning pole, from the hinge:
 *   rx = lx cos th + lz sin th,  rz = -lx sin th + lz cos th
 *   [ mt     mp rz                ] [xdd ]   [ F - bx xd + mp rx thd^2 ]
 *   [ mp rz  Ic + mp(lx^2 + lz^2) ] [thdd] = [ -bth thd + mp g rx      ]
 */
INLINE void derivative(const duro_env *env, vec *dx, const vec *x, const held *force) {
  const cartpole_settings *s = env->settings;
  vec sine, cosine;
  v_sincos_near(x[1], &sine, &cosine);
  const double mp = s->pole_mass, lx = s->pole_x, lz = s->pole_z;
  const vec rx = lx * cosine + lz * sine, rz = lz * cosine - lx * sine;
  const double m11 = s->cart_mass + mp, m22 = s->pole_inertia + mp * (lx * lx + lz * lz);
  const vec m12 = mp * rz;
  const vec b1 = *force - s->cart_damping * x[2] + mp * rx * x[3] * x[3]; // N
  const vec b2 = mp * s->gravity * rx - s->pole_damping * x[3];           // N m
  const vec det = m11 * m22 - m12 * m12;
  dx[0] = x[2];
  dx[1] = x[3];
  dx[2] = (m22 * b1 - m12 * b2) / det;
  dx[3] = (m11 * b2 - m12 * b1) / det;
}

#include "env/lanes_runge_kutta.h"

INLINE void motions(const duro_env *env, vec (*x2)[NX], vec (*x)[NX], vec (*u)[NU], vec (*a)[NA]) {
  const cartpole_settings *s = env->settings;
  held force[VECTORS];
  for (int j = 0; j < VECTORS; j++) {
    force[j] = s->force * u[j][0] + s->disturbance * a[j][0];
    for (int i = 0; i < NX; i++) x2[j][i] = x[j][i];
  }
  for (int64_t k = 0; k < s->substeps; k++) runge_kutta(env, s->substep, x2, force);
}

INLINE void rates(const duro_env *env, vec *dx, const vec *x, const vec *u, const vec *a) {
  const cartpole_settings *s = env->settings;
  const held force = s->force * u[0] + s->disturbance * a[0];
  derivative(env, dx, x, &force);
}

INLINE void verdict(const duro_env *env, outcome *out, const vec *x2, const vec *u, const vec *a) {
  (void)a;
  cartpole_verdict(env->settings, out, x2, u[0]);
}

#include "env/motion_loops.h"

/* The classical Runge-Kutta step of fourth order over VECTORS vectors of states, side by side. Included by a motion
 * after its derivative(env, dx, x, in) of one vector; `held` is what a step holds. */
#include "env/lanes_game.h"

INLINE void slopes(const duro_env *env, vec (*dx)[NX], vec (*x)[NX], const held *in) {
  for (int j = 0; j < VECTORS; j++) derivative(env, dx[j], x[j], &in[j]);
}

/* out = x + step d */
INLINE void along(vec (*out)[NX], vec (*x)[NX], double step, vec (*d)[NX]) {
  for (int j = 0; j < VECTORS; j++)
    for (int i = 0; i < NX; i++) out[j][i] = x[j][i] + step * d[j][i];
}

/* in place */
INLINE void runge_kutta(const duro_env *env, double dt, vec (*x)[NX], const held *in) {
  vec k1[VECTORS][NX], k2[VECTORS][NX], k3[VECTORS][NX], k4[VECTORS][NX], at[VECTORS][NX];
  slopes(env, k1, x, in);
  along(at, x, 0.5 * dt, k1);
  slopes(env, k2, at, in);
  along(at, x, 0.5 * dt, k2);
  slopes(env, k3, at, in);
  along(at, x, dt, k3);
  slopes(env, k4, at, in);
  for (int j = 0; j < VECTORS; j++)
    for (int i = 0; i < NX; i++) x[j][i] += dt / 6.0 * (k1[j][i] + 2.0 * (k2[j][i] + k3[j][i]) + k4[j][i]);
}

/* Motion, constraint and cost of one double integrator, over vectors of states. */
#ifndef DURO_ENV_DOUBLE_INTEGRATOR_LANES_H
#define DURO_ENV_DOUBLE_INTEGRATOR_LANES_H

#include "env/double_integrator.h"
#include "env/lanes_game.h"

/* x2 = f(x, u, a) of one point: (x1, x2) each */
INLINE void di_move(const di_settings *s, di_order order, vec *x2, const vec *x, vec u, vec a) {
  const double dt = s->dt;
  const vec w = s->control * u + s->disturbance * a;
  x2[1] = x[1] + dt * w;
  x2[0] = x[0] + dt * (order == DI_SEMI ? x2[1] : x[1]);
  if (order == DI_HOLD) x2[0] += 0.5 * dt * dt * w;
}

INLINE void di_rates(const di_settings *s, vec *dx, const vec *x, vec u, vec a) {
  dx[0] = x[1];
  dx[1] = s->control * u + s->disturbance * a;
}

INLINE vec di_safety(const di_settings *s, const vec *x) {
  return lanes_min(s->bound_x1 - v_abs(x[0]), s->bound_x2 - v_abs(x[1]));
}

INLINE mask di_failed(const di_settings *s, const vec *x) {
  return mask_or(lanes_beyond(x[0], s->fail_bound), lanes_beyond(x[1], s->fail_bound));
}

/* state_cost (x1^2 + x2^2) + control_cost u^2 */
INLINE vec di_cost(const di_settings *s, const vec *x, vec u) {
  return s->state_cost * (x[0] * x[0] + x[1] * x[1]) + s->control_cost * u * u;
}

#endif

/* Constraint, reward and end of both cart-poles, over vectors of states. */
#ifndef DURO_ENV_CARTPOLE_LANES_H
#define DURO_ENV_CARTPOLE_LANES_H

#include "env/cartpole_task.h"
#include "env/lanes_game.h"

INLINE vec cartpole_safety(const cartpole_settings *s, const vec *x) {
  return lanes_min((s->safe_angle - v_abs(x[1])) / s->safe_angle, (s->safe_position - v_abs(x[0])) / s->safe_position);
}

INLINE void cartpole_verdict(const cartpole_settings *s, outcome *out, const vec *x2, vec u) {
  out->r = 1.0 - v_abs(x2[0] - s->target) - s->control_cost * u * u;
  out->h = cartpole_safety(s, x2);
  out->failed = mask_or(lanes_beyond(x2[1], s->fail_angle), lanes_beyond(x2[0], s->fail_position));
}

#endif

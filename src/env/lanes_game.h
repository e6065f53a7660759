/* Small things that the motions of several environments share, over vectors of states. */
#ifndef DURO_ENV_LANES_GAME_H
#define DURO_ENV_LANES_GAME_H

#include "base/lanes.h"
#include "duro/env.h"

/* what a step led to, beside the state */
typedef struct outcome {
  vec r, h;
  mask failed; // DURO_TERMINATED
  mask cut;    // DURO_TRUNCATED, unless it failed
} outcome;

/* the smaller of two; NaN if either is */
INLINE vec lanes_min(vec a, vec b) {
  return v_select(mask_or(v_less(b, a), v_is_nan(b)), b, a);
}

/* within [low, high]; NaN stays NaN */
INLINE vec lanes_clip(vec x, double low, double high) {
  return v_smaller(v_of(high), v_larger(v_of(low), x));
}

/* is the size of x above the limit? */
INLINE mask lanes_beyond(vec x, double limit) {
  return v_less(v_of(limit), v_abs(x));
}

/* the same place of [0, period) */
INLINE vec lanes_wrap(vec x, double period) {
  const vec zero = v_of(0.0), end = v_of(period);
  const mask inside = mask_and(mask_not(v_less(x, zero)), v_less(x, end));
  if (mask_all(inside)) return x;
  const vec y = x - end * v_floor(x / end);
  const mask seam = mask_or(v_less(y, zero), mask_not(mask_or(v_less(y, end), v_is_nan(y)))); // rounded onto it
  return v_select(inside, x, v_select(seam, zero, y));
}

#endif

/* Small things that several environments share. */
#ifndef DURO_ENV_GAME_H
#define DURO_ENV_GAME_H

#include <math.h>

#include "duro/env.h"

/* the smaller of two; NaN if either is */
static inline double env_min(double a, double b) {
  return b < a || isnan(b) ? b : a;
}

/* next number in [-width, width) */
static inline double env_around_zero(duro_stream *stream, double width) {
  return width * (2.0 * duro_stream_uniform(stream) - 1.0);
}

/* the same place of [0, period) */
static inline double env_wrap(double x, double period) {
  if (x >= 0.0 && x < period) return x;
  const double y = x - period * floor(x / period);
  return y < 0.0 || y >= period ? 0.0 : y; // rounded onto the seam
}

static inline bool env_all_finite(const double *x, int count) {
  for (int i = 0; i < count; i++)
    if (!isfinite(x[i])) return false;
  return true;
}

/* the result of a step that no number describes: NaN everywhere, for the caller to report */
static inline void env_not_finite(double *x2, duro_step *out, int nx) {
  for (int i = 0; i < nx; i++) x2[i] = NAN;
  *out = (duro_step){.r = NAN, .h = NAN, .end = DURO_RUNNING};
}

#endif

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

/* within [low, high]; NaN stays NaN */
static inline double env_clip(double x, double low, double high) {
  return x < low ? low : x > high ? high : x;
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

/*
 * ENV_STEP(name, any) makes the step `name` of an environment from the function `any`, compiled twice: for processors
 * that have fused multiply-add, and for those where fma() is a call. The bits are the same; the first is several times
 * faster.
 */
#define ENV_STEP_ARGUMENTS                                                                                             \
  const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u, const double *a
#if defined __x86_64__ && defined __GNUC__
#define ENV_STEP(name, any)                                                                                            \
  __attribute__((target("fma"), flatten)) static void name##_fma(ENV_STEP_ARGUMENTS) {                                 \
    any(env, worker, x2, out, x, u, a);                                                                                \
  }                                                                                                                    \
  static void name(ENV_STEP_ARGUMENTS) {                                                                               \
    if (__builtin_cpu_supports("fma"))                                                                                 \
      name##_fma(env, worker, x2, out, x, u, a);                                                                       \
    else                                                                                                               \
      any(env, worker, x2, out, x, u, a);                                                                              \
  }
#else
#define ENV_STEP(name, any)                                                                                            \
  static void name(ENV_STEP_ARGUMENTS) {                                                                               \
    any(env, worker, x2, out, x, u, a);                                                                                \
  }
#endif

#endif

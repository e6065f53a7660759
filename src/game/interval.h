/* Intervals with outward rounding, independent of the processor's rounding mode: the nearest double of an operation
 * is at most half a unit in the last place off, and every end is moved outwards by at least that. Sine and cosine
 * rest on m_sincos, whose error (below 1e-16 for |x| <= 1e5, tests/base/test_math.c) is allowed for ten times over. */
#ifndef DURO_GAME_INTERVAL_H
#define DURO_GAME_INTERVAL_H

#include <math.h>
#include <stdbool.h>

#include "base/math.h"

typedef struct interval {
  double lo, hi;
} interval;

static inline double i_down(double x) {
  return x - (fabs(x) * 0x1p-52 + 0x1p-1060);
}

static inline double i_up(double x) {
  return x + (fabs(x) * 0x1p-52 + 0x1p-1060);
}

static inline interval i_point(double x) {
  return (interval){x, x};
}

static inline interval i_all(void) {
  return (interval){-INFINITY, INFINITY};
}

static inline bool i_zero(interval a) {
  return a.lo == 0.0 && a.hi == 0.0;
}

/* ends of which one is not a number say nothing */
static inline interval i_safe(double lo, double hi) {
  return lo <= hi ? (interval){i_down(lo), i_up(hi)} : i_all();
}

static inline interval i_neg(interval a) {
  return (interval){-a.hi, -a.lo};
}

static inline interval i_add(interval a, interval b) {
  if (i_zero(a)) return b;
  if (i_zero(b)) return a;
  return i_safe(a.lo + b.lo, a.hi + b.hi);
}

static inline interval i_sub(interval a, interval b) {
  return i_add(a, i_neg(b));
}

static inline double i_min(double a, double b) {
  return b < a ? b : a;
}

static inline double i_max(double a, double b) {
  return b > a ? b : a;
}

static inline interval i_mul(interval a, interval b) {
  if (i_zero(a) || i_zero(b)) return i_point(0.0);
  const double p = a.lo * b.lo, q = a.lo * b.hi, r = a.hi * b.lo, s = a.hi * b.hi;
  if (isnan(p + q + r + s)) return i_all();
  return i_safe(i_min(i_min(p, q), i_min(r, s)), i_max(i_max(p, q), i_max(r, s)));
}

static inline interval i_div(interval a, interval b) {
  if (i_zero(a) && !(b.lo <= 0.0 && b.hi >= 0.0)) return a;
  if (b.lo <= 0.0 && b.hi >= 0.0) return i_all();
  const double p = a.lo / b.lo, q = a.lo / b.hi, r = a.hi / b.lo, s = a.hi / b.hi;
  if (isnan(p + q + r + s)) return i_all();
  return i_safe(i_min(i_min(p, q), i_min(r, s)), i_max(i_max(p, q), i_max(r, s)));
}

static inline interval i_hull(interval a, interval b) {
  return (interval){i_min(a.lo, b.lo), i_max(a.hi, b.hi)};
}

static inline interval i_abs(interval a) {
  if (a.lo >= 0.0) return a;
  if (a.hi <= 0.0) return i_neg(a);
  return (interval){0.0, i_max(-a.lo, a.hi)};
}

/* of the part that is not negative; anything where there is none */
static inline interval i_sqrt(interval a) {
  if (!(a.lo >= 0.0)) return i_all();
  const interval root = i_safe(sqrt(a.lo), sqrt(a.hi));
  return (interval){i_max(root.lo, 0.0), root.hi};
}

/* cos of [a + shift pi/2]: the ends, and +-1 where a multiple of pi lies between, or may */
static inline interval i_wave(interval a, bool sine) {
  const double pi = 3.14159265358979323846, unsure = 1e-9, error = 0x1p-50, offset = sine ? 0.5 : 0.0;
  if (!(a.lo >= -1e5 && a.hi <= 1e5)) return (interval){-1.0, 1.0};
  const double first = ceil(a.lo / pi - offset - unsure), last = floor(a.hi / pi - offset + unsure);
  if (last - first >= 1.0) return (interval){-1.0, 1.0};
  const double p = sine ? m_sin(a.lo) : m_cos(a.lo), q = sine ? m_sin(a.hi) : m_cos(a.hi);
  interval out = {i_max(i_min(p, q) - error, -1.0), i_min(i_max(p, q) + error, 1.0)};
  if (first == last) {
    const bool top = fmod(first, 2.0) == 0.0;
    if (top)
      out.hi = 1.0;
    else
      out.lo = -1.0;
  }
  return out;
}

static inline interval i_cos(interval a) {
  return i_wave(a, false);
}

static inline interval i_sin(interval a) {
  return i_wave(a, true);
}

/* a double inside, and how far the ends are from it at most */
static inline double i_mid(interval a) {
  return 0.5 * (a.lo + a.hi);
}

static inline double i_rad(interval a) {
  const double m = i_mid(a);
  return i_up(i_max(a.hi - m, m - a.lo));
}

#endif

/* A vector of LANES doubles, 1, 4 or 8, and the double functions of base/math.h over it: every lane takes the same
 * operations in the same order, so it holds the bits of the scalar function whatever the width. Widths above 1 need
 * AVX2 with FMA or AVX-512. Vectors take + - * / and the unary minus, also with a double. Unused until a file
 * defines LANES: see src/env/motion_loops.h. */
#ifndef DURO_BASE_LANES_H
#define DURO_BASE_LANES_H

#include <stdbool.h>

#include "base/math.h"

#ifndef LANES
#define LANES 1
#endif
#define INLINE static inline __attribute__((always_inline, unused)) // no width needs all of them

#if LANES > 1
#include <immintrin.h>
typedef uint64_t lanes_bits __attribute__((vector_size(8 * LANES)));
#endif

#if LANES == 1

typedef double vec;
typedef bool mask;

/* v_larger and v_smaller are the second where they are equal or one is NaN */
INLINE vec v_of(double x) {
  return x;
}
INLINE vec v_load(const double *p) {
  return *p;
}
INLINE void v_store(double *p, vec a) {
  *p = a;
}
INLINE vec v_fma(vec a, vec b, vec c) {
  return fma(a, b, c);
}
INLINE vec v_larger(vec a, vec b) {
  return a > b ? a : b;
}
INLINE vec v_smaller(vec a, vec b) {
  return a < b ? a : b;
}
INLINE vec v_sqrt(vec a) {
  return sqrt(a);
}
INLINE vec v_floor(vec a) {
  return floor(a);
}
INLINE mask v_less(vec a, vec b) {
  return a < b;
}
INLINE mask v_equal(vec a, vec b) {
  return a == b;
}
INLINE mask v_is_nan(vec a) {
  return isnan(a);
}
INLINE mask v_sign(vec a) {
  return signbit(a);
}
INLINE mask mask_of(bool all) {
  return all;
}
INLINE mask mask_and(mask a, mask b) {
  return a && b;
}
INLINE mask mask_or(mask a, mask b) {
  return a || b;
}
INLINE mask mask_not(mask a) {
  return !a;
}
INLINE unsigned mask_bits(mask a) {
  return a;
}
INLINE vec v_select(mask m, vec yes, vec no) {
  return m ? yes : no;
}

#elif LANES == 4

typedef __m256d vec;
typedef __m256d mask; // the sign bits count

INLINE vec v_of(double x) {
  return _mm256_set1_pd(x);
}
INLINE vec v_load(const double *p) {
  return _mm256_loadu_pd(p);
}
INLINE void v_store(double *p, vec a) {
  _mm256_storeu_pd(p, a);
}
INLINE vec v_fma(vec a, vec b, vec c) {
  return _mm256_fmadd_pd(a, b, c);
}
INLINE vec v_larger(vec a, vec b) {
  return _mm256_max_pd(a, b);
}
INLINE vec v_smaller(vec a, vec b) {
  return _mm256_min_pd(a, b);
}
INLINE vec v_sqrt(vec a) {
  return _mm256_sqrt_pd(a);
}
INLINE vec v_floor(vec a) {
  return _mm256_floor_pd(a);
}
INLINE mask v_less(vec a, vec b) {
  return _mm256_cmp_pd(a, b, _CMP_LT_OQ);
}
INLINE mask v_equal(vec a, vec b) {
  return _mm256_cmp_pd(a, b, _CMP_EQ_OQ);
}
INLINE mask v_is_nan(vec a) {
  return _mm256_cmp_pd(a, a, _CMP_UNORD_Q);
}
INLINE mask v_sign(vec a) {
  return a;
}
INLINE mask mask_of(bool all) {
  return _mm256_set1_pd(all ? -1.0 : 1.0);
}
INLINE mask mask_and(mask a, mask b) {
  return _mm256_and_pd(a, b);
}
INLINE mask mask_or(mask a, mask b) {
  return _mm256_or_pd(a, b);
}
INLINE mask mask_not(mask a) {
  return -a;
}
INLINE unsigned mask_bits(mask a) {
  return (unsigned)_mm256_movemask_pd(a);
}
INLINE vec v_select(mask m, vec yes, vec no) {
  return _mm256_blendv_pd(no, yes, m);
}

#elif LANES == 8

typedef __m512d vec;
typedef __mmask8 mask;

INLINE vec v_of(double x) {
  return _mm512_set1_pd(x);
}
INLINE vec v_load(const double *p) {
  return _mm512_loadu_pd(p);
}
INLINE void v_store(double *p, vec a) {
  _mm512_storeu_pd(p, a);
}
INLINE vec v_fma(vec a, vec b, vec c) {
  return _mm512_fmadd_pd(a, b, c);
}
INLINE vec v_larger(vec a, vec b) {
  return _mm512_max_pd(a, b);
}
INLINE vec v_smaller(vec a, vec b) {
  return _mm512_min_pd(a, b);
}
INLINE vec v_sqrt(vec a) {
  return _mm512_sqrt_pd(a);
}
INLINE vec v_floor(vec a) {
  return _mm512_floor_pd(a);
}
INLINE mask v_less(vec a, vec b) {
  return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ);
}
INLINE mask v_equal(vec a, vec b) {
  return _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ);
}
INLINE mask v_is_nan(vec a) {
  return _mm512_cmp_pd_mask(a, a, _CMP_UNORD_Q);
}
INLINE mask v_sign(vec a) {
  return _mm512_movepi64_mask(_mm512_castpd_si512(a));
}
INLINE mask mask_of(bool all) {
  return all ? 0xff : 0;
}
INLINE mask mask_and(mask a, mask b) {
  return (mask)(a & b);
}
INLINE mask mask_or(mask a, mask b) {
  return (mask)(a | b);
}
INLINE mask mask_not(mask a) {
  return (mask)~a;
}
INLINE unsigned mask_bits(mask a) {
  return a;
}
INLINE vec v_select(mask m, vec yes, vec no) {
  return _mm512_mask_blend_pd(m, no, yes);
}

#endif

INLINE bool mask_all(mask a) {
  return mask_bits(a) == (1u << LANES) - 1u;
}

#if LANES == 1

INLINE vec v_abs(vec a) {
  return fabs(a);
}
INLINE vec v_copysign(vec a, vec b) {
  return copysign(a, b);
}
INLINE vec v_flip(vec a, vec t) {
  uint64_t q;
  memcpy(&q, &t, sizeof q);
  return q & 1 ? -a : a;
}
INLINE vec v_series(const double *c, int n, vec z) {
  double p = c[0];
  for (int i = 1; i < n; i++) p = fma(p, z, c[i]);
  return p;
}
INLINE void v_sincos(vec x, vec *sine, vec *cosine) {
  m_sincos(x, sine, cosine);
}
INLINE vec v_atan(vec x) {
  return m_atan(x);
}
INLINE vec v_atan2(vec y, vec x) {
  return m_atan2(y, x);
}

#else

INLINE vec v_abs(vec a) {
  return (vec)((lanes_bits)a & UINT64_C(0x7fffffffffffffff));
}

/* the size of a with the sign of b */
INLINE vec v_copysign(vec a, vec b) {
  const lanes_bits sign = (lanes_bits)b & UINT64_C(0x8000000000000000);
  return (vec)((lanes_bits)v_abs(a) | sign);
}

/* a, negated where the lowest bit of t is set */
INLINE vec v_flip(vec a, vec t) {
  return (vec)((lanes_bits)a ^ (lanes_bits)t << 63);
}

/* c[0] z^(n-1) + ... + c[n-1] in fused steps */
INLINE vec v_series(const double *c, int n, vec z) {
  vec p = v_of(c[0]);
  for (int i = 1; i < n; i++) p = v_fma(p, z, v_of(c[i]));
  return p;
}

/* m_sincos */
INLINE void v_sincos(vec x, vec *sine, vec *cosine) {
  const vec t = v_fma(x, v_of(M_2_OVER_PI), v_of(M_MAGIC));
  const vec n = t - v_of(M_MAGIC);
  vec r = v_fma(n, v_of(-M_HALF_PI), x);
  r = v_fma(n, v_of(-M_HALF_PI_LOW), r);
  const vec z = r * r;
  const vec s = v_fma(v_series(m_sine_series, 6, z) * z, r, r);
  const vec c = v_fma(v_series(m_cosine_series, 6, z) * z, z, v_fma(z, v_of(-0.5), v_of(1.0)));
  const lanes_bits q = (lanes_bits)t, odd = -(q & 1);
  const lanes_bits ss = ((lanes_bits)s & ~odd) | ((lanes_bits)c & odd);
  const lanes_bits cc = ((lanes_bits)c & ~odd) | ((lanes_bits)s & odd);
  *sine = (vec)(ss ^ (q & 2) << 62);
  *cosine = (vec)(cc ^ ((q + 1) & 2) << 62);
}

/* c[0] w^(n-1) + ... + c[n-1], each step rounded twice */
INLINE vec v_plain_series(const double *c, int n, vec w) {
  vec p = v_of(c[0]);
  for (int i = 1; i < n; i++) p = v_of(c[i]) + w * p;
  return p;
}

/* m_atan_ratio; all five turns are cheap beside the division */
INLINE vec v_atan_ratio(vec a, vec b) {
  const mask first = v_less(a, 0.4375 * b), second = v_less(a, 0.6875 * b), third = v_less(a, 1.1875 * b),
             fourth = v_less(a, 2.4375 * b);
#define TURN(one, two, three, four, five)                                                                              \
  v_select(first, one, v_select(second, two, v_select(third, three, v_select(fourth, four, five))))
#define CONSTANTS(c) TURN(v_of(c[0]), v_of(c[1]), v_of(c[2]), v_of(c[3]), v_of(c[4]))
  const vec up = TURN(a, a - 0.5 * b, a - b, (a - b) - 0.5 * b, -b);
  const vec down = TURN(b, b + 0.5 * a, b + a, (b + a) + 0.5 * a, a);
  const vec base = CONSTANTS(m_atan_base), low = CONSTANTS(m_atan_low);
#undef CONSTANTS
#undef TURN
  const vec t = up / down, z = t * t, w = z * z;
  const vec even = z * v_plain_series(m_atan_even, 6, w), odd = w * v_plain_series(m_atan_odd, 5, w);
  return v_select(v_equal(down, v_of(0.0)), v_of(0.0), base - ((t * (even + odd) - low) - t));
}

INLINE vec v_atan(vec x) {
  return v_copysign(v_atan_ratio(v_abs(x), v_of(1.0)), x);
}

INLINE vec v_atan2(vec y, vec x) {
  const vec angle = v_atan_ratio(v_abs(y), v_abs(x));
  return v_copysign(v_select(v_sign(x), v_of(M_PI_HIGH) - (angle - v_of(M_PI_LOW)), angle), y);
}

#endif

/* v_sincos, quicker while every angle is within a quarter turn: the bits are the same, for there n is 0 */
INLINE void v_sincos_near(vec x, vec *sine, vec *cosine) {
#if LANES > 1
  if (mask_all(v_less(v_abs(x), v_of(0.785)))) {
    const vec z = x * x;
    *sine = v_fma(v_series(m_sine_series, 6, z) * z, x, x);
    *cosine = v_fma(v_series(m_cosine_series, 6, z) * z, z, v_fma(z, v_of(-0.5), v_of(1.0)));
    return;
  }
#endif
  v_sincos(x, sine, cosine);
}

INLINE vec v_sin(vec x) {
  vec s, c;
  v_sincos(x, &s, &c);
  return s;
}

INLINE mask v_is_finite(vec a) {
  return v_less(v_abs(a), v_of(INFINITY));
}

/* lane l is p[l * stride] */
INLINE vec v_take(const double *p, int stride) {
#if LANES == 1
  (void)stride;
  return *p;
#elif LANES == 4
  return _mm256_set_pd(p[3 * stride], p[2 * stride], p[stride], p[0]);
#else
  return _mm512_set_pd(p[7 * stride], p[6 * stride], p[5 * stride], p[4 * stride], p[3 * stride], p[2 * stride],
                       p[stride], p[0]);
#endif
}

/* p[l * stride] is lane l */
INLINE void v_put(double *p, int stride, vec a) {
  double lane[LANES];
  v_store(lane, a);
  for (int l = 0; l < LANES; l++) p[l * stride] = lane[l];
}

INLINE void v_put_float(float *p, int stride, vec a) {
#if LANES == 1
  (void)stride;
  *p = (float)a;
#else
  float lane[LANES];
#if LANES == 4
  _mm_storeu_ps(lane, _mm256_cvtpd_ps(a));
#else
  _mm256_storeu_ps(lane, _mm512_cvtpd_ps(a));
#endif
  for (int l = 0; l < LANES; l++) p[l * stride] = lane[l];
#endif
}

#endif

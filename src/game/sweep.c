/* Compiled for each SIMD variant and for float and double: SWEEP_VARIANT is portable, avx2 or avx512, SWEEP_WIDE 0
 * or 1. */
#include "game/sweep.h"

#include <math.h>
#include <string.h>

#if SWEEP_WIDE
typedef double real;
#else
typedef float real;
#endif

#define INLINE static inline __attribute__((always_inline))
#if !defined(__OPTIMIZE__)
#define UNROLL
#elif defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 64")
#endif

/* A vector of W numbers. The smaller and the larger of two are the second operand where they are equal. */
#if defined(__AVX512F__)
#include <immintrin.h>
#if SWEEP_WIDE
typedef __m512d vec;
#define OP(name) _mm512_##name##_pd
#define ANY_ABOVE(a, b) (_mm512_cmp_pd_mask(a, b, _CMP_GT_OQ) != 0)
#define FROM_FLOATS(p) _mm512_cvtps_pd(_mm256_loadu_ps(p))
#define GATHER(from, at) _mm512_i32gather_pd(_mm256_loadu_si256((const __m256i *)(at)), from, 8)
#else
typedef __m512 vec;
#define OP(name) _mm512_##name##_ps
#define ANY_ABOVE(a, b) (_mm512_cmp_ps_mask(a, b, _CMP_GT_OQ) != 0)
#define FROM_FLOATS(p) _mm512_loadu_ps(p)
#define GATHER(from, at) _mm512_i32gather_ps(_mm512_loadu_si512(at), from, 4)
#endif
enum { W = 64 / sizeof(real) };
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#if SWEEP_WIDE
typedef __m256d vec;
#define OP(name) _mm256_##name##_pd
#define ANY_ABOVE(a, b) (_mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_GT_OQ)) != 0)
#define FROM_FLOATS(p) _mm256_cvtps_pd(_mm_loadu_ps(p))
#define GATHER(from, at) _mm256_i32gather_pd(from, _mm_loadu_si128((const __m128i *)(at)), 8)
#else
typedef __m256 vec;
#define OP(name) _mm256_##name##_ps
#define ANY_ABOVE(a, b) (_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_GT_OQ)) != 0)
#define FROM_FLOATS(p) _mm256_loadu_ps(p)
#define GATHER(from, at) _mm256_i32gather_ps(from, _mm256_loadu_si256((const __m256i *)(at)), 4)
#endif
enum { W = 32 / sizeof(real) };
#else
typedef real vec;
enum { W = 1 };
#define OP(name) one_##name
INLINE vec one_loadu(const real *p) {
  return *p;
}
INLINE void one_storeu(real *p, vec a) {
  *p = a;
}
INLINE vec one_set1(real a) {
  return a;
}
INLINE vec one_mul(vec a, vec b) {
  return a * b;
}
INLINE vec one_sub(vec a, vec b) {
  return a - b;
}
INLINE vec one_fmadd(vec a, vec b, vec c) {
#if SWEEP_WIDE
  return fma(a, b, c);
#else
  return fmaf(a, b, c);
#endif
}
INLINE vec one_min(vec a, vec b) {
  return a < b ? a : b;
}
INLINE vec one_max(vec a, vec b) {
  return a > b ? a : b;
}
#define FROM_FLOATS(p) ((real) * (p))
#define GATHER(from, at) ((from)[*(at)])
#define ANY_ABOVE(a, b) ((a) > (b))
#endif

#ifndef __OPTIMIZE__ // there the gathers are macros that convert signs
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wconversion"
#endif

/* weights of the corners of a stencil; bit d of a corner is axis d */
INLINE void weigh(real *w, const float *frac, int axes) {
  w[0] = 1;
  for (int d = 0; d < axes; d++) {
    const real high = (real)frac[d], low = (real)1 - high;
    for (int c = 0; c < 1 << d; c++) {
      w[c + (1 << d)] = w[c] * high;
      w[c] *= low;
    }
  }
}

/* out[j] = sum of the corners, over the whole stored row */
INLINE void mix_corners(real *restrict out, const real *from, const int64_t *corner, const real *w, int count,
                        int stride) {
  const real *at[SWEEP_CORNERS];
  vec weight[SWEEP_CORNERS];
  UNROLL
  for (int c = 0; c < count; c++) {
    at[c] = from + corner[c];
    weight[c] = OP(set1)(w[c]);
  }
  for (int j = 0; j < stride; j += W) {
    vec sum = OP(mul)(weight[0], OP(loadu)(at[0] + j));
    UNROLL
    for (int c = 1; c < count; c++) sum = OP(fmadd)(weight[c], OP(loadu)(at[c] + j), sum);
    OP(storeu)(out + j, sum);
  }
}

INLINE void mix(real *restrict out, const real *from, const int64_t *corner, const real *w, int axes, int stride) {
  switch (axes) { // constant counts keep weights and pointers in registers
  case 0:
    mix_corners(out, from, corner, w, 1, stride);
    break;
  case 1:
    mix_corners(out, from, corner, w, 2, stride);
    break;
  case 2:
    mix_corners(out, from, corner, w, 4, stride);
    break;
  case 3:
    mix_corners(out, from, corner, w, 8, stride);
    break;
  case 4:
    mix_corners(out, from, corner, w, 16, stride);
    break;
  default:
    mix_corners(out, from, corner, w, 32, stride);
    break;
  }
}

/* V = h where vertex k leaves the row on that side, or the failure that ends the episode there */
INLINE real outside(const sweep_grid *g, const real *mixed, int k, int shift, int side, float along) {
  const real *at = mixed + g->ghost + shift + k + side; // past the vertex' own value
  const real h = at[0] + (real)along * (at[1] - at[0]);
  const double t = (double)(k + shift) + (double)along;
  return (t < g->fail_low || t > g->fail_high) && h > (real)g->failure ? (real)g->failure : h;
}

/* V(x') along a whole row under one pair of inputs; to[k] = value, or the smaller of it and to[k] */
INLINE void successors(const sweep_grid *g, const sweep_values *v, int64_t row, int input, real *restrict mixed,
                       real *restrict to, bool first) {
  const int64_t at = row * g->nu * g->na + input;
  const float *frac = g->frac + at * (g->m + 1);
  const int32_t base = g->base[at];
  real w[SWEEP_CORNERS];
  weigh(w, frac, g->m);
  mix(mixed, (const real *)v->value + (int64_t)base * g->stride, base < g->edge ? g->corner : g->beyond, w, g->m,
      g->stride);
  const float along = frac[g->m];
  const int shift = g->shift[at];
  /* vertices that leave the row: k + shift + along < 0 and > n - 1 */
  const int left = shift < 0 ? -shift < g->n ? -shift : g->n : 0;
  const int stay = g->n - 1 - shift + (along == 0.0f), right = stay < left ? left : stay < g->n ? stay : g->n;
  real gone[SWEEP_ROW];
  for (int k = 0; k < left; k++) gone[k] = outside(g, mixed, k, shift, -1, along);
  for (int k = right; k < g->n; k++) gone[k] = outside(g, mixed, k, shift, 1, along);
  if (!first) {
    for (int k = 0; k < left; k++) gone[k] = gone[k] < to[k] ? gone[k] : to[k];
    for (int k = right; k < g->n; k++) gone[k] = gone[k] < to[k] ? gone[k] : to[k];
  }
  const vec part = OP(set1)((real)along);
  const real *low = mixed + g->ghost + shift;
  for (int k = 0; k < g->padded; k += W) {
    const vec below = OP(loadu)(low + k), above = OP(loadu)(low + k + 1);
    const vec x = OP(fmadd)(part, OP(sub)(above, below), below);
    OP(storeu)(to + k, first ? x : OP(min)(x, OP(loadu)(to + k)));
  }
  for (int k = 0; k < left; k++) to[k] = gone[k];
  for (int k = right; k < g->n; k++) to[k] = gone[k];
}

/* V(x') of W vertices under one pair of inputs, gathered */
INLINE vec gather_axes(const sweep_grid *g, const sweep_values *v, int64_t row, int input, int k, int axes) {
  const int64_t pair = row * g->nu * g->na + input;
  const int32_t *base = g->base + pair * g->padded + k;
  const float *frac = g->frac + pair * axes * g->padded + k;
  vec of[SWEEP_CORNERS];
  UNROLL
  for (int c = 0; c < 1 << axes; c++) of[c] = GATHER((const real *)v->value + g->corner[c], base);
  UNROLL
  for (int d = axes - 1; d >= 0; d--) {
    const vec f = FROM_FLOATS(frac + d * g->padded);
    UNROLL
    for (int c = 0; c < 1 << d; c++) of[c] = OP(fmadd)(f, OP(sub)(of[c + (1 << d)], of[c]), of[c]);
  }
  return of[0];
}

INLINE vec gather(const sweep_grid *g, const sweep_values *v, int64_t row, int input, int k) {
  switch (g->m) {
  case 1:
    return gather_axes(g, v, row, input, k, 1);
  case 2:
    return gather_axes(g, v, row, input, k, 2);
  case 3:
    return gather_axes(g, v, row, input, k, 3);
  case 4:
    return gather_axes(g, v, row, input, k, 4);
  case 5:
    return gather_axes(g, v, row, input, k, 5);
  default:
    return gather_axes(g, v, row, input, k, 6);
  }
}

INLINE bool any_above(const real *a, const real *b, int count) {
  bool above = false;
  for (int k = 0; k < count; k += W) above |= ANY_ABOVE(OP(loadu)(a + k), OP(loadu)(b + k));
  return above;
}

/* out = T V from best = max_u min_a V(x'); returns the largest change */
INLINE double apply(real *restrict out, const real *value, const real *h, const real *best, int n, double discount) {
  const vec gamma = OP(set1)((real)discount), rest = OP(set1)((real)(1.0 - discount));
  vec change = OP(set1)(0);
  for (int k = 0; k < n; k += W) {
    const vec now = OP(loadu)(value + k), limit = OP(loadu)(h + k), least = OP(min)(OP(loadu)(best + k), limit);
    const vec fresh = discount == 1.0 ? least : OP(fmadd)(gamma, least, OP(mul)(rest, limit));
    OP(storeu)(out + k, fresh);
    if (k + W <= n) change = OP(max)(change, OP(max)(OP(sub)(now, fresh), OP(sub)(fresh, now)));
  }
  real all[W], most = 0;
  OP(storeu)(all, change);
  for (int j = 0; j < W; j++) most = all[j] > most ? all[j] : most;
  for (int k = n / W * W; k < n; k++) {
    const real d = out[k] > value[k] ? out[k] - value[k] : value[k] - out[k];
    most = d > most ? d : most;
  }
  return (double)most;
}

static double update_whole(const sweep_grid *g, const sweep_values *v, int64_t row, uint16_t *hint, real *out) {
  real mixed[SWEEP_ROW + 2 * SWEEP_LANES], worst[SWEEP_ROW], best[SWEEP_ROW], top[SWEEP_ROW];
  const real *value = (const real *)v->value + row * g->stride + g->ghost;
  const real *h = (const real *)v->h + row * g->stride + g->ghost;
  memset(mixed + g->stride, 0, sizeof *mixed * SWEEP_LANES);
  for (int k = 0; k < g->padded; k++) { // padding is never better, and never below h
    best[k] = k < g->n ? (real)-INFINITY : (real)INFINITY;
    top[k] = k < g->n ? h[k] : (real)-INFINITY;
  }
  const int middle = g->n / 2, first_u = *hint / g->na, first_a = *hint % g->na;
  for (int i = 0; i < g->nu; i++) {
    const int u = i == 0 ? first_u : i <= first_u ? i - 1 : i;
    bool hope = true;
    real least = 0;
    for (int j = 0; j < g->na && hope; j++) {
      const int a = j == 0 ? first_a : j <= first_a ? j - 1 : j;
      successors(g, v, row, u * g->na + a, mixed, worst, j == 0);
      if (i == 0 && (j == 0 || worst[middle] < least)) *hint = (uint16_t)(u * g->na + a);
      least = worst[middle];
      hope = any_above(worst, best, g->padded);
    }
    if (!hope) continue;
    if (i > 0 && worst[middle] > best[middle]) *hint = (uint16_t)(u * g->na + first_a);
    for (int k = 0; k < g->padded; k += W) OP(storeu)(best + k, OP(max)(OP(loadu)(worst + k), OP(loadu)(best + k)));
    if (!any_above(top, best, g->padded)) break; // min(h, best) = h: no control does better
  }
  return apply(out, value, h, best, g->n, v->discount);
}

static double update_cells(const sweep_grid *g, const sweep_values *v, int64_t row, uint16_t *hint, real *out) {
  real best[SWEEP_ROW];
  const real *value = (const real *)v->value + row * g->stride;
  const real *h = (const real *)v->h + row * g->stride;
  int first_u = *hint / g->na;
  for (int k = 0; k < g->n; k += W) {
    vec top = OP(set1)((real)-INFINITY);
    const vec limit = OP(loadu)(h + k);
    int found = first_u;
    for (int i = 0; i < g->nu; i++) {
      const int u = i == 0 ? first_u : i <= first_u ? i - 1 : i;
      vec worst = gather(g, v, row, u * g->na, k);
      bool hope = ANY_ABOVE(worst, top);
      for (int a = 1; a < g->na && hope; a++) {
        worst = OP(min)(gather(g, v, row, u * g->na + a, k), worst);
        hope = ANY_ABOVE(worst, top);
      }
      if (!hope) continue;
      found = u;
      top = OP(max)(worst, top);
      if (!ANY_ABOVE(limit, top)) break;
    }
    first_u = found; // the neighbours' best is a good guess
    if (k <= g->n / 2) *hint = (uint16_t)(found * g->na);
    OP(storeu)(best + k, top);
  }
  return apply(out, value, h, best, g->n, v->discount);
}

static double update(const sweep_grid *g, const sweep_values *v, int64_t row, uint16_t *hint, void *out) {
  return g->whole ? update_whole(g, v, row, hint, out) : update_cells(g, v, row, hint, out);
}

static void policy(const sweep_grid *g, const sweep_values *v, int64_t row, uint16_t *u, uint16_t *a) {
  real mixed[SWEEP_ROW + 2 * SWEEP_LANES], x[SWEEP_ROW], best[SWEEP_ROW], least[SWEEP_ROW];
  uint16_t at[SWEEP_ROW];
  memset(mixed, 0, sizeof mixed);
  for (int i = 0; i < g->nu; i++) {
    for (int j = 0; j < g->na; j++) {
      if (g->whole)
        successors(g, v, row, i * g->na + j, mixed, x, true);
      else
        for (int k = 0; k < g->n; k += W) OP(storeu)(x + k, gather(g, v, row, i * g->na + j, k));
      for (int k = 0; k < g->n; k++)
        if (j == 0 || x[k] < least[k]) least[k] = x[k], at[k] = (uint16_t)j;
    }
    for (int k = 0; k < g->n; k++)
      if (i == 0 || least[k] > best[k]) best[k] = least[k], u[k] = (uint16_t)i, a[k] = at[k];
  }
}

#define NAME2(variant, width) duro_sweep_##variant##_##width
#define NAME1(variant, width) NAME2(variant, width)
#define TEXT1(name) #name
#define TEXT(name) TEXT1(name)
#if SWEEP_WIDE
#define WIDTH double
#else
#define WIDTH float
#endif
extern const sweep_kernels NAME1(SWEEP_VARIANT, WIDTH);
const sweep_kernels NAME1(SWEEP_VARIANT, WIDTH) = {TEXT(SWEEP_VARIANT), update, policy};

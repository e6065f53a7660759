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
  UNROLL
  for (int d = 0; d < axes; d++) {
    const real high = (real)frac[d], low = (real)1 - high;
    UNROLL
    for (int c = 0; c < 1 << d; c++) {
      w[c + (1 << d)] = w[c] * high;
      w[c] *= low;
    }
  }
}

/* out[j] = V between the rows of the stencil of a pair of inputs, over all that is stored of a row */
INLINE void mix(real *restrict out, const sweep_grid *g, const sweep_values *v, int64_t pair, int axes) {
  const int32_t base = g->base[pair];
  const int64_t *corner = base < g->edge ? g->corner : g->beyond;
  const real *from = (const real *)v->value + (int64_t)base * g->stride;
  const real *at[1 << 5];
  real w[1 << 5];
  vec weight[1 << 5];
  weigh(w, g->frac + pair * (axes + 1), axes);
  UNROLL
  for (int c = 0; c < 1 << axes; c++) {
    at[c] = from + corner[c];
    weight[c] = OP(set1)(w[c]);
  }
  for (int j = 0; j < g->stride; j += W) {
    vec sum = OP(mul)(weight[0], OP(loadu)(at[0] + j));
    UNROLL
    for (int c = 1; c < 1 << axes; c++) sum = OP(fmadd)(weight[c], OP(loadu)(at[c] + j), sum);
    OP(storeu)(out + j, sum);
  }
}

/* How a pair of inputs moves a row along itself. */
typedef struct slide {
  const real *low; // mixed value below the first vertex' successor
  vec part;
  float along;
  int shift, left, right; // vertices before left and from right on leave the row
} slide;

INLINE slide slide_of(const sweep_grid *g, const real *mixed, int64_t pair, int axes) {
  slide s;
  s.along = g->frac[pair * (axes + 1) + axes];
  s.shift = g->shift[pair];
  s.low = mixed + g->ghost + s.shift;
  s.part = OP(set1)((real)s.along);
  s.left = -s.shift;                                // k + shift < 0
  s.right = g->n - 1 - s.shift + (s.along == 0.0f); // k + shift + along > n - 1
  return s;
}

/* V = h where vertex k leaves the row on that side, or the failure that ends the episode there */
INLINE real outside(const sweep_grid *g, const slide *s, int k, int side) {
  const real *at = s->low + k + side; // past the vertex' own value
  const real h = at[0] + (real)s->along * (at[1] - at[0]);
  const double t = (double)(k + s->shift) + (double)s->along;
  return (t < g->fail_low || t > g->fail_high) && h > (real)g->failure ? (real)g->failure : h;
}

/* V(x') of the vertices k to k + W - 1 */
INLINE vec slid(const sweep_grid *g, const slide *s, int k) {
  const vec below = OP(loadu)(s->low + k), above = OP(loadu)(s->low + k + 1);
  vec x = OP(fmadd)(s->part, OP(sub)(above, below), below);
  if (k >= s->left && k + W <= s->right) return x;
  real lane[W];
  OP(storeu)(lane, x);
  for (int j = 0; j < W && k + j < g->n; j++)
    if (k + j < s->left)
      lane[j] = outside(g, s, k + j, -1);
    else if (k + j >= s->right)
      lane[j] = outside(g, s, k + j, 1);
  return OP(loadu)(lane);
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

enum { TOGETHER = 4 }; // disturbances whose rows are mixed before they are compared

/* best[k] = max_u min_a V(x') over a whole row */
INLINE void best_of_row(real *restrict best, const sweep_grid *g, const sweep_values *v, int64_t row, int axes) {
  real mixed[TOGETHER][SWEEP_ROW + 2 * SWEEP_LANES], worst[SWEEP_ROW];
  slide way[TOGETHER];
  const int64_t pairs = row * g->nu * g->na;
  for (int j = 0; j < TOGETHER; j++)
    for (int k = 0; k < SWEEP_LANES; k++) mixed[j][g->stride + k] = 0;
  for (int u = 0; u < g->nu; u++)
    for (int a = 0; a < g->na; a += TOGETHER) {
      const int count = g->na - a < TOGETHER ? g->na - a : TOGETHER;
      for (int j = 0; j < count; j++) {
        mix(mixed[j], g, v, pairs + u * g->na + a + j, axes);
        way[j] = slide_of(g, mixed[j], pairs + u * g->na + a + j, axes);
      }
      for (int k = 0; k < g->padded; k += W) {
        vec least = slid(g, &way[0], k);
        for (int j = 1; j < count; j++) least = OP(min)(slid(g, &way[j], k), least);
        if (a > 0) least = OP(min)(OP(loadu)(worst + k), least);
        if (a + TOGETHER < g->na)
          OP(storeu)(worst + k, least);
        else
          OP(storeu)(best + k, u > 0 ? OP(max)(least, OP(loadu)(best + k)) : least);
      }
    }
}

static double update_whole(const sweep_grid *g, const sweep_values *v, int64_t row, real *out) {
  real best[SWEEP_ROW];
  switch (g->m) { // constant numbers of corners keep weights and pointers in registers
  case 1:
    best_of_row(best, g, v, row, 1);
    break;
  case 2:
    best_of_row(best, g, v, row, 2);
    break;
  case 3:
    best_of_row(best, g, v, row, 3);
    break;
  case 4:
    best_of_row(best, g, v, row, 4);
    break;
  default:
    best_of_row(best, g, v, row, 5);
    break;
  }
  const int64_t at = row * g->stride + g->ghost;
  return apply(out, (const real *)v->value + at, (const real *)v->h + at, best, g->n, v->discount);
}

static double update_cells(const sweep_grid *g, const sweep_values *v, int64_t row, real *out) {
  real best[SWEEP_ROW];
  const real *value = (const real *)v->value + row * g->stride;
  const real *h = (const real *)v->h + row * g->stride;
  int first_u = 0;
  for (int k = 0; k < g->n; k += W) {
    vec top = OP(set1)((real)-INFINITY);
    const vec limit = OP(loadu)(h + k);
    int found = first_u;
    for (int i = 0; i < g->nu; i++) { // the neighbours' best control first, so that others are soon seen to be worse
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
      if (!ANY_ABOVE(limit, top)) break; // min(h, best) = h: no control does better
    }
    first_u = found;
    OP(storeu)(best + k, top);
  }
  return apply(out, value, h, best, g->n, v->discount);
}

static double update(const sweep_grid *g, const sweep_values *v, int64_t row, void *out) {
  return g->whole ? update_whole(g, v, row, out) : update_cells(g, v, row, out);
}

/* V(x') of a whole row under one pair of inputs */
static void successors(const sweep_grid *g, const sweep_values *v, int64_t pair, real *x) {
  real mixed[SWEEP_ROW + 2 * SWEEP_LANES];
  memset(mixed, 0, sizeof mixed);
  switch (g->m) {
  case 1:
    mix(mixed, g, v, pair, 1);
    break;
  case 2:
    mix(mixed, g, v, pair, 2);
    break;
  case 3:
    mix(mixed, g, v, pair, 3);
    break;
  case 4:
    mix(mixed, g, v, pair, 4);
    break;
  default:
    mix(mixed, g, v, pair, 5);
    break;
  }
  const slide way = slide_of(g, mixed, pair, g->m);
  for (int k = 0; k < g->padded; k += W) OP(storeu)(x + k, slid(g, &way, k));
}

static void policy(const sweep_grid *g, const sweep_values *v, int64_t row, uint16_t *u, uint16_t *a) {
  real x[SWEEP_ROW], best[SWEEP_ROW], least[SWEEP_ROW];
  uint16_t at[SWEEP_ROW];
  for (int i = 0; i < g->nu; i++) {
    for (int j = 0; j < g->na; j++) {
      if (g->whole)
        successors(g, v, (row * g->nu + i) * g->na + j, x);
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

/* Compiled for each SIMD variant and for float and double: SWEEP_VARIANT is portable, avx2 or avx512, SWEEP_WIDE 0
 * or 1; and with SWEEP_CODES for double where what is stored are codes of two bytes. */
#include "game/sweep.h"

#include <math.h>
#include <string.h>

#if SWEEP_WIDE
typedef double real;
#else
typedef float real;
#endif

/* V and h as they are stored, and the bounds of controls that are not tried. */
#ifdef SWEEP_CODES
typedef int16_t stored;
typedef int16_t ceiling;
#define NO_BOUND INT16_MIN
#define NOISE 0x1p-31 // of a sum of codes: at most (64 + 8) 2^15 2^-53, and half a bit of 2^16 (narrow.c)
#else
typedef real stored;
typedef float ceiling;
#define NO_BOUND (-INFINITY)
#define NOISE 0
#endif

#define INLINE static inline __attribute__((always_inline))
#if !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__) // which makes its loops unrecognisable to the pragma
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
#define FROM_FLOATS(p) _mm512_cvtps_pd(_mm256_loadu_ps(p))
#ifdef SWEEP_CODES
INLINE __m512d load_codes(const int16_t *p) {
  return _mm512_cvtepi32_pd(_mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)(const void *)p)));
}
INLINE __m512d gather_codes(const int16_t *from, const int32_t *at) { // four bytes each, of which two count
  const __m256i index = _mm256_loadu_si256((const __m256i *)(const void *)at);
  const __m256i both = _mm256_i32gather_epi32((const int *)(const void *)from, index, 2);
  return _mm512_cvtepi32_pd(_mm256_srai_epi32(_mm256_slli_epi32(both, 16), 16));
}
#else
#define GATHER(from, at) _mm512_i32gather_pd(_mm256_loadu_si256((const __m256i *)(at)), from, 8)
#endif
#else
typedef __m512 vec;
#define OP(name) _mm512_##name##_ps
#define FROM_FLOATS(p) _mm512_loadu_ps(p)
#define GATHER(from, at) _mm512_i32gather_ps(_mm512_loadu_si512(at), from, 4)
#endif
enum { W = 64 / sizeof(real) };
INLINE vec before(int bound, vec yes, vec no) { // lanes below the bound take yes
  const unsigned mask = bound <= 0 ? 0 : bound >= (int)W ? (1u << W) - 1 : (1u << bound) - 1;
#if SWEEP_WIDE
  return _mm512_mask_blend_pd((__mmask8)mask, no, yes);
#else
  return _mm512_mask_blend_ps((__mmask16)mask, no, yes);
#endif
}
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#if SWEEP_WIDE
typedef __m256d vec;
#define OP(name) _mm256_##name##_pd
#define FROM_FLOATS(p) _mm256_cvtps_pd(_mm_loadu_ps(p))
#ifdef SWEEP_CODES
INLINE __m256d load_codes(const int16_t *p) {
  return _mm256_cvtepi32_pd(_mm_cvtepi16_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p)));
}
INLINE __m256d gather_codes(const int16_t *from, const int32_t *at) { // four bytes each, of which two count
  const __m128i index = _mm_loadu_si128((const __m128i *)(const void *)at);
  const __m128i both = _mm_i32gather_epi32((const int *)(const void *)from, index, 2);
  return _mm256_cvtepi32_pd(_mm_srai_epi32(_mm_slli_epi32(both, 16), 16));
}
#else
#define GATHER(from, at) _mm256_i32gather_pd(from, _mm_loadu_si128((const __m128i *)(at)), 8)
#endif
#else
typedef __m256 vec;
#define OP(name) _mm256_##name##_ps
#define FROM_FLOATS(p) _mm256_loadu_ps(p)
#define GATHER(from, at) _mm256_i32gather_ps(from, _mm256_loadu_si256((const __m256i *)(at)), 4)
#endif
enum { W = 32 / sizeof(real) };
INLINE vec before(int bound, vec yes, vec no) {
#if SWEEP_WIDE
  const vec lane = _mm256_setr_pd(0, 1, 2, 3);
  return _mm256_blendv_pd(no, yes, _mm256_cmp_pd(lane, _mm256_set1_pd(bound), _CMP_LT_OQ));
#else
  const vec lane = _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(lane, _mm256_set1_ps((float)bound), _CMP_LT_OQ));
#endif
}
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
INLINE vec before(int bound, vec yes, vec no) {
  return 0 < bound ? yes : no;
}
#define FROM_FLOATS(p) ((real) * (p))
#ifdef SWEEP_CODES
INLINE vec load_codes(const int16_t *p) {
  return *p;
}
INLINE vec gather_codes(const int16_t *from, const int32_t *at) {
  return from[*at];
}
#else
#define GATHER(from, at) ((from)[*(at)])
#endif
#endif

#ifdef SWEEP_CODES
#define LOAD load_codes
#define GATHER gather_codes
#else
#define LOAD OP(loadu)
#endif

#ifndef __OPTIMIZE__ // there the gathers are macros that convert signs
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wconversion"
#endif

/* Vertices first to last - 1 of a row; both are multiples of SWEEP_LANES. */
typedef struct span {
  int first, last;
} span;

/* weights of the corners of a stencil; bit d of a corner is axis d */
INLINE void weigh(vec *w, const float *frac, int axes) {
  w[1] = OP(set1)((real)frac[0]);
  w[0] = OP(sub)(OP(set1)(1), w[1]);
  UNROLL
  for (int d = 1; d < axes; d++) {
    const vec high = OP(set1)((real)frac[d]), low = OP(sub)(OP(set1)(1), high);
    UNROLL
    for (int c = 0; c < 1 << d; c++) {
      w[c + (1 << d)] = OP(mul)(w[c], high);
      w[c] = OP(mul)(w[c], low);
    }
  }
}

/* out[j] = V between the rows of the stencil of a pair of inputs, where the successors of a span lie */
INLINE void mix(real *restrict out, const sweep_grid *g, const sweep_values *v, int64_t pair, span at, int axes) {
  const int32_t base = g->base[pair];
  const int64_t *corner = base < g->edge ? g->corner : g->beyond;
  const stored *from = (const stored *)v->value + (int64_t)base * g->stride;
  const stored *row[1 << 5];
  vec weight[1 << 5];
  weigh(weight, g->frac + pair * (axes + 1), axes);
  UNROLL
  for (int c = 0; c < 1 << axes; c++) row[c] = from + corner[c];
  const int low = g->ghost + g->shift[pair] + at.first - 1, high = g->ghost + g->shift[pair] + at.last + 2;
  const int last = high < g->stride ? high : g->stride;
  OP(storeu)(out + g->stride, OP(set1)(0)); // read beside the last vertex, and not used
  for (int j = low < 0 ? 0 : low & -(int)W; j < last; j += W) {
    vec sum = OP(mul)(weight[0], LOAD(row[0] + j));
    UNROLL
    for (int c = 1; c < 1 << axes; c++) sum = OP(fmadd)(weight[c], LOAD(row[c] + j), sum);
    OP(storeu)(out + j, sum);
  }
}

/* How a pair of inputs moves a row along itself. */
typedef struct slide {
  const real *low; // mixed value below the first vertex' successor
  vec part, failure;
  int left, right;           // vertices before left and from right on leave the row
  int fail_left, fail_right; // the same where an episode fails
} slide;

INLINE slide slide_of(const sweep_grid *g, const real *mixed, int64_t pair, int axes) {
  slide s;
  const float along = g->frac[pair * (axes + 1) + axes];
  const int shift = g->shift[pair];
  s.low = mixed + g->ghost + shift;
  s.part = OP(set1)((real)along);
  s.failure = OP(set1)((real)g->failure);
  s.left = -shift;                                                      // k + shift < 0
  s.right = g->n - 1 - shift + (along == 0.0f);                         // k + shift + along > n - 1
  s.fail_left = -shift + (int)ceil(g->fail_low - (double)along);        // k + shift + along < fail_low
  s.fail_right = -shift + (int)floor(g->fail_high - (double)along) + 1; // k + shift + along > fail_high
  return s;
}

INLINE vec between(const slide *s, int k) {
  const vec low = OP(loadu)(s->low + k), high = OP(loadu)(s->low + k + 1);
  return OP(fmadd)(s->part, OP(sub)(high, low), low);
}

/* V = h where the vertices from k on leave the row on that side, or the failure that ends the episode there */
INLINE vec outside(const slide *s, int k, int side) {
  const vec h = between(s, k + side), least = OP(min)(s->failure, h); // past the vertex' own value
  return before(s->fail_left - k, least, before(s->fail_right - k, h, least));
}

/* V(x') of the vertices k to k + W - 1 */
INLINE vec slid(const slide *s, int k) {
  vec x = between(s, k);
  if (k < s->left) x = before(s->left - k, outside(s, k, -1), x);
  if (k + (int)W > s->right) x = before(s->right - k, x, outside(s, k, 1));
  return x;
}

/* V(x') of W vertices under one pair of inputs, gathered */
INLINE vec gather_axes(const sweep_grid *g, const sweep_values *v, int64_t row, int input, int k, int axes) {
  const int64_t pair = (row - g->first) * g->nu * g->na + input;
  const int32_t *base = g->base + pair * g->padded + k;
  const float *frac = g->frac + pair * axes * g->padded + k;
  vec of[SWEEP_CORNERS];
  UNROLL
  for (int c = 0; c < 1 << axes; c++) of[c] = GATHER((const stored *)v->value + g->corner[c], base);
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

/* worst[k] = min_a V(x') of a span under control u */
INLINE void worst_slid(real *restrict worst, const sweep_grid *g, const sweep_values *v, int64_t row, int u, span at,
                       int axes) {
  real mixed[TOGETHER][SWEEP_ROW + 2 * SWEEP_LANES];
  slide way[TOGETHER];
  const int64_t pairs = ((row - g->first) * g->nu + u) * g->na;
  for (int a = 0; a < g->na; a += TOGETHER) {
    const int count = g->na - a < TOGETHER ? g->na - a : TOGETHER;
    for (int j = 0; j < count; j++) {
      mix(mixed[j], g, v, pairs + a + j, at, axes);
      way[j] = slide_of(g, mixed[j], pairs + a + j, axes);
    }
    for (int k = at.first; k < at.last; k += W) {
      vec least = slid(&way[0], k);
      for (int j = 1; j < count; j++) least = OP(min)(slid(&way[j], k), least);
      OP(storeu)(worst + k, a > 0 ? OP(min)(OP(loadu)(worst + k), least) : least);
    }
  }
}

INLINE void worst_gathered(real *restrict worst, const sweep_grid *g, const sweep_values *v, int64_t row, int u,
                           span at, int axes) {
  for (int k = at.first; k < at.last; k += W) {
    vec least = gather_axes(g, v, row, u * g->na, k, axes);
    for (int a = 1; a < g->na; a++) least = OP(min)(gather_axes(g, v, row, u * g->na + a, k, axes), least);
    OP(storeu)(worst + k, least);
  }
}

/* worst[k] = min_a V(x') under control u; constant numbers of corners keep weights and pointers in registers */
static void worst_of(real *worst, const sweep_grid *g, const sweep_values *v, int64_t row, int u, span at) {
  switch (g->whole ? g->m : 8 + g->m) {
#define CASE(axes)                                                                                                     \
  case axes:                                                                                                           \
    worst_slid(worst, g, v, row, u, at, axes);                                                                         \
    break;                                                                                                             \
  case 8 + axes:                                                                                                       \
    worst_gathered(worst, g, v, row, u, at, axes);                                                                     \
    break;
    CASE(1)
    CASE(2)
    CASE(3)
    CASE(4)
    CASE(5)
#undef CASE
  default:
    worst_gathered(worst, g, v, row, u, at, 6);
  }
}

/* What is known of a row while its best is looked for. */
typedef struct search {
  real worst[SWEEP_CONTROLS][SWEEP_ROW]; // worst[u][k] = min_a V(x')
  real best[SWEEP_ROW];                  // max_u of those that were tried
} search;
_Static_assert(sizeof(search) <= SWEEP_SCRATCH, "scratch of an update");

INLINE void try(real *best, real *worst, const sweep_grid *g, const sweep_values *v, int64_t row, int u, span at) {
  worst_of(worst, g, v, row, u, at);
  for (int k = at.first; k < at.last; k += W) OP(storeu)(best + k, OP(max)(OP(loadu)(worst + k), OP(loadu)(best + k)));
}

/* Could a control that was not tried do better somewhere? min(h, best) = h: none does. */
static bool is_rivalled(const real *best, const ceiling *rival, const real *h) {
  int lost = 0;
  for (int k = 0; k < SWEEP_LANES; k++) lost |= (best[k] + NOISE < (real)rival[k]) & (best[k] < h[k]);
  return lost;
}

/* Few controls that between them are best, or good enough, at all vertices from k on that stand side by side. */
static uint32_t choose(const search *s, const sweep_grid *g, const real *h, int k) {
  uint32_t good[SWEEP_LANES] = {0}, chosen = 0, common = 0;
  for (int u = 0; u < g->nu; u++)
    for (int j = 0; j < SWEEP_LANES; j++) {
      const real wanted = s->best[k + j] < h[k + j] ? s->best[k + j] : h[k + j];
      good[j] |= (uint32_t)(s->worst[u][k + j] >= wanted) << u;
    }
  for (int j = 0; j < SWEEP_LANES && k + j < g->n; j++) { // as long a stretch as one control serves, then the next
    if (good[j] & chosen) continue;
    if (!(common & good[j])) chosen |= common & -common;
    common = common & good[j] ? common & good[j] : good[j] & chosen ? 0 : good[j];
  }
  return chosen | (common & -common);
}

/* the most that a control is worth which is worth x; of codes, where h is not mixed in, only the rounded count */
static inline ceiling ceiling_of(real x, double discount) {
#ifdef SWEEP_CODES
  const real code = discount == 1.0 ? floor(x + NOISE) : ceil(x - NOISE);
  return (int16_t)(!(code > INT16_MIN) ? INT16_MIN
                   : code > INT16_MAX  ? INT16_MAX
                                       : code); // no vertices may hold any number
#elif SWEEP_WIDE
  (void)discount;
  const float y = (float)x;
  return (real)y < x ? nextafterf(y, INFINITY) : y;
#else
  (void)discount;
  return x;
#endif
}

/* remembers what is best from vertex k on, and how good the others are */
static uint32_t remember(ceiling *rival, const search *s, const sweep_grid *g, const real *h, int k, double discount) {
  const uint32_t chosen = choose(s, g, h, k);
  for (int j = 0; j < SWEEP_LANES; j++) rival[j] = NO_BOUND;
  for (int u = 0; u < g->nu; u++)
    for (int j = 0; j < SWEEP_LANES && !(chosen >> u & 1); j++) {
      const ceiling at = ceiling_of(s->worst[u][k + j], discount);
      rival[j] = at > rival[j] ? at : rival[j];
    }
  for (int j = g->n - k; j < SWEEP_LANES; j++) rival[j] = NO_BOUND; // no vertices
  return chosen;
}

/* Tries what was best before; true where that is still certain. `again` is where it is not. */
static bool try_known(search *s, span *again, const sweep_grid *g, const sweep_values *v, int64_t row, const real *h) {
  const int chunks = g->padded / SWEEP_LANES;
  const uint32_t *tried = v->tried + (row - g->first) * chunks;
  *again = (span){0, g->padded};
  if (v->all || !tried[0]) return false;
  uint32_t any = 0;
  for (int c = 0; c < chunks; c++) any |= tried[c];
  for (int u = 0; u < g->nu; u++) {
    if (!(any >> u & 1)) continue;
    int first = 0, last = chunks;
    while (!(tried[first] >> u & 1)) first++;
    while (!(tried[last - 1] >> u & 1)) last--;
    try(s->best, s->worst[u], g, v, row, u, (span){first * SWEEP_LANES, last * SWEEP_LANES});
  }
  const ceiling *rival = (const ceiling *)v->rival + (row - g->first) * g->padded;
  *again = (span){g->padded, 0};
  for (int k = 0; k < g->padded; k += SWEEP_LANES) {
    if (!is_rivalled(s->best + k, rival + k, h + k)) continue;
    again->first = again->first < k ? again->first : k;
    again->last = k + SWEEP_LANES;
  }
  return again->first >= again->last;
}

/*
 * best[k] = max_u min_a V(x'). V only falls, so what a control was once worth is an upper bound of what it is worth
 * now. Vertices side by side remember which controls were best and the most that the others were worth; those are tried
 * again only when the best have fallen below that.
 */
static void find_best(search *s, const sweep_grid *g, const sweep_values *v, int64_t row, const real *h) {
  for (int k = 0; k < g->padded; k += W) OP(storeu)(s->best + k, OP(set1)((real)-INFINITY));
  if (!v->tried) {
    for (int u = 0; u < g->nu; u++) try(s->best, s->worst[0], g, v, row, u, (span){0, g->padded});
    return;
  }
  span again;
  if (try_known(s, &again, g, v, row, h)) return;
  for (int u = 0; u < g->nu; u++) try(s->best, s->worst[u], g, v, row, u, again);
  const int64_t at = (row - g->first) * g->padded;
  for (int k = again.first; k < again.last; k += SWEEP_LANES)
    v->tried[(at + k) / SWEEP_LANES] = remember((ceiling *)v->rival + at + k, s, g, h, k, v->discount);
}

#ifdef SWEEP_CODES
/* the next code below, where rounding alone keeps a sum from being one that code; returns the largest change */
static double round_down(int16_t *restrict out, const real *now, const real *fresh, int n) {
  const int zero = -INT16_MIN;
  int most = 0;
  for (int k = 0; k < n; k++) {
    const int code = (int)(fresh[k] + (zero + NOISE)) - zero,
              change = (int)now[k] - code; // what is positive is cut off
    out[k] = (int16_t)code;
    most = change > most ? change : -change > most ? -change : most;
  }
  return most;
}
#endif

static double update(const sweep_grid *g, const sweep_values *v, int64_t row, void *out, void *scratch) {
  search *s = scratch;
  const int64_t at = row * g->stride + g->ghost;
#ifdef SWEEP_CODES
  real h[SWEEP_ROW], now[SWEEP_ROW], fresh[SWEEP_ROW];
  for (int k = 0; k < g->padded; k += W) {
    OP(storeu)(h + k, LOAD((const stored *)v->h + at + k));
    OP(storeu)(now + k, LOAD((const stored *)v->value + at + k));
  }
  find_best(s, g, v, row, h);
  const double exact = apply(fresh, now, h, s->best, g->n, v->discount);
  const double rounded = round_down(out, now, fresh, g->n);
  return v->all ? exact : rounded;
#else
  const real *h = (const real *)v->h + at;
  find_best(s, g, v, row, h);
  return apply(out, (const real *)v->value + at, h, s->best, g->n, v->discount);
#endif
}

/* V(x') of a whole row under one pair of inputs */
static void successors(const sweep_grid *g, const sweep_values *v, int64_t pair, real *x) {
  real mixed[SWEEP_ROW + 2 * SWEEP_LANES];
  const span whole = {0, g->padded};
  switch (g->m) {
  case 1:
    mix(mixed, g, v, pair, whole, 1);
    break;
  case 2:
    mix(mixed, g, v, pair, whole, 2);
    break;
  case 3:
    mix(mixed, g, v, pair, whole, 3);
    break;
  case 4:
    mix(mixed, g, v, pair, whole, 4);
    break;
  default:
    mix(mixed, g, v, pair, whole, 5);
    break;
  }
  const slide way = slide_of(g, mixed, pair, g->m);
  for (int k = 0; k < g->padded; k += W) OP(storeu)(x + k, slid(&way, k));
}

static void policy(const sweep_grid *g, const sweep_values *v, int64_t row, uint16_t *u, uint16_t *a, bool *tied) {
  real x[SWEEP_ROW], best[SWEEP_ROW], least[SWEEP_ROW], second[SWEEP_ROW];
  uint16_t at[SWEEP_ROW];
  for (int i = 0; i < g->nu; i++) {
    for (int j = 0; j < g->na; j++) {
      if (g->whole)
        successors(g, v, ((row - g->first) * g->nu + i) * g->na + j, x);
      else
        for (int k = 0; k < g->n; k += W) OP(storeu)(x + k, gather(g, v, row, i * g->na + j, k));
      for (int k = 0; k < g->n; k++)
        if (j == 0 || x[k] < least[k]) least[k] = x[k], at[k] = (uint16_t)j;
    }
    for (int k = 0; k < g->n; k++) {
      const bool first = i == 0, better = first || least[k] > best[k];
      second[k] = first ? -(real)INFINITY : better ? best[k] : least[k] > second[k] ? least[k] : second[k];
      if (better) best[k] = least[k], u[k] = (uint16_t)i, a[k] = at[k];
    }
  }
  for (int k = 0; k < g->n; k++) tied[k] = (double)second[k] >= (double)best[k] - v->tie;
}

#define NAME2(variant, width) duro_sweep_##variant##_##width
#define NAME1(variant, width) NAME2(variant, width)
#define TEXT1(name) #name
#define TEXT(name) TEXT1(name)
#ifdef SWEEP_CODES
#define WIDTH narrow
#elif SWEEP_WIDE
#define WIDTH double
#else
#define WIDTH float
#endif
extern const sweep_kernels NAME1(SWEEP_VARIANT, WIDTH);
const sweep_kernels NAME1(SWEEP_VARIANT, WIDTH) = {TEXT(SWEEP_VARIANT), update, policy};

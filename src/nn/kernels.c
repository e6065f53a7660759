/* Compiled once for each SIMD variant: DURO_KERNELS is portable, avx2 or avx512. */
#include "nn/kernels.h"

#include "base/math.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

#define INLINE static inline __attribute__((always_inline))

/* tiles stay in registers only if their loops are unrolled whole */
#if defined(__SANITIZE_ADDRESS__) // which makes its loops unrecognisable to the pragma
#define UNROLL
#define UNROLL_TWICE
#elif defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#define UNROLL_TWICE _Pragma("clang loop unroll_count(2)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#define UNROLL_TWICE _Pragma("GCC unroll 2")
#endif

/* A vector of W floats. ROWS x COLS: the tile of panels that stays in registers; few instructions besides the fma
 * matter more than the shape, since a neighbour on the same core takes its share of the slots. THIN: panels of one or
 * two rows. */
#if defined(__AVX512F__)
#include <immintrin.h>
typedef __m512 vf;
enum { W = 16, ROWS = 6, COLS = 4, THIN = 8 };
INLINE vf v_load(const float *p) {
  return _mm512_loadu_ps(p);
}
INLINE void v_store(float *p, vf a) {
  _mm512_storeu_ps(p, a);
}
INLINE vf v_set(float a) {
  return _mm512_set1_ps(a);
}
INLINE vf v_fma(vf a, vf b, vf c) {
  return _mm512_fmadd_ps(a, b, c);
}
INLINE vf v_sub(vf a, vf b) {
  return _mm512_sub_ps(a, b);
}
INLINE vf v_mul(vf a, vf b) {
  return _mm512_mul_ps(a, b);
}
INLINE vf v_div(vf a, vf b) {
  return _mm512_div_ps(a, b);
}
INLINE vf v_sqrt(vf a) {
  return _mm512_sqrt_ps(a);
}
INLINE vf v_relu(vf a) {
  return _mm512_max_ps(_mm512_setzero_ps(), a);
} // NaN stays NaN
INLINE unsigned v_positive(vf a) {
  return _mm512_cmp_ps_mask(a, _mm512_setzero_ps(), _CMP_GT_OQ);
}
INLINE vf v_keep(vf a, unsigned bits) {
  return _mm512_maskz_mov_ps((__mmask16)bits, a);
}
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
typedef __m256 vf;
enum { W = 8, ROWS = 6, COLS = 1, THIN = 4 };
INLINE vf v_load(const float *p) {
  return _mm256_loadu_ps(p);
}
INLINE void v_store(float *p, vf a) {
  _mm256_storeu_ps(p, a);
}
INLINE vf v_set(float a) {
  return _mm256_set1_ps(a);
}
INLINE vf v_fma(vf a, vf b, vf c) {
  return _mm256_fmadd_ps(a, b, c);
}
INLINE vf v_sub(vf a, vf b) {
  return _mm256_sub_ps(a, b);
}
INLINE vf v_mul(vf a, vf b) {
  return _mm256_mul_ps(a, b);
}
INLINE vf v_div(vf a, vf b) {
  return _mm256_div_ps(a, b);
}
INLINE vf v_sqrt(vf a) {
  return _mm256_sqrt_ps(a);
}
INLINE vf v_relu(vf a) {
  return _mm256_max_ps(_mm256_setzero_ps(), a);
}
INLINE unsigned v_positive(vf a) {
  return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, _mm256_setzero_ps(), _CMP_GT_OQ));
}
INLINE vf v_keep(vf a, unsigned bits) {
  const __m256i lane = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  const __m256i set = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)bits), lane), lane);
  return _mm256_and_ps(a, _mm256_castsi256_ps(set));
}
#else
typedef float vf;
enum { W = 1, ROWS = 2, COLS = 1, THIN = 4 };
INLINE vf v_load(const float *p) {
  return *p;
}
INLINE void v_store(float *p, vf a) {
  *p = a;
}
INLINE vf v_set(float a) {
  return a;
}
INLINE vf v_fma(vf a, vf b, vf c) {
  return fmaf(a, b, c);
}
INLINE vf v_sub(vf a, vf b) {
  return a - b;
}
INLINE vf v_mul(vf a, vf b) {
  return a * b;
}
INLINE vf v_div(vf a, vf b) {
  return a / b;
}
INLINE vf v_sqrt(vf a) {
  return sqrtf(a);
}
INLINE vf v_relu(vf a) {
  return 0.0f > a ? 0.0f : a;
}
INLINE unsigned v_positive(vf a) {
  return a > 0.0f;
}
INLINE vf v_keep(vf a, unsigned bits) {
  return bits & 1 ? a : 0.0f;
}
#endif

enum { NV = LANES / W, MAX_ACC = W == 1 ? 128 : 32 }; // vectors a panel; most accumulators of a tile

/* Where a tile reads and writes. */
typedef struct tile_io {
  float *y;               // first row of the first panel of the result
  const float *x;         // first panel of the reduced operand
  const float *w;         // first weight: row r and reduction index k at w[r rs + k ks]
  const float *bias;      // or NULL
  const uint16_t *keep;   // (panels x y_stride / 16) lanes to keep, the others become zero; or NULL
  uint16_t *active;       // the same shape: lanes found positive; or NULL
  int y_stride, x_stride; // floats from panel to panel
  int n;                  // length of the reduction
  bool first, last;       // parts of a longer reduction: between them the sums rest in y
  bool relu;
} tile_io;

enum {
  PART = 64,
  SLAB = PART / LANES
}; // longest part: what a tile reads of x then fills a third of a 48 KiB first-level cache

/* the sums of row r in panel c so far */
INLINE void start(const tile_io *t, vf *acc, const int r, const int c) {
  const float *y = t->y + (ptrdiff_t)c * t->y_stride + r * LANES;
  UNROLL
  for (int j = 0; j < NV; ++j) acc[j] = t->first ? v_set(t->bias ? t->bias[r] : 0.0f) : v_load(y + j * W);
}

/* what becomes of the sums of row r in panel c on their way to memory */
INLINE void finish(const tile_io *t, const vf *acc, const int r, const int c) {
  const ptrdiff_t panel = (ptrdiff_t)c * t->y_stride;
  if (!t->last) {
    UNROLL
    for (int j = 0; j < NV; ++j) v_store(t->y + panel + r * LANES + j * W, acc[j]);
    return;
  }
  const unsigned keep = t->keep ? t->keep[panel / LANES + r] : 0;
  unsigned active = 0;
  UNROLL
  for (int j = 0; j < NV; ++j) {
    vf a = acc[j];
    if (t->relu) a = v_relu(a);
    if (t->keep) a = v_keep(a, keep >> (j * W));
    if (t->active) active |= v_positive(a) << (j * W);
    v_store(t->y + panel + r * LANES + j * W, a);
  }
  if (t->active) t->active[panel / LANES + r] = (uint16_t)active;
}

/* y[r] = bias[r] + sum_k w[r rs + k ks] x[k] for R rows of C panels */
INLINE void tile(const tile_io *t, const ptrdiff_t rs, const ptrdiff_t ks, const int R, const int C) {
  vf acc[MAX_ACC];
  UNROLL
  for (int r = 0; r < R; ++r) {
    UNROLL
    for (int c = 0; c < C; ++c) start(t, acc + (r * C + c) * NV, r, c);
  }
  const float *x = t->x, *w = t->w;
  const ptrdiff_t xs = t->x_stride;
  UNROLL_TWICE
  for (int k = 0; k < t->n; ++k, x += LANES, w += ks) {
    vf xv[THIN * NV];
    UNROLL
    for (int c = 0; c < C * NV; ++c) xv[c] = v_load(x + c / NV * xs + c % NV * W);
    UNROLL
    for (int r = 0; r < R; ++r) {
      const vf wv = v_set(w[r * rs]);
      UNROLL
      for (int c = 0; c < C * NV; ++c) acc[r * C * NV + c] = v_fma(wv, xv[c], acc[r * C * NV + c]);
    }
  }
  UNROLL
  for (int r = 0; r < R; ++r) {
    UNROLL
    for (int c = 0; c < C; ++c) finish(t, acc + (r * C + c) * NV, r, c);
  }
}

/* `count` rows further */
INLINE void next_rows(tile_io *t, const ptrdiff_t rs, const int count) {
  t->y += count * LANES;
  t->w += count * rs;
  if (t->bias) t->bias += count;
  if (t->keep) t->keep += count;
  if (t->active) t->active += count;
}

/* `count` panels further */
INLINE void next_panels(tile_io *t, const int count) {
  const ptrdiff_t y = (ptrdiff_t)count * t->y_stride;
  t->y += y;
  t->x += (ptrdiff_t)count * t->x_stride;
  if (t->keep) t->keep += y / LANES;
  if (t->active) t->active += y / LANES;
}

/* All rows of C panels */
INLINE void rows(tile_io t, const ptrdiff_t rs, const ptrdiff_t ks, int count, const int C) {
  for (; count >= ROWS; count -= ROWS, next_rows(&t, rs, ROWS)) tile(&t, rs, ks, ROWS, C);
  for (; count >= 4; count -= 4, next_rows(&t, rs, 4)) tile(&t, rs, ks, 4, C);
  for (; count >= 2; count -= 2, next_rows(&t, rs, 2)) tile(&t, rs, ks, 2, C);
  for (; count >= 1; count -= 1, next_rows(&t, rs, 1)) tile(&t, rs, ks, 1, C);
}

/* All rows of C panels, the reduction in parts that leave x in the nearest cache from one tile to the next */
INLINE void parts(tile_io t, const ptrdiff_t rs, const ptrdiff_t ks, int count, const int C) {
  const int n = t.n;
  for (int k = 0; k < n; k += PART) {
    t.n = n - k < PART ? n - k : PART;
    t.first = k == 0;
    t.last = k + PART >= n;
    rows(t, rs, ks, count, C);
    t.x += PART * LANES;
    t.w += PART * ks;
  }
}

/* One or two rows (the output of a critic): more panels side by side hide the latency of fma */
INLINE void thin(tile_io t, const ptrdiff_t rs, const ptrdiff_t ks, int count, const int C) {
  if (count == 2)
    tile(&t, rs, ks, 2, C);
  else
    tile(&t, rs, ks, 1, C);
}

/* All rows of all panels */
INLINE void sweep(tile_io t, const ptrdiff_t rs, const ptrdiff_t ks, int count, int panels) {
  if (count == 1 || count == 2)
    for (; panels >= THIN; panels -= THIN, next_panels(&t, THIN)) thin(t, rs, ks, count, THIN);
  for (; panels >= COLS; panels -= COLS, next_panels(&t, COLS)) parts(t, rs, ks, count, COLS);
  if (COLS > 3)
    for (; panels >= 3; panels -= 3, next_panels(&t, 3)) parts(t, rs, ks, count, 3);
  if (COLS > 2)
    for (; panels >= 2; panels -= 2, next_panels(&t, 2)) parts(t, rs, ks, count, 2);
  if (COLS > 1)
    for (; panels >= 1; panels -= 1, next_panels(&t, 1)) parts(t, rs, ks, count, 1);
}

static void forward(float *y, uint16_t *active, const float *x, const float *w, const float *b, int in, int out, int ld,
                    int panels, bool relu) {
  const tile_io t = {.y = y,
                     .x = x,
                     .w = w,
                     .bias = b,
                     .active = active,
                     .y_stride = out * LANES,
                     .x_stride = in * LANES,
                     .n = in,
                     .first = true,
                     .last = true,
                     .relu = relu};
  sweep(t, ld, 1, out, panels);
}

static void backward(float *dx, const float *dy, const float *w, const uint16_t *active, int first, int count, int out,
                     int ld, int panels) {
  const tile_io t = {.y = dx,
                     .x = dy,
                     .w = w + first,
                     .keep = active,
                     .y_stride = count * LANES,
                     .x_stride = out * LANES,
                     .n = out,
                     .first = true,
                     .last = true};
  sweep(t, 1, ld, count, panels);
}

static void pick(uint16_t *to, const uint16_t *active, const int *sample, int n) {
  memset(to, 0, sizeof *to * (size_t)n);
  for (int l = 0; l < LANES; ++l) {
    const uint16_t *from = active + (ptrdiff_t)(sample[l] / LANES) * n;
    const int bit = sample[l] % LANES;
    for (int k = 0; k < n; ++k) to[k] = (uint16_t)(to[k] | (from[k] >> bit & 1) << l);
  }
}

#if defined(__AVX512F__)
/* 16 x 16 in registers: row k of x becomes column k of xt */
INLINE void transpose_block(float *xt, const float *x, int ldx) {
  __m512 r[16], t[16];
  UNROLL
  for (int i = 0; i < 16; ++i) r[i] = _mm512_loadu_ps(x + i * LANES);
  UNROLL
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
  UNROLL
  for (int i = 0; i < 16; i += 4) {
    const __m512d a = _mm512_castps_pd(t[i]), b = _mm512_castps_pd(t[i + 1]);
    const __m512d c = _mm512_castps_pd(t[i + 2]), d = _mm512_castps_pd(t[i + 3]);
    r[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
    r[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
    r[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
    r[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
  }
  UNROLL
  for (int i = 0; i < 4; ++i) {
    t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
  }
  UNROLL
  for (int i = 0; i < 4; ++i) {
    v_store(xt + (ptrdiff_t)i * ldx, _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88));
    v_store(xt + (ptrdiff_t)(i + 4) * ldx, _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0x88));
    v_store(xt + (ptrdiff_t)(i + 8) * ldx, _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd));
    v_store(xt + (ptrdiff_t)(i + 12) * ldx, _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0xdd));
  }
}
#else
INLINE void transpose_block(float *xt, const float *x, int ldx) {
  for (int l = 0; l < LANES; ++l)
    for (int i = 0; i < 16; ++i) xt[(ptrdiff_t)l * ldx + i] = x[i * LANES + l];
}
#endif

static void transpose(float *xt, const float *x, int n, int ldx, int panels) {
  for (int p = 0; p < panels; ++p, xt += (ptrdiff_t)LANES * ldx, x += (ptrdiff_t)n * LANES) {
    int k = 0;
    for (; k + 16 <= n; k += 16) transpose_block(xt + k, x + (ptrdiff_t)k * LANES, ldx);
    if (k == n) continue;
    float padded[16 * LANES] = {0};
    memcpy(padded, x + (ptrdiff_t)k * LANES, (size_t)(n - k) * LANES * sizeof *x);
    transpose_block(xt + k, padded, ldx);
  }
}

/* g[r][c] = or += sum_s dy[r][s] xt[s][c] for R rows and C blocks of 16 columns */
INLINE void gradient_tile(float *g, const float *dy, const float *xt, int out, int ld, int ldx, int panels, bool first,
                          const int R, const int C) {
  vf acc[MAX_ACC];
  UNROLL
  for (int r = 0; r < R; ++r) {
    UNROLL
    for (int c = 0; c < C * NV; ++c) acc[r * C * NV + c] = first ? v_set(0.0f) : v_load(g + (ptrdiff_t)r * ld + c * W);
  }
  for (int p = 0; p < panels; ++p, dy += (ptrdiff_t)out * LANES) {
    UNROLL_TWICE
    for (int l = 0; l < LANES; ++l, xt += ldx) {
      vf xv[COLS * NV];
      UNROLL
      for (int c = 0; c < C * NV; ++c) xv[c] = v_load(xt + c * W);
      UNROLL
      for (int r = 0; r < R; ++r) {
        const vf d = v_set(dy[r * LANES + l]);
        UNROLL
        for (int c = 0; c < C * NV; ++c) acc[r * C * NV + c] = v_fma(d, xv[c], acc[r * C * NV + c]);
      }
    }
  }
  UNROLL
  for (int r = 0; r < R; ++r) {
    UNROLL
    for (int c = 0; c < C * NV; ++c) v_store(g + (ptrdiff_t)r * ld + c * W, acc[r * C * NV + c]);
  }
}

/* all rows of one strip of C blocks of columns: the strip of xt stays in the first-level cache */
INLINE void gradient_strip(float *g, const float *dy, const float *xt, int n_rows, int out, int ld, int ldx, int panels,
                           bool first, const int C) {
  int r = 0;
#define STEP(R)                                                                                                        \
  for (; r + (R) <= n_rows; r += (R))                                                                                  \
  gradient_tile(g + (ptrdiff_t)r * ld, dy + (ptrdiff_t)r * LANES, xt, out, ld, ldx, panels, first, R, C)
  STEP(ROWS);
  STEP(4);
  STEP(2);
  STEP(1);
#undef STEP
}

/* the sum of 16 lanes by a fixed tree */
INLINE float lane_sum(float *lane) {
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int l = 0; l < half; ++l) lane[l] += lane[l + half];
  return lane[0];
}

/* sum over the samples of one row of dy: lanes over panels first, then a fixed tree over the lanes */
INLINE float row_sum(const float *dy, int out, int panels) {
  float lane[LANES] = {0};
  for (int p = 0; p < panels; ++p)
    for (int l = 0; l < LANES; ++l) lane[l] += dy[(ptrdiff_t)p * out * LANES + l];
  return lane_sum(lane);
}

/* the lanes of 16 rows added up: laid across, one tree serves them all */
INLINE void lane_sums(float *sums, const float *lane) {
  _Alignas(64) float tree[LANES * 16];
  transpose_block(tree, lane, 16);
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int i = 0; i < half * 16; ++i) tree[i] += tree[i + half * 16];
  memcpy(sums, tree, 16 * sizeof *sums);
}

/* the same for 16 rows */
INLINE void row_sums(float *sums, const float *dy, int out, int panels) {
  _Alignas(64) float lane[16 * LANES] = {0};
  for (int p = 0; p < panels; ++p)
    for (int i = 0; i < 16 * LANES; ++i) lane[i] += dy[(ptrdiff_t)p * out * LANES + i];
  lane_sums(sums, lane);
}

/* Gradient of at most 16 columns for C blocks of 16 rows. Rows in the lanes leave no lane idle: the gradient's
 * transpose is the sum over s of xt[s] dy[s], a tile over samples. */
INLINE void narrow_gradient(float *g, const float *dy, const float *xt, int in, int out, int ldx, int panels,
                            const int C) {
  _Alignas(64) float across[COLS * PART * LANES];
  _Alignas(64) float sum[COLS * LANES * LANES]; // (C x samples x 16), (C x in x 16)
  tile_io t = {.y = sum, .x = across, .y_stride = in * LANES, .x_stride = PART * LANES, .first = true, .last = true};
  for (int p = 0; p < panels; p += SLAB, t.first = false) {
    const int n = panels - p < SLAB ? panels - p : SLAB;
    for (int c = 0; c < C; ++c)
      for (int q = 0; q < n; ++q)
        transpose_block(across + (c * PART + q * LANES) * LANES, dy + ((ptrdiff_t)(p + q) * out + c * 16) * LANES, 16);
    t.w = xt + (ptrdiff_t)p * LANES * ldx;
    t.n = n * LANES;
    rows(t, 1, ldx, in, C);
  }
  transpose(g, sum, in, LANES, C);
}

/* Gradient of n_rows rows, any number of columns */
static void broad_gradient(float *g, const float *dy, const float *xt, int n_rows, int out, int ld, int ldx,
                           int panels) {
  for (int p = 0; p < panels; p += SLAB) {
    const int n = panels - p < SLAB ? panels - p : SLAB;
    const float *slab_dy = dy + (ptrdiff_t)p * out * LANES, *slab_xt = xt + (ptrdiff_t)p * LANES * ldx;
    int c = 0;
    for (; c + COLS * LANES <= ld; c += COLS * LANES)
      gradient_strip(g + c, slab_dy, slab_xt + c, n_rows, out, ld, ldx, n, p == 0, COLS);
    if (COLS > 1)
      for (; c < ld; c += LANES) gradient_strip(g + c, slab_dy, slab_xt + c, n_rows, out, ld, ldx, n, p == 0, 1);
  }
}

static void weight_gradient(float *g, float *gb, const float *dy, const float *xt, int first, int n_rows, int in,
                            int out, int ldx, int panels) {
  dy += (ptrdiff_t)first * LANES;
  const int ld = round16(in);
  int r = 0;
  if (ld == LANES) {
    for (; r + COLS * 16 <= n_rows; r += COLS * 16)
      narrow_gradient(g + r * ld, dy + r * LANES, xt, in, out, ldx, panels, COLS);
    if (COLS > 2)
      for (; r + 32 <= n_rows; r += 32) narrow_gradient(g + r * ld, dy + r * LANES, xt, in, out, ldx, panels, 2);
    if (COLS > 1)
      for (; r + 16 <= n_rows; r += 16) narrow_gradient(g + r * ld, dy + r * LANES, xt, in, out, ldx, panels, 1);
  }
  broad_gradient(g + (ptrdiff_t)r * ld, dy + (ptrdiff_t)r * LANES, xt, n_rows - r, out, ld, ldx, panels);
  for (r = 0; r + 16 <= n_rows; r += 16) row_sums(gb + r, dy + (ptrdiff_t)r * LANES, out, panels);
  for (; r < n_rows; ++r) gb[r] = row_sum(dy + (ptrdiff_t)r * LANES, out, panels);
}

/* ---- batch normalisation ---- */

/* features of a block of at most 16 that ends at `stop` */
INLINE int block_of(int first, int stop) {
  return stop - first < 16 ? stop - first : 16;
}

/* sums of (x - mean)^2 of a block of features over the samples */
INLINE void squares(float *sums, const float *x, const float *mean, int n, int count, int panels) {
  _Alignas(64) float lane[16 * LANES] = {0};
  for (int p = 0; p < panels; ++p, x += (ptrdiff_t)n * LANES)
    for (int r = 0; r < count; ++r) {
      const vf m = v_set(mean[r]);
      UNROLL
      for (int j = r * LANES; j < (r + 1) * LANES; j += W) {
        const vf d = v_sub(v_load(x + j), m);
        v_store(lane + j, v_fma(d, d, v_load(lane + j)));
      }
    }
  lane_sums(sums, lane);
}

/* sums of d and of d x of a block of features over the samples; x may be NULL */
INLINE void block_sums(float *sum, float *product, const float *d, const float *x, int n, int count, int panels) {
  _Alignas(64) float lane[16 * LANES] = {0}, both[16 * LANES] = {0};
  for (int p = 0; p < panels; ++p, d += (ptrdiff_t)n * LANES) {
    for (int i = 0; i < count * LANES; ++i) lane[i] += d[i];
    if (!x) continue;
    for (int i = 0; i < count * LANES; i += W) v_store(both + i, v_fma(v_load(d + i), v_load(x + i), v_load(both + i)));
    x += (ptrdiff_t)n * LANES;
  }
  lane_sums(sum, lane);
  if (x) lane_sums(product, both);
}

static void moments(float *mean, float *variance, const float *x, int n, int first, int count, int panels) {
  const float over = 1.0f / (float)(panels * LANES);
  for (int r = first; r < first + count; r += 16) {
    const int rows = block_of(r, first + count);
    const float *block = x + (ptrdiff_t)r * LANES;
    float sums[16];
    block_sums(sums, NULL, block, NULL, n, rows, panels);
    for (int i = 0; i < rows; ++i) mean[r + i] = sums[i] * over;
    squares(sums, block, mean + r, n, rows, panels);
    for (int i = 0; i < rows; ++i) variance[r + i] = sums[i] * over;
  }
}

static void products(float *sum, float *product, const float *d, const float *x, int n, int first, int count,
                     int panels) {
  for (int r = first; r < first + count; r += 16) {
    const int rows = block_of(r, first + count);
    const ptrdiff_t at = (ptrdiff_t)r * LANES;
    float one[16], two[16];
    block_sums(one, two, d + at, x + at, n, rows, panels);
    memcpy(sum + r, one, sizeof *sum * (size_t)rows);
    memcpy(product + r, two, sizeof *product * (size_t)rows);
  }
}

static void affine(float *x, const float *scale, const float *shift, int n, int panels) {
  for (int p = 0; p < panels; ++p)
    for (int k = 0; k < n; ++k, x += LANES) {
      const vf s = v_set(scale[k]), t = v_set(shift[k]);
      UNROLL
      for (int j = 0; j < LANES; j += W) v_store(x + j, v_fma(s, v_load(x + j), t));
    }
}

static void affine_back(float *d, const float *x, const uint16_t *active, const float *scale, const float *slope,
                        const float *shift, int n, int panels) {
  for (int p = 0; p < panels; ++p, active += n)
    for (int k = 0; k < n; ++k, d += LANES, x += LANES) {
      const vf s = v_set(scale[k]), c = v_set(slope[k]), t = v_set(shift[k]);
      UNROLL
      for (int j = 0; j < LANES; j += W) {
        const vf y = v_fma(s, v_load(d + j), v_fma(c, v_load(x + j), t));
        v_store(d + j, v_keep(y, (unsigned)active[k] >> j));
      }
    }
}

static void unit_rows(float *w, float *b, int count, int ld) {
  for (int r = 0; r < count; ++r, w += ld) {
    float lane[LANES] = {0};
    for (int c = 0; c < ld; c += W)
      v_store(lane + c % LANES, v_fma(v_load(w + c), v_load(w + c), v_load(lane + c % LANES)));
    const float length = sqrtf(lane_sum(lane));
    if (length == 0.0f) continue;
    const float over = 1.0f / length;
    for (int c = 0; c < ld; c += W) v_store(w + c, v_mul(v_set(over), v_load(w + c)));
    b[r] *= over;
  }
}

static void fold(float *to_w, float *to_b, const float *w, const float *b, const float *scale, const float *shift,
                 int count, int ld) {
  for (int r = 0; r < count; ++r, w += ld, to_w += ld) {
    float lane[LANES] = {0};
    for (int c = 0; c < ld; c += W) {
      const vf wc = v_load(w + c);
      v_store(lane + c % LANES, v_fma(wc, v_load(shift + c), v_load(lane + c % LANES)));
      v_store(to_w + c, v_mul(wc, v_load(scale + c)));
    }
    to_b[r] = b[r] + lane_sum(lane);
  }
}

static bool adam(float *w, float *m, float *v, float *bar, const float *g, int n, const adam_step *s) {
  const vf b1 = v_set(s->beta1), c1 = v_set(s->fresh1), b2 = v_set(s->beta2), c2 = v_set(s->fresh2);
  const vf eps = v_set(s->epsilon), rate = v_set(-s->rate), corr = v_set(s->correction), tau = v_set(s->tau);
  vf bad = v_set(0.0f); // stays zero while everything is finite: 0 x finite = 0, 0 x inf = NaN
  for (int i = 0; i < n; i += W) {
    const vf gi = v_load(g + i);
    const vf mi = v_fma(b1, v_load(m + i), v_mul(c1, gi));
    const vf vi = v_fma(b2, v_load(v + i), v_mul(v_mul(c2, gi), gi));
    const vf wi = v_fma(rate, v_div(mi, v_fma(v_sqrt(vi), corr, eps)), v_load(w + i));
    bad = v_fma(gi, v_set(0.0f), v_fma(wi, v_set(0.0f), bad));
    v_store(m + i, mi);
    v_store(v + i, vi);
    v_store(w + i, wi);
    if (bar) {
      const vf ti = v_load(bar + i);
      v_store(bar + i, v_fma(tau, v_sub(wi, ti), ti));
    }
  }
  float lane[W];
  v_store(lane, bad);
  for (int j = 0; j < W; ++j)
    if (lane[j] != 0.0f) return false;
  return true;
}

/* B vectors of outputs at a time */
INLINE void decide_block(float *y, const float *x, const float *wt, const float *b, int in, int ldo, bool relu,
                         const int B) {
  vf acc[MAX_ACC];
  UNROLL
  for (int j = 0; j < B; ++j) acc[j] = v_load(b + j * W);
  for (int k = 0; k < in; ++k, wt += ldo) {
    const vf xk = v_set(x[k]);
    UNROLL
    for (int j = 0; j < B; ++j) acc[j] = v_fma(v_load(wt + j * W), xk, acc[j]);
  }
  UNROLL
  for (int j = 0; j < B; ++j) v_store(y + j * W, relu ? v_relu(acc[j]) : acc[j]);
}

static void decide(float *y, const float *x, const float *wt, const float *b, int in, int ldo, bool relu) {
  enum { WIDE = W == 16 ? 16 : 8 };
  int o = 0;
  for (; o + WIDE * W <= ldo; o += WIDE * W) decide_block(y + o, x, wt + o, b + o, in, ldo, relu, WIDE);
  if (W == 16)
    for (; o + 4 * W <= ldo; o += 4 * W) decide_block(y + o, x, wt + o, b + o, in, ldo, relu, 4);
  for (; o < ldo; o += W) decide_block(y + o, x, wt + o, b + o, in, ldo, relu, 1);
}

static float log_std_of(float squashed) {
  return fmaf(0.5f * (LOG_STD_HIGH - LOG_STD_LOW), squashed + 1.0f, LOG_STD_LOW);
}

static void gaussian(float *u, float *logp, const float *z, const float *eps, int d, int panels) {
  for (int p = 0; p < panels; ++p, logp += LANES) {
    float sum[LANES] = {0};
    for (int i = 0; i < d; ++i) {
      const float *mean = z + ((ptrdiff_t)p * 2 * d + i) * LANES, *raw = mean + (ptrdiff_t)d * LANES;
      const float *e = eps + ((ptrdiff_t)p * d + i) * LANES;
      float *ui = u + ((ptrdiff_t)p * d + i) * LANES;
      for (int l = 0; l < LANES; ++l) {
        const float log_std = log_std_of(m_tanhf(raw[l]));
        const float pre = fmaf(m_expf(log_std), e[l], mean[l]);
        ui[l] = m_tanhf(pre);
        // log N(pre; mean, std) - log(1 - tanh(pre)^2), with 1 - tanh^2 = 4 exp(-2 pre) / (1 + exp(-2 pre))^2
        const float normal = fmaf(-0.5f * e[l], e[l], -0.918938533204672742f) - log_std;
        const float squash = 2.0f * (0.693147180559945309f - pre - m_softplusf(-2.0f * pre));
        sum[l] += normal - squash;
      }
    }
    memcpy(logp, sum, sizeof sum);
  }
}

static void gaussian_back(float *dz, const float *du, const float *dlogp, const float *u, const float *z,
                          const float *eps, int d, int panels) {
  for (int p = 0; p < panels; ++p, dlogp += LANES)
    for (int i = 0; i < d; ++i) {
      const ptrdiff_t at = ((ptrdiff_t)p * 2 * d + i) * LANES, ua = ((ptrdiff_t)p * d + i) * LANES;
      const float *raw = z + at + (ptrdiff_t)d * LANES;
      float dmean[LANES], draw[LANES]; // apart from all else, so that the loop becomes vectors
      for (int l = 0; l < LANES; ++l) {
        const float t = m_tanhf(raw[l]);
        const float noise = m_expf(log_std_of(t)) * eps[ua + l]; // d pre / d log_std
        const float ul = u[ua + l];
        const float dpre = fmaf(du[ua + l], fmaf(-ul, ul, 1.0f), 2.0f * dlogp[l] * ul);
        dmean[l] = dpre;
        draw[l] = fmaf(dpre, noise, -dlogp[l]) * (0.5f * (LOG_STD_HIGH - LOG_STD_LOW)) * fmaf(-t, t, 1.0f);
      }
      memcpy(dz + at, dmean, sizeof dmean);
      memcpy(dz + at + (ptrdiff_t)d * LANES, draw, sizeof draw);
    }
}

static void tanh_head(float *y, const float *z, int n) {
  for (int i = 0; i < n; ++i) y[i] = m_tanhf(z[i]);
}

static void tanh_back(float *dz, const float *dy, const float *y, int n) {
  for (int i = 0; i < n; ++i) dz[i] = dy[i] * fmaf(-y[i], y[i], 1.0f);
}

static void sigmoid_head(float *y, const float *z, int n, float top) {
  for (int i = 0; i < n; ++i) y[i] = top * m_sigmoidf(z[i]);
}

static void sigmoid_back(float *dz, const float *dy, const float *y, int n, float top) {
  const float over = 1.0f / top;
  for (int i = 0; i < n; ++i) dz[i] = dy[i] * y[i] * fmaf(-y[i], over, 1.0f);
}

/* cos and sin of 2 pi t, t in [0, 1) a multiple of 2^-24: the quarter turn is removed exactly */
INLINE void turn(float t, float *c, float *s) {
  const float q = floorf(fmaf(4.0f, t, 0.5f));
  const float r = fmaf(q, -0.25f, t) * 6.28318530717958648f;
  const float z = r * r;
  float ps = fmaf(-1.9515295891e-4f, z, 8.3321608736e-3f);
  ps = fmaf(ps, z, -1.6666654611e-1f);
  const float sine = fmaf(ps * z, r, r);
  float pc = fmaf(2.443315711809948e-5f, z, -1.388731625493765e-3f);
  pc = fmaf(pc, z, 4.166664568298827e-2f);
  const float cosine = fmaf(pc * z, z, fmaf(z, -0.5f, 1.0f));
  const int n = (int)q;
  const float a = (n & 1) ? cosine : sine, b = (n & 1) ? sine : cosine;
  *s = (n & 2) ? -a : a;
  *c = ((n + 1) & 2) ? -b : b;
}

static void normals(float *out, int first, int count, uint64_t seed, uint32_t purpose, uint64_t index) {
  const philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
  enum { CHUNK = 64 };
  for (int at = 0; at < count; at += CHUNK) {
    const int n = count - at < CHUNK ? count - at : CHUNK;
    float radius2[CHUNK / 2], angle[CHUNK / 2];
    for (int i = 0; i < n / 4; ++i) {
      const philox4x32_ctr_t ctr = {
          {(uint32_t)((first + at) / 4 + i), (uint32_t)index, (uint32_t)(index >> 32), purpose}};
      const philox4x32_ctr_t r = philox4x32(ctr, key);
      for (int j = 0; j < 2; ++j) {
        radius2[2 * i + j] = (float)((r.v[2 * j] >> 8) + 1) * 0x1p-24f; // (0, 1]
        angle[2 * i + j] = (float)(r.v[2 * j + 1] >> 8) * 0x1p-24f;     // [0, 1)
      }
    }
    for (int i = 0; i < n / 2; ++i) {
      const float radius = sqrtf(-2.0f * m_logf(radius2[i]));
      float c, s;
      turn(angle[i], &c, &s);
      out[at + 2 * i] = radius * c;
      out[at + 2 * i + 1] = radius * s;
    }
  }
}

static double fma_peak(int turns, float *sink) {
  enum { CHAINS = W == 1 ? 8 : 12 }; // more than latency times units
  vf acc[CHAINS];
  for (int i = 0; i < CHAINS; ++i) acc[i] = v_set((float)i);
  const vf a = v_set(.999f), b = v_set(.001f);
  for (int t = 0; t < turns; ++t) {
    UNROLL
    for (int i = 0; i < CHAINS; ++i) acc[i] = v_fma(acc[i], a, b);
  }
  float lane[W];
  for (int i = 0; i < CHAINS; ++i) v_store(lane, acc[i]), *sink += lane[0];
  return 2.0 * W * CHAINS * (double)turns;
}

#define NAME_OF_(x) #x
#define NAME_OF(x) NAME_OF_(x)
#define SYMBOL_(x) duro_kernels_##x
#define SYMBOL(x) SYMBOL_(x)

extern const duro_kernels SYMBOL(DURO_KERNELS);
const duro_kernels SYMBOL(DURO_KERNELS) = {
    .name = NAME_OF(DURO_KERNELS),
    .forward = forward,
    .backward = backward,
    .pick = pick,
    .transpose = transpose,
    .weight_gradient = weight_gradient,
    .moments = moments,
    .products = products,
    .affine = affine,
    .affine_back = affine_back,
    .unit_rows = unit_rows,
    .fold = fold,
    .adam = adam,
    .decide = decide,
    .gaussian = gaussian,
    .gaussian_back = gaussian_back,
    .tanh = tanh_head,
    .tanh_back = tanh_back,
    .sigmoid = sigmoid_head,
    .sigmoid_back = sigmoid_back,
    .normals = normals,
    .fma_peak = fma_peak,
};

/* The Hamilton-Jacobi equation along a line of vertices. Loops that a compiler makes vectors of; compiled once for each
 * width of them, with the same bits. */
#include "game/upwind.h"

#include <stddef.h>

static inline float magnitude(float x) {
  return x < 0 ? -x : x;
}

static inline float larger(float a, float b) {
  return a > b ? a : b;
}

/* the one nearer to zero */
static inline float lesser(float a, float b) {
  return magnitude(a) <= magnitude(b) ? a : b;
}

#define READ(name, offset) const float *const name = v[UPWIND_REACH + (offset)]

static void slopes_first(int n, float inverse, const float *const *v, float *restrict left, float *restrict right) {
  READ(m1, -1);
  READ(c0, 0);
  READ(p1, 1);
  for (int k = 0; k < n; k++) {
    left[k] = (c0[k] - m1[k]) * inverse;
    right[k] = (p1[k] - c0[k]) * inverse;
  }
}

/* second-order essentially non-oscillatory: Osher and Fedkiw, Level Set Methods, 2003, section 3.3 */
static void slopes_eno2(int n, float inverse, const float *const *v, float *restrict left, float *restrict right) {
  READ(m2, -2);
  READ(m1, -1);
  READ(c0, 0);
  READ(p1, 1);
  READ(p2, 2);
  for (int k = 0; k < n; k++) {
    const float a = m1[k] - m2[k], b = c0[k] - m1[k], c = p1[k] - c0[k], d = p2[k] - p1[k];
    left[k] = (b + 0.5f * lesser(b - a, c - b)) * inverse;
    right[k] = (c - 0.5f * lesser(c - b, d - c)) * inverse;
  }
}

/* The fifth-order derivative from five differences: the same book, equations (3.25) to (3.41). Their weights,
 * a_i = w_i/(S_i + e)^2, are multiplied by all three denominators, so that one division is left; S is divided by the
 * largest square, of which e is a millionth. */
static inline float weno5(float a, float b, float c, float d, float e) {
  const float largest = larger(larger(larger(a * a, b * b), larger(c * c, d * d)), e * e),
              unit = 1 / (largest + 1e-30f);
  const float a1 = a - 2 * b + c, a2 = a - 4 * b + 3 * c;
  const float b1 = b - 2 * c + d, b2 = b - d;
  const float c1 = c - 2 * d + e, c2 = 3 * c - 4 * d + e;
  const float third = 13.0f / 12.0f;
  const float s1 = (third * a1 * a1 + 0.25f * a2 * a2) * unit + 1e-6f;
  const float s2 = (third * b1 * b1 + 0.25f * b2 * b2) * unit + 1e-6f;
  const float s3 = (third * c1 * c1 + 0.25f * c2 * c2) * unit + 1e-6f;
  const float s12 = s1 * s2, s13 = s1 * s3, s23 = s2 * s3;
  const float w1 = s23 * s23, w2 = 6 * (s13 * s13), w3 = 3 * (s12 * s12);
  const float d1 = 2 * a - 7 * b + 11 * c, d2 = -b + 5 * c + 2 * d, d3 = 2 * c + 5 * d - e;
  return (w1 * d1 + w2 * d2 + w3 * d3) / (6 * (w1 + w2 + w3));
}

static void slopes_weno5(int n, float inverse, const float *const *v, float *restrict left, float *restrict right) {
  READ(m3, -3);
  READ(m2, -2);
  READ(m1, -1);
  READ(c0, 0);
  READ(p1, 1);
  READ(p2, 2);
  READ(p3, 3);
  for (int k = 0; k < n; k++) {
    const float a = m2[k] - m3[k], b = m1[k] - m2[k], c = c0[k] - m1[k], d = p1[k] - c0[k], e = p2[k] - p1[k];
    const float f = p3[k] - p2[k];
    left[k] = weno5(a, b, c, d, e) * inverse;
    right[k] = weno5(f, e, d, c, b) * inverse;
  }
}

/* sum += t p */
static void add_term(int n, const upwind_term *t, const float *restrict p, float *restrict sum) {
  if (t->zero) return;
  if (t->table)
    for (int k = 0; k < n; k++) sum[k] += t->table[k] * p[k];
  else
    for (int k = 0; k < n; k++) sum[k] += t->constant * p[k];
}

/* sum += sign |grad V . column|: what an input adds that is free in [-1, 1] */
static void add_input(const upwind_line *line, int column, float sign, const float *slope, float *restrict sum,
                      float *restrict product) {
  const int n = line->n, columns = 1 + line->nu + line->na;
  bool any = false;
  for (int i = 0; i < line->axes; i++) any = any || !line->terms[i * columns + column].zero;
  if (!any) return;
  for (int k = 0; k < n; k++) product[k] = 0;
  for (int i = 0; i < line->axes; i++)
    add_term(n, &line->terms[i * columns + column], slope + (ptrdiff_t)i * n, product);
  for (int k = 0; k < n; k++) sum[k] += sign * magnitude(product[k]);
}

static void slopes(const upwind_line *line, int i, float *left, float *right) {
  switch (line->scheme) {
  case UPWIND_FIRST:
    slopes_first(line->n, line->inverse[i], line->at[i], left, right);
    break;
  case UPWIND_ENO2:
    slopes_eno2(line->n, line->inverse[i], line->at[i], left, right);
    break;
  case UPWIND_WENO5:
    slopes_weno5(line->n, line->inverse[i], line->at[i], left, right);
    break;
  }
}

/* speed = the largest |rate| along an axis that inputs can make of its terms */
static void add_speed(int n, const upwind_term *t, float *restrict speed) {
  if (t->table)
    for (int k = 0; k < n; k++) speed[k] += magnitude(t->table[k]);
  else
    for (int k = 0; k < n; k++) speed[k] += magnitude(t->constant);
}

/* what an axis adds to the Hamiltonian but for the inputs: the drift, and the damping; mean is left for the inputs */
static void add_axis(const upwind_line *line, int i, float *restrict mean, float *restrict sum, float *restrict left,
                     float *restrict right, float *restrict speed) {
  const int n = line->n, columns = 1 + line->nu + line->na;
  const upwind_term *terms = &line->terms[i * columns];
  slopes(line, i, left, right);
  for (int k = 0; k < n; k++) speed[k] = 0;
  for (int j = 0; j < columns; j++)
    if (!terms[j].zero) add_speed(n, &terms[j], speed);
  for (int k = 0; k < n; k++) {
    mean[k] = 0.5f * (left[k] + right[k]);
    sum[k] += 0.5f * speed[k] * (right[k] - left[k]);
  }
  add_term(n, terms, mean, sum);
}

/* sum: H becomes V_t */
static void clamp(int n, upwind_clamp how, float *restrict sum) {
  if (how == UPWIND_FALL)
    for (int k = 0; k < n; k++) sum[k] = sum[k] < 0 ? sum[k] : 0.0f;
  if (how == UPWIND_RISE)
    for (int k = 0; k < n; k++) sum[k] = sum[k] > 0 ? sum[k] : 0.0f;
}

static void step(const upwind_line *line, float *restrict out, float *scratch) {
  const int n = line->n;
  float *slope = scratch, *sum = slope + (ptrdiff_t)DURO_GRID_MAX * n, *left = sum + n, *right = left + n;
  float *speed = right + n;
  for (int k = 0; k < n; k++) sum[k] = 0;
  for (int i = 0; i < line->axes; i++) add_axis(line, i, slope + (ptrdiff_t)i * n, sum, left, right, speed);
  for (int j = 0; j < line->nu + line->na; j++) add_input(line, 1 + j, j < line->nu ? 1.0f : -1.0f, slope, sum, left);
  clamp(n, line->clamp, sum);
  const float *v = line->at[0][UPWIND_REACH], *from = line->from, *ceiling = line->ceiling;
  const float dt = line->dt, keep = line->keep, mix = line->mix;
  for (int k = 0; k < n; k++) out[k] = keep * from[k] + mix * (v[k] + dt * sum[k]);
  if (ceiling)
    for (int k = 0; k < n; k++) out[k] = out[k] < ceiling[k] ? out[k] : ceiling[k];
}

#define PASTE(name, variant) name##_##variant
#define KERNELS_OF(name, variant) PASTE(name, variant)
#define TEXT(word) #word
#define NAME_OF(word) TEXT(word)
extern const upwind_kernels KERNELS_OF(duro_upwind, UPWIND_VARIANT);
const upwind_kernels KERNELS_OF(duro_upwind, UPWIND_VARIANT) = {.name = NAME_OF(UPWIND_VARIANT), .step = step};

/* The arithmetic of networks. Shapes: a batch lies in panels of 16 samples, B = 16 P,
 *
 *     x   (P x n x 16)   activations: sample 16 p + l of feature k is x[(p n + k) 16 + l]
 *     xt  (B x ldx)      the same, sample-major, for weight gradients
 *     w   (out x ld)     weights, row-major, ld = in rounded up to 16, padding zero
 *     b   (out)          biases, padded to 16
 *
 * Every sum has one order, whatever the SIMD width, tile or number of threads: over inputs k = 0, 1, ... starting from
 * the bias, over outputs o = 0, 1, ..., over samples s = 0, 1, ...; each step is one fma. So every variant gives the
 * same bits. */
#ifndef DURO_NN_KERNELS_H
#define DURO_NN_KERNELS_H

#include "duro/base.h"

enum { LANES = 16 };

/* Coefficients of one Adam step (Kingma and Ba 2015, algorithm 1, in PyTorch's order of operations) with Polyak
 * averaging of the result: bar <- bar + tau (w - bar). */
typedef struct adam_step {
  float beta1, beta2, epsilon;
  float fresh1, fresh2; /* 1 - beta, rounded once: 1 - (float).999 is off by 1e-5 */
  float rate;           /* learning rate / (1 - beta1^t) */
  float correction;     /* 1 / sqrt(1 - beta2^t) */
  float tau;            /* 0 without a target */
} adam_step;

/* Coefficients for a learning rate, betas and their powers beta^t. */
adam_step adam_coefficients(double rate, double beta1, double beta2, double power1, double power2, double epsilon,
                            double tau);

typedef struct duro_kernels {
  const char *name;
  /* y (P x out x 16) = W x + b, then max(0, .) if relu; active (P x out), or NULL: bit l is set where y > 0 in lane l
   */
  void (*forward)(float *y, uint16_t *active, const float *x, const float *w, const float *b, int in, int out, int ld,
                  int panels, bool relu);
  /* dx (P x count x 16) = rows [first, first + count) of W^T dy; zero where active (P x count) is given and not set */
  void (*backward)(float *dx, const float *dy, const float *w, const uint16_t *active, int first, int count, int out,
                   int ld, int panels);
  /* to (n): bit l is that of sample[l] in active (P x n), sample (16) */
  void (*pick)(uint16_t *to, const uint16_t *active, const int *sample, int n);
  /* xt (16 P x ldx) from x (P x n x 16); columns n up to the next multiple of 16 become zero */
  void (*transpose)(float *xt, const float *x, int n, int ldx, int panels);
  /* g (rows x ld) = dy^T x for the outputs [first, first + rows), ld = in rounded up to 16; gb (rows) = sum of dy over
   * the samples */
  void (*weight_gradient)(float *g, float *gb, const float *dy, const float *xt, int first, int rows, int in, int out,
                          int ldx, int panels);
  /* w, m, v, bar (n), n a multiple of 16; bar may be NULL; false if a gradient or new weight is not finite */
  bool (*adam)(float *w, float *m, float *v, float *bar, const float *g, int n, const adam_step *c);

  /* Batch normalisation (norm.h): features [first, first + count) of x or d (P x n x 16). */

  /* mean and variance over the samples */
  void (*moments)(float *mean, float *variance, const float *x, int n, int first, int count, int panels);
  /* sums of d and of d x over the samples */
  void (*products)(float *sum, float *product, const float *d, const float *x, int n, int first, int count, int panels);
  /* x = scale x + shift in place, for all n features */
  void (*affine)(float *x, const float *scale, const float *shift, int n, int panels);
  /* d = scale d + slope x + shift in place, zero where active (P x n) is not set */
  void (*affine_back)(float *d, const float *x, const uint16_t *active, const float *scale, const float *slope,
                      const float *shift, int n, int panels);
  /* rows of w (rows x ld) divided by their lengths, and b (rows) with them, so that the sign of W x + b stays */
  void (*unit_rows)(float *w, float *b, int rows, int ld);
  /* W, b of a layer whose input is scale x + shift, for x itself: to_w (rows x ld), to_b (rows); scale, shift (ld) */
  void (*fold)(float *to_w, float *to_b, const float *w, const float *b, const float *scale, const float *shift,
               int rows, int ld);

  /* one sample: y (out) = W x + b with wt (in x ldo) transposed weights, ldo = out rounded up to 16 */
  void (*decide)(float *y, const float *x, const float *wt, const float *b, int in, int ldo, bool relu);

  /* Heads, over n = 16 P lanes of each feature. */

  /* tanh-Gaussian: z (P x 2d x 16) is mean, raw log std; u (P x d x 16) = tanh(mean + std eps); logp (P x 16) */
  void (*gaussian)(float *u, float *logp, const float *z, const float *eps, int d, int panels);
  /* dz from du = dL/du (P x d x 16) and dlogp = dL/dlogp (P x 16) */
  void (*gaussian_back)(float *dz, const float *du, const float *dlogp, const float *u, const float *z,
                        const float *eps, int d, int panels);
  /* y = tanh(z) over n values; dz = dy (1 - y^2) */
  void (*tanh)(float *y, const float *z, int n);
  void (*tanh_back)(float *dz, const float *dy, const float *y, int n);
  /* y = top sigmoid(z); dz = dy y (1 - y / top) */
  void (*sigmoid)(float *y, const float *z, int n, float top);
  void (*sigmoid_back)(float *dz, const float *dy, const float *y, int n, float top);
  /* out (count) standard normals: words 4 i .. of the stream (seed, purpose, index) give values 4 i ..; first and
   * count are multiples of 4 */
  void (*normals)(float *out, int first, int count, uint64_t seed, uint32_t purpose, uint64_t index);

  /* Keeps the fma units busy from registers for `turns` turns; returns the floating-point operations made. The speed of
   * it is the machine's peak, to which the benchmark relates everything. */
  double (*fma_peak)(int turns, float *sink);
} duro_kernels;

/* The fastest variant this processor runs, or the one named ("portable", "avx2", "avx512"); "auto" is the fastest.
 * Unknown or unsupported names fail. */
duro_status duro_kernels_select(const duro_kernels **kernels, const char *name);

/* Variants by number, NULL past the end; those the processor cannot run are left out. */
const duro_kernels *duro_kernels_at(int index);

#define LOG_STD_LOW (-5.0f)
#define LOG_STD_HIGH (2.0f)

static inline int round16(int n) {
  return (n + 15) / 16 * 16;
}

#endif

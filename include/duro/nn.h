/**
 * @file nn.h
 * @brief Multilayer perceptrons on plain arrays: forward, gradients, Adam.
 *
 * The bits of a result do not depend on compiler, optimisation level or SIMD width. A training run does not come
 * through here: it works on the same kernels with buffers of its own.
 */
#ifndef DURO_NN_H
#define DURO_NN_H

#include "duro/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A network n_in -> width -> ... -> n_out with ReLU hidden layers and a linear output. */
typedef struct duro_mlp duro_mlp;

/** Creates a network for batches of up to `batch` samples. width is a multiple of 16, 1 <= hidden <= 4. `simd` names
 * the kernels ("auto", "portable", "avx2", "avx512"). Parameters are drawn from (seed, index). */
duro_status duro_mlp_create(duro_mlp **net, int n_in, int width, int hidden, int n_out, int batch, const char *simd,
                            uint64_t seed, uint64_t index);
void duro_mlp_destroy(duro_mlp *net);
/** Number of parameters: weights (out x in, row-major) then biases, layer by layer. */
size_t duro_mlp_parameters(const duro_mlp *net);
void duro_mlp_get(const duro_mlp *net, float *parameters);
void duro_mlp_set(duro_mlp *net, const float *parameters);
/** y (n x n_out) from x (n x n_in), row-major, n <= batch. */
void duro_mlp_forward(duro_mlp *net, float *y, const float *x, int n);
/** Gradients of sum(y dy): parameters (duro_mlp_parameters) and dx (n x n_in); either may be NULL. */
void duro_mlp_gradient(duro_mlp *net, float *parameters, float *dx, const float *x, const float *dy, int n);
/** One Adam step (Kingma and Ba 2015) on any n values; step counts from 1. m and v start at zero. Returns false if a
 * gradient or a new value is not finite. */
bool duro_adam(float *w, float *m, float *v, const float *gradient, size_t n, int64_t step, double rate, double beta1,
               double beta2, double epsilon);
/** Name of the fastest kernels this processor runs. */
const char *duro_simd_name(void);

#ifdef __cplusplus
}
#endif
#endif

/* Batch normalisation of the input of every layer of a network (Ioffe and Szegedy 2015), with the renormalisation of
 * Ioffe 2017, as CrossQ has it (Bhatt et al. 2024), and weight rows of unit length (Palenicek et al. 2025). Trained
 * scales and shifts after the normalisation are left out: the layer that follows has its own. The input of the last
 * layer has the mean `centre`: with mean 0 the mean of the output would be the one bias, which Adam moves by no more
 * than the learning rate a step.
 *
 *     y = scale x + shift,  scale = r / sigma,  shift = d - scale mean + centre,  sigma = sqrt(variance + NORM_EPSILON)
 *
 * with r = 1 and d = 0, or, renormalised, r = sigma / sigma_running and d = (mean - mean_running) / sigma_running, each
 * clipped and without gradient. A batch has `blocks` blocks of `panels` panels; a thread works on the same panels of
 * each. Features of all layers lie one after the other, those of layer i from at[i] on. */
#ifndef DURO_NN_NORM_H
#define DURO_NN_NORM_H

#include "base/pool.h"
#include "nn/mlp.h"

#define NORM_EPSILON 1e-3f
#define NORM_MOMENTUM 0.01f /* share of the present batch in the running statistics */
#define NORM_MOST_R 3.0f    /* clips of the renormalisation */
#define NORM_MOST_D 5.0f

typedef struct norm {
  float centre;                    /* the caller's, before norm_initialise */
  int n, at[MLP_MAX_LAYERS], last; /* `last`: at of the last layer */
  float *mean, *variance;          /* (n) running; all else follows from them and the present batch */
  float *scale, *shift;            /* (n) by the running statistics */
  float *batch_scale, *batch_shift;
  float *undo_scale, *undo_shift; /* (n) y to (x - mean) / sigma of the batch */
  float *slope, *offset;          /* (n) scratch of the backward pass */
  float *folded;                  /* (params) the network with the statistics of the present batch */
} norm;

/* One evaluation with the statistics of its batch. `tape` is of blocks x panels panels and of TAPE_TRAIN. */
typedef struct norm_tape {
  mlp_tape tape;
  float *in[MLP_MAX_LAYERS]; /* (blocks P x in x 16) input of each layer, which norm_forward normalises in place; the
                                caller writes the first */
} norm_tape;

/* One thread of the team, its panels of a block, and how the batch is laid out. */
typedef struct norm_part {
  duro_pool *pool;
  int thread, threads;
  int first, count;
  int panels, blocks;
} norm_part;

/* Features of all layers, each layer's rounded up to 16. */
int norm_features(const mlp *net);
/* All but mean and variance, which belong to the caller. */
void norm_layout(norm *b, duro_arena *arena, const mlp *net);
void norm_tape_layout(norm_tape *t, duro_arena *arena, const mlp *net, const mlp_scratch *scratch, int panels);

/* Rows of unit length, a last layer of zeros, so that what is not trained yet has no slopes that lead anyone astray;
 * mean 0 and variance 1; folds them into state->bar. On one thread. */
void norm_initialise(const duro_kernels *k, const mlp *net, const mlp_state *state);
/* What follows from mean and variance, after they were read. */
void norm_restore(const duro_kernels *k, const mlp *net, const mlp_state *state);

/* The batch in t->in[0] through the network, and its share in the running statistics. Starts with a barrier: every
 * thread has written its panels of the input. */
void norm_forward(const duro_kernels *k, const norm *b, const norm_tape *t, const float *params, bool renormalise,
                  const norm_part *part);
/* Back from mlp_dout of the tape, through the statistics as well. */
void norm_backward(const duro_kernels *k, const norm *b, const norm_tape *t, const float *params,
                   const norm_part *part);
/* Folds the statistics of the last norm_forward into b->folded, for evaluations at other inputs; ends with a barrier.
 */
void norm_fold_batch(const duro_kernels *k, const norm *b, const mlp *net, const float *params, const norm_part *part);

/* After the optimiser's step on rows [first, first + rows) of layer i: unit length for hidden layers, where the
 * normalisation that follows takes the length away, and the running statistics folded into bar. */
void norm_settle(const duro_kernels *k, const mlp *net, const mlp_state *state, int i, int first, int rows);

#endif

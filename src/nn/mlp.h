/* Multilayer perceptrons with ReLU hidden layers: shape, parameters, evaluation with and without gradients.
 * A network's parameters are one flat array; a tape holds one evaluation on a batch. All functions work on a range
 * of panels or rows, so that a team of threads shares them. */
#ifndef DURO_NN_MLP_H
#define DURO_NN_MLP_H

#include "base/memory.h"
#include "nn/kernels.h"

enum { MLP_MAX_LAYERS = 5 };

typedef struct mlp_layer {
  int in, out;
  int ld;      /* floats from row to row of the weights, in rounded up to 16 */
  size_t w, b; /* offsets of weights (out x ld) and biases (out rounded up to 16) in the parameters */
} mlp_layer;

typedef struct mlp {
  int layers; /* hidden + 1 */
  mlp_layer layer[MLP_MAX_LAYERS];
  size_t params;    /* floats, a multiple of 16 */
  const bool *sees; /* (n_in) inputs whose weights may differ from zero; NULL: all. Their owner is the caller. */
} mlp;

/* Shape of a network n_in -> width -> ... -> n_out with `hidden` hidden layers. */
void mlp_shape(mlp *net, int n_in, int width, int hidden, int n_out);
/* Weights and biases U(-1/sqrt(in), 1/sqrt(in)), as PyTorch's Linear; paddings and what the network does not see zero.
 */
void mlp_init(float *params, const mlp *net, duro_stream *stream);

/* Zeros for the weights of what the network does not see: of parameters that come from one that saw more. */
void mlp_hide(float *params, const mlp *net);

typedef enum tape_kind {
  TAPE_VALUE, /* forward only; hidden layers are in shared scratch */
  TAPE_INPUT, /* and gradients with respect to the input */
  TAPE_TRAIN  /* and gradients with respect to the parameters */
} tape_kind;

/* Scratch that tapes of one learner share: valid within one call. A call works through its panels in groups and uses
 * the scratch of its first panels for all of them, so that activations stay in the nearest cache. */
typedef struct mlp_scratch {
  float *act[2];                        /* (P x width x 16) */
  float *dact[2];                       /* (P x width x 16) */
  uint16_t *active[MLP_MAX_LAYERS - 1]; /* (P x width) of samples picked from a tape */
} mlp_scratch;

/* One evaluation of a network on a batch. */
typedef struct mlp_tape {
  const mlp *net;
  tape_kind kind;
  const mlp_scratch *scratch;
  float *out, *dout;                /* (P x n_out x 16) raw output, and the gradient with respect to it */
  uint16_t *active[MLP_MAX_LAYERS]; /* (P x out) of each hidden layer: lanes with a positive value */
  float *dact[MLP_MAX_LAYERS];      /* (P x out x 16) TAPE_TRAIN: gradient with respect to the output of each layer */
  float *xt[MLP_MAX_LAYERS];        /* (16 P x ldx) TAPE_TRAIN: input of each layer, sample-major */
  int ldx[MLP_MAX_LAYERS];
} mlp_tape;

void mlp_scratch_layout(mlp_scratch *scratch, duro_arena *arena, int width, int panels);
void mlp_tape_layout(mlp_tape *tape, duro_arena *arena, const mlp *net, tape_kind kind, const mlp_scratch *scratch,
                     int panels);

/* Raw outputs (P x n_out x 16) of a tape. */
static inline float *mlp_out(const mlp_tape *tape) {
  return tape->out;
}
/* Where the caller puts dL/d output (P x n_out x 16) before mlp_backward. */
static inline float *mlp_dout(const mlp_tape *tape) {
  return tape->dout;
}

/* Panels [first, first + count) of x (P x n_in x 16) through the network. */
void mlp_forward(const duro_kernels *k, const mlp_tape *tape, const float *params, const float *x, int first,
                 int count);
/* Back from mlp_dout; dx (P x dx_count x 16) receives rows [dx_first, dx_first + dx_count) of dL/dx unless NULL. */
void mlp_backward(const duro_kernels *k, const mlp_tape *tape, const float *params, float *dx, int dx_first,
                  int dx_count, int first, int count);

/* Slope of the one output of a TAPE_INPUT at the n samples listed alone: lane l of panel `first` on of dx (P x dx_count
 * x 16) receives rows [dx_first, dx_first + dx_count) of that at sample[l]. */
void mlp_slope_at(const duro_kernels *k, const mlp_tape *tape, const float *params, float *dx, int dx_first,
                  int dx_count, const int *sample, int n, int first);

/* Gradient of the parameters of rows [first, first + rows) of layer i, from all panels. g (rows x ld), gb (rows). */
void mlp_weight_gradient(const duro_kernels *k, const mlp_tape *tape, float *g, float *gb, int i, int first, int rows,
                         int panels);

struct norm;

/* Parameters and what the optimiser keeps for them; bar is NULL without a target network. With batch normalisation
 * (norm.h) bar is the plain network into which the running statistics are folded. */
typedef struct mlp_state {
  float *w, *m, *v, *bar;  /* (params) each */
  const struct norm *norm; /* or NULL */
} mlp_state;

/* Floats of scratch that mlp_step wants for each thread. */
size_t mlp_step_scratch(const mlp *net);
/* Gradient, Adam and Polyak, or what norm_settle does, for the share of thread `thread`; false if something is not
 * finite. The network is number `index` of `count` that step together: the threads share the rows of all of them as if
 * they were one network's. */
bool mlp_step(const duro_kernels *k, const mlp_tape *tape, const mlp_state *state, const adam_step *step,
              float *scratch, int panels, int index, int count, int thread, int threads);

#endif

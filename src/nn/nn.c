#include "duro/nn.h"

#include "base/error.h"
#include "nn/mlp.h"

#include <math.h>
#include <string.h>

struct duro_mlp {
  mlp shape;
  const duro_kernels *kernels;
  int panels; // capacity
  duro_arena arena;
  float *params;   // (params)
  float *x, *dx;   // (P x n_in x 16)
  float *gradient; // (params)
  mlp_scratch scratch;
  mlp_tape tape;
};

static void layout(duro_mlp *net, int width) {
  const int n_in = net->shape.layer[0].in;
  net->params = duro_arena_take(&net->arena, net->shape.params * sizeof(float));
  net->gradient = duro_arena_take(&net->arena, net->shape.params * sizeof(float));
  net->x = duro_arena_take(&net->arena, sizeof(float) * (size_t)(n_in * net->panels * LANES));
  net->dx = duro_arena_take(&net->arena, sizeof(float) * (size_t)(n_in * net->panels * LANES));
  mlp_scratch_layout(&net->scratch, &net->arena, width, net->panels);
  mlp_tape_layout(&net->tape, &net->arena, &net->shape, TAPE_TRAIN, &net->scratch, net->panels);
}

static duro_status check(int n_in, int width, int hidden, int n_out, int batch) {
  if (n_in < 1 || n_out < 1 || batch < 1)
    return duro_fail(DURO_ERROR_ARGUMENT, "a network of %d inputs, %d outputs and batch %d; wanted at least 1 of each",
                     n_in, n_out, batch);
  if (width < 16 || width % 16)
    return duro_fail(DURO_ERROR_ARGUMENT, "hidden layers of %d units; wanted a multiple of 16", width);
  if (hidden < 1 || hidden >= MLP_MAX_LAYERS)
    return duro_fail(DURO_ERROR_ARGUMENT, "%d hidden layers; wanted 1 to %d", hidden, MLP_MAX_LAYERS - 1);
  return DURO_OK;
}

duro_status duro_mlp_create(duro_mlp **out, int n_in, int width, int hidden, int n_out, int batch, const char *simd,
                            uint64_t seed, uint64_t index) {
  *out = NULL;
  duro_status status = check(n_in, width, hidden, n_out, batch);
  if (status) return status;
  const duro_kernels *kernels;
  if ((status = duro_kernels_select(&kernels, simd))) return status;
  duro_mlp *net = duro_allocate(sizeof *net);
  if (!net) return DURO_ERROR_MEMORY;
  net->kernels = kernels;
  net->panels = (batch + LANES - 1) / LANES;
  mlp_shape(&net->shape, n_in, width, hidden, n_out);
  layout(net, width);
  if ((status = duro_arena_allocate(&net->arena))) {
    duro_release(net);
    return status;
  }
  layout(net, width);
  duro_stream stream = duro_stream_at(seed, 0, index);
  mlp_init(net->params, &net->shape, &stream);
  *out = net;
  return DURO_OK;
}

void duro_mlp_destroy(duro_mlp *net) {
  if (!net) return;
  duro_arena_release(&net->arena);
  duro_release(net);
}

size_t duro_mlp_parameters(const duro_mlp *net) {
  size_t n = 0;
  for (int i = 0; i < net->shape.layers; ++i)
    n += (size_t)net->shape.layer[i].out * (size_t)(net->shape.layer[i].in + 1);
  return n;
}

// between the padded rows of the kernels and plain rows
static void copy_parameters(const mlp *shape, float *padded, float *plain, bool to_plain) {
  for (int i = 0; i < shape->layers; ++i) {
    const mlp_layer *layer = &shape->layer[i];
    for (int o = 0; o <= layer->out; ++o) {
      float *row = padded + (o < layer->out ? layer->w + (size_t)o * (size_t)layer->ld : layer->b);
      const size_t n = (size_t)(o < layer->out ? layer->in : layer->out);
      memcpy(to_plain ? plain : row, to_plain ? row : plain, n * sizeof(float));
      plain += n;
    }
  }
}

void duro_mlp_get(const duro_mlp *net, float *parameters) {
  copy_parameters(&net->shape, net->params, parameters, true);
}

void duro_mlp_set(duro_mlp *net, const float *parameters) {
  // the plain side is only read in this direction
  copy_parameters(&net->shape, net->params, (float *)(uintptr_t)parameters, false);
}

// between rows (n x d) and panels; lanes past n are zero
static void to_panels(float *out, const float *x, int n, int d, int panels) {
  for (int s = 0; s < panels * LANES; ++s)
    for (int k = 0; k < d; ++k) out[((s / LANES) * d + k) * LANES + s % LANES] = s < n ? x[s * d + k] : 0.0f;
}

static void from_panels(float *out, const float *x, int n, int d) {
  for (int s = 0; s < n; ++s)
    for (int k = 0; k < d; ++k) out[s * d + k] = x[((s / LANES) * d + k) * LANES + s % LANES];
}

static int forward(duro_mlp *net, const float *x, int n) {
  const int panels = (n + LANES - 1) / LANES;
  to_panels(net->x, x, n, net->shape.layer[0].in, panels);
  mlp_forward(net->kernels, &net->tape, net->params, net->x, 0, panels);
  return panels;
}

void duro_mlp_forward(duro_mlp *net, float *y, const float *x, int n) {
  forward(net, x, n);
  from_panels(y, mlp_out(&net->tape), n, net->shape.layer[net->shape.layers - 1].out);
}

void duro_mlp_gradient(duro_mlp *net, float *parameters, float *dx, const float *x, const float *dy, int n) {
  const int n_in = net->shape.layer[0].in, n_out = net->shape.layer[net->shape.layers - 1].out;
  const int panels = forward(net, x, n);
  to_panels(mlp_dout(&net->tape), dy, n, n_out, panels);
  mlp_backward(net->kernels, &net->tape, net->params, net->dx, 0, n_in, 0, panels);
  if (dx) from_panels(dx, net->dx, n, n_in);
  if (!parameters) return;
  for (int i = 0; i < net->shape.layers; ++i) {
    const mlp_layer *layer = &net->shape.layer[i];
    mlp_weight_gradient(net->kernels, &net->tape, net->gradient + layer->w, net->gradient + layer->b, i, 0, layer->out,
                        panels);
  }
  copy_parameters(&net->shape, net->gradient, parameters, true);
}

bool duro_adam(float *w, float *m, float *v, const float *gradient, size_t n, int64_t step, double rate, double beta1,
               double beta2, double epsilon) {
  const adam_step s =
      adam_coefficients(rate, beta1, beta2, pow(beta1, (double)step), pow(beta2, (double)step), epsilon, 0.0);
  const duro_kernels *k = duro_kernels_at(0);
  bool finite = true;
  for (size_t i = 0; i < n; i += LANES) {
    // whole vectors of a padded copy, so that any n does
    float part[4][LANES] = {{0}};
    const size_t bytes = sizeof(float) * (n - i < LANES ? n - i : LANES);
    memcpy(part[0], w + i, bytes), memcpy(part[1], m + i, bytes);
    memcpy(part[2], v + i, bytes), memcpy(part[3], gradient + i, bytes);
    finite &= k->adam(part[0], part[1], part[2], NULL, part[3], LANES, &s);
    memcpy(w + i, part[0], bytes), memcpy(m + i, part[1], bytes), memcpy(v + i, part[2], bytes);
  }
  return finite;
}

const char *duro_simd_name(void) {
  return duro_kernels_at(0)->name;
}

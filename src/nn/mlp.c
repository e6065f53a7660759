#include "nn/mlp.h"

#include "base/pool.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void mlp_shape(mlp *net, int n_in, int width, int hidden, int n_out) {
  assert(hidden + 1 <= MLP_MAX_LAYERS);
  *net = (mlp){.layers = hidden + 1};
  for (int i = 0; i <= hidden; ++i) {
    mlp_layer *layer = &net->layer[i];
    layer->in = i == 0 ? n_in : width;
    layer->out = i == hidden ? n_out : width;
    layer->ld = round16(layer->in);
    layer->w = net->params;
    net->params += (size_t)layer->out * (size_t)layer->ld;
    net->params = (net->params + 15) / 16 * 16;
    layer->b = net->params;
    net->params += (size_t)round16(layer->out);
  }
}

void mlp_init(float *params, const mlp *net, duro_stream *stream) {
  memset(params, 0, net->params * sizeof *params);
  for (int i = 0; i < net->layers; ++i) {
    const mlp_layer *layer = &net->layer[i];
    const float bound = 1.0f / sqrtf((float)layer->in);
    for (int o = 0; o < layer->out; ++o) {
      float *row = params + layer->w + (size_t)o * (size_t)layer->ld;
      for (int k = 0; k < layer->in; ++k) row[k] = bound * (2.0f * duro_stream_uniformf(stream) - 1.0f);
      params[layer->b + (size_t)o] = bound * (2.0f * duro_stream_uniformf(stream) - 1.0f);
    }
  }
}

static float *take(duro_arena *arena, int n, int panels) {
  return duro_arena_take(arena, sizeof(float) * (size_t)n * (size_t)panels * LANES);
}

void mlp_scratch_layout(mlp_scratch *scratch, duro_arena *arena, int width, int panels) {
  for (int i = 0; i < 2; ++i) {
    scratch->act[i] = take(arena, width, panels);
    scratch->dact[i] = take(arena, width, panels);
  }
}

void mlp_tape_layout(mlp_tape *tape, duro_arena *arena, const mlp *net, tape_kind kind, const mlp_scratch *scratch,
                     int panels) {
  *tape = (mlp_tape){.net = net, .kind = kind};
  for (int i = 0; i < net->layers; ++i) {
    const mlp_layer *layer = &net->layer[i];
    const bool last = i == net->layers - 1;
    tape->act[i] = last || kind != TAPE_VALUE ? take(arena, layer->out, panels) : scratch->act[i % 2];
    if (kind == TAPE_VALUE) continue;
    tape->dact[i] = last || kind == TAPE_TRAIN ? take(arena, layer->out, panels) : scratch->dact[i % 2];
    if (kind != TAPE_TRAIN) continue;
    tape->ldx[i] = layer->ld + LANES; // off a power of two, so that strips do not share cache sets
    tape->xt[i] = take(arena, tape->ldx[i], panels);
  }
}

static const float *at(const float *x, int n, int panel) {
  return x + (ptrdiff_t)panel * n * LANES;
}
static float *at_out(float *x, int n, int panel) {
  return x + (ptrdiff_t)panel * n * LANES;
}

void mlp_forward(const duro_kernels *k, const mlp_tape *tape, const float *params, const float *x, int first,
                 int count) {
  for (int i = 0; i < tape->net->layers; ++i) {
    const mlp_layer *layer = &tape->net->layer[i];
    const float *in = at(i == 0 ? x : tape->act[i - 1], layer->in, first);
    k->forward(at_out(tape->act[i], layer->out, first), in, params + layer->w, params + layer->b, layer->in, layer->out,
               layer->ld, count, i < tape->net->layers - 1);
    if (tape->kind == TAPE_TRAIN)
      k->transpose(tape->xt[i] + (ptrdiff_t)first * LANES * tape->ldx[i], in, layer->in, tape->ldx[i], count);
  }
}

void mlp_backward(const duro_kernels *k, const mlp_tape *tape, const float *params, float *dx, int dx_first,
                  int dx_count, int first, int count) {
  for (int i = tape->net->layers - 1; i > 0; --i) {
    const mlp_layer *layer = &tape->net->layer[i];
    k->backward(at_out(tape->dact[i - 1], layer->in, first), at(tape->dact[i], layer->out, first), params + layer->w,
                at(tape->act[i - 1], layer->in, first), 0, layer->in, layer->out, layer->ld, count);
  }
  if (!dx) return;
  const mlp_layer *layer = &tape->net->layer[0];
  k->backward(at_out(dx, dx_count, first), at(tape->dact[0], layer->out, first), params + layer->w, NULL, dx_first,
              dx_count, layer->out, layer->ld, count);
}

void mlp_weight_gradient(const duro_kernels *k, const mlp_tape *tape, float *g, float *gb, int i, int first, int rows,
                         int panels) {
  const mlp_layer *layer = &tape->net->layer[i];
  k->weight_gradient(g, gb, tape->dact[i], tape->xt[i], first, rows, layer->out, layer->ld, tape->ldx[i], panels);
}

size_t mlp_step_scratch(const mlp *net) {
  size_t most = 0;
  for (int i = 0; i < net->layers; ++i) {
    const size_t n = (size_t)round16(net->layer[i].out) * (size_t)(net->layer[i].ld + 1);
    most = n > most ? n : most;
  }
  return most;
}

bool mlp_step(const duro_kernels *k, const mlp_tape *tape, const mlp_state *state, const adam_step *step,
              float *scratch, int panels, int thread, int threads) {
  bool finite = true;
  for (int i = 0; i < tape->net->layers; ++i) {
    const mlp_layer *layer = &tape->net->layer[i];
    int first, rows;
    duro_pool_share(&first, &rows, layer->out, LANES, thread, threads);
    if (rows == 0) continue;
    const int padded = round16(rows);
    float *g = scratch, *gb = scratch + (ptrdiff_t)padded * layer->ld;
    memset(gb, 0, sizeof(float) * (size_t)padded);
    mlp_weight_gradient(k, tape, g, gb, i, first, rows, panels);
    const size_t w = layer->w + (size_t)first * (size_t)layer->ld, b = layer->b + (size_t)first;
    float *bar = state->bar;
    finite &= k->adam(state->w + w, state->m + w, state->v + w, bar ? bar + w : NULL, g, rows * layer->ld, step);
    finite &= k->adam(state->w + b, state->m + b, state->v + b, bar ? bar + b : NULL, gb, padded, step);
  }
  return finite;
}

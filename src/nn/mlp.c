#include "nn/mlp.h"

#include "base/pool.h"
#include "nn/norm.h"

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

/* Zeros in the columns of rows (rows x ld) of layer i whose inputs the network does not see. */
static void hide(float *rows, const mlp *net, int i, int count) {
  const mlp_layer *layer = &net->layer[i];
  if (i > 0 || !net->sees) return;
  for (int k = 0; k < layer->in; ++k)
    for (int o = 0; !net->sees[k] && o < count; ++o) rows[(ptrdiff_t)o * layer->ld + k] = 0.0f;
}

void mlp_hide(float *params, const mlp *net) {
  hide(params + net->layer[0].w, net, 0, net->layer[0].out);
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
  mlp_hide(params, net);
}

static float *take(duro_arena *arena, int n, int panels) {
  return duro_arena_take(arena, sizeof(float) * (size_t)n * (size_t)panels * LANES);
}

void mlp_scratch_layout(mlp_scratch *scratch, duro_arena *arena, int width, int panels) {
  for (int i = 0; i < 2; ++i) {
    scratch->act[i] = take(arena, width, panels);
    scratch->dact[i] = take(arena, width, panels);
  }
  for (int i = 0; i < MLP_MAX_LAYERS - 1; ++i)
    scratch->active[i] = duro_arena_take(arena, sizeof(uint16_t) * (size_t)width * (size_t)panels);
}

void mlp_tape_layout(mlp_tape *tape, duro_arena *arena, const mlp *net, tape_kind kind, const mlp_scratch *scratch,
                     int panels) {
  *tape = (mlp_tape){.net = net, .kind = kind, .scratch = scratch};
  const int last = net->layers - 1;
  tape->out = take(arena, net->layer[last].out, panels);
  if (kind == TAPE_VALUE) return;
  tape->dout = take(arena, net->layer[last].out, panels);
  for (int i = 0; i <= last; ++i) {
    const mlp_layer *layer = &net->layer[i];
    if (i < last) tape->active[i] = duro_arena_take(arena, sizeof(uint16_t) * (size_t)layer->out * (size_t)panels);
    if (kind != TAPE_TRAIN) continue;
    tape->dact[i] = i == last ? tape->dout : take(arena, layer->out, panels);
    tape->ldx[i] = layer->ld + LANES; // off a power of two, so that strips do not share cache sets
    tape->xt[i] = take(arena, tape->ldx[i], panels);
  }
}

enum { GROUP = 4 }; // panels that go through all layers together

static const float *at(const float *x, int n, int panel) {
  return x + (ptrdiff_t)panel * n * LANES;
}
static float *at_out(float *x, int n, int panel) {
  return x + (ptrdiff_t)panel * n * LANES;
}

// Panels [first, first + count) through all layers; hidden values pass through the scratch of panel `slot`.
static void forward_group(const duro_kernels *k, const mlp_tape *tape, const float *params, const float *x, int first,
                          int count, int slot) {
  const mlp *net = tape->net;
  const float *in = at(x, net->layer[0].in, first);
  for (int i = 0; i < net->layers; ++i) {
    const mlp_layer *layer = &net->layer[i];
    const bool last = i == net->layers - 1;
    float *out = last ? at_out(tape->out, layer->out, first) : at_out(tape->scratch->act[i % 2], layer->out, slot);
    uint16_t *active = tape->active[i] ? tape->active[i] + (ptrdiff_t)first * layer->out : NULL;
    k->forward(out, active, in, params + layer->w, params + layer->b, layer->in, layer->out, layer->ld, count, !last);
    if (tape->kind == TAPE_TRAIN)
      k->transpose(tape->xt[i] + (ptrdiff_t)first * LANES * tape->ldx[i], in, layer->in, tape->ldx[i], count);
    in = out;
  }
}

void mlp_forward(const duro_kernels *k, const mlp_tape *tape, const float *params, const float *x, int first,
                 int count) {
  for (int p = 0; p < count; p += GROUP)
    forward_group(k, tape, params, x, first + p, count - p < GROUP ? count - p : GROUP, first);
}

// Gradients of panels [first, first + count) through all layers, from dout down.
static void backward_group(const duro_kernels *k, const mlp_tape *tape, const float *params, float *dx, int dx_first,
                           int dx_count, int first, int count, int slot) {
  const mlp *net = tape->net;
  const float *dy = at(tape->dout, net->layer[net->layers - 1].out, first);
  for (int i = net->layers - 1; i > 0; --i) {
    const mlp_layer *layer = &net->layer[i];
    float *below = tape->dact[i - 1] ? at_out(tape->dact[i - 1], layer->in, first)
                                     : at_out(tape->scratch->dact[i % 2], layer->in, slot);
    k->backward(below, dy, params + layer->w, tape->active[i - 1] + (ptrdiff_t)first * layer->in, 0, layer->in,
                layer->out, layer->ld, count);
    dy = below;
  }
  const mlp_layer *layer = &net->layer[0];
  if (dx)
    k->backward(at_out(dx, dx_count, first), dy, params + layer->w, NULL, dx_first, dx_count, layer->out, layer->ld,
                count);
}

void mlp_backward(const duro_kernels *k, const mlp_tape *tape, const float *params, float *dx, int dx_first,
                  int dx_count, int first, int count) {
  for (int p = 0; p < count; p += GROUP)
    backward_group(k, tape, params, dx, dx_first, dx_count, first + p, count - p < GROUP ? count - p : GROUP, first);
}

// The samples listed lie side by side in panels of a tape of their own; what is left of the last one repeats its last
// sample.
void mlp_slope_at(const duro_kernels *k, const mlp_tape *tape, const float *params, float *dx, int dx_first,
                  int dx_count, const int *sample, int n, int first) {
  const mlp *net = tape->net;
  mlp_tape part = *tape;
  for (int i = 0; i < net->layers - 1; ++i) part.active[i] = tape->scratch->active[i];
  for (int start = 0; start < n; start += GROUP * LANES) {
    const int lanes = n - start < GROUP * LANES ? n - start : GROUP * LANES, panels = (lanes + LANES - 1) / LANES;
    const int panel = first + start / LANES;
    int picked[GROUP * LANES];
    for (int l = 0; l < panels * LANES; ++l) {
      picked[l] = sample[start + (l < lanes ? l : lanes - 1)];
      part.dout[panel * LANES + l] = 1.0f;
    }
    for (int p = 0; p < panels; ++p)
      for (int i = 0; i < net->layers - 1; ++i) {
        const int out = net->layer[i].out;
        k->pick(part.active[i] + (ptrdiff_t)(panel + p) * out, tape->active[i], picked + p * LANES, out);
      }
    backward_group(k, &part, params, dx, dx_first, dx_count, panel, panels, first);
  }
}

void mlp_weight_gradient(const duro_kernels *k, const mlp_tape *tape, float *g, float *gb, int i, int first, int rows,
                         int panels) {
  const mlp_layer *layer = &tape->net->layer[i];
  k->weight_gradient(g, gb, tape->dact[i], tape->xt[i], first, rows, layer->in, layer->out, tape->ldx[i], panels);
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
              float *scratch, int panels, int index, int count, int thread, int threads) {
  bool finite = true;
  for (int i = 0; i < tape->net->layers; ++i) {
    const mlp_layer *layer = &tape->net->layer[i];
    const int out = round16(layer->out), before = index * out;
    int start, share;
    duro_pool_share(&start, &share, count * out, LANES, thread, threads);
    const int stop = start + share - before, first = start > before ? start - before : 0;
    const int rows = (stop < layer->out ? stop : layer->out) - first;
    if (rows <= 0) continue;
    const int padded = round16(rows);
    float *g = scratch, *gb = scratch + (ptrdiff_t)padded * layer->ld;
    memset(gb, 0, sizeof(float) * (size_t)padded);
    mlp_weight_gradient(k, tape, g, gb, i, first, rows, panels);
    hide(g, tape->net, i, rows);
    const size_t w = layer->w + (size_t)first * (size_t)layer->ld, b = layer->b + (size_t)first;
    float *bar = state->norm ? NULL : state->bar;
    finite &= k->adam(state->w + w, state->m + w, state->v + w, bar ? bar + w : NULL, g, rows * layer->ld, step);
    finite &= k->adam(state->w + b, state->m + b, state->v + b, bar ? bar + b : NULL, gb, padded, step);
    if (state->norm) norm_settle(k, tape->net, state, i, first, rows);
  }
  return finite;
}

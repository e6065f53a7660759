#include "nn/norm.h"

#include "base/math.h"

#include <math.h>
#include <string.h>

int norm_features(const mlp *net) {
  int n = 0;
  for (int i = 0; i < net->layers; ++i) n += net->layer[i].ld;
  return n;
}

void norm_layout(norm *b, duro_arena *arena, const mlp *net) {
  b->n = 0;
  for (int i = 0; i < net->layers; ++i) b->last = b->at[i] = b->n, b->n += net->layer[i].ld;
  float **arrays[] = {&b->scale,      &b->shift,      &b->batch_scale, &b->batch_shift,
                      &b->undo_scale, &b->undo_shift, &b->slope,       &b->offset};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; ++i)
    *arrays[i] = duro_arena_take(arena, sizeof(float) * (size_t)b->n);
  b->folded = duro_arena_take(arena, sizeof(float) * net->params);
}

void norm_tape_layout(norm_tape *t, duro_arena *arena, const mlp *net, const mlp_scratch *scratch, int panels) {
  mlp_tape_layout(&t->tape, arena, net, TAPE_TRAIN, scratch, panels);
  for (int i = 0; i < net->layers; ++i)
    t->in[i] = duro_arena_take(arena, sizeof(float) * (size_t)net->layer[i].in * (size_t)panels * LANES);
}

// the layer for its raw input, into `to`, rows [first, first + rows)
static void fold_rows(const duro_kernels *k, float *to, const mlp_layer *layer, const float *params, const float *scale,
                      const float *shift, int first, int rows) {
  const size_t w = layer->w + (size_t)first * (size_t)layer->ld, b = layer->b + (size_t)first;
  k->fold(to + w, to + b, params + w, params + b, scale, shift, rows, layer->ld);
}

// of the last layer's input alone
static float centre_of(const norm *b, int f) {
  return f < b->last ? 0.0f : b->centre;
}

static void running_scale(const norm *b, int f) {
  b->scale[f] = 1.0f / sqrtf(b->variance[f] + NORM_EPSILON);
  b->shift[f] = fmaf(-b->scale[f], b->mean[f], centre_of(b, f));
}

void norm_restore(const duro_kernels *k, const mlp *net, const mlp_state *state) {
  const norm *b = state->norm;
  for (int i = 0; i < net->layers; ++i) {
    const mlp_layer *layer = &net->layer[i];
    for (int f = b->at[i]; f < b->at[i] + layer->in; ++f) running_scale(b, f);
    fold_rows(k, state->bar, layer, state->w, b->scale + b->at[i], b->shift + b->at[i], 0, layer->out);
  }
}

void norm_initialise(const duro_kernels *k, const mlp *net, const mlp_state *state) {
  const norm *b = state->norm;
  for (int f = 0; f < b->n; ++f) b->mean[f] = 0.0f, b->variance[f] = 1.0f;
  memset(state->bar, 0, sizeof(float) * net->params);
  for (int i = 0; i + 1 < net->layers; ++i)
    k->unit_rows(state->w + net->layer[i].w, state->w + net->layer[i].b, net->layer[i].out, net->layer[i].ld);
  const mlp_layer *last = &net->layer[net->layers - 1];
  memset(state->w + last->w, 0, sizeof(float) * (size_t)last->out * (size_t)last->ld);
  memset(state->w + last->b, 0, sizeof(float) * (size_t)last->out);
  norm_restore(k, net, state);
}

void norm_settle(const duro_kernels *k, const mlp *net, const mlp_state *state, int i, int first, int rows) {
  const norm *b = state->norm;
  const mlp_layer *layer = &net->layer[i];
  if (i + 1 < net->layers)
    k->unit_rows(state->w + layer->w + (size_t)first * (size_t)layer->ld, state->w + layer->b + first, rows, layer->ld);
  fold_rows(k, state->bar, layer, state->w, b->scale + b->at[i], b->shift + b->at[i], first, rows);
}

void norm_fold_batch(const duro_kernels *k, const norm *b, const mlp *net, const float *params, const norm_part *part) {
  for (int i = 0; i < net->layers; ++i) {
    const mlp_layer *layer = &net->layer[i];
    int first, rows;
    duro_pool_share(&first, &rows, layer->out, 1, part->thread, part->threads);
    fold_rows(k, b->folded, layer, params, b->batch_scale + b->at[i], b->batch_shift + b->at[i], first, rows);
  }
  duro_pool_barrier(part->pool);
}

/* Scale and shift of one feature by the batch's mean and variance, and its share in the running ones. */
static void normalise_feature(const norm *b, int f, float mean, float variance, bool renormalise) {
  const float sigma = sqrtf(variance + NORM_EPSILON), over = 1.0f / sigma;
  const float centre = centre_of(b, f);
  float r = 1.0f, d = 0.0f;
  if (renormalise) {
    r = m_clampf(sigma * b->scale[f], 1.0f / NORM_MOST_R, NORM_MOST_R);
    d = m_clampf(fmaf(b->scale[f], mean, b->shift[f] - centre), -NORM_MOST_D, NORM_MOST_D);
  }
  b->batch_scale[f] = r * over;
  b->batch_shift[f] = fmaf(-b->batch_scale[f], mean, d + centre);
  b->undo_scale[f] = 1.0f / r;
  b->undo_shift[f] = -(d + centre) / r;
  b->mean[f] = fmaf(NORM_MOMENTUM, mean - b->mean[f], b->mean[f]);
  b->variance[f] = fmaf(NORM_MOMENTUM, variance - b->variance[f], b->variance[f]);
  running_scale(b, f);
}

/* The thread's share of the features of layer i. */
static void share_features(const mlp_layer *layer, const norm_part *part, int *first, int *count) {
  duro_pool_share(first, count, layer->ld, LANES, part->thread, part->threads);
  if (*first + *count > layer->in) *count = layer->in - *first;
}

/* Statistics of the input of layer i, between two barriers. */
static void measure(const duro_kernels *k, const norm *b, const norm_tape *t, int i, bool renormalise,
                    const norm_part *part) {
  const mlp_layer *layer = &t->tape.net->layer[i];
  int first, count;
  share_features(layer, part, &first, &count);
  float *mean = b->slope + b->at[i], *variance = b->offset + b->at[i];
  duro_pool_barrier(part->pool);
  k->moments(mean, variance, t->in[i], layer->in, first, count, part->panels * part->blocks);
  for (int f = first; f < first + count; ++f) normalise_feature(b, b->at[i] + f, mean[f], variance[f], renormalise);
  duro_pool_barrier(part->pool);
}

static float *at(float *x, int n, int panel) {
  return x + (ptrdiff_t)panel * n * LANES;
}

/* Panels [first, first + count) of the input of layer i normalised, kept for the gradient, and through the layer. */
static void forward_panels(const duro_kernels *k, const norm *b, const norm_tape *t, const float *params, int i,
                           int first, int count) {
  const mlp_tape *tape = &t->tape;
  const mlp_layer *layer = &tape->net->layer[i];
  const bool last = i + 1 == tape->net->layers;
  float *in = at(t->in[i], layer->in, first);
  uint16_t *active = last ? NULL : tape->active[i] + (ptrdiff_t)first * layer->out;
  k->affine(in, b->batch_scale + b->at[i], b->batch_shift + b->at[i], layer->in, count);
  k->transpose(tape->xt[i] + (ptrdiff_t)first * LANES * tape->ldx[i], in, layer->in, tape->ldx[i], count);
  k->forward(at(last ? tape->out : t->in[i + 1], layer->out, first), active, in, params + layer->w, params + layer->b,
             layer->in, layer->out, layer->ld, count, !last);
}

enum { GROUP = 4 }; // panels that stay in the nearest cache from one kernel to the next

void norm_forward(const duro_kernels *k, const norm *b, const norm_tape *t, const float *params, bool renormalise,
                  const norm_part *part) {
  for (int i = 0; i < t->tape.net->layers; ++i) {
    measure(k, b, t, i, renormalise, part);
    for (int block = 0; block < part->blocks; ++block)
      for (int p = 0; p < part->count; p += GROUP)
        forward_panels(k, b, t, params, i, block * part->panels + part->first + p,
                       part->count - p < GROUP ? part->count - p : GROUP);
  }
}

/* With z = (x - mean) / sigma of the batch of N and g = dL/dy, dL/dx = scale (g - mean(g) - z mean(g z)): here as
 * scale g + slope y + offset, since z = undo_scale y + undo_shift. */
static void project(const duro_kernels *k, const norm *b, const norm_tape *t, int i, const norm_part *part) {
  const mlp_layer *layer = &t->tape.net->layer[i];
  const float over = 1.0f / (float)(part->panels * part->blocks * LANES);
  int first, count;
  share_features(layer, part, &first, &count);
  float *slope = b->slope + b->at[i], *offset = b->offset + b->at[i];
  duro_pool_barrier(part->pool);
  k->products(offset, slope, t->tape.dact[i - 1], t->in[i], layer->in, first, count, part->panels * part->blocks);
  for (int f = first; f < first + count; ++f) {
    const float scale = b->batch_scale[b->at[i] + f], undo = b->undo_scale[b->at[i] + f];
    const float back = b->undo_shift[b->at[i] + f], mean = offset[f] * over;
    const float along = fmaf(undo, slope[f] * over, back * mean); // mean(g z)
    slope[f] = -scale * along * undo;
    offset[f] = -scale * fmaf(along, back, mean);
  }
  duro_pool_barrier(part->pool);
}

void norm_backward(const duro_kernels *k, const norm *b, const norm_tape *t, const float *params,
                   const norm_part *part) {
  const mlp_tape *tape = &t->tape;
  for (int i = tape->net->layers - 1; i > 0; --i) {
    const mlp_layer *layer = &tape->net->layer[i];
    for (int block = 0; block < part->blocks; ++block) {
      const int first = block * part->panels + part->first;
      k->backward(at(tape->dact[i - 1], layer->in, first), at(tape->dact[i], layer->out, first), params + layer->w,
                  NULL, 0, layer->in, layer->out, layer->ld, part->count);
    }
    project(k, b, t, i, part);
    for (int block = 0; block < part->blocks; ++block) {
      const int first = block * part->panels + part->first;
      k->affine_back(at(tape->dact[i - 1], layer->in, first), at(t->in[i], layer->in, first),
                     tape->active[i - 1] + (ptrdiff_t)first * layer->in, b->batch_scale + b->at[i], b->slope + b->at[i],
                     b->offset + b->at[i], layer->in, part->count);
    }
  }
}

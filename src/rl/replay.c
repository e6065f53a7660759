#include "rl/replay.h"

#include "base/purposes.h"
#include "nn/kernels.h"

#include <string.h>

int64_t replay_stride(int no, int nu, int na) {
  return round16(2 * no + nu + na + 4);
}

void replay_add(replay *r, const transition *t) {
  float *row = r->rows + *r->count % r->capacity * r->stride;
  const size_t no = (size_t)r->no, nu = (size_t)r->nu, na = (size_t)r->na;
  memcpy(row, t->x, no * sizeof *row), row += no;
  memcpy(row, t->u, nu * sizeof *row), row += nu;
  memcpy(row, t->a, na * sizeof *row), row += na;
  *row++ = t->r;
  *row++ = t->h;
  memcpy(row, t->x2, no * sizeof *row), row += no;
  *row++ = t->h2;
  *row = t->failed ? 1.0f : 0.0f;
  ++*r->count;
}

// The rows of the sixteen samples of a panel, asked for before they are read: they lie anywhere in memory.
static void pick(const float **row, const replay *r, int panel, uint64_t seed, int64_t update) {
  const int64_t held = *r->count < r->capacity ? *r->count : r->capacity;
  // four blocks of four words
  duro_stream stream = duro_stream_at(seed, DURO_PURPOSE_REPLAY, (uint64_t)update);
  stream.block = 4 * (uint32_t)panel;
  for (int l = 0; l < LANES; ++l) {
    row[l] = r->rows + (int64_t)duro_stream_below(&stream, (uint32_t)held) * r->stride;
    for (int64_t i = 0; i < r->stride; i += LANES) __builtin_prefetch(row[l] + i);
  }
}

// features [at, at + d) of the rows into a panel; returns at + d
static int spread(float *out, const float *const *row, int at, int panel, int d) {
  out += (ptrdiff_t)panel * d * LANES;
  for (int i = 0; i < d; ++i)
    for (int l = 0; l < LANES; ++l) out[i * LANES + l] = row[l][at + i];
  return at + d;
}

void replay_sample(const replay *r, const batch *b, int first, int count, uint64_t seed, int64_t update) {
  const float *row[2][LANES]; // of this panel and the next
  if (count > 0) pick(row[first % 2], r, first, seed, update);
  for (int p = first; p < first + count; ++p) {
    if (p + 1 < first + count) pick(row[(p + 1) % 2], r, p + 1, seed, update);
    const float *const *from = row[p % 2];
    int at = spread(b->x, from, 0, p, r->no);
    at = spread(b->u, from, at, p, r->nu);
    at = spread(b->a, from, at, p, r->na);
    at = spread(b->r, from, at, p, 1);
    at = spread(b->h, from, at, p, 1);
    at = spread(b->x2, from, at, p, r->no);
    at = spread(b->h2, from, at, p, 1);
    spread(b->failed, from, at, p, 1);
  }
}

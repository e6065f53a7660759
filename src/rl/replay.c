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

// one lane of a panel array of d features
static const float *spread(float *out, const float *row, int panel, int lane, int d) {
  out += (ptrdiff_t)panel * d * LANES + lane;
  for (int i = 0; i < d; ++i) out[(ptrdiff_t)i * LANES] = row[i];
  return row + d;
}

void replay_sample(const replay *r, const batch *b, int first, int count, uint64_t seed, int64_t update) {
  const int64_t held = *r->count < r->capacity ? *r->count : r->capacity;
  for (int p = first; p < first + count; ++p) {
    // four blocks of four words for the sixteen samples of a panel
    duro_stream stream = duro_stream_at(seed, DURO_PURPOSE_REPLAY, (uint64_t)update);
    stream.block = 4 * (uint32_t)p;
    for (int l = 0; l < LANES; ++l) {
      const float *row = r->rows + (int64_t)duro_stream_below(&stream, (uint32_t)held) * r->stride;
      row = spread(b->x, row, p, l, r->no);
      row = spread(b->u, row, p, l, r->nu);
      row = spread(b->a, row, p, l, r->na);
      row = spread(b->r, row, p, l, 1);
      row = spread(b->h, row, p, l, 1);
      row = spread(b->x2, row, p, l, r->no);
      row = spread(b->h2, row, p, l, 1);
      spread(b->failed, row, p, l, 1);
    }
  }
}

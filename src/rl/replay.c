#include "rl/replay.h"

#include "base/purposes.h"
#include "nn/kernels.h"

#include <math.h>
#include <stddef.h>
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

// one factor for all features of a panel
static void multiply(float *x, int panel, float factor) {
  x += (ptrdiff_t)panel * LANES;
  for (int l = 0; l < LANES; ++l) x[l] *= factor;
}

static void standardise(float *x, const scales *s, int panel, int no) {
  x += (ptrdiff_t)panel * no * LANES;
  for (int i = 0; i < no; ++i)
    for (int l = 0; l < LANES; ++l) x[i * LANES + l] = (x[i * LANES + l] - s->shift[i]) * s->scale[i];
}

static void scale_panel(const batch *b, const scales *s, int panel, int no) {
  standardise(b->x, s, panel, no);
  standardise(b->x2, s, panel, no);
  multiply(b->r, panel, s->factor[FACTOR_R]);
  multiply(b->h, panel, s->factor[FACTOR_H]);
  multiply(b->h2, panel, s->factor[FACTOR_H]);
}

// a failure that costs far more than anything else does is clipped
static void clip_failures(const batch *b, const reward_floor *floor, int panel) {
  float *r = b->r + (ptrdiff_t)panel * LANES;
  const float *failed = b->failed + (ptrdiff_t)panel * LANES;
  for (int l = 0; l < LANES; ++l) r[l] = failed[l] > 0.0f && r[l] < floor->reward ? floor->reward : r[l];
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
    if (r->floor) clip_failures(b, r->floor, p);
    if (r->scales) scale_panel(b, r->scales, p, r->no);
  }
}

/* mean and root mean square about it, or about zero, of column `at` */
static void moments(double *mean, double *spread, const replay *r, int64_t held, int at, bool about_mean) {
  double sum = 0.0, squares = 0.0;
  for (int64_t i = 0; i < held; ++i) sum += (double)r->rows[i * r->stride + at];
  *mean = sum / (double)held;
  const double centre = about_mean ? *mean : 0.0;
  for (int64_t i = 0; i < held; ++i) {
    const double d = (double)r->rows[i * r->stride + at] - centre;
    squares += d * d;
  }
  *spread = sqrt(squares / (double)held);
}

/* geometric mean of the magnitudes of column `at`; those below 1e-6 count as that */
static double typical(const replay *r, int64_t held, int at) {
  double sum = 0.0;
  for (int64_t i = 0; i < held; ++i) sum += log(fmax(fabs((double)r->rows[i * r->stride + at]), 1e-6));
  return exp(sum / (double)held);
}

/* the power of two next to 1 / size, 1 where size lies within [low, high]: products with it lose no bit */
static float factor_of(double size, double low, double high) {
  if (!(size > 0.0) || (size >= low && size <= high)) return 1.0f;
  return ldexpf(1.0f, (int)lrint(-log2(size)));
}

void replay_measure(const replay *r, const scales *s) {
  const int64_t held = *r->count < r->capacity ? *r->count : r->capacity;
  double mean, size;
  for (int i = 0; i < r->no; ++i) {
    moments(&mean, &size, r, held, i, true);
    const bool fine = (size >= 0.05 || size <= 0.0) && fabs(mean) + size <= 3.0;
    s->shift[i] = fine ? 0.0f : (float)mean;
    s->scale[i] = fine || !(size > 0.0) ? 1.0f : ldexpf(1.0f, (int)lrint(-log2(size)));
  }
  const int at = r->no + r->nu + r->na;
  // rewards by their geometric mean: single large penalties say nothing of the others
  s->factor[FACTOR_R] = factor_of(typical(r, held, at), 0.02, 30.0);
  moments(&mean, &size, r, held, at + 1, false);
  s->factor[FACTOR_H] = factor_of(size, 0.05, 4.0);
  s->factor[FACTOR_KNOWN] = 1.0f;
}

void replay_measure_floor(const replay *r, reward_floor *floor) {
  const int64_t held = *r->count < r->capacity ? *r->count : r->capacity;
  const int at = r->no + r->nu + r->na, failed = at + 3 + r->no;
  float least[2] = {INFINITY, INFINITY}, most[2] = {-INFINITY, -INFINITY}; // of those that did not fail, and that did
  for (int64_t i = 0; i < held; ++i) {
    const float *row = r->rows + i * r->stride;
    const bool is = row[failed] > 0.0f;
    least[is] = row[at] < least[is] ? row[at] : least[is];
    most[is] = row[at] > most[is] ? row[at] : most[is];
  }
  const bool all = least[0] == INFINITY;
  *floor = (reward_floor){.reward = least[all] - 4.0f * (most[all] - least[all]), .known = 1.0f};
}

#include "eval/hunt.h"

#include <math.h>
#include <string.h>

#include "base/math.h"

enum { MOST_SQUARES = 6 };

/* Which candidate did more. */

static double harm(const hunt_plan *plan, const duro_episode *e) {
  const double h = e->h_min / plan->h_scale;
  if (e->end != DURO_TERMINATED) return -h;
  return -fmin(h, -1) + 1 - (double)e->length / plan->horizon;
}

bool hunt_did_more(const hunt_plan *plan, const candidate *a, const candidate *b) {
  const bool violates = duro_episode_violates(&a->episode);
  if (violates != duro_episode_violates(&b->episode)) return violates;
  const double x = harm(plan, &a->episode), y = harm(plan, &b->episode);
  return x != y ? x > y : a->close.nearness > b->close.nearness;
}

/* short of a violation by the soft minimum of h: min_t h is often that of the start, whatever is done later */
bool hunt_promises_more(const hunt_plan *plan, const candidate *a, const candidate *b) {
  const bool violates = duro_episode_violates(&a->episode);
  if (violates || duro_episode_violates(&b->episode)) return hunt_did_more(plan, a, b);
  return a->close.nearness > b->close.nearness;
}

/* the same outcome, so most likely the same up to where it counts */
static bool alike(const candidate *a, const candidate *b) {
  if (a->episode.h_min != b->episode.h_min || a->episode.length != b->episode.length) return false;
  return duro_episode_violates(&a->episode) || a->close.nearness == b->close.nearness;
}

/* what b gained over a; infinite for the first violation */
static double gain(const hunt_plan *plan, const candidate *a, const candidate *b) {
  const bool violates = duro_episode_violates(&a->episode);
  if (violates != duro_episode_violates(&b->episode)) return violates ? -INFINITY : INFINITY;
  return violates ? harm(plan, &b->episode) - harm(plan, &a->episode) : b->close.nearness - a->close.nearness;
}

/* Sequences. */

static int below(hunt *h, int n) {
  return (int)duro_stream_below(&h->stream, (uint32_t)n);
}

/* 1 to about the horizon, every order of magnitude alike */
static int draw_length(const hunt_plan *plan, hunt *h) {
  int orders = 1;
  while (2 << orders < plan->horizon) orders++;
  return 1 + below(h, 2 << below(h, orders));
}

static size_t bytes(const hunt_plan *plan, int steps) {
  return sizeof(float) * (size_t)steps * (size_t)plan->na;
}

/* the elite's mean of a[j] at time t, in [-1, 1] */
static float mean_at(const hunt_plan *plan, const hunt *h, int t, int j) {
  float sum = 0;
  for (int i = 0; i < h->kept; i++) sum += h->tried[i].a[t * plan->na + j];
  return plan->amplitude > 0 ? sum / ((float)h->kept * plan->amplitude) : 0;
}

/* a[from..to) holds one value: mostly a corner, whose signs lean to the elite's at that time where it guides */
static void hold_value(const hunt_plan *plan, hunt *h, float *a, int from, int to, bool guided) {
  float value[DURO_MAX_ACTION];
  for (int j = 0; j < plan->na; j++) {
    const float even = duro_stream_uniformf(&h->stream), at = duro_stream_uniformf(&h->stream);
    const float up = guided ? m_clampf(.5f + .5f * mean_at(plan, h, (from + to) / 2, j), .05f, .95f) : .5f;
    value[j] = plan->amplitude * (even < .15f ? 2 * at - 1 : at < up ? 1.0f : -1.0f);
  }
  for (int t = from; t < to; t++) memcpy(a + t * plan->na, value, bytes(plan, 1));
}

/* a switching sequence, whose typical time between switches is drawn first */
static void draw_switches(const hunt_plan *plan, hunt *h, float *a, bool guided) {
  const int most = draw_length(plan, h);
  for (int from = 0, to; from < plan->horizon; from = to) {
    to = from + 1 + below(h, most);
    if (to > plan->horizon) to = plan->horizon;
    hold_value(plan, h, a, from, to, guided);
  }
}

void hunt_draw_switching(const hunt_plan *plan, hunt *h, float *a) {
  draw_switches(plan, h, a, false);
}

void hunt_draw_square(const hunt_plan *plan, float *a, int64_t corner, int half_period) {
  for (int t = 0; t < plan->horizon; t++)
    for (int j = 0; j < plan->na; j++) {
      const bool up = attack_corner_up(corner, j, plan->na) != (t / half_period % 2 == 1);
      a[t * plan->na + j] = up ? plan->amplitude : -plan->amplitude;
    }
}

void hunt_draw_first(const hunt_plan *plan, hunt *h) {
  const int quarter = plan->population / 4,
            corners = 1 << (plan->na < ATTACK_CORNER_BITS ? plan->na : ATTACK_CORNER_BITS);
  const int constants = corners < quarter ? corners : quarter;
  const int squares = constants + (2 * quarter < MOST_SQUARES ? quarter : MOST_SQUARES);
  h->fresh = plan->population;
  for (int i = 0; i < h->fresh; i++) {
    float *a = h->tried[h->kept + i].a;
    const int64_t corner = (int64_t)(duro_stream_bits(&h->stream) & (uint32_t)(corners - 1));
    if (i < constants)
      hunt_draw_square(plan, a, corners <= quarter ? i : corner, plan->horizon);
    else if (i < squares)
      hunt_draw_square(plan, a, corner, duro_attack_half_period(i - constants, 0)); // each in turn
    else
      hunt_draw_switching(plan, h, a);
  }
}

void hunt_draw_anew(const hunt_plan *plan, hunt *h) {
  h->kept = h->n_turns = h->stale = 0;
  h->fresh = plan->population;
  for (int i = 0; i < h->fresh; i++) hunt_draw_switching(plan, h, h->tried[i].a);
}

/* Changes a sequence within a window, which mostly begins before the time of its smallest h. */
static void change(const hunt_plan *plan, hunt *h, float *a, const candidate *parent) {
  const int64_t worst_t = parent->close.worst_t; // 0: h was smallest at the start
  const int64_t end = below(h, 10) < 7 && worst_t > 0 ? worst_t : parent->episode.length;
  const int from = below(h, end > 1 ? (int)end : 1), length = draw_length(plan, h), na = plan->na;
  const int to = from + length < plan->horizon ? from + length : plan->horizon;
  switch (below(h, 5)) {
  case 0: // later from here on
    memmove(a + to * na, a + from * na, bytes(plan, plan->horizon - to));
    return;
  case 1: // earlier
    memmove(a + from * na, a + to * na, bytes(plan, plan->horizon - to));
    return;
  case 2:
    for (int t = from * na; t < to * na; t++) a[t] = -a[t];
    return;
  default:
    hold_value(plan, h, a, from, to, false);
  }
}

/* one of the elite, the best more often */
static const candidate *draw_parent(hunt *h) {
  const float at = duro_stream_uniformf(&h->stream);
  return &h->tried[(int)(at * at * (float)h->kept)];
}

/* a switching sequence near the elite's mean, a crossing of two, or one changed in places */
const candidate *hunt_draw_child(const hunt_plan *plan, hunt *h, float *a, bool same) {
  const int way = same ? 2 : below(h, 4);
  if (way == 0) {
    draw_switches(plan, h, a, true);
    return &h->tried[0];
  }
  const candidate *parent = draw_parent(h);
  memcpy(a, parent->a, bytes(plan, plan->horizon));
  if (same) return parent;
  if (way == 1) {
    const int from = below(h, plan->horizon), na = plan->na;
    memcpy(a + from * na, draw_parent(h)->a + from * na, bytes(plan, plan->horizon - from));
    if (below(h, 2)) return parent;
  }
  for (int changes = 1 + below(h, 3); changes > 0; changes--) change(plan, h, a, parent);
  return parent;
}

/* the stretch turns from what it mostly was */
static void make_turn(const hunt_plan *plan, float *a, const float *base, const turn *t) {
  float sum = 0;
  for (int k = t->from; k < t->to; k++) sum += base[k * plan->na + t->j];
  for (int k = t->from; k < t->to; k++) a[k * plan->na + t->j] = sum > 0 ? -plan->amplitude : plan->amplitude;
}

/* The best, unless it was turned before; then one that is worst at another time. */
static const candidate *draw_turned(hunt *h) {
  if (!alike(&h->tried[0], &h->base_result)) return &h->tried[0];
  for (int i = 1; i < h->kept; i++)
    if (h->tried[i].close.worst_t != h->base_result.close.worst_t) return &h->tried[i];
  return draw_parent(h);
}

/* Stretches cover the time up to twice that of the smallest h; where they meet is drawn anew each time. */
void hunt_draw_turns(const hunt_plan *plan, hunt *h) {
  const candidate *best = draw_turned(h);
  const int64_t worst_t = best->close.worst_t, length = best->episode.length;
  const int reach = (int)(worst_t > 0 && 2 * worst_t < length ? 2 * worst_t : length);
  const int blocks = plan->population / plan->na > 1 ? plan->population / plan->na : 2;
  const float block = (float)reach / ((float)blocks - .5f), phase = .5f * duro_stream_uniformf(&h->stream);
  memcpy(h->base, best->a, bytes(plan, plan->horizon));
  h->base_result = *best;
  h->fresh = h->n_turns = plan->population;
  for (int i = 0; i < h->fresh; i++) {
    const int k = i / plan->na < blocks ? i / plan->na : below(h, blocks);
    const int from = (int)fmaxf(0, ((float)k - phase) * block), to = (int)(((float)k + 1 - phase) * block);
    turn *t = &h->turns[i];
    *t = (turn){.from = from, .to = to < reach ? to : reach, .j = i % plan->na};
    if (t->to <= t->from) t->to = t->from + 1 <= plan->horizon ? t->from + 1 : plan->horizon;
    float *a = h->tried[h->kept + i].a;
    memcpy(a, h->base, bytes(plan, plan->horizon));
    make_turn(plan, a, h->base, t);
  }
}

/* measures the turns, those that gained first, by how much; the others are forgotten */
static void sort_turns(const hunt_plan *plan, hunt *h) {
  int n = 0;
  for (int i = 0; i < h->n_turns; i++) {
    turn t = h->turns[i];
    t.gain = gain(plan, &h->base_result, &h->tried[h->kept + i]);
    if (!(t.gain > 0)) continue;
    int at = n++;
    for (; at > 0 && t.gain > h->turns[at - 1].gain; at--) h->turns[at] = h->turns[at - 1];
    h->turns[at] = t;
  }
  h->n_turns = n;
}

/* the base with its best turns: all that gained, the better half of them, the better quarter, then most by chance */
static void draw_combination(const hunt_plan *plan, hunt *h, float *a, int way) {
  const int best = way < 3 ? h->n_turns >> way : h->n_turns;
  memcpy(a, h->base, bytes(plan, plan->horizon));
  for (int k = 0; k < best; k++)
    if (way < 3 || below(h, 10) < 7) make_turn(plan, a, h->base, &h->turns[k]);
}

void hunt_draw_combinations(const hunt_plan *plan, hunt *h) {
  h->fresh = plan->population;
  int i = 0;
  for (; i < h->fresh / 2 && h->n_turns > 1; i++) draw_combination(plan, h, h->tried[h->kept + i].a, i);
  if (i > 3) { // the mirror image of the first: what is worst on the one side may be more so on the other
    float *a = h->tried[h->kept + i - 1].a;
    for (int t = 0; t < plan->horizon * plan->na; t++) a[t] = -h->tried[h->kept].a[t];
  }
  for (; i < h->fresh; i++) hunt_draw_child(plan, h, h->tried[h->kept + i].a, false);
  h->n_turns = 0;
}

/* a fault stands for the whole hunt */
static void note_worst(const hunt_plan *plan, hunt *h, const candidate *c) {
  if (isnan(h->worst.episode.episode_return)) return;
  const bool first = h->worst.episode.length < 0, fault = isnan(c->episode.episode_return);
  if (!first && !fault && !hunt_did_more(plan, c, &h->worst)) return;
  memcpy(h->worst.a, c->a, bytes(plan, plan->horizon));
  h->worst.episode = c->episode;
  h->worst.close = c->close;
  if (!c->x) return;
  memcpy(h->worst.x, c->x, (size_t)plan->nx * sizeof *c->x);
  h->worst.value = c->value;
}

/* c into its place among the first n, unless its like is there; which are then as many as returned */
static int insert(const hunt_plan *plan, candidate *sorted, int n, candidate c) {
  for (int i = 0; i < n; i++)
    if (alike(&sorted[i], &c)) return n;
  int at = n;
  for (; at > 0 && hunt_promises_more(plan, &c, &sorted[at - 1]); at--) sorted[at] = sorted[at - 1];
  sorted[at] = c;
  return n + 1;
}

void hunt_take(const hunt_plan *plan, hunt *h) {
  if (h->n_turns > 0) sort_turns(plan, h);
  const int all = h->kept + h->fresh;
  const float *best = h->kept > 0 ? h->tried[0].a : NULL;
  int n = h->kept;
  for (int i = h->kept; i < all; i++) {
    const candidate c = h->tried[i], spare = h->tried[n]; // the like of one before, whose memory stays of use
    note_worst(plan, h, &c);
    const int after = insert(plan, h->tried, n, c);
    if (after > n && n < i) h->tried[i] = spare;
    n = after;
  }
  h->kept = n < plan->elite ? n : plan->elite;
  h->fresh = 0;
  h->stale = h->tried[0].a == best ? h->stale + 1 : 0;
}

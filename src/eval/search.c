/* Search for the worst open-loop disturbance against a closed loop that repeats itself, for each start: a cross-entropy
 * method over sequences. Its first population holds constants, square waves and random switching sequences, beside
 * what mu_h, mu and a grid play there; the best sequences found so far, the elite, make the next ones: switching
 * sequences drawn with the elite's mean sign at each time, crossings of two of them, and one of them changed in places.
 *
 * A violation, or a failure, the earlier the worse, beats all else. Short of that the elite is chosen by a soft minimum
 * of h over time rather than by min_t h, which the start often fixes whatever is done later. */
#include "eval/search.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/math.h"
#include "base/purposes.h"

enum { MOST_SQUARES = 6 };

typedef struct candidate {
  float *a; // (horizon x na), amplitude included
  duro_episode episode;
  closeness close;
} candidate;

/* The search for one start. */
typedef struct hunt {
  int64_t episode;
  duro_stream stream;
  bool started;
  double start[DURO_MAX_STATE], start_value;
  candidate *tried; // (slots) the elite first, best first, then the new ones
  int kept, fresh;  // of the elite, of the new ones
  candidate worst;
} hunt;

struct search {
  const rollout *run;
  fleet *fleet;
  int population, iterations, elite, slots;
  int horizon, na, levels;
  float amplitude;
  hunt hunts[SEARCH_STARTS];
  job *jobs;
  int n_jobs, next_job;
  duro_arena arena;
};

static float *take_sequence(search *s) {
  return duro_arena_take(&s->arena, sizeof(float) * (size_t)s->horizon * (size_t)s->na);
}

static void layout(search *s) {
  s->jobs = duro_arena_take(&s->arena, sizeof *s->jobs * (size_t)s->population * SEARCH_STARTS);
  for (int k = 0; k < SEARCH_STARTS; k++) {
    hunt *h = &s->hunts[k];
    h->tried = duro_arena_take(&s->arena, sizeof *h->tried * (size_t)s->slots);
    h->worst.a = take_sequence(s);
    for (int i = 0; i < s->slots; i++) {
      float *a = take_sequence(s);
      if (h->tried) h->tried[i].a = a;
    }
  }
}

duro_status search_create(search **out, const rollout *run, fleet *f) {
  *out = NULL;
  const duro_search_settings *set = &run->attack->search;
  search *s = duro_allocate(sizeof *s);
  if (!s) return DURO_ERROR_MEMORY;
  s->run = run;
  s->fleet = f;
  s->population = set->population ? (int)set->population : 32;
  s->iterations = set->iterations ? (int)set->iterations : 4;
  s->elite = set->elite ? (int)set->elite : s->population / 4;
  s->slots = s->elite + s->population;
  s->horizon = (int)run->horizon;
  s->na = run->env->spec.na;
  s->amplitude = attack_amplitude(run->attack);
  while (2 << s->levels < s->horizon) s->levels++;
  layout(s);
  const duro_status status = duro_arena_allocate(&s->arena);
  if (status) {
    search_destroy(s);
    return status;
  }
  layout(s);
  *out = s;
  return DURO_OK;
}

void search_destroy(search *s) {
  if (!s) return;
  duro_arena_release(&s->arena);
  duro_release(s);
}

const float *search_sequence(const search *s, int i) {
  return s->hunts[i].worst.a;
}

/* Which candidate did more harm. */

static double harm(const search *s, const duro_episode *e) {
  const double h = e->h_min / s->run->env->spec.h_scale;
  if (e->end != DURO_TERMINATED) return -h;
  return -fmin(h, -1) + 1 - (double)e->length / (double)s->horizon;
}

static bool did_more(const search *s, const candidate *a, const candidate *b) {
  const bool violates = duro_episode_violates(&a->episode);
  if (violates != duro_episode_violates(&b->episode)) return violates;
  const double x = harm(s, &a->episode), y = harm(s, &b->episode);
  return x != y ? x > y : a->close.nearness > b->close.nearness;
}

static bool promises_more(const search *s, const candidate *a, const candidate *b) {
  const bool violates = duro_episode_violates(&a->episode);
  if (violates || duro_episode_violates(&b->episode)) return did_more(s, a, b);
  return a->close.nearness > b->close.nearness;
}

/* Sequences. */

static int below(hunt *h, int n) {
  return (int)duro_stream_below(&h->stream, (uint32_t)n);
}

/* 1 to the horizon, every order of magnitude alike */
static int draw_length(const search *s, hunt *h) {
  return 1 + below(h, 2 << below(h, s->levels + 1));
}

/* the elite's mean of a[j] at time t, in [-1, 1] */
static float mean_at(const search *s, const hunt *h, int t, int j) {
  float sum = 0;
  for (int i = 0; i < h->kept; i++) sum += h->tried[i].a[t * s->na + j];
  return sum / ((float)h->kept * s->amplitude);
}

/* a[from..to) holds one value: mostly a corner, whose signs lean to the elite's at that time where it guides */
static void hold_value(const search *s, hunt *h, float *a, int from, int to, bool guided) {
  float value[DURO_MAX_ACTION];
  for (int j = 0; j < s->na; j++) {
    const float even = duro_stream_uniformf(&h->stream), at = duro_stream_uniformf(&h->stream);
    const float up = guided ? m_clampf(.5f + .5f * mean_at(s, h, (from + to) / 2, j), .05f, .95f) : .5f;
    value[j] = s->amplitude * (even < .15f ? 2 * at - 1 : at < up ? 1.0f : -1.0f);
  }
  for (int t = from; t < to; t++) memcpy(a + t * s->na, value, sizeof *a * (size_t)s->na);
}

/* a switching sequence, whose typical time between switches is drawn first */
static void draw_switching(const search *s, hunt *h, float *a, bool guided) {
  const int most = draw_length(s, h);
  for (int from = 0, to; from < s->horizon; from = to) {
    to = from + 1 + below(h, most);
    if (to > s->horizon) to = s->horizon;
    hold_value(s, h, a, from, to, guided);
  }
}

static void draw_square(const search *s, float *a, int64_t corner, int half_period) {
  for (int t = 0; t < s->horizon; t++)
    for (int j = 0; j < s->na; j++)
      a[t * s->na + j] = ((corner >> j & 1) != 0) != (t / half_period % 2 == 1) ? s->amplitude : -s->amplitude;
}

static void draw_first(const search *s, hunt *h, candidate *c, int i) {
  const int quarter = s->population / 4, corners = s->na < 12 ? 1 << s->na : 1 << 12;
  const int constants = corners < quarter ? corners : quarter,
            squares = quarter < MOST_SQUARES ? quarter : MOST_SQUARES;
  const int64_t corner = (int64_t)(duro_stream_bits(&h->stream) & ((1u << s->na) - 1));
  if (i < constants)
    draw_square(s, c->a, corners <= quarter ? i : corner, s->horizon);
  else if (i < constants + squares) // episodes 0, 1, .. of no corner bits have the half periods in turn
    draw_square(s, c->a, corner, duro_attack_half_period(i - constants, 0));
  else
    draw_switching(s, h, c->a, false);
}

/* Changes a sequence within a window, which mostly begins before the time of its smallest h. */
static void change(const search *s, hunt *h, float *a, const candidate *parent) {
  const int64_t worst_t = parent->close.worst_t; // 0: h was smallest at the start
  const int64_t end = below(h, 10) < 7 && worst_t > 0 ? worst_t : parent->episode.length;
  const int from = below(h, end > 1 ? (int)end : 1), length = draw_length(s, h);
  const int to = from + length < s->horizon ? from + length : s->horizon, na = s->na;
  const size_t rest = sizeof *a * (size_t)(s->horizon - to) * (size_t)na;
  switch (below(h, 5)) {
  case 0: // later from here on
    memmove(a + to * na, a + from * na, rest);
    return;
  case 1: // earlier
    memmove(a + from * na, a + to * na, rest);
    return;
  case 2:
    for (int t = from * na; t < to * na; t++) a[t] = -a[t];
    return;
  default:
    hold_value(s, h, a, from, to, false);
  }
}

/* one of the elite, the best more often */
static const candidate *draw_parent(hunt *h) {
  const float at = duro_stream_uniformf(&h->stream);
  return &h->tried[(int)(at * at * (float)h->kept)];
}

static void draw_next(const search *s, hunt *h, candidate *c) {
  const int way = below(h, 4);
  if (way == 0) {
    draw_switching(s, h, c->a, true);
    return;
  }
  const candidate *parent = draw_parent(h);
  const size_t row = sizeof *c->a * (size_t)s->na;
  memcpy(c->a, parent->a, row * (size_t)s->horizon);
  if (way == 1) { // crossed with another from some time on
    const int from = below(h, s->horizon);
    const float *other = draw_parent(h)->a;
    memcpy(c->a + from * s->na, other + from * s->na, row * (size_t)(s->horizon - from));
    if (below(h, 2)) return;
  }
  for (int changes = 1 + below(h, 3); changes > 0; changes--) change(s, h, c->a, parent);
}

/* Rollouts. */

static bool next_job(void *context, job *next) {
  search *s = context;
  if (s->next_job == s->n_jobs) return false;
  *next = s->jobs[s->next_job++];
  return true;
}

/* the fresh candidates of all hunts against an attack, recorded where it is a feedback */
static void play(search *s, const duro_attack *attack, int count) {
  s->n_jobs = s->next_job = 0;
  for (int k = 0; k < count; k++) {
    hunt *h = &s->hunts[k];
    for (int i = h->kept; h->started && i < h->kept + h->fresh; i++) {
      candidate *c = &h->tried[i];
      s->jobs[s->n_jobs++] = (job){.episode = h->episode,
                                   .start = h->start,
                                   .start_value = h->start_value,
                                   .sequence = c->a,
                                   .to.a = attack->kind == DURO_ATTACK_SEARCH ? NULL : c->a,
                                   .close = &c->close,
                                   .out = &c->episode};
    }
  }
  fleet_play(s->fleet, attack, next_job, s);
}

/* sorts the fresh candidates into the elite and forgets the rest; a fault stands for the whole hunt */
static void select_elite(search *s, hunt *h) {
  for (int i = h->kept; i < h->kept + h->fresh; i++) {
    const candidate c = h->tried[i];
    const bool first = h->worst.episode.length < 0, fault = isnan(c.episode.episode_return);
    if (!isnan(h->worst.episode.episode_return) && (first || fault || did_more(s, &c, &h->worst))) {
      memcpy(h->worst.a, c.a, sizeof *c.a * (size_t)s->horizon * (size_t)s->na);
      h->worst.episode = c.episode;
      h->worst.close = c.close;
    }
    int at = i;
    for (; at > 0 && promises_more(s, &c, &h->tried[at - 1]); at--) h->tried[at] = h->tried[at - 1];
    h->tried[at] = c;
  }
  const int all = h->kept + h->fresh;
  h->kept = all < s->elite ? all : s->elite;
  h->fresh = 0;
}

static void select_all(search *s, int count) {
  for (int k = 0; k < count; k++)
    if (s->hunts[k].started) select_elite(s, &s->hunts[k]);
}

static void begin(search *s, hunt *h, int64_t episode) {
  const duro_eval_options *options = s->run->options;
  h->episode = episode;
  h->stream = duro_stream_at((uint64_t)options->seed, DURO_PURPOSE_ATTACK_SEARCH, (uint64_t)episode);
  h->kept = h->fresh = 0;
  h->worst.episode = (duro_episode){.length = -1};
  h->started = duro_eval_start(h->start, &h->start_value, s->run->env, options, episode);
  if (!h->started) h->worst.episode.episode_return = NAN;
}

/* what an adversary with feedback plays from each start, as the first of the elite */
static void try_feedback(search *s, duro_attack_kind kind, int count) {
  duro_attack attack = *s->run->attack;
  attack.kind = kind;
  for (int k = 0; k < count; k++) {
    hunt *h = &s->hunts[k];
    h->fresh = 1;
    memset(h->tried[h->kept].a, 0, sizeof(float) * (size_t)s->horizon * (size_t)s->na);
  }
  play(s, &attack, count);
  select_all(s, count);
}

static void iterate(search *s, int iteration, int count) {
  for (int k = 0; k < count; k++) {
    hunt *h = &s->hunts[k];
    h->fresh = s->population;
    for (int i = 0; h->started && i < s->population; i++) {
      candidate *c = &h->tried[h->kept + i];
      if (iteration == 0)
        draw_first(s, h, c, i);
      else
        draw_next(s, h, c);
    }
  }
  play(s, s->run->attack, count);
  select_all(s, count);
}

void search_run(search *s, duro_episode *out, int64_t first, int count) {
  assert(count <= SEARCH_STARTS);
  const duro_attack *attack = s->run->attack;
  for (int k = 0; k < count; k++) begin(s, &s->hunts[k], first + k);
  if (attack->policy && duro_policy_has(attack->policy, DURO_NET_MU_H)) try_feedback(s, DURO_ATTACK_SAFETY, count);
  if (attack->policy && duro_policy_has(attack->policy, DURO_NET_MU)) try_feedback(s, DURO_ATTACK_PERFORMANCE, count);
  if (attack->grid) try_feedback(s, DURO_ATTACK_GRID, count);
  for (int i = 0; i < s->iterations && !atomic_load(s->run->stop); i++) iterate(s, i, count);
  for (int k = 0; k < count; k++) out[k] = s->hunts[k].worst.episode;
}

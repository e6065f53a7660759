/* Search for a start inside of a set, and a disturbance sequence from there, against a closed loop. Many starts are
 * drawn, and each meets cheap attackers: corners held, square waves, a random switching sequence, and what mu_h and mu
 * play. The worst pairs of start and sequence, the elite, are then evolved. A child takes the sequence of a parent,
 * changed in places or crossed with another, or lets mu_h, mu or a grid play anew from its start; its start is moved by
 * the difference of two others of the elite, or by chance at every order of magnitude, and tried again until it lies
 * inside. Without a set to lie in, starts are not moved but drawn, so that none is beyond the distribution. */
#include "eval/ambush.h"

#include <math.h>
#include <string.h>

#include "base/purposes.h"
#include "eval/hunt.h"

enum { TRIES = 32, SQUARES = 2, MOST_CORNERS = 4, FEEDBACKS = 3, QUARTER = 4 };

struct ambush {
  const rollout *run;
  fleet *fleet;
  int64_t starts, number;
  int iterations;
  hunt_plan plan;
  hunt hunt;
  candidate *best; /* (population) the worst that each drawn start met */
  duro_attack_kind feedback[FEEDBACKS];
  int feedbacks;
  double *low, *high; /* (nx) edges of the starts that were drawn */
  job *jobs;
  int n_jobs, next_job;
  bool fault; /* no start lies there */
  duro_arena arena;
};

static int corners_of(int na) {
  return na <= 2 ? 1 << na : MOST_CORNERS;
}

int ambush_scripted(int na) {
  return corners_of(na) + SQUARES + 1;
}

static float *take_sequence(ambush *a) {
  return duro_arena_take(&a->arena, sizeof(float) * (size_t)a->plan.horizon * (size_t)a->plan.na);
}

static double *take_state(ambush *a) {
  return duro_arena_take(&a->arena, sizeof(double) * (size_t)a->run->env->spec.nx);
}

static candidate *take_candidates(ambush *a, size_t n) {
  candidate *c = duro_arena_take(&a->arena, sizeof *c * n);
  for (size_t i = 0; i < n; i++) {
    float *sequence = take_sequence(a);
    double *start = take_state(a);
    if (c) c[i].a = sequence, c[i].x = start;
  }
  return c;
}

static void layout(ambush *a) {
  const size_t population = (size_t)a->plan.population;
  a->jobs = duro_arena_take(&a->arena, sizeof *a->jobs * population);
  a->hunt.tried = take_candidates(a, population + (size_t)a->plan.elite);
  a->best = take_candidates(a, population);
  a->hunt.worst.a = take_sequence(a);
  a->hunt.worst.x = take_state(a);
  a->low = take_state(a);
  a->high = take_state(a);
}

static void list_feedbacks(ambush *a) {
  const duro_attack *attack = a->run->attack;
  if (attack->policy && duro_policy_has(attack->policy, DURO_NET_MU_H))
    a->feedback[a->feedbacks++] = DURO_ATTACK_SAFETY;
  if (attack->policy && duro_policy_has(attack->policy, DURO_NET_MU))
    a->feedback[a->feedbacks++] = DURO_ATTACK_PERFORMANCE;
  if (attack->grid) a->feedback[a->feedbacks++] = DURO_ATTACK_GRID;
}

duro_status ambush_create(ambush **out, const rollout *run, fleet *f) {
  *out = NULL;
  const duro_search_settings *set = &run->attack->search;
  ambush *a = duro_allocate(sizeof *a);
  if (!a) return DURO_ERROR_MEMORY;
  const int population = set->population ? (int)set->population : AMBUSH_POPULATION;
  a->run = run;
  a->fleet = f;
  a->starts = set->starts ? set->starts : AMBUSH_STARTS;
  a->iterations = set->iterations ? (int)set->iterations : AMBUSH_ITERATIONS;
  a->plan = (hunt_plan){.population = population,
                        .elite = set->elite ? (int)set->elite : population / 4,
                        .horizon = (int)run->horizon,
                        .na = run->env->spec.na,
                        .nx = run->env->spec.nx,
                        .amplitude = (float)run->attack->amplitude,
                        .h_scale = run->env->spec.h_scale};
  list_feedbacks(a);
  layout(a);
  const duro_status status = duro_arena_allocate(&a->arena);
  if (status) {
    ambush_destroy(a);
    return status;
  }
  layout(a);
  *out = a;
  return DURO_OK;
}

void ambush_destroy(ambush *a) {
  if (!a) return;
  duro_arena_release(&a->arena);
  duro_release(a);
}

const double *ambush_start(const ambush *a) {
  return a->hunt.worst.x;
}

const float *ambush_sequence(const ambush *a) {
  return a->hunt.worst.a;
}

/* ---- rollouts ---- */

static bool next_job(void *context, job *next) {
  ambush *a = context;
  if (a->next_job == a->n_jobs) return false;
  *next = a->jobs[a->next_job++];
  return true;
}

/* the fresh candidates [from, to) against an adversary; what it plays is recorded where it is no sequence */
static void play(ambush *a, duro_attack_kind kind, int from, int to) {
  duro_attack attack = *a->run->attack;
  hunt *h = &a->hunt;
  attack.kind = kind;
  a->n_jobs = a->next_job = 0;
  for (int i = h->kept + from; i < h->kept + to; i++) {
    candidate *c = &h->tried[i];
    const bool sequence = kind == DURO_ATTACK_SEARCH;
    if (!sequence) memset(c->a, 0, sizeof(float) * (size_t)a->plan.horizon * (size_t)a->plan.na);
    a->jobs[a->n_jobs++] = (job){.episode = a->number,
                                 .start = c->x,
                                 .start_value = c->value,
                                 .sequence = c->a,
                                 .to.a = sequence ? NULL : c->a,
                                 .close = &c->close,
                                 .out = &c->episode};
  }
  fleet_play(a->fleet, &attack, next_job, a);
}

static bool stopped(const ambush *a) {
  return atomic_load_explicit(a->run->stop, memory_order_relaxed);
}

/* ---- the drawn starts, and what they meet ---- */

static void swap(candidate *x, candidate *y) {
  const candidate z = *x;
  *x = *y;
  *y = z;
}

/* keeps what did more from each start */
static void keep_best(ambush *a, int n, bool first) {
  hunt *h = &a->hunt;
  for (int i = 0; i < n; i++) {
    candidate *c = &h->tried[h->kept + i], *b = &a->best[i];
    if (!first && isnan(b->episode.episode_return)) continue;
    if (!first && !isnan(c->episode.episode_return) && !hunt_promises_more(&a->plan, c, b)) continue;
    swap(c, b);
    memcpy(c->x, b->x, sizeof *c->x * (size_t)a->plan.nx); // the same start goes on
    c->value = b->value;
  }
}

static void meet(ambush *a, duro_attack_kind kind, int n, bool *first) {
  if (stopped(a)) return;
  play(a, kind, 0, n);
  keep_best(a, n, *first);
  *first = false;
}

/* The corner of a number: each of them of one or two disturbances; of more all -1, all +1, and others by chance. */
static int64_t corner(ambush *a, int number) {
  const int na = a->plan.na;
  if (number < MOST_CORNERS && (na <= 2 || number == 0)) return number;
  if (number == 1) return na <= ATTACK_CORNER_BITS ? -1 : 1;
  return (int64_t)duro_stream_bits(&a->hunt.stream);
}

/* every cheap attacker from the n fresh starts */
static void meet_all(ambush *a, int n) {
  hunt *h = &a->hunt;
  const int corners = corners_of(a->plan.na);
  candidate *fresh = h->tried + h->kept;
  bool first = true;
  for (int k = 0; k < corners; k++) {
    for (int i = 0; i < n; i++) hunt_draw_square(&a->plan, fresh[i].a, corner(a, k), a->plan.horizon);
    meet(a, DURO_ATTACK_SEARCH, n, &first);
  }
  for (int k = 0; k < SQUARES; k++) {
    for (int i = 0; i < n; i++)
      hunt_draw_square(&a->plan, fresh[i].a, corner(a, MOST_CORNERS), 1 + (int)duro_stream_below(&h->stream, 80));
    meet(a, DURO_ATTACK_SEARCH, n, &first);
  }
  for (int i = 0; i < n; i++) hunt_draw_switching(&a->plan, h, fresh[i].a);
  meet(a, DURO_ATTACK_SEARCH, n, &first);
  for (int k = 0; k < a->feedbacks; k++)
    if (a->feedback[k] != DURO_ATTACK_GRID) meet(a, a->feedback[k], n, &first);
}

static bool draw_start(ambush *a, candidate *c) {
  return eval_draw(c->x, &c->value, a->run->env, a->run->options, &a->hunt.stream);
}

static void widen_box(ambush *a, const double *x) {
  for (int k = 0; k < a->plan.nx; k++) {
    a->low[k] = fmin(a->low[k], x[k]);
    a->high[k] = fmax(a->high[k], x[k]);
  }
}

/* a chunk of drawn starts, the worst of which enter the elite */
static void draw_chunk(ambush *a, int n) {
  hunt *h = &a->hunt;
  for (int i = 0; i < n && !a->fault; i++) {
    a->fault = !draw_start(a, &h->tried[h->kept + i]);
    if (!a->fault) widen_box(a, h->tried[h->kept + i].x);
  }
  if (a->fault) return;
  meet_all(a, n);
  if (stopped(a)) return;
  for (int i = 0; i < n; i++) swap(&h->tried[h->kept + i], &a->best[i]);
  h->fresh = n;
  hunt_take(&a->plan, h);
}

/* ---- evolution ---- */

/* A state along which starts are moved, and between which edges. */
typedef struct way {
  int state;
  double low, high;
} way;

/* Axis i of the grid, or state i of the region where there is none; false: there are no more. */
static bool find_way(way *w, const ambush *a, int i) {
  const duro_grid *grid = a->run->options->grid;
  const duro_env_spec *spec = &a->run->env->spec;
  if (!grid) {
    if (i >= spec->nx) return false;
    *w = (way){.state = i, .low = spec->x_low[i], .high = spec->x_high[i]};
    return true;
  }
  const duro_grid_plan *plan = duro_grid_plan_of(grid);
  if (i >= plan->nd) return false;
  *w = (way){.state = plan->axis[i].state, .low = plan->axis[i].low, .high = plan->axis[i].high};
  return true;
}

/* Between the edges of what was drawn and of the grid or the region, and inside of the set. */
static bool lies_inside(const ambush *a, const double *x, double *value) {
  const rollout *run = a->run;
  way w;
  for (int i = 0; find_way(&w, a, i); i++) {
    const int k = w.state;
    if (x[k] < fmax(a->low[k], w.low) || x[k] > fmin(a->high[k], w.high)) return false;
  }
  *value = eval_start_value(run->env, x, run->options);
  return eval_lies_there(run->env, x, *value, run->options);
}

/* Moves x along these: by a share of the difference of two of the elite, or by chance. */
static void move(const ambush *a, hunt *h, double *x) {
  int ways = 0;
  way w;
  while (find_way(&w, a, ways)) ways++;
  const bool difference = h->kept > 2 && duro_stream_below(&h->stream, 2);
  const candidate *p = &h->tried[duro_stream_below(&h->stream, (uint32_t)h->kept)],
                  *q = &h->tried[duro_stream_below(&h->stream, (uint32_t)h->kept)];
  const double share = 1.2 * duro_stream_uniform(&h->stream),
               order = pow(10, -.5 - 3 * duro_stream_uniform(&h->stream));
  const int only = duro_stream_below(&h->stream, 3) == 0 ? (int)duro_stream_below(&h->stream, (uint32_t)ways) : -1;
  for (int i = 0; find_way(&w, a, i); i++) {
    const int k = w.state;
    const double chance = (double)duro_stream_normalf(&h->stream);
    if (only >= 0 && i != only) continue;
    x[k] += difference ? share * (p->x[k] - q->x[k]) : order * chance * (a->high[k] - a->low[k]);
  }
}

/* the start of a child; the parent's where nothing else lies inside */
static void choose_start(ambush *a, candidate *child, const candidate *parent, bool keep) {
  hunt *h = &a->hunt;
  const size_t bytes = sizeof *child->x * (size_t)a->plan.nx;
  memcpy(child->x, parent->x, bytes);
  child->value = parent->value;
  if (keep) return;
  if (a->run->options->region != DURO_REGION_INSIDE || duro_stream_below(&h->stream, 16) == 0) {
    if (!draw_start(a, child)) memcpy(child->x, parent->x, bytes), child->value = parent->value;
    return;
  }
  for (int i = 0; i < TRIES; i++) {
    move(a, h, child->x);
    if (lies_inside(a, child->x, &child->value)) return;
    memcpy(child->x, parent->x, bytes);
  }
  child->value = parent->value;
}

static void evolve(ambush *a, int iteration) {
  hunt *h = &a->hunt;
  const int n = a->plan.population, fed = a->feedbacks ? n / QUARTER : 0;
  for (int i = 0; i < n; i++) {
    candidate *child = &h->tried[h->kept + i];
    const uint32_t way = duro_stream_below(&h->stream, 4); // the start alone, the sequence alone, both
    const candidate *parent = hunt_draw_child(&a->plan, h, child->a, way == 0);
    choose_start(a, child, parent, i >= fed && way == 1);
  }
  h->fresh = n;
  if (fed) play(a, a->feedback[iteration % a->feedbacks], 0, fed);
  play(a, DURO_ATTACK_SEARCH, fed, n);
  if (!stopped(a)) hunt_take(&a->plan, h);
}

void ambush_run(ambush *a, duro_episode *out, int64_t number) {
  hunt *h = &a->hunt;
  a->number = number;
  a->fault = false;
  h->episode = number;
  h->stream = duro_stream_at((uint64_t)a->run->options->seed, DURO_PURPOSE_ATTACK_STARTS, (uint64_t)number);
  h->kept = h->fresh = h->stale = h->n_turns = 0;
  h->worst.episode = (duro_episode){.length = -1};
  for (int k = 0; k < a->plan.nx; k++) a->low[k] = INFINITY, a->high[k] = -INFINITY;
  for (int64_t done = 0; done < a->starts && !stopped(a) && !a->fault; done += a->plan.population) {
    const int64_t left = a->starts - done;
    draw_chunk(a, left < a->plan.population ? (int)left : a->plan.population);
  }
  for (int i = 0; i < a->iterations && h->kept > 0 && !stopped(a) && !a->fault; i++) evolve(a, i);
  if (a->fault) h->worst.episode = (duro_episode){.length = -1, .episode_return = NAN};
  *out = h->worst.episode;
}

/* Search for the worst open-loop disturbance against a closed loop that repeats itself, for each start: a cross-entropy
 * method over sequences. Its first population holds constants, square waves and random switching sequences, beside
 * what mu_h, mu and a grid play there. The best sequences so far, the elite, make the next ones: switching sequences
 * with the elite's mean sign at each time, crossings of two of them, and one of them changed in places. Every other
 * population takes the best one and turns one stretch of time in each of its members; all that gained by that are
 * then made together, which in a linear loop is the answer up to the length of a stretch. */
#include "eval/search.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/purposes.h"
#include "eval/hunt.h"

enum { STALE = 8 }; /* populations without a better one after which the elite is given up */

struct search {
  const rollout *run;
  fleet *fleet;
  int iterations;
  hunt_plan plan;
  hunt hunts[SEARCH_STARTS];
  job *jobs;
  int n_jobs, next_job;
  duro_arena arena;
};

static float *take_sequence(search *s) {
  return duro_arena_take(&s->arena, sizeof(float) * (size_t)s->plan.horizon * (size_t)s->plan.na);
}

static void layout(search *s) {
  const size_t population = (size_t)s->plan.population, slots = population + (size_t)s->plan.elite;
  s->jobs = duro_arena_take(&s->arena, sizeof *s->jobs * population * SEARCH_STARTS);
  for (int k = 0; k < SEARCH_STARTS; k++) {
    hunt *h = &s->hunts[k];
    h->tried = duro_arena_take(&s->arena, sizeof *h->tried * slots);
    h->turns = duro_arena_take(&s->arena, sizeof *h->turns * population);
    h->worst.a = take_sequence(s);
    h->base = take_sequence(s);
    for (size_t i = 0; i < slots; i++) {
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
  const int population = set->population ? (int)set->population : SEARCH_POPULATION;
  s->run = run;
  s->fleet = f;
  s->iterations = set->iterations ? (int)set->iterations : SEARCH_ITERATIONS;
  s->plan = (hunt_plan){.population = population,
                        .elite = set->elite ? (int)set->elite : population / 4,
                        .horizon = (int)run->horizon,
                        .na = run->env->spec.na,
                        .amplitude = attack_amplitude(run->attack),
                        .h_scale = run->env->spec.h_scale};
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

static void select_all(search *s, int count) {
  for (int k = 0; k < count; k++)
    if (s->hunts[k].started) hunt_take(&s->plan, &s->hunts[k]);
}

static void begin(search *s, hunt *h, int64_t episode) {
  const duro_eval_options *options = s->run->options;
  h->episode = episode;
  h->stream = duro_stream_at((uint64_t)options->seed, DURO_PURPOSE_ATTACK_SEARCH, (uint64_t)episode);
  h->kept = h->fresh = h->stale = h->n_turns = 0;
  h->worst.episode = (duro_episode){.length = -1};
  h->started = duro_eval_start(h->start, &h->start_value, s->run->env, options, episode);
  if (h->started) eval_tell_start(options, s->run->env, episode, h->start);
  if (!h->started) h->worst.episode.episode_return = NAN;
}

/* what an adversary with feedback plays from each start, as the first of the elite */
static void try_feedback(search *s, duro_attack_kind kind, int count) {
  duro_attack attack = *s->run->attack;
  attack.kind = kind;
  for (int k = 0; k < count; k++) {
    hunt *h = &s->hunts[k];
    h->fresh = 1;
    memset(h->tried[h->kept].a, 0, sizeof(float) * (size_t)s->plan.horizon * (size_t)s->plan.na);
  }
  play(s, &attack, count);
  select_all(s, count);
}

/* the next population of a hunt: turns and their combinations alternate, so that combinations come last */
static void draw(const search *s, hunt *h, int iteration) {
  if (iteration == 0)
    hunt_draw_first(&s->plan, h);
  else if (h->stale >= STALE)
    hunt_draw_anew(&s->plan, h);
  else if ((s->iterations - iteration) % 2 == 0)
    hunt_draw_turns(&s->plan, h);
  else
    hunt_draw_combinations(&s->plan, h);
}

static void iterate(search *s, int iteration, int count) {
  for (int k = 0; k < count; k++)
    if (s->hunts[k].started) draw(s, &s->hunts[k], iteration);
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

/* Does ending early pay? */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "study/check_inside.h"

enum { STARTS = 8, STARTS_SLOW = 2, EPISODE = 300, CANDIDATES = 5, AHEAD = 8 };

enum { NOTHING, RANDOM, PUSH, CAREFUL, PLAYERS };

/* the smallest h when u is held for a while against a */
static double look_ahead(check *c, const double *x, const double *u, const double *a) {
  double at[CHECK_X], next[CHECK_X], worst = INFINITY;
  memcpy(at, x, sizeof at);
  for (int t = 0; t < AHEAD; t++) {
    duro_step out = {0};
    duro_env_step(c->env, c->worker, next, &out, at, u, a);
    worst = out.h < worst ? out.h : worst;
    if (out.end || !isfinite(out.h)) return worst - (double)(AHEAD - t);
    memcpy(at, next, sizeof at);
  }
  return worst;
}

/* control of a simple player: none, random, one that is held, or what keeps h up for a while */
static void play(check *c, int player, double *u, const double *x, const double *a, const double *held,
                 duro_stream *stream) {
  const int nu = c->env->spec.nu;
  for (int i = 0; i < nu; i++)
    u[i] = player == RANDOM ? 2.0 * duro_stream_uniform(stream) - 1.0 : player == PUSH ? held[i] : 0.0;
  if (player != CAREFUL) return;
  double best = look_ahead(c, x, u, a);
  for (int k = 0; k < CANDIDATES; k++) {
    double other[CHECK_U];
    for (int i = 0; i < nu; i++) other[i] = duro_stream_uniform(stream) < 0.5 ? -1.0 : 1.0;
    const double h = look_ahead(c, x, other, a);
    if (h > best) best = h, memcpy(u, other, sizeof other);
  }
}

/* What an episode earned: after[t] in its first t steps. */
typedef struct episode {
  double after[EPISODE + 1];
  int length;
  bool failed, broken;
} episode;

/* all players meet the same start and the same disturbance, which is held */
static void play_episode(check *c, episode *e, int start, int player) {
  duro_stream begin = check_stream(c, 900000 + (uint64_t)start);
  duro_stream stream = check_stream(c, 910000 + (uint64_t)(start * PLAYERS + player));
  sample s = {0};
  double held[CHECK_U];
  duro_step out = {0};
  c->env->ops->reset(c->env, s.x, &begin, DURO_START_EVAL);
  check_actions(c, &s, &begin);
  memcpy(held, s.u, sizeof held);
  *e = (episode){0};
  while (e->length < EPISODE && e->length < c->env->spec.horizon && !out.end) {
    double x2[CHECK_X];
    env_calls_go_on(c->calls);
    play(c, player, s.u, s.x, s.a, held, &stream);
    duro_env_step(c->env, c->worker, x2, &out, s.x, s.u, s.a);
    e->after[e->length + 1] = e->after[e->length] + out.r;
    e->length++;
    memcpy(s.x, x2, sizeof x2);
    if (!isfinite(out.r)) e->broken = true; // told elsewhere
    if (e->broken) return;
  }
  e->failed = out.end == DURO_TERMINATED;
}

static double total(const episode *e) {
  return e->after[e->length];
}

/* the episode of the highest return among those that failed, or survived; NULL where there is none */
static const episode *best_of(const episode *all, bool failed) {
  const episode *best = NULL;
  for (int i = 0; i < PLAYERS; i++)
    if (!all[i].broken && all[i].failed == failed && (!best || total(&all[i]) > total(best))) best = &all[i];
  return best;
}

/* failing earned more, and the survivor lost by going on after that time */
static bool failing_pays(const episode *failed, const episode *survived) {
  const int t = failed->length < survived->length ? failed->length : survived->length;
  return total(failed) > total(survived) && total(survived) < survived->after[t];
}

void check_returns(check *c) {
  episode *all = duro_allocate(PLAYERS * sizeof *all);
  int both = 0, pays = 0, count[2] = {0};
  double sum[2] = {0};
  if (!all) return;
  const int starts = c->env->ops->slow ? STARTS_SLOW : STARTS;
  for (int start = 0; start < starts; start++) {
    for (int player = 0; player < PLAYERS; player++) {
      play_episode(c, &all[player], start, player);
      if (all[player].broken) continue;
      sum[all[player].failed] += total(&all[player]);
      count[all[player].failed]++;
    }
    const episode *failed = best_of(all, true), *survived = best_of(all, false);
    if (!failed || !survived) continue;
    both++;
    pays += failing_pays(failed, survived);
  }
  duro_release(all);
  const double mean[2] = {sum[0] / fmax(count[0], 1), sum[1] / fmax(count[1], 1)};
  if (both)
    check_tell(
        c,
        2 * pays > both ? DURO_CHECK_BROKEN
        : pays          ? DURO_CHECK_NOTE
                        : DURO_CHECK_OK,
        "ending early",
        "from %d of %d starts failing paid more than going on; mean return of %d simple episodes that failed: %.4g, "
        "of %d "
        "that did not: %.4g",
        pays, both, count[1], mean[1], count[0], mean[0]);
  else if (count[1] && mean[1] < 0.0)
    check_tell(c, DURO_CHECK_NOTE, "ending early",
               "all %d simple episodes failed, with a mean return of %.4g: when steps cost, ending at "
               "once pays",
               count[1], mean[1]);
  else
    check_tell(c, DURO_CHECK_OK, "ending early",
               "no start had an episode that failed and one that did not, to compare (%d failed, mean return "
               "%.4g; %d did not, %.4g)",
               count[1], mean[1], count[0], mean[0]);
}

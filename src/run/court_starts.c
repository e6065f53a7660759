/* Starts of the trial that are hard to hold: of many that are drawn, and those that searches find. */
#include <math.h>
#include <string.h>

#include "run/court.h"

/* what a safety policy keeps of train.choose_margin where the filter is to hold as well, in the unit of Q_h */
#define SLACK .02

duro_status court_find_hard(court *c, duro_act act) {
  const size_t nx = (size_t)c->w->env->spec.nx;
  const int64_t all = COURT_DRAWN * c->n;
  duro_status status = court_draw(c->drawn, c, all, DURO_START_TRAIN, c->n);
  duro_eval_options options = court_options(c, 0, all, act, c->w->learn->filter_margin);
  options.starts = c->drawn;
  if (!status) status = court_meet_all(c->found, c, &options, false);
  if (status) return status;
  court_claim(c->claim, c, c->drawn, all);
  for (int64_t k = 0; k < c->n; k++) {
    int64_t hardest = -1;
    for (int64_t i = 0; i < all; i++)
      if (c->claim[i] >= COURT_CLAIMED && (hardest < 0 || c->found[i] < c->found[hardest])) hardest = i;
    // where it claims too few, its starts of evaluation stand in
    const double *from = hardest < 0 ? c->starts + k * (int64_t)nx : c->drawn + hardest * (int64_t)nx;
    memcpy(c->starts + (c->n + k) * (int64_t)nx, from, nx * sizeof *from);
    if (hardest >= 0) c->claim[hardest] = -1.0f;
  }
  return DURO_OK;
}

/* ---- starts that are sought ---- */

enum { FEWEST = 8 }; /* claimed starts of those that are drawn, so that a search is sure to draw some */

/* What a snapshot is to claim of the starts of a level, in the unit of Q_h: a search goes for what is claimed most
 * wrongly, which is little where much is claimed. */
static double claim_at(const court *c, int level) {
  static const double ladder[COURT_LEVELS] = {0, 1, 2}; // in units of learn.filter_margin
  return ladder[level] * court_margin(c, COURT_MIDDLE);
}

/* Levels, from the first on, at which enough of the starts of training are claimed. */
static duro_status count_levels(int *levels, court *c, int64_t first) {
  const int64_t all = COURT_DRAWN * c->n;
  const duro_status status = court_draw(c->drawn, c, all, DURO_START_TRAIN, first);
  *levels = 0;
  if (status) return status;
  court_claim(c->claim, c, c->drawn, all);
  for (int64_t claimed = FEWEST; claimed >= FEWEST && *levels < COURT_LEVELS; *levels += claimed >= FEWEST) {
    claimed = 0;
    for (int64_t i = 0; i < all; i++) claimed += (double)c->claim[i] >= claim_at(c, *levels);
  }
  return DURO_OK;
}

/* A start from where the filter breaks, and one that is held; where a safety policy just holds is between them. */
typedef struct stretch {
  const double *from, *to; // (nx)
  double lost, held;       /* shares of the way from `from` to `to`; held above 1: no place is known yet */
} stretch;

static void place(double *x, const stretch *s, double share, int nx) {
  for (int k = 0; k < nx; k++) x[k] = s->from[k] + share * (s->to[k] - s->from[k]);
}

/* The start of evaluation that was held and lies nearest to x, in shares of the region; NULL: none was held. */
static const double *nearest_held(const court *c, const double *x) {
  const duro_env_spec *spec = &c->w->env->spec;
  const double *best = NULL;
  double nearest = INFINITY;
  for (int64_t i = 0; i < c->n; i++) {
    const double *y = c->starts + i * spec->nx;
    double far = 0;
    for (int k = 0; k < spec->nx; k++) {
      const double width = spec->x_high[k] - spec->x_low[k], part = width > 0 ? (y[k] - x[k]) / width : 0;
      far += part * part;
    }
    if (!c->held[i] || far >= nearest) continue;
    best = y, nearest = far;
  }
  return best;
}

/* Searches for a start, where the snapshot claims at least that of a level, and a disturbance from there that break its
 * filter. *n more stretches. */
static duro_status search(stretch *found, int *n, court *c, const way *filter, int level, int64_t first) {
  const size_t nx = (size_t)c->w->env->spec.nx;
  duro_eval_options options = court_options(c, first, c->w->set->trial_starts, DURO_ACT_FILTERED, filter->margin);
  options.begun = c->drawn;
  options.start = DURO_START_TRAIN, options.claims = c->policy, options.region = DURO_REGION_INSIDE;
  options.region_margin = claim_at(c, level) * duro_policy_about(c->policy)->h_unit;
  duro_attack attack = duro_attack_of(DURO_ATTACK_STARTS);
  attack.policy = duro_policy_has(court_adversary(c), DURO_NET_MU_H) ? court_adversary(c) : NULL;
  attack.search = (duro_search_settings){.population = 32, .iterations = 32, .starts = 64};
  c->scene = level, c->scenes = COURT_LEVELS;
  const duro_status status = duro_eval_run(c->episodes, c->w->env, c->policy, &attack, &options);
  c->scenes = 0;
  for (int64_t i = 0; !status && i < options.episodes; i++) {
    if (!duro_episode_violates(&c->episodes[i])) continue;
    double *x = c->drawn + (size_t)(COURT_SOUGHT + *n) * nx;
    memcpy(x, c->drawn + (size_t)i * nx, nx * sizeof *x);
    const double *y = nearest_held(c, x);
    found[(*n)++] = (stretch){.from = x, .to = y ? y : x, .held = 2};
  }
  return status;
}

/* worst (n): the least h that a way of acting keeps from starts (n x nx), each of which meets every corner of up to two
 * disturbances, and where it is wanted a search */
static duro_status meet(double *worst, court *c, const double *starts, int n, const way *y, bool search) {
  const size_t nx = (size_t)c->w->env->spec.nx;
  const int na = c->w->env->spec.na, copies = 1 << (na < 2 ? na : 2);
  double *many = c->drawn + (size_t)(2 * COURT_SOUGHT) * nx, h[4 * COURT_SOUGHT];
  for (int i = 0; i < n * copies; i++)
    memcpy(many + (size_t)i * nx, starts + (size_t)(i / copies) * nx, nx * sizeof *many);
  duro_eval_options options = court_options(c, 0, n * copies, y->act, y->margin);
  options.starts = many;
  const bool greedy = c->greedy;
  court_fall_back(c, y->greedy);
  const duro_status status = court_meet_all(h, c, &options, search);
  court_fall_back(c, greedy);
  for (int i = 0; !status && i < n * copies; i++) worst[i / copies] = i % copies ? fmin(worst[i / copies], h[i]) : h[i];
  return status;
}

/* held (n): the least h that pi_h or the other safety policy keeps, whichever keeps more */
static duro_status hold(double *held, court *c, const double *starts, int n, bool search) {
  double other[COURT_SOUGHT];
  duro_status status = meet(held, c, starts, n, court_safety(c, false), search);
  if (!status) status = meet(other, c, starts, n, court_safety(c, true), search);
  for (int i = 0; !status && i < n; i++) held[i] = fmax(held[i], other[i]);
  return status;
}

/* Where on each stretch does a safety policy just hold? Bisection. */
static duro_status divide(stretch *s, court *c, int n) {
  enum { HALVINGS = 8 };
  const int nx = c->w->env->spec.nx;
  double share[COURT_SOUGHT], held[COURT_SOUGHT];
  duro_status status = DURO_OK;
  for (int step = 0; !status && step <= HALVINGS; step++) {
    for (int i = 0; i < n; i++) {
      share[i] = step ? (s[i].lost + fmin(s[i].held, 1)) / 2 : 0;
      place(c->drawn + (size_t)i * (size_t)nx, &s[i], share[i], nx);
    }
    status = hold(held, c, c->drawn, n, false);
    for (int i = 0; !status && i < n; i++)
      *(held[i] >= SLACK * c->w->set->choose_margin ? &s[i].held : &s[i].lost) = share[i];
  }
  return status;
}

duro_status court_seek(int64_t *added, court *c, const way *filter, int round) {
  const size_t nx = (size_t)c->w->env->spec.nx;
  const int64_t first = (COURT_DRAWN + 2) * c->n;
  stretch found[COURT_SOUGHT];
  double filtered[COURT_SOUGHT], safe[COURT_SOUGHT];
  int n = 0, places = 0, levels;
  duro_status status = count_levels(&levels, c, c->n);
  *added = 0;
  for (int k = 0; !status && k < levels; k++)
    status = search(found, &n, c, filter, k, first + (round * COURT_LEVELS + k) * TRIAL_STARTS_MOST);
  if (!status && n) status = divide(found, c, n);
  for (int i = 0; !status && i < n; i++)
    if (found[i].held <= 1) place(c->drawn + (size_t)places++ * nx, &found[i], found[i].held, (int)nx);
  if (status || !places) return status;
  status = meet(filtered, c, c->drawn, places, filter, true);
  if (!status) status = hold(safe, c, c->drawn, places, true);
  for (int i = 0; !status && i < places; i++) {
    if (filtered[i] >= 0 || safe[i] < 0) continue;
    memcpy(c->starts + (size_t)(2 * c->n + c->sought) * nx, c->drawn + (size_t)i * nx, nx * sizeof *c->starts);
    ++c->sought, ++*added;
  }
  return status;
}

/* How a snapshot's ways of acting stand up to the attackers of the trial. */
#include "run/court.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "policy/policy.h"
#include "run/run.h"

enum { SCENES = 4, SEARCHED = 4 };
/* first episode of a trial, far from those of the looks */
#define FIRST (DURO_EVAL_LOOKS + ((int64_t)1 << 30))

static duro_status show(int64_t done, int64_t episodes, void *context) {
  court *c = context;
  if (!c->show) return DURO_OK;
  const double part = episodes ? (double)done / (double)episodes : 0;
  const double here = c->scenes ? (c->scene + part) / c->scenes : part;
  c->told = fmin(1, fmax(c->told, (c->done + here) / c->all)); // it never goes back
  return c->show(c->told, c->context);
}

const duro_policy *court_adversary(const court *c) {
  return c->w->adversary ? c->w->adversary : c->policy;
}

/* The attackers of the trial; those that need what is not there, or a disturbance, are left out. */
static int attackers(duro_attack *out, const court *c, bool search) {
  const duro_policy *adversary = court_adversary(c);
  const bool disturbed = c->w->env->spec.na > 0, learned = duro_policy_has(adversary, DURO_NET_MU_H);
  int n = 0;
  if (!disturbed) {
    out[n++] = duro_attack_of(DURO_ATTACK_NONE);
    return n;
  }
  out[n++] = duro_attack_of(DURO_ATTACK_CONSTANT);
  out[n++] = duro_attack_of(DURO_ATTACK_SQUARE);
  if (learned) {
    out[n] = duro_attack_of(DURO_ATTACK_SAFETY);
    out[n++].policy = adversary;
  }
  if (!search || !c->w->set->trial_search) return n;
  out[n] = duro_attack_of(DURO_ATTACK_SEARCH);
  out[n].policy = learned ? adversary : NULL;
  out[n++].search = (duro_search_settings){.population = 32, .iterations = (c->w->set->trial_search + 31) / 32};
  return n;
}

duro_eval_options court_options(court *c, int64_t first, int64_t episodes, duro_act act, double margin) {
  return (duro_eval_options){.episodes = episodes,
                             .first = FIRST + first,
                             .seed = c->w->train->seed,
                             .threads = c->w->train->threads,
                             .start = DURO_START_EVAL,
                             .act = act,
                             .margin = isfinite(margin) ? (float)margin : 0.0f,
                             .report = show,
                             .report_context = c};
}

/* what 1 of Q_h and of the margins means in h */
static double unit_of(const court *c) {
  return c->w->env->spec.h_scale * duro_policy_about(c->policy)->h_unit;
}

/* The least h, in that unit, of an episode; below zero where it violates. What cuts an episode off is no violation, but
 * who deploys a policy wants it to last; a safety policy need not stay where the task is. */
static double least(const court *c, const duro_episode *e, duro_act act) {
  const double h = e->h_min / unit_of(c);
  const bool ended = duro_episode_violates(e) || (act != DURO_ACT_SAFETY && duro_episode_cut_off(e));
  return ended ? fmin(h, -1e-9) : h;
}

/* worst (episodes) falls to what this attacker finds from starts[i], the start of number at[i]; at NULL: i. */
static duro_status meet(double *worst, court *c, const duro_eval_options *options, const duro_attack *attack,
                        const int64_t *at) {
  const duro_status status = duro_eval_run(c->episodes, c->w->env, c->policy, attack, options);
  for (int64_t i = 0; !status && i < options->episodes; i++) {
    double *w = &worst[at ? at[i] : i];
    *w = fmin(*w, least(c, &c->episodes[i], options->act));
  }
  return status;
}

/* The search, which takes longest, from the share SEARCHED of the starts that come nearest to violating. */
static duro_status meet_search(double *worst, court *c, const duro_eval_options *options, const duro_attack *attack) {
  const size_t nx = (size_t)c->w->env->spec.nx;
  duro_eval_options few = *options;
  few.episodes = (options->episodes + SEARCHED - 1) / SEARCHED;
  few.starts = c->drawn;
  for (int64_t i = 0; i < options->episodes; i++) c->found[i] = worst[i];
  for (int64_t k = 0; k < few.episodes; k++) {
    int64_t hardest = 0;
    for (int64_t i = 0; i < options->episodes; i++)
      if (c->found[i] < c->found[hardest]) hardest = i;
    c->found[hardest] = INFINITY;
    c->at[k] = hardest;
    memcpy(c->drawn + (size_t)k * nx, options->starts + (size_t)hardest * nx, nx * sizeof *c->drawn);
  }
  return meet(worst, c, &few, attack, c->at);
}

/* all of them; a search from a few, and none where one of the hard starts is broken already */
static duro_status meet_some(double *worst, court *c, const duro_eval_options *options, bool search, bool few) {
  duro_attack attack[SCENES];
  const int n = attackers(attack, c, search);
  for (int64_t i = 0; i < options->episodes; i++) worst[i] = INFINITY;
  for (int k = 0; k < n; k++) {
    const bool seeks = few && attack[k].kind == DURO_ATTACK_SEARCH;
    bool broken = false; // then no search is needed
    for (int64_t i = options->episodes / 2; seeks && i < options->episodes; i++) broken |= worst[i] < 0;
    if (broken) continue;
    c->scene = k, c->scenes = n;
    const duro_status status =
        seeks ? meet_search(worst, c, options, &attack[k]) : meet(worst, c, options, &attack[k], NULL);
    if (status) return status;
  }
  c->scenes = 0;
  return DURO_OK;
}

duro_status court_meet_all(double *worst, court *c, const duro_eval_options *options, bool search) {
  return meet_some(worst, c, options, search, false);
}

void court_claim(float *value, court *c, const double *x, int64_t n) {
  const duro_env *env = c->w->env;
  const duro_env_spec *spec = &env->spec;
  float obs[DURO_MAX_OBS];
  for (int64_t i = 0; i < n; i++) {
    const double *at = x + i * spec->nx;
    const float h = (float)(duro_env_constraint(env, at) / unit_of(c));
    value[i] = h;
    if (!duro_policy_has(c->policy, DURO_NET_QH)) continue;
    duro_env_observe(env, obs, at);
    value[i] = fminf(h, duro_policy_safety_value(c->policy, obs) / (float)duro_policy_about(c->policy)->h_unit);
  }
}

duro_status court_draw(double *begun, court *c, int64_t n, duro_start start, int64_t first) {
  duro_eval_options options = court_options(c, first, n, run_plain_act(c->policy), 0);
  options.start = start, options.horizon = 1, options.begun = begun;
  const duro_attack none = duro_attack_of(DURO_ATTACK_NONE);
  return duro_eval_run(c->episodes, c->w->env, c->policy, &none, &options);
}

/* ---- ways of acting ---- */

double court_margin(const court *c, int rung) {
  static const double ladder[COURT_RUNGS] = {0.33, 0.67, 1, 1.5, 2, 3}; // in units of learn.filter_margin
  return fmax(c->w->learn->filter_margin, 0.02) * ladder[rung];
}

way *court_safety(court *c, bool greedy) {
  return &c->way[greedy];
}

way *court_plain(court *c) {
  return &c->way[2];
}

way *court_filter(court *c, int rung) {
  return &c->way[3 + c->greedy * COURT_RUNGS + rung];
}

/* nothing is known of them any more */
static void forget(court *c) {
  for (int k = 0; k < COURT_WAYS; k++) {
    way *y = &c->way[k];
    *y = (way){.act = DURO_ACT_FILTERED, .margin = NAN, .score = NAN, .worst = y->worst};
    if (k == 2) y->act = run_plain_act(c->policy), y->greedy = c->greedy;
    if (k < 2) y->act = DURO_ACT_SAFETY, y->greedy = k;
    if (k > 2) y->greedy = k - 3 >= COURT_RUNGS, y->margin = court_margin(c, (k - 3) % COURT_RUNGS);
  }
}

void court_fall_back(court *c, bool greedy) {
  c->greedy = greedy;
  policy_fall_back(c->policy, greedy);
}

duro_status court_play_calm(way *y, court *c) {
  if (!isnan(y->score)) return DURO_OK;
  duro_eval_options options = court_options(c, 0, c->n, y->act, y->margin);
  options.starts = c->starts;
  const duro_attack none = duro_attack_of(DURO_ATTACK_NONE);
  policy_fall_back(c->policy, y->greedy);
  const duro_status status = duro_eval_run(c->episodes, c->w->env, c->policy, &none, &options);
  policy_fall_back(c->policy, c->greedy);
  if (status) return status;
  duro_eval_summary calm;
  duro_eval_summarize(&calm, c->episodes, c->n);
  y->score = calm.return_mean;
  return DURO_OK;
}

/* from the starts [y->known, all) */
static duro_status play_to(way *y, court *c, int64_t all, bool few) {
  const int64_t more = all - y->known;
  if (more <= 0) return DURO_OK;
  duro_eval_options options = court_options(c, y->known, more, y->act, y->margin);
  options.starts = c->starts + y->known * c->w->env->spec.nx;
  policy_fall_back(c->policy, y->greedy);
  const duro_status status = meet_some(y->worst + y->known, c, &options, y->act != DURO_ACT_SAFETY, few);
  policy_fall_back(c->policy, c->greedy);
  if (status) return status;
  y->known = all;
  c->done++;
  return DURO_OK;
}

duro_status court_play(way *y, court *c) {
  duro_status status = court_play_calm(y, c);
  if (!status) status = play_to(y, c, 2 * c->n, true);
  for (int64_t i = 0; !status && i < c->n; i++) c->held[i] |= y->worst[i] >= 0;
  return status ? status : play_to(y, c, 2 * c->n + c->sought, false);
}

/* ---- the trial of a snapshot ---- */

duro_status court_call(court *c, int64_t step) {
  char name[64], path[RUN_PATH];
  snprintf(name, sizeof name, "step-%" PRId64 ".safetensors", step);
  run_path(path, c->w->policies, name);
  duro_policy_destroy(c->policy);
  c->policy = NULL;
  c->step = step;
  c->sought = 0;
  const duro_status status = duro_policy_load(&c->policy, path);
  if (status) return status;
  court_fall_back(c, c->w->learn->filter_greedy); // whatever an earlier trial wrote into the file
  forget(c);
  return court_draw(c->starts, c, c->n, DURO_START_EVAL, 0);
}

duro_status court_open(court *c, watch *w, trial_show shows, void *context) {
  const size_t n = (size_t)w->set->trial_episodes, nx = (size_t)w->env->spec.nx;
  const size_t all = 2 * n + COURT_ROUNDS * COURT_SOUGHT, most = COURT_DRAWN * n + 6 * COURT_SOUGHT;
  *c = (court){.w = w, .show = shows, .context = context, .n = (int64_t)n};
  bool done =
      (c->starts = duro_allocate(all * nx * sizeof *c->starts)) &&
      (c->drawn = duro_allocate(most * nx * sizeof *c->drawn)) && (c->found = duro_allocate(most * sizeof *c->found)) &&
      (c->claim = duro_allocate(most * sizeof *c->claim)) && (c->at = duro_allocate(most * sizeof *c->at)) &&
      (c->held = duro_allocate(n * sizeof *c->held)) && (c->episodes = duro_allocate(most * sizeof *c->episodes));
  for (int k = 0; done && k < COURT_WAYS; k++) done = (c->way[k].worst = duro_allocate(all * sizeof(double)));
  return done ? DURO_OK : DURO_ERROR_MEMORY;
}

void court_close(court *c) {
  duro_policy_destroy(c->policy);
  text_release(&c->rows);
  void *const owned[] = {c->starts, c->drawn, c->found, c->claim, c->at, c->held, c->episodes};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) duro_release(owned[i]);
  for (int k = 0; k < COURT_WAYS; k++) duro_release(c->way[k].worst);
}

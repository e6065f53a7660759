/* The trial of the best snapshots, and the margin of the filter. */
#include "run/trial.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/number.h"
#include "io/table.h"
#include "io/text.h"
#include "policy/policy.h"
#include "run/run.h"

enum { MOST = 16, DRAWN = 8, SCENES = 4, SOUGHT = 4 };
/* first episode of a trial, far from those of the looks */
#define FIRST (DURO_EVAL_LOOKS + ((int64_t)1 << 30))

/* the margins that are tried, in units of learn.filter_margin */
static const double ladder[] = {0.33, 0.67, 1, 1.5, 2, 3};
enum { RUNGS = sizeof ladder / sizeof *ladder, MIDDLE = 2 };

/* A snapshot of the looks. */
typedef struct snapshot {
  int64_t step;
  double violating, filtered, score;
  bool passes;
} snapshot;

/* One trial on its way. */
typedef struct court {
  watch *w;
  trial_show show;
  void *context;
  text rows;           /* of eval/trial.csv */
  duro_policy *policy; /* of the snapshot that is tried */
  bool greedy;         /* who its safety policy is */
  int64_t step;
  int64_t n;              /* starts of evaluation; as many more are the hardest that the snapshot claims to hold */
  double *starts, *drawn; /* (2n x nx), (DRAWN n x nx) */
  double *worst, *found;  /* (DRAWN n) least h of each start over the attackers, and of the present one */
  float *claim;           /* (DRAWN n) V_h of each start */
  int64_t *at;            /* (2n) numbers of the starts that are searched */
  bool *held;             /* (n) starts of evaluation that somebody held */
  duro_episode *episodes;
  double done, all;  /* evaluations, for the progress */
  int scene, scenes; /* attackers of the present one */
  double told;       /* share of all */
} court;

static bool goes_before(const snapshot *a, const snapshot *b) {
  if (a->filtered < b->filtered || a->filtered > b->filtered) return a->filtered < b->filtered;
  if (a->violating < b->violating || a->violating > b->violating) return a->violating < b->violating;
  if (a->passes != b->passes) return a->passes;
  return a->score > b->score;
}

/* The best `most` snapshots of the looks, best first. */
static duro_status read_snapshots(snapshot *out, int *count, int most, const char *folder) {
  char path[RUN_PATH];
  sheet verdicts;
  run_path(path, folder, "eval/verdicts.csv");
  *count = 0;
  const duro_status status = sheet_read(&verdicts, path);
  for (int row = 0; !status && row < verdicts.rows; row++) {
    const snapshot s = {.step = (int64_t)sheet_number(&verdicts, row, "step"),
                        .violating = sheet_number(&verdicts, row, "violating"),
                        .filtered = sheet_number(&verdicts, row, "filtered"),
                        .score = sheet_number(&verdicts, row, "score"),
                        .passes = sheet_number(&verdicts, row, "passes") > 0};
    int at = *count < most ? (*count)++ : most;
    for (; at > 0 && goes_before(&s, &out[at - 1]); at--)
      if (at < most) out[at] = out[at - 1];
    if (at < most) out[at] = s;
  }
  if (!status) sheet_release(&verdicts);
  return status;
}

static duro_status show(int64_t done, int64_t episodes, void *context) {
  court *c = context;
  if (!c->show) return DURO_OK;
  const double part = episodes ? (double)done / (double)episodes : 0;
  const double here = c->scenes ? (c->scene + part) / c->scenes : part;
  c->told = fmin(1, fmax(c->told, (c->done + here) / c->all)); // it never goes back
  return c->show(c->told, c->context);
}

static const duro_policy *adversary(const court *c) {
  return c->w->adversary ? c->w->adversary : c->policy;
}

/* The attackers of the trial; those that need what is not there, or a disturbance, are left out. */
static int attackers(duro_attack *out, const court *c, bool search) {
  const bool disturbed = c->w->env->spec.na > 0, learned = duro_policy_has(adversary(c), DURO_NET_MU_H);
  int n = 0;
  if (!disturbed) {
    out[n++] = duro_attack_of(DURO_ATTACK_NONE);
    return n;
  }
  out[n++] = duro_attack_of(DURO_ATTACK_CONSTANT);
  out[n++] = duro_attack_of(DURO_ATTACK_SQUARE);
  if (learned) {
    out[n] = duro_attack_of(DURO_ATTACK_SAFETY);
    out[n++].policy = adversary(c);
  }
  if (!search || !c->w->set->trial_search) return n;
  out[n] = duro_attack_of(DURO_ATTACK_SEARCH);
  out[n].policy = learned ? adversary(c) : NULL;
  out[n++].search = (duro_search_settings){.population = 32, .iterations = (c->w->set->trial_search + 31) / 32};
  return n;
}

static duro_eval_options options_of(court *c, int64_t episodes, duro_act act, double margin) {
  return (duro_eval_options){.episodes = episodes,
                             .first = FIRST,
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

/* The search, which takes longest, from the share SOUGHT of the starts that come nearest to violating. */
static duro_status meet_search(double *worst, court *c, const duro_eval_options *options, const duro_attack *attack) {
  const size_t nx = (size_t)c->w->env->spec.nx;
  duro_eval_options few = *options;
  few.episodes = (options->episodes + SOUGHT - 1) / SOUGHT;
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

/* worst (episodes): the least h of each episode over the attackers. Episodes start at options->starts. */
static duro_status play_all(double *worst, court *c, const duro_eval_options *options, bool search) {
  duro_attack attack[SCENES];
  const int n = attackers(attack, c, search);
  bool broken = false; // then no search is needed
  for (int64_t i = 0; i < options->episodes; i++) worst[i] = INFINITY;
  for (int k = 0; k < n; k++) {
    const bool seeks = attack[k].kind == DURO_ATTACK_SEARCH;
    for (int64_t i = options->episodes / 2; seeks && i < options->episodes; i++) broken |= worst[i] < 0;
    if (seeks && broken) continue;
    c->scene = k, c->scenes = n;
    const duro_status status =
        seeks ? meet_search(worst, c, options, &attack[k]) : meet(worst, c, options, &attack[k], NULL);
    if (status) return status;
  }
  c->done++, c->scenes = 0;
  return DURO_OK;
}

/* What the snapshot claims of starts: min(h, Q_h), in the unit of Q_h; without Q_h it claims all of them. */
static void claim(float *value, court *c, const double *x, int64_t n) {
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

/* Starts of evaluation, the same for every snapshot. */
static duro_status draw_starts(double *begun, court *c, int64_t n, duro_start start, int64_t first) {
  duro_eval_options options = options_of(c, n, run_plain_act(c->policy), 0);
  options.start = start, options.first = first, options.horizon = 1, options.begun = begun;
  const duro_attack none = duro_attack_of(DURO_ATTACK_NONE);
  return duro_eval_run(c->episodes, c->w->env, c->policy, &none, &options);
}

/* Of many starts of training the n that the snapshot claims to hold and the cheap attackers push furthest. */
static duro_status find_hard_starts(court *c, duro_act act) {
  const size_t nx = (size_t)c->w->env->spec.nx;
  const int64_t all = DRAWN * c->n;
  duro_status status = draw_starts(c->drawn, c, all, DURO_START_TRAIN, FIRST + c->n);
  duro_eval_options options = options_of(c, all, act, c->w->learn->filter_margin);
  options.starts = c->drawn;
  if (!status) status = play_all(c->found, c, &options, false);
  if (status) return status;
  claim(c->claim, c, c->drawn, all);
  for (int64_t k = 0; k < c->n; k++) {
    int64_t hardest = -1;
    for (int64_t i = 0; i < all; i++)
      if (c->claim[i] >= 0.05f && (hardest < 0 || c->found[i] < c->found[hardest])) hardest = i;
    // where it claims too few, its starts of evaluation stand in
    const double *from = hardest < 0 ? c->starts + k * (int64_t)nx : c->drawn + hardest * (int64_t)nx;
    memcpy(c->starts + (c->n + k) * (int64_t)nx, from, nx * sizeof *from);
    if (hardest >= 0) c->claim[hardest] = -1.0f;
  }
  return DURO_OK;
}

/* h that a start is to be held at, in the unit of Q_h: half of what is claimed, at most train.choose_margin. */
static double wanted(const court *c, int64_t i) {
  return fmin(c->w->set->choose_margin, 0.5 * (double)c->claim[i]);
}

static void count(trial_result *r, const court *c) {
  r->violating = r->lost = r->thin = 0;
  r->h_min = INFINITY;
  for (int64_t i = 0; i < r->episodes; i++) {
    const bool mine = i >= c->n || c->claim[i] >= 0.05f || c->held[i];
    r->lost += !mine && c->worst[i] < 0;
    if (!mine) continue;
    r->violating += c->worst[i] < 0;
    r->thin += c->worst[i] >= 0 && c->worst[i] < wanted(c, i);
    r->h_min = fmin(r->h_min, c->worst[i]);
  }
}

static void record(court *c, const trial_result *r) {
  text *line = &c->rows;
  text_add(line, "%" PRId64 ",%s,", r->step, duro_policy_act_name(r->act));
  if (isfinite(r->margin)) text_add_number(line, r->margin);
  text_add(line, ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",", r->episodes, r->violating, r->lost, r->thin);
  text_add_number(line, r->h_min);
  text_add(line, ",");
  text_add_number(line, r->score);
  text_add(line, "\n");
}

/* Mean return without disturbance, from the starts of evaluation. */
static duro_status play_calm(double *score, court *c, duro_act act, double margin) {
  duro_eval_options options = options_of(c, c->n, act, margin);
  options.starts = c->starts;
  const duro_attack none = duro_attack_of(DURO_ATTACK_NONE);
  const duro_status status = duro_eval_run(c->episodes, c->w->env, c->policy, &none, &options);
  if (status) return status;
  duro_eval_summary calm;
  duro_eval_summarize(&calm, c->episodes, c->n);
  *score = calm.return_mean;
  return DURO_OK;
}

/* One way of acting against all attackers from all starts. */
static duro_status try(trial_result *r, court *c, duro_act act, double margin) {
  *r = (trial_result){.step = c->step, .act = act, .margin = margin, .episodes = 2 * c->n};
  duro_status status = play_calm(&r->score, c, act, margin);
  if (status) return status;
  duro_eval_options options = options_of(c, 2 * c->n, act, margin);
  options.starts = c->starts;
  if ((status = play_all(c->worst, c, &options, act != DURO_ACT_SAFETY))) return status;
  for (int64_t i = 0; i < c->n; i++) c->held[i] |= c->worst[i] >= 0;
  claim(c->claim, c, c->starts, 2 * c->n);
  count(r, c);
  record(c, r);
  return DURO_OK;
}

static bool unbroken(const trial_result *r) {
  return !r->violating && !r->thin;
}

static bool better(const trial_result *a, const trial_result *plain_a, const trial_result *b,
                   const trial_result *plain_b) {
  if (!b->step) return true;
  if (a->violating != b->violating) return a->violating < b->violating;
  if (unbroken(a) != unbroken(b)) return unbroken(a);
  if (!plain_a->violating != !plain_b->violating) return !plain_a->violating;
  return a->score > b->score;
}

/* in h_unit */
static double margin_at(const court *c, int rung) {
  return fmax(c->w->learn->filter_margin, 0.02) * ladder[rung];
}

/* Can the snapshot still be chosen? Where the best so far holds from every start, alone as well, only a larger return
 * goes before it, and returns without disturbance are quickly known: the attackers are spared then. */
static duro_status could_win(bool *could, court *c, const trial *best, bool filtered) {
  const trial_result *b = &best->deployed;
  double most, score;
  *could = !b->step || !unbroken(b) || b->lost || best->plain.violating;
  if (*could) return DURO_OK;
  duro_status status = play_calm(&most, c, run_plain_act(c->policy), NAN);
  for (int greedy = 0; !status && filtered && greedy < 2; greedy++) {
    policy_fall_back(c->policy, greedy);
    for (int k = 0; !status && k < RUNGS; k++) {
      status = play_calm(&score, c, DURO_ACT_FILTERED, margin_at(c, k));
      if (!status) most = fmax(most, score);
    }
  }
  policy_fall_back(c->policy, c->greedy);
  *could = !status && most > b->score;
  return status;
}

/* The least margin that stands, sought from the middle of the ladder; where none does, the one that breaks least. */
static duro_status calibrate(trial_result *best, court *c) {
  trial_result r;
  duro_status status = try(best, c, DURO_ACT_FILTERED, margin_at(c, MIDDLE));
  const int way = unbroken(best) ? -1 : 1;
  for (int k = MIDDLE + way; !status && k >= 0 && k < RUNGS; k += way) {
    status = try(&r, c, DURO_ACT_FILTERED, margin_at(c, k));
    if (status) break;
    const bool stands = unbroken(&r);
    if (way < 0 && !stands) break;
    if (stands || r.violating < best->violating || (r.violating == best->violating && r.thin < best->thin)) *best = r;
    if (way > 0 && stands) break;
  }
  return status;
}

/* Which safety policy holds from more starts, pi_h or the best of it and the corners of the control box? What one of
 * them holds can be held. */
static duro_status choose_safety(trial_result *best, court *c) {
  trial_result r[2];
  duro_status status = DURO_OK;
  for (int greedy = 0; !status && greedy < 2; greedy++) {
    policy_fall_back(c->policy, greedy);
    status = try(&r[greedy], c, DURO_ACT_SAFETY, NAN);
  }
  if (status) return status;
  c->greedy = r[1].violating < r[0].violating;
  policy_fall_back(c->policy, c->greedy);
  *best = r[c->greedy];
  return DURO_OK;
}

static duro_status try_snapshot(trial *out, court *c) {
  trial_result safety = {0}, plain = {0}, best;
  const bool filtered = duro_policy_can(c->policy, DURO_ACT_FILTERED);
  bool could = false;
  duro_status status = could_win(&could, c, out, filtered);
  if (status || !could) return status;
  status = find_hard_starts(c, filtered ? DURO_ACT_FILTERED : run_plain_act(c->policy));
  if (!status && filtered) status = choose_safety(&safety, c);
  if (!status) status = try(&plain, c, run_plain_act(c->policy), NAN);
  best = plain;
  if (!status && filtered) status = calibrate(&best, c);
  if (status) return status;
  // a filter that falls back to what does not hold itself promises nothing that pi does not
  const bool worse = best.violating > plain.violating, idle = safety.violating && best.violating == plain.violating;
  if (filtered && (worse || idle)) best = plain;
  if (!better(&best, &plain, &out->deployed, &out->plain)) return DURO_OK;
  out->deployed = best, out->plain = plain, out->safety = safety, out->greedy = c->greedy;
  out->without_filter = filtered && (worse || idle);
  return DURO_OK;
}

static duro_status try_step(trial *out, court *c, int64_t step) {
  char name[64], path[RUN_PATH];
  snprintf(name, sizeof name, "step-%" PRId64 ".safetensors", step);
  run_path(path, c->w->policies, name);
  duro_policy_destroy(c->policy);
  c->policy = NULL;
  c->step = step;
  c->greedy = c->w->learn->filter_greedy;
  duro_status status = duro_policy_load(&c->policy, path);
  if (status) return status;
  policy_fall_back(c->policy, c->greedy); // whatever an earlier trial wrote into the file
  status = draw_starts(c->starts, c, c->n, DURO_START_EVAL, FIRST);
  return status ? status : try_snapshot(out, c);
}

static duro_status open_court(court *c, watch *w, trial_show shows, void *context) {
  const size_t n = (size_t)w->set->trial_episodes, nx = (size_t)w->env->spec.nx;
  *c = (court){.w = w, .show = shows, .context = context, .n = (int64_t)n};
  c->starts = duro_allocate(2 * n * nx * sizeof *c->starts);
  c->drawn = duro_allocate(DRAWN * n * nx * sizeof *c->drawn);
  c->worst = duro_allocate(DRAWN * n * sizeof *c->worst);
  c->found = duro_allocate(DRAWN * n * sizeof *c->found);
  c->claim = duro_allocate(DRAWN * n * sizeof *c->claim);
  c->at = duro_allocate(2 * n * sizeof *c->at);
  c->held = duro_allocate(n * sizeof *c->held);
  c->episodes = duro_allocate(DRAWN * n * sizeof *c->episodes);
  const bool all = c->starts && c->drawn && c->worst && c->found && c->claim && c->at && c->held && c->episodes;
  return all ? DURO_OK : DURO_ERROR_MEMORY;
}

static void close_court(court *c) {
  duro_policy_destroy(c->policy);
  text_release(&c->rows);
  void *const owned[] = {c->starts, c->drawn, c->worst, c->found, c->claim, c->at, c->held, c->episodes};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) duro_release(owned[i]);
}

/* Margin, safety policy and what to deploy into the snapshot's file, its name into policies/chosen. */
static duro_status deploy(const trial *t, const watch *w) {
  char name[64], path[RUN_PATH], margin[DURO_NUMBER_SIZE];
  const bool filtered = t->deployed.act == DURO_ACT_FILTERED;
  duro_number_text(margin, filtered ? t->deployed.margin : w->learn->filter_margin);
  const duro_note notes[] = {{"deployed", duro_policy_act_name(t->deployed.act)},
                             {"filter_greedy", t->greedy ? "1" : "0"},
                             {"margin", margin}};
  snprintf(name, sizeof name, "step-%" PRId64 ".safetensors", t->deployed.step);
  run_path(path, w->policies, name);
  duro_status status = duro_tensors_change_notes(path, notes, sizeof notes / sizeof *notes);
  if (status) return status;
  run_path(path, w->policies, "chosen");
  text line = {0};
  text_add(&line, "%s\n", name);
  status = text_save(&line, path);
  text_release(&line);
  return status;
}

duro_status trial_run(trial *out, watch *w, const char *folder, trial_show shows, void *context) {
  char path[RUN_PATH];
  snapshot snapshots[MOST];
  int n = 0;
  *out = (trial){0};
  duro_status status = read_snapshots(snapshots, &n, (int)w->set->trial, folder);
  if (status || !n) return status;
  court c;
  status = open_court(&c, w, shows, context);
  c.all = 6.0 * n;
  text_add(&c.rows, "step,acting,margin,starts,violating,lost,thin,h_min,return\n");
  for (int i = 0; !status && i < n; i++) status = try_step(out, &c, snapshots[i].step);
  run_path(path, folder, "eval/trial.csv");
  if (!status) status = text_save(&c.rows, path);
  if (!status) status = deploy(out, w);
  close_court(&c);
  return status;
}

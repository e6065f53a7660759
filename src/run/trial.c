/* The trial of the best snapshots, and the margin of the filter. */
#include "run/trial.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/number.h"
#include "io/table.h"
#include "io/text.h"
#include "policy/policy.h"
#include "run/court.h"
#include "run/run.h"

enum { MOST = 16 };

/* A snapshot of the looks. */
typedef struct snapshot {
  int64_t step;
  double violating, filtered, score;
  bool passes;
} snapshot;

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

/* h that a start is to be held at, in the unit of Q_h: half of what is claimed, at most train.choose_margin. Starts
 * that were sought lie at the edge of what can be held at all. */
static double wanted(const court *c, int64_t i) {
  return i < 2 * c->n ? fmin(c->w->set->choose_margin, 0.5 * (double)c->claim[i]) : 0;
}

/* One way of acting against all attackers from all starts. */
static duro_status try(trial_result *r, court *c, way *y) {
  *r = (trial_result){
      .step = c->step, .act = y->act, .margin = y->margin, .episodes = 2 * c->n + c->sought, .h_min = INFINITY};
  const duro_status status = court_play(y, c);
  if (status) return status;
  court_claim(c->claim, c, c->starts, r->episodes);
  for (int64_t i = 0; i < r->episodes; i++) {
    const bool mine = i >= c->n || c->claim[i] >= COURT_CLAIMED || c->held[i];
    r->lost += !mine && y->worst[i] < 0;
    if (!mine) continue;
    r->violating += y->worst[i] < 0;
    r->thin += y->worst[i] >= 0 && y->worst[i] < wanted(c, i);
    r->h_min = fmin(r->h_min, y->worst[i]);
  }
  r->score = y->score;
  text *line = &c->rows;
  text_add(line, "%" PRId64 ",%s,", r->step, duro_policy_act_name(r->act));
  if (isfinite(r->margin)) text_add_number(line, r->margin);
  text_add(line, ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",", r->episodes, c->sought, r->violating,
           r->lost, r->thin);
  text_add_number(line, r->h_min);
  text_add(line, ",");
  text_add_number(line, r->score);
  text_add(line, "\n");
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

/* Can the snapshot still be chosen? Where the best so far holds from every start, alone as well, only a larger return
 * goes before it, and returns without disturbance are quickly known: the attackers are spared then. */
static duro_status could_win(bool *could, court *c, const trial *best, bool filtered) {
  const trial_result *b = &best->deployed;
  const bool greedy = c->greedy;
  *could = !b->step || !unbroken(b) || b->lost || best->plain.violating;
  if (*could) return DURO_OK;
  duro_status status = court_play_calm(court_plain(c), c);
  double most = court_plain(c)->score;
  for (int other = 0; !status && filtered && other < 2; other++) {
    court_fall_back(c, other);
    for (int k = 0; !status && k < COURT_RUNGS; k++) {
      status = court_play_calm(court_filter(c, k), c);
      most = fmax(most, court_filter(c, k)->score);
    }
  }
  court_fall_back(c, greedy);
  *could = !status && most > b->score;
  return status;
}

/* The least margin that stands, sought from the middle of the ladder; where none does, the one that breaks least. */
static duro_status calibrate(trial_result *best, int *rung, court *c) {
  trial_result r;
  *rung = COURT_MIDDLE;
  duro_status status = try(best, c, court_filter(c, COURT_MIDDLE));
  const int way = unbroken(best) ? -1 : 1;
  for (int k = COURT_MIDDLE + way; !status && k >= 0 && k < COURT_RUNGS; k += way) {
    status = try(&r, c, court_filter(c, k));
    if (status) break;
    const bool stands = unbroken(&r);
    if (way < 0 && !stands) break;
    if (stands || r.violating < best->violating || (r.violating == best->violating && r.thin < best->thin))
      *best = r, *rung = k;
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
    court_fall_back(c, greedy); // its claims are compared with what it holds
    status = try(&r[greedy], c, court_safety(c, greedy));
  }
  if (status) return status;
  court_fall_back(c, r[1].violating < r[0].violating);
  *best = r[c->greedy];
  return DURO_OK;
}

/* How a snapshot stood up. */
typedef struct stand {
  trial_result safety, plain, best;
  int rung; /* of the filter, where it is the best */
} stand;

/* Its ways of acting, from all starts that are there by now. */
static duro_status try_ways(stand *s, court *c, bool filtered) {
  duro_status status = filtered ? choose_safety(&s->safety, c) : DURO_OK;
  if (!status) status = try(&s->plain, c, court_plain(c));
  s->best = s->plain;
  return status || !filtered ? status : calibrate(&s->best, &s->rung, c);
}

static duro_status try_snapshot(trial *out, court *c) {
  const bool filtered = duro_policy_can(c->policy, DURO_ACT_FILTERED);
  stand s = {0};
  bool could = false;
  duro_status status = could_win(&could, c, out, filtered);
  if (status || !could) return status;
  status = court_find_hard(c, filtered ? DURO_ACT_FILTERED : run_plain_act(c->policy));
  if (!status) status = try_ways(&s, c, filtered);
  const bool seeks = filtered && c->w->env->spec.na > 0 && c->w->set->trial_starts;
  for (int round = 0; !status && seeks && round < COURT_ROUNDS; round++) {
    int64_t added;
    if (!better(&s.best, &s.plain, &out->deployed, &out->plain)) break; // more starts do not make it so
    status = court_seek(&added, c, court_filter(c, s.rung), round);
    if (status || !added) break;
    status = try_ways(&s, c, true);
  }
  if (status) return status;
  // a filter that falls back to what does not hold itself promises nothing that pi does not
  const bool worse = s.best.violating > s.plain.violating,
             idle = s.safety.violating && s.best.violating == s.plain.violating;
  if (filtered && (worse || idle)) s.best = s.plain;
  if (!better(&s.best, &s.plain, &out->deployed, &out->plain)) return DURO_OK;
  out->deployed = s.best, out->plain = s.plain, out->safety = s.safety, out->greedy = c->greedy;
  out->without_filter = filtered && (worse || idle);
  return DURO_OK;
}

static duro_status try_step(trial *out, court *c, int64_t step) {
  const duro_status status = court_call(c, step);
  return status ? status : try_snapshot(out, c);
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
  status = court_open(&c, w, shows, context);
  c.all = 9.0 * n;
  text_add(&c.rows, "step,acting,margin,starts,sought,violating,lost,thin,h_min,return\n");
  for (int i = 0; !status && i < n; i++) status = try_step(out, &c, snapshots[i].step);
  run_path(path, folder, "eval/trial.csv");
  if (!status) status = text_save(&c.rows, path);
  if (!status) status = deploy(out, w);
  court_close(&c);
  return status;
}

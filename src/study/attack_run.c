/* The cells of a run: what can be played, in order, and what is there already. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "io/number.h"
#include "study/attack_session.h"

void attack_phase(attack_session *s, const char *name, double from, double to) {
  s->phase_name = name;
  s->phase[0] = from;
  s->phase[1] = to;
}

duro_status attack_show(attack_session *s, double share) {
  return s->watcher->progress(s->watcher->context, s, s->phase[0] + share * (s->phase[1] - s->phase[0]));
}

static void make_label(attack_session *s, const attack_cell *cell) {
  const attack_request *r = &cell->request;
  int length = snprintf(s->label, sizeof s->label, "%s%s", attacker_name(r->who), r->foreign ? " of other" : "");
  if (r->amplitude < 1 || r->amplitude > 1)
    length += duro_format(s->label + length, sizeof s->label - (size_t)length, " x %g", r->amplitude);
  if (cell->noise > 0) duro_format(s->label + length, sizeof s->label - (size_t)length, ", noise %g", cell->noise);
}

static bool is_best(attacker who) {
  return who == ATTACKER_BEST_SAFETY || who == ATTACKER_BEST_PERFORMANCE;
}

/* Why this attacker cannot play: there is nothing to move, or its owner lacks the network; NULL where it can. */
static const char *absent(const attack_session *s, const attack_request *r) {
  const duro_policy *owner = r->foreign ? s->adversary->policy : s->run->policy;
  if (!s->run->env->spec.na && r->who != ATTACKER_NONE) return "no disturbance";
  if (r->who == ATTACKER_SAFETY && !duro_policy_has(owner, DURO_NET_MU_H)) return "no network mu_h";
  return r->who == ATTACKER_PERFORMANCE && !duro_policy_has(owner, DURO_NET_MU) ? "no network mu" : NULL;
}

/* What the policy's own mu_h or mu did where this best response is played; it was played before. */
static duro_status co_trained(attack_result *out, bool *found, const attack_session *s, const attack_cell *cell) {
  attack_cell own = *cell;
  *found = false;
  if (!is_best(cell->request.who)) return DURO_OK;
  own.request.who = cell->request.who == ATTACKER_BEST_SAFETY ? ATTACKER_SAFETY : ATTACKER_PERFORMANCE;
  const duro_status status = attack_cell_name(&own, s);
  return status ? status : attack_find(out, found, s, &own);
}

static duro_status play_cell(attack_session *s, attack_cell *cell) {
  attack_result result, own;
  make_label(s, cell);
  bool found = false, held;
  duro_status status = attack_cell_name(cell, s);
  if (!status) status = attack_find(&result, &found, s, cell);
  if (!status && !found) {
    status = co_trained(&own, &held, s, cell);
    if (!status)
      status = is_best(cell->request.who) ? attack_respond(&result, s, cell, held ? &own : NULL)
                                          : attack_play(&result, s, cell);
    if (!status) status = attack_save(s, cell, &result);
  }
  if (status) return status;
  return s->watcher->row(s->watcher->context, s, cell, &result, NULL);
}

static int ways_of_acting(duro_act out[2], const attack_session *s) {
  const duro_policy *policy = s->run->policy;
  const bool can_filter = s->filter || duro_policy_can(policy, DURO_ACT_FILTERED);
  int count = 0;
  if (!can_filter || strcmp(s->given->filter, "on") != 0) out[count++] = run_plain_act(policy);
  if (can_filter && strcmp(s->given->filter, "off") != 0) out[count++] = DURO_ACT_FILTERED;
  return count;
}

/* One attacker against every way of acting. */
static duro_status play_request(attack_session *s, const attack_request *request, double noise, const duro_act *acts,
                                int ways) {
  attack_cell cell = {.request = *request, .noise = noise};
  duro_status status = DURO_OK;
  const char *why = absent(s, request);
  if (why) {
    make_label(s, &cell);
    status = s->watcher->row(s->watcher->context, s, &cell, NULL, why);
    s->cell += ways;
    return status;
  }
  for (int way = 0; !status && way < ways; way++, s->cell++) {
    cell.act = acts[way];
    status = play_cell(s, &cell);
  }
  return status;
}

static duro_status play_cells(attack_session *s) {
  duro_act acts[2];
  const int ways = ways_of_acting(acts, s);
  s->cells = s->plan->noises * s->plan->requests * ways;
  s->started = duro_clock();
  duro_status status = DURO_OK;
  for (int n = 0; n < s->plan->noises; n++)
    for (int i = 0; !status && i < s->plan->requests; i++)
      status = play_request(s, &s->plan->request[i], s->plan->noise[n], acts, ways);
  return status;
}

static duro_status check_adversary(const run *adversary, const run *r) {
  const duro_policy_info *about = duro_policy_about(adversary->policy);
  if (about->no == r->env->spec.no && about->na == r->env->spec.na) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "%s cannot attack %s: it was trained on %s, not on %s", adversary->folder,
                   r->folder, about->environment, r->env->ops->name);
}

static duro_status attack(attack_session *s) {
  if (!s->folder[0]) run_path(s->folder, s->run->folder, "attack");
  duro_status status = s->adversary ? check_adversary(s->adversary, s->run) : DURO_OK;
  if (!status) status = duro_folder_create(s->folder);
  if (status) return status;
  s->state = attack_state(s);
  const int64_t most = s->given->episodes > s->given->searches ? s->given->episodes : s->given->searches;
  s->episodes = duro_allocate((size_t)most * sizeof *s->episodes);
  s->kept = duro_allocate((size_t)most * sizeof *s->kept);
  s->begun = duro_allocate((size_t)most * (size_t)s->run->env->spec.nx * sizeof *s->begun);
  s->held = duro_allocate((size_t)most * sizeof *s->held);
  status =
      s->episodes && s->kept && s->begun && s->held ? s->watcher->begin(s->watcher->context, s) : DURO_ERROR_MEMORY;
  if (!status) status = play_cells(s);
  duro_release(s->episodes);
  duro_release(s->kept);
  duro_release(s->begun);
  duro_release(s->held);
  return status;
}

/* the words of a variation, "env.a=1 env.b=2"; `copy` is cut up */
static void split(word_list *out, char *copy) {
  out->count = 0;
  for (char *rest, *word = strtok_r(copy, " ", &rest); word && out->count < WORDS_MOST;
       word = strtok_r(NULL, " ", &rest))
    out->word[out->count++] = word;
}

/* One run under one variation. */
static duro_status attack_variation(const attack_session *all, const char *folder, const char *variation) {
  char copy[ATTACK_CHANGES];
  word_list changes;
  run r;
  solved solution;
  snprintf(copy, sizeof copy, "%s", variation);
  split(&changes, copy);
  duro_status status = run_open(&r, folder, changes.word, changes.count, all->how);
  if (status) return status;
  attack_session s = *all;
  s.phase_name = "";
  s.run = &r;
  s.changes = variation;
  if (s.given->solution) {
    status = solved_open(&solution, s.given->solution, r.config.ops, s.given->threads, s.given->accept);
    s.solution = status ? NULL : &solution;
  }
  behind filter;
  const behind_options wanted = {.source = s.given->filter,
                                 .remedy = s.given->remedy,
                                 .margin = s.given->filter_margin,
                                 .hysteresis = s.given->hysteresis,
                                 .accept = s.given->accept};
  const bool source = !status && behind_names_source(s.given->filter);
  if (source) status = behind_open(&filter, &wanted, r.env, all->how);
  if (source && !status) s.filter = &filter;
  if (!status) status = attack(&s);
  if (!status) status = s.watcher->end(s.watcher->context, &s);
  if (s.filter) behind_close(&filter);
  if (s.solution) solved_close(&solution);
  run_close(&r);
  return status;
}

duro_status attack_run(const attack_session *all, const char *folder) {
  duro_lock *lock = NULL;
  duro_status status = all->folder[0] ? DURO_OK : run_lock(&lock, folder);
  for (int k = 0; !status && k < all->plan->variations; k++)
    status = attack_variation(all, folder, all->plan->variation[k]);
  duro_lock_release(lock);
  return status;
}

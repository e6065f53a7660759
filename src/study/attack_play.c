/* Cells whose attacker is there already. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "study/attack_session.h"
#include "study/trajectory.h"

static duro_status look(int64_t done, int64_t episodes, void *context) {
  return attack_show(context, (double)done / (double)episodes);
}

int64_t attack_count(const attack_session *s, const attack_cell *cell) {
  return cell->request.who == ATTACKER_STARTS ? s->given->searches : s->given->episodes;
}

duro_eval_options attack_options_of(attack_session *s, const attack_cell *cell) {
  const attack_plan *plan = s->plan;
  return (duro_eval_options){.episodes = attack_count(s, cell),
                             .seed = s->given->seed,
                             .threads = s->given->threads,
                             .start = plan->region == DURO_REGION_ANY ? DURO_START_EVAL : DURO_START_TRAIN,
                             .act = cell->act,
                             .margin = (float)duro_policy_about(s->run->policy)->margin,
                             .observation_noise = cell->noise,
                             .grid = s->solution && !plan->claimed ? s->solution->grid : NULL,
                             .claims = plan->claimed ? s->run->policy : NULL,
                             .region = plan->region,
                             .region_margin = plan->margin,
                             .report = look,
                             .report_context = s};
}

const char *attack_acting(const attack_session *s, const attack_cell *cell) {
  return cell->act == DURO_ACT_FILTERED && s->filter ? s->filter->acting : duro_policy_act_name(cell->act);
}

duro_status attack_player(duro_player parts[2], const attack_session *s, const attack_cell *cell) {
  const run *r = s->run;
  const float margin = (float)duro_policy_about(r->policy)->margin;
  if (cell->act != DURO_ACT_FILTERED || !s->filter) return run_player(&parts[0], r, cell->act, margin);
  const duro_status status = run_player(&parts[1], r, run_plain_act(r->policy), margin);
  return status ? status : duro_player_filtered(&parts[0], s->filter->filter, &parts[1]);
}

duro_status attack_episodes(const attack_session *s, const attack_cell *cell, const duro_attack *attack,
                            const duro_eval_options *options) {
  duro_player parts[2];
  const duro_status status = attack_player(parts, s, cell);
  return status ? status : duro_player_run(s->episodes, s->run->env, parts, attack, options);
}

void attack_summarize(attack_result *out, const attack_session *s, const attack_cell *cell) {
  const int64_t count = attack_count(s, cell);
  double filtered = 0, steps = 0;
  duro_eval_summarize(&out->summary, s->episodes, count);
  for (int64_t i = 0; i < count; i++) {
    filtered += (double)s->episodes[i].filtered_steps;
    steps += (double)s->episodes[i].length;
  }
  out->filtered_share = steps > 0 ? filtered / steps : 0;
}

/* The networks that a learned attacker plays with, and those that a search starts from. */
static duro_attack attack_of(const attack_session *s, const attack_request *r) {
  static const duro_attack_kind kinds[] = {
      [ATTACKER_NONE] = DURO_ATTACK_NONE,         [ATTACKER_RANDOM] = DURO_ATTACK_RANDOM,
      [ATTACKER_CONSTANT] = DURO_ATTACK_CONSTANT, [ATTACKER_SQUARE] = DURO_ATTACK_SQUARE,
      [ATTACKER_SAFETY] = DURO_ATTACK_SAFETY,     [ATTACKER_PERFORMANCE] = DURO_ATTACK_PERFORMANCE,
      [ATTACKER_GRID] = DURO_ATTACK_GRID,         [ATTACKER_SEARCH] = DURO_ATTACK_SEARCH,
      [ATTACKER_STARTS] = DURO_ATTACK_STARTS};
  const duro_policy *owner = r->foreign ? s->adversary->policy : s->run->policy;
  const bool networks = duro_policy_has(owner, DURO_NET_MU_H) || duro_policy_has(owner, DURO_NET_MU);
  if (!(r->amplitude > 0)) return (duro_attack){.amplitude = 1, .kind = DURO_ATTACK_NONE};
  return (duro_attack){.kind = kinds[r->who],
                       .policy = networks && r->who >= ATTACKER_SAFETY && r->who != ATTACKER_GRID ? owner : NULL,
                       .grid = s->solution && r->who >= ATTACKER_GRID ? s->solution->grid : NULL,
                       .amplitude = r->amplitude};
}

/* s->held[at[k]] = least h of the solution's own safety policy from where episode at[k] began, for n of them: against
 * the solution's disturbance, and a search. */
static duro_status hold_by_solution(attack_session *s, const duro_attack *attack, const duro_eval_options *options,
                                    const double *starts, const int64_t *at, int64_t n) {
  static const duro_attack_kind kinds[] = {DURO_ATTACK_GRID, DURO_ATTACK_SEARCH};
  duro_player player;
  duro_eval_options from = *options;
  from.episodes = n, from.starts = starts, from.begun = NULL, from.region = DURO_REGION_ANY;
  duro_status status = duro_player_grid(&player, s->solution->grid, false);
  for (int k = 0; !status && k < 2; k++) {
    duro_attack one = *attack;
    one.kind = kinds[k], one.policy = NULL, one.search = (duro_search_settings){0};
    status = duro_player_run(s->kept, s->run->env, &player, &one, &from);
    for (int64_t i = 0; !status && i < n; i++) {
      const double h = duro_episode_violates(&s->kept[i]) ? fmin(s->kept[i].h_min, -1e-9) : s->kept[i].h_min;
      s->held[at[i]] = k ? fmin(s->held[at[i]], h) : h;
    }
  }
  return status;
}

/* Does the solution's own safety policy hold from the starts that broke the policy? What it loses too may be beyond
 * saving: a grid's set is larger than the true one by its discount, its stop and its interpolation. */
static duro_status ask_solution(attack_result *out, attack_session *s, const duro_attack *attack,
                                const duro_eval_options *options) {
  const size_t nx = (size_t)s->run->env->spec.nx, count = (size_t)options->episodes;
  for (size_t i = 0; i < count; i++) s->held[i] = NAN;
  out->savable = NAN;
  const bool solved = s->plan->region == DURO_REGION_INSIDE && !s->plan->claimed;
  if (!solved || attack->kind != DURO_ATTACK_STARTS) return DURO_OK;
  double *starts = duro_allocate(count * nx * sizeof *starts);
  int64_t *at = duro_allocate(count * sizeof *at), n = 0;
  duro_status status = starts && at ? DURO_OK : DURO_ERROR_MEMORY;
  for (size_t i = 0; !status && i < count; i++) {
    if (!duro_episode_violates(&s->episodes[i])) continue;
    memcpy(starts + (size_t)n * nx, s->begun + i * nx, nx * sizeof *starts);
    at[n++] = (int64_t)i;
  }
  if (!status && n) status = hold_by_solution(s, attack, options, starts, at, n);
  out->savable = 0;
  for (int64_t i = 0; !status && i < n; i++) out->savable += s->held[at[i]] >= 0;
  duro_release(starts);
  duro_release(at);
  return status;
}

/* What the count of such a row means. */
static void note_searches(attack_result *out, const attack_session *s, const duro_attack *attack) {
  char held[96] = "";
  out->summary.violation_bound = NAN; // a search is no sample
  if (out->savable >= 0 && out->summary.violating)
    snprintf(held, sizeof held, "; the solution's own policy holds from %lld of the %lld starts that broke it",
             (long long)out->savable, (long long)out->summary.violating);
  snprintf(out->note, sizeof out->note, "searches of at most %lld rollouts each, %s; not a probability%s",
           (long long)duro_attack_rollouts(attack, s->run->env),
           s->plan->region == DURO_REGION_INSIDE ? "starts moved inside the set" : "starts drawn, not moved", held);
}

/* The worst episode, over time. */
static duro_status trace_worst(attack_session *s, const attack_cell *cell, const duro_attack *attack,
                               const duro_eval_options *options) {
  const duro_env *env = s->run->env;
  char file[sizeof cell->name + 16], path[RUN_PATH];
  int64_t worst = 0;
  trajectory t;
  for (int64_t i = 1; i < options->episodes; i++)
    if (s->episodes[i].h_min < s->episodes[worst].h_min) worst = i;
  snprintf(file, sizeof file, "%s-worst.csv", cell->name);
  run_path(path, s->folder, file);
  duro_status status = trajectory_create(&t, &env->spec, env->spec.horizon);
  duro_player parts[2];
  if (!status) status = attack_player(parts, s, cell);
  if (!status) status = duro_player_trace(t.x, t.u, t.a, t.h, &t.steps, env, parts, attack, worst, options);
  if (!status) status = trajectory_save(&t, &env->spec, path);
  trajectory_release(&t);
  return status;
}

static duro_status play_starts(attack_result *out, attack_session *s, const attack_cell *cell,
                               const duro_attack *attack, const duro_eval_options *options) {
  attack_phase(s, "", 0, 0.9);
  duro_status status = attack_episodes(s, cell, attack, options);
  if (status) return status;
  attack_summarize(out, s, cell);
  attack_phase(s, "", 0.9, 1);
  if ((status = ask_solution(out, s, attack, options))) return status;
  note_searches(out, s, attack);
  return trace_worst(s, cell, attack, options);
}

duro_status attack_play(attack_result *out, attack_session *s, const attack_cell *cell) {
  const duro_attack attack = attack_of(s, &cell->request);
  duro_eval_options options = attack_options_of(s, cell);
  const double started = duro_clock();
  *out = (attack_result){.savable = NAN};
  attack_phase(s, "", 0, 1);
  options.begun = s->begun;
  duro_status status = DURO_OK;
  if (cell->request.who == ATTACKER_STARTS)
    status = play_starts(out, s, cell, &attack, &options);
  else if (!(status = attack_episodes(s, cell, &attack, &options)))
    attack_summarize(out, s, cell);
  out->seconds = duro_clock() - started;
  return status;
}

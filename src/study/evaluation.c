/* Runs against the usual adversaries. */
#include "study/evaluation.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "io/table.h"
#include "io/text.h"
#include "run/made.h"

evaluation_options evaluation_options_default(void) {
  return (evaluation_options){.filter = "both", .episodes = 200, .seed = 1};
}

/* The scenarios, in the order of the table. */
static const struct {
  duro_attack_kind kind;
  bool learned;
  duro_policy_net net;
} scenarios[] = {
    {DURO_ATTACK_NONE, false, DURO_NET_MU},       {DURO_ATTACK_RANDOM, false, DURO_NET_MU},
    {DURO_ATTACK_CONSTANT, false, DURO_NET_MU},   {DURO_ATTACK_SAFETY, true, DURO_NET_MU_H},
    {DURO_ATTACK_PERFORMANCE, true, DURO_NET_MU},
};
enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

static const char *acting_name(const evaluation *e, duro_act act) {
  return act == DURO_ACT_FILTERED && e->filter ? e->filter->acting : duro_policy_act_name(act);
}

/* safety-filtered-by-<run>-env.push=1.2.csv: what was played, so that nothing else is overwritten. */
static duro_status file_name(char *out, const evaluation *e, int scenario, duro_act act) {
  text name = {0};
  text_add(&name, "%s", duro_attack_name(scenarios[scenario].kind));
  if (act == DURO_ACT_FILTERED) text_add(&name, "-%s", acting_name(e, act));
  if (scenarios[scenario].learned && e->adversary) text_add(&name, "-by-%s", e->adversary->name);
  for (int i = 0; i < e->given->set.count; i++) text_add(&name, "-%s", e->given->set.word[i]);
  text_add(&name, ".csv");
  const duro_status status = text_status(&name);
  for (char *c = status ? NULL : name.bytes; c && *c; c++)
    if (*c == '/') *c = '_';
  if (!status) snprintf(out, 200, "%s", name.bytes);
  text_release(&name);
  return status;
}

static duro_status save_episodes(const evaluation *e, const char *file) {
  static const char *const columns[] = {"episode",         "return", "h_min",          "violation_sum",
                                        "violating_steps", "length", "filtered_steps", "end"};
  enum { COLUMNS = sizeof columns / sizeof *columns };
  char path[RUN_PATH];
  duro_csv *csv;
  run_path(path, e->folder, file);
  duro_status status = duro_csv_create(&csv, path, columns, COLUMNS);
  if (status) return status;
  for (int64_t i = 0; !status && i < e->given->episodes; i++) {
    const duro_episode *p = &e->episodes[i];
    const double row[COLUMNS] = {
        (double)i,         p->episode_return,         p->h_min,      p->violation_sum, (double)p->violating_steps,
        (double)p->length, (double)p->filtered_steps, (double)p->end};
    status = duro_csv_row(csv, row);
  }
  duro_csv_close(csv);
  return status;
}

/* summary.csv: a row for each file of episodes beside it. */
static const char *const summary_columns[] = {
    "file",          "scenario",   "acting",          "adversary", "changes",
    "step",          "seed",       "episodes",        "violating", "cut_off",
    "return_mean",   "return_std", "violation_bound", "h_min",     "violating_steps_mean",
    "filtered_share"};
enum { SUMMARY_COLUMNS = sizeof summary_columns / sizeof *summary_columns };

static void add_summary_row(text *out, const evaluation *e, const char *file, int scenario, duro_act act,
                            const duro_eval_summary *s) {
  text changes = {0};
  for (int i = 0; i < e->given->set.count; i++) text_add(&changes, "%s%s", i ? " " : "", e->given->set.word[i]);
  double filtered = 0, steps = 0;
  for (int64_t i = 0; i < s->episodes; i++) {
    filtered += (double)e->episodes[i].filtered_steps;
    steps += (double)e->episodes[i].length;
  }
  const bool learned = scenarios[scenario].learned;
  const char *const words[] = {file, duro_attack_name(scenarios[scenario].kind), acting_name(e, act),
                               !learned       ? ""
                               : e->adversary ? e->adversary->folder
                                              : "own",
                               changes.bytes ? changes.bytes : ""};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (i) text_add(out, ",");
    text_add_field(out, words[i]);
  }
  const double numbers[] = {(double)duro_policy_about(e->run->policy)->step,
                            (double)e->given->seed,
                            (double)s->episodes,
                            (double)s->violating,
                            (double)s->cut_off,
                            s->return_mean,
                            s->return_std,
                            s->violation_bound,
                            s->h_min,
                            s->violation_steps_mean,
                            steps > 0 ? filtered / steps : 0};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    text_add(out, ",");
    text_add_number(out, numbers[i]);
  }
  text_add(out, "\n");
  out->failed = out->failed || changes.failed;
  text_release(&changes);
}

/* the row whose file was written anew, which `context` names */
static bool replaces(const sheet *old, int row, void *context) {
  return strcmp(sheet_cell(old, row, "file"), context) == 0;
}

static duro_status look(int64_t done, int64_t episodes, void *context) {
  (void)done;
  (void)episodes;
  const evaluation *e = context;
  return e->watcher->ask(e->watcher->context);
}

/* Plays the episodes of one scenario, behind the filter of --filter SOURCE where that is wanted. */
static duro_status play_episodes(const evaluation *e, const duro_attack *attack, const duro_eval_options *how) {
  duro_player task, player;
  const duro_env *env = e->run->env;
  const bool filtered = how->act == DURO_ACT_FILTERED && e->filter;
  const duro_act act = filtered ? run_plain_act(e->run->policy) : how->act;
  duro_status status = run_player(&task, e->run, act, how->margin);
  if (!status && !filtered) return duro_player_run(e->episodes, env, &task, attack, how);
  if (!status) status = duro_player_filtered(&player, e->filter->filter, &task);
  return status ? status : duro_player_run(e->episodes, env, &player, attack, how);
}

/* the row of a file in the summary, in place of an older one */
static duro_status save_row(const evaluation *e, const char *file, int scenario, duro_act act,
                            const duro_eval_summary *s) {
  char path[RUN_PATH], name[200];
  text row = {0};
  run_path(path, e->folder, "summary.csv");
  snprintf(name, sizeof name, "%s", file);
  add_summary_row(&row, e, file, scenario, act, s);
  const duro_status status = table_put(path, summary_columns, SUMMARY_COLUMNS, replaces, name, &row);
  text_release(&row);
  return status;
}

/* Plays one scenario and keeps its row: what ends the command later loses nothing of it. */
static duro_status play(evaluation *e, int scenario, duro_act act) {
  const duro_policy *owner = e->adversary ? e->adversary->policy : e->run->policy;
  const duro_attack attack = {
      .amplitude = 1, .kind = scenarios[scenario].kind, .policy = scenarios[scenario].learned ? owner : NULL};
  const duro_eval_options how = {.episodes = e->given->episodes,
                                 .seed = e->given->seed,
                                 .threads = e->given->threads,
                                 .start = DURO_START_EVAL,
                                 .act = act,
                                 .margin = (float)duro_policy_about(e->run->policy)->margin,
                                 .report = look,
                                 .report_context = e};
  char file[200];
  duro_status status = file_name(file, e, scenario, act);
  if (!status) status = play_episodes(e, &attack, &how);
  if (!status) status = save_episodes(e, file);
  if (status) return status;
  duro_eval_summary summary;
  duro_eval_summarize(&summary, e->episodes, e->given->episodes);
  status = save_row(e, file, scenario, act, &summary);
  if (status) return status;
  e->watcher->row(e->watcher->context, scenarios[scenario].kind, act == DURO_ACT_FILTERED ? acting_name(e, act) : "",
                  &summary);
  return DURO_OK;
}

/* Plays every scenario with every way of acting that was asked for and is possible. */
static duro_status play_all(evaluation *e) {
  const duro_policy *owner = e->adversary ? e->adversary->policy : e->run->policy;
  const bool can_filter = e->filter || duro_policy_can(e->run->policy, DURO_ACT_FILTERED);
  const bool off = !can_filter || strcmp(e->given->filter, "on") != 0;
  const bool on = can_filter && strcmp(e->given->filter, "off") != 0;
  for (int i = 0; i < SCENARIOS; i++) {
    if (!e->run->env->spec.na && scenarios[i].kind != DURO_ATTACK_NONE) continue;
    if (scenarios[i].learned && !duro_policy_has(owner, scenarios[i].net)) {
      e->watcher->absent(e->watcher->context, scenarios[i].kind, scenarios[i].net);
      continue;
    }
    duro_status status = off ? play(e, i, run_plain_act(e->run->policy)) : DURO_OK;
    if (!status && on) status = play(e, i, DURO_ACT_FILTERED);
    if (status) return status;
  }
  e->watcher->end(e->watcher->context, e);
  return DURO_OK;
}

static duro_status check_summary(const char *path) {
  sheet old;
  bool there;
  duro_status status = sheet_read_if_there(&old, &there, path);
  if (!status && there) status = sheet_expect(&old, summary_columns, SUMMARY_COLUMNS, path);
  sheet_release(&old);
  return status;
}

static duro_status evaluate(evaluation *e) {
  char path[RUN_PATH];
  duro_lock *lock = NULL;
  if (e->given->out)
    run_path(e->folder, e->given->out, e->run->name);
  else
    run_path(e->folder, e->run->folder, "eval");
  duro_status status = e->given->out ? made_lock(&lock, e->folder) : duro_folder_create(e->folder);
  run_path(path, e->folder, "summary.csv");
  if (!status) status = check_summary(path); // before anything is played
  if (!status) e->watcher->begin(e->watcher->context, e);
  if (!status) status = play_all(e);
  duro_lock_release(lock);
  return status ? status : e->watcher->saved(e->watcher->context, e, path);
}

static duro_status check_adversary(const run *adversary, const run *r) {
  const duro_policy_info *about = duro_policy_about(adversary->policy);
  if (about->no == r->env->spec.no && about->na == r->env->spec.na) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "%s cannot attack %s: it was trained on %s, not on %s", adversary->folder,
                   r->folder, about->environment, r->env->ops->name);
}

/* for how much of a certified set the filter is not needed */
static duro_status count_certified(evaluation *e, const behind *filter, const run *r) {
  const certified_draw how = {.states = duro_certified_options_default().states,
                              .threads = e->given->threads,
                              .ask = e->watcher->ask,
                              .context = e->watcher->context};
  return filter->certificate ? certified_count(&e->share, filter->certificate, r, &how) : DURO_OK;
}

static duro_status evaluate_opened(const evaluation_options *given, const char *folder, const run *adversary,
                                   const evaluation_watcher *watcher, const run_how *how) {
  run r;
  duro_status status = run_open(&r, folder, given->set.word, given->set.count, how);
  if (status) return status;
  evaluation e = {.given = given, .run = &r, .adversary = adversary, .watcher = watcher};
  e.episodes = duro_allocate((size_t)given->episodes * sizeof *e.episodes);
  if (!e.episodes) status = DURO_ERROR_MEMORY;
  if (!status && adversary) status = check_adversary(adversary, &r);
  behind filter;
  const behind_options wanted = {.source = given->filter,
                                 .remedy = given->remedy,
                                 .margin = given->filter_margin,
                                 .hysteresis = given->hysteresis};
  const bool behind_source = !status && behind_names_source(given->filter);
  if (behind_source) status = behind_open(&filter, &wanted, r.env, how);
  if (behind_source && !status) e.filter = &filter;
  if (e.filter && !status) status = count_certified(&e, &filter, &r);
  if (!status) status = evaluate(&e);
  if (e.filter) behind_close(&filter);
  duro_release(e.episodes);
  run_close(&r);
  return status;
}

duro_status evaluation_run(const evaluation_options *given, const char *folder, const run *adversary,
                           const evaluation_watcher *watcher, const run_how *how) {
  duro_lock *lock = NULL;
  duro_status status = given->out ? DURO_OK : run_lock(&lock, folder);
  if (!status) status = evaluate_opened(given, folder, adversary, watcher, how);
  duro_lock_release(lock);
  return status;
}

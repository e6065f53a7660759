/* duro eval: trained policies against adversaries. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/json_out.h"
#include "cli/opening.h"
#include "cli/stop.h"
#include "cli/verdict_line.h"
#include "duro/eval.h"
#include "duro/io.h"
#include "io/table.h"
#include "io/text.h"
#include "run/made.h"
#include "run/run.h"

typedef struct eval_options {
  const char *adversary, *filter, *out;
  int64_t episodes, seed, threads;
  cli_words set;
  bool json;
  json_t *runs; /* for --json */
} eval_options;

#define OPTION(field) offsetof(eval_options, field)
static const cli_option options[] = {
    {"adversary", "RUN", CLI_TEXT, OPTION(adversary), 0, 0, NULL,
     "Take the adversary networks mu and mu_h of this run; default: the evaluated run's own."},
    {"episodes", "N", CLI_INT, OPTION(episodes), 1, 1e7, NULL, "Episodes of each scenario; default 200."},
    {"seed", "N", CLI_INT, OPTION(seed), 0, 9007199254740992.0, NULL,
     "Seed of starts and random disturbances, the same for every run; default 1."},
    {"threads", "N", CLI_INT, OPTION(threads), 0, 256, NULL,
     "Worker threads; results do not depend on it. Default 0: as many as there are processors."},
    {"filter", "WHICH", CLI_TEXT, OPTION(filter), 0, 0, "off|on|both",
     "The task policy alone, behind the safety filter, or both (default); runs without the networks of a filter are "
     "played without."},
    {"out", "DIR", CLI_TEXT, OPTION(out), 0, 0, NULL, "Write to DIR/<run>/ instead of eval/ of each run folder."},
    {"set", "ENV.K=V", CLI_LIST, OPTION(set), 0, 0, NULL,
     "Change a number of the environment, env.name=value; may be repeated."},
    {"json", NULL, CLI_FLAG, OPTION(json), 0, 0, NULL,
     "Print one JSON value and nothing else: the rows of the tables, and the verdicts."},
};
static const cli_command command = {
    .name = "eval",
    .words = "RUN...",
    .min_words = 1,
    .max_words = CLI_MAX_WORDS,
    .about =
        "Plays the newest checkpoint of each run folder against no, random, constant (each corner of the range in "
        "turn) and learned adversaries, and prints return, violating episodes (an h < 0, or a failure), the one-sided "
        "95 % Clopper-Pearson "
        "upper bound of the violation probability, and the smallest h seen. Leaves one CSV file for each scenario, "
        "a row per episode, and summary.csv.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

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

/* The evaluation of one run. */
typedef struct evaluation {
  const eval_options *given;
  const run *run, *adversary; /* adversary NULL: the run's own networks */
  char folder[CLI_PATH];      /* where the files go */
  duro_episode *episodes;
  duro_status (*ask)(void); /* DURO_ERROR_STOPPED: the command is to end well */
} evaluation;

static const char *act_name(duro_act act) {
  return act == DURO_ACT_FILTERED ? "filtered" : act == DURO_ACT_TASK ? "pi" : "pi_h";
}

/* safety-filtered-by-<run>-env.push=1.2.csv: what was played, so that nothing else is overwritten. */
static void file_name(char *out, const evaluation *e, int scenario, duro_act act) {
  text name = {0};
  text_add(&name, "%s%s", duro_attack_name(scenarios[scenario].kind), act == DURO_ACT_FILTERED ? "-filtered" : "");
  if (scenarios[scenario].learned && e->adversary) text_add(&name, "-by-%s", e->adversary->name);
  for (int i = 0; i < e->given->set.count; i++) text_add(&name, "-%s", e->given->set.word[i]);
  text_add(&name, ".csv");
  for (char *c = name.bytes; *c; c++)
    if (*c == '/') *c = '_';
  snprintf(out, 200, "%s", cli_text(&name));
  text_release(&name);
}

static duro_status save_episodes(const evaluation *e, const char *file) {
  static const char *const columns[] = {"episode",         "return", "h_min",          "violation_sum",
                                        "violating_steps", "length", "filtered_steps", "end"};
  enum { COLUMNS = sizeof columns / sizeof *columns };
  char path[CLI_PATH];
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
  const char *const words[] = {file, duro_attack_name(scenarios[scenario].kind), act_name(act),
                               !learned       ? ""
                               : e->adversary ? e->adversary->folder
                                              : "own",
                               cli_text(&changes)};
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
  text_release(&changes);
}

/* rows whose files were written anew: `context` lists them */
static bool replaces(const sheet *old, int row, void *context) {
  char key[256];
  snprintf(key, sizeof key, "\n%s\n", sheet_cell(old, row, "file"));
  return strstr(context, key) != NULL;
}

static void print_row(const char *scenario, duro_act act, const duro_eval_summary *s) {
  char name[40], mean[32], violating[48];
  snprintf(name, sizeof name, "%s%s", scenario, act == DURO_ACT_FILTERED ? ", filtered" : "");
  snprintf(mean, sizeof mean, "%.2f +- %.2f", s->return_mean, s->return_std);
  snprintf(violating, sizeof violating, "%lld/%lld", (long long)s->violating, (long long)s->episodes);
  printf("  %-22s %20s %12s %9.3g %% %8.3f", name, mean, violating, 100 * s->violation_bound, s->h_min);
  if (s->cut_off) printf("  %lld cut off", (long long)s->cut_off);
  printf("\n");
  fflush(stdout);
}

static duro_status look(int64_t done, int64_t episodes, void *context) {
  (void)done;
  (void)episodes;
  const evaluation *e = context;
  return e->ask();
}

/* Plays one scenario and adds its row to `rows` and its file to `files`, a list separated by line ends. */
static duro_status play(evaluation *e, int scenario, duro_act act, text *rows, text *files) {
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
  file_name(file, e, scenario, act);
  duro_status status = duro_eval_run(e->episodes, e->run->env, e->run->policy, &attack, &how);
  if (!status) status = save_episodes(e, file);
  if (status) return status;
  duro_eval_summary summary;
  duro_eval_summarize(&summary, e->episodes, e->given->episodes);
  add_summary_row(rows, e, file, scenario, act, &summary);
  text_add(files, "%s\n", file);
  print_row(duro_attack_name(scenarios[scenario].kind), act, &summary);
  return DURO_OK;
}

static void print_heading(const evaluation *e) {
  const duro_policy_info *about = duro_policy_about(e->run->policy);
  char line[2 * CLI_PATH];
  snprintf(line, sizeof line, "%s: %s on %s, step %lld, adversary networks of %s%s%s", e->run->folder, about->algorithm,
           e->run->env->ops->name, (long long)about->step, e->adversary ? e->adversary->folder : "its own",
           about->deployed[0] ? "; deployed: " : "", about->deployed);
  cli_wrap(line, 0, 0);
  printf("  %-22s %20s %12s %11s %8s\n", "scenario", "return mean +- std", "violating", "95 % bound", "worst h");
}

/* Plays every scenario with every way of acting that was asked for and is possible. */
static duro_status play_all(evaluation *e, text *rows, text *files) {
  const duro_policy *owner = e->adversary ? e->adversary->policy : e->run->policy;
  const bool can_filter = duro_policy_can(e->run->policy, DURO_ACT_FILTERED);
  const bool off = !can_filter || strcmp(e->given->filter, "on") != 0;
  const bool on = can_filter && strcmp(e->given->filter, "off") != 0;
  for (int i = 0; i < SCENARIOS; i++) {
    const char *name = duro_attack_name(scenarios[i].kind);
    if (!e->run->env->spec.na && scenarios[i].kind != DURO_ATTACK_NONE) continue;
    if (scenarios[i].learned && !duro_policy_has(owner, scenarios[i].net)) {
      printf("  %-22s no network %s\n", name, duro_policy_net_name(scenarios[i].net));
      continue;
    }
    duro_status status = off ? play(e, i, run_plain_act(e->run->policy), rows, files) : DURO_OK;
    if (!status && on) status = play(e, i, DURO_ACT_FILTERED, rows, files);
    if (status) return status;
  }
  if (!e->run->env->spec.na) printf("  (no disturbance, so there are no other scenarios)\n");
  if (!can_filter && strcmp(e->given->filter, "on") == 0) printf("  (no filter: it needs pi, pi_h, mu_h and Qh)\n");
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
  char path[CLI_PATH];
  duro_lock *lock = NULL;
  if (e->given->out)
    run_path(e->folder, e->given->out, e->run->name);
  else
    run_path(e->folder, e->run->folder, "eval");
  duro_status status = e->given->out ? made_lock(&lock, e->folder) : duro_folder_create(e->folder);
  run_path(path, e->folder, "summary.csv");
  if (!status) status = check_summary(path); // before anything is played
  if (!status) print_heading(e);
  text rows = {0}, files = {0};
  text_add(&files, "\n");
  if (!status) status = play_all(e, &rows, &files);
  if (!status || (status == DURO_ERROR_STOPPED && rows.length)) {
    (void)cli_text(&files);
    const duro_status saved = table_put(path, summary_columns, SUMMARY_COLUMNS, replaces, files.bytes, &rows);
    if (!status || saved) status = saved;
  }
  text_release(&rows);
  text_release(&files);
  duro_lock_release(lock);
  if (status) return status;
  if (!e->given->json) return cli_verdict(e->run->folder, path, e->run->policy);
  return json_out_add(e->given->runs, e->run->folder, e->run->policy, path, path);
}

static duro_status check_adversary(const run *adversary, const run *r) {
  const duro_policy_info *about = duro_policy_about(adversary->policy);
  if (about->no == r->env->spec.no && about->na == r->env->spec.na) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "%s cannot attack %s: it was trained on %s, not on %s", adversary->folder,
                   r->folder, about->environment, r->env->ops->name);
}

static duro_status evaluate_opened(const eval_options *given, const char *folder, const run *adversary) {
  run r;
  duro_status status = run_open(&r, folder, given->set.word, given->set.count, cli_how());
  if (status) return status;
  evaluation *e = cli_allocate(1, sizeof *e);
  *e = (evaluation){.given = given, .run = &r, .adversary = adversary, .ask = stop_if_asked};
  e->episodes = cli_allocate((size_t)given->episodes, sizeof *e->episodes);
  if (adversary) status = check_adversary(adversary, &r);
  if (!status) status = evaluate(e);
  free(e->episodes);
  free(e);
  run_close(&r);
  return status;
}

/* One run; its folder is nobody else's meanwhile, where the files go into it. */
static duro_status evaluate_run(const eval_options *given, const char *folder, const run *adversary) {
  duro_lock *lock = NULL;
  duro_status status = given->out ? DURO_OK : run_lock(&lock, folder);
  if (!status) status = evaluate_opened(given, folder, adversary);
  duro_lock_release(lock);
  return status;
}

static int conclude(duro_status status) {
  if (status != DURO_ERROR_STOPPED) return status ? cli_report(status) : CLI_DONE;
  printf("stopped; the scenarios above are in summary.csv; the same command plays all of them anew\n");
  return CLI_STOPPED;
}

int command_eval(int argc, char **argv) {
  eval_options given = {.filter = "both", .episodes = 200, .seed = 1};
  cli_words words;
  const int parsed = cli_parse(&command, &given, &words, argc, argv);
  if (parsed != CLI_GO_ON) return parsed;
  run adversary;
  duro_status status = given.adversary ? run_open(&adversary, given.adversary, NULL, 0, cli_how()) : DURO_OK;
  if (status) return cli_report(status);
  if (given.json) given.runs = json_out_begin();
  stop_listen(NULL, NULL, NULL);
  for (int i = 0; !status && i < words.count; i++)
    status = evaluate_run(&given, words.word[i], given.adversary ? &adversary : NULL);
  if (given.adversary) run_close(&adversary);
  stop_release();
  const int result = conclude(status);
  return given.json ? json_out_end(given.runs, result) : result;
}

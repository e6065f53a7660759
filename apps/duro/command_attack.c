/* duro attack: trained policies against every attacker there is. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/json_out.h"
#include "cli/opening.h"
#include "cli/progress.h"
#include "cli/rows.h"
#include "cli/stop.h"
#include "cli/verdict_line.h"
#include "study/attack_session.h"

typedef struct attack_given {
  attack_options asked;
  bool quiet, json;
  json_t *runs; /* for --json */
} attack_given;

#define OPTION(field) offsetof(attack_given, asked.field)
static const cli_option options[] = {
    {"attackers", "LIST", CLI_TEXT, OPTION(attackers), 0, 0, NULL,
     "Words divided by commas: none, random, constant, square, safety (mu_h), performance (mu), grid, search, "
     "best-safety, best-performance; all (default): each of them; starts: a search for the start as well; sweep: "
     "constant, square and safety at 0, 0.25, ... 2 "
     "times the bound."},
    {"adversary", "RUN", CLI_TEXT, OPTION(adversary), 0, 0, NULL,
     "Attack with mu_h and mu of this run as well, beside the run's own."},
    {"solution", "DIR", CLI_TEXT, OPTION(solution), 0, 0, NULL,
     "A folder of duro solve: for the attacker grid, for --starts, and for the V_h of every start."},
    ROW_ACCEPT(OPTION(accept)),
    {"starts", "WHERE", CLI_TEXT, OPTION(starts), 0, 0, "eval|inside|outside",
     "Starts of the evaluation (default), or those of training that lie inside the set of --solution with the margin, "
     "or outside of it though not violating yet."},
    {"margin", "X", CLI_TEXT, OPTION(margin), 0, 0, NULL,
     "Inside means V_h >= this many times the scale of h; default 0.05."},
    {"episodes", "N", CLI_INT, OPTION(episodes), 1, 1e7, NULL, "Episodes of each cell; default 1000."},
    {"searches", "N", CLI_INT, OPTION(searches), 1, 1e6, NULL,
     "Searches of the attacker starts, of about 11000 rollouts each; default 8."},
    ROW_SEED(OPTION(seed)),
    {"updates", "N", CLI_INT, OPTION(updates), 1, 1e9, NULL, "Updates of each attacker that is trained; default 4000."},
    {"attacker-seeds", "N", CLI_INT, OPTION(attacker_seeds), 1, 16, NULL,
     "Seeds of each kind of trained attacker; default 2."},
    {"amplitude", "LIST", CLI_TEXT, OPTION(amplitude), 0, 0, NULL,
     "Times the bound of the disturbance; numbers divided by commas; default 1."},
    {"noise", "LIST", CLI_TEXT, OPTION(noise), 0, 0, NULL,
     "Standard deviation of the noise on what the policy observes; numbers divided by commas; default 0."},
    {"set", "ENV.K=V,...", CLI_LIST, OPTION(set), 0, 0, NULL,
     "Change a number of the environment; with several values, divided by commas, each is played. May be repeated: "
     "then every combination."},
    ROW_FILTER(OPTION(filter)),
    ROW_THREADS(OPTION(threads)),
    ROW_QUIET(offsetof(attack_given, quiet)),
    ROW_JSON(offsetof(attack_given, json)),
};
static const cli_command command = {
    .name = "attack",
    .words = "RUN...",
    .min_words = 1,
    .max_words = CLI_MAX_WORDS,
    .about =
        "Plays the policy of each run folder against many attackers, among them best responses: attackers trained "
        "from scratch against the frozen policy, the worst of which counts. Leaves attack/matrix.csv in the run "
        "folder, a row for each attacker and way of acting, a file of episodes for each row, and the trained "
        "attackers. What is there already is not played again, so that an interrupted command goes on where it was.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

/* ---- what is printed ---- */

typedef struct view {
  progress progress;
  double last_print; /* s, duro_clock */
  const attack_given *given;
} view;

/* On a terminal the live line; elsewhere a line every half minute, since every row is printed as it comes. */
static duro_status show(void *context, const attack_session *s, double in_cell) {
  view *v = context;
  enum { LABEL, PHASE, COUNT, TIME, PARTS };
  enum { SIZE = sizeof((progress_part *)0)->text };
  const double now = duro_clock();
  const duro_status status = stop_if_asked();
  if (status || v->progress.quiet || now - v->last_print < (v->progress.terminal ? .1 : 30)) return status;
  v->last_print = now;
  char duration[40];
  progress_duration(duration, sizeof duration, now - s->started);
  if (!v->progress.terminal) {
    cli_print("  %s, %s%s%s: %.0f %%  (%d of %d, %s)\n", s->label, s->phase_name, s->phase_name[0] ? ", " : "",
              s->run->name, 100 * in_cell, s->cell + 1, s->cells, duration);
    fflush(stdout);
    return DURO_OK;
  }
  progress_part parts[PARTS] = {
      [LABEL] = {.weight = 3}, [PHASE] = {.weight = 1}, [COUNT] = {.weight = 2}, [TIME] = {.weight = 0}};
  snprintf(parts[LABEL].text, SIZE, "%.40s", s->label);
  snprintf(parts[PHASE].text, SIZE, "%s %.0f%%", s->phase_name, 100 * in_cell);
  snprintf(parts[COUNT].text, SIZE, "%d/%d", s->cell + 1, s->cells);
  snprintf(parts[TIME].text, SIZE, "%s", duration);
  progress_draw(&v->progress, (s->cell + in_cell) / s->cells, parts, PARTS);
  return DURO_OK;
}

static duro_status print_heading(void *context, const attack_session *s) {
  const view *v = context;
  const duro_policy_info *about = duro_policy_about(s->run->policy);
  text line = {0};
  if (v->progress.quiet) return DURO_OK;
  if (s->solution) cli_print_differences(s->solution, s->run->env);
  text_add(&line, "%s: %s on %s, step %lld, %lld episodes each", s->run->folder, about->algorithm,
           s->run->env->ops->name, (long long)about->step, (long long)s->given->episodes);
  if (s->changes[0]) text_add(&line, ", %s", s->changes);
  if (s->plan->region != DURO_REGION_ANY) text_add(&line, ", starts %s the set", s->given->starts);
  if (s->adversary) text_add(&line, "; other: %s", s->adversary->folder);
  if (about->deployed[0]) text_add(&line, "; deployed: %s", about->deployed);
  cli_wrap(cli_text(&line), 0, 0);
  text_release(&line);
  printf("  %-28s %-8s %11s %9s %8s %9s\n", "attacker", "acting", "violating", "95 % up", "worst h", "return");
  fflush(stdout);
  return DURO_OK;
}

static void print_row(const attack_session *s, const attack_cell *cell, const attack_result *r) {
  char violating[48];
  snprintf(violating, sizeof violating, "%lld/%lld", (long long)r->summary.violating, (long long)r->summary.episodes);
  char bound[32] = "-  ";
  if (!isnan(r->summary.violation_bound)) snprintf(bound, sizeof bound, "%.3g %%", 100 * r->summary.violation_bound);
  cli_print("  %-28.28s %-8s %11s %9s %8.3f %9.2f\n", s->label, attack_act_name(cell->act), violating, bound,
            r->summary.h_min, r->summary.return_mean);
  if (cell->request.who == ATTACKER_STARTS) cli_print("    %s\n", r->note);
  if (r->summary.cut_off)
    printf("    %lld episodes were cut off before the horizon and not kept\n", (long long)r->summary.cut_off);
  const char *weaker = strstr(r->note, "weaker than");
  if (weaker) printf("    %s\n", weaker);
}

static duro_status print_cell(void *context, const attack_session *s, const attack_cell *cell,
                              const attack_result *result, const char *why) {
  const view *v = context;
  if (v->progress.quiet) return stop_if_asked();
  progress_clear(&v->progress);
  if (result)
    print_row(s, cell, result);
  else
    printf("  %-28.28s %s\n", s->label, why);
  fflush(stdout);
  return stop_if_asked();
}

static duro_status conclude_run(void *context, const attack_session *s) {
  const view *v = context;
  char path[CLI_PATH];
  duro_status status = DURO_OK;
  run_path(path, s->folder, "matrix.csv");
  if (v->given->json) status = json_out_add(v->given->runs, s->run->folder, s->run->policy, NULL, path);
  if (!status && !v->progress.quiet) status = cli_verdict(s->run->folder, NULL, s->run->policy);
  return status;
}

static int conclude(const view *v, duro_status status) {
  progress_clear(&v->progress);
  if (status != DURO_ERROR_STOPPED) return status ? cli_report(status) : CLI_DONE;
  if (!v->progress.quiet) printf("stopped; the same command goes on\n");
  return CLI_STOPPED;
}

static int attack_all(const attack_given *given, const attack_plan *plan, const cli_words *runs) {
  run adversary;
  const char *other = given->asked.adversary;
  duro_status status = other ? run_open(&adversary, other, NULL, 0, cli_how()) : DURO_OK;
  if (status) return cli_report(status);
  view v = {.last_print = duro_clock(), .given = given};
  const attack_watcher watcher = {
      .context = &v, .begin = print_heading, .progress = show, .row = print_cell, .end = conclude_run};
  const attack_session all = {.given = &given->asked,
                              .plan = plan,
                              .adversary = other ? &adversary : NULL,
                              .watcher = &watcher,
                              .how = cli_how()};
  progress_start(&v.progress, given->quiet);
  stop_listen(&v.progress, NULL, NULL);
  for (int i = 0; !status && i < runs->count; i++) status = attack_run(&all, runs->word[i]);
  stop_release();
  const int result = conclude(&v, status);
  if (other) run_close(&adversary);
  return result;
}

int command_attack(int argc, char **argv) {
  attack_given given = {.asked = attack_options_default()};
  cli_words words;
  const int parsed = cli_parse(&command, &given, &words, argc, argv);
  if (parsed != CLI_GO_ON) return parsed;
  attack_plan *plan = cli_allocate(1, sizeof *plan);
  const duro_status status = attack_plan_make(plan, &given.asked);
  given.quiet |= given.json;
  if (given.json) given.runs = json_out_begin();
  int result = status ? cli_report(status) : attack_all(&given, plan, &words);
  if (given.json) result = json_out_end(given.runs, result);
  free(plan);
  return result;
}

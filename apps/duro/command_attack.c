/* duro attack: trained policies against every attacker there is. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/opening.h"
#include "cli/rows.h"
#include "cli/stop.h"
#include "show/attack_print.h"
#include "show/json_out.h"
#include "show/verdict_line.h"

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
    {"starts", "WHERE", CLI_TEXT, OPTION(starts), 0, 0, "eval|inside|outside|claimed",
     "Starts of the evaluation (default), or those of training that lie inside the set of --solution with the margin, "
     "or outside of it though not violating yet; claimed: inside the set that the policy itself claims to hold, "
     "Q_h >= margin, which needs no solution."},
    {"margin", "X", CLI_TEXT, OPTION(margin), 0, 0, NULL,
     "Inside means V_h (claimed: min(h, Q_h)) >= this many times the scale of h; default 0.05."},
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
    ROW_REMEDY(OPTION(remedy)),
    ROW_FILTER_MARGIN(OPTION(filter_margin)),
    ROW_HYSTERESIS(OPTION(hysteresis)),
    ROW_ENVIRONMENT(offsetof(attack_given, environment)),
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

static duro_status conclude_run(void *context, const attack_session *s) {
  const attack_view *v = context;
  char path[CLI_PATH];
  duro_status status = DURO_OK;
  run_path(path, s->folder, "matrix.csv");
  if (v->given->json) status = json_out_add(v->given->runs, s->run->folder, s->run->policy, NULL, path);
  if (!status && !v->progress.quiet) status = cli_verdict(s->run->folder, NULL, s->run->policy);
  return status;
}

static int conclude(const attack_view *v, duro_status status) {
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
  attack_view v = {.last_print = duro_clock(), .given = given};
  const attack_watcher watcher = {.context = &v,
                                  .begin = attack_print_heading,
                                  .progress = attack_print_progress,
                                  .row = attack_print_cell,
                                  .end = conclude_run};
  const attack_session all = {.given = &given->asked,
                              .plan = plan,
                              .adversary = other ? &adversary : NULL,
                              .watcher = &watcher,
                              .how = cli_how_with(given->environment)};
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

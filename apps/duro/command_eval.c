/* duro eval: trained policies against adversaries. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/opening.h"
#include "cli/rows.h"
#include "cli/stop.h"
#include "show/json_out.h"
#include "show/verdict_line.h"
#include "study/evaluation.h"

typedef struct eval_given {
  evaluation_options asked;
  bool json;
  int width;               /* of the first column */
  const char *environment; /* of controllers */
  json_t *runs;            /* for --json */
} eval_given;

#define OPTION(field) offsetof(eval_given, asked.field)
static const cli_option options[] = {
    {"adversary", "RUN", CLI_TEXT, OPTION(adversary), 0, 0, NULL,
     "Take the adversary networks mu and mu_h of this run; default: the evaluated run's own."},
    {"episodes", "N", CLI_INT, OPTION(episodes), 1, 1e7, NULL, "Episodes of each scenario; default 200."},
    ROW_SEED(OPTION(seed)),
    ROW_THREADS(OPTION(threads)),
    ROW_FILTER(OPTION(filter)),
    ROW_REMEDY(OPTION(remedy)),
    ROW_FILTER_MARGIN(OPTION(filter_margin)),
    ROW_HYSTERESIS(OPTION(hysteresis)),
    ROW_ENVIRONMENT(offsetof(eval_given, environment)),
    {"out", "DIR", CLI_TEXT, OPTION(out), 0, 0, NULL, "Write to DIR/<run>/ instead of eval/ of each run folder."},
    ROW_SET_ENV(OPTION(set)),
    ROW_JSON(offsetof(eval_given, json)),
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

static duro_status ask(void *context) {
  (void)context;
  return stop_if_asked();
}

static void print_heading(void *context, const evaluation *e) {
  const duro_policy_info *about = duro_policy_about(e->run->policy);
  char line[2 * CLI_PATH];
  snprintf(line, sizeof line, "%s: %s on %s, step %lld, adversary networks of %s%s%s", e->run->folder, about->algorithm,
           e->run->env->ops->name, (long long)about->step, e->adversary ? e->adversary->folder : "its own",
           about->deployed[0] ? "; deployed: " : "", about->deployed);
  cli_wrap(line, 0, 0);
  eval_given *given = context;
  given->width = 22;
  if (e->filter) {
    text notes = {0};
    behind_note(&notes, e->filter, e->run->env);
    if (notes.length) cli_print("%s", cli_text(&notes));
    text_release(&notes);
    given->width = 13 + (int)strlen(e->filter->acting); // "performance, " before it
  }
  printf("  %-*s %20s %12s %11s %8s\n", given->width, "scenario", "return mean +- std", "violating", "95 % bound",
         "worst h");
}

static void print_row(void *context, duro_attack_kind scenario, const char *filter, const duro_eval_summary *s) {
  const eval_given *given = context;
  char name[DURO_TEXT_SIZE + 128], mean[32], violating[48];
  snprintf(name, sizeof name, "%s%s%s", duro_attack_name(scenario), filter[0] ? ", " : "", filter);
  snprintf(mean, sizeof mean, "%.2f +- %.2f", s->return_mean, s->return_std);
  snprintf(violating, sizeof violating, "%lld/%lld", (long long)s->violating, (long long)s->episodes);
  cli_print("  %-*s %20s %12s %9.3g %% %8.3f", given->width, name, mean, violating, 100 * s->violation_bound, s->h_min);
  if (s->cut_off) printf("  %lld cut off", (long long)s->cut_off);
  printf("\n");
  fflush(stdout);
}

static void print_absent(void *context, duro_attack_kind scenario, duro_policy_net net) {
  (void)context;
  printf("  %-22s no network %s\n", duro_attack_name(scenario), duro_policy_net_name(net));
}

/* for how much of a certified set the filter is not needed */
static void print_share(const certified_share *s) {
  if (!s->states) return;
  const double all = (double)s->states, found = (double)(s->nearest + s->fallback);
  printf("  certified set: at %.1f %% of %lld states the own control is proved to stay,\n"
         "  at %.1f %% more one that the filter finds, at %.1f %% none\n",
         100 * (double)s->own / all, (long long)s->states, 100 * found / all, 100 * (double)s->none / all);
}

static void print_end(void *context, const evaluation *e) {
  (void)context;
  const bool can_filter = e->filter || duro_policy_can(e->run->policy, DURO_ACT_FILTERED);
  print_share(&e->share);
  if (!e->run->env->spec.na) printf("  (no disturbance, so there are no other scenarios)\n");
  if (!can_filter && strcmp(e->given->filter, "on") == 0) printf("  (no filter: it needs pi, pi_h, mu_h and Qh)\n");
}

static duro_status conclude_run(void *context, const evaluation *e, const char *summary) {
  const eval_given *given = context;
  if (!given->json) return cli_verdict(e->run->folder, summary, e->run->policy);
  return json_out_add(given->runs, e->run->folder, e->run->policy, summary, summary);
}

static int conclude(duro_status status) {
  if (status != DURO_ERROR_STOPPED) return status ? cli_report(status) : CLI_DONE;
  printf("stopped; the scenarios above are in summary.csv; the same command plays all of them anew\n");
  return CLI_STOPPED;
}

int command_eval(int argc, char **argv) {
  eval_given given = {.asked = evaluation_options_default()};
  const evaluation_watcher watcher = {.context = &given,
                                      .ask = ask,
                                      .begin = print_heading,
                                      .row = print_row,
                                      .absent = print_absent,
                                      .end = print_end,
                                      .saved = conclude_run};
  cli_words words;
  const int parsed = cli_parse(&command, &given, &words, argc, argv);
  if (parsed != CLI_GO_ON) return parsed;
  run adversary;
  const char *other = given.asked.adversary;
  duro_status status = other ? run_open(&adversary, other, NULL, 0, cli_how()) : DURO_OK;
  if (status) return cli_report(status);
  if (given.json) given.runs = json_out_begin();
  stop_listen(NULL, NULL, NULL);
  for (int i = 0; !status && i < words.count; i++)
    status = evaluation_run(&given.asked, words.word[i], other ? &adversary : NULL, &watcher,
                            cli_how_with(given.environment));
  if (other) run_close(&adversary);
  stop_release();
  const int result = conclude(status);
  return given.json ? json_out_end(given.runs, result) : result;
}

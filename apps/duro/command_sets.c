/* duro sets: learned robust sets against exact ones. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/opening.h"
#include "cli/rows.h"
#include "cli/stop.h"
#include "show/json_out.h"
#include "show/report.h"
#include "study/sets.h"

typedef struct sets_given {
  sets_options asked;
  bool json;
  json_t *runs; /* for --json */
} sets_given;

#define OPTION(field) offsetof(sets_given, asked.field)
static const cli_option options[] = {
    {"solution", "DIR", CLI_TEXT, OPTION(solution), 0, 0, NULL,
     "Hold the set against this solution of duro solve; default: the closed form of the environment, where it has "
     "one."},
    ROW_ACCEPT(OPTION(accept)),
    {"points", "N", CLI_INT, OPTION(points), 3, 1e9, NULL,
     "States along each axis of the region, or drawn in all where there are more than four; default: about 200,000 in "
     "all, 201 along each of two."},
    {"starts", "N", CLI_INT, OPTION(starts), 1, 1e9, NULL,
     "Most states of the true set from which the deployed pi_h is rolled out, a tenth of it for earlier ones; default "
     "20000."},
    ROW_THREADS(OPTION(threads)),
    {"force", NULL, CLI_FLAG, OPTION(force), 0, 0, NULL, "Measure policies again that sets/summary.csv knows already."},
    ROW_JSON(offsetof(sets_given, json)),
};
static const cli_command command = {
    .name = "sets",
    .words = "RUN...",
    .min_words = 1,
    .max_words = CLI_MAX_WORDS,
    .about =
        "Holds the set that a run has learned, Q_h(x, pi_h(x), mu_h(x)) >= 0, against the true robust invariant set: "
        "overlap (intersection over union), states falsely claimed safe and falsely given up, in shares of the states "
        "of the region, and the share of the true set that pi_h keeps against the worst disturbance, mu_h, random and "
        "constant ones. Measures the policies kept during training and, last, the deployed one, and leaves summary.csv "
        "and pictures in RUN/sets.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

static void print_row(const sets_row *r) {
  printf("  %10" PRId64 " %8.4f %10.3f %% %12.3f %% %8.4f %8.4f %8.4f\n", r->step, r->iou, 100 * r->false_safe,
         100 * r->false_unsafe, r->learned, r->exact, r->kept);
  fflush(stdout);
}

static void print_heading(const sets_work *w) {
  const duro_policy_info *about = duro_policy_about(w->run.policy);
  char line[2 * CLI_PATH];
  snprintf(line, sizeof line, "%s: %s on %s against %s%s, %s states", w->run.folder, about->algorithm,
           w->run.env->ops->name, w->solved.grid ? "the solution " : "its exact set",
           w->solved.grid ? w->solved.folder : "", w->grid);
  cli_wrap(line, 0, 0);
  // where the numbers of the game differ the comparison may mean nothing, so it is said
  if (w->solved.grid) cli_print_differences(&w->solved, w->run.env);
  printf("  %10s %8s %12s %14s %8s %8s %8s\n", "step", "IoU", "false safe", "false unsafe", "learned", "exact", "kept");
  fflush(stdout);
}

static duro_status begin(void *context, const sets_work *w) {
  (void)context;
  print_heading(w);
  return DURO_OK;
}

static duro_status row(void *context, const sets_work *w, const sets_row *r) {
  (void)context, (void)w;
  print_row(r);
  return DURO_OK;
}

static duro_status ask(void *context) {
  (void)context;
  return stop_if_asked();
}

static duro_status add_json(const sets_given *given, const sets_work *w) {
  char path[CLI_PATH];
  run_path(path, w->folder, "summary.csv");
  return json_out_add(given->runs, w->run.folder, w->run.policy, NULL, path);
}

static duro_status compare(const char *folder, const sets_given *given) {
  const sets_watcher watcher = {.begin = begin, .row = row, .ask = ask};
  bool drawn = true;
  sets_work *w = cli_allocate(1, sizeof *w);
  duro_status status = sets_compare(w, folder, &given->asked, &watcher, cli_how());
  if (!status) status = sets_figures(&drawn, w);
  if (!status && !drawn) cli_print("  %s: no pictures; their scripts are in %s\n", figure_no_gnuplot, w->folder);
  if (!status && given->json) status = add_json(given, w);
  sets_close(w);
  free(w);
  return status;
}

static int conclude(duro_status status) {
  if (status != DURO_ERROR_STOPPED) return status ? cli_report(status) : CLI_DONE;
  printf("stopped; the same command goes on\n");
  return CLI_STOPPED;
}

int command_sets(int argc, char **argv) {
  sets_given given = {.asked = sets_options_default()};
  cli_words words;
  const int parsed = cli_parse(&command, &given, &words, argc, argv);
  if (parsed != CLI_GO_ON) return parsed;
  duro_status status = DURO_OK;
  if (given.json) given.runs = json_out_begin();
  stop_listen(NULL, NULL, NULL);
  for (int i = 0; i < words.count && !status; i++) status = compare(words.word[i], &given);
  stop_release();
  const int result = conclude(status);
  return given.json ? json_out_end(given.runs, result) : result;
}

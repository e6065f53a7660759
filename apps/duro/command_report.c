/* duro report: run folders into a page with pictures. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/opening.h"
#include "cli/rows.h"
#include "cli/stop.h"
#include "run/made.h"
#include "show/picture.h"
#include "show/report.h"

typedef struct report_options {
  const char *out;
  int64_t threads;
  bool one_file;
} report_options;

static const cli_option options[] = {
    {"out", "DIR", CLI_TEXT, offsetof(report_options, out), 0, 0, NULL,
     "Folder of report.html and figures/; default: the run folder, where one RUN is given."},
    {"threads", "N", CLI_INT, offsetof(report_options, threads), 0, 256, NULL,
     "Worker threads of the rollouts; results do not depend on it. Default 0: as many as there are processors."},
    ROW_ONE_FILE(offsetof(report_options, one_file), "report.html"),
};
static const cli_command command = {
    .name = "report",
    .words = "RUN...",
    .min_words = 1,
    .max_words = CLI_MAX_WORDS,
    .about =
        "Makes report.html from run folders: the evaluation that duro eval left, learning curves, the learned safe "
        "set with starts played under attack, and an attacked episode of each run. gnuplot draws the pictures; "
        "its scripts and data stay in figures/.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

/* Reads what the run folder holds; what is broken is an error, what is not there is left out. */
static duro_status read_files(report_run *r) {
  char path[CLI_PATH];
  bool there;
  run_path(path, r->run.folder, "eval/during.csv");
  duro_status status = sheet_read_if_there(&r->during, &there, path);
  if (status) return status;
  run_path(path, r->run.folder, "eval/summary.csv");
  status = sheet_read_if_there(&r->summary, &there, path);
  if (status) return status;
  run_path(path, r->run.folder, "train.csv");
  status = table_read_if_there(&r->train, &r->has_train, path);
  r->has_during = r->during.rows > 0;
  r->has_summary = r->summary.rows > 0;
  return status;
}

static void close_run(report_run *r) {
  sheet_release(&r->during);
  sheet_release(&r->summary);
  duro_table_release(&r->train);
  run_close(&r->run);
}

static duro_status open_runs(report *r, const cli_words *words) {
  for (int i = 0; i < words->count; i++) {
    duro_status status = run_open(&r->runs[i].run, words->word[i], NULL, 0, cli_how());
    if (status) return status;
    r->count++;
    status = read_files(&r->runs[i]);
    if (status) return status;
  }
  for (int i = 0; i < r->count; i++) { // two runs of one name are told apart by their paths
    bool twice = false;
    for (int j = 0; j < r->count; j++) twice = twice || (i != j && !strcmp(r->runs[i].run.name, r->runs[j].run.name));
    r->runs[i].label = twice ? r->runs[i].run.folder : r->runs[i].run.name;
  }
  return DURO_OK;
}

static duro_status choose_folder(report *r, const report_options *given, const cli_words *words) {
  if (!given->out && words->count > 1)
    return duro_fail(DURO_ERROR_ARGUMENT, "%d runs are given; wanted --out DIR for their common page", words->count);
  snprintf(r->folder, sizeof r->folder, "%s", given->out ? given->out : words->word[0]);
  run_path(r->figures, r->folder, "figures");
  return DURO_OK;
}

static duro_status make_parts(report *r) {
  duro_status status = made_check_page(r->folder);
  if (!status) status = duro_folder_create(r->figures);
  if (!status) status = report_training(r);
  for (int i = 0; !status && i < r->count; i++)
    if (!(status = r->ask())) status = report_safe_set(r, i);
  for (int i = 0; !status && i < r->count; i++)
    if (!(status = r->ask())) status = report_trace(r, i);
  for (int i = 0; !status && i < r->count; i++) status = report_amplitude(r, i);
  if (!status) status = report_metrics(r);
  return status ? status : report_page(r);
}

static duro_status make(report *r, const cli_words *words, bool into_run) {
  duro_lock *lock = NULL;
  duro_status status = into_run ? run_lock(&lock, r->folder) : DURO_OK;
  if (!status) status = open_runs(r, words);
  if (!status && !into_run) status = made_lock(&lock, r->folder);
  if (!status) status = make_parts(r);
  duro_lock_release(lock);
  return status;
}

static int conclude(const report *r, duro_status status) {
  if (status == DURO_ERROR_STOPPED) {
    printf("stopped; no page was made\n");
    return CLI_STOPPED;
  }
  if (status) return cli_report(status);
  cli_print("%s/report.html\n", r->folder);
  if (!figure_gnuplot())
    return cli_fail(CLI_FAILED, "%s, so no pictures were drawn; their scripts and data are in %s", figure_no_gnuplot,
                    r->figures);
  if (!picture_can()) cli_print("no films: %s; their scripts and data are in %s\n", film_lacks(), r->figures);
  return CLI_DONE;
}

int command_report(int argc, char **argv) {
  report_options given = {0};
  cli_words words;
  const int parsed = cli_parse(&command, &given, &words, argc, argv);
  if (parsed != CLI_GO_ON) return parsed;
  text line = {0};
  cli_quote(&line, argc, argv);
  report *r = cli_allocate(1, sizeof *r);
  r->runs = cli_allocate((size_t)words.count, sizeof *r->runs);
  r->command = cli_text(&line);
  r->threads = given.threads;
  r->one_file = given.one_file;
  r->ask = stop_if_asked;
  stop_listen(NULL, NULL, NULL);
  const duro_status status = choose_folder(r, &given, &words);
  const int ended = conclude(r, status ? status : make(r, &words, !given.out));
  stop_release();
  for (int i = 0; i < r->count; i++) close_run(&r->runs[i]);
  for (int i = 0; i < r->n_figures; i++) text_release(&r->figure[i].caption);
  free(r->runs);
  free(r);
  text_release(&line);
  return ended;
}

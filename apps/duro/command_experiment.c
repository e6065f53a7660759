/* duro experiment: a file with environments, algorithms, seeds and attackers into a page with results. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/opening.h"
#include "cli/rows.h"
#include "duro/io.h"
#include "io/path.h"
#include "run/made.h"
#include "show/experiment_page.h"
#include "show/jobs_line.h"

typedef struct experiment_options {
  const char *out, *only;
  int64_t jobs;
  bool dry_run, page, quiet;
} experiment_options;

#define OPTION(field) offsetof(experiment_options, field)
static const cli_option options[] = {
    {"out", "DIR", CLI_TEXT, OPTION(out), 0, 0, NULL, "Folder of the results; default experiments/<name of the file>."},
    {"jobs", "N", CLI_INT, OPTION(jobs), 1, 256, NULL,
     "Jobs side by side, one thread each; default: as many as there are processors."},
    {"only", "GROUP", CLI_TEXT, OPTION(only), 0, 0, NULL, "Run this group alone."},
    {"dry-run", NULL, CLI_FLAG, OPTION(dry_run), 0, 0, NULL, "List the jobs and which of them are done; run nothing."},
    {"page", NULL, CLI_FLAG, OPTION(page), 0, 0, NULL, "Only make the page again from what is there."},
    ROW_QUIET(OPTION(quiet)),
};
static const cli_command command = {
    .name = "experiment",
    .words = "FILE",
    .min_words = 1,
    .max_words = 1,
    .about =
        "Runs the experiment of a YAML file, groups of algorithms x seeds x attackers: solves, trains, attacks and "
        "compares the learned sets, several jobs at a time, and makes report.html with curves, attack matrix, "
        "statistics and tables. Ctrl-C stops; the same command goes on, also after a kill, and does again only "
        "what has changed.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

/* configs/experiments/ris-figure-2.yaml -> experiments/ris-figure-2 */
static void choose_folder(char *out, const experiment_options *given, const char *path) {
  char name[CLI_PATH];
  path_name(name, sizeof name, path);
  char *dot = strrchr(name, '.');
  if (dot && dot != name) *dot = 0;
  if (given->out)
    snprintf(out, CLI_PATH, "%s", given->out);
  else
    run_path(out, "experiments", name);
  size_t length = strlen(out);
  while (length > 1 && out[length - 1] == '/') out[--length] = 0;
}

static int list_jobs(const experiment_plan *plan) {
  int done = 0;
  for (int i = 0; i < plan->list.count; i++) {
    const job *j = &plan->list.jobs[i];
    done += j->state == JOB_DONE;
    text line = {0};
    cli_quote(&line, j->n_words, j->words);
    cli_print("%-6s%s\n        %s\n", j->state == JOB_DONE ? "done" : "to do", j->name, cli_text(&line));
    text_release(&line);
  }
  printf("%d of %d jobs are done\n", done, plan->list.count);
  return CLI_DONE;
}

/* The file as it was run stays with the results. */
static duro_status keep_file(const char *path, const char *folder) {
  char *bytes, copy[CLI_PATH];
  size_t size;
  duro_status status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  run_path(copy, folder, "experiment.yaml");
  status = duro_file_write(copy, bytes, size);
  duro_file_release(bytes);
  return status;
}

/* The page is of all groups, also where one alone was run. */
static int make_page(const experiment *e, const experiment_options *given, const char *folder, const char *line) {
  experiment_plan plan;
  duro_status status = experiment_plan_make(&plan, e, folder, NULL, cli_how());
  if (status) { // the other groups lack files that they read
    experiment_plan_release(&plan);
    status = experiment_plan_make(&plan, e, folder, given->only, cli_how());
  }
  if (!status) status = experiment_page(e, &plan, folder, line);
  experiment_plan_release(&plan);
  if (status) return cli_report(status);
  if (!given->quiet) cli_print("%s/report.html\n", folder);
  if (figure_gnuplot()) return CLI_DONE;
  return cli_fail(CLI_FAILED, "%s, so no pictures were drawn; their scripts and data are in %s/figures",
                  figure_no_gnuplot, folder);
}

/* A page is made of what there is even where jobs failed. */
static int run_in_folder(const experiment *e, experiment_plan *plan, const experiment_options *given,
                         const char *folder, const char *line) {
  duro_status status = made_check_page(folder);
  if (!status) status = keep_file(e->path, folder);
  if (status) return cli_report(status);
  int ended = CLI_DONE;
  if (!given->page) ended = cli_run_jobs(&plan->list, (int)given->jobs, line, given->quiet);
  if (ended == CLI_STOPPED) return ended;
  const int made = make_page(e, given, folder, line);
  return ended ? ended : made;
}

/* Two commands in one folder would spoil each other's files. */
static int run_jobs(const experiment *e, experiment_plan *plan, const experiment_options *given, const char *folder,
                    const char *line) {
  duro_lock *lock;
  const duro_status status = made_lock(&lock, folder);
  if (status) return cli_report(status);
  const int ended = run_in_folder(e, plan, given, folder, line);
  duro_lock_release(lock);
  return ended;
}

static int run_experiment(const experiment *e, const experiment_options *given, const char *line) {
  char folder[CLI_PATH];
  experiment_plan plan;
  choose_folder(folder, given, e->path);
  duro_status status = experiment_check(e, given->only, cli_how());
  if (status) return cli_report(status);
  status = experiment_plan_make(&plan, e, folder, given->only, cli_how());
  const int ended = status           ? cli_report(status)
                    : given->dry_run ? list_jobs(&plan)
                                     : run_jobs(e, &plan, given, folder, line);
  experiment_plan_release(&plan);
  return ended;
}

int command_experiment(int argc, char **argv) {
  experiment_options given = {.jobs = duro_threads(0)};
  cli_words words;
  experiment e;
  const int parsed = cli_parse(&command, &given, &words, argc, argv);
  if (parsed != CLI_GO_ON) return parsed;
  const duro_status status = experiment_read(&e, words.word[0]);
  if (status) return cli_report(status);
  text line = {0};
  cli_quote(&line, argc, argv);
  const int ended = run_experiment(&e, &given, cli_text(&line));
  text_release(&line);
  experiment_release(&e);
  return ended;
}

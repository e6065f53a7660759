/* Experiments on this machine: the list of jobs, running them, and the page. */
#include <stdio.h>

#include "cli/opening.h"
#include "duro/io.h"
#include "experiment_launch.h"
#include "io/text.h"
#include "run/made.h"
#include "show/experiment_page.h"
#include "show/jobs_line.h"

int launch_list(const experiment_launch *launch) {
  const experiment_plan *plan = launch->plan;
  int done = 0;
  for (int i = 0; i < plan->list.count; i++) {
    job *j = &plan->list.jobs[i];
    const bool failed = j->state != JOB_DONE && job_look(j) == JOB_FAILED;
    done += j->state == JOB_DONE;
    text line = {0};
    cli_quote(&line, j->n_words, j->words);
    cli_print("%-7s%s\n        %s\n",
              j->state == JOB_DONE ? "done"
              : failed             ? "failed"
                                   : "to do",
              j->name, cli_text(&line));
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
static int make_page(const experiment_launch *l) {
  experiment_plan plan;
  duro_status status = experiment_plan_make(&plan, l->e, l->folder, NULL, cli_how());
  if (status) { // the other groups lack files that they read
    experiment_plan_release(&plan);
    status = experiment_plan_make(&plan, l->e, l->folder, l->only, cli_how());
  }
  if (!status) status = experiment_page(l->e, &plan, l->folder, l->line);
  experiment_plan_release(&plan);
  if (status) return cli_report(status);
  if (!l->quiet) cli_print("%s/report.html\n", l->folder);
  if (figure_gnuplot()) return CLI_DONE;
  return cli_fail(CLI_FAILED, "%s, so no pictures were drawn; their scripts and data are in %s/figures",
                  figure_no_gnuplot, l->folder);
}

/* Where all is done, nobody wants the claims of workers any more. */
static void clear_claims(const experiment_plan *plan) {
  if (jobs_count(&plan->list, JOB_DONE) == plan->list.count) (void)jobs_claim_none(&plan->list);
}

/* Who makes the page leads in the folder: it may be made while jobs run. */
static int make_page_alone(const experiment_launch *launch) {
  duro_lock *lock;
  const duro_status status = duro_lock_take(&lock, launch->folder, DURO_LOCK_LEAD);
  if (status) return cli_report(status);
  const int made = make_page(launch);
  duro_lock_release(lock);
  return made;
}

duro_status launch_prepare(const experiment_launch *launch) {
  duro_status status = duro_folder_create(launch->folder);
  if (!status) status = made_check_page(launch->folder);
  return status ? status : keep_file(launch->e->path, launch->folder);
}

int launch_side_by_side(const experiment_launch *launch) {
  return launch->jobs ? (int)launch->jobs : duro_threads(0);
}

/* A page is made of what there is even where jobs failed. */
static int run_in_folder(const experiment_launch *launch) {
  job_list *list = &launch->plan->list;
  duro_status status = launch_prepare(launch);
  if (!status) status = jobs_claim_none(list);
  if (status) return cli_report(status);
  const int ended = cli_run_jobs(list, launch_side_by_side(launch), NULL, launch->line, launch->quiet);
  if (ended == CLI_STOPPED) return ended;
  const int made = make_page_alone(launch);
  return ended ? ended : made;
}

/* Two commands in one folder would spoil each other's files. */
int launch_local(const experiment_launch *launch) {
  duro_lock *lock;
  const duro_status status = made_lock(&lock, launch->folder);
  if (status) return cli_report(status);
  const int ended = run_in_folder(launch);
  duro_lock_release(lock);
  return ended;
}

int launch_page(const experiment_launch *launch) {
  const duro_status status = launch_prepare(launch);
  if (status) return cli_report(status);
  clear_claims(launch->plan);
  return make_page_alone(launch);
}

/* The ways to run an experiment, and its page. */
#include "experiment_run.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/opening.h"
#include "duro/io.h"
#include "io/escape.h"
#include "run/made.h"
#include "show/experiment_page.h"
#include "show/jobs_line.h"
#include "worker_word.h"

int launch_list(const experiment_way *way) {
  const job_list *list = &way->at.plan->list;
  for (int i = 0; i < list->count; i++) {
    job *j = &list->jobs[i];
    const bool failed = j->state != JOB_DONE && job_look(j) == JOB_FAILED;
    text line = {0};
    cli_quote(&line, j->n_words, j->words);
    cli_print("%-7s%s\n        %s\n",
              j->state == JOB_DONE ? "done"
              : failed             ? "failed"
                                   : "to do",
              j->name, cli_text(&line));
    text_release(&line);
  }
  printf("%d of %d jobs are done\n", jobs_count(list, JOB_DONE), list->count);
  return CLI_DONE;
}

/* ---- the page ---- */

/* The page is of all groups, also where one alone was run. */
static int make_page(const experiment_way *way) {
  const experiment_launch *l = &way->at;
  experiment_plan plan;
  duro_status status = experiment_plan_make(&plan, l->e, l->folder, NULL, cli_how());
  if (status) { // the other groups lack files that they read
    experiment_plan_release(&plan);
    status = experiment_plan_make(&plan, l->e, l->folder, l->only, cli_how());
  }
  if (!status) status = experiment_page(l->e, &plan, l->folder, way->line, way->one_file);
  experiment_plan_release(&plan);
  if (status) return cli_report(status);
  if (!way->quiet) cli_print("%s/report.html\n", l->folder);
  if (figure_gnuplot()) return CLI_DONE;
  return cli_fail(CLI_FAILED, "%s, so no pictures were drawn; their scripts and data are in %s/figures",
                  figure_no_gnuplot, l->folder);
}

/* Who makes the page leads in the folder: it may be made while jobs run. */
static int make_page_alone(const experiment_way *way) {
  duro_lock *lock;
  const duro_status status = duro_lock_take(&lock, way->at.folder, DURO_LOCK_LEAD);
  if (status) return cli_report(status);
  const int made = make_page(way);
  duro_lock_release(lock);
  return made;
}

int launch_page(const experiment_way *way) {
  const job_list *list = &way->at.plan->list;
  const duro_status status = experiment_prepare(way->at.e, way->at.folder);
  if (status) return cli_report(status);
  if (jobs_count(list, JOB_DONE) == list->count) (void)jobs_claim_none(list); // nobody wants claims any more
  return make_page_alone(way);
}

/* ---- on this machine ---- */

static int side_by_side(const experiment_way *way) {
  return way->jobs ? (int)way->jobs : duro_threads(0);
}

/* A page is made of what there is even where jobs failed. */
static int run_in_folder(const experiment_way *way) {
  job_list *list = &way->at.plan->list;
  duro_status status = experiment_prepare(way->at.e, way->at.folder);
  if (!status) status = jobs_claim_none(list);
  if (status) return cli_report(status);
  const int ended = cli_run_jobs(list, side_by_side(way), NULL, way->line, way->quiet);
  if (ended == CLI_STOPPED) return ended;
  const int made = make_page_alone(way);
  return ended ? ended : made;
}

/* Two commands in one folder would spoil each other's files. */
int launch_local(const experiment_way *way) {
  duro_lock *lock;
  const duro_status status = made_lock(&lock, way->at.folder);
  if (status) return cli_report(status);
  const int ended = run_in_folder(way);
  duro_lock_release(lock);
  return ended;
}

/* ---- with others ---- */

static jobs_share share_of(const experiment_way *way) {
  return (jobs_share){.number = 1, .count = 1, .patience = (double)way->at.patience, .only = -1};
}

static int run_share(const experiment_way *way, jobs_share *share, int parallel) {
  job_list *list = &way->at.plan->list;
  share->last = list->count - 1; // the page, which joining has added
  return cli_run_jobs(list, parallel, share, way->line, way->quiet);
}

int launch_worker(const experiment_way *way) {
  jobs_share share = share_of(way);
  const int read = read_worker(&share, way->worker);
  if (read != CLI_GO_ON) return read;
  const duro_status status = experiment_join(&way->at);
  return status ? cli_report(status) : run_share(way, &share, side_by_side(way));
}

int launch_job(const experiment_way *way) {
  const duro_status status = experiment_join(&way->at);
  if (status) return cli_report(status);
  jobs_share share = share_of(way);
  share.only = experiment_find_job(&way->at.plan->list, way->job);
  if (share.only >= 0) return run_share(way, &share, 1);
  return cli_fail(CLI_USAGE, "%s has no job '%s'; --launcher print names them", way->at.e->path, way->job);
}

int launch_print(const experiment_way *way) {
  text rules = {0};
  const duro_status status = experiment_rules(&rules, &way->at);
  text shown = {0};
  if (!status) text_add_lines(&shown, cli_text(&rules)), printf("%s", cli_text(&shown));
  text_release(&shown);
  text_release(&rules);
  return status ? cli_report(status) : CLI_DONE;
}

static void print_array(void *context, const char *id, const char *stage, int count, const char *limit) {
  (void)context;
  cli_print("%-10s%-8s%d jobs%s%s\n", id, stage, count, limit ? ", " : "", limit ? limit : "");
}

int launch_slurm(const experiment_way *way) {
  const experiment_slurm how = {
      .time = way->time, .given = way->slurm, .side_by_side = way->jobs, .submitted = print_array};
  int jobs;
  const duro_status status = experiment_submit(&jobs, &way->at, &how);
  if (status) return cli_report(status);
  if (!way->quiet) cli_print("%d jobs and the page are submitted; --dry-run says how they stand\n", jobs);
  return CLI_DONE;
}

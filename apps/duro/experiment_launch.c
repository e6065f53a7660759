/* Workers over a shared folder, single jobs, and the commands of all jobs. */
#include "experiment_launch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "io/escape.h"
#include "io/path.h"
#include "io/text.h"
#include "run/made.h"
#include "show/jobs_line.h"

void launch_name(char *out, size_t size, const job *j) {
  path_name(out, size, j->marker);
  char *end = strrchr(out, '.');
  if (end) *end = '\0';
}

/* Each worker takes the lock of the folder for a moment; a command that works there alone keeps it. */
static duro_status take_lock(duro_lock **lock, const char *folder) {
  enum { TRIES = 20 };
  const struct timespec moment = {.tv_nsec = 100000000};
  duro_status status = made_lock(lock, folder);
  for (int i = 0; status && i < TRIES; i++) {
    nanosleep(&moment, NULL);
    status = made_lock(lock, folder);
  }
  return status;
}

/* The jobs of all workers are the same, so that each has the page as its last one. */
static duro_status add_page(const experiment_launch *launch) {
  return experiment_plan_add_page(launch->plan, launch->e, launch->folder, launch->only);
}

duro_status launch_begin(const experiment_launch *launch) {
  duro_lock *lock;
  duro_status status = take_lock(&lock, launch->folder);
  if (!status) status = launch_prepare(launch);
  duro_lock_release(lock);
  return status ? status : add_page(launch);
}

static int run_share(const experiment_launch *launch, int number, int count, int only, int parallel) {
  job_list *list = &launch->plan->list;
  const jobs_share share = {
      .number = number, .count = count, .patience = (double)launch->patience, .only = only, .last = list->count - 1};
  return cli_run_jobs(list, parallel, &share, launch->line, launch->quiet);
}

/* "2/4" */
static bool read_worker(int *number, int *count, const char *word) {
  char *end;
  const long first = strtol(word, &end, 10), all = *end == '/' ? strtol(end + 1, &end, 10) : 0;
  *number = (int)first;
  *count = (int)all;
  return !*end && first >= 1 && first <= all && all <= 100000;
}

int launch_worker(const experiment_launch *launch) {
  int number, count;
  if (!read_worker(&number, &count, launch->worker))
    return cli_fail(CLI_USAGE, "--worker is '%s'; wanted N/M, worker N of M, as 1/4", launch->worker);
  const duro_status status = launch_begin(launch);
  return status ? cli_report(status) : run_share(launch, number, count, -1, launch_side_by_side(launch));
}

static int find_job(const job_list *list, const char *word) {
  char name[CLI_PATH];
  for (int i = 0; i < list->count; i++) {
    launch_name(name, sizeof name, &list->jobs[i]);
    if (strcmp(name, word) == 0) return i;
  }
  return -1;
}

int launch_job(const experiment_launch *launch) {
  const duro_status status = launch_begin(launch);
  if (status) return cli_report(status);
  const int i = find_job(&launch->plan->list, launch->job);
  if (i >= 0) return run_share(launch, 1, 1, i, 1);
  return cli_fail(CLI_USAGE, "%s has no job '%s'; --launcher print names them", launch->e->path, launch->job);
}

/* ---- commands ---- */

static void add_option(text *out, const char *option, const char *value) {
  text_add(out, " --%s ", option);
  text_add_shell(out, value);
}

/* make takes a dollar for a variable of its own. */
static void add_rule(text *out, const text *line) {
  for (const char *c = cli_text(line); *c; c++) text_add(out, *c == '$' ? "$$" : "%c", *c);
}

static void print_job(const experiment_launch *launch, int i, const char *target) {
  const job_list *list = &launch->plan->list;
  const job *j = &list->jobs[i];
  char name[CLI_PATH];
  text rule = {0}, command = {0};
  text_add(&rule, "%s:", target);
  for (int k = 0; k < j->n_after; k++)
    if (list->jobs[j->after[k]].state != JOB_DONE) text_add(&rule, " duro-%d", j->after[k] + 1);
  text_add(&rule, " ; ");
  text_add(&command, "duro experiment ");
  text_add_shell(&command, launch->e->path);
  if (launch->only) add_option(&command, "only", launch->only);
  add_option(&command, "out", launch->folder);
  launch_name(name, sizeof name, j);
  add_option(&command, "job", name);
  add_rule(&rule, &command);
  cli_print("%s\n", cli_text(&rule));
  text_release(&command);
  text_release(&rule);
}

int launch_print(const experiment_launch *launch) {
  char target[32];
  const duro_status status = add_page(launch);
  if (status) return cli_report(status);
  const int last = launch->plan->list.count - 1;
  for (int i = 0; i < last; i++) {
    if (launch->plan->list.jobs[i].state == JOB_DONE) continue;
    snprintf(target, sizeof target, "duro-%d", i + 1);
    print_job(launch, i, target);
  }
  print_job(launch, last, "duro-page");
  return CLI_DONE;
}

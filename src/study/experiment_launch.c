/* Experiments that others run: a shared folder, the names of jobs, rules of a makefile. */
#include "study/experiment_launch.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "duro/io.h"
#include "io/escape.h"
#include "io/path.h"
#include "run/made.h"

/* The file as it is run stays with the results. */
static duro_status keep_file(const char *path, const char *folder) {
  char *bytes, copy[RUN_PATH];
  size_t size;
  duro_status status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  run_path(copy, folder, "experiment.yaml");
  status = duro_file_write(copy, bytes, size);
  duro_file_release(bytes);
  return status;
}

duro_status experiment_prepare(const experiment *e, const char *folder) {
  duro_status status = duro_folder_create(folder);
  if (!status) status = made_check_page(folder);
  return status ? status : keep_file(e->path, folder);
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

duro_status experiment_join(const experiment_launch *launch) {
  duro_lock *lock;
  duro_status status = take_lock(&lock, launch->folder);
  if (!status) status = experiment_prepare(launch->e, launch->folder);
  duro_lock_release(lock);
  return status ? status : add_page(launch);
}

void experiment_job_name(char *out, size_t size, const job *j) {
  path_stem(out, size, j->marker);
}

int experiment_find_job(const job_list *list, const char *word) {
  char name[RUN_PATH];
  for (int i = 0; i < list->count; i++) {
    experiment_job_name(name, sizeof name, &list->jobs[i]);
    if (strcmp(name, word) == 0) return i;
  }
  return -1;
}

/* ---- rules ---- */

static void add_option(text *out, const char *option, const char *value) {
  text_add(out, " --%s ", option);
  text_add_shell(out, value);
}

/* make takes a dollar for a variable of its own. */
static void add_doubled(text *out, const text *line) {
  for (const char *c = line->bytes; c && *c; c++) text_add(out, *c == '$' ? "$$" : "%c", *c);
}

static void add_rule(text *out, const experiment_launch *launch, int i, const char *target) {
  const job_list *list = &launch->plan->list;
  const job *j = &list->jobs[i];
  char name[RUN_PATH];
  text command = {0};
  text_add(out, "%s:", target);
  for (int k = 0; k < j->n_after; k++)
    if (list->jobs[j->after[k]].state != JOB_DONE) text_add(out, " duro-%d", j->after[k] + 1);
  text_add(&command, " ; duro experiment ");
  text_add_shell(&command, launch->e->path);
  if (launch->only) add_option(&command, "only", launch->only);
  add_option(&command, "out", launch->folder);
  experiment_job_name(name, sizeof name, j);
  add_option(&command, "job", name);
  add_doubled(out, &command);
  text_add(out, "\n");
  out->failed |= command.failed;
  text_release(&command);
}

duro_status experiment_rules(text *out, const experiment_launch *launch) {
  char target[32];
  const duro_status status = add_page(launch);
  if (status) return status;
  const int last = launch->plan->list.count - 1;
  for (int i = 0; i < last; i++) {
    if (launch->plan->list.jobs[i].state == JOB_DONE) continue;
    snprintf(target, sizeof target, "duro-%d", i + 1);
    add_rule(out, launch, i, target);
  }
  add_rule(out, launch, last, "duro-page");
  return text_status(out);
}

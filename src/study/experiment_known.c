/* What is known of the experiments of a folder. */
#include "study/experiment_known.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "io/path.h"
#include "io/table.h"
#include "run/made.h"

/* Seconds of a group by its table of times, which has means over seeds; those of the solution are not in it. */
static double group_seconds(const sheet *s) {
  static const char *const columns[] = {"train_seconds", "attack_seconds", "sets_seconds"};
  double all = 0;
  for (int row = 0; row < s->rows; row++)
    for (int i = 0; i < 3; i++) {
      const double seconds = sheet_number(s, row, columns[i]) * sheet_number(s, row, "seeds");
      if (isfinite(seconds)) all += seconds;
    }
  return all;
}

/* Adds up the tables of all groups below `folder`; NaN where one is not there. */
static duro_status measured_seconds(double *all, const experiment *e, const char *folder) {
  *all = 0;
  for (int i = 0; i < e->n_groups; i++) {
    char tables[RUN_PATH], name[EXPERIMENT_NAME + sizeof "-times.csv"], path[RUN_PATH];
    sheet s;
    bool there;
    run_path(tables, folder, "tables");
    snprintf(name, sizeof name, "%.63s-times.csv", e->groups[i].name);
    run_path(path, tables, name);
    const duro_status status = sheet_read_if_there(&s, &there, path);
    if (status) return status;
    *all += there ? group_seconds(&s) : NAN;
    sheet_release(&s);
  }
  return DURO_OK;
}

static duro_status find_time(experiment_known *known, const experiment *e, const char *name) {
  static const char *const places[] = {"experiments", "results"};
  duro_status status = DURO_OK;
  known->seconds = NAN;
  for (int i = 0; i < 2 && !status && !isfinite(known->seconds); i++) {
    run_path(known->measured, places[i], name);
    status = measured_seconds(&known->seconds, e, known->measured);
  }
  if (!isfinite(known->seconds)) known->measured[0] = '\0';
  return status;
}

static duro_status count_jobs(experiment_known *known, const experiment *e, const run_how *how) {
  experiment_plan plan;
  const duro_status status = experiment_plan_make(&plan, e, known->path, NULL, how);
  if (status) return status;
  known->jobs = plan.list.count;
  for (int i = 0; i < plan.list.count; i++) known->trainings += plan.tasks[i].stage == STAGE_TRAIN;
  experiment_plan_release(&plan);
  return DURO_OK;
}

duro_status experiment_known_read(experiment_known *known, const char *path, const run_how *how) {
  experiment e;
  char name[RUN_PATH];
  *known = (experiment_known){0};
  snprintf(known->path, sizeof known->path, "%s", path);
  duro_status status = experiment_read(&e, path);
  if (status) return status;
  path_stem(name, sizeof name, path);
  snprintf(known->title, sizeof known->title, "%s", e.title);
  status = count_jobs(known, &e, how);
  if (!status) status = find_time(known, &e, name);
  experiment_release(&e);
  return status;
}

static int by_name(const void *a, const void *b) {
  return strcmp(a, b);
}

duro_status experiment_known_files(char (*paths)[RUN_PATH], int *found, int most, const char *folder) {
  DIR *directory = opendir(folder);
  int count = 0;
  *found = 0;
  if (!directory) return made_fail_folder(folder, errno);
  errno = 0;
  for (const struct dirent *entry; count < most && (entry = readdir(directory)); errno = 0) {
    const char *end = strrchr(entry->d_name, '.');
    if (end && end != entry->d_name && strcmp(end, ".yaml") == 0) run_path(paths[count++], folder, entry->d_name);
  }
  const int reason = errno; // of the last call
  closedir(directory);
  qsort(paths, (size_t)count, sizeof *paths, by_name);
  *found = count;
  return reason ? made_fail_folder(folder, reason) : DURO_OK;
}

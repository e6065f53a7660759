/* Going on with a training: what may differ, and where it stands. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "io/file.h"
#include "io/table.h"
#include "run/made.h"
#include "run/training.h"

duro_status training_can_go_on(bool *can, const char *folder) {
  char config[RUN_PATH], latest[RUN_PATH];
  duro_kind begun, saved = DURO_KIND_NOTHING;
  run_path(config, folder, "config.yaml");
  run_path(latest, folder, "checkpoints/latest");
  duro_status status = duro_file_look(&begun, config);
  if (!status) status = duro_file_look(&saved, latest);
  *can = begun != DURO_KIND_NOTHING && saved != DURO_KIND_NOTHING;
  return status;
}

static duro_status compare(const duro_setting *row, const char *prefix, const void *then, const void *now) {
  char before[DURO_TEXT_SIZE], after[DURO_TEXT_SIZE];
  duro_settings_text(before, sizeof before, row, then);
  duro_settings_text(after, sizeof after, row, now);
  if (strcmp(before, after) == 0) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "%s.%s is %s; the run was trained with %s", prefix, row->name,
                   after[0] ? after : "empty", before[0] ? before : "an empty one");
}

/* The trainer itself compares what it knows of, by its checkpoint. */
static duro_status compare_configs(const run_config *then, const run_config *now) {
  duro_status status = DURO_OK;
  const duro_settings_group *looks = &now->groups[GROUP_WATCH];
  for (int i = 0; !status && i < looks->count; i++)
    if (strcmp(looks->rows[i].name, "keep_checkpoints") != 0) // the others decide what is chosen
      status = compare(&looks->rows[i], looks->prefix, &then->watch, &now->watch);
  const duro_settings_group *run = &now->groups[GROUP_RUN];
  for (int i = 0; !status && i < run->count; i++)
    // the trainer compares environments by their content, and an adversary may lie elsewhere by now
    if (strncmp(run->rows[i].name, "environment", 11) != 0 && strcmp(run->rows[i].name, "adversary") != 0)
      status = compare(&run->rows[i], "run", &then->names, &now->names);
  return status;
}

static duro_status check_config(const char *folder, const run_config *now, const run_how *how) {
  run_config then;
  duro_status status = run_config_open(&then, folder, how);
  if (status) return status;
  status = compare_configs(&then, now);
  run_config_release(&then);
  return status;
}

/* Step of the newest checkpoint, by its name; -1 where that says none. */
static int64_t newest_step(const char *folder) {
  char path[RUN_PATH], *name;
  size_t size;
  run_path(path, folder, "checkpoints/latest");
  if (duro_file_read(&name, &size, path)) return -1;
  const int64_t step = strncmp(name, "step-", 5) == 0 ? strtoll(name + 5, NULL, 10) : -1;
  duro_file_release(name);
  return step;
}

/* Seconds trained until a step, as train.csv has them; 0 where it does not say. */
static double seconds_until(const char *folder, int64_t step) {
  char path[RUN_PATH];
  duro_table table;
  double seconds = 0;
  run_path(path, folder, "train.csv");
  if (duro_table_read(&table, path)) return 0;
  for (int row = 0; row < table.rows; row++)
    for (int j = 0; j < table.columns && table.values[row * table.columns] <= (double)step; j++)
      if (strcmp(table.names[j], "seconds") == 0) seconds = table.values[row * table.columns + j];
  duro_table_release(&table);
  return seconds;
}

duro_status training_take_up(duro_trainer *trainer, const char *folder, const run_config *config, const run_how *how,
                             duro_resume_info *info) {
  char path[RUN_PATH];
  bool can;
  duro_status status = training_can_go_on(&can, folder);
  if (status) return status;
  if (!can) return duro_fail(DURO_ERROR_FILE, "%s has no checkpoint to go on from", folder);
  status = check_config(folder, config, how);
  if (status) return status;
  run_path(path, folder, "checkpoints");
  return duro_trainer_resume(trainer, path, seconds_until(folder, newest_step(folder)), info);
}

static const char *const plan_columns[] = {"step", "steps", "tried"};
enum { PLAN_COLUMNS = sizeof plan_columns / sizeof *plan_columns };

/* A longer plan of training that was cut off is none any more. */
static bool is_cut_off(const sheet *old, int row, void *context) {
  const int64_t *step = context;
  return !(sheet_number(old, row, "step") < (double)*step);
}

duro_status training_note_plan(const char *folder, const duro_resume_info *from, int64_t steps, bool tried) {
  char path[RUN_PATH];
  duro_kind kind;
  run_path(path, folder, "plan.csv");
  duro_status status = duro_file_look(&kind, path);
  const bool other = from->steps != steps;
  if (status || (kind == DURO_KIND_NOTHING && !other)) return status; // most runs have one plan, and no file of plans
  text row = {0};
  if (other) text_add(&row, "%" PRId64 ",%" PRId64 ",%d\n", from->step, steps, tried);
  int64_t step = from->step;
  status = table_put(path, plan_columns, PLAN_COLUMNS, is_cut_off, &step, &row);
  text_release(&row);
  return status;
}

/* What the run was begun with: run.json stays as it was. */
static duro_status read_first_plan(training_plan *plan, const char *folder) {
  char path[RUN_PATH], steps[DURO_TEXT_SIZE];
  run_path(path, folder, "run.json");
  const duro_status status = duro_run_json_get(steps, sizeof steps, path, "steps");
  *plan = (training_plan){.steps = strtoll(steps, NULL, 10)};
  return status;
}

/* The plan after plan[-1] */
static duro_status read_plan(training_plan *plan, const sheet *s, int row, const char *path) {
  const double step = sheet_number(s, row, "step"), steps = sheet_number(s, row, "steps");
  if (!(step > (double)plan[-1].step) || !(steps > 0) || !(steps < 1e15) || !(step < 1e15))
    return duro_fail(DURO_ERROR_FORMAT, "%s: row %d is no plan of training that follows the one before", path, row + 1);
  *plan = (training_plan){(int64_t)step, (int64_t)steps, sheet_number(s, row, "tried") > 0};
  return DURO_OK;
}

duro_status training_read_plans(training_plan **plans, int *count, const char *folder) {
  char path[RUN_PATH];
  bool there;
  sheet s;
  run_path(path, folder, "plan.csv");
  duro_status status = sheet_read_if_there(&s, &there, path);
  if (!status && there) status = sheet_expect(&s, plan_columns, PLAN_COLUMNS, path);
  if (status) return status;
  *plans = duro_allocate(((size_t)s.rows + 1) * sizeof **plans);
  *count = s.rows + 1;
  status = *plans ? read_first_plan(*plans, folder) : DURO_ERROR_MEMORY;
  for (int row = 0; !status && row < s.rows; row++) status = read_plan(*plans + row + 1, &s, row, path);
  sheet_release(&s);
  return status;
}

static void sweep(const char *folder) {
  char path[RUN_PATH];
  DIR *directory = opendir(folder);
  if (!directory) return;
  for (const struct dirent *entry; (entry = readdir(directory));) {
    if (!made_is_temporary(entry->d_name)) continue;
    run_path(path, folder, entry->d_name);
    unlink(path);
  }
  closedir(directory);
}

void training_sweep(const char *folder) {
  static const char *const parts[] = {"checkpoints", "policies", "eval", "figures", "environment"};
  char path[RUN_PATH];
  sweep(folder);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    run_path(path, folder, parts[i]);
    sweep(path);
  }
}

/* duro train --resume and --go-on: what may differ, and where training stands. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "duro/io.h"
#include "io/file.h"
#include "made.h"
#include "train.h"

duro_status train_check_words(const train_options *given, const char *environment) {
  const struct {
    const char *name;
    bool given;
  } others[] = {{"ENV", environment},
                {"--config", given->config},
                {"--algorithm", given->algorithm},
                {"--seed", given->seed},
                {"--seeds", given->seeds},
                {"--out", given->out},
                {"--adversary", given->adversary},
                {"--from", given->from},
                {"--go-on", given->go_on},
                {"--force", given->force}};
  for (size_t i = 0; given->resume && i < sizeof others / sizeof *others; i++)
    if (others[i].given)
      return duro_fail(DURO_ERROR_ARGUMENT, "--resume goes on with a run as it is; wanted no %s beside it",
                       others[i].name);
  if (given->from && given->seeds)
    return duro_fail(DURO_ERROR_ARGUMENT, "--from takes the weights of one run; wanted no --seeds beside it");
  return DURO_OK;
}

duro_status train_can_go_on(bool *can, const char *folder) {
  char config[CLI_PATH], latest[CLI_PATH];
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

static duro_status check_config(const char *folder, const run_config *now) {
  run_config then;
  duro_status status = run_config_open(&then, folder);
  if (status) return status;
  status = compare_configs(&then, now);
  run_config_release(&then);
  return status;
}

/* Step of the newest checkpoint, by its name; -1 where that says none. */
static int64_t newest_step(const char *folder) {
  char path[CLI_PATH], *name;
  size_t size;
  run_path(path, folder, "checkpoints/latest");
  if (duro_file_read(&name, &size, path)) return -1;
  const int64_t step = strncmp(name, "step-", 5) == 0 ? strtoll(name + 5, NULL, 10) : -1;
  duro_file_release(name);
  return step;
}

/* Seconds trained until a step, as train.csv has them; 0 where it does not say. */
static double seconds_until(const char *folder, int64_t step) {
  char path[CLI_PATH];
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

duro_status train_take_up(duro_trainer *trainer, const char *folder, const run_config *config, duro_resume_info *info) {
  char path[CLI_PATH];
  bool can;
  duro_status status = train_can_go_on(&can, folder);
  if (status) return status;
  if (!can) return duro_fail(DURO_ERROR_FILE, "%s has no checkpoint to go on from; begin again with --force", folder);
  status = check_config(folder, config);
  if (status) return status;
  run_path(path, folder, "checkpoints");
  return duro_trainer_resume(trainer, path, seconds_until(folder, newest_step(folder)), info);
}

static void sweep(const char *folder) {
  char path[CLI_PATH];
  DIR *directory = opendir(folder);
  if (!directory) return;
  for (const struct dirent *entry; (entry = readdir(directory));) {
    if (!made_is_temporary(entry->d_name)) continue;
    run_path(path, folder, entry->d_name);
    unlink(path);
  }
  closedir(directory);
}

void train_sweep(const char *folder) {
  static const char *const parts[] = {"checkpoints", "policies", "eval", "figures", "environment"};
  char path[CLI_PATH];
  sweep(folder);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    run_path(path, folder, parts[i]);
    sweep(path);
  }
}

/* One training for each seed. */
#include "study/seeds.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "duro/io.h"
#include "io/table.h"
#include "run/made.h"

void seeds_folder(char out[RUN_PATH], const char *begin, const run_config *config, int64_t seed) {
  const run_names *names = &config->names;
  if (begin)
    snprintf(out, RUN_PATH, "%s-%" PRId64, begin, seed);
  else
    snprintf(out, RUN_PATH, "runs/%s-%s-%" PRId64, names->environment, names->algorithm, seed);
}

static void add_pair(job *j, const char *option, const char *value) {
  if (!value) return;
  job_word(j, "%s", option);
  job_word(j, "%s", value);
}

/* threads 0: the processors, divided by those at a time */
static int64_t threads_of(const seeds_options *o) {
  const int64_t asked = o->threads ? strtoll(o->threads, NULL, 10) : 1;
  if (asked > 0) return asked;
  const int64_t share = o->jobs ? duro_threads(0) / o->jobs : 1;
  return share > 1 ? share : 1;
}

int seeds_side_by_side(const seeds_options *o, const job_list *list) {
  int64_t jobs = o->jobs ? o->jobs : duro_threads(0) / threads_of(o);
  if (jobs < 1) jobs = 1;
  return jobs < list->count ? (int)jobs : list->count;
}

/* The same command for one seed; it goes on with what is left of an earlier try, or replaces it. */
static void add_training(job_list *list, const seeds_options *o, const run_config *config, int64_t seed) {
  char folder[RUN_PATH], name[256];
  seeds_folder(folder, o->out, config, seed);
  snprintf(name, sizeof name, "seed %" PRId64, seed);
  job *j = jobs_add(list, "train", name, folder, "train");
  job_word(j, "train");
  if (o->environment) job_word(j, "%s", o->environment);
  if (config->ops->source) job_input(j, config->ops->source->path);
  if (config->ops->source) job_fact(j, config->ops->source->hash);
  job_fact(j, config->names.adversary_hash);
  job_setting_files(j, &config->groups[GROUP_ENV]);
  if (o->config) job_input(j, o->config);
  add_pair(j, "--config", o->config);
  add_pair(j, "--preset", o->preset);
  add_pair(j, "--algorithm", o->algorithm);
  for (int i = 0; i < o->set->count; i++) add_pair(j, "--set", o->set->word[i]);
  add_pair(j, "--steps", o->steps);
  add_pair(j, "--adversary", o->adversary);
  job_word(j, "--seed=%" PRId64, seed);
  job_word(j, "--threads=%" PRId64, threads_of(o));
  job_word(j, "--go-on");
  job_word(j, "--force");
  if (config->ops->source) job_word(j, "--unchecked"); // it was checked before
  if (o->beyond_memory) job_word(j, "--beyond-memory");
  add_pair(j, "--out", folder);
}

/* Files of somebody else are not replaced without being asked to. */
static duro_status check_folders(job_list *list, bool force) {
  for (int i = 0; i < list->count; i++) {
    job *j = &list->jobs[i];
    if (force) j->state = JOB_WAITING, j->earlier = false;
    if (force || j->state == JOB_DONE || job_is_half_done(j)) continue;
    bool holds;
    const duro_status status = made_holds_files(&holds, j->folder);
    if (status) return status;
    if (holds) return duro_fail(DURO_ERROR_FILE, "%s already holds files", j->folder);
  }
  return DURO_OK;
}

duro_status seeds_plan(job_list *list, const seeds_options *o, const run_config *config) {
  list->lead = true;
  for (int64_t i = 0; i < o->seeds; i++) add_training(list, o, config, config->train.seed + i);
  const duro_status status = jobs_prepare(list);
  return status ? status : check_folders(list, o->replace);
}

/* ---- what came of it ---- */

/* Step of the snapshot that was chosen; NaN where there was no choice, and the last one is deployed. */
static double chosen_step(const char *folder) {
  char path[RUN_PATH], *name;
  size_t size;
  double step = NAN;
  run_path(path, folder, "policies/chosen");
  if (duro_file_read(&name, &size, path)) return NAN;
  if (strncmp(name, "step-", 5) == 0) step = (double)strtoll(name + 5, NULL, 10);
  duro_file_release(name);
  return step;
}

seeds_outcome seeds_read(const char *folder) {
  char path[RUN_PATH];
  seeds_outcome found = {.episode_return = NAN};
  bool calm = false;
  sheet s;
  run_path(path, folder, "eval/during.csv");
  if (sheet_read(&s, path)) return found;
  const double last = s.rows ? sheet_number(&s, s.rows - 1, "step") : NAN, chosen = chosen_step(folder);
  const double step = isnan(chosen) ? last : chosen;
  for (int row = s.rows - 1; row >= 0; row--) {
    if (fabs(sheet_number(&s, row, "step") - step) > 0) continue;
    found.violating += sheet_number(&s, row, "violating");
    found.episodes += sheet_number(&s, row, "episodes");
    if (calm) continue;
    found.episode_return = sheet_number(&s, row, "return");
    calm = strcmp(sheet_cell(&s, row, "scenario"), "none") == 0;
  }
  sheet_release(&s);
  return found;
}

/* duro train --seeds: one training for each seed, side by side. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory_left.h"
#include "duro/io.h"
#include "io/table.h"
#include "run/made.h"
#include "run/room.h"
#include "show/jobs_line.h"
#include "train.h"

void train_folder(char *out, const train_options *given, const run_config *config, int64_t seed) {
  const run_names *names = &config->names;
  if (given->out && !given->seeds)
    snprintf(out, CLI_PATH, "%s", given->out);
  else if (given->out)
    snprintf(out, CLI_PATH, "%s-%" PRId64, given->out, seed);
  else
    snprintf(out, CLI_PATH, "runs/%s-%s-%" PRId64, names->environment, names->algorithm, seed);
}

static void add_pair(job *j, const char *option, const char *value) {
  if (!value) return;
  job_word(j, "%s", option);
  job_word(j, "%s", value);
}

/* --threads 0: the processors, divided by --jobs */
static int64_t threads_of(const train_options *given) {
  const int64_t asked = given->threads ? strtoll(given->threads, NULL, 10) : 1;
  if (asked > 0) return asked;
  const int64_t share = given->jobs ? duro_threads(0) / given->jobs : 1;
  return share > 1 ? share : 1;
}

/* no more at a time than there are processors for their threads */
static int jobs_of(const train_options *given) {
  if (given->jobs) return (int)given->jobs;
  const int64_t jobs = duro_threads(0) / threads_of(given);
  return jobs > 1 ? (int)jobs : 1;
}

/* The same command for one seed; it goes on with what is left of an earlier try, or replaces it. */
static void add_training(job_list *list, const train_options *given, const char *environment, const run_config *config,
                         int64_t seed) {
  char folder[CLI_PATH], name[256];
  train_folder(folder, given, config, seed);
  snprintf(name, sizeof name, "seed %" PRId64, seed);
  job *j = jobs_add(list, "train", name, folder, "train");
  job_word(j, "train");
  if (environment) job_word(j, "%s", environment);
  if (config->ops->source) job_input(j, config->ops->source->path);
  if (config->ops->source) job_fact(j, config->ops->source->hash);
  job_fact(j, config->names.adversary_hash);
  if (given->config) job_input(j, given->config);
  add_pair(j, "--config", given->config);
  add_pair(j, "--preset", given->preset);
  add_pair(j, "--algorithm", given->algorithm);
  for (int i = 0; i < given->set.count; i++) add_pair(j, "--set", given->set.word[i]);
  add_pair(j, "--steps", given->steps);
  add_pair(j, "--adversary", given->adversary);
  job_word(j, "--seed=%" PRId64, seed);
  job_word(j, "--threads=%" PRId64, threads_of(given));
  job_word(j, "--go-on");
  job_word(j, "--force");
  if (config->ops->source) job_word(j, "--unchecked"); // it was checked before
  if (given->beyond_memory) job_word(j, "--" CLI_BEYOND_MEMORY);
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
    if (holds)
      return duro_fail(DURO_ERROR_FILE, "%s already holds files; choose another --out or replace them with --force",
                       j->folder);
  }
  return DURO_OK;
}

/* What the look at the snapshot that is deployed found. */
typedef struct outcome {
  double violating, episodes; /* in all its scenarios */
  double episode_return;      /* without disturbance, else in the first scenario */
} outcome;

/* Step of the snapshot that was chosen; NaN where there was no choice, and the last one is deployed. */
static double chosen_step(const char *folder) {
  char path[CLI_PATH], *name;
  size_t size;
  double step = NAN;
  run_path(path, folder, "policies/chosen");
  if (duro_file_read(&name, &size, path)) return NAN;
  if (strncmp(name, "step-", 5) == 0) step = (double)strtoll(name + 5, NULL, 10);
  duro_file_release(name);
  return step;
}

static outcome read_outcome(const char *folder) {
  char path[CLI_PATH];
  outcome found = {.episode_return = NAN};
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

static void print_table(const job_list *list, int64_t first) {
  double returns = 0, violating = 0, episodes = 0;
  int done = 0;
  printf("%8s  %14s  %12s  %10s  %s\n", "seed", "violating", "return", "time", "folder");
  for (int i = 0; i < list->count; i++) {
    const job *j = &list->jobs[i];
    if (j->state != JOB_DONE) continue;
    const outcome found = read_outcome(j->folder);
    char share[40];
    snprintf(share, sizeof share, "%.0f/%.0f", found.violating, found.episodes);
    cli_print("%8" PRId64 "  %14s  %12.5g  %8.1f s  %s\n", first + i, share, found.episode_return, j->seconds,
              j->folder);
    returns += found.episode_return, violating += found.violating, episodes += found.episodes;
    done++;
  }
  if (done > 1) {
    char share[40];
    snprintf(share, sizeof share, "%.0f/%.0f", violating, episodes);
    printf("%8s  %14s  %12.5g\n", "all", share, returns / done);
  }
  printf("violating episodes in the short evaluations of the policies that are deployed; duro attack RUN finds more\n");
}

int train_seeds(const train_options *given, const char *environment, const run_config *config, const char *command,
                double memory) {
  job_list list = {.lead = true};
  const int64_t first = config->train.seed;
  for (int64_t i = 0; i < given->seeds; i++) add_training(&list, given, environment, config, first + i);
  duro_status status = jobs_prepare(&list);
  if (!status) status = check_folders(&list, given->force);
  const int jobs = jobs_of(given) < list.count ? jobs_of(given) : list.count;
  if (!status)
    status = room_check(memory * jobs, duro_memory_left(), "training so many at a time",
                        "a smaller train.replay, fewer --jobs, or --" CLI_BEYOND_MEMORY, given->beyond_memory);
  int ended = status ? cli_report(status) : cli_run_jobs(&list, jobs, NULL, command, given->quiet);
  if (!status && ended != CLI_STOPPED && !given->quiet) print_table(&list, first);
  jobs_release(&list);
  return ended;
}

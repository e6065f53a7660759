/* duro train --seeds: one training for each seed, side by side. */
#include <inttypes.h>
#include <stdio.h>

#include "base/memory_left.h"
#include "run/room.h"
#include "show/jobs_line.h"
#include "study/seeds.h"
#include "train.h"

static void print_table(const job_list *list, int64_t first) {
  double returns = 0, violating = 0, episodes = 0;
  int done = 0;
  char share[40];
  printf("%8s  %14s  %12s  %10s  %s\n", "seed", "violating", "return", "time", "folder");
  for (int i = 0; i < list->count; i++) {
    const job *j = &list->jobs[i];
    if (j->state != JOB_DONE) continue;
    const seeds_outcome found = seeds_read(j->folder);
    snprintf(share, sizeof share, "%.0f/%.0f", found.violating, found.episodes);
    cli_print("%8" PRId64 "  %14s  %12.5g  %8.1f s  %s\n", first + i, share, found.episode_return, j->seconds,
              j->folder);
    returns += found.episode_return, violating += found.violating, episodes += found.episodes;
    done++;
  }
  snprintf(share, sizeof share, "%.0f/%.0f", violating, episodes);
  if (done > 1) printf("%8s  %14s  %12.5g\n", "all", share, returns / done);
  printf("violating episodes in the short evaluations of the policies that are deployed; duro attack RUN finds more\n");
}

int train_seeds(const train_options *given, const char *environment, const run_config *config, const char *command,
                double memory) {
  const seeds_options o = {.environment = environment,
                           .algorithm = given->algorithm,
                           .config = given->config,
                           .preset = given->preset,
                           .steps = given->steps,
                           .adversary = given->adversary,
                           .out = given->out,
                           .threads = given->threads,
                           .set = &given->set,
                           .seeds = given->seeds,
                           .jobs = given->jobs,
                           .replace = given->force,
                           .beyond_memory = given->beyond_memory};
  job_list list = {0};
  duro_status status = seeds_plan(&list, &o, config);
  const int jobs = seeds_side_by_side(&o, &list);
  if (!status)
    status = room_check(memory * jobs, duro_memory_left(), "training so many at a time",
                        "a smaller train.replay, fewer --jobs, or --" CLI_BEYOND_MEMORY, given->beyond_memory);
  const int ended = status ? cli_report(status) : cli_run_jobs(&list, jobs, NULL, command, given->quiet);
  if (!status && ended != CLI_STOPPED && !given->quiet) print_table(&list, config->train.seed);
  jobs_release(&list);
  return ended;
}

/* One training for each of several seeds: as jobs, and what came of them. */
#ifndef DURO_STUDY_SEEDS_H
#define DURO_STUDY_SEEDS_H

#include "io/words.h"
#include "run/jobs.h"
#include "run/run.h"

/* What is trained, in the words of duro train; NULL where nothing is given. */
typedef struct seeds_options {
  const char *environment, *algorithm, *config, *preset, *steps, *adversary;
  const char *out;     /* beginning of the folders' names; NULL: runs/ENV-ALGORITHM */
  const char *threads; /* of each training; "0": the processors, divided by `jobs` */
  const word_list *set;
  int64_t seeds, jobs; /* how many from train.seed on; at a time, 0: as many as there are processors for */
  bool replace;        /* files of somebody else as well */
  bool beyond_memory;  /* begin even where it needs more memory than there is */
} seeds_options;

/* Adds a job for each seed to an empty list and finds those that are done. What is left of an earlier try is gone on
 * with; DURO_ERROR_FILE where a folder holds something else that may not be replaced. `config` is what the words say.
 */
duro_status seeds_plan(job_list *list, const seeds_options *o, const run_config *config);
/* Trainings at a time: no more than there are processors for their threads. */
int seeds_side_by_side(const seeds_options *o, const job_list *list);
/* Folder of a seed. */
void seeds_folder(char out[RUN_PATH], const char *begin, const run_config *config, int64_t seed);

/* What the look at the snapshot that is deployed found. */
typedef struct seeds_outcome {
  double violating, episodes; /* in all its scenarios */
  double episode_return;      /* without disturbance, else in the first scenario; NaN: there is no look */
} seeds_outcome;
seeds_outcome seeds_read(const char *folder);

#endif

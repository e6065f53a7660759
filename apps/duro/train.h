/* Training from the command line: one run, or one for each of several seeds. */
#ifndef DURO_APP_TRAIN_H
#define DURO_APP_TRAIN_H

#include "run.h"

typedef struct train_options {
  const char *algorithm, *config, *preset, *seed, *steps, *threads, *out, *adversary, *resume, *from;
  int64_t seeds, jobs;
  cli_words set;
  bool force, go_on, unchecked, beyond_memory, quiet;
} train_options;

/* Path of the run folder of a seed: --out, else runs/ENV-ALGORITHM; the seed is added to the default, and to --out
 * where there are several. */
void train_folder(char *out, const train_options *given, const run_config *config, int64_t seed);

/* train_check.c: the quick part of the check of a system that is not ours; prints warnings, and fails where a promise
 * is broken. Nothing with --unchecked, and where a run is gone on with. */
duro_status train_check_system(const train_options *given, const run_config *config);

/* train_resume.c: going on with the training of a run folder. */
/* Refuses what cannot stand beside --resume, --from and --go-on. */
duro_status train_check_words(const train_options *given, const char *environment);
/* Is there a checkpoint to go on from? */
duro_status train_can_go_on(bool *can, const char *folder);
/* Puts the trainer where the newest checkpoint of the folder was written, if `config` is what it was trained with. */
duro_status train_take_up(duro_trainer *trainer, const char *folder, const run_config *config, duro_resume_info *info);
/* Removes files that a killed program left half written, in the folder and those below. */
void train_sweep(const char *folder);

/* Trains given->seeds seeds from train.seed on as child processes, side by side, and prints a table. `environment` is
 * the word ENV, NULL where --config says it; `config` is what was read, for the checks and the names; `memory` is what
 * one of them needs, in bytes. */
int train_seeds(const train_options *given, const char *environment, const run_config *config, const char *command,
                double memory);

#endif

/* Training from the command line: one run, or one for each of several seeds. */
#ifndef DURO_APP_TRAIN_H
#define DURO_APP_TRAIN_H

#include "cli/cli.h"
#include "run/training.h"

typedef struct train_options {
  const char *algorithm, *config, *preset, *seed, *steps, *threads, *out, *adversary, *resume, *from;
  int64_t seeds, jobs;
  cli_words set;
  bool force, go_on, unchecked, beyond_memory, quiet;
} train_options;

/* train_check.c: the quick part of the check of a system that is not ours; prints warnings, and fails where a promise
 * is broken. Nothing with --unchecked, and where a run is gone on with. */
duro_status train_check_system(const train_options *given, const run_config *config);

/* Refuses what cannot stand beside --resume, --from and --go-on. */
duro_status train_check_words(const train_options *given, const char *environment);

/* train_conclude.c: says what is trained, once the folder is this run's. */
void train_announce(const training *t, bool quiet);

/* Says what came of a training that ended with `status`; the exit status. */
int train_conclude(const training *t, duro_status status, bool quiet);

/* Trains given->seeds seeds from train.seed on as child processes, side by side, and prints a table. `environment` is
 * the word ENV, NULL where --config says it; `config` is what was read, for the checks and the names; `memory` is what
 * one of them needs, in bytes. */
int train_seeds(const train_options *given, const char *environment, const run_config *config, const char *command,
                double memory);

#endif

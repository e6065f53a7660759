/* Training from the command line: one run, or one for each of several seeds. */
#ifndef DURO_APP_TRAIN_H
#define DURO_APP_TRAIN_H

#include "run.h"

typedef struct train_options {
  const char *algorithm, *config, *seed, *steps, *threads, *out, *adversary;
  int64_t seeds, jobs;
  cli_words set;
  bool force, quiet;
} train_options;

/* Path of the run folder of a seed: --out, else runs/ENV-ALGORITHM; the seed is added to the default, and to --out
 * where there are several. */
void train_folder(char *out, const train_options *given, const run_config *config, int64_t seed);
/* True when the folder holds a file. */
bool train_holds_files(const char *folder);

/* Trains given->seeds seeds from train.seed on as child processes, side by side, and prints a table. `environment` is
 * the word ENV, NULL where --config says it; `config` is what was read, for the checks and the names. */
int train_seeds(const train_options *given, const char *environment, const run_config *config);

#endif

/* What is known of the experiments of a folder before any of them runs: their size, and how long each one took. */
#ifndef DURO_STUDY_EXPERIMENT_KNOWN_H
#define DURO_STUDY_EXPERIMENT_KNOWN_H

#include "study/experiment.h"

enum { EXPERIMENTS_KNOWN = 256 };

/* A file with an experiment. */
typedef struct experiment_known {
  char path[RUN_PATH], title[256];
  int trainings, jobs;
  double seconds;          /* of one thread, as the tables of an earlier run say; NaN where none is there */
  char measured[RUN_PATH]; /* the folder that holds these tables */
} experiment_known;

/* Reads the file `path`. Its tables are sought in experiments/<name> and results/<name>, from the current folder.
 * After a failure it says nothing. */
duro_status experiment_known_read(experiment_known *known, const char *path, const run_how *how);
/* Paths of the files *.yaml of a folder, in the order of their names; at most `most`. DURO_ERROR_FILE where it cannot
 * be read. */
duro_status experiment_known_files(char (*paths)[RUN_PATH], int *found, int most, const char *folder);

#endif

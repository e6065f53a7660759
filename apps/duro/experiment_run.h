/* The ways to run an experiment: on this machine, as one of several workers over a shared folder, job by job, by
 * other programs. */
#ifndef DURO_APP_EXPERIMENT_RUN_H
#define DURO_APP_EXPERIMENT_RUN_H

#include "cli/cli.h"
#include "study/experiment_launch.h"

/* How an experiment is to be run. */
typedef struct experiment_way {
  experiment_launch at;
  const char *worker, *job;     /* "2/4"; the name of a job */
  int64_t jobs;                 /* side by side, 0: as many as there are processors, or as Slurm likes */
  const char *time;             /* of experiment_slurm */
  const cli_words *slurm, *mpi; /* further options of sbatch and of mpirun */
  const char *line;             /* the present command */
  bool one_file, quiet;         /* one_file: of the page */
} experiment_way;

/* Each of these returns the exit status. */
int launch_list(const experiment_way *way);
int launch_local(const experiment_way *way);
int launch_page(const experiment_way *way);
int launch_worker(const experiment_way *way);
int launch_job(const experiment_way *way);
/* Prints the rules of a makefile. */
int launch_print(const experiment_way *way);
/* Submits what is not done. */
int launch_slurm(const experiment_way *way);
/* experiment_mpi.c: starts workers by mpirun; it returns only where that cannot be run. */
int launch_mpi(const experiment_way *way);

#endif

/* The ways to run an experiment: on this machine, as one of several workers over a shared folder, job by job, by
 * other programs. */
#ifndef DURO_APP_EXPERIMENT_LAUNCH_H
#define DURO_APP_EXPERIMENT_LAUNCH_H

#include "cli/cli.h"
#include "study/experiment.h"

/* An experiment in its folder, and how it is to be run. */
typedef struct experiment_launch {
  const experiment *e;
  experiment_plan *plan;
  const char *folder, *only; /* only: a group; NULL: all */
  const char *worker, *job;  /* "2/4"; the name of a job */
  int64_t jobs, patience;    /* side by side, 0: as many as there are processors, or as Slurm likes; s */
  const char *time;          /* limit of the jobs of Slurm of which nothing is known; NULL: that of the partition */
  const cli_words *slurm;    /* further options of sbatch */
  const char *line;          /* the present command */
  bool quiet;
} experiment_launch;

/* Jobs at a time on this machine. */
int launch_side_by_side(const experiment_launch *launch);
/* Makes the folder, in which no page of somebody else may lie, and keeps the file in it. */
duro_status launch_prepare(const experiment_launch *launch);

/* The beginning of what may share the folder: prepares it, and adds the page to the jobs. */
duro_status launch_begin(const experiment_launch *launch);

/* Each of these returns the exit status. */
int launch_list(const experiment_launch *launch);
int launch_local(const experiment_launch *launch);
int launch_page(const experiment_launch *launch);
int launch_worker(const experiment_launch *launch);
int launch_job(const experiment_launch *launch);
/* Prints a line for each job that is not done: "duro-3: duro-1 ; duro experiment ...", a rule of a makefile. */
int launch_print(const experiment_launch *launch);

/* Submits what is not done. */
int launch_slurm(const experiment_launch *launch);

/* The word by which --job knows a job, that of its files: "train-di-DRAC-1". */
void launch_name(char *out, size_t size, const job *j);

#endif

/* An experiment in its folder: what workers over a shared folder, makefiles and Slurm have in common. */
#ifndef DURO_STUDY_EXPERIMENT_LAUNCH_H
#define DURO_STUDY_EXPERIMENT_LAUNCH_H

#include "study/experiment.h"

/* An experiment, its jobs and where they leave what they make. */
typedef struct experiment_launch {
  const experiment *e;
  experiment_plan *plan;
  const char *folder, *only; /* only: a group; NULL: all */
  int64_t patience;          /* s, see jobs_share */
} experiment_launch;

/* Makes the folder, in which no page of somebody else may lie, and keeps the file in it. */
duro_status experiment_prepare(const experiment *e, const char *folder);
/* The beginning of what may share the folder with others: prepares it, and adds the page to the jobs. */
duro_status experiment_join(const experiment_launch *launch);

/* The word by which a job is known, that of its files: "train-di-DRAC-1". */
void experiment_job_name(char *out, size_t size, const job *j);
/* Index of the job of this name; -1: there is none. */
int experiment_find_job(const job_list *list, const char *name);

/* A rule of a makefile for each job that is not done, "duro-3: duro-1 ; duro experiment ...", and for the page, which
 * is added to the jobs. */
duro_status experiment_rules(text *out, const experiment_launch *launch);

/* experiment_slurm.c: the jobs that are not done as arrays of Slurm, one for each stage, after what they build on, and
 * the page after all. */
typedef struct experiment_slurm {
  const char *time;       /* limit of the jobs of which none has been measured; NULL: that of the partition */
  const word_list *given; /* further options of sbatch, blanks between those that one word gives */
  int64_t side_by_side;   /* jobs of an array at a time; 0: as many as Slurm likes */
  void *context;
  /* An array has been submitted; `limit` in the words of sbatch, NULL where none was given. It may be NULL. */
  void (*submitted)(void *context, const char *id, const char *stage, int count, const char *limit);
} experiment_slurm;

/* Joins the folder and submits; `jobs` is how many, without the page. Where one array is refused, those before it are
 * taken back: half an experiment is of no use, and would be submitted again. */
duro_status experiment_submit(int *jobs, const experiment_launch *launch, const experiment_slurm *how);

#endif

/* Jobs as a caller from C sees them: what is told of each, and how the caller ends them. */
#ifndef DURO_STUDY_CALLER_H
#define DURO_STUDY_CALLER_H

#include "duro/experiment.h"
#include "run/jobs.h"

typedef struct caller {
  duro_status (*job)(const duro_experiment_job *job, const char *why, void *context);
  duro_status (*ask)(void *context);
  void *context;
  duro_status asked; /* the first status of a callback that was not DURO_OK */
} caller;

duro_status caller_job_at(duro_experiment_job *out, const job_list *list, int index);
/* Runs what is not done; what failed before has another turn. The status of a callback goes before others. */
duro_status caller_run(caller *c, job_list *list, int64_t parallel);

/* The options that experiments and searches share. */
duro_status caller_check(size_t size, size_t wanted, int64_t parallel, const char *path, const char *folder);
/* NULL stays NULL */
duro_status caller_copy(char **out, const char *word);

#endif

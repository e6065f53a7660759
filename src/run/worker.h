/* A worker: one of several that share a list of jobs over a folder. What it knows of the others it reads from markers
 * and claims. */
#ifndef DURO_RUN_WORKER_H
#define DURO_RUN_WORKER_H

#include "run/claim.h"
#include "run/jobs.h"

typedef struct worker {
  const jobs_share *share;
  job_list *list;
  claim *claims;    /* (list->count) of the first job of each folder that is written into */
  int *claim_of;    /* (list->count) which of them a job takes */
  uint64_t *failed; /* (list->count) the markers of failures before this worker began, 0: none */
  double *next;     /* (list->count) when a job that somebody else has is looked at again, duro_clock */
  uint64_t work;    /* a hash of the whole list */
  double beaten;    /* when it last said that it is alive, duro_clock */
} worker;

duro_status worker_begin(worker *w, job_list *list, const jobs_share *share);
/* After the last job: where all are done, their claims are removed. */
void worker_end(worker *w);

/* Takes a job that is ready; *mine false: somebody else has it, or it has ended, which its state then says. */
duro_status worker_take(worker *w, int i, bool *mine);
/* Notes how a job of ours ended, "done" or "failed", and gives it back; NULL: it has not ended. */
duro_status worker_give_back(worker *w, int i, const char *state);
/* Says that this worker is alive, where that is due; kills the jobs that others have taken over. */
void worker_beat(worker *w);

#endif

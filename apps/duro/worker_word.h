/* The word of --worker, and ranks of MPI. */
#ifndef DURO_APP_WORKER_WORD_H
#define DURO_APP_WORKER_WORD_H

#include "run/jobs.h"
#include "run/ranks.h"

/* Number and count of "2/4", or of "mpi" those that mpirun or srun gave this process. Returns the exit status of a word
 * that is neither, which has then been reported, else CLI_GO_ON. */
int read_worker(jobs_share *share, const char *word);
/* Number, from 1 on, and count of the processes that were started with this one, by the first so many starters of
 * ranks_read; false: none of these did it. */
bool read_rank(jobs_share *share, int starters);
/* Joins the other processes where mpirun started several, for `work`, "solve one grid": *transport is NULL where there
 * are none. CLI_GO_ON, or an exit status, and then one of them has said why. All but the first one are mute. */
int join_ranks(ranks **r, const duro_transport **transport, const char *work);

#endif

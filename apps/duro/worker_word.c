/* The word of --worker, and ranks of MPI. */
#include "worker_word.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

bool read_rank(jobs_share *share, int starters) {
  int rank, count;
  if (!ranks_read(&rank, &count, starters, getenv)) return false;
  share->number = rank + 1, share->count = count;
  (void)setenv("TERM", "dumb", 1); // mpirun gives each process a terminal of its own, and writes all of them into one
  return true;
}

int read_worker(jobs_share *share, const char *word) {
  if (!strcmp(word, "mpi"))
    return read_rank(share, RANKS_STARTERS)
               ? CLI_GO_ON
               : cli_fail(CLI_USAGE, "--worker is 'mpi', and neither mpirun nor srun started this process");
  if (jobs_share_read(share, word)) return CLI_GO_ON;
  return cli_fail(CLI_USAGE, "--worker is '%s'; wanted N/M, worker N of M, as 1/4, or mpi", word);
}

int join_ranks(ranks **r, const duro_transport **transport, const char *work) {
  jobs_share said = {0};
  *r = NULL, *transport = NULL;
  if (!read_rank(&said, RANKS_MPI) || said.count == 1) return CLI_GO_ON;
  const duro_status status = ranks_join(r, said.count, work);
  if (!status) *transport = ranks_transport(*r);
  if (said.number > 1 && !(freopen("/dev/null", "w", stdout) && freopen("/dev/null", "w", stderr))) return CLI_FAILED;
  if (!status) return CLI_GO_ON;
  const int failed = cli_report(status);
  return said.number > 1 ? CLI_DONE : failed; // the first one speaks, and its status is that of all
}

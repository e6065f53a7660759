/* The word of --worker. */
#include "worker_word.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "io/number.h"

bool read_rank(jobs_share *share, int starters) {
  for (int i = 0; i < starters; i++) {
    const char *rank = getenv(ranks_said[i][0]), *size = getenv(ranks_said[i][1]);
    int64_t number, count;
    if (!rank || !size || duro_number_int(&number, rank) != DURO_NUMBER_FINE ||
        duro_number_int(&count, size) != DURO_NUMBER_FINE || number < 0 || number >= count || count > 100000)
      continue;
    share->number = (int)number + 1, share->count = (int)count;
    (void)setenv("TERM", "dumb", 1); // mpirun gives each process a terminal of its own, and writes all of them into one
    return true;
  }
  return false;
}

int read_worker(jobs_share *share, const char *word) {
  if (!strcmp(word, "mpi"))
    return read_rank(share, RANKS_STARTERS)
               ? CLI_GO_ON
               : cli_fail(CLI_USAGE, "--worker is 'mpi', and neither mpirun nor srun started this process");
  if (jobs_share_read(share, word)) return CLI_GO_ON;
  return cli_fail(CLI_USAGE, "--worker is '%s'; wanted N/M, worker N of M, as 1/4, or mpi", word);
}

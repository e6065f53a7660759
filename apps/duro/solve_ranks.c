/* duro solve as one of the ranks that mpirun started. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "io/file.h"
#include "solve.h"
#include "worker_word.h"

/* The module for MPI: beside the program, where it was built, or where it is installed. */
static void find_module(char *path) {
  char folder[CLI_PATH];
  duro_kind kind;
  const ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
  folder[length > 0 ? length : 0] = '\0';
  char *name = strrchr(folder, '/');
  if (name) *name = '\0';
  run_path(path, folder, "duro-mpi.so");
  if (!duro_file_look(&kind, path) && kind == DURO_KIND_NOTHING) run_path(path, folder, DURO_MODULES "/duro-mpi.so");
}

static int refuse(const jobs_share *said, const char *why) {
  if (said->number > 1) return CLI_FAILED; // the first one says it
  return cli_fail(CLI_FAILED, "this is one of %d processes that are to solve one grid, and %s", said->count, why);
}

int solve_join(solve_view *v) {
  jobs_share said = {0};
  char module[CLI_PATH], why[CLI_PATH + 128];
  if (!read_rank(&said, RANKS_MPI) || said.count == 1) return CLI_GO_ON;
  find_module(module);
  const duro_status status = ranks_open(&v->ranks, module);
  if (status == DURO_ERROR_MISSING) return refuse(&said, "this program was built without MPI (DURO_MPI)");
  snprintf(why, sizeof why, "%s", status ? duro_error() : "the module for MPI was built with another MPI than mpirun's");
  v->s.transport = status ? NULL : ranks_transport(v->ranks);
  if (!v->s.transport || v->s.transport->count != said.count) {
    ranks_close(v->ranks);
    return refuse(&said, why);
  }
  if (v->s.transport->rank == 0) return CLI_GO_ON;
  v->given.quiet = true;
  v->given.json = false;
  return freopen("/dev/null", "w", stdout) && freopen("/dev/null", "w", stderr) ? CLI_GO_ON : CLI_FAILED;
}

/* Ranks by a module that knows MPI. */
#include "run/ranks.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/file.h"
#include "io/number.h"
#include "run/path.h"

typedef struct starter {
  const char *rank, *size;
  const char *mark; // has to be there as well
} starter;

/* PMIx does not leave the number of ranks: srun says it of its step. Of an allocation (SLURM_NTASKS) it is another. */
static const starter starters[RANKS_STARTERS] = {
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", NULL},  // mpirun of Open MPI
    {"PMI_RANK", "PMI_SIZE", NULL},                          // MPICH and what is made of it
    {"PMIX_RANK", "SLURM_STEP_NUM_TASKS", "PMIX_NAMESPACE"}, // srun --mpi=pmix
    {"SLURM_PROCID", "SLURM_NTASKS", NULL}};                 // srun

bool ranks_read(int *rank, int *count, int number, char *(*find)(const char *name)) {
  enum { MOST = 100000 };
  for (const starter *s = starters; s < starters + number; s++) {
    const char *mine = find(s->rank), *all = find(s->size);
    int64_t at, of;
    if (!mine || !all || (s->mark && !find(s->mark))) continue;
    if (duro_number_int(&at, mine) != DURO_NUMBER_FINE || duro_number_int(&of, all) != DURO_NUMBER_FINE) continue;
    if (at < 0 || at >= of || of > MOST) continue;
    *rank = (int)at, *count = (int)of;
    return true;
  }
  return false;
}

/* What a starter of ranks left; the size of a step of Slurm says nothing without the rank. */
void ranks_forget(void) {
  for (int i = 0; i < RANKS_MPI; i++) (void)unsetenv(starters[i].rank);
}

struct ranks {
  void *library;
  ranks_end *end;
  duro_transport transport;
};

/* a function of the module; a pointer to an object becomes one to a function, as POSIX has it */
static void *find(const ranks *r, const char *name) {
  return dlsym(r->library, name);
}

/* Where the module is: beside the program, as it was built, or where it is installed. */
static duro_status find_module(char *path) {
  char folder[RUN_PATH];
  const ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
  folder[length > 0 ? length : 0] = '\0';
  char *name = strrchr(folder, '/');
  if (name) *name = '\0';
  static const char *const names[] = {"duro-mpi.so", DURO_MODULES "/duro-mpi.so"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    duro_kind kind;
    run_path(path, folder, names[i]);
    const duro_status status = duro_file_look(&kind, path);
    if (status || kind != DURO_KIND_NOTHING) return status;
  }
  return duro_fail(DURO_ERROR_MISSING, "this program was built without MPI (DURO_MPI)");
}

static duro_status begin(ranks *r) {
  ranks_begin *start = NULL;
  char path[RUN_PATH];
  const duro_status status = find_module(path);
  if (status) return status;
  r->library = dlopen(path, RTLD_NOW | RTLD_GLOBAL); // parts of MPI look for the others
  if (!r->library) return duro_fail(DURO_ERROR_FILE, "cannot open the module for MPI: %s", dlerror());
  void *const symbols[] = {find(r, RANKS_BEGIN), find(r, RANKS_END)};
  if (!symbols[0] || !symbols[1]) return duro_fail(DURO_ERROR_FORMAT, "%s is no module for MPI of this version", path);
  memcpy(&start, &symbols[0], sizeof start);
  memcpy(&r->end, &symbols[1], sizeof r->end);
  const char *failed = start(&r->transport);
  if (!failed) return DURO_OK;
  r->end = NULL;
  return duro_fail(DURO_ERROR_FILE, "MPI cannot begin: %s", failed);
}

duro_status ranks_join(ranks **out, int count, const char *work) {
  *out = NULL;
  ranks *r = duro_allocate(sizeof *r);
  if (!r) return DURO_ERROR_MEMORY;
  duro_status status = begin(r);
  if (!status && r->transport.count != count)
    status = duro_fail(DURO_ERROR_ARGUMENT, "the module for MPI was built with another MPI than that of mpirun");
  if (!status) status = duro_transport_check(&r->transport);
  if (!status) {
    *out = r;
    return DURO_OK;
  }
  ranks_close(r);
  return duro_fail(status, "this is one of %d processes that are to %s together, and %s", count, work, duro_error());
}

const duro_transport *ranks_transport(const ranks *r) {
  return r->transport.count > 1 ? &r->transport : NULL;
}

void ranks_close(ranks *r) {
  if (!r) return;
  if (r->end) r->end(); // the library stays: MPI leaves functions to be called at the end of the process
  duro_release(r);
}

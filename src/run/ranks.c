/* Ranks by a module that knows MPI. */
#include "run/ranks.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/file.h"

const char *const ranks_said[RANKS_STARTERS][2] = {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, // Open MPI
                                                   {"PMI_RANK", "PMI_SIZE"}, // MPICH and what is made of it
                                                   {"SLURM_PROCID", "SLURM_NTASKS"}}; // srun

void ranks_forget(void) {
  for (int i = 0; i < RANKS_MPI; i++)
    for (int k = 0; k < 2; k++) (void)unsetenv(ranks_said[i][k]);
}

struct ranks {
  void *library;
  ranks_end *end;
  duro_grid_transport transport;
};

/* a function of the module; a pointer to an object becomes one to a function, as POSIX has it */
static void *find(const ranks *r, const char *name) {
  return dlsym(r->library, name);
}

static duro_status begin(ranks *r, const char *path) {
  ranks_begin *start = NULL;
  duro_kind kind;
  duro_status status = duro_file_look(&kind, path);
  if (status) return status;
  if (kind == DURO_KIND_NOTHING) return duro_fail(DURO_ERROR_MISSING, "there is no %s", path);
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

duro_status ranks_open(ranks **out, const char *path) {
  *out = NULL;
  ranks *r = duro_allocate(sizeof *r);
  if (!r) return DURO_ERROR_MEMORY;
  const duro_status status = begin(r, path);
  if (status)
    ranks_close(r);
  else
    *out = r;
  return status;
}

const duro_grid_transport *ranks_transport(const ranks *r) {
  return r->transport.count > 1 ? &r->transport : NULL;
}

void ranks_close(ranks *r) {
  if (!r) return;
  if (r->end) r->end(); // the library stays: MPI leaves functions to be called at the end of the process
  duro_release(r);
}

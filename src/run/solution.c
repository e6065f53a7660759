/* Solutions for callers from C: duro/solution.h. */
#include "duro/solution.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "run/solved.h"

struct duro_solution {
  solved solved;
  char *folder; // which that one refers to
};

duro_solution_options duro_solution_options_default(void) {
  return (duro_solution_options){.struct_size = sizeof(duro_solution_options), .threads = 1};
}

duro_status duro_solution_open(duro_solution **out, const char *folder, const duro_env_ops *ops,
                               const duro_solution_options *options) {
  const duro_solution_options given = options ? *options : duro_solution_options_default();
  *out = NULL;
  duro_solution *s = duro_allocate(sizeof *s);
  if (!s) return DURO_ERROR_MEMORY;
  const size_t size = strlen(folder) + 1;
  s->folder = duro_allocate(size);
  duro_status status = s->folder ? DURO_OK : DURO_ERROR_MEMORY;
  if (!status) memcpy(s->folder, folder, size);
  if (!status) status = solved_open(&s->solved, s->folder, ops, given.threads, given.accept_failed);
  if (status) {
    duro_release(s->folder);
    duro_release(s);
    return status;
  }
  *out = s;
  return DURO_OK;
}

const duro_grid *duro_solution_grid(const duro_solution *solution) {
  return solution->solved.grid;
}

const duro_env *duro_solution_env(const duro_solution *solution) {
  return solution->solved.env;
}

void duro_solution_close(duro_solution *solution) {
  if (!solution) return;
  solved_close(&solution->solved);
  duro_release(solution->folder);
  duro_release(solution);
}

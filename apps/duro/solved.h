/* The folder of a solution (duro solve), opened to ask the grid. */
#ifndef DURO_APP_SOLVED_H
#define DURO_APP_SOLVED_H

#include "duro/grid.h"

typedef struct solved {
  const char *folder;
  duro_env *env; /* the one that was solved, which the grid refers to */
  duro_grid *grid;
} solved;
/* Opens a folder whose environment has these operations. After a failure nothing is left. */
duro_status solved_open(solved *s, const char *folder, const duro_env_ops *ops, int64_t threads);
void solved_close(solved *s);

#endif

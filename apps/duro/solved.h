/* The folder of a solution (duro solve), opened to ask the grid. */
#ifndef DURO_APP_SOLVED_H
#define DURO_APP_SOLVED_H

#include "duro/grid.h"

typedef struct solved {
  const char *folder;
  duro_env *env; /* the one that was solved, which the grid refers to */
  duro_grid *grid;
} solved;
#define SOLVED_ACCEPT "accept-failed-solution" /* the option that takes a solution which does not hold */

/* Opens a folder whose environment has these operations. A solution that is unfinished is refused, and one whose own
 * policy loses its starts unless `accept`. After a failure nothing is left. */
duro_status solved_open(solved *s, const char *folder, const duro_env_ops *ops, int64_t threads, bool accept);
/* Prints a line for each setting of the environment that is another one in the solution. */
void solved_print_differences(const solved *s, const duro_env *env);
void solved_close(solved *s);

#endif

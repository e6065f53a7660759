/* The folder of a solution (duro solve), opened to ask the grid. */
#ifndef DURO_RUN_SOLVED_H
#define DURO_RUN_SOLVED_H

#include "duro/grid.h"
#include "io/text.h"
#include "run/path.h"

enum { SOLVE_GRID, SOLVE_CERTIFICATE, SOLVE_ENV, SOLVE_GROUPS };
enum { SOLVE_FIELDS = DURO_GRID_ARRIVAL + 1 };

#define SOLVE_STATE "state.safetensors" /* from which --resume goes on */
#define SOLVE_COPIES "environment"      /* folder of the copy of a file that the environment is made from */

/* File of a field without folder, NULL for one that gets none. */
const char *solve_file(duro_grid_field field);

/* What a solution is worth as an answer. */
typedef enum solve_verdict {
  SOLVE_HOLDS, /* its own safety policy keeps the starts that lie in the set with a margin, but for 2 % */
  SOLVE_LOSES,
  SOLVE_EMPTY, /* there are none */
  SOLVE_REACH, /* its goal is to reach a target: no safe set, and not played */
  SOLVE_UNFINISHED
} solve_verdict;
const char *solve_verdict_name(solve_verdict verdict);

typedef struct solved {
  const char *folder;
  duro_env *env; /* the one that was solved, which the grid refers to */
  duro_grid *grid;
} solved;
#define SOLVED_ACCEPT "accept-failed-solution" /* the option that takes a solution which does not hold */

/* Opens a folder whose environment has these operations. A solution that is unfinished is refused, and one whose own
 * policy loses its starts unless `accept`. After a failure nothing is left. */
duro_status solved_open(solved *s, const char *folder, const duro_env_ops *ops, int64_t threads, bool accept);
/* Adds a line for each setting of the environment that is another one in the solution. */
void solved_differences(text *out, const solved *s, const duro_env *env);
/* The word that opens the environment that a folder solves: its name, or the copy of its file in the folder.
 * DURO_ERROR_FILE where it holds no finished solution. */
duro_status solved_environment(char out[RUN_PATH], const char *folder);

/* A file among the settings of the environment (env.track) goes with the solution as with a run: a copy lies in the
 * folder, and `settings` (of the environment) name it from there. Does nothing for an environment that is made from no
 * such file. */
duro_status solved_keep_file(const char *folder, const duro_env *env, void *settings);
/* Its name in the folder, "" where there is none. */
void solved_copy(char out[RUN_PATH], const duro_env *env);
/* The path of that copy from here, "" where there is none. */
duro_status solved_file(char path[RUN_PATH], const char *folder, const duro_env_ops *ops);
void solved_close(solved *s);

#endif

/**
 * @file solution.h
 * @brief The folder of a solution that `duro solve` left, opened to ask its grid.
 */
#ifndef DURO_SOLUTION_H
#define DURO_SOLUTION_H

#include "duro/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An opened solution. */
typedef struct duro_solution duro_solution;

/** How a solution is opened; begin with duro_solution_options_default. */
typedef struct duro_solution_options {
  size_t struct_size; /**< bytes of this struct, for later versions of it */
  int64_t threads;    /**< of what is asked; 0: as many as there are processors */
  bool accept_failed; /**< take one whose own safety policy loses more than 2 % of its starts with a margin */
} duro_solution_options;

/** One thread, and no solution that failed. */
duro_solution_options duro_solution_options_default(void);

/**
 * Opens the folder of a solution of an environment with these operations, which must outlive it. `options` may be NULL.
 * A solution that is unfinished, does not hold, has the goal to reach and so no safe set, or is of another
 * environment or program is DURO_ERROR_ARGUMENT; a
 * folder that holds none is DURO_ERROR_FILE, a broken file DURO_ERROR_FORMAT. After a failure there is nothing to
 * close.
 */
duro_status duro_solution_open(duro_solution **solution, const char *folder, const duro_env_ops *ops,
                               const duro_solution_options *options);
/** Its grid, with the safety value (duro_grid_safety_at, duro_player_grid); it lives as long as the solution. */
const duro_grid *duro_solution_grid(const duro_solution *solution);
/** The environment that was solved, with its numbers; it lives as long as the solution. */
const duro_env *duro_solution_env(const duro_solution *solution);
/** NULL is fine. */
void duro_solution_close(duro_solution *solution);

#ifdef __cplusplus
}
#endif
#endif

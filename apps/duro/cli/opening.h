/* How commands open environments, runs and solutions, and what they say of them. */
#ifndef DURO_APP_OPENING_H
#define DURO_APP_OPENING_H

#include "cli/cli.h"
#include "run/run.h"
#include "run/solved.h"

/* With the compiler of CC and the folder of TMPDIR, and a warning where the MuJoCo in use gives wrong results. */
const run_how *cli_how(void);
/* The same; controllers in C files play this environment, NULL: none. */
const run_how *cli_how_with(const char *environment);
/* That warning, on standard error, once. */
void cli_warn_of_mujoco(void);

/* Prints a line for each setting of the environment that is another one in the solution. */
void cli_print_differences(const solved *s, const duro_env *env);

#endif

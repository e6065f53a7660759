/* The formula of a plugin, read off its own step and h: the file is compiled a second time with a `double` that writes
 * down what is done with it (traced.h.in, traced.c.in), and both are called once. */
#ifndef DURO_ENV_TRACE_H
#define DURO_ENV_TRACE_H

#include "duro/formula.h"

/* Fills in the formula of an environment of this source, compiled by `compiler` in a folder below `folder`, each NULL
 * or empty for the default. Settings are those of the environment. DURO_ERROR_FORMAT where the code does what no
 * formula can: a branch on a state, a function that is not known; the message names the line. */
duro_status trace_formula(const duro_env *env, duro_formula *formula, const duro_env_source *source,
                          const char *compiler, const char *folder);

#endif

/* The settings as a JSON Schema. */
#ifndef DURO_SHOW_SCHEMA_H
#define DURO_SHOW_SCHEMA_H

#include "run/run.h"

/* Prints a schema (draft 07) of the files that --config of duro train takes; without `env` the group env may hold any
 * setting. */
duro_status schema_print(const run_config *config, bool env);

#endif

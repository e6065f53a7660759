/* --json: one JSON value on standard output in place of what a command prints. */
#ifndef DURO_SHOW_JSON_OUT_H
#define DURO_SHOW_JSON_OUT_H

#include <jansson.h>

#include "duro/policy.h"

/* What is printed from now on goes nowhere. An empty list of runs. */
json_t *json_out_begin(void);
/* Prints {"runs": list} as the only thing where `result`, the exit status of the command, is CLI_DONE. Releases the
 * list and returns the exit status. */
int json_out_end(json_t *list, int result);

/* Adds {"folder", "algorithm", "environment", "step", "verdicts" on each way of acting that counts, "rows" of a table}.
 * `summary`: see duro_verdict_read. */
duro_status json_out_add(json_t *list, const char *folder, const duro_policy *policy, const char *summary,
                         const char *table);

/* Prints a file, which holds JSON. */
duro_status json_out_file(const char *path);

#endif

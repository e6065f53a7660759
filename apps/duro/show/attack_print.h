/* duro attack: what it is asked for and what it shows. */
#ifndef DURO_APP_ATTACK_PRINT_H
#define DURO_APP_ATTACK_PRINT_H

#include <jansson.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "study/attack_session.h"

typedef struct attack_given {
  attack_options asked;
  const char *environment; /* of controllers */
  bool quiet, json;
  json_t *runs; /* for --json */
} attack_given;

/* How people see it; the context of a watcher. */
typedef struct attack_view {
  progress progress;
  double last_print; /* s, duro_clock */
  const attack_given *given;
} attack_view;

/* Functions of an attack_watcher. */
duro_status attack_print_heading(void *context, const attack_session *s);
duro_status attack_print_progress(void *context, const attack_session *s, double in_cell);
duro_status attack_print_cell(void *context, const attack_session *s, const attack_cell *cell,
                              const attack_result *result, const char *why);

#endif

/* What a user sees while training runs: one line rewritten in place on a terminal, plain lines elsewhere. */
#ifndef DURO_APP_PROGRESS_H
#define DURO_APP_PROGRESS_H

#include "duro/train.h"
#include "watch.h"

typedef struct progress {
  bool quiet, terminal, colour;
  bool shown;        /* a line stands on the terminal */
  double last_print; /* s, clock of duro_train_progress.seconds */
  double last_share; /* of the last plain line */
} progress;

void progress_start(progress *p, bool quiet);
void progress_show(progress *p, const duro_train_progress *now, const watch_result *watched);
/* Clears the live line, before anything else is printed. */
void progress_clear(progress *p);

/* "1:05", "2:01:05" */
void progress_duration(char *out, size_t size, double seconds);

#endif

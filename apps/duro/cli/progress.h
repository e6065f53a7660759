/* What a user sees while training runs: one line rewritten in place on a terminal, plain lines elsewhere. */
#ifndef DURO_APP_PROGRESS_H
#define DURO_APP_PROGRESS_H

#include "cli/cli.h"
#include "duro/run.h"

typedef struct progress {
  bool quiet, terminal, colour;
  double last_print; /* s, clock of duro_train_progress.seconds */
  double last_share; /* of the last plain line */
  double speed;      /* environment steps/s of the last seconds, evaluations and checkpoints included */
  int64_t reports, step;
  double seconds; /* of the last report, as is step */
  double shown;   /* when the line of a trial was, s of duro_clock */
} progress;

void progress_start(progress *p, bool quiet);
void progress_show(progress *p, const duro_run_progress *now);
/* Draws the live line of a trial; `context` is the progress. DURO_ERROR_STOPPED once a signal asks. */
duro_status progress_trial(double share, void *context);
/* Clears the live line, before anything else is printed. */
void progress_clear(const progress *p);
/* Puts a note in place of the live line, "" clears it; may be called from a signal handler. */
void progress_note(const progress *p, const char *note);

/* A part of the live line, printed with two spaces before it; "" is not shown. */
typedef struct progress_part {
  char text[64];
  int weight;         /* where there is little room, the smallest goes first */
  const char *colour; /* escape sequence or NULL */
} progress_part;
/* Draws the live line of a terminal: percent (share NaN: unknown), a bar where there is room, and the parts. */
void progress_draw(const progress *p, double share, progress_part *parts, int count);

/* "1:05", "2:01:05" */
void progress_duration(char *out, size_t size, double seconds);

#endif

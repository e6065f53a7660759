/* Signals that ask a command to end well.
 *
 * SIGINT, SIGTERM and SIGHUP ask; a second one ends the program at once. SIGUSR1, SIGUSR2 and SIGXCPU, by which batch
 * systems and limits warn of an end that is near, ask as well, and never end it. SIGPIPE and SIGXFSZ end nothing: what
 * cannot be written is an error of the writer. Workers hear of a request by the answer of a callback, such as
 * stop_if_asked.
 */
#ifndef DURO_APP_STOP_H
#define DURO_APP_STOP_H

#include "cli/progress.h"

/* Makes errors of SIGPIPE and SIGXFSZ; the first thing of the program. Programs that it starts have the default. */
void stop_prepare(void);

/* From now on signals ask. A note takes the place of the live line (NULL: there is none); `hear` (or NULL) is called
 * from the signal handler with `context`. */
void stop_listen(const progress *line, void (*hear)(void *context), void *context);
/* Signals end the program again, once none has asked before: what was asked to end well writes its last lines. Warnings
 * still never end it. stop_asked keeps its answer. */
void stop_release(void);

/* The signal that asked, 0 when none did. */
int stop_asked(void);
/* DURO_ERROR_STOPPED once one did. */
duro_status stop_if_asked(void);
/* Waits until a signal asks, a child process ends, or so many seconds are over; only between listen and release. */
void stop_wait(double seconds);

#endif

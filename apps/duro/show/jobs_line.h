/* Jobs as a command runs them: a line of progress, failures on standard error, signals that are passed on. */
#ifndef DURO_APP_JOBS_LINE_H
#define DURO_APP_JOBS_LINE_H

#include "run/jobs.h"

/* Runs the list, or the share that this worker has in it; NULL: alone. `command` is the present command line, quoted,
 * which goes on after a stop. Returns the exit status, CLI_FAILED where a job failed. */
int cli_run_jobs(job_list *list, int parallel, const jobs_share *share, const char *command, bool quiet);

#endif

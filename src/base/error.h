/* Error text of the calling thread, and log lines. */
#ifndef DURO_BASE_ERROR_H
#define DURO_BASE_ERROR_H

#include "duro/base.h"

/* Stores the message for duro_error() and returns `status`, so that a failure is one line:
 *   return duro_fail(DURO_ERROR_ARGUMENT, "train.batch is %d; wanted a multiple of 16", batch); */
duro_status duro_fail(duro_status status, const char *format, ...) __attribute__((format(printf, 2, 3), cold));

/* The same with ": " and the reason of an errno behind it: DURO_ERROR_MEMORY where that is ENOMEM, else
 * DURO_ERROR_FILE. */
duro_status duro_fail_system(int reason, const char *format, ...) __attribute__((format(printf, 2, 3), cold));

/* Sends one line to the log hook. */
void duro_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

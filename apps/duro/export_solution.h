/* duro export of the folder of a solution. */
#ifndef DURO_APP_EXPORT_SOLUTION_H
#define DURO_APP_EXPORT_SOLUTION_H

#include "duro/base.h"

typedef struct export_options {
  const char *to, *out, *prefix, *env, *act, *margin, *limit, *fallback, *weights;
  bool accept;
} export_options;

/* Refuses the options that numbers have no use for; `what` they are of, "solution". */
duro_status export_check_options(const char *what, const export_options *given);
duro_status export_is_solution(bool *is, const char *folder);
/* Writes the files and says so. */
duro_status export_solution(const char *folder, const export_options *given);

#endif

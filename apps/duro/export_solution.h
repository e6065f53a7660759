/* duro export of the folder of a solution. */
#ifndef DURO_APP_EXPORT_SOLUTION_H
#define DURO_APP_EXPORT_SOLUTION_H

#include "duro/base.h"

typedef struct export_options {
  const char *to, *out, *prefix, *env, *act, *margin, *limit, *fallback, *weights;
  bool accept;
} export_options;

duro_status export_is_solution(bool *is, const char *folder);
/* Writes the files and says so. */
duro_status export_solution(const char *folder, const export_options *given);

#endif

/* duro export of a solution or a certificate. */
#ifndef DURO_APP_EXPORT_TABLES_H
#define DURO_APP_EXPORT_TABLES_H

#include "study/exported.h"

typedef struct export_options {
  const char *to, *out, *prefix, *env, *act, *margin, *limit, *fallback, *weights;
  bool accept;
} export_options;

/* Writes the files and says so. */
duro_status export_tables(exported_kind kind, const char *word, const export_options *given);

#endif

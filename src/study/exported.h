/* What duro export makes of the word that names it: a solution or a certificate; all else is a policy. */
#ifndef DURO_STUDY_EXPORTED_H
#define DURO_STUDY_EXPORTED_H

#include "duro/export.h"
#include "run/path.h"

typedef enum exported_kind { EXPORTED_POLICY, EXPORTED_SOLUTION, EXPORTED_CERTIFICATE } exported_kind;

/* Where tables of numbers go, and of what they are. */
typedef struct exported_tables {
  const char *word, *out, *prefix, *env; /* prefix, env: NULL: those that they have */
  bool accept;                           /* a solution that fails as well */
  const duro_env_open_options *open;
  char name[DURO_EXPORT_NAME], environment[DURO_TEXT_SIZE]; /* what came of it */
} exported_tables;

/* A folder with grid.json is a solution; a file that begins as one is a certificate, and so is a folder that has
 * set.certificate and is no solution. */
duro_status exported_look(exported_kind *kind, const char *word);
/* Writes the C of a solution or certificate into the folder `out`, which is made. */
duro_status exported_tables_write(exported_tables *t, exported_kind kind);

#endif

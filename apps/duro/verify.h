/* What a run folder holds against what a repetition of it left in another one. */
#ifndef DURO_APP_VERIFY_H
#define DURO_APP_VERIFY_H

#include "cli/cli.h"

/* A comparison of the folder `there` with its repetition `here`, both until a step. */
typedef struct verify {
  const char *there, *here;
  int64_t until;         /* what came after this step was not repeated */
  bool whole;            /* nothing came after it: what is chosen at the end is compared, too */
  int snapshots;         /* that were compared */
  char difference[1024]; /* the first one; "": none */
} verify;

/* Writes down the first difference. */
void verify_differ(verify *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The networks of the snapshot of that step. */
duro_status verify_networks(verify *v, int64_t step);
/* Snapshots with their notes, tables of the looks, what is chosen; the first difference. */
duro_status verify_folder(verify *v);

#endif

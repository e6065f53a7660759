/* Inputs and what the library answers to them, for the self-test of an export. */
#ifndef DURO_EXPORT_VECTORS_H
#define DURO_EXPORT_VECTORS_H

#include "export/plan.h"

enum { VECTORS = 16 };

typedef struct vectors {
  int no, nu;
  float *obs;               /* (VECTORS x no) */
  float *act, *task, *safe; /* (VECTORS x nu) */
  float *value;             /* (VECTORS) */
  bool replaced[VECTORS];   /* act is the safety policy's, put there by the filter */
} vectors;

duro_status export_vectors_make(vectors *v, const plan *p);
void export_vectors_release(vectors *v);

#endif

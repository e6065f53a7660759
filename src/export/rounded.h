/* Policies whose weights are rounded to 16 bits. */
#ifndef DURO_EXPORT_ROUNDED_H
#define DURO_EXPORT_ROUNDED_H

#include "export/plan.h"

/* A copy whose weights are, layer by layer, integers of 16 bits times a power of two; biases stay. */
duro_status export_round(duro_policy **rounded, const duro_policy *policy);
/* The smallest power of two of which n numbers are at most 32767 (after rounding). */
float export_step_of(const float *values, size_t n);

/* What rounding changes, at observations from the region of interest and from farther out. */
typedef struct rounding {
  int observations, decisions; /* where the deployed action has another author */
  double task, safe, value;    /* largest differences: of controls, and of V */
} rounding;

void export_measure_rounding(rounding *out, const plan *rounded, const duro_policy *policy);

#endif

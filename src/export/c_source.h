/* The parts of the C source that are made of numbers. */
#ifndef DURO_EXPORT_C_SOURCE_H
#define DURO_EXPORT_C_SOURCE_H

#include "export/plan.h"
#include "io/text.h"

typedef struct source {
  const plan *plan;
  text parameters, networks, checksums, vectors;
  uint32_t sum;     /* as sum_bits of the source makes it */
  size_t bytes;     /* of parameters */
  size_t net_stack; /* floats that the deepest network keeps on the stack */
} source;

/* After a failure there is nothing to release. */
duro_status export_source_make(source *s, const plan *p);
void export_source_release(source *s);

/* The float, to all its bits, as a literal of C. */
void export_source_add_literal(text *out, float value);

#endif

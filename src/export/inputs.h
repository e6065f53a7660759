/* What the observations of an environment are, found out by looking. */
#ifndef DURO_EXPORT_INPUTS_H
#define DURO_EXPORT_INPUTS_H

#include "export/plan.h"
#include "io/text.h"

/* Adds a line of a C comment for each observation: its name, unit and limits. */
void export_inputs_describe(text *out, const plan *p);
/* A word in a C comment: no control codes, and nothing that ends or begins a comment. */
void export_inputs_add_word(text *out, const char *word);

/* Draws an observation (no) within the limits: of a state in the region of interest where there is an environment and
 * `wide` is false, else about what the networks are made for. */
void export_inputs_draw(const plan *p, float *obs, duro_stream *stream, bool wide);

#endif

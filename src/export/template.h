/* Text with holes: @name@ is replaced by a word; lines from "@if name" to "@end" stay only where the word is not empty,
 * those after "@else" only where it is. */
#ifndef DURO_EXPORT_TEMPLATE_H
#define DURO_EXPORT_TEMPLATE_H

#include "io/text.h"

typedef struct template_word {
  const char *name, *text;
} template_word;

/* Adds the template, filled, to `out`. Every name in it has to be one of the n words. */
void export_template_fill(text *out, const char *template, const template_word *words, int n);

#endif

/* Tables for papers: a plain LaTeX tabular, which needs no package. */
#ifndef DURO_APP_TEX_H
#define DURO_APP_TEX_H

#include "io/text.h"

/* Begins with a comment that says what it is, then `words` columns at the left and `numbers` at the right, and a line.
 */
void tex_begin(text *out, const char *about, int words, int numbers);
/* A cell with a word that is escaped; the first of its row or not. */
void tex_first(text *out, const char *word);
void tex_word(text *out, const char *word);
/* Begins a cell, not the first of its row, whose content, numbers and commands, the caller adds. */
void tex_cell(text *out);
/* Ends a row; `ruled`: with a line below, as that of the heads. */
void tex_row(text *out, bool ruled);
void tex_end(text *out);

#endif

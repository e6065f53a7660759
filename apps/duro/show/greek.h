/* Symbols that are written in words, theta, mu_h, as readers of pages and pictures expect them. */
#ifndef DURO_APP_GREEK_H
#define DURO_APP_GREEK_H

#include "io/text.h"

/* Adds a page with the names of Greek letters in its text, not in tags, code, scripts and styles, as those letters, and
 * what follows after "_" as an index. Parts of paths and of longer words stay as they are. */
void greek_page(text *out, const char *html);
/* A gnuplot string in single quotes, as text_add_gnuplot makes it, with letters: "mu_h" keeps its "_". */
void greek_gnuplot(text *script, const char *words);

#endif

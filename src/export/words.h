/* The words that fill a template of C, and how numbers and names of others are written in it. */
#ifndef DURO_EXPORT_WORDS_H
#define DURO_EXPORT_WORDS_H

#include "export/template.h"

enum { EXPORT_WORDS = 64, EXPORT_WORD = 64 };

typedef struct export_words {
  template_word word[EXPORT_WORDS];
  char kept[EXPORT_WORDS][EXPORT_WORD]; /* short ones */
  int n;
} export_words;

/* Not copied; NULL is "". */
void export_words_add(export_words *w, const char *name, const char *word);
void export_words_add_short(export_words *w, const char *name, const char *word);
void export_words_add_count(export_words *w, const char *name, int64_t value);
void export_words_add_real(export_words *w, const char *name, double value);
/* "P" and "p", the prefix in either case, and by which program, "version" and "sources". */
void export_words_add_origin(export_words *w, const char *prefix);

/* A double that reads back as it is, and as a double. */
void export_add_double(text *out, double value);
/* "{a, b},": rows of a table (count x width). */
void export_add_table(text *out, const double *values, int64_t count, int width);
/* A word for a comment of C: nothing but letters, digits and what cannot end it. */
void export_add_plain(text *out, const char *word);

#endif

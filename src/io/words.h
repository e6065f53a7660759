/* A list of words, given one after the other. */
#ifndef DURO_IO_WORDS_H
#define DURO_IO_WORDS_H

#include "duro/base.h"

struct text;

enum { WORDS_MOST = 256 };

typedef struct word_list {
  const char *word[WORDS_MOST]; /* not owned */
  int count;
} word_list;
/* Adds what `given` holds, each text divided at its blanks, as `what`, "--mpi", wants it. `room` takes the bytes, and
 * lives as long as `out`. DURO_ERROR_ARGUMENT where there are more than WORDS_MOST in all. */
duro_status words_divided(word_list *out, struct text *room, const word_list *given, const char *what);

#endif

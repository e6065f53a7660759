/* A list of words, given one after the other. */
#ifndef DURO_IO_WORDS_H
#define DURO_IO_WORDS_H

enum { WORDS_MOST = 256 };

typedef struct word_list {
  const char *word[WORDS_MOST]; /* not owned */
  int count;
} word_list;

#endif

/* Text that grows, and tables of text (CSV with words in it). */
#ifndef DURO_APP_TEXT_H
#define DURO_APP_TEXT_H

#include "duro/base.h"

/* Zero it before the first use. `bytes` is NUL-terminated once something was added. */
typedef struct text {
  char *bytes;
  size_t length, capacity;
} text;
void text_add(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds bytes, whatever they are. */
void text_add_bytes(text *t, const void *bytes, size_t size);
/* Adds a word with the characters that HTML reads as markup replaced. */
void text_add_escaped(text *t, const char *word);
/* Adds a CSV field, quoted where it must be. */
void text_add_field(text *t, const char *word);
/* Adds a double so that it reads back to the same bits; nothing for NaN. */
void text_add_number(text *t, double value);
/* Writes it whole or not at all. */
duro_status text_save(const text *t, const char *path);
void text_release(text *t);

/* A CSV file of words. */
typedef struct sheet {
  int rows, columns; /* without the header */
  char **cells;      /* ((rows + 1) x columns), the header first */
  char *bytes;
} sheet;
/* Reads a file; DURO_ERROR_FILE when there is none, DURO_ERROR_FORMAT when a row has the wrong number of fields. */
duro_status sheet_read(sheet *s, const char *path);
void sheet_release(sheet *s);
/* Cell of a row in the column of that name, "" where there is none. */
const char *sheet_cell(const sheet *s, int row, const char *column);
/* The same as a number, NaN where it is none. */
double sheet_number(const sheet *s, int row, const char *column);

/* The last part of a path, trailing slashes removed. */
void path_name(char *out, size_t size, const char *path);
/* The part before the last slash, "." where there is none. */
void path_folder(char *out, size_t size, const char *path);

#endif

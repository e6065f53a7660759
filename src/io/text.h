/* Text that grows. Running out of memory is a state of the text: nothing is added any more, and text_status and
 * text_save tell it. */
#ifndef DURO_IO_TEXT_H
#define DURO_IO_TEXT_H

#include "duro/base.h"

/* Zero it before the first use. `bytes` is NUL-terminated once something was added or failed to be. */
typedef struct text {
  char *bytes;
  size_t length, capacity;
  bool failed; /* memory ran out: `bytes` lacks something */
} text;

/* Adds as printf does in the C locale, whatever the locale of the program is. */
void text_add(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds bytes, whatever they are. */
void text_add_bytes(text *t, const void *bytes, size_t size);
/* Adds all of another text; what that one lacks, this one lacks. */
void text_add_text(text *t, const text *other);
/* Adds a CSV field, quoted where it must be. */
void text_add_field(text *t, const char *word);
/* Adds a double as duro_number_text writes it; nothing for NaN. */
void text_add_number(text *t, double value);

/* DURO_ERROR_MEMORY, with a message, when something is lacking. */
duro_status text_status(const text *t);
/* Writes it whole or not at all. */
duro_status text_save(const text *t, const char *path);
/* Fine twice. */
void text_release(text *t);

#endif

/* Numbers as text and back, strictly and whatever the locale. */
#ifndef DURO_IO_NUMBER_H
#define DURO_IO_NUMBER_H

#include "duro/base.h"

#include <stdarg.h>

#define DURO_NUMBER_SIZE 40

typedef enum duro_number {
  DURO_NUMBER_FINE,
  DURO_NUMBER_WRONG,    /* not a decimal number; so are nan, inf, hexadecimals and anything with a tail */
  DURO_NUMBER_FRACTION, /* a number, but no integer */
  DURO_NUMBER_RANGE     /* outside what the type holds */
} duro_number;

/* The shortest decimal text that reads back to the same bits; "nan", "inf" and "-inf" for the rest. */
void duro_number_text(char out[DURO_NUMBER_SIZE], double value);

/* snprintf and vsnprintf in the C locale, whatever the locale of the program is. */
int duro_format(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int duro_format_list(char *out, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/* Reads a decimal number: sign, digits with at most one point, exponent. `value` is kept unless FINE. */
duro_number duro_number_real(double *value, const char *text);
/* Reads a finite number as %a writes it, "-0x1.8p+3", and nothing else. */
duro_number duro_number_hex(double *value, const char *text);
/* duro_number_real for integers; "1e6" and "2.50e1" are integers, "2.5" is not. */
duro_number duro_number_int(int64_t *value, const char *text);

#endif

/* The value of one setting, and text made into one. */
#ifndef DURO_IO_VALUE_H
#define DURO_IO_VALUE_H

#include "duro/settings.h"

typedef union duro_value {
  int64_t integer;
  double real;
  bool boolean;
  char text[DURO_TEXT_SIZE];
} duro_value;

/* Text to a value in range. `prefix` and the row's name are for the message. */
duro_status duro_value_read(duro_value *value, const char *prefix, const duro_setting *row, const char *text);
/* Is the field of the struct at `values` a value in range? */
duro_status duro_value_check(const char *prefix, const duro_setting *row, const void *values);
/* Puts the value into its field of the struct at `values`. */
void duro_value_store(void *values, const duro_setting *row, const duro_value *value);

#endif

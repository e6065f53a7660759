/* The value of one setting, and text made into one. */
#include "io/value.h"

#include "base/error.h"
#include "io/nearest.h"
#include "io/number.h"
#include "io/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SHOWN 80 /* bytes of a wrong value that a message repeats */

/* "an integer from 1 to 64 (steps)" */
static void wanted_number(char *out, size_t size, const duro_setting *row) {
  char low[DURO_NUMBER_SIZE], high[DURO_NUMBER_SIZE];
  duro_number_text(low, row->low);
  duro_number_text(high, row->high);
  const char *unit = row->unit ? row->unit : "";
  (void)snprintf(out, size, "%s from %s to %s%s%s%s", row->kind == DURO_INT ? "an integer" : "a number", low, high,
                 *unit ? " (" : "", unit, *unit ? ")" : "");
}

static duro_status fail_number(const char *prefix, const duro_setting *row, const char *text) {
  char wanted[192];
  wanted_number(wanted, sizeof wanted, row);
  return duro_fail(DURO_ERROR_ARGUMENT, "%s.%s is \"%.*s\"; wanted %s", prefix, row->name, SHOWN, text, wanted);
}

/* compared as integers: a double cannot tell neighbours apart above 2^53 */
static bool int_is_in_range(const duro_setting *row, int64_t v) {
  if (row->low > -0x1p63 && !(row->low < 0x1p63 && v >= (int64_t)ceil(row->low))) return false;
  return !(row->high < 0x1p63) || (row->high >= -0x1p63 && v <= (int64_t)floor(row->high));
}

static bool real_is_in_range(const duro_setting *row, double v) {
  return isfinite(v) && v >= row->low && v <= row->high;
}

static duro_status read_int(duro_value *value, const char *prefix, const duro_setting *row, const char *text) {
  int64_t v = 0;
  if (duro_number_int(&v, text) != DURO_NUMBER_FINE || !int_is_in_range(row, v)) return fail_number(prefix, row, text);
  value->integer = v;
  return DURO_OK;
}

static duro_status read_real(duro_value *value, const char *prefix, const duro_setting *row, const char *text) {
  double v = 0;
  if (duro_number_real(&v, text) != DURO_NUMBER_FINE || !real_is_in_range(row, v))
    return fail_number(prefix, row, text);
  value->real = v;
  return DURO_OK;
}

static duro_status read_bool(duro_value *value, const char *prefix, const duro_setting *row, const char *text) {
  value->boolean = !strcmp(text, "true");
  if (value->boolean || !strcmp(text, "false")) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "%s.%s is \"%.*s\"; wanted true or false", prefix, row->name, SHOWN, text);
}

/* one of "a|b|c"; otherwise the nearest of them goes to `near` */
static bool is_choice(char *near, size_t size, const char *choices, const char *text) {
  int best = duro_edit_limit(text) + 1;
  *near = 0;
  for (const char *c = choices; *c;) {
    char word[DURO_TEXT_SIZE];
    size_t length = strcspn(c, "|");
    (void)snprintf(word, sizeof word, "%.*s", (int)length, c);
    if (!strcmp(word, text)) return true;
    int distance = duro_edit_distance(text, word);
    if (distance < best) {
      best = distance;
      (void)snprintf(near, size, "%s", word);
    }
    c += length + (c[length] == '|');
  }
  return false;
}

static duro_status check_text(const char *prefix, const duro_setting *row, const char *text, size_t length) {
  if (length >= DURO_TEXT_SIZE)
    return duro_fail(DURO_ERROR_ARGUMENT, "%s.%s has %zu bytes; wanted at most %d", prefix, row->name, length,
                     DURO_TEXT_SIZE - 1);
  if (!duro_utf8_valid(text, length))
    return duro_fail(DURO_ERROR_ARGUMENT, "%s.%s is no valid UTF-8 text; wanted one", prefix, row->name);
  char near[DURO_TEXT_SIZE];
  if (row->choices && !is_choice(near, sizeof near, row->choices, text))
    return duro_fail(DURO_ERROR_ARGUMENT, "%s.%s is \"%.*s\"; wanted one of %s%s%s%s", prefix, row->name, SHOWN, text,
                     row->choices, *near ? "; did you mean \"" : "", near, *near ? "\"?" : "");
  return DURO_OK;
}

static duro_status read_text(duro_value *value, const char *prefix, const duro_setting *row, const char *text) {
  const size_t length = strlen(text);
  const duro_status status = check_text(prefix, row, text, length);
  if (status) return status;
  memset(value->text, 0, sizeof value->text);
  memcpy(value->text, text, length);
  return DURO_OK;
}

duro_status duro_value_read(duro_value *value, const char *prefix, const duro_setting *row, const char *text) {
  switch (row->kind) {
  case DURO_INT:
    return read_int(value, prefix, row, text);
  case DURO_REAL:
    return read_real(value, prefix, row, text);
  case DURO_BOOL:
    return read_bool(value, prefix, row, text);
  case DURO_TEXT:
  case DURO_FILE:
    return read_text(value, prefix, row, text);
  }
  return duro_fail(DURO_ERROR_ARGUMENT, "%s.%s has no known kind", prefix, row->name);
}

duro_status duro_value_check(const char *prefix, const duro_setting *row, const void *values) {
  const char *field = (const char *)values + row->offset;
  char shown[DURO_TEXT_SIZE];
  duro_value v = {0};
  switch (row->kind) {
  case DURO_INT:
    memcpy(&v.integer, field, sizeof v.integer);
    if (int_is_in_range(row, v.integer)) return DURO_OK;
    break;
  case DURO_REAL:
    memcpy(&v.real, field, sizeof v.real);
    if (real_is_in_range(row, v.real)) return DURO_OK;
    break;
  case DURO_BOOL: // its byte: a bool that is neither may not even be read
    if ((unsigned char)*field <= 1) return DURO_OK;
    return duro_fail(DURO_ERROR_ARGUMENT, "%s.%s is a byte %d; wanted true or false", prefix, row->name,
                     (unsigned char)*field);
  case DURO_TEXT:
  case DURO_FILE: {
    const char *end = memchr(field, 0, DURO_TEXT_SIZE);
    if (end) return check_text(prefix, row, field, (size_t)(end - field));
    return duro_fail(DURO_ERROR_ARGUMENT, "%s.%s does not end; wanted at most %d bytes and a NUL", prefix, row->name,
                     DURO_TEXT_SIZE - 1);
  }
  }
  duro_settings_text(shown, sizeof shown, row, values);
  return fail_number(prefix, row, shown);
}

void duro_value_store(void *values, const duro_setting *row, const duro_value *value) {
  static const size_t size[] = {[DURO_INT] = sizeof(int64_t),
                                [DURO_REAL] = sizeof(double),
                                [DURO_BOOL] = sizeof(bool),
                                [DURO_TEXT] = DURO_TEXT_SIZE,
                                [DURO_FILE] = DURO_TEXT_SIZE};
  memcpy((char *)values + row->offset, value, size[row->kind]);
}

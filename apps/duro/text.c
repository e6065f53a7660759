/* Growing text and tables of words. */
#include "text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "duro/io.h"

static void reserve(text *t, size_t extra) {
  if (t->length + extra + 1 <= t->capacity) return;
  t->capacity = 2 * (t->length + extra + 1);
  char *bytes = realloc(t->bytes, t->capacity);
  if (!bytes) exit(cli_fail(CLI_FAILED, "out of memory: %zu bytes", t->capacity));
  t->bytes = bytes;
}

void text_add(text *t, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  const int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  reserve(t, (size_t)length);
  vsnprintf(t->bytes + t->length, (size_t)length + 1, format, again);
  va_end(again);
  t->length += (size_t)length;
}

void text_add_bytes(text *t, const void *bytes, size_t size) {
  reserve(t, size);
  memcpy(t->bytes + t->length, bytes, size);
  t->length += size;
  t->bytes[t->length] = '\0';
}

void text_add_escaped(text *t, const char *word) {
  for (; *word; word++) {
    if (*word == '<')
      text_add(t, "&lt;");
    else if (*word == '>')
      text_add(t, "&gt;");
    else if (*word == '&')
      text_add(t, "&amp;");
    else if (*word == '"')
      text_add(t, "&quot;");
    else
      text_add(t, "%c", *word);
  }
}

void text_add_field(text *t, const char *word) {
  if (!strpbrk(word, ",\"\n\r")) {
    text_add(t, "%s", word);
    return;
  }
  text_add(t, "\"");
  for (; *word; word++) text_add(t, "%s%c", *word == '"' ? "\"" : "", *word);
  text_add(t, "\"");
}

void text_add_number(text *t, double value) {
  if (isnan(value)) return;
  char shorter[40];
  for (int digits = 6; digits <= 17; digits++) {
    snprintf(shorter, sizeof shorter, "%.*g", digits, value);
    if (strtod(shorter, NULL) == value) break;
  }
  text_add(t, "%s", shorter);
}

duro_status text_save(const text *t, const char *path) {
  return duro_file_write(path, t->bytes ? t->bytes : "", t->length);
}

void text_release(text *t) {
  free(t->bytes);
  *t = (text){0};
}

/* Cuts the next field out of *at, in place; *end is set on the last one of a row. */
static char *next_field(char **at, bool *end) {
  char *from = *at, *to = *at, *field = *at;
  const bool quoted = *from == '"';
  if (quoted) from++;
  while (*from) {
    if (quoted && *from == '"') {
      if (from[1] != '"') {
        from++;
        break;
      }
      from++;
    } else if (!quoted && strchr(",\n\r", *from)) {
      break;
    }
    *to++ = *from++;
  }
  const char stop = *from;
  *end = stop != ',';
  from += stop == '\r' ? 1 + (from[1] == '\n') : stop != 0;
  *to = 0;
  *at = from;
  return field;
}

static duro_status sheet_fill(sheet *s, const char *path) {
  char *at = s->bytes;
  int field = 0, line = 0;
  while (*at) {
    bool end = false;
    char *cell = next_field(&at, &end);
    if (line == 0) s->columns = field + 1;
    if (field < s->columns) s->cells[line * s->columns + field] = cell;
    field++;
    if (!end) continue;
    if (field != s->columns)
      return duro_fail(DURO_ERROR_FORMAT, "%s: line %d has %d fields; wanted %d", path, line + 1, field, s->columns);
    field = 0;
    line++;
  }
  s->rows = line - 1;
  return line ? DURO_OK : duro_fail(DURO_ERROR_FORMAT, "%s is empty", path);
}

duro_status sheet_read(sheet *s, const char *path) {
  size_t size, fields = 2;
  *s = (sheet){0};
  char *bytes;
  duro_status status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  for (size_t i = 0; i < size; i++) fields += bytes[i] == ',' || bytes[i] == '\n';
  s->bytes = cli_allocate(size + 1, 1);
  memcpy(s->bytes, bytes, size);
  duro_file_release(bytes);
  s->cells = cli_allocate(fields, sizeof *s->cells);
  status = sheet_fill(s, path);
  if (status) sheet_release(s);
  return status;
}

void sheet_release(sheet *s) {
  free(s->bytes);
  free(s->cells);
  *s = (sheet){0};
}

const char *sheet_cell(const sheet *s, int row, const char *column) {
  for (int j = 0; j < s->columns; j++)
    if (strcmp(s->cells[j], column) == 0) return s->cells[(row + 1) * s->columns + j];
  return "";
}

double sheet_number(const sheet *s, int row, const char *column) {
  const char *cell = sheet_cell(s, row, column);
  char *end;
  const double value = strtod(cell, &end);
  return end == cell || *end ? NAN : value;
}

/* Length of the path without trailing slashes. */
static size_t trimmed(const char *path) {
  size_t length = strlen(path);
  while (length > 1 && path[length - 1] == '/') length--;
  return length;
}

static size_t name_start(const char *path, size_t length) {
  while (length > 0 && path[length - 1] != '/') length--;
  return length;
}

void path_name(char *out, size_t size, const char *path) {
  const size_t length = trimmed(path), start = name_start(path, length);
  snprintf(out, size, "%.*s", (int)(length - start), path + start);
}

void path_folder(char *out, size_t size, const char *path) {
  size_t start = name_start(path, trimmed(path));
  while (start > 1 && path[start - 1] == '/') start--;
  if (start == 0)
    snprintf(out, size, ".");
  else
    snprintf(out, size, "%.*s", (int)start, path);
}

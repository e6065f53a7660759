/* Tables as CSV files. */
#include "io/table.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "io/file.h"
#include "io/number.h"

/* ---- fields ---- */

/* where the reader stands in NUL-terminated text without other NULs */
typedef struct cutter {
  char *at;
  int64_t line;
  bool broken; /* a quote that does not end, or goes on behind its end */
} cutter;

/* Passes over the next field; the row ends there when it returns true. With `field`, puts a NUL behind it, takes its
 * quotes away in place, and tells where it begins. */
static bool pass_field(cutter *c, char **field) {
  char *from = c->at, *to = c->at;
  const bool quoted = *from == '"';
  bool closed = !quoted;
  if (field) *field = to;
  from += quoted;
  for (; *from; from++) {
    if (quoted && *from == '"' && *++from != '"') {
      closed = true;
      break;
    }
    if (!quoted && strchr(",\r\n", *from)) break;
    c->line += *from == '\n';
    if (field) *to++ = *from;
  }
  const char stop = *from;
  c->broken = c->broken || !closed || !strchr(",\r\n", stop); // which finds the NUL as well
  from += stop == '\r' && from[1] == '\n' ? 2 : stop != 0;
  if (field) *to = 0;
  c->at = from;
  c->line += stop != ',';
  return stop != ',';
}

/* counts columns and rows as they will be cut */
static duro_status measure(sheet *s, char *text, const char *name) {
  cutter c = {.at = text, .line = 1};
  int64_t rows = 0;
  while (*c.at) {
    const int64_t line = c.line;
    int64_t fields = 1;
    while (!pass_field(&c, NULL)) fields++;
    if (c.broken) return duro_fail(DURO_ERROR_FORMAT, "%s:%lld: a quote does not end", name, (long long)line);
    if (rows == 0) s->columns = fields < INT_MAX ? (int)fields : INT_MAX;
    if (fields != s->columns)
      return duro_fail(DURO_ERROR_FORMAT, "%s:%lld: %lld fields; wanted %d", name, (long long)line, (long long)fields,
                       s->columns);
    rows++;
  }
  if (rows == 0) return duro_fail(DURO_ERROR_FORMAT, "%s: is empty; wanted a line of column names", name);
  if (rows >= INT_MAX) return duro_fail(DURO_ERROR_FORMAT, "%s: too many rows", name);
  s->rows = (int)rows - 1;
  return DURO_OK;
}

static duro_status cut(sheet *s, char *text, const char *name) {
  size_t cells;
  if (__builtin_mul_overflow((size_t)s->rows + 1, (size_t)s->columns * sizeof *s->cells, &cells))
    return duro_fail(DURO_ERROR_FORMAT, "%s: too many rows", name);
  s->cells = duro_allocate(cells);
  if (!s->cells) return DURO_ERROR_MEMORY;
  cutter c = {.at = text};
  for (size_t i = 0; i < cells / sizeof *s->cells; i++) (void)pass_field(&c, &s->cells[i]);
  for (int i = 0; i < s->columns; i++)
    if (!*s->cells[i]) return duro_fail(DURO_ERROR_FORMAT, "%s:1: column %d has no name", name, i + 1);
  return DURO_OK;
}

duro_status sheet_parse(sheet *s, const char *bytes, size_t size, const char *name) {
  *s = (sheet){0};
  if (size && memchr(bytes, 0, size))
    return duro_fail(DURO_ERROR_FORMAT, "%s: holds NUL bytes; it is no CSV file", name);
  if (size >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3)) bytes += 3, size -= 3; // byte order mark
  s->bytes = duro_allocate(size + 1);
  if (!s->bytes) return DURO_ERROR_MEMORY;
  if (size) memcpy(s->bytes, bytes, size);
  duro_status status = measure(s, s->bytes, name);
  if (!status) status = cut(s, s->bytes, name);
  if (status) sheet_release(s);
  return status;
}

/* ---- tables of words ---- */

duro_status sheet_read_if_there(sheet *s, bool *there, const char *path) {
  char *bytes;
  size_t size;
  *s = (sheet){0};
  duro_status status = duro_file_read_if_there(&bytes, &size, there, path);
  if (status || !*there) return status;
  status = sheet_parse(s, bytes, size, path);
  duro_file_release(bytes);
  return status;
}

static duro_status fail_absent(const char *path) {
  return duro_fail(DURO_ERROR_FILE, "cannot read %s: %s", path, strerror(ENOENT));
}

duro_status sheet_read(sheet *s, const char *path) {
  bool there;
  const duro_status status = sheet_read_if_there(s, &there, path);
  return status || there ? status : fail_absent(path);
}

void sheet_release(sheet *s) {
  duro_release(s->bytes);
  duro_release(s->cells);
  *s = (sheet){0};
}

duro_status sheet_expect(sheet *s, const char *const *columns, int count, const char *path) {
  bool same = s->columns == count;
  for (int i = 0; same && i < count; i++) same = !strcmp(s->cells[i], columns[i]);
  if (same) return DURO_OK;
  sheet_release(s);
  return duro_fail(DURO_ERROR_FORMAT, "%s: has other columns than this program writes; wanted it moved away", path);
}

const char *sheet_cell(const sheet *s, int row, const char *column) {
  for (int j = 0; j < s->columns; j++)
    if (strcmp(s->cells[j], column) == 0) return s->cells[((size_t)row + 1) * (size_t)s->columns + (size_t)j];
  return "";
}

/* what duro_number_text writes, NaN where empty; false when it is something else */
static bool read_number(double *value, const char *word) {
  *value = NAN;
  if (!*word || !strcmp(word, "nan")) return true;
  if (!strcmp(word, "inf") || !strcmp(word, "-inf")) {
    *value = *word == '-' ? -INFINITY : INFINITY;
    return true;
  }
  return duro_number_real(value, word) == DURO_NUMBER_FINE;
}

double sheet_number(const sheet *s, int row, const char *column) {
  double value;
  return read_number(&value, sheet_cell(s, row, column)) ? value : NAN;
}

/* ---- tables of numbers ---- */

/* names into one block: the pointers, then the text they point into */
static duro_status copy_names(duro_table *table, const sheet *s) {
  size_t size = (size_t)s->columns * sizeof *table->names;
  for (int i = 0; i < s->columns; i++) size += strlen(s->cells[i]) + 1;
  table->names = duro_allocate(size);
  if (!table->names) return DURO_ERROR_MEMORY;
  char *to = (char *)(table->names + s->columns);
  for (int i = 0; i < s->columns; i++) {
    table->names[i] = strcpy(to, s->cells[i]);
    to += strlen(to) + 1;
  }
  return DURO_OK;
}

static duro_status read_values(duro_table *table, const sheet *s, const char *path) {
  const size_t columns = (size_t)s->columns, count = (size_t)s->rows * columns;
  table->values = duro_allocate(count * sizeof *table->values); // no more than the cells took
  if (!table->values) return DURO_ERROR_MEMORY;
  for (size_t i = 0; i < count; i++)
    if (!read_number(&table->values[i], s->cells[columns + i]))
      return duro_fail(DURO_ERROR_FORMAT, "%s:%zu: \"%.80s\" in column \"%.80s\" is no number", path, i / columns + 2,
                       s->cells[columns + i], s->cells[i % columns]);
  table->rows = s->rows;
  table->columns = s->columns;
  return DURO_OK;
}

duro_status table_read_if_there(duro_table *table, bool *there, const char *path) {
  sheet s;
  *table = (duro_table){0};
  duro_status status = sheet_read_if_there(&s, there, path);
  if (status || !*there) return status;
  status = copy_names(table, &s);
  if (!status) status = read_values(table, &s, path);
  sheet_release(&s);
  if (status) duro_table_release(table);
  return status;
}

duro_status duro_table_read(duro_table *table, const char *path) {
  bool there;
  const duro_status status = table_read_if_there(table, &there, path);
  return status || there ? status : fail_absent(path);
}

void duro_table_release(duro_table *table) {
  duro_release(table->names);
  duro_release(table->values);
  *table = (duro_table){0};
}

/* ---- rows that replace others ---- */

static void add_row(text *out, const sheet *s, int row) {
  for (int j = 0; j < s->columns; j++) {
    if (j) text_add_bytes(out, ",", 1);
    text_add_field(out, s->cells[((size_t)row + 1) * (size_t)s->columns + (size_t)j]);
  }
  text_add_bytes(out, "\n", 1);
}

duro_status table_put(const char *path, const char *const *columns, int count, table_replaces replaces, void *context,
                      const text *rows) {
  sheet old;
  bool there;
  duro_status status = sheet_read_if_there(&old, &there, path);
  if (!status && there) status = sheet_expect(&old, columns, count, path);
  if (status) return status;
  text all = {0};
  for (int i = 0; i < count; i++) {
    if (i) text_add_bytes(&all, ",", 1);
    text_add_field(&all, columns[i]);
  }
  text_add_bytes(&all, "\n", 1);
  for (int row = 0; row < old.rows; row++)
    if (!replaces(&old, row, context)) add_row(&all, &old, row);
  text_add_text(&all, rows);
  sheet_release(&old);
  status = text_save(&all, path);
  text_release(&all);
  return status;
}

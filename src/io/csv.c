/* CSV files: written row by row, read as a table of numbers. */
#include "base/error.h"
#include "base/memory.h"
#include "io/file.h"
#include "io/number.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* ---- writing ---- */

struct duro_csv {
  duro_growing file;
  int columns;
  char *line; /* one row, (columns * (DURO_NUMBER_SIZE + 1)) */
};

/* header line into `line` (NULL only counts); returns its bytes */
static size_t put_header(char *line, const char *const *columns, int count) {
  size_t used = 0;
  for (int i = 0; i < count; i++) {
    size_t length = strlen(columns[i]);
    if (line) {
      memcpy(line + used, columns[i], length);
      line[used + length] = i + 1 < count ? ',' : '\n';
    }
    used += length + 1;
  }
  return used;
}

static duro_status check_columns(const char *const *columns, int count) {
  if (count < 1) return duro_fail(DURO_ERROR_ARGUMENT, "a CSV file of %d columns; wanted at least 1", count);
  for (int i = 0; i < count; i++)
    if (!*columns[i] || strpbrk(columns[i], ",\"\r\n"))
      return duro_fail(DURO_ERROR_ARGUMENT,
                       "CSV column %d is named \"%.80s\"; wanted a name without comma, quote or line end", i + 1,
                       columns[i]);
  return DURO_OK;
}

/* the new file with its header in place, open for rows */
static duro_status open_file(duro_csv *csv, const char *path, const char *const *columns) {
  size_t size = put_header(NULL, columns, csv->columns);
  char *header = duro_allocate(size);
  if (!header) return DURO_ERROR_MEMORY;
  put_header(header, columns, csv->columns);
  duro_status status = duro_growing_create(&csv->file, path, header, size);
  duro_release(header);
  return status;
}

/* the file, for those who have opened none */
static duro_status make(duro_csv **out, int count) {
  duro_csv *csv = duro_allocate(sizeof *csv);
  if (!csv) return DURO_ERROR_MEMORY;
  csv->file.fd = -1;
  csv->columns = count;
  csv->line = duro_allocate((size_t)count * (DURO_NUMBER_SIZE + 1));
  *out = csv;
  return csv->line ? DURO_OK : DURO_ERROR_MEMORY;
}

static duro_status finish(duro_csv **out, duro_status status) {
  if (!status) return DURO_OK;
  duro_csv_close(*out);
  *out = NULL;
  return status;
}

duro_status duro_csv_create(duro_csv **out, const char *path, const char *const *columns, int count) {
  *out = NULL;
  duro_status status = check_columns(columns, count);
  if (!status) status = make(out, count);
  if (!status) status = open_file(*out, path, columns);
  return finish(out, status);
}

/* Bytes up to the first row that has no end, or whose first field is above `last` or no number. */
static off_t kept_bytes(const char *bytes, size_t size, double last) {
  const char *end = bytes + size, *kept = bytes;
  for (const char *line = bytes, *newline; line < end; line = kept = newline + 1) {
    newline = memchr(line, '\n', (size_t)(end - line));
    if (!newline) break;
    if (line == bytes) continue; // column names
    char first[DURO_NUMBER_SIZE] = "";
    const size_t length = strcspn(line, ",\r\n");
    double value;
    if (length < sizeof first) memcpy(first, line, length);
    if (duro_number_real(&value, first) != DURO_NUMBER_FINE || value > last) break;
  }
  return (off_t)(kept - bytes);
}

duro_status duro_growing_csv(duro_growing *file, const char *path, const char *header, double last) {
  file->fd = -1;
  if (access(path, F_OK) && errno == ENOENT) return duro_growing_create(file, path, header, strlen(header));
  char *bytes;
  size_t size, length = strlen(header);
  duro_status status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  if (size < length || memcmp(bytes, header, length) != 0)
    status = duro_fail(DURO_ERROR_FORMAT, "%s: has other columns; it cannot be gone on with", path);
  if (!status) status = duro_growing_open(file, path, kept_bytes(bytes, size, last));
  duro_file_release(bytes);
  return status;
}

duro_status duro_csv_resume(duro_csv **out, const char *path, const char *const *columns, int count, double last) {
  *out = NULL;
  duro_status status = check_columns(columns, count);
  if (!status) status = make(out, count);
  const size_t size = status ? 0 : put_header(NULL, columns, count);
  char *header = status ? NULL : duro_allocate(size + 1);
  if (!status && !header) status = DURO_ERROR_MEMORY;
  if (!status) put_header(header, columns, count);
  if (!status) status = duro_growing_csv(&(*out)->file, path, header, last);
  duro_release(header);
  return finish(out, status);
}

duro_status duro_csv_row(duro_csv *csv, const double *values) {
  size_t used = 0;
  for (int i = 0; i < csv->columns; i++) {
    csv->line[used] = 0;
    if (!isnan(values[i])) duro_number_text(csv->line + used, values[i]);
    used += strlen(csv->line + used);
    csv->line[used++] = i + 1 < csv->columns ? ',' : '\n';
  }
  return duro_growing_append(&csv->file, csv->line, used);
}

void duro_csv_close(duro_csv *csv) {
  if (!csv) return;
  duro_growing_close(&csv->file);
  duro_release(csv->line);
  duro_release(csv);
}

/* ---- reading ---- */

/* ends the line at `line`, without its line end; returns the start of the next */
static char *cut_line(char *line, char *end) {
  char *newline = memchr(line, '\n', (size_t)(end - line));
  char *stop = newline ? newline : end;
  *stop = 0;
  if (stop > line && stop[-1] == '\r') stop[-1] = 0;
  return newline ? newline + 1 : end;
}

static int count_fields(const char *line) {
  int n = 1;
  for (; *line; line++) n += *line == ',';
  return n;
}

/* names into one block: the pointers, then the text they point into */
static duro_status read_names(duro_table *table, const char *header, const char *path) {
  if (strlen(header) > INT_MAX / 2) return duro_fail(DURO_ERROR_FORMAT, "%s:1: the header is too long", path);
  table->columns = count_fields(header);
  size_t pointers = (size_t)table->columns * sizeof *table->names;
  table->names = duro_allocate(pointers + strlen(header) + 1);
  if (!table->names) return DURO_ERROR_MEMORY;
  char *text = strcpy((char *)table->names + pointers, header);
  for (int i = 0; i < table->columns; i++) {
    table->names[i] = text;
    text += strcspn(text, ",");
    if (*text) *text++ = 0;
    if (!*table->names[i] || strchr(table->names[i], '"'))
      return duro_fail(DURO_ERROR_FORMAT, "%s:1: column %d has no name without quotes", path, i + 1);
  }
  return DURO_OK;
}

/* one field; what duro_csv_row writes, NaN where empty */
static bool read_field(double *value, const char *text) {
  *value = NAN;
  if (!*text || !strcmp(text, "nan")) return true;
  if (!strcmp(text, "inf") || !strcmp(text, "-inf")) {
    *value = *text == '-' ? -INFINITY : INFINITY;
    return true;
  }
  return duro_number_real(value, text) == DURO_NUMBER_FINE;
}

static duro_status read_row(duro_table *table, char *line, const char *path) {
  double *row = table->values + (size_t)table->rows * (size_t)table->columns;
  int number = table->rows + 2, fields = count_fields(line);
  if (fields != table->columns)
    return duro_fail(DURO_ERROR_FORMAT, "%s:%d: %d fields; wanted %d", path, number, fields, table->columns);
  for (int i = 0; i < table->columns; i++) {
    char *end = line + strcspn(line, ",");
    *end = 0;
    if (!read_field(&row[i], line))
      return duro_fail(DURO_ERROR_FORMAT, "%s:%d: \"%.80s\" in column \"%.80s\" is no number", path, number, line,
                       table->names[i]);
    line = end + 1;
  }
  table->rows++;
  return DURO_OK;
}

/* rows that `text` holds, the last one with or without line end */
static size_t count_rows(const char *text, const char *end) {
  size_t rows = 0;
  for (const char *line = text; line < end; rows++) {
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    line = newline ? newline + 1 : end;
  }
  return rows;
}

static duro_status read_table(duro_table *table, char *text, size_t size, const char *path) {
  char *end = text + size;
  if (memchr(text, 0, size)) return duro_fail(DURO_ERROR_FORMAT, "%s: holds NUL bytes; it is no CSV file", path);
  if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) text += 3; // byte order mark
  if (text == end) return duro_fail(DURO_ERROR_FORMAT, "%s: is empty; wanted a line of column names", path);
  char *line = cut_line(text, end);
  duro_status status = read_names(table, text, path);
  if (status) return status;

  size_t rows = count_rows(line, end), cells;
  if (rows > INT_MAX - 2 || __builtin_mul_overflow(rows * sizeof(double), (size_t)table->columns, &cells))
    return duro_fail(DURO_ERROR_FORMAT, "%s: too many rows", path);
  table->values = duro_allocate(cells);
  if (!table->values) return DURO_ERROR_MEMORY;
  while (line < end && !status) {
    char *next = cut_line(line, end);
    status = read_row(table, line, path);
    line = next;
  }
  return status;
}

duro_status duro_table_read(duro_table *table, const char *path) {
  char *text;
  size_t size;
  *table = (duro_table){0};
  duro_status status = duro_file_read(&text, &size, path);
  if (status) return status;
  status = read_table(table, text, size, path);
  duro_file_release(text);
  if (status) duro_table_release(table);
  return status;
}

void duro_table_release(duro_table *table) {
  duro_release(table->names);
  duro_release(table->values);
  *table = (duro_table){0};
}

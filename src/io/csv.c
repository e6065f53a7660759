/* CSV files of numbers, written row by row. */
#include "base/error.h"
#include "base/memory.h"
#include "io/file.h"
#include "io/number.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

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

duro_status duro_csv_sync(duro_csv *csv) {
  return duro_growing_sync(&csv->file);
}

void duro_csv_close(duro_csv *csv) {
  if (!csv) return;
  duro_growing_close(&csv->file);
  duro_release(csv->line);
  duro_release(csv);
}

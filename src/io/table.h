/* Tables as CSV files: the one reader, and rows that replace others. */
#ifndef DURO_IO_TABLE_H
#define DURO_IO_TABLE_H

#include "duro/io.h"
#include "io/text.h"

/* A table of words. Rows end in LF, CR or CRLF, the last one may lack it; fields may be quoted, and quotes are doubled
 * within quotes; a byte order mark is skipped. */
typedef struct sheet {
  int rows, columns; /* without the header */
  char **cells;      /* ((rows + 1) x columns), the header first; they may be changed in place */
  char *bytes;
} sheet;

/* Reads a file. DURO_ERROR_FILE: it cannot be read. DURO_ERROR_FORMAT: it is no table: NUL bytes, a column without
 * name, a row with another number of fields than the header, a quote that does not end. After a failure the sheet is
 * empty and there is nothing to release. */
duro_status sheet_read(sheet *s, const char *path);
/* The same, but a file that does not exist is an empty sheet, and *there is false. */
duro_status sheet_read_if_there(sheet *s, bool *there, const char *path);
/* Reads a table from memory; `name` is for messages. */
duro_status sheet_parse(sheet *s, const char *bytes, size_t size, const char *name);
void sheet_release(sheet *s);
/* DURO_ERROR_FORMAT unless these are the columns, in this order; after a failure the sheet is released. */
duro_status sheet_expect(sheet *s, const char *const *columns, int count, const char *path);
/* Cell of a row in the column of that name, "" where there is none. */
const char *sheet_cell(const sheet *s, int row, const char *column);
/* The same as a number, NaN where it is none. */
double sheet_number(const sheet *s, int row, const char *column);

/* duro_table_read, but a file that does not exist is an empty table, and *there is false. */
duro_status table_read_if_there(duro_table *table, bool *there, const char *path);

/* Which of the rows that are there a new one replaces. */
typedef bool (*table_replaces)(const sheet *old, int row, void *context);
/* Puts rows into a table: the header, the rows that are there and that `replaces` does not name, and `rows` behind
 * them, whole or not at all. A file that is there and cannot be read, or has other columns, is an error and stays as it
 * is. Whoever calls it holds the lock of the folder. */
duro_status table_put(const char *path, const char *const *columns, int count, table_replaces replaces, void *context,
                      const text *rows);

#endif

/* Files that replace their predecessors whole or not at all, and files that grow. */
#ifndef DURO_IO_FILE_H
#define DURO_IO_FILE_H

#include "duro/io.h"

#include <limits.h>
#include <sys/types.h>

typedef struct duro_writer {
  int fd;
  char path[PATH_MAX];      /* where it goes, links followed */
  char temporary[PATH_MAX]; /* where it is until then; "" when written in place (a device or a pipe) */
} duro_writer;

/* Opens a temporary file in the folder of `path`. After a failure nothing is left open. */
duro_status duro_writer_begin(duro_writer *writer, const char *path);
/* Appends bytes; a failure removes the temporary file and closes it. */
duro_status duro_writer_append(duro_writer *writer, const void *bytes, size_t size);
/* Makes the file durable and puts it in place; a failure removes the temporary file. */
duro_status duro_writer_commit(duro_writer *writer);
/* Gives up; fine after a failure. */
void duro_writer_cancel(duro_writer *writer);

/* duro_file_read, but a file that does not exist is no failure: then *there is false and *bytes NULL. */
duro_status duro_file_read_if_there(char **bytes, size_t *size, bool *there, const char *path);

/* The version of all formats of files that are written: tensors, run.json, grid.json. A file that says none is older.
 */
#define DURO_FORMAT 1
/* DURO_ERROR_FORMAT where a file has a later one than `newest`. */
duro_status duro_format_check(int64_t format, int64_t newest, const char *path);

/* What lies at a path, links followed. */
typedef enum duro_kind { DURO_KIND_NOTHING, DURO_KIND_FILE, DURO_KIND_FOLDER, DURO_KIND_OTHER } duro_kind;

/* Nothing there is no failure; not to be able to tell is one, DURO_ERROR_FILE: what is there must never pass for
 * nothing because a disk or a network failed. */
duro_status duro_file_look(duro_kind *kind, const char *path);

/* write(2) until all is written; false with errno set. */
bool duro_write_all(int fd, const void *bytes, size_t size);

/* A file that grows by whole pieces. */
typedef struct duro_growing {
  int fd;
  off_t length; /* bytes of the whole pieces */
  char path[PATH_MAX];
} duro_growing;

/* Puts a file with its first piece in place and opens it for more. After a failure nothing is left open. */
duro_status duro_growing_create(duro_growing *file, const char *path, const void *bytes, size_t size);
/* Opens a file that is there for more, after its first `length` bytes; what follows them is cut off. */
duro_status duro_growing_open(duro_growing *file, const char *path, off_t length);
/* Adds a piece; a failure leaves no part of it behind, so that what is there can still be read. */
duro_status duro_growing_append(duro_growing *file, const void *bytes, size_t size);
/* Makes durable what was added. */
duro_status duro_growing_sync(const duro_growing *file);
/* Fine after a failed create, and twice. */
void duro_growing_close(duro_growing *file);

/* Goes on with a CSV file of this header line: rows whose first field is above `last`, or no number, are cut off, and
 * so is a row without an end. A file that is not there is created. */
duro_status duro_growing_csv(duro_growing *file, const char *path, const char *header, double last);

#endif

/* A file that replaces its predecessor whole or not at all. */
#ifndef DURO_IO_FILE_H
#define DURO_IO_FILE_H

#include "duro/io.h"

#include <limits.h>

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

/* write(2) until all is written; false with errno set. */
bool duro_write_all(int fd, const void *bytes, size_t size);

#endif

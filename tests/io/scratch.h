/* A folder of its own for a test program, and small help with files. Include after cmocka.h. */
#ifndef TESTS_IO_SCRATCH_H
#define TESTS_IO_SCRATCH_H

#include "duro/base.h"
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch[64];

static inline int scratch_create(void **state) {
  (void)state;
  strcpy(scratch, "/tmp/duro-test-XXXXXX");
  return mkdtemp(scratch) ? 0 : -1;
}

/* entries of the folder but . and .. */
static inline int scratch_count(void) {
  int n = 0;
  DIR *folder = opendir(scratch);
  assert_non_null(folder);
  for (const struct dirent *e; (e = readdir(folder));) n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
  closedir(folder);
  return n;
}

/* removes all files of the folder */
static inline int scratch_clear(void **state) {
  (void)state;
  char path[512];
  DIR *folder = opendir(scratch);
  if (!folder) return -1;
  for (const struct dirent *e; (e = readdir(folder));) {
    (void)snprintf(path, sizeof path, "%s/%s", scratch, e->d_name);
    if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && remove(path)) return -1;
  }
  closedir(folder);
  return 0;
}

static inline int scratch_remove(void **state) {
  return scratch_clear(state) || rmdir(scratch);
}

/* path of a file in the folder; four at a time */
static inline const char *in_scratch(const char *name) {
  static char paths[4][512];
  static unsigned next;
  char *path = paths[next++ % 4];
  (void)snprintf(path, sizeof paths[0], "%s/%s", scratch, name);
  return path;
}

/* plain C writing and reading, so that a test does not judge the library by itself */
static inline void put_file(const char *path, const void *bytes, size_t size) {
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, size, f), size);
  assert_int_equal(fclose(f), 0);
}

static inline size_t get_file(void *bytes, size_t room, const char *path) {
  FILE *f = fopen(path, "rb");
  assert_non_null(f);
  size_t size = fread(bytes, 1, room, f);
  assert_true(size < room);
  ((char *)bytes)[size] = 0;
  fclose(f);
  return size;
}

static inline void assert_file_is(const char *path, const char *text) {
  static char bytes[65536];
  get_file(bytes, sizeof bytes, path);
  assert_string_equal(bytes, text);
}

/* An allocator that gives out `left` blocks and then no more, or fails that once alone; `live` are out. */
typedef struct short_memory {
  int left, live;
  bool once, failed;
} short_memory;

static inline void *short_allocate(size_t bytes, void *context) {
  short_memory *m = context;
  if (m->left <= 0 && !(m->once && m->failed)) {
    m->failed = true;
    return NULL;
  }
  m->left--;
  m->live++;
  return malloc(bytes);
}

static inline void short_release(void *memory, void *context) {
  ((short_memory *)context)->live--;
  free(memory);
}

/* Lets `work` fail at its first, second, .. allocation until it succeeds: each failure is an error of memory that
 * leaves nothing behind. Then at one alone, after which there is memory again. */
static inline void assert_survives_short_memory(duro_status (*work)(void)) {
  for (int once = 0; once < 2; once++) {
    bool failed = true;
    for (int n = 0; failed; n++) {
      short_memory m = {.left = n, .once = once};
      duro_set_allocator(short_allocate, short_release, &m);
      const duro_status status = work();
      duro_set_allocator(NULL, NULL, NULL);
      failed = m.failed;
      assert_int_equal(m.live, 0);
      assert_int_equal(status, failed ? DURO_ERROR_MEMORY : DURO_OK);
      assert_true(n < 100);
    }
  }
}

#endif

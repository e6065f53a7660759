/* For LD_PRELOAD: the allocation of number FAIL_AT gives nothing. Their count goes to the file COUNT_TO. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static atomic_long made;
static long at = -1;

__attribute__((constructor)) static void begin(void) {
  const char *word = getenv("FAIL_AT");
  unsetenv("LD_PRELOAD"); // programs that are started are left alone
  made = 0;
  at = word ? atol(word) : -1;
}

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("COUNT_TO");
  const long count = made;
  at = -1;
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  fprintf(file, "%ld\n", count);
  fclose(file);
}

static int fails(void) {
  if (at < 0 || atomic_fetch_add(&made, 1) + 1 != at) return 0;
  errno = ENOMEM;
  return 1;
}

void *malloc(size_t size) {
  return fails() ? NULL : __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  return fails() ? NULL : __libc_calloc(count, size);
}
void *realloc(void *old, size_t size) {
  return fails() ? NULL : __libc_realloc(old, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  return fails() ? NULL : __libc_memalign(alignment, size);
}
int posix_memalign(void **out, size_t alignment, size_t size) {
  *out = fails() ? NULL : __libc_memalign(alignment, size);
  return *out ? 0 : ENOMEM;
}

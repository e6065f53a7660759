/* Parts of paths. */
#include "io/path.h"

#include <stdio.h>
#include <string.h>

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
  (void)snprintf(out, size, "%.*s", (int)(length - start), path + start);
}

void path_stem(char *out, size_t size, const char *path) {
  path_name(out, size, path);
  char *dot = strrchr(out, '.');
  if (dot && dot != out) *dot = '\0';
}

void path_folder(char *out, size_t size, const char *path) {
  size_t start = name_start(path, trimmed(path));
  while (start > 1 && path[start - 1] == '/') start--;
  if (start == 0)
    (void)snprintf(out, size, ".");
  else
    (void)snprintf(out, size, "%.*s", (int)start, path);
}

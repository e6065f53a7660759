/* Text that grows. */
#include "io/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "io/number.h"

/* Keeps what is there; a text without any becomes "", which is not ours to release and never written to. */
static bool fail(text *t) {
  t->failed = true;
  if (!t->bytes) t->bytes = (char *)(uintptr_t) "";
  return false;
}

/* room for `extra` more bytes and the NUL */
static bool reserve(text *t, size_t extra) {
  if (t->failed) return false;
  if (extra < t->capacity - t->length) return true;
  if (extra >= SIZE_MAX / 4 - t->length) return fail(t);
  const size_t capacity = 2 * (t->length + extra + 1);
  char *bytes = duro_allocate(capacity);
  if (!bytes) return fail(t);
  if (t->bytes) memcpy(bytes, t->bytes, t->length + 1);
  duro_release(t->bytes);
  t->bytes = bytes;
  t->capacity = capacity;
  return true;
}

/* prints behind what is there; false when that did not fit, with `length` what is wanted */
static bool print(text *t, size_t *length, const char *format, va_list arguments) {
  const size_t room = t->capacity - t->length;
  const int printed = duro_format_list(t->bytes ? t->bytes + t->length : NULL, room, format, arguments);
  if (printed < 0) return fail(t);
  *length = (size_t)printed;
  return *length < room;
}

void text_add(text *t, const char *format, ...) {
  if (t->failed) return;
  va_list arguments, again;
  size_t length = 0;
  va_start(arguments, format);
  va_copy(again, arguments);
  if (print(t, &length, format, arguments) || (reserve(t, length) && print(t, &length, format, again)))
    t->length += length;
  else if (t->capacity)
    t->bytes[t->length] = '\0';
  va_end(again);
  va_end(arguments);
}

void text_add_bytes(text *t, const void *bytes, size_t size) {
  if (!reserve(t, size)) return;
  if (size) memcpy(t->bytes + t->length, bytes, size);
  t->length += size;
  t->bytes[t->length] = '\0';
}

void text_add_text(text *t, const text *other) {
  text_add_bytes(t, other->bytes, other->length);
  if (other->failed) fail(t);
}

void text_add_field(text *t, const char *word) {
  const bool marked = !strncmp(word, "\xef\xbb\xbf", 3); // at the beginning of a file it would be a byte order mark
  if (!marked && !strpbrk(word, ",\"\n\r")) {
    text_add_bytes(t, word, strlen(word));
    return;
  }
  text_add_bytes(t, "\"", 1);
  for (; *word; word++) text_add_bytes(t, *word == '"' ? "\"\"" : word, *word == '"' ? 2 : 1);
  text_add_bytes(t, "\"", 1);
}

void text_add_number(text *t, double value) {
  if (isnan(value)) return;
  char shortest[DURO_NUMBER_SIZE];
  duro_number_text(shortest, value);
  text_add_bytes(t, shortest, strlen(shortest));
}

duro_status text_status(const text *t) {
  return t->failed ? duro_fail(DURO_ERROR_MEMORY, "out of memory after %zu bytes of a text", t->length) : DURO_OK;
}

duro_status text_save(const text *t, const char *path) {
  if (t->failed) return duro_fail(DURO_ERROR_MEMORY, "cannot write %s: out of memory", path);
  return duro_file_write(path, t->bytes ? t->bytes : "", t->length);
}

void text_release(text *t) {
  if (t->capacity) duro_release(t->bytes);
  *t = (text){0};
}

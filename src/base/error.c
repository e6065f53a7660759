/* Error text of the calling thread, log hook and the words for status codes. */
#include "base/error.h"

#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_SIZE 1024

static _Thread_local char error_text[TEXT_SIZE];

static struct {
  void (*log)(const char *line, void *context);
  void *context;
} hook;

/* writes the formatted text as one line: whatever a file or user slipped in, no control byte comes out */
static void format_line(char line[TEXT_SIZE], const char *format, va_list arguments) {
  // numbers as everywhere else, whatever the locale of the program is
  const locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0), before = uselocale(c);
  int length = vsnprintf(line, TEXT_SIZE, format, arguments);
  uselocale(before);
  if (c) freelocale(c);
  if (length < 0) (void)snprintf(line, TEXT_SIZE, "%s", format);
  for (char *c = line; *c; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = ' ';
}

const char *duro_error(void) {
  return error_text;
}

const char *duro_status_name(duro_status status) {
  switch (status) {
  case DURO_OK:
    return "ok";
  case DURO_ERROR_ARGUMENT:
    return "argument";
  case DURO_ERROR_MEMORY:
    return "memory";
  case DURO_ERROR_FILE:
    return "file";
  case DURO_ERROR_FORMAT:
    return "format";
  case DURO_ERROR_NOT_FINITE:
    return "not finite";
  case DURO_ERROR_MISSING:
    return "missing";
  case DURO_ERROR_STOPPED:
    return "stopped";
  }
  return "unknown";
}

duro_status duro_fail(duro_status status, const char *format, ...) {
  // by way of a second buffer: the arguments may hold duro_error() itself
  char line[TEXT_SIZE];
  va_list arguments;
  va_start(arguments, format);
  format_line(line, format, arguments);
  va_end(arguments);
  memcpy(error_text, line, sizeof line);
  return status;
}

duro_status duro_fail_system(int reason, const char *format, ...) {
  char line[TEXT_SIZE];
  va_list arguments;
  va_start(arguments, format);
  format_line(line, format, arguments);
  va_end(arguments);
  if (reason == ENOMEM) return duro_fail(DURO_ERROR_MEMORY, "%s: out of memory (%s)", line, strerror(reason));
  return duro_fail(DURO_ERROR_FILE, "%s: %s", line, strerror(reason));
}

void duro_set_log(void (*log)(const char *line, void *context), void *context) {
  hook.log = log;
  hook.context = context;
}

void duro_log(const char *format, ...) {
  if (!hook.log) return;
  char line[TEXT_SIZE];
  va_list arguments;
  va_start(arguments, format);
  format_line(line, format, arguments);
  va_end(arguments);
  hook.log(line, hook.context);
}

/* JSON, parsed so that a lack of memory is told from a broken text: jansson says "syntax" to both. */
#include "io/json.h"

#include "base/error.h"
#include "io/file.h"
#include "io/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 2048 }; /* as jansson has it */

/* ---- is it JSON? Each function goes from `at` to behind what it knows; NULL: it is not that ---- */

typedef struct text {
  const char *end;
} text;

static const char *blanks(const text *t, const char *at) {
  while (at < t->end && memchr(" \t\n\r", *at, 4)) at++;
  return at;
}

static bool is_digit(const text *t, const char *at) {
  return at < t->end && *at >= '0' && *at <= '9';
}

static const char *digits(const text *t, const char *at) {
  if (!is_digit(t, at)) return NULL;
  while (is_digit(t, at)) at++;
  return at;
}

static const char *number(const text *t, const char *at) {
  if (at < t->end && *at == '-') at++;
  at = at < t->end && *at == '0' ? at + 1 : digits(t, at);
  if (at && at < t->end && *at == '.') at = digits(t, at + 1);
  if (at && at < t->end && (*at == 'e' || *at == 'E')) {
    at++;
    if (at < t->end && (*at == '+' || *at == '-')) at++;
    at = digits(t, at);
  }
  return at;
}

/* the four digits of \uXXXX; -1 where they are not there */
static int unit(const text *t, const char *at) {
  static const char all[] = "0123456789abcdef0123456789ABCDEF";
  int value = 0;
  if (t->end - at < 4) return -1;
  for (int i = 0; i < 4; i++) {
    const char *digit = memchr(all, at[i], sizeof all - 1);
    if (!digit) return -1;
    value = 16 * value + (int)((digit - all) % 16);
  }
  return value;
}

/* behind "\\u": no NUL, and surrogates in pairs */
static const char *unicode(const text *t, const char *at) {
  const int first = unit(t, at);
  if (first <= 0 || (first >= 0xdc00 && first <= 0xdfff)) return NULL;
  at += 4;
  if (first < 0xd800 || first > 0xdbff) return at;
  if (t->end - at < 2 || at[0] != '\\' || at[1] != 'u') return NULL;
  const int second = unit(t, at + 2);
  return second >= 0xdc00 && second <= 0xdfff ? at + 6 : NULL;
}

/* behind the first quote */
static const char *string(const text *t, const char *at) {
  while (at && at < t->end && *at != '"') {
    if ((unsigned char)*at < ' ') return NULL;
    if (*at++ != '\\') continue;
    if (at >= t->end || !memchr("\"\\/bfnrtu", *at, 9)) return NULL;
    at = *at == 'u' ? unicode(t, at + 1) : at + 1;
  }
  return at && at < t->end ? at + 1 : NULL;
}

static const char *word(const text *t, const char *at) {
  static const char *const words[] = {"true", "false", "null"};
  for (int i = 0; i < 3; i++) {
    const size_t length = strlen(words[i]);
    if ((size_t)(t->end - at) >= length && !memcmp(at, words[i], length)) return at + length;
  }
  return NULL;
}

static const char *value(const text *t, const char *at, int depth);

/* "key": */
static const char *key(const text *t, const char *at) {
  at = at < t->end && *at == '"' ? string(t, at + 1) : NULL;
  if (at) at = blanks(t, at);
  return at && at < t->end && *at == ':' ? blanks(t, at + 1) : NULL;
}

/* behind the bracket that opens an array or an object */
static const char *members(const text *t, const char *at, char close, int depth) {
  at = blanks(t, at);
  if (at < t->end && *at == close) return at + 1;
  while (at) {
    if (close == '}') at = key(t, at);
    if (at) at = value(t, at, depth);
    if (at) at = blanks(t, at);
    if (!at || at >= t->end) return NULL;
    if (*at == close) return at + 1;
    at = *at == ',' ? blanks(t, at + 1) : NULL;
  }
  return NULL;
}

static const char *value(const text *t, const char *at, int depth) {
  if (at >= t->end || depth >= DEEPEST) return NULL;
  if (*at == '{' || *at == '[') return members(t, at + 1, *at == '{' ? '}' : ']', depth + 1);
  if (*at == '"') return string(t, at + 1);
  return *at == '-' || is_digit(t, at) ? number(t, at) : word(t, at);
}

bool duro_json_valid(const char *bytes, size_t length) {
  const text t = {.end = bytes + length};
  if (!duro_utf8_valid(bytes, length)) return false;
  const char *at = value(&t, blanks(&t, bytes), 0);
  return at && blanks(&t, at) == t.end;
}

/* ---- reading ---- */

/* what a text may be wrong in that is JSON all the same */
static bool is_meaning(const json_error_t *error) {
  const enum json_error_code code = json_error_code(error);
  return code == json_error_duplicate_key || code == json_error_numeric_overflow || code == json_error_stack_overflow;
}

/* Is there room for what a parse takes? jansson 2.14 writes beyond its buffers when one of them cannot grow. */
static bool has_room(size_t length) {
  void *volatile room = length < SIZE_MAX / 32 ? malloc(16 * length + 65536) : NULL; // volatile: it is asked for
  const bool found = room;
  free(room);
  return found;
}

duro_status duro_json_parse(json_t **root, const char *bytes, size_t length, const char *path) {
  json_error_t error = {0}; // where it fails without a word, the code is what was there
  *root = NULL;
  if (!has_room(length)) return duro_fail(DURO_ERROR_MEMORY, "cannot read %s: out of memory", path);
  *root = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error);
  if (*root) return DURO_OK;
  const text t = {.end = bytes + length};
  const char *first = blanks(&t, bytes);
  const bool nested = first < t.end && (*first == '{' || *first == '[');
  if (nested && !is_meaning(&error) && duro_json_valid(bytes, length))
    return duro_fail(DURO_ERROR_MEMORY, "cannot read %s: out of memory", path);
  return duro_fail(DURO_ERROR_FORMAT, "%s:%d:%d: %s", path, error.line, error.column, error.text);
}

char *duro_json_text(const json_t *root, size_t flags) {
  char *text = json_dumps(root, flags);
  if (!text || duro_json_valid(text, strlen(text))) return text;
  free(text);
  return NULL;
}

duro_status duro_json_check_format(const json_t *root, const char *path) {
  const json_t *format = json_object_get(root, "format");
  if (format && !json_is_integer(format)) return duro_fail(DURO_ERROR_FORMAT, "%s: \"format\" is no integer", path);
  return duro_format_check(format ? json_integer_value(format) : 1, DURO_FORMAT, path);
}

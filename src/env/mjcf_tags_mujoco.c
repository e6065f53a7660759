/* The elements of an XML text. */
#include "env/mjcf_tags.h"

#include <stdint.h>
#include <string.h>

mjcf_tags mjcf_tags_of(const char *text, size_t size) {
  return (mjcf_tags){text, text + size};
}

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool begins(const char *at, const char *end, const char *with) {
  const size_t length = strlen(with);
  return (size_t)(end - at) >= length && memcmp(at, with, length) == 0;
}

/* what follows the next `mark`; the end where there is none */
static const char *after(const char *at, const char *end, const char *mark) {
  for (; at < end; at++)
    if (begins(at, end, mark)) return at + strlen(mark);
  return end;
}

/* what follows a piece of markup that is no element; NULL where one begins */
static const char *skip_other(const char *at, const char *end) {
  if (begins(at, end, "<!--")) return after(at + 4, end, "-->");
  if (begins(at, end, "<![CDATA[")) return after(at, end, "]]>");
  if (begins(at, end, "<?")) return after(at, end, "?>");
  if (begins(at, end, "<!") || begins(at, end, "</")) return after(at, end, ">");
  return NULL;
}

bool mjcf_next_tag(mjcf_tag *tag, mjcf_tags *left) {
  const char *at = left->at, *end = left->end;
  for (;;) {
    at = at < end ? memchr(at, '<', (size_t)(end - at)) : NULL;
    if (!at) return false;
    const char *next = skip_other(at, end);
    if (!next) break;
    at = next;
  }
  tag->name = ++at;
  while (at < end && !is_space(*at) && *at != '>' && *at != '/') at++;
  tag->length = (size_t)(at - tag->name);
  tag->attributes = at;
  char quote = 0; // a > within quotes does not end the tag
  for (; at < end && (quote || *at != '>'); at++) {
    if (quote ? *at == quote : *at == '"' || *at == '\'') quote = quote ? 0 : *at;
  }
  tag->end = at;
  left->at = at;
  return at < end;
}

bool mjcf_tag_is(const mjcf_tag *tag, const char *name) {
  return tag->length == strlen(name) && memcmp(tag->name, name, tag->length) == 0;
}

/* writes a character as UTF-8 */
static size_t put_code(char *out, uint32_t code) {
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static const unsigned lead[] = {0, 0xc0, 0xe0, 0xf0};
  out[0] = (char)(lead[more] | code >> 6 * more);
  for (int i = 1; i <= more; i++) out[i] = (char)(0x80 | (code >> 6 * (more - i) & 0x3f));
  return (size_t)more + 1;
}

/* of a hexadecimal digit; -1: it is none */
static int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* &lt; and the like at `at`: its bytes (at most four) and how far it goes; 0 where it is none */
static size_t entity(char *out, size_t *length, const char *at, const char *end) {
  static const struct {
    const char *text;
    char is;
  } known[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (begins(at, end, known[i].text)) {
      out[0] = known[i].is;
      *length = 1;
      return strlen(known[i].text);
    }
  if (!begins(at, end, "&#")) return 0;
  const bool hexadecimal = begins(at, end, "&#x");
  uint32_t code = 0;
  const char *digit = at + (hexadecimal ? 3 : 2);
  for (; digit < end && *digit != ';' && code < 0x110000; digit++) {
    const int value = digit_value(*digit);
    if (value < 0 || (!hexadecimal && value > 9)) return 0;
    code = code * (hexadecimal ? 16 : 10) + (uint32_t)value;
  }
  if (digit >= end || *digit != ';' || !code || code >= 0x110000) return 0;
  *length = put_code(out, code);
  return (size_t)(digit + 1 - at);
}

static void unescape(char *value, size_t size, const char *at, const char *end) {
  size_t n = 0;
  while (at < end && n + 5 < size) {
    size_t length = 0;
    const size_t taken = *at == '&' ? entity(value + n, &length, at, end) : 0;
    if (!taken) value[n++] = *at;
    n += length;
    at += taken ? taken : 1;
  }
  value[n] = '\0';
}

bool mjcf_attribute(char *value, size_t size, const mjcf_tag *tag, const char *name) {
  const char *at = tag->attributes, *end = tag->end;
  value[0] = '\0';
  while (at < end) {
    while (at < end && (is_space(*at) || *at == '/')) at++;
    const char *begin = at;
    while (at < end && !is_space(*at) && *at != '=') at++;
    const size_t length = (size_t)(at - begin);
    while (at < end && is_space(*at)) at++;
    if (at >= end || *at != '=') return false;
    at++;
    while (at < end && is_space(*at)) at++;
    if (at >= end || (*at != '"' && *at != '\'')) return false;
    const char *close = memchr(at + 1, *at, (size_t)(end - at - 1));
    if (!close) return false;
    if (length == strlen(name) && memcmp(begin, name, length) == 0) {
      unescape(value, size, at + 1, close);
      return true;
    }
    at = close + 1;
  }
  return false;
}

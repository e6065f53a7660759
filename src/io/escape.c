/* Foreign text in text of another language. */
#include "io/escape.h"

#include <string.h>

#include "io/utf8.h"

static const char unknown[] = "\xef\xbf\xbd"; // U+FFFD

static bool is_control(int32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

static bool is_space(int32_t code) {
  return code == '\n' || code == '\r' || code == '\t';
}

/* What stands for an ASCII character in a language; NULL: itself. */
typedef const char *(*replacement)(char c);

static void add(text *t, const char *word, bool spaces, replacement replace) {
  const size_t length = strlen(word);
  int used;
  for (size_t i = 0; i < length; i += (size_t)used) {
    const int32_t code = duro_utf8_next(&used, word + i, length - i);
    const char *other = code > 0 && code < 0x80 && replace ? replace((char)code) : NULL;
    if (other)
      text_add_bytes(t, other, strlen(other));
    else if (code >= 0 && is_space(code) && (!spaces || code == '\r'))
      text_add_bytes(t, " ", 1);
    else if (code < 0 || (is_control(code) && !is_space(code)))
      text_add_bytes(t, unknown, 3);
    else
      text_add_bytes(t, word + i, (size_t)used);
  }
}

static const char *html(char c) {
  switch (c) {
  case '<':
    return "&lt;";
  case '>':
    return "&gt;";
  case '&':
    return "&amp;";
  case '"':
    return "&quot;";
  case '\'':
    return "&#39;";
  default:
    return NULL;
  }
}

void text_add_escaped(text *t, const char *word) {
  add(t, word, true, html);
}

static const char *gnuplot(char c) {
  return c == '\'' ? "''" : NULL;
}

void text_add_gnuplot(text *t, const char *word) {
  text_add_bytes(t, "'", 1);
  // three quotes in a row at the beginning are an empty string and the beginning of another one to gnuplot
  if (*word == '\'') text_add_bytes(t, "\xe2\x80\x99", 3), word++; // U+2019
  add(t, word, false, gnuplot);
  text_add_bytes(t, "'", 1);
}

void text_add_gnuplot_file(text *t, const char *name) {
  text_add_bytes(t, "'", 1);
  // '<' and '|' begin commands, '-', '+', '$' and '@' what is no file, '~' a home; a blank may hide them; a quote
  // would be doubled at the beginning
  if (*name && strchr("<|-+$@~' \t\r\n", *name)) text_add_bytes(t, "./", 2);
  add(t, name, false, gnuplot);
  text_add_bytes(t, "'", 1);
}

static const char *tex(char c) {
  switch (c) {
  case '\\':
    return "\\textbackslash{}";
  case '~':
    return "\\textasciitilde{}";
  case '^':
    return "\\textasciicircum{}";
  case '{':
    return "\\{";
  case '}':
    return "\\}";
  case '#':
    return "\\#";
  case '$':
    return "\\$";
  case '%':
    return "\\%";
  case '&':
    return "\\&";
  case '_':
    return "\\_";
  default:
    return NULL;
  }
}

void text_add_tex(text *t, const char *word) {
  add(t, word, false, tex);
}

void text_add_line(text *t, const char *word) {
  add(t, word, false, NULL);
}

void text_add_lines(text *t, const char *word) {
  add(t, word, true, NULL);
}

void text_add_shell(text *t, const char *word) {
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=./:,+@%";
  if (*word && word[strspn(word, plain)] == 0) {
    text_add(t, "%s", word);
    return;
  }
  text_add(t, "'");
  for (; *word; word++)
    if (*word == '\'')
      text_add(t, "'\\''");
    else
      text_add(t, "%c", *word);
  text_add(t, "'");
}

bool duro_is_plain(const char *word) {
  const size_t length = strlen(word);
  int used;
  for (size_t i = 0; i < length; i += (size_t)used)
    if (is_control(duro_utf8_next(&used, word + i, length - i))) return false;
  return true;
}

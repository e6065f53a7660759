/* Names of Greek letters as letters. */
#include "show/greek.h"

#include <ctype.h>
#include <string.h>

#include "cli/cli.h"
#include "io/escape.h"

typedef struct letter {
  const char *name, *utf8;
} letter;

static const letter letters[] = {{"alpha", "\u03b1"},   {"beta", "\u03b2"},   {"gamma", "\u03b3"}, {"delta", "\u03b4"},
                                 {"epsilon", "\u03b5"}, {"zeta", "\u03b6"},   {"eta", "\u03b7"},   {"theta", "\u03b8"},
                                 {"kappa", "\u03ba"},   {"lambda", "\u03bb"}, {"mu", "\u03bc"},    {"nu", "\u03bd"},
                                 {"xi", "\u03be"},      {"pi", "\u03c0"},     {"rho", "\u03c1"},   {"sigma", "\u03c3"},
                                 {"tau", "\u03c4"},     {"phi", "\u03c6"},    {"chi", "\u03c7"},   {"psi", "\u03c8"},
                                 {"omega", "\u03c9"}};

static bool is_letter(char c) {
  return isalpha((unsigned char)c) || (unsigned char)c > 127;
}

/* What may come before a name: nothing that makes it part of a word, a path or an entity. */
static bool may_begin(const char *text, const char *at) {
  if (at == text) return true;
  return !is_letter(at[-1]) && !isdigit((unsigned char)at[-1]) && !strchr("_/&=", at[-1]);
}

/* The letter that is named here, with the length of its name; NULL: none. */
static const letter *named(size_t *length, const char *text, const char *at) {
  *length = strspn(at, "abcdefghijklmnopqrstuvwxyz");
  if (!*length || !may_begin(text, at)) return NULL;
  const char after = at[*length], next = after ? at[*length + 1] : '\0';
  const bool goes_on = is_letter(after) || after == '/' || after == '=' ||
                       ((after == '-' || after == '.') && isalnum((unsigned char)next));
  for (size_t i = 0; !goes_on && i < sizeof letters / sizeof *letters; i++)
    if (strlen(letters[i].name) == *length && memcmp(letters[i].name, at, *length) == 0) return &letters[i];
  return NULL;
}

/* One character of a text, or a whole name; how many bytes it was. */
static size_t add_one(text *out, const char *text, const char *at, bool index) {
  size_t length;
  const letter *l = named(&length, text, at);
  if (!l) {
    const size_t word = length ? length : 1;
    text_add_bytes(out, at, word);
    return word;
  }
  text_add(out, "%s", l->utf8);
  if (!index || at[length] != '_') return length;
  const char *from = at + length + 1;
  size_t n = 0;
  while (isalnum((unsigned char)from[n])) n++;
  if (!n) return length;
  text_add(out, "<sub>%.*s</sub>", (int)n, from);
  return length + 1 + n;
}

void greek_gnuplot(text *script, const char *words) {
  text shown = {0};
  for (const char *at = words; *at;) at += add_one(&shown, words, at, false);
  text_add_gnuplot(script, cli_text(&shown));
  text_release(&shown);
}

/* Where an element ends whose content stays as it is; the same place where this is none. */
static const char *skip_element(const char *at) {
  static const char *const kept[] = {"code", "pre", "style", "title", "script"};
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
    const size_t length = strlen(kept[i]);
    if (strncmp(at + 1, kept[i], length) != 0 || is_letter(at[1 + length])) continue;
    for (const char *end = strstr(at, "</"); end; end = strstr(end + 2, "</"))
      if (strncmp(end + 2, kept[i], length) == 0) return end;
  }
  return at;
}

void greek_page(text *out, const char *html) {
  for (const char *at = html; *at;) {
    if (*at != '<') {
      at += add_one(out, html, at, true);
      continue;
    }
    const char *from = skip_element(at), *end = strchr(from, '>');
    end = end ? end + 1 : from + strlen(from);
    text_add_bytes(out, at, (size_t)(end - at));
    at = end;
  }
}

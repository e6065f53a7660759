/* One walk through every row of settings tables: default, limits, text, file, what is refused. Include after cmocka.h.
 */
#ifndef TESTS_SETTINGS_WALK_H
#define TESTS_SETTINGS_WALK_H

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duro/settings.h"
#include "io/scratch.h"

/* Where a walk through groups is. */
typedef struct walk {
  const duro_settings_group *groups;
  int count;
  const duro_settings_group *group; /* where it is */
  const duro_setting *row;
  char name[128]; /* "group.row" */
} walk;

static inline size_t walk_size(const duro_setting *row) {
  return row->kind >= DURO_TEXT ? DURO_TEXT_SIZE : row->kind == DURO_BOOL ? sizeof(bool) : sizeof(int64_t);
}

static inline void *walk_field(const walk *w) {
  return (char *)w->group->values + w->row->offset;
}

static inline void walk_refused(const walk *w, duro_status status, const char *text, const void *before) {
  if (status == DURO_OK) fail_msg("%s=%s is taken", w->name, text);
  assert_memory_equal(walk_field(w), before, walk_size(w->row));
  const char *line = duro_error();
  if (!strstr(line, w->name) || !strstr(line, text) || !strstr(line, "wanted") || strchr(line, '\n'))
    fail_msg("%s=%s: the message should name setting, value and what was wanted: %s", w->name, text, line);
}

/* by a word and by a file, which is named with its line */
static inline void walk_refuses(const walk *w, const char *text) {
  char word[512], yaml[512], before[DURO_TEXT_SIZE];
  memcpy(before, walk_field(w), walk_size(w->row));
  (void)snprintf(word, sizeof word, "%s=%s", w->name, text);
  walk_refused(w, duro_settings_assign(w->groups, w->count, word), text, before);
  const int n = snprintf(yaml, sizeof yaml, "%s:\n  %s: %s\n", w->group->prefix, w->row->name, text);
  walk_refused(w, duro_settings_parse(w->groups, w->count, yaml, (size_t)n, "a.yaml"), text, before);
  assert_non_null(strstr(duro_error(), "a.yaml:2:"));
}

/* what is set as text is what the field prints, and what a file gives back */
static inline void walk_takes(const walk *w, const char *text) {
  char word[512], printed[DURO_TEXT_SIZE], saved[DURO_TEXT_SIZE];
  (void)snprintf(word, sizeof word, "%s=%s", w->name, text);
  if (duro_settings_assign(w->groups, w->count, word)) fail_msg("%s", duro_error());
  memcpy(saved, walk_field(w), walk_size(w->row));
  duro_settings_text(printed, sizeof printed, w->row, w->group->values);
  if (w->row->kind == DURO_REAL || w->row->kind == DURO_INT)
    assert_true(strtod(printed, NULL) == strtod(text, NULL)); // by the C library
  else
    assert_string_equal(printed, text);
  assert_int_equal(duro_settings_save(w->groups, w->count, in_scratch("walk.yaml")), DURO_OK);
  for (int g = 0; g < w->count; g++) duro_settings_default(&w->groups[g]);
  if (duro_settings_load(w->groups, w->count, in_scratch("walk.yaml"))) fail_msg("%s: %s", w->name, duro_error());
  if (w->row->kind >= DURO_TEXT)
    assert_string_equal((const char *)walk_field(w), saved);
  else
    assert_memory_equal(walk_field(w), saved, walk_size(w->row));
}

static inline void walk_number(const walk *w) {
  const duro_setting *row = w->row;
  const bool whole = row->kind == DURO_INT;
  char text[64];
  assert_true(isfinite(row->low) && isfinite(row->high) && row->low <= row->high);
  if (!(row->initial >= row->low && row->initial <= row->high)) fail_msg("%s: the default is out of range", w->name);
  const double values[] = {row->low, row->high, row->initial, row->low + (row->high - row->low) / 3};
  for (int i = 0; i < 4; i++) {
    (void)snprintf(text, sizeof text, whole ? "%.0f" : "%.17g", whole ? floor(values[i]) : values[i]);
    walk_takes(w, text);
  }
  const double outside[] = {whole ? row->low - 1 : nextafter(row->low, -INFINITY),
                            whole ? row->high + 1 : nextafter(row->high, INFINITY)};
  for (int i = 0; i < 2; i++) {
    if (!isfinite(outside[i]) || (whole && fabs(outside[i]) >= 0x1p53)) continue; // no number lies beyond
    (void)snprintf(text, sizeof text, whole ? "%.0f" : "%.17g", outside[i]);
    walk_refuses(w, text);
  }
  walk_refuses(w, "many");
  walk_refuses(w, "nan");
  walk_refuses(w, "1e");
  if (whole) walk_refuses(w, "1.5");
}

static inline void walk_text(const walk *w) {
  char choice[DURO_TEXT_SIZE];
  if (!w->row->choices) {
    walk_takes(w, "an odd: \\ # text");
    return;
  }
  bool has_default = false;
  for (const char *c = w->row->choices; *c; c += strcspn(c, "|"), c += *c == '|') {
    (void)snprintf(choice, sizeof choice, "%.*s", (int)strcspn(c, "|"), c);
    has_default = has_default || strcmp(choice, w->row->initial_text) == 0;
    walk_takes(w, choice);
  }
  if (!has_default) fail_msg("%s: the default is no choice", w->name);
  walk_refuses(w, "nothing-of-this");
}

/* a caller that fills the struct itself is held to the same ranges */
static inline void walk_checked(const walk *w, const void *bytes, size_t size) {
  char before[DURO_TEXT_SIZE];
  memcpy(before, walk_field(w), walk_size(w->row));
  assert_int_equal(duro_settings_check(w->group), DURO_OK);
  memcpy(walk_field(w), bytes, size);
  if (duro_settings_check(w->group) != DURO_ERROR_ARGUMENT) fail_msg("%s: a wrong value is taken", w->name);
  const char *line = duro_error();
  if (!strstr(line, w->name) || !strstr(line, "wanted") || strchr(line, '\n'))
    fail_msg("%s: the message should name setting and what was wanted: %s", w->name, line);
  memcpy(walk_field(w), before, walk_size(w->row));
}

static inline void walk_struct(const walk *w) {
  const duro_setting *row = w->row;
  const double reals[] = {NAN, INFINITY, -INFINITY, nextafter(row->low, -INFINITY), nextafter(row->high, INFINITY)};
  char endless[DURO_TEXT_SIZE], word[DURO_TEXT_SIZE] = "nothing-of-this", broken[DURO_TEXT_SIZE] = "\xff";
  memset(endless, 'a', sizeof endless);
  for (int i = 0; row->kind == DURO_REAL && i < 5; i++) walk_checked(w, &reals[i], sizeof reals[i]);
  if (row->kind == DURO_INT) {
    const int64_t low = (int64_t)row->low - 1, high = (int64_t)row->high + 1;
    walk_checked(w, &low, sizeof low);
    walk_checked(w, &high, sizeof high);
  }
  if (row->kind == DURO_BOOL) walk_checked(w, "\2", 1), walk_checked(w, "\377", 1);
  if (row->kind < DURO_TEXT) return;
  walk_checked(w, endless, sizeof endless);
  walk_checked(w, broken, sizeof broken);
  if (row->choices) walk_checked(w, word, sizeof word);
}

/* a letter too much in either part of the name: the message names the setting that was meant */
static inline void walk_misspelt(const walk *w) {
  char word[256], meant[160];
  (void)snprintf(meant, sizeof meant, "did you mean \"%s\"?", w->name);
  (void)snprintf(word, sizeof word, "%s.q%s=1", w->group->prefix, w->row->name);
  assert_int_equal(duro_settings_assign(w->groups, w->count, word), DURO_ERROR_ARGUMENT);
  if (!strstr(duro_error(), meant)) fail_msg("%s: %s", word, duro_error());
  (void)snprintf(word, sizeof word, "q%s=1", w->name);
  assert_int_equal(duro_settings_assign(w->groups, w->count, word), DURO_ERROR_ARGUMENT);
  if (!strstr(duro_error(), meant)) fail_msg("%s: %s", word, duro_error());
}

static inline void walk_row(const walk *w) {
  const duro_setting *row = w->row;
  for (const char *c = row->name; *c; c++) assert_true(islower(*c) || isdigit(*c) || *c == '_');
  assert_true(strlen(row->name) > 0 && row->unit && row->help);
  const size_t length = strlen(row->help);
  if (length < 5 || row->help[length - 1] != '.') fail_msg("%s: its help is no sentence: %s", w->name, row->help);
  if (row->kind == DURO_INT || row->kind == DURO_REAL) walk_number(w);
  if (row->kind >= DURO_TEXT) walk_text(w);
  if (row->kind == DURO_BOOL) {
    walk_takes(w, "true");
    walk_takes(w, "false");
    walk_refuses(w, "yes");
  }
  walk_misspelt(w);
  walk_struct(w);
}

static inline int walk_settings(const duro_settings_group *groups, int count) {
  walk w = {.groups = groups, .count = count};
  int rows = 0;
  for (int g = 0; g < count; g++) duro_settings_default(&groups[g]);
  for (int g = 0; g < count; g++)
    for (int i = 0; i < groups[g].count; i++, rows++) {
      w.group = &groups[g];
      w.row = &groups[g].rows[i];
      (void)snprintf(w.name, sizeof w.name, "%s.%s", groups[g].prefix, w.row->name);
      for (int j = 0; j < i; j++) assert_string_not_equal(w.row->name, groups[g].rows[j].name);
      walk_row(&w);
    }
  return rows;
}

#endif

/* What a plugin says of itself in words. */
#include "env/plugin_facts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "env/facts.h"
#include "io/escape.h"
#include "io/number.h"

enum { WORDS = 200 }; /* most bytes of a text: it stands above a picture */

/* ---- {name}, the value of a setting ---- */

/* The row of a number; NULL: there is none of that name. */
static const duro_setting *row_of(const duro_plugin *p, const char *name, size_t length) {
  for (int i = 0; i < p->n_settings; i++) {
    const duro_setting *row = &p->settings[i];
    const bool number = row->kind == DURO_REAL || row->kind == DURO_INT;
    if (number && strlen(row->name) == length && memcmp(row->name, name, length) == 0) return row;
  }
  return NULL;
}

static double value_of(const duro_setting *row, const void *settings) {
  const char *field = (const char *)settings + row->offset;
  int64_t whole;
  double real;
  if (row->kind == DURO_INT) return memcpy(&whole, field, sizeof whole), (double)whole;
  return memcpy(&real, field, sizeof real), real;
}

static void add_words(text *out, const duro_plugin *p, const duro_env *env, const char *words) {
  while (words && *words) {
    const size_t plain = strcspn(words, "{"), name = words[plain] ? strcspn(words + plain + 1, "}") : 0;
    text_add_bytes(out, words, plain);
    if (!words[plain]) return;
    text_add(out, "%.4g", value_of(row_of(p, words + plain + 1, name), env->settings));
    words += plain + name + 2;
  }
}

/* "{distance}", "-{angle}", "2.5"; NaN where it is none of these */
static double read_value(const duro_plugin *p, const duro_env *env, const char *word, double absent) {
  double value = NAN;
  if (!word) return absent;
  const bool minus = word[0] == '-' && word[1] == '{';
  const char *at = word + minus;
  if (at[0] == '{') {
    const size_t length = strcspn(at + 1, "}");
    const duro_setting *row = row_of(p, at + 1, length);
    if (!row || strcmp(at + 1 + length, "}") != 0) return NAN;
    value = env ? value_of(row, env->settings) : 0; // without, it is only asked whether it can be read
  } else if (duro_number_real(&value, word) || !isfinite(value)) {
    return NAN;
  }
  return minus ? -value : value;
}

/* ---- on load ---- */

static duro_status check_words(const duro_plugin *p, const char *name, const char *member, const char *words) {
  if (!words) return DURO_OK;
  if (strnlen(words, WORDS + 1) > WORDS || !duro_is_plain(words))
    return duro_fail(DURO_ERROR_FORMAT, "plugin %s: .%s is no text of at most %d bytes in UTF-8, on one line", name,
                     member, WORDS);
  for (const char *at = strchr(words, '{'); at; at = strchr(at + 1, '{')) {
    const size_t length = strcspn(at + 1, "}");
    if (!at[1 + length] || !row_of(p, at + 1, length))
      return duro_fail(DURO_ERROR_FORMAT,
                       "plugin %s: .%s has '%.40s'; wanted the name of a number of its settings in {}", name, member,
                       at);
  }
  return DURO_OK;
}

static duro_status check_value(const duro_plugin *p, const char *name, int i, const char *member, const char *word) {
  char full[48];
  snprintf(full, sizeof full, "limits[%d].%s", i, member);
  const duro_status status = check_words(p, name, full, word);
  if (status || !isnan(read_value(p, NULL, word, 0))) return status;
  return duro_fail(DURO_ERROR_FORMAT, "plugin %s: .%s is '%.40s'; wanted a number, or a setting in {}", name, full,
                   word);
}

static bool says(const duro_plugin_limit *l) {
  return l->words || l->least || l->most || l->target;
}

static duro_status check_limit(const duro_plugin *p, const char *name, int i) {
  const duro_plugin_limit *l = &p->limits[i];
  char full[48];
  snprintf(full, sizeof full, "limits[%d].words", i);
  duro_status status = check_words(p, name, full, l->words);
  if (!status) status = check_value(p, name, i, "least", l->least);
  if (!status) status = check_value(p, name, i, "most", l->most);
  if (!status) status = check_value(p, name, i, "target", l->target);
  if (!status && (l->state < 0 || l->state >= p->nx))
    return duro_fail(DURO_ERROR_FORMAT, "plugin %s: .limits[%d].state is %d; wanted 0 to %d", name, i, l->state,
                     p->nx - 1);
  return status;
}

static duro_status check_state(const duro_plugin *p, const char *name, int i) {
  char member[32];
  snprintf(member, sizeof member, "x_names[%d]", i);
  if (!p->x_names[i][0] || strnlen(p->x_names[i], WORDS + 1) > WORDS || !duro_is_plain(p->x_names[i]))
    return duro_fail(DURO_ERROR_FORMAT, "plugin %s: .%s is no name of 1 to %d bytes in UTF-8, on one line", name,
                     member, WORDS);
  if (strnlen(p->x_units[i], WORDS + 1) > WORDS || !duro_is_plain(p->x_units[i]))
    return duro_fail(DURO_ERROR_FORMAT, "plugin %s: .x_units[%d] is no text of at most %d bytes in UTF-8, on one line",
                     name, i, WORDS);
  return DURO_OK;
}

duro_status plugin_check_facts(const duro_plugin *p, const char *name) {
  duro_status status = check_words(p, name, "control", p->control);
  if (!status) status = check_words(p, name, "disturbance", p->disturbance);
  for (int i = 0; !status && i < p->nx; i++) status = check_state(p, name, i);
  for (int i = 0; !status && i < DURO_PLUGIN_LIMITS; i++) status = check_limit(p, name, i);
  if (!status && p->disturbance && !p->na)
    return duro_fail(DURO_ERROR_FORMAT, "plugin %s: .disturbance says something, but .na is 0", name);
  return status;
}

/* ---- of an environment ---- */

bool plugin_has_facts(const duro_plugin *p) {
  bool any = p->control || p->disturbance;
  for (int i = 0; i < DURO_PLUGIN_LIMITS; i++) any |= says(&p->limits[i]);
  return any;
}

static void add_limit(const duro_plugin *p, const duro_env *env, duro_facts *f, const duro_plugin_limit *l) {
  const double low = read_value(p, env, l->least, -INFINITY), high = read_value(p, env, l->most, INFINITY);
  if (l->words) {
    if (f->safe.length) text_add(&f->safe, "; ");
    add_words(&f->safe, p, env, l->words);
  } else if (l->least || l->most) {
    facts_range(f, env->spec.x_names[l->state], env->spec.x_units[l->state], low, high);
  }
  facts_mark(f, l->state, FACT_LEAST, low);
  facts_mark(f, l->state, FACT_MOST, high);
  facts_mark(f, l->state, FACT_TARGET, read_value(p, env, l->target, INFINITY));
}

void plugin_facts(const duro_plugin *p, const duro_env *env, duro_facts *f) {
  add_words(&f->control, p, env, p->control);
  add_words(&f->disturbance, p, env, p->disturbance);
  for (int i = 0; i < DURO_PLUGIN_LIMITS; i++)
    if (says(&p->limits[i])) add_limit(p, env, f, &p->limits[i]);
}

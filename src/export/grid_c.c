/* The solution of a grid as freestanding C: the table of V, and the look ahead of the safety policy. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/purposes.h"
#include "build.h"
#include "duro/export.h"
#include "duro/io.h"
#include "export/c_source.h"
#include "export/plan.h"
#include "export/template.h"
#include "export_grid_header.h"
#include "export_grid_source.h"
#include "game/grid.h"
#include "io/hash.h"
#include "io/number.h"
#include "sources.h"

enum { MOST_CELLS = 1 << 22, TESTS = 32, MOST_WORDS = 40, WORD = 64 };

/* The words of the templates. */
typedef struct grid_words {
  template_word word[MOST_WORDS];
  char kept[MOST_WORDS][WORD];
  int n;
  text environment, states, axes, controls, disturbances, values, test_states, test_hs, test_values;
} grid_words;

static void add_word(grid_words *w, const char *name, const char *word) {
  w->word[w->n++] = (template_word){name, word ? word : ""};
}

static void add_count(grid_words *w, const char *name, int64_t value) {
  snprintf(w->kept[w->n], WORD, "%lld", (long long)value);
  add_word(w, name, w->kept[w->n]);
}

/* A double that reads back as it is, and as a double. */
static void add_double(text *out, double value) {
  char word[DURO_NUMBER_SIZE];
  duro_number_text(word, value);
  text_add(out, strpbrk(word, ".e") ? "%s" : "%s.0", word);
}

static void add_literal(grid_words *w, const char *name, double value) {
  text literal = {0};
  add_double(&literal, value);
  snprintf(w->kept[w->n], WORD, "%s", literal.bytes ? literal.bytes : "");
  text_release(&literal);
  add_word(w, name, w->kept[w->n]);
}

/* ---- tables ---- */

static const duro_grid_axis *axis_of(const duro_grid *g, int i) {
  return &g->plan.axis[g->axis[i]];
}

/* Vertices in the table: one more than there are where the axis is periodic, so that the last cell has its end. */
static int planes_of(const duro_grid *g, int i) {
  return axis_of(g, i)->n + axis_of(g, i)->periodic;
}

static int64_t cells_of(const duro_grid *g, int from) {
  int64_t cells = 1;
  for (int i = from; i < g->plan.nd; i++) cells *= planes_of(g, i);
  return cells;
}

static void add_axes(text *out, const duro_grid *g) {
  for (int i = 0; i < g->plan.nd; i++) {
    const duro_grid_axis *a = axis_of(g, i);
    const double numbers[] = {a->low, a->high, (a->high - a->low) / (a->periodic ? a->n : a->n - 1)};
    text_add(out, "  {%d, %d, %d, %d, %d, %lldL", a->state, a->n, a->periodic, grid_holds(g, i), grid_may_leave(g, i),
             (long long)cells_of(g, i + 1));
    for (int k = 0; k < 3; k++) text_add(out, ", "), add_double(out, numbers[k]);
    text_add(out, "},\n");
  }
}

/* Value number `cell` of the table. */
static double value_of(const duro_grid *g, int64_t cell) {
  int64_t row = 0;
  int k = 0;
  for (int i = 0; i < g->plan.nd; i++) {
    k = (int)(cell / cells_of(g, i + 1) % planes_of(g, i)) % axis_of(g, i)->n;
    row += k * g->pitch[i]; // 0 of the last, along which the values of a row lie
  }
  return grid_get(g, g->value, grid_index(g, row, k));
}

static void add_values(text *out, const duro_grid *g) {
  const int64_t cells = cells_of(g, 0);
  for (int64_t i = 0; i < cells; i++) {
    text_add(out, i % 8 ? " " : "  ");
    if (g->wide)
      add_double(out, value_of(g, i));
    else
      export_source_add_literal(out, (float)value_of(g, i));
    text_add(out, i % 8 == 7 || i + 1 == cells ? ",\n" : ",");
  }
}

static void add_candidates(text *out, const double *values, int count, int width) {
  for (int i = 0; i < count; i++) {
    text_add(out, "  {");
    for (int k = 0; k < width; k++) {
      if (k) text_add(out, ", ");
      add_double(out, values[(size_t)i * (size_t)width + (size_t)k]);
    }
    text_add(out, width ? "},\n" : "0.0},\n");
  }
}

/* ---- the self-test: states in the region, beyond it as well ---- */

static void draw_state(const duro_grid *g, double *x, uint64_t index) {
  duro_stream stream = duro_stream_at(3, DURO_PURPOSE_EXPORT, index);
  memcpy(x, g->rest, sizeof *x * (size_t)g->env->spec.nx);
  for (int i = 0; i < g->plan.nd; i++) {
    const duro_grid_axis *a = axis_of(g, i);
    x[a->state] = a->low + (a->high - a->low) * (1.2 * duro_stream_uniform(&stream) - .1);
  }
}

static void add_tests(grid_words *w, const duro_grid *g) {
  double x[DURO_MAX_STATE];
  for (uint64_t i = 0; i < TESTS; i++) {
    draw_state(g, x, i);
    add_candidates(&w->test_states, x, 1, g->env->spec.nx);
    text_add(&w->test_hs, i ? ", " : "");
    add_double(&w->test_hs, g->env->ops->constraint(g->env, x));
    text_add(&w->test_values, i ? ", " : "");
    add_double(&w->test_values, duro_grid_safety_at(g, x));
  }
}

/* ---- words ---- */

/* A word for a comment of C: nothing but letters, digits and what cannot end it. */
static void add_plain(text *out, const char *word) {
  for (; *word; word++) text_add(out, "%c", *word < ' ' || *word > '~' || strchr("*\\@?", *word) ? '_' : *word);
}

static void add_states(text *out, const duro_grid *g) {
  const duro_env_spec *spec = &g->env->spec;
  for (int i = 0; i < spec->nx; i++) {
    text_add(out, " *   x[%d]  ", i);
    add_plain(out, spec->x_names[i]);
    if (spec->x_units && spec->x_units[i] && spec->x_units[i][0]) text_add(out, ", "), add_plain(out, spec->x_units[i]);
    for (int k = 0; k < g->plan.nd; k++)
      if (g->plan.axis[k].state == i)
        text_add(out, "; %d vertices from %g to %g%s", g->plan.axis[k].n, g->plan.axis[k].low, g->plan.axis[k].high,
                 g->plan.axis[k].periodic ? ", periodic" : "");
    text_add(out, "\n");
  }
}

static void add_tables(grid_words *w, const duro_grid *g) {
  const duro_env_spec *spec = &g->env->spec;
  add_plain(&w->environment, g->env->ops->name);
  add_states(&w->states, g);
  add_axes(&w->axes, g);
  add_candidates(&w->controls, g->control, g->plan.nu, spec->nu);
  add_candidates(&w->disturbances, g->disturbance, g->plan.na, spec->na);
  add_values(&w->values, g);
  add_tests(w, g);
  add_word(w, "environment", w->environment.bytes);
  add_word(w, "states", w->states.bytes);
  add_word(w, "axes", w->axes.bytes);
  add_word(w, "control_table", w->controls.bytes);
  add_word(w, "disturbance_table", w->disturbances.bytes);
  add_word(w, "values", w->values.bytes);
  add_word(w, "test_states", w->test_states.bytes);
  add_word(w, "test_hs", w->test_hs.bytes);
  add_word(w, "test_values", w->test_values.bytes);
}

static void add_numbers(grid_words *w, const duro_grid *g) {
  const duro_env_spec *spec = &g->env->spec;
  const int64_t cells = cells_of(g, 0);
  add_count(w, "nd", g->plan.nd);
  add_count(w, "nx", spec->nx);
  add_count(w, "last_state", spec->nx - 1);
  add_count(w, "nu", spec->nu);
  add_count(w, "na", spec->na);
  add_count(w, "some_disturbances", spec->na ? spec->na : 1);
  add_count(w, "controls", g->plan.nu);
  add_count(w, "disturbances", g->plan.na);
  add_count(w, "pairs", (int64_t)g->plan.nu * g->plan.na);
  add_count(w, "corners", 1 << g->plan.nd);
  add_count(w, "cells", cells);
  add_count(w, "bytes", cells * (g->wide ? 8 : 4));
  add_count(w, "tests", TESTS);
  add_count(w, "stay", grid_stays(g, 0));
  add_word(w, "type", g->wide ? "double" : "float");
  add_literal(w, "h_scale_literal", spec->h_scale);
  add_literal(w, "tie", grid_tie(g));
  add_literal(w, "h_scale", spec->h_scale);
  add_literal(w, "amplitude", g->settings.amplitude);
}

/* ---- files ---- */

static duro_status check_words(const grid_words *w) {
  const text *all[] = {&w->environment, &w->states,      &w->axes,    &w->controls,   &w->disturbances,
                       &w->values,      &w->test_states, &w->test_hs, &w->test_values};
  duro_status status = DURO_OK;
  for (size_t i = 0; !status && i < sizeof all / sizeof *all; i++) status = text_status(all[i]);
  return status;
}

static duro_status fill(grid_words *w, const duro_grid *g, const char *prefix) {
  char hash[DURO_HASH_TEXT];
  char *upper = w->kept[w->n];
  duro_hash_print(hash, duro_grid_hash(g));
  snprintf(upper, WORD, "%s", prefix);
  for (char *c = upper; *c; c++)
    if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 'a' + 'A');
  add_word(w, "P", upper);
  add_word(w, "p", prefix);
  add_word(w, "version", DURO_VERSION);
  add_word(w, "sources", DURO_SOURCES);
  snprintf(w->kept[w->n], WORD, "%s", hash);
  add_word(w, "hash", w->kept[w->n]);
  add_numbers(w, g);
  add_tables(w, g);
  return check_words(w);
}

static void release(grid_words *w) {
  text *all[] = {&w->environment, &w->states,      &w->axes,    &w->controls,   &w->disturbances,
                 &w->values,      &w->test_states, &w->test_hs, &w->test_values};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) text_release(all[i]);
  duro_release(w);
}

duro_status duro_export_grid_name(char name[DURO_EXPORT_NAME], const duro_grid *grid, const char *prefix) {
  return export_plan_name(name, duro_grid_env(grid)->ops->name, "_grid", prefix);
}

duro_status duro_export_grid_c(const char *folder, const duro_grid *grid, const char *prefix) {
  char name[DURO_EXPORT_NAME];
  duro_status status = duro_export_grid_name(name, grid, prefix);
  if (!status) status = grid_want_safe_set(duro_grid_settings_of(grid));
  if (status) return status;
  if (cells_of(grid, 0) > MOST_CELLS)
    return duro_fail(DURO_ERROR_ARGUMENT, "the table has %lld values; wanted at most %d, a coarser grid",
                     (long long)cells_of(grid, 0), MOST_CELLS);
  grid_words *w = duro_allocate(sizeof *w);
  if (!w) return DURO_ERROR_MEMORY;
  status = fill(w, grid, name);
  if (!status) status = export_plan_write(folder, name, ".c", export_grid_source, w->word, w->n);
  if (!status) status = export_plan_write(folder, name, ".h", export_grid_header, w->word, w->n);
  release(w);
  return status;
}

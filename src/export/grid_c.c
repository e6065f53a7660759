/* The solution of a grid as freestanding C: the table of V, and the look ahead of the safety policy. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/purposes.h"
#include "duro/export.h"
#include "duro/io.h"
#include "export/c_source.h"
#include "export/plan.h"
#include "export/words.h"
#include "export_grid_header.h"
#include "export_grid_source.h"
#include "game/grid.h"
#include "io/hash.h"

enum { MOST_CELLS = 1 << 22, TESTS = 32 };

/* The words of the templates. */
typedef struct grid_words {
  export_words words;
  text environment, states, axes, controls, disturbances, values, test_states, test_hs, test_values;
} grid_words;

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
    for (int k = 0; k < 3; k++) text_add(out, ", "), export_add_double(out, numbers[k]);
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
      export_add_double(out, value_of(g, i));
    else
      export_source_add_literal(out, (float)value_of(g, i));
    text_add(out, i % 8 == 7 || i + 1 == cells ? ",\n" : ",");
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
    export_add_table(&w->test_states, x, 1, g->env->spec.nx);
    text_add(&w->test_hs, i ? ", " : "");
    export_add_double(&w->test_hs, g->env->ops->constraint(g->env, x));
    text_add(&w->test_values, i ? ", " : "");
    export_add_double(&w->test_values, duro_grid_safety_at(g, x));
  }
}

/* ---- words ---- */

static void add_states(text *out, const duro_grid *g) {
  const duro_env_spec *spec = &g->env->spec;
  for (int i = 0; i < spec->nx; i++) {
    text_add(out, " *   x[%d]  ", i);
    export_add_plain(out, spec->x_names[i]);
    if (spec->x_units && spec->x_units[i] && spec->x_units[i][0])
      text_add(out, ", "), export_add_plain(out, spec->x_units[i]);
    for (int k = 0; k < g->plan.nd; k++)
      if (g->plan.axis[k].state == i)
        text_add(out, "; %d vertices from %g to %g%s", g->plan.axis[k].n, g->plan.axis[k].low, g->plan.axis[k].high,
                 g->plan.axis[k].periodic ? ", periodic" : "");
    text_add(out, "\n");
  }
}

static void add_tables(grid_words *w, const duro_grid *g) {
  const duro_env_spec *spec = &g->env->spec;
  export_add_plain(&w->environment, g->env->ops->name);
  add_states(&w->states, g);
  add_axes(&w->axes, g);
  export_add_table(&w->controls, g->control, g->plan.nu, spec->nu);
  export_add_table(&w->disturbances, g->disturbance, g->plan.na, spec->na);
  add_values(&w->values, g);
  add_tests(w, g);
  export_words_add(&w->words, "environment", w->environment.bytes);
  export_words_add(&w->words, "states", w->states.bytes);
  export_words_add(&w->words, "axes", w->axes.bytes);
  export_words_add(&w->words, "control_table", w->controls.bytes);
  export_words_add(&w->words, "disturbance_table", w->disturbances.bytes);
  export_words_add(&w->words, "values", w->values.bytes);
  export_words_add(&w->words, "test_states", w->test_states.bytes);
  export_words_add(&w->words, "test_hs", w->test_hs.bytes);
  export_words_add(&w->words, "test_values", w->test_values.bytes);
}

static void add_numbers(grid_words *w, const duro_grid *g) {
  const duro_env_spec *spec = &g->env->spec;
  const int64_t cells = cells_of(g, 0);
  export_words_add_count(&w->words, "nd", g->plan.nd);
  export_words_add_count(&w->words, "nx", spec->nx);
  export_words_add_count(&w->words, "last_state", spec->nx - 1);
  export_words_add_count(&w->words, "nu", spec->nu);
  export_words_add_count(&w->words, "na", spec->na);
  export_words_add_count(&w->words, "some_disturbances", spec->na ? spec->na : 1);
  export_words_add_count(&w->words, "controls", g->plan.nu);
  export_words_add_count(&w->words, "disturbances", g->plan.na);
  export_words_add_count(&w->words, "pairs", (int64_t)g->plan.nu * g->plan.na);
  export_words_add_count(&w->words, "corners", 1 << g->plan.nd);
  export_words_add_count(&w->words, "cells", cells);
  export_words_add_count(&w->words, "bytes", cells * (g->wide ? 8 : 4));
  export_words_add_count(&w->words, "tests", TESTS);
  export_words_add_count(&w->words, "stay", grid_stays(g, 0));
  export_words_add(&w->words, "type", g->wide ? "double" : "float");
  export_words_add_real(&w->words, "h_scale_literal", spec->h_scale);
  export_words_add_real(&w->words, "tie", grid_tie(g));
  export_words_add_real(&w->words, "h_scale", spec->h_scale);
  export_words_add_real(&w->words, "amplitude", g->settings.amplitude);
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
  duro_hash_print(hash, duro_grid_hash(g));
  export_words_add_origin(&w->words, prefix);
  export_words_add_short(&w->words, "hash", hash);
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
  if (!status) status = export_plan_write(folder, name, ".c", export_grid_source, w->words.word, w->words.n);
  if (!status) status = export_plan_write(folder, name, ".h", export_grid_header, w->words.word, w->words.n);
  release(w);
  return status;
}

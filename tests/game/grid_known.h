/* What the tests of grids against known answers share. Include after cmocka.h. */
#ifndef DURO_TESTS_GRID_KNOWN_H
#define DURO_TESTS_GRID_KNOWN_H

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/purposes.h"
#include "duro/env.h"
#include "duro/grid.h"

#define ok(call)                                                                                                       \
  do {                                                                                                                 \
    if ((call) != DURO_OK) fail_msg("%s: %s", #call, duro_error());                                                    \
  } while (0)

/* an environment and its solution */
typedef struct solved {
  duro_env *env;
  duro_grid *grid;
  const duro_grid_plan *plan;
  duro_grid_progress end;
  float *v; // (cells), C order
} solved;

/* Solves `name` on `shape` (n axes) with "env.field=value" and "grid.field=value" assignments, NULL at the end; edges
 * as in duro_grid_plan_make. False where this build lacks the environment. */
static inline bool solve(solved *s, const char *name, const int *shape, int n, const double *low, const double *high,
                         const char *const *assignments) {
  const duro_env_ops *ops;
  *s = (solved){0};
  if (duro_env_find(&ops, name) != DURO_OK) return false;
  duro_grid_settings settings;
  void *values = calloc(1, ops->settings_size);
  const duro_settings_group groups[] = {{"env", ops->settings, ops->n_settings, values},
                                        duro_grid_settings_group(&settings)};
  for (int i = 0; i < 2; i++) duro_settings_default(&groups[i]);
  settings.threads = 1; // barriers of several threads wait long on a machine that does other things
  for (; assignments && *assignments; assignments++) ok(duro_settings_assign(groups, 2, *assignments));
  duro_grid_plan plan;
  ok(duro_env_create(&s->env, ops, values));
  ok(duro_grid_plan_make(&plan, s->env, &settings, shape, n, low, high));
  ok(duro_grid_create(&s->grid, s->env, &settings, &plan));
  ok(duro_grid_solve_safety(s->grid, NULL, NULL));
  s->plan = duro_grid_plan_of(s->grid);
  s->end = duro_grid_state(s->grid, DURO_GRID_SAFETY);
  s->v = malloc(sizeof *s->v * (size_t)plan.cells);
  assert_non_null(s->v);
  ok(duro_grid_read(s->grid, DURO_GRID_SAFETY_VALUE, s->v));
  free(values);
  return true;
}

static inline void release(solved *s) {
  duro_grid_destroy(s->grid);
  duro_env_destroy(s->env);
  free(s->v);
}

#define SET(...) ((const char *const[]){__VA_ARGS__, NULL})

static inline double spacing_of(const duro_grid_axis *axis) {
  return (axis->high - axis->low) / (axis->periodic ? axis->n : axis->n - 1);
}

/* the state of a vertex given by its index in C order; states that the plan drops are left alone */
static inline void vertex_state(const duro_grid_plan *plan, int64_t index, double *x) {
  for (int i = plan->nd - 1; i >= 0; i--) {
    const duro_grid_axis *axis = &plan->axis[i];
    x[axis->state] = axis->low + (double)(index % axis->n) * spacing_of(axis);
    index /= axis->n;
  }
}

/* share of {V < 0} in the volume of the region: a vertex of an axis that is not periodic stands for a spacing, and
 * there is one more of them than spacings */
static inline double lost_share(const solved *s) {
  int64_t lost = 0;
  double share = 1;
  for (int64_t i = 0; i < s->plan->cells; i++) lost += s->v[i] < 0;
  for (int i = 0; i < s->plan->nd; i++) {
    const duro_grid_axis *axis = &s->plan->axis[i];
    share /= axis->periodic ? axis->n : axis->n - 1;
  }
  return (double)lost * share;
}

/* smallest V_h of `count` evaluation starts, and where */
static inline double least_start(const solved *s, int count, double *where) {
  double least = INFINITY;
  for (int k = 0; k < count; k++) {
    double x[DURO_MAX_STATE];
    duro_stream stream = duro_stream_at(1, (uint32_t)DURO_PURPOSE_SPARE, (uint64_t)k);
    s->env->ops->reset(s->env, x, &stream, DURO_START_EVAL);
    const double v = duro_grid_safety_at(s->grid, x);
    if (v >= least) continue;
    least = v;
    if (where) memcpy(where, x, sizeof *x * (size_t)s->env->spec.nx);
  }
  return least;
}

#endif

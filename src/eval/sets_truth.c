/* The truth that learned sets are held against. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/purposes.h"
#include "duro/polytope.h"
#include "eval/sets.h"
#include "game/grid.h"

struct duro_set_truth {
  duro_integrator *integrator; /* each of `parts` independent ones; NULL: the grid */
  int parts;
  const duro_grid *grid;
};

duro_status duro_set_truth_exact(duro_set_truth **out, const duro_env *env) {
  duro_integrator_spec spec;
  *out = NULL;
  duro_status status = duro_integrator_spec_of(&spec, env);
  if (status) return status;
  duro_set_truth *truth = duro_allocate(sizeof *truth);
  if (!truth) return DURO_ERROR_MEMORY;
  *truth = (duro_set_truth){.parts = env->spec.nx / 2};
  status = duro_integrator_create(&truth->integrator, &spec);
  if (status) {
    duro_set_truth_destroy(truth);
    return status;
  }
  *out = truth;
  return DURO_OK;
}

duro_status duro_set_truth_grid(duro_set_truth **out, const duro_grid *grid) {
  const duro_status status = grid_want_safe_set(duro_grid_settings_of(grid));
  *out = NULL;
  if (status) return status;
  *out = duro_allocate(sizeof **out);
  if (!*out) return DURO_ERROR_MEMORY;
  **out = (duro_set_truth){.grid = grid};
  return DURO_OK;
}

void duro_set_truth_destroy(duro_set_truth *truth) {
  if (!truth) return;
  duro_integrator_destroy(truth->integrator);
  duro_release(truth);
}

const char *duro_set_truth_name(const duro_set_truth *truth) {
  return truth->grid ? "grid" : "exact";
}

double duro_set_truth_value(const duro_set_truth *truth, const double *x) {
  if (truth->grid) return duro_grid_safety_at(truth->grid, x);
  double value = INFINITY;
  for (int k = 0; k < truth->parts; k++) value = fmin(value, duro_integrator_value(truth->integrator, x + 2 * k));
  return value;
}

/* Each disturbance moves its own integrator alone, so that each may be chosen by itself. */
static void worst_of_parts(const duro_set_truth *truth, const duro_env *env, void *worker, double *a, const double *x,
                           const double *u) {
  double x2[2][DURO_MAX_STATE];
  duro_step step;
  for (int side = 0; side < 2; side++) {
    for (int k = 0; k < truth->parts; k++) a[k] = side ? 1 : -1;
    duro_env_step(env, worker, x2[side], &step, x, u, a);
  }
  for (int k = 0; k < truth->parts; k++) {
    const double low = duro_integrator_value(truth->integrator, x2[0] + 2 * k);
    const double high = duro_integrator_value(truth->integrator, x2[1] + 2 * k);
    a[k] = low < high ? -1 : 1;
  }
}

void set_truth_worst(const duro_set_truth *truth, const duro_env *env, void *worker, double *a, const double *x,
                     const double *u) {
  if (truth->grid)
    duro_grid_safety_disturbance(truth->grid, worker, a, x, u);
  else
    worst_of_parts(truth, env, worker, a, x, u);
}

/* ---- cells ---- */

/* vertices of each axis so that they are about 200,000 in all */
static const int usual[DURO_GRID_MAX + 1] = {200000, 200001, 201, 59, 21, 11, 8};

/* The axes of the region: those of the grid, or all states of the environment up to four. */
static void choose_axes(duro_set_cells *cells, const duro_set_truth *truth) {
  enum { MOST = 4 };
  const duro_env_spec *spec = &cells->env->spec;
  if (truth->grid) {
    const duro_grid_plan *plan = duro_grid_plan_of(truth->grid);
    cells->nd = plan->nd;
    memcpy(cells->axis, plan->axis, sizeof plan->axis);
    return;
  }
  cells->nd = spec->nx <= MOST ? spec->nx : 0;
  for (int i = 0; i < cells->nd; i++)
    cells->axis[i] = (duro_grid_axis){.state = i, .low = spec->x_low[i], .high = spec->x_high[i]};
}

duro_status duro_set_cells_make(duro_set_cells *cells, const duro_env *env, const duro_set_truth *truth,
                                int64_t points) {
  const double most = 1e9;
  *cells = (duro_set_cells){.env = env, .count = 1};
  choose_axes(cells, truth);
  if (!points) points = usual[cells->nd];
  const int axes = cells->nd ? cells->nd : 1;
  if (points < 3 || pow((double)points, axes) > most)
    return duro_fail(DURO_ERROR_ARGUMENT, "%lld points for each of %d axes; wanted 3 or more, and at most %.0f cells",
                     (long long)points, axes, most);
  for (int i = 0; i < axes; i++) {
    cells->count *= points;
    cells->axis[i].n = (int)points;
  }
  return DURO_OK;
}

void duro_set_cell(double *x, const duro_set_cells *cells, int64_t i) {
  const duro_env *env = cells->env;
  duro_stream stream = duro_stream_at(1, DURO_PURPOSE_SET_CELL, (uint64_t)i);
  if (!cells->nd) {
    for (int k = 0; k < env->spec.nx; k++)
      x[k] = env->spec.x_low[k] + (env->spec.x_high[k] - env->spec.x_low[k]) * duro_stream_uniform(&stream);
    return;
  }
  if (cells->nd < env->spec.nx) duro_env_reset(env, x, &stream, DURO_START_TRAIN);
  for (int k = cells->nd - 1; k >= 0; k--) {
    const duro_grid_axis *axis = &cells->axis[k];
    const int steps = axis->periodic ? axis->n : axis->n - 1;
    x[axis->state] = axis->low + (axis->high - axis->low) * (double)(i % axis->n) / steps;
    i /= axis->n;
  }
}

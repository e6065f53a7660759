/* Goals that reach: when the target is reached from a state, and by which control.
 *
 * The time of arrival T is the first at which the tube {V(., t) >= 0} contains a state. Along the play that is best for
 * both sides T falls as fast as time passes, so that its descent, one step of the environment ahead, is the control,
 * and its ascent the disturbance. */
#include <math.h>
#include <string.h>

#include "game/grid.h"

static bool obeys(const duro_grid *g) {
  return strcmp(g->settings.goal, "reach-avoid") == 0;
}

/* in the target, and where that counts with h >= 0 */
static bool is_there(const duro_grid *g, const double *x) {
  return grid_target_value(&g->target, g->env, x) >= 0.0 && (!obeys(g) || g->env->ops->constraint(g->env, x) >= 0.0);
}

double duro_grid_arrival_at(const duro_grid *g, const double *x) {
  if (!g->arrival) return NAN;
  if (is_there(g, x)) return 0.0;
  if (!(duro_grid_safety_at(g, x) >= 0.0)) return INFINITY;
  return grid_arrival_between(g, x);
}

/* What a state costs the control: the time that is left, and where none is enough how far V is below 0. */
typedef struct cost {
  double time, lack;
} cost;

static bool is_less(cost a, cost b) {
  return a.time < b.time || (!(b.time < a.time) && a.lack < b.lack);
}

static cost cost_of(const duro_grid *g, const double *x, const duro_step *out) {
  const bool failed = obeys(g) && out->end == DURO_TERMINATED;
  const double time = failed ? (double)INFINITY : duro_grid_arrival_at(g, x);
  if (time < INFINITY) return (cost){.time = time};
  const double value = failed ? grid_successor_value(g, x, out) : duro_grid_safety_at(g, x);
  return (cost){.time = time, .lack = value < 0.0 ? -value : g->env->spec.h_scale}; // beyond the grid it may be h
}

/* the largest cost under a control over the candidate disturbances, and whose it is */
static cost look_ahead(const duro_grid *g, void *worker, const double *x, const double *u, int *worst) {
  cost most = {.time = -INFINITY};
  for (int j = 0; j < g->plan.na; j++) {
    double x2[DURO_MAX_STATE];
    duro_step out;
    g->env->ops->step(g->env, worker, x2, &out, x, u, g->disturbance + j * g->env->spec.na);
    const cost c = cost_of(g, x2, &out);
    if (j > 0 && !is_less(most, c)) continue;
    most = c;
    *worst = j;
  }
  return most;
}

static double size_of(const duro_grid *g, const double *u) {
  double sum = 0.0;
  for (int i = 0; i < g->env->spec.nu; i++) sum += u[i] * u[i];
  return sum;
}

void duro_grid_reach_control(const duro_grid *g, void *worker, double *u, const double *x) {
  const int nu = g->env->spec.nu;
  cost least = {.time = INFINITY, .lack = INFINITY};
  const double *best = g->control;
  for (int i = 0; i < g->plan.nu; i++) {
    const double *tried = g->control + i * nu;
    int worst;
    const cost c = look_ahead(g, worker, x, tried, &worst);
    if (is_less(least, c) || (!is_less(c, least) && size_of(g, tried) >= size_of(g, best))) continue;
    least = c;
    best = tried;
  }
  memcpy(u, best, sizeof *u * (size_t)nu);
}

void duro_grid_reach_disturbance(const duro_grid *g, void *worker, double *a, const double *x, const double *u) {
  const int na = g->env->spec.na;
  int worst = 0;
  look_ahead(g, worker, x, u, &worst);
  memcpy(a, g->disturbance + worst * na, sizeof *a * (size_t)na);
}

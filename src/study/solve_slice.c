/* Planes of fields on a grid, and volumes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "study/solve.h"

double solve_vertex(const duro_grid_axis *axis, int k) {
  return axis->low + (axis->high - axis->low) * k / (axis->periodic ? axis->n : axis->n - 1);
}

int solve_middle(const duro_grid_axis *axis) {
  const double wanted = axis->low <= 0 && axis->high >= 0 ? 0 : .5 * (axis->low + axis->high);
  int best = 0;
  for (int k = 1; k < axis->n; k++)
    if (fabs(solve_vertex(axis, k) - wanted) < fabs(solve_vertex(axis, best) - wanted)) best = k;
  return best;
}

/* Vertices from one to the next along each axis, C order. */
static void count_strides(int64_t *stride, const duro_grid_plan *plan) {
  int64_t step = 1;
  for (int i = plan->nd - 1; i >= 0; i--) {
    stride[i] = step;
    step *= plan->axis[i].n;
  }
}

void solve_slice(float *out, const duro_grid_plan *plan, const int pair[2], const float *field, int width) {
  int64_t stride[DURO_GRID_MAX], origin = 0;
  count_strides(stride, plan);
  for (int i = 0; i < plan->nd; i++)
    if (i != pair[0] && i != pair[1]) origin += stride[i] * solve_middle(&plan->axis[i]);
  const int n0 = plan->axis[pair[0]].n, n1 = pair[0] == pair[1] ? 1 : plan->axis[pair[1]].n;
  for (int i = 0; i < n0; i++)
    for (int j = 0; j < n1; j++)
      memcpy(out + ((int64_t)i * n1 + j) * width, field + (origin + i * stride[pair[0]] + j * stride[pair[1]]) * width,
             sizeof *out * (size_t)width);
}

void solve_project(float *out, const duro_grid_plan *plan, const int pair[2], const float *V) {
  int64_t stride[DURO_GRID_MAX];
  count_strides(stride, plan);
  const int n0 = plan->axis[pair[0]].n, n1 = plan->axis[pair[1]].n;
  for (int64_t i = 0; i < (int64_t)n0 * n1; i++) out[i] = -INFINITY;
  for (int64_t i = 0; i < plan->cells; i++) {
    float *top = &out[i / stride[pair[0]] % n0 * n1 + i / stride[pair[1]] % n1];
    if (V[i] > *top) *top = V[i];
  }
}

double solve_volume(const duro_grid_plan *plan, const float *V) {
  int64_t stride[DURO_GRID_MAX];
  double cell = 1, inside = 0;
  count_strides(stride, plan);
  for (int i = 0; i < plan->nd; i++) cell *= solve_vertex(&plan->axis[i], 1) - plan->axis[i].low;
  for (int64_t v = 0; v < plan->cells; v++) {
    if (!(V[v] >= 0)) continue;
    double weight = 1; // at an edge half of the surroundings lie beyond the grid
    for (int i = 0; i < plan->nd; i++) {
      const int64_t k = v / stride[i] % plan->axis[i].n;
      if (!plan->axis[i].periodic && (k == 0 || k == plan->axis[i].n - 1)) weight /= 2;
    }
    inside += weight;
  }
  return inside * cell;
}

void solve_volume_unit(char *out, size_t size, const solution *s) {
  size_t used = 0;
  out[0] = 0;
  for (int i = 0; i < s->plan.nd && used < size; i++)
    used +=
        (size_t)snprintf(out + used, size - used, "%s%s", i ? " " : "", s->env->spec.x_units[s->plan.axis[i].state]);
}

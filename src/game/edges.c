/* What lies at the edges of a grid and beyond, and what that costs the set. */
#include <math.h>

#include "game/grid.h"

static int place_of(const duro_grid *g, int axis) {
  int i = 0;
  while (g->axis[i] != axis) i++;
  return i;
}

/* largest h of a side, and whether the set reaches it */
static void look_along(const duro_grid *g, int i, bool upper, duro_grid_edge *edge) {
  const int n = g->plan.axis[g->axis[i]].n, last = g->plan.nd - 1, at = upper ? n - 1 : 0;
  edge->h_max = -INFINITY;
  for (int64_t row = g->own; row < g->own + g->owned; row++) {
    int vertex[DURO_GRID_MAX];
    if (!grid_row_at(g, row, vertex) || (i < last && vertex[i] != at)) continue;
    for (int k = i == last ? at : 0; k < (i == last ? at + 1 : g->sweep.n); k++) {
      vertex[last] = k;
      edge->h_max = fmax(edge->h_max, grid_h(g, row, vertex));
      edge->reached |= grid_get(g, g->value, grid_index(g, row, k)) >= 0;
    }
  }
  uint32_t reached = edge->reached;
  if (part_largest(g, &edge->h_max, 1) || part_any(g, &reached, 1)) edge->h_max = NAN;
  edge->reached = reached;
}

duro_grid_edge duro_grid_edge_of(const duro_grid *g, int axis, bool upper) {
  duro_grid_edge edge = {0};
  const duro_grid_axis *along = &g->plan.axis[axis];
  const int i = place_of(g, axis);
  if (along->periodic) return edge;
  look_along(g, i, upper, &edge);
  edge.held = grid_may_leave(g, i) || grid_stays(g, edge.h_max);
  if (g->sweep.whole) { // no vertex is stepped for itself; the episode fails in known places
    const double at = upper ? along->high : along->low;
    const double fails = upper ? g->env->spec.x_fail_high[along->state] : g->env->spec.x_fail_low[along->state];
    edge.crossed = edge.h_max >= 0 && (upper ? fails > at : fails < at);
    edge.open = edge.crossed && (edge.held || edge.h_max > 1e-9 * g->env->spec.h_scale);
  } else {
    const uint32_t bit = 1U << (2 * i + upper);
    edge.crossed = g->crossed & bit;
    edge.open = g->crossed_safe & bit;
  }
  return edge;
}

/* best of min_a V(x') at a vertex, as if what is lost for leaving the grid alone were worth 0 */
static double hopeful(const duro_grid *g, int64_t row, int k) {
  const int64_t first = g->rows * g->sweep.stride;
  double best = -INFINITY;
  for (int u = 0; u < g->plan.nu; u++) {
    double least = INFINITY;
    for (int a = 0; a < g->plan.na && least >= 0; a++) {
      const int64_t pair = ((row - g->own) * g->plan.nu + u) * g->plan.na + a;
      const int32_t base = g->base[pair * g->sweep.padded + k];
      if (base >= first && base < first + g->open) continue; // as good as 0
      double value = 0;
      for (int c = 0; c < 1 << g->sweep.m; c++) {
        double w = 1;
        for (int d = 0; d < g->sweep.m; d++) {
          const double f = (double)g->frac[(pair * g->sweep.m + d) * g->sweep.padded + k];
          w *= c >> d & 1 ? f : 1 - f;
        }
        if (w > 0) value += w * grid_get(g, g->value, base + g->sweep.corner[c]);
      }
      least = fmin(least, value);
    }
    best = fmax(best, isinf(least) ? 0 : least);
  }
  return best;
}

int64_t duro_grid_lost_at_edges(const duro_grid *g) {
  int64_t count = 0;
  if (g->sweep.whole || duro_grid_is_reach(&g->settings)) return -1;
  for (int64_t row = g->own; row < g->own + g->owned && g->open; row++) {
    int vertex[DURO_GRID_MAX];
    if (!grid_row_at(g, row, vertex)) continue;
    for (int k = 0; k < g->sweep.n; k++) {
      const int64_t at = grid_index(g, row, k);
      vertex[g->plan.nd - 1] = k;
      if (grid_get(g, g->value, at) < 0 && grid_h(g, row, vertex) >= 0) count += hopeful(g, row, k) >= 0;
    }
  }
  return part_sum(g, &count, 1) ? -1 : count;
}

/* What a certificate tells of states, and volumes. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/certificate.h"

/* share of a cell where V >= level, on points in the middle of n^nd equal boxes */
static double share_of(int nd, const double *corner, double level) {
  const int n = nd < 3 ? 8 : 4;
  int at[CERT_D] = {0};
  int64_t inside = 0, points = 0;
  for (;;) {
    double v[CERT_CORNERS], t[CERT_D];
    for (int i = 0; i < nd; i++) t[i] = (at[i] + 0.5) / n;
    memcpy(v, corner, sizeof(double) << nd);
    cert_cut(nd, v, t, t);
    inside += v[0] >= level;
    points++;
    int i = nd - 1;
    while (i >= 0 && at[i] == n - 1) at[i--] = 0;
    if (i < 0) return (double)inside / (double)points;
    at[i]++;
  }
}

static double volume(const cert_game *g, const float *V, double level) {
  double cells = 0.0, one = 1.0;
  for (int i = 0; i < g->nd; i++) one *= g->spacing[i];
  for (int64_t index = 0; index < g->all_cells; index++) {
    int cell[CERT_D];
    double v[CERT_CORNERS];
    cert_cell_at(g, cell, index);
    cert_corners(g, V, v, cell);
    int inside = 0;
    for (int k = 0; k < g->corners; k++) inside += v[k] >= level;
    if (inside) cells += inside == g->corners ? 1.0 : share_of(g->nd, v, level);
  }
  return cells * one;
}

double duro_certificate_volume(const duro_certificate *cert) {
  return volume(&cert->game, cert->V, 0.0);
}

double duro_certificate_volume_of(const duro_grid_plan *plan, const float *V, double level) {
  cert_game g = {0};
  cert_take_axes(&g, plan);
  return volume(&g, V, level);
}

/* the cell that x lies in and its place there, 0 to 1; false beyond the grid */
static bool locate(const cert_game *g, int *cell, double *place, const double *x) {
  for (int i = 0; i < g->nd; i++) {
    double z = (x[g->axis[i].state] - g->axis[i].low) / g->spacing[i];
    if (g->axis[i].periodic) z -= g->cells[i] * floor(z / g->cells[i]);
    if (!(z >= 0.0 && z <= g->cells[i])) return false;
    cell[i] = (int)z < g->cells[i] ? (int)z : g->cells[i] - 1;
    place[i] = z - cell[i];
  }
  return true;
}

double duro_certificate_value(const duro_certificate *cert, const double *x) {
  int cell[CERT_D];
  double place[CERT_D], v[CERT_CORNERS];
  if (!locate(&cert->game, cell, place, x)) return -INFINITY;
  cert_corners(&cert->game, cert->V, v, cell);
  cert_cut(cert->game.nd, v, place, place);
  return v[0];
}

bool duro_certificate_contains(const duro_certificate *cert, const double *x) {
  return duro_certificate_value(cert, x) >= 1e-12 * cert->scale; // rounding never says yes to a negative number
}

/* walks down the tree of the cell; -1 where it says "outside" */
static int leaf_at(const duro_certificate *cert, const int *cell, const double *place) {
  const cert_game *g = &cert->game;
  const int64_t index = cert_cell_index(g, cell);
  double lo[CERT_D] = {0}, hi[CERT_D];
  for (int i = 0; i < g->nd; i++) hi[i] = 1.0;
  int64_t at = cert->first[index], skip = 0; // subtrees to pass over
  if (at == cert->first[index + 1]) return -1;
  for (;;) {
    const int byte = cert->tree[at++];
    if (skip) {
      skip += byte >= CERT_SPLIT && byte != CERT_OUTSIDE ? 1 : -1;
      continue;
    }
    if (byte == CERT_OUTSIDE) return -1;
    if (byte < CERT_SPLIT) return byte;
    const int axis = byte - CERT_SPLIT;
    const double middle = 0.5 * (lo[axis] + hi[axis]);
    if (place[axis] < middle) {
      hi[axis] = middle;
    } else {
      lo[axis] = middle;
      skip = 1;
    }
  }
}

bool duro_certificate_control(const duro_certificate *cert, double *u, const double *x) {
  const cert_game *g = &cert->game;
  memset(u, 0, (size_t)g->nu * sizeof *u);
  if (!duro_certificate_contains(cert, x)) return false;
  int cell[CERT_D];
  double place[CERT_D];
  (void)locate(g, cell, place, x);
  const int leaf = leaf_at(cert, cell, place);
  if (leaf < 0) return false;
  memcpy(u, g->control + leaf * g->nu, (size_t)g->nu * sizeof *u);
  return true;
}

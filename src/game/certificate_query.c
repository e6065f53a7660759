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
  if (cert->cones) return cert->cones->volume;
  return volume(&cert->game, cert->V, 0.0);
}

double duro_certificate_volume_inside(const duro_certificate *cert) {
  return cert->cones ? cert->cones->boxed : duro_certificate_volume(cert);
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

/* --- cones ------------------------------------------------------------------------------------------------------- */

static void from_centre(const duro_certificate *cert, double *z, const double *x) {
  for (int i = 0; i < cert->game.nd; i++) z[i] = x[cert->game.axis[i].state] - cert->cones->centre[i];
}

/* largest row . z, and the row: where the ray through z leaves the set; infinite where z is not finite */
static double leaving(const duro_certificate *cert, int *row, const double *z) {
  const cert_cones *s = cert->cones;
  double most = -INFINITY;
  bool finite = true;
  for (int r = 0; r < s->rows; r++) {
    double sum = 0.0;
    for (int i = 0; i < cert->game.nd; i++) sum += s->row[r * cert->game.nd + i] * z[i];
    finite = finite && isfinite(sum);
    if (sum > most) {
      most = sum;
      *row = r;
    }
  }
  return finite ? most : INFINITY;
}

/* weights m with z = sum_k m_k v_k over the vertices of a cone, by elimination; the smallest, or -infinity */
static double weights_of(const cert_cones *s, int nd, double *m, int64_t cone, const double *z) {
  double a[CERT_D][CERT_D + 1];
  for (int k = 0; k < nd; k++)
    for (int i = 0; i < nd; i++) a[i][k] = s->vertex[s->simplex[cone * nd + k] * nd + i];
  for (int i = 0; i < nd; i++) a[i][nd] = z[i];
  for (int c = 0; c < nd; c++) {
    int pivot = c;
    for (int r = c + 1; r < nd; r++)
      if (fabs(a[r][c]) > fabs(a[pivot][c])) pivot = r;
    if (a[pivot][c] == 0.0) return -INFINITY;
    for (int k = c; k <= nd; k++) {
      const double swap = a[pivot][k];
      a[pivot][k] = a[c][k];
      a[c][k] = swap;
    }
    for (int r = 0; r < nd; r++) {
      if (r == c) continue;
      const double share = a[r][c] / a[c][c];
      for (int k = c; k <= nd; k++) a[r][k] -= share * a[c][k];
    }
  }
  double least = INFINITY;
  for (int k = 0; k < nd; k++) {
    m[k] = a[k][nd] / a[k][k];
    least = i_min(least, m[k]);
  }
  return isnan(least) ? -INFINITY : least;
}

/* of the cones of the row that z leaves through, the one that holds z best: rounding may leave it just outside */
static void cones_control(const duro_certificate *cert, double *u, const double *z, int row) {
  const cert_cones *s = cert->cones;
  const int nd = cert->game.nd;
  double best[CERT_D] = {0}, most = -INFINITY, sum = 0.0;
  int64_t chosen = s->first[row];
  for (int64_t cone = s->first[row]; cone < s->first[row + 1] && most < 0.0; cone++) {
    double m[CERT_D];
    const double least = weights_of(s, nd, m, cone, z);
    if (!(least > most)) continue;
    most = least;
    chosen = cone;
    memcpy(best, m, sizeof best);
  }
  for (int i = 0; i < s->nu; i++) u[i] = 0.0;
  for (int k = 0; k < nd; k++) {
    const double m = i_max(best[k], 0.0);
    sum += m;
    for (int i = 0; i < s->nu; i++) u[i] += m * s->control[s->simplex[chosen * nd + k] * s->nu + i];
  }
  for (int i = 0; i < s->nu; i++) {
    u[i] = sum > 1.0 ? u[i] / sum : u[i] + (1.0 - sum) * s->centre_control[i];
    u[i] = i_min(i_max(u[i], -1.0), 1.0); // rounding may lead out
  }
}

/* --- states ------------------------------------------------------------------------------------------------------ */

double duro_certificate_value(const duro_certificate *cert, const double *x) {
  int cell[CERT_D] = {0};
  double place[CERT_D], v[CERT_CORNERS];
  if (cert->cones) {
    from_centre(cert, place, x);
    return 1.0 - leaving(cert, cell, place);
  }
  if (!locate(&cert->game, cell, place, x)) return -INFINITY;
  cert_corners(&cert->game, cert->V, v, cell);
  cert_cut(cert->game.nd, v, place, place);
  return v[0];
}

bool duro_certificate_contains(const duro_certificate *cert, const double *x) {
  // rounding never says yes to a state outside
  return duro_certificate_value(cert, x) >= (cert->cones ? 1e-9 : 1e-12 * cert->scale);
}

/* a box about the set */
static void bounds(const duro_certificate *cert, double *low, double *high) {
  const cert_game *g = &cert->game;
  for (int i = 0; i < g->nd; i++) {
    low[i] = cert->cones ? INFINITY : g->axis[i].low;
    high[i] = cert->cones ? -INFINITY : g->axis[i].low + g->spacing[i] * g->cells[i];
    for (int k = 0; cert->cones && k < cert->cones->vertices; k++) {
      const double at = cert->cones->centre[i] + cert->cones->vertex[k * g->nd + i];
      low[i] = i_min(low[i], at);
      high[i] = i_max(high[i], at);
    }
  }
}

bool duro_certificate_draw(const duro_certificate *cert, double *x, duro_stream *stream) {
  enum { TRIALS = 100000 };
  const cert_game *g = &cert->game;
  double low[CERT_D], high[CERT_D];
  bounds(cert, low, high);
  memset(x, 0, (size_t)g->formula->nx * sizeof *x);
  for (int trial = 0; trial < TRIALS; trial++) {
    for (int i = 0; i < g->nd; i++) x[g->axis[i].state] = low[i] + duro_stream_uniform(stream) * (high[i] - low[i]);
    if (duro_certificate_contains(cert, x)) return true;
  }
  return false;
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
  int cell[CERT_D] = {0};
  double place[CERT_D];
  if (cert->cones) {
    from_centre(cert, place, x);
    (void)leaving(cert, cell, place);
    cones_control(cert, u, place, cell[0]);
    return true;
  }
  (void)locate(g, cell, place, x);
  const int leaf = leaf_at(cert, cell, place);
  if (leaf < 0) return false;
  memcpy(u, g->control + leaf * g->nu, (size_t)g->nu * sizeof *u);
  return true;
}

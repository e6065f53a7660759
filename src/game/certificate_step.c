/* What is proved of one control at one state: how far inside of the set every successor lies. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/certificate.h"

enum { POINT, SLOPES = 2, HALVINGS = 10 };

/* --- both kinds ---------------------------------------------------------------------------------------------------*/

/* the state and the control as they are, and every disturbance */
static void take_point(const cert_game *g, cert_region *in, const double *x, const double *u) {
  for (int i = 0; i < g->formula->nx; i++) in->x[i] = in->x0[i] = i_all();
  for (int i = 0; i < g->nd; i++) in->x[g->axis[i].state] = in->x0[g->axis[i].state] = i_point(x[g->axis[i].state]);
  for (int i = 0; i < g->nu; i++) in->u[i] = in->u0[i] = i_point(u[i]);
}

/* successor along axis i without a disturbance, and its slopes by them (na) */
static interval successor(const cert_game *g, const interval *scratch, int i, const interval **by_a) {
  const interval *of = cert_slopes_of(g, scratch, g->formula->next[g->axis[i].state]);
  *by_a = of + SLOPES + g->nd;
  return of[POINT];
}

/* --- cones ------------------------------------------------------------------------------------------------------- */

/* x' - centre in state i: mid + sum_k by_a_k a_k + [-rest, rest] for all |a_k| <= 1 */
typedef struct reach {
  double mid, rest, by_a[CERT_A];
} reach;

static reach reach_of(const duro_certificate *cert, const interval *scratch, int i) {
  const cert_game *g = &cert->game;
  const interval *slope, z = i_sub(successor(g, scratch, i, &slope), i_point(cert->cones->centre[i]));
  reach out = {.mid = i_mid(z), .rest = i_rad(z) + g->tolerance * g->spacing[i] * g->cells[i]};
  for (int k = 0; k < g->na; k++) {
    out.by_a[k] = i_mid(slope[k]);
    out.rest += i_rad(slope[k]);
  }
  return out;
}

/* largest row . (x' - centre) over all disturbances, from above */
static double furthest(const cert_game *g, const reach *x2, const double *row) {
  double sum = 0.0, by_a[CERT_A] = {0};
  for (int i = 0; i < g->nd; i++) {
    sum += row[i] * x2[i].mid + fabs(row[i]) * x2[i].rest;
    for (int k = 0; k < g->na; k++) by_a[k] += row[i] * x2[i].by_a[k];
  }
  for (int k = 0; k < g->na; k++) sum += fabs(by_a[k]);
  return sum;
}

static double cones_margin(const duro_certificate *cert, const interval *scratch) {
  const cert_cones *s = cert->cones;
  const int nd = cert->game.nd;
  reach x2[CERT_D];
  double most = -INFINITY;
  for (int i = 0; i < nd; i++) x2[i] = reach_of(cert, scratch, i);
  for (int r = 0; r < s->rows; r++) {
    const double far = furthest(&cert->game, x2, s->row + (size_t)r * (size_t)nd);
    if (!(far <= most)) most = far;
  }
  return isnan(most) ? -INFINITY : 1.0 - most - CERT_SLACK; // roundings of the sums are far below that
}

/* --- grids ------------------------------------------------------------------------------------------------------- */

/* a box in grid coordinates */
typedef struct cert_box {
  double lo[CERT_D], hi[CERT_D];
} cert_box;

/* where the successors lie for a piece of the disturbances */
static void image_of(const cert_game *g, const interval *scratch, cert_box *box, const interval *a) {
  for (int i = 0; i < g->nd; i++) {
    const interval *slope;
    interval x = successor(g, scratch, i, &slope);
    for (int k = 0; k < g->na; k++) x = i_add(x, i_mul(slope[k], a[k]));
    const interval z = i_div(i_sub(x, i_point(g->axis[i].low)), i_point(g->spacing[i]));
    box->lo[i] = z.lo - g->tolerance * g->cells[i] - 1e-11; // roundings of coordinates up to 4096
    box->hi[i] = z.hi + g->tolerance * g->cells[i] + 1e-11;
  }
}

/* least V over the part of a cell that the box covers; the cell as it lies along the axes, not wrapped */
static double least_in_cell(const duro_certificate *cert, const int *at, const cert_box *box) {
  const cert_game *g = &cert->game;
  double v[CERT_CORNERS], lo[CERT_D], hi[CERT_D];
  int cell[CERT_D];
  for (int i = 0; i < g->nd; i++) {
    lo[i] = i_max(box->lo[i] - at[i], 0.0);
    hi[i] = i_min(box->hi[i] - at[i], 1.0);
    cell[i] = g->axis[i].periodic ? ((at[i] % g->cells[i]) + g->cells[i]) % g->cells[i] : at[i];
  }
  cert_corners(g, cert->V, v, cell);
  cert_cut(g->nd, v, lo, hi);
  double least = v[0]; // a multilinear function is least at a corner
  for (int k = 1; k < g->corners; k++) least = i_min(least, v[k]);
  return least;
}

/* the cells that a box touches along each axis; false where it leaves the grid, or covers too many */
static bool cells_of(const cert_game *g, int *first, int *last, const cert_box *box) {
  for (int i = 0; i < g->nd; i++) {
    if (!(fabs(box->lo[i]) < 1e6 && fabs(box->hi[i]) < 1e6 && box->hi[i] - box->lo[i] < 16.0)) return false;
    if (!g->axis[i].periodic && (box->lo[i] < 0.0 || box->hi[i] > g->cells[i])) return false;
    first[i] = (int)floor(box->lo[i]);
    last[i] = (int)floor(box->hi[i]);
    if (!g->axis[i].periodic && last[i] == g->cells[i]) last[i]--;
  }
  return true;
}

static double least_in_box(const duro_certificate *cert, const cert_box *box) {
  const cert_game *g = &cert->game;
  int first[CERT_D], last[CERT_D], at[CERT_D];
  double least = INFINITY;
  if (!cells_of(g, first, last, box)) return -INFINITY;
  memcpy(at, first, sizeof at);
  for (int i = 0; i >= 0;) {
    least = i_min(least, least_in_cell(cert, at, box));
    for (i = g->nd - 1; i >= 0 && at[i] == last[i]; i--) at[i] = first[i];
    if (i >= 0) at[i]++;
  }
  return least;
}

/* least V that is certain for a piece of the disturbances; where that is not enough, for its halves */
static double least_over(const duro_certificate *cert, const interval *scratch, const interval *a, int halvings) {
  const cert_game *g = &cert->game;
  cert_box box;
  image_of(g, scratch, &box, a);
  const double least = least_in_box(cert, &box) - CERT_SLACK * cert->scale;
  if (least >= 0.0 || halvings == 0 || g->na == 0) return least;
  interval half[CERT_A];
  int widest = 0;
  memcpy(half, a, sizeof half);
  for (int k = 1; k < g->na; k++)
    if (a[k].hi - a[k].lo > a[widest].hi - a[widest].lo) widest = k;
  const double middle = i_mid(a[widest]);
  half[widest].hi = middle;
  const double below = least_over(cert, scratch, half, halvings - 1);
  if (below < 0.0) return below;
  half[widest] = (interval){middle, a[widest].hi};
  return i_min(below, least_over(cert, scratch, half, halvings - 1));
}

static double grid_margin(const duro_certificate *cert, const interval *scratch) {
  interval a[CERT_A];
  for (int k = 0; k < CERT_A; k++) a[k] = (interval){-1.0, 1.0};
  return least_over(cert, scratch, a, HALVINGS);
}

/* --- for callers --------------------------------------------------------------------------------------------------*/

duro_status duro_certificate_worker_create(const duro_certificate *cert, void **worker) {
  *worker = duro_allocate(cert_scratch_size(&cert->game));
  return *worker ? DURO_OK : DURO_ERROR_MEMORY;
}

void duro_certificate_worker_destroy(void *worker) {
  duro_release(worker);
}

double duro_certificate_margin(const duro_certificate *cert, void *worker, const double *u, const double *x) {
  const cert_game *g = &cert->game;
  cert_region in;
  for (int i = 0; i < g->nd; i++)
    if (!isfinite(x[g->axis[i].state])) return -INFINITY;
  for (int i = 0; i < g->nu; i++)
    if (!(fabs(u[i]) <= 1.0)) return -INFINITY;
  take_point(g, &in, x, u);
  cert_slopes(g, &g->motion, worker, &in);
  return cert->cones ? cones_margin(cert, worker) : grid_margin(cert, worker);
}

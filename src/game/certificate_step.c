/* What is proved of one control at one state: how far inside of the set every successor lies. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/certificate.h"

enum { POINT, RANGE, SLOPES, HALVINGS = 10, BLOCK = 16 };

/* --- both kinds ---------------------------------------------------------------------------------------------------*/

/* The scratch of one thread. Of the formula no more is needed than values and slopes by disturbances, those of
 * cert_slopes bit by bit; what does not depend on the control is kept while the state stays. */
typedef struct asker {
  int n;             // intervals of a node: value without disturbance, value, slopes by disturbances
  int *node;         // (early + late) of the motion: those that no control changes, then the others
  int early, late;   //
  bool *calm;        // (nodes of the formula) no disturbance changes it: slopes of zero, and one value
  interval *scratch; // (nodes of the formula x n)
  double *row;       // (2 nd x rows) of cones, by columns, and without signs
  double x[CERT_D];  // the state of the early ones
  bool has_state;
  int last; // block of rows that was left last
} asker;

static interval value_of(duro_formula_op op, interval p, interval q) {
  switch (op) {
  case DURO_F_ADD:
    return i_add(p, q);
  case DURO_F_SUB:
    return i_sub(p, q);
  case DURO_F_MUL:
    return i_mul(p, q);
  case DURO_F_DIV:
    return i_div(p, q);
  case DURO_F_MIN:
    return (interval){i_min(p.lo, q.lo), i_min(p.hi, q.hi)};
  case DURO_F_MAX:
    return (interval){i_max(p.lo, q.lo), i_max(p.hi, q.hi)};
  case DURO_F_NEG:
    return i_neg(p);
  case DURO_F_ABS:
    return i_abs(p);
  case DURO_F_SQRT:
    return i_sqrt(p);
  case DURO_F_SIN:
    return i_sin(p);
  default:
    return i_cos(p);
  }
}

static interval input_of(const cert_game *g, const duro_formula_node *node, const double *x, const double *u) {
  if (node->op == DURO_F_U) return i_point(u[node->a]);
  if (node->op != DURO_F_X) return i_point(node->value);
  for (int i = 0; i < g->nd; i++)
    if (g->axis[i].state == node->a) return i_point(x[node->a]);
  return i_all();
}

/* a node that disturbances do not change is one value; its slopes are zero from the beginning */
static void find(const cert_game *g, const asker *w, int index, const double *x, const double *u) {
  const duro_formula_node *node = g->formula->node + index;
  interval *out = w->scratch + (size_t)index * (size_t)w->n;
  const interval *p = w->scratch + (size_t)node->a * (size_t)w->n, *q = w->scratch + (size_t)node->b * (size_t)w->n;
  if (node->op == DURO_F_A) {
    out[RANGE] = (interval){-1.0, 1.0};
    out[SLOPES + node->a] = i_point(1.0);
  } else if (node->op < DURO_F_ADD) {
    out[POINT] = out[RANGE] = input_of(g, node, x, u);
  } else if (w->calm[index]) {
    out[POINT] = out[RANGE] = value_of(node->op, p[POINT], node->op < DURO_F_NEG ? q[POINT] : p[POINT]);
  } else {
    cert_operate(out, w->n, node->op, p, q);
  }
}

/* the state and the control as they are, and every disturbance */
static void enclose(const cert_game *g, asker *w, const double *x, const double *u) {
  bool same = w->has_state;
  for (int i = 0; i < g->nd; i++) {
    const double at = x[g->axis[i].state];
    same = same && memcmp(&at, &w->x[i], sizeof at) == 0;
    w->x[i] = at;
  }
  for (int j = same ? w->early : 0; j < w->early + w->late; j++) find(g, w, w->node[j], x, u);
  w->has_state = true;
}

/* successor along axis i without a disturbance, and its slopes by them (na) */
static interval successor(const cert_game *g, const asker *w, int i, const interval **by_a) {
  const interval *of = w->scratch + (size_t)g->formula->next[g->axis[i].state] * (size_t)w->n;
  *by_a = of + SLOPES;
  return of[POINT];
}

/* --- cones ------------------------------------------------------------------------------------------------------- */

/* x' - centre in state i: mid + sum_k by_a_k a_k + [-rest, rest] for all |a_k| <= 1 */
typedef struct reach {
  double mid, rest, by_a[CERT_A];
} reach;

static reach reach_of(const duro_certificate *cert, const asker *w, int i) {
  const cert_game *g = &cert->game;
  const interval *slope, z = i_sub(successor(g, w, i, &slope), i_point(cert->cones->centre[i]));
  reach out = {.mid = i_mid(z), .rest = i_rad(z) + g->tolerance * g->spacing[i] * g->cells[i]};
  for (int k = 0; k < g->na; k++) {
    out.by_a[k] = i_mid(slope[k]);
    out.rest += i_rad(slope[k]);
  }
  return out;
}

/* largest row . (x' - centre) over all disturbances, from above, of `count` rows from `first` on: far (BLOCK) */
static void furthest(const duro_certificate *cert, const asker *w, double *far, const reach *x2, int first, int count) {
  const cert_game *g = &cert->game;
  const size_t rows = (size_t)cert->cones->rows;
  double by_a[BLOCK];
  for (int r = 0; r < count; r++) far[r] = 0.0;
  for (int i = 0; i < g->nd; i++) {
    const double *row = w->row + (size_t)i * rows + first, *size = row + (size_t)g->nd * rows;
    for (int r = 0; r < count; r++) far[r] += row[r] * x2[i].mid + size[r] * x2[i].rest;
  }
  for (int k = 0; k < g->na; k++) {
    for (int r = 0; r < count; r++) by_a[r] = 0.0;
    for (int i = 0; i < g->nd; i++) {
      const double *row = w->row + (size_t)i * rows + first;
      for (int r = 0; r < count; r++) by_a[r] += row[r] * x2[i].by_a[k];
    }
    for (int r = 0; r < count; r++) far[r] += fabs(by_a[r]);
  }
}

/* the margin that rows allow for which x' goes no further than that; roundings of the sums are far below the slack */
static double margin_of(double most) {
  return 1.0 - most - CERT_SLACK;
}

static double cones_margin(const duro_certificate *cert, asker *w, double wanted) {
  const int nd = cert->game.nd, rows = cert->cones->rows, blocks = (rows + BLOCK - 1) / BLOCK;
  reach x2[CERT_D];
  double most = -INFINITY;
  for (int i = 0; i < nd; i++) x2[i] = reach_of(cert, w, i);
  for (int b = 0, block = w->last; b < blocks; b++, block = block + 1 == blocks ? 0 : block + 1) {
    double far[BLOCK];
    const int first = block * BLOCK, count = rows - first < BLOCK ? rows - first : BLOCK;
    furthest(cert, w, far, x2, first, count);
    for (int r = 0; r < count; r++) most = far[r] <= most ? most : isnan(far[r]) ? INFINITY : far[r];
    if (margin_of(most) >= wanted) continue;
    w->last = block; // what was left last is likely to be left again
    if (wanted > -INFINITY) break;
  }
  return margin_of(most);
}

/* --- grids ------------------------------------------------------------------------------------------------------- */

/* a box in grid coordinates */
typedef struct cert_box {
  double lo[CERT_D], hi[CERT_D];
} cert_box;

/* where the successors lie for a piece of the disturbances */
static void image_of(const cert_game *g, const asker *w, cert_box *box, const interval *a) {
  for (int i = 0; i < g->nd; i++) {
    const interval *slope;
    interval x = successor(g, w, i, &slope);
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
static double least_over(const duro_certificate *cert, const asker *w, const interval *a, int halvings) {
  const cert_game *g = &cert->game;
  cert_box box;
  image_of(g, w, &box, a);
  const double least = least_in_box(cert, &box) - CERT_SLACK * cert->scale;
  if (least >= 0.0 || halvings == 0 || g->na == 0) return least;
  interval half[CERT_A];
  int widest = 0;
  memcpy(half, a, sizeof half);
  for (int k = 1; k < g->na; k++)
    if (a[k].hi - a[k].lo > a[widest].hi - a[widest].lo) widest = k;
  const double middle = i_mid(a[widest]);
  half[widest].hi = middle;
  const double below = least_over(cert, w, half, halvings - 1);
  if (below < 0.0) return below;
  half[widest] = (interval){middle, a[widest].hi};
  return i_min(below, least_over(cert, w, half, halvings - 1));
}

static double grid_margin(const duro_certificate *cert, const asker *w) {
  interval a[CERT_A];
  for (int k = 0; k < CERT_A; k++) a[k] = (interval){-1.0, 1.0};
  return least_over(cert, w, a, HALVINGS);
}

/* --- the scratch --------------------------------------------------------------------------------------------------*/

/* does an input of this kind change a node? (nodes of the formula) */
static void spread(const cert_game *g, bool *changed, duro_formula_op input) {
  for (int j = 0; j < g->motion.count; j++) {
    const int index = g->motion.node[j];
    const duro_formula_node *node = g->formula->node + index;
    changed[index] = node->op == input || (node->op >= DURO_F_ADD && changed[node->a]) ||
                     (node->op >= DURO_F_ADD && node->op < DURO_F_NEG && changed[node->b]);
  }
}

/* the order of the formula stays within both groups: what is early needs early ones alone */
static duro_status sort_nodes(const cert_game *g, asker *w) {
  const size_t nodes = (size_t)g->formula->count;
  bool *steered = duro_allocate(nodes * sizeof *steered);
  w->node = duro_allocate((size_t)g->motion.count * sizeof *w->node);
  w->calm = duro_allocate(nodes * sizeof *w->calm);
  if (!steered || !w->node || !w->calm) {
    duro_release(steered);
    return DURO_ERROR_MEMORY;
  }
  spread(g, steered, DURO_F_U);
  spread(g, w->calm, DURO_F_A);
  for (size_t i = 0; i < nodes; i++) w->calm[i] = !w->calm[i];
  for (int j = 0; j < g->motion.count; j++)
    if (!steered[g->motion.node[j]]) w->node[w->early++] = g->motion.node[j];
  for (int j = 0; j < g->motion.count; j++)
    if (steered[g->motion.node[j]]) w->node[w->early + w->late++] = g->motion.node[j];
  duro_release(steered);
  return DURO_OK;
}

static duro_status turn_rows(const duro_certificate *cert, asker *w) {
  const size_t nd = (size_t)cert->game.nd, rows = cert->cones ? (size_t)cert->cones->rows : 0;
  if (!rows) return DURO_OK;
  w->row = duro_allocate(2 * nd * rows * sizeof *w->row);
  if (!w->row) return DURO_ERROR_MEMORY;
  for (size_t i = 0; i < nd; i++)
    for (size_t r = 0; r < rows; r++) {
      w->row[i * rows + r] = cert->cones->row[r * nd + i];
      w->row[(nd + i) * rows + r] = fabs(cert->cones->row[r * nd + i]);
    }
  return DURO_OK;
}

/* --- for callers --------------------------------------------------------------------------------------------------*/

duro_status duro_certificate_worker_create(const duro_certificate *cert, void **worker) {
  const cert_game *g = &cert->game;
  asker *w = duro_allocate(sizeof *w);
  *worker = NULL;
  if (!w) return DURO_ERROR_MEMORY;
  w->n = SLOPES + g->na;
  w->scratch = duro_allocate((size_t)g->formula->count * (size_t)w->n * sizeof *w->scratch);
  duro_status status = w->scratch ? sort_nodes(g, w) : DURO_ERROR_MEMORY;
  if (!status) status = turn_rows(cert, w);
  if (status)
    duro_certificate_worker_destroy(w);
  else
    *worker = w;
  return status;
}

void duro_certificate_worker_destroy(void *worker) {
  asker *w = worker;
  if (!w) return;
  duro_release(w->node);
  duro_release(w->calm);
  duro_release(w->scratch);
  duro_release(w->row);
  duro_release(w);
}

double cert_margin_from(const duro_certificate *cert, void *worker, double wanted, const double *u, const double *x) {
  const cert_game *g = &cert->game;
  for (int i = 0; i < g->nd; i++)
    if (!isfinite(x[g->axis[i].state])) return -INFINITY;
  for (int i = 0; i < g->nu; i++)
    if (!(fabs(u[i]) <= 1.0)) return -INFINITY;
  enclose(g, worker, x, u);
  return cert->cones ? cones_margin(cert, worker, wanted) : grid_margin(cert, worker);
}

double duro_certificate_margin(const duro_certificate *cert, void *worker, const double *u, const double *x) {
  return cert_margin_from(cert, worker, -INFINITY, u, x);
}

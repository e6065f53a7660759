/* Proves one cell: divides it into boxes and finds a control for each.
 *
 * Over a box and a piece of the disturbances a successor is affine up to a small rest, and V is multilinear on each
 * grid cell k. With s_j in [-1, 1] across the box, t_i in [-1, 1] across its image, and multilinear functions written
 * as sums of products of distinct s_j (or t_i), whose coefficients are the Walsh-Hadamard transform of their corners,
 *
 *   V_k(z') - lambda V(z) >= k_0 - lambda w_0 - sum_j |p_j - lambda w_j| - (all other coefficients, taken absolutely)
 *
 * where p_j is the slope of V_k(z'(s)) along s_j. A positive bound with some lambda >= 0 proves V(z') > 0 wherever
 * V(z) >= 0, for successors in cell k. The slopes are combined before taking absolute values: z' is close to z.
 * Rounding of this part is far below the margin that is asked for (CERT_SLACK); that of the formula is in the maps. */
#include <string.h>

#include "base/error.h"
#include "game/certificate.h"

enum { REACH = 4 }; // V of a cell is extended at most so many cells beyond it

#define PAD 1e-11 // roundings of grid coordinates up to 4096

typedef struct box {
  double lo[CERT_D], hi[CERT_D]; // within the cell, 0 to 1, dyadic
  double w[CERT_CORNERS];        // transform of V at its corners
  double w_rest;                 // sum of the coefficients that are not linear
} box;

/* where the successors of a box lie for a piece of the disturbances */
typedef struct image {
  double at[CERT_D], radius[CERT_D];            // grid coordinates
  double q[CERT_D][CERT_D], qa[CERT_D][CERT_A]; // shares of the radius by s_j and by the disturbances
  double qr[CERT_D];                            // and by what is not known
  int first[CERT_D], last[CERT_D];              // cells that it touches
} image;

typedef struct piece {
  double lo[CERT_A], hi[CERT_A];
} piece;

static double magnitude(double x) {
  return x < 0.0 ? -x : x;
}

/* corners -> coefficients of products of s_i, i the bits of the index */
static void transform(int corners, double *v) {
  for (int bit = 1; bit < corners; bit *= 2)
    for (int k = 0; k < corners; k++) {
      if (k & bit) continue;
      const double p = v[k], q = v[k | bit];
      v[k] = 0.5 * (p + q);
      v[k | bit] = 0.5 * (q - p);
    }
}

/* sum of the coefficients of products of two or more */
static double curved(int corners, const double *v) {
  double sum = 0.0;
  for (int k = 3; k < corners; k++)
    if (k & (k - 1)) sum += magnitude(v[k]);
  return sum;
}

/* largest over lambda >= 0 of  value - lambda w0 - sum_j |p_j - lambda w_j| - lambda w_rest: concave and piecewise
 * linear in lambda, so at 0 or where a term vanishes. axis: the term that costs most there. */
static double best_lambda(const cert_prover *c, const box *b, double value, const double *p, int *axis) {
  const int nd = c->game->nd;
  double best = -INFINITY;
  for (int m = -1; m < nd; m++) {
    const double wm = m < 0 ? 1.0 : b->w[1 << m], lambda = m < 0 ? 0.0 : p[m] / wm;
    if (!(lambda >= 0.0 && lambda < 1e6)) continue;
    double bound = value - lambda * (b->w[0] + b->w_rest), most = -1.0;
    int most_axis = 0;
    for (int j = 0; j < nd; j++) {
      const double cost = magnitude(p[j] - lambda * b->w[1 << j]);
      bound -= cost;
      if (cost > most) {
        most = cost;
        most_axis = j;
      }
    }
    if (bound > best) {
      best = bound;
      *axis = most_axis;
    }
  }
  return best;
}

/* image of the box under one control; false where it leaves the grid or is not known */
static bool make_image(const cert_prover *c, image *y, const box *b, const cert_map *map, const piece *a) {
  const cert_game *g = c->game;
  for (int i = 0; i < g->nd; i++) {
    double at = map->c[i] + (i == g->row ? c->cell[i] : 0), radius = map->R[i] + PAD;
    y->qr[i] = radius;
    for (int j = 0; j < g->nd; j++) {
      at += map->J[i][j] * (0.5 * (b->lo[j] + b->hi[j]) - 0.5);
      y->q[i][j] = map->J[i][j] * 0.5 * (b->hi[j] - b->lo[j]);
      radius += magnitude(y->q[i][j]);
    }
    for (int k = 0; k < g->na; k++) {
      at += map->Ja[i][k] * 0.5 * (a->lo[k] + a->hi[k]);
      y->qa[i][k] = map->Ja[i][k] * 0.5 * (a->hi[k] - a->lo[k]);
      radius += magnitude(y->qa[i][k]);
    }
    const bool periodic = g->axis[i].periodic;
    if (!(magnitude(at) < 4096.0 && radius < g->cells[i])) return false;
    const double lo = at - radius, hi = at + radius;
    if (!periodic && !(lo >= 0.0 && hi <= g->cells[i])) return false;
    y->at[i] = at;
    y->radius[i] = radius;
    y->first[i] = (int)floor(lo);
    y->last[i] = (int)floor(hi);
    if (!periodic && y->last[i] == g->cells[i]) y->last[i]--;
    for (int j = 0; j < g->nd; j++) y->q[i][j] /= radius;
    for (int k = 0; k < g->na; k++) y->qa[i][k] /= radius;
    y->qr[i] /= radius;
  }
  return true;
}

/* lower bound of V(z') with z' in one cell, as far as it is needed: see the top of the file */
static double cell_bound(const cert_prover *c, const box *b, const image *y, const int *at, const int *wrapped,
                         int *axis) {
  const cert_game *g = c->game;
  double corner[CERT_CORNERS], v[CERT_CORNERS], lo[CERT_D], hi[CERT_D], in_lo[CERT_D], in_hi[CERT_D];
  cert_corners(g, c->V, corner, wrapped);
  bool far = false;
  for (int i = 0; i < g->nd; i++) {
    lo[i] = y->at[i] - y->radius[i] - at[i];
    hi[i] = y->at[i] + y->radius[i] - at[i];
    far = far || lo[i] < -REACH || hi[i] > REACH + 1;
    in_lo[i] = i_max(lo[i] - PAD, 0.0);
    in_hi[i] = i_min(hi[i] + PAD, 1.0);
  }
  memcpy(v, corner, (size_t)g->corners * sizeof *v);
  cert_cut(g->nd, v, in_lo, in_hi); // the part of the image in the cell, lambda = 0
  double least = v[0];
  for (int k = 1; k < g->corners; k++) least = i_min(least, v[k]);
  *axis = -1;
  if (least >= c->slack || far) return least;
  cert_cut(g->nd, corner, lo, hi);
  transform(g->corners, corner);
  double value = corner[0] - curved(g->corners, corner), p[CERT_D] = {0}, pa[CERT_A] = {0};
  for (int i = 0; i < g->nd; i++) {
    const double slope = corner[1 << i];
    for (int j = 0; j < g->nd; j++) p[j] += slope * y->q[i][j];
    for (int k = 0; k < g->na; k++) pa[k] += slope * y->qa[i][k];
    value -= magnitude(slope) * y->qr[i];
  }
  for (int k = 0; k < g->na; k++) value -= magnitude(pa[k]);
  return i_max(least, best_lambda(c, b, value, p, axis));
}

static int wrap(const cert_game *g, int axis, int cell) {
  const int n = g->cells[axis];
  return cell < 0 ? cell + n : cell >= n ? cell - n : cell;
}

/* smallest bound over the cells that the image touches; stops at the first that fails */
static double image_bound(cert_prover *c, const box *b, const image *y, int *axis) {
  const cert_game *g = c->game;
  int at[CERT_D], wrapped[CERT_D];
  memcpy(at, y->first, sizeof at);
  double least = INFINITY;
  for (;;) {
    for (int i = 0; i < g->nd; i++) wrapped[i] = g->axis[i].periodic ? wrap(g, i, at[i]) : at[i];
    double bound = (double)c->low[cert_cell_index(g, wrapped)];
    int which = -1;
    if (bound < c->slack) bound = cell_bound(c, b, y, at, wrapped, &which);
    if (bound < least) {
      least = bound;
      *axis = which;
    }
    if (least < c->slack) return least;
    int i = g->nd - 1;
    while (i >= 0 && at[i] == y->last[i]) at[i] = y->first[i], i--;
    if (i < 0) return least;
    at[i]++;
  }
}

static void note_reach(cert_prover *c, const image *y) {
  for (int i = 0; i < c->game->nd; i++) {
    if (y->first[i] < c->reach_lo[i]) c->reach_lo[i] = y->first[i];
    if (y->last[i] > c->reach_hi[i]) c->reach_hi[i] = y->last[i];
  }
}

/* bound over a piece of the disturbances, which is halved where that may help */
static double piece_bound(cert_prover *c, const box *b, const cert_map *map, const piece *a, int depth, int *axis) {
  const cert_game *g = c->game;
  image y;
  double bound = -INFINITY;
  *axis = -1;
  if (make_image(c, &y, b, map, a)) {
    note_reach(c, &y);
    bound = image_bound(c, b, &y, axis);
  }
  if (bound >= c->slack || depth == 0) return bound;
  int widest = 0;
  double width = 0.0; // of the image by a disturbance, cells
  for (int k = 0; k < g->na; k++)
    for (int i = 0; i < g->nd; i++) {
      const double w = magnitude(map->Ja[i][k]) * (a->hi[k] - a->lo[k]);
      if (w > width) {
        width = w;
        widest = k;
      }
    }
  if (width < 0.1) return bound;
  const double middle = 0.5 * (a->lo[widest] + a->hi[widest]);
  piece lower = *a, upper = *a;
  lower.hi[widest] = upper.lo[widest] = middle;
  const double first = piece_bound(c, b, map, &lower, depth - 1, axis);
  if (first < c->slack) return first;
  return i_min(first, piece_bound(c, b, map, &upper, depth - 1, axis));
}

/* h >= 0 wherever V >= 0 in the box: the same bound for each h_i; rounding of a plane is allowed for by PAD */
static double constraint_bound(const cert_prover *c, const box *b, int *axis) {
  const cert_game *g = c->game;
  double least = INFINITY;
  for (int i = 0; i < g->formula->nh && least >= c->slack; i++) {
    const cert_plane *plane = c->plane + i;
    double value = plane->c - plane->R, p[CERT_D] = {0};
    for (int j = 0; j < g->nd; j++) {
      value += plane->J[j] * (0.5 * (b->lo[j] + b->hi[j]) - 0.5);
      p[j] = plane->J[j] * 0.5 * (b->hi[j] - b->lo[j]);
    }
    int which;
    const double bound = best_lambda(c, b, value, p, &which);
    if (bound < least || isnan(bound)) {
      least = isnan(bound) ? -INFINITY : bound;
      *axis = which;
    }
  }
  return least;
}

/* V at grid coordinates; -infinity beyond the grid */
static double V_at(const cert_prover *c, const double *z) {
  const cert_game *g = c->game;
  int cell[CERT_D];
  double lo[CERT_D], v[CERT_CORNERS];
  for (int i = 0; i < g->nd; i++) {
    if (!(z[i] >= 0.0 && z[i] <= g->cells[i]) && !g->axis[i].periodic) return -INFINITY;
    if (!(magnitude(z[i]) < 4096.0)) return -INFINITY;
    const int floor_z = (int)floor(z[i]);
    cell[i] = g->axis[i].periodic ? wrap(g, i, floor_z) : floor_z == g->cells[i] ? floor_z - 1 : floor_z;
    lo[i] = z[i] - (g->axis[i].periodic ? floor_z : cell[i]);
  }
  cert_corners(g, c->V, v, cell);
  cert_cut(g->nd, v, lo, lo);
  return v[0];
}

/* worst V after one step from the middle of the box, over the extreme disturbances and none */
static double outlook(const cert_prover *c, const box *b, const cert_map *map) {
  const cert_game *g = c->game;
  double worst = INFINITY;
  for (int corner = -1; corner < 1 << g->na; corner++) {
    double z[CERT_D];
    for (int i = 0; i < g->nd; i++) {
      z[i] = map->c[i] + (i == g->row ? c->cell[i] : 0);
      for (int j = 0; j < g->nd; j++) z[i] += map->J[i][j] * (0.5 * (b->lo[j] + b->hi[j]) - 0.5);
      for (int k = 0; k < g->na && corner >= 0; k++) z[i] += (corner >> k & 1 ? 1.0 : -1.0) * map->Ja[i][k];
    }
    worst = i_min(worst, V_at(c, z));
  }
  return worst;
}

static void emit(cert_prover *c, int byte) {
  if (c->tree && c->tree_count < c->tree_room) c->tree[c->tree_count] = (uint8_t)byte;
  c->tree_count++;
}

/* one control for the whole box: the best two by outlook are tried. Returns the larger bound. */
static double prove_controls(cert_prover *c, const box *b, int *axis, int *control) {
  const cert_game *g = c->game;
  piece all;
  for (int k = 0; k < g->na; k++) {
    all.lo[k] = -1.0;
    all.hi[k] = 1.0;
  }
  int tried = -1;
  double best = -INFINITY;
  for (int attempt = 0; attempt < 2; attempt++) {
    int chosen = -1;
    double hope = -INFINITY;
    for (int k = 0; k < g->controls; k++) {
      if (k == tried) continue;
      const double value = outlook(c, b, c->map + k);
      if (value > hope || (value == hope && k == c->hint)) {
        hope = value;
        chosen = k;
      }
    }
    if (chosen < 0) return best;
    int which;
    const double bound = piece_bound(c, b, c->map + chosen, &all, 7 * g->na, &which);
    if (bound > best || attempt == 0) {
      best = bound;
      *axis = which;
      *control = chosen;
    }
    if (bound >= c->slack) return bound;
    tried = chosen;
  }
  return best;
}

static int widest(const cert_prover *c, const box *b) {
  int axis = 0;
  for (int i = 1; i < c->game->nd; i++)
    if (b->hi[i] - b->lo[i] > b->hi[axis] - b->lo[axis]) axis = i;
  return axis;
}

/* slack - bound of the first part that fails, or 0 */
static double prove_box(cert_prover *c, const double *corners, const double *lo, const double *hi, int depth) {
  const cert_game *g = c->game;
  box b;
  memcpy(b.lo, lo, sizeof b.lo);
  memcpy(b.hi, hi, sizeof b.hi);
  memcpy(b.w, corners, (size_t)g->corners * sizeof *corners);
  cert_cut(g->nd, b.w, lo, hi);
  double most = b.w[0];
  for (int k = 1; k < g->corners; k++) most = i_max(most, b.w[k]);
  if (most < -c->slack) {
    emit(c, CERT_OUTSIDE);
    return 0.0;
  }
  transform(g->corners, b.w);
  b.w_rest = curved(g->corners, b.w);
  int axis = -1, control = 0;
  double bound = constraint_bound(c, &b, &axis);
  if (bound >= c->slack) bound = prove_controls(c, &b, &axis, &control);
  if (bound >= c->slack) {
    c->hint = control;
    emit(c, control);
    return 0.0;
  }
  if (depth == 0) {
    for (int i = 0; i < g->nd; i++) c->failed_at[i] = 0.5 * (lo[i] + hi[i]);
    return c->slack - bound;
  }
  if (axis < 0 || b.hi[axis] - b.lo[axis] < 0.26 * (b.hi[widest(c, &b)] - b.lo[widest(c, &b)])) axis = widest(c, &b);
  emit(c, CERT_SPLIT + axis);
  const double middle = 0.5 * (lo[axis] + hi[axis]);
  double part_lo[CERT_D], part_hi[CERT_D];
  memcpy(part_lo, lo, sizeof part_lo);
  memcpy(part_hi, hi, sizeof part_hi);
  part_hi[axis] = middle;
  const double failed = prove_box(c, corners, lo, part_hi, depth - 1);
  if (failed > 0.0) return failed;
  part_lo[axis] = middle;
  return prove_box(c, corners, part_lo, hi, depth - 1);
}

double cert_prove(cert_prover *c) {
  const cert_game *g = c->game;
  double corners[CERT_CORNERS], lo[CERT_D] = {0}, hi[CERT_D];
  for (int i = 0; i < CERT_D; i++) {
    hi[i] = 1.0;
    c->reach_lo[i] = INT32_MAX;
    c->reach_hi[i] = INT32_MIN;
  }
  cert_corners(g, c->V, corners, c->cell);
  return prove_box(c, corners, lo, hi, c->depth);
}

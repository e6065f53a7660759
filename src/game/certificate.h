/* What the parts of the certificate share. Lengths of grid coordinates z: vertex i lies at z = i. */
#ifndef DURO_GAME_CERTIFICATE_H
#define DURO_GAME_CERTIFICATE_H

#include "base/pool.h"
#include "duro/certificate.h"
#include "game/interval.h"
#include "io/text.h"

enum {
  CERT_D = DURO_GRID_MAX,
  CERT_CORNERS = 1 << CERT_D,
  CERT_A = 4,          // disturbances
  CERT_U = 4,          // controls of cones
  CERT_CONTROLS = 120, // candidates
  CERT_OUTSIDE = 255,  // tree: no state of the box is in the set
  CERT_SPLIT = 200     // tree: + axis; the lower half follows, then the upper
};

/* x' in grid coordinates over a cell and all disturbances, p the place in the cell from its middle, |p_j| <= 1/2:
 *   z'_i in c_i + sum_j J_ij p_j + sum_k Ja_ik a_k + [-R_i, R_i] */
typedef struct cert_map {
  double c[CERT_D], J[CERT_D][CERT_D], Ja[CERT_D][CERT_A], R[CERT_D];
} cert_map;

/* h_i over a cell: c + sum_j J_j p_j + [-R, R] */
typedef struct cert_plane {
  double c, J[CERT_D], R;
} cert_plane;

/* Nodes that an output needs, in order. */
typedef struct cert_part {
  int count, *node;
} cert_part;

/* The problem: formula, grid, candidates. */
typedef struct cert_game {
  duro_formula *formula;
  cert_part motion, constraint;
  int nd, nu, na, corners;
  duro_grid_axis axis[CERT_D];
  double spacing[CERT_D];
  int cells[CERT_D]; // along each axis
  int64_t step[CERT_D], vertices, all_cells;
  int row; // axis along which x' moves with x and all else stays: its cells share their maps; -1: none
  int controls;
  double *control; // (controls x nu)
  double tolerance;
} cert_game;

/* A set made of cones: simplices between a centre and the surface of a polytope, with a control at each vertex and
 * the barycentric mean of them within. The polytope is row . (x - centre) <= 1 for all rows. */
typedef struct cert_cones {
  double centre[CERT_D], centre_control[CERT_U];
  int nu, rows, vertices;
  int64_t count;
  double *row;          // (rows x nd)
  double *vertex;       // (vertices x nd), from the centre
  double *control;      // (vertices x nu)
  int *simplex;         // (count x nd) vertices, facet by facet
  int *facet;           // (count) row that the simplex lies on
  int64_t *first;       // (rows + 1) simplices of each row
  bool *proved;         // (count) while one set after another is tried: of this one; else NULL
  int *known;           // (count) likewise: it holds for h and for the rows before this one; 0: nothing is known
  double volume, boxed; // of all, and of the part between the edges of the axes
} cert_cones;

struct duro_certificate {
  cert_game game;
  cert_cones *cones; // NULL: V and a tree of boxes
  char environment[64];
  char *settings; // "env.dt=.1\n" ..
  float *V;       // (vertices)
  double scale;   // largest |V|; margins are shares of it
  int64_t *first; // (all_cells + 1) where the tree of a cell begins
  uint8_t *tree;
  double difference; // between the formula and the program's step, largest of `points`, share of the axis
  int points;
};

/* margins as shares of `scale`: roundings of the bounds are below 1e-9, and the checker's are others */
#define CERT_SLACK 1e-8
#define CERT_STEP 1e-6 // smallest lowering of V

/* certificate_enclose.c */
duro_status cert_game_create(cert_game *game, const duro_env *env, const duro_grid_plan *plan,
                             const duro_certificate_settings *settings);
void cert_game_destroy(cert_game *game);
/* the grid alone */
duro_status cert_take_axes(cert_game *game, const duro_grid_plan *plan);
/* scratch of one thread */
size_t cert_scratch_size(const cert_game *game);
/* A box of states and controls, and a point in it. */
typedef struct cert_region {
  interval x[DURO_MAX_STATE], x0[DURO_MAX_STATE], u[DURO_MAX_ACTION], u0[DURO_MAX_ACTION];
} cert_region;
/* Values and slopes of the nodes of a part over the box and all disturbances, about its point and no disturbance. */
void cert_slopes(const cert_game *game, const cert_part *part, interval *scratch, const cert_region *region);
/* One node of it from its operands: two values, then slopes, `n` intervals in all. */
void cert_operate(interval *out, int n, duro_formula_op op, const interval *p, const interval *q);
/* What cert_slopes left of a node: value at the point, value over the box, slopes by axes, disturbances, controls. */
const interval *cert_slopes_of(const cert_game *game, const interval *scratch, int node);
/* Map of the cell (its index along the row axis is taken as 0) under a control. */
void cert_enclose(const cert_game *game, interval *scratch, cert_map *map, const int *cell, const double *u);
/* h_i over a cell, (formula nh) */
void cert_planes(const cert_game *game, interval *scratch, cert_plane *plane, const int *cell);

/* certificate_cones.c */
/* What is known of a cone. */
typedef struct cert_verdict {
  bool proved;
  double at[CERT_D]; // from the centre: where it is not
} cert_verdict;
/* Proves `count` cones from `first` on with the threads of the pool; verdict (cones->count). */
duro_status cert_cones_prove(const cert_game *game, const cert_cones *cones, duro_pool *pool, cert_verdict *verdict,
                             int64_t first, int64_t count);
/* Keeps the verdicts, (cones->count), with the cones. */
duro_status cert_cones_keep(cert_cones *cones, const cert_verdict *verdict);
/* An edge between two vertices, from < to, and the control in its middle. */
typedef struct cert_edge {
  int from, to;
  double control[CERT_U];
} cert_edge;
/* Halves edges, one after the other, of all cones that have them; an edge that is given twice is halved once. What was
 * kept of the verdicts goes into what is known. */
duro_status cert_cones_halve(cert_cones *cones, int nd, cert_edge *edge, int64_t edges);
/* Which of the cones were proved in a set before, of which this one is a part, and for how many of its rows: rows are
 * dropped and added at the end from one to the next. */
duro_status cert_cones_know(cert_cones *cones, const cert_cones *before, int nd);
void cert_cones_destroy(cert_cones *cones);
/* Finds cones->first from cones->facet, which rises. */
duro_status cert_index_facets(cert_cones *cones);

/* certificate_step.c: duro_certificate_margin where that is at least `wanted`, bit by bit, else some number below it,
 * which is told sooner. */
double cert_margin_from(const duro_certificate *cert, void *worker, double wanted, const double *u, const double *x);

/* certificate_carve.c: makes cert->cones */
duro_status cert_carve(duro_certificate *cert, const duro_env *env, const duro_certificate_settings *settings,
                       duro_certificate_report report, void *context);

/* certificate_file.c: names the environment and its settings; holds its step against the formula */
duro_status cert_describe(duro_certificate *cert, const duro_env *env);
duro_status cert_compare(duro_certificate *cert, const duro_env *env);

/* All of the file that is text. */
duro_status cert_header(text *out, const duro_certificate *cert);

/* certificate_bound.c */
typedef struct cert_prover {
  const cert_game *game;
  const float *V;
  const float *low; // (all_cells) smallest V of a cell's vertices
  double scale, slack;
  int depth;
  const cert_map *map; // (controls) of the cell
  const cert_plane *plane;
  int cell[CERT_D];
  int hint;                               // control that worked last
  int reach_lo[CERT_D], reach_hi[CERT_D]; // cells that a successor may lie in, of all attempts
  double failed_at[CERT_D];               // middle of the box that failed, within the cell
  uint8_t *tree;                          // written when not NULL
  int64_t tree_count, tree_room;
} cert_prover;

/* Proves the cell; returns 0, or by how much it failed (> 0; infinite where no bound is known). */
double cert_prove(cert_prover *prover);

static inline int64_t cert_cell_index(const cert_game *g, const int *cell) {
  int64_t index = 0;
  for (int i = 0; i < g->nd; i++) index = index * g->cells[i] + cell[i];
  return index;
}

static inline void cert_cell_at(const cert_game *g, int *cell, int64_t index) {
  for (int i = g->nd - 1; i >= 0; i--) {
    cell[i] = (int)(index % g->cells[i]);
    index /= g->cells[i];
  }
}

/* V at the corners of a cell, bit i of the corner for axis i */
static inline void cert_corners(const cert_game *g, const float *V, double *out, const int *cell) {
  int64_t at[CERT_CORNERS] = {0};
  int n = 1;
  for (int i = 0; i < g->nd; i++, n *= 2) {
    const int up = cell[i] + 1 == g->axis[i].n ? 0 : cell[i] + 1; // the last cell of a periodic axis
    for (int k = 0; k < n; k++) {
      at[k + n] = at[k] + up * g->step[i];
      at[k] += cell[i] * g->step[i];
    }
  }
  for (int k = 0; k < n; k++) out[k] = V[at[k]];
}

/* values at the corners of a cell -> of the box [lo, hi] in its own coordinates, 0 to 1 */
static inline void cert_cut(int nd, double *v, const double *lo, const double *hi) {
  for (int i = 0, bit = 1; i < nd; i++, bit *= 2)
    for (int k = 0; k < 1 << nd; k++) {
      if (k & bit) continue;
      const double p = v[k], slope = v[k | bit] - p;
      v[k] = p + lo[i] * slope;
      v[k | bit] = p + hi[i] * slope;
    }
}

#endif

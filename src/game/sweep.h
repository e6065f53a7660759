/* The kernels of the grid: one row of vertices through the Bellman operator. */
#ifndef DURO_GAME_SWEEP_H
#define DURO_GAME_SWEEP_H

#include <stdint.h>

#include "duro/grid.h"

enum {
  SWEEP_LANES = 16,       // vertices that go side by side; arrays are padded to it
  SWEEP_ROW = 1024,       // longest row
  SWEEP_CORNERS = 64,     // of a cell in six dimensions
  SWEEP_INPUTS = 1 << 14, // most pairs of candidates
  SWEEP_CONTROLS = 32,    // most controls of which it is remembered which are worth trying
  SWEEP_SCRATCH = (SWEEP_CONTROLS + 1) * SWEEP_ROW * 8, // bytes that an update needs beside
};

/*
 * The grid as a kernel sees it. Vertices lie in rows along the last axis. Where x' is stored depends on the form:
 *
 *   whole rows   the dynamics do not depend on the row's coordinate but shift with it: a pair of inputs moves the
 *                whole row by the same number of spacings, and one stencil of the other m axes serves all its vertices
 *   cells        a stencil for each vertex, gathered
 *
 * `value` is one array: V (rows), and what lies beyond the grid.
 */
typedef struct sweep_grid {
  bool whole;    // rows
  int n, padded; // vertices of a row; the same rounded up to SWEEP_LANES
  int ghost,
      stride; // numbers before the first vertex: h beyond the row, and once more h of the vertex; reals from row to row
  int m;      // axes of a stencil: those beside the row's, or all
  int nu, na; // candidates
  int wraps;  // cells: the row's axis is periodic, vertex n is vertex 0
  int64_t corner[SWEEP_CORNERS]; // of a stencil, in reals from its base
  int64_t beyond[SWEEP_CORNERS]; // the same beyond the grid
  int64_t edge;                  // rows: bases from here on lie beyond the grid
  double fail_low, fail_high;    // rows: an episode ends beyond these, in spacings from the row's first vertex ...
  double failure;                // ... where its value is at most this
  int64_t first;                 // row that the arrays of stencils, rivals and tried controls begin with
  const int32_t *base;           // rows: (rows x inputs), in rows; cells: (rows x inputs x padded), in reals
  const int32_t *shift;          // rows: (rows x inputs) whole spacings along the row
  const float *frac; // rows: (rows x inputs x (m + 1)), the row's own last; cells: (rows x inputs x m x padded)
} sweep_grid;

/* How V and h are stored, and what is computed with: float, double, or int16_t and double. */
typedef enum sweep_width { SWEEP_FLOAT, SWEEP_DOUBLE, SWEEP_NARROW } sweep_width;

/* Numbers of one width; of SWEEP_NARROW all are codes, steps of a lattice: see narrow.c. */
typedef struct sweep_values {
  void *value;     // see above
  const void *h;   // (rows x stride)
  double discount; // gamma_h
  void *rival;     // (rows x padded), float or code: at most this are the controls worth that are not tried; NULL: all
                   // are tried
  uint32_t *tried; // (rows x padded / SWEEP_LANES) bit u: control u is tried; 0: all are
  bool all;        // try every control; the change of codes is that before they are rounded
  double tie;      // values nearer to each other are the same
} sweep_values;

typedef struct sweep_kernels {
  const char *name;
  /* T V of one row [RIS] eq. (18) into out (padded), V stays. Returns max |T V - V|. scratch: SWEEP_SCRATCH. */
  double (*update)(const sweep_grid *grid, const sweep_values *values, int64_t row, void *out, void *scratch);
  /* argmax_u min_a V and its argmin_a for each vertex of a row, as indices of candidates: u (n), a (n); tied (n):
   * another control is worth the same. */
  void (*policy)(const sweep_grid *grid, const sweep_values *values, int64_t row, uint16_t *u, uint16_t *a, bool *tied);
} sweep_kernels;

/* By name as in settings. */
duro_status sweep_kernels_select(const sweep_kernels **kernels, const char *name, sweep_width width);
/* The kernels that run on this processor, fastest first; NULL past the end. */
const sweep_kernels *sweep_kernels_at(int index, sweep_width width);

#endif

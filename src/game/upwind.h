/* The kernels of the continuous game: one line of vertices through the Hamilton-Jacobi equation. */
#ifndef DURO_GAME_UPWIND_H
#define DURO_GAME_UPWIND_H

#include "duro/grid.h"

enum {
  UPWIND_REACH = 3, // vertices to either side that a derivative reads
  UPWIND_READS = 2 * UPWIND_REACH + 1
};

/* What becomes of the Hamiltonian H in V_t. */
typedef enum upwind_clamp {
  UPWIND_FALL, // min(0, H): V is the worst until now
  UPWIND_RISE, // max(0, H): the best until now
  UPWIND_FREE  // H: what is at the end
} upwind_clamp;

typedef enum upwind_scheme { UPWIND_FIRST, UPWIND_ENO2, UPWIND_WENO5 } upwind_scheme;

/* A number for each vertex of a line: table[k], or the same for all where there is no table. */
typedef struct upwind_term {
  const float *table;
  float constant;
  bool zero;
} upwind_term;

/* A line of n vertices, and what a step of it reads. The rate of change of state i is affine in the inputs,
 *   f_i(x) + sum_j G_ij(x) u_j + sum_j D_ij(x) a_j,   |u_j|, |a_j| <= 1:
 * term i (1 + nu + na) is f_i, then come G_i and D_i. */
typedef struct upwind_line {
  int n, axes, nu, na;
  upwind_scheme scheme;
  const float *at[DURO_GRID_MAX][UPWIND_READS]; // V along the line, -3 to 3 vertices on along each axis
  float inverse[DURO_GRID_MAX];                 // 1/spacing
  const upwind_term *terms;                     // (axes x (1 + nu + na))
  const float *from;                            // (n)
  const float *ceiling;                         // (n) out is no larger; NULL: no bound
  upwind_clamp clamp;
  float dt, keep, mix;
} upwind_line;

typedef struct upwind_kernels {
  const char *name;
  /* out = keep from + mix (V + dt min(0, H)), or as clamp and ceiling have it, where H is the Lax-Friedrichs form of
   * max_u min_a grad V . rate: at the mean of left and right derivative, and damped by half of their difference times
   * the largest rate of the vertex. scratch: UPWIND_SCRATCH(n) floats */
  void (*step)(const upwind_line *line, float *out, float *scratch);
} upwind_kernels;
#define UPWIND_SCRATCH(n) ((size_t)(n) * (DURO_GRID_MAX + 4)) // slopes, sum, left, right, speed

/* By name as in settings. */
duro_status upwind_kernels_select(const upwind_kernels **kernels, const char *name);
/* The kernels that run on this processor, fastest first; NULL past the end. */
const upwind_kernels *upwind_kernels_at(int index);

#endif

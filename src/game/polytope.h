/* Inside of duro_polytope, and the linear programs below it. */
#ifndef DURO_GAME_POLYTOPE_H
#define DURO_GAME_POLYTOPE_H

#include "duro/polytope.h"

struct duro_polytope {
  int nd, faces, capacity;
  bool empty; // known to be; then no faces are kept
  double *H;  // (faces x nd), unit rows
  double *k;  // (faces)
};

/* ---- polytope.c ---- */

/* The whole space, with room for `capacity` faces. */
duro_status polytope_allocate(duro_polytope **out, int nd, int capacity);
/* Adds h.x <= k, scaled to a unit row. A row shorter than 1e-12 `size` is taken as 0 <= k: dropped, or the set is
 * empty. */
void polytope_add(duro_polytope *p, const double *h, double k, double size);
/* Largest |k_i|, 1 if all are zero. */
double polytope_scale(const duro_polytope *p);
/* Removes redundant faces in place. */
duro_status polytope_reduce(duro_polytope *p);

/* ---- polytope_lp.c ---- */

typedef enum lp_result {
  LP_OPTIMAL,
  LP_UNBOUNDED, // no multipliers exist: unbounded, or empty
  LP_EMPTY,
  LP_STUCK // did not end; never seen
} lp_result;

/* Work space of programs with up to n variables and m faces. */
typedef struct lp {
  int n, m;
  double *table; // (n + 1 x m + 1)
  int *basis;    // (n)
} lp;

duro_status lp_create(lp *work, int n, int m);
void lp_release(lp *work);

/* max c.x subject to H x <= k, H (m x n) with rows of length about one. `x` (n) and `value` are written when OPTIMAL.
 */
lp_result lp_maximise(lp *work, double *value, double *x, const double *c, int n, const double *H, const double *k,
                      int m);

#endif

/* Simple polytopes {z : row_k . z <= 1} with the origin inside, cut by one plane after another. In general position
 * each vertex lies on nd facets and has nd edges; along each it leaves one of them. */
#ifndef DURO_GAME_SIMPLE_POLYTOPE_H
#define DURO_GAME_SIMPLE_POLYTOPE_H

#include <stdbool.h>

#include "duro/base.h"
#include "duro/grid.h"

enum { SIMPLE_D = DURO_GRID_MAX };

typedef struct simple_vertex {
  double z[SIMPLE_D];
  int facet[SIMPLE_D]; // ascending
  int next[SIMPLE_D];  // the vertex at the other end of the edge that leaves facet[i]
  bool gone;           // cut off
  int note;            // of the caller; 0 at a new vertex
} simple_vertex;

typedef struct simple_polytope {
  int nd, rows, vertices;
  int known, fresh; // rows at the last tidying; then the first of them that the one before did not know
  double *row;      // (rows x nd)
  simple_vertex *vertex;
  int row_room, vertex_room, value_room, end_room, number_room;
  double *value; // scratch
  struct simple_end *end;
  int *number;
} simple_polytope;

/* |z_i| <= half_i */
duro_status simple_box(simple_polytope *p, int nd, const double *half);
void simple_destroy(simple_polytope *p);
/* Cuts off what lies beyond row . z <= 1. DURO_ERROR_FORMAT where nothing is left, or where rounding cannot tell how
 * the faces meet: the polytope is then of no more use. */
duro_status simple_cut(simple_polytope *p, const double *row);
/* Drops vertices that are gone and rows without a vertex; the others are numbered anew, in the same order. */
duro_status simple_tidy(simple_polytope *p);
/* The surface in simplices of nd vertices each, facet by facet: simplex (count x nd), facet (count) the row that each
 * lies on, both of duro_allocate. Faces are joined from their first vertex, so that neighbours meet. The polytope has
 * been tidied. */
duro_status simple_triangulate(const simple_polytope *p, int **simplex, int **facet, int64_t *count);
/* Volume; surface as simple_triangulate gives it. */
double simple_volume(const simple_polytope *p, const int *simplex, int64_t count);

static inline double simple_dot(int nd, const double *row, const double *z) {
  double sum = 0.0;
  for (int i = 0; i < nd; i++) sum += row[i] * z[i];
  return sum;
}

#endif

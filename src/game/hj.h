/* The continuous game on a grid, in arrays of its own: every vertex once, in the order of storage of the grid. */
#ifndef DURO_GAME_HJ_H
#define DURO_GAME_HJ_H

#include "game/grid.h"
#include "game/upwind.h"

typedef struct hj_game {
  duro_grid *grid;
  const upwind_kernels *kernels;
  upwind_scheme scheme;
  upwind_clamp clamp;
  int axes, columns; // 1 + nu + na numbers for the rate of each axis
  int n[DURO_GRID_MAX];
  bool periodic[DURO_GRID_MAX];
  bool lost[DURO_GRID_MAX]; // leaving along it counts as lost
  double spacing[DURO_GRID_MAX];
  int64_t stride[DURO_GRID_MAX]; // vertices from one to the next along an axis; 1 for the last
  int64_t cells, lines;
  double fastest;     // 1/s: most spacings that a vertex moves by, of all axes together
  double dt;          // s
  upwind_term *terms; // (axes x columns); a table is (cells)
  float *tables;      // owned, of all terms that have one
  float *v[3];        // (cells) V, and stages of a step
  float *ceiling;     // (cells) h, which V never exceeds; NULL where nothing bounds it
  float *arrival;     // (cells) s, when V first was at least 0; NULL where the goal has no such time
  float *scratch;     // (threads x room)
  size_t room;
} hj_game;

/* Vertices of a cell along the axes of storage. */
void hj_vertex_of(const hj_game *game, int64_t cell, int *vertex);
/* Reads the rates of every vertex: terms, tables and fastest. Fails where they are not affine in the inputs. */
duro_status hj_read_rates(hj_game *game);

#endif

/* The same inputs on every machine for an exported grid. Compiled without contraction. */
#ifndef DRIVE_GRID_H
#define DRIVE_GRID_H

#include "drive_double.h"

enum { DRIVE_STATES = 64, DRIVE_CONTROLS = 16 };

/* the grid */
typedef struct drive_grid {
  int nx, nu, axes;
  const int *state, *vertices;     /* (axes); of a periodic one one more, which is the first again */
  const double *low, *high, *rest; /* (axes), (axes), (nx): the states that have no axis */
} drive_grid;

/* a vertex, a state between vertices, or one beyond the grid; any numbers, or none */
static inline void drive_grid_state(drive *d, const drive_grid *g, double *x, long index) {
  int i;
  for (i = 0; i < g->nx; i++) x[i] = g->rest[i];
  for (i = 0; i < g->axes; i++) {
    const double span = g->high[i] - g->low[i], part = 0.5 + 0.5 * drive_real(d);
    const int k = (int)(drive_draw(d) % (uint32_t)g->vertices[i]);
    x[g->state[i]] = index % 4 == 0   ? g->low[i] + k * span / (g->vertices[i] - 1)
                     : index % 4 == 1 ? g->low[i] + span * (1.6 * part - 0.3)
                                      : g->low[i] + span * part;
    if (index % 16 == 3) x[g->state[i]] = drive_edge(d, drive_draw(d) % 2 ? g->low[i] : g->high[i]);
  }
  if (index % 32 == 6) x[drive_draw(d) % (uint32_t)g->nx] = drive_any(d);
  if (index % 32 == 7) x[drive_draw(d) % (uint32_t)g->nx] = drive_no_number(d);
}

/* what a controller wants: a control, an end, something beyond it, or nothing */
static inline void drive_grid_want(drive *d, const drive_grid *g, double *u) {
  const uint32_t kind = drive_draw(d) % 8;
  int k;
  for (k = 0; k < g->nu; k++) {
    const double any = drive_real(d);
    u[k] = kind == 0 ? (any > 0 ? 1.0 : -1.0) : kind == 1 ? 2.0 * any : any;
    if (kind == 2) u[k] = drive_edge(d, any > 0 ? 1.0 : -1.0);
  }
  if (kind == 3) u[drive_draw(d) % (uint32_t)g->nu] = drive_no_number(d);
}

#endif

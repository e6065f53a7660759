/* The control of a box that is nearest to a given one among those whose margin is large enough. */
#ifndef DURO_EVAL_BOX_H
#define DURO_EVAL_BOX_H

#include <stddef.h>

enum {
  BOX_CONTROLS = 3, /* most dimensions of a box that is searched */
  BOX_PANEL = 16    /* controls that a source is asked about at once, at most */
};

/* Who is asked for margins (n <= BOX_PANEL) of controls u (n x nu), float, within [-1, 1]. */
typedef struct box_source {
  void (*judge)(void *context, int n, double *margin, const float *u);
  void *context;
  int nu;        /* 1 to BOX_CONTROLS */
  double wanted; /* margin of an admissible control, at least */
} box_source;

/* Distance between two vertices of the lattice along an axis. */
double box_spacing(int nu);
/* Bytes of scratch. */
size_t box_scratch_size(int nu);

/*
 * The nearest admissible control to `from`, which is not admissible: into u, and its margin, or NaN where none was
 * found. `margin`: that of an admissible control in u, from which is begun, or NaN where none is known.
 *
 * Vertices of a lattice are asked in the order of their distance, until they are too far to matter; from the nearest
 * admissible one, and from any other that leads nearer, a local search follows whose steps are halved down to the
 * spacing of floats. Where no vertex is admissible, the margin is climbed. So, with s the spacing:
 * - the answer is at most s sqrt(nu) further than any admissible control that lies in an admissible cube of edge s;
 * - of one control, where the margin is concave, it is the nearest to the spacing of floats;
 * - what is found is admissible, and is nearer than or as near as `u` was.
 */
double box_nearest(const box_source *source, void *scratch, float *u, double margin, const float *from);

#endif

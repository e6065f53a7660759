/* What a picture of an environment consists of: shapes in world coordinates, later ones over earlier ones of a layer.
 */
#ifndef DURO_ENV_DRAW_H
#define DURO_ENV_DRAW_H

#include "duro/env.h"

/* From below to above: filled shapes, thin dashed lines, beams, lines, dots, words. */
typedef enum draw_layer { DRAW_AREA, DRAW_GUIDE, DRAW_BEAM, DRAW_LINE, DRAW_DOT, DRAW_LABEL, DRAW_LAYERS } draw_layer;

/* Colours by what they stand for. */
typedef enum draw_colour {
  DRAW_BODY,    /* what is controlled */
  DRAW_POLE,    /* a second part of it */
  DRAW_CONTROL, /* what the control does */
  DRAW_PUSH,    /* what the disturbance does */
  DRAW_TARGET,  /* where the task wants to be */
  DRAW_FREE,    /* the region where h >= 0 */
  DRAW_BAD,     /* the region where h < 0 */
  DRAW_SAFE,    /* what is known to be safe for ever */
  DRAW_EDGE,    /* its boundary */
  DRAW_PAPER,   /* the background, to cover what lies below */
  DRAW_GROUND,  /* what merely stands there */
  DRAW_TRAIL,   /* where it has been */
  DRAW_COLOURS
} draw_colour;

typedef struct draw_shape {
  draw_layer layer;
  draw_colour colour;
  size_t first; /* of the drawing's points */
  int count;
  const char *label; /* of DRAW_LABEL, a constant */
} draw_shape;

struct duro_drawing {
  double low[2], high[2];        /* what has to be seen */
  bool equal;                    /* one unit is as long upwards as it is to the right */
  const char *axis[2], *unit[2]; /* NULL: the axis is not shown */
  draw_shape *shapes;
  double (*points)[2];
  size_t n_shapes, n_points, shapes_capacity, points_capacity;
  bool failed; /* out of memory */
};

/* Removes the shapes, not the memory. */
void draw_clear(duro_drawing *d);
void draw_release(duro_drawing *d);

/* What has to be seen at this moment, in metres of a plane; a film shows what has to be seen at any of its moments. */
void draw_view(duro_drawing *d, double x_low, double x_high, double y_low, double y_high);

/* A shape of `count` points for the caller to fill; NULL without memory, which the drawing remembers. */
double (*draw_points(duro_drawing *d, draw_layer layer, draw_colour colour, int count))[2];
void draw_path(duro_drawing *d, draw_layer layer, draw_colour colour, const double (*points)[2], int count);
void draw_line(duro_drawing *d, draw_layer layer, draw_colour colour, double x1, double y1, double x2, double y2);
void draw_rectangle(duro_drawing *d, draw_layer layer, draw_colour colour, double x_low, double x_high, double y_low,
                    double y_high);
/* A dot whose size does not depend on the axes. */
void draw_dot(duro_drawing *d, draw_colour colour, double x, double y);
/* A circle, filled in DRAW_AREA. */
void draw_circle(duro_drawing *d, draw_layer layer, draw_colour colour, double x, double y, double radius);
/* An arrow from (x, y) along (dx, dy); nothing where it is too short to be one. */
void draw_arrow(duro_drawing *d, draw_colour colour, double x, double y, double dx, double dy);
/* A word that begins at (x, y); not copied. */
void draw_label(duro_drawing *d, draw_colour colour, double x, double y, const char *label);

/* The newest states of the path, at most DRAW_TAIL: the number and the first of them. */
enum { DRAW_TAIL = 120 };
int draw_tail(const duro_moment *now, int64_t *first);
/* States i and j of these as a line. */
void draw_trail(duro_drawing *d, const duro_env *env, const duro_moment *now, int i, int j);
/* The plane of the states i and j: the path so far as a trail, the present state as a dot. */
void draw_plane(duro_drawing *d, const duro_env *env, const duro_moment *now, int i, int j);

#endif

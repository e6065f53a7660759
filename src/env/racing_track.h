/* A closed track from a list of centre points and widths: curvature and edges over the length along its middle. */
#ifndef DURO_ENV_RACING_TRACK_H
#define DURO_ENV_RACING_TRACK_H

#include "duro/base.h"

/* Over the middle, of which entry i is the place s = i / per; entry `count` is entry 0 once more. */
typedef struct racing_track {
  double length; // m, of a lap
  double per;    // entries per metre
  int count;
  double *kappa;        // 1/m, to the left
  double *left, *right; // m, from the middle to the edges
  double *x, *y;        // m
  double *heading;      // rad
} racing_track;

typedef struct racing_track_options {
  double scale;  // of points and widths
  double narrow; // m; an edge has to be farther from the middle, after scaling
} racing_track_options;

/* Reads a table of the columns x_m, y_m, w_tr_right_m, w_tr_left_m (m), a row for each point of the middle in the
 * direction of driving; the last is joined to the first, which it may repeat. `name` is for messages.
 * DURO_ERROR_FORMAT says what is wrong with it. */
duro_status racing_track_parse(racing_track **track, const char *bytes, size_t size, const char *name,
                               const racing_track_options *options);
void racing_track_release(racing_track *track);

/* The value of a table at s, linear between its entries. */
double racing_track_at(const racing_track *track, const double *table, double s);

#endif

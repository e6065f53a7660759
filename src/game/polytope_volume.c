/* Vertices of polygons, and volumes. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/polytope.h"

/* extent of p along each axis (nd); false when empty or unbounded, told apart by *empty */
static duro_status extent(double *low, double *high, bool *empty, bool *bounded, const duro_polytope *p) {
  *empty = p->empty;
  *bounded = true;
  for (int j = 0; j < p->nd; j++) {
    double axis[DURO_POLYTOPE_MAX] = {0};
    for (int side = 0; side < 2; side++) {
      double reach;
      axis[j] = side ? 1.0 : -1.0;
      const duro_status status = duro_polytope_support(&reach, NULL, p, axis);
      if (status) return status;
      *(side ? &high[j] : &low[j]) = side ? reach : -reach;
      if (reach == -INFINITY) *empty = true;
      if (reach == INFINITY) *bounded = false;
    }
    if (low[j] > high[j]) low[j] = high[j] = 0.5 * (low[j] + high[j]); // flat, to rounding
  }
  return DURO_OK;
}

/* how far p lies over the line h.x = k; within `tolerance` it is on it */
static double over(const double *p, const double *h, double k, double tolerance) {
  const double value = h[0] * p[0] + h[1] * p[1] - k;
  return fabs(value) <= tolerance ? 0.0 : value;
}

/* cuts the polygon in (count x 2) by h.x <= k into out (room x 2); returns the number of its points */
static int clip(double *out, int room, const double *in, int count, const double *h, double k, double tolerance) {
  int n = 0;
  for (int i = 0; i < count && n + 2 <= room; i++) {
    const double *a = in + 2 * (ptrdiff_t)i, *b = in + 2 * (ptrdiff_t)((i + 1) % count);
    const double over_a = over(a, h, k, tolerance), over_b = over(b, h, k, tolerance);
    if (over_a <= 0.0) memcpy(out + 2 * (ptrdiff_t)n++, a, 2 * sizeof *a);
    if ((over_a < 0.0 && over_b > 0.0) || (over_a > 0.0 && over_b < 0.0)) {
      const double t = over_a / (over_a - over_b);
      for (int j = 0; j < 2; j++) out[2 * (ptrdiff_t)n + j] = a[j] + t * (b[j] - a[j]);
      n++;
    }
  }
  return n;
}

/* drops points within `tolerance` of the one before; at least one stays */
static int distinct(double *xy, int count, double tolerance) {
  int n = 0;
  for (int i = 0; i < count; i++) {
    const double *a = xy + 2 * (ptrdiff_t)i, *last = xy + 2 * (ptrdiff_t)(n ? n - 1 : count - 1);
    const bool same = fabs(a[0] - last[0]) <= tolerance && fabs(a[1] - last[1]) <= tolerance;
    if (same && (n > 0 || i + 1 < count)) continue;
    memmove(xy + 2 * (ptrdiff_t)n++, a, 2 * sizeof *a);
  }
  return n;
}

/* Vertices of a bounded polygon: its bounding box, cut by every face. xy and spare hold faces + 8 points each, more
 * than a convex polygon needs; the vertices end in xy. A point within 1e-14 scale of a line, some roundings, is on it;
 * points nearer than 1e-12 scale are one. */
static int polygon(double *xy, double *spare, const duro_polytope *p, const double *low, const double *high) {
  const double scale = polytope_scale(p);
  int count = 4;
  const double box[8] = {low[0], low[1], high[0], low[1], high[0], high[1], low[0], high[1]};
  memcpy(xy, box, sizeof box);
  for (int i = 0; i < p->faces && count > 0; i++) {
    count = clip(spare, p->faces + 8, xy, count, p->H + 2 * (ptrdiff_t)i, p->k[i], 1e-14 * scale);
    memcpy(xy, spare, 2 * sizeof *xy * (size_t)count);
  }
  return distinct(xy, count, 1e-12 * scale);
}

/* vertices of a polygon, allocated; none when empty, -1 when unbounded */
static duro_status vertices(double **xy, int *count, const duro_polytope *p) {
  double low[2], high[2];
  bool empty, bounded;
  *xy = NULL;
  *count = 0;
  const duro_status status = extent(low, high, &empty, &bounded, p);
  if (status || empty) return status;
  if (!bounded) {
    *count = -1;
    return DURO_OK;
  }
  const size_t bytes = 2 * sizeof(double) * ((size_t)p->faces + 8);
  double *spare = duro_allocate(bytes);
  *xy = duro_allocate(bytes);
  if (*xy && spare) *count = polygon(*xy, spare, p, low, high);
  duro_release(spare);
  if (*xy && spare) return DURO_OK;
  duro_release(*xy);
  *xy = NULL;
  return DURO_ERROR_MEMORY;
}

duro_status duro_polytope_vertices(double *xy, int *count, const duro_polytope *p, int capacity) {
  *count = 0;
  if (p->nd != 2)
    return duro_fail(DURO_ERROR_ARGUMENT, "vertices are wanted of a polytope in %d dimensions; wanted 2", p->nd);
  double *points;
  int n;
  duro_status status = vertices(&points, &n, p);
  if (status) return status;
  if (n < 0) status = duro_fail(DURO_ERROR_ARGUMENT, "the polygon is unbounded; wanted a bounded one");
  if (n > capacity)
    status = duro_fail(DURO_ERROR_ARGUMENT, "there is room for %d vertices; wanted room for %d", capacity, n);
  if (!status && n > 0) {
    *count = n;
    memcpy(xy, points, 2 * sizeof *xy * (size_t)n);
  }
  duro_release(points);
  return status;
}

/* half the sum of cross products, about the first vertex */
static duro_status area(double *value, const duro_polytope *p) {
  double *xy;
  int n;
  const duro_status status = vertices(&xy, &n, p);
  *value = n < 0 ? INFINITY : 0.0;
  if (status) return status;
  for (int i = 1; i + 1 < n; i++) {
    const double *a = xy + 2 * (ptrdiff_t)i, *b = a + 2;
    *value += 0.5 * ((a[0] - xy[0]) * (b[1] - xy[1]) - (a[1] - xy[1]) * (b[0] - xy[0]));
  }
  duro_release(xy);
  return DURO_OK;
}

static duro_status volume(double *value, const duro_polytope *p);

/* Volume of face i seen along the axis nearest to its normal: that coordinate is substituted in the other faces.
 * *tilt is the normal's share along the axis, so the face itself measures value / tilt. */
static duro_status facet(double *value, double *tilt, const duro_polytope *p, int i) {
  const int n = p->nd;
  const double *h = p->H + (ptrdiff_t)i * n;
  int axis = 0;
  for (int j = 1; j < n; j++)
    if (fabs(h[j]) > fabs(h[axis])) axis = j;
  *tilt = fabs(h[axis]);
  *value = 0;
  duro_polytope *face;
  duro_status status = polytope_allocate(&face, n - 1, p->faces);
  if (status) return status;
  for (int r = 0; r < p->faces; r++) {
    if (r == i) continue;
    const double *g = p->H + (ptrdiff_t)r * n, factor = g[axis] / h[axis];
    double row[DURO_POLYTOPE_MAX];
    for (int j = 0, at = 0; j < n; j++)
      if (j != axis) row[at++] = g[j] - factor * h[j];
    polytope_add(face, row, p->k[r] - factor * p->k[i], 1.0);
  }
  status = polytope_reduce(face);
  if (!status && !face->empty) status = volume(value, face);
  duro_polytope_destroy(face);
  return status;
}

/* sum over faces of distance x facet / n, from the centre of a largest ball, so that no term is negative */
static duro_status lasserre(double *value, const duro_polytope *p) {
  double radius, z[DURO_POLYTOPE_MAX];
  duro_status status = duro_polytope_ball(&radius, z, p);
  *value = 0;
  if (status || radius <= 0.0) return status;
  for (int i = 0; !status && i < p->faces; i++) {
    double size, tilt, distance = p->k[i];
    for (int j = 0; j < p->nd; j++) distance -= p->H[(ptrdiff_t)i * p->nd + j] * z[j];
    status = facet(&size, &tilt, p, i);
    if (!status) *value += distance * size / tilt / p->nd;
  }
  return status;
}

/* of a bounded set without redundant faces */
static duro_status volume(double *value, const duro_polytope *p) {
  if (p->nd > 2) return lasserre(value, p);
  if (p->nd == 2) return area(value, p);
  double low, high;
  bool empty, bounded;
  const duro_status status = extent(&low, &high, &empty, &bounded, p);
  if (status) return status;
  *value = empty ? 0.0 : high - low;
  return DURO_OK;
}

duro_status duro_polytope_volume(double *value, const duro_polytope *of) {
  duro_polytope *p;
  double low[DURO_POLYTOPE_MAX], high[DURO_POLYTOPE_MAX];
  bool empty, bounded;
  *value = 0;
  duro_status status = duro_polytope_create_reduced(&p, of);
  if (status) return status;
  status = extent(low, high, &empty, &bounded, p);
  if (!status && !empty && !bounded) *value = INFINITY;
  if (!status && !empty && bounded) status = volume(value, p);
  duro_polytope_destroy(p);
  return status;
}

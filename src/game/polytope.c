/* Convex polytopes by their faces: what a set is made of, asked and freed of redundant faces. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/polytope.h"

/* ---- making ---- */

duro_status polytope_allocate(duro_polytope **out, int nd, int capacity) {
  duro_polytope *p = duro_allocate(sizeof *p);
  *out = NULL;
  if (!p) return DURO_ERROR_MEMORY;
  *p = (duro_polytope){.nd = nd, .capacity = capacity};
  p->H = duro_allocate(sizeof(double) * (size_t)nd * (size_t)capacity);
  p->k = duro_allocate(sizeof(double) * (size_t)capacity);
  if (!p->H || !p->k) {
    duro_polytope_destroy(p);
    return DURO_ERROR_MEMORY;
  }
  *out = p;
  return DURO_OK;
}

void duro_polytope_destroy(duro_polytope *p) {
  if (!p) return;
  duro_release(p->H);
  duro_release(p->k);
  duro_release(p);
}

static void make_empty(duro_polytope *p) {
  p->empty = true;
  p->faces = 0;
}

static double dot(const double *a, const double *b, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

/* length, without overflow */
static double length(const double *h, int n) {
  double largest = 0, sum = 0;
  for (int i = 0; i < n; i++)
    if (fabs(h[i]) > largest) largest = fabs(h[i]);
  if (largest == 0.0) return 0.0;
  for (int i = 0; i < n; i++) sum += (h[i] / largest) * (h[i] / largest);
  return largest * sqrt(sum);
}

void polytope_add(duro_polytope *p, const double *h, double k, double size) {
  if (p->empty) return;
  const double norm = length(h, p->nd);
  if (norm <= 1e-12 * size) {
    if (k < -DURO_POLYTOPE_TOLERANCE * size * polytope_scale(p)) make_empty(p);
    return;
  }
  for (int j = 0; j < p->nd; j++) p->H[(ptrdiff_t)p->faces * p->nd + j] = h[j] / norm;
  p->k[p->faces++] = k / norm;
}

static void add_all(duro_polytope *p, const duro_polytope *from) {
  if (from->empty) make_empty(p);
  if (p->empty) return;
  memcpy(p->H + (ptrdiff_t)p->faces * p->nd, from->H, sizeof(double) * (size_t)from->faces * (size_t)from->nd);
  memcpy(p->k + p->faces, from->k, sizeof(double) * (size_t)from->faces);
  p->faces += from->faces;
}

static duro_status check_dimension(int nd) {
  if (nd < 1 || nd > DURO_POLYTOPE_MAX)
    return duro_fail(DURO_ERROR_ARGUMENT, "the dimension of the polytope is %d; wanted 1 to %d", nd, DURO_POLYTOPE_MAX);
  return DURO_OK;
}

static duro_status check_face(const double *h, double k, int nd, int i) {
  for (int j = 0; j < nd; j++)
    if (!isfinite(h[j]))
      return duro_fail(DURO_ERROR_NOT_FINITE, "coefficient %d of face %d is %g; wanted a finite number", j, i, h[j]);
  if (!isfinite(k))
    return duro_fail(DURO_ERROR_NOT_FINITE, "right side of face %d is %g; wanted a finite number", i, k);
  const double norm = length(h, nd);
  if (norm == 0.0) return duro_fail(DURO_ERROR_ARGUMENT, "face %d has only zero coefficients; wanted a direction", i);
  if (!isfinite(k / norm))
    return duro_fail(DURO_ERROR_NOT_FINITE, "face %d lies at %g / %g; wanted a finite distance", i, k, norm);
  return DURO_OK;
}

duro_status duro_polytope_create(duro_polytope **out, int nd, int n_faces, const double *H, const double *k) {
  *out = NULL;
  duro_status status = check_dimension(nd);
  if (!status && n_faces < 0)
    status = duro_fail(DURO_ERROR_ARGUMENT, "the polytope has %d faces; wanted 0 or more", n_faces);
  for (int i = 0; !status && i < n_faces; i++) status = check_face(H + (ptrdiff_t)i * nd, k[i], nd, i);
  if (status || (status = polytope_allocate(out, nd, n_faces))) return status;
  for (int i = 0; i < n_faces; i++) polytope_add(*out, H + (ptrdiff_t)i * nd, k[i], 0.0);
  return DURO_OK;
}

duro_status duro_polytope_create_box(duro_polytope **out, int nd, const double *low, const double *high) {
  *out = NULL;
  duro_status status = check_dimension(nd);
  if (status) return status;
  double H[2 * DURO_POLYTOPE_MAX * DURO_POLYTOPE_MAX] = {0}, k[2 * DURO_POLYTOPE_MAX];
  for (int j = 0; j < nd; j++) {
    if (!(low[j] <= high[j]))
      return duro_fail(DURO_ERROR_ARGUMENT, "coordinate %d of the box goes from %g to %g; wanted low <= high", j,
                       low[j], high[j]);
    H[2 * j * nd + j] = 1.0;
    k[2 * j] = high[j];
    H[(2 * j + 1) * nd + j] = -1.0;
    k[2 * j + 1] = -low[j];
  }
  return duro_polytope_create(out, nd, 2 * nd, H, k);
}

duro_status duro_polytope_create_intersection(duro_polytope **out, const duro_polytope *a, const duro_polytope *b) {
  *out = NULL;
  if (a->nd != b->nd)
    return duro_fail(DURO_ERROR_ARGUMENT, "polytopes of %d and %d dimensions cannot meet; wanted the same", a->nd,
                     b->nd);
  const duro_status status = polytope_allocate(out, a->nd, a->faces + b->faces);
  if (status) return status;
  add_all(*out, a);
  add_all(*out, b);
  return DURO_OK;
}

duro_status duro_polytope_create_product(duro_polytope **out, const duro_polytope *a, const duro_polytope *b) {
  *out = NULL;
  const int nd = a->nd + b->nd;
  duro_status status = check_dimension(nd);
  if (status || (status = polytope_allocate(out, nd, a->faces + b->faces))) return status;
  double row[DURO_POLYTOPE_MAX] = {0};
  for (int i = 0; i < a->faces; i++) {
    memcpy(row, a->H + (ptrdiff_t)i * a->nd, sizeof(double) * (size_t)a->nd);
    polytope_add(*out, row, a->k[i], 0.0);
  }
  memset(row, 0, sizeof row);
  for (int i = 0; i < b->faces; i++) {
    memcpy(row + a->nd, b->H + (ptrdiff_t)i * b->nd, sizeof(double) * (size_t)b->nd);
    polytope_add(*out, row, b->k[i], 0.0);
  }
  if (a->empty || b->empty) make_empty(*out);
  return DURO_OK;
}

/* ---- asking ---- */

int duro_polytope_dimension(const duro_polytope *p) {
  return p->nd;
}

int duro_polytope_faces(const duro_polytope *p) {
  return p->faces;
}

double duro_polytope_face(const duro_polytope *p, double *normal, int i) {
  memcpy(normal, p->H + (ptrdiff_t)i * p->nd, sizeof(double) * (size_t)p->nd);
  return p->k[i];
}

double polytope_scale(const duro_polytope *p) {
  double scale = 0;
  for (int i = 0; i < p->faces; i++)
    if (fabs(p->k[i]) > scale) scale = fabs(p->k[i]);
  return scale > 0.0 ? scale : 1.0;
}

double duro_polytope_margin(const duro_polytope *p, const double *x) {
  double margin = p->empty ? -INFINITY : INFINITY;
  for (int j = 0; j < p->nd; j++)
    if (isnan(x[j])) return NAN;
  for (int i = 0; i < p->faces; i++) {
    const double slack = p->k[i] - dot(p->H + (ptrdiff_t)i * p->nd, x, p->nd);
    if (slack < margin || isnan(slack)) margin = slack;
  }
  return margin;
}

bool duro_polytope_contains(const duro_polytope *p, const double *x, double margin) {
  return duro_polytope_margin(p, x) >= margin;
}

static duro_status stuck(const duro_polytope *p) {
  return duro_fail(DURO_ERROR_NOT_FINITE, "a linear program over %d faces in %d dimensions does not end", p->faces,
                   p->nd);
}

/* the largest ball: max t subject to H x + t <= k, t <= 1 + scale */
duro_status duro_polytope_ball(double *radius, double *centre, const duro_polytope *p) {
  const int n = p->nd, m = p->faces;
  *radius = -INFINITY;
  for (int j = 0; centre && j < n; j++) centre[j] = NAN;
  if (p->empty) return DURO_OK;
  duro_polytope *lifted;
  duro_status status = polytope_allocate(&lifted, n + 1, m + 1);
  if (status) return status;
  for (int i = 0; i < m; i++) {
    memcpy(lifted->H + (ptrdiff_t)i * (n + 1), p->H + (ptrdiff_t)i * n, sizeof(double) * (size_t)n);
    lifted->H[(ptrdiff_t)i * (n + 1) + n] = 1.0;
    lifted->k[i] = p->k[i];
  }
  lifted->H[(ptrdiff_t)m * (n + 1) + n] = 1.0;
  lifted->k[m] = 1.0 + polytope_scale(p);
  lp work;
  if (!(status = lp_create(&work, n + 1, m + 1))) {
    double c[DURO_POLYTOPE_MAX + 1] = {0}, x[DURO_POLYTOPE_MAX + 1];
    c[n] = 1.0;
    if (lp_maximise(&work, radius, x, c, n + 1, lifted->H, lifted->k, m + 1) != LP_OPTIMAL)
      status = stuck(p);
    else if (centre)
      memcpy(centre, x, sizeof(double) * (size_t)n);
    lp_release(&work);
  }
  duro_polytope_destroy(lifted);
  return status;
}

/* value of one program over p; the work space is large enough */
static duro_status support(double *value, double *where, const duro_polytope *p, const double *c, lp *work) {
  double x[DURO_POLYTOPE_MAX];
  const lp_result result = p->empty ? LP_EMPTY : lp_maximise(work, value, x, c, p->nd, p->H, p->k, p->faces);
  if (result == LP_STUCK) return stuck(p);
  if (result == LP_EMPTY) *value = -INFINITY;
  if (result == LP_UNBOUNDED) {
    double radius;
    const duro_status status = duro_polytope_ball(&radius, NULL, p);
    if (status) return status;
    *value = radius < -DURO_POLYTOPE_TOLERANCE * polytope_scale(p) ? -INFINITY : INFINITY;
  }
  for (int j = 0; where && j < p->nd; j++) where[j] = result == LP_OPTIMAL ? x[j] : NAN;
  return DURO_OK;
}

duro_status duro_polytope_support(double *value, double *where, const duro_polytope *p, const double *direction) {
  for (int j = 0; j < p->nd; j++)
    if (!isfinite(direction[j]))
      return duro_fail(DURO_ERROR_NOT_FINITE, "coordinate %d of the direction is %g; wanted a finite number", j,
                       direction[j]);
  lp work;
  duro_status status = lp_create(&work, p->nd, p->faces);
  if (status) return status;
  status = support(value, where, p, direction, &work);
  lp_release(&work);
  return status;
}

duro_status duro_polytope_excess(double *excess, const duro_polytope *outer, const duro_polytope *inner) {
  if (outer->nd != inner->nd)
    return duro_fail(DURO_ERROR_ARGUMENT, "polytopes of %d and %d dimensions cannot be compared; wanted the same",
                     outer->nd, inner->nd);
  double radius;
  duro_status status = duro_polytope_ball(&radius, NULL, inner);
  *excess = -INFINITY;
  if (status || radius < -DURO_POLYTOPE_TOLERANCE * polytope_scale(inner)) return status;
  if (outer->empty) *excess = INFINITY;
  lp work;
  if ((status = lp_create(&work, inner->nd, inner->faces))) return status;
  for (int i = 0; !status && i < outer->faces; i++) {
    double reach = 0;
    status = support(&reach, NULL, inner, outer->H + (ptrdiff_t)i * outer->nd, &work);
    if (!status && reach - outer->k[i] > *excess) *excess = reach - outer->k[i];
  }
  lp_release(&work);
  return status;
}

/* ---- redundant faces ---- */

/* keeps the faces with keep[i], in order */
static void compact(duro_polytope *p, const bool *keep) {
  int count = 0;
  for (int i = 0; i < p->faces; i++) {
    if (!keep[i]) continue;
    memmove(p->H + (ptrdiff_t)count * p->nd, p->H + (ptrdiff_t)i * p->nd, sizeof(double) * (size_t)p->nd);
    p->k[count++] = p->k[i];
  }
  p->faces = count;
}

/* scratch of a reduction of m faces: a smaller program and its work space */
typedef struct reduction {
  lp work;
  duro_polytope *few; // faces of the program, one more than of the set
  bool *keep;
  double scale, tolerance;
} reduction;

/* Does face i of p cut off more than the tolerance from the faces of `few`? If so x is a point that it cuts off. Face i
 * itself, moved out, bounds the program. An unsolved program counts as a cut, with x = NaN. */
static bool cuts(reduction *r, double *x, const duro_polytope *p, int i) {
  const int n = p->nd;
  const double *h = p->H + (ptrdiff_t)i * n;
  duro_polytope *few = r->few;
  memcpy(few->H + (ptrdiff_t)few->faces * n, h, sizeof(double) * (size_t)n);
  few->k[few->faces] = p->k[i] + r->scale;
  double value;
  if (lp_maximise(&r->work, &value, x, h, n, few->H, few->k, few->faces + 1) == LP_OPTIMAL)
    return value > p->k[i] + r->tolerance;
  for (int j = 0; j < n; j++) x[j] = NAN;
  return true;
}

static void push(duro_polytope *few, const duro_polytope *p, int i) {
  memcpy(few->H + (ptrdiff_t)few->faces * p->nd, p->H + (ptrdiff_t)i * p->nd, sizeof(double) * (size_t)p->nd);
  few->k[few->faces++] = p->k[i];
}

/* first face that the way from z, inside, to x meets */
static int first_hit(const duro_polytope *p, const double *z, const double *x) {
  int first = -1;
  double best = INFINITY;
  for (int i = 0; i < p->faces; i++) {
    const double *h = p->H + (ptrdiff_t)i * p->nd;
    const double slack = p->k[i] - dot(h, z, p->nd), speed = dot(h, x, p->nd) - dot(h, z, p->nd);
    if (speed > 0.0 && slack < best * speed) {
      best = slack / speed;
      first = i;
    }
  }
  return first;
}

/* Clarkson (1994): a face is asked about only against those already known to bound the set; each one that cuts gives
 * the way to one more of these. z is inside every face. */
static void gather(reduction *r, const duro_polytope *p, const double *z) {
  r->few->faces = 0;
  for (int i = 0; i < p->faces; i++) {
    double x[DURO_POLYTOPE_MAX];
    while (!r->keep[i] && cuts(r, x, p, i)) {
      const int hit = isnan(x[0]) ? i : first_hit(p, z, x);
      const int found = hit < 0 || r->keep[hit] ? i : hit;
      r->keep[found] = true;
      push(r->few, p, found);
    }
  }
}

/* drops one after the other what the remaining faces make redundant */
static void drop(reduction *r, duro_polytope *p) {
  for (int i = p->faces - 1; i >= 0; i--) {
    double x[DURO_POLYTOPE_MAX];
    r->few->faces = 0;
    for (int j = 0; j < p->faces; j++)
      if (j != i && (j > i ? r->keep[j] : true)) push(r->few, p, j);
    r->keep[i] = cuts(r, x, p, i);
  }
  compact(p, r->keep);
}

duro_status polytope_reduce(duro_polytope *p) {
  if (p->empty || p->faces == 0) return DURO_OK;
  const double scale = polytope_scale(p), tolerance = DURO_POLYTOPE_TOLERANCE * scale;
  double radius, centre[DURO_POLYTOPE_MAX];
  duro_status status = duro_polytope_ball(&radius, centre, p);
  if (status) return status;
  if (radius < -tolerance) {
    make_empty(p);
    return DURO_OK;
  }
  reduction r = {.scale = scale, .tolerance = tolerance};
  if ((status = lp_create(&r.work, p->nd, p->faces + 1))) return status;
  status = polytope_allocate(&r.few, p->nd, p->faces + 1);
  r.keep = duro_allocate(sizeof(bool) * (size_t)p->faces);
  if (!r.keep) status = DURO_ERROR_MEMORY;
  if (!status && radius > tolerance) {
    gather(&r, p, centre);
    compact(p, r.keep);
  }
  if (!status) drop(&r, p);
  lp_release(&r.work);
  duro_polytope_destroy(r.few);
  duro_release(r.keep);
  return status;
}

duro_status duro_polytope_create_reduced(duro_polytope **out, const duro_polytope *of) {
  duro_status status = polytope_allocate(out, of->nd, of->faces);
  if (status) return status;
  add_all(*out, of);
  if ((status = polytope_reduce(*out))) {
    duro_polytope_destroy(*out);
    *out = NULL;
  }
  return status;
}

double duro_polytope_top(const duro_polytope *p, const double *x) {
  const int n = p->nd - 1;
  const double tolerance = DURO_POLYTOPE_TOLERANCE * polytope_scale(p);
  double top = p->empty ? -INFINITY : INFINITY, low = -INFINITY;
  for (int i = 0; i < p->faces; i++) {
    const double *h = p->H + (ptrdiff_t)i * p->nd;
    const double slack = p->k[i] - dot(h, x, n);
    if (fabs(h[n]) <= 1e-12) {
      if (!(slack >= -tolerance)) return -INFINITY;
    } else if (h[n] > 0.0) {
      if (!(slack / h[n] >= top)) top = slack / h[n];
    } else if (slack / h[n] > low) {
      low = slack / h[n];
    }
  }
  return top >= low - tolerance || isnan(top) ? top : -INFINITY;
}

/* Robust invariant sets and safety values of linear systems, one step back at a time. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/polytope.h"

#define MOST_FACES 1000000

static duro_status check_matrix(const char *name, const double *M, int rows, int columns) {
  for (int i = 0; i < rows * columns; i++)
    if (!isfinite(M[i]))
      return duro_fail(DURO_ERROR_NOT_FINITE, "%s[%d][%d] is %g; wanted a finite number", name, i / columns,
                       i % columns, M[i]);
  return DURO_OK;
}

static duro_status check_system(const duro_linear *s, int nx) {
  if (s->nx < 1 || s->nu < 0 || s->na < 0 || s->nx + s->nu > DURO_POLYTOPE_MAX)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "the system has %d states, %d controls and %d disturbances; wanted at least one state and at most "
                     "%d states and controls",
                     s->nx, s->nu, s->na, DURO_POLYTOPE_MAX);
  if (s->nx != nx)
    return duro_fail(DURO_ERROR_ARGUMENT, "the set has %d dimensions; wanted the %d of the states", nx, s->nx);
  duro_status status = check_matrix("A", s->A, s->nx, s->nx);
  if (!status && s->nu) status = check_matrix("B", s->B, s->nx, s->nu);
  if (!status && s->na) status = check_matrix("E", s->E, s->nx, s->na);
  return status;
}

/* (h M)_j for M (rows x columns) */
static double through(const double *h, const double *M, int rows, int columns, int j) {
  double sum = 0;
  for (int i = 0; i < rows; i++) sum += h[i] * M[i * columns + j];
  return sum;
}

/* {(x, u) : A x + B u + E a in S for all a, |u_j| <= 1} */
static duro_status substitute(duro_polytope **out, const duro_linear *s, const duro_polytope *S) {
  const duro_status status = polytope_allocate(out, s->nx + s->nu, S->faces + 2 * s->nu);
  if (status) return status;
  double row[DURO_POLYTOPE_MAX];
  for (int i = 0; i < S->faces; i++) {
    const double *h = S->H + (ptrdiff_t)i * s->nx;
    double k = S->k[i];
    for (int j = 0; j < s->na; j++) k -= fabs(through(h, s->E, s->nx, s->na, j));
    for (int j = 0; j < s->nx; j++) row[j] = through(h, s->A, s->nx, s->nx, j);
    for (int j = 0; j < s->nu; j++) row[s->nx + j] = through(h, s->B, s->nx, s->nu, j);
    polytope_add(*out, row, k, 1.0);
  }
  for (int j = 0; j < 2 * s->nu; j++) {
    memset(row, 0, sizeof row);
    row[s->nx + j / 2] = j % 2 ? -1.0 : 1.0;
    polytope_add(*out, row, 1.0, 1.0);
  }
  (*out)->empty |= S->empty;
  if ((*out)->empty) (*out)->faces = 0;
  return DURO_OK;
}

/* sign of the last coefficient of face i; 0 below 1e-12, since the controls are at most 1 */
static int side(const duro_polytope *p, int i) {
  const double c = p->H[(ptrdiff_t)(i + 1) * p->nd - 1];
  return c > 1e-12 ? 1 : c < -1e-12 ? -1 : 0;
}

/* the shadow of p on all coordinates but the last: each face from above with each from below (Fourier-Motzkin) */
static duro_status eliminate(duro_polytope **out, const duro_polytope *p) {
  const int n = p->nd - 1;
  int64_t count[3] = {0};
  for (int i = 0; i < p->faces; i++) count[side(p, i) + 1]++;
  const int64_t faces = count[1] + count[0] * count[2];
  if (faces > MOST_FACES)
    return duro_fail(DURO_ERROR_ARGUMENT, "eliminating a control would make %lld faces; wanted at most %d",
                     (long long)faces, MOST_FACES);
  duro_status status = polytope_allocate(out, n, (int)faces);
  if (status) return status;
  (*out)->empty = p->empty;
  for (int i = 0; i < p->faces; i++) {
    const double *a = p->H + (ptrdiff_t)i * (n + 1);
    if (side(p, i) == 0) polytope_add(*out, a, p->k[i], 1.0);
    if (side(p, i) <= 0) continue;
    for (int j = 0; j < p->faces; j++) {
      const double *b = p->H + (ptrdiff_t)j * (n + 1);
      if (side(p, j) >= 0) continue;
      double row[DURO_POLYTOPE_MAX];
      for (int l = 0; l < n; l++) row[l] = a[l] * -b[n] + b[l] * a[n];
      polytope_add(*out, row, p->k[i] * -b[n] + p->k[j] * a[n], a[n] - b[n]);
    }
  }
  if ((status = polytope_reduce(*out))) {
    duro_polytope_destroy(*out);
    *out = NULL;
  }
  return status;
}

duro_status duro_linear_before(duro_polytope **out, const duro_linear *system, const duro_polytope *S) {
  *out = NULL;
  duro_polytope *p;
  duro_status status = check_system(system, S->nd);
  if (status || (status = substitute(&p, system, S))) return status;
  status = polytope_reduce(p);
  for (int j = 0; !status && j < system->nu; j++) {
    duro_polytope *shadow;
    if ((status = eliminate(&shadow, p))) break;
    duro_polytope_destroy(p);
    p = shadow;
  }
  if (status)
    duro_polytope_destroy(p);
  else
    *out = p;
  return status;
}

/* X and before(S), without redundant faces */
static duro_status step_back(duro_polytope **out, const duro_linear *system, const duro_polytope *X,
                             const duro_polytope *S) {
  duro_polytope *before;
  *out = NULL;
  duro_status status = duro_linear_before(&before, system, S);
  if (status) return status;
  if (!(status = duro_polytope_create_intersection(out, X, before)) && (status = polytope_reduce(*out))) {
    duro_polytope_destroy(*out);
    *out = NULL;
  }
  duro_polytope_destroy(before);
  return status;
}

duro_status duro_linear_invariant(duro_polytope **set, duro_invariance *info, const duro_linear *system,
                                  const duro_polytope *X, int steps, double tolerance) {
  *set = NULL;
  *info = (duro_invariance){.residual = INFINITY};
  duro_status status = check_system(system, X->nd);
  if (!status && (steps < 1 || !(tolerance >= 0.0)))
    status =
        duro_fail(DURO_ERROR_ARGUMENT, "steps is %d, tolerance %g; wanted at least 1, at least 0", steps, tolerance);
  duro_polytope *S;
  if (status || (status = duro_polytope_create_reduced(&S, X))) return status;
  while (!status && !info->exact && info->steps < steps) {
    duro_polytope *next;
    if ((status = step_back(&next, system, X, S))) break;
    status = duro_polytope_excess(&info->residual, next, S);
    if (next->empty || info->residual < 0.0) info->residual = 0.0;
    info->steps++;
    info->exact = info->residual <= tolerance * polytope_scale(S);
    duro_polytope_destroy(S);
    S = next;
  }
  if (status)
    duro_polytope_destroy(S);
  else
    *set = S;
  return status;
}

/* {(x, m) : low <= m <= k_i - H_i x for all i} */
static duro_status below_constraint(duro_polytope **out, int nx, int n_faces, const double *H, const double *k,
                                    double low) {
  double *rows = duro_allocate(sizeof(double) * (size_t)(n_faces + 1) * (size_t)(nx + 2));
  *out = NULL;
  if (!rows) return DURO_ERROR_MEMORY;
  double *right = rows + (ptrdiff_t)(n_faces + 1) * (nx + 1);
  for (int i = 0; i < n_faces; i++) {
    memcpy(rows + (ptrdiff_t)i * (nx + 1), H + (ptrdiff_t)i * nx, sizeof(double) * (size_t)nx);
    rows[(ptrdiff_t)i * (nx + 1) + nx] = 1.0;
    right[i] = k[i];
  }
  rows[(ptrdiff_t)n_faces * (nx + 1) + nx] = -1.0;
  right[n_faces] = -low;
  const duro_status status = duro_polytope_create(out, nx + 1, n_faces + 1, rows, right);
  duro_release(rows);
  return status;
}

/* copies M (nx x columns) into a matrix of one row more, (nx + 1 x wide), whose last diagonal element is `last` */
static void enlarge(double *out, const double *M, int nx, int columns, int wide, double last) {
  memset(out, 0, sizeof *out * (size_t)((nx + 1) * wide));
  for (int i = 0; i < nx; i++)
    for (int j = 0; j < columns; j++) out[i * wide + j] = M[i * columns + j];
  if (wide > columns) out[nx * wide + columns] = last;
}

duro_status duro_linear_value(duro_polytope **below, duro_invariance *info, const duro_linear *s, int n_faces,
                              const double *H, const double *k, double low, int steps, double tolerance) {
  *below = NULL;
  *info = (duro_invariance){.residual = INFINITY};
  duro_status status = check_system(s, s->nx);
  if (status) return status;
  const int n = s->nx + 1;
  double *matrices = duro_allocate(sizeof(double) * (size_t)n * (size_t)(n + s->nu + s->na));
  if (!matrices) return DURO_ERROR_MEMORY;
  double *A = matrices, *B = A + n * n, *E = B + n * s->nu;
  enlarge(A, s->A, s->nx, s->nx, n, 1.0);
  enlarge(B, s->B, s->nx, s->nu, s->nu, 0.0);
  enlarge(E, s->E, s->nx, s->na, s->na, 0.0);
  duro_polytope *X;
  if (!(status = below_constraint(&X, s->nx, n_faces, H, k, low))) {
    const duro_linear lifted = {n, s->nu, s->na, A, B, E};
    status = duro_linear_invariant(below, info, &lifted, X, steps, tolerance);
    duro_polytope_destroy(X);
  }
  duro_release(matrices);
  return status;
}

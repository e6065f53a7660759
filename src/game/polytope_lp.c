/*
 * Linear programs with few variables and many faces, by the simplex method on the dual:
 *   max c.x, H x <= k   =   min k.y, H^T y = c, y >= 0
 * whose table has a row for each variable. Two phases; the largest violation enters, and Bland's rule takes over when
 * that does not end. The point is computed afresh from its active faces, so the table's roundings do not reach it.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/polytope.h"

#define SMALLEST_PIVOT 1e-9
#define BLAND_AFTER 200
#define STUCK_AFTER 20000

duro_status lp_create(lp *work, int n, int m) {
  *work = (lp){.n = n, .m = m};
  work->table = duro_allocate(sizeof(double) * (size_t)(n + 1) * (size_t)(m + 1));
  work->basis = duro_allocate(sizeof(int) * (size_t)n);
  if (work->table && work->basis) return DURO_OK;
  lp_release(work);
  return DURO_ERROR_MEMORY;
}

void lp_release(lp *work) {
  duro_release(work->table);
  duro_release(work->basis);
  *work = (lp){0};
}

/* makes column `in` the basic one of row `out`, in all rows and the costs below them */
static void pivot(double *table, int n, int width, int out, int in) {
  double *row = table + (ptrdiff_t)out * width;
  const double inverse = 1.0 / row[in];
  for (int j = 0; j < width; j++) row[j] *= inverse;
  row[in] = 1.0;
  for (int i = 0; i <= n; i++) {
    double *other = table + (ptrdiff_t)i * width;
    const double factor = other[in];
    if (i == out || factor == 0.0) continue;
    for (int j = 0; j < width; j++) other[j] -= factor * row[j];
    other[in] = 0.0;
  }
}

/* column that enters: the most negative cost, or by Bland's rule the first; -1 when none is below -tolerance */
static int entering(const double *cost, int m, double tolerance, bool bland) {
  int best = -1;
  for (int j = 0; j < m; j++)
    if (cost[j] < -tolerance && (best < 0 || cost[j] < cost[best])) {
      best = j;
      if (bland) break;
    }
  return best;
}

/* row that leaves: the smallest ratio; of equal ones the largest pivot, or by Bland's rule the lowest face */
static int leaving(const lp *work, int n, int width, int in, bool bland) {
  int best = -1;
  double best_ratio = 0, best_pivot = 0;
  for (int i = 0; i < n; i++) {
    const double *row = work->table + (ptrdiff_t)i * width;
    if (row[in] <= SMALLEST_PIVOT) continue;
    const double ratio = row[width - 1] / row[in];
    const bool tie = best >= 0 && ratio == best_ratio;
    const bool better = bland ? work->basis[i] < work->basis[best < 0 ? i : best] : row[in] > best_pivot;
    if (best < 0 || ratio < best_ratio || (tie && better)) {
      best = i;
      best_ratio = ratio;
      best_pivot = row[in];
    }
  }
  return best;
}

/* pivots until no cost is negative: OPTIMAL, or EMPTY when the dual descends for ever */
static lp_result descend(lp *work, int n, int m, double tolerance) {
  double *cost = work->table + (ptrdiff_t)n * (m + 1);
  for (int count = 0; count < STUCK_AFTER; count++) {
    const bool bland = count >= BLAND_AFTER;
    const int in = entering(cost, m, tolerance, bland);
    if (in < 0) return LP_OPTIMAL;
    const int out = leaving(work, n, m + 1, in, bland);
    if (out < 0) return LP_EMPTY;
    pivot(work->table, n, m + 1, out, in);
    work->basis[out] = in;
  }
  return LP_STUCK;
}

/* after phase 1: rows whose artificial variable is still basic, at level zero, take any face, or are void */
static void drive_out(lp *work, int n, int m) {
  for (int i = 0; i < n; i++) {
    if (work->basis[i] >= 0) continue;
    double *row = work->table + (ptrdiff_t)i * (m + 1);
    int best = 0;
    for (int j = 1; j < m; j++)
      if (fabs(row[j]) > fabs(row[best])) best = j;
    row[m] = 0.0;
    if (fabs(row[best]) > SMALLEST_PIVOT) {
      pivot(work->table, n, m + 1, i, best);
      work->basis[i] = best;
    } else {
      memset(row, 0, sizeof(double) * (size_t)(m + 1));
    }
  }
}

/* the point where the basic faces meet, by elimination with full pivoting; what they leave free is zero */
static void meet(const lp *work, double *x, int n, const double *H, const double *k) {
  double a[(DURO_POLYTOPE_MAX + 1) * (DURO_POLYTOPE_MAX + 2)];
  int rows = 0, column[DURO_POLYTOPE_MAX + 1];
  const int width = n + 1;
  for (int i = 0; i < n; i++) {
    if (work->basis[i] < 0) continue;
    memcpy(a + rows * width, H + (ptrdiff_t)work->basis[i] * n, sizeof(double) * (size_t)n);
    a[rows++ * width + n] = k[work->basis[i]];
  }
  for (int r = 0; r < rows; r++) {
    int pi = r, pj = 0;
    for (int i = r; i < rows; i++)
      for (int j = 0; j < n; j++)
        if (fabs(a[i * width + j]) > fabs(a[pi * width + pj])) pi = i, pj = j;
    for (int j = 0; j < width; j++) {
      const double swap = a[r * width + j];
      a[r * width + j] = a[pi * width + j];
      a[pi * width + j] = swap;
    }
    column[r] = pj;
    if (a[r * width + pj] == 0.0) {
      rows = r;
      break;
    }
    for (int i = 0; i < rows; i++) {
      if (i == r) continue;
      const double factor = a[i * width + pj] / a[r * width + pj];
      for (int j = 0; j < width; j++) a[i * width + j] -= factor * a[r * width + j];
      a[i * width + pj] = 0.0;
    }
  }
  memset(x, 0, sizeof(double) * (size_t)n);
  for (int r = 0; r < rows; r++) x[column[r]] = a[r * width + n] / a[r * width + column[r]];
}

/* table of phase 1: H^T y = c with non-negative right side, an artificial variable basic in each row */
static double begin(lp *work, const double *c, int n, const double *H, int m) {
  const int width = m + 1;
  double *cost = work->table + (ptrdiff_t)n * width, total = 0;
  memset(cost, 0, sizeof(double) * (size_t)width);
  for (int i = 0; i < n; i++) {
    double *row = work->table + (ptrdiff_t)i * width;
    const double sign = c[i] < 0.0 ? -1.0 : 1.0;
    for (int j = 0; j < m; j++) row[j] = sign * H[(ptrdiff_t)j * n + i];
    row[m] = fabs(c[i]);
    for (int j = 0; j < width; j++) cost[j] -= row[j];
    work->basis[i] = -1;
    total += fabs(c[i]);
  }
  return total;
}

/* costs of phase 2: the slack k_j - H_j x of every face at the present point */
static double price(lp *work, int n, const double *k, int m) {
  const int width = m + 1;
  double *cost = work->table + (ptrdiff_t)n * width, scale = 0;
  for (int j = 0; j < m; j++) {
    cost[j] = k[j];
    if (fabs(k[j]) > scale) scale = fabs(k[j]);
  }
  cost[m] = 0.0;
  for (int i = 0; i < n; i++) {
    if (work->basis[i] < 0) continue;
    const double *row = work->table + (ptrdiff_t)i * width, ki = k[work->basis[i]];
    for (int j = 0; j < width; j++) cost[j] -= ki * row[j];
  }
  for (int i = 0; i < n; i++)
    if (work->basis[i] >= 0) cost[work->basis[i]] = 0.0;
  return scale > 0.0 ? scale : 1.0;
}

lp_result lp_maximise(lp *work, double *value, double *x, const double *c, int n, const double *H, const double *k,
                      int m) {
  const double size = begin(work, c, n, H, m);
  if (size == 0.0 && m == 0) {
    memset(x, 0, sizeof(double) * (size_t)n);
    *value = 0.0;
    return LP_OPTIMAL;
  }
  if (m == 0) return LP_UNBOUNDED;
  if (descend(work, n, m, 1e-12 * (size > 0.0 ? size : 1.0)) == LP_STUCK) return LP_STUCK;
  if (-work->table[(ptrdiff_t)n * (m + 1) + m] > 1e-9 * size) return LP_UNBOUNDED;
  drive_out(work, n, m);
  const lp_result result = descend(work, n, m, 1e-13 * price(work, n, k, m));
  if (result != LP_OPTIMAL) return result;
  meet(work, x, n, H, k);
  *value = 0.0;
  for (int i = 0; i < n; i++) *value += c[i] * x[i];
  return LP_OPTIMAL;
}

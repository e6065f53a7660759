/* The lowest point of the upper hull of affine functions of a control: by sweeping lines for one control, by the dual
 * simplex method for more. */
#include "game/certificate_lines.h"

#include <math.h>
#include <string.h>

static int highest(const cert_lines *c, double u) {
  int best = 0;
  double most = -INFINITY;
  for (int i = 0; i < c->rows; i++) {
    const double value = c->at_zero[i] + c->slope[i] * u;
    if (value > most) {
      most = value;
      best = i;
    }
  }
  return best;
}

/* lowest point of the upper hull of the lines over [-1, 1]: from where the highest falls to where it rises */
static void lowest_point(const cert_lines *c, cert_choice *out) {
  int falls = highest(c, -1.0), rises = highest(c, 1.0);
  *out = (cert_choice){.count = 2, .weight = {1.0, 0.0}};
  if (c->slope[falls] >= 0.0 || c->slope[rises] <= 0.0) {
    const bool low = c->slope[falls] >= 0.0;
    out->u[0] = low ? -1.0 : 1.0;
    out->row[0] = out->row[1] = low ? falls : rises;
    out->excess = c->at_zero[out->row[0]] + c->slope[out->row[0]] * out->u[0] - 1.0;
    return;
  }
  for (int left = c->rows; left >= 0; left--) { // each time a higher line, of finitely many
    const double turn = c->slope[rises] - c->slope[falls];
    out->u[0] = i_min(i_max((c->at_zero[falls] - c->at_zero[rises]) / turn, -1.0), 1.0);
    out->row[0] = rises;
    out->row[1] = falls;
    out->weight[0] = -c->slope[falls] / turn;
    out->weight[1] = c->slope[rises] / turn;
    const double value = c->at_zero[falls] + c->slope[falls] * out->u[0];
    out->excess = value - 1.0;
    const int top = highest(c, out->u[0]);
    if (c->at_zero[top] + c->slope[top] * out->u[0] <= value + 1e-12) return;
    *(c->slope[top] > 0.0 ? &rises : &falls) = top;
  }
}

/* a row t - slope . u >= at_zero, or a bound, of variables (u, t) */
typedef struct bound {
  int row; // -1: a bound of u[control]
  int control;
  double sign;
} bound;

static double bound_at(const cert_lines *c, double *gradient, const bound *b) {
  const int nu = c->nu;
  for (int k = 0; k < nu; k++) gradient[k] = b->row < 0 ? 0.0 : -c->slope[b->row * nu + k];
  gradient[nu] = b->row < 0 ? 0.0 : 1.0;
  if (b->row < 0) gradient[b->control] = -b->sign;
  return b->row < 0 ? -1.0 : c->at_zero[b->row];
}

/* x of m x = right, n x n, by elimination; m and right are used up. False where
 * m is singular */
static bool eliminate(double m[CERT_U + 1][CERT_U + 1], double *right, int n) {
  for (int i = 0; i < n; i++) {
    int pivot = i;
    for (int r = i + 1; r < n; r++)
      if (fabs(m[r][i]) > fabs(m[pivot][i])) pivot = r;
    if (!(fabs(m[pivot][i]) > 1e-14)) return false;
    for (int k = 0; k < n; k++) {
      const double swap = m[i][k];
      m[i][k] = m[pivot][k];
      m[pivot][k] = swap;
    }
    const double swap = right[i];
    right[i] = right[pivot];
    right[pivot] = swap;
    for (int r = 0; r < n; r++) {
      if (r == i) continue;
      const double share = m[r][i] / m[i][i];
      for (int k = i; k < n; k++) m[r][k] -= share * m[i][k];
      right[r] -= share * right[i];
    }
  }
  for (int i = 0; i < n; i++) right[i] /= m[i][i];
  return true;
}

/* what holds least at v = (u, t) */
static double most_violated(const cert_lines *c, bound *worst, const double *v) {
  const int nu = c->nu;
  double most = 1e-12;
  for (int k = 0; k < nu; k++)
    if (fabs(v[k]) - 1.0 > most) {
      most = fabs(v[k]) - 1.0;
      *worst = (bound){-1, k, v[k] > 0.0 ? 1.0 : -1.0};
    }
  for (int i = 0; i < c->rows; i++) {
    double value = c->at_zero[i] - v[nu];
    for (int k = 0; k < nu; k++) value += c->slope[i * nu + k] * v[k];
    if (value > most) {
      most = value;
      *worst = (bound){i, 0, 0.0};
    }
  }
  return most;
}

/* combination of the gradients of the bounds that makes `wanted`, into it */
static bool combine(const cert_lines *c, double *wanted, const bound *basis) {
  const int n = c->nu + 1;
  double m[CERT_U + 1][CERT_U + 1];
  for (int j = 0; j < n; j++) {
    double gradient[CERT_U + 1];
    (void)bound_at(c, gradient, basis + j);
    for (int i = 0; i < n; i++) m[i][j] = gradient[i];
  }
  return eliminate(m, wanted, n);
}

static bool meet(const cert_lines *c, double *v, const bound *basis) {
  const int n = c->nu + 1;
  double m[CERT_U + 1][CERT_U + 1];
  for (int j = 0; j < n; j++) v[j] = bound_at(c, m[j], basis + j);
  return eliminate(m, v, n);
}

/* The same for more controls, by the dual simplex method: nu + 1 of rows and
 * bounds of u meet in a point, with weights under which u cancels (Farkas);
 * what is violated most enters for one whose weight comes to an end first. */
static void lowest_of_many(const cert_lines *c, cert_choice *out) {
  enum { MOST = 500 };
  const int nu = c->nu, n = nu + 1;
  const double none[CERT_U + 1] = {[0] = 0.0};
  bound basis[CERT_U + 1], enter;
  double v[CERT_U + 1] = {0}, weight[CERT_U + 1] = {0};
  v[nu] = -1e300;
  (void)most_violated(c, &enter, v);
  basis[0] = enter;
  for (int k = 0; k < nu; k++) basis[k + 1] = (bound){-1, k, c->slope[enter.row * nu + k] > 0.0 ? -1.0 : 1.0};
  for (int count = 0; count < MOST; count++) {
    memcpy(weight, none, sizeof weight);
    weight[nu] = 1.0;
    if (!meet(c, v, basis) || !combine(c, weight, basis) || most_violated(c, &enter, v) <= 1e-12) break;
    double by[CERT_U + 1], least = INFINITY;
    int leaves = -1;
    (void)bound_at(c, by, &enter);
    if (!combine(c, by, basis)) break;
    for (int j = 0; j < n; j++)
      if (by[j] > 1e-12 && i_max(weight[j], 0.0) / by[j] < least) {
        least = i_max(weight[j], 0.0) / by[j];
        leaves = j;
      }
    if (leaves < 0) break;
    basis[leaves] = enter;
  }
  *out = (cert_choice){.excess = v[nu] - 1.0};
  for (int k = 0; k < nu; k++) out->u[k] = i_min(i_max(v[k], -1.0), 1.0);
  for (int j = 0; j < n; j++) {
    if (basis[j].row < 0) continue;
    out->row[out->count] = basis[j].row;
    out->weight[out->count++] = i_max(weight[j], 0.0);
  }
}

void cert_lowest(cert_choice *out, const cert_lines *lines) {
  if (lines->nu == 1)
    lowest_point(lines, out);
  else
    lowest_of_many(lines, out);
}

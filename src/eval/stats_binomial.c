/* Clopper and Pearson's bounds of a probability. */
#include <math.h>

#include "duro/stats.h"

enum { MAX_TERMS = 1000000 };

/* Continued fraction of the incomplete beta function (DLMF 8.17.22) by the modified Lentz method; converges fast
 * for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x) {
  const double tiny = 1e-300;
  double c = 1, d = 1 / fmax(1 - (a + b) * x / (a + 1), tiny), value = d;
  for (int m = 1; m < MAX_TERMS; m++) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double change = 1;
    const double terms[2] = {even, odd};
    for (int k = 0; k < 2; k++) {
      d = 1 + terms[k] * d;
      c = 1 + terms[k] / c;
      d = 1 / (d == 0 ? tiny : d);
      c = c == 0 ? tiny : c;
      change = c * d;
      value *= change;
    }
    if (fabs(change - 1) < 1e-16) break;
  }
  return value;
}

/* Regularised incomplete beta function I_x(a, b), 0 < x < 1. */
static double beta_regularised(double a, double b, double x) {
  int sign;
  const double log_front =
      lgamma_r(a + b, &sign) - lgamma_r(a, &sign) - lgamma_r(b, &sign) + a * log(x) + b * log1p(-x);
  if (x < (a + 1) / (a + b + 2)) return exp(log_front) * beta_fraction(a, b, x) / a;
  return 1 - exp(log_front) * beta_fraction(b, a, 1 - x) / b;
}

/* The p between low and high at which a probability is alpha: of k or more events of n, which grows with p,
 * `at_least`, and of more than k, which has to reach 1 - alpha, otherwise. */
static double bisect(double k, double n, double alpha, bool at_least, double low, double high) {
  for (;;) {
    const double p = .5 * (low + high);
    if (p <= low || p >= high) return high;
    // P(X >= k) = I_p(k, n - k + 1), P(X <= k) = I_{1-p}(n - k, k + 1)
    const bool below =
        at_least ? beta_regularised(k, n - k + 1, p) < alpha : beta_regularised(n - k, k + 1, 1 - p) > alpha;
    if (below)
      low = p;
    else
      high = p;
  }
}

double duro_clopper_pearson_upper(int64_t k, int64_t n, double alpha) {
  if (n < 1 || k >= n) return 1;
  if (k <= 0) return -expm1(log(alpha) / (double)n);
  return bisect((double)k, (double)n, alpha, false, (double)k / (double)n, 1);
}

double duro_clopper_pearson_lower(int64_t k, int64_t n, double alpha) {
  if (n < 1 || k <= 0) return 0;
  if (k >= n) return exp(log(alpha) / (double)n);
  return bisect((double)k, (double)n, alpha, true, 0, (double)k / (double)n);
}

duro_interval duro_clopper_pearson(int64_t k, int64_t n, double alpha) {
  return (duro_interval){.value = n < 1 ? NAN : (double)k / (double)n,
                         .low = duro_clopper_pearson_lower(k, n, alpha / 2),
                         .high = duro_clopper_pearson_upper(k, n, alpha / 2)};
}

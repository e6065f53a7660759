/* Statistics over episodes. */
#include <math.h>

#include "duro/eval.h"

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

double duro_clopper_pearson_upper(int64_t k, int64_t n, double alpha) {
  if (n < 1 || k >= n) return 1;
  const double events = (double)k, trials = (double)n;
  if (k <= 0) return -expm1(log(alpha) / trials);
  // the p at which k or fewer events of n have probability alpha: P(X <= k) = I_{1-p}(n - k, k + 1)
  double low = events / trials, high = 1;
  for (;;) {
    const double p = .5 * (low + high);
    if (p <= low || p >= high) return high;
    if (beta_regularised(trials - events, events + 1, 1 - p) > alpha)
      low = p;
    else
      high = p;
  }
}

bool duro_episode_violates(const duro_episode *episode) {
  return episode->violating_steps > 0 || episode->end == DURO_TERMINATED;
}

void duro_eval_summarize(duro_eval_summary *out, const duro_episode *episodes, int64_t count) {
  *out = (duro_eval_summary){.episodes = count, .h_min = INFINITY, .violation_bound = 1};
  if (count < 1) return;
  const double n = (double)count;
  for (int64_t i = 0; i < count; i++) {
    out->return_mean += episodes[i].episode_return;
    out->violation_steps_mean += (double)episodes[i].violating_steps;
    out->h_min = fmin(out->h_min, episodes[i].h_min);
    out->violating += duro_episode_violates(&episodes[i]);
  }
  out->return_mean /= n;
  out->violation_steps_mean /= n;
  double squares = 0;
  for (int64_t i = 0; i < count; i++) {
    const double d = episodes[i].episode_return - out->return_mean;
    squares += d * d;
  }
  out->return_std = count > 1 ? sqrt(squares / (n - 1)) : 0;
  out->violation_bound = duro_clopper_pearson_upper(out->violating, count, .05);
}

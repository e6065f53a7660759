/* A system whose motion has every operation that a formula may have, but the square root, each of a disturbed value.
 * The others feel a clipped part of its third state and say that they do not, so that a certificate has to allow for
 * all values of that. For tests of exports. */
#include <math.h>

#include <duro/plugin.h>

static void step(double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)settings;
  const double p = x[0] + 0.2 * a[0], q = x[1] - 0.2 * a[1], third = fmin(0.5, fmax(-0.5, x[2]));
  const double bent = sin(p) + (1 - cos(3 * q)) + 0.5 * fabs(p) + fmin(p, q) - fmax(p, 0.1) + p * q + p / (2.5 - q) +
                      0.2 / (3 + q) + 0.1 / (3 + x[0]) - 0.1 * fmax(-p, q);
  x2[0] = x[0] + 0.1 * x[1];
  x2[1] = 0.95 * x[1] + 0.15 * u[0] + 0.02 * a[0] + 0.01 * bent + 0.01 * third + 0.01 * fabs(x[1] + 1);
  x2[2] = x[2] + 0.1 * x[0];
}

static double h(const double *x, const void *settings) {
  (void)settings;
  return 1 - fabs(x[0]);
}

static double reward(const double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)x2, (void)x, (void)a, (void)settings;
  return -u[0] * u[0];
}

DURO_PLUGIN(.name = "operations", .title = "every operation of a formula", .nx = 3, .nu = 1, .na = 2, .dt = 0.1,
            .horizon = 100, .x_low = {-1.2, -1.5, -1}, .x_high = {1.2, 1.5, 1}, .h_needs = 3, .x_needs = {3, 3, 5},
            .step = step, .h = h, .reward = reward);

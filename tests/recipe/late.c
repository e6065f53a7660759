/* A mass on a rail whose push arrives late: what the adversary asks for passes through two lags of 0.4 s. A bound on
 * the position, one on the speed. */
#include <duro/plugin.h>
#include <math.h>

#define DT 0.1

static void step(double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)settings;
  x2[2] = x[2] + DT / 0.4 * (a[0] - x[2]);
  x2[3] = x[3] + DT / 0.4 * (x[2] - x[3]);
  x2[1] = x[1] + DT * (u[0] + 0.6 * x[3]);
  x2[0] = x[0] + DT * x2[1];
}

static double h(const double *x, const void *settings) {
  (void)settings;
  return fmin(2 - fabs(x[0]), 1.5 - fabs(x[1]));
}

static double reward(const double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)x, (void)a, (void)settings;
  return 5 - fabs(x2[0] - 1.9) - 0.05 * u[0] * u[0]; /* close to the edge */
}

DURO_PLUGIN(.title = "Mass on a rail with a late push", .nx = 4, .nu = 1, .na = 1, .dt = DT,
            .x_names = {"position", "speed", "lag 1", "lag 2"}, .x_units = {"m", "m/s", "", ""},
            .x_low = {-2, -1.5, -1, -1}, .x_high = {2, 1.5, 1, 1}, .step = step, .h = h, .reward = reward);

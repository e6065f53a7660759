/* Two tanks in line, in litres: the pump fills the first, which drains into the second; both may neither run dry nor
 * over. Inflow and outflow drift slowly within bounds that an adversary chooses. Raw units, slow dynamics. */
#include <duro/plugin.h>
#include <math.h>

#define DT 5.0 /* s */

static void step(double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)settings;
  const double drain = 0.09 * sqrt(fmax(x[0], 0)), out = 0.6 + x[2]; /* l/s */
  x2[0] = fmin(130, fmax(0, x[0] + DT * (0.6 + 0.55 * u[0] - drain)));
  x2[1] = fmin(130, fmax(0, x[1] + DT * (drain - out)));
  x2[2] = fmin(0.2, fmax(-0.2, x[2] + DT * 0.01 * a[0]));
}

static double h(const double *x, const void *settings) {
  (void)settings;
  return fmin(fmin(x[0] - 10, 90 - x[0]), fmin(x[1] - 10, 90 - x[1]));
}

static double reward(const double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)x, (void)a, (void)settings;
  return 10 - 0.2 * fabs(x2[1] - 80) - u[0] * u[0]; /* as full as it may be */
}

DURO_PLUGIN(.title = "Two tanks with slowly drifting demand", .nx = 3, .nu = 1, .na = 1, .dt = DT,
            .x_names = {"level 1", "level 2", "demand"}, .x_units = {"l", "l", "l/s"}, .x_low = {0, 0, -0.2},
            .x_high = {100, 100, 0.2}, .step = step, .h = h, .reward = reward);

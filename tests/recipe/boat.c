/* A boat between two piers: it drifts with the current, passes a buoy on either side, and may not touch a bank.
 * Two-sided: straight at the buoy left and right are both safe. */
#include <duro/plugin.h>
#include <math.h>

#define DT 0.2

static void step(double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)settings;
  const double turn = 0.5 * u[0], course = x[2] + 0.5 * DT * turn; /* rad/s */
  x2[0] = remainder(x[0] + DT * (1.0 * cos(course) + 0.15 * a[0]), 20);
  x2[1] = x[1] + DT * (1.0 * sin(course) + 0.15 * a[1]);
  x2[2] = remainder(x[2] + DT * turn, 2 * M_PI);
}

static double h(const double *x, const void *settings) {
  (void)settings;
  return fmin(hypot(x[0], x[1]) - 1, 6 - fabs(x[1]));
}

static double reward(const double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)x, (void)a, (void)settings;
  return cos(x2[2]) - 0.1 * fabs(x2[1]) - 0.05 * u[0] * u[0]; /* along the middle, where the buoy is */
}

static void observe(float *o, const double *x, const void *settings) {
  (void)settings;
  o[0] = (float)(x[0] / 5), o[1] = (float)(x[1] / 3), o[2] = (float)cos(x[2]), o[3] = (float)sin(x[2]);
}

DURO_PLUGIN(.title = "Boat in a channel with a buoy", .nx = 3, .nu = 1, .na = 2, .no = 4, .dt = DT,
            .x_names = {"x", "y", "course"}, .x_units = {"m", "m", "rad"}, .x_low = {-10, -6, -M_PI},
            .x_high = {10, 6, M_PI}, .x_periodic = {1, 0, 1}, .slice = {0, 1}, .step = step, .h = h, .reward = reward,
            .observe = observe);

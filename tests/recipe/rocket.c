/* A rocket that lands: x, z, tilt and their rates; side thrusters and a main engine; wind from both sides. It has to
 * stay above the ground, nearly upright, and slow where it is low: three constraints, of which the least counts. */
#include <duro/plugin.h>
#include <math.h>

#define DT 0.05
#define G 3.7 /* m/s^2 */

static void step(double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)settings;
  const double thrust = 1.7 * G * 0.5 * (1 + u[0]), turn = 1.2 * u[1]; /* m/s^2, rad/s^2 */
  const double ax = thrust * sin(x[2]) + 0.5 * a[0], az = thrust * cos(x[2]) - G + 0.25 * a[1];
  x2[3] = x[3] + DT * ax, x2[4] = x[4] + DT * az, x2[5] = x[5] + DT * turn;
  for (int i = 0; i < 3; i++) x2[i] = x[i] + DT * x2[3 + i];
}

static double h(const double *x, const void *settings) {
  (void)settings;
  const double height = x[1] / 5, upright = (0.6 - fabs(x[2])) / 0.6, slow = (2 + 0.5 * x[1] - fabs(x[4])) / 4;
  return fmin(height, fmin(upright, slow));
}

static double reward(const double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)x, (void)a, (void)settings;
  return 3 - 0.1 * fabs(x2[0]) - 0.1 * fabs(x2[1] - 1) - 0.05 * (1 + u[0]);
}

static void reset(double *x, const duro_plugin_random *random, duro_start start, const void *settings) {
  (void)settings;
  const double wide = start == DURO_START_TRAIN ? 1 : 0.5;
  x[0] = random->uniform(random, -5 * wide, 5 * wide), x[1] = random->uniform(random, 4 - 3 * wide, 6 + 4 * wide);
  x[2] = random->uniform(random, -0.4 * wide, 0.4 * wide);
  x[3] = random->uniform(random, -wide, wide), x[4] = random->uniform(random, -2 * wide, wide);
  x[5] = random->uniform(random, -0.4 * wide, 0.4 * wide);
}

DURO_PLUGIN(.title = "Rocket landing in wind", .nx = 6, .nu = 2, .na = 2, .dt = DT,
            .x_names = {"x", "z", "tilt", "vx", "vz", "rate"}, .x_units = {"m", "m", "rad", "m/s", "m/s", "rad/s"},
            .x_low = {-10, 0, -0.8, -4, -6, -1.5}, .x_high = {10, 12, 0.8, 4, 4, 1.5}, .step = step, .h = h,
            .reward = reward, .reset = reset);

/* A stirred reactor: temperature in K, concentration in mol/l, coolant in K. Constraints of different scale: the
 * temperature below 390 K, the concentration between 0.1 and 0.9 mol/l. The feed's temperature is the adversary's. Raw
 * units. */
#include <duro/plugin.h>
#include <math.h>

#define DT 0.05 /* min */

static void step(double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)settings;
  const double rate = 7.2e10 * exp(-8750 / fmax(x[0], 200)) * x[1]; /* mol/l/min */
  double t = x[0], c = x[1];
  t += DT * (1.0 * (350 + 6 * a[0] - x[0]) + 209 * rate + 2.09 * (x[2] - x[0]));
  c += DT * (1.0 * (1 - x[1]) - rate);
  x2[0] = fmin(500, fmax(250, t)), x2[1] = fmin(1, fmax(0, c));
  x2[2] = fmin(330, fmax(260, x[2] + DT * (150 * u[0])));
}

static double h(const double *x, const void *settings) {
  (void)settings;
  return fmin((390 - x[0]) / 40, fmin((x[1] - 0.1) / 0.4, (0.9 - x[1]) / 0.4));
}

static double reward(const double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)x, (void)u, (void)a, (void)settings;
  return 1 - 4 * fabs(x2[1] - 0.4);
}

static void reset(double *x, const duro_plugin_random *random, duro_start start, const void *settings) {
  (void)settings;
  const double wide = start == DURO_START_TRAIN ? 1 : 0.5;
  x[0] = random->uniform(random, 345 - 25 * wide, 345 + 25 * wide);
  x[1] = random->uniform(random, 0.5 - 0.35 * wide, 0.5 + 0.35 * wide);
  x[2] = random->uniform(random, 300 - 25 * wide, 300 + 20 * wide);
}

DURO_PLUGIN(.title = "Stirred reactor with an exothermic reaction", .nx = 3, .nu = 1, .na = 1, .dt = DT,
            .x_names = {"temperature", "concentration", "coolant"}, .x_units = {"K", "mol/l", "K"},
            .x_low = {300, 0, 260}, .x_high = {400, 1, 330}, .step = step, .h = h, .reward = reward, .reset = reset);

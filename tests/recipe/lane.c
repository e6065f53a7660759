/* A car that keeps its lane at 25 m/s: lateral error and its rate, yaw error and its rate; the curvature of the road is
 * the adversary's, the steering is bounded. */
#include <duro/plugin.h>
#include <math.h>

#define DT 0.05

static void step(double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)settings;
  const double v = 25, m = 1500, iz = 2500, lf = 1.2, lr = 1.6, cf = 8e4, cr = 9e4, road = 0.008 * a[0] * v; /* rad/s */
  const double steer = 0.08 * u[0];
  const double vy = x[1] - v * x[2], r = x[3] + road; /* in the frame of the car */
  const double ff = cf * (steer - (vy + lf * r) / v), fr = cr * (-(vy - lr * r) / v);
  x2[1] = x[1] + DT * ((ff + fr) / m - v * road);
  x2[3] = x[3] + DT * (lf * ff - lr * fr) / iz;
  x2[0] = x[0] + DT * x2[1], x2[2] = x[2] + DT * x2[3];
}

static double h(const double *x, const void *settings) {
  (void)settings;
  return fmin(1 - fabs(x[0]), (0.25 - fabs(x[2])) / 0.25);
}

static double reward(const double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)x, (void)a, (void)settings;
  return 1 - fabs(x2[0]) - 0.1 * u[0] * u[0];
}

DURO_PLUGIN(.title = "Lane keeping on a winding road", .nx = 4, .nu = 1, .na = 1, .dt = DT,
            .x_names = {"offset", "its rate", "yaw", "its rate"}, .x_units = {"m", "m/s", "rad", "rad/s"},
            .x_low = {-1, -1.5, -0.25, -0.4}, .x_high = {1, 1.5, 0.25, 0.4}, .step = step, .h = h, .reward = reward);

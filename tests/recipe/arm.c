/* A two-link arm in the plane, 1 m and 0.8 m, that reaches to and fro in front of a wall at x = 1.2 m; torques and
 * pushes at both joints; joint speeds are bounded as well. */
#include <duro/plugin.h>
#include <math.h>

#define DT 0.05

static void step(double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)settings;
  /* point masses of 1 kg and 0.5 kg at the ends, friction of 0.5 N m s */
  const double l1 = 1, l2 = 0.8, m1 = 1, m2 = 0.5, c = cos(x[1]), s = sin(x[1]);
  const double m11 = (m1 + m2) * l1 * l1 + m2 * l2 * l2 + 2 * m2 * l1 * l2 * c, m12 = m2 * l2 * l2 + m2 * l1 * l2 * c,
               m22 = m2 * l2 * l2, k = m2 * l1 * l2 * s;
  const double t1 = 6 * u[0] + a[0] - 0.5 * x[2] + k * x[3] * (2 * x[2] + x[3]),
               t2 = 3 * u[1] + 0.5 * a[1] - 0.5 * x[3] - k * x[2] * x[2];
  const double det = m11 * m22 - m12 * m12;
  x2[2] = x[2] + DT * (m22 * t1 - m12 * t2) / det, x2[3] = x[3] + DT * (m11 * t2 - m12 * t1) / det;
  x2[0] = x[0] + DT * x2[2], x2[1] = x[1] + DT * x2[3];
}

static double tip(const double *x) {
  return cos(x[0]) + 0.8 * cos(x[0] + x[1]);
}

static double h(const double *x, const void *settings) {
  (void)settings;
  return fmin(1.2 - tip(x), fmin((3 - fabs(x[2])) / 3, (4 - fabs(x[3])) / 4));
}

static double reward(const double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)x, (void)a, (void)settings;
  const double y = sin(x2[0]) + 0.8 * sin(x2[0] + x2[1]);
  return 4 - hypot(tip(x2) - 1.15, y - 0.6) - 0.02 * (u[0] * u[0] + u[1] * u[1]);
}

static void observe(float *o, const double *x, const void *settings) {
  (void)settings;
  o[0] = (float)cos(x[0]), o[1] = (float)sin(x[0]), o[2] = (float)cos(x[1]), o[3] = (float)sin(x[1]);
  o[4] = (float)(x[2] / 3), o[5] = (float)(x[3] / 4);
}

DURO_PLUGIN(.title = "Two-link arm in front of a wall", .nx = 4, .nu = 2, .na = 2, .no = 6, .dt = DT,
            .x_names = {"shoulder", "elbow", "rate 1", "rate 2"}, .x_units = {"rad", "rad", "rad/s", "rad/s"},
            .x_low = {0.2, 0.2, -3, -4}, .x_high = {2.4, 2.4, 3, 4}, .step = step, .h = h, .reward = reward,
            .observe = observe);

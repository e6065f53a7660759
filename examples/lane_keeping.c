/* Lane keeping at speed: a car with linear tyres, steered by the rate of its front wheels, against gusts from the side.
 *
 *     duro check examples/lane_keeping.c
 */
#include <math.h>

#include <duro/plugin.h>

enum { OFFSET, HEADING, SIDE, YAW, STEER }; // m from the middle of the lane, rad, m/s sideways, rad/s, rad

#define DT 0.05 // s

/* the settings env.*; a family car */
typedef struct numbers {
  double speed, mass, inertia, front, rear, front_tyre, rear_tyre, rate, gust, lane, steer;
} numbers;

#define REAL(field, value, high, unit, help)                                                                           \
  { #field, DURO_REAL, offsetof(numbers, field), value, NULL, 0, high, NULL, unit, help }
static const duro_setting rows[] = {
    REAL(speed, 20, 100, "m/s", "Speed along the lane."),
    REAL(mass, 1500, 1e5, "kg", "Mass."),
    REAL(inertia, 2500, 1e6, "kg m^2", "Inertia about the vertical axis."),
    REAL(front, 1.2, 10, "m", "From the centre of mass to the front axle."),
    REAL(rear, 1.5, 10, "m", "From the centre of mass to the rear axle."),
    REAL(front_tyre, 80000, 1e7, "N/rad", "Side force of the front axle by its slip angle."),
    REAL(rear_tyre, 90000, 1e7, "N/rad", "Side force of the rear axle by its slip angle."),
    REAL(rate, 0.8, 10, "rad/s", "Rate of the front wheels' angle at u = 1."),
    REAL(gust, 300, 1e5, "N", "Side force of the wind at a = 1."),
    REAL(lane, 1, 10, "m", "Safe while the car is no further than this from the middle of the lane."),
    REAL(steer, 0.1, 1, "rad", "Safe while the front wheels turn no further than this."),
};

/* explicit Euler */
static void step(double *x2, const double *x, const double *u, const double *a, const void *settings) {
  const numbers *n = settings;
  const double front = n->front_tyre * (x[STEER] - (x[SIDE] + n->front * x[YAW]) / n->speed);
  const double rear = -n->rear_tyre * (x[SIDE] - n->rear * x[YAW]) / n->speed;
  x2[OFFSET] = x[OFFSET] + DT * (x[SIDE] + n->speed * x[HEADING]);
  x2[HEADING] = x[HEADING] + DT * x[YAW];
  x2[SIDE] = x[SIDE] + DT * ((front + rear + n->gust * a[0]) / n->mass - n->speed * x[YAW]);
  x2[YAW] = x[YAW] + DT * (n->front * front - n->rear * rear) / n->inertia;
  x2[STEER] = x[STEER] + DT * n->rate * u[0];
}

static double h(const double *x, const void *settings) {
  const numbers *n = settings;
  return fmin(n->lane - fabs(x[OFFSET]), (n->steer - fabs(x[STEER])) * n->lane / n->steer);
}

/* in the middle of the lane, and little steering */
static double reward(const double *x2, const double *x, const double *u, const double *a, const void *settings) {
  const numbers *n = settings;
  (void)x, (void)a;
  return 1 - 0.5 * fabs(x2[OFFSET]) / n->lane - 0.1 * u[0] * u[0];
}

static void observe(float *obs, const double *x, const void *settings) {
  (void)settings;
  obs[0] = (float)x[OFFSET];
  obs[1] = (float)(x[HEADING] * 10);
  obs[2] = (float)x[SIDE];
  obs[3] = (float)(x[YAW] * 3);
  obs[4] = (float)(x[STEER] * 10);
}

/* near the middle of the lane, straight on */
static void reset(double *x, const duro_plugin_random *random, duro_start start, const void *settings) {
  const numbers *n = settings;
  const double wide = start == DURO_START_EVAL ? 0.3 : 0.6;
  x[OFFSET] = random->uniform(random, -wide * n->lane, wide * n->lane);
  x[HEADING] = random->uniform(random, -0.02, 0.02);
  x[SIDE] = x[YAW] = x[STEER] = 0;
}

DURO_PLUGIN(.name = "lane-keeping", .title = "keep a car in its lane at speed, against gusts from the side", .nx = 5,
            .nu = 1, .na = 1, .dt = DT, .horizon = 200, .x_names = {"offset", "heading", "side", "yaw", "steer"},
            .x_units = {"m", "rad", "m/s", "rad/s", "rad"}, .x_low = {-1.2, -0.2, -2, -0.8, -0.12},
            .x_high = {1.2, 0.2, 2, 0.8, 0.12}, .slice = {OFFSET, HEADING}, .h_needs = 1 << OFFSET | 1 << STEER,
            .x_shift = 1 << OFFSET, .settings = rows, .n_settings = sizeof rows / sizeof *rows,
            .settings_size = sizeof(numbers), .step = step, .h = h, .reward = reward, .observe = observe,
            .reset = reset);

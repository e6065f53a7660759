/* Adaptive cruise control: follow a car whose driver brakes and accelerates as he likes. Numbers are chosen here.
 *
 *     duro check examples/adaptive_cruise_control.c
 *     duro train examples/adaptive_cruise_control.c --algorithm DRAC
 */
#include <math.h>

#include <duro/plugin.h>

enum { GAP, SPEED, LEAD }; // states: m to the car ahead, m/s of both cars

#define DT 0.1       // s
#define SIGHT 150.0  // m, the gap that the radar sees
#define FASTEST 40.0 // m/s

/* the settings env.*, with which numbers can be changed without compiling */
typedef struct numbers {
  double brake, drive, lead, desired, distance;
} numbers;

#define REAL(field, value, unit, help)                                                                                 \
  { #field, DURO_REAL, offsetof(numbers, field), value, NULL, 0, 100, NULL, unit, help }
static const duro_setting rows[] = {
    REAL(brake, 6, "m/s^2", "Deceleration at u = -1."),
    REAL(drive, 2, "m/s^2", "Acceleration at u = 1."),
    REAL(lead, 3, "m/s^2", "Acceleration of the car ahead at a = 1, deceleration at a = -1."),
    REAL(desired, 30, "m/s", "Speed that the driver has set."),
    REAL(distance, 5, "m", "Safe while the gap is at least this."),
};

/* fmin and fmax, and no branch: a certificate needs a step that can be read as a formula */
static double between(double low, double value, double high) {
  return fmax(low, fmin(value, high));
}

static void step(double *x2, const double *x, const double *u, const double *a, const void *settings) {
  const numbers *n = settings;
  const double acceleration = n->brake * fmin(u[0], 0) + n->drive * fmax(u[0], 0);
  x2[SPEED] = between(0, x[SPEED] + DT * acceleration, FASTEST);
  x2[LEAD] = between(0, x[LEAD] + DT * n->lead * a[0], FASTEST);
  // both speeds change evenly over the step
  x2[GAP] = fmin(SIGHT, x[GAP] + 0.5 * DT * (x[LEAD] + x2[LEAD] - x[SPEED] - x2[SPEED]));
}

static double h(const double *x, const void *settings) {
  return x[GAP] - ((const numbers *)settings)->distance;
}

/* in (0, 1]: a crash, which ends the episode, never pays */
static double reward(const double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)x, (void)a;
  return 1 - fabs(x2[SPEED] - ((const numbers *)settings)->desired) / FASTEST - 0.1 * u[0] * u[0];
}

static void observe(float *obs, const double *x, const void *settings) {
  (void)settings;
  obs[0] = (float)(x[GAP] / 50);
  obs[1] = (float)(x[SPEED] / 20);
  obs[2] = (float)((x[LEAD] - x[SPEED]) / 10);
}

/* how much the gap shrinks while both cars brake fully, m: until they are equally fast, or stand */
static double closing(const numbers *n, double speed, double lead) {
  if (speed <= lead) return 0;
  const double seconds = (speed - lead) / (n->brake - n->lead);
  if (n->brake > n->lead && lead - n->lead * seconds > 0) return 0.5 * (speed - lead) * seconds;
  return speed * speed / (2 * n->brake) - lead * lead / (2 * n->lead);
}

/* any speeds, and a gap in which braking comes in time, with a margin for evaluation */
static void reset(double *x, const duro_plugin_random *random, duro_start start, const void *settings) {
  const numbers *n = settings;
  const double margin = start == DURO_START_EVAL ? 5 : 0; // m
  x[SPEED] = random->uniform(random, 0, 35);
  x[LEAD] = random->uniform(random, 0, 35);
  x[GAP] = n->distance + margin + closing(n, x[SPEED], x[LEAD]) + random->uniform(random, 0, 50);
}

DURO_PLUGIN(.name = "adaptive-cruise-control",
            .title = "follow a car that may brake at any time, at the speed that is set", .nx = 3, .nu = 1, .na = 1,
            .no = 3, .dt = DT, .horizon = 300, .h_scale = 5, .x_names = {"gap", "speed", "lead_speed"},
            .x_units = {"m", "m/s", "m/s"}, .x_low = {0, 0, 0}, .x_high = {SIGHT, FASTEST, FASTEST},
            .slice = {SPEED, GAP}, .h_needs = 1 << GAP,
            .x_needs = {1 << GAP | 1 << SPEED | 1 << LEAD, 1 << SPEED, 1 << LEAD},
            .control = "brakes with up to {brake} m/s^2, accelerates with up to {drive} m/s^2",
            .disturbance = "the car ahead brakes or accelerates with up to {lead} m/s^2",
            .limits = {{.state = GAP, .least = "{distance}"}, {.state = SPEED, .target = "{desired}"}},
            .settings = rows, .n_settings = sizeof rows / sizeof *rows, .settings_size = sizeof(numbers), .step = step,
            .h = h, .reward = reward, .observe = observe, .reset = reset);

/* What the quadrotor is made of: settings, and what follows from them. */
#ifndef DURO_ENV_QUADROTOR_H
#define DURO_ENV_QUADROTOR_H

#include "env/game.h"

enum { NV = 6, NX = NV + 1, NO = 2 * NV, NU = 2, NA = 2 };
// states: x, x rate, z, z rate, theta, theta rate; then the index of the reference
#define TWO_PI 6.283185307179586

#define QUADROTOR_ROWS(X)                                                                                              \
  X(REAL, mass, 0.027, 1e-6, 1e6, NULL, "kg", "Mass.")                                                                 \
  X(REAL, inertia, 1.4e-5, 1e-12, 1e6, NULL, "kg m^2", "Inertia about the pitch axis.")                                \
  X(REAL, lever, 0.02807214, 1e-6, 1e3, NULL, "m", "Distance of each motor pair from the pitch axis.")                 \
  X(REAL, gravity, 9.8, 0, 1e3, NULL, "m/s^2", "Gravity.")                                                             \
  X(REAL, thrust, 0.1323, 0, 1e6, NULL, "N", "Thrust of a motor pair is thrust (1 + u): hovering at u = 0.")           \
  X(REAL, thrust_low, 0.05632337, 0, 1e6, NULL, "N", "Smallest thrust of a motor pair, disturbance included.")         \
  X(REAL, thrust_high, 0.29668289, 0, 1e6, NULL, "N", "Largest thrust of a motor pair, disturbance included.")         \
  X(REAL, disturbance, 0.01323, 0, 1e6, NULL, "N", "Added to the thrust of a motor pair at a = 1.")                    \
  X(REAL, substep, 1.0 / 240.0, 1e-6, 1, NULL, "s", "Length of a semi-implicit Euler step.")                           \
  X(INT, substeps, 4, 1, 1000, NULL, "", "Euler steps in a step.")                                                     \
  X(REAL, safe_low, 0.5, -1e3, 1e3, NULL, "m", "Safe while z is at least this.")                                       \
  X(REAL, safe_high, 1.5, -1e3, 1e3, NULL, "m", "Safe while z is at most this.")                                       \
  X(REAL, fail_z, 4, 1e-6, 1e3, NULL, "m", "The episode fails when z is further than this from the band's middle.")    \
  X(REAL, fail_angle, 1.4835298641951802, 1e-6, 1.57, NULL, "rad", "The episode fails when abs theta exceeds this.")   \
  X(REAL, truncate_x, 5, 1e-6, 1e3, NULL, "m", "The episode is cut off when abs x exceeds this; no failure.")          \
  X(REAL, circle, 1, 1e-6, 1e3, NULL, "m", "Radius of the reference, about x = 0 and the band's middle.")              \
  X(INT, lap, 360, 3, 1000000, NULL, "steps", "One lap of the reference.")                                             \
  X(REAL, fail_cost, 1000, 0, 1e9, NULL, "", "Subtracted from the reward on failing, so that tumbling never pays.")    \
  X(REAL, alive, 2, 0, 1e6, NULL, "", "Reward of a step without error; too small a number makes tumbling pay.")        \
  X(REAL, place_cost, 1, 0, 1e6, NULL, "", "Weight of the errors of x and z in the reward.")                           \
  X(REAL, speed_cost, 0.1, 0, 1e6, NULL, "", "Weight of the errors of their rates.")                                   \
  X(REAL, angle_cost, 0.02, 0, 1e6, NULL, "", "Weight of the errors of theta and its rate.")                           \
  X(REAL, thrust_cost, 1e-4, 0, 1e6, NULL, "1/N^2", "Weight of the squares of both thrusts.")                          \
  X(REAL, reset_x, 1.5, 0, 1e3, NULL, "m", "Training starts: uniform within plus and minus this.")                     \
  X(REAL, reset_xd, 1, 0, 1e3, NULL, "m/s", "The same of the rate of x.")                                              \
  X(REAL, reset_z, 0.45, 0, 1e3, NULL, "m", "The same of z, about the band's middle.")                                 \
  X(REAL, reset_zd, 1, 0, 1e3, NULL, "m/s", "The same of the rate of z.")                                              \
  X(REAL, reset_theta, 0.2, 0, 1.5, NULL, "rad", "The same of theta.")                                                 \
  X(REAL, reset_thd, 0.1, 0, 1e3, NULL, "rad/s", "The same of the rate of theta.")                                     \
  X(REAL, eval_x, 1, 0, 1e3, NULL, "m", "Evaluation starts at rest this far left or right of the middle.")             \
  X(REAL, eval_z, 0.47, 0, 1e3, NULL, "m", "Or this far below or above it.")                                           \
  X(INT, horizon, 360, 1, 1000000, NULL, "steps", "Length of an evaluation episode.")

typedef struct quadrotor_settings {
  QUADROTOR_ROWS(DURO_SETTINGS_FIELD)
} quadrotor_settings;

typedef struct quadrotor_shared {
  double middle;            // m, of the band
  double speed;             // rad per step along the circle
  double low[NX], high[NX]; // region of interest
  double fail_low[NX], fail_high[NX];
} quadrotor_shared;

#endif

/* What the car is made of: settings, and what follows from them. */
#ifndef DURO_ENV_RACING_CAR_H
#define DURO_ENV_RACING_CAR_H

#include "env/game.h"
#include "env/racing_track.h"

enum { NX = 6, N_AHEAD = 6, NO = NX - 1 + N_AHEAD, NU = 2, NA = 2 }; // states: s, ey, epsi, vx, vy, r

#define CAR_ROWS(X)                                                                                                    \
  X(REAL, mass, 0.041, 1e-6, 1e6, NULL, "kg", "Mass.")                                                                 \
  X(REAL, inertia, 27.8e-6, 1e-12, 1e6, NULL, "kg m^2", "Inertia about the vertical.")                                 \
  X(REAL, front, 0.029, 1e-6, 1e3, NULL, "m", "Front axle, ahead of the centre.")                                      \
  X(REAL, rear, 0.033, 1e-6, 1e3, NULL, "m", "Rear axle, behind the centre.")                                          \
  X(REAL, motor_1, 0.287, 0, 1e6, NULL, "N", "Drive is (motor_1 - motor_2 vx) duty - drag_0 - drag_2 vx^2.")           \
  X(REAL, motor_2, 0.0545, 1e-6, 1e6, NULL, "N s/m", "See motor_1.")                                                   \
  X(REAL, drag_0, 0.0518, 0, 1e6, NULL, "N", "See motor_1.")                                                           \
  X(REAL, drag_2, 0.00035, 0, 1e6, NULL, "N s^2/m^2", "See motor_1.")                                                  \
  X(REAL, front_b, 2.579, 0, 1e3, NULL, "", "Front tyre: force D sin(C atan(B slip)).")                                \
  X(REAL, front_c, 1.2, 0, 1e3, NULL, "", "See front_b.")                                                              \
  X(REAL, front_d, 0.192, 0, 1e6, NULL, "N", "See front_b.")                                                           \
  X(REAL, rear_b, 3.3852, 0, 1e3, NULL, "", "Rear tyre, in the same way.")                                             \
  X(REAL, rear_c, 1.2691, 0, 1e3, NULL, "", "See rear_b.")                                                             \
  X(REAL, rear_d, 0.1737, 0, 1e6, NULL, "N", "See rear_b.")                                                            \
  X(REAL, steering, 0.35, 0, 1.5, NULL, "rad", "Steering angle at u0 = 1.")                                            \
  X(REAL, duty_mean, 0.45, -1, 1, NULL, "", "Duty of the motor is duty_mean + duty_range u1.")                         \
  X(REAL, duty_range, 0.55, 0, 2, NULL, "", "See duty_mean.")                                                          \
  X(REAL, disturbance, 0.03, 0, 1e6, NULL, "N", "Lateral force at each axle at a = 1.")                                \
  X(REAL, substep, 0.005, 1e-6, 1, NULL, "s", "Length of a Runge-Kutta step of fourth order.")                         \
  X(INT, substeps, 4, 1, 1000, NULL, "", "Runge-Kutta steps in a step.")                                               \
  X(FILE, track, "", 0, 0, NULL, "", "Centre points and widths of another track, a CSV file; empty: the stadium.")     \
  X(REAL, track_scale, 1, 1e-6, 1e6, NULL, "", "Factor of points and widths of that file.")                            \
  X(REAL, straight, 1.5, 1e-3, 1e3, NULL, "m", "Stadium: length of each of the two straights.")                        \
  X(REAL, bend, 0.6, 1e-3, 1e3, NULL, "m", "Stadium: radius of the two half circles, to the left.")                    \
  X(REAL, safe_width, 0.14, 1e-6, 1e3, NULL, "m",                                                                      \
    "Safe while abs ey is at most this; on another track, as far from its edge as this is from fail_width.")           \
  X(REAL, fail_width, 0.185, 1e-6, 1e3, NULL, "m",                                                                     \
    "The episode fails when abs ey exceeds this; on another track, beyond its edge.")                                  \
  X(REAL, fail_speed, 0.15, 0, 1e3, NULL, "m/s", "The episode fails when vx is below this.")                           \
  X(REAL, steering_cost, 0.01, 0, 1e6, NULL, "", "Weight of u0^2 in the reward.")                                      \
  X(REAL, reset_ey, 0.07, 0, 1e3, NULL, "m",                                                                           \
    "Training starts: uniform within plus and minus this; on another track in proportion to its width.")               \
  X(REAL, reset_epsi, 0.1, 0, 1.5, NULL, "rad", "The same of epsi.")                                                   \
  X(REAL, reset_low, 0.8, 0, 1e3, NULL, "m/s", "Training starts: smallest vx.")                                        \
  X(REAL, reset_high, 1.5, 0, 1e3, NULL, "m/s", "Training starts: largest vx.")                                        \
  X(REAL, eval_ey, 0.05, 0, 1e3, NULL, "m", "Evaluation starts, in the same way.")                                     \
  X(REAL, eval_epsi, 0.1, 0, 1.5, NULL, "rad", "The same of epsi.")                                                    \
  X(REAL, eval_low, 0.8, 0, 1e3, NULL, "m/s", "Evaluation starts: smallest vx.")                                       \
  X(REAL, eval_high, 1.5, 0, 1e3, NULL, "m/s", "Evaluation starts: largest vx.")                                       \
  X(INT, horizon, 500, 1, 1000000, NULL, "steps", "Length of an evaluation episode.")

typedef struct car_settings {
  CAR_ROWS(DURO_SETTINGS_FIELD)
} car_settings;

typedef struct car_shared {
  double length;            // m, of a lap
  double low[NX], high[NX]; // region of interest
  racing_track *track;      // NULL: the stadium
} car_shared;

#endif

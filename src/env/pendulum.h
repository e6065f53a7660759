/* What the pendulum is made of: settings, and what follows from them. */
#ifndef DURO_ENV_PENDULUM_H
#define DURO_ENV_PENDULUM_H

#include "env/game.h"

enum { NX = 2, NO = 2, NU = 1, NA = 1 }; // states: theta, theta rate

#define PENDULUM_ROWS(X)                                                                                               \
  X(REAL, dt, 0.05, 1e-6, 1, NULL, "s", "Length of a step, one Runge-Kutta step of fourth order.")                     \
  X(REAL, mass, 1, 1e-6, 1e6, NULL, "kg", "Mass of the rod.")                                                          \
  X(REAL, length, 1, 1e-6, 1e6, NULL, "m", "Length of the rod.")                                                       \
  X(REAL, gravity, 10, 0, 1e3, NULL, "m/s^2", "Gravity.")                                                              \
  X(REAL, control, 2, 0, 1e6, NULL, "N m", "Torque at u = 1.")                                                         \
  X(REAL, disturbance, 0.5, 0, 1e6, NULL, "N m", "Torque at a = 1.")                                                   \
  X(REAL, safe_angle, 0.6, 1e-6, 1.5, NULL, "rad", "Safe while abs theta is at most this.")                            \
  X(REAL, fail_angle, 0.9, 1e-6, 3.1, NULL, "rad", "The episode fails when abs theta exceeds this.")                   \
  X(REAL, fail_rate, 4, 1e-6, 1e3, NULL, "rad/s", "The episode fails when the rate of theta exceeds this.")            \
  X(REAL, target, 0.35, -3.1, 3.1, NULL, "rad", "Where the pendulum should lean: it costs abs(theta - target).")       \
  X(REAL, alive, 1.5, 0, 1e6, NULL, "", "Reward of a step at the target; too small a number makes falling pay.")       \
  X(REAL, control_cost, 0.01, 0, 1e6, NULL, "", "Weight of u^2 in the reward.")                                        \
  X(REAL, reset_theta, 0.5, 0, 1.5, NULL, "rad", "Training starts: uniform within plus and minus this.")               \
  X(REAL, reset_rate, 2, 0, 1e3, NULL, "rad/s", "The same of the rate of theta.")                                      \
  X(REAL, eval_disturbance, 0.7, 0, 1e6, NULL, "N m",                                                                  \
    "Evaluation starts are safe against so large a torque, on an angle eval_margin smaller.")                          \
  X(REAL, eval_margin, 0.1, 0, 1.5, NULL, "rad", "See eval_disturbance.")                                              \
  X(INT, horizon, 200, 1, 1000000, NULL, "steps", "Length of an evaluation episode.")

typedef struct pendulum_settings {
  PENDULUM_ROWS(DURO_SETTINGS_FIELD)
} pendulum_settings;

typedef struct pendulum_shared {
  double fall, push; // rad/s^2: of gravity, lying flat; of 1 N m
  double low[NX], high[NX];
} pendulum_shared;

#endif

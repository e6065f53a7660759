/* What one double integrator and a product of several share: settings and starts. */
#ifndef DURO_ENV_DOUBLE_INTEGRATOR_H
#define DURO_ENV_DOUBLE_INTEGRATOR_H

#include "env/game.h"

#define DI_ROWS(X, FAIL_COST)                                                                                          \
  X(REAL, dt, 0.1, 1e-6, 10, NULL, "s", "Length of a step.")                                                           \
  X(TEXT, discretisation, "euler", 0, 0, "euler|hold|semi", "",                                                        \
    "Position moves by the old velocity (euler), exactly under a held force (hold), or by the new velocity (semi).")   \
  X(REAL, control, 1, 0, 1e6, NULL, "m/s^2", "Acceleration at u = 1.")                                                 \
  X(REAL, disturbance, 0.5, 0, 1e6, NULL, "m/s^2", "Acceleration at a = 1.")                                           \
  X(REAL, bound_x1, 5, 1e-6, 1e6, NULL, "m", "Safe while abs x1 is at most this.")                                     \
  X(REAL, bound_x2, 5, 1e-6, 1e6, NULL, "m/s", "Safe while abs x2 is at most this.")                                   \
  X(REAL, fail_bound, 6, 1e-6, 1e6, NULL, "", "The episode fails when abs x1 or abs x2 exceeds this.")                 \
  X(REAL, state_cost, 0.5, 0, 1e6, NULL, "", "Weight of x1^2 + x2^2 in the reward, after the step.")                   \
  X(REAL, control_cost, 1, 0, 1e6, NULL, "", "Weight of u^2 in the reward.")                                           \
  X(REAL, fail_cost, FAIL_COST, 0, 1e9, NULL, "",                                                                      \
    "Subtracted from the reward on failing; too small a number makes leaving early pay.")                              \
  X(REAL, h_scale, 5, 1e-6, 1e6, NULL, "", "Learning divides h by this.")                                              \
  X(REAL, eval_margin, 0.25, 0, 1e6, NULL, "", "Evaluation starts where the exact safety value is at least this.")     \
  X(INT, horizon, 160, 1, 1000000, NULL, "steps", "Length of an evaluation episode.")                                  \
  X(REAL, start_reach, 1, 1e-6, 1e6, NULL, "", "Training starts are uniform in this many times the safe box.")

typedef struct di_settings {
  DI_ROWS(DURO_SETTINGS_FIELD, 30)
} di_settings;

/* how position follows speed; see docs/environments/double-integrator.md */
typedef enum di_order { DI_EULER, DI_HOLD, DI_SEMI } di_order;

typedef struct di_shared {
  di_order order;
  double low[2], high[2];           // region of interest
  double fail_low[2], fail_high[2]; // where the episode ends
} di_shared;

/* Checks the settings against each other. */
duro_status di_check(const di_settings *s);
di_order di_order_of(const di_settings *s);
/* The plane of place and speed of the point whose place is state `first`: the safe box and the exact set. */
void di_draw(const duro_env *env, const di_settings *s, duro_drawing *d, const duro_moment *now, int first);
/* Of `count` points, two states each. */
void di_facts(const duro_env *env, const di_settings *s, duro_facts *f, int count);
void di_start(const di_settings *s, di_order order, double *x, duro_stream *stream, duro_start start);

#endif

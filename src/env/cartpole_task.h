/* The task that both cart-poles share: settings, starts, observation, reward, constraint, end. The dynamics differ. */
#ifndef DURO_ENV_CARTPOLE_TASK_H
#define DURO_ENV_CARTPOLE_TASK_H

#include "env/game.h"

enum { CARTPOLE_NX = 4 }; // x, theta, x rate, theta rate

// 1000 kg/m^3: cart a capsule of radius .1 and length .2, pole a capsule of radius .049 from (0, 0, 0) to (.001, 0, .6)
#define CARTPOLE_ROWS(X)                                                                                               \
  X(REAL, force, 300, 0, 1e6, NULL, "N", "Force on the cart at u = 1.")                                                \
  X(REAL, disturbance, 60, 0, 1e6, NULL, "N", "Force on the cart at a = 1.")                                           \
  X(REAL, substep, 0.02, 1e-6, 1, NULL, "s", "Length of a Runge-Kutta step.")                                          \
  X(INT, substeps, 2, 1, 1000, NULL, "", "Runge-Kutta steps in a step.")                                               \
  X(INT, horizon, 250, 1, 1000000, NULL, "steps", "Length of an evaluation episode.")                                  \
  X(REAL, target, 0.8, -1e3, 1e3, NULL, "m", "Where the cart should be: reward 1 - abs(x - target).")                  \
  X(REAL, control_cost, 0.001, 0, 1e6, NULL, "", "Weight of u^2 in the reward.")                                       \
  X(REAL, safe_angle, 0.2, 1e-6, 3.2, NULL, "rad", "Safe while abs theta is at most this.")                            \
  X(REAL, safe_position, 0.9, 1e-6, 1e3, NULL, "m", "Safe while abs x is at most this.")                               \
  X(REAL, fail_angle, 0.3, 1e-6, 3.2, NULL, "rad", "The episode fails when abs theta exceeds this.")                   \
  X(REAL, fail_position, 1, 1e-6, 1e3, NULL, "m", "The episode fails when abs x exceeds this.")                        \
  X(REAL, reset_x, 0.6, 0, 1e3, NULL, "m", "Training starts: uniform within plus and minus this.")                     \
  X(REAL, reset_theta, 0.12, 0, 3.2, NULL, "rad", "The same of theta.")                                                \
  X(REAL, reset_xd, 0.5, 0, 1e3, NULL, "m/s", "The same of the rate of x.")                                            \
  X(REAL, reset_thd, 0.5, 0, 1e3, NULL, "rad/s", "The same of the rate of theta.")                                     \
  X(REAL, eval_varied, 0.5, 0, 1, NULL, "", "Share of evaluation episodes with a varied start.")                       \
  X(REAL, eval_near, 0.01, 0, 1, NULL, "", "The other starts: all four uniform within plus and minus this.")           \
  X(REAL, eval_x, 0.5, 0, 1e3, NULL, "m", "Varied starts: uniform within plus and minus this.")                        \
  X(REAL, eval_theta, 0.06, 0, 3.2, NULL, "rad", "The same of theta.")                                                 \
  X(REAL, eval_xd, 0.2, 0, 1e3, NULL, "m/s", "The same of the rate of x.")                                             \
  X(REAL, eval_thd, 0.2, 0, 1e3, NULL, "rad/s", "The same of the rate of theta.")                                      \
  X(REAL, cart_mass, 10.471975511965978, 1e-6, 1e6, NULL, "kg", "Mass of the cart.")                                   \
  X(REAL, pole_mass, 5.01859164136331, 1e-6, 1e6, NULL, "kg", "Mass of the pole.")                                     \
  X(REAL, pole_inertia, 0.188749766873089, 1e-9, 1e6, NULL, "kg m^2", "Inertia of the pole about its centre.")         \
  X(REAL, pole_x, 0.0005, -10, 10, NULL, "m", "Centre of the upright pole, ahead of the hinge.")                       \
  X(REAL, pole_z, 0.3, -10, 10, NULL, "m", "Centre of the upright pole, above the hinge.")                             \
  X(REAL, cart_damping, 1, 0, 1e6, NULL, "N s/m", "Damping of the cart.")                                              \
  X(REAL, pole_damping, 1, 0, 1e6, NULL, "N m s/rad", "Damping of the hinge.")                                         \
  X(REAL, gravity, 9.81, 0, 1e3, NULL, "m/s^2", "Gravity.")

typedef struct cartpole_settings {
  CARTPOLE_ROWS(DURO_SETTINGS_FIELD)
} cartpole_settings;

#define CARTPOLE_COUNT(kind, field, initial, low, high, choices, unit, help) +1
enum { CARTPOLE_N_ROWS = 0 CARTPOLE_ROWS(CARTPOLE_COUNT) };
extern const duro_setting cartpole_rows[CARTPOLE_N_ROWS];

/* region of interest; first member of env->shared */
typedef struct cartpole_region {
  double low[CARTPOLE_NX], high[CARTPOLE_NX];
  double fail_low[CARTPOLE_NX], fail_high[CARTPOLE_NX];
} cartpole_region;

/* Checks the settings against each other; fills `region` and env->spec, which points into it. */
duro_status cartpole_describe(duro_env *env, cartpole_region *region);

void cartpole_reset(const duro_env *env, double *x, duro_stream *stream, duro_start start);
void cartpole_observe(const duro_env *env, float *obs, const double *x);
double cartpole_constraint(const duro_env *env, const double *x);
/* Rail, cart and pole from the side. */
void cartpole_draw(const duro_env *env, duro_drawing *d, const duro_moment *now);
/* What MuJoCo's picture of it lacks. */
void cartpole_mark(const duro_env *env, duro_drawing *d, const duro_moment *now);
/* Forces, limits and target in words. */
void cartpole_facts(const duro_env *env, duro_facts *f);
/* Reward, constraint and end of a step that led to x2; a state that is not finite makes all of it NaN. */
void cartpole_judge(const duro_env *env, double *x2, duro_step *out, const double *u);

#endif

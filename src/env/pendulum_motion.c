/* The motion of the pendulum, compiled for each width of vectors. */
#include "env/lanes_game.h"
#include "env/pendulum.h"

#define MOTION_NAME pendulum
#define HAS_RATES
#define OBSERVES_STATE

INLINE vec safety(const duro_env *env, const vec *x) {
  return ((const pendulum_settings *)env->settings)->safe_angle - v_abs(x[0]);
}

/* a rod about its end: mass length^2/3 thetadd = mass gravity length/2 sin theta + torque */
INLINE vec acceleration(const pendulum_shared *shared, vec theta, vec drive) {
  return shared->fall * v_sin(theta) + drive;
}

/* one classical Runge-Kutta step of fourth order */
INLINE void motion(const duro_env *env, vec *x2, const vec *x, const vec *u, const vec *a) {
  const pendulum_settings *s = env->settings;
  const pendulum_shared *shared = env->shared;
  const double dt = s->dt, half = 0.5 * dt;
  const vec drive = shared->push * (s->control * u[0] + s->disturbance * a[0]); // rad/s^2
  const vec v1 = x[1], a1 = acceleration(shared, x[0], drive);
  const vec v2 = x[1] + half * a1, a2 = acceleration(shared, x[0] + half * v1, drive);
  const vec v3 = x[1] + half * a2, a3 = acceleration(shared, x[0] + half * v2, drive);
  const vec v4 = x[1] + dt * a3, a4 = acceleration(shared, x[0] + dt * v3, drive);
  x2[0] = x[0] + dt / 6.0 * (v1 + 2.0 * (v2 + v3) + v4);
  x2[1] = x[1] + dt / 6.0 * (a1 + 2.0 * (a2 + a3) + a4);
}

INLINE void rates(const duro_env *env, vec *dx, const vec *x, const vec *u, const vec *a) {
  const pendulum_settings *s = env->settings;
  const pendulum_shared *shared = env->shared;
  dx[0] = x[1];
  dx[1] = acceleration(shared, x[0], shared->push * (s->control * u[0] + s->disturbance * a[0]));
}

INLINE void verdict(const duro_env *env, outcome *out, const vec *x2, const vec *u, const vec *a) {
  (void)a;
  const pendulum_settings *s = env->settings;
  out->r = s->alive - v_abs(x2[0] - s->target) - s->control_cost * u[0] * u[0];
  out->h = safety(env, x2);
  out->failed = mask_or(lanes_beyond(x2[0], s->fail_angle), lanes_beyond(x2[1], s->fail_rate));
}

#include "env/motion_loops.h"

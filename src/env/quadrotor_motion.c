/* The motion of the quadrotor, compiled for each width of vectors. */
#include "env/lanes_game.h"
#include "env/quadrotor.h"

#define MOTION_NAME quadrotor
#define HAS_RATES

INLINE vec safety(const duro_env *env, const vec *x) {
  const quadrotor_settings *s = env->settings;
  return lanes_min(x[2] - s->safe_low, s->safe_high - x[2]);
}

/* the reference (NV) of an index, counter-clockwise from the right */
INLINE void reference(const duro_env *env, vec *at, vec index) {
  const quadrotor_settings *s = env->settings;
  const quadrotor_shared *shared = env->shared;
  const double rate = s->circle * shared->speed / env->spec.dt; // m/s
  vec sine, cosine;
  v_sincos(index * shared->speed, &sine, &cosine);
  at[0] = s->circle * cosine;
  at[1] = -rate * sine;
  at[2] = shared->middle + s->circle * sine;
  at[3] = rate * cosine;
  at[4] = at[5] = v_of(0.0);
}

INLINE vec next_index(const quadrotor_settings *s, vec index) {
  return lanes_wrap(index + 1.0, (double)s->lap);
}

INLINE void observation(const duro_env *env, vec *obs, const vec *x) {
  for (int i = 0; i < NV; i++) obs[i] = x[i];
  reference(env, obs + NV, next_index(env->settings, x[6]));
}

INLINE void thrusts(const quadrotor_settings *s, vec *thrust, const vec *u, const vec *a) {
  for (int i = 0; i < 2; i++)
    thrust[i] = lanes_clip(s->thrust * (1.0 + u[i]) + s->disturbance * a[i], s->thrust_low, s->thrust_high);
}

/* semi-implicit Euler, velocities first:  m xdd = sin th T,  m zdd = cos th T - m g,  I thdd = lever (T2 - T1) */
INLINE void motion(const duro_env *env, vec *x2, const vec *x, const vec *u, const vec *a) {
  const quadrotor_settings *s = env->settings;
  vec thrust[2]; // N
  thrusts(s, thrust, u, a);
  const double dt = s->substep;
  const vec lift = (thrust[0] + thrust[1]) / s->mass, turn = s->lever * (thrust[1] - thrust[0]) / s->inertia;
  for (int i = 0; i < NV; i++) x2[i] = x[i];
  for (int64_t k = 0; k < s->substeps; k++) {
    vec sine, cosine;
    v_sincos(x2[4], &sine, &cosine);
    x2[1] += dt * (lift * sine);
    x2[3] += dt * (lift * cosine - s->gravity);
    x2[5] += dt * turn;
    x2[0] += dt * x2[1];
    x2[2] += dt * x2[3];
    x2[4] += dt * x2[5];
  }
  x2[6] = next_index(s, x[6]);
}

INLINE void rates(const duro_env *env, vec *dx, const vec *x, const vec *u, const vec *a) {
  const quadrotor_settings *s = env->settings;
  vec thrust[2], sine, cosine;
  thrusts(s, thrust, u, a);
  v_sincos(x[4], &sine, &cosine);
  const vec lift = (thrust[0] + thrust[1]) / s->mass;
  dx[0] = x[1];
  dx[1] = lift * sine;
  dx[2] = x[3];
  dx[3] = lift * cosine - s->gravity;
  dx[4] = x[5];
  dx[5] = s->lever * (thrust[1] - thrust[0]) / s->inertia;
  dx[6] = v_of(1.0 / env->spec.dt);
}

/* reward of the state x2 against the reference that was shown for it */
INLINE void verdict(const duro_env *env, outcome *out, const vec *x2, const vec *u, const vec *a) {
  const quadrotor_settings *s = env->settings;
  vec at[NV], thrust[2];
  reference(env, at, x2[6]);
  thrusts(s, thrust, u, a);
  const vec place = v_abs(x2[0] - at[0]) + v_abs(x2[2] - at[2]);
  const vec speed = v_abs(x2[1] - at[1]) + v_abs(x2[3] - at[3]);
  const vec angle = v_abs(x2[4] - at[4]) + v_abs(x2[5] - at[5]);
  out->r = s->alive - s->place_cost * place - s->speed_cost * speed - s->angle_cost * angle -
           s->thrust_cost * (thrust[0] * thrust[0] + thrust[1] * thrust[1]);
  out->h = safety(env, x2);
  const double middle = ((const quadrotor_shared *)env->shared)->middle;
  out->failed = mask_or(lanes_beyond(x2[2] - middle, s->fail_z), lanes_beyond(x2[4], s->fail_angle));
  out->cut = lanes_beyond(x2[0], s->truncate_x);
  out->r = v_select(out->failed, out->r - s->fail_cost, out->r);
}

#include "env/motion_loops.h"

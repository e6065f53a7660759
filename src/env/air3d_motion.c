/* The motion of two vehicles, compiled for each width of vectors. */
#include "env/air3d.h"
#include "env/lanes_game.h"

#define MOTION_NAME air3d
#define HAS_RATES

INLINE vec distance(const vec *x) {
  return v_sqrt(x[0] * x[0] + x[1] * x[1]);
}

INLINE vec safety(const duro_env *env, const vec *x) {
  return distance(x) - ((const air3d_settings *)env->settings)->radius;
}

INLINE void observation(const duro_env *env, vec *obs, const vec *x) {
  const air3d_settings *s = env->settings;
  obs[0] = x[0] / s->radius;
  obs[1] = x[1] / s->radius;
  v_sincos(x[2], &obs[3], &obs[2]);
}

/* sin(z)/z */
INLINE vec sinc(vec z, vec sine) {
  return v_select(v_equal(z, v_of(0.0)), v_of(1.0), sine / z);
}

/*
 * The flow of  x' = -va + vb cos psi + w y,  y' = vb sin psi - w x,  psi' = b - w  with turn rates w, b held for t:
 * both vehicles drive circles, along chords of length v t sinc(turn/2) at half the turn, and the evader's axes turn by
 * w t.
 */
INLINE void motion(const duro_env *env, vec *x2, const vec *x, const vec *u, const vec *a) {
  const air3d_settings *s = env->settings;
  const double t = s->dt;
  const vec w = s->control * u[0], b = s->disturbance * a[0];
  const vec half = 0.5 * w * t, bend = 0.5 * b * t;
  vec se, ce, sp, cp, sb, cb;
  v_sincos(half, &se, &ce);
  v_sincos(x[2] + bend, &sp, &cp);
  v_sincos(bend, &sb, &cb);
  const vec evader = s->evader_speed * t * sinc(half, se), pursuer = s->pursuer_speed * t * sinc(bend, sb);
  const vec dx = x[0] + pursuer * cp - evader * ce, dy = x[1] + pursuer * sp - evader * se;
  const vec cosine = ce * ce - se * se, sine = 2.0 * se * ce; // of w t
  x2[0] = cosine * dx + sine * dy;
  x2[1] = cosine * dy - sine * dx;
  x2[2] = lanes_wrap(x[2] + t * (b - w), TWO_PI);
}

INLINE void rates(const duro_env *env, vec *dx, const vec *x, const vec *u, const vec *a) {
  const air3d_settings *s = env->settings;
  const vec w = s->control * u[0];
  vec sine, cosine;
  v_sincos(x[2], &sine, &cosine);
  dx[0] = s->pursuer_speed * cosine - s->evader_speed + w * x[1];
  dx[1] = s->pursuer_speed * sine - w * x[0];
  dx[2] = s->disturbance * a[0] - w;
}

INLINE void verdict(const duro_env *env, outcome *out, const vec *x2, const vec *u, const vec *a) {
  (void)a;
  const air3d_settings *s = env->settings;
  out->r = 1.0 - s->turn_cost * u[0] * u[0];
  out->h = safety(env, x2);
  out->failed = v_less(distance(x2), v_of(s->fail_distance));
}

#include "env/motion_loops.h"

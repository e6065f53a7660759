/* What an environment in closed form computes over many states at once. <name>_motion.c is compiled once for each
 * width of vectors; all variants give the same bits, one state at a time included. */
#ifndef DURO_ENV_MOTIONS_H
#define DURO_ENV_MOTIONS_H

#include <math.h>

#include "duro/env.h"

/* n states (n x nx) and actions (n x nu), (n x na), which are first clipped to [-limit, limit] */
#define MOTION_ARGUMENTS                                                                                               \
  const duro_env *env, int n, double limit, double *x2, duro_step *out, const double *x, const double *u,              \
      const double *a

typedef struct env_motion {
  const char *name; // of the variant
  int lanes;
  void (*step)(MOTION_ARGUMENTS);                                           // x2 (n x nx), out (n)
  void (*observe)(const duro_env *env, int n, float *obs, const double *x); // obs (n x no)
  void (*constraint)(const duro_env *env, int n, double *h, const double *x);
  /* of one lane, where the file says how: duro_env_ops.rates */
  void (*rates)(const duro_env *env, double *dx, const double *x, const double *u, const double *a);
} env_motion;

/* All that were compiled: fastest first, then the one that is best for a single state, last the portable one. */
typedef struct env_motions {
  const env_motion *avx512, *avx2, *single, *portable;
} env_motions;

/* Those that run on this processor, in that order; NULL past the end. */
const env_motion *env_motion_at(const env_motions *motions, int index);
/* The fastest for n states. */
const env_motion *env_motion_for(const env_motions *motions, int n);

/* MOTIONS(name) declares the variants of name_motion.c and makes the functions of duro_env_ops from them, which
 * MOTION_OPS names. */
#ifdef DURO_HAVE_X86_KERNELS
#define MOTION_TABLE(name)                                                                                             \
  extern const env_motion name##_avx512, name##_avx2, name##_single, name##_portable;                                  \
  const env_motions name##_motions = {&name##_avx512, &name##_avx2, &name##_single, &name##_portable};
#else
#define MOTION_TABLE(name)                                                                                             \
  extern const env_motion name##_portable;                                                                             \
  const env_motions name##_motions = {.portable = &name##_portable};
#endif
#define MOTIONS(name)                                                                                                  \
  MOTION_TABLE(name)                                                                                                   \
  static void one_step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x,                 \
                       const double *u, const double *a) {                                                             \
    (void)worker;                                                                                                      \
    env_motion_for(&name##_motions, 1)->step(env, 1, INFINITY, x2, out, x, u, a);                                      \
  }                                                                                                                    \
  static void step_many(const duro_env *env, void *worker, int n, double limit, double *x2, duro_step *out,            \
                        const double *x, const double *u, const double *a) {                                           \
    (void)worker;                                                                                                      \
    env_motion_for(&name##_motions, n)->step(env, n, limit, x2, out, x, u, a);                                         \
  }                                                                                                                    \
  static void one_observation(const duro_env *env, float *obs, const double *x) {                                      \
    env_motion_for(&name##_motions, 1)->observe(env, 1, obs, x);                                                       \
  }                                                                                                                    \
  static void observe_many(const duro_env *env, int n, float *obs, const double *x) {                                  \
    env_motion_for(&name##_motions, n)->observe(env, n, obs, x);                                                       \
  }                                                                                                                    \
  static double one_constraint(const duro_env *env, const double *x) {                                                 \
    double h;                                                                                                          \
    env_motion_for(&name##_motions, 1)->constraint(env, 1, &h, x);                                                     \
    return h;                                                                                                          \
  }
#define MOTION_OPS                                                                                                     \
  .observe = one_observation, .constraint = one_constraint, .step = one_step, .step_many = step_many,                  \
  .observe_many = observe_many

/* The rates of change of those that say them: MOTION_RATES(name) after MOTIONS, and .rates = one_rate. */
#define MOTION_RATES(name)                                                                                             \
  static void one_rate(const duro_env *env, double *dx, const double *x, const double *u, const double *a) {           \
    env_motion_for(&name##_motions, 1)->rates(env, dx, x, u, a);                                                       \
  }

/* all environments that have motions */
#define MOTION_ENVIRONMENTS(X)                                                                                         \
  X(double_integrator)                                                                                                 \
  X(double_integrators)                                                                                                \
  X(pendulum)                                                                                                          \
  X(cartpole)                                                                                                          \
  X(air3d)                                                                                                             \
  X(quadrotor)                                                                                                         \
  X(racing_car)
#define MOTION_EXTERN(name) extern const env_motions name##_motions;
MOTION_ENVIRONMENTS(MOTION_EXTERN)
#undef MOTION_EXTERN

#endif

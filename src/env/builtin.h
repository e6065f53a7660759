/* The environments that come with the library; a new one is a line here and a row in env.c. */
#ifndef DURO_ENV_BUILTIN_H
#define DURO_ENV_BUILTIN_H

#include "duro/env.h"

extern const duro_env_ops duro_double_integrator;
extern const duro_env_ops duro_double_integrators;
extern const duro_env_ops duro_pendulum;
extern const duro_env_ops duro_cartpole;
extern const duro_env_ops duro_air3d;
extern const duro_env_ops duro_quadrotor;
extern const duro_env_ops duro_racing_car;
#ifdef DURO_HAVE_MUJOCO
extern const duro_env_ops duro_cartpole_mujoco;
extern const duro_env_ops duro_walker2d;
#endif

#endif

/* The environments that come with the library; a new one is a line here and a row in env.c. */
#ifndef DURO_ENV_BUILTIN_H
#define DURO_ENV_BUILTIN_H

#include "duro/env.h"

extern const duro_env_ops duro_double_integrator;
extern const duro_env_ops duro_cartpole;
#ifdef DURO_HAVE_MUJOCO
extern const duro_env_ops duro_cartpole_mujoco;
extern const duro_env_ops duro_walker2d;
#endif

#endif

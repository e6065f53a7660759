/* Which MuJoCo this build runs. */
#ifndef DURO_ENV_MUJOCO_H
#define DURO_ENV_MUJOCO_H

#include "duro/base.h"

/* Version of the MuJoCo library at run time, "2.2.2"; "" in a build without MuJoCo, and
 * before a library that is not linked was opened. */
const char *duro_env_mujoco_version(void);

/* What is known to be wrong with that version, to follow its name; NULL: nothing. */
const char *duro_env_mujoco_fault(void);

/* Opens MuJoCo's library, in a build that does not link it (DURO_MUJOCO_LATE); before any environment that needs it is
 * made. Of another release than the headers of the build it is opened, and refused when a model is loaded. */
duro_status duro_env_mujoco_open(const char *path);

#endif

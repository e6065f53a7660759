/* Which MuJoCo this build runs. */
#ifndef DURO_ENV_MUJOCO_H
#define DURO_ENV_MUJOCO_H

/* Version of the MuJoCo library at run time, "2.2.2"; "" in a build without MuJoCo. */
const char *duro_env_mujoco_version(void);

/* What is known to be wrong with that version, to follow its name; NULL: nothing. */
const char *duro_env_mujoco_fault(void);

#endif

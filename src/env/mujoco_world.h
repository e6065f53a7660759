/* Loading and stepping MuJoCo models. What MuJoCo calls a fatal error comes back as a status. */
#ifndef DURO_ENV_MUJOCO_WORLD_H
#define DURO_ENV_MUJOCO_WORLD_H

#include <mujoco/mujoco.h>

#include "duro/env.h"

/* Compiles the MJCF text `xml` (size bytes). `name` ends in .xml and stands in messages. */
duro_status mujoco_load(mjModel **model, const char *name, const unsigned char *xml, size_t size);
/* Recomputes what depends on masses, after they were patched. */
duro_status mujoco_refresh(mjModel *model);
duro_status mujoco_data(mjData **data, const mjModel *model);

/* Makes `data` a function of what is set next: no time, warm start, applied forces or warnings from before. */
void mujoco_clear(const mjModel *model, mjData *data);
/* The state (nq + nv): positions, then speeds. */
void mujoco_write(const mjModel *model, mjData *data, const double *x);
void mujoco_read(const mjModel *model, const mjData *data, double *x);
/* Steps `count` times. False where MuJoCo warned (a number that is bad or past mjMAXVAL, a full buffer) or gave up:
 * it may have reset the state, which then means nothing. */
bool mujoco_advance(const mjModel *model, mjData *data, int64_t count);

#endif

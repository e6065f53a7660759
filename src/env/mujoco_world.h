/* Loading and stepping MuJoCo models. What MuJoCo calls a fatal error comes back as a status. */
#ifndef DURO_ENV_MUJOCO_WORLD_H
#define DURO_ENV_MUJOCO_WORLD_H

#include <stdatomic.h>

#include <mujoco/mujoco.h>

#include "duro/env.h"

/* Compiles the MJCF text `xml` (size bytes). `name` ends in .xml and stands in messages. */
duro_status mujoco_load(mjModel **model, const char *name, const unsigned char *xml, size_t size);
/* The same of a file and what it names; nothing else is read. */
duro_status mujoco_load_source(mjModel **model, const duro_env_source *source);
duro_status mujoco_copy(mjModel **copy, const mjModel *model);
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
/* Why the last mujoco_advance of this thread gave up, in words; "" where it did not. */
const char *mujoco_reason(void);

/* The first reason that any thread has met, for the message of whoever finds the numbers that are not finite. */
typedef struct mujoco_trouble {
  atomic_int state; /* 0 none, 1 being written, 2 there */
  char text[640];
} mujoco_trouble;

/* Keeps the reason of this thread, if it is the first. */
void mujoco_note(mujoco_trouble *trouble);
/* NULL where there is none. */
const char *mujoco_noted(const mujoco_trouble *trouble);

#endif

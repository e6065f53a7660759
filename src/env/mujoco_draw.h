/* MuJoCo's own renderer, off screen: EGL without a display, so that neither a window nor a graphics card is needed. */
#ifndef DURO_ENV_MUJOCO_DRAW_H
#define DURO_ENV_MUJOCO_DRAW_H

#include "duro/env.h"

typedef struct mujoco_draw mujoco_draw;

/* For pictures of width x height pixels of an environment that runs in MuJoCo. DURO_ERROR_MISSING says what this build
 * or machine lacks. The calling thread draws all of them; one at a time. */
duro_status mujoco_draw_create(mujoco_draw **out, const duro_env *env, int width, int height);
/* rgb (height x width x 3), from the top, of a moment, with limits, target and forces as the environment marks them.
 * The camera follows what leaves its view. */
void mujoco_draw_picture(mujoco_draw *m, unsigned char *rgb, const duro_moment *now);
void mujoco_draw_destroy(mujoco_draw *m);

#endif

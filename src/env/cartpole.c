/* Cart-pole in closed form; models/cartpole.xml is the same system in MuJoCo. */
#include "base/math.h"
#include "base/memory.h"
#include "env/builtin.h"
#include "env/cartpole_task.h"
#include "env/motions.h"

static duro_status cp_create(duro_env *env) {
  cartpole_region *region = duro_allocate(sizeof *region);
  if (!region) return DURO_ERROR_MEMORY;
  const duro_status status = cartpole_describe(env, region);
  if (status) {
    duro_release(region);
    return status;
  }
  env->shared = region;
  return DURO_OK;
}

static void cp_destroy(duro_env *env) {
  duro_release(env->shared);
}

MOTIONS(cartpole)

const duro_env_ops duro_cartpole = {
    .name = "cartpole",
    .title = "carry a pole to a target near the wall without letting it lean; closed form",
    .settings = cartpole_rows,
    .n_settings = CARTPOLE_N_ROWS,
    .settings_size = sizeof(cartpole_settings),
    .create = cp_create,
    .destroy = cp_destroy,
    .reset = cartpole_reset,
    MOTION_OPS,
};

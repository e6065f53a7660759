/* What is known to be wrong with libraries in use. */
#include "faults.h"

#include <stdbool.h>
#include <stdio.h>

#include "env/mujoco.h"

void warn_of_mujoco(void) {
  static bool warned;
  if (!warned && duro_env_mujoco_fault())
    fprintf(stderr, "duro: warning: MuJoCo %s %s\n", duro_env_mujoco_version(), duro_env_mujoco_fault());
  warned = true;
}

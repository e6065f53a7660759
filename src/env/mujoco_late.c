/* MuJoCo's library, opened when it is said where it lies; a build that links it has nothing to do here. */
#include <dlfcn.h>
#include <string.h>

#include "base/error.h"
#include "env/mujoco.h"

#ifdef MUJOCO_LATE

static int no_version(void) {
  return 0;
}

static const char *no_name(void) {
  return "";
}

#define DEFINE(name) __typeof__(name) *late_##name;
MUJOCO_LATE(DEFINE)

#define ROW(name) {#name, &late_##name},
static const struct {
  const char *name;
  void *pointer; /* to the pointer to it */
} names[] = {MUJOCO_LATE(ROW)};

/* until there is a library, it has no version */
__attribute__((constructor)) static void begin(void) {
  late_mj_version = no_version;
  late_mj_versionString = no_name;
}

duro_status duro_env_mujoco_open(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (!library) return duro_fail(DURO_ERROR_MISSING, "MuJoCo's library cannot be opened: %s", dlerror());
  void *found[sizeof names / sizeof *names];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!(found[i] = dlsym(library, names[i].name)))
      return duro_fail(DURO_ERROR_MISSING, "%s is no MuJoCo of release %d: it lacks %s", path, mjVERSION_HEADER,
                       names[i].name);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) memcpy(names[i].pointer, &found[i], sizeof found[i]);
  return DURO_OK;
}

#else

duro_status duro_env_mujoco_open(const char *path) {
  (void)path;
  return DURO_OK;
}

#endif

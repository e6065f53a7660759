/* What this library is and what it can do here. */
#include "build.h"
#include "duro/duro.h"
#include "sources.h"

#if DURO_MUJOCO
#define MUJOCO "mujoco "
#else
#define MUJOCO ""
#endif

const char *duro_version(void) {
  return DURO_VERSION;
}

const char *duro_commit(void) {
  return DURO_COMMIT;
}

const char *duro_sources(void) {
  return DURO_SOURCES;
}

const char *duro_capabilities(void) {
#if defined(__x86_64__) || defined(__i386__)
  bool fma = __builtin_cpu_supports("fma");
  if (fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    return MUJOCO "avx512";
  if (fma && __builtin_cpu_supports("avx2")) return MUJOCO "avx2";
#endif
  return MUJOCO "portable";
}

/* Which variant of an environment's motion runs. */
#include "env/motions.h"

static bool has_avx2(void) {
#ifdef DURO_HAVE_X86_KERNELS
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

static bool has_avx512(void) {
#ifdef DURO_HAVE_X86_KERNELS
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

const env_motion *env_motion_at(const env_motions *motions, int index) {
  const env_motion *found[4];
  int n = 0;
  if (has_avx512()) found[n++] = motions->avx512;
  if (has_avx2()) found[n++] = motions->avx2;
  if (has_avx2()) found[n++] = motions->single;
  found[n++] = motions->portable;
  return index >= 0 && index < n ? found[index] : NULL;
}

const env_motion *env_motion_for(const env_motions *motions, int n) {
  if (!has_avx2()) return motions->portable;
  return n == 1 ? motions->single : has_avx512() ? motions->avx512 : motions->avx2;
}

/* Which variant of the grid's kernels runs. */
#include <string.h>

#include "base/error.h"
#include "game/sweep.h"

extern const sweep_kernels duro_sweep_portable_float, duro_sweep_portable_double;
#ifdef DURO_HAVE_X86_KERNELS
extern const sweep_kernels duro_sweep_avx2_float, duro_sweep_avx2_double;
extern const sweep_kernels duro_sweep_avx512_float, duro_sweep_avx512_double;
#endif

const sweep_kernels *sweep_kernels_at(int index, bool wide) {
  const sweep_kernels *found[3];
  int n = 0;
#ifdef DURO_HAVE_X86_KERNELS
  __builtin_cpu_init();
  const bool fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool wider =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (fma && wider) found[n++] = wide ? &duro_sweep_avx512_double : &duro_sweep_avx512_float;
  if (fma) found[n++] = wide ? &duro_sweep_avx2_double : &duro_sweep_avx2_float;
#endif
  found[n++] = wide ? &duro_sweep_portable_double : &duro_sweep_portable_float;
  return index >= 0 && index < n ? found[index] : NULL;
}

duro_status sweep_kernels_select(const sweep_kernels **kernels, const char *name, bool wide) {
  for (int i = 0; (*kernels = sweep_kernels_at(i, wide)); i++)
    if (!strcmp(name, "auto") || !strcmp((*kernels)->name, name)) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "kernels \"%s\" do not run on this processor; the fastest that do are \"%s\"",
                   name, sweep_kernels_at(0, wide)->name);
}

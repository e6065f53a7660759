/* Which variant of the kernels runs. */
#include "base/error.h"
#include "nn/kernels.h"

#include <math.h>
#include <string.h>

extern const duro_kernels duro_kernels_portable;
#ifdef DURO_HAVE_X86_KERNELS
extern const duro_kernels duro_kernels_avx2, duro_kernels_avx512;
#endif

const duro_kernels *duro_kernels_at(int index) {
  const duro_kernels *found[3];
  int n = 0;
#ifdef DURO_HAVE_X86_KERNELS
  __builtin_cpu_init();
  const bool fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool wide =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (fma && wide) found[n++] = &duro_kernels_avx512;
  if (fma) found[n++] = &duro_kernels_avx2;
#endif
  found[n++] = &duro_kernels_portable;
  return index >= 0 && index < n ? found[index] : NULL;
}

duro_status duro_kernels_select(const duro_kernels **kernels, const char *name) {
  if (strcmp(name, "auto") == 0) {
    *kernels = duro_kernels_at(0);
    return DURO_OK;
  }
  for (int i = 0; (*kernels = duro_kernels_at(i)) != NULL; ++i)
    if (strcmp((*kernels)->name, name) == 0) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "kernels \"%s\" do not run on this processor; the fastest that do are \"%s\"",
                   name, duro_kernels_at(0)->name);
}

adam_step adam_coefficients(double rate, double beta1, double beta2, double power1, double power2, double epsilon,
                            double tau) {
  return (adam_step){.beta1 = (float)beta1,
                     .beta2 = (float)beta2,
                     .epsilon = (float)epsilon,
                     .fresh1 = (float)(1.0 - beta1),
                     .fresh2 = (float)(1.0 - beta2),
                     .rate = (float)(rate / (1.0 - power1)),
                     .correction = (float)(1.0 / sqrt(1.0 - power2)),
                     .tau = (float)tau};
}

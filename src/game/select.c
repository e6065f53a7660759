/* Which variants of the grid's kernels run. */
#include <string.h>

#include "base/error.h"
#include "game/certificate_lanes.h"
#include "game/sweep.h"
#include "game/upwind.h"

extern const sweep_kernels duro_sweep_portable_float, duro_sweep_portable_double, duro_sweep_portable_narrow;
extern const upwind_kernels duro_upwind_portable;
extern const cert_lanes duro_cert_lanes_portable;
#ifdef DURO_HAVE_X86_KERNELS
extern const sweep_kernels duro_sweep_avx2_float, duro_sweep_avx2_double, duro_sweep_avx2_narrow;
extern const sweep_kernels duro_sweep_avx512_float, duro_sweep_avx512_double, duro_sweep_avx512_narrow;
extern const upwind_kernels duro_upwind_avx2, duro_upwind_avx512;
extern const cert_lanes duro_cert_lanes_avx2, duro_cert_lanes_avx512;
#endif

#ifdef DURO_HAVE_X86_KERNELS
static bool has_avx2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
}
#endif

/* those of one variant, by sweep_width */
#define OF_WIDTHS(variant)                                                                                             \
  { &duro_sweep_##variant##_float, &duro_sweep_##variant##_double, &duro_sweep_##variant##_narrow }

const sweep_kernels *sweep_kernels_at(int index, sweep_width width) {
  static const sweep_kernels *const portable[] = OF_WIDTHS(portable);
  const sweep_kernels *found[3];
  int n = 0;
#ifdef DURO_HAVE_X86_KERNELS
  static const sweep_kernels *const avx2[] = OF_WIDTHS(avx2), *const avx512[] = OF_WIDTHS(avx512);
  if (has_avx512()) found[n++] = avx512[width];
  if (has_avx2()) found[n++] = avx2[width];
#endif
  found[n++] = portable[width];
  return index >= 0 && index < n ? found[index] : NULL;
}

const upwind_kernels *upwind_kernels_at(int index) {
  const upwind_kernels *found[3];
  int n = 0;
#ifdef DURO_HAVE_X86_KERNELS
  if (has_avx512()) found[n++] = &duro_upwind_avx512;
  if (has_avx2()) found[n++] = &duro_upwind_avx2;
#endif
  found[n++] = &duro_upwind_portable;
  return index >= 0 && index < n ? found[index] : NULL;
}

const cert_lanes *cert_lanes_at(int index) {
  const cert_lanes *found[3];
  int n = 0;
#ifdef DURO_HAVE_X86_KERNELS
  if (has_avx512()) found[n++] = &duro_cert_lanes_avx512;
  if (has_avx2()) found[n++] = &duro_cert_lanes_avx2;
#endif
  found[n++] = &duro_cert_lanes_portable;
  return index >= 0 && index < n ? found[index] : NULL;
}

static duro_status refuse(const char *name, const char *fastest) {
  return duro_fail(DURO_ERROR_ARGUMENT, "kernels \"%s\" do not run on this processor; the fastest that do are \"%s\"",
                   name, fastest);
}

duro_status upwind_kernels_select(const upwind_kernels **kernels, const char *name) {
  for (int i = 0; (*kernels = upwind_kernels_at(i)); i++)
    if (!strcmp(name, "auto") || !strcmp((*kernels)->name, name)) return DURO_OK;
  return refuse(name, upwind_kernels_at(0)->name);
}

duro_status sweep_kernels_select(const sweep_kernels **kernels, const char *name, sweep_width width) {
  for (int i = 0; (*kernels = sweep_kernels_at(i, width)); i++)
    if (!strcmp(name, "auto") || !strcmp((*kernels)->name, name)) return DURO_OK;
  return refuse(name, sweep_kernels_at(0, width)->name);
}

#include "base/processors.h"

#include <math.h>
#include <sched.h>
#include <unistd.h>

#include "base/cgroup.h"
#include "duro/base.h"

/* cpu.max of version 2 is "quota period", or "max period"; version 1 has a file for each, and -1 for no quota */
static double quota_of(const char *root, const char *folder, bool unified) {
  double quota, period, none;
  if (unified) {
    cgroup_read(&quota, &period, root, folder, "cpu.max");
  } else {
    cgroup_read(&quota, &none, root, folder, "cpu.cfs_quota_us");
    cgroup_read(&period, &none, root, folder, "cpu.cfs_period_us");
  }
  return quota > 0.0 && period > 0.0 ? quota / period : INFINITY;
}

double processors_quota(const char *root) {
  return cgroup_least(root, "cpu", quota_of);
}

/* of the affinity mask, whose size is only known by trying */
static int processors_of_mask(void) {
  for (int most = 1024; most <= 1 << 20; most *= 2) {
    cpu_set_t *set = CPU_ALLOC((size_t)most);
    if (!set) break;
    const int failed = sched_getaffinity(0, CPU_ALLOC_SIZE((size_t)most), set);
    const int count = failed ? 0 : CPU_COUNT_S(CPU_ALLOC_SIZE((size_t)most), set);
    CPU_FREE(set);
    if (count > 0) return count;
  }
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int)online : 1;
}

int processors_allowed(void) {
  const double quota = processors_quota("");
  const int count = processors_of_mask();
  return quota < (double)count ? (quota < 1.0 ? 1 : (int)quota) : count;
}

int duro_threads(int64_t asked) {
  if (asked > 0) return (int)asked;
  const int allowed = processors_allowed();
  return allowed < DURO_MAX_THREADS ? allowed : DURO_MAX_THREADS;
}

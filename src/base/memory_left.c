#include "base/memory_left.h"

#include "base/cgroup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PATH = 4096 };

/* the number in a line "name 123" or "name: 123 kB"; 0 where there is none */
static double number_of(const char *path, const char *name) {
  char line[256];
  double found = 0.0;
  FILE *f = fopen(path, "re");
  const size_t length = strlen(name);
  while (f && fgets(line, sizeof line, f)) {
    long long value;
    if (strncmp(line, name, length) == 0 && sscanf(line + length, " %lld", &value) == 1) found = (double)value;
  }
  if (f) (void)fclose(f);
  return found;
}

/* What is used holds copies of files, which make room. No limit is "max" in version 2, and a number near 2^63 in
 * version 1. */
static double room_of(const char *root, const char *folder, bool unified) {
  double limit, used, none;
  char path[2 * PATH];
  cgroup_read(&limit, &none, root, folder, unified ? "memory.max" : "memory.limit_in_bytes");
  cgroup_read(&used, &none, root, folder, unified ? "memory.current" : "memory.usage_in_bytes");
  if (limit <= 0.0 || limit > 1e18) return INFINITY;
  if (snprintf(path, sizeof path, "%s/sys/fs/cgroup%s/memory.stat", root, folder) >= (int)sizeof path) return INFINITY;
  const double files = number_of(path, unified ? "inactive_file" : "total_inactive_file");
  return fmax(limit - fmax(used - files, 0.0), 0.0);
}

double duro_memory_left_below(const char *root) {
  char path[PATH];
  if (snprintf(path, sizeof path, "%s/proc/meminfo", root) >= (int)sizeof path) return INFINITY;
  const double available = number_of(path, "MemAvailable:") * 1024.0;
  return fmin(available > 0.0 ? available : INFINITY, cgroup_least(root, "memory", room_of));
}

/* the size of its addresses is the first number of statm, in pages */
static double addresses_left(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY) return INFINITY;
  const double used = number_of("/proc/self/statm", "") * (double)sysconf(_SC_PAGESIZE);
  return fmax((double)limit.rlim_cur - used, 0.0);
}

double duro_memory_left(void) {
  return fmin(duro_memory_left_below(""), addresses_left());
}

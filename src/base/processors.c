#include "base/processors.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "duro/base.h"

enum { PATH = 4096 };

/* two numbers of a file; of one that is shorter, 0 */
static void read_two(double *a, double *b, const char *root, const char *folder, const char *name) {
  *a = *b = 0.0;
  char path[2 * PATH];
  if (snprintf(path, sizeof path, "%s/sys/fs/cgroup%s/%s", root, folder, name) >= (int)sizeof path) return;
  FILE *f = fopen(path, "re");
  if (!f) return;
  long long first = 0, second = 0;
  if (fscanf(f, "%lld %lld", &first, &second) >= 1) *a = (double)first, *b = (double)second;
  (void)fclose(f);
}

/* cpu.max of version 2 is "quota period", or "max period"; version 1 has a file for each, and -1 for no quota */
static double quota_of(const char *root, const char *folder, bool unified) {
  double quota, period, none;
  if (unified) {
    read_two(&quota, &period, root, folder, "cpu.max");
  } else {
    read_two(&quota, &none, root, folder, "cpu.cfs_quota_us");
    read_two(&period, &none, root, folder, "cpu.cfs_period_us");
  }
  return quota > 0.0 && period > 0.0 ? quota / period : INFINITY;
}

/* the least of a group and those above it; `folder` is cut back to `mount` characters */
static double quota_above(const char *root, char *folder, size_t mount, bool unified) {
  double least = INFINITY;
  for (;;) {
    least = fmin(least, quota_of(root, folder, unified));
    char *slash = strrchr(folder, '/');
    if (!slash || strlen(folder) <= mount) return least;
    *slash = '\0';
    if (strlen(folder) < mount) return least;
  }
}

/* a line "id:controllers:/path"; without controllers it is version 2 */
static double quota_of_line(const char *root, char *line) {
  line[strcspn(line, "\n")] = '\0';
  char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
  if (!path) return INFINITY;
  *controllers++ = '\0', *path++ = '\0';
  const bool unified = *controllers == '\0';
  const char *cpu = strstr(controllers, "cpu");
  while (cpu && ((cpu != controllers && cpu[-1] != ',') || (cpu[3] != ',' && cpu[3]))) cpu = strstr(cpu + 1, "cpu");
  if (!unified && !cpu) return INFINITY;
  char folder[PATH];
  const int mount = snprintf(folder, sizeof folder, "%s%s", unified ? "" : "/", controllers);
  (void)snprintf(folder + mount, sizeof folder - (size_t)mount, "%s", strcmp(path, "/") ? path : "");
  return quota_above(root, folder, (size_t)mount, unified);
}

double processors_quota(const char *root) {
  char line[PATH];
  if (snprintf(line, sizeof line, "%s/proc/self/cgroup", root) >= (int)sizeof line) return INFINITY;
  FILE *f = fopen(line, "re");
  if (!f) return INFINITY;
  double least = INFINITY;
  while (fgets(line, sizeof line, f)) least = fmin(least, quota_of_line(root, line));
  (void)fclose(f);
  return least;
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

#include "base/cgroup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PATH = 4096 };

void cgroup_read(double *a, double *b, const char *root, const char *folder, const char *name) {
  *a = *b = 0.0;
  char path[2 * PATH];
  if (snprintf(path, sizeof path, "%s/sys/fs/cgroup%s/%s", root, folder, name) >= (int)sizeof path) return;
  FILE *f = fopen(path, "re");
  if (!f) return;
  long long first = 0, second = 0;
  if (fscanf(f, "%lld %lld", &first, &second) >= 1) *a = (double)first, *b = (double)second;
  (void)fclose(f);
}

/* the least of a group and those above it; `folder` is cut back to `mount` characters */
static double least_above(const char *root, char *folder, size_t mount, bool unified, cgroup_limit *of) {
  double least = INFINITY;
  for (;;) {
    least = fmin(least, of(root, folder, unified));
    char *slash = strrchr(folder, '/');
    if (!slash || strlen(folder) <= mount) return least;
    *slash = '\0';
    if (strlen(folder) < mount) return least;
  }
}

/* is it in the list, which commas divide? */
static bool lists(const char *controllers, const char *controller) {
  const size_t length = strlen(controller);
  for (const char *at = controllers; (at = strstr(at, controller)); at++)
    if ((at == controllers || at[-1] == ',') && (at[length] == ',' || !at[length])) return true;
  return false;
}

/* a line "id:controllers:/path"; without controllers it is version 2 */
static double least_of_line(const char *root, char *line, const char *controller, cgroup_limit *of) {
  line[strcspn(line, "\n")] = '\0';
  char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
  if (!path) return INFINITY;
  *controllers++ = '\0', *path++ = '\0';
  const bool unified = *controllers == '\0';
  if (!unified && !lists(controllers, controller)) return INFINITY;
  char folder[PATH];
  const int mount = snprintf(folder, sizeof folder, "%s%s", unified ? "" : "/", controllers);
  (void)snprintf(folder + mount, sizeof folder - (size_t)mount, "%s", strcmp(path, "/") ? path : "");
  return least_above(root, folder, (size_t)mount, unified, of);
}

double cgroup_least(const char *root, const char *controller, cgroup_limit *of) {
  char line[PATH];
  if (snprintf(line, sizeof line, "%s/proc/self/cgroup", root) >= (int)sizeof line) return INFINITY;
  FILE *f = fopen(line, "re");
  if (!f) return INFINITY;
  double least = INFINITY;
  while (fgets(line, sizeof line, f)) least = fmin(least, least_of_line(root, line, controller, of));
  (void)fclose(f);
  return least;
}

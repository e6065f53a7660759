/* What control groups allow this process. */
#ifndef DURO_BASE_CGROUP_H
#define DURO_BASE_CGROUP_H

#include <stdbool.h>

/* What one group allows, INFINITY where it sets no limit; `unified` is version 2. `root` comes before /proc and /sys,
 * "" for those of the system. */
typedef double cgroup_limit(const char *root, const char *folder, bool unified);

/* The least that the process's groups of this controller, and those above them, allow. */
double cgroup_least(const char *root, const char *controller, cgroup_limit *of);
/* Two numbers of a file of a group; of one that is shorter or missing, 0. */
void cgroup_read(double *a, double *b, const char *root, const char *folder, const char *name);

#endif

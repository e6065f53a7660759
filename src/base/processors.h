/* How many processors this program may use. */
#ifndef DURO_BASE_PROCESSORS_H
#define DURO_BASE_PROCESSORS_H

/* The processors of the affinity mask, or fewer where a control group has a smaller share of time; at least 1. */
int processors_allowed(void);
/* The share of time alone, in processors, of the groups that <root>/proc/self/cgroup names under <root>/sys/fs/cgroup;
 * infinite where there is no limit. root is "" but in tests. */
double processors_quota(const char *root);

#endif

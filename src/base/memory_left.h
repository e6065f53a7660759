/* How much memory this process may still take. */
#ifndef DURO_BASE_MEMORY_LEFT_H
#define DURO_BASE_MEMORY_LEFT_H

/* Bytes: the least of what the system has available (MemAvailable), of what the control groups leave, and of what
 * RLIMIT_AS leaves; INFINITY where none of them says. It is what is so now: other programs take theirs, too. */
double duro_memory_left(void);
/* Without RLIMIT_AS; `root` comes before /proc and /sys. */
double duro_memory_left_below(const char *root);

#endif

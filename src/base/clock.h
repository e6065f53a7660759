/* The one clock: seconds that only grow, from a moment that means nothing. */
#ifndef DURO_BASE_CLOCK_H
#define DURO_BASE_CLOCK_H

#include <time.h>

static inline double duro_clock_seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* For how long something took. */
static inline double duro_clock(void) {
  return duro_clock_seconds(CLOCK_MONOTONIC);
}

/* Processor time of this thread. */
static inline double duro_clock_thread(void) {
  return duro_clock_seconds(CLOCK_THREAD_CPUTIME_ID);
}

/* Since 1970, for dates. */
static inline double duro_clock_date(void) {
  return duro_clock_seconds(CLOCK_REALTIME);
}

#endif

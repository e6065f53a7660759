/*
 * How many threads of a pool a repeated piece of work is given, by measuring. Whether a team pays depends on the size
 * of the work and on who else uses the machine: one that meets every few microseconds is slower than a single thread as
 * soon as one of them waits for a processor. No result depends on the number of threads, so it may change at any time.
 */
#ifndef DURO_BASE_PACE_H
#define DURO_BASE_PACE_H

#include "base/pool.h"

/* Of one kind of work. All zero but `most` and `best`: the most threads, and those that it begins with. */
typedef struct duro_pace {
  int most, best; /* best: what did best so far */
  int trial;      /* threads under test, or 0 */
  bool down;      /* the next trial is of fewer */
  double rate;    /* amount per second with `best`, of the last windows; 0: not known */
  double cost;    /* seconds of processor per amount */
  /* the present window */
  int runs;
  double amount, began, began_cpu;
  double next, pause; /* time of the next trial; seconds between two */
} duro_pace;

/* `asked` as in duro_threads(): that many to begin with; 0 begins with one and tries more. */
duro_pace duro_pace_of(int64_t asked, const duro_pool *pool);
/* Threads for the next run. */
int duro_pace_begin(duro_pace *pace, const duro_pool *pool);
/* After it: how much was done, in any unit that stays the same. */
void duro_pace_end(duro_pace *pace, const duro_pool *pool, double amount);
/* The rule for one window of measurement, of `wall` seconds and `cpu` seconds of processor, that ended at `now`. */
void duro_pace_judge(duro_pace *pace, double amount, double wall, double cpu, double now);

#endif

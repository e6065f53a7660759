/* A fixed team of threads that runs one function side by side (single program, multiple data). */
#ifndef DURO_BASE_POOL_H
#define DURO_BASE_POOL_H

#include "duro/base.h"

enum {
  POOL_MOST = 256,         // threads of a team
  POOL_STACK = 2 << 20,    // bytes of a member's stack
  POOL_GUARD = 128 * 1024, // bytes after it that no one may touch: more than the largest frame
};

typedef struct duro_pool duro_pool;

/* Called once by each thread of the team. */
typedef void (*duro_pool_work)(void *context, int thread, int threads);

/* threads: 1 to POOL_MOST */
duro_status duro_pool_create(duro_pool **pool, int threads);
void duro_pool_destroy(duro_pool *pool);
int duro_pool_threads(const duro_pool *pool);
/* Runs work(context, t, threads) for t = 0..threads-1, t = 0 on the caller, and returns when all have ended. */
void duro_pool_run(duro_pool *pool, duro_pool_work work, void *context);
/* The same on the first `threads` of the team alone; the others sleep on. */
void duro_pool_run_some(duro_pool *pool, int threads, duro_pool_work work, void *context);
/* Waits until every thread of the run is here; only inside work. What any wrote before, all see after. */
void duro_pool_barrier(duro_pool *pool);
/* Seconds of processor time that the members and the calling thread have used. */
double duro_pool_cpu(const duro_pool *pool);

/* Range of `items` that thread t of n takes, in whole blocks of `grain`: [*first, *first + *count). */
void duro_pool_share(int *first, int *count, int items, int grain, int thread, int threads);

#endif

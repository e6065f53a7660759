#include "base/pool.h"

#include "base/error.h"
#include "base/memory.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#define RELAX() __builtin_ia32_pause()
#else
#define RELAX() ((void)0)
#endif

enum { SPIN = 20000 }; // turns, some hundred microseconds: longer than the parts of an update are uneven

typedef struct member {
  duro_pool *pool;
  int index;
  pthread_t thread;
} member;

struct duro_pool {
  int threads;
  int spin; // turns before a waiting member sleeps; 0 when there are more threads than processors
  duro_pool_work work;
  void *context;
  atomic_uint generation; // one more for each run
  atomic_bool stop;
  atomic_int sleepers;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  atomic_int waiting; // members in the present barrier
  atomic_uint phase;  // barriers passed
  member *members;    // (threads)
};

// Waits until *word is no longer `seen`: spins a while, then sleeps. Returns what it became.
static unsigned wait_change(duro_pool *pool, atomic_uint *word, unsigned seen, int spin) {
  for (int turn = 0; turn < spin; ++turn) {
    const unsigned now = atomic_load_explicit(word, memory_order_acquire);
    if (now != seen) return now;
    RELAX();
  }
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add(&pool->sleepers, 1);
  unsigned now;
  while ((now = atomic_load(word)) == seen) pthread_cond_wait(&pool->wake, &pool->mutex);
  atomic_fetch_sub(&pool->sleepers, 1);
  pthread_mutex_unlock(&pool->mutex);
  return now;
}

// Changes *word and wakes whoever sleeps on it. All sequentially consistent: either the sleeper sees the new value, or
// this sees the sleeper.
static void change(duro_pool *pool, atomic_uint *word) {
  atomic_fetch_add(word, 1);
  if (atomic_load(&pool->sleepers) == 0) return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->mutex);
}

void duro_pool_barrier(duro_pool *pool) {
  if (pool->threads == 1) return;
  const unsigned phase = atomic_load_explicit(&pool->phase, memory_order_relaxed);
  if (atomic_fetch_add_explicit(&pool->waiting, 1, memory_order_acq_rel) < pool->threads - 1) {
    wait_change(pool, &pool->phase, phase, pool->spin);
    return;
  }
  atomic_store_explicit(&pool->waiting, 0, memory_order_relaxed);
  change(pool, &pool->phase);
}

static void *member_main(void *argument) {
  member *self = argument;
  duro_pool *pool = self->pool;
  unsigned seen = 0;
  for (;;) {
    seen = wait_change(pool, &pool->generation, seen, pool->spin);
    if (atomic_load(&pool->stop)) return NULL;
    pool->work(pool->context, self->index, pool->threads);
    duro_pool_barrier(pool);
  }
}

void duro_pool_run(duro_pool *pool, duro_pool_work work, void *context) {
  if (pool->threads == 1) {
    work(context, 0, 1);
    return;
  }
  pool->work = work;
  pool->context = context;
  change(pool, &pool->generation);
  work(context, 0, pool->threads);
  duro_pool_barrier(pool);
}

// stops and joins members 1..started
static void stop_members(duro_pool *pool, int started) {
  atomic_store(&pool->stop, true);
  change(pool, &pool->generation);
  for (int i = 1; i <= started; ++i) pthread_join(pool->members[i].thread, NULL);
}

// Starts members 1.. and returns how many came up. Signals are for the caller's threads: members block them all.
static int start_members(duro_pool *pool) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int started = 0;
  for (int i = 1; i < pool->threads; ++i, ++started) {
    pool->members[i] = (member){.pool = pool, .index = i};
    if (pthread_create(&pool->members[i].thread, NULL, member_main, &pool->members[i]) != 0) break;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return started;
}

duro_status duro_pool_create(duro_pool **out, int threads) {
  *out = NULL;
  duro_pool *pool = duro_allocate(sizeof *pool);
  member *members = duro_allocate((size_t)threads * sizeof *members);
  if (!pool || !members) {
    duro_release(pool);
    duro_release(members);
    return DURO_ERROR_MEMORY;
  }
  pool->threads = threads;
  pool->members = members;
  pool->spin = sysconf(_SC_NPROCESSORS_ONLN) >= threads ? SPIN : 0;
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->wake, NULL);
  const int started = start_members(pool);
  if (started < threads - 1) {
    stop_members(pool, started);
    pool->threads = 1;
    duro_pool_destroy(pool);
    return duro_fail(DURO_ERROR_MEMORY, "thread %d of %d could not be started", started + 1, threads);
  }
  *out = pool;
  return DURO_OK;
}

void duro_pool_destroy(duro_pool *pool) {
  if (!pool) return;
  if (pool->threads > 1) stop_members(pool, pool->threads - 1);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->mutex);
  duro_release(pool->members);
  duro_release(pool);
}

int duro_pool_threads(const duro_pool *pool) {
  return pool->threads;
}

void duro_pool_share(int *first, int *count, int items, int grain, int thread, int threads) {
  const int blocks = (items + grain - 1) / grain;
  const int start = (int)((int64_t)blocks * thread / threads) * grain;
  const int stop = (int)((int64_t)blocks * (thread + 1) / threads) * grain;
  *first = start < items ? start : items;
  *count = (stop < items ? stop : items) - *first;
}

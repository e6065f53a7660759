#include "base/pool.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/processors.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#define RELAX() __builtin_ia32_pause()
#else
#define RELAX() ((void)0)
#endif

/* A waiting thread spins for about as long as a sleep and the wake-up after it cost. Where that was in vain, the next
 * waits spin half as long, down to a 32nd, and those that come in time twice as long; one wait in RETRY spins in full,
 * to notice that the others are quick again. */
enum { SPIN_NS = 20000, SPIN_TURNS = 16, SPIN_HALVINGS = 5, RETRY = 16 };

/* A number that only grows, and those who sleep until it does. Alone on its line of the cache. */
typedef struct gate {
  _Alignas(64) atomic_uint value;
  atomic_int sleepers;
  atomic_int halvings; // how many times the spin is halved
} gate;

typedef struct member {
  gate start; // one more for each run that it takes part in
  duro_pool *pool;
  int index;
  pthread_t thread;
} member;

struct duro_pool {
  gate phase;                       // barriers passed
  _Alignas(64) atomic_int waiting;  // members in the present barrier
  _Alignas(64) int threads, active; // of the team, of this run
  int processors;                   // that this program may use
  duro_pool_work work;
  void *context;
  atomic_bool stop;
  member *members; // (threads)
};

static long futex(atomic_uint *word, int operation, unsigned value) {
  return syscall(SYS_futex, (unsigned *)word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* spins until the gate has passed `seen`; false after the time that it has */
static bool spin(gate *g, unsigned seen) {
  const int halvings = atomic_load_explicit(&g->halvings, memory_order_relaxed);
  const int64_t limit = SPIN_NS >> (seen % RETRY ? halvings : 0);
  const int64_t end = now_ns() + limit;
  do
    for (int turn = 0; turn < SPIN_TURNS; ++turn) {
      if (atomic_load_explicit(&g->value, memory_order_acquire) != seen) {
        if (halvings > 0) atomic_store_explicit(&g->halvings, halvings - 1, memory_order_relaxed);
        return true;
      }
      RELAX();
    }
  while (now_ns() < end);
  if (halvings < SPIN_HALVINGS) atomic_store_explicit(&g->halvings, halvings + 1, memory_order_relaxed);
  return false;
}

/* Waits until the gate is no longer at `seen`. Returns where it is. */
static unsigned gate_wait(gate *g, unsigned seen, bool spins) {
  if (!spins || !spin(g, seen)) {
    atomic_fetch_add(&g->sleepers, 1);
    while (atomic_load(&g->value) == seen) futex(&g->value, FUTEX_WAIT, seen);
    atomic_fetch_sub(&g->sleepers, 1);
  }
  return atomic_load_explicit(&g->value, memory_order_acquire);
}

/* Opens the gate and wakes whoever sleeps at it. All sequentially consistent: either the sleeper sees the new value, or
 * this sees the sleeper. */
static void gate_open(gate *g) {
  atomic_fetch_add(&g->value, 1);
  if (atomic_load(&g->sleepers)) futex(&g->value, FUTEX_WAKE, INT_MAX);
}

void duro_pool_barrier(duro_pool *pool) {
  const int active = pool->active; // once all are here, the caller may change it
  if (active == 1) return;
  const unsigned phase = atomic_load_explicit(&pool->phase.value, memory_order_relaxed);
  if (atomic_fetch_add_explicit(&pool->waiting, 1, memory_order_acq_rel) < active - 1) {
    gate_wait(&pool->phase, phase, active <= pool->processors); // else those to come need this processor
    return;
  }
  atomic_store_explicit(&pool->waiting, 0, memory_order_relaxed);
  gate_open(&pool->phase);
}

static void *member_main(void *argument) {
  member *self = argument;
  duro_pool *pool = self->pool;
  unsigned seen = 0;
  for (;;) {
    seen = gate_wait(&self->start, seen, pool->threads <= pool->processors);
    if (atomic_load(&pool->stop)) return NULL;
    pool->work(pool->context, self->index, pool->active);
    duro_pool_barrier(pool);
  }
}

void duro_pool_run_some(duro_pool *pool, int threads, duro_pool_work work, void *context) {
  pool->active = threads;
  if (threads == 1) {
    work(context, 0, 1);
    return;
  }
  pool->work = work;
  pool->context = context;
  for (int i = 1; i < threads; ++i) gate_open(&pool->members[i].start);
  work(context, 0, threads);
  duro_pool_barrier(pool);
}

void duro_pool_run(duro_pool *pool, duro_pool_work work, void *context) {
  duro_pool_run_some(pool, pool->threads, work, context);
}

double duro_pool_cpu(const duro_pool *pool) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  double sum = (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
  for (int i = 1; i < pool->threads; ++i) {
    clockid_t clock;
    if (pthread_getcpuclockid(pool->members[i].thread, &clock) || clock_gettime(clock, &t)) continue;
    sum += (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
  }
  return sum;
}

/* stops and joins members 1..started */
static void stop_members(duro_pool *pool, int started) {
  atomic_store(&pool->stop, true);
  for (int i = 1; i <= started; ++i) gate_open(&pool->members[i].start);
  for (int i = 1; i <= started; ++i) pthread_join(pool->members[i].thread, NULL);
}

/* Starts members 1.. and returns how many came up. Signals are for the caller's threads: members block them all. */
static int start_members(duro_pool *pool) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes)) return 0;
  pthread_attr_setstacksize(&attributes, POOL_STACK);
  pthread_attr_setguardsize(&attributes, POOL_GUARD);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int started = 0;
  for (int i = 1; i < pool->threads; ++i, ++started) {
    pool->members[i].pool = pool;
    pool->members[i].index = i;
    if (pthread_create(&pool->members[i].thread, &attributes, member_main, &pool->members[i]) != 0) break;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
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
  pool->threads = pool->active = threads;
  pool->members = members;
  pool->processors = threads > 1 ? processors_allowed() : 1;
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

#define _GNU_SOURCE // pthread_getattr_np
#include "base/pool.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROUNDS = 300, MAX_THREADS = 9 };

typedef struct shared {
  duro_pool *pool;
  long value[MAX_THREADS]; // one for each thread, read by its neighbour after a barrier
  long sum[MAX_THREADS];
} shared;

/* every thread writes, meets the others, reads its neighbour, meets them again */
static void relay(void *context, int thread, int threads) {
  shared *s = context;
  for (int i = 0; i < ROUNDS; ++i) {
    s->value[thread] = i * 100 + thread;
    duro_pool_barrier(s->pool);
    s->sum[thread] += s->value[(thread + 1) % threads];
    duro_pool_barrier(s->pool);
  }
}

static void test_barrier(void **unused) {
  (void)unused;
  for (int threads = 1; threads <= MAX_THREADS; threads += 2) {
    shared s = {0};
    assert_int_equal(duro_pool_create(&s.pool, threads), DURO_OK);
    assert_int_equal(duro_pool_threads(s.pool), threads);
    for (int run = 0; run < 3; ++run) duro_pool_run(s.pool, relay, &s);
    for (int t = 0; t < threads; ++t)
      assert_int_equal(s.sum[t], 3 * (100L * ROUNDS * (ROUNDS - 1) / 2 + ROUNDS * ((t + 1) % threads)));
    duro_pool_destroy(s.pool);
  }
  duro_pool_destroy(NULL);
}

/* any number of the team may take part, one after the other */
static void test_some(void **unused) {
  (void)unused;
  enum { TEAM = 5, RUNS = 200 };
  shared s = {0}, wanted = {0};
  assert_int_equal(duro_pool_create(&s.pool, TEAM), DURO_OK);
  for (int run = 0; run < RUNS; ++run) {
    const int threads = 1 + run * 7 % TEAM;
    duro_pool_run_some(s.pool, threads, relay, &s);
    for (int t = 0; t < threads; ++t) wanted.sum[t] += 100L * ROUNDS * (ROUNDS - 1) / 2 + ROUNDS * ((t + 1) % threads);
  }
  for (int t = 0; t < TEAM; ++t) assert_int_equal(s.sum[t], wanted.sum[t]);
  duro_pool_destroy(s.pool);
}

/* Meetings of a short phase: what an update of a small network is. */
typedef struct phases {
  duro_pool *pool;
  int count, turns; /* turns: of each phase, of all threads together */
  double sum[MAX_THREADS];
} phases;

static void work_phases(void *context, int thread, int threads) {
  phases *p = context;
  volatile double x = 0.0;
  for (int i = 0; i < p->count; ++i) {
    for (int k = 0; k < p->turns / threads; ++k) x = x + 1.0;
    duro_pool_barrier(p->pool);
  }
  p->sum[thread] = x;
}

static double cpu_seconds(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static double cpu_of_phases(int threads) {
  phases p = {.count = 1500, .turns = 60000};
  assert_int_equal(duro_pool_create(&p.pool, threads), DURO_OK);
  const double begun = cpu_seconds();
  duro_pool_run(p.pool, work_phases, &p);
  const double cpu = cpu_seconds() - begun;
  duro_pool_destroy(p.pool);
  return cpu;
}

/*
 * With two other programs on every processor somebody is always waited for. A phase has about 100 microseconds of work
 * and a wait spins for at most 20 of them on each thread, beside a sleep and a wake-up of some microseconds: two
 * threads take at most 1.5 times the processor time of one, four less than twice; 3 is far from what waiting awake for
 * the others' turn of 3 milliseconds would take (30).
 */
static void test_waiting_costs_little(void **unused) {
  (void)unused;
  enum { MOST = 64 };
  pid_t other[MOST];
  const long processors = sysconf(_SC_NPROCESSORS_ONLN);
  const int others = processors < MOST / 2 ? 2 * (int)processors : MOST;
  for (int i = 0; i < others; ++i) {
    other[i] = fork();
    assert_true(other[i] >= 0);
    if (other[i] == 0) {
      alarm(120); // ends, whatever becomes of the test
      for (volatile int k = 0;; ++k) {
      }
    }
  }
  double one = cpu_of_phases(1), two = cpu_of_phases(2), four = cpu_of_phases(4);
  for (int i = 0; i < others; ++i) kill(other[i], SIGKILL), waitpid(other[i], NULL, 0);
  print_message("processor time of 2 threads %.2f times, of 4 %.2f times that of one\n", two / one, four / one);
  assert_true(two < 3.0 * one);
  assert_true(four < 3.0 * one);
}

static void measure_stack(void *context, int thread, int threads) {
  (void)threads;
  size_t *size = context;
  pthread_attr_t attributes;
  assert_int_equal(pthread_getattr_np(pthread_self(), &attributes), 0);
  pthread_attr_getstacksize(&attributes, &size[2 * thread]);
  pthread_attr_getguardsize(&attributes, &size[2 * thread + 1]);
  pthread_attr_destroy(&attributes);
}

/* whatever ulimit -s says, and with a guard that no frame can step over */
static void test_stack_is_as_stated(void **unused) {
  (void)unused;
  struct rlimit before, small;
  getrlimit(RLIMIT_STACK, &before);
  small = before;
  small.rlim_cur = 256 * 1024;
  assert_int_equal(setrlimit(RLIMIT_STACK, &small), 0);
  duro_pool *pool;
  size_t size[6] = {0};
  assert_int_equal(duro_pool_create(&pool, 3), DURO_OK);
  duro_pool_run(pool, measure_stack, size);
  duro_pool_destroy(pool);
  setrlimit(RLIMIT_STACK, &before);
  for (int t = 1; t < 3; ++t) {
    assert_true(size[2 * t] >= POOL_STACK);
    assert_true(size[2 * t + 1] >= POOL_GUARD);
  }
}

/* shares cover everything once, in whole grains but for the last */
static void test_share(void **unused) {
  (void)unused;
  const int items[] = {0, 1, 16, 17, 100, 256}, grains[] = {1, 3, 16};
  for (int i = 0; i < 6; ++i)
    for (int g = 0; g < 3; ++g)
      for (int threads = 1; threads < 6; ++threads) {
        int next = 0;
        for (int t = 0; t < threads; ++t) {
          int first, count;
          duro_pool_share(&first, &count, items[i], grains[g], t, threads);
          assert_int_equal(first, next);
          assert_true(count >= 0 && (count % grains[g] == 0 || first + count == items[i]));
          next = first + count;
        }
        assert_int_equal(next, items[i]);
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_barrier), cmocka_unit_test(test_some),
                                     cmocka_unit_test(test_waiting_costs_little),
                                     cmocka_unit_test(test_stack_is_as_stated), cmocka_unit_test(test_share)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

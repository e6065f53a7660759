#include "base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_barrier), cmocka_unit_test(test_share)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

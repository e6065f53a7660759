/* What the parts of `duro-bench` share: clock, medians, peak. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench.h"

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double bench_median(const double *values, int n) {
  double sorted[BENCH_ROUNDS];
  memcpy(sorted, values, sizeof(double) * (size_t)n);
  qsort(sorted, (size_t)n, sizeof *sorted, ascending);
  return n % 2 ? sorted[n / 2] : .5 * (sorted[n / 2 - 1] + sorted[n / 2]);
}

double bench_largest(const double *values, int n) {
  double most = values[0];
  for (int i = 1; i < n; ++i) most = fmax(most, values[i]);
  return most;
}

typedef struct peak {
  const duro_kernels *kernels;
  double flops[BENCH_THREADS];
  float sink[BENCH_THREADS];
} peak;

static void peak_work(void *context, int thread, int threads) {
  (void)threads;
  peak *p = context;
  p->flops[thread] = p->kernels->fma_peak(1000000, &p->sink[thread]);
}

double bench_peak(duro_pool *pool, const duro_kernels *kernels) {
  peak p = {.kernels = kernels};
  const double start = duro_clock();
  duro_pool_run(pool, peak_work, &p);
  const double seconds = duro_clock() - start;
  double sum = 0.0;
  for (int t = 0; t < duro_pool_threads(pool); ++t) sum += p.flops[t];
  return sum / seconds;
}

void bench_settings(duro_train_settings *train, duro_learn_settings *learn) {
  (void)duro_train_preset(train, learn, "paper"); // whose name is known
}

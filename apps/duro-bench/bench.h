/* The parts of `duro-bench`: each is a file of its own, measures its rows once in every round and prints medians. */
#ifndef DURO_BENCH_H
#define DURO_BENCH_H

#include "base/pool.h"
#include "duro/train.h"
#include "nn/kernels.h"

enum { BENCH_ROUNDS = 101, BENCH_THREADS = 64 }; // most of them

/* What all parts measure on. */
typedef struct bench_machine {
  const duro_kernels *kernels;
  int threads;        // of the rows with many threads
  const char *python; // of the peer in PyTorch
  int neighbours;     // programs that compute beside training; -1: one for each processor
  duro_pool *one, *many;
} bench_machine;

typedef struct bench_part {
  duro_status (*create)(void **part, const bench_machine *machine);
  duro_status (*measure)(void *part, int round);
  void (*print)(const void *part, int rounds);
  void (*destroy)(void *part); // whatever create left, also where it failed; NULL is fine
} bench_part;

extern const bench_part bench_updates, bench_envs, bench_trainings, bench_loads;

double bench_median(const double *values, int n);
double bench_largest(const double *values, int n);
/* fused multiply-adds of all threads of a pool at once, flop/s */
double bench_peak(duro_pool *pool, const duro_kernels *kernels);
/* the settings of training as they are by default */
void bench_settings(duro_train_settings *train, duro_learn_settings *learn);

#endif

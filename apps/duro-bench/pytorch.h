/* A peer in `duro-bench`: PyTorch in a process of its own, which waits for its turns. */
#ifndef DURO_BENCH_PYTORCH_H
#define DURO_BENCH_PYTORCH_H

#include "duro/base.h"

typedef struct bench_pytorch bench_pytorch;

/* NULL where `python` does not start or has no PyTorch. */
bench_pytorch *bench_pytorch_start(const char *python);
void bench_pytorch_stop(bench_pytorch *p);
/* "PyTorch 2.4.1" */
const char *bench_pytorch_version(const bench_pytorch *p);
/* The mean of `count` updates, milliseconds; of two hidden layers of `width` units, on so many threads. */
duro_status bench_pytorch_update(double *ms, bench_pytorch *p, const char *algorithm, int width, int batch, int threads,
                                 int count);

#endif

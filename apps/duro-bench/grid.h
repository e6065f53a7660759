/* A part of `duro-bench`. */
#ifndef DURO_BENCH_GRID_H
#define DURO_BENCH_GRID_H

#include "duro/base.h"

/* Solves the 4-D cart-pole game and prints how fast; peak: flop/s of all threads, measured in the same run. */
duro_status bench_grid(int vertices, int64_t threads, double peak);

#endif

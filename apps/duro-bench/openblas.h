/* A peer for the network updates: the same SAC update made of OpenBLAS calls. */
#ifndef DURO_BENCH_OPENBLAS_H
#define DURO_BENCH_OPENBLAS_H

#include "rl/learner.h"

typedef struct openblas_sac openblas_sac;

/* Loads libopenblas.so.0. Returns the name of the processor it chose its kernels for, or NULL where it is missing. */
const char *openblas_open(void);
/* Threads of all calls from here on. */
void openblas_threads(int threads);

/* Copies the networks of a SAC learner with two hidden layers; reads its replay, which must outlive the peer. */
openblas_sac *openblas_sac_create(const learner *l);
void openblas_sac_destroy(openblas_sac *s);
/* What learner_update makes of the learner, up to the order of sums. */
void openblas_sac_update(openblas_sac *s);
/* Adam's first moments of a role: (out x in) of layer i. */
const float *openblas_sac_moment(const openblas_sac *s, role r, int i);

#endif

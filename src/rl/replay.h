/* A ring of transitions, one row each: x (no), u (nu), a (na), r, h, x' (no), h', failed. h is scaled. */
#ifndef DURO_RL_REPLAY_H
#define DURO_RL_REPLAY_H

#include "duro/base.h"

/* What learning makes of the numbers of a transition: (x - shift) scale of the observations, r and h times a factor. */
typedef struct scales {
  float *shift, *scale; /* (no) */
  float *factor;        /* (FACTORS) of r, of h, and whether they are known: 0 before the end of the warm-up, then 1 */
} scales;
enum { FACTOR_R, FACTOR_H, FACTOR_KNOWN, FACTORS };

/* What a failure's reward counts as at least (learn.clip_failures). */
typedef struct reward_floor {
  float reward, known; /* known: 0 before the end of the warm-up, then 1 */
} reward_floor;

typedef struct replay {
  int no, nu, na;
  int64_t stride;            /* floats of a row, rounded up to a cache line */
  int64_t capacity;          /* rows */
  float *rows;               /* (capacity x stride) */
  const scales *scales;      /* of the samples; NULL: as they are */
  const reward_floor *floor; /* of the samples, before they are scaled; NULL: none */
  int64_t *count;            /* rows ever written, in checkpointed memory */
} replay;

/* One transition. */
typedef struct transition {
  const float *x, *u, *a, *x2;
  float r, h, h2;
  bool failed;
} transition;

/* Samples of an update, in panels of 16. */
typedef struct batch {
  float *x, *x2;              /* (P x no x 16) */
  float *u, *a;               /* (P x nu x 16), (P x na x 16) */
  float *r, *h, *h2, *failed; /* (P x 16) */
} batch;

int64_t replay_stride(int no, int nu, int na);
void replay_add(replay *r, const transition *t);
/* Panels [first, first + count) of the batch of update `update`: uniform over what the ring holds, scaled. */
void replay_sample(const replay *r, const batch *b, int first, int count, uint64_t seed, int64_t update);
/* Scales by what the ring holds: those that are about 1 already are left alone. */
void replay_measure(const replay *r, const scales *s);
/* The least reward of the transitions that did not fail, less four times the range of their rewards; where all failed,
 * of all. */
void replay_measure_floor(const replay *r, reward_floor *floor);

#endif

/* What an adversary plays. */
#ifndef DURO_EVAL_ATTACK_H
#define DURO_EVAL_ATTACK_H

#include "duro/eval.h"

/* What an adversary knows of one episode beside its state. */
typedef struct attack_episode {
  int64_t episode, t;
  duro_stream noise;     /* of the random adversary */
  const float *sequence; /* (horizon x na) of the search */
} attack_episode;

/* n episodes side by side that meet the same adversary. */
typedef struct attack_view {
  int n;
  void *worker;            /* from duro_attack_worker_create */
  const double *x;         /* (n x nx) */
  const float *obs;        /* (n x no) */
  const double *u;         /* (n x nu) the controls it meets, within [-1, 1] */
  attack_episode *episode; /* (n) */
} attack_view;

/* An episode as it begins. */
attack_episode duro_attack_begin(int64_t seed, int64_t episode);

/* Fails when the attack lacks something or does not fit the environment. */
duro_status duro_attack_check(const duro_attack *attack, const duro_env *env);
/* Scratch of one thread; NULL for most kinds. */
duro_status duro_attack_worker_create(const duro_attack *attack, void **worker);
void duro_attack_worker_destroy(const duro_attack *attack, void *worker);

/* a (n x na), amplitude included. Does not advance the episodes' t. */
void duro_attack_act(float *a, const duro_attack *attack, const duro_env *env, const attack_view *view);

enum { ATTACK_CORNER_BITS = 16 }; /* disturbances up to which the corners of the box are taken in turn */

/* Whether disturbance j of na is +1 at a corner. Up to ATTACK_CORNER_BITS disturbances, the number's bits are the signs
 * (1: +1). With more, in turn would hold most of them at -1 in every episode that is played: corner 0 is all -1, corner
 * 1 all +1, and the signs of the others are the bits of a hash (splitmix64) of the number. */
static inline bool attack_corner_up(int64_t corner, int j, int na) {
  if (na <= ATTACK_CORNER_BITS) return corner >> j & 1;
  if (corner == 0 || corner == 1) return corner;
  uint64_t z = (uint64_t)corner * 2 + (uint64_t)(j / 64);
  z = (z + 1) * UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return (z ^ z >> 31) >> (j % 64) & 1;
}

/* Times the bound of the disturbance. */
static inline float attack_amplitude(const duro_attack *attack) {
  return (float)attack->amplitude;
}

#endif

/* Behaviour while collecting: many environments side by side, the protagonist with exploration noise, the adversary
 * drawn for each episode. */
#ifndef DURO_RL_COLLECT_H
#define DURO_RL_COLLECT_H

#include "rl/learner.h"

enum { EDGE = 32768 }; /* states from which episodes start near the edge */

typedef struct collector {
  learner *learner;
  const duro_env *env;
  duro_train_settings set;
  duro_env_batch *batch;
  void **workers; /* one for each thread */
  int panels;     /* of environments */
  duro_arena memory, work;

  /* memory, beside the states of the batch */
  int64_t *episode; /* (n) episodes begun in each slot */
  double *gain;     /* (n) return of the episode so far */

  /* memory where some episodes start near the edge (train.restarts) */
  double *past; /* (n x restart_steps x nx) the last states of each episode, a ring: state t at t % restart_steps */
  int64_t *violated;  /* (n) has the episode violated or failed? */
  double *edge;       /* (EDGE x nx) states of shortly before, a ring */
  int64_t *edge_made; /* (1) states ever written into it */

  /* work, all in panels of environments */
  mlp_scratch scratch;
  mlp_tape tape[ROLE_COUNT];
  float *obs;                     /* (P x no x 16) */
  float *obs_u;                   /* (P x (no + nu) x 16) where mu_h sees the control */
  float *u, *u_h, *a_mu, *a_mu_h; /* actions of the acting policy, of pi_h and of the adversaries */
  float *logp, *noise;
  float *joined; /* (P x (no + nu + na) x 16) what Q_h sees where the filter plays */
  float *value;  /* (P x 16) and what it says */
  int *player;   /* (n) who plays the present episode: a player below */
  int *opponent; /* (n) adversary of the present episode: an opponent below */

  /* since the last report */
  int64_t ended, violating, stepped;
  double gain_sum;
  int bad_slot;         /* -1, or the environment that gave a value that is not finite */
  const char *bad_what; /* what it was */
} collector;

duro_status collector_create(collector **c, learner *l, const duro_env *env, const duro_train_settings *train);
void collector_destroy(collector *c);
/* One step of every environment, by the whole team; adds the transitions to the replay. */
void collector_step(collector *c, int thread, int threads);
/* Environment states as named tensors; returns how many. */
int collector_tensors(const collector *c, duro_tensor *tensors);
/* Derives what follows from the states, after they were read from a checkpoint. */
duro_status collector_restore(collector *c);
duro_status collector_fault(const collector *c);

#endif

/* How players are asked by those who evaluate them. */
#ifndef DURO_EVAL_PLAYER_H
#define DURO_EVAL_PLAYER_H

#include "duro/player.h"

/* The controls at n states, of a player that remembers or of one that does not: memory (n x remembered). */
static inline void player_act(const duro_player *player, void *worker, int n, float *u, bool *replaced,
                              const float *obs, const double *x, double *memory) {
  if (player->act_on)
    player->act_on(player, worker, n, u, replaced, obs, x, memory);
  else
    player->act(player, worker, n, u, replaced, obs, x);
}

/* Is it filled as its makers fill it, and does it play an environment of these sizes? */
duro_status player_check(const duro_player *player, const duro_env *env);

#endif

/* The environment that an attacker of a frozen policy lives in. */
#ifndef DURO_EVAL_CLOSED_LOOP_H
#define DURO_EVAL_CLOSED_LOOP_H

#include "duro/env.h"
#include "duro/player.h"
#include "duro/policy.h"

typedef enum closed_loop_reward {
  CLOSED_LOOP_LOSS,     /* -r: what the protagonist loses */
  CLOSED_LOOP_VIOLATION /* -h(x')/h_scale within [-1, 1], and more for a failure */
} closed_loop_reward;

typedef struct closed_loop_task {
  const duro_env *env;       /* not owned, like the policy: both outlive the loop */
  const duro_policy *policy; /* who acts in it */
  duro_act act;
  float margin;     /* of the filter */
  double amplitude; /* times the bound of the disturbance */
  closed_loop_reward reward;
  const duro_player *player; /* acts in place of the policy; NULL: the policy does. Not owned */
} closed_loop_task;

/* An environment whose control is the disturbance of task->env, in which task->policy acts. State, observation, h,
 * starts and horizon are those of task->env. Its own disturbance does nothing; it has as many numbers as the control,
 * so that the head of an adversary fits either. What a player remembers is a part of the state, behind that of
 * task->env, which nobody observes. Fails when the policy does not fit the environment or cannot act so. */
duro_status closed_loop_create(duro_env **loop, const closed_loop_task *task);

#endif

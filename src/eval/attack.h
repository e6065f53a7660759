/* What an adversary plays at one step. */
#ifndef DURO_EVAL_ATTACK_H
#define DURO_EVAL_ATTACK_H

#include "duro/eval.h"

/* Fails when the attack lacks its network or does not fit the environment. */
duro_status duro_attack_check(const duro_attack *attack, const duro_env *env);

/* a (na) at observation obs of the given episode; `noise` is the episode's stream of random disturbances. */
void duro_attack_act(float *a, const duro_attack *attack, const float *obs, int na, int64_t episode,
                     duro_stream *noise);

#endif

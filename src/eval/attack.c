/* Adversaries of an evaluation. */
#include "eval/attack.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"

static const struct {
  const char *name;
  bool learned;        /* plays a network of the attack's policy */
  duro_policy_net net; /* which one */
} kinds[] = {
    [DURO_ATTACK_NONE] = {"none", false, DURO_NET_PI},
    [DURO_ATTACK_RANDOM] = {"random", false, DURO_NET_PI},
    [DURO_ATTACK_SAFETY] = {"safety", true, DURO_NET_MU_H},
    [DURO_ATTACK_PERFORMANCE] = {"performance", true, DURO_NET_MU},
    [DURO_ATTACK_CONSTANT] = {"constant", false, DURO_NET_PI},
    [DURO_ATTACK_SQUARE] = {"square", false, DURO_NET_PI},
    [DURO_ATTACK_LEARNED] = {"learned", false, DURO_NET_PI},
    [DURO_ATTACK_GRID] = {"grid", false, DURO_NET_PI},
    [DURO_ATTACK_SEARCH] = {"search", false, DURO_NET_PI},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const char *duro_attack_name(duro_attack_kind kind) {
  return (unsigned)kind < KINDS ? kinds[kind].name : "unknown";
}

duro_status duro_attack_check(const duro_attack *attack, const duro_env *env) {
  if ((unsigned)attack->kind >= KINDS)
    return duro_fail(DURO_ERROR_ARGUMENT, "attack kind %d does not exist", (int)attack->kind);
  if (attack->kind > DURO_ATTACK_CONSTANT || attack->amplitude != 0)
    return duro_fail(DURO_ERROR_MISSING, "the %s adversary is not built yet", duro_attack_name(attack->kind));
  if (!kinds[attack->kind].learned) return DURO_OK;

  const char *name = kinds[attack->kind].name;
  const duro_policy_net net = kinds[attack->kind].net;
  if (!attack->policy || !duro_policy_has(attack->policy, net))
    return duro_fail(DURO_ERROR_ARGUMENT, "the %s adversary needs a policy with the network %s", name,
                     duro_policy_net_name(net));
  const duro_policy_info *about = duro_policy_about(attack->policy);
  if (about->no != env->spec.no || about->na != env->spec.na)
    return duro_fail(DURO_ERROR_ARGUMENT, "the %s adversary maps %d observations to %d disturbances; %s wants %d to %d",
                     name, about->no, about->na, env->ops->name, env->spec.no, env->spec.na);
  return DURO_OK;
}

void duro_attack_act(float *a, const duro_attack *attack, const float *obs, int na, int64_t episode,
                     duro_stream *noise) {
  assert((unsigned)attack->kind < KINDS);
  switch (attack->kind) {
  case DURO_ATTACK_NONE:
    memset(a, 0, (size_t)na * sizeof *a);
    return;
  case DURO_ATTACK_RANDOM:
    for (int j = 0; j < na; j++) a[j] = 2 * duro_stream_uniformf(noise) - 1;
    return;
  case DURO_ATTACK_SAFETY:
  case DURO_ATTACK_PERFORMANCE:
    duro_policy_disturb(attack->policy, a, obs, kinds[attack->kind].net);
    return;
  case DURO_ATTACK_CONSTANT: // bit j of the episode number is the sign of a[j]
    for (int j = 0; j < na; j++) a[j] = episode >> j & 1 ? 1 : -1;
    return;
  default: // refused by duro_attack_check
    return;
  }
}

int duro_attack_half_period(int64_t episode, int na) {
  static const int half_periods[] = {2, 5, 10, 20, 40, 80};
  const int64_t corner = episode & ((INT64_C(1) << na) - 1);
  return half_periods[(corner + (episode >> na)) % (int64_t)(sizeof half_periods / sizeof *half_periods)];
}

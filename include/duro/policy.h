/**
 * @file policy.h
 * @brief A frozen policy with its adversaries and safety filter: what is evaluated, attacked and exported.
 *
 * A duro_policy is immutable and may be used from many threads at once. All its functions are deterministic:
 * stochastic policies act by their mode, tanh(mean), or of a categorical one the control vector of the largest output.
 */
#ifndef DURO_POLICY_H
#define DURO_POLICY_H

#include "duro/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct duro_policy duro_policy;

/** Networks of a policy; the rows of the roles table that a frozen policy may hold. */
typedef enum duro_policy_net {
  DURO_NET_PI,    /**< task policy, obs -> u */
  DURO_NET_PI_H,  /**< safety policy, obs -> u */
  DURO_NET_MU,    /**< performance adversary, obs -> a */
  DURO_NET_MU_H,  /**< safety adversary, obs -> a, or (obs, u) -> a */
  DURO_NET_QH,    /**< safety critic, (obs, u, a) -> value of h, scaled */
  DURO_NET_LAMBDA /**< multiplier, obs -> [0, lambda_max] */
} duro_policy_net;

/** Who acts at deployment. */
typedef enum duro_act {
  DURO_ACT_TASK,    /**< pi(x) */
  DURO_ACT_SAFETY,  /**< pi_h(x) */
  DURO_ACT_FILTERED /**< pi(x) while Q_h(x, pi(x), mu_h) >= margin, else pi_h(x) (theory: section 5) */
} duro_act;

typedef struct duro_policy_info {
  const char *algorithm;   /**< "DRAC" */
  const char *environment; /**< "cartpole-mujoco" */
  const char *deployed; /**< what the trial of its training found best: "pi", "filtered" or "pi_h"; "": it had none */
  int no, nu, na;
  int64_t step;   /**< environment steps seen when it was frozen */
  int64_t update; /**< updates made */
  double margin;  /**< default filter margin, in h_unit */
  double h_unit;  /**< what 1 means to Q_h and the margin: this much of h, scaled (learn.normalize); else 1 */
  int levels;     /**< values of each control, equally spaced in [-1, 1], that its policies choose from; 0: any
                     (learn.levels) */
} duro_policy_info;

/** Loads from a run folder (the snapshot that policies/chosen names, else its newest checkpoint), a checkpoint or a
 * snapshot file. */
duro_status duro_policy_load(duro_policy **policy, const char *path);
void duro_policy_destroy(duro_policy *policy);
const duro_policy_info *duro_policy_about(const duro_policy *policy);
/** Hash of everything that decides what it does: algorithm, environment, sizes, margin, and every parameter of every
 * network. Where it lies, and after how many steps it was frozen, is not in it. */
uint64_t duro_policy_hash(const duro_policy *policy);
/** Whether it holds a network. Without disturbances (na = 0) there are no adversaries, mu and mu_h. */
bool duro_policy_has(const duro_policy *policy, duro_policy_net net);
/** "pi", "pi_h", ... */
const char *duro_policy_net_name(duro_policy_net net);

/** "pi", "filtered", "pi_h": the word of tables, notes and options. */
const char *duro_policy_act_name(duro_act act);
/** True when `act` can be used: FILTERED needs PI, PI_H, MU_H and QH. */
bool duro_policy_can(const duro_policy *policy, duro_act act);
/** u (nu) from obs (no). Returns true when the filter replaced the task action. */
bool duro_policy_act(const duro_policy *policy, float *u, const float *obs, duro_act act, float margin);
/** a (na) of MU or MU_H from obs (no). The net must be there. A MU_H that sees the control meets that of the safety
 * policy; where another one is known, duro_policy_respond takes it. */
void duro_policy_disturb(const duro_policy *policy, float *a, const float *obs, duro_policy_net net);
/** a (na) of MU or MU_H against the control u (nu) at obs (no); u makes a difference only to a MU_H that sees it. */
void duro_policy_respond(const duro_policy *policy, float *a, const float *obs, const float *u, duro_policy_net net);
/** Safety value Q_h(x, pi_h(x), mu_h), h scaled; >= 0 is the learned robust invariant set. */
float duro_policy_safety_value(const duro_policy *policy, const float *obs);
/** What the filter asks of a control u (nu) at obs (no): Q_h(x, u, mu_h), the least also over the corners of the
 * disturbance where the policy looks at them, in units of the margin (h_unit of h, scaled). The net QH must be there.
 */
float duro_policy_judge(const duro_policy *policy, const float *obs, const float *u);
/** The five above at n observations at once, several times faster and bit for bit the same: u (n x nu), a (n x na),
 * value (n), replaced (n, may be NULL) from obs (n x no) and u (n x nu). Their scratch is kept by the policy. */
void duro_policy_act_many(const duro_policy *policy, int n, float *u, bool *replaced, const float *obs, duro_act act,
                          float margin);
void duro_policy_disturb_many(const duro_policy *policy, int n, float *a, const float *obs, duro_policy_net net);
void duro_policy_respond_many(const duro_policy *policy, int n, float *a, const float *obs, const float *u,
                              duro_policy_net net);
void duro_policy_safety_value_many(const duro_policy *policy, int n, float *value, const float *obs);
void duro_policy_judge_many(const duro_policy *policy, int n, float *value, const float *obs, const float *u);
/** Multiplier lambda(x). */
float duro_policy_multiplier(const duro_policy *policy, const float *obs);

#ifdef __cplusplus
}
#endif
#endif

/**
 * @file response.h
 * @brief Best responses: attackers trained from scratch against a frozen policy.
 *
 * A policy's own adversary flatters it, for the two were trained together. Here the policy and its way of acting are
 * frozen into the environment, and the disturbance becomes the control of a new learner. What it finds is a lower bound
 * of what the worst disturbance can do, never a proof that nothing worse exists.
 */
#ifndef DURO_RESPONSE_H
#define DURO_RESPONSE_H

#include "duro/env.h"
#include "duro/eval.h"
#include "duro/player.h"
#include "duro/policy.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a best response wants. */
typedef enum duro_response_kind {
  DURO_RESPONSE_REACH,      /**< the smallest h to come: Q_h and mu_h alone, [RIS] eq. (16), (24) for one player */
  DURO_RESPONSE_VIOLATION,  /**< soft actor-critic; reward -h(x')/h_scale within [-1, 1], and 20 for a failure */
  DURO_RESPONSE_PERFORMANCE /**< soft actor-critic; reward -r */
} duro_response_kind;
/** "reach", "violation", "performance" */
const char *duro_response_name(duro_response_kind kind);

/** An attacker that is to be trained. */
typedef struct duro_response_plan {
  duro_response_kind kind;
  int64_t seed;
  double rate;      /**< learning rate of its critics and temperature; the attacker itself learns at a third of it */
  double noise;     /**< standard deviation of the noise on its disturbance while it explores; reach alone */
  int64_t updates;  /**< of 2x64 networks on batches of 256, one after each step of 64 environments */
  const char *path; /**< where its network is saved; NULL: nowhere. Not owned */
} duro_response_plan;

/** Whom it is trained against. */
typedef struct duro_response_task {
  const duro_env *env;       /**< not owned, like the policy */
  const duro_policy *policy; /**< frozen */
  duro_act act;              /**< how it acts */
  float margin;              /**< of its filter */
  double amplitude;          /**< times the bound of the disturbance */
  const duro_eval_options
      *starts;     /**< where it will be judged: of these, start, grid, region and region_margin count */
  int64_t threads; /**< attackers trained side by side, as duro_threads() reads it; the results do not depend on it */
  /** Acts in place of the policy: a policy behind a filter, say. NULL: the policy does. Not owned */
  const duro_player *player;
} duro_response_task;

/** A trained attacker. */
typedef struct duro_response {
  duro_response_plan plan;
  duro_policy
      *policy;    /**< maps observations to disturbances, by mu_h (reach) or pi (the others); owned by the caller */
  int64_t update; /**< of the network that was kept: the one that hurt most in short evaluations on the way */
  double seconds; /**< training took */
} duro_response;

/** How far the training of all attackers is. */
typedef struct duro_response_progress {
  int done, count;         /**< attackers trained, and asked for */
  int64_t update, updates; /**< made and asked for, all attackers together */
  double seconds;          /**< since the start */
} duro_response_progress;
/** Never called by two threads at once; anything but DURO_OK stops all training with it. */
typedef duro_status (*duro_response_report)(const duro_response_progress *now, void *context);

/**
 * Attackers of one kind that together are a fair attempt: `seeds` seeds, for reach two learning rates
 * each, the slower one with less noise. Fills at
 * most `room` plans and returns how many there are. `updates` 0 takes the default, 4000.
 */
int duro_response_plans(duro_response_plan *out, int room, duro_response_kind kind, int64_t seeds, int64_t updates);

/** Trains `count` attackers. `report` may be NULL. After a failure, `out` (count) holds nothing to destroy. */
duro_status duro_response_train(duro_response *out, const duro_response_plan *plans, int count,
                                const duro_response_task *task, duro_response_report report, void *context);
/** Destroys their policies. */
void duro_response_release(duro_response *responses, int count);

/** The attacker with this network, as duro_eval_run takes it. */
duro_attack duro_response_attack(duro_response_kind kind, const duro_policy *policy, double amplitude);
/** Does `a` hurt more than `b`? By violating episodes and then the smallest h; for performance by the mean return. */
bool duro_response_hurts_more(duro_response_kind kind, const duro_eval_summary *a, const duro_eval_summary *b);

#ifdef __cplusplus
}
#endif
#endif

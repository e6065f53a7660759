/**
 * @file eval.h
 * @brief Frozen policies against adversaries, and the statistics of it.
 */
#ifndef DURO_EVAL_H
#define DURO_EVAL_H

#include "duro/env.h"
#include "duro/policy.h"
#include "duro/stats.h" // bounds of violation probabilities

#ifdef __cplusplus
extern "C" {
#endif

/** Kinds of adversary. */
typedef enum duro_attack_kind {
  DURO_ATTACK_NONE,        /**< a = 0 */
  DURO_ATTACK_RANDOM,      /**< a uniform in [-1, 1]^na, drawn anew each step */
  DURO_ATTACK_SAFETY,      /**< a = mu_h(x) of `policy` */
  DURO_ATTACK_PERFORMANCE, /**< a = mu(x) of `policy` */
  DURO_ATTACK_CONSTANT     /**< episode i holds corner i mod 2^na of [-1, 1]^na */
} duro_attack_kind;

typedef struct duro_attack {
  duro_attack_kind kind;
  const duro_policy *policy; /**< owner of mu, mu_h; NULL for the other kinds; not owned */
} duro_attack;

/** "none", "random", "safety", "performance", "constant" */
const char *duro_attack_name(duro_attack_kind kind);

typedef struct duro_eval_options {
  int64_t episodes;
  int64_t seed;
  int64_t threads;
  int64_t horizon; /**< steps of an episode; 0 takes the environment's */
  duro_start start;
  duro_act act;
  float margin; /**< of the filter */
} duro_eval_options;

/** One episode. */
typedef struct duro_episode {
  double episode_return;
  double h_min;            /**< smallest raw h over the visited states, start included */
  double violation_sum;    /**< sum of max(-h, 0) */
  int64_t violating_steps; /**< states with h < 0 */
  int64_t length;          /**< steps */
  int64_t filtered_steps;  /**< steps at which the filter replaced the task action */
  duro_end end;            /**< RUNNING: the horizon was reached */
} duro_episode;

/** Did it violate the constraint, or end as a failure? A failure counts whatever h says: going on meant nothing. */
bool duro_episode_violates(const duro_episode *episode);

/** Runs options->episodes episodes into `out` (episodes). Episode i depends on (seed, i) alone: the same bits for
 * every number of threads, and every policy faces the same starts. A NaN from the environment is an error. */
duro_status duro_eval_run(duro_episode *out, const duro_env *env, const duro_policy *policy, const duro_attack *attack,
                          const duro_eval_options *options);

/** Statistics over episodes. */
typedef struct duro_eval_summary {
  int64_t episodes, violating; /**< violating: those that duro_episode_violates names */
  double return_mean, return_std;
  double h_min; /**< over all episodes */
  double violation_steps_mean;
  double violation_bound; /**< one-sided 95 % Clopper-Pearson upper bound of the violation probability */
} duro_eval_summary;
void duro_eval_summarize(duro_eval_summary *out, const duro_episode *episodes, int64_t count);

/** Trajectory of one episode for pictures: x (steps+1 x nx), u (steps x nu), a (steps x na), h (steps+1). Buffers are
 * the caller's, sized for the horizon; *steps receives the length. */
duro_status duro_eval_trace(double *x, float *u, float *a, double *h, int64_t *steps, const duro_env *env,
                            const duro_policy *policy, const duro_attack *attack, int64_t episode,
                            const duro_eval_options *options);

#ifdef __cplusplus
}
#endif
#endif

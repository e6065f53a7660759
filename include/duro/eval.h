/**
 * @file eval.h
 * @brief Frozen policies against adversaries, and the statistics of it.
 */
#ifndef DURO_EVAL_H
#define DURO_EVAL_H

#include "duro/env.h"
#include "duro/grid.h"
#include "duro/policy.h"
#include "duro/stats.h" // bounds of violation probabilities

#ifdef __cplusplus
extern "C" {
#endif

/** Kinds of adversary. Each plays within [-1, 1]^na; duro_attack.amplitude scales that. */
typedef enum duro_attack_kind {
  DURO_ATTACK_NONE,        /**< a = 0 */
  DURO_ATTACK_RANDOM,      /**< a uniform in [-1, 1]^na, drawn anew each step */
  DURO_ATTACK_SAFETY,      /**< a = mu_h(x) of `policy` */
  DURO_ATTACK_PERFORMANCE, /**< a = mu(x) of `policy` */
  DURO_ATTACK_CONSTANT,    /**< episode i holds corner i mod 2^na of [-1, 1]^na */
  DURO_ATTACK_SQUARE,      /**< a corner and its opposite in turn, every 2 to 80 steps: duro_attack_half_period */
  DURO_ATTACK_LEARNED,     /**< a = pi(x) of `policy`, whose controls are the disturbances of the environment */
  DURO_ATTACK_GRID,        /**< a = argmin_a V_h(f(x, u, a)) of `grid`; it sees the control u */
  DURO_ATTACK_SEARCH,      /**< the worst sequence that a search finds for the start of each episode */
  DURO_ATTACK_STARTS       /**< the worst start and sequence that a search finds; each episode is one search */
} duro_attack_kind;

/**
 * The searches; zeros take the defaults. SEARCH makes population * iterations rollouts a start, and one more for each
 * of mu_h, mu and the grid that the attack comes with.
 *
 * STARTS draws `starts` of them, plays five to seven cheap attackers from each, and mu_h and mu where there are some,
 * and evolves the worst pairs of start and sequence in population * iterations rollouts. Starts that are to lie inside
 * (DURO_REGION_INSIDE) are moved: between the edges of those drawn and of the grid, along the grid's axes (without a
 * grid along all states, within the region x_low to x_high), and only to where V_h is large enough. Elsewhere they are
 * drawn and never moved. An episode is the worst that one search found, so that violating episodes among all of them
 * are searches that broke the player: no estimate of a probability.
 */
typedef struct duro_search_settings {
  int64_t population; /**< tried in each iteration; 0: 16, STARTS: 64 */
  int64_t iterations; /**< 0: 8, STARTS: 64 */
  int64_t elite;      /**< best ones from which the next ones are made; 0: a quarter of the population */
  int64_t starts;     /**< STARTS: drawn at first; 0: 1024 */
} duro_search_settings;

/** An adversary. Begin with duro_attack_of(kind): zero is no amplitude. */
typedef struct duro_attack {
  duro_attack_kind kind;
  /** SAFETY, PERFORMANCE: owner of mu_h, mu. LEARNED: the attacker. SEARCH, STARTS: NULL, or owner of a mu_h or mu that
   * the search starts from. Not owned. */
  const duro_policy *policy;
  /** GRID: a solution with disturbances. SEARCH, STARTS: NULL, or a solution whose attack they try too. Its
   * environment may differ from the one attacked in all but nx, nu and na. Not owned. */
  const duro_grid *grid;
  double amplitude; /**< times the bound of the disturbance: a in [-amplitude, amplitude]^na; 0: none at all */
  duro_search_settings search;
} duro_attack;

/** "none", "random", "safety", "performance", "constant", "square", "learned", "grid", "search", "starts" */
const char *duro_attack_name(duro_attack_kind kind);
/** An adversary of this kind within its bound: amplitude 1, the rest zero. */
duro_attack duro_attack_of(duro_attack_kind kind);
/** Most rollouts that a search makes for one episode; 1 for other kinds. */
int64_t duro_attack_rollouts(const duro_attack *attack, const duro_env *env);
/** Steps after which the square wave of an episode turns to the opposite corner: 2, 5, 10, 20, 40 or 80. Every corner
 * meets every half period within 6 * 2^na episodes. */
int duro_attack_half_period(int64_t episode, int na);

/** Which starts of the distribution are kept, by the V_h of a grid. */
typedef enum duro_eval_region {
  DURO_REGION_ANY,
  DURO_REGION_INSIDE, /**< V_h(x0) >= region_margin h_scale */
  DURO_REGION_OUTSIDE /**< V_h(x0) < 0 <= h(x0): not violating yet, bound to */
} duro_eval_region;

/** First episode of the looks by which a snapshot is chosen, far from those by which it is judged. */
#define DURO_EVAL_LOOKS ((int64_t)1 << 40)

/** Called now and then on the caller's thread; any status but DURO_OK ends the evaluation with it, soon. */
typedef duro_status (*duro_eval_report)(int64_t done, int64_t episodes, void *context);

typedef struct duro_eval_options {
  int64_t episodes;
  /** Number of the first episode: whatever is drawn for an episode depends on (seed, number) alone, so that ranges
   * which do not overlap share no start, noise or search. Short evaluations while training begin at DURO_EVAL_LOOKS. */
  int64_t first;
  int64_t seed;
  int64_t threads; /**< as duro_threads() reads it: 0 is all processors */
  int64_t horizon; /**< steps of an episode; 0 takes the environment's */
  duro_start start;
  /** Where the episodes start, (episodes x nx); NULL: they are drawn from `start`, within `region`. Not owned. */
  const double *starts;
  double *begun; /**< (episodes x nx) takes down where each episode began; NULL: nowhere. Of the caller */
  duro_act act;
  float margin; /**< of the filter */
  /** Standard deviation of normal noise on each number that the policy observes, in the units of the observation. The
   * adversary sees the state as it is. */
  double observation_noise;
  /** Give duro_episode.start_value, and the set of a region, which needs one of them. `grid`: V_h of a solution.
   * `claims`, where there is no grid: what a policy with a Q_h claims, min(h, Q_h) in the units of h. May be NULL; not
   * owned. */
  const duro_grid *grid;
  const duro_policy *claims;
  duro_eval_region region; /**< starts are drawn from `start` until one lies there */
  double region_margin;    /**< of INSIDE, h scaled */
  duro_eval_report report; /**< may be NULL */
  void *report_context;
} duro_eval_options;
/** 1000 episodes from starts of evaluation, seed 1, the task policy; everything else zero. */
duro_eval_options duro_eval_options_default(void);

/** One episode. */
typedef struct duro_episode {
  double episode_return;
  double h_min;            /**< smallest raw h over the visited states, start included */
  double violation_sum;    /**< sum of max(-h, 0) */
  int64_t violating_steps; /**< states with h < 0 */
  int64_t length;          /**< steps */
  int64_t filtered_steps;  /**< steps at which the filter replaced the task action */
  duro_end end;            /**< RUNNING: the horizon was reached */
  double start_value;      /**< V_h of options->grid at the start, raw units of h; NaN without one */
} duro_episode;

/** Did it violate the constraint, or end as a failure? A failure counts whatever h says: going on meant nothing. */
bool duro_episode_violates(const duro_episode *episode);
/** Was it truncated by the environment before the horizon, without a violation until then? Such an episode was not
 * kept: nobody knows what would have been. */
bool duro_episode_cut_off(const duro_episode *episode);

/** Runs options->episodes episodes into `out` (episodes). Episode i depends on (seed, i) alone: the same bits for
 * every number of threads, and every policy faces the same starts. A NaN from the environment is an error, and so is a
 * region in which none of 10,000 starts lies. */
duro_status duro_eval_run(duro_episode *out, const duro_env *env, const duro_policy *policy, const duro_attack *attack,
                          const duro_eval_options *options);

/** Statistics over episodes. */
typedef struct duro_eval_summary {
  int64_t episodes, violating; /**< violating: those that duro_episode_violates names */
  int64_t cut_off; /**< of the others those that were truncated before the horizon: nobody knows what would have been */
  double return_mean, return_std;
  double h_min; /**< over all episodes */
  double violation_steps_mean;
  double violation_bound; /**< one-sided 95 % Clopper-Pearson upper bound of the violation probability; what was cut off
                           * counts as violating there */
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

/**
 * @file stats.h
 * @brief Statistics over a few runs of several tasks, as rliable computes them, and bounds of a probability.
 *
 * Source: Agarwal, Schwarzer, Castro, Courville, Bellemare, "Deep Reinforcement Learning at the Edge of the Statistical
 * Precipice", NeurIPS 2021 (arXiv 2108.13264), and its program rliable. Which number says what: docs/statistics.md.
 *
 * Pure functions. Nothing is allocated: scratch is the caller's. A NaN among the scores is a missing result and makes
 * every number that depends on it NaN; so does an empty matrix. Resamples come from streams of (seed, replicate), so
 * the same call gives the same bits wherever it is made.
 */
#ifndef DURO_STATS_H
#define DURO_STATS_H

#include "duro/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Scores of one method; a view, it never owns `values`. */
typedef struct duro_scores {
  const double *values; /**< (runs x tasks), C order: a row is a run (a seed), a column a task */
  int64_t runs, tasks;
} duro_scores;

/** What sums a matrix of scores up. */
typedef enum duro_aggregate {
  DURO_AGGREGATE_MEAN,          /**< mean over tasks of the mean over runs */
  DURO_AGGREGATE_MEDIAN,        /**< median over tasks of the mean over runs */
  DURO_AGGREGATE_IQM,           /**< mean of all scores but the lowest and the highest floor(n / 4) of n */
  DURO_AGGREGATE_OPTIMALITY_GAP /**< target - mean of min(score, target): what is missing to the target; 0 is best */
} duro_aggregate;

/** "mean", "median", "iqm", "optimality_gap" */
const char *duro_aggregate_name(duro_aggregate kind);

/** The number; `target` matters to the optimality gap alone. `work`: runs * tasks doubles, overwritten. */
double duro_aggregate_of(duro_aggregate kind, duro_scores scores, double target, double *work);

/** How to resample. */
typedef struct duro_bootstrap {
  int64_t replicates; /**< resamples, at least 1; 2000 puts an end of the interval within a few per cent of its width */
  double confidence;  /**< of the interval, in (0, 1): .95 */
  int64_t seed;
} duro_bootstrap;

/** 2000 replicates, 95 %, seed 1 */
duro_bootstrap duro_bootstrap_default(void);

/** A number with the ends of its bootstrap percentile interval. */
typedef struct duro_interval {
  double value, low, high;
} duro_interval;

/** Doubles of `work` for duro_aggregate_interval. */
int64_t duro_aggregate_work(const duro_bootstrap *bootstrap, duro_scores scores);
/**
 * The number with its stratified bootstrap interval: in each replicate every task draws as many runs as it has, with
 * replacement and independently of the other tasks; the ends are percentiles of the replicates (linear between order
 * statistics). With one run every replicate is the sample: the interval has no width and says nothing.
 */
duro_interval duro_aggregate_interval(duro_aggregate kind, duro_scores scores, double target,
                                      const duro_bootstrap *bootstrap, double *work);

/** Doubles of `work` for duro_profile. */
int64_t duro_profile_work(const duro_bootstrap *bootstrap, duro_scores scores, int64_t thresholds);
/** Performance profile: out[k] is the share of all scores above tau[k], k < thresholds, with its band (pointwise, not
 * of the whole curve at once). */
void duro_profile(duro_interval *out, duro_scores scores, const double *tau, int64_t thresholds,
                  const duro_bootstrap *bootstrap, double *work);

/** Doubles of `work` for duro_improvement. */
int64_t duro_improvement_work(const duro_bootstrap *bootstrap, duro_scores x, duro_scores y);
/** Probability that a run of x scores more than one of y on the same task, P(x > y) + P(x = y) / 2, mean over tasks;
 * both are resampled. x and y may differ in runs, not in tasks. Takes runs of x times runs of y steps a replicate. */
duro_interval duro_improvement(duro_scores x, duro_scores y, const duro_bootstrap *bootstrap, double *work);

/** Upper end of the one-sided Clopper-Pearson interval: k events in n trials at confidence 1 - alpha. */
double duro_clopper_pearson_upper(int64_t k, int64_t n, double alpha);
/** Its lower end: 0 for k = 0, and where there were no trials. */
double duro_clopper_pearson_lower(int64_t k, int64_t n, double alpha);
/** The two-sided interval at confidence 1 - alpha; `value` is k / n, NaN without trials. */
duro_interval duro_clopper_pearson(int64_t k, int64_t n, double alpha);

#ifdef __cplusplus
}
#endif
#endif

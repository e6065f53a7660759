/* Stratified bootstrap percentile intervals (Efron 1979; Agarwal et al. 2021, section 4). */
#include <assert.h>
#include <math.h>

#include "base/purposes.h"
#include "eval/stats_scores.h"

duro_bootstrap duro_bootstrap_default(void) {
  return (duro_bootstrap){.replicates = 2000, .confidence = .95, .seed = 1};
}

static int64_t size_of(duro_scores scores) {
  return scores.runs * scores.tasks;
}

/* The stream of a replicate. */
static duro_stream draws(const duro_bootstrap *bootstrap, int64_t replicate) {
  return duro_stream_at((uint64_t)bootstrap->seed, DURO_PURPOSE_BOOTSTRAP, (uint64_t)replicate);
}

/* Every task draws its runs anew, independently of the others: out (runs x tasks). */
static duro_scores resample(double *out, duro_scores scores, duro_stream *stream) {
  for (int64_t k = 0; k < size_of(scores); k++) {
    const int64_t run = (int64_t)duro_stream_below(stream, (uint32_t)scores.runs), task = k % scores.tasks;
    out[k] = scores.values[run * scores.tasks + task];
  }
  return (duro_scores){.values = out, .runs = scores.runs, .tasks = scores.tasks};
}

/* Percentile of sorted values, linear between neighbours (numpy.percentile). */
static double percentile(const double *sorted, int64_t count, double share) {
  const double place = share * (double)(count - 1);
  const int64_t below = (int64_t)place;
  if (below >= count - 1 || sorted[below] == sorted[below + 1]) return sorted[below];
  return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

static duro_interval percentile_interval(double value, double *replicates, const duro_bootstrap *bootstrap) {
  const double tail = .5 * (1 - bootstrap->confidence);
  for (int64_t i = 0; i < bootstrap->replicates; i++)
    if (isnan(replicates[i])) return (duro_interval){value, NAN, NAN}; // inf - inf: no order
  scores_sort(replicates, bootstrap->replicates);
  return (duro_interval){.value = value,
                         .low = percentile(replicates, bootstrap->replicates, tail),
                         .high = percentile(replicates, bootstrap->replicates, 1 - tail)};
}

static void check(const duro_bootstrap *bootstrap) {
  assert(bootstrap->replicates > 0 && bootstrap->confidence > 0 && bootstrap->confidence < 1);
  (void)bootstrap;
}

int64_t duro_aggregate_work(const duro_bootstrap *bootstrap, duro_scores scores) {
  return bootstrap->replicates + 2 * size_of(scores);
}

duro_interval duro_aggregate_interval(duro_aggregate kind, duro_scores scores, double target,
                                      const duro_bootstrap *bootstrap, double *work) {
  double *replicates = work, *sample = work + bootstrap->replicates, *scratch = sample + size_of(scores);
  check(bootstrap);
  if (!scores_complete(scores)) return (duro_interval){NAN, NAN, NAN};
  for (int64_t i = 0; i < bootstrap->replicates; i++) {
    duro_stream stream = draws(bootstrap, i);
    replicates[i] = duro_aggregate_of(kind, resample(sample, scores, &stream), target, scratch);
  }
  return percentile_interval(duro_aggregate_of(kind, scores, target, scratch), replicates, bootstrap);
}

static double share_above(duro_scores scores, double tau) {
  int64_t above = 0;
  for (int64_t i = 0; i < size_of(scores); i++) above += scores.values[i] > tau;
  return (double)above / (double)size_of(scores);
}

int64_t duro_profile_work(const duro_bootstrap *bootstrap, duro_scores scores, int64_t thresholds) {
  return bootstrap->replicates * thresholds + size_of(scores);
}

void duro_profile(duro_interval *out, duro_scores scores, const double *tau, int64_t thresholds,
                  const duro_bootstrap *bootstrap, double *work) {
  const int64_t n = bootstrap->replicates;
  double *shares = work, *sample = work + n * thresholds; // (thresholds x replicates)
  check(bootstrap);
  const bool complete = scores_complete(scores);
  for (int64_t i = 0; complete && i < n; i++) {
    duro_stream stream = draws(bootstrap, i);
    const duro_scores again = resample(sample, scores, &stream);
    for (int64_t k = 0; k < thresholds; k++) shares[k * n + i] = share_above(again, tau[k]);
  }
  for (int64_t k = 0; k < thresholds; k++)
    out[k] = complete ? percentile_interval(share_above(scores, tau[k]), shares + k * n, bootstrap)
                      : (duro_interval){NAN, NAN, NAN};
}

int64_t duro_improvement_work(const duro_bootstrap *bootstrap, duro_scores x, duro_scores y) {
  return bootstrap->replicates + size_of(x) + size_of(y);
}

duro_interval duro_improvement(duro_scores x, duro_scores y, const duro_bootstrap *bootstrap, double *work) {
  double *replicates = work, *sample_x = work + bootstrap->replicates, *sample_y = sample_x + size_of(x);
  check(bootstrap);
  assert(x.tasks == y.tasks);
  if (!scores_complete(x) || !scores_complete(y)) return (duro_interval){NAN, NAN, NAN};
  for (int64_t i = 0; i < bootstrap->replicates; i++) {
    duro_stream stream = draws(bootstrap, i);
    const duro_scores again = resample(sample_x, x, &stream);
    replicates[i] = scores_improvement(again, resample(sample_y, y, &stream));
  }
  return percentile_interval(scores_improvement(x, y), replicates, bootstrap);
}

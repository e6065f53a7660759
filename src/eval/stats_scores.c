/* What sums scores up, as rliable does (metrics.py). */
#include "eval/stats_scores.h"

#include <math.h>
#include <stdlib.h>

const char *duro_aggregate_name(duro_aggregate kind) {
  static const char *const names[] = {"mean", "median", "iqm", "optimality_gap"};
  return names[kind];
}

bool scores_complete(duro_scores scores) {
  const int64_t count = scores.runs * scores.tasks;
  for (int64_t i = 0; i < count; i++)
    if (isnan(scores.values[i])) return false;
  return scores.runs > 0 && scores.tasks > 0;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

void scores_sort(double *values, int64_t count) {
  qsort(values, (size_t)count, sizeof *values, ascending);
}

static double mean_of(const double *values, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; i++) sum += values[i];
  return sum / (double)count;
}

/* means (tasks) over runs */
static void task_means(double *means, duro_scores scores) {
  for (int64_t j = 0; j < scores.tasks; j++) means[j] = 0;
  for (int64_t i = 0; i < scores.runs; i++)
    for (int64_t j = 0; j < scores.tasks; j++) means[j] += scores.values[i * scores.tasks + j];
  for (int64_t j = 0; j < scores.tasks; j++) means[j] /= (double)scores.runs;
}

static double median(duro_scores scores, double *work) {
  task_means(work, scores);
  scores_sort(work, scores.tasks);
  const int64_t middle = scores.tasks / 2;
  return scores.tasks % 2 ? work[middle] : .5 * (work[middle - 1] + work[middle]);
}

/* scipy.stats.trim_mean(scores, .25, axis=None) */
static double interquartile_mean(duro_scores scores, double *work) {
  const int64_t count = scores.runs * scores.tasks, cut = count / 4;
  for (int64_t i = 0; i < count; i++) work[i] = scores.values[i];
  scores_sort(work, count);
  return mean_of(work + cut, count - 2 * cut);
}

static double optimality_gap(duro_scores scores, double target) {
  const int64_t count = scores.runs * scores.tasks;
  double sum = 0;
  for (int64_t i = 0; i < count; i++) sum += scores.values[i] < target ? scores.values[i] : target;
  return target - sum / (double)count;
}

double duro_aggregate_of(duro_aggregate kind, duro_scores scores, double target, double *work) {
  if (!scores_complete(scores)) return NAN;
  switch (kind) {
  case DURO_AGGREGATE_MEAN:
    task_means(work, scores);
    return mean_of(work, scores.tasks);
  case DURO_AGGREGATE_MEDIAN:
    return median(scores, work);
  case DURO_AGGREGATE_IQM:
    return interquartile_mean(scores, work);
  case DURO_AGGREGATE_OPTIMALITY_GAP:
    return optimality_gap(scores, target);
  }
  return NAN;
}

double scores_improvement(duro_scores x, duro_scores y) {
  double sum = 0;
  for (int64_t j = 0; j < x.tasks; j++) {
    int64_t twice = 0; // pairs won count two, ties one
    for (int64_t i = 0; i < x.runs; i++)
      for (int64_t k = 0; k < y.runs; k++) {
        const double a = x.values[i * x.tasks + j], b = y.values[k * y.tasks + j];
        twice += (a > b) + (a >= b);
      }
    sum += .5 * (double)twice / ((double)x.runs * (double)y.runs);
  }
  return sum / (double)x.tasks;
}

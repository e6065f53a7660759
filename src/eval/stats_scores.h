/* Parts that the numbers and their resamples share. */
#ifndef DURO_EVAL_STATS_SCORES_H
#define DURO_EVAL_STATS_SCORES_H

#include "duro/stats.h"

/* At least one run and task, and no NaN. */
bool scores_complete(duro_scores scores);
/* Sorts upwards; no NaN. */
void scores_sort(double *values, int64_t count);
/* P(x > y) + P(x = y) / 2, mean over tasks: the U of Mann and Whitney over the number of pairs. No NaN. */
double scores_improvement(duro_scores x, duro_scores y);

#endif

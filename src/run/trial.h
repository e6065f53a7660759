/* The last choice of a training: the best snapshots of the looks meet harder attackers, alone and behind the filter,
 * whose margin is calibrated by them. */
#ifndef DURO_RUN_TRIAL_H
#define DURO_RUN_TRIAL_H

#include "run/watch.h"

/* How one way of acting of one snapshot stood up to all attackers of the trial. */
typedef struct trial_result {
  int64_t step;
  duro_act act;
  double margin;     /* of the filter; NaN: it acts without one */
  int64_t episodes;  /* starts, each of which met every attacker */
  int64_t violating; /* starts from which it violated or failed, or was cut off, though they were to be held */
  int64_t lost;      /* starts from which nobody held, which are no failures */
  int64_t thin;      /* starts that it held with less than half the margin that it had to */
  double h_min;      /* of the starts that were to be held, scaled */
  double score;      /* mean return without disturbance */
} trial_result;

typedef struct trial {
  trial_result deployed; /* what is to be deployed; step 0: there was no trial */
  trial_result plain;    /* the same snapshot without the filter */
  bool greedy;           /* the safety policy of what is deployed: see learn.filter_greedy */
  trial_result safety;   /* its safety policy alone; step 0 where it has none */
  bool without_filter; /* there is a filter, but it broke more often than pi alone, or falls back to what breaks itself
                        */
} trial;

/* Told of the share that is done; another status than DURO_OK ends the trial with it. */
typedef duro_status (*trial_show)(double share, void *context);

/* Plays it over the snapshots of w, which has ended; policies/chosen names the best, whose file says the margin, and
 * eval/trial.csv has a row for each way of acting. */
duro_status trial_run(trial *out, watch *w, const char *folder, trial_show shows, void *context);

#endif

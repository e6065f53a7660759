/* Runs against the usual adversaries: a file of episodes for each scenario, and a table. */
#ifndef DURO_STUDY_EVALUATION_H
#define DURO_STUDY_EVALUATION_H

#include "duro/eval.h"
#include "io/words.h"
#include "run/run.h"
#include "study/behind.h"
#include "study/certified.h"

/* What is asked for, as the command line says it. */
typedef struct evaluation_options {
  const char *adversary, *filter, *remedy, *filter_margin, *hysteresis, *out;
  int64_t episodes, seed, threads;
  word_list set;
} evaluation_options;
/* 200 episodes of each scenario, with the filter and without. */
evaluation_options evaluation_options_default(void);

typedef struct evaluation evaluation;

/* Who is told of an evaluation on its way. */
typedef struct evaluation_watcher {
  void *context;
  duro_status (*ask)(void *context); /* another status than DURO_OK ends it */
  void (*begin)(void *context, const evaluation *e);
  /* `filter`: "", or the word for the one that the policy acts behind, "filtered" */
  void (*row)(void *context, duro_attack_kind scenario, const char *filter, const duro_eval_summary *summary);
  void (*absent)(void *context, duro_attack_kind scenario, duro_policy_net net); /* the network that it needs */
  void (*end)(void *context, const evaluation *e);
  /* the table is there, too: its path */
  duro_status (*saved)(void *context, const evaluation *e, const char *summary);
} evaluation_watcher;

/* The evaluation of one run. */
struct evaluation {
  const evaluation_options *given;
  const run *run, *adversary; /* adversary NULL: the run's own networks */
  const behind *filter;       /* of --filter SOURCE; NULL: the run's own */
  char folder[RUN_PATH];      /* where the files go */
  certified_share share;      /* of the certified set, where the filter is one of it */
  duro_episode *episodes;
  const evaluation_watcher *watcher;
};

/* Evaluates a run; its folder is nobody else's meanwhile, where the files go into it. */
duro_status evaluation_run(const evaluation_options *given, const char *folder, const run *adversary,
                           const evaluation_watcher *watcher, const run_how *how);

#endif

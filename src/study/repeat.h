/* A training repeated: what a run folder holds against what comes out again. */
#ifndef DURO_STUDY_REPEAT_H
#define DURO_STUDY_REPEAT_H

#include "io/table.h"
#include "run/training.h"

/* A comparison of the folder `there` with its repetition `here`, both until a step. */
typedef struct verify {
  const char *there, *here;
  int64_t until;         /* what came after this step was not repeated */
  bool whole;            /* nothing came after it: what is chosen at the end is compared, too */
  int snapshots;         /* that were compared */
  char difference[1024]; /* the first one; "": none */
} verify;

/* Writes down the first difference. */
void verify_differ(verify *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The networks of the snapshot of that step. */
duro_status verify_networks(verify *v, int64_t step);
/* Snapshots with their notes, tables of the looks, what is chosen; the first difference. */
duro_status verify_folder(verify *v);

/* What is asked for. */
typedef struct repeat_options {
  int64_t updates, threads; /* updates: about so many alone; 0: all */
  const char *scratch;      /* folder for temporary files; NULL: /tmp */
} repeat_options;

/* Who is told while it is repeated. */
typedef struct repeat_watcher {
  void *context;
  duro_status (*ask)(void *context);             /* DURO_ERROR_STOPPED: it is to end */
  void (*note)(void *context, const char *line); /* what may make other bits */
  /* a row, and then the share of a trial; another status than DURO_OK ends it */
  duro_status (*show)(void *context, const duro_run_progress *now);
} repeat_watcher;

/* A repetition; zero it before the first use. */
typedef struct repetition {
  repeat_options given;
  const repeat_watcher *watcher;
  const char *folder;
  run_config config;
  duro_env *env;
  run adversary;
  bool has_adversary;
  training_plan *plans;
  int n_plans;
  duro_trainer *there, *trainer; /* the newest checkpoint, and what is repeated */
  int64_t end;                   /* step of that checkpoint */
  sheet rows;                    /* train.csv */
  int row;
  char scratch[RUN_PATH]; /* folder of the repetition, "" before it is made */
  duro_events *events;
  watch watch;
  trial trial;
  verify found;
  bool cut; /* ended by `updates` */
} repetition;

/* Reads what is to be repeated; fails where it cannot be. repeat_release in any case. */
duro_status repeat_prepare(repetition *s, const char *folder, const repeat_options *given,
                           const repeat_watcher *watcher, const run_how *how);
/* Repeats it; s->found says the first difference, if there is one. */
duro_status repeat_run(repetition *s);
void repeat_release(repetition *s);

#endif

/* An experiment: environments x algorithms x seeds x attackers, read from a file, run as jobs. */
#ifndef DURO_STUDY_EXPERIMENT_H
#define DURO_STUDY_EXPERIMENT_H

#include "io/document.h"
#include "io/text.h"
#include "io/words.h"
#include "run/jobs.h"
#include "run/run.h"

enum { EXPERIMENT_SEEDS = DOCUMENT_SEEDS, EXPERIMENT_LEVELS = 32, EXPERIMENT_NAME = 64 };

/* Numbers given one after the other. */
typedef struct experiment_levels {
  double value[EXPERIMENT_LEVELS];
  int count;
} experiment_levels;

/* An algorithm with its settings, trained with each seed of its group. */
typedef struct experiment_run {
  const char *name, *algorithm;
  const char *config; /* as the file says it; NULL: the defaults of the algorithm */
  word_list set;
} experiment_run;

/* Runs in one environment that face the same attackers. */
typedef struct experiment_group {
  const char *name, *title, *text, *environment;
  const char *starts;                   /* of the attacks: "eval", "inside", "outside", "claimed"; NULL: eval */
  const char *reference;                /* the run whose adversaries attack the others; NULL: each its own */
  word_list set;                        /* over the configuration of every run */
  word_list solution;                   /* options of duro solve; none: nothing is solved */
  word_list attackers, attack;          /* of duro attack: its list, and further options */
  word_list sweep;                      /* attackers of the sweeps */
  experiment_levels amplitudes, noises; /* of the sweeps: times the bound; standard deviation */
  word_list changes;                    /* env.name=value, each a point of a sweep */
  seed_list seeds;
  double margin; /* V_h of the starts inside; negative: what duro attack takes by default */
  int64_t episodes;
  const char *sets; /* compare the learned sets with the "exact" one or the "solution"; NULL: not at all */
  experiment_run *runs;
  int n_runs;
} experiment_group;

typedef struct experiment {
  const char *path; /* of the file */
  const char *title, *text;
  experiment_group defaults, *groups;
  int n_groups;
  document document; /* holds the words */
} experiment;

/* Reads a file. After a failure there is nothing to release. */
duro_status experiment_read(experiment *e, const char *path);
void experiment_release(experiment *e);
/* Tries every environment, algorithm, configuration and setting, of all groups or of the one of that name, before hours
 * are spent on them. */
duro_status experiment_check(const experiment *e, const char *only, const run_how *how);

typedef enum experiment_stage { STAGE_SOLVE, STAGE_TRAIN, STAGE_ATTACK, STAGE_SETS, STAGES } experiment_stage;
const char *experiment_stage_name(experiment_stage stage);

/* What a job of the plan does; run and seed are indices, -1 where it is of the whole group. STAGES: it makes the page.
 */
typedef struct experiment_task {
  experiment_stage stage;
  int group, run, seed;
} experiment_task;

/* The jobs, and what each one does. */
typedef struct experiment_plan {
  job_list list;
  experiment_task *tasks; /* (list.count) */
} experiment_plan;

/* Plans the groups, or the one of that name, with the results below `folder`. */
duro_status experiment_plan_make(experiment_plan *plan, const experiment *e, const char *folder, const char *only,
                                 const run_how *how);
/* Adds the job that makes the page once all others have ended, well or not. */
duro_status experiment_plan_add_page(experiment_plan *plan, const experiment *e, const char *folder, const char *only);
void experiment_plan_release(experiment_plan *plan);
/* Seconds that the stage took for a run and seed (-1: the whole group), NaN where it is not done. */
double experiment_seconds(const experiment_plan *plan, experiment_stage stage, int group, int run, int seed);

/* Folder of a run, and of the solution of a group. */
void experiment_run_folder(char *out, const char *folder, const experiment_group *g, int run, int seed);
void experiment_solution_folder(char *out, const char *folder, const experiment_group *g);
/* Path of the configuration of a run from here: that of the file is from the file's folder. */
void experiment_config_path(char *out, const experiment *e, const experiment_run *r);

#endif

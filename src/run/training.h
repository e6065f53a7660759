/* A training with all that it leaves in its folder: records, looks, snapshots, checkpoints, and the trial at its end.
 */
#ifndef DURO_RUN_TRAINING_H
#define DURO_RUN_TRAINING_H

#include "duro/run.h"
#include "run/run.h"
#include "run/trial.h"
#include "run/watch.h"

/* A training on its way; zero it before the first use. */
typedef struct training {
  run_config *config;              /* the caller's; training_begin names in it what the folder keeps */
  duro_run_options options;        /* likewise what they point to */
  const run_how *how;              /* how its environments are opened */
  const duro_transport *transport; /* to the other ranks that do this training; NULL: there are none */
  double available;                /* bytes of memory, before anything was taken */
  duro_env *env;
  run adversary;
  bool has_adversary;
  char adversary_folder[DURO_TEXT_SIZE]; /* from here */
  duro_trainer *trainer;
  char folder[RUN_PATH];
  duro_lock *lock; /* of the folder */
  duro_csv *csv;
  duro_events *events;
  watch watch;
  trial trial;
  int64_t step;          /* of the last report */
  int64_t saved;         /* of the newest checkpoint in the folder; -1: there is none */
  bool going_on;         /* with the checkpoint `saved` */
  duro_resume_info from; /* that checkpoint */
} training;

/* Environment, adversary and trainer: all that can be refused before there is a folder. */
duro_status training_create(training *t, run_config *config, const duro_run_options *options, const run_how *how);
/* Makes it that of several ranks, each of which has created the same one and calls all that follows; the first alone
 * writes, looks and holds the trial. NULL: there are no others. */
duro_status training_share(training *t, const duro_transport *transport);
/* Is this the rank that writes? */
bool training_leads(const training *t);
/* Takes the folder, finds where training stands in it, and starts the records. */
duro_status training_begin(training *t, const char *folder);
/* Trains, and holds the trial where the settings ask for one. */
duro_status training_run(training *t);
void training_release(training *t);

/* ---- resume.c ---- */

/* Is there a checkpoint to go on from? */
duro_status training_can_go_on(bool *can, const char *folder);
/* Puts the trainer where the newest checkpoint of the folder was written, if `config` is what it was trained with. */
duro_status training_take_up(duro_trainer *trainer, const char *folder, const run_config *config, const run_how *how,
                             duro_resume_info *info);
/* The lengths that a run was planned for, plan.csv of its folder: training was taken up after `step` steps with
 * train.steps = `steps`, while what was deployed had stood a trial (`tried`). The first one, of step 0, is not in it.
 */
typedef struct training_plan {
  int64_t step, steps;
  bool tried;
} training_plan;
/* Notes that a run goes on from a checkpoint with so many steps, if those are other ones than before. */
duro_status training_note_plan(const char *folder, const duro_resume_info *from, int64_t steps, bool tried);
/* All of them, the first one of run.json; duro_release(*plans), also after a failure. */
duro_status training_read_plans(training_plan **plans, int *count, const char *folder);
/* Removes files that a killed program left half written, in the folder and those below. */
void training_sweep(const char *folder);

#endif

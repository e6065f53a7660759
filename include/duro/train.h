/**
 * @file train.h
 * @brief Algorithms by name, the trainer, and what it needs to be told.
 */
#ifndef DURO_TRAIN_H
#define DURO_TRAIN_H

#include "duro/env.h"
#include "duro/policy.h"
#include "duro/settings.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Rows of the settings `train.*` (the run) and `learn.*` (the algorithm); see duro/settings.h for the form. */
#include "duro/train_settings.h"

typedef struct duro_train_settings {
  DURO_TRAIN_SETTINGS(DURO_SETTINGS_FIELD)
} duro_train_settings;
typedef struct duro_learn_settings {
  DURO_LEARN_SETTINGS(DURO_SETTINGS_FIELD)
} duro_learn_settings;

extern const duro_setting duro_train_rows[];
extern const int duro_train_rows_count;
extern const duro_setting duro_learn_rows[];
extern const int duro_learn_rows_count;

/**
 * Every setting by a set's name. "recipe": the defaults, with which a policy comes out that holds on systems that
 * nobody tuned for (docs/recipe.md). "paper": the plain published algorithms. DURO_ERROR_ARGUMENT for another name.
 */
duro_status duro_train_preset(duro_train_settings *train, duro_learn_settings *learn, const char *name);

/** An algorithm, as `duro algorithms` lists it. */
typedef struct duro_algorithm_info {
  const char *name;  /**< "DRAC" */
  const char *title; /**< one line */
  const char *roles; /**< "pi Q1 Q2 alpha" */
} duro_algorithm_info;
/** In order; NULL past the end. */
const duro_algorithm_info *duro_algorithm_at(int index);
/** By name, case-insensitive; unknown names fail and suggest the nearest. */
duro_status duro_algorithm_find(const duro_algorithm_info **info, const char *name);

typedef struct duro_trainer duro_trainer;

/** What the caller sees while training runs. */
typedef struct duro_train_progress {
  int64_t step, steps; /**< environment steps made, and asked for */
  int64_t update;
  double steps_per_second, seconds, seconds_left;
  double return_mean;    /**< mean return of the training episodes ended since the last report; NaN if none */
  const double *metrics; /**< (n_metrics) this report's train.csv row; NULL at a stop between two rows */
  bool snapshot; /**< a checkpoint is due: train.checkpoint_every, train.checkpoint_seconds, a stop or the end */
} duro_train_progress;

/** Called every train.report_every updates and at the end; returning anything but DURO_OK stops training with it. */
typedef duro_status (*duro_train_report)(duro_trainer *trainer, const duro_train_progress *progress, void *context);

/** Creates a trainer; all memory it will ever use is allocated here. `env` must outlive it. */
duro_status duro_trainer_create(duro_trainer **trainer, const duro_env *env, const char *algorithm,
                                const duro_train_settings *train, const duro_learn_settings *learn);
void duro_trainer_destroy(duro_trainer *trainer);
/** Bytes of the networks, the replay and the environments, *replay of them (NULL is fine) of the replay. The replay's
 * memory is taken from the system only as it fills, so this can be known, and refused, before it is used. */
double duro_trainer_memory(const duro_trainer *trainer, double *replay);
/** Trains to train.steps. NaN in a loss, gradient, observation or reward ends it with DURO_ERROR_NOT_FINITE within one
 * update; the message names network, step, environment and seed. */
duro_status duro_trainer_run(duro_trainer *trainer, duro_train_report report, void *context);
/** Asks a running trainer to stop after the present update; it then reports once more, with a snapshot due, and
 * duro_trainer_run returns DURO_ERROR_STOPPED. May be called from another thread or a signal handler. */
void duro_trainer_stop(duro_trainer *trainer);
/** Asks a trainer to stop so, by itself, once `step` environment steps are made, where a round of all environments ends
 * with that step; 0: no more. */
void duro_trainer_stop_at(duro_trainer *trainer, int64_t step);
/** Plans a trainer that does not run anew: from here on it is as if it had been stopped, and taken up with this
 * train.steps (duro_trainer_resume). DURO_ERROR_ARGUMENT: that many steps are made already. */
duro_status duro_trainer_plan(duro_trainer *trainer, int64_t steps);
/** Names of the metrics columns. */
int duro_trainer_metrics(const duro_trainer *trainer, const char *const **names);
/** Writes all that the training is (networks, targets, moments, replay, counters, environment states, the sums of the
 * row to come, every setting) as one tensor file. */
duro_status duro_trainer_save(const duro_trainer *trainer, const char *path);
/**
 * The same into a folder of checkpoints, an existing one that no other process writes: step-<n>.safetensors, and the
 * replay beside it in blocks of a fixed number of transitions, replay-<first>.safetensors, of which each is written
 * once. So a checkpoint takes the time of what is new since the last one, however large the replay is. `latest` names
 * the newest. Of older checkpoints one stays, with `keep_all` every one; blocks that none of them needs are removed.
 */
duro_status duro_trainer_checkpoint(duro_trainer *trainer, const char *folder, bool keep_all);
/** What was taken up. */
typedef struct duro_resume_info {
  int64_t step, update; /**< of the checkpoint */
  int64_t steps;        /**< train.steps of the checkpoint */
  bool other_program;   /**< another version or build wrote it: the bits to come may be other ones */
} duro_resume_info;
/**
 * Puts a trainer, created with the environment, algorithm and settings of the checkpoint, where that checkpoint was
 * written; `path` is a file of duro_trainer_save or duro_trainer_checkpoint, or a folder of the latter. Training then
 * goes on as if it had never been interrupted, bit for bit. Allowed to differ are train.steps, not below the steps made
 * (what is planned by the length of training, the discount of safety and falling learning rates, follows the new one),
 * train.threads, train.simd, and what decides about checkpoints and looks. Another setting, environment or algorithm is
 * DURO_ERROR_ARGUMENT and named; a broken file DURO_ERROR_FORMAT. After a failure the trainer can only be destroyed.
 * `seconds`: time trained before, for the reports; `info` may be NULL.
 */
duro_status duro_trainer_resume(duro_trainer *trainer, const char *path, double seconds, duro_resume_info *info);
/**
 * Fine-tuning: the networks and target copies of a checkpoint (of any settings with the same algorithm, numbers of
 * observations, controls and disturbances, and sizes of networks) become those of a new trainer; moments, temperature,
 * replay and counters start anew. A policy snapshot is refused: it has no critics.
 */
duro_status duro_trainer_start_from(duro_trainer *trainer, const char *path);
/** Writes the networks and target copies, with what they are scaled by, into one file, which duro_trainer_start_from
 * reads: what a fine-tuned training began with. */
duro_status duro_trainer_save_start(const duro_trainer *trainer, const char *path);
/** Writes the networks of the present policy alone, a file that duro_policy_load reads. */
duro_status duro_trainer_save_policy(const duro_trainer *trainer, const char *path);
/** A frozen copy of the present policy. */
duro_status duro_trainer_policy(const duro_trainer *trainer, duro_policy **policy);
/** XXH3 of the learner's memory and the environment states: equal hashes, equal bits. */
uint64_t duro_trainer_hash(const duro_trainer *trainer);
/** The name of the first array of two trainings, "Qh" for example, that is not the same bit for bit; NULL: all are.
 * Both were created alike. */
const char *duro_trainer_difference(const duro_trainer *one, const duro_trainer *other);
/**
 * One value for all that decides and all that came out of a training: the settings in config.yaml but for threads,
 * kernels and what decides about checkpoints, the files of its environment, every row of train.csv but for the columns
 * of a clock, every array of the newest checkpoint and the transitions of its replay, every snapshot with its notes,
 * the tables of looks and trial, and the name of the policy that is deployed. Equal values on two machines: the same
 * training, bit for bit. DURO_ERROR_FILE or DURO_ERROR_FORMAT where the folder is no run with a checkpoint.
 */
duro_status duro_run_hash(uint64_t *hash, const char *folder);

#ifdef __cplusplus
}
#endif
#endif

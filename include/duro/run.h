/**
 * @file run.h
 * @brief Runs: a configuration, a training with looks, choice and trial, and the folder that all of it is kept in.
 *
 * duro_trainer (train.h) trains and keeps nothing. duro_train_run is what `duro train` does: it plays short evaluations
 * while it trains (train.looks), keeps a snapshot of each, chooses the one to be deployed (train.choose, train.trial),
 * writes checkpoints and can go on from them. A run folder is described in docs/architecture.md.
 */
#ifndef DURO_RUN_H
#define DURO_RUN_H

#include "duro/env.h"
#include "duro/eval.h"
#include "duro/policy.h"
#include "duro/train.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Every setting of a run: the groups run, train, learn and env of config.yaml. */
typedef struct duro_run_config duro_run_config;

/**
 * Defaults of an environment (a name or a file, see duro_env_open) and an algorithm, as a preset has them: "recipe" or
 * "paper", see duro_train_preset; NULL is the recipe. `open` may be NULL. DURO_ERROR_ARGUMENT for a name that nobody
 * knows; after a failure there is nothing to destroy.
 */
duro_status duro_run_config_create(duro_run_config **config, const char *environment, const char *algorithm,
                                   const char *preset, const duro_env_open_options *open);
/**
 * Reads a YAML file, config.yaml of a run folder for example; paths in it are from its folder. `environment` in place
 * of the one that the file names, `preset` in place of its own; both may be NULL. DURO_ERROR_FILE where it cannot be
 * read, DURO_ERROR_FORMAT where it is broken or cut off, or an environment is not the file that it was.
 */
duro_status duro_run_config_load(duro_run_config **config, const char *environment, const char *path,
                                 const char *preset, const duro_env_open_options *open);
/** Sets one setting, "train.steps=20000". DURO_ERROR_ARGUMENT names what is unknown or outside its range. */
duro_status duro_run_config_set(duro_run_config *config, const char *assignment);
/** The groups of settings, for reading: names, values, ranges (settings.h); they live as long as the configuration. */
const duro_settings_group *duro_run_config_groups(const duro_run_config *config, int *count);
/** The environment that is configured, and the struct of its settings. */
const duro_env_ops *duro_run_config_env(const duro_run_config *config, const void **settings);
/** NULL is fine. */
void duro_run_config_destroy(duro_run_config *config);

/** What a caller sees while a run is trained. */
typedef struct duro_run_progress {
  size_t struct_size;               /**< bytes of this struct, for later versions of it */
  duro_trainer *trainer;            /**< at work; duro_trainer_stop may be called at any time until it ends */
  const duro_train_progress *train; /**< NULL during the trial */
  int64_t look_episodes;            /**< episodes of the first scenario of the last look; 0: there was none yet */
  int64_t look_violating;           /**< those of them that violated the constraint */
  double look_return;               /**< their mean return */
  double trial;                     /**< share of the trial that is done, 0 to 1; NaN while training */
} duro_run_progress;

/** How a run is trained; begin with duro_run_options_default. */
typedef struct duro_run_options {
  size_t struct_size;  /**< bytes of this struct, for later versions of it */
  const char *command; /**< for run.json: what makes the run again; NULL: nothing is said */
  const char *from;    /**< folder of a run whose networks are where the new one begins (fine-tuning); NULL: none */
  bool resume;         /**< go on with the newest checkpoint of the folder, which has to be there */
  bool go_on;          /**< go on if this training was begun in the folder, else begin */
  bool replace;        /**< remove what an earlier run left in the folder; without it a folder with files is refused */
  /** Called with every row of train.csv, at a stop and during the trial; may be NULL. DURO_ERROR_STOPPED asks to stop:
   * training ends after the present update, with a checkpoint. Any other status ends it at once. */
  duro_status (*report)(const duro_run_progress *progress, void *context);
  void *context;
  const duro_env_open_options *open; /**< for the environment of train.adversary; may be NULL */
} duro_run_options;
/** A new run into a folder without files, and no report. */
duro_run_options duro_run_options_default(void);

/** What a training came to. */
typedef struct duro_run_result {
  size_t struct_size; /**< bytes of this struct, for later versions of it; set by duro_train_run */
  int64_t step;       /**< environment steps made */
  int64_t saved;      /**< those of the newest checkpoint; -1: there is none */
  int64_t looks;      /**< snapshots that were judged by their look; 0 without train.choose and train.look_at_all */
  int64_t passed;     /**< those of them that kept the constraint with train.choose_margin throughout */
  int64_t deployed;   /**< step of the snapshot that policies/chosen names; 0: none, duro_run_open takes the newest */
  bool tried;         /**< it was chosen in a trial, to which the rest belongs */
  duro_act act;       /**< how it is to act: by pi, or behind its filter */
  double margin;      /**< of the filter, h scaled; NaN without one */
  int64_t starts;     /**< starts of the trial that were to be held */
  int64_t violating;  /**< those of them from which some attacker made it violate */
  int64_t lost;       /**< further starts, from which no way of acting held */
  double h_min;       /**< smallest h of the starts that were to be held, scaled */
  double return_mean; /**< mean return without disturbance */
} duro_run_result;

/**
 * Trains into a folder, which is made where it is not there and locked meanwhile. `options` may be NULL, `result` as
 * well; the result is filled as far as training came, also after a failure. The configuration learns where the files of
 * its environment lie in the folder. DURO_ERROR_STOPPED when the report asked for it, after a checkpoint;
 * DURO_ERROR_ARGUMENT for settings that do not go together; DURO_ERROR_MEMORY where the run needs more than is
 * available; DURO_ERROR_FILE where the folder holds files of others, cannot be written, or belongs to another process;
 * DURO_ERROR_NOT_FINITE when training broke down.
 */
duro_status duro_train_run(duro_run_result *result, duro_run_config *config, const char *folder,
                           const duro_run_options *options);

/** A run folder, opened for evaluation. */
typedef struct duro_run duro_run;
/**
 * Opens a run folder: its environment, and the policy that is deployed. `changes` (n_changes) are env.* assignments
 * over its configuration, as in "env.mass=1.5". DURO_ERROR_FILE where it is no run folder, DURO_ERROR_FORMAT where
 * something in it is broken. After a failure there is nothing to close.
 */
duro_status duro_run_open(duro_run **run, const char *folder, const char *const *changes, int n_changes,
                          const duro_env_open_options *open);
/** Its environment and its policy, which live until duro_run_close. */
const duro_env *duro_run_env(const duro_run *run);
const duro_policy *duro_run_policy(const duro_run *run);
/** NULL is fine. */
void duro_run_close(duro_run *run);

#ifdef __cplusplus
}
#endif
#endif

/**
 * @file tune.h
 * @brief Searches for settings of training: configurations drawn at random, halved by the looks of their trainings,
 * the best one judged by attackers on other seeds.
 *
 * duro_tune_open reads and checks a file (docs/tuning.md) and draws the configurations; duro_tune_run trains them rung
 * after rung, each as a process of the program `duro`, and leaves tune.csv, judged.csv and best.yaml in the folder of
 * the search. It is what `duro tune` does but for the page.
 */
#ifndef DURO_TUNE_H
#define DURO_TUNE_H

#include "duro/experiment.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A file with its configurations. Used by one thread at a time. */
typedef struct duro_tune duro_tune;

/** How a search is run; begin with duro_tune_options_default. */
typedef struct duro_tune_options {
  size_t struct_size;  /**< bytes of this struct, for later versions of it */
  const char *program; /**< path of the program duro of the same version; wanted by duro_tune_run */
  int64_t parallel;    /**< trainings side by side, one thread each; 1 */
  /** As of duro_experiment_options: called when a job begins or ends; may be NULL. */
  duro_status (*job)(const duro_experiment_job *job, const char *why, void *context);
  /** Asked several times a second while jobs run; may be NULL. As of `job`, DURO_OK goes on. */
  duro_status (*ask)(void *context);
  void *context;                     /**< of job and ask */
  const duro_env_open_options *open; /**< may be NULL; lives until duro_tune_close */
} duro_tune_options;
/** One training at a time. */
duro_tune_options duro_tune_options_default(void);

/** A configuration, and what is known of it. */
typedef struct duro_tune_configuration {
  size_t struct_size; /**< bytes of this struct, for later versions of it */
  int rungs;          /**< that all its seeds have ended */
  bool failed;        /**< a training of it ended with an error that is its own, and it goes no further */
  /** Over its seeds, in the looks of the second half of its last rung, by the better way to act of each run: */
  int64_t violating, episodes;
  double return_mean; /**< mean return of a run's looks without disturbance; NaN before the first rung */
} duro_tune_configuration;

/** How one of two, the chosen configuration or the default, stands up to an attacker, over all seeds of judging. */
typedef struct duro_tune_judgement {
  size_t struct_size;   /**< bytes of this struct, for later versions of it */
  bool is_default;      /**< of the default settings, not of the chosen ones */
  const char *attacker; /**< lives until the next duro_tune_run or duro_tune_close */
  int64_t violating, episodes;
  double return_mean, h_min;
} duro_tune_judgement;

/**
 * Reads the YAML file `path`, tries the environment, the algorithm, the attackers and the ends of every range, and
 * draws the configurations; results lie below `folder`, which need not be there yet. `options` may be NULL.
 * DURO_ERROR_FILE where the file cannot be read, DURO_ERROR_FORMAT where it is broken or says a key that nobody knows,
 * DURO_ERROR_ARGUMENT for a name, number or setting that is wrong. After a failure there is nothing to close.
 */
duro_status duro_tune_open(duro_tune **tune, const char *path, const char *folder, const duro_tune_options *options);

/** Number of settings that are searched, and the name of one, "learn.rate_critic"; NULL where there is none. */
int duro_tune_settings(const duro_tune *tune);
const char *duro_tune_setting(const duro_tune *tune, int setting);
/** Number of configurations. The first one, 0, has the defaults, and is trained to the end for comparison. */
int duro_tune_configurations(const duro_tune *tune);
/** What is known of a configuration by now; DURO_ERROR_ARGUMENT where there is none of this number. */
duro_status duro_tune_configuration_at(duro_tune_configuration *out, const duro_tune *tune, int configuration);
/** The value of a setting in a configuration, as a configuration file takes it; "" for configuration 0, NULL where
 * there is none. */
const char *duro_tune_value(const duro_tune *tune, int configuration, int setting);

/**
 * Trains, halves and judges until nothing is left; the folder is made where it is not there, and locked meanwhile.
 * A training that ends with an error of its settings ends its configuration. DURO_ERROR_FILE where the folder cannot
 * be written or belongs to another process, or where a job failed for another reason, a full disk for example,
 * DURO_ERROR_NOT_FINITE where no configuration is left, DURO_ERROR_ARGUMENT without a program, and the status
 * of `job` or `ask` where that was not DURO_OK; the same call goes on then.
 */
duro_status duro_tune_run(duro_tune *tune);

/** Number of the configuration that was chosen on looks; -1 before the last rung has ended. */
int duro_tune_best(const duro_tune *tune);
/** Number of judgements, 0 before duro_tune_run ended well, and one of them; DURO_ERROR_ARGUMENT where there is none.
 */
int duro_tune_judgements(const duro_tune *tune);
duro_status duro_tune_judgement_at(duro_tune_judgement *out, const duro_tune *tune, int index);

/** NULL is fine. */
void duro_tune_close(duro_tune *tune);

#ifdef __cplusplus
}
#endif
#endif

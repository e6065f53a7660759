/**
 * @file experiment.h
 * @brief Experiments: environments x algorithms x seeds x attackers of one file, planned as jobs and run side by side.
 *
 * duro_experiment_open reads and checks a file (docs/experiments.md) and plans its jobs: solve, train, attack, compare
 * the sets. duro_experiment_run runs those that are not done, each as a process of the program `duro`, into the folder
 * of the experiment; it is what `duro experiment` does but for the page.
 */
#ifndef DURO_EXPERIMENT_H
#define DURO_EXPERIMENT_H

#include "duro/env.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A file with its jobs. Used by one thread at a time. */
typedef struct duro_experiment duro_experiment;

/** What became of a job. */
typedef enum duro_job_state {
  DURO_JOB_WAITING, /**< it is still to be run, or to be gone on with */
  DURO_JOB_RUNNING,
  DURO_JOB_DONE,    /**< by an earlier call as well */
  DURO_JOB_FAILED,  /**< its process ended with another status than 0 */
  DURO_JOB_LEFT_OUT /**< what it builds on failed */
} duro_job_state;

/** A job. The texts live until duro_experiment_close. */
typedef struct duro_experiment_job {
  size_t struct_size;       /**< bytes of this struct, for later versions of it */
  const char *name;         /**< "train cartpole/DRAC-1" */
  const char *log;          /**< path of the file that takes its output */
  const char *const *words; /**< (n_words) its command line, without the name of the program */
  int n_words;
  duro_job_state state;
  double seconds; /**< it took; 0 where it is not done */
} duro_experiment_job;

/** How an experiment is planned and run; begin with duro_experiment_options_default. */
typedef struct duro_experiment_options {
  size_t struct_size;  /**< bytes of this struct, for later versions of it */
  const char *only;    /**< the group of this name alone; NULL: all */
  const char *program; /**< path of the program duro of the same version; wanted by duro_experiment_run */
  int64_t parallel;    /**< jobs side by side, one thread each; 1 */
  /** Called when a job begins or ends, `why` being the last line of its log where it failed, else NULL. It may be NULL.
   * A status other than DURO_OK lets the jobs save what they have and ends the run. */
  duro_status (*job)(const duro_experiment_job *job, const char *why, void *context);
  /** Asked several times a second while jobs run; may be NULL. As of `job`, DURO_OK goes on. */
  duro_status (*ask)(void *context);
  void *context;                     /**< of job and ask */
  const duro_env_open_options *open; /**< may be NULL; copied */
} duro_experiment_options;
/** All groups, one job at a time. */
duro_experiment_options duro_experiment_options_default(void);

/**
 * Reads the YAML file `path`, tries every environment, algorithm, attacker, configuration and setting that it names,
 * and plans the jobs with their results below `folder`, which need not be there yet. `options` may be NULL.
 * DURO_ERROR_FILE where a file that it names cannot be read, DURO_ERROR_FORMAT where the file is broken or says a key
 * that nobody knows, DURO_ERROR_ARGUMENT for a name, number or setting that is wrong. After a failure there is nothing
 * to close.
 */
duro_status duro_experiment_open(duro_experiment **experiment, const char *path, const char *folder,
                                 const duro_experiment_options *options);
/** Number of its jobs. */
int duro_experiment_jobs(const duro_experiment *experiment);
/** Job `index`, in the order in which they are begun; DURO_ERROR_ARGUMENT where there is none. */
duro_status duro_experiment_job_at(duro_experiment_job *job, const duro_experiment *experiment, int index);
/**
 * Runs the jobs that are not done; the folder is made where it is not there, and locked meanwhile. After a job that
 * failed, what does not build on it goes on: DURO_OK says that every job had its turn, and duro_experiment_job_at what
 * became of it. DURO_ERROR_ARGUMENT without a program, DURO_ERROR_FILE where the folder cannot be written or belongs to
 * another process, and the status of `job` or `ask` where that was not DURO_OK; the same call goes on then.
 */
duro_status duro_experiment_run(duro_experiment *experiment);
/** NULL is fine. */
void duro_experiment_close(duro_experiment *experiment);

#ifdef __cplusplus
}
#endif
#endif

/* A run: its configuration and its folder. */
#ifndef DURO_RUN_RUN_H
#define DURO_RUN_RUN_H

#include "duro/env.h"
#include "duro/policy.h"
#include "duro/run.h"
#include "duro/train.h"
#include "io/lock.h"
#include "run/controller.h"
#include "run/path.h"
#include "run/watch.h"

/* What a run is about; the group `run` of config.yaml. */
#define RUN_SETTINGS(X)                                                                                                \
  X(TEXT, environment, "", 0, 0, NULL, "",                                                                             \
    "Environment; see duro envs. Or a file, from the folder of the configuration: a plugin (.c, .so) or model "        \
    "(.xml).")                                                                                                         \
  X(TEXT, environment_hash, "", 0, 0, NULL, "", "XXH3 of that file when the run was made; empty: not compared.")       \
  X(TEXT, preset, "recipe", 0, 0, "recipe|paper", "",                                                                  \
    "What the settings are that nobody set: the recipe, or the plain published algorithms. Decided before all "        \
    "others.")                                                                                                         \
  X(TEXT, algorithm, "", 0, 0, NULL, "", "Algorithm by name.")                                                         \
  X(TEXT, adversary, "", 0, 0, NULL, "",                                                                               \
    "Run whose mu_h attacks while training, from the folder of the configuration; empty: the run's own.")              \
  X(TEXT, adversary_hash, "", 0, 0, NULL, "", "Hash of its policy when the run was made; empty: not compared.")
typedef struct run_names {
  RUN_SETTINGS(DURO_SETTINGS_FIELD)
} run_names;

enum { GROUP_RUN, GROUP_TRAIN, GROUP_WATCH, GROUP_LEARN, GROUP_ENV, GROUPS };

/* Every setting of a run. */
typedef struct duro_run_config {
  run_names names;
  duro_train_settings train;
  watch_settings watch;
  duro_learn_settings learn;
  void *env;                          /* struct of ops->settings */
  const duro_env_ops *ops;            /* of names.environment */
  char word[RUN_PATH];                /* which opens it: a name, or the path of a file from here */
  char adversary[RUN_PATH];           /* what names.adversary of the file is from here; "" without one */
  duro_settings_group groups[GROUPS]; /* point into this struct, which must not move */
} run_config;

/* How environments are opened; NULL in place of a pointer to it: by default, and nobody is told. */
typedef struct run_how {
  duro_env_open_options open;
  void (*opened)(const duro_env_ops *ops); /* told of each one; may be NULL */
  const char *environment;                 /* that controllers in C files play; NULL: they cannot be opened */
} run_how;

/* Defaults for an environment, a name or a file; NULL leaves the group `env` empty. After a failure there is nothing to
 * release. */
duro_status run_config_create(run_config *config, const char *environment, const run_how *how);
/* The algorithm of that name, as the library spells it; none is an error. */
duro_status run_config_algorithm(run_config *config, const char *name);
/* All settings of training as the preset has them. */
duro_status run_config_preset(run_config *config, const char *preset);
/* Defaults for the environment (NULL: the one the file names), then the file. Paths in the file are from its folder, in
 * `config` from here. A file beside a run.json is of a run and has to be whole. `preset`: what else than run.preset of
 * the file decides the settings that it does not name, or NULL. */
duro_status run_config_load(run_config *config, const char *environment, const char *path, const char *preset,
                            const run_how *how);
/* The same of config.yaml in a run folder, which has to be whole. */
duro_status run_config_open(run_config *config, const char *folder, const run_how *how);
void run_config_release(run_config *config);

/* A file among the settings of an environment is from the folder of the file that names it. The beginning of an
 * assignment that names one, "env.track="; "" where the environment has none. */
enum { RUN_FILE = 80 };
void run_file_setting(char out[RUN_FILE], const duro_env_ops *ops);
/* Its value among `values`, which are as ops describes them; NULL where the environment has none. */
char *run_file_value(const duro_env_ops *ops, void *values);
/* An assignment, read from the file `path`, as it is from here. */
void run_place_word(char out[RUN_PATH], const char *word, const char *file_setting, const char *path);

/* Puts the file that the environment comes from into the run folder and names it so in the configuration; nothing for
 * one that comes with the library. */
duro_status run_keep_environment(run_config *config, const duro_env *env, const char *folder);
/* Writes the configuration with the settings of the environment that was made from it, which name no file: that is kept
 * as the environment. */
duro_status run_config_save(const run_config *config, const duro_env *env, const char *path);

/* Names the adversary in the configuration as it lies from the run folder. */
duro_status run_keep_adversary(run_config *config, const char *folder);

/* Removes the environment's file again, from the folder of a run that goes. */
duro_status run_remove_environment(const char *folder);

/* A finished or interrupted run, opened for evaluation. */
typedef struct run {
  const char *folder;
  char name[DURO_TEXT_SIZE]; /* last part of the folder */
  run_config config;
  duro_env *env;
  duro_policy *policy;
  controller *controller; /* plays in place of the policy, which has no networks then; NULL: the policy does */
  char place[RUN_PATH];   /* folder of a controller, which has none of its own */
} run;
/* Who plays a run: its policy in this way, with this margin of its filter, or its controller. */
duro_status run_player(duro_player *player, const run *r, duro_act act, float margin);
/* Opens a run folder, or a controller in a C file, whose folder is runs/<name>. `changes` are env.* assignments over
 * its configuration. After a failure nothing is left. */
duro_status run_open(run *r, const char *folder, const char *const *changes, int n_changes, const run_how *how);
void run_close(run *r);

/* Its folder: that which is named, or the one of a controller. */
void run_place(char place[RUN_PATH], const char *folder);
/* The lock of the folder of a run, for those that write into it; NULL after a failure. */
duro_status run_lock(duro_lock **lock, const char *folder);

/* How its policy acts when no filter is on: pi, or pi_h where there is no pi. */
duro_act run_plain_act(const duro_policy *policy);

#endif

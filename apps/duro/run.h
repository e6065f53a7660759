/* A run: its configuration and its folder. */
#ifndef DURO_APP_RUN_H
#define DURO_APP_RUN_H

#include "cli/cli.h"
#include "duro/env.h"
#include "duro/policy.h"
#include "duro/train.h"
#include "io/lock.h"
#include "watch.h"

/* What a run is about; the group `run` of config.yaml. */
#define RUN_SETTINGS(X)                                                                                                \
  X(TEXT, environment, "", 0, 0, NULL, "",                                                                             \
    "Environment; see duro envs. Or a file, from the folder of the configuration: a plugin (.c, .so) or model "        \
    "(.xml).")                                                                                                         \
  X(TEXT, environment_hash, "", 0, 0, NULL, "", "XXH3 of that file when the run was made; empty: not compared.")       \
  X(TEXT, preset, "recipe", 0, 0, "recipe|paper", "",                                                                  \
    "What the settings are that nobody set: the recipe, or the plain published algorithms. Decided before all "        \
    "others.")                                                                                                         \
  X(TEXT, algorithm, "", 0, 0, NULL, "", "Algorithm; see duro algorithms.")                                            \
  X(TEXT, adversary, "", 0, 0, NULL, "",                                                                               \
    "Run whose mu_h attacks while training, from the folder of the configuration; empty: the run's own.")              \
  X(TEXT, adversary_hash, "", 0, 0, NULL, "", "Hash of its policy when the run was made; empty: not compared.")
typedef struct run_names {
  RUN_SETTINGS(DURO_SETTINGS_FIELD)
} run_names;

enum { GROUP_RUN, GROUP_TRAIN, GROUP_WATCH, GROUP_LEARN, GROUP_ENV, GROUPS };

/* Every setting of a run. */
typedef struct run_config {
  run_names names;
  duro_train_settings train;
  watch_settings watch;
  duro_learn_settings learn;
  void *env;                          /* struct of ops->settings */
  const duro_env_ops *ops;            /* of names.environment */
  char word[CLI_PATH];                /* which opens it: a name, or the path of a file from here */
  char adversary[CLI_PATH];           /* what names.adversary of the file is from here; "" without one */
  duro_settings_group groups[GROUPS]; /* point into this struct, which must not move */
} run_config;

/* Defaults for an environment, a name or a file; NULL leaves the group `env` empty. After a failure there is nothing to
 * release. */
duro_status run_config_create(run_config *config, const char *environment);
/* All settings of training as the preset has them. */
duro_status run_config_preset(run_config *config, const char *preset);
/* Defaults for the environment (NULL: the one the file names), then the file. Paths in the file are from its folder, in
 * `config` from here. A file beside a run.json is of a run and has to be whole. `preset`: what else than run.preset of
 * the file decides the settings that it does not name, or NULL. */
duro_status run_config_load(run_config *config, const char *environment, const char *path, const char *preset);
/* The same of config.yaml in a run folder, which has to be whole. */
duro_status run_config_open(run_config *config, const char *folder);
void run_config_release(run_config *config);

/* Puts the file that the environment comes from into the run folder and names it so in the configuration; nothing for
 * one that comes with the library. */
duro_status run_keep_environment(run_config *config, const char *folder);

/* Names the adversary in the configuration as it lies from the run folder. */
duro_status run_keep_adversary(run_config *config, const char *folder);

/* Removes the environment's file again, from the folder of a run that goes. */
void run_remove_environment(const char *folder);

/* Path of a file in a run folder, cut to CLI_PATH. */
void run_path(char *out, const char *folder, const char *file);

/* A finished or interrupted run, opened for evaluation. */
typedef struct run {
  const char *folder;
  char name[DURO_TEXT_SIZE]; /* last part of the folder */
  run_config config;
  duro_env *env;
  duro_policy *policy;
} run;
/* Opens a run folder. `changes` are env.* assignments over its configuration. After a failure nothing is left. */
duro_status run_open(run *r, const char *folder, const cli_words *changes);
void run_close(run *r);

/* The lock of the folder of a run, for those that write into it; NULL after a failure. */
duro_status run_lock(duro_lock **lock, const char *folder);

/* How its policy acts when no filter is on: pi, or pi_h where there is no pi. */
duro_act run_plain_act(const duro_policy *policy);

#endif

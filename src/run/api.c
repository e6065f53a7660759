/* Runs for callers from C: duro/run.h. */
#include "duro/run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "run/room.h"
#include "run/training.h"

static run_how how_of(const duro_env_open_options *open) {
  return (run_how){.open = open ? *open : (duro_env_open_options){0}};
}

/* ---- configurations ---- */

static duro_status fill(run_config *config, const char *environment, const char *algorithm, const char *preset,
                        const run_how *how) {
  duro_status status = run_config_create(config, environment, how);
  if (status) return status;
  if (preset) status = run_config_preset(config, preset);
  if (!status) status = run_config_algorithm(config, algorithm);
  if (status) run_config_release(config);
  return status;
}

duro_status duro_run_config_create(duro_run_config **config, const char *environment, const char *algorithm,
                                   const char *preset, const duro_env_open_options *open) {
  const run_how how = how_of(open);
  *config = duro_allocate(sizeof **config);
  if (!*config) return DURO_ERROR_MEMORY;
  const duro_status status = fill(*config, environment, algorithm, preset, &how);
  if (!status) return DURO_OK;
  duro_release(*config);
  *config = NULL;
  return status;
}

duro_status duro_run_config_load(duro_run_config **config, const char *environment, const char *path,
                                 const char *preset, const duro_env_open_options *open) {
  const run_how how = how_of(open);
  *config = duro_allocate(sizeof **config);
  if (!*config) return DURO_ERROR_MEMORY;
  duro_status status = run_config_load(*config, environment, path, preset, &how);
  const bool loaded = !status;
  if (loaded && !(*config)->ops) status = duro_fail(DURO_ERROR_FORMAT, "%s does not say run.environment", path);
  if (!status) return DURO_OK;
  if (loaded) run_config_release(*config);
  duro_release(*config);
  *config = NULL;
  return status;
}

/* What decides what all else means is an argument of duro_run_config_create. */
static duro_status check_fixed(const char *assignment) {
  static const char *const fixed[] = {"run.environment=", "run.preset="};
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
    if (strncmp(assignment, fixed[i], strlen(fixed[i])) == 0)
      return duro_fail(DURO_ERROR_ARGUMENT, "%s: environment and preset of a configuration are those it was made with",
                       assignment);
  return DURO_OK;
}

duro_status duro_run_config_set(duro_run_config *config, const char *assignment) {
  const duro_status status = check_fixed(assignment);
  return status ? status : duro_settings_assign(config->groups, GROUPS, assignment);
}

const duro_settings_group *duro_run_config_groups(const duro_run_config *config, int *count) {
  *count = GROUPS;
  return config->groups;
}

const duro_env_ops *duro_run_config_env(const duro_run_config *config, const void **settings) {
  if (settings) *settings = config->env;
  return config->ops;
}

void duro_run_config_destroy(duro_run_config *config) {
  if (!config) return;
  run_config_release(config);
  duro_release(config);
}

/* ---- training ---- */

duro_run_options duro_run_options_default(void) {
  return (duro_run_options){.struct_size = sizeof(duro_run_options)};
}

static void fill_result(duro_run_result *result, const training *t) {
  const trial_result *d = &t->trial.deployed;
  const watch *w = &t->watch;
  const bool chosen = t->config->watch.choose && w->best.step;
  *result = (duro_run_result){.struct_size = sizeof *result,
                              .step = t->step,
                              .saved = t->saved,
                              .looks = w->judged,
                              .passed = w->passed,
                              .deployed = d->step  ? d->step
                                          : chosen ? w->best.step
                                                   : 0,
                              .tried = d->step,
                              .act = d->act,
                              .margin = d->step ? d->margin : NAN,
                              .starts = d->episodes - d->lost,
                              .violating = d->violating,
                              .lost = d->lost,
                              .h_min = d->h_min,
                              .return_mean = d->score};
}

static duro_status check_options(const duro_run_config *config, const duro_run_options *options) {
  if (options->struct_size != sizeof *options)
    return duro_fail(DURO_ERROR_ARGUMENT, "the options of a run have %zu bytes; wanted %zu", options->struct_size,
                     sizeof *options);
  if (options->resume && (options->from || options->go_on || options->replace))
    return duro_fail(DURO_ERROR_ARGUMENT, "resume goes on with a run as it is; wanted no from, go_on or replace");
  const duro_algorithm_info *info;
  return duro_algorithm_find(&info, config->names.algorithm);
}

duro_status duro_train_run(duro_run_result *result, duro_run_config *config, const char *folder,
                           const duro_run_options *options) {
  const duro_run_options defaults = duro_run_options_default();
  if (!options) options = &defaults;
  const run_how how = how_of(options->open);
  duro_status status = check_options(config, options);
  training *t = status ? NULL : duro_allocate(sizeof *t);
  if (!t) return status ? status : DURO_ERROR_MEMORY;
  status = training_create(t, config, options, &how);
  if (!status)
    status = room_check(duro_trainer_memory(t->trainer, NULL), t->available, "this training", "a smaller train.replay",
                        false);
  if (!status) status = training_begin(t, folder);
  if (!status) status = training_run(t);
  if (result) fill_result(result, t);
  training_release(t);
  duro_release(t);
  return status;
}

/* ---- runs ---- */

struct duro_run {
  run run;
  char folder[RUN_PATH];
};

duro_status duro_run_open(duro_run **out, const char *folder, const char *const *changes, int n_changes,
                          const duro_env_open_options *open) {
  const run_how how = how_of(open);
  duro_run *r = *out = duro_allocate(sizeof *r);
  if (!r) return DURO_ERROR_MEMORY;
  duro_status status = DURO_OK;
  if (snprintf(r->folder, sizeof r->folder, "%s", folder) >= (int)sizeof r->folder)
    status = duro_fail(DURO_ERROR_ARGUMENT, "the path %.80s... is too long", folder);
  if (!status) status = run_open(&r->run, r->folder, changes, n_changes, &how);
  if (!status) return DURO_OK;
  duro_release(r);
  *out = NULL;
  return status;
}

const duro_env *duro_run_env(const duro_run *r) {
  return r->run.env;
}

const duro_policy *duro_run_policy(const duro_run *r) {
  return r->run.policy;
}

void duro_run_close(duro_run *r) {
  if (!r) return;
  run_close(&r->run);
  duro_release(r);
}

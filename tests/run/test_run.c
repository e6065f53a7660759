/* A run from C: looks, choice, trial, a stop and what follows it, and the folder opened again. */
#define _GNU_SOURCE // nftw
#include <ftw.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "duro/io.h"
#include "duro/run.h"
#include "duro/settings.h"
#include "io/scratch.h"

/* short, and every part of it */
static const char *const tiny[] = {"train.steps=3200",       "train.warmup=640",      "train.envs=32",
                                   "train.report_every=10",  "train.replay=5000",     "train.checkpoint_every=30",
                                   "learn.width=16",         "learn.batch=32",        "train.looks=4",
                                   "train.look_episodes=4",  "train.look_search=32",  "train.trial=2",
                                   "train.trial_episodes=4", "train.trial_search=32", "train.threads=1"};

static duro_run_config *configure(void) {
  duro_run_config *config;
  assert_int_equal(duro_run_config_create(&config, "double-integrator", "drac", NULL, NULL), DURO_OK);
  for (size_t i = 0; i < sizeof tiny / sizeof *tiny; i++)
    assert_int_equal(duro_run_config_set(config, tiny[i]), DURO_OK);
  return config;
}

/* What a report saw, and when it asks to stop. */
typedef struct seen {
  int rows, trial;
  int64_t step, looked;
  int64_t stop_at; /* step; 0: never */
} seen;

static duro_status look_on(const duro_run_progress *now, void *context) {
  seen *s = context;
  assert_int_equal(now->struct_size, sizeof *now);
  assert_non_null(now->trainer);
  if (!now->train) {
    assert_true(now->trial >= 0 && now->trial <= 1);
    s->trial++;
    return DURO_OK;
  }
  assert_true(isnan(now->trial));
  s->rows++;
  s->step = now->train->step;
  s->looked = now->look_episodes;
  return s->stop_at && s->step >= s->stop_at ? DURO_ERROR_STOPPED : DURO_OK;
}

static duro_status train(duro_run_result *result, seen *s, const char *folder, bool resume) {
  duro_run_config *config = configure();
  duro_run_options options = duro_run_options_default();
  options.report = look_on, options.context = s, options.resume = resume;
  const duro_status status = duro_train_run(result, config, folder, &options);
  duro_run_config_destroy(config);
  return status;
}

static bool is_there(const char *folder, const char *file) {
  char path[600];
  snprintf(path, sizeof path, "%s/%s", folder, file);
  return access(path, F_OK) == 0;
}

static void trains_with_looks_choice_and_trial(void **state) {
  (void)state;
  seen s = {0};
  duro_run_result r;
  const char *folder = in_scratch("whole");
  assert_int_equal(train(&r, &s, folder, false), DURO_OK);
  assert_true(s.rows >= 8 && s.trial > 0);
  assert_int_equal(s.step, 3200);
  assert_int_equal(s.looked, 4);
  assert_int_equal(r.step, 3200);
  assert_int_equal(r.saved, 3200);
  assert_int_equal(r.looks, 4);
  assert_true(r.tried && r.deployed > 0 && r.violating <= r.starts && r.starts + r.lost == 8);
  static const char *const files[] = {"config.yaml",       "run.json",       "train.csv",       "eval/during.csv",
                                      "eval/verdicts.csv", "eval/trial.csv", "policies/chosen", "checkpoints/latest"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) assert_true(is_there(folder, files[i]));
}

/* The bits of a run that was stopped and gone on with are those of one that was not. */
static void stops_and_goes_on(void **state) {
  (void)state;
  seen s = {.stop_at = 1500};
  duro_run_result r;
  uint64_t whole, parts;
  const char *folder = in_scratch("parts");
  assert_int_equal(train(&r, &s, folder, false), DURO_ERROR_STOPPED);
  assert_true(r.saved >= 1500 && r.saved < 3200 && r.saved == r.step && !r.tried);
  s = (seen){0};
  assert_int_equal(train(&r, &s, folder, true), DURO_OK);
  assert_int_equal(r.looks, 4);
  assert_int_equal(duro_run_hash(&parts, folder), DURO_OK);
  assert_int_equal(duro_run_hash(&whole, in_scratch("whole")), DURO_OK);
  assert_true(whole == parts);
}

static void opens_what_is_deployed(void **state) {
  (void)state;
  duro_run *run;
  assert_int_equal(duro_run_open(&run, in_scratch("whole"), NULL, 0, NULL), DURO_OK);
  assert_string_equal(duro_run_env(run)->ops->name, "double-integrator");
  assert_string_equal(duro_policy_about(duro_run_policy(run))->algorithm, "DRAC");
  duro_run_close(run);
  const char *const wrong[] = {"env.nothing=1"};
  assert_int_equal(duro_run_open(&run, in_scratch("whole"), wrong, 1, NULL), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_run_open(&run, in_scratch("nowhere"), NULL, 0, NULL), DURO_ERROR_FILE);
}

static void a_folder_with_files_is_not_replaced_unasked(void **state) {
  (void)state;
  seen s = {0};
  duro_run_result r;
  assert_int_equal(train(&r, &s, in_scratch("whole"), false), DURO_ERROR_FILE);
  assert_int_equal(r.step, 0);
  assert_true(is_there(in_scratch("whole"), "policies/chosen"));
}

static void what_is_wrong_is_named(void **state) {
  (void)state;
  duro_run_config *config;
  assert_int_equal(duro_run_config_create(&config, "cartpol", "DRAC", NULL, NULL), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "cartpole"));
  assert_null(config);
  assert_int_equal(duro_run_config_create(&config, "pendulum", "DRAK", NULL, NULL), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_run_config_create(&config, "pendulum", "DRAC", "nothing", NULL), DURO_ERROR_ARGUMENT);
  config = configure();
  assert_int_equal(duro_run_config_set(config, "train.stepps=1"), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_run_config_set(config, "run.environment=pendulum"), DURO_ERROR_ARGUMENT);
  duro_run_options options = duro_run_options_default();
  options.resume = options.replace = true;
  assert_int_equal(duro_train_run(NULL, config, in_scratch("wrong"), &options), DURO_ERROR_ARGUMENT);
  options = duro_run_options_default();
  options.struct_size--;
  assert_int_equal(duro_train_run(NULL, config, in_scratch("wrong"), &options), DURO_ERROR_ARGUMENT);
  assert_false(is_there(in_scratch("wrong"), "."));
  duro_run_config_destroy(config);
}

/* config.yaml of a run makes the run again. */
static void reads_its_own_configuration(void **state) {
  (void)state;
  duro_run_config *config;
  char path[600];
  snprintf(path, sizeof path, "%s/config.yaml", in_scratch("whole"));
  assert_int_equal(duro_run_config_load(&config, NULL, path, NULL, NULL), DURO_OK);
  int count;
  const duro_settings_group *groups = duro_run_config_groups(config, &count);
  assert_int_equal(count, 5);
  assert_string_equal(groups[0].prefix, "run");
  assert_string_equal(duro_run_config_env(config, NULL)->name, "double-integrator");
  uint64_t one, other;
  duro_run_result r;
  duro_run_options options = duro_run_options_default();
  assert_int_equal(duro_train_run(&r, config, in_scratch("again"), &options), DURO_OK);
  assert_int_equal(duro_run_hash(&one, in_scratch("whole")), DURO_OK);
  assert_int_equal(duro_run_hash(&other, in_scratch("again")), DURO_OK);
  assert_true(one == other);
  duro_run_config_destroy(config);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place) {
  (void)about, (void)kind, (void)place;
  return remove(path);
}

static int remove_all(void **state) {
  (void)state;
  return nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(trains_with_looks_choice_and_trial),
      cmocka_unit_test(stops_and_goes_on),
      cmocka_unit_test(opens_what_is_deployed),
      cmocka_unit_test(a_folder_with_files_is_not_replaced_unasked),
      cmocka_unit_test(what_is_wrong_is_named),
      cmocka_unit_test(reads_its_own_configuration),
  };
  return cmocka_run_group_tests(tests, scratch_create, remove_all);
}

/* The library without memory: whatever a caller does, an allocation that fails is DURO_ERROR_MEMORY with a line that
 * says so, and leaves nothing behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "duro/eval.h"
#include "duro/game.h"
#include "duro/grid.h"
#include "duro/io.h"
#include "duro/train.h"
#include "io/scratch.h"

static duro_status make_env(duro_env **env) {
  const duro_env_ops *ops;
  const duro_status status = duro_env_find(&ops, "double-integrator");
  return status ? status : duro_env_create(env, ops, NULL);
}

static duro_status train_save_and_play(const duro_env *env, duro_trainer **trainer, duro_policy **policy) {
  duro_train_settings train;
  duro_learn_settings learn;
  duro_episode episodes[4];
  const duro_attack attack = duro_attack_of(DURO_ATTACK_RANDOM);
  const duro_eval_options how = {.episodes = 4, .seed = 1, .threads = 1, .horizon = 3, .start = DURO_START_EVAL};
  assert_int_equal(duro_train_preset(&train, &learn, "paper"), DURO_OK);
  train.threads = 1, train.envs = 16, train.warmup = 16, train.steps = 32, train.replay = 64;
  learn.width = learn.batch = 16;
  duro_status status = duro_trainer_create(trainer, env, "DRAC", &train, &learn);
  if (!status) status = duro_trainer_save(*trainer, in_scratch("trained"));
  if (!status) status = duro_policy_load(policy, in_scratch("trained"));
  return status ? status : duro_eval_run(episodes, env, *policy, &attack, &how);
}

static duro_status learn_and_play(void) {
  duro_env *env = NULL;
  duro_trainer *trainer = NULL;
  duro_policy *policy = NULL;
  duro_status status = make_env(&env);
  if (!status) status = train_save_and_play(env, &trainer, &policy);
  duro_policy_destroy(policy);
  duro_trainer_destroy(trainer);
  duro_env_destroy(env);
  return status;
}

static duro_status solve_a_grid(void) {
  duro_env *env = NULL;
  duro_grid *grid = NULL;
  duro_grid_plan plan;
  duro_grid_settings settings;
  const duro_settings_group group = duro_grid_settings_group(&settings);
  const int n = 9;
  duro_settings_default(&group);
  settings.threads = 1, settings.discount = .5;
  duro_status status = make_env(&env);
  if (!status) status = duro_grid_plan_make(&plan, env, &settings, &n, 1, NULL, NULL);
  if (!status) status = duro_grid_create(&grid, env, &settings, &plan);
  if (!status) status = duro_grid_solve_safety(grid, NULL, NULL);
  if (!status) status = duro_grid_save(grid, in_scratch("grid"));
  if (!status) status = duro_grid_resume(grid, in_scratch("grid"));
  duro_grid_destroy(grid);
  duro_env_destroy(env);
  return status;
}

/* Lets the first, second, .. allocation fail until none does. */
static void survives(duro_status (*work)(void), int least) {
  duro_status status = DURO_ERROR_MEMORY;
  int n = 0;
  for (; status; n++) {
    short_memory m = {.left = n};
    duro_set_allocator(short_allocate, short_release, &m);
    status = work();
    duro_set_allocator(NULL, NULL, NULL);
    assert_int_equal(m.live, 0);
    if (status == DURO_OK) break;
    assert_int_equal(status, DURO_ERROR_MEMORY);
    if (!strstr(duro_error(), "memory")) fail_msg("allocation %d: %s", n, duro_error());
    assert_true(n < 5000);
  }
  assert_true(n >= least);
}

static void training_and_evaluation(void **unused) {
  (void)unused;
  survives(learn_and_play, 20);
}

static void solving(void **unused) {
  (void)unused;
  survives(solve_a_grid, 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(training_and_evaluation), cmocka_unit_test(solving)};
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}

/* How much stack the library takes of the thread that calls it: everything runs once on a stack that was filled with a
 * pattern, and DURO_STACK, which base.h promises to be enough, is held against what lost the pattern. */
#include "duro/duro.h"
#include "duro/grid.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

enum { ROOM = 4 << 20, PATTERN = 0xA5 };

#define OK(call)                                                                                                       \
  do                                                                                                                   \
    if (!failure[0] && (call)) snprintf(failure, sizeof failure, "%s: %s", #call, duro_error());                       \
  while (0)

/* without optimisation each variable has a place of its own, and sanitizers put more beside; wide networks take long
 * there
 */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
enum { JUDGED = 1, WIDEST = 1024 };
#else
enum { JUDGED = 0, WIDEST = 64 };
#endif

/* cmocka's asserts jump, which only the thread of the test may do */
static char failure[512];

static duro_env *open_env(const char *name) {
  const duro_env_ops *ops = NULL;
  duro_env *env = NULL;
  OK(duro_env_find(&ops, name));
  OK(duro_env_create(&env, ops, NULL));
  return env;
}

/* the widest networks that go many at a time, with everything that a filter asks */
static duro_policy *train(const duro_env *env, const char *algorithm, int width, int batch) {
  duro_train_settings train;
  duro_learn_settings learn;
  const duro_settings_group groups[] = {{"train", duro_train_rows, duro_train_rows_count, &train},
                                        {"learn", duro_learn_rows, duro_learn_rows_count, &learn}};
  for (int i = 0; i < 2; i++) duro_settings_default(&groups[i]);
  train.envs = 16, train.steps = 96, train.warmup = 64, train.replay = 256, train.threads = 2;
  learn.width = width, learn.batch = batch;
  duro_trainer *trainer = NULL;
  duro_policy *policy = NULL;
  OK(duro_trainer_create(&trainer, env, algorithm, &train, &learn));
  OK(duro_trainer_run(trainer, NULL, NULL));
  OK(duro_trainer_policy(trainer, &policy));
  OK(duro_trainer_save(trainer, "/dev/null"));
  duro_trainer_destroy(trainer);
  return policy;
}

static void evaluate(const duro_env *env, const duro_policy *policy) {
  enum { EPISODES = 80 };
  static duro_episode out[EPISODES];
  const duro_attack attacks[] = {
      {.amplitude = 1, .kind = DURO_ATTACK_NONE},
      {.amplitude = 1, .kind = DURO_ATTACK_SAFETY, .policy = policy},
      {.amplitude = 1, .kind = DURO_ATTACK_SEARCH, .search = {.population = 4, .iterations = 2}}};
  for (int i = 0; i < 3; i++)
    OK(duro_eval_run(out, env, policy, &attacks[i],
                     &(duro_eval_options){.episodes = EPISODES,
                                          .seed = 1,
                                          .threads = 2,
                                          .horizon = 20,
                                          .start = DURO_START_EVAL,
                                          .act = DURO_ACT_FILTERED}));
}

static void attack(const duro_env *env, const duro_policy *policy) {
  duro_response_plan plans[3];
  duro_response got[3];
  const duro_eval_options starts = {.start = DURO_START_EVAL};
  const duro_response_task task = {
      .env = env, .policy = policy, .act = DURO_ACT_FILTERED, .amplitude = 1, .starts = &starts, .threads = 2};
  for (int kind = 0; kind < 3; kind++) duro_response_plans(plans + kind, 1, (duro_response_kind)kind, 1, 20);
  OK(duro_response_train(got, plans, 3, &task, NULL, NULL));
  duro_response_release(got, 3);
}

/* a small error takes double precision */
static void solve(const duro_env *env, double error, int n, bool task) {
  duro_grid_settings set;
  duro_settings_group group = duro_grid_settings_group(&set);
  duro_grid_plan plan;
  duro_grid *grid = NULL;
  duro_settings_default(&group);
  set.task = task, set.threads = 2, set.discount = .9, set.error = error, set.task_error = .1, set.gamma = .9;
  OK(duro_grid_plan_make(&plan, env, &set, (const int[]){n}, 1, NULL, NULL));
  OK(duro_grid_create(&grid, env, &set, &plan));
  OK(duro_grid_solve_safety(grid, NULL, NULL));
  if (task) OK(duro_grid_solve_task(grid, NULL, NULL));
  float *value = calloc((size_t)plan.cells, sizeof *value);
  OK(duro_grid_read(grid, DURO_GRID_SAFETY_VALUE, value));
  free(value);
  duro_grid_destroy(grid);
}

static void *everything(void *unused) {
  (void)unused;
  duro_env *env = open_env("double-integrator"), *car = open_env("racing-car"), *pole = open_env("cartpole");
  duro_policy *policy = train(env, "DRAC", WIDEST, 64), *small = train(car, "DRAC", 64, 256);
  evaluate(env, policy);
  evaluate(car, small);
  attack(env, policy);
  solve(env, 1e-3, 101, true);
  solve(env, 1e-12, 31, true);
  solve(pole, 1e-3, 9, false);
  duro_policy_destroy(policy);
  duro_policy_destroy(small);
  duro_env_destroy(env);
  duro_env_destroy(car);
  duro_env_destroy(pole);
  return NULL;
}

static void a_calling_thread_needs_what_is_stated(void **unused) {
  (void)unused;
  unsigned char *stack = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_true(stack != MAP_FAILED);
  memset(stack, PATTERN, ROOM);
  pthread_attr_t attributes;
  pthread_t thread;
  assert_int_equal(pthread_attr_init(&attributes), 0);
  assert_int_equal(pthread_attr_setstack(&attributes, stack, ROOM), 0);
  assert_int_equal(pthread_create(&thread, &attributes, everything, NULL), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  pthread_attr_destroy(&attributes);
  if (failure[0]) fail_msg("%s", failure);
  size_t untouched = 0; // it grows downwards
  while (untouched < ROOM && stack[untouched] == PATTERN) untouched++;
  const size_t used = ROOM - untouched;
  print_message("%zu KiB of stack were used; %d are stated\n", used / 1024, DURO_STACK / 1024);
  if (JUDGED) assert_true(used <= DURO_STACK);
  munmap(stack, ROOM);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_calling_thread_needs_what_is_stated)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

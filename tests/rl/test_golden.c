/* Training has the same bits on every compiler, optimisation level, SIMD width and number of threads. One short DRAC
 * training on the closed-form cart-pole is kept as a hash. The constant below is no truth of nature: it changes with
 * the algorithm, and then a commit says so. */
#include "duro/train.h"
#include "learner_test.h"

#define GOLDEN UINT64_C(0xfa7ebd8fb4b972a5)

typedef struct job {
  const char *algorithm;
  int width, batch;
  bool mu_h_sees_u;
} job;

static uint64_t train(const job *j, int threads, const char *simd) {
  duro_env *env = make_env("cartpole");
  duro_train_settings set;
  duro_learn_settings learn;
  default_settings(&set, &learn);
  set.threads = threads;
  snprintf(set.simd, sizeof set.simd, "%s", simd);
  set.envs = 40; // not a multiple of a panel
  set.steps = 40 * 32;
  set.warmup = 40 * 20;
  set.horizon = 15;
  set.replay = 1000; // wraps around
  set.against_constant = .1;
  learn.width = j->width;
  learn.batch = j->batch;
  learn.mu_h_sees_u = j->mu_h_sees_u;
  learn.gamma_h = .9;
  learn.gamma_h_end = .99;
  learn.decay_share = .5;
  learn.player_every = 2;
  learn.lambda_every = 4;
  learn.corners = learn.divide = true;
  learn.target_noise = .1;
  learn.random_share = .3;
  duro_trainer *trainer;
  assert_int_equal(duro_trainer_create(&trainer, env, j->algorithm, &set, &learn), DURO_OK);
  assert_int_equal(duro_trainer_run(trainer, NULL, NULL), DURO_OK);
  const uint64_t hash = duro_trainer_hash(trainer);
  duro_trainer_destroy(trainer);
  duro_env_destroy(env);
  return hash;
}

static void check(int threads, const char *simd) {
  const uint64_t hash = train(&(job){"DRAC", 32, 48, false}, threads,
                              simd); // three panels: not the same for every thread
  if (hash != GOLDEN)
    fail_msg("hash %016llx with %d threads and %s kernels; wanted %016llx", (unsigned long long)hash, threads, simd,
             (unsigned long long)GOLDEN);
}

static void test_threads(void **unused) {
  (void)unused;
  const int threads[] = {0, 1, 2, 3, 8};
  for (int i = 0; i < 5; ++i) check(threads[i], "auto");
}

static void test_variants(void **unused) {
  (void)unused;
  for (int v = 0; duro_kernels_at(v); ++v) check(1, duro_kernels_at(v)->name);
}

/* one hash for 1 to `threads` threads, and for every variant of the kernels */
static void check_same(const job *j, int threads) {
  const uint64_t one = train(j, 1, "auto");
  for (int i = 2; i <= threads; ++i)
    if (train(j, i, "auto") != one) fail_msg("%s: %d threads give other bits than one", j->algorithm, i);
  for (int v = 0; duro_kernels_at(v); ++v)
    if (train(j, 1, duro_kernels_at(v)->name) != one)
      fail_msg("%s: %s kernels give other bits", j->algorithm, duro_kernels_at(v)->name);
}

/* shapes that reach the wide tiles of every variant */
static void test_wide(void **unused) {
  (void)unused;
  check_same(&(job){"DRAC", 112, 160, false}, 2);
}

static void test_every_algorithm(void **unused) {
  (void)unused;
  for (int i = 0; i < algorithm_count; ++i) {
    const algorithm *a = &algorithms[i];
    check_same(&(job){a->info.name, 16, 48, false}, 3);
    if (a->roles & ROLE(ROLE_MU_H)) check_same(&(job){a->info.name, 16, 48, true}, 3);
  }
}

/* ---- every algorithm, as users train it ---- */

/* The recipe's settings, shortened: scaled observations, restarts, pi_h and the filter playing, the blended hold. */
static void recipe(duro_train_settings *train, duro_learn_settings *learn) {
  assert_int_equal(duro_train_preset(train, learn, "recipe"), DURO_OK);
  train->envs = 40, train->steps = 40 * 60, train->warmup = 40 * 20, train->horizon = 15, train->replay = 1000;
  train->against_constant = .1, train->restarts = .3, train->play_pi_h = train->play_filter = .2;
  learn->width = 16, learn->batch = 48;
}

static uint64_t train_on(const duro_env *env, const char *algorithm, int threads) {
  duro_train_settings set;
  duro_learn_settings learn;
  recipe(&set, &learn);
  set.threads = threads;
  duro_trainer *trainer;
  assert_int_equal(duro_trainer_create(&trainer, env, algorithm, &set, &learn), DURO_OK);
  assert_int_equal(duro_trainer_run(trainer, NULL, NULL), DURO_OK);
  const uint64_t hash = duro_trainer_hash(trainer);
  duro_trainer_destroy(trainer);
  return hash;
}

/* Two tanks in raw units: a C file, which the compiler of the system translates. */
static duro_env *open_file(const duro_env_ops **ops) {
  duro_env *env;
  assert_int_equal(duro_env_open(ops, DURO_SOURCE_DIR "/tests/recipe/tanks.c", NULL), DURO_OK);
  assert_int_equal(duro_env_create(&env, *ops, NULL), DURO_OK);
  return env;
}

static void test_recipe(void **unused) {
  (void)unused;
  static const struct {
    const char *algorithm;
    uint64_t closed_form, file;
  } wanted[] = {
      {"SAC", UINT64_C(0x1e81dcaeeabcd98a), UINT64_C(0x5f2dbeb312da5598)},
      {"RSAC", UINT64_C(0x4002816ed662aa16), UINT64_C(0x0a20158b45172d21)},
      {"SAC-Lag", UINT64_C(0x16f719bff9bf69a7), UINT64_C(0x41a5a78006c71e78)},
      {"RAC", UINT64_C(0x8e792951cf479165), UINT64_C(0x25532f0e656f680f)},
      {"RIS", UINT64_C(0x35d268f37af910c3), UINT64_C(0x5654b9e3ec2e1531)},
      {"SAC-RIS", UINT64_C(0xcb6945bdc32e668e), UINT64_C(0x018152855954c068)},
      {"DRAC", UINT64_C(0x633a105f34c78719), UINT64_C(0x4fcc358fe5bb04fa)},
  };
  const duro_env_ops *ops;
  duro_env *closed_form = make_env("cartpole"), *file = open_file(&ops);
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; ++i)
    for (int k = 0; k < 2; ++k) {
      const uint64_t expected = k ? wanted[i].file : wanted[i].closed_form;
      for (int threads = 1; threads <= 8; threads += 1 + (threads > 2) * 4) {
        const uint64_t hash = train_on(k ? file : closed_form, wanted[i].algorithm, threads);
        if (hash != expected)
          fail_msg("%s on %s: hash %016llx with %d threads; wanted %016llx", wanted[i].algorithm,
                   k ? "tanks.c" : "cartpole", (unsigned long long)hash, threads, (unsigned long long)expected);
      }
    }
  duro_env_destroy(closed_form);
  duro_env_destroy(file);
  duro_env_close(ops);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads), cmocka_unit_test(test_variants),
                                     cmocka_unit_test(test_wide), cmocka_unit_test(test_every_algorithm),
                                     cmocka_unit_test(test_recipe)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

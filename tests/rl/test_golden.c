/* Training has the same bits on every compiler, optimisation level, SIMD width and number of threads. One short DRAC
 * training on the closed-form cart-pole is kept as a hash. The constant below is no truth of nature: it changes with
 * the algorithm, and then a commit says so. */
#include "duro/train.h"
#include "learner_test.h"

#define GOLDEN UINT64_C(0xfa7ebd8fb4b972a5)

/* Every setting of a training. */
typedef struct pinned {
  duro_train_settings train;
  duro_learn_settings learn;
  char env[1024]; /* struct of settings of the cart-pole */
} pinned;

/* The settings of a file, which names all of them, over a preset. */
static void read_pinned(pinned *p, const char *file, const char *preset) {
  char path[512];
  const duro_env_ops *ops;
  assert_int_equal(duro_env_find(&ops, "cartpole"), DURO_OK);
  assert_true(ops->settings_size <= sizeof p->env);
  memset(p, 0, sizeof *p);
  assert_int_equal(duro_train_preset(&p->train, &p->learn, preset), DURO_OK);
  const duro_settings_group groups[] = {{"train", duro_train_rows, duro_train_rows_count, &p->train},
                                        {"learn", duro_learn_rows, duro_learn_rows_count, &p->learn},
                                        {"env", ops->settings, ops->n_settings, p->env}};
  duro_settings_default(&groups[2]);
  snprintf(path, sizeof path, DURO_SOURCE_DIR "/tests/data/golden_%s.yaml", file);
  if (duro_settings_load(groups, 3, path)) fail_msg("%s", duro_error());
}

static duro_env *pinned_cartpole(const pinned *p) {
  const duro_env_ops *ops;
  duro_env *env;
  assert_int_equal(duro_env_find(&ops, "cartpole"), DURO_OK);
  assert_int_equal(duro_env_create(&env, ops, p->env), DURO_OK);
  return env;
}

/* A setting that the files do not name must be one that both presets agree about. A new one that they do not agree
 * about belongs into the files, with the value that it has for the plain algorithms. */
static void test_pinned(void **unused) {
  (void)unused;
  static const char *const files[] = {"plain", "recipe"};
  for (int i = 0; i < 2; ++i) {
    pinned paper, recipe;
    read_pinned(&paper, files[i], "paper");
    read_pinned(&recipe, files[i], "recipe");
    for (int k = 0; k < duro_train_rows_count + duro_learn_rows_count; ++k) {
      const bool learns = k >= duro_train_rows_count;
      const duro_setting *row = learns ? &duro_learn_rows[k - duro_train_rows_count] : &duro_train_rows[k];
      char one[DURO_TEXT_SIZE], other[DURO_TEXT_SIZE];
      duro_settings_text(one, sizeof one, row, learns ? (void *)&paper.learn : (void *)&paper.train);
      duro_settings_text(other, sizeof other, row, learns ? (void *)&recipe.learn : (void *)&recipe.train);
      if (strcmp(one, other) != 0)
        fail_msg("golden_%s.yaml does not name %s.%s", files[i], learns ? "learn" : "train", row->name);
    }
  }
}

static uint64_t hash_of_training(const duro_env *env, const char *algorithm, const pinned *p) {
  duro_trainer *trainer;
  if (duro_trainer_create(&trainer, env, algorithm, &p->train, &p->learn)) fail_msg("%s", duro_error());
  assert_int_equal(duro_trainer_run(trainer, NULL, NULL), DURO_OK);
  const uint64_t hash = duro_trainer_hash(trainer);
  duro_trainer_destroy(trainer);
  return hash;
}

typedef struct job {
  const char *algorithm;
  int width, batch;
  bool mu_h_sees_u;
} job;

static uint64_t train(const job *j, int threads, const char *simd) {
  pinned p;
  read_pinned(&p, "plain", "paper");
  p.train.threads = threads;
  snprintf(p.train.simd, sizeof p.train.simd, "%s", simd);
  p.learn.width = j->width;
  p.learn.batch = j->batch;
  p.learn.mu_h_sees_u = j->mu_h_sees_u;
  duro_env *env = pinned_cartpole(&p);
  const uint64_t hash = hash_of_training(env, j->algorithm, &p);
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
  for (int threads = 0; threads <= 8; ++threads) check(threads, "auto");
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
static void check_training(const duro_env *env, const char *algorithm, const char *critic, int threads,
                           const char *simd, uint64_t wanted) {
  pinned p;
  read_pinned(&p, "recipe", "paper");
  p.train.threads = threads;
  snprintf(p.learn.critic, sizeof p.learn.critic, "%s", critic);
  snprintf(p.train.simd, sizeof p.train.simd, "%s", simd);
  const uint64_t hash = hash_of_training(env, algorithm, &p);
  if (hash != wanted)
    fail_msg("%s on %s, %s critics: hash %016llx with %d threads and %s kernels; wanted %016llx", algorithm,
             env->ops->name, critic, (unsigned long long)hash, threads, simd, (unsigned long long)wanted);
}

/* 1 to 8 threads, and every variant of the kernels */
static void check_everywhere(const duro_env *env, const char *algorithm, const char *critic, uint64_t wanted) {
  for (int threads = 1; threads <= 8; ++threads) check_training(env, algorithm, critic, threads, "auto", wanted);
  for (int v = 1; duro_kernels_at(v); ++v) // "auto" is the first one
    check_training(env, algorithm, critic, 1 + v, duro_kernels_at(v)->name, wanted);
}

/* Two tanks in raw units: a C file, which the compiler of the system translates. */
static duro_env *open_file(const duro_env_ops **ops) {
  duro_env *env;
  const duro_env_open_options options = {.compiler = getenv("CC")}; // elsewhere than here it makes what runs here
  if (duro_env_open(ops, DURO_SOURCE_DIR "/tests/recipe/tanks.c", &options)) fail_msg("%s", duro_error());
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
  pinned p;
  read_pinned(&p, "recipe", "paper");
  duro_env *closed_form = pinned_cartpole(&p), *file = open_file(&ops);
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; ++i)
    for (int k = 0; k < 2; ++k)
      check_everywhere(k ? file : closed_form, wanted[i].algorithm, "plain",
                       k ? wanted[i].file : wanted[i].closed_form);
  duro_env_destroy(closed_form);
  duro_env_destroy(file);
  duro_env_close(ops);
}

/* learn.critic=normed */
static void test_normed(void **unused) {
  (void)unused;
  static const struct {
    const char *algorithm;
    uint64_t hash;
  } wanted[] = {
      {"SAC", UINT64_C(0x725886f2126e9e72)},     {"RSAC", UINT64_C(0xa6ad382e8264e318)},
      {"SAC-Lag", UINT64_C(0xc69aa00ec192b8e5)}, {"RAC", UINT64_C(0x5f8ba555b084273c)},
      {"RIS", UINT64_C(0x4e04777d7c0af70e)},     {"SAC-RIS", UINT64_C(0xec8e66df0f028cfb)},
      {"DRAC", UINT64_C(0xec5b4655ede0f652)},
  };
  pinned p;
  read_pinned(&p, "recipe", "paper");
  duro_env *env = pinned_cartpole(&p);
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; ++i)
    check_everywhere(env, wanted[i].algorithm, "normed", wanted[i].hash);
  duro_env_destroy(env);
}

/* learn.levels: every part of the categorical form is in DRAC */
static void test_levels(void **unused) {
  (void)unused;
  const uint64_t wanted = UINT64_C(0xf48945acd1b1ee1e);
  pinned p;
  read_pinned(&p, "recipe", "paper");
  p.learn.levels = 3;
  duro_env *env = pinned_cartpole(&p);
  for (int i = 0; i < 8 || duro_kernels_at(i - 8); ++i) {
    p.train.threads = i < 8 ? i + 1 : i - 7;
    snprintf(p.train.simd, sizeof p.train.simd, "%s", i < 8 ? "auto" : duro_kernels_at(i - 8)->name);
    const uint64_t hash = hash_of_training(env, "DRAC", &p);
    if (hash != wanted)
      fail_msg("hash %016llx with %d threads and %s kernels; wanted %016llx", (unsigned long long)hash,
               (int)p.train.threads, p.train.simd, (unsigned long long)wanted);
  }
  duro_env_destroy(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_pinned),          cmocka_unit_test(test_threads),
                                     cmocka_unit_test(test_variants),        cmocka_unit_test(test_wide),
                                     cmocka_unit_test(test_every_algorithm), cmocka_unit_test(test_recipe),
                                     cmocka_unit_test(test_normed),          cmocka_unit_test(test_levels)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

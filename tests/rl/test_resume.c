/* Training that is interrupted and taken up from a checkpoint is the training that never was: the same memory, rows and
 * files, bit for bit, for every algorithm and kind of environment. What differs is refused by name. */
#include "learner_test.h"

#include "duro/io.h"
#include "duro/train.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROWS = 64, COLUMNS_MOST = 32 };

/* what a training leaves: its rows of train.csv */
typedef struct record {
  double row[ROWS][COLUMNS_MOST];
  int rows, columns;
  int64_t stop_after; /* asks to stop at the row of this number; 0: never */
  const char *folder; /* of checkpoints; NULL: none */
} record;

static duro_status on_report(duro_trainer *t, const duro_train_progress *now, void *context) {
  record *r = context;
  const char *const *names;
  r->columns = duro_trainer_metrics(t, &names);
  if (now->metrics) {
    assert_true(r->rows < ROWS && r->columns <= COLUMNS_MOST);
    for (int i = 0; i < r->columns; ++i) // wall-clock time is what may differ
      r->row[r->rows][i] = !strcmp(names[i], "seconds") || !strcmp(names[i], "steps_per_second") ? 0 : now->metrics[i];
    ++r->rows;
  }
  if (r->folder && now->snapshot) assert_int_equal(duro_trainer_checkpoint(t, r->folder, false), DURO_OK);
  if (r->stop_after && r->rows >= r->stop_after) duro_trainer_stop(t);
  return DURO_OK;
}

static void small(duro_train_settings *train, duro_learn_settings *learn) {
  default_settings(train, learn);
  train->steps = 16 * 120, train->warmup = 16 * 30, train->report_every = 8, train->checkpoint_every = 20;
  train->horizon = 12, train->replay = 700, train->play_pi_h = .2, train->play_filter = .2;
  train->restarts = .3, train->restart_steps = 5, train->against_constant = .1;
  snprintf(learn->normalize, sizeof learn->normalize, "auto");
  learn->decay_share = .5, learn->gamma_h = .9, learn->lambda_every = 4, learn->batch = 32;
}

static duro_trainer *make(const duro_env *env, const char *algorithm, const duro_train_settings *train,
                          const duro_learn_settings *learn) {
  duro_trainer *t;
  assert_int_equal(duro_trainer_create(&t, env, algorithm, train, learn), DURO_OK);
  return t;
}

static void remove_folder(const char *folder) {
  char path[512];
  DIR *d = opendir(folder);
  for (const struct dirent *e; d && (e = readdir(d));) {
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    unlink(path);
  }
  if (d) closedir(d);
  rmdir(folder);
}

static void assert_same_rows(const record *a, const record *b) {
  assert_int_equal(a->rows, b->rows);
  for (int i = 0; i < a->rows; ++i) assert_memory_equal(a->row[i], b->row[i], (size_t)a->columns * sizeof(double));
}

/* interrupted after row `stop`, between two rows; `folder`: taken up from a folder of checkpoints, else from one file
 */
static void check(const duro_env *env, const char *algorithm, int stop, bool in_folder) {
  char folder[] = "/tmp/duro-resume-XXXXXX", file[64];
  assert_non_null(mkdtemp(folder));
  snprintf(file, sizeof file, "%s/whole", folder);
  duro_train_settings train;
  duro_learn_settings learn;
  small(&train, &learn);
  static record whole, parts;
  whole = parts = (record){0};

  duro_trainer *t = make(env, algorithm, &train, &learn);
  assert_int_equal(duro_trainer_run(t, on_report, &whole), DURO_OK);
  const uint64_t wanted = duro_trainer_hash(t);
  duro_trainer_destroy(t);

  parts.stop_after = stop, parts.folder = in_folder ? folder : NULL;
  t = make(env, algorithm, &train, &learn);
  assert_int_equal(duro_trainer_run(t, on_report, &parts), DURO_ERROR_STOPPED);
  assert_int_equal(parts.rows, stop);
  if (!in_folder) assert_int_equal(duro_trainer_save(t, file), DURO_OK);
  duro_trainer_destroy(t);

  train.threads = 3; // no result depends on it
  parts.stop_after = 0;
  t = make(env, algorithm, &train, &learn);
  duro_resume_info info;
  const duro_status status = duro_trainer_resume(t, in_folder ? folder : file, 7.0, &info);
  if (status) fail_msg("%s: %s", algorithm, duro_error());
  assert_true(info.step > 0 && info.step < train.steps && !info.other_program);
  assert_int_equal(duro_trainer_run(t, on_report, &parts), DURO_OK);
  if (duro_trainer_hash(t) != wanted) fail_msg("%s on %s: other bits after a resume", algorithm, env->ops->name);
  assert_same_rows(&whole, &parts);
  duro_trainer_destroy(t);
  remove_folder(folder);
}

/* early: in the warm-up's replay; later: with the ring gone round */
static void check_environment(const char *name) {
  const duro_env_ops *ops;
  if (duro_env_find(&ops, name) == DURO_ERROR_MISSING) return;
  duro_env *env = make_env(name);
  const char *const algorithms[] = {"DRAC", "SAC", "RSAC", "SAC-Lag", "RAC", "RIS", "SAC-RIS"};
  for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; ++i)
    for (int k = 0; k < 2; ++k) check(env, algorithms[i], k ? 8 : 2, (k + (int)i) % 2);
  duro_env_destroy(env);
}

static void test_closed_form(void **unused) {
  (void)unused;
  check_environment("cartpole");
}

static void test_two_controls(void **unused) {
  (void)unused;
  check_environment("quadrotor");
}

static void test_mujoco(void **unused) {
  (void)unused;
  check_environment("cartpole-mujoco");
}

static void test_own_file(void **unused) {
  (void)unused;
  const duro_env_ops *ops;
  duro_env *env;
  if (duro_env_open(&ops, DURO_SOURCE_DIR "/examples/adaptive_cruise_control.c", NULL)) fail_msg("%s", duro_error());
  assert_int_equal(duro_env_create(&env, ops, NULL), DURO_OK);
  check(env, "DRAC", 5, true);
  check(env, "SAC", 5, false);
  duro_env_destroy(env);
  duro_env_close(ops);
}

/* again and again, at every row */
static void test_many_times(void **unused) {
  (void)unused;
  char folder[] = "/tmp/duro-resume-XXXXXX";
  assert_non_null(mkdtemp(folder));
  duro_env *env = make_env("cartpole");
  duro_train_settings train;
  duro_learn_settings learn;
  small(&train, &learn);
  static record whole, parts;
  whole = parts = (record){0};
  duro_trainer *t = make(env, "DRAC", &train, &learn);
  assert_int_equal(duro_trainer_run(t, on_report, &whole), DURO_OK);
  const uint64_t wanted = duro_trainer_hash(t);
  duro_trainer_destroy(t);
  parts.folder = folder;
  for (int leg = 0;; ++leg) {
    assert_true(leg < 100);
    t = make(env, "DRAC", &train, &learn);
    if (leg && duro_trainer_resume(t, folder, 0.0, NULL)) fail_msg("%s", duro_error());
    parts.stop_after = parts.rows + 1;
    const duro_status status = duro_trainer_run(t, on_report, &parts);
    const uint64_t hash = duro_trainer_hash(t);
    duro_trainer_destroy(t);
    if (status == DURO_ERROR_STOPPED) continue;
    assert_int_equal(status, DURO_OK);
    assert_true(hash == wanted);
    break;
  }
  assert_same_rows(&whole, &parts);
  remove_folder(folder);
  duro_env_destroy(env);
}

/* the files of a folder: the last two checkpoints, each of which training goes on from, and only blocks that they need
 */
static void test_folder(void **unused) {
  (void)unused;
  char folder[] = "/tmp/duro-resume-XXXXXX", path[512];
  assert_non_null(mkdtemp(folder));
  duro_env *env = make_env("cartpole");
  duro_train_settings train;
  duro_learn_settings learn;
  small(&train, &learn);
  static record all;
  all = (record){.folder = folder};
  duro_trainer *t = make(env, "DRAC", &train, &learn);
  assert_int_equal(duro_trainer_run(t, on_report, &all), DURO_OK);
  const uint64_t wanted = duro_trainer_hash(t);
  duro_trainer_destroy(t);
  int64_t older = INT64_MAX, checkpoints = 0, blocks = 0;
  DIR *d = opendir(folder);
  for (const struct dirent *e; (e = readdir(d));) {
    const int64_t number = strchr(e->d_name, '-') ? strtoll(strchr(e->d_name, '-') + 1, NULL, 10) : 0;
    blocks += !strncmp(e->d_name, "replay-", 7);
    checkpoints += !strncmp(e->d_name, "step-", 5);
    if (!strncmp(e->d_name, "step-", 5) && number < older) older = number;
  }
  closedir(d);
  assert_int_equal(checkpoints, 2);
  assert_true(older < 1920);
  // blocks of 512, the largest power of two in a replay of 700; the older checkpoint needs its last 700 transitions, of
  // which the last ones, less than a block, are its own
  assert_int_equal(blocks, 1920 / 512 - (older - 700) / 512);
  snprintf(path, sizeof path, "%s/step-%lld.safetensors", folder, (long long)older);
  t = make(env, "DRAC", &train, &learn);
  if (duro_trainer_resume(t, path, 0.0, NULL)) fail_msg("%s", duro_error());
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
  assert_true(duro_trainer_hash(t) == wanted);
  duro_trainer_destroy(t);

  // a block that is gone or damaged is named
  t = make(env, "DRAC", &train, &learn);
  snprintf(path, sizeof path, "%s/replay-1024.safetensors", folder);
  assert_int_equal(truncate(path, 1000), 0);
  assert_int_equal(duro_trainer_resume(t, folder, 0.0, NULL), DURO_ERROR_FORMAT);
  assert_non_null(strstr(duro_error(), path));
  assert_int_equal(unlink(path), 0);
  assert_int_equal(duro_trainer_resume(t, folder, 0.0, NULL), DURO_ERROR_FILE);
  assert_non_null(strstr(duro_error(), path));
  duro_trainer_destroy(t);
  remove_folder(folder);
  duro_env_destroy(env);
}

static void refuse(const duro_env *env, const char *algorithm, const duro_train_settings *train,
                   const duro_learn_settings *learn, const char *path, duro_status wanted, const char *named) {
  duro_trainer *t = make(env, algorithm, train, learn);
  assert_int_equal(duro_trainer_resume(t, path, 0.0, NULL), wanted);
  if (!strstr(duro_error(), named)) fail_msg("\"%s\" does not name \"%s\"", duro_error(), named);
  duro_trainer_destroy(t);
}

static void test_refusals(void **unused) {
  (void)unused;
  char folder[] = "/tmp/duro-resume-XXXXXX", path[64];
  assert_non_null(mkdtemp(folder));
  duro_env *env = make_env("cartpole"), *other = make_env("pendulum");
  duro_train_settings train, t2;
  duro_learn_settings learn, l2;
  small(&train, &learn);
  snprintf(path, sizeof path, "%s/whole", folder);
  duro_trainer *t = make(env, "DRAC", &train, &learn);
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
  assert_int_equal(duro_trainer_save(t, path), DURO_OK);

  t2 = train, t2.seed = 9;
  refuse(env, "DRAC", &t2, &learn, path, DURO_ERROR_ARGUMENT, "seed");
  t2 = train, t2.horizon = 13;
  refuse(env, "DRAC", &t2, &learn, path, DURO_ERROR_ARGUMENT, "train.horizon");
  t2 = train, t2.steps = 160;
  refuse(env, "DRAC", &t2, &learn, path, DURO_ERROR_ARGUMENT, "train.steps");
  l2 = learn, l2.tau = .5;
  refuse(env, "DRAC", &train, &l2, path, DURO_ERROR_ARGUMENT, "learn.tau");
  refuse(env, "SAC", &train, &learn, path, DURO_ERROR_ARGUMENT, "algorithm");
  refuse(other, "DRAC", &train, &learn, path, DURO_ERROR_ARGUMENT, "environment");
  refuse(env, "DRAC", &train, &learn, "/nonexistent/file", DURO_ERROR_FILE, "/nonexistent/file");
  refuse(env, "DRAC", &train, &learn, folder, DURO_ERROR_FILE, "latest");
  char policy[64];
  snprintf(policy, sizeof policy, "%s/policy", folder);
  assert_int_equal(duro_trainer_save_policy(t, policy), DURO_OK);
  refuse(env, "DRAC", &train, &learn, policy, DURO_ERROR_FORMAT, "no checkpoint to go on from");
  duro_trainer_destroy(t);

  assert_int_equal(truncate(path, 40000), 0);
  refuse(env, "DRAC", &train, &learn, path, DURO_ERROR_FORMAT, path);
  remove_folder(folder);
  duro_env_destroy(env);
  duro_env_destroy(other);
}

/* beyond the plan: as long as nothing was planned by the length, the longer training */
static void test_extend(void **unused) {
  (void)unused;
  char folder[] = "/tmp/duro-resume-XXXXXX";
  assert_non_null(mkdtemp(folder));
  duro_env *env = make_env("cartpole");
  duro_train_settings train;
  duro_learn_settings learn;
  small(&train, &learn);
  learn.decay_share = 0, learn.gamma_h = learn.gamma_h_end;
  static record first, all;
  first = (record){.folder = folder}, all = (record){0};
  duro_trainer *t = make(env, "SAC-RIS", &train, &learn);
  assert_int_equal(duro_trainer_run(t, on_report, &first), DURO_OK);
  duro_trainer_destroy(t);
  train.steps *= 2;
  t = make(env, "SAC-RIS", &train, &learn);
  assert_int_equal(duro_trainer_resume(t, folder, 0.0, NULL), DURO_OK);
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
  const uint64_t extended = duro_trainer_hash(t);
  duro_trainer_destroy(t);
  t = make(env, "SAC-RIS", &train, &learn);
  assert_int_equal(duro_trainer_run(t, on_report, &all), DURO_OK);
  assert_true(duro_trainer_hash(t) == extended);
  duro_trainer_destroy(t);
  remove_folder(folder);
  duro_env_destroy(env);
}

/* the weights and nothing else */
static void test_start_from(void **unused) {
  (void)unused;
  char path[] = "/tmp/duro-resume-XXXXXX", snapshot[] = "/tmp/duro-resume-XXXXXX";
  close(mkstemp(path));
  close(mkstemp(snapshot));
  duro_env *env = make_env("cartpole");
  duro_train_settings train;
  duro_learn_settings learn;
  small(&train, &learn);
  duro_trainer *a = make(env, "DRAC", &train, &learn);
  assert_int_equal(duro_trainer_run(a, NULL, NULL), DURO_OK);
  assert_int_equal(duro_trainer_save(a, path), DURO_OK);
  assert_int_equal(duro_trainer_save_policy(a, snapshot), DURO_OK);
  train.seed = 4, learn.gamma = .9;
  duro_trainer *b = make(env, "DRAC", &train, &learn);
  if (duro_trainer_start_from(b, path)) fail_msg("%s", duro_error());
  duro_policy *pa, *pb;
  assert_int_equal(duro_trainer_policy(a, &pa), DURO_OK);
  assert_int_equal(duro_trainer_policy(b, &pb), DURO_OK);
  assert_int_equal(duro_policy_about(pb)->step, 0);
  for (int i = 0; i < 20; ++i) {
    float obs[4] = {.1f * (float)i, -.2f, .05f * (float)i, .3f}, ua, ub;
    duro_policy_act(pa, &ua, obs, DURO_ACT_FILTERED, 0);
    duro_policy_act(pb, &ub, obs, DURO_ACT_FILTERED, 0);
    assert_memory_equal(&ua, &ub, sizeof ua);
  }
  assert_int_equal(duro_trainer_start_from(b, snapshot), DURO_ERROR_FORMAT);
  // as many padded parameters, another meaning
  duro_env *other = make_env("pendulum");
  duro_trainer *c = make(other, "DRAC", &train, &learn);
  assert_int_equal(duro_trainer_start_from(c, path), DURO_ERROR_ARGUMENT);
  duro_trainer_destroy(c);
  duro_env_destroy(other);
  duro_policy_destroy(pa);
  duro_policy_destroy(pb);
  duro_trainer_destroy(a);
  duro_trainer_destroy(b);
  unlink(path);
  unlink(snapshot);
  duro_env_destroy(env);
}

/* Weights of networks of safety that saw everything: what they are not to see any more says nothing from then on. */
static void test_start_from_one_that_saw_more(void **unused) {
  (void)unused;
  char path[] = "/tmp/duro-resume-XXXXXX";
  close(mkstemp(path));
  duro_env *env = make_env("quadrotor");
  duro_train_settings train;
  duro_learn_settings learn;
  small(&train, &learn);
  learn.needed_only = false;
  duro_trainer *a = make(env, "SAC-RIS", &train, &learn);
  assert_int_equal(duro_trainer_run(a, NULL, NULL), DURO_OK);
  assert_int_equal(duro_trainer_save(a, path), DURO_OK);
  learn.needed_only = true;
  duro_trainer *b = make(env, "SAC-RIS", &train, &learn);
  if (duro_trainer_start_from(b, path)) fail_msg("%s", duro_error());
  // at first, and after training: place and speed along x, and the circle
  for (int trained = 0; trained < 2; ++trained) {
    duro_policy *saw, *sees;
    assert_int_equal(duro_trainer_policy(a, &saw), DURO_OK);
    assert_int_equal(duro_trainer_policy(b, &sees), DURO_OK);
    const float here[12] = {.1f, .2f, 1, .1f, .05f, 0, .1f, .2f, .3f, .4f};
    const float there[12] = {.9f, -.4f, 1, .1f, .05f, 0, .7f, -.2f, 1.3f, -.4f};
    assert_true(duro_policy_safety_value(saw, here) != duro_policy_safety_value(saw, there));
    assert_true(duro_policy_safety_value(sees, here) == duro_policy_safety_value(sees, there));
    duro_policy_destroy(saw);
    duro_policy_destroy(sees);
    assert_int_equal(duro_trainer_run(b, NULL, NULL), DURO_OK);
  }
  duro_trainer_destroy(a);
  duro_trainer_destroy(b);
  unlink(path);
  duro_env_destroy(env);
}

/* Fine-tuning keeps the scales that the networks were trained with. */
static void test_start_from_scaled(void **unused) {
  (void)unused;
  char path[] = "/tmp/duro-resume-XXXXXX";
  close(mkstemp(path));
  const duro_env_ops *ops;
  duro_env *env;
  if (duro_env_open(&ops, DURO_SOURCE_DIR "/tests/recipe/tanks.c", NULL)) fail_msg("%s", duro_error());
  assert_int_equal(duro_env_create(&env, ops, NULL), DURO_OK);
  duro_train_settings train;
  duro_learn_settings learn;
  small(&train, &learn);
  duro_trainer *a = make(env, "DRAC", &train, &learn);
  assert_int_equal(duro_trainer_run(a, NULL, NULL), DURO_OK);
  assert_int_equal(duro_trainer_save(a, path), DURO_OK);
  train.seed = 4;
  duro_trainer *b = make(env, "DRAC", &train, &learn);
  if (duro_trainer_start_from(b, path)) fail_msg("%s", duro_error());
  duro_policy *of_a, *of_b;
  assert_int_equal(duro_trainer_policy(a, &of_a), DURO_OK);
  assert_int_equal(duro_trainer_policy(b, &of_b), DURO_OK);
  assert_true(duro_policy_about(of_a)->h_unit > 1);
  const float obs[3] = {40, 60, .1f};
  assert_true(duro_policy_safety_value(of_a, obs) == duro_policy_safety_value(of_b, obs));
  duro_policy_destroy(of_b);
  assert_int_equal(duro_trainer_run(b, NULL, NULL), DURO_OK);
  assert_int_equal(duro_trainer_policy(b, &of_b), DURO_OK);
  assert_true(duro_policy_about(of_a)->h_unit == duro_policy_about(of_b)->h_unit);
  duro_trainer_destroy(b);
  snprintf(learn.normalize, sizeof learn.normalize, "none");
  b = make(env, "DRAC", &train, &learn);
  assert_int_equal(duro_trainer_start_from(b, path), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "learn.normalize"));
  duro_trainer_destroy(a);
  duro_trainer_destroy(b);
  duro_policy_destroy(of_a);
  duro_policy_destroy(of_b);
  duro_env_destroy(env);
  duro_env_close(ops);
  unlink(path);
}

/* A longer plan given to the trainer itself is what a resume with that train.steps is, between two rows and at the end.
 */
static void check_plan(int64_t step) {
  char folder[] = "/tmp/duro-resume-XXXXXX";
  assert_non_null(mkdtemp(folder));
  duro_env *env = make_env("cartpole");
  duro_train_settings train, longer;
  duro_learn_settings learn;
  small(&train, &learn);
  longer = train;
  longer.steps = 16 * 150;
  static record parts, whole;
  parts = whole = (record){0};
  duro_trainer *a = make(env, "DRAC", &train, &learn), *b = make(env, "DRAC", &longer, &learn);
  duro_trainer_stop_at(a, step);
  const duro_status ended = duro_trainer_run(a, on_report, &parts);
  assert_int_equal(ended, step < train.steps ? DURO_ERROR_STOPPED : DURO_OK);
  whole = parts;
  assert_int_equal(duro_trainer_checkpoint(a, folder, false), DURO_OK);
  duro_resume_info info;
  assert_int_equal(duro_trainer_resume(b, folder, 0.0, &info), DURO_OK);
  assert_int_equal(info.step, step);
  assert_int_equal(info.steps, train.steps);
  assert_int_equal(duro_trainer_plan(a, step - train.envs), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_trainer_plan(a, longer.steps), DURO_OK);
  assert_int_equal(duro_trainer_run(a, on_report, &parts), DURO_OK);
  assert_int_equal(duro_trainer_run(b, on_report, &whole), DURO_OK);
  assert_null(duro_trainer_difference(a, b));
  assert_same_rows(&parts, &whole);
  duro_trainer_destroy(a);
  duro_trainer_destroy(b);
  duro_env_destroy(env);
  remove_folder(folder);
}

static void test_plan(void **unused) {
  (void)unused;
  check_plan(16 * 77); // between two rows
  check_plan(16 * 120);
}

/* What a fine-tuning began with is enough to begin it again. */
static void test_save_start(void **unused) {
  (void)unused;
  char path[] = "/tmp/duro-resume-XXXXXX", begun[] = "/tmp/duro-resume-XXXXXX";
  close(mkstemp(path)), close(mkstemp(begun));
  duro_env *env = make_env("cartpole");
  duro_train_settings train;
  duro_learn_settings learn;
  small(&train, &learn);
  for (int scaled = 0; scaled < 2; ++scaled) {
    snprintf(learn.normalize, sizeof learn.normalize, scaled ? "auto" : "none");
    duro_trainer *t = make(env, "DRAC", &train, &learn);
    assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
    assert_int_equal(duro_trainer_save(t, path), DURO_OK);
    duro_trainer_destroy(t);
    duro_trainer *a = make(env, "DRAC", &train, &learn), *b = make(env, "DRAC", &train, &learn);
    assert_int_equal(duro_trainer_start_from(a, path), DURO_OK);
    assert_int_equal(duro_trainer_save_start(a, begun), DURO_OK);
    assert_int_equal(duro_trainer_start_from(b, begun), DURO_OK);
    assert_null(duro_trainer_difference(a, b));
    assert_int_equal(duro_trainer_run(a, NULL, NULL), DURO_OK);
    assert_int_equal(duro_trainer_run(b, NULL, NULL), DURO_OK);
    assert_null(duro_trainer_difference(a, b));
    duro_trainer_destroy(a);
    duro_trainer_destroy(b);
  }
  duro_env_destroy(env);
  unlink(path), unlink(begun);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_closed_form),
      cmocka_unit_test(test_two_controls),
      cmocka_unit_test(test_mujoco),
      cmocka_unit_test(test_own_file),
      cmocka_unit_test(test_many_times),
      cmocka_unit_test(test_folder),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_extend),
      cmocka_unit_test(test_start_from),
      cmocka_unit_test(test_start_from_one_that_saw_more),
      cmocka_unit_test(test_start_from_scaled),
      cmocka_unit_test(test_plan),
      cmocka_unit_test(test_save_start),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

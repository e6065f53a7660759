/* Every row of the tables that training goes by: settings of the run, of the algorithm and of each environment, and the
 * roles of the networks. New rows are walked through as they come. */
#include "duro/io.h"
#include "duro/nn.h"
#include "learner_test.h"
#include "settings_walk.h"

static void test_settings(void **unused) {
  (void)unused;
  duro_train_settings train;
  duro_learn_settings learn;
  const duro_settings_group groups[] = {{"train", duro_train_rows, duro_train_rows_count, &train},
                                        {"learn", duro_learn_rows, duro_learn_rows_count, &learn}};
  assert_int_equal(walk_settings(groups, 2), duro_train_rows_count + duro_learn_rows_count);
}

static void test_settings_of_environments(void **unused) {
  (void)unused;
  const duro_env_ops *ops;
  int i = 0;
  for (; (ops = duro_env_builtin(i)); i++) {
    void *values = test_calloc(1, ops->settings_size);
    const duro_settings_group group = {"env", ops->settings, ops->n_settings, values};
    assert_int_equal(walk_settings(&group, 1), ops->n_settings);
    test_free(values);
  }
  assert_true(i >= 7); // without MuJoCo
}

/* ---- roles ---- */

static duro_trainer *make_trainer(const duro_env *env, const char *algorithm) {
  duro_train_settings train;
  duro_learn_settings learn;
  default_settings(&train, &learn);
  train.steps = 1600, train.warmup = 64;
  duro_trainer *t;
  if (duro_trainer_create(&t, env, algorithm, &train, &learn)) fail_msg("%s", duro_error());
  return t;
}

static duro_tensor_file *checkpoint(const duro_trainer *t, const char *name) {
  duro_tensor_file *file;
  assert_int_equal(duro_trainer_save(t, in_scratch(name)), DURO_OK);
  assert_int_equal(duro_tensors_open(&file, in_scratch(name)), DURO_OK);
  return file;
}

/* weights (out x in) and biases of every layer, rows and biases padded to whole panels of 16 (nn/kernels.h) */
static int64_t parameters(int in, int out) {
  int64_t count = 0;
  const int sizes[] = {in, 16, 16, out};
  for (int i = 0; i < 3; i++) count += sizes[i + 1] * round16(sizes[i]) + round16(sizes[i + 1]);
  return count;
}

static int outputs(head h, const duro_env_spec *spec) {
  return h == HEAD_GAUSSIAN ? 2 * spec->nu : h == HEAD_CONTROL ? spec->nu : h == HEAD_DISTURB ? spec->na : 1;
}

static const float *floats(const duro_tensor_file *file, const char *name, int64_t count) {
  const duro_tensor *t = duro_tensors_find(file, name);
  if (!t || t->type != DURO_F32 || t->rank != 1 || t->shape[0] != count)
    fail_msg("%s: not %d floats", name, (int)count);
  return t->data;
}

static void check_start(const duro_tensor_file *file, const role_info *role, int64_t count) {
  const float *w = floats(file, role->name, count);
  const float *m = floats(file, role->moment1, count), *v = floats(file, role->moment2, count);
  bool drawn = false;
  for (int64_t i = 0; i < count; i++) {
    assert_true(m[i] == 0 && v[i] == 0);
    drawn = drawn || w[i] != 0;
  }
  assert_true(drawn);
  if (role->target) assert_memory_equal(floats(file, role->slow, count), w, sizeof *w * (size_t)count);
}

static void check_learned(const duro_tensor_file *before, const duro_tensor_file *after, const role_info *role,
                          int64_t count) {
  const char *const names[] = {role->name, role->moment1, role->moment2, role->target ? role->slow : role->name};
  for (int i = 0; i < 4; i++)
    if (!memcmp(floats(before, names[i], count), floats(after, names[i], count), sizeof(float) * (size_t)count))
      fail_msg("%s stays as it was", names[i]);
}

/* a role that the algorithm has is in the checkpoint, with the sizes of the table, and learns; another is not there */
static void check_role(const algorithm *a, const role_info *role, unsigned bit, const duro_env_spec *spec,
                       const duro_tensor_file *before, const duro_tensor_file *after) {
  const bool has = a->roles & bit;
  const char *const names[] = {role->name, role->moment1, role->moment2, role->slow};
  for (int i = 0; i < 4; i++)
    assert_true((duro_tensors_find(after, names[i]) != NULL) == (has && (i < 3 || role->target)));
  if (!has) return;
  const int in = spec->no + (role->critic ? spec->nu + (a->sees_a & bit ? spec->na : 0) : 0);
  const int64_t count = parameters(in, outputs(role->head, spec));
  check_start(before, role, count);
  check_learned(before, after, role, count);
}

/* the frozen policy has the frozen roles of the algorithm and no other */
static void check_frozen(const algorithm *a, const char *path) {
  duro_policy *policy;
  unsigned named = 0, wanted = 0;
  if (duro_policy_load(&policy, path)) fail_msg("%s", duro_error());
  for (duro_policy_net net = DURO_NET_PI; net <= DURO_NET_LAMBDA; net++)
    for (int r = 0; r < ROLE_COUNT; r++) {
      if (strcmp(duro_policy_net_name(net), roles[r].name) != 0) continue;
      named |= ROLE(r);
      assert_int_equal(duro_policy_has(policy, net), (a->roles & ROLE(r)) != 0);
    }
  for (int r = 0; r < ROLE_COUNT; r++) wanted |= roles[r].frozen ? ROLE(r) : 0;
  assert_int_equal(named, wanted);
  duro_policy_destroy(policy);
}

static void test_roles(void **unused) {
  (void)unused;
  duro_env *env = make_env("cartpole");
  for (int i = 0; i < algorithm_count; i++) {
    const algorithm *a = &algorithms[i];
    duro_trainer *t = make_trainer(env, a->info.name);
    duro_tensor_file *before = checkpoint(t, "before");
    if (duro_trainer_run(t, NULL, NULL)) fail_msg("%s", duro_error());
    duro_tensor_file *after = checkpoint(t, "after");
    for (int r = 0; r < ROLE_COUNT; r++) check_role(a, &roles[r], ROLE(r), &env->spec, before, after);
    check_frozen(a, in_scratch("after"));
    duro_tensors_close(before);
    duro_tensors_close(after);
    duro_trainer_destroy(t);
  }
  duro_env_destroy(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_settings), cmocka_unit_test(test_settings_of_environments),
                                     cmocka_unit_test(test_roles)};
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}

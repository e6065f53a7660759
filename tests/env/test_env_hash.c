/* duro_env_hash: every setting, the source, the spec; not where the file lies. */
#include "env_test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "duro/plugin.h"

static uint64_t hash_with(const duro_env_ops *ops, const void *settings) {
  duro_env *env;
  if (duro_env_create(&env, ops, settings)) return 0; // such numbers do not go together
  const uint64_t hash = duro_env_hash(env);
  duro_env_destroy(env);
  return hash;
}

/* another value that the row allows */
static void change(const duro_setting *row, char *settings) {
  int64_t integer;
  double real;
  char *field = settings + row->offset;
  switch (row->kind) {
  case DURO_INT:
    memcpy(&integer, field, sizeof integer);
    integer += (double)integer < row->high ? 1 : -1;
    memcpy(field, &integer, sizeof integer);
    return;
  case DURO_REAL:
    memcpy(&real, field, sizeof real);
    real = nextafter(real, real < row->high ? row->high : row->low);
    memcpy(field, &real, sizeof real);
    return;
  case DURO_BOOL:
    *field = !*field;
    return;
  case DURO_TEXT:
  case DURO_FILE:
    return;
  }
}

static void test_every_setting_counts(void **state) {
  (void)state;
  const duro_env_ops *ops;
  uint64_t seen[64];
  int environments = 0;
  for (int e = 0; (ops = duro_env_builtin(e)); e++, environments++) {
    char *settings = calloc(1, ops->settings_size);
    assert_non_null(settings);
    const duro_settings_group group = {"env", ops->settings, ops->n_settings, settings};
    duro_settings_default(&group);
    const uint64_t plain = hash_with(ops, settings);
    assert_true(plain && plain == hash_with(ops, NULL));
    for (int k = 0; k < e; k++) assert_true(plain != seen[k]);
    seen[e] = plain;
    for (int i = 0; i < ops->n_settings; i++) {
      duro_settings_default(&group);
      change(&ops->settings[i], settings);
      if (ops->settings[i].kind < DURO_TEXT && hash_with(ops, settings) == plain)
        fail_msg("%s: env.%s does not count", ops->name, ops->settings[i].name);
    }
    free(settings);
  }
  assert_true(environments >= 7);
}

static char folder[] = "/tmp/duro-test-XXXXXX";

#define FILE_TEXT                                                                                                      \
  "#include <duro/plugin.h>\n"                                                                                         \
  "static void step(double *x2, const double *x, const double *u, const double *a, const void *s) {\n"                 \
  "  (void)s;\n  x2[0] = x[0] + GAIN * u[0] + 0.05 * a[0];\n}\n"                                                       \
  "static double h(const double *x, const void *s) { (void)s; return 1 - x[0] * x[0]; }\n"                             \
  "static double reward(const double *x2, const double *x, const double *u, const double *a, const void *s) {\n"       \
  "  (void)x2, (void)u, (void)a, (void)s; return -x[0];\n}\n"                                                          \
  "DURO_PLUGIN(.nx = 1, .nu = 1, .na = 1, .dt = 0.1, .x_low = {-2}, .x_high = {2}, .step = step, .h = h,\n"            \
  "            .reward = reward);\n"

/* the hash of FOLDER/PART/system.c with that gain */
static uint64_t hash_compiled(const char *part, const char *gain, const char *compiler) {
  char in[256], path[300];
  const duro_env_ops *ops;
  snprintf(in, sizeof in, "%s/%s", folder, part);
  assert_int_equal(mkdir(in, 0700), 0);
  snprintf(path, sizeof path, "%s/system.c", in);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fprintf(file, "#define GAIN %s\n%s", gain, FILE_TEXT) > 0);
  assert_int_equal(fclose(file), 0);
  const duro_status status =
      duro_env_open(&ops, path, &(duro_env_open_options){.folder = folder, .compiler = compiler});
  unlink(path);
  rmdir(in);
  if (status) fail_msg("%s", duro_error());
  const uint64_t hash = hash_with(ops, NULL);
  duro_env_close(ops);
  return hash;
}

static uint64_t hash_of_file(const char *part, const char *gain) {
  return hash_compiled(part, gain, NULL);
}

static void test_source_counts_and_its_place_does_not(void **state) {
  (void)state;
  assert_non_null(mkdtemp(folder));
  const uint64_t plain = hash_of_file("here", "0.1");
  assert_true(plain);
  assert_true(hash_of_file("there", "0.1") == plain);
  assert_true(hash_of_file("here", "0.2") != plain);
  // so do the definitions on the command line of the compiler, and nothing else of it
  const uint64_t one = hash_compiled("here", "STEP", "cc -O1 -DSTEP=0.1"),
                 two = hash_compiled("here", "STEP", "cc -DSTEP=0.2");
  assert_true(one != two);
  assert_true(hash_compiled("here", "STEP", "cc -DSTEP=0.1") == one);
  assert_true(hash_compiled("here", "0.1", "cc -O1") == plain);
  rmdir(folder);
}

/* What a C file includes is a part of it: the constants of two files, or those of one. */
static void test_included_files_count(void **state) {
  (void)state;
  char in[300], text[600];
  strcpy(folder, "/tmp/duro-test-XXXXXX");
  assert_non_null(mkdtemp(folder));
  snprintf(in, sizeof in, "%s/a constant.h", folder);
  snprintf(text, sizeof text, "0.1\n#include \"%s\"\n#include <math.h>", in);
  uint64_t hash[3];
  for (int i = 0; i < 3; i++) {
    FILE *file = fopen(in, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "#undef GAIN\n#define GAIN %s\n", i == 1 ? "0.3" : "0.2") > 0);
    assert_int_equal(fclose(file), 0);
    hash[i] = hash_of_file("here", text);
  }
  assert_true(hash[0] != hash[1]);
  assert_true(hash[0] == hash[2]);
  unlink(in);
  assert_int_equal(rmdir(folder), 0); // nothing of the compiler's is left
}

/* An environment of one's own may say anything: each field counts. */
static void test_spec_counts(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrator", NULL);
  const duro_env_spec plain = env->spec;
  const uint64_t hash = duro_env_hash(env);
  static const double box[] = {-9, -9};
  static const bool round[] = {true, false};
  static const uint64_t needs[] = {1, 3};
  static const char *const names[] = {"one", "two"};
  duro_env_spec other[13];
  for (int i = 0; i < 13; i++) other[i] = plain;
  other[0].horizon++, other[1].dt *= 2, other[2].h_scale *= 2, other[3].x_low = box, other[4].x_high = box;
  other[5].x_periodic = round, other[6].x_needs = needs, other[7].h_needs ^= 1, other[8].x_shift ^= 2;
  other[9].x_fail_low = box, other[10].x_names = names, other[11].x_units = names;
  other[12].x_hold ^= 2;
  for (int i = 0; i < 13; i++) {
    env->spec = other[i];
    if (duro_env_hash(env) == hash) fail_msg("field %d of the spec does not count", i);
  }
  env->spec = plain;
  assert_true(duro_env_hash(env) == hash);
  duro_env_destroy(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_setting_counts),
      cmocka_unit_test(test_source_counts_and_its_place_does_not),
      cmocka_unit_test(test_included_files_count),
      cmocka_unit_test(test_spec_counts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

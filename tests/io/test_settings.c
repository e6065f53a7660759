/* Settings by name: defaults, --set, YAML in and out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "duro/settings.h"
#include "io/scratch.h"
#include <math.h>

#define TRAIN(X)                                                                                                       \
  X(INT, steps, 300000, 1, 1e12, NULL, "steps", "Steps.")                                                              \
  X(INT, batch, 256, 16, 65536, NULL, "", "Batch.")                                                                    \
  X(INT, seed, 1, 0, 9007199254740992.0, NULL, "", "Seed.")                                                            \
  X(INT, any, -5, -9223372036854775808.0, 9223372036854775808.0, NULL, "", "Any integer.")                             \
  X(REAL, rate, 3e-4, 0, 1, NULL, "1/step", "Rate.")                                                                   \
  X(BOOL, fast, true, 0, 0, NULL, "", "Fast.")                                                                         \
  X(TEXT, algorithm, "DRAC", 0, 0, "DRAC|RAC|SAC-Lag", "", "Algorithm.")                                               \
  X(TEXT, note, "", 0, 0, NULL, "", "Free text.")
#define ENV(X)                                                                                                         \
  X(REAL, mass, .5, 1e-3, 1e3, NULL, "kg", "Mass.")                                                                    \
  X(REAL, offset, -1.25, -1e308, 1e308, NULL, "", "Offset.")                                                           \
  X(BOOL, wind, false, 0, 0, NULL, "", "Wind.")

typedef struct train_values {
  TRAIN(DURO_SETTINGS_FIELD)
} train_values;
typedef struct env_values {
  ENV(DURO_SETTINGS_FIELD)
} env_values;

#define DURO_SETTINGS_OF train_values
static const duro_setting train_rows[] = {TRAIN(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF
#define DURO_SETTINGS_OF env_values
static const duro_setting env_rows[] = {ENV(DURO_SETTINGS_ROW)};
#define COUNT(rows) ((int)(sizeof rows / sizeof *rows))

static train_values train;
static env_values env;
static const duro_settings_group groups[] = {{"train", train_rows, COUNT(train_rows), &train},
                                             {"env", env_rows, COUNT(env_rows), &env}};

static int defaults(void **state) {
  (void)state;
  memset(&train, 0xa5, sizeof train);
  memset(&env, 0xa5, sizeof env);
  for (int g = 0; g < 2; g++) duro_settings_default(&groups[g]);
  return 0;
}

static duro_status set(const char *assignment) {
  return duro_settings_assign(groups, 2, assignment);
}

static duro_status parse(const char *yaml) {
  return duro_settings_parse(groups, 2, yaml, strlen(yaml), "a.yaml");
}

static void assert_says(const char *part) {
  if (!strstr(duro_error(), part)) fail_msg("\"%s\" lacks \"%s\"", duro_error(), part);
  assert_null(strchr(duro_error(), '\n'));
}

/* the call failed, says `part`, and nothing changed */
#define ASSERT_REFUSED(call, part)                                                                                     \
  do {                                                                                                                 \
    train_values train_before = train;                                                                                 \
    env_values env_before = env;                                                                                       \
    assert_int_not_equal(call, DURO_OK);                                                                               \
    assert_says(part);                                                                                                 \
    assert_memory_equal(&train, &train_before, sizeof train);                                                          \
    assert_memory_equal(&env, &env_before, sizeof env);                                                                \
  } while (0)

static void test_defaults(void **state) {
  (void)state;
  assert_int_equal(train.steps, 300000);
  assert_int_equal(train.any, -5);
  assert_true(train.rate == 3e-4 && train.fast);
  assert_string_equal(train.algorithm, "DRAC");
  assert_string_equal(train.note, "");
  assert_true(env.mass == .5 && env.offset == -1.25 && !env.wind);
}

static void test_set(void **state) {
  (void)state;
  assert_int_equal(set("train.steps=1e6"), DURO_OK);
  assert_int_equal(train.steps, 1000000);
  assert_int_equal(set("train.seed=9007199254740992"), DURO_OK);
  assert_int_equal(train.seed, 9007199254740992);
  assert_int_equal(set("train.any=-9223372036854775808"), DURO_OK);
  assert_true(train.any == INT64_MIN);
  assert_int_equal(set("train.rate=1"), DURO_OK);
  assert_true(train.rate == 1);
  assert_int_equal(set("train.fast=false"), DURO_OK);
  assert_false(train.fast);
  assert_int_equal(set("train.algorithm=SAC-Lag"), DURO_OK);
  assert_string_equal(train.algorithm, "SAC-Lag");
  assert_int_equal(set("train.note=a=b: #c"), DURO_OK);
  assert_string_equal(train.note, "a=b: #c");
  assert_int_equal(set("train.note="), DURO_OK);
  assert_string_equal(train.note, "");
  assert_int_equal(duro_settings_set(groups, 2, "env.mass", "2.5"), DURO_OK);
  assert_true(env.mass == 2.5);
}

static void test_set_refuses(void **state) {
  (void)state;
  static const char *const refused[][2] = {
      {"train.steps=3.7abc", "train.steps is \"3.7abc\"; wanted an integer from 1 to 1000000000000 (steps)"},
      {"train.steps=1.5", "wanted an integer"},
      {"train.steps=nan", "wanted an integer"},
      {"train.steps=0", "from 1 to"},
      {"train.steps=1000000000001", "from 1 to"},
      {"train.steps=99999999999999999999", "wanted an integer"},
      {"train.steps=", "wanted an integer"},
      {"train.steps= 5", "wanted an integer"},
      {"train.steps=5 ", "wanted an integer"},
      {"train.seed=9007199254740993", "9007199254740992"},
      {"train.rate=nan", "train.rate is \"nan\"; wanted a number from 0 to 1 (1/step)"},
      {"train.rate=inf", "wanted a number"},
      {"train.rate=1.0000000000000002", "wanted a number from 0 to 1"},
      {"train.rate=-1e-300", "wanted a number from 0 to 1"},
      {"train.rate=0x1p-3", "wanted a number"},
      {"env.offset=1e999", "wanted a number"},
      {"train.fast=yes", "train.fast is \"yes\"; wanted true or false"},
      {"train.fast=1", "wanted true or false"},
      {"train.fast=True", "wanted true or false"},
      {"train.algorithm=DARC", "wanted one of DRAC|RAC|SAC-Lag; did you mean \"DRAC\"?"},
      {"train.algorithm=drac", "did you mean \"DRAC\"?"},
      {"train.algorithm=", "wanted one of"},
      {"train.algorithm=DRAC|RAC", "wanted one of"},
      {"train.note=\xff", "UTF-8"},
      {"train.note=\xc0\x80", "UTF-8"},
      {"train.note=\xed\xa0\x80", "UTF-8"},
      {"train.bacth=16", "unknown setting \"train.bacth\"; did you mean \"train.batch\"?"},
      {"trian.batch=16", "did you mean \"train.batch\"?"},
      {"env.masss=1", "did you mean \"env.mass\"?"},
      {"batch=16", "did you mean \"train.batch\"?"},
      {"train=16", "unknown setting \"train\""},
      {"train.=16", "unknown setting"},
      {".batch=16", "unknown setting"},
      {"train.batch.x=16", "unknown setting"},
      {"train.batch", "wanted name=value"},
      {"=16", "wanted name=value"},
      {"", "wanted name=value"},
      {"zzzzzzzzzz=1", "unknown setting \"zzzzzzzzzz\""},
  };
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) ASSERT_REFUSED(set(refused[i][0]), refused[i][1]);
  assert_int_equal(set("zzzzzzzzzz=1"), DURO_ERROR_ARGUMENT);
  assert_null(strstr(duro_error(), "did you mean"));
}

static void test_long_texts(void **state) {
  (void)state;
  char word[4096] = "train.note=";
  size_t start = strlen(word);
  memset(word + start, 'x', DURO_TEXT_SIZE - 1);
  word[start + DURO_TEXT_SIZE - 1] = 0;
  assert_int_equal(set(word), DURO_OK);
  assert_string_equal(train.note, word + start);
  word[start + DURO_TEXT_SIZE - 1] = 'x';
  word[start + DURO_TEXT_SIZE] = 0;
  ASSERT_REFUSED(set(word), "at most 191");

  // names, numbers and assignments of any length
  memset(word, 'y', sizeof word - 1);
  word[sizeof word - 1] = 0;
  ASSERT_REFUSED(set(word), "wanted name=value");
  word[300] = '=';
  ASSERT_REFUSED(set(word), "unknown setting");
  word[5] = '.';
  ASSERT_REFUSED(set(word), "unknown setting");
  memset(word, '1', sizeof word - 1);
  ASSERT_REFUSED(duro_settings_set(groups, 2, "train.steps", word), "wanted an integer");
}

static void test_yaml(void **state) {
  (void)state;
  assert_int_equal(parse("# a comment\n"
                         "train:\n"
                         "  steps: 2e3   # two thousand\n"
                         "  rate: .25\n"
                         "  fast: false\n"
                         "  algorithm: RAC\n"
                         "  note: \"x: \\u00e9\\n\"\n"
                         "env: {mass: 7, wind: true}\n"),
                   DURO_OK);
  assert_int_equal(train.steps, 2000);
  assert_true(train.rate == .25 && !train.fast);
  assert_string_equal(train.algorithm, "RAC");
  assert_string_equal(train.note, "x: \xc3\xa9\n");
  assert_true(env.mass == 7 && env.wind);
  assert_int_equal(train.batch, 256); // untouched

  // a text may look like anything
  assert_int_equal(parse("train: {note: 3}"), DURO_OK);
  assert_string_equal(train.note, "3");
  assert_int_equal(parse("train:\n  note: 'it''s'\n"), DURO_OK);
  assert_string_equal(train.note, "it's");
}

static void test_yaml_of_nothing(void **state) {
  (void)state;
  train_values before = train;
  static const char *const nothing[] = {"",   "\n\n",     "# only a comment\n", "---\n",        "---\n...\n",
                                        "{}", "train:\n", "train:\nenv: {}\n",  "\xef\xbb\xbf", "%YAML 1.1\n---\n"};
  for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
    assert_int_equal(parse(nothing[i]), DURO_OK);
    assert_memory_equal(&train, &before, sizeof train);
  }
}

static void test_yaml_refuses(void **state) {
  (void)state;
  // every one sets something good first: nothing of it may remain
  static const char *const refused[][2] = {
      {"train:\n  batch: 32\n  steps: 3.7abc\n", "a.yaml:3:10: train.steps is \"3.7abc\"; wanted an integer"},
      {"train:\n  batch: 32\n  sptes: 3\n",
       "a.yaml:3:3: unknown setting \"train.sptes\"; did you mean \"train.steps\"?"},
      {"train:\n  batch: 32\ntrian:\n  steps: 3\n", "a.yaml:3:1: unknown group \"trian\"; did you mean \"train\"?"},
      {"train:\n  batch: 32\n  batch: 33\n", "a.yaml:3:3: train.batch is set twice, first in line 2"},
      {"train:\n  batch: 32\nenv:\n  mass: 1\ntrain:\n  steps: 1\n",
       "a.yaml:5:1: \"train\" comes twice, first in line 1"},
      {"train:\n  batch: 32\n  steps: [1]\n", "a.yaml:3:10: train.steps is a list; wanted an integer"},
      {"train:\n  batch: 32\n  rate: {x: 1}\n", "a.yaml:3:9: train.rate has settings below it; wanted a number"},
      {"train:\n  batch: 32\n  steps:\n", "train.steps is left out; wanted an integer"},
      {"train:\n  batch: 32\n  note:\n", "for no text write \"\""},
      {"train:\n  batch: 32\n  steps: \"5\"\n", "a.yaml:3:10: train.steps is a quoted text; wanted an integer"},
      {"train:\n  batch: 32\n  fast: 'true'\n", "quoted"},
      {"train:\n  batch: 32\n  fast: yes\n", "wanted true or false"},
      {"train:\n  batch: 32\n  rate: .nan\n", "wanted a number"},
      {"train:\n  batch: 32\n  rate: .inf\n", "wanted a number"},
      {"train:\n  batch: 32\n  rate: 2\n", "a.yaml:3:9: train.rate is \"2\"; wanted a number from 0 to 1"},
      {"train:\n  batch: 32\n  note: \"a\\0b\"\n", "NUL"},
      {"train:\n  batch: 32\n  \"steps\\0x\": 3\n", "a.yaml:3:3: wanted the name of a setting"},
      {"train:\n  batch: &a 32\n", "a.yaml:2:10: anchors and aliases are not allowed"},
      {"train: &t\n  batch: 32\n", "anchors and aliases"},
      {"train:\n  batch: *a\n", "a.yaml:2:10: anchors and aliases"},
      {"train:\n  batch: !!int 32\n", "tags are not allowed"},
      {"train:\n  batch: 32\n  ? [a]\n  : 1\n", "wanted the name of a setting"},
      {"train:\n  batch: 32\nenv: 5\n", "a.yaml:3:6: \"env\" is a group; wanted its settings below it"},
      {"train:\n  batch: 32\nenv: [mass]\n", "\"env\" is a group"},
      {"train.batch: 32\n", "\"train:\" above \"batch:\""},
      {"batch: 32\n", "\"train:\" above \"batch:\""},
      {"- train\n", "a.yaml:1:1: wanted settings in two levels"},
      {"train\n", "two levels"},
      {"train:\n  batch: 32\n---\nenv:\n  mass: 1\n", "a.yaml:3:1: a second document"},
      {"train:\n  batch: 32\n steps: 5\n", "a.yaml:3:"},
      {"train:\n  batch: 32\n\tsteps: 5\n", "a.yaml:3:"},
      {"train: {batch: 32\n", "a.yaml:2:1: "},
      {"train:\n  note: \"open\n", "a.yaml:3:1: "},
      {"train:\n  batch: 32\n  note: \xff\n", "a.yaml:3:9: "},
      {"train:\n  batch: 32\n  note: \x01\n", "a.yaml:3:9: "},
      {"<<: {a: 1}\n", "unknown group"},
      {"@", "a.yaml:1:1: "},
      {"[[[[[[[[[[", "two levels"},
  };
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    ASSERT_REFUSED(parse(refused[i][0]), refused[i][1]);
    assert_int_equal(parse(refused[i][0]), DURO_ERROR_FORMAT);
  }
}

/* every prefix of a file, and every byte of it changed, is taken or refused; the sanitizers watch */
static void test_yaml_damaged(void **state) {
  (void)state;
  static const char yaml[] = "train:\n  steps: 2e3 # x\n  note: \"x\\n\"\n  rate: .5\nenv: {mass: 7, wind: true}\n";
  char copy[sizeof yaml];
  for (size_t n = 0; n < sizeof yaml; n++) {
    train_values before = train;
    if (duro_settings_parse(groups, 2, yaml, n, "a.yaml")) assert_memory_equal(&train, &before, sizeof train);
    for (int byte = 0; byte < 256 && n < sizeof yaml - 1; byte++) {
      memcpy(copy, yaml, sizeof yaml);
      copy[n] = (char)byte;
      before = train;
      if (duro_settings_parse(groups, 2, copy, sizeof yaml - 1, "a.yaml"))
        assert_memory_equal(&train, &before, sizeof train);
    }
  }
}

/* what is written is read back to the same bits */
static void assert_comes_back(void) {
  train_values train_saved = train;
  env_values env_saved = env;
  assert_int_equal(duro_settings_save(groups, 2, in_scratch("c.yaml")), DURO_OK);
  defaults(NULL);
  if (duro_settings_load(groups, 2, in_scratch("c.yaml"))) fail_msg("%s", duro_error());
  for (int i = 0; i < COUNT(train_rows); i++) {
    size_t size = train_rows[i].kind == DURO_BOOL ? sizeof(bool) : 8;
    size_t at = train_rows[i].offset;
    if (train_rows[i].kind == DURO_TEXT)
      assert_string_equal((char *)&train + at, (char *)&train_saved + at);
    else
      assert_memory_equal((char *)&train + at, (char *)&train_saved + at, size);
  }
  assert_memory_equal(&env.mass, &env_saved.mass, sizeof env.mass);
  assert_memory_equal(&env.offset, &env_saved.offset, sizeof env.offset);
  assert_int_equal(env.wind, env_saved.wind);
}

static void test_save(void **state) {
  (void)state;
  train.rate = .1;
  strcpy(train.note, "a \"b\" \\ # : \xc3\xa9");
  assert_int_equal(duro_settings_save(groups, 2, in_scratch("c.yaml")), DURO_OK);
  assert_file_is(in_scratch("c.yaml"), "train:\n"
                                       "  steps: 300000 # steps\n"
                                       "  batch: 256\n"
                                       "  seed: 1\n"
                                       "  any: -5\n"
                                       "  rate: 0.1 # 1/step\n"
                                       "  fast: true\n"
                                       "  algorithm: \"DRAC\"\n"
                                       "  note: \"a \\\"b\\\" \\\\ # : \xc3\xa9\"\n"
                                       "env:\n"
                                       "  mass: 0.5 # kg\n"
                                       "  offset: -1.25\n"
                                       "  wind: false\n"
                                       "# end\n");
  assert_comes_back();
}

static void test_save_numbers(void **state) {
  (void)state;
  duro_stream s = duro_stream_at(5, 5, 5);
  for (int i = 0; i < 50; i++) {
    train.any = (int64_t)((uint64_t)duro_stream_bits(&s) << 32 | duro_stream_bits(&s));
    train.rate = duro_stream_uniform(&s) * pow(10, -(double)duro_stream_below(&s, 300));
    env.offset = (duro_stream_uniform(&s) - .5) * pow(10, (double)duro_stream_below(&s, 300));
    train.fast = i & 1;
    assert_comes_back();
  }
}

/* one text for each code point that YAML might treat in its own way, and random mixtures */
static void test_save_texts(void **state) {
  (void)state;
  static const char *const texts[] = {"\n",
                                      "\r\n",
                                      "\t",
                                      " lead",
                                      "trail ",
                                      "\x01\x1f\x7f",
                                      "\xc2\x85",
                                      "\xc2\x80",
                                      "\xc2\xa0",
                                      "\xe2\x80\xa8",
                                      "\xe2\x80\xa9",
                                      "\xef\xbb\xbf",
                                      "\xef\xbf\xbe",
                                      "\xef\xbf\xbf",
                                      "\xf0\x9f\xa4\x96",
                                      "- a",
                                      "null",
                                      "~",
                                      "true",
                                      "\\u0041",
                                      "\\",
                                      "\"",
                                      "'",
                                      "#",
                                      "a\n\n b\n",
                                      "%",
                                      "@",
                                      "{}",
                                      "---\n",
                                      "...\n"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    assert_int_equal(duro_settings_set(groups, 2, "train.note", texts[i]), DURO_OK);
    assert_comes_back();
  }
  duro_stream s = duro_stream_at(6, 6, 6);
  for (int i = 0; i < 50; i++) {
    char text[DURO_TEXT_SIZE] = "";
    for (int k = 0; k < 20; k++) strcat(text, texts[duro_stream_below(&s, sizeof texts / sizeof *texts)]);
    assert_int_equal(duro_settings_set(groups, 2, "train.note", text), DURO_OK);
    assert_comes_back();
  }
}

/* two tables under one prefix, as an algorithm may add rows to "train" */
static void test_shared_prefix(void **state) {
  (void)state;
  const duro_settings_group shared[] = {groups[0], {"train", env_rows, COUNT(env_rows), &env}};
  assert_int_equal(duro_settings_assign(shared, 2, "train.mass=3"), DURO_OK);
  assert_true(env.mass == 3);
  assert_int_equal(duro_settings_save(shared, 2, in_scratch("s.yaml")), DURO_OK);
  defaults(NULL);
  assert_int_equal(duro_settings_load(shared, 2, in_scratch("s.yaml")), DURO_OK);
  assert_true(env.mass == 3);
}

/* Cut off at every byte: what is whole is read, and nothing else. */
static void test_cut_off(void **state) {
  (void)state;
  char text[4096];
  train.rate = .1;
  env.mass = 3.25;
  const train_values train_saved = train;
  const char *path = in_scratch("cut.yaml");
  assert_int_equal(duro_settings_save(groups, 2, path), DURO_OK);
  const size_t size = get_file(text, sizeof text, path), marked = strlen("# end\n");
  assert_int_equal(duro_settings_load_whole(groups, 2, path), DURO_OK);
  for (size_t n = 0; n < size; n++) {
    put_file(path, text, n);
    defaults(NULL);
    const train_values before = train;
    const duro_status status = duro_settings_load_whole(groups, 2, path);
    // an earlier version wrote no last line of its own, so that its last row is the end
    const bool whole = n >= size - marked && text[n - 1] == '\n';
    if (whole != (status == DURO_OK)) fail_msg("%zu of %zu bytes: %s", n, size, status ? duro_error() : "read");
    assert_memory_equal(&train, whole ? &train_saved : &before, sizeof train);
  }
  put_file(path, text, (size_t)(strstr(text, "  offset") - text));
  ASSERT_REFUSED(duro_settings_load_whole(groups, 2, path),
                 "cut.yaml was cut off: its last setting, env.wind, is missing");
  assert_int_equal(duro_settings_load(groups, 2, path), DURO_OK); // where parts are enough
  // rows that a later version added are missing in a whole file of an earlier one
  char *row = strstr(text, "  seed: 1\n");
  memmove(row, row + strlen("  seed: 1\n"), strlen(row + strlen("  seed: 1\n")) + 1);
  put_file(path, text, strlen(text) - marked);
  assert_int_equal(duro_settings_load_whole(groups, 2, path), DURO_OK);
}

static void test_text_of_row(void **state) {
  (void)state;
  char text[DURO_TEXT_SIZE];
  duro_settings_text(text, sizeof text, &train_rows[0], &train);
  assert_string_equal(text, "300000");
  duro_settings_text(text, sizeof text, &train_rows[4], &train);
  assert_string_equal(text, "0.0003");
  duro_settings_text(text, sizeof text, &train_rows[5], &train);
  assert_string_equal(text, "true");
  duro_settings_text(text, sizeof text, &train_rows[6], &train);
  assert_string_equal(text, "DRAC");
  duro_settings_text(text, 3, &train_rows[6], &train);
  assert_string_equal(text, "DR");
}

static void test_missing_file(void **state) {
  (void)state;
  ASSERT_REFUSED(duro_settings_load(groups, 2, in_scratch("none.yaml")), "none.yaml");
  assert_int_equal(duro_settings_load(groups, 2, scratch), DURO_ERROR_FILE);
}

static void test_nearest(void **state) {
  (void)state;
  static const char *const names[] = {"cartpole", "cartpole-mujoco", "double-integrator", "DRAC", "RAC"};
  assert_string_equal(duro_nearest("cartpoel", names, 5), "cartpole");
  assert_string_equal(duro_nearest("cart-pole", names, 5), "cartpole");
  assert_string_equal(duro_nearest("drac", names, 5), "DRAC");
  assert_string_equal(duro_nearest("double_integrator", names, 5), "double-integrator");
  assert_null(duro_nearest("quadrotor", names, 5));
  assert_null(duro_nearest("", names, 5));
  assert_null(duro_nearest("x", NULL, 0));
  char word[1000];
  memset(word, 'a', sizeof word - 1);
  word[sizeof word - 1] = 0;
  assert_null(duro_nearest(word, names, 5));
}

static duro_status save_and_load(void) {
  duro_status status = duro_settings_save(groups, 2, in_scratch("m.yaml"));
  return status ? status : duro_settings_load(groups, 2, in_scratch("m.yaml"));
}

static void test_short_memory(void **state) {
  (void)state;
  assert_survives_short_memory(save_and_load);
}

#define TEST(f) cmocka_unit_test_setup(f, defaults)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_defaults),     TEST(test_set),          TEST(test_set_refuses),
      TEST(test_long_texts),   TEST(test_yaml),         TEST(test_yaml_of_nothing),
      TEST(test_yaml_refuses), TEST(test_yaml_damaged), TEST(test_save),
      TEST(test_save_numbers), TEST(test_save_texts),   TEST(test_shared_prefix),
      TEST(test_cut_off),      TEST(test_text_of_row),  TEST(test_missing_file),
      TEST(test_nearest),      TEST(test_short_memory),
  };
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}

/* run.json: written, read by another reader, read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "duro/io.h"
#include "io/scratch.h"
#include <jansson.h>
#include <sys/utsname.h>
#include <time.h>
#include <yaml.h>

static const duro_run_info info = {.environment = "cartpole",
                                   .algorithm = "DRAC",
                                   .command = "duro train \"x y\" \xff\n",
                                   .seed = 9007199254740993,
                                   .threads = 2,
                                   .steps = 300000,
                                   .simd = "avx2",
                                   .mujoco = ""};

static void assert_says(const char *part) {
  if (!strstr(duro_error(), part)) fail_msg("\"%s\" lacks \"%s\"", duro_error(), part);
}

static const char *text_of(const json_t *root, const char *key) {
  const char *text = json_string_value(json_object_get(root, key));
  if (!text) fail_msg("there is no text \"%s\"", key);
  return text;
}

static void test_what_it_is_told(void **state) {
  (void)state;
  assert_int_equal(duro_run_json_save(in_scratch("run.json"), &info), DURO_OK);
  json_t *root = json_load_file(in_scratch("run.json"), 0, NULL);
  assert_non_null(root);
  assert_string_equal(text_of(root, "environment"), "cartpole");
  assert_string_equal(text_of(root, "algorithm"), "DRAC");
  assert_string_equal(text_of(root, "command"), "duro train \"x y\" ?\n"); // no UTF-8: '?'
  assert_true(json_integer_value(json_object_get(root, "seed")) == 9007199254740993);
  assert_int_equal(json_integer_value(json_object_get(root, "threads")), 2);
  assert_int_equal(json_integer_value(json_object_get(root, "steps")), 300000);
  assert_string_equal(text_of(root, "simd"), "avx2");
  assert_string_equal(text_of(root, "mujoco"), "");
  json_decref(root);
}

static void test_what_it_finds(void **state) {
  (void)state;
  struct utsname about;
  time_t before = time(NULL);
  assert_int_equal(duro_run_json_save(in_scratch("run.json"), &info), DURO_OK);
  time_t after = time(NULL);
  json_t *root = json_load_file(in_scratch("run.json"), 0, NULL);
  assert_non_null(root);

  struct tm utc = {0};
  const char *start = text_of(root, "start");
  assert_int_equal(sscanf(start, "%d-%d-%dT%d:%d:%dZ", &utc.tm_year, &utc.tm_mon, &utc.tm_mday, &utc.tm_hour,
                          &utc.tm_min, &utc.tm_sec),
                   6);
  utc.tm_year -= 1900, utc.tm_mon -= 1;
  time_t then = timegm(&utc);
  assert_true(then >= before && then <= after);

  assert_int_equal(uname(&about), 0);
  assert_non_null(strstr(text_of(root, "kernel"), about.release));
  assert_int_equal(json_integer_value(json_object_get(root, "logical_cpus")), sysconf(_SC_NPROCESSORS_ONLN));
  assert_string_equal(text_of(root, "libyaml"), yaml_get_version_string());
  assert_string_equal(text_of(root, "jansson"), JANSSON_VERSION);
  static const char *const some[] = {"version", "commit", "sources", "compiler", "build_type", "cpu", "os", "xxhash"};
  for (size_t i = 0; i < sizeof some / sizeof *some; i++) assert_true(strlen(text_of(root, some[i])) > 0);
  (void)text_of(root, "flags");
  json_decref(root);

  // the processor as the kernel names it
  static char cpuinfo[200000];
  FILE *f = fopen("/proc/cpuinfo", "r");
  if (!f) return;
  cpuinfo[fread(cpuinfo, 1, sizeof cpuinfo - 1, f)] = 0;
  fclose(f);
  char cpu[256];
  assert_int_equal(duro_run_json_get(cpu, sizeof cpu, in_scratch("run.json"), "cpu"), DURO_OK);
  if (strstr(cpuinfo, "model name")) assert_non_null(strstr(cpuinfo, cpu));
}

static void test_get(void **state) {
  (void)state;
  char out[32];
  assert_int_equal(duro_run_json_save(in_scratch("run.json"), &info), DURO_OK);
  assert_int_equal(duro_run_json_get(out, sizeof out, in_scratch("run.json"), "algorithm"), DURO_OK);
  assert_string_equal(out, "DRAC");
  assert_int_equal(duro_run_json_get(out, sizeof out, in_scratch("run.json"), "seed"), DURO_OK);
  assert_string_equal(out, "9007199254740993");
  assert_int_equal(duro_run_json_get(out, 5, in_scratch("run.json"), "algorithm"), DURO_OK);
  assert_int_equal(duro_run_json_get(out, 4, in_scratch("run.json"), "algorithm"), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_run_json_get(out, sizeof out, in_scratch("run.json"), "nothing"), DURO_ERROR_FORMAT);
  assert_says("there is no \"nothing\"");
}

static void test_get_refuses(void **state) {
  (void)state;
  static const char *const bad[][2] = {{"", "run.json:"},
                                       {"{\"seed\": 1", "run.json:1:"},
                                       {"{\n \"seed\": x}", "run.json:2:"},
                                       {"{\"seed\": 1, \"seed\": 2}", "duplicate"},
                                       {"[1]", "there is no \"seed\""},
                                       {"{\"seed\": 1.5}", "neither a text nor an integer"},
                                       {"{\"seed\": null}", "neither"},
                                       {"{\"seed\": 99999999999999999999}", "run.json:1:"}};
  char out[32];
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    put_file(in_scratch("run.json"), bad[i][0], strlen(bad[i][0]));
    assert_int_equal(duro_run_json_get(out, sizeof out, in_scratch("run.json"), "seed"), DURO_ERROR_FORMAT);
    assert_says(bad[i][1]);
  }
  assert_int_equal(duro_run_json_get(out, sizeof out, in_scratch("none.json"), "seed"), DURO_ERROR_FILE);
  assert_int_equal(duro_run_json_save(in_scratch("no/run.json"), &info), DURO_ERROR_FILE);
}

#define TEST(f) cmocka_unit_test_teardown(f, scratch_clear)

/* A later format is refused in one line; no format is an older one. */
static void test_format(void **state) {
  (void)state;
  char text[64];
  put_file(in_scratch("old.json"), "{\"seed\": 3}", 11);
  assert_int_equal(duro_run_json_get(text, sizeof text, in_scratch("old.json"), "seed"), DURO_OK);
  put_file(in_scratch("new.json"), "{\"format\": 2, \"seed\": 3}", 24);
  assert_int_equal(duro_run_json_get(text, sizeof text, in_scratch("new.json"), "seed"), DURO_ERROR_FORMAT);
  assert_non_null(
      strstr(duro_error(), "new.json: of a later version of duro: its format is 2, and this version reads "));
  put_file(in_scratch("odd.json"), "{\"format\": \"1\", \"seed\": 3}", 26);
  assert_int_equal(duro_run_json_get(text, sizeof text, in_scratch("odd.json"), "seed"), DURO_ERROR_FORMAT);
}

/* memory of the JSON library, of which so many blocks are left */
static int json_left, json_live;

static void *json_take(size_t bytes) {
  if (json_left == 0) return NULL;
  json_left--, json_live++;
  return malloc(bytes);
}

static void json_give(void *block) {
  json_live -= block != NULL;
  free(block);
}

/* it is written whole or not at all, whichever block is not to be had */
static void test_short_memory(void **state) {
  (void)state;
  char text[64];
  put_file(in_scratch("run.json"), "{\"seed\": 3}", 11);
  duro_status status = DURO_ERROR_MEMORY;
  for (int n = 0; status; n++) {
    json_set_alloc_funcs(json_take, json_give);
    json_left = n, json_live = 0;
    status = duro_run_json_save(in_scratch("run.json"), &info);
    json_set_alloc_funcs(malloc, free);
    assert_int_equal(json_live, status ? 0 : 1); // the text itself, which free released
    assert_true(status == DURO_OK || status == DURO_ERROR_MEMORY);
    assert_int_equal(duro_run_json_get(text, sizeof text, in_scratch("run.json"), "seed"), DURO_OK);
    assert_string_equal(text, status ? "3" : "9007199254740993");
    assert_true(n < 1000);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_format), TEST(test_what_it_is_told),
                                     TEST(test_what_it_finds),      TEST(test_get),
                                     TEST(test_get_refuses),        TEST(test_short_memory)};
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}

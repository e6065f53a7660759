/* JSON: what is one is what RFC 8259 says and jansson, another reader, takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "io/json.h"
#include "io/scratch.h"

static bool jansson_takes(const char *text, size_t length) {
  json_t *root = json_loadb(text, length, JSON_DECODE_ANY, NULL);
  json_decref(root);
  return root;
}

static void hold(const char *text, bool right) {
  const size_t length = strlen(text);
  if (duro_json_valid(text, length) != right) fail_msg("%s: wanted %s", text, right ? "JSON" : "none");
  if (jansson_takes(text, length) != right) fail_msg("jansson differs on %s", text);
}

static const char *const good[] = {"0",
                                   "-0",
                                   "10",
                                   "-12.5",
                                   "1e5",
                                   "1E+5",
                                   "1e-5",
                                   "0.25E10",
                                   "true",
                                   "false",
                                   "null",
                                   " \t\r\n1 \n",
                                   "\"\"",
                                   "\"a b\"",
                                   "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
                                   "\"\\u0041\\u00e9\\uFFFF\"",
                                   "\"\\ud83d\\ude00\"",
                                   "\"\\uD800\\uDC00\"",
                                   "\"\\udbff\\udfff\"",
                                   "\"\\ud7ff\\ue000\"",
                                   "\"\xc3\xa9\"",
                                   "[]",
                                   "[ ]",
                                   "[1 , [2],{}]",
                                   "{}",
                                   "{ }",
                                   "{\"a\":1 , \"b\" : [true]}"};
static const char *const bad[] = {"",
                                  " ",
                                  "-",
                                  "01",
                                  "1.",
                                  ".5",
                                  "1e",
                                  "1e+",
                                  "+1",
                                  "1 2",
                                  "tru",
                                  "nul",
                                  "True",
                                  "\"",
                                  "\"\\\"",
                                  "\"\\",
                                  "\"\\x\"",
                                  "\"\\u12\"",
                                  "\"\\u12g4\"",
                                  "\"\\u",
                                  "\"\\ud800\"",
                                  "\"\\ud800x\"",
                                  "\"\\ud800\\\"",
                                  "\"\\ud800\\n\"",
                                  "\"\\ud800\\u\"",
                                  "\"\\ud800\\u0041\"",
                                  "\"\\ud800\\ue000\"",
                                  "\"\\udc00\"",
                                  "\"\\udfff\"",
                                  "\"\\u0000\"",
                                  "\"a\nb\"",
                                  "\"\x01\"",
                                  "\"\xff\"",
                                  "[",
                                  "[1",
                                  "[1,",
                                  "[1,]",
                                  "[,1]",
                                  "[1 2]",
                                  "]",
                                  "[1}",
                                  "{",
                                  "{\"a\"",
                                  "{\"a\":",
                                  "{\"a\":1",
                                  "{\"a\":1,",
                                  "{\"a\":1,}",
                                  "{a:1}",
                                  "{1:1}",
                                  "{\"a\" 1}",
                                  "{\"a\":1]",
                                  "{\"a\":}",
                                  "{\"a",
                                  "{\"a\" "};

static void test_valid(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) hold(good[i], true);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) hold(bad[i], false);
}

/* what is cut off, and what has one byte changed */
static void test_damaged(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    for (size_t k = 0; k < strlen(good[i]); k++) {
      char text[64];
      strcpy(text, good[i]);
      assert_int_equal(duro_json_valid(text, k), jansson_takes(text, k));
      static const char other[] = "\"\\0a{}[]:,-+.eE \x80u";
      for (size_t c = 0; c < sizeof other - 1; c++) {
        text[k] = other[c];
        const bool valid = duro_json_valid(text, strlen(good[i]));
        // numbers beyond what jansson keeps are JSON all the same
        if (valid != jansson_takes(text, strlen(good[i])) && !(valid && strpbrk(text, "eE")))
          fail_msg("jansson differs on %s", text);
        text[k] = good[i][k];
      }
    }
}

/* as deep as jansson goes */
static void test_depth(void **state) {
  (void)state;
  static char text[6000];
  for (int depth = 2046; depth <= 2050; depth++) {
    memset(text, '[', (size_t)depth);
    memset(text + depth, ']', (size_t)depth);
    assert_int_equal(duro_json_valid(text, 2 * (size_t)depth), depth <= 2048);
    assert_int_equal(jansson_takes(text, 2 * (size_t)depth), depth <= 2048);
  }
}

static void test_parse(void **state) {
  (void)state;
  json_t *root;
  assert_int_equal(duro_json_parse(&root, " {\"a\": [1]} ", 12, "f"), DURO_OK);
  assert_int_equal(json_integer_value(json_array_get(json_object_get(root, "a"), 0)), 1);
  json_decref(root);
  static const struct {
    const char *text, *says;
  } bad[] = {{"{\"a\": 1, \"a\": 2}", "f:1:"},
             {"[1e999]", "f:1:"},
             {"[\n1,\n x]", "f:3:"},
             {"", "f:1:"},
             {"5", "f:1:"},
             {"\"text\"", "f:1:"},
             {"{", "f:1:"}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(duro_json_parse(&root, bad[i].text, strlen(bad[i].text), "f"), DURO_ERROR_FORMAT);
    assert_null(root);
    if (strncmp(duro_error(), bad[i].says, strlen(bad[i].says)) != 0) fail_msg("%s", duro_error());
  }
  assert_int_equal(duro_json_parse(&root, "[]", SIZE_MAX / 16, "f"), DURO_ERROR_MEMORY); // before a byte is read
  assert_null(root);
}

/* memory of jansson, of which so many blocks are left */
static int left, live;

static void *take(size_t bytes) {
  if (left == 0) return NULL;
  left--, live++;
  return malloc(bytes);
}

static void give(void *block) {
  live -= block != NULL;
  free(block);
}

/* A text is whole or there is none, whichever block is not to be had: of a key without memory jansson says nothing. */
static void test_text_without_memory(void **state) {
  (void)state;
  char *text = NULL;
  json_t *root = json_pack("{s:i, s:[s, f], s:{s:b}}", "one", 1, "two", "\xc3\xa9", 0.5, "three", "four", 1);
  assert_non_null(root);
  for (int n = 0; !text; n++) {
    json_set_alloc_funcs(take, give);
    left = n, live = 0;
    text = duro_json_text(root, JSON_COMPACT);
    json_set_alloc_funcs(malloc, free);
    assert_int_equal(live, text != NULL);
    assert_true(n < 200);
  }
  assert_string_equal(text, "{\"one\":1,\"two\":[\"\xc3\xa9\",0.5],\"three\":{\"four\":true}}");
  free(text);
  json_decref(root);
}

static void test_format(void **state) {
  (void)state;
  static const struct {
    const char *text;
    duro_status status;
  } of[] = {{"{}", DURO_OK},
            {"{\"format\": 1}", DURO_OK},
            {"{\"format\": 1.0}", DURO_ERROR_FORMAT},
            {"{\"format\": null}", DURO_ERROR_FORMAT},
            {"{\"format\": 99}", DURO_ERROR_FORMAT}};
  for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
    json_t *root;
    assert_int_equal(duro_json_parse(&root, of[i].text, strlen(of[i].text), "f"), DURO_OK);
    assert_int_equal(duro_json_check_format(root, "f"), of[i].status);
    json_decref(root);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_valid),
                                     cmocka_unit_test(test_damaged),
                                     cmocka_unit_test(test_depth),
                                     cmocka_unit_test(test_parse),
                                     cmocka_unit_test(test_text_without_memory),
                                     cmocka_unit_test(test_format)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Keys of kept results: everything that is put in counts, and parts do not run into each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "io/hash.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROWS(X)                                                                                                        \
  X(INT, whole, 3, 0, 10, NULL, "", "An integer.")                                                                     \
  X(REAL, real, 0.5, 0, 10, NULL, "", "A number.")                                                                     \
  X(BOOL, flag, true, 0, 0, NULL, "", "A flag.")                                                                       \
  X(TEXT, word, "a", 0, 0, NULL, "", "A text.")                                                                        \
  X(REAL, last, 1, 0, 10, NULL, "", "The last row.")
typedef struct values {
  ROWS(DURO_SETTINGS_FIELD)
} values;
#define DURO_SETTINGS_OF values
static const duro_setting rows[] = {ROWS(DURO_SETTINGS_ROW)};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

static uint64_t of_texts(const char *what, const char *first, const char *second) {
  duro_hasher hasher;
  duro_hash_begin(&hasher, what);
  duro_hash_text(&hasher, first);
  duro_hash_text(&hasher, second);
  return duro_hash_end(&hasher);
}

static void test_texts(void **state) {
  (void)state;
  const uint64_t hash = of_texts("test", "ab", "c");
  assert_true(hash == of_texts("test", "ab", "c"));
  assert_true(hash != of_texts("test", "a", "bc"));
  assert_true(hash != of_texts("test", "abc", ""));
  assert_true(hash != of_texts("another", "ab", "c"));
  assert_true(of_texts("test", NULL, "") != of_texts("test", "", NULL));
}

static uint64_t of_real(double value) {
  duro_hasher hasher;
  duro_hash_begin(&hasher, "test");
  duro_hash_real(&hasher, value);
  return duro_hash_end(&hasher);
}

static uint64_t of_integer(int64_t value) {
  duro_hasher hasher;
  duro_hash_begin(&hasher, "test");
  duro_hash_integer(&hasher, value);
  return duro_hash_end(&hasher);
}

static void test_numbers(void **state) {
  (void)state;
  assert_true(of_real(1.0) == of_real(1.0));
  assert_true(of_real(1.0) != of_real(nextafter(1.0, 2.0)));
  assert_true(of_real(0.0) != of_real(-0.0));
  assert_true(of_real(NAN) == of_real(-NAN)); // all are one
  assert_true(of_integer(1) != of_integer(-1));
  assert_true(of_integer(0) != of_real(0.0)); // the same eight bytes of another kind
  const double real[] = {1, 2}, other[] = {1, 2.5};
  const float single[] = {1, 2};
  duro_hasher a, b, c;
  duro_hash_begin(&a, "test"), duro_hash_begin(&b, "test"), duro_hash_begin(&c, "test");
  duro_hash_reals(&a, real, 2), duro_hash_reals(&b, other, 2), duro_hash_floats(&c, single, 2);
  assert_true(duro_hash_end(&a) != duro_hash_end(&b));
  assert_true(duro_hash_end(&a) != duro_hash_end(&c));
}

/* The bytes that go in are what the header says, so that a key is the same on every machine: XXH3 of them by itself. */
static void test_layout(void **state) {
  (void)state;
  static const unsigned char bytes[] = {2, 0, 0, 0, 0,    0,    0,    0,    4,    0,    0,    0,
                                        0, 0, 0, 0, 't',  'e',  's',  't',  3,    0,    0,    0,
                                        0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  duro_hasher hasher;
  duro_hash_begin(&hasher, "test");
  duro_hash_integer(&hasher, -2);
  assert_true(duro_hash_end(&hasher) == XXH3_64bits(bytes, sizeof bytes));
}

static uint64_t of_settings(values *v, const char *const *without) {
  const duro_settings_group group = {"test", rows, ROW_COUNT, v};
  duro_hasher hasher;
  duro_hash_begin(&hasher, "test");
  duro_hash_settings(&hasher, &group, without);
  return duro_hash_end(&hasher);
}

static void test_every_setting_counts(void **state) {
  (void)state;
  values v;
  const duro_settings_group group = {"test", rows, ROW_COUNT, &v};
  static const char *const another[] = {"test.whole=4", "test.real=.25", "test.flag=false", "test.word=b",
                                        "test.last=2"};
  duro_settings_default(&group);
  const uint64_t plain = of_settings(&v, NULL);
  for (int i = 0; i < ROW_COUNT; i++) {
    const char *const without[] = {rows[i].name, NULL};
    duro_settings_default(&group);
    const uint64_t left_out = of_settings(&v, without);
    assert_true(left_out != plain);
    assert_int_equal(duro_settings_assign(&group, 1, another[i]), DURO_OK);
    assert_true(of_settings(&v, NULL) != plain);
    assert_true(of_settings(&v, without) == left_out);
  }
}

static void test_memory_after_a_text_does_not_count(void **state) {
  (void)state;
  values v, w;
  memset(&v, 0, sizeof v);
  memset(&w, 0xff, sizeof w);
  duro_settings_default(&(duro_settings_group){"test", rows, ROW_COUNT, &v});
  duro_settings_default(&(duro_settings_group){"test", rows, ROW_COUNT, &w});
  memset(w.word + 2, 0xff, sizeof w.word - 2);
  assert_true(of_settings(&v, NULL) == of_settings(&w, NULL));
}

static void test_print(void **state) {
  (void)state;
  char text[DURO_HASH_TEXT];
  duro_hash_print(text, UINT64_C(0xabc));
  assert_string_equal(text, "0000000000000abc");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_texts),
      cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_layout),
      cmocka_unit_test(test_every_setting_counts),
      cmocka_unit_test(test_memory_after_a_text_does_not_count),
      cmocka_unit_test(test_print),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Numbers as text and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "io/number.h"
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_texts(void **state) {
  (void)state;
  // written by hand: the shortest digits that name the double
  static const struct {
    double value;
    const char *text;
  } rows[] = {{0, "0"},
              {-0.0, "-0"},
              {1, "1"},
              {.1, "0.1"},
              {-2.5, "-2.5"},
              {1e3, "1000"},
              {300000, "300000"},
              {1e15, "1000000000000000"},
              {1e16, "1.0e+16"},
              {1e22, "1.0e+22"},
              {1.5e300, "1.5e+300"},
              {1e-5, "0.00001"},
              {1e-6, "1.0e-06"},
              {.001, "0.001"},
              {1.0 / 3, "0.3333333333333333"},
              {2.0 / 3, "0.6666666666666666"},
              {.1 + .2, "0.30000000000000004"},
              {9007199254740992.0, "9007199254740992"},
              {DBL_MAX, "1.7976931348623157e+308"},
              {DBL_MIN, "2.2250738585072014e-308"},
              {DBL_TRUE_MIN, "5.0e-324"},
              {INFINITY, "inf"},
              {-INFINITY, "-inf"},
              {NAN, "nan"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char text[DURO_NUMBER_SIZE];
    duro_number_text(text, rows[i].value);
    assert_string_equal(text, rows[i].text);
  }
}

/* significant digits of a text */
static int digits_of(const char *text) {
  int n = 0, zeros = 0;
  for (; *text && *text != 'e'; text++) {
    if (*text < '0' || *text > '9') continue;
    if (*text == '0') {
      zeros += n > 0;
      continue;
    }
    n += zeros + 1;
    zeros = 0;
  }
  return n;
}

/* every kind of bits comes back, and no shorter text of the C library would */
static void test_round_trip_is_shortest(void **state) {
  (void)state;
  duro_stream s = duro_stream_at(1, 1, 1);
  for (int i = 0; i < 20000; i++) {
    uint64_t bits = (uint64_t)duro_stream_bits(&s) << 32 | duro_stream_bits(&s);
    double value, back = 0;
    if (i % 3 == 1) bits &= 0x800fffffffffffff; // subnormal
    memcpy(&value, &bits, sizeof value);
    if (i % 3 == 2) value = (double)(duro_stream_bits(&s) % 100000) / 1000; // few digits
    if (!isfinite(value)) continue;
    char text[DURO_NUMBER_SIZE], shorter[64];
    duro_number_text(text, value);
    assert_int_equal(duro_number_real(&back, text), DURO_NUMBER_FINE);
    assert_memory_equal(&back, &value, sizeof value);
    back = strtod(text, NULL);
    assert_memory_equal(&back, &value, sizeof value);
    int digits = digits_of(text);
    if (digits < 2) continue;
    (void)snprintf(shorter, sizeof shorter, "%.*e", digits - 2, value);
    assert_true(strtod(shorter, NULL) != value);
  }
}

static void test_real(void **state) {
  (void)state;
  static const struct {
    const char *text;
    double value;
  } good[] = {{"1", 1},
              {"+1", 1},
              {"-1.5", -1.5},
              {".5", .5},
              {"5.", 5},
              {"1e3", 1e3},
              {"1E+3", 1000.},
              {"2.5e-1", .25},
              {"007", 7},
              {"0e999999999999999999", 0},
              {"0.0", 0},
              {"-0", 0},
              {"4.9e-324", 4.9e-324},
              {"1.7976931348623157e308", DBL_MAX}};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    double v = 99;
    assert_int_equal(duro_number_real(&v, good[i].text), DURO_NUMBER_FINE);
    assert_true(v == good[i].value);
  }
  static const char *const bad[] = {"",     " 1",    "1 ",    "3.7abc", "nan",  "NaN", "inf",  "-inf", "infinity",
                                    "0x10", "1_000", "1,5",   "1e",     "1e+",  "e5",  ".",    "-",    "+",
                                    "--1",  "+-1",   "1.2.3", "1e5.0",  "1e 5", "0b1", "0o17", "1f",   "1d0",
                                    "１",   "true",  "1:30",  "1e5e5",  "\t1",  "1\n"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    double v = 99;
    int64_t n = 99;
    assert_int_equal(duro_number_real(&v, bad[i]), DURO_NUMBER_WRONG);
    assert_int_equal(duro_number_int(&n, bad[i]), DURO_NUMBER_WRONG);
    assert_true(v == 99 && n == 99);
  }
  static const char *const far[] = {
      "1e309", "-1e309", "1.8e308", "1e-400", "1e999999999999999999999", "1e-99999999999999999999"};
  for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
    double v = 99;
    assert_int_equal(duro_number_real(&v, far[i]), DURO_NUMBER_RANGE);
    assert_true(v == 99);
  }
}

static void test_int(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t value;
  } good[] = {{"0", 0},
              {"-0", 0},
              {"0.000", 0},
              {"0e-99", 0},
              {"1e6", 1000000},
              {"1E+06", 1000000},
              {"1.5e1", 15},
              {"2.50e1", 25},
              {"10e-1", 1},
              {"1000e-3", 1},
              {"5.0", 5},
              {"-7.", -7},
              {"0.001e3", 1},
              {"9007199254740993", 9007199254740993},
              {"9223372036854775807", INT64_MAX},
              {"-9223372036854775808", INT64_MIN},
              {"0000000000000000000000000000001", 1},
              {"922337203685477580.7e1", INT64_MAX},
              {"1000000000000000000000000e-24", 1}};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    int64_t v = 99;
    assert_int_equal(duro_number_int(&v, good[i].text), DURO_NUMBER_FINE);
    assert_true(v == good[i].value);
  }
  static const struct {
    const char *text;
    duro_number why;
  } bad[] = {{"1.5", DURO_NUMBER_FRACTION},
             {"1e-1", DURO_NUMBER_FRACTION},
             {"1.25e1", DURO_NUMBER_FRACTION},
             {"1e-99999999999999999999", DURO_NUMBER_FRACTION},
             {"9223372036854775808", DURO_NUMBER_RANGE},
             {"-9223372036854775809", DURO_NUMBER_RANGE},
             {"1e19", DURO_NUMBER_RANGE},
             {"18446744073709551616", DURO_NUMBER_RANGE},
             {"18446744073709551617", DURO_NUMBER_RANGE},
             {"1e99999999999999999999", DURO_NUMBER_RANGE}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    int64_t v = 99;
    assert_int_equal(duro_number_int(&v, bad[i].text), bad[i].why);
    assert_true(v == 99);
  }
}

/* a program whose locale has a decimal comma writes and reads points all the same */
static void test_locale(void **state) {
  (void)state;
  if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "de_DE") && !setlocale(LC_ALL, "fr_FR.UTF-8")) skip();
  char text[DURO_NUMBER_SIZE];
  double v = 0;
  duro_number_text(text, 1.5);
  duro_number back = duro_number_real(&v, "2.5");
  setlocale(LC_ALL, "C");
  assert_string_equal(text, "1.5");
  assert_int_equal(back, DURO_NUMBER_FINE);
  assert_true(v == 2.5);
}

/* as %a writes them, and nothing else */
static void test_hex(void **unused) {
  (void)unused;
  static const double values[] = {0, -0.0, 1, -.1, 1e300, 5e-324, 0x1.fffffffffffffp+1023};
  static const char *const wrong[] = {"",         "1",        "0x",     "0x1",    "0x1p",        "0x1p+",
                                      " 0x1p+0",  "0x1p+0 ",  "0x.p+0", "0X1p+0", "+0x1p+0",     "0x1P+0",
                                      "0x1p+0x0", "0x1,8p+0", "nan",    "inf",    "0x1p+1000000"};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    char text[64];
    double back = 7;
    duro_format(text, sizeof text, "%a", values[i]);
    assert_int_equal(duro_number_hex(&back, text), DURO_NUMBER_FINE);
    assert_memory_equal(&back, &values[i], sizeof back);
  }
  double kept = 7;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_int_equal(duro_number_hex(&kept, wrong[i]), DURO_NUMBER_WRONG);
  assert_int_equal(duro_number_hex(&kept, "0x1p+1024"), DURO_NUMBER_RANGE);
  assert_true(kept == 7);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts),  cmocka_unit_test(test_round_trip_is_shortest),
                                     cmocka_unit_test(test_real),   cmocka_unit_test(test_int),
                                     cmocka_unit_test(test_locale), cmocka_unit_test(test_hex)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

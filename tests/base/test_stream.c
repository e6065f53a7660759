/* Random streams: known answers, and that what comes out looks like what it is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "duro/base.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 1000000

/* Sampling errors are held to five standard deviations of the estimate: a right generator fails once in 10^6. */
#define SIGMAS 5.0

/* philox4x32 with 10 rounds, from the kat_vectors file of Random123 */
static const struct {
  uint32_t counter[4], key[2], out[4];
} known[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

static void test_known_answers(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    uint64_t seed = (uint64_t)known[i].key[1] << 32 | known[i].key[0];
    uint64_t index = (uint64_t)known[i].counter[2] << 32 | known[i].counter[1];
    duro_stream s = duro_stream_at(seed, known[i].counter[3], index);
    assert_int_equal(s.block, 0);
    s.block = known[i].counter[0];
    for (int k = 0; k < 4; k++) assert_int_equal(duro_stream_bits(&s), known[i].out[k]);
    assert_int_equal(s.block, known[i].counter[0] + 1u);
  }
}

/* the words 6627e8d5 e169c58d of the first vector as each kind of number */
static void test_words_to_numbers(void **state) {
  (void)state;
  duro_stream s = duro_stream_at(0, 0, 0);
  assert_true(duro_stream_uniform(&s) == (double)(0x6627e8d5e169c58dULL >> 11) / 9007199254740992.0);
  s = duro_stream_at(0, 0, 0);
  assert_true(duro_stream_uniformf(&s) == 6694888.0f / 16777216.0f); // 0x6627e8
  s = duro_stream_at(0, 0, 0);
  assert_int_equal(duro_stream_below(&s, 10), 3); // 0.399.. * 10
  assert_int_equal(duro_stream_below(&s, 1), 0);
  assert_int_equal(duro_stream_below(&s, UINT32_MAX), 0xbc57ac4b);

  // Box-Muller by the C library in double: float rounding of v, log, root and product, some 1e-7 each
  s = duro_stream_at(0, 0, 0);
  double v = (0x6627e8d5 + .5) / 4294967296.0, w = 0xe169c58d / 4294967296.0;
  double z = sqrt(-2 * log(v)) * cos(2 * acos(-1) * w);
  assert_true(fabs((double)duro_stream_normalf(&s) - z) < 1e-6);
  assert_int_equal(s.used, 2);
}

/* the largest and smallest words stay inside the ranges */
static void test_extreme_words(void **state) {
  (void)state;
  duro_stream s = {.word = {0, 0, UINT32_MAX, UINT32_MAX}};
  float largest = duro_stream_normalf(&s);
  assert_true(isfinite(largest) && largest > 6.7f && largest < 6.8f); // sqrt(66 ln 2) = 6.764
  assert_true(duro_stream_normalf(&s) == 0);                          // v rounds to 1
  s.used = 2;
  assert_true(duro_stream_uniform(&s) < 1);
  s.used = 3;
  assert_true(duro_stream_uniformf(&s) < 1);
  s.used = 3;
  assert_int_equal(duro_stream_below(&s, 7), 6);
}

/* a copy goes on as the original would have */
static void test_resume(void **state) {
  (void)state;
  duro_stream a = duro_stream_at(7, 3, 11);
  for (int i = 0; i < 13; i++) duro_stream_bits(&a);
  duro_stream b;
  memcpy(&b, &a, sizeof b);
  for (int i = 0; i < 100; i++) assert_int_equal(duro_stream_bits(&a), duro_stream_bits(&b));
}

/* moments of a standard variable scaled by hand */
typedef struct moments {
  double m1, m2, m3, m4;
} moments;

static moments moments_of(const double *x) {
  moments m = {0};
  for (int i = 0; i < N; i++) {
    double x2 = x[i] * x[i];
    m.m1 += x[i], m.m2 += x2, m.m3 += x[i] * x2, m.m4 += x2 * x2;
  }
  return (moments){m.m1 / N, m.m2 / N, m.m3 / N, m.m4 / N};
}

static void assert_near(double value, double expected, double variance_of_one) {
  double error = fabs(value - expected), limit = SIGMAS * sqrt(variance_of_one / N);
  if (error > limit) fail_msg("%g is %g away from %g; limit %g", value, error, expected, limit);
}

static void test_uniform_moments(void **state) {
  (void)state;
  double *x = malloc(N * sizeof *x);
  for (int kind = 0; kind < 2; kind++) {
    duro_stream s = duro_stream_at(1, 2, 3);
    for (int i = 0; i < N; i++) {
      double u = kind ? (double)duro_stream_uniformf(&s) : duro_stream_uniform(&s);
      assert_true(u >= 0 && u < 1);
      x[i] = u - .5;
    }
    moments m = moments_of(x);
    // E x^2k = 4^-k / (2k + 1); var x^k = E x^2k - (E x^k)^2
    assert_near(m.m1, 0, 1. / 12);
    assert_near(m.m2, 1. / 12, 1. / 80 - 1. / 144);
    assert_near(m.m3, 0, 1. / 448);
    assert_near(m.m4, 1. / 80, 1. / 2304 - 1. / 6400);
  }
  free(x);
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void test_normal_moments_and_distribution(void **state) {
  (void)state;
  double *x = malloc(N * sizeof *x);
  duro_stream s = duro_stream_at(4, 5, 6);
  for (int i = 0; i < N; i++) x[i] = (double)duro_stream_normalf(&s);
  moments m = moments_of(x);
  // E z^2 = 1, E z^4 = 3, E z^6 = 15, E z^8 = 105
  assert_near(m.m1, 0, 1);
  assert_near(m.m2, 1, 2);
  assert_near(m.m3, 0, 15);
  assert_near(m.m4, 3, 96);

  // Kolmogorov-Smirnov: P(sqrt(N) D > 2.6) = 2 exp(-2 * 2.6^2) = 2.7e-6
  qsort(x, N, sizeof *x, ascending);
  double d = 0;
  for (int i = 0; i < N; i++) {
    double phi = .5 * erfc(-x[i] / sqrt(2.0));
    d = fmax(d, fmax(fabs(phi - (double)i / N), fabs((double)(i + 1) / N - phi)));
  }
  assert_true(sqrt((double)N) * d < 2.6);
  free(x);
}

/* chi-square of the counts of `below`; mean k - 1, variance 2 (k - 1) */
static void test_below_is_even(void **state) {
  (void)state;
  enum { K = 37 };
  int count[K] = {0};
  duro_stream s = duro_stream_at(9, 9, 9);
  for (int i = 0; i < N; i++) {
    uint32_t n = duro_stream_below(&s, K);
    assert_true(n < K);
    count[n]++;
  }
  double chi2 = 0, expected = (double)N / K;
  for (int k = 0; k < K; k++) chi2 += (count[k] - expected) * (count[k] - expected) / expected;
  assert_true(fabs(chi2 - (K - 1)) < SIGMAS * sqrt(2.0 * (K - 1)));
}

/* draws of two streams, and neighbours within one, are uncorrelated: the estimate has variance 1 / N */
static void assert_uncorrelated(duro_stream a, duro_stream b) {
  double sum = 0, within = 0, last = 0;
  for (int i = 0; i < N; i++) {
    double x = sqrt(12.0) * (duro_stream_uniform(&a) - .5), y = sqrt(12.0) * (duro_stream_uniform(&b) - .5);
    sum += x * y;
    within += x * last;
    last = x;
  }
  assert_near(sum / N, 0, 1);
  assert_near(within / N, 0, 1);
}

static void test_streams_are_independent(void **state) {
  (void)state;
  assert_uncorrelated(duro_stream_at(1, 1, 1), duro_stream_at(2, 1, 1));
  assert_uncorrelated(duro_stream_at(1, 1, 1), duro_stream_at(1, 2, 1));
  assert_uncorrelated(duro_stream_at(1, 1, 1), duro_stream_at(1, 1, 2));
  assert_uncorrelated(duro_stream_at(1, 1, 1), duro_stream_at(1ULL << 32 | 1, 1, 1));
  assert_uncorrelated(duro_stream_at(1, 1, 1), duro_stream_at(1, 1, 1ULL << 32 | 1));
}

/* first words over the index, as episodes use them, are even too */
static void test_first_words_over_index(void **state) {
  (void)state;
  double *x = malloc(N * sizeof *x);
  for (int i = 0; i < N; i++) {
    duro_stream s = duro_stream_at(123, 4, (uint64_t)i);
    x[i] = duro_stream_uniform(&s) - .5;
  }
  moments m = moments_of(x);
  assert_near(m.m1, 0, 1. / 12);
  assert_near(m.m2, 1. / 12, 1. / 80 - 1. / 144);
  free(x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_known_answers),          cmocka_unit_test(test_words_to_numbers),
      cmocka_unit_test(test_extreme_words),          cmocka_unit_test(test_resume),
      cmocka_unit_test(test_uniform_moments),        cmocka_unit_test(test_normal_moments_and_distribution),
      cmocka_unit_test(test_below_is_even),          cmocka_unit_test(test_streams_are_independent),
      cmocka_unit_test(test_first_words_over_index),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Statistics over runs and tasks, against vectors of rliable (tests/data/README.md) and closed forms. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "duro/stats.h"

enum { BLOCK = 512, WORK = 500000 };

static double work[WORK];

/* A block of the file. */
typedef struct block {
  char name[64];
  int rows, columns;
  double values[BLOCK];
} block;

static bool next_block(block *b, FILE *file) {
  if (fscanf(file, "%63s %d %d", b->name, &b->rows, &b->columns) != 3) return false;
  assert_true(b->rows * b->columns <= BLOCK);
  for (int i = 0; i < b->rows * b->columns; i++) assert_int_equal(fscanf(file, "%lf", &b->values[i]), 1);
  return true;
}

static duro_scores scores_of(const block *b) {
  return (duro_scores){.values = b->values, .runs = b->rows, .tasks = b->columns};
}

/* A row of rliable's: value, low, high, and what each end may be between. The values are sums of at most 80 numbers
 * of size 1 in another order: 1e-12 is ample. The ends come from 20000 replicates of ours and up to 50000 of rliable's,
 * which differ by chance; the file says by how much (five standard deviations of both counts: one in a million). */
static void assert_row(duro_interval got, const double *row, const char *what) {
  if (!(fabs(got.value - row[0]) <= 1e-12)) fail_msg("%s: %.17g, wanted %.17g", what, got.value, row[0]);
  if (!(got.low >= row[3] - 1e-12 && got.low <= row[4] + 1e-12))
    fail_msg("%s: low end %.17g, wanted %.17g to %.17g", what, got.low, row[3], row[4]);
  if (!(got.high >= row[5] - 1e-12 && got.high <= row[6] + 1e-12))
    fail_msg("%s: high end %.17g, wanted %.17g to %.17g", what, got.high, row[5], row[6]);
}

static void check_aggregates(const block *scores, const block *wanted, double target, const duro_bootstrap *bootstrap) {
  assert_true(duro_aggregate_work(bootstrap, scores_of(scores)) <= WORK);
  for (int kind = 0; kind <= DURO_AGGREGATE_OPTIMALITY_GAP; kind++)
    assert_row(duro_aggregate_interval((duro_aggregate)kind, scores_of(scores), target, bootstrap, work),
               wanted->values + 7 * (ptrdiff_t)kind, duro_aggregate_name((duro_aggregate)kind));
}

static void check_profile(const block *scores, const block *wanted, const block *tau, const duro_bootstrap *bootstrap) {
  duro_interval got[16];
  assert_true(tau->columns == wanted->rows && tau->columns <= 16);
  assert_true(duro_profile_work(bootstrap, scores_of(scores), tau->columns) <= WORK);
  duro_profile(got, scores_of(scores), tau->values, tau->columns, bootstrap, work);
  for (int k = 0; k < tau->columns; k++) assert_row(got[k], wanted->values + 7 * (ptrdiff_t)k, "profile");
}

static void numbers_are_those_of_rliable(void **state) {
  (void)state;
  static block constants, tau, scores, x, y, b;
  FILE *file = fopen(DURO_SOURCE_DIR "/tests/data/rliable.txt", "r");
  assert_non_null(file);
  assert_true(next_block(&constants, file) && next_block(&tau, file));
  const double target = constants.values[1];
  const duro_bootstrap bootstrap = {
      .replicates = (int64_t)constants.values[2], .confidence = constants.values[0], .seed = 7};
  int checked = 0;
  while (next_block(&b, file)) {
    if (strcmp(b.name, "scores") == 0)
      scores = b;
    else if (strcmp(b.name, "x") == 0)
      x = b;
    else if (strcmp(b.name, "y") == 0)
      y = b;
    else if (strcmp(b.name, "aggregates") == 0)
      check_aggregates(&scores, &b, target, &bootstrap), checked++;
    else if (strcmp(b.name, "profile") == 0)
      check_profile(&scores, &b, &tau, &bootstrap), checked++;
    else if (strcmp(b.name, "improvement") == 0)
      assert_row(duro_improvement(scores_of(&x), scores_of(&y), &bootstrap, work), b.values, b.name), checked++;
  }
  fclose(file);
  assert_int_equal(checked, 8 + 8 + 4); // cases and pairs of the tool
}

/* quantiles of beta distributions by SciPy: rows k, n, low, high */
static void two_sided_clopper_pearson_is_that_of_scipy(void **state) {
  (void)state;
  static block constants, b;
  FILE *file = fopen(DURO_SOURCE_DIR "/tests/data/rliable.txt", "r");
  assert_non_null(file);
  assert_true(next_block(&constants, file));
  do assert_true(next_block(&b, file));
  while (strcmp(b.name, "clopper_pearson") != 0);
  fclose(file);
  for (int i = 0; i < b.rows; i++) {
    const double *row = b.values + 4 * (ptrdiff_t)i;
    const duro_interval got = duro_clopper_pearson((int64_t)row[0], (int64_t)row[1], 1 - constants.values[0]);
    assert_true(got.value == row[0] / row[1]);
    // 1e-10 as for the upper bound, in test_stats.c
    if (!(fabs(got.low - row[2]) <= 1e-10 * row[2] && fabs(got.high - row[3]) <= 1e-10 * row[3]))
      fail_msg("%g of %g: %.17g to %.17g, wanted %.17g to %.17g", row[0], row[1], got.low, got.high, row[2], row[3]);
  }
}

static void clopper_pearson_without_trials(void **state) {
  (void)state;
  const duro_interval none = duro_clopper_pearson(0, 0, .05);
  assert_true(isnan(none.value) && none.low == 0 && none.high == 1);
}

static bool all_nan(duro_interval i) {
  return isnan(i.value) && isnan(i.low) && isnan(i.high);
}

static void missing_scores_leave_no_number(void **state) {
  (void)state;
  const double with_nan[6] = {1, 2, 3, NAN, 5, 6}, whole[6] = {1, 2, 3, 4, 5, 6}, tau[2] = {0, 9};
  const duro_scores broken = {with_nan, 3, 2}, empty = {NULL, 0, 2}, good = {whole, 3, 2};
  const duro_bootstrap bootstrap = duro_bootstrap_default();
  for (int kind = 0; kind <= DURO_AGGREGATE_OPTIMALITY_GAP; kind++) {
    assert_true(isnan(duro_aggregate_of((duro_aggregate)kind, broken, 1, work)));
    assert_true(isnan(duro_aggregate_of((duro_aggregate)kind, empty, 1, work)));
    assert_true(all_nan(duro_aggregate_interval((duro_aggregate)kind, broken, 1, &bootstrap, work)));
  }
  duro_interval profile[2];
  duro_profile(profile, broken, tau, 2, &bootstrap, work);
  assert_true(all_nan(profile[0]) && all_nan(profile[1])); // a missing score is not one below 0
  assert_true(all_nan(duro_improvement(good, broken, &bootstrap, work)));
  assert_true(all_nan(duro_improvement(broken, good, &bootstrap, work)));
}

static void infinite_scores_are_scores(void **state) {
  (void)state;
  const double values[4] = {1, 2, 3, -INFINITY}; // a run that diverged
  const duro_scores scores = {values, 4, 1};
  const duro_bootstrap bootstrap = duro_bootstrap_default();
  assert_true(duro_aggregate_of(DURO_AGGREGATE_IQM, scores, 0, work) == 1.5); // the mean of 1 and 2
  const duro_interval mean = duro_aggregate_interval(DURO_AGGREGATE_MEAN, scores, 0, &bootstrap, work);
  assert_true(mean.value == -INFINITY && mean.low == -INFINITY && mean.high > 1);
}

/* Five runs with scores 0 and a single task: the mean of a resample of k ones among n is binomial, and the percentiles
 * of 5 draws with p = 2/5 are 0 (P(0) = .078 > .025) and .8 (P(<= 4) = .990 >= .975, P(<= 3) = .913 < .975). */
static void interval_of_a_share_is_binomial(void **state) {
  (void)state;
  const double values[5] = {0, 1, 0, 0, 1};
  const duro_bootstrap bootstrap = duro_bootstrap_default();
  const duro_interval mean =
      duro_aggregate_interval(DURO_AGGREGATE_MEAN, (duro_scores){values, 5, 1}, 0, &bootstrap, work);
  assert_true(fabs(mean.value - .4) < 1e-15 && mean.low == 0 && fabs(mean.high - .8) < 1e-15);
}

static void seed_decides_and_nothing_else(void **state) {
  (void)state;
  const double values[8] = {.3, 1.7, .2, .9, 2.4, 1.1, .8, .5};
  const duro_scores scores = {values, 4, 2};
  duro_bootstrap bootstrap = {.replicates = 101, .confidence = .9, .seed = 3};
  const duro_interval one = duro_aggregate_interval(DURO_AGGREGATE_IQM, scores, 0, &bootstrap, work);
  for (int i = 0; i < WORK; i++) work[i] = -1; // what lay in the scratch does not matter
  const duro_interval two = duro_aggregate_interval(DURO_AGGREGATE_IQM, scores, 0, &bootstrap, work);
  assert_memory_equal(&one, &two, sizeof one);
  bootstrap.seed = 4;
  const duro_interval other = duro_aggregate_interval(DURO_AGGREGATE_IQM, scores, 0, &bootstrap, work);
  assert_true(other.value == one.value && (other.low != one.low || other.high != one.high));
}

static void improvement_and_its_reverse_sum_to_one(void **state) {
  (void)state;
  const double x[6] = {1, 5, 2, 2, 3, 9}, y[4] = {2, 2, 4, 1};
  const duro_scores a = {x, 3, 2}, b = {y, 2, 2};
  const duro_bootstrap bootstrap = duro_bootstrap_default();
  const duro_interval forth = duro_improvement(a, b, &bootstrap, work), back = duro_improvement(b, a, &bootstrap, work);
  assert_true(fabs(forth.value + back.value - 1) < 1e-15);
  // by hand: task 1 has 1, 2, 3 against 2, 4: 1.5 of 6 pairs; task 2 has 5, 2, 9 against 2, 1: 5.5 of 6
  assert_true(fabs(forth.value - .5 * (1.5 + 5.5) / 6) < 1e-15);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_are_those_of_rliable),   cmocka_unit_test(two_sided_clopper_pearson_is_that_of_scipy),
      cmocka_unit_test(clopper_pearson_without_trials), cmocka_unit_test(missing_scores_leave_no_number),
      cmocka_unit_test(infinite_scores_are_scores),     cmocka_unit_test(interval_of_a_share_is_binomial),
      cmocka_unit_test(seed_decides_and_nothing_else),  cmocka_unit_test(improvement_and_its_reverse_sum_to_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

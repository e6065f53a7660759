/* Statistics of an evaluation. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "duro/eval.h"

/* Expected values: bisection on the binomial tail sum_{i<=k} C(n,i) p^i (1-p)^(n-i) = alpha in 60-digit arithmetic.
 * The first is the closed form 1 - .05^(1/100). */
static void clopper_pearson_matches_the_binomial_tail(void **state) {
  (void)state;
  static const struct {
    int64_t k, n;
    double alpha, upper;
  } rows[] = {
      {0, 100, .05, 0.029513049607039935},   {0, 1, .05, 0.94999999999999996},
      {1, 10, .05, 0.39416330243650477},     {5, 10, .05, 0.77755889899187092},
      {9, 10, .05, 0.99488380310817626},     {3, 32, .05, 0.22481610858922574},
      {31, 32, .05, 0.99839836853322805},    {1, 1000, .05, 0.0047349935754997779},
      {17, 1000, .05, 0.025390748776180874}, {500, 1000, .05, 0.52648226876430881},
      {999, 1000, .05, 0.99994870802109104}, {10, 100, .025, 0.17622259774002269},
      {50, 100, .001, 0.65520199357468223},  {2, 10000, .05, 0.00062944414868714566},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const double upper = duro_clopper_pearson_upper(rows[i].k, rows[i].n, rows[i].alpha);
    // lgamma carries a few units in the last place of log n!, about 1e5 for the largest n: 1e-16 * 1e5
    if (!(fabs(upper / rows[i].upper - 1) < 1e-10))
      fail_msg("k %d, n %d: %.17g, wanted %.17g", (int)rows[i].k, (int)rows[i].n, upper, rows[i].upper);
  }
}

static void clopper_pearson_has_sane_ends(void **state) {
  (void)state;
  assert_true(duro_clopper_pearson_upper(10, 10, .05) == 1);
  assert_true(duro_clopper_pearson_upper(0, 0, .05) == 1);
  double last = 0;
  for (int64_t k = 0; k <= 200; k++) { // grows with k and stays above the rate itself
    const double upper = duro_clopper_pearson_upper(k, 200, .05);
    assert_true(upper > last && upper >= (double)k / 200);
    last = upper;
  }
  const double rare = duro_clopper_pearson_upper(1, 100000000, .05); // Poisson limit: 4.7438645 / n
  assert_true(fabs(rare * 1e8 - 4.7438645) < 1e-5);
}

/* a car that has stopped, a quadrotor upside down: failures at h >= 0 are no safe episodes */
static void failing_is_violating(void **state) {
  (void)state;
  const duro_episode episodes[3] = {
      {.h_min = .5, .length = 4, .end = DURO_TERMINATED},
      {.h_min = .5, .length = 4, .end = DURO_TRUNCATED},
      {.h_min = -.5, .violating_steps = 1, .length = 4, .end = DURO_TERMINATED},
  };
  duro_eval_summary s;
  assert_true(duro_episode_violates(&episodes[0]) && !duro_episode_violates(&episodes[1]));
  duro_eval_summarize(&s, episodes, 3);
  assert_int_equal(s.violating, 2);
}

static void summary_of_three_episodes(void **state) {
  (void)state;
  const duro_episode episodes[3] = {
      {.episode_return = 1, .h_min = .5, .length = 4},
      {.episode_return = 2, .h_min = -.25, .violating_steps = 3, .violation_sum = .4, .length = 4},
      {.episode_return = 6, .h_min = 0, .length = 4},
  };
  duro_eval_summary s;
  duro_eval_summarize(&s, episodes, 3);
  assert_int_equal(s.episodes, 3);
  assert_int_equal(s.violating, 1); // h == 0 is safe
  assert_true(fabs(s.return_mean - 3) < 1e-12);
  assert_true(fabs(s.return_std - sqrt(7)) < 1e-12); // (4 + 1 + 9) / 2
  assert_true(s.h_min == -.25);
  assert_true(fabs(s.violation_steps_mean - 1) < 1e-12);
  assert_true(s.violation_bound == duro_clopper_pearson_upper(1, 3, .05));
  duro_eval_summarize(&s, episodes, 1);
  assert_true(s.return_std == 0);
  duro_eval_summarize(&s, episodes, 0);
  assert_true(s.violation_bound == 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(clopper_pearson_matches_the_binomial_tail),
      cmocka_unit_test(clopper_pearson_has_sane_ends),
      cmocka_unit_test(failing_is_violating),
      cmocka_unit_test(summary_of_three_episodes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

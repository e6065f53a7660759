/* The check of an environment, called from C. What each promise finds is in tests/cli/test_check.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "duro/check.h"

static const duro_env_ops *plain;
static int hidden; // what a step must not have

static void step_with_memory(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x,
                             const double *u, const double *a) {
  plain->step(env, worker, x2, out, x, u, a);
  x2[0] += 1e-3 * (double)(hidden++ % 2);
}

static void step_at_null(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x,
                         const double *u, const double *a) {
  plain->step(env, worker, x2, out, x, u, a);
  *(volatile double *)(uintptr_t)(x[0] < 1e300 ? 8 : (uintptr_t)x2) = 1;
}

static duro_check_verdict verdict_of(const duro_check_findings *findings, const char *promise) {
  for (int i = 0; i < findings->count; i++)
    if (strcmp(findings->finding[i].promise, promise) == 0) return findings->finding[i].verdict;
  fail_msg("nothing was found of '%s'", promise);
  return DURO_CHECK_OK;
}

static duro_check_findings check(const duro_env_ops *ops) {
  duro_check_findings findings;
  duro_check_options options = duro_check_options_default();
  options.samples = 40, options.quick = true;
  assert_int_equal(duro_check_environment(&findings, ops, NULL, &options), DURO_OK);
  return findings;
}

static int setup(void **state) {
  (void)state;
  return duro_env_find(&plain, "pendulum") != DURO_OK;
}

static void one_of_the_library_is_sound(void **state) {
  (void)state;
  const duro_check_findings findings = check(plain);
  assert_true(findings.count > 5);
  assert_int_equal(duro_check_count(&findings, DURO_CHECK_BROKEN), 0);
  assert_int_equal(verdict_of(&findings, "pure step"), DURO_CHECK_OK);
}

static void a_state_that_is_hidden_is_found(void **state) {
  (void)state;
  duro_env_ops ops = *plain;
  ops.step = step_with_memory, ops.step_many = NULL;
  const duro_check_findings findings = check(&ops);
  assert_int_equal(verdict_of(&findings, "pure step"), DURO_CHECK_BROKEN);
}

/* in another process: this one goes on */
static void a_crash_is_a_finding(void **state) {
  (void)state;
  duro_env_ops ops = *plain;
  ops.step = step_at_null, ops.step_many = NULL;
  const duro_check_findings findings = check(&ops);
  assert_int_equal(verdict_of(&findings, "calls"), DURO_CHECK_BROKEN);
}

static void options_are_checked(void **state) {
  (void)state;
  duro_check_findings findings;
  duro_check_options options = duro_check_options_default();
  options.samples = 0;
  assert_int_equal(duro_check_environment(&findings, plain, NULL, &options), DURO_ERROR_ARGUMENT);
  options.samples = 10, options.struct_size = 1;
  assert_int_equal(duro_check_environment(&findings, plain, NULL, &options), DURO_ERROR_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_of_the_library_is_sound),
      cmocka_unit_test(a_state_that_is_hidden_is_found),
      cmocka_unit_test(a_crash_is_a_finding),
      cmocka_unit_test(options_are_checked),
  };
  return cmocka_run_group_tests(tests, setup, NULL);
}

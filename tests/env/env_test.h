/* What the tests of environments share. */
#ifndef DURO_TESTS_ENV_TEST_H
#define DURO_TESTS_ENV_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/purposes.h"
#include "duro/env.h"

/* creates `name` with "field=value" assignments after it, NULL at the end; the status of the first failure */
static inline duro_status try_env(duro_env **env, const char *name, const char *const *assignments) {
  const duro_env_ops *ops;
  *env = NULL;
  duro_status status = duro_env_find(&ops, name);
  if (status) return status;
  void *settings = calloc(1, ops->settings_size);
  assert_non_null(settings);
  const duro_settings_group group = {"env", ops->settings, ops->n_settings, settings};
  duro_settings_default(&group);
  for (; assignments && *assignments && !status; assignments++) {
    char line[256];
    snprintf(line, sizeof line, "env.%s", *assignments);
    status = duro_settings_assign(&group, 1, line);
  }
  if (!status) status = duro_env_create(env, ops, settings);
  free(settings);
  return status;
}

#define SETTINGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static inline duro_env *make_env(const char *name, const char *const *assignments) {
  duro_env *env;
  if (try_env(&env, name, assignments) != DURO_OK) fail_msg("%s: %s", name, duro_error());
  return env;
}

static inline void *make_worker(const duro_env *env) {
  void *worker;
  if (duro_env_worker_create(env, &worker) != DURO_OK) fail_msg("%s", duro_error());
  return worker;
}

static inline duro_stream test_stream(uint64_t index) {
  return duro_stream_at(1, (uint32_t)DURO_PURPOSE_SPARE, index);
}

/* next number in [-width, width) */
static inline double draw(duro_stream *stream, double width) {
  return width * (2.0 * duro_stream_uniform(stream) - 1.0);
}

static inline void assert_near(double value, double wanted, double tolerance) {
  if (!(fabs(value - wanted) <= tolerance))
    fail_msg("%.17g; wanted %.17g within %g (off by %g)", value, wanted, tolerance, value - wanted);
}

static inline void assert_same_bits(const double *value, const double *wanted, int count) {
  for (int i = 0; i < count; i++)
    if (memcmp(&value[i], &wanted[i], sizeof *value) != 0)
      fail_msg("element %d is %a; wanted the bits of %a", i, value[i], wanted[i]);
}

static inline void assert_same_step(const duro_step *value, const duro_step *wanted) {
  assert_same_bits(&value->r, &wanted->r, 1);
  assert_same_bits(&value->h, &wanted->h, 1);
  assert_int_equal(value->end, wanted->end);
}

#endif

/* A policy at many observations at once gives what it gives one by one, bit for bit, with the kernels of every
 * width. */
#include "base/purposes.h"
#include "policy/frozen.h"
#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 200, MOST_NO = 1024, MOST_ACTION = 128 };

/* observations, controls, disturbances of the policies that are made */
static int NO = 11, NU = 3, NA = 2;

static float uniform(duro_stream *stream, float reach) {
  return reach * (2 * duro_stream_uniformf(stream) - 1);
}

/* networks with random weights, and filters that pass about half of the time */
static duro_policy *make_policy(int width, int hidden, unsigned present, bool sees_u, const duro_kernels *kernels) {
  duro_stream stream = duro_stream_at(3, DURO_PURPOSE_SPARE, (uint64_t)width);
  policy_parts parts = {
      .algorithm = "test", .environment = "none", .no = NO, .nu = NU, .na = NA, .width = width, .hidden = hidden};
  float *owned[ROLE_COUNT] = {NULL};
  for (int r = 0; r < ROLE_COUNT; r++) {
    if (!roles[r].frozen || !(present & ROLE(r))) continue;
    mlp shape;
    const bool sees_a = present & ROLE(ROLE_MU_H);
    parts.net[r].inputs = NO + (roles[r].critic ? NU + (sees_a ? NA : 0) : sees_u && r == ROLE_MU_H ? NU : 0);
    mlp_shape(&shape, parts.net[r].inputs, width, hidden, head_outputs(roles[r].head, NU, NA));
    owned[r] = calloc(shape.params, sizeof(float));
    assert_non_null(owned[r]);
    mlp_init(owned[r], &shape, &stream);
    parts.net[r].params = owned[r];
  }
  duro_policy *policy;
  assert_int_equal(policy_create(&policy, &parts), DURO_OK);
  policy->kernels = kernels;
  for (int r = 0; r < ROLE_COUNT; r++) free(owned[r]);
  return policy;
}

static void compare(const duro_policy *policy, int n, duro_act act) {
  static float obs[MOST * MOST_NO], u[MOST * MOST_ACTION], a[MOST * MOST_ACTION], b[MOST * MOST_ACTION], value[MOST];
  bool replaced[MOST];
  duro_stream stream = duro_stream_at(4, DURO_PURPOSE_SPARE, (uint64_t)n);
  for (int i = 0; i < n * NO; i++) obs[i] = uniform(&stream, 3);
  const float margin = act == DURO_ACT_FILTERED ? duro_policy_safety_value(policy, obs) : 0;
  int filtered = 0;
  duro_policy_act_many(policy, n, u, replaced, obs, act, margin);
  if (duro_policy_has(policy, DURO_NET_MU_H)) {
    duro_policy_disturb_many(policy, n, a, obs, DURO_NET_MU_H);
    duro_policy_respond_many(policy, n, b, obs, u, DURO_NET_MU_H);
  }
  if (duro_policy_has(policy, DURO_NET_QH)) duro_policy_safety_value_many(policy, n, value, obs);
  for (int i = 0; i < n; i++) {
    float one[MOST_ACTION], other[MOST_ACTION];
    assert_int_equal(duro_policy_act(policy, one, obs + i * NO, act, margin), replaced[i]);
    assert_memory_equal(one, u + i * NU, sizeof *one * (size_t)NU);
    filtered += replaced[i];
    if (duro_policy_has(policy, DURO_NET_MU_H)) {
      duro_policy_disturb(policy, other, obs + i * NO, DURO_NET_MU_H);
      assert_memory_equal(other, a + i * NA, sizeof *other * (size_t)NA);
      duro_policy_respond(policy, other, obs + i * NO, u + i * NU, DURO_NET_MU_H);
      assert_memory_equal(other, b + i * NA, sizeof *other * (size_t)NA);
    }
    if (!duro_policy_has(policy, DURO_NET_QH)) continue;
    const float alone = duro_policy_safety_value(policy, obs + i * NO);
    assert_memory_equal(&alone, &value[i], sizeof alone);
  }
  if (act == DURO_ACT_FILTERED && n > 60) assert_in_range(filtered, 1, n - 1); // both ways were taken
}

static void many_are_one_by_one(void **unused) {
  (void)unused;
  static const int counts[] = {1, 15, 16, 17, 64, 65, 100, MOST}, widths[] = {16, 64, 256, 272, 1024};
  const duro_kernels *kernels;
  for (int k = 0; (kernels = duro_kernels_at(k)) != NULL; k++)
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
      duro_policy *policy = make_policy(widths[w], 1 + (int)w % 3, ~0u, w % 2 == 1, kernels);
      for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
        if (widths[w] < 256 || (counts[c] == 65 && kernels == duro_kernels_at(0))) // software fma is slow
          for (int act = DURO_ACT_TASK; act <= DURO_ACT_FILTERED; act++) compare(policy, counts[c], (duro_act)act);
      duro_policy_destroy(policy);
    }
}

/* a humanoid, one panel at a time, and more than fits into any group: inputs, then outputs */
static void large_ones_are_one_by_one(void **unused) {
  (void)unused;
  static const int sizes[][3] = {{47, 17, 3},  {348, 17, 17},  {200, 40, 60},
                                 {1024, 3, 2}, {60, 128, 128}, {1024, 128, 128}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int sees_u = 0; sees_u < 2; sees_u++) {
      NO = sizes[i][0], NU = sizes[i][1], NA = sizes[i][2];
      duro_policy *policy = make_policy(32, 2, ~0u, sees_u, duro_kernels_at(0));
      for (int act = DURO_ACT_TASK; act <= DURO_ACT_FILTERED; act++) compare(policy, 70, (duro_act)act);
      duro_policy_destroy(policy);
    }
  NO = 11, NU = 3, NA = 2;
}

static void policies_may_lack_networks(void **unused) {
  (void)unused;
  // as SAC, and as RAC, whose safety critic sees no disturbance
  const unsigned present[] = {ROLE(ROLE_PI), ROLE(ROLE_PI) | ROLE(ROLE_QH), ROLE(ROLE_PI) | ROLE(ROLE_MU_H)};
  for (size_t i = 0; i < sizeof present / sizeof *present; i++) {
    duro_policy *policy = make_policy(64, 2, present[i], false, duro_kernels_at(0));
    compare(policy, 50, DURO_ACT_TASK);
    duro_policy_destroy(policy);
  }
}

static void replaced_may_be_null(void **unused) {
  (void)unused;
  duro_policy *policy = make_policy(16, 2, ~0u, false, duro_kernels_at(0));
  float obs[MOST_NO], u[MOST_ACTION], alone[MOST_ACTION];
  for (int i = 0; i < NO * 20; i++) obs[i] = (float)(i % 7) - 3;
  duro_policy_act_many(policy, 20, u, NULL, obs, DURO_ACT_FILTERED, 1e9f); // nothing passes
  for (int i = 0; i < 20; i++) {
    duro_policy_act(policy, alone, obs + i * NO, DURO_ACT_SAFETY, 0);
    assert_memory_equal(alone, u + i * NU, sizeof *alone * (size_t)NU);
  }
  duro_policy_destroy(policy);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(many_are_one_by_one),
      cmocka_unit_test(large_ones_are_one_by_one),
      cmocka_unit_test(policies_may_lack_networks),
      cmocka_unit_test(replaced_may_be_null),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

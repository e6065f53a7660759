/* A policy at many observations at once gives what it gives one by one, bit for bit, with the kernels of every
 * width. */
#include "base/purposes.h"
#include "policy/frozen.h"
#include "policy/policy.h"

#include <math.h>
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

/* values of each control between which they choose; 0: any */
static int LEVELS;

/* how their filters are, and whether they scale what they observe */
static bool CORNERS, GREEDY, SCALED;
static float SHIFT[MOST_NO], SCALE[MOST_NO];

static float uniform(duro_stream *stream, float reach) {
  return reach * (2 * duro_stream_uniformf(stream) - 1);
}

/* networks with random weights, and filters that pass about half of the time */
static duro_policy *make_policy(int width, int hidden, unsigned present, bool sees_u, const duro_kernels *kernels) {
  duro_stream stream = duro_stream_at(3, DURO_PURPOSE_SPARE, (uint64_t)width);
  policy_parts parts = {
      .algorithm = "test", .environment = "none", .no = NO, .nu = NU, .na = NA, .width = width, .hidden = hidden};
  parts.levels = LEVELS;
  parts.corners = CORNERS, parts.greedy = GREEDY, parts.h_unit = SCALED ? 32 : 0;
  for (int i = 0; i < MOST_NO; i++) SHIFT[i] = (float)(i % 5), SCALE[i] = i % 2 ? 0.5f : 0.3f;
  parts.obs_shift = SCALED ? SHIFT : NULL, parts.obs_scale = SCALED ? SCALE : NULL;
  float *owned[ROLE_COUNT] = {NULL};
  for (int r = 0; r < ROLE_COUNT; r++) {
    if (!roles[r].frozen || !(present & ROLE(r))) continue;
    mlp shape;
    const bool sees_a = present & ROLE(ROLE_MU_H);
    parts.net[r].inputs = NO + (roles[r].critic ? NU + (sees_a ? NA : 0) : sees_u && r == ROLE_MU_H ? NU : 0);
    mlp_shape(&shape, parts.net[r].inputs, width, hidden, role_outputs((role)r, NU, NA, LEVELS));
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
  static float obs[MOST * MOST_NO], u[MOST * MOST_ACTION], a[MOST * MOST_ACTION], b[MOST * MOST_ACTION], value[MOST],
      judged[MOST];
  bool replaced[MOST];
  duro_stream stream = duro_stream_at(4, DURO_PURPOSE_SPARE, (uint64_t)n);
  for (int i = 0; i < n * NO; i++) obs[i] = uniform(&stream, 3);
  const float unit = (float)duro_policy_about(policy)->h_unit;
  const float margin = act == DURO_ACT_FILTERED ? duro_policy_safety_value(policy, obs) / unit : 0;
  int filtered = 0;
  duro_policy_act_many(policy, n, u, replaced, obs, act, margin);
  if (duro_policy_has(policy, DURO_NET_MU_H)) {
    duro_policy_disturb_many(policy, n, a, obs, DURO_NET_MU_H);
    duro_policy_respond_many(policy, n, b, obs, u, DURO_NET_MU_H);
  }
  if (duro_policy_has(policy, DURO_NET_QH)) {
    duro_policy_safety_value_many(policy, n, value, obs);
    duro_policy_judge_many(policy, n, judged, obs, u);
  }
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
    const float judge = duro_policy_judge(policy, obs + i * NO, u + i * NU);
    assert_memory_equal(&judge, &judged[i], sizeof judge);
    if (act == DURO_ACT_FILTERED && !replaced[i]) assert_true(judge >= margin); // that is what the filter asks
  }
  if (act == DURO_ACT_FILTERED && n > 60 && !GREEDY) assert_in_range(filtered, 1, n - 1); // both ways were taken
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

/* Filters that look at corners, fall back to the safest of pi_h and the corners, and scale what they observe. */
static void calibrated_ones_are_one_by_one(void **unused) {
  (void)unused;
  for (int way = 1; way < 8; way++) {
    CORNERS = way & 1, GREEDY = way & 2, SCALED = way & 4;
    for (int sees_u = 0; sees_u < 2; sees_u++) {
      duro_policy *policy = make_policy(32, 2, ~0u, sees_u, duro_kernels_at(0));
      for (int act = DURO_ACT_TASK; act <= DURO_ACT_FILTERED; act++) compare(policy, 100, (duro_act)act);
      duro_policy_destroy(policy);
    }
  }
  CORNERS = GREEDY = SCALED = false;
}

/* Policies over levels: their modes, and fallbacks to the safest of all control vectors. */
static void ones_over_levels_are_one_by_one(void **unused) {
  (void)unused;
  for (LEVELS = 2; LEVELS <= 4; LEVELS++)
    for (int way = 0; way < 4; way++) {
      CORNERS = way & 1, GREEDY = way & 2;
      duro_policy *policy = make_policy(32, 2, ~0u, way == 3, duro_kernels_at(0));
      for (int act = DURO_ACT_TASK; act <= DURO_ACT_FILTERED; act++) compare(policy, 100, (duro_act)act);
      duro_policy_destroy(policy);
    }
  LEVELS = 0;
  CORNERS = GREEDY = false;
}

/* y[0] of a network at x, in double precision */
static double reference(const policy_net *net, const double *x) {
  double in[MOST], out[MOST];
  memcpy(in, x, sizeof(double) * (size_t)net->shape.layer[0].in);
  for (int i = 0; i < net->shape.layers; i++) {
    const mlp_layer *layer = &net->shape.layer[i];
    for (int o = 0; o < layer->out; o++) {
      double sum = (double)net->params[layer->b + (size_t)o];
      for (int k = 0; k < layer->in; k++)
        sum += (double)net->params[layer->w + (size_t)o * (size_t)layer->ld + (size_t)k] * in[k];
      out[o] = i == net->shape.layers - 1 ? sum : sum > 0 ? sum : 0;
    }
    memcpy(in, out, sizeof out);
  }
  return in[0];
}

/* The learned set of a policy that looks at corners: the least Q_h over mu_h and every corner, at the best of pi_h and
 * the corners of the control box, of scaled observations, in the units of h. */
static void safety_values_are_max_min(void **unused) {
  (void)unused;
  CORNERS = GREEDY = SCALED = true;
  duro_policy *policy = make_policy(32, 2, ~0u, false, duro_kernels_at(0));
  duro_stream stream = duro_stream_at(5, DURO_PURPOSE_SPARE, 0);
  for (int trial = 0; trial < 20; trial++) {
    float obs[MOST_NO], u[8 + 1][MOST_ACTION], a[4 + 1][MOST_ACTION];
    double best = -1e9;
    for (int i = 0; i < NO; i++) obs[i] = uniform(&stream, 3);
    duro_policy_disturb(policy, a[4], obs, DURO_NET_MU_H);
    policy->greedy = false; // then the safety policy is pi_h
    duro_policy_act(policy, u[8], obs, DURO_ACT_SAFETY, 0);
    policy->greedy = true;
    for (int c = 0; c < 8; c++)
      for (int k = 0; k < NU; k++) u[c][k] = c >> k & 1 ? 1 : -1;
    for (int c = 0; c < 4; c++)
      for (int k = 0; k < NA; k++) a[c][k] = c >> k & 1 ? 1 : -1;
    for (int i = 0; i <= 8; i++) {
      double least = 1e9, in[64];
      for (int j = 0; j <= 4; j++) {
        for (int k = 0; k < NO; k++) in[k] = ((double)obs[k] - (double)SHIFT[k]) * (double)SCALE[k];
        for (int k = 0; k < NU; k++) in[NO + k] = (double)u[i][k];
        for (int k = 0; k < NA; k++) in[NO + NU + k] = (double)a[j][k];
        const double value = reference(&policy->nets[ROLE_QH], in);
        least = value < least ? value : least;
      }
      best = least > best ? least : best;
    }
    assert_true(fabs((double)duro_policy_safety_value(policy, obs) - 32 * best) < 32 * 1e-5); // single precision
  }
  duro_policy_destroy(policy);
  CORNERS = GREEDY = SCALED = false;
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
      cmocka_unit_test(calibrated_ones_are_one_by_one),
      cmocka_unit_test(safety_values_are_max_min),
      cmocka_unit_test(large_ones_are_one_by_one),
      cmocka_unit_test(policies_may_lack_networks),
      cmocka_unit_test(replaced_may_be_null),
      cmocka_unit_test(ones_over_levels_are_one_by_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

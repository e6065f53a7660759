/* duro_policy_hash: every parameter of every network counts, and so does the margin; where the policy lies does not. */
#include "policy/frozen.h"
#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WIDTH = 16, HIDDEN = 1, NO = 3, NU = 2, NA = 1, ROOM = 2048, FROZEN = 6 };

static float weights[ROLE_COUNT][ROOM];

static int inputs(int r) {
  return NO + (roles[r].critic ? NU + NA : 0);
}

static policy_parts make_parts(void) {
  policy_parts parts = {.algorithm = "test",
                        .environment = "none",
                        .no = NO,
                        .nu = NU,
                        .na = NA,
                        .width = WIDTH,
                        .hidden = HIDDEN,
                        .step = 10,
                        .update = 5,
                        .margin = .25,
                        .lambda_max = 3};
  for (int r = 0; r < ROLE_COUNT; r++) {
    if (!roles[r].frozen) continue;
    parts.net[r].params = weights[r];
    parts.net[r].inputs = inputs(r);
  }
  return parts;
}

static uint64_t hash_of(const policy_parts *parts) {
  duro_policy *policy;
  assert_int_equal(policy_create(&policy, parts), DURO_OK);
  const uint64_t hash = duro_policy_hash(policy);
  duro_policy_destroy(policy);
  return hash;
}

static void test_every_parameter_counts(void **state) {
  (void)state;
  const policy_parts parts = make_parts();
  const uint64_t plain = hash_of(&parts);
  assert_true(hash_of(&parts) == plain);
  int nets = 0;
  for (int r = 0; r < ROLE_COUNT; r++) {
    if (!roles[r].frozen) continue;
    mlp shape;
    mlp_shape(&shape, inputs(r), WIDTH, HIDDEN, role_outputs((role)r, NU, NA, 0));
    assert_true(shape.params <= ROOM);
    nets++;
    for (int i = 0; i < shape.layers; i++) {
      const mlp_layer *layer = &shape.layer[i];
      for (int o = 0; o < layer->out; o++)
        for (int k = 0; k <= layer->in; k++) { // the last is the bias
          float *at = weights[r] +
                      (k < layer->in ? layer->w + (size_t)o * (size_t)layer->ld + (size_t)k : layer->b + (size_t)o);
          *at = 1e-30f; // no observation would show it
          assert_true(hash_of(&parts) != plain);
          *at = 0;
        }
    }
  }
  assert_int_equal(nets, FROZEN);
  assert_true(hash_of(&parts) == plain);
}

static void test_what_counts_beside(void **state) {
  (void)state;
  const policy_parts plain = make_parts();
  const uint64_t hash = hash_of(&plain);
  policy_parts other = plain;
  other.margin = .5;
  assert_true(hash_of(&other) != hash);
  other = plain, other.lambda_max = 4;
  assert_true(hash_of(&other) != hash);
  other = plain, other.algorithm = "another";
  assert_true(hash_of(&other) != hash);
  other = plain, other.net[ROLE_PI_H].params = NULL;
  assert_true(hash_of(&other) != hash);
  other = plain, other.step = 20, other.update = 6; // the same networks
  assert_true(hash_of(&other) == hash);
}

/* Who can act how follows from the networks that are there, in each of all combinations. */
static void test_what_a_policy_can(void **state) {
  (void)state;
  static const role owner[] = {ROLE_PI, ROLE_PI_H, ROLE_MU, ROLE_MU_H, ROLE_QH, ROLE_LAMBDA};
  for (int na = 0; na <= NA; na++)
    for (int set = 0; set < 64; set++) {
      policy_parts parts = make_parts();
      parts.na = na;
      bool has[ROLE_COUNT] = {false};
      for (int k = 0; k < 6; k++) {
        has[owner[k]] = set >> k & 1;
        parts.net[owner[k]].inputs = NO + (roles[owner[k]].critic ? NU + na : 0);
        if (!has[owner[k]]) parts.net[owner[k]].params = NULL;
      }
      duro_policy *policy;
      assert_int_equal(policy_create(&policy, &parts), DURO_OK);
      const bool answered = na == 0 || has[ROLE_MU_H], both = has[ROLE_PI] && has[ROLE_PI_H];
      assert_int_equal(duro_policy_can(policy, DURO_ACT_TASK), has[ROLE_PI]);
      assert_int_equal(duro_policy_can(policy, DURO_ACT_SAFETY), has[ROLE_PI_H]);
      assert_int_equal(duro_policy_can(policy, DURO_ACT_FILTERED), both && has[ROLE_QH] && answered);
      assert_int_equal(duro_policy_has(policy, DURO_NET_MU_H), na && has[ROLE_MU_H]);
      duro_policy_destroy(policy);
    }
}

static int live;
static void *count_allocate(size_t bytes, void *context) {
  (void)context;
  live++;
  return malloc(bytes);
}
static void count_release(void *memory, void *context) {
  (void)context;
  live--;
  free(memory);
}

/* What acting in numbers takes is kept by the policy, and goes with it. */
static void test_gives_back(void **state) {
  (void)state;
  enum { MANY = 70 };
  static float obs[MANY * NO], u[MANY * NU];
  bool replaced[MANY];
  const policy_parts parts = make_parts();
  duro_policy *policy;
  duro_set_allocator(count_allocate, count_release, NULL);
  assert_int_equal(policy_create(&policy, &parts), DURO_OK);
  for (int i = 0; i < 3; i++) duro_policy_act_many(policy, MANY, u, replaced, obs, DURO_ACT_FILTERED, 0);
  duro_policy_destroy(policy);
  duro_set_allocator(NULL, NULL, NULL);
  assert_int_equal(live, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_a_policy_can),
      cmocka_unit_test(test_gives_back),
      cmocka_unit_test(test_every_parameter_counts),
      cmocka_unit_test(test_what_counts_beside),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

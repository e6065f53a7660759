/* The safety filter and its parts against closed forms: networks whose values follow from a few weights by hand, and
 * deep ones evaluated in double precision. */
#include "base/error.h"
#include "base/memory.h"
#include "base/purposes.h"
#include "io/hash.h"
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

#include "../io/scratch.h"

enum { ROOM = 1 << 15, MANY = 70, ACTIONS = 5 };

/* what a policy is made of: networks without weights, filled in by the test */
typedef struct parts {
  policy_parts of;
  mlp shape[ROLE_COUNT];
  float params[ROLE_COUNT][ROOM];
} parts;

static parts P;

static void begin(int no, int nu, int na, int width, int hidden) {
  memset(&P, 0, sizeof P);
  P.of = (policy_parts){.algorithm = "test",
                        .environment = "none",
                        .no = no,
                        .nu = nu,
                        .na = na,
                        .width = width,
                        .hidden = hidden,
                        .step = 10,
                        .update = 5,
                        .margin = 0.25,
                        .lambda_max = 3};
}

/* a network of the policy that sees so many inputs */
static void add(role r, int inputs) {
  mlp_shape(&P.shape[r], inputs, P.of.width, P.of.hidden, role_outputs((role)r, P.of.nu, P.of.na, 0));
  assert_true(P.shape[r].params <= ROOM);
  P.of.net[r].inputs = inputs;
  P.of.net[r].params = P.params[r];
}

/* output o of a network of one layer: bias + sum over inputs of weight x input */
static float *weight(role r, int o, int input) {
  return &P.params[r][P.shape[r].layer[0].w + (size_t)(o * P.shape[r].layer[0].ld + input)];
}

static float *bias(role r, int o) {
  return &P.params[r][P.shape[r].layer[0].b + (size_t)o];
}

static duro_policy *finish(void) {
  duro_policy *policy;
  assert_int_equal(policy_create(&policy, &P.of), DURO_OK);
  return policy;
}

static bool acts(const duro_policy *policy, float *u, const float *obs, duro_act act, float margin) {
  float many[2 * ACTIONS], two[2 * 16];
  bool replaced[2];
  const int no = policy->info.no, nu = policy->info.nu;
  const bool alone = duro_policy_act(policy, u, obs, act, margin);
  memcpy(two, obs, sizeof *two * (size_t)no);
  memcpy(two + no, obs, sizeof *two * (size_t)no);
  duro_policy_act_many(policy, 2, many, replaced, two, act, margin);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(replaced[i], alone);
    assert_memory_equal(many + i * nu, u, sizeof *u * (size_t)nu);
  }
  return alone;
}

/* pi = tanh(1) and pi_h = tanh(-1) everywhere, one control; Q_h is for the test to make */
static void begin_filter(int na) {
  begin(2, 1, na, 16, 0);
  add(ROLE_PI, 2);
  add(ROLE_PI_H, 2);
  add(ROLE_QH, 2 + 1 + na);
  *bias(ROLE_PI, 0) = 1;
  *bias(ROLE_PI_H, 0) = -1;
}

static void assert_is(float value, double wanted) {
  // single precision of values of the size of 1 to 100, after a few roundings
  if (!(fabs((double)value - wanted) <= 2e-6 * (1 + fabs(wanted)))) fail_msg("%g is not %g", (double)value, wanted);
}

/* --- what is replaced ------------------------------------------------------------------------------------------- */

static void the_margin_itself_passes(void **state) {
  (void)state;
  const float obs[2] = {0.5f, -0.5f};
  float u;
  begin_filter(0);
  *bias(ROLE_QH, 0) = 0.75f;
  duro_policy *policy = finish();
  assert_false(acts(policy, &u, obs, DURO_ACT_FILTERED, 0.75f));
  assert_is(u, tanh(1));
  assert_true(acts(policy, &u, obs, DURO_ACT_FILTERED, nextafterf(0.75f, 1)));
  assert_is(u, tanh(-1));
  assert_false(acts(policy, &u, obs, DURO_ACT_TASK, 1e9f));
  assert_is(u, tanh(1));
  assert_false(acts(policy, &u, obs, DURO_ACT_SAFETY, 1e9f));
  assert_is(u, tanh(-1));
  duro_policy_destroy(policy);
  *bias(ROLE_QH, 0) = NAN; // what the critic does not know does not pass
  policy = finish();
  assert_true(acts(policy, &u, obs, DURO_ACT_FILTERED, -1e9f));
  duro_policy_destroy(policy);
}

/* Q_h = x1 + 2 u + 4 a with mu_h = tanh(u): at u = tanh(1) it is x1 + 2 tanh(1) + 4 tanh(tanh(1)) */
static void the_critic_hears_the_answer(void **state) {
  (void)state;
  const double u1 = tanh(1), answer = 2 * u1 + 4 * tanh(u1);
  float u;
  begin_filter(1);
  add(ROLE_MU_H, 3);
  *weight(ROLE_MU_H, 0, 2) = 1;
  *weight(ROLE_QH, 0, 1) = 1, *weight(ROLE_QH, 0, 2) = 2, *weight(ROLE_QH, 0, 3) = 4;
  duro_policy *policy = finish();
  const float below[2] = {9, (float)(1 - answer) - 1e-4f}, above[2] = {9, (float)(1 - answer) + 1e-4f};
  assert_true(acts(policy, &u, below, DURO_ACT_FILTERED, 1));
  assert_false(acts(policy, &u, above, DURO_ACT_FILTERED, 1));
  float a;
  duro_policy_disturb(policy, &a, below, DURO_NET_MU_H); // against pi_h, which it sees
  assert_is(a, tanh(tanh(-1)));
  assert_is(duro_policy_safety_value(policy, above), (double)above[1] - 2 * u1 - 4 * tanh(u1));
  duro_policy_destroy(policy);
  P.of.net[ROLE_MU_H].params = NULL; // a critic that sees a disturbance, and nobody who makes one
  *weight(ROLE_QH, 0, 3) = 1e38f;    // then the disturbance is 0, to the last bit
  policy = finish();
  assert_is(duro_policy_safety_value(policy, above), (double)above[1] - 2 * u1);
  duro_policy_destroy(policy);
}

/* The last layer of an adversary that sees the observation alone. */
static void the_task_adversary_sees_the_state(void **state) {
  (void)state;
  const float obs[2] = {0.5f, 0.25f}, u = 0.9f;
  float a;
  begin(2, 1, 1, 16, 0);
  add(ROLE_PI, 2);
  add(ROLE_MU, 2);
  *bias(ROLE_PI, 0) = 1;
  *weight(ROLE_MU, 0, 0) = 2, *weight(ROLE_MU, 0, 1) = -1;
  duro_policy *policy = finish();
  duro_policy_disturb(policy, &a, obs, DURO_NET_MU);
  assert_is(a, tanh(0.75));
  duro_policy_respond(policy, &a, obs, &u, DURO_NET_MU);
  assert_is(a, tanh(0.75));
  assert_true(acts(policy, &a, obs, DURO_ACT_SAFETY, 0) == false); // without pi_h, pi stands in
  assert_is(a, tanh(1));
  duro_policy_destroy(policy);
}

/* --- corners ---------------------------------------------------------------------------------------------------- */

/* Q_h = sum of 2^i a_i: least at the corner (-1, .., -1) of up to four disturbances; beyond, mu_h alone is asked. */
static void up_to_four_disturbances_have_corners(void **state) {
  (void)state;
  const float obs[2] = {0, 0};
  for (int na = 1; na <= 5; na++)
    for (int corners = 0; corners < 2; corners++) {
      begin_filter(na);
      add(ROLE_MU_H, 2);
      P.of.corners = corners;
      double of_mu = 0, of_corner = 0;
      for (int i = 0; i < na; i++) {
        *weight(ROLE_QH, 0, 3 + i) = (float)(1 << i);
        *bias(ROLE_MU_H, i) = 0.5f - 0.25f * (float)i;
        of_mu += (1 << i) * tanh(0.5 - 0.25 * i);
        of_corner -= 1 << i;
      }
      duro_policy *policy = finish();
      const double wanted = corners && na <= 4 ? of_corner : of_mu;
      float many[3], u;
      const float three[6] = {0};
      assert_is(duro_policy_safety_value(policy, obs), wanted);
      duro_policy_safety_value_many(policy, 3, many, three);
      for (int i = 0; i < 3; i++) assert_is(many[i], wanted);
      assert_false(acts(policy, &u, obs, DURO_ACT_FILTERED, (float)wanted - 1e-3f));
      assert_true(acts(policy, &u, obs, DURO_ACT_FILTERED, (float)wanted + 1e-3f));
      duro_policy_destroy(policy);
    }
}

/* Q_h = x0 + sum of s_i 2^i u_i with signs s: the best control is the corner s of up to four controls. */
static void up_to_four_controls_have_corners(void **state) {
  (void)state;
  const float obs[1] = {0.5f};
  for (int nu = 1; nu <= ACTIONS; nu++)
    for (int greedy = 0; greedy < 2; greedy++)
      for (int signs = 0; signs < 1 << nu; signs++) {
        begin(1, nu, 0, 16, 0);
        add(ROLE_PI, 1);
        add(ROLE_PI_H, 1);
        add(ROLE_QH, 1 + nu);
        P.of.h_unit = 0.5;
        *weight(ROLE_QH, 0, 0) = 1;
        double best = 0.5, mine = 0.5;
        for (int i = 0; i < nu; i++) {
          const double s = (signs >> i & 1 ? 1.0 : -1.0) * (1 << i);
          *weight(ROLE_QH, 0, 1 + i) = (float)s;
          *bias(ROLE_PI_H, i) = 0.25f;
          best += fabs(s);
          mine += s * tanh(0.25);
        }
        duro_policy *policy = finish();
        policy_fall_back(policy, greedy);
        float u[ACTIONS], many[3];
        const float three[3] = {0.5f, 0.5f, 0.5f};
        const bool corner = greedy && nu <= 4;
        assert_false(acts(policy, u, obs, DURO_ACT_SAFETY, 0));
        for (int i = 0; i < nu; i++) assert_is(u[i], corner ? (signs >> i & 1 ? 1.0 : -1.0) : tanh(0.25));
        assert_true(acts(policy, u, obs, DURO_ACT_FILTERED, 1e9f));
        for (int i = 0; i < nu; i++) assert_is(u[i], corner ? (signs >> i & 1 ? 1.0 : -1.0) : tanh(0.25));
        assert_is(duro_policy_safety_value(policy, obs), 0.5 * (corner ? best : mine));
        duro_policy_safety_value_many(policy, 3, many, three);
        for (int i = 0; i < 3; i++) assert_is(many[i], 0.5 * (corner ? best : mine));
        duro_policy_destroy(policy);
      }
}

/* Where a corner is no better, the safety policy keeps pi_h. */
static void pi_h_is_kept_at_a_tie(void **state) {
  (void)state;
  const float obs[2] = {1, 2};
  float u;
  begin_filter(0);
  P.of.greedy = true;
  *bias(ROLE_QH, 0) = 1;
  duro_policy *policy = finish();
  assert_false(acts(policy, &u, obs, DURO_ACT_SAFETY, 0));
  assert_is(u, tanh(-1));
  duro_policy_destroy(policy);
}

/* Nobody asks a critic that is not there. */
static void pi_h_needs_no_critic(void **state) {
  (void)state;
  const float obs[2] = {1, 2};
  float u;
  for (int greedy = 0; greedy < 2; greedy++) {
    begin_filter(0);
    P.of.greedy = greedy;
    P.of.net[ROLE_QH].params = NULL;
    duro_policy *policy = finish();
    assert_false(acts(policy, &u, obs, DURO_ACT_SAFETY, 0));
    assert_is(u, tanh(-1));
    duro_policy_destroy(policy);
  }
}

/* --- deep networks in double precision -------------------------------------------------------------------------- */

static void reference(double *y, role r, const double *x) {
  double in[64], out[64];
  memcpy(in, x, sizeof *x * (size_t)P.shape[r].layer[0].in);
  for (int i = 0; i < P.shape[r].layers; i++) {
    const mlp_layer *layer = &P.shape[r].layer[i];
    for (int o = 0; o < layer->out; o++) {
      out[o] = (double)P.params[r][layer->b + (size_t)o];
      for (int k = 0; k < layer->in; k++)
        out[o] += (double)P.params[r][layer->w + (size_t)o * (size_t)layer->ld + (size_t)k] * in[k];
      if (i < P.shape[r].layers - 1 && out[o] < 0) out[o] = 0;
    }
    memcpy(in, out, sizeof in);
  }
  memcpy(y, in, sizeof *y * (size_t)P.shape[r].layer[P.shape[r].layers - 1].out);
}

static const float shift[5] = {1, -2, 0, 0.5f, 3}, scale[5] = {0.5f, 2, 1, 0.25f, -1};

/* 5 observations, 3 controls, 2 disturbances, all networks with random weights */
static duro_policy *make_deep(int hidden, bool sees_u, bool scaled) {
  duro_stream stream = duro_stream_at(6, DURO_PURPOSE_SPARE, (uint64_t)hidden);
  begin(5, 3, 2, 48, hidden);
  for (int r = 0; r < ROLE_COUNT; r++) {
    if (!roles[r].frozen) continue;
    add((role)r, 5 + (roles[r].critic ? 3 + 2 : r == ROLE_MU_H && sees_u ? 3 : 0));
    mlp_init(P.params[r], &P.shape[r], &stream);
  }
  if (scaled) P.of.obs_shift = shift, P.of.obs_scale = scale;
  return finish();
}

static void squash(double *action, role r, const double *x, int d) {
  double y[64];
  reference(y, r, x);
  for (int i = 0; i < d; i++) action[i] = tanh(y[i]);
}

static void check_deep(const duro_policy *policy, const float *obs) {
  float u[3], a[2];
  double x[5], joined[10], wanted[64], uh[3];
  for (int i = 0; i < 5; i++)
    x[i] = P.of.obs_scale ? ((double)obs[i] - (double)shift[i]) * (double)scale[i] : (double)obs[i];
  acts(policy, u, obs, DURO_ACT_TASK, 0);
  squash(wanted, ROLE_PI, x, 3);
  for (int i = 0; i < 3; i++) assert_is(u[i], wanted[i]);
  acts(policy, u, obs, DURO_ACT_SAFETY, 0);
  squash(uh, ROLE_PI_H, x, 3);
  for (int i = 0; i < 3; i++) assert_is(u[i], uh[i]);
  duro_policy_disturb(policy, a, obs, DURO_NET_MU);
  squash(wanted, ROLE_MU, x, 2);
  for (int i = 0; i < 2; i++) assert_is(a[i], wanted[i]);
  duro_policy_disturb(policy, a, obs, DURO_NET_MU_H);
  memcpy(joined, x, sizeof x);
  memcpy(joined + 5, uh, sizeof uh);
  squash(joined + 8, ROLE_MU_H, joined, 2);
  for (int i = 0; i < 2; i++) assert_is(a[i], joined[8 + i]);
  reference(wanted, ROLE_QH, joined);
  assert_is(duro_policy_safety_value(policy, obs), wanted[0]);
  for (int i = 0; i < 3; i++) u[i] = 0.3f * (float)i, joined[5 + i] = (double)u[i];
  duro_policy_respond(policy, a, obs, u, DURO_NET_MU_H);
  squash(wanted, ROLE_MU_H, joined, 2);
  for (int i = 0; i < 2; i++) assert_is(a[i], wanted[i]);
  reference(wanted, ROLE_LAMBDA, x);
  assert_is(duro_policy_multiplier(policy, obs), 3 / (1 + exp(-wanted[0])));
}

static void networks_of_every_depth(void **state) {
  (void)state;
  for (int hidden = 0; hidden < MLP_MAX_LAYERS; hidden++)
    for (int way = 0; way < 4; way++) {
      duro_policy *policy = make_deep(hidden, way & 1, way & 2);
      duro_stream stream = duro_stream_at(7, DURO_PURPOSE_SPARE, (uint64_t)hidden);
      for (int trial = 0; trial < 5; trial++) {
        float obs[5];
        for (int i = 0; i < 5; i++) obs[i] = 2 * duro_stream_uniformf(&stream) - 1;
        check_deep(policy, obs);
      }
      duro_policy_destroy(policy);
    }
}

/* --- many at once ----------------------------------------------------------------------------------------------- */

/* an allocator that counts what is out, and fails where it shall */
static struct { int live, taken, left; } blocks;

enum { GUARD = 4096 }; // bytes behind each block that nobody may write

static void *take_block(size_t bytes, void *context) {
  (void)context;
  if (blocks.left == 0) return NULL;
  blocks.left--, blocks.live++, blocks.taken++;
  const size_t whole = (64 + bytes + GUARD + 63) / 64 * 64;
  char *block = aligned_alloc(64, whole); // so that no padding lies between what is used and the guard
  assert_non_null(block);
  memcpy(block, &bytes, sizeof bytes);
  memset(block + 64 + bytes, 0x5a, GUARD);
  return block + 64;
}

static void give_block(void *block, void *context) {
  (void)context;
  blocks.live--;
  size_t bytes;
  memcpy(&bytes, (char *)block - 64, sizeof bytes);
  for (int i = 0; i < GUARD; i++) assert_int_equal(((char *)block)[bytes + (size_t)i], 0x5a);
  free((char *)block - 64);
}

static void count_blocks(int left) {
  blocks.live = blocks.taken = 0;
  blocks.left = left;
  duro_set_allocator(take_block, give_block, NULL);
}

/* n rows are written, and nothing behind them: in groups, and one by one for want of memory; nor behind what a call
 * takes */
static void no_more_than_asked_is_written(void **state) {
  (void)state;
  static const int counts[] = {0, 1, 16, 63, 64, 65};
  for (int way = 0; way < 4; way++)
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
      const int n = counts[c];
      static float obs[MANY * 5], u[MANY * 3], a[MANY * 2], b[MANY * 2], value[MANY], one[3];
      static uint8_t replaced[MANY + 64];
      count_blocks(-1);
      duro_policy_destroy(make_deep(2, true, true));
      P.of.h_unit = 2;
      duro_policy *policy = finish();
      policy_fall_back(policy, way & 2);
      for (int i = 0; i < MANY * 5; i++) obs[i] = (float)(i % 11) / 5 - 1;
      for (int i = 0; i < MANY * 3; i++) u[i] = 77;
      for (int i = 0; i < MANY * 2; i++) a[i] = b[i] = 77;
      for (int i = 0; i < MANY; i++) value[i] = 77;
      memset(replaced, 77, sizeof replaced);
      blocks.left = way & 1 ? -1 : 0;
      duro_policy_act_many(policy, n, u, (bool *)replaced, obs, DURO_ACT_FILTERED, 0);
      duro_policy_respond_many(policy, n, a, obs, u, DURO_NET_MU_H);
      duro_policy_disturb_many(policy, n, b, obs, DURO_NET_MU_H);
      duro_policy_safety_value_many(policy, n, value, obs);
      for (int i = 0; i < n; i++) {
        assert_int_equal(duro_policy_act(policy, one, obs + 5 * i, DURO_ACT_FILTERED, 0), replaced[i]);
        assert_memory_equal(one, u + 3 * i, sizeof one);
        duro_policy_respond(policy, one, obs + 5 * i, u + 3 * i, DURO_NET_MU_H);
        assert_memory_equal(one, a + 2 * i, 2 * sizeof *one);
        duro_policy_disturb(policy, one, obs + 5 * i, DURO_NET_MU_H);
        assert_memory_equal(one, b + 2 * i, 2 * sizeof *one);
        assert_true(duro_policy_safety_value(policy, obs + 5 * i) == value[i]);
      }
      for (int i = n; i < MANY; i++) {
        assert_true(value[i] == 77 && a[2 * i] == 77 && b[2 * i] == 77 && u[3 * i] == 77);
        assert_int_equal(replaced[i], 77);
      }
      for (int i = MANY; i < MANY + 64; i++) assert_int_equal(replaced[i], 77);
      duro_policy_act_many(policy, n, u, NULL, obs, DURO_ACT_SAFETY, 0);
      for (int i = 0; i < n; i++) {
        duro_policy_act(policy, one, obs + 5 * i, DURO_ACT_SAFETY, 0);
        assert_memory_equal(one, u + 3 * i, sizeof one);
      }
      duro_policy_destroy(policy);
      duro_set_allocator(NULL, NULL, NULL);
      assert_int_equal(blocks.live, 0);
    }
}

/* What an earlier call left in scratch behind the rows of this one is no row: Q_h = x0, then corners that are worse. */
static void earlier_rows_are_forgotten(void **state) {
  (void)state;
  static float obs[MANY * 2], u[MANY];
  begin_filter(0);
  P.of.greedy = true;
  *weight(ROLE_QH, 0, 0) = 1;
  duro_policy *policy = finish();
  for (int i = 0; i < MANY; i++) obs[2 * i] = -5;
  duro_policy_act_many(policy, 64, u, NULL, obs, DURO_ACT_SAFETY, 0); // the best of each row is -5
  for (int i = 0; i < MANY; i++) obs[2 * i] = 5;
  duro_policy_act_many(policy, 64, u, NULL, obs, DURO_ACT_FILTERED, 0); // the value of each is 5
  for (int n = 1; n < 64; n += 15) {
    for (int i = 0; i < MANY; i++) u[i] = 77;
    duro_policy_act_many(policy, n, u, NULL, obs, DURO_ACT_SAFETY, 0);
    for (int i = n; i < MANY; i++) assert_true(u[i] == 77);
  }
  duro_policy_destroy(policy);
}

/* as many observations as a block of memory holds, so that nothing lies between shifts and scales */
static void sixteen_observations_are_scaled(void **state) {
  (void)state;
  float obs[16], shifts[17], scales[17], u;
  begin(16, 1, 0, 16, 0);
  add(ROLE_PI, 16);
  for (int i = 0; i < 17; i++) shifts[i] = 1, scales[i] = i == 16 ? 9 : 0.5f;
  for (int i = 0; i < 16; i++) obs[i] = 1, *weight(ROLE_PI, 0, i) = 1;
  obs[0] = 2;
  P.of.obs_shift = shifts, P.of.obs_scale = scales;
  duro_policy *policy = finish();
  assert_false(acts(policy, &u, obs, DURO_ACT_TASK, 0));
  assert_is(u, tanh(0.5));
  duro_policy_destroy(policy);
}

/* Groups are as large as their scratch allows: wide layers right behind the inputs, and critics with more inputs than
 * all others, four panels of which do not fit. */
static void scratch_is_large_enough(void **state) {
  (void)state;
  static const int sizes[][6] = {{2, 1, 1, 1024, 1, 0}, {2, 1, 1, 512, 1, 0}, {119, 9, 1, 16, 1, 0},
                                 {3, 33, 1, 16, 1, 0},  {3, 1, 33, 16, 1, 0}, {3, 33, 1, 16, 1, 1}};
  static float obs[MANY * 119], value[MANY], u[MANY * 33], a[MANY * 33], one[33];
  duro_stream stream = duro_stream_at(8, DURO_PURPOSE_SPARE, 0);
  for (int i = 0; i < MANY * 119; i++) obs[i] = 2 * duro_stream_uniformf(&stream) - 1;
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    const int no = sizes[s][0], nu = sizes[s][1], na = sizes[s][2];
    begin(no, nu, na, sizes[s][3], sizes[s][4]);
    static const role present[] = {ROLE_PI, ROLE_PI_H, ROLE_MU_H, ROLE_QH};
    for (int i = 0; i < 4; i++) {
      const bool alone = sizes[s][5]; // pi for itself, and an adversary that sees what it does
      if (alone && present[i] == ROLE_PI_H) continue;
      add(present[i], no + (present[i] == ROLE_QH ? nu + na : alone && present[i] == ROLE_MU_H ? nu : 0));
      mlp_init(P.params[present[i]], &P.shape[present[i]], &stream);
    }
    duro_policy *policy = finish();
    duro_policy_safety_value_many(policy, MANY, value, obs);
    duro_policy_act_many(policy, MANY, u, NULL, obs, DURO_ACT_FILTERED, value[0]);
    duro_policy_disturb_many(policy, MANY, a, obs, DURO_NET_MU_H);
    for (int i = 0; i < MANY; i++) {
      assert_true(duro_policy_safety_value(policy, obs + i * no) == value[i]);
      duro_policy_act(policy, one, obs + i * no, DURO_ACT_FILTERED, value[0]);
      assert_memory_equal(one, u + i * nu, sizeof *one * (size_t)nu);
      duro_policy_disturb(policy, one, obs + i * no, DURO_NET_MU_H);
      assert_memory_equal(one, a + i * na, sizeof *one * (size_t)na);
    }
    duro_policy_destroy(policy);
  }
}

/* A critic that does not see the disturbance beside an adversary that makes one: nothing of it gets into the rows. */
static void critics_may_not_see_the_disturbance(void **state) {
  (void)state;
  static float obs[MANY * 2], value[MANY];
  begin(2, 1, 1, 16, 0);
  add(ROLE_PI, 2), add(ROLE_PI_H, 2), add(ROLE_MU_H, 2);
  add(ROLE_QH, 3);
  *bias(ROLE_MU_H, 0) = 1, *bias(ROLE_PI_H, 0) = 1;
  *weight(ROLE_QH, 0, 0) = 1, *weight(ROLE_QH, 0, 1) = 2, *weight(ROLE_QH, 0, 2) = 4;
  P.of.corners = true; // of a box that the critic does not see
  duro_policy *policy = finish();
  for (int i = 0; i < MANY * 2; i++) obs[i] = (float)(i % 13);
  duro_policy_safety_value_many(policy, MANY, value, obs);
  for (int i = 0; i < MANY; i++) {
    assert_is(value[i], (double)obs[2 * i] + 2 * (double)obs[2 * i + 1] + 4 * tanh(1));
    assert_is(duro_policy_safety_value(policy, obs + 2 * i), (double)value[i]);
  }
  duro_policy_destroy(policy);
}

/* Scratch is taken once and kept for the next call; what does not fit in is given back. */
static duro_policy *crowded;
static const duro_kernels *plain;
static void *crowd[POLICY_ROOMS];

static void forward_crowded(float *y, uint16_t *active, const float *x, const float *w, const float *b, int in, int out,
                            int ld, int panels, bool relu) {
  for (int i = 0; i < POLICY_ROOMS; i++) { // as if other threads had come back meanwhile
    if (!crowd[i]) crowd[i] = duro_allocate(1);
    atomic_store(&crowded->rooms->free[i], crowd[i]);
  }
  plain->forward(y, active, x, w, b, in, out, ld, panels, relu);
}

static void scratch_is_kept(void **state) {
  (void)state;
  static float obs[MANY * 5], value[MANY];
  count_blocks(-1);
  duro_policy *policy = make_deep(1, false, false);
  const int before = blocks.taken;
  for (int i = 0; i < 5; i++) duro_policy_safety_value_many(policy, MANY, value, obs);
  assert_int_equal(blocks.taken, before + 1);
  duro_policy_destroy(policy);
  assert_int_equal(blocks.live, 0);

  policy = crowded = make_deep(1, false, false);
  memset(crowd, 0, sizeof crowd);
  plain = policy->kernels;
  duro_kernels other = *plain;
  other.forward = forward_crowded;
  policy->kernels = &other;
  const int owned = blocks.live;
  duro_policy_safety_value_many(policy, MANY, value, obs);
  assert_int_equal(blocks.live, owned + POLICY_ROOMS); // the crowd alone
  duro_policy_destroy(policy);
  assert_int_equal(blocks.live, 0);
  duro_set_allocator(NULL, NULL, NULL);
}

static duro_status make_one(void) {
  duro_policy *policy;
  const duro_status status = policy_create(&policy, &P.of);
  if (status) assert_null(policy);
  duro_policy_destroy(policy);
  return status;
}

static void short_memory_is_survived(void **state) {
  (void)state;
  begin_filter(1);
  assert_survives_short_memory(make_one);
}

/* --- what is told ----------------------------------------------------------------------------------------------- */

static void told_is_what_was_given(void **state) {
  (void)state;
  begin_filter(1);
  P.of.deployed = "step-00000000000000000000"; // longer than there is room for
  duro_policy *policy = finish();
  const duro_policy_info *info = duro_policy_about(policy);
  assert_string_equal(info->algorithm, "test");
  assert_string_equal(info->environment, "none");
  assert_int_equal(strlen(info->deployed), sizeof policy->deployed - 1);
  assert_true(info->no == 2 && info->nu == 1 && info->na == 1 && info->step == 10 && info->update == 5);
  assert_true(info->margin == 0.25 && info->h_unit == 1);
  duro_policy_destroy(policy);
  P.of.h_unit = 0.5, P.of.deployed = NULL;
  policy = finish();
  assert_true(duro_policy_about(policy)->h_unit == 0.5);
  assert_string_equal(duro_policy_about(policy)->deployed, "");
  duro_policy_destroy(policy);
  assert_string_equal(duro_policy_act_name(DURO_ACT_TASK), "pi");
  assert_string_equal(duro_policy_act_name(DURO_ACT_SAFETY), "pi_h");
  assert_string_equal(duro_policy_act_name(DURO_ACT_FILTERED), "filtered");
}

/* The parts of the hash and their order: kept results are found by it, so that it may not change unnoticed. */
static uint64_t hash_by_hand(bool scaled) {
  duro_hasher h;
  duro_hash_begin(&h, "policy");
  duro_hash_text(&h, "test");
  duro_hash_text(&h, "none");
  duro_hash_integer(&h, 5);
  duro_hash_integer(&h, 3);
  duro_hash_integer(&h, 2);
  duro_hash_real(&h, 0.25); // margin
  duro_hash_real(&h, 3);    // lambda_max
  duro_hash_real(&h, 1);    // h_unit
  duro_hash_integer(&h, 1); // corners
  duro_hash_integer(&h, 0); // greedy
  if (scaled) duro_hash_floats(&h, shift, 5);
  if (scaled) duro_hash_floats(&h, scale, 5);
  for (int r = 0; r < ROLE_COUNT; r++) {
    if (!roles[r].frozen) continue;
    duro_hash_text(&h, roles[r].name);
    for (int i = 0; i < P.shape[r].layers; i++) {
      duro_hash_integer(&h, P.shape[r].layer[i].in);
      duro_hash_integer(&h, P.shape[r].layer[i].out);
    }
    duro_hash_floats(&h, P.params[r], P.shape[r].params);
  }
  return duro_hash_end(&h);
}

static void hash_is_of_all_parts(void **state) {
  (void)state;
  for (int scaled = 0; scaled < 2; scaled++) {
    duro_policy_destroy(make_deep(1, true, scaled));
    P.of.corners = true;
    duro_policy *policy = finish();
    assert_true(duro_policy_hash(policy) == hash_by_hand(scaled));
    duro_policy_destroy(policy);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_margin_itself_passes),
      cmocka_unit_test(the_critic_hears_the_answer),
      cmocka_unit_test(the_task_adversary_sees_the_state),
      cmocka_unit_test(up_to_four_disturbances_have_corners),
      cmocka_unit_test(up_to_four_controls_have_corners),
      cmocka_unit_test(pi_h_is_kept_at_a_tie),
      cmocka_unit_test(pi_h_needs_no_critic),
      cmocka_unit_test(networks_of_every_depth),
      cmocka_unit_test(no_more_than_asked_is_written),
      cmocka_unit_test(earlier_rows_are_forgotten),
      cmocka_unit_test(sixteen_observations_are_scaled),
      cmocka_unit_test(scratch_is_large_enough),
      cmocka_unit_test(critics_may_not_see_the_disturbance),
      cmocka_unit_test(scratch_is_kept),
      cmocka_unit_test(short_memory_is_survived),
      cmocka_unit_test(told_is_what_was_given),
      cmocka_unit_test(hash_is_of_all_parts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

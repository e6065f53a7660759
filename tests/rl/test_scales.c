/* learn.normalize: what is about 1 is left alone, everything else is brought there, by powers of two. */
#include "learner_test.h"

#include <math.h>

enum { ROWS = 4000, OBS = 4 };

static float rows[ROWS * 16];
static int64_t count;
static float shift[OBS], scale[OBS] = {1, 1, 1, 1}, factor[FACTORS] = {1, 1};
static const scales all = {shift, scale, factor};

/* observations: 50 +- 20 (uniform), within [-1, 1], always 7, within 1e-4; r about 200; h within [-60, 60] */
static replay make_replay(void) {
  replay r = {.no = OBS, .nu = 1, .na = 1, .stride = replay_stride(OBS, 1, 1), .capacity = ROWS, .rows = rows};
  duro_stream s = duro_stream_at(1, 100, 0);
  r.count = &count, count = 0;
  for (int i = 0; i < ROWS; i++) {
    const float v = 2.0f * duro_stream_uniformf(&s) - 1.0f, x[OBS] = {50 + 20 * v, -v, 7, 1e-4f * v}, u = v, a = -v;
    replay_add(&r,
               &(transition){.x = x, .u = &u, .a = &a, .x2 = x, .r = i % 100 ? 200 : -1e6f, .h = 60 * v, .h2 = 60 * v});
  }
  return r;
}

static bool is_power_of_two(float x) {
  int exponent;
  return frexpf(x, &exponent) == 0.5f; // exactly
}

static void measures(void **unused) {
  (void)unused;
  const replay r = make_replay();
  replay_measure(&r, &all);
  // a uniform law of half width b has a standard deviation of b / sqrt 3: 11.5, and 1 / 8 and 1 / 16 are next to 1
  // / 11.5
  assert_true(fabsf(shift[0] - 50) < 1); // three standard errors of the mean of 4000
  assert_true(scale[0] == 0.125f || scale[0] == 0.0625f);
  assert_true(shift[1] == 0 && scale[1] == 1); // as it was
  assert_true(scale[2] == 1);                  // never moved: nothing to divide by
  assert_true(scale[3] > 1000 && is_power_of_two(scale[3]));
  // a hundredth of the rewards is a million times larger, which says nothing of the others
  assert_true(factor[FACTOR_R] == 0.0078125f || factor[FACTOR_R] == 0.00390625f); // 1 / 128, 1 / 256
  assert_true(factor[FACTOR_H] == 0.03125f);                                      // root mean square 34.6: 1 / 32
}

static void samples_are_scaled(void **unused) {
  (void)unused;
  replay r = make_replay();
  replay_measure(&r, &all);
  float x[OBS * 16], x2[OBS * 16], u[16], a[16], reward[16], h[16], h2[16], failed[16];
  float y[OBS * 16], y2[OBS * 16], plain_r[16], plain_h[16], plain_h2[16];
  const batch scaled = {x, x2, u, a, reward, h, h2, failed}, plain = {y, y2, u, a, plain_r, plain_h, plain_h2, failed};
  replay_sample(&r, &plain, 0, 1, 1, 0);
  r.scales = &all;
  replay_sample(&r, &scaled, 0, 1, 1, 0);
  for (int l = 0; l < 16; l++) {
    for (int i = 0; i < OBS; i++) {
      assert_true(x[i * 16 + l] == (y[i * 16 + l] - shift[i]) * scale[i]);
      assert_true(x2[i * 16 + l] == (y2[i * 16 + l] - shift[i]) * scale[i]);
    }
    assert_true(reward[l] == plain_r[l] * factor[FACTOR_R]);
    assert_true(h[l] == plain_h[l] * factor[FACTOR_H] && h2[l] == plain_h2[l] * factor[FACTOR_H]);
  }
}

/* Failures count as no less than what lies below the worst that is none by four times the range of these, before the
 * reward is scaled; all else stays as it is. */
static void failures_are_clipped(void **unused) {
  (void)unused;
  reward_floor floor = {0};
  replay r = {.no = 1, .nu = 1, .na = 1, .stride = replay_stride(1, 1, 1), .capacity = 64, .rows = rows};
  r.count = &count, count = 0;
  const float zero = 0.0f, reward[] = {3, -20, -1000, 5, -8, -150}; // the third and the last two fail
  const bool failed[] = {false, false, true, false, true, true};
  for (int i = 0; i < 6; i++)
    replay_add(&r, &(transition){.x = &zero, .u = &zero, .a = &zero, .x2 = &zero, .r = reward[i], .failed = failed[i]});
  replay_measure_floor(&r, &floor);
  assert_true(floor.reward == -120 && floor.known == 1); // -20 - 4 (5 - -20)
  float x[16], x2[16], u[16], a[16], got[16], plain[16], h[16], h2[16], fail[16];
  const batch clipped = {x, x2, u, a, got, h, h2, fail}, whole = {x, x2, u, a, plain, h, h2, fail};
  int seen[2] = {0};
  for (int update = 0; update < 20; update++) {
    r.floor = NULL, r.scales = NULL;
    replay_sample(&r, &whole, 0, 1, 1, update);
    r.floor = &floor;
    float one[1] = {0}, by[1] = {1}, factors[FACTORS] = {0.5f, 1, 1};
    const scales half = {one, by, factors};
    r.scales = &half;
    replay_sample(&r, &clipped, 0, 1, 1, update);
    for (int l = 0; l < 16; l++) {
      const float wanted = plain[l] == -1000 || plain[l] == -150 ? -120 : plain[l];
      assert_true(got[l] == 0.5f * wanted);
      seen[wanted != plain[l]]++;
    }
  }
  assert_true(seen[0] > 0 && seen[1] > 0);
  // where everything failed there is nothing better to say
  count = 0;
  for (int i = 4; i < 6; i++)
    replay_add(&r, &(transition){.x = &zero, .u = &zero, .a = &zero, .x2 = &zero, .r = reward[i], .failed = true});
  replay_measure_floor(&r, &floor);
  assert_true(floor.reward == -718); // -150 - 4 (-8 - -150)
}

/* An environment of numbers about 1 is not touched: the same bits with and without. */
static void built_in_environments_stay(void **unused) {
  (void)unused;
  uint64_t hash[2];
  for (int k = 0; k < 2; k++) {
    duro_env *env = make_env("cartpole");
    duro_train_settings train;
    duro_learn_settings learn;
    default_settings(&train, &learn);
    train.steps = 1024, train.warmup = 512, train.envs = 16, train.replay = 1024, learn.batch = 32;
    snprintf(learn.normalize, sizeof learn.normalize, k ? "auto" : "none");
    duro_trainer *t;
    duro_policy *policy;
    assert_int_equal(duro_trainer_create(&t, env, "DRAC", &train, &learn), DURO_OK);
    assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
    assert_int_equal(duro_trainer_policy(t, &policy), DURO_OK);
    const float obs[16] = {.1f, .2f, -.3f, .4f};
    float u, value = duro_policy_safety_value(policy, obs);
    duro_policy_act(policy, &u, obs, DURO_ACT_TASK, 0);
    memcpy(&hash[k], (float[]){u, value}, sizeof hash[k]);
    duro_policy_destroy(policy);
    duro_trainer_destroy(t);
    duro_env_destroy(env);
  }
  assert_true(hash[0] == hash[1]);
}

static void presets_have_names(void **unused) {
  (void)unused;
  duro_train_settings train;
  duro_learn_settings learn;
  assert_int_equal(duro_train_preset(&train, &learn, "paper"), DURO_OK);
  // [RIS] eq. (22) and (28) to (31) as they stand: no corners, a multiplier
  assert_false(learn.corners || learn.corners_task || learn.ahead || learn.filter_corners);
  assert_string_equal(learn.hold, "multiplier");
  assert_true(train.restarts == 0 && train.play_pi_h == 0 && train.play_filter == 0);
  assert_int_equal(duro_train_preset(&train, &learn, "recipe"), DURO_OK);
  assert_string_equal(learn.hold, "blend");
  assert_int_equal(duro_train_preset(&train, &learn, "soup"), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "soup"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(measures),
      cmocka_unit_test(samples_are_scaled),
      cmocka_unit_test(failures_are_clipped),
      cmocka_unit_test(built_in_environments_stay),
      cmocka_unit_test(presets_have_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

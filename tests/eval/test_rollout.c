/* Rollouts, on a two-state system whose episodes can be followed by hand and a policy made of two gains. The
 * functions of duro/policy.h defined here take the place of the library's. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "duro/eval.h"

struct duro_policy {
  duro_policy_info info;
  float gain, push; /* u = -gain (p + v), mu_h = push, mu = -push */
  bool adversaries;
};

const duro_policy_info *duro_policy_about(const duro_policy *policy) {
  return &policy->info;
}
bool duro_policy_has(const duro_policy *policy, duro_policy_net net) {
  return net == DURO_NET_PI || (policy->adversaries && (net == DURO_NET_MU || net == DURO_NET_MU_H));
}
const char *duro_policy_net_name(duro_policy_net net) {
  return net == DURO_NET_MU_H ? "mu_h" : "mu";
}
bool duro_policy_can(const duro_policy *policy, duro_act act) {
  (void)policy;
  return act != DURO_ACT_SAFETY;
}
void duro_policy_act_many(const duro_policy *policy, int n, float *u, bool *replaced, const float *obs, duro_act act,
                          float margin) {
  const int d = policy->info.nu;
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < d; j++) u[i * d + j] = -policy->gain * (obs[2 * i] + obs[2 * i + 1]);
    if (replaced) replaced[i] = act == DURO_ACT_FILTERED && obs[2 * i] > margin;
  }
}
float duro_policy_safety_value(const duro_policy *policy, const float *obs) {
  (void)policy, (void)obs;
  return 0; // nobody asks
}
void duro_policy_respond_many(const duro_policy *policy, int n, float *a, const float *obs, const float *u,
                              duro_policy_net net) {
  // the control that it meets is the policy's
  for (int i = 0; i < n; i++) assert_true(fabsf(u[i * policy->info.nu]) <= 1);
  (void)obs;
  for (int i = 0; i < n; i++) {
    a[2 * i] = net == DURO_NET_MU_H ? policy->push : -policy->push;
    a[2 * i + 1] = 0;
  }
}

/* p' = p + .25 v, v' = v + .25 (u + a0) + .125 a1; h = 1 - |p|; reward p' */
static void reset(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  (void)env;
  x[0] = start == DURO_START_EVAL ? .5 * duro_stream_uniform(stream) : .5;
  x[1] = 0;
}
static void observe(const duro_env *env, float *obs, const double *x) {
  (void)env;
  obs[0] = (float)x[0], obs[1] = (float)x[1];
}
static double constraint(const duro_env *env, const double *x) {
  (void)env;
  return 1 - fabs(x[0]);
}
static void step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                 const double *a) {
  (void)worker;
  x2[0] = x[0] + .25 * x[1];
  x2[1] = x[1] + .25 * (u[0] + a[0]) + .125 * a[1];
  out->r = x2[0];
  out->h = constraint(env, x2);
  out->end = fabs(x2[0]) > 1.5 ? DURO_TERMINATED : DURO_RUNNING;
  if (env->shared && x[1] > .9) out->r = NAN; // broken on purpose
}

static const duro_env_ops ops = {
    .name = "tiny", .reset = reset, .observe = observe, .constraint = constraint, .step = step};
static const duro_env tiny = {.ops = &ops, .spec = {.nx = 2, .no = 2, .nu = 1, .na = 2, .horizon = 12, .dt = .25}};
#define INFO                                                                                                           \
  { .algorithm = "test", .environment = "tiny", .no = 2, .nu = 1, .na = 2 }
static const duro_policy idle = {INFO, 0, 1, true};
static const duro_policy steady = {INFO, 1, 1, true};
static const duro_policy lonely = {INFO, 1, 1, false};

static duro_eval_options options_of(int64_t episodes, int64_t threads) {
  return (duro_eval_options){
      .episodes = episodes, .seed = 7, .threads = threads, .start = DURO_START_EVAL, .act = DURO_ACT_TASK};
}

static void episode_by_hand(void **state) {
  (void)state;
  // from p = .5, v = 0 under a0 = +1, u = 0: v_t = t/4, p_t = .5 + (t (t - 1) / 2) / 16
  duro_episode e;
  duro_eval_options options = options_of(1, 1);
  options.start = DURO_START_TRAIN;
  const duro_attack attack = {.amplitude = 1, .kind = DURO_ATTACK_SAFETY, .policy = &idle};
  assert_int_equal(duro_eval_run(&e, &tiny, &idle, &attack, &options), DURO_OK);
  // p_4 = .875, p_5 = 1.125, p_6 = 1.4375, p_7 = 1.8125: three violating states, the last one terminal
  assert_int_equal(e.end, DURO_TERMINATED);
  assert_int_equal(e.length, 7);
  assert_int_equal(e.violating_steps, 3);
  assert_true(e.h_min == 1 - 1.8125);
  assert_true(e.violation_sum == .125 + .4375 + .8125);
  assert_true(e.episode_return == .5 + .5625 + .6875 + .875 + 1.125 + 1.4375 + 1.8125);

  // the same on the other side: p passes -1 later, from .5
  const duro_attack other = {.amplitude = 1, .kind = DURO_ATTACK_PERFORMANCE, .policy = &idle};
  assert_int_equal(duro_eval_run(&e, &tiny, &idle, &other, &options), DURO_OK);
  assert_int_equal(e.length, 9); // p_9 = .5 - 36/16 = -1.75
}

static void start_counts_as_visited(void **state) {
  (void)state;
  duro_episode e;
  duro_eval_options options = options_of(1, 1);
  options.horizon = 1;
  options.start = DURO_START_TRAIN;
  const duro_attack none = {.amplitude = 1, .kind = DURO_ATTACK_NONE};
  assert_int_equal(duro_eval_run(&e, &tiny, &steady, &none, &options), DURO_OK);
  assert_true(e.h_min == .5);
  assert_int_equal(e.length, 1);
  assert_int_equal(e.end, DURO_RUNNING);
}

static void same_bits_for_every_number_of_threads(void **state) {
  (void)state;
  enum { N = 61 };
  for (int kind = DURO_ATTACK_NONE; kind <= DURO_ATTACK_CONSTANT; kind++) {
    duro_episode one[N], many[N];
    const duro_attack attack = {.amplitude = 1, .kind = (duro_attack_kind)kind, .policy = &steady};
    for (int threads = 1; threads <= 5; threads += 2) {
      memset(many, 0, sizeof many);
      const duro_eval_options options = options_of(N, threads);
      assert_int_equal(duro_eval_run(threads == 1 ? one : many, &tiny, &steady, &attack, &options), DURO_OK);
      for (int i = 0; threads > 1 && i < N; i++)
        assert_memory_equal(&one[i], &many[i], offsetof(duro_episode, end) + sizeof(duro_end));
    }
    // episode i does not depend on how many are asked for
    const duro_eval_options few = options_of(5, 2);
    assert_int_equal(duro_eval_run(many, &tiny, &steady, &attack, &few), DURO_OK);
    for (int i = 0; i < 5; i++) assert_true(one[i].episode_return == many[i].episode_return);
    assert_true(one[0].episode_return != one[1].episode_return);
  }
}

static void trace_repeats_the_episode(void **state) {
  (void)state;
  enum { N = 4, STEPS = 12 };
  double x[(STEPS + 1) * 2], h[STEPS + 1];
  float u[STEPS], a[STEPS * 2];
  int64_t steps;
  duro_episode episodes[N];
  const duro_eval_options options = options_of(N, 2);
  const duro_attack attack = {.amplitude = 1, .kind = DURO_ATTACK_RANDOM};
  assert_int_equal(duro_eval_run(episodes, &tiny, &steady, &attack, &options), DURO_OK);
  for (int i = 0; i < N; i++) {
    assert_int_equal(duro_eval_trace(x, u, a, h, &steps, &tiny, &steady, &attack, i, &options), DURO_OK);
    assert_int_equal(steps, episodes[i].length);
    double sum = 0, h_min = INFINITY;
    for (int t = 0; t < steps; t++) sum += x[2 * (t + 1)];
    for (int t = 0; t <= steps; t++) h_min = fmin(h_min, h[t]);
    assert_true(sum == episodes[i].episode_return && h_min == episodes[i].h_min);
    for (int t = 0; t < 2 * steps; t++) assert_true(fabsf(a[t]) <= 1);
  }
}

static void constant_pushes_hold_every_corner(void **state) {
  (void)state;
  double x[26], h[13];
  float u[12], a[24];
  int64_t steps;
  const duro_eval_options options = options_of(8, 1);
  const duro_attack attack = {.amplitude = 1, .kind = DURO_ATTACK_CONSTANT};
  for (int i = 0; i < 8; i++) {
    assert_int_equal(duro_eval_trace(x, u, a, h, &steps, &tiny, &steady, &attack, i, &options), DURO_OK);
    for (int t = 0; t < steps; t++) {
      assert_true(a[2 * t] == (i & 1 ? 1.f : -1.f));
      assert_true(a[2 * t + 1] == (i & 2 ? 1.f : -1.f));
    }
  }
}

static void filtered_steps_are_counted(void **state) {
  (void)state;
  duro_episode e;
  duro_eval_options options = options_of(1, 1);
  options.act = DURO_ACT_FILTERED;
  options.margin = -10; // the stand-in filter acts while p > margin
  const duro_attack none = {.amplitude = 1, .kind = DURO_ATTACK_NONE};
  assert_int_equal(duro_eval_run(&e, &tiny, &steady, &none, &options), DURO_OK);
  assert_int_equal(e.filtered_steps, e.length);
}

static void wrong_requests_are_refused(void **state) {
  (void)state;
  duro_episode e[2];
  duro_eval_options options = options_of(2, 1);
  const duro_attack none = {.amplitude = 1, .kind = DURO_ATTACK_NONE},
                    unowned = {.amplitude = 1, .kind = DURO_ATTACK_SAFETY};
  const duro_attack lacking = {.amplitude = 1, .kind = DURO_ATTACK_SAFETY, .policy = &lonely};
  assert_int_equal(duro_eval_run(e, &tiny, &steady, &unowned, &options), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_eval_run(e, &tiny, &steady, &lacking, &options), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "mu_h"));
  options.act = DURO_ACT_SAFETY;
  assert_int_equal(duro_eval_run(e, &tiny, &steady, &none, &options), DURO_ERROR_ARGUMENT);
  options = options_of(0, 1);
  assert_int_equal(duro_eval_run(e, &tiny, &steady, &none, &options), DURO_ERROR_ARGUMENT);
  options = options_of(2, -1);
  assert_int_equal(duro_eval_run(e, &tiny, &steady, &none, &options), DURO_ERROR_ARGUMENT);
  duro_policy wide = steady;
  wide.info.no = 3;
  options = options_of(2, 1);
  assert_int_equal(duro_eval_run(e, &tiny, &wide, &none, &options), DURO_ERROR_ARGUMENT);
}

static void numbers_that_are_not_finite_are_an_error(void **state) {
  (void)state;
  duro_episode e[3];
  duro_env broken = tiny;
  broken.shared = &broken;
  duro_eval_options options = options_of(3, 2);
  const duro_attack push = {.amplitude = 1, .kind = DURO_ATTACK_SAFETY, .policy = &idle},
                    none = {.amplitude = 1, .kind = DURO_ATTACK_NONE};
  options.start = DURO_START_TRAIN;
  assert_int_equal(duro_eval_run(e, &broken, &idle, &push, &options), DURO_ERROR_NOT_FINITE);
  assert_non_null(strstr(duro_error(), "episode 0, step 4")); // v_4 = 1 > .9
  duro_policy mad = steady;
  mad.gain = NAN;
  assert_int_equal(duro_eval_run(e, &tiny, &mad, &none, &options), DURO_ERROR_NOT_FINITE);
}

static void attacks_have_names(void **state) {
  (void)state;
  assert_string_equal(duro_attack_name(DURO_ATTACK_NONE), "none");
  assert_string_equal(duro_attack_name(DURO_ATTACK_CONSTANT), "constant");
  assert_string_equal(duro_attack_name((duro_attack_kind)99), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(episode_by_hand),
      cmocka_unit_test(start_counts_as_visited),
      cmocka_unit_test(same_bits_for_every_number_of_threads),
      cmocka_unit_test(trace_repeats_the_episode),
      cmocka_unit_test(constant_pushes_hold_every_corner),
      cmocka_unit_test(filtered_steps_are_counted),
      cmocka_unit_test(wrong_requests_are_refused),
      cmocka_unit_test(numbers_that_are_not_finite_are_an_error),
      cmocka_unit_test(attacks_have_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The search for a worst sequence against what is known: the largest deflection of a linear loop, every switching
 * sequence of a short one, and the other adversaries. */
#include <stdio.h>
#include <stdlib.h>

#include "eval/spring.h"

static duro_eval_options options_of(int64_t episodes, int64_t threads, duro_start start) {
  return (duro_eval_options){.episodes = episodes, .seed = 5, .threads = threads, .start = start};
}

static double play(duro_episode *out, const duro_env *env, const duro_policy *policy, duro_attack attack,
                   const duro_eval_options *options) {
  double least = INFINITY;
  assert_string_equal(duro_eval_run(out, env, policy, &attack, options) ? duro_error() : "", "");
  for (int64_t i = 0; i < options->episodes; i++) least = fmin(least, out[i].h_min);
  return least;
}

/* Deflection of the linear loop by an impulse of the disturbance, summed in size: what the worst of all bounded
 * disturbances moves it from rest (the l1 norm of the impulse response). */
static double largest_deflection(double dt, int horizon) {
  double p = 0, v = 0, sum = 0;
  for (int t = 0; t < horizon; t++) {
    v += dt * (10 * ((double)loose.p * p + (double)loose.v * v) + (t == 0 ? .5 : 0));
    p += dt * v;
    sum += fabs(p);
  }
  return sum;
}

static void it_finds_what_others_miss(void **unused) {
  (void)unused;
  enum { HORIZON = 160, N = 24 };
  duro_episode e[N];
  spring_shared shared = {.dt = .1, .bound = 0};
  const double most = largest_deflection(shared.dt, HORIZON);
  shared.bound = .75 * most;
  const duro_env env = make_spring(&shared, HORIZON);
  const duro_eval_options options = options_of(N, 2, DURO_START_EVAL);
  // from rest: a violation takes three quarters of what any disturbance could do
  assert_true(play(e, &env, &loose, (duro_attack){.amplitude = 1, .kind = DURO_ATTACK_CONSTANT}, &options) > .5 * most);
  assert_true(play(e, &env, &loose, (duro_attack){.amplitude = 1, .kind = DURO_ATTACK_RANDOM}, &options) > .3 * most);
  assert_true(play(e, &env, &loose, (duro_attack){.amplitude = 1, .kind = DURO_ATTACK_SQUARE}, &options) > 0);
  const double least = play(e, &env, &loose, (duro_attack){.amplitude = 1, .kind = DURO_ATTACK_SEARCH}, &options);
  assert_true(least >= shared.bound - most - 1e-9);
  for (int i = 0; i < N; i++) assert_true(duro_episode_violates(&e[i]));
}

/* smallest h over all 2^horizon switching sequences from x0 */
static double try_all(const duro_env *env, const duro_policy *policy, const double *x0) {
  double least = INFINITY;
  for (unsigned bits = 0; bits < 1u << env->spec.horizon; bits++) {
    double x[2][2];
    memcpy(x[0], x0, sizeof x[0]);
    least = fmin(least, spring_constraint(env, x0));
    for (int t = 0; t < env->spec.horizon; t++) {
      float obs[2], u;
      spring_observe(env, obs, x[t & 1]);
      duro_policy_act_many(policy, 1, &u, NULL, obs, DURO_ACT_TASK, 0);
      const double control = fmax(-1, fmin(1, (double)u)), a = bits >> t & 1 ? 1 : -1;
      duro_step out;
      spring_step(env, NULL, x[1 - (t & 1)], &out, x[t & 1], &control, &a);
      least = fmin(least, out.h);
    }
  }
  return least;
}

static void it_equals_brute_force(void **unused) {
  (void)unused;
  enum { HORIZON = 12, N = 20 };
  duro_episode e[N];
  // about one and a half periods in twelve steps: the worst sequences switch three or four times
  spring_shared shared = {.dt = .75, .bound = 1.65};
  const duro_env env = make_spring(&shared, HORIZON);
  const duro_eval_options options = options_of(N, 1, DURO_START_TRAIN);
  const duro_attack attack = {.amplitude = 1, .kind = DURO_ATTACK_SEARCH, .search = {.iterations = 48}};
  play(e, &env, &loose, attack, &options);
  for (int i = 0; i < N; i++) {
    double x[(HORIZON + 1) * 2], h[HORIZON + 1];
    float u[HORIZON], a[HORIZON];
    int64_t steps;
    assert_int_equal(duro_eval_trace(x, u, a, h, &steps, &env, &loose, &attack, i, &options), DURO_OK);
    // the loop is linear, so no sequence does more than the worst switching one; rounding of float controls
    assert_true(fabs(e[i].h_min - try_all(&env, &loose, x)) < 1e-9);
  }
}

static void trace_repeats_the_episode(void **unused) {
  (void)unused;
  enum { HORIZON = 60, N = 7 };
  duro_episode one[N], many[N];
  spring_shared shared = {.dt = .1, .bound = 1};
  const duro_env env = make_spring(&shared, HORIZON);
  const duro_eval_options options = options_of(N, 1, DURO_START_TRAIN), more = options_of(N, 3, DURO_START_TRAIN);
  const duro_attack attack = {.kind = DURO_ATTACK_SEARCH, .amplitude = 1.5};
  play(one, &env, &loose, attack, &options);
  play(many, &env, &loose, attack, &more);
  for (int i = 0; i < N; i++) {
    assert_true(one[i].h_min == many[i].h_min && one[i].episode_return == many[i].episode_return);
    double x[(HORIZON + 1) * 2], h[HORIZON + 1], least = INFINITY;
    float u[HORIZON], a[HORIZON], reach = 0;
    int64_t steps;
    assert_int_equal(duro_eval_trace(x, u, a, h, &steps, &env, &loose, &attack, i, &options), DURO_OK);
    assert_int_equal(steps, one[i].length);
    for (int t = 0; t <= steps; t++) least = fmin(least, h[t]);
    for (int t = 0; t < steps; t++) reach = fmaxf(reach, fabsf(a[t]));
    assert_true(least == one[i].h_min);
    assert_true(reach == 1.5f); // beyond the bound, and no further
  }
}

static void it_goes_on_from_mu_h(void **unused) {
  (void)unused;
  enum { HORIZON = 160, N = 8 };
  duro_episode own[N], found[N];
  spring_shared shared = {.dt = .1, .bound = 2};
  const duro_env env = make_spring(&shared, HORIZON);
  const duro_eval_options options = options_of(N, 2, DURO_START_TRAIN);
  play(own, &env, &loose, (duro_attack){.amplitude = 1, .kind = DURO_ATTACK_SAFETY, .policy = &chaser}, &options);
  // one small population: what it has beside mu_h is much worse
  const duro_attack attack = {.amplitude = 1,
                              .kind = DURO_ATTACK_SEARCH,
                              .policy = &chaser,
                              .search = {.population = 4, .iterations = 1, .elite = 1}};
  play(found, &env, &loose, attack, &options);
  for (int i = 0; i < N; i++) assert_true(found[i].h_min <= own[i].h_min);
}

static void the_earliest_failure_is_the_worst(void **unused) {
  (void)unused;
  enum { N = 12 };
  duro_episode e[N];
  spring_shared shared = {.dt = .1, .bound = .5};
  const duro_env env = make_spring(&shared, 100);
  const duro_eval_options options = options_of(N, 1, DURO_START_TRAIN);
  const duro_policy idle = {SPRING_INFO, 0, 0, false};
  const duro_attack attack = {.amplitude = 1, .kind = DURO_ATTACK_SEARCH};
  play(e, &env, &idle, attack, &options);
  for (int i = 0; i < N; i++) {
    double x[101 * 2], h[101];
    float u[100], a[100];
    int64_t steps, quickest = 0;
    assert_int_equal(duro_eval_trace(x, u, a, h, &steps, &env, &idle, &attack, i, &options), DURO_OK);
    // a free mass: a push held to the nearer side is the quickest way out, p_t = p_0 +- dt^2 t (t + 1) / 4
    while (.01 * (double)(quickest * (quickest + 1)) / 4 <= 1 - fabs(x[0])) quickest++;
    assert_int_equal(e[i].end, DURO_TERMINATED);
    assert_int_equal(e[i].length, quickest);
  }
}

static void more_rollouts_find_more(void **unused) {
  (void)unused;
  enum { HORIZON = 160, N = 16 };
  duro_episode e[N];
  spring_shared shared = {.dt = .1, .bound = 2};
  const duro_env env = make_spring(&shared, HORIZON);
  const duro_eval_options options = options_of(N, 2, DURO_START_EVAL);
  const double most = largest_deflection(shared.dt, HORIZON);
  double before = 0;
  for (int iterations = 2; iterations <= 128; iterations *= 4) {
    double mean = 0;
    play(e, &env, &loose,
         (duro_attack){.amplitude = 1, .kind = DURO_ATTACK_SEARCH, .search = {.iterations = iterations}}, &options);
    for (int i = 0; i < N; i++) mean += (2 - e[i].h_min) / most / N;
    print_message("%4d rollouts a start: %.3f of the largest deflection\n", 16 * iterations, mean);
    assert_true(mean > before);
    before = mean;
  }
  assert_true(before > .95);
}

static void wrong_settings_are_refused(void **unused) {
  (void)unused;
  duro_episode e;
  spring_shared shared = {.dt = .1, .bound = 1};
  const duro_env env = make_spring(&shared, 10);
  const duro_eval_options options = options_of(1, 1, DURO_START_EVAL);
  const duro_search_settings wrong[] = {{.population = 3}, {.population = -1}, {.iterations = -1}, {.elite = 17}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    const duro_attack attack = {.amplitude = 1, .kind = DURO_ATTACK_SEARCH, .search = wrong[i]};
    assert_int_equal(duro_eval_run(&e, &env, &loose, &attack, &options), DURO_ERROR_ARGUMENT);
    assert_non_null(strstr(duro_error(), "search"));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_finds_what_others_miss),         cmocka_unit_test(it_equals_brute_force),
      cmocka_unit_test(trace_repeats_the_episode),         cmocka_unit_test(it_goes_on_from_mu_h),
      cmocka_unit_test(the_earliest_failure_is_the_worst), cmocka_unit_test(more_rollouts_find_more),
      cmocka_unit_test(wrong_settings_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

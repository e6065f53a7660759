/* Adversaries that choose the start as well: what they find is played, lies where it may, and is at least as bad as
 * what others find from starts that are drawn. */
#include "spring.h"

#include <math.h>
#include <string.h>

#include "duro/grid.h"

#define OK(call) assert_string_equal((call) ? duro_error() : "", "")

enum { HORIZON = 40, SEARCHES = 4, MANY = 400 };
static const duro_search_settings small = {.population = 16, .iterations = 24, .starts = 64};

static duro_attack starts_attack(void) {
  duro_attack attack = duro_attack_of(DURO_ATTACK_STARTS);
  attack.search = small;
  return attack;
}

static double least(const duro_episode *e, int n) {
  double h = INFINITY;
  for (int i = 0; i < n; i++) h = fmin(h, e[i].h_min);
  return h;
}

/* Starts at the edge of their distribution are the worst ones of a spring, and it finds them: four searches of 1000
 * rollouts do as much as the search for a sequence does from 400 starts. */
static void it_finds_the_worst_start(void **unused) {
  (void)unused;
  spring_shared shared = {.dt = .1, .bound = 3};
  const duro_env env = make_spring(&shared, HORIZON);
  const duro_eval_options few = {.episodes = SEARCHES, .seed = 5, .threads = 2, .start = DURO_START_TRAIN};
  duro_eval_options many = few;
  many.episodes = MANY;
  many.seed = 6;
  duro_episode found[SEARCHES], each[MANY];
  const duro_attack attack = starts_attack(), search = duro_attack_of(DURO_ATTACK_SEARCH);
  OK(duro_eval_run(found, &env, &loose, &attack, &few));
  OK(duro_eval_run(each, &env, &loose, &search, &many));
  assert_true(least(found, SEARCHES) < least(each, MANY) + .01);
}

/* the same bits for every number of threads, and the trace of a search is what it found, from where it says */
static void what_is_found_is_played(void **unused) {
  (void)unused;
  spring_shared shared = {.dt = .1, .bound = 3};
  const duro_env env = make_spring(&shared, HORIZON);
  double begun[2 * SEARCHES], again[2 * SEARCHES];
  duro_eval_options options = {
      .episodes = SEARCHES, .seed = 5, .threads = 1, .start = DURO_START_TRAIN, .begun = begun};
  duro_episode one[SEARCHES], more[SEARCHES];
  duro_attack attack = starts_attack();
  attack.amplitude = 1.5;
  OK(duro_eval_run(one, &env, &loose, &attack, &options));
  options.threads = 3;
  options.begun = again;
  OK(duro_eval_run(more, &env, &loose, &attack, &options));
  assert_memory_equal(begun, again, sizeof begun);
  for (int i = 0; i < SEARCHES; i++) {
    double x[2 * (HORIZON + 1)], h[HORIZON + 1], worst = INFINITY;
    float u[HORIZON], a[HORIZON];
    int64_t steps;
    assert_true(one[i].h_min == more[i].h_min && one[i].episode_return == more[i].episode_return);
    OK(duro_eval_trace(x, u, a, h, &steps, &env, &loose, &attack, i, &options));
    assert_memory_equal(x, begun + 2 * i, 2 * sizeof *x);
    assert_true(fabs(x[0]) <= .4 && x[1] == 0); // it was drawn: there is no set to move in
    // played by hand: the environment's own step, from the start and the sequence alone
    double y[2][2] = {{x[0], x[1]}};
    for (int t = 0; t < steps; t++) {
      duro_step out;
      const double control = fmax(-1, fmin(1, (double)u[t])), push = (double)a[t];
      spring_step(&env, NULL, y[(t + 1) & 1], &out, y[t & 1], &control, &push);
      assert_true(fabs((double)a[t]) <= 1.5);
      worst = fmin(worst, out.h);
    }
    assert_true(fmin(worst, h[0]) == one[i].h_min);
  }
}

/* a double integrator whose controller is too weak */
static void moved_starts_stay_inside(void **unused) {
  (void)unused;
  const duro_policy feeble = {
      {.algorithm = "test", .environment = "double-integrator", .no = 2, .nu = 1, .na = 1}, -.02f, -.1f, false};
  const duro_env_ops *ops;
  duro_env *env;
  duro_grid *grid;
  duro_grid_plan plan;
  duro_grid_settings settings;
  const duro_settings_group group = duro_grid_settings_group(&settings);
  duro_settings_default(&group);
  settings.threads = 1;
  settings.task = false;
  OK(duro_env_find(&ops, "double-integrator"));
  OK(duro_env_create(&env, ops, NULL));
  OK(duro_grid_plan_make(&plan, env, &settings, (const int[]){61}, 1, NULL, NULL));
  OK(duro_grid_create(&grid, env, &settings, &plan));
  OK(duro_grid_solve_safety(grid, NULL, NULL));
  enum { N = 200 };
  double begun[2 * N];
  duro_episode found[SEARCHES], drawn[N];
  duro_eval_options options = {.episodes = SEARCHES,
                               .seed = 1,
                               .threads = 2,
                               .start = DURO_START_TRAIN,
                               .grid = grid,
                               .region = DURO_REGION_INSIDE,
                               .region_margin = .3,
                               .begun = begun};
  duro_attack attack = starts_attack();
  OK(duro_eval_run(found, env, &feeble, &attack, &options));
  for (int i = 0; i < SEARCHES; i++) {
    assert_true(duro_grid_safety_at(grid, begun + 2 * i) >= .3 * env->spec.h_scale);
    assert_true(found[i].start_value == duro_grid_safety_at(grid, begun + 2 * i));
  }
  const duro_attack corner = duro_attack_of(DURO_ATTACK_CONSTANT);
  options.episodes = N;
  OK(duro_eval_run(drawn, env, &feeble, &corner, &options));
  // one that a held corner breaks from any of 200 drawn starts is broken by every search
  int broken = 0;
  for (int i = 0; i < N; i++) broken += duro_episode_violates(&drawn[i]);
  assert_true(broken > 0);
  for (int i = 0; i < SEARCHES; i++) assert_true(duro_episode_violates(&found[i]));
  // the margin is beyond what any state has
  options.region_margin = 1e6;
  options.episodes = 1;
  assert_int_equal(duro_eval_run(found, env, &feeble, &attack, &options), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "none of 10000 starts"));
  duro_grid_destroy(grid);
  duro_env_destroy(env);
}

/* Without a grid: where a policy claims to hold, along all states. */
static void claimed_starts_are_claimed(void **unused) {
  (void)unused;
  duro_policy feeble = {
      {.algorithm = "test", .environment = "double-integrator", .no = 2, .nu = 1, .na = 1}, -.02f, -.1f, false};
  policies_claim = true;
  const duro_env_ops *ops;
  duro_env *env;
  OK(duro_env_find(&ops, "double-integrator"));
  OK(duro_env_create(&env, ops, NULL));
  double begun[2 * SEARCHES];
  duro_episode found[SEARCHES];
  duro_eval_options options = {.episodes = SEARCHES,
                               .seed = 1,
                               .threads = 2,
                               .start = DURO_START_TRAIN,
                               .claims = &feeble,
                               .region = DURO_REGION_INSIDE,
                               .region_margin = .3,
                               .begun = begun};
  const duro_attack attack = starts_attack(), none = duro_attack_of(DURO_ATTACK_NONE);
  for (int sought = 0; sought < 2; sought++) {
    OK(duro_eval_run(found, env, &feeble, sought ? &attack : &none, &options));
    for (int i = 0; i < SEARCHES; i++) {
      float obs[2];
      const double *x = begun + 2 * i;
      duro_env_observe(env, obs, x);
      const double left = (double)(1 - fabsf(obs[0]) - fabsf(obs[1])) * env->spec.h_scale;
      assert_true(found[i].start_value == fmin(left, duro_env_constraint(env, x)));
      assert_true(found[i].start_value >= .3 * env->spec.h_scale);
      assert_true(fabs(x[0]) <= env->spec.x_high[0] && fabs(x[1]) <= env->spec.x_high[1]);
    }
  }
  // the corner of what is claimed is what the search is after: it moves starts along both states to its edge
  for (int i = 0; i < SEARCHES; i++) assert_true(found[i].start_value < .31 * env->spec.h_scale);
  options.region_margin = 2; // more than it claims of any state
  assert_int_equal(duro_eval_run(found, env, &feeble, &none, &options), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "lies inside the set of the policy that claims it"));
  policies_claim = false;
  assert_int_equal(duro_eval_run(found, env, &feeble, &none, &options), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "a policy of test claims no set: it has no Qh"));
  policies_claim = true;
  feeble.info.no = 3;
  const duro_policy other = {{.algorithm = "test", .no = 2, .nu = 1, .na = 1}, 0, 0, false};
  assert_int_equal(duro_eval_run(found, env, &other, &none, &options), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "the policy that claims a set has 3 observations; double-integrator has 2"));
  options.claims = NULL;
  assert_int_equal(duro_eval_run(found, env, &other, &none, &options), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "need the solution of a grid, or a policy that claims one"));
  policies_claim = false;
  duro_env_destroy(env);
}

static void refusals(void **unused) {
  (void)unused;
  spring_shared shared = {.dt = .1, .bound = 3};
  const duro_env env = make_spring(&shared, HORIZON);
  const double given[2] = {0};
  duro_episode e;
  duro_attack attack = starts_attack();
  duro_eval_options options = {.episodes = 1, .threads = 1, .starts = given};
  assert_int_equal(duro_eval_run(&e, &env, &loose, &attack, &options), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "starts are given"));
  options.starts = NULL;
  attack.search.starts = -1;
  assert_int_equal(duro_eval_run(&e, &env, &loose, &attack, &options), DURO_ERROR_ARGUMENT);
  attack.search = (duro_search_settings){.elite = 65};
  assert_int_equal(duro_eval_run(&e, &env, &loose, &attack, &options), DURO_ERROR_ARGUMENT);
}

int main(void) {
  (void)chaser;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_finds_the_worst_start),
      cmocka_unit_test(what_is_found_is_played),
      cmocka_unit_test(moved_starts_stay_inside),
      cmocka_unit_test(claimed_starts_are_claimed),
      cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

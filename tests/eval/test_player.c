/* Players of every kind, starts that are given, and attacks without amplitude. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "duro/player.h"

/* p' = p + (u + a) / 4, h = 1 - |p|, reward p' */
static void reset(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  (void)env, (void)stream, (void)start;
  x[0] = 0;
}
static void observe(const duro_env *env, float *obs, const double *x) {
  (void)env;
  obs[0] = (float)x[0];
}
static double constraint(const duro_env *env, const double *x) {
  (void)env;
  return 1 - fabs(x[0]);
}
static void step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                 const double *a) {
  (void)worker;
  x2[0] = x[0] + .25 * (u[0] + a[0]);
  *out = (duro_step){.r = x2[0], .h = constraint(env, x2), .end = DURO_RUNNING};
}
static const char *const names[] = {"p"}, *const units[] = {"m"};
static const double low[] = {-2}, high[] = {2};
static const duro_env_ops ops = {
    .name = "line", .reset = reset, .observe = observe, .constraint = constraint, .step = step};
static const duro_env line = {.ops = &ops,
                              .spec = {.nx = 1,
                                       .no = 1,
                                       .nu = 1,
                                       .na = 1,
                                       .horizon = 3,
                                       .dt = 1,
                                       .h_scale = 1,
                                       .x_names = names,
                                       .x_units = units,
                                       .x_low = low,
                                       .x_high = high}};

static duro_eval_options options_of(int64_t episodes, const double *starts) {
  return (duro_eval_options){.episodes = episodes, .seed = 1, .threads = 2, .starts = starts};
}

static void test_constant(void **unused) {
  (void)unused;
  const double one = 1, starts[] = {-.5, 0, .5};
  const duro_player player = duro_player_constant(&one, 1);
  const duro_attack none = duro_attack_of(DURO_ATTACK_NONE);
  const duro_eval_options options = options_of(3, starts);
  duro_episode e[3];
  assert_int_equal(duro_player_run(e, &line, &player, &none, &options), DURO_OK);
  // p + .25, p + .5, p + .75
  for (int i = 0; i < 3; i++) {
    assert_true(e[i].episode_return == 3 * starts[i] + 1.5);
    assert_int_equal(e[i].violating_steps, i == 2 ? 1 : 0); // 1.25 alone: 1 is at the edge, h = 0
    assert_int_equal(e[i].length, 3);
    assert_int_equal(e[i].filtered_steps, 0);
  }
  double x[4], h[4];
  float u[3], a[3];
  int64_t steps;
  assert_int_equal(duro_player_trace(x, u, a, h, &steps, &line, &player, &none, 2, &options), DURO_OK);
  assert_int_equal(steps, 3);
  assert_true(x[0] == .5 && x[3] == 1.25 && h[3] == -.25 && u[1] == 1);
  assert_int_equal(duro_player_trace(x, u, a, h, &steps, &line, &player, &none, 3, &options), DURO_ERROR_ARGUMENT);
}

/* pulls to the origin, and says so where it does */
static void pull(const duro_player *player, void *worker, int n, float *u, bool *replaced, const float *obs,
                 const double *x) {
  (void)worker;
  for (int i = 0; i < n; i++) {
    assert_true((float)x[i] == obs[i]);
    replaced[i] = fabs(x[i]) > .3;
    u[i] = x[i] > 0 ? -1.0f : 1.0f;
  }
  ++*(_Atomic int *)player->context;
}

static void test_own(void **unused) {
  (void)unused;
  _Atomic int calls = 0;
  const double starts[] = {.75, -.25};
  const duro_player player = duro_player_own(pull, &calls, 1);
  const duro_attack push = duro_attack_of(DURO_ATTACK_CONSTANT); // corner -1, then corner +1
  const duro_eval_options options = options_of(2, starts);
  duro_episode e[2];
  assert_int_equal(duro_player_run(e, &line, &player, &push, &options), DURO_OK);
  // .75, .25, -.25, -.25 and -.25, .25, .25, .25
  assert_true(e[0].episode_return == -.25 && e[0].h_min == .25 && e[0].filtered_steps == 1);
  assert_true(e[1].episode_return == .75 && e[1].filtered_steps == 0);
  assert_true(calls >= 3);
}

static void idle_alone(const duro_player *player, void *worker, int n, float *u, bool *replaced, const float *obs,
                       const double *x) {
  (void)player, (void)worker, (void)replaced, (void)obs, (void)x;
  memset(u, 0, sizeof *u * (size_t)n);
}

/* counts its steps: u = 1/4, 2/4, 3/4 in an episode, whichever lane it flies in */
static void count_up(const duro_player *player, void *worker, int n, float *u, bool *replaced, const float *obs,
                     const double *x, double *memory) {
  (void)player, (void)worker, (void)replaced, (void)obs, (void)x;
  for (int i = 0; i < n; i++) {
    assert_true(memory[2 * i + 1] == -memory[2 * i]);
    memory[2 * i] += 1, memory[2 * i + 1] -= 1;
    u[i] = (float)memory[2 * i] / 4;
  }
}

static void test_remembering(void **unused) {
  (void)unused;
  enum { N = 300 };
  static duro_episode e[N];
  double starts[N];
  for (int i = 0; i < N; i++) starts[i] = 1e-3 * i;
  duro_player player = duro_player_own(NULL, NULL, 1);
  player.act_on = count_up, player.remembered = 2;
  const duro_attack none = duro_attack_of(DURO_ATTACK_NONE);
  const duro_eval_options options = options_of(N, starts);
  assert_int_equal(duro_player_run(e, &line, &player, &none, &options), DURO_OK);
  for (int i = 0; i < N; i++) // 1/16, 3/16, 6/16 beyond the start
    assert_true(fabs(e[i].episode_return - 3 * starts[i] - .625) < 1e-12);
  player.remembered = DURO_PLAYER_MEMORY + 1;
  assert_int_equal(duro_player_run(e, &line, &player, &none, &options), DURO_ERROR_ARGUMENT);
  player.act_on = NULL, player.act = idle_alone;
  player.remembered = 1; // nothing that it could remember with
  assert_int_equal(duro_player_run(e, &line, &player, &none, &options), DURO_ERROR_ARGUMENT);
}

static duro_status count_create(const duro_player *player, void **worker) {
  ++*(_Atomic int *)player->context;
  *worker = player->context;
  return DURO_OK;
}
static void count_destroy(const duro_player *player, void *worker) {
  assert_ptr_equal(worker, player->context);
  --*(_Atomic int *)worker;
}
static void idle(const duro_player *player, void *worker, int n, float *u, bool *replaced, const float *obs,
                 const double *x) {
  (void)replaced, (void)obs, (void)x;
  assert_ptr_equal(worker, player->context);
  memset(u, 0, sizeof *u * (size_t)n);
}

/* a worker for each thread, given back */
static void test_workers(void **unused) {
  (void)unused;
  _Atomic int live = 0;
  duro_player player = duro_player_own(idle, &live, 1);
  player.worker_create = count_create, player.worker_destroy = count_destroy;
  const duro_attack none = duro_attack_of(DURO_ATTACK_NONE);
  const double starts[] = {0, 0, 0, 0};
  const duro_eval_options options = options_of(4, starts);
  duro_episode e[4];
  assert_int_equal(duro_player_run(e, &line, &player, &none, &options), DURO_OK);
  assert_int_equal(live, 0);
}

/* no amplitude is no disturbance, and never one */
static void test_amplitude(void **unused) {
  (void)unused;
  const double zero = 0, starts[] = {.5, .5, .5};
  const duro_player player = duro_player_constant(&zero, 1);
  const duro_eval_options options = options_of(3, starts);
  static const duro_attack_kind kinds[] = {DURO_ATTACK_RANDOM, DURO_ATTACK_CONSTANT, DURO_ATTACK_SQUARE,
                                           DURO_ATTACK_SEARCH};
  for (int k = 0; k < 4; k++) {
    duro_episode e[3];
    duro_attack attack = duro_attack_of(kinds[k]);
    assert_true(attack.amplitude == 1);
    assert_int_equal(duro_player_run(e, &line, &player, &attack, &options), DURO_OK);
    assert_true(fmin(e[0].h_min, fmin(e[1].h_min, e[2].h_min)) < .5);
    attack.amplitude = 0;
    assert_int_equal(duro_player_run(e, &line, &player, &attack, &options), DURO_OK);
    for (int i = 0; i < 3; i++) assert_true(e[i].h_min == .5 && e[i].episode_return == 1.5);
  }
}

/* leaves its track at |p| > 1.2 without a failure, which says nothing of what would have been */
static void step_off(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                     const double *a) {
  step(env, worker, x2, out, x, u, a);
  out->h = 2;
  if (fabs(x2[0]) > 1.2) out->end = DURO_TRUNCATED;
}

static void test_cut_off(void **unused) {
  (void)unused;
  duro_env_ops own = ops;
  duro_env track = line;
  own.step = step_off, track.ops = &own;
  const double one = 1, starts[] = {-.5, 0, .5};
  const duro_player player = duro_player_constant(&one, 1);
  const duro_attack none = duro_attack_of(DURO_ATTACK_NONE);
  const duro_eval_options options = options_of(3, starts);
  duro_episode e[3];
  assert_int_equal(duro_player_run(e, &track, &player, &none, &options), DURO_OK);
  duro_eval_summary s;
  duro_eval_summarize(&s, e, 3);
  assert_int_equal(s.violating, 0);
  assert_int_equal(s.cut_off, 1);
  assert_false(duro_episode_cut_off(&e[1]));
  assert_true(duro_episode_cut_off(&e[2]));
  // one of three may have violated: the bound of 1 in 3 is 1 - p with p^3 + 3 p^2 (1 - p) = .05, not that of 0 in 3
  const double p = 1 - s.violation_bound;
  assert_true(fabs(p * p * p + 3 * p * p * (1 - p) - .05) < 1e-9);
}

/* ranges of episodes that do not overlap share nothing, and a range is part of the whole */
static void draw(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  (void)env, (void)start;
  x[0] = duro_stream_uniform(stream);
}

static void test_ranges(void **unused) {
  (void)unused;
  duro_env_ops own = ops;
  duro_env drawn = line;
  own.reset = draw, drawn.ops = &own;
  const double zero = 0;
  const duro_player player = duro_player_constant(&zero, 1);
  const duro_attack random = duro_attack_of(DURO_ATTACK_RANDOM);
  duro_eval_options options = options_of(8, NULL);
  duro_episode all[8], part[3], looks[8];
  assert_int_equal(duro_player_run(all, &drawn, &player, &random, &options), DURO_OK);
  options.first = DURO_EVAL_LOOKS;
  assert_int_equal(duro_player_run(looks, &drawn, &player, &random, &options), DURO_OK);
  options.first = 2, options.episodes = 3;
  assert_int_equal(duro_player_run(part, &drawn, &player, &random, &options), DURO_OK);
  assert_memory_equal(part, all + 2, sizeof part);
  for (int i = 0; i < 8; i++)
    for (int k = 0; k < 8; k++) assert_true(all[i].episode_return != looks[k].episode_return);
  options.first = -1;
  assert_int_equal(duro_player_run(part, &drawn, &player, &random, &options), DURO_ERROR_ARGUMENT);
}

static void test_grid(void **unused) {
  (void)unused;
  const duro_env_ops *found;
  duro_env *env;
  duro_grid *grid;
  duro_grid_plan plan;
  duro_grid_settings settings;
  assert_int_equal(duro_env_find(&found, "double-integrator"), DURO_OK);
  assert_int_equal(duro_env_create(&env, found, NULL), DURO_OK);
  const duro_settings_group group = duro_grid_settings_group(&settings);
  duro_settings_default(&group);
  settings.task = false, settings.discount = .99;
  const int n = 21;
  assert_int_equal(duro_grid_plan_make(&plan, env, &settings, &n, 1, NULL, NULL), DURO_OK);
  assert_int_equal(duro_grid_create(&grid, env, &settings, &plan), DURO_OK);
  assert_int_equal(duro_grid_solve_safety(grid, NULL, NULL), DURO_OK);
  duro_player player;
  assert_int_equal(duro_player_grid(&player, grid, false), DURO_OK);
  const double start[] = {1, .5};
  duro_eval_options options = options_of(1, start);
  options.horizon = 20;
  const duro_attack push = duro_attack_of(DURO_ATTACK_CONSTANT);
  double x[42], h[21];
  float u[20], a[20];
  int64_t steps;
  assert_int_equal(duro_player_trace(x, u, a, h, &steps, env, &player, &push, 0, &options), DURO_OK);
  void *worker;
  assert_int_equal(duro_env_worker_create(env, &worker), DURO_OK);
  assert_true(steps > 5);
  for (int t = 0; t < steps; t++) {
    double wanted;
    duro_grid_safety_control(grid, worker, &wanted, x + 2 * t);
    assert_true(u[t] == (float)wanted);
  }
  duro_env_worker_destroy(env, worker);
  // made for two states, not for one
  const double one_start[] = {0};
  const duro_eval_options other = options_of(1, one_start);
  duro_episode e;
  assert_int_equal(duro_player_run(&e, &line, &player, &push, &other), DURO_ERROR_ARGUMENT);
  duro_grid_destroy(grid);
  duro_env_destroy(env);
}

static void test_refusals(void **unused) {
  (void)unused;
  const double zero = 0, starts[] = {0};
  const duro_attack none = duro_attack_of(DURO_ATTACK_NONE);
  duro_eval_options options = options_of(1, starts);
  duro_episode e;
  duro_player player = {.struct_size = sizeof player};
  assert_int_equal(duro_player_run(&e, &line, &player, &none, &options), DURO_ERROR_ARGUMENT);
  player = duro_player_constant(&zero, 1), player.struct_size = 8; // of another version
  assert_int_equal(duro_player_run(&e, &line, &player, &none, &options), DURO_ERROR_ARGUMENT);
  player = duro_player_constant(&zero, 2);
  assert_int_equal(duro_player_run(&e, &line, &player, &none, &options), DURO_ERROR_ARGUMENT);
  player = duro_player_constant(&zero, 1);
  options.region = DURO_REGION_INSIDE;
  assert_int_equal(duro_player_run(&e, &line, &player, &none, &options), DURO_ERROR_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_constant), cmocka_unit_test(test_own),       cmocka_unit_test(test_remembering),
      cmocka_unit_test(test_workers),  cmocka_unit_test(test_amplitude), cmocka_unit_test(test_grid),
      cmocka_unit_test(test_cut_off),  cmocka_unit_test(test_ranges),    cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

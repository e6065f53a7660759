/* Filters around players: a learned one is that of its policy bit by bit; a certified one keeps the certified set
 * against whatever the player and the disturbance do. */
#include "../env/env_test.h"
#include "../io/scratch.h"

#include "duro/filter.h"
#include "duro/polytope.h"
#include "policy/frozen.h"
#include "policy/policy.h"

static void ok(duro_status status) {
  if (status) fail_msg("%s", duro_error());
}

/* ---- a learned source ---- */

/* networks with random weights of an environment's sizes */
static duro_policy *make_policy_over(const duro_env_spec *spec, uint64_t seed, int levels) {
  duro_stream stream = test_stream(seed);
  policy_parts parts = {.algorithm = "test",
                        .environment = "none",
                        .no = spec->no,
                        .nu = spec->nu,
                        .na = spec->na,
                        .levels = levels,
                        .width = 32,
                        .hidden = 2};
  float *owned[ROLE_COUNT] = {NULL};
  for (int r = 0; r < ROLE_COUNT; r++) {
    if (!roles[r].frozen) continue;
    mlp shape;
    parts.net[r].inputs = spec->no + (roles[r].critic ? spec->nu + spec->na : 0);
    mlp_shape(&shape, parts.net[r].inputs, 32, 2, role_outputs((role)r, spec->nu, spec->na, levels));
    owned[r] = calloc(shape.params, sizeof(float));
    assert_non_null(owned[r]);
    mlp_init(owned[r], &shape, &stream);
    parts.net[r].params = owned[r];
  }
  duro_policy *policy;
  ok(policy_create(&policy, &parts));
  for (int r = 0; r < ROLE_COUNT; r++) free(owned[r]);
  return policy;
}

static duro_policy *make_policy(const duro_env_spec *spec, uint64_t seed) {
  return make_policy_over(spec, seed, 0);
}

/* the filter object with its own policy inside is the filter of the policy */
static void a_learned_one_keeps_its_bits(void **unused) {
  (void)unused;
  enum { N = 100 };
  duro_env *env = make_env("cartpole", NULL);
  duro_policy *policy = make_policy(&env->spec, 1);
  static duro_episode inside[N], outside[N];
  const duro_attack random = duro_attack_of(DURO_ATTACK_RANDOM);
  float obs[DURO_MAX_OBS];
  double x[DURO_MAX_STATE];
  duro_stream stream = test_stream(2);
  duro_env_reset(env, x, &stream, DURO_START_EVAL);
  duro_env_observe(env, obs, x);
  float u[DURO_MAX_ACTION];
  (void)duro_policy_act(policy, u, obs, DURO_ACT_TASK, 0);
  duro_filter_options options = duro_filter_options_default();
  options.remedy = DURO_FILTER_FALLBACK;
  options.margin = (double)duro_policy_judge(policy, obs, u); // about half of the states pass
  duro_filter *filter;
  duro_player task, player;
  ok(duro_filter_of_policy(&filter, policy, &options));
  ok(duro_player_policy(&task, policy, DURO_ACT_TASK, 0));
  ok(duro_player_filtered(&player, filter, &task));
  const duro_eval_options how = {
      .episodes = N, .seed = 3, .threads = 2, .start = DURO_START_TRAIN, .observation_noise = .01};
  duro_eval_options own = how;
  own.act = DURO_ACT_FILTERED, own.margin = (float)options.margin;
  ok(duro_eval_run(inside, env, policy, &random, &own));
  ok(duro_player_run(outside, env, &player, &random, &how));
  assert_memory_equal(inside, outside, sizeof inside);
  int64_t steps = 0, filtered = 0;
  for (int i = 0; i < N; i++) steps += inside[i].length, filtered += inside[i].filtered_steps;
  assert_true(filtered > 0 && filtered < steps);
  const duro_filter_counts counts = duro_filter_count(filter);
  assert_int_equal(counts.steps, steps);
  assert_int_equal(counts.interventions, filtered);
  assert_int_equal(counts.fallbacks, filtered);
  duro_filter_destroy(filter);
  duro_policy_destroy(policy);
  duro_env_destroy(env);
}

/* of a policy over levels: the nearest of its admissible vectors, else its fallback, whatever is proposed */
static void vectors_are_nearest(void **unused) {
  (void)unused;
  enum { N = 300, LEVELS = 5 };
  duro_env *env = make_env("quadrotor", NULL);
  const int no = env->spec.no;
  duro_policy *policy = make_policy_over(&env->spec, 1, LEVELS);
  static float obs[N * DURO_MAX_OBS], u[N * 2], wanted[N * 2];
  static duro_filter_answer answer[N];
  duro_stream stream = test_stream(3);
  assert_int_equal(env->spec.nu, 2);
  for (int i = 0; i < N * no; i++) obs[i] = duro_stream_normalf(&stream);
  for (int i = 0; i < N * 2; i++) wanted[i] = u[i] = 2.0f * duro_stream_uniformf(&stream) - 1.0f;
  duro_filter_options options = duro_filter_options_default();
  options.margin = (double)duro_policy_judge(policy, obs, u); // about half pass
  duro_filter *filter;
  int stepped = 0, none = 0;
  for (int remedy = DURO_FILTER_NEAREST; remedy <= DURO_FILTER_BOX; remedy++) {
    options.remedy = (duro_filter_remedy)remedy;
    memcpy(u, wanted, sizeof u), memset(answer, 0, sizeof answer);
    ok(duro_filter_of_policy(&filter, policy, &options));
    ok(duro_filter_apply(filter, N, u, answer, obs, NULL));
    for (int i = 0; i < N; i++) {
      float best[2];
      double nearest = INFINITY;
      (void)duro_policy_act(policy, best, obs + i * no, DURO_ACT_SAFETY, 0);
      for (int k = 0; k < LEVELS * LEVELS; k++) {
        const float at[2] = {.5f * (float)(k % LEVELS) - 1.0f, .5f * (float)(k / LEVELS) - 1.0f};
        const double far = hypot((double)(at[0] - wanted[2 * i]), (double)(at[1] - wanted[2 * i + 1]));
        if (!((double)duro_policy_judge(policy, obs + i * no, at) >= options.margin) || far >= nearest) continue;
        nearest = far;
        memcpy(best, at, sizeof best);
      }
      if (!answer[i].replaced) memcpy(best, wanted + 2 * i, sizeof best);
      assert_memory_equal(best, u + 2 * i, sizeof best);
      stepped += answer[i].replaced, none += answer[i].replaced && isinf(nearest);
    }
    duro_filter_destroy(filter);
  }
  assert_true(stepped > 20 && none < stepped);
  duro_policy_destroy(policy);
  duro_env_destroy(env);
}

/* without a player: controls and margins are those of the policy's own filter, in one call or in many */
static void steps_outside_are_the_same(void **unused) {
  (void)unused;
  enum { N = 150 }; // more than are looked at at once
  duro_env *env = make_env("cartpole", NULL);
  const duro_env_spec *spec = &env->spec;
  duro_policy *policy = make_policy(spec, 1);
  static float obs[N * DURO_MAX_OBS], u[N * DURO_MAX_ACTION], taken[N * DURO_MAX_ACTION];
  float own[DURO_MAX_ACTION];
  static duro_filter_answer answer[N];
  duro_filter_answer none = {0};
  duro_filter *filter;
  duro_filter_options options = duro_filter_options_default();
  for (int i = 0; i < N; i++) {
    double x[DURO_MAX_STATE];
    duro_stream stream = test_stream((uint64_t)i);
    duro_env_reset(env, x, &stream, DURO_START_TRAIN);
    duro_env_observe(env, obs + i * spec->no, x);
    (void)duro_policy_act(policy, u + i * spec->nu, obs + i * spec->no, DURO_ACT_TASK, 0);
  }
  options.remedy = DURO_FILTER_FALLBACK;
  options.margin = (double)duro_policy_judge(policy, obs, u);
  ok(duro_filter_of_policy(&filter, policy, &options));
  int no, nx, nu, replaced = 0;
  duro_filter_sizes(filter, &no, &nx, &nu);
  assert_true(no == spec->no && nx == 0 && nu == spec->nu);
  memcpy(taken, u, sizeof u);
  ok(duro_filter_apply(filter, N, taken, answer, obs, NULL));
  for (int i = 0; i < N; i++) {
    const float *seen = obs + i * no;
    const bool steps_in = duro_policy_act(policy, own, seen, DURO_ACT_FILTERED, (float)options.margin);
    assert_true(answer[i].replaced == steps_in);
    assert_memory_equal(taken + i * nu, own, sizeof *own * (size_t)nu);
    assert_true(answer[i].proposed == (double)duro_policy_judge(policy, seen, u + i * nu));
    assert_true(answer[i].margin == (double)duro_policy_judge(policy, seen, own));
    replaced += steps_in;
  }
  assert_true(replaced > 0 && replaced < N);
  assert_int_equal(duro_filter_count(filter).steps, N);
  assert_int_equal(duro_filter_count(filter).interventions, replaced);
  assert_int_equal(duro_filter_apply(filter, 1, taken, &none, NULL, NULL), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "is given no observations"));
  duro_filter_destroy(filter);
  options.hysteresis = 1e6; // what was held is held for ever
  ok(duro_filter_of_policy(&filter, policy, &options));
  memcpy(taken, u, sizeof u);
  for (int i = 0; i < N; i++) answer[i].replaced = i % 2;
  ok(duro_filter_apply(filter, N, taken, answer, obs, NULL));
  for (int i = 0; i < N; i++) assert_true(answer[i].replaced == (i % 2 || answer[i].proposed < options.margin));
  duro_filter_destroy(filter);
  duro_policy_destroy(policy);
  duro_env_destroy(env);
}

/* ---- a certified source ---- */

static duro_certificate *certify(const duro_env *env, const char *method, double cut, double piece) {
  duro_grid_settings grid_settings;
  duro_certificate_settings s;
  const duro_settings_group groups[] = {duro_grid_settings_group(&grid_settings), duro_certificate_settings_group(&s)};
  duro_settings_default(&groups[0]), duro_settings_default(&groups[1]);
  grid_settings.amplitude = 1.1, grid_settings.sweeps = 400, grid_settings.task = false, grid_settings.threads = 1;
  s.threads = 1, s.cut = cut, s.piece = piece, s.depth = 4;
  snprintf(s.method, sizeof s.method, "%s", method);
  const int n = env->spec.nx > 2 ? 5 : 41;
  duro_grid_plan plan;
  float *V = NULL;
  ok(duro_grid_plan_make(&plan, env, &grid_settings, &n, 1, NULL, NULL));
  if (duro_certificate_needs_value(env, &plan, &s)) {
    duro_grid *grid;
    V = malloc((size_t)plan.cells * sizeof *V);
    assert_non_null(V);
    ok(duro_grid_create(&grid, env, &grid_settings, &plan));
    ok(duro_grid_solve_safety(grid, NULL, NULL));
    ok(duro_grid_read(grid, DURO_GRID_SAFETY_VALUE, V));
    duro_grid_destroy(grid);
  }
  duro_certificate *made, *read;
  ok(duro_certificate_make(&made, env, &plan, V, &s, NULL, NULL));
  free(V);
  // what guards is what is read from the file
  ok(duro_certificate_save(made, in_scratch("set.certificate")));
  ok(duro_certificate_load(&read, in_scratch("set.certificate"), env->ops));
  assert_true(duro_certificate_hash(read) == duro_certificate_hash(made));
  duro_certificate_destroy(made);
  assert_true(duro_certificate_is_of(read, env));
  return read;
}

/* A player that wants out: the control of a lattice that leads nearest to the edge for some disturbance, or beyond it.
 */
static void steer_out(const duro_player *player, void *worker, int n, float *u, bool *replaced, const float *obs,
                      const double *x) {
  (void)replaced, (void)obs;
  const duro_certificate *cert = player->context;
  for (int i = 0; i < n; i++, x += player->nx) {
    double least = INFINITY;
    for (int k = 0; k <= 4; k++) {
      const double control = .5 * k - 1, margin = duro_certificate_margin(cert, worker, &control, x);
      if (!(margin < least)) continue;
      least = margin;
      u[i] = (float)control;
    }
  }
}

static duro_status steer_create(const duro_player *player, void **worker) {
  return duro_certificate_worker_create(player->context, worker);
}
static void steer_destroy(const duro_player *player, void *worker) {
  (void)player;
  duro_certificate_worker_destroy(worker);
}

static duro_player adversarial(const duro_certificate *cert, const duro_env *env) {
  duro_player player = duro_player_own(steer_out, (void *)(uintptr_t)cert, env->spec.nu);
  player.worker_create = steer_create, player.worker_destroy = steer_destroy;
  player.nx = env->spec.nx;
  return player;
}

/* a start in the set: anywhere, or near its surface, where a step may lead out */
static void draw_start(double *x, const duro_env *env, const duro_certificate *cert, duro_stream *stream, bool near) {
  const duro_env_spec *spec = &env->spec;
  do {
    for (int k = 0; k < spec->nx; k++)
      x[k] = .5 * (spec->x_low[k] + spec->x_high[k]) + draw(stream, .5 * (spec->x_high[k] - spec->x_low[k]));
  } while (!duro_certificate_contains(cert, x));
  for (double low = 1, high = 1e3; near && high - low > 1e-12;) { // out along a ray until it ends
    const double middle = .5 * (low + high);
    double y[DURO_MAX_STATE];
    for (int k = 0; k < spec->nx; k++) y[k] = middle * x[k];
    if (duro_certificate_contains(cert, y)) {
      low = middle;
    } else {
      high = middle;
    }
    if (high - low > 1e-12 && high - low > 1e-15 * high) continue;
    for (int k = 0; k < spec->nx; k++) x[k] *= low;
    return;
  }
}

enum { STARTS = 24, HORIZON = 60 };

/* Whatever the player and the disturbance: every state stays in the set, and none was left to chance. */
static void hold(const duro_env *env, const duro_certificate *cert, duro_filter_remedy remedy, int episodes) {
  static const duro_attack_kind kinds[] = {DURO_ATTACK_RANDOM, DURO_ATTACK_CONSTANT, DURO_ATTACK_SQUARE,
                                           DURO_ATTACK_SEARCH};
  duro_filter_options options = duro_filter_options_default();
  options.remedy = remedy;
  duro_filter *filter;
  ok(duro_filter_of_certificate(&filter, cert, &options));
  const duro_player task = adversarial(cert, env);
  duro_player player;
  ok(duro_player_filtered(&player, filter, &task));
  static double starts[STARTS * DURO_MAX_STATE], x[(HORIZON + 1) * DURO_MAX_STATE], h[HORIZON + 1];
  static float u[HORIZON * DURO_MAX_ACTION], a[HORIZON * DURO_MAX_ACTION];
  duro_stream stream = test_stream(7);
  const int nx = env->spec.nx;
  for (int i = 0; i < episodes; i++) draw_start(starts + i * nx, env, cert, &stream, i % 2);
  int64_t violated = 0;
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
    duro_attack attack = duro_attack_of(kinds[k]);
    attack.search = (duro_search_settings){.population = 4, .iterations = 2};
    const duro_eval_options how = {.episodes = episodes, .seed = 5, .threads = 1, .horizon = HORIZON, .starts = starts};
    for (int i = 0; i < episodes; i++) {
      int64_t steps;
      ok(duro_player_trace(x, u, a, h, &steps, env, &player, &attack, i, &how));
      assert_int_equal(steps, HORIZON);
      for (int t = 0; t <= steps; t++) {
        if (!duro_certificate_contains(cert, x + t * nx))
          fail_msg("left at step %d of %d under %s", t, i, duro_attack_name(kinds[k]));
        assert_true(h[t] >= 0);
      }
    }
    static duro_episode alone[STARTS];
    ok(duro_player_run(alone, env, &task, &attack, &how));
    for (int i = 0; i < episodes; i++) violated += duro_episode_violates(&alone[i]);
  }
  const duro_filter_counts counts = duro_filter_count(filter);
  assert_int_equal(counts.missed, 0);
  assert_true(counts.least >= 0);
  assert_true(counts.interventions > counts.steps / 20 && counts.interventions <= counts.steps);
  assert_true(violated > episodes); // without the filter it means harm
  duro_filter_destroy(filter);
}

static void the_double_integrator_is_held(void **unused) {
  (void)unused;
  duro_env *env = make_env("double-integrator", SETTINGS("dt=0.2"));
  static const char *const methods[] = {"grid", "cones"};
  for (int k = 0; k < 2; k++) {
    duro_certificate *cert = certify(env, methods[k], .01, .1);
    hold(env, cert, DURO_FILTER_NEAREST, STARTS);
    hold(env, cert, DURO_FILTER_FALLBACK, STARTS / 4);
    hold(env, cert, DURO_FILTER_BOX, STARTS / 4);
    duro_certificate_destroy(cert);
  }
  duro_env_destroy(env);
}

static void the_cartpole_is_held(void **unused) {
  (void)unused;
  duro_env *env = make_env("cartpole", NULL);
  duro_certificate *cert = certify(env, "cones", .05, .2);
  hold(env, cert, DURO_FILTER_NEAREST, 4);
  duro_certificate_destroy(cert);
  duro_env_destroy(env);
}

/* x2' of the double integrator from outside: the margin is a bound, and the nearest control is the nearest */
static void margins_are_bounds(void **unused) {
  (void)unused;
  duro_env *env = make_env("double-integrator", SETTINGS("dt=0.2"));
  duro_integrator_spec spec;
  duro_integrator *exact;
  ok(duro_integrator_spec_of(&spec, env));
  ok(duro_integrator_create(&exact, &spec));
  static const char *const methods[] = {"grid", "cones"};
  for (int m = 0; m < 2; m++) {
    duro_certificate *cert = certify(env, methods[m], .01, .1);
    duro_stream stream = test_stream(9);
    void *worker;
    ok(duro_certificate_worker_create(cert, &worker));
    int proved = 0, tight = 0;
    for (int i = 0; i < 1000; i++) {
      double x[2], u = draw(&stream, 1), x2[2], least = INFINITY;
      draw_start(x, env, cert, &stream, i % 2);
      const double margin = duro_certificate_margin(cert, worker, &u, x);
      for (int j = 0; j <= 10; j++) {
        const double a = .2 * j - 1;
        duro_step out;
        duro_env_step(env, NULL, x2, &out, x, &u, &a);
        least = fmin(least, duro_certificate_value(cert, x2));
        if (margin >= 0) assert_true(out.h >= 0 && duro_integrator_value(exact, x2) >= 0);
      }
      if (margin >= 0) assert_true(margin <= least);
      proved += margin >= 0, tight += margin < 0 && least >= 1e-6;
    }
    assert_in_range(proved, 100, 950);
    assert_in_range(tight, 0, 3); // of those that are not proved next to none could be
    duro_certificate_worker_destroy(worker);
    duro_certificate_destroy(cert);
  }
  duro_integrator_destroy(exact);
  duro_env_destroy(env);
}

/* ---- what it puts in place ---- */

static void push(const duro_player *player, void *worker, int n, float *u, bool *replaced, const float *obs,
                 const double *x) {
  (void)worker, (void)replaced, (void)obs, (void)x;
  for (int i = 0; i < n; i++) u[i] = *(const float *)player->context;
}

/* the control at one state: the first of an episode */
static float first_control(const duro_env *env, const duro_player *player, const double *start) {
  double x[4], h[2];
  float u[1], a[1];
  int64_t steps;
  const duro_attack none = duro_attack_of(DURO_ATTACK_NONE);
  const duro_eval_options how = {.episodes = 1, .seed = 1, .threads = 1, .horizon = 1, .starts = start};
  ok(duro_player_trace(x, u, a, h, &steps, env, player, &none, 0, &how));
  return u[0];
}

static void the_nearest_is_nearest(void **unused) {
  (void)unused;
  duro_env *env = make_env("double-integrator", SETTINGS("dt=0.2"));
  duro_certificate *cert = certify(env, "cones", .01, .1);
  duro_stream stream = test_stream(11);
  void *worker;
  ok(duro_certificate_worker_create(cert, &worker));
  float wanted;
  duro_player task = duro_player_own(push, &wanted, 1), player;
  int between = 0;
  for (int i = 0; i < 100; i++) {
    double x[2];
    wanted = i % 2 ? 1 : -1;
    draw_start(x, env, cert, &stream, true);
    double nearest = NAN; // the first of a fine lattice from the wanted one on that is admissible
    for (int k = 0; k <= 2000 && isnan(nearest); k++) {
      const double u = (double)wanted * (1 - 1e-3 * k);
      if (duro_certificate_margin(cert, worker, &u, x) >= 0) nearest = u;
    }
    for (int remedy = DURO_FILTER_NEAREST; remedy <= DURO_FILTER_BOX; remedy++) {
      duro_filter_options options = duro_filter_options_default();
      options.remedy = (duro_filter_remedy)remedy;
      duro_filter *filter;
      ok(duro_filter_of_certificate(&filter, cert, &options));
      ok(duro_player_filtered(&player, filter, &task));
      const double u = (double)first_control(env, &player, x);
      assert_true(fabs(u - nearest) <= 1.01e-3 && duro_certificate_margin(cert, worker, &u, x) >= 0);
      between += fabs(u) < .99;
      duro_filter_destroy(filter);
    }
  }
  assert_true(between > 20);
  duro_certificate_worker_destroy(worker);
  duro_certificate_destroy(cert);
  duro_env_destroy(env);
}

/* Once it has stepped in, it lets go later: at rest the random disturbance leads to the edge now and then. */
static void hysteresis_holds_on(void **unused) {
  (void)unused;
  duro_env *env = make_env("double-integrator", SETTINGS("dt=0.2"));
  duro_certificate *cert = certify(env, "cones", .01, .1);
  float wanted = 0;
  const duro_player task = duro_player_own(push, &wanted, 1);
  double share[2];
  for (int k = 0; k < 2; k++) {
    duro_filter_options options = duro_filter_options_default();
    options.hysteresis = .2 * k, options.remedy = DURO_FILTER_FALLBACK;
    duro_filter *filter;
    duro_player player;
    ok(duro_filter_of_certificate(&filter, cert, &options));
    ok(duro_player_filtered(&player, filter, &task));
    static duro_episode e[STARTS];
    const duro_attack random = duro_attack_of(DURO_ATTACK_RANDOM);
    const duro_eval_options how = {
        .episodes = STARTS, .seed = 1, .threads = 1, .horizon = 500, .start = DURO_START_EVAL};
    ok(duro_player_run(e, env, &player, &random, &how));
    const duro_filter_counts counts = duro_filter_count(filter);
    int64_t filtered = 0;
    for (int i = 0; i < STARTS; i++) filtered += e[i].filtered_steps;
    assert_int_equal(counts.interventions, filtered);
    share[k] = (double)filtered / (double)counts.steps;
    duro_filter_destroy(filter);
  }
  assert_true(share[0] > 0 && share[0] < .5 && share[1] > 1.5 * share[0] && share[1] < 1);
  duro_certificate_destroy(cert);
  duro_env_destroy(env);
}

/* ---- grids ---- */

static void a_grid_holds_too(void **unused) {
  (void)unused;
  enum { N = 50 };
  duro_env *env = make_env("double-integrator", SETTINGS("dt=0.2"));
  duro_grid_settings s;
  const duro_settings_group group = duro_grid_settings_group(&s);
  duro_settings_default(&group);
  s.task = false, s.threads = 1, s.sweeps = 400;
  const int n = 101;
  duro_grid_plan plan;
  duro_grid *grid;
  ok(duro_grid_plan_make(&plan, env, &s, &n, 1, NULL, NULL));
  ok(duro_grid_create(&grid, env, &s, &plan));
  ok(duro_grid_solve_safety(grid, NULL, NULL));
  float wanted = 1;
  const duro_player task = duro_player_own(push, &wanted, 1);
  duro_filter *filter;
  duro_player player;
  ok(duro_filter_of_grid(&filter, grid, NULL));
  ok(duro_player_filtered(&player, filter, &task));
  static duro_episode with[N], without[N];
  duro_attack attack = duro_attack_of(DURO_ATTACK_GRID);
  attack.grid = grid;
  const duro_eval_options how = {.episodes = N,
                                 .seed = 1,
                                 .threads = 1,
                                 .start = DURO_START_TRAIN,
                                 .grid = grid,
                                 .region = DURO_REGION_INSIDE,
                                 .region_margin = .1};
  ok(duro_player_run(with, env, &player, &attack, &how));
  ok(duro_player_run(without, env, &task, &attack, &how));
  for (int i = 0; i < N; i++) assert_true(with[i].h_min >= 0 && without[i].h_min < 0);
  assert_true(duro_filter_count(filter).least > 0); // below the margin that is asked for, but never out
  duro_filter_destroy(filter);
  duro_grid_destroy(grid);
  duro_env_destroy(env);
}

/* ---- refusals ---- */

static void wrong_ones_are_refused(void **unused) {
  (void)unused;
  duro_env *env = make_env("double-integrator", NULL), *other = make_env("cartpole", NULL);
  duro_policy *policy = make_policy(&env->spec, 1);
  duro_filter *filter = NULL;
  duro_filter_options options = duro_filter_options_default();
  options.hysteresis = -1;
  assert_int_equal(duro_filter_of_policy(&filter, policy, &options), DURO_ERROR_ARGUMENT);
  assert_null(filter);
  options = duro_filter_options_default(), options.margin = INFINITY;
  assert_int_equal(duro_filter_of_policy(&filter, policy, &options), DURO_ERROR_ARGUMENT);
  options = duro_filter_options_default(), options.struct_size = 3;
  assert_int_equal(duro_filter_of_policy(&filter, policy, &options), DURO_ERROR_ARGUMENT);
  ok(duro_filter_of_policy(&filter, policy, NULL));
  const double two[2] = {0, 0};
  duro_player player, task = duro_player_constant(two, 2);
  assert_int_equal(duro_player_filtered(&player, filter, &task), DURO_ERROR_ARGUMENT);
  task = duro_player_constant(two, 1);
  ok(duro_player_filtered(&player, filter, &task));
  duro_episode e;
  const duro_attack none = duro_attack_of(DURO_ATTACK_NONE);
  const duro_eval_options how = {.episodes = 1, .seed = 1, .threads = 1};
  assert_int_equal(duro_player_run(&e, other, &player, &none, &how), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_filter_source_of(filter), DURO_FILTER_LEARNED);
  duro_filter_destroy(filter);
  duro_filter_destroy(NULL);
  duro_policy_destroy(policy);
  duro_env_destroy(env);
  duro_env_destroy(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_learned_one_keeps_its_bits),
      cmocka_unit_test(vectors_are_nearest),
      cmocka_unit_test(steps_outside_are_the_same),
      cmocka_unit_test(the_double_integrator_is_held),
      cmocka_unit_test(the_cartpole_is_held),
      cmocka_unit_test(margins_are_bounds),
      cmocka_unit_test(the_nearest_is_nearest),
      cmocka_unit_test(hysteresis_holds_on),
      cmocka_unit_test(a_grid_holds_too),
      cmocka_unit_test(wrong_ones_are_refused),
  };
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}

/* Dual policy iteration on finite games: its answer against enumeration, value iteration and closed forms, and the
 * traps of a discount with each remedy taken away. */
#include "duro/game.h"

#include "game/finite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "game/finite_test.h"

static duro_stream stream_of(uint32_t purpose, int index) {
  return duro_stream_at(5, 120 + purpose, (uint64_t)index);
}

static duro_game_settings settings_of(double gamma, double gamma_h) {
  duro_game_settings settings;
  duro_settings_group group = duro_game_settings_group(&settings);
  duro_settings_default(&group);
  settings.gamma = gamma;
  settings.gamma_h = gamma_h;
  return settings;
}

static duro_game_solution *solve_without(const duro_game *game, unsigned without, double gamma, double gamma_h) {
  duro_game_solution *solution;
  duro_game_settings settings = settings_of(gamma, gamma_h);
  settings.rounds = 1000;
  assert_int_equal(duro_game_solve_without(&solution, game, &settings, without, NULL, NULL), DURO_OK);
  return solution;
}

static duro_game_solution *solve(const duro_game *game, double gamma, double gamma_h) {
  return solve_without(game, 0, gamma, gamma_h);
}

/* The undiscounted V_h* by value iteration, which ends exactly. */
static void maximum_of(double *V, const duro_game *game) {
  duro_game_method method = {.kind = DURO_GAME_UNDISCOUNTED, .rounds = 1000000};
  duro_game_info info;
  assert_int_equal(duro_game_value_iteration(V, game, &method, NULL, &info), DURO_OK);
  assert_true(info.done);
}

/* All successors of (x, u) are in S. */
static bool stays(const duro_game *g, const uint8_t *S, int32_t x, int32_t u) {
  for (int32_t a = 0; a < g->disturbances; a++)
    if (!S[g->successor[at(g, x, u, a)]]) return false;
  return true;
}

/* The discounted return of pi against mu by walking until gamma^t is below 1e-15. */
static double return_of(const duro_game *g, const int32_t *pi, const int32_t *mu, double gamma, int32_t x) {
  double sum = 0;
  for (double weight = 1; weight > 1e-15; weight *= gamma) {
    size_t i = at(g, x, pi[x], mu[x]);
    sum += weight * g->reward[i];
    x = g->successor[i];
  }
  return sum;
}

static double smallest_h(const duro_game *g, const int32_t *pi, const int32_t *mu, int32_t x) {
  double low = g->h[x];
  for (int32_t t = 0; t < g->states; t++) {
    x = g->successor[at(g, x, pi[x], mu[x])];
    low = fmin(low, g->h[x]);
  }
  return low;
}

/* Everything that the answer promises, judged by value iteration, walks and the definition of the set. */
static void assert_solves(const duro_game_solution *s, const duro_game *g) {
  static double V_h[ROOM], V[ROOM];
  maximum_of(V_h, g);
  assert_int_equal(duro_game_task_value(V, g, s->S, s->gamma, 1e-12), DURO_OK);
  assert_true(s->complete);
  int32_t safe = 0;
  for (int32_t x = 0; x < g->states; x++) {
    safe += s->S[x];
    assert_int_equal(s->S[x], V_h[x] >= 0);
    assert_true(s->V_h[x] == V_h[x] && smallest_h(g, s->pi_h, s->mu_h, x) == V_h[x]); // comparisons: exact
    // rewards in [-1, 1], gamma <= .99: values below 100, and rounding of some 1e-16 x 100 steps each
    assert_true(fabs(return_of(g, s->pi, s->mu, s->gamma, x) - s->V[x]) <= 1e-11);
    if (!s->S[x]) assert_int_equal(s->pi[x], s->pi_h[x]);
    if (!s->S[x]) continue;
    assert_true(g->h[x] >= 0 && stays(g, s->S, x, s->pi[x]) && stays(g, s->S, x, s->pi_h[x]));
    assert_true(fabs(s->V[x] - V[x]) <= 1e-11);
  }
  assert_int_equal(s->safe, safe);
  assert_true(s->bound <= 1e-9);
}

/* --- growth ----------------------------------------------------------------------------------------- */

/* What a report sees of the sets. */
typedef struct watch {
  const duro_game *game;
  uint8_t S[ROOM];
  double V_discounted[ROOM];
  double gamma_h;
  int lost;   /* states that left S */
  int open;   /* states of S from which no control stays in it */
  int fallen; /* discounted values that fell at the same gamma_h */
} watch;

static duro_status look(const duro_game_progress *now, void *context) {
  watch *w = context;
  for (int32_t x = 0; x < w->game->states; x++) {
    bool closed = false;
    for (int32_t u = 0; u < w->game->controls; u++) closed |= stays(w->game, now->S, x, u);
    w->open += now->S[x] && !closed;
    w->lost += w->S[x] && !now->S[x];
    w->fallen += now->gamma_h == w->gamma_h && now->V_discounted[x] < w->V_discounted[x] - 1e-13; // some roundings
    w->S[x] = now->S[x];
    w->V_discounted[x] = now->V_discounted[x];
  }
  w->gamma_h = now->gamma_h;
  return DURO_OK;
}

static watch watched(const duro_game *game, unsigned without, double gamma_h) {
  watch w = {.game = game};
  duro_game_solution *solution;
  duro_game_settings settings = settings_of(.9, gamma_h);
  settings.rounds = 200;
  assert_int_equal(duro_game_solve_without(&solution, game, &settings, without, look, &w), DURO_OK);
  duro_game_solution_release(solution);
  return w;
}

/* Thousands of games of both kinds: the answer, S_k growing and closed, discounted values growing. */
static void random_games_are_solved(void **state) {
  (void)state;
  int safe = 0, raised = 0, adopted = 0, states = 0;
  for (int i = 0; i < 3000; i++) {
    duro_stream s = stream_of(1, i);
    made g = random_game(&s, 40, 4, 3);
    duro_game_solution *solution = solve(&g.game, i % 3 ? .9 : .99, .99);
    assert_solves(solution, &g.game);
    watch w = watched(&g.game, 0, .99);
    assert_int_equal(w.lost, 0);
    assert_int_equal(w.open, 0);
    assert_int_equal(w.fallen, 0);
    safe += solution->safe;
    states += g.game.states;
    raised += solution->gamma_h > .99;
    adopted += solution->adopted;
    duro_game_solution_release(solution);
    unmake(&g);
  }
  print_message("           %d of %d states safe; gamma_h raised in %d games, %d states adopted\n", safe, states,
                raised, adopted);
  assert_true(safe > states / 20 && safe < states - states / 20);
}

/* --- enumeration ------------------------------------------------------------------------------------ */

/* max over all policies that keep h >= 0 from x against every adversary, of min over all adversaries of the return */
static void enumerate(double *best, const duro_game *g, double gamma) {
  int32_t n = g->states, pi[4], mu[4];
  int policies = (int)pow(g->controls, n), adversaries = (int)pow(g->disturbances, n);
  for (int32_t x = 0; x < n; x++) best[x] = -INFINITY;
  for (int p = 0; p < policies; p++) {
    double worst[4] = {INFINITY, INFINITY, INFINITY, INFINITY}, low[4] = {INFINITY, INFINITY, INFINITY, INFINITY};
    for (int32_t x = 0, rest = p; x < n; x++, rest /= g->controls) pi[x] = rest % g->controls;
    for (int q = 0; q < adversaries; q++) {
      for (int32_t x = 0, rest = q; x < n; x++, rest /= g->disturbances) mu[x] = rest % g->disturbances;
      for (int32_t x = 0; x < n; x++) {
        low[x] = fmin(low[x], smallest_h(g, pi, mu, x));
        worst[x] = fmin(worst[x], return_of(g, pi, mu, gamma, x));
      }
    }
    for (int32_t x = 0; x < n; x++)
      if (low[x] >= 0) best[x] = fmax(best[x], worst[x]);
  }
}

static void constrained_optimum_is_that_of_enumeration(void **state) {
  (void)state;
  int binding = 0, safe = 0;
  for (int i = 0; i < 400; i++) {
    duro_stream s = stream_of(2, i);
    made g = random_game(&s, 4, 3, 2), free_game = g;
    double best[4], without[4], h[4] = {0};
    duro_game_solution *solution = solve(&g.game, .8, .99);
    enumerate(best, &g.game, .8);
    free_game.game.h = h; // the same rewards without a constraint
    enumerate(without, &free_game.game, .8);
    for (int32_t x = 0; x < g.game.states; x++) {
      assert_int_equal(solution->S[x], best[x] > -INFINITY);
      if (!solution->S[x]) continue;
      assert_true(fabs(solution->V[x] - best[x]) <= 1e-13); // values below 5, some 150 terms
      binding += without[x] > best[x] + 1e-6;
      safe++;
    }
    duro_game_solution_release(solution);
    unmake(&g);
  }
  assert_true(binding > 20 && safe > 200); // the constraint costs return in enough of them
}

/* --- traps ------------------------------------------------------------------------------------------ */

/* A corridor of 20 steps at h = 1 with h = -.1 at its end looks better at gamma_h = .99 than a loop at h = .05:
 * 1 - .99^20 (1 + .1) = .10 > .05. At .999 it is 1 - .98 x 1.1 = -.08. */
static void discount_takes_the_corridor(void **state) {
  (void)state;
  made g = choice_game(20, 1);
  duro_game_method method = {.kind = DURO_GAME_DISCOUNTED, .gamma_h = .99, .error = 1e-12, .rounds = 100000};
  int32_t pi[ROOM] = {0};
  double V[ROOM];
  assert_int_equal(duro_game_policy_iteration(V, pi, &g.game, &method, NULL), DURO_OK);
  assert_int_equal(pi[0], 0);
  assert_true(fabs(V[2] - (1 - pow(.99, 20) * 1.1)) <= 1e-14); // 20 roundings of numbers below 1

  // without the comparison at the end state 0 is lost, with it gamma_h is raised until the loop is taken
  duro_game_solution *lost = solve_without(&g.game, DURO_GAME_WITHOUT_COMPARISON, .9, .99),
                     *found = solve(&g.game, .9, .99);
  assert_int_equal(lost->S[0], 0);
  assert_int_equal(lost->safe, 1);
  assert_int_equal(found->S[0], 1);
  assert_int_equal(found->pi[0], 1);
  assert_true(found->gamma_h > .9985 && found->gamma_h < .9995);
  assert_int_equal(found->adopted, 0);
  assert_solves(found, &g.game);
  duro_game_solution_release(lost);
  duro_game_solution_release(found);
  unmake(&g);
}

/* The same game when the first policy takes the loop: a plain improvement leaves it, and S shrinks in the first round.
 */
static void plain_improvement_shrinks_the_set(void **state) {
  (void)state;
  made g = choice_game(20, 0);
  int32_t first[ROOM] = {0};
  double V[ROOM];
  duro_game_fixed fixed = {.pi = first};
  duro_game_settings settings = settings_of(.9, .99);
  duro_game_solution *plain, *united;
  settings.rounds = 1;
  assert_int_equal(duro_game_value(V, NULL, &g.game, &fixed), DURO_OK);
  assert_int_equal(duro_game_solve_without(&plain, &g.game, &settings, DURO_GAME_WITHOUT_UNION, NULL, NULL), DURO_OK);
  assert_int_equal(duro_game_solve(&united, &g.game, &settings, NULL, NULL), DURO_OK);
  assert_true(V[0] == .05 && !plain->S[0] && united->S[0]);
  duro_game_solution_release(plain);
  duro_game_solution_release(united);
  united = solve(&g.game, .9, .99);
  assert_solves(united, &g.game);
  duro_game_solution_release(united);
  unmake(&g);
}

/* Corridors so long that no discount of the iteration sees their end: the undiscounted solution steps in. */
static void what_no_discount_finds_is_adopted(void **state) {
  (void)state;
  made g = choice_game(1900, 1);
  for (int32_t x = 0; x < g.game.states; x++) g.h[x] = g.h[x] == .05 ? 1e-7 : g.h[x] < 0 ? -1e-7 : 1;
  duro_game_solution *solution = solve(&g.game, .9, .99);
  assert_solves(solution, &g.game);
  assert_true(solution->adopted > 0);
  duro_game_solution_release(solution);
  unmake(&g);
}

/* Random corridor games lose states when a remedy is missing, and only then. */
static void random_corridors_need_the_remedies(void **state) {
  (void)state;
  int incomplete = 0, shrunk = 0, open = 0;
  static double V_h[ROOM];
  for (int i = 0; i < 1000; i++) {
    duro_stream s = stream_of(3, i);
    made g = corridor_game(&s, 60, 2, 1 + i % 2);
    maximum_of(V_h, &g.game);
    duro_game_solution *solution = solve_without(&g.game, DURO_GAME_WITHOUT_COMPARISON, .9, .99);
    for (int32_t x = 0; x < g.game.states; x++)
      if (solution->S[x] != (V_h[x] >= 0)) {
        incomplete++;
        break;
      }
    shrunk += watched(&g.game, DURO_GAME_WITHOUT_UNION, .99).lost > 0;
    open += watched(&g.game, DURO_GAME_WITHOUT_UNDISCOUNTED | DURO_GAME_WITHOUT_COMPARISON, .99).open > 0;
    duro_game_solution_release(solution);
    solution = solve(&g.game, .9, .99);
    assert_solves(solution, &g.game);
    duro_game_solution_release(solution);
    unmake(&g);
  }
  print_message("           of 1000: incomplete %d, shrunk %d, open %d\n", incomplete, shrunk, open);
  assert_true(incomplete > 0 && shrunk > 0 && open > 0);
}

/* --- double integrator ------------------------------------------------------------------------------ */

#define HALF 20 /* 41 x 41 states */
#define BOX 16  /* |i|, |j| <= BOX is safe now */

static int32_t lattice(int i, int j) {
  i = i < -HALF ? -HALF : i > HALF ? HALF : i;
  j = j < -HALF ? -HALF : j > HALF ? HALF : j;
  return (i + HALF) * (2 * HALF + 1) + j + HALF;
}

/* x1' = x1 + dt x2, x2' = x2 + dt (u + a) with u in {-1, 0, 1}, a in {-.5, 0, .5} on the lattice x2 = .5 dt j,
 * x1 = .5 dt^2 i, which it never leaves: i' = i + j, j' = j + 2u + 2a. Beyond the lattice it sticks to its edge, where
 * h < 0. h = min(BOX - |i|, BOX - |j|) / BOX, but never below -.02: a shallow violation is what a discount overlooks.
 */
static made double_integrator(void) {
  made g = make((2 * HALF + 1) * (2 * HALF + 1), 3, 3);
  for (int i = -HALF; i <= HALF; i++)
    for (int j = -HALF; j <= HALF; j++) {
      int32_t x = lattice(i, j);
      g.h[x] = fmax(-.02, (BOX - fmax(abs(i), abs(j))) / BOX);
      for (int u = 0; u < 3; u++)
        for (int a = 0; a < 3; a++) {
          g.successor[at(&g.game, x, u, a)] = lattice(i + j, j + 2 * (u - 1) + a - 1);
          g.reward[at(&g.game, x, u, a)] = -(double)(i * i) / (HALF * HALF);
        }
    }
  return g;
}

/* Its exact set: |i|, |j| <= BOX and +-(i + k j) <= BOX + k(k-1)/2 for k = 1, 2, ..: braking fully against the worst
 * push, j falls by one cell a step, stops within the box. */
static bool is_safe(int i, int j) {
  bool safe = abs(i) <= BOX && abs(j) <= BOX;
  for (int k = 1; k <= BOX + 1; k++) safe &= abs(i + k * j) <= BOX + k * (k - 1) / 2;
  return safe;
}

static void discounted_set_of_the_double_integrator_is_not_closed(void **state) {
  (void)state;
  made g = double_integrator();
  static const double discounts[] = {.9, .99, .999, .9999};
  static double V[ROOM];
  static uint8_t S[ROOM];
  int wrong[4], leaving[4];
  for (int d = 0; d < 4; d++) {
    duro_game_method method = {.kind = DURO_GAME_DISCOUNTED, .gamma_h = discounts[d], .rounds = 1000};
    int32_t pi[ROOM] = {0};
    assert_int_equal(duro_game_policy_iteration(V, pi, &g.game, &method, NULL), DURO_OK);
    wrong[d] = leaving[d] = 0;
    for (int32_t x = 0; x < g.game.states; x++) S[x] = V[x] >= 0;
    for (int i = -HALF; i <= HALF; i++)
      for (int j = -HALF; j <= HALF; j++) {
        int32_t x = lattice(i, j);
        assert_true(S[x] || !is_safe(i, j)); // it contains the exact set
        wrong[d] += S[x] && !is_safe(i, j);
        leaving[d] += S[x] && !stays(&g.game, S, x, pi[x]);
      }
    print_message("           gamma_h %g: %d false safe states, %d that leave the set\n", discounts[d], wrong[d],
                  leaving[d]);
  }
  assert_true(wrong[0] > wrong[1] && wrong[1] > 0 && leaving[1] > 0 && wrong[3] == 0);
  unmake(&g);
}

static void set_of_the_double_integrator_is_the_polytope(void **state) {
  (void)state;
  made g = double_integrator();
  static const double discounts[] = {.9, .99, .9999};
  for (int d = 0; d < 3; d++) {
    duro_game_solution *solution = solve(&g.game, .9, discounts[d]);
    for (int i = -HALF; i <= HALF; i++)
      for (int j = -HALF; j <= HALF; j++) assert_int_equal(solution->S[lattice(i, j)], is_safe(i, j));
    assert_solves(solution, &g.game);
    duro_game_solution_release(solution);
  }
  duro_game_solution *naive = solve_without(&g.game, DURO_GAME_WITHOUT_UNDISCOUNTED, .9, .99),
                     *exact = solve(&g.game, .9, .99);
  assert_true(naive->safe > exact->safe);
  duro_game_solution_release(naive);
  duro_game_solution_release(exact);
  unmake(&g);
}

/* --- ends ------------------------------------------------------------------------------------------- */

static duro_status stop_at_two(const duro_game_progress *now, void *context) {
  *(int64_t *)context = now->round;
  return now->round == 2 ? DURO_ERROR_STOPPED : DURO_OK;
}

static void a_stopped_solution_is_safe(void **state) {
  (void)state;
  int incomplete = 0;
  for (int i = 0; i < 300; i++) {
    duro_stream s = stream_of(4, i);
    made g = corridor_game(&s, 40, 3, 2);
    duro_game_settings settings = settings_of(.9, .9);
    duro_game_solution *solution;
    settings.rounds = 1 + i % 3;
    assert_int_equal(duro_game_solve(&solution, &g.game, &settings, NULL, NULL), DURO_OK);
    assert_true(solution->rounds <= settings.rounds);
    incomplete += !solution->complete;
    for (int32_t x = 0; x < g.game.states; x++)
      if (solution->S[x])
        assert_true(solution->V_h[x] >= 0 && g.h[x] >= 0 && stays(&g.game, solution->S, x, solution->pi[x]) &&
                    stays(&g.game, solution->S, x, solution->pi_h[x]));
    duro_game_solution_release(solution);
    unmake(&g);
  }
  assert_true(incomplete > 0);
}

static void report_stops_and_wrong_settings_are_refused(void **state) {
  (void)state;
  made g = choice_game(20, 1);
  duro_game_solution *solution = (duro_game_solution *)&g;
  duro_game_settings settings = settings_of(.9, .99);
  int64_t rounds = 0;
  assert_int_equal(duro_game_solve(&solution, &g.game, &settings, stop_at_two, &rounds), DURO_ERROR_STOPPED);
  assert_null(solution);
  assert_int_equal(rounds, 2);
  static const double wrong[][2] = {{1, .9}, {-.1, .9}, {NAN, .9}, {.9, 1}, {.9, 0}, {.9, NAN}};
  for (int i = 0; i < 6; i++) {
    settings = settings_of(wrong[i][0], wrong[i][1]);
    assert_int_equal(duro_game_solve(&solution, &g.game, &settings, NULL, NULL), DURO_ERROR_ARGUMENT);
    assert_non_null(strstr(duro_error(), i < 3 ? "game.gamma is" : "game.gamma_h is"));
  }
  g.successor[1] = 99;
  assert_int_equal(duro_game_solve(&solution, &g.game, NULL, NULL, NULL), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "successor[0][1][0] is 99"));
  uint8_t S[ROOM] = {1};
  double V[ROOM];
  g.successor[1] = 2;
  assert_int_equal(duro_game_task_value(V, &g.game, S, .9, 1e-9), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "not closed"));
  unmake(&g);
}

/* a game without rewards: the return is 0, the set as ever */
static void rewards_may_be_missing(void **state) {
  (void)state;
  made g = choice_game(20, 1);
  memset(g.reward, 0, 46 * sizeof *g.reward);
  duro_game bare = g.game;
  bare.reward = NULL;
  duro_game_solution *solution = solve(&bare, .9, .99);
  assert_solves(solution, &g.game);
  duro_game_solution_release(solution);
  unmake(&g);
}

/* an allocator that gives out `left` blocks; `live` are out */
typedef struct scarce {
  int left, live;
} scarce;

static void *scarce_allocate(size_t bytes, void *context) {
  scarce *s = context;
  if (s->left-- <= 0) return NULL;
  s->live++;
  return malloc(bytes);
}

static void scarce_release(void *memory, void *context) {
  ((scarce *)context)->live--;
  free(memory);
}

static void lack_of_memory_leaves_nothing_behind(void **state) {
  (void)state;
  made g = choice_game(20, 1);
  duro_status status = DURO_ERROR_MEMORY;
  int n;
  for (n = 0; status; n++) {
    scarce s = {.left = n};
    duro_game_solution *solution;
    duro_set_allocator(scarce_allocate, scarce_release, &s);
    status = duro_game_solve(&solution, &g.game, NULL, NULL, NULL);
    duro_game_solution_release(solution);
    duro_set_allocator(NULL, NULL, NULL);
    assert_int_equal(s.live, 0);
    assert_true(status == DURO_OK || status == DURO_ERROR_MEMORY);
    assert_true(n < 1000);
  }
  assert_true(n > 5);
  unmake(&g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_games_are_solved),
      cmocka_unit_test(constrained_optimum_is_that_of_enumeration),
      cmocka_unit_test(discount_takes_the_corridor),
      cmocka_unit_test(plain_improvement_shrinks_the_set),
      cmocka_unit_test(what_no_discount_finds_is_adopted),
      cmocka_unit_test(random_corridors_need_the_remedies),
      cmocka_unit_test(discounted_set_of_the_double_integrator_is_not_closed),
      cmocka_unit_test(set_of_the_double_integrator_is_the_polytope),
      cmocka_unit_test(a_stopped_solution_is_safe),
      cmocka_unit_test(report_stops_and_wrong_settings_are_refused),
      cmocka_unit_test(rewards_may_be_missing),
      cmocka_unit_test(lack_of_memory_leaves_nothing_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

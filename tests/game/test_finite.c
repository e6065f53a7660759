/* Values of finite games: the operators and their properties, policy against value iteration, retrograde analysis. */
#include "duro/game.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "game/finite_test.h"

#define GAMES 1500 /* of each property */
#define SMALL 24   /* states of a random game, at most */

static const duro_game_operator kinds[] = {DURO_GAME_DISCOUNTED, DURO_GAME_UNDISCOUNTED, DURO_GAME_SIGN};

static duro_game_method method_of(duro_game_operator kind, double gamma_h) {
  return (duro_game_method){.kind = kind, .gamma_h = gamma_h, .error = 1e-11, .rounds = 1000000};
}

static duro_stream stream_of(uint32_t purpose, int index) {
  return duro_stream_at(4, 100 + purpose, (uint64_t)index);
}

/* random players; which of them are fixed is drawn too */
typedef struct players {
  int32_t pi[ROOM], mu[ROOM];
  duro_game_fixed fixed;
} players;

static void draw_players(players *p, duro_stream *s, const duro_game *g) {
  for (int32_t x = 0; x < g->states; x++) {
    p->pi[x] = below(s, g->controls);
    p->mu[x] = below(s, g->disturbances);
  }
  int which = below(s, 3);
  p->fixed = (duro_game_fixed){which > 0 ? p->pi : NULL, which > 1 ? p->mu : NULL};
}

/* V^{pi,mu} undiscounted by its definition: walk n steps from each state and take the smallest h */
static double walk(const duro_game *g, const int32_t *pi, const int32_t *mu, int32_t x) {
  double low = g->h[x];
  for (int32_t t = 0; t < g->states; t++) {
    x = g->successor[at(g, x, pi[x], mu[x])];
    low = fmin(low, g->h[x]);
  }
  return low;
}

/* --- the operators ---------------------------------------------------------------------------------- */

/* |T V - T W| <= gamma_h |V - W| and V <= W gives T V <= T W ([RIS] Theorem 2), with free and with fixed players */
static void operators_contract_and_are_monotone(void **state) {
  (void)state;
  for (int i = 0; i < GAMES; i++) {
    duro_stream s = stream_of(1, i);
    made g = random_game(&s, SMALL, 4, 4);
    players p;
    draw_players(&p, &s, &g.game);
    double V[SMALL], W[SMALL], TV[SMALL], TW[SMALL], gamma_h = between(&s, .05, .999);
    bool above = i % 2;
    double distance = 0;
    for (int32_t x = 0; x < g.game.states; x++) {
      V[x] = between(&s, -2, 2);
      W[x] = above ? V[x] + between(&s, 0, 1) : between(&s, -2, 2);
      distance = fmax(distance, fabs(W[x] - V[x]));
    }
    for (int kind = 0; kind < 3; kind++) {
      duro_game_method method = method_of(kinds[kind], gamma_h);
      double factor = kinds[kind] == DURO_GAME_UNDISCOUNTED ? 1 : gamma_h;
      duro_game_sweep(TV, &g.game, &method, &p.fixed, V);
      duro_game_sweep(TW, &g.game, &method, &p.fixed, W);
      for (int32_t x = 0; x < g.game.states; x++) {
        assert_true(fabs(TW[x] - TV[x]) <= factor * distance + 1e-14); // sums of numbers below 4: a few roundings
        if (above) assert_true(TV[x] <= TW[x]);                        // rounding is monotone: no tolerance
      }
    }
    unmake(&g);
  }
}

/* the three operators written out for a game of two states */
static void operators_are_the_formulas(void **state) {
  (void)state;
  made g = make(2, 2, 2);
  const int32_t next[] = {0, 1, 1, 1, 0, 0, 0, 1};
  memcpy(g.successor, next, sizeof next);
  g.h[0] = .5;
  g.h[1] = 2;
  double V[2] = {-1, 3}, out[2];
  duro_game_method d = method_of(DURO_GAME_DISCOUNTED, .75), n = method_of(DURO_GAME_UNDISCOUNTED, 0),
                   z = method_of(DURO_GAME_SIGN, .75);
  // x = 0: max{min{-1, 3}, 3} = 3 above h; x = 1: max{-1, min{-1, 3}} = -1. All numbers are sums of powers of two.
  duro_game_sweep(out, &g.game, &d, NULL, V);
  assert_true(out[0] == .25 * .5 + .75 * .5 && out[1] == .25 * 2 + .75 * -1);
  duro_game_sweep(out, &g.game, &n, NULL, V);
  assert_true(out[0] == .5 && out[1] == -1);
  duro_game_sweep(out, &g.game, &z, NULL, V);
  assert_true(out[0] == .75 * .5 && out[1] == -.75);
  // pi = (0, 1): x = 0 min{-1, 3}; x = 1 min{-1, 3}; with mu = (1, 1) both go to state 1
  const int32_t pi[] = {0, 1}, mu[] = {1, 1};
  duro_game_fixed policy = {.pi = pi}, both = {pi, mu};
  duro_game_sweep(out, &g.game, &n, &policy, V);
  assert_true(out[0] == -1 && out[1] == -1);
  duro_game_sweep(out, &g.game, &n, &both, V);
  assert_true(out[0] == .5 && out[1] == 2);
  unmake(&g);
}

/* --- the undiscounted value ------------------------------------------------------------------------- */

/* V_h^{pi,mu} is the smallest h of the walk; V_h^pi and V_h* are the limits of value iteration; all without error,
 * since only comparisons are made */
static void value_is_exact(void **state) {
  (void)state;
  for (int i = 0; i < 2 * GAMES; i++) {
    duro_stream s = stream_of(2, i);
    made g = random_game(&s, SMALL, 4, 4);
    players p;
    draw_players(&p, &s, &g.game);
    double V[SMALL], W[SMALL];
    duro_game_method method = method_of(DURO_GAME_UNDISCOUNTED, 0);
    duro_game_info info;
    assert_int_equal(duro_game_value(V, NULL, &g.game, &p.fixed), DURO_OK);
    assert_int_equal(duro_game_value_iteration(W, &g.game, &method, &p.fixed, &info), DURO_OK);
    assert_true(info.done && info.residual == 0 && info.bound == 0);
    for (int32_t x = 0; x < g.game.states; x++) {
      assert_true(V[x] == W[x]);
      if (p.fixed.mu) assert_true(V[x] == walk(&g.game, p.pi, p.mu, x));
    }
    unmake(&g);
  }
}

/* V_h* by enumeration: max over all policies of min over all adversaries of the smallest h of the walk */
static void value_is_that_of_enumeration(void **state) {
  (void)state;
  for (int i = 0; i < 300; i++) {
    duro_stream s = stream_of(3, i);
    made g = random_game(&s, 4, 3, 2);
    const duro_game *q = &g.game;
    int32_t n = q->states, pi[4], mu[4];
    int policies = (int)pow(q->controls, n), adversaries = (int)pow(q->disturbances, n);
    double best[4] = {-INFINITY, -INFINITY, -INFINITY, -INFINITY}, V[4];
    for (int a = 0; a < policies; a++) {
      double worst[4] = {INFINITY, INFINITY, INFINITY, INFINITY};
      for (int32_t x = 0, rest = a; x < n; x++, rest /= q->controls) pi[x] = rest % q->controls;
      for (int b = 0; b < adversaries; b++) {
        for (int32_t x = 0, rest = b; x < n; x++, rest /= q->disturbances) mu[x] = rest % q->disturbances;
        for (int32_t x = 0; x < n; x++) worst[x] = fmin(worst[x], walk(q, pi, mu, x));
      }
      for (int32_t x = 0; x < n; x++) best[x] = fmax(best[x], worst[x]);
    }
    assert_int_equal(duro_game_value(V, NULL, q, NULL), DURO_OK);
    for (int32_t x = 0; x < n; x++) assert_true(V[x] == best[x]);
    unmake(&g);
  }
}

/* The worst disturbance attains the value of pi: the walk under both is as bad as the value says. The greedy one,
 * argmin_a V(f(x,pi(x),a)), is not enough: where all successors have the same value it may wait for ever. */
static void worst_disturbance_attains_the_value(void **state) {
  (void)state;
  int greedy_waits = 0;
  for (int i = 0; i < GAMES; i++) {
    duro_stream s = stream_of(4, i);
    made g = random_game(&s, SMALL, 4, 4);
    players p;
    draw_players(&p, &s, &g.game);
    duro_game_fixed fixed = {.pi = p.pi};
    double V[SMALL];
    int32_t worst[SMALL], greedy[SMALL];
    assert_int_equal(duro_game_value(V, worst, &g.game, &fixed), DURO_OK);
    for (int32_t x = 0; x < g.game.states; x++) {
      greedy[x] = 0;
      for (int32_t a = 1; a < g.game.disturbances; a++)
        if (V[g.successor[at(&g.game, x, p.pi[x], a)]] < V[g.successor[at(&g.game, x, p.pi[x], greedy[x])]])
          greedy[x] = a;
    }
    for (int32_t x = 0; x < g.game.states; x++) {
      assert_true(walk(&g.game, p.pi, worst, x) == V[x]);
      greedy_waits += walk(&g.game, p.pi, greedy, x) > V[x];
    }
    unmake(&g);
  }
  assert_true(greedy_waits > 0);
}

/* a policy that is greedy for V_h* attains it in every state, inside and outside the set */
static void greedy_policy_attains_the_value(void **state) {
  (void)state;
  for (int i = 0; i < GAMES; i++) {
    duro_stream s = stream_of(5, i);
    made g = random_game(&s, SMALL, 4, 4);
    double V[SMALL], W[SMALL];
    int32_t pi[SMALL];
    duro_game_fixed fixed = {.pi = pi};
    assert_int_equal(duro_game_value(V, NULL, &g.game, NULL), DURO_OK);
    assert_int_equal(duro_game_greedy(pi, &g.game, V), DURO_OK);
    assert_int_equal(duro_game_value(W, NULL, &g.game, &fixed), DURO_OK);
    for (int32_t x = 0; x < g.game.states; x++) assert_true(V[x] == W[x]);
    unmake(&g);
  }
}

/* --- discounted values ------------------------------------------------------------------------------ */

/* The discounted value lies above the undiscounted one and below h, falls as gamma_h rises (Prop. 1); the fixed
 * point of the sign operator has the sign of V_h. */
static void discount_is_optimistic(void **state) {
  (void)state;
  int larger = 0;
  for (int i = 0; i < GAMES; i++) {
    duro_stream s = stream_of(6, i);
    made g = random_game(&s, SMALL, 4, 4);
    players p;
    draw_players(&p, &s, &g.game);
    double V[SMALL], low[SMALL], high[SMALL], sign[SMALL];
    duro_game_method weak = method_of(DURO_GAME_DISCOUNTED, .9), strong = method_of(DURO_GAME_DISCOUNTED, .99),
                     keep = method_of(DURO_GAME_SIGN, .9);
    keep.error = 1e-30; // below .9^24 times the smallest |h| met here
    assert_int_equal(duro_game_value(V, NULL, &g.game, &p.fixed), DURO_OK);
    assert_int_equal(duro_game_value_iteration(high, &g.game, &weak, &p.fixed, NULL), DURO_OK);
    assert_int_equal(duro_game_value_iteration(low, &g.game, &strong, &p.fixed, NULL), DURO_OK);
    assert_int_equal(duro_game_value_iteration(sign, &g.game, &keep, &p.fixed, NULL), DURO_OK);
    for (int32_t x = 0; x < g.game.states; x++) {
      assert_true(V[x] <= low[x] + 1e-14 && low[x] <= high[x] + 2e-11 && high[x] <= g.h[x] + 1e-14); // 2 x error
      assert_true((sign[x] >= 0) == (V[x] >= 0));
      larger += high[x] >= 0 && V[x] < 0;
    }
    unmake(&g);
  }
  assert_true(larger > 0); // states that a discounted set takes for safe
}

/* value iteration descends: stopped on the way it lies above, says so, and is within its bound */
static void stopped_iteration_is_above(void **state) {
  (void)state;
  int stopped = 0;
  for (int i = 0; i < GAMES; i++) {
    duro_stream s = stream_of(7, i);
    made g = random_game(&s, SMALL, 4, 4);
    for (int kind = 0; kind < 3; kind++) {
      duro_game_method full = method_of(kinds[kind], .95), early = full;
      duro_game_info info;
      double V[SMALL], W[SMALL];
      early.rounds = 3;
      assert_int_equal(duro_game_value_iteration(V, &g.game, &full, NULL, &info), DURO_OK);
      assert_true(info.done && info.bound <= full.error);
      assert_int_equal(duro_game_value_iteration(W, &g.game, &early, NULL, &info), DURO_OK);
      stopped += !info.done;
      assert_true(info.done == (info.bound <= early.error));
      for (int32_t x = 0; x < g.game.states; x++) {
        assert_true(W[x] >= V[x] - 1e-14);
        assert_true(W[x] - V[x] <= info.bound + full.error);
      }
    }
    unmake(&g);
  }
  assert_true(stopped > GAMES / 10);
}

/* evaluation by the walk round the cycles equals value iteration of T^pi, and its adversary attains it */
static void evaluation_is_the_fixed_point(void **state) {
  (void)state;
  static const double discounts[] = {.5, .9, .99, .999};
  for (int i = 0; i < GAMES; i++) {
    duro_stream s = stream_of(8, i);
    made g = random_game(&s, SMALL, 4, 4);
    players p;
    draw_players(&p, &s, &g.game);
    int32_t mu[SMALL];
    duro_game_fixed policy = {.pi = p.pi}, both = {p.pi, mu};
    for (int kind = 0; kind < 3; kind += 2) {
      duro_game_method method = method_of(kinds[kind], discounts[i % 4]);
      double V[SMALL], W[SMALL], Z[SMALL];
      assert_int_equal(duro_game_evaluate(V, mu, &g.game, &method, p.pi), DURO_OK);
      assert_int_equal(duro_game_value_iteration(W, &g.game, &method, &policy, NULL), DURO_OK);
      assert_int_equal(duro_game_value_iteration(Z, &g.game, &method, &both, NULL), DURO_OK);
      for (int32_t x = 0; x < g.game.states; x++) {
        assert_true(fabs(V[x] - W[x]) <= 2 * method.error);
        assert_true(fabs(V[x] - Z[x]) <= 2 * method.error);
      }
    }
    unmake(&g);
  }
}

/* [RIS] Algorithm 1 and Theorem 3: V_k never falls, and ends at the fixed point of T, that of value iteration */
static void policy_iteration_rises_to_value_iteration(void **state) {
  (void)state;
  int improvements = 0;
  for (int i = 0; i < GAMES; i++) {
    duro_stream s = stream_of(9, i);
    made g = random_game(&s, SMALL, 4, 4);
    for (int kind = 0; kind < 3; kind += 2) {
      duro_game_method method = method_of(kinds[kind], i % 2 ? .9 : .99), one = method;
      one.rounds = 1;
      int32_t pi[SMALL] = {0};
      double V[SMALL], before[SMALL], W[SMALL];
      duro_game_info info = {0};
      for (int32_t x = 0; x < g.game.states; x++) before[x] = -INFINITY;
      for (int round = 0; !info.done; round++, improvements++) {
        assert_int_equal(duro_game_policy_iteration(V, pi, &g.game, &one, &info), DURO_OK);
        for (int32_t x = 0; x < g.game.states; x++) {
          assert_true(V[x] >= before[x] - 1e-14); // numbers below 1, at most 24 roundings of 1e-16
          before[x] = V[x];
        }
        assert_true(round < 100);
      }
      assert_true(info.bound <= 1e-11);
      assert_int_equal(duro_game_value_iteration(W, &g.game, &method, NULL, NULL), DURO_OK);
      for (int32_t x = 0; x < g.game.states; x++) assert_true(fabs(V[x] - W[x]) <= 2 * method.error);
    }
    unmake(&g);
  }
  assert_true(improvements > 3 * GAMES);
}

/* Without a discount policy iteration stalls at the first policy: its value is a fixed point of T, so that no
 * improvement is strict. From 0 and 1 control 0 walks towards the violation at 2, control 1 goes to 0 and is safe. */
static void undiscounted_policy_iteration_would_stall(void **state) {
  (void)state;
  made g = make(3, 2, 1);
  const int32_t next[] = {1, 0, 2, 0, 2, 2};
  memcpy(g.successor, next, sizeof next);
  const double h[] = {1, 1, -1};
  memcpy(g.h, h, sizeof h);
  int32_t pi[3] = {0}, better[3] = {0};
  double V[3], best[3], TV[3];
  duro_game_fixed fixed = {.pi = pi};
  duro_game_method method = method_of(DURO_GAME_UNDISCOUNTED, .99);

  // the first policy falls from 0 and 1; greedy improvement with ties kept changes nothing, and T V = V
  assert_int_equal(duro_game_value(V, NULL, &g.game, &fixed), DURO_OK);
  assert_true(V[0] == -1 && V[1] == -1);
  duro_game_sweep(TV, &g.game, &method, NULL, V);
  assert_memory_equal(V, TV, sizeof V);
  for (int32_t x = 0; x < 3; x++)
    assert_true(V[g.successor[at(&g.game, x, 1, 0)]] <= V[g.successor[at(&g.game, x, 0, 0)]]);

  // so it is refused; retrograde analysis and the discounted iteration find the loop at 0
  assert_int_equal(duro_game_policy_iteration(V, better, &g.game, &method, NULL), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "duro_game_value"));
  assert_int_equal(duro_game_value(best, NULL, &g.game, NULL), DURO_OK);
  assert_true(best[0] == 1 && best[1] == 1 && best[2] == -1);
  method.kind = DURO_GAME_DISCOUNTED;
  assert_int_equal(duro_game_policy_iteration(V, better, &g.game, &method, NULL), DURO_OK);
  fixed.pi = better;
  assert_int_equal(duro_game_value(V, NULL, &g.game, &fixed), DURO_OK);
  assert_memory_equal(V, best, sizeof V);
  unmake(&g);
}

/* The sign operator sees the end of any corridor: .9^1900 x -.1 is small, and below 0. */
static void sign_operator_sees_the_end_of_a_long_corridor(void **state) {
  (void)state;
  made g = choice_game(1900, 1);
  static double V[ROOM];
  static int32_t pi[ROOM];
  duro_game_method sign = method_of(DURO_GAME_SIGN, .9), discounted = method_of(DURO_GAME_DISCOUNTED, .9);
  duro_game_info info;
  assert_int_equal(duro_game_policy_iteration(V, pi, &g.game, &sign, &info), DURO_OK);
  assert_true(info.done && pi[0] == 1 && V[0] == 0 && V[1] == 0 && V[2] < 0);
  pi[0] = 0;
  assert_int_equal(duro_game_policy_iteration(V, pi, &g.game, &discounted, &info), DURO_OK);
  assert_true(info.done && pi[0] == 0 && V[0] > 0); // a discount does not
  unmake(&g);
}

/* --- refusals and speed ----------------------------------------------------------------------------- */

static void refuse(const duro_game *game, const char *word) {
  double V[4];
  assert_int_equal(duro_game_value(V, NULL, game, NULL), DURO_ERROR_ARGUMENT);
  if (!strstr(duro_error(), word)) fail_msg("message: %s; wanted %s", duro_error(), word);
}

static void wrong_games_are_refused(void **state) {
  (void)state;
  made g = make(2, 1, 2);
  double V[2];
  int32_t mu[2], pi[2] = {0, 1};
  duro_game wrong = g.game;
  wrong.states = 0;
  refuse(&wrong, "states is 0");
  wrong = g.game, wrong.controls = 0;
  refuse(&wrong, "controls is 0");
  wrong = g.game, wrong.disturbances = -1;
  refuse(&wrong, "disturbances is -1");
  wrong = g.game, wrong.states = wrong.controls = wrong.disturbances = INT32_MAX;
  refuse(&wrong, "too many");
  wrong = g.game, wrong.states = wrong.controls = 65536;
  refuse(&wrong, "too many");
  wrong = g.game, wrong.h = NULL;
  refuse(&wrong, "no h");
  g.successor[3] = 2;
  refuse(&g.game, "successor[1][0][1] is 2");
  g.successor[3] = -1;
  refuse(&g.game, "successor[1][0][1] is -1");
  g.successor[3] = 0;
  g.reward[2] = NAN;
  refuse(&g.game, "reward[1][0][0] is nan");
  g.reward[2] = 0;
  g.h[1] = INFINITY;
  refuse(&g.game, "h[1] is inf");
  g.h[1] = 1e101;
  refuse(&g.game, "h[1] is 1e+101");
  g.h[1] = 0;

  duro_game_fixed fixed = {.pi = pi};
  duro_game_method method = method_of(DURO_GAME_DISCOUNTED, 1);
  assert_int_equal(duro_game_value(V, NULL, &g.game, &fixed), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "pi[1] is 1"));
  assert_int_equal(duro_game_value(V, mu, &g.game, NULL), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_game_value_iteration(V, &g.game, &method, NULL, NULL), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "gamma_h is 1"));
  method.gamma_h = NAN;
  assert_int_equal(duro_game_value_iteration(V, &g.game, &method, NULL, NULL), DURO_ERROR_ARGUMENT);
  method.gamma_h = .9;
  pi[1] = 0;
  assert_int_equal(duro_game_evaluate(V, mu, &g.game, &method, pi), DURO_OK);
  unmake(&g);
}

/* time of the undiscounted value with 3 x 3 actions; two kinds of successors, near ones as a grid has and any */
static void value_takes_linear_time(void **state) {
  (void)state;
  for (int near = 1; near >= 0; near--) {
    int32_t n = 300000;
    duro_stream s = stream_of(10, near);
    made g = make(n, 3, 3);
    double *V = malloc((size_t)n * sizeof *V), *TV = malloc((size_t)n * sizeof *TV);
    assert_true(V && TV);
    for (int32_t x = 0; x < n; x++) g.h[x] = between(&s, -.01, 1);
    for (size_t i = 0; i < (size_t)n * 9; i++)
      g.successor[i] = near ? (int32_t)((i / 9 + (size_t)below(&s, 2000)) % (size_t)n) : below(&s, n);
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    assert_int_equal(duro_game_value(V, NULL, &g.game, NULL), DURO_OK);
    clock_gettime(CLOCK_MONOTONIC, &b);
    print_message("           %d states, %s successors: %.2f s\n", n, near ? "near" : "random",
                  (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec));
    duro_game_method method = method_of(DURO_GAME_UNDISCOUNTED, 0);
    duro_game_sweep(TV, &g.game, &method, NULL, V);
    assert_memory_equal(V, TV,
                        (size_t)n * sizeof *V); // a fixed point; that it is the greatest is tested on small games
    free(V);
    free(TV);
    unmake(&g);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(operators_are_the_formulas),
      cmocka_unit_test(operators_contract_and_are_monotone),
      cmocka_unit_test(value_is_exact),
      cmocka_unit_test(value_is_that_of_enumeration),
      cmocka_unit_test(worst_disturbance_attains_the_value),
      cmocka_unit_test(greedy_policy_attains_the_value),
      cmocka_unit_test(discount_is_optimistic),
      cmocka_unit_test(stopped_iteration_is_above),
      cmocka_unit_test(evaluation_is_the_fixed_point),
      cmocka_unit_test(policy_iteration_rises_to_value_iteration),
      cmocka_unit_test(undiscounted_policy_iteration_would_stall),
      cmocka_unit_test(sign_operator_sees_the_end_of_a_long_corridor),
      cmocka_unit_test(wrong_games_are_refused),
      cmocka_unit_test(value_takes_linear_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

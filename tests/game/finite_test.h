/* Games for the tests: random ones and the ones that set traps. Include after cmocka.h. */
#ifndef TESTS_GAME_FINITE_TEST_H
#define TESTS_GAME_FINITE_TEST_H

#include "duro/game.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 2048 /* states */

/* a game with its arrays */
typedef struct made {
  duro_game game;
  int32_t *successor;
  double *reward, *h;
} made;

static inline made make(int32_t n, int32_t m, int32_t k) {
  size_t transitions = (size_t)n * (size_t)m * (size_t)k;
  made g = {.successor = calloc(transitions, sizeof(int32_t)),
            .reward = calloc(transitions, sizeof(double)),
            .h = calloc((size_t)n, sizeof(double))};
  assert_true(g.successor && g.reward && g.h);
  g.game = (duro_game){n, m, k, g.successor, g.reward, g.h};
  return g;
}

static inline void unmake(made *g) {
  free(g->successor);
  free(g->reward);
  free(g->h);
}

static inline size_t at(const duro_game *g, int32_t x, int32_t u, int32_t a) {
  return (size_t)((x * g->controls + u) * g->disturbances + a);
}

static inline int32_t below(duro_stream *s, int32_t n) {
  return (int32_t)duro_stream_below(s, (uint32_t)n);
}

static inline double between(duro_stream *s, double low, double high) {
  return low + (high - low) * duro_stream_uniform(s);
}

/* Successors, rewards in [-1, 1] and h in [-.4, 1] all uniform. */
static inline made uniform_game(duro_stream *s, int32_t n, int32_t m, int32_t k) {
  made g = make(n, m, k);
  for (int32_t x = 0; x < n; x++) g.h[x] = between(s, -.4, 1);
  for (size_t i = 0; i < (size_t)(n * m * k); i++) {
    g.successor[i] = below(s, n);
    g.reward[i] = between(s, -1, 1);
  }
  return g;
}

/* Chains of states at h = 1, most of which end in a slight violation, beside loops at a small h, and branches from
 * each to any other: the games on which a discount is wrong. */
static inline made corridor_game(duro_stream *s, int32_t n, int32_t m, int32_t k) {
  made g = make(n, m, k);
  for (int32_t x = 0; x < n; x++) {
    bool chain = duro_stream_uniform(s) < .8;
    g.h[x] = chain ? 1 : between(s, -.15, .1);
    for (int32_t u = 0; u < m; u++)
      for (int32_t a = 0; a < k; a++) {
        bool jump = duro_stream_uniform(s) < .1;
        int32_t next = chain ? (x + 1) % n : x;
        g.successor[at(&g.game, x, u, a)] = jump ? below(s, n) : u ? next : chain ? next : (x + 1) % n;
        g.reward[at(&g.game, x, u, a)] = between(s, -1, 1);
      }
  }
  return g;
}

/* A game of either kind; sizes up to the given ones. */
static inline made random_game(duro_stream *s, int32_t n, int32_t m, int32_t k) {
  bool corridor = duro_stream_uniform(s) < .5;
  int32_t states = 1 + below(s, n), controls = 1 + below(s, m), disturbances = 1 + below(s, k);
  return corridor ? corridor_game(s, states, controls, disturbances) : uniform_game(s, states, controls, disturbances);
}

/* State 0 chooses between a loop at h = .05 (state 1, control `loop`) and a corridor of `length` steps at h = 1 that
 * ends at h = -.1 (the other control, which earns reward 1). */
static inline made choice_game(int32_t length, int32_t loop) {
  made g = make(length + 3, 2, 1);
  int32_t last = length + 2;
  for (int32_t x = 0; x <= last; x++) {
    g.h[x] = x == last ? -.1 : x == 1 ? .05 : 1;
    for (int32_t u = 0; u < 2; u++) {
      g.successor[at(&g.game, x, u, 0)] = x == 0 ? 1 + (u != loop) : x == 1 || x == last ? x : x + 1;
      g.reward[at(&g.game, x, u, 0)] = x == 0 && u != loop ? 1 : 0;
    }
  }
  return g;
}

#endif

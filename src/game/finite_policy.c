/* Evaluation of a policy, and policy iteration for the maximal robust invariant set, [RIS] Algorithm 1.
 *
 * Against a given mu each state has one successor, y = f(x,pi(x),mu(x)), and
 *
 *     V(x) = F_x(V(y)),   F_x(v) = min{cap, base + gamma v}
 *
 * Such functions compose to min{A, B + s v}. Around a cycle 1 - s > 0, and the fixed point is min{A, B/(1-s)}; the
 * states that lead to the cycle follow backwards. So V^{pi,mu} takes one pass, and the worst mu is found by policy
 * iteration of the adversary, which needs few. No number of sweeps depends on gamma. */
#include "game/finite.h"

#include "base/error.h"
#include "base/memory.h"

#include <float.h>
#include <math.h>
#include <string.h>

static double cap(const duro_game_evaluation *e, int32_t x) {
  if (e->purpose == DURO_GAME_SAFETY) return e->game->h[x];
  return e->purpose == DURO_GAME_SAFETY_SIGN ? e->gamma * e->game->h[x] : INFINITY;
}

/* i: the transition */
static double base(const duro_game_evaluation *e, int32_t x, size_t i) {
  if (e->purpose == DURO_GAME_SAFETY) return e->rest * e->game->h[x]; // h = (1-gamma) h + gamma h is the cap
  return e->purpose == DURO_GAME_TASK && e->game->reward ? e->game->reward[i] : 0;
}

static double apply(const duro_game_evaluation *e, int32_t x, size_t i, double next) {
  double v = base(e, x, i) + e->gamma * next, top = cap(e, x);
  return v < top ? v : top;
}

/* fixed point at path[0] of the cycle path[0] -> .. -> path[count-1] -> path[0] */
static double cycle_value(const duro_game_evaluation *e, const int32_t *pi, const int32_t *mu, const int32_t *path,
                          int32_t count) {
  double A = INFINITY, B = 0, rest = 0; // of min{A, B + (1-rest) v}
  while (count--) {
    int32_t x = path[count];
    size_t i = duro_game_at(e->game, x, pi[x], mu[x]);
    A = apply(e, x, i, A);
    B = base(e, x, i) + e->gamma * B;
    rest = e->rest + e->gamma * rest;
  }
  return B / rest < A ? B / rest : A;
}

/* V^{pi,mu}; NaN in V marks a state that is not reached yet, infinity one on the present path */
static void evaluate_pair(double *V, const duro_game_evaluation *e, const int32_t *pi, const int32_t *mu,
                          int32_t *path) {
  int32_t n = e->game->states;
  for (int32_t x = 0; x < n; x++) V[x] = NAN;
  for (int32_t begin = 0; begin < n; begin++) {
    int32_t length = 0, x = begin;
    for (; isnan(V[x]); x = e->game->successor[duro_game_at(e->game, x, pi[x], mu[x])]) {
      V[x] = INFINITY;
      path[length++] = x;
    }
    if (isinf(V[x])) { // the path has met itself
      int32_t head = length - 1;
      while (path[head] != x) head--;
      V[x] = cycle_value(e, pi, mu, path + head, length - head);
    }
    while (length--) {
      int32_t y = path[length];
      size_t i = duro_game_at(e->game, y, pi[y], mu[y]);
      if (isinf(V[y])) V[y] = apply(e, y, i, V[e->game->successor[i]]);
    }
  }
}

/* Along a path each step rounds once, and min{n, 1/(1-gamma)} steps count. Without a sum, rounding is monotone and
 * equal values stay equal. */
double duro_game_tie(const double *V, const duro_game_evaluation *e) {
  if (e->purpose == DURO_GAME_SAFETY_SIGN) return 0;
  double largest = 0, steps = e->game->states;
  for (int32_t x = 0; x < e->game->states; x++) largest = fabs(V[x]) > largest ? fabs(V[x]) : largest;
  if (steps > 1 / e->rest) steps = 1 / e->rest;
  return 2 * DBL_EPSILON * largest * steps;
}

/* mu(x) = argmin_a [base + gamma V(f(x,pi(x),a))], ties keep the present one; whether it changed */
static bool worsen(int32_t *mu, const duro_game_evaluation *e, const int32_t *pi, const double *V) {
  double tie = duro_game_tie(V, e);
  bool changed = false;
  for (int32_t x = 0; x < e->game->states; x++) {
    size_t first = duro_game_at(e->game, x, pi[x], 0);
    const int32_t *next = e->game->successor + first;
    double low = base(e, x, first + (size_t)mu[x]) + e->gamma * V[next[mu[x]]] - tie;
    for (int32_t a = 0; a < e->game->disturbances; a++) {
      double v = base(e, x, first + (size_t)a) + e->gamma * V[next[a]];
      if (v >= low) continue;
      low = v;
      mu[x] = a;
      changed = true;
    }
  }
  return changed;
}

void duro_game_evaluate_policy(double *V, int32_t *mu, const duro_game_evaluation *e, const int32_t *pi,
                               int32_t *path) {
  do evaluate_pair(V, e, pi, mu, path);
  while (worsen(mu, e, pi, V));
}

int32_t duro_game_improve(int32_t *pi, const duro_game *game, const double *V, double tie) {
  int32_t changed = 0;
  for (int32_t x = 0; x < game->states; x++) {
    int32_t best = pi[x];
    double high = -INFINITY;
    for (int32_t i = -1; i < game->controls; i++) {
      int32_t u = i < 0 ? pi[x] : i; // the present one first
      const int32_t *next = game->successor + duro_game_at(game, x, u, 0);
      double worst = INFINITY;
      for (int32_t a = 0; a < game->disturbances; a++) worst = V[next[a]] < worst ? V[next[a]] : worst;
      if (worst <= high) continue;
      best = u;
      high = i < 0 ? worst + tie : worst;
    }
    changed += best != pi[x];
    pi[x] = best;
  }
  return changed;
}

static duro_game_evaluation evaluation_of(const duro_game *game, const duro_game_method *method) {
  return (duro_game_evaluation){
      .game = game,
      .purpose = method->kind == DURO_GAME_SIGN ? DURO_GAME_SAFETY_SIGN : DURO_GAME_SAFETY,
      .gamma = method->gamma_h,
      .rest = 1 - method->gamma_h,
  };
}

duro_status duro_game_evaluate(double *V, int32_t *mu, const duro_game *game, const duro_game_method *method,
                               const int32_t *pi) {
  duro_status status = duro_game_check(game);
  if (!status) status = duro_game_check_contraction(method);
  if (!status) status = duro_game_check_policy(game, pi);
  if (status) return status;

  size_t bytes = (size_t)game->states * sizeof *mu;
  int32_t *path = duro_allocate(bytes), *own = duro_allocate(bytes);
  if (path && own) {
    duro_game_evaluation e = evaluation_of(game, method);
    duro_game_evaluate_policy(V, own, &e, pi, path);
    if (mu) memcpy(mu, own, bytes);
  }
  status = path && own ? DURO_OK : DURO_ERROR_MEMORY;
  duro_release(path);
  duro_release(own);
  return status;
}

typedef struct work {
  double *TV;
  int32_t *mu, *path;
} work;

static void layout(work *w, duro_arena *arena, int32_t states) {
  size_t n = (size_t)states;
  w->TV = duro_arena_take(arena, n * sizeof *w->TV);
  w->mu = duro_arena_take(arena, n * sizeof *w->mu);
  w->path = duro_arena_take(arena, n * sizeof *w->path);
}

duro_status duro_game_policy_iteration(double *V, int32_t *pi, const duro_game *game, const duro_game_method *method,
                                       duro_game_info *info) {
  duro_status status = duro_game_check(game);
  if (!status) status = duro_game_check_contraction(method);
  if (!status) status = duro_game_check_policy(game, pi);
  if (status) return status;
  work w;
  duro_arena arena = {0};
  layout(&w, &arena, game->states);
  if (duro_arena_allocate(&arena)) return DURO_ERROR_MEMORY;
  layout(&w, &arena, game->states);

  duro_game_evaluation e = evaluation_of(game, method);
  duro_game_info now = {0};
  duro_game_evaluate_policy(V, w.mu, &e, pi, w.path); // V_k = T^{pi_k} V_k
  while (!now.done && now.rounds < method->rounds) {
    now.done = !duro_game_improve(pi, game, V, duro_game_tie(V, &e));
    now.rounds++;
    if (!now.done) duro_game_evaluate_policy(V, w.mu, &e, pi, w.path);
  }
  now.residual = duro_game_residual(w.TV, game, method, NULL, V);
  now.bound = now.residual / e.rest;
  duro_arena_release(&arena);
  if (info) *info = now;
  return DURO_OK;
}

/* Finite games: checks, the operators of [RIS] eq. (13)-(18), value iteration. */
#include "game/finite.h"

#include "base/error.h"
#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#define DURO_SETTINGS_OF duro_game_settings
static const duro_setting rows[] = {DURO_GAME_SETTINGS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

duro_settings_group duro_game_settings_group(duro_game_settings *values) {
  return (duro_settings_group){"game", rows, sizeof rows / sizeof *rows, values};
}

duro_status duro_game_check_sizes(const char *what, int64_t states, int64_t controls, int64_t disturbances) {
  const int64_t sizes[] = {states, controls, disturbances};
  const char *const names[] = {"states", "controls", "disturbances"};
  int64_t room = INT32_MAX; // transitions that may still be
  for (int i = 0; i < 3; i++) {
    if (sizes[i] < 1)
      return duro_fail(DURO_ERROR_ARGUMENT, "%s: %s is %" PRId64 "; wanted 1 or more", what, names[i], sizes[i]);
    room /= sizes[i];
  }
  if (!room)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "%s: %" PRId64 " states x %" PRId64 " controls x %" PRId64
                     " disturbances are too many; wanted at most 2147483647 transitions",
                     what, states, controls, disturbances);
  return DURO_OK;
}

static duro_status fail_at(const duro_game *game, size_t i, const char *array, double value, const char *wanted) {
  size_t k = (size_t)game->disturbances, m = (size_t)game->controls;
  return duro_fail(DURO_ERROR_ARGUMENT, "%s[%zu][%zu][%zu] is %.10g; wanted %s", array, i / k / m, i / k % m, i % k,
                   value, wanted);
}

duro_status duro_game_check(const duro_game *game) {
  duro_status status = duro_game_check_sizes("game", game->states, game->controls, game->disturbances);
  if (status) return status;
  if (!game->successor || !game->h) return duro_fail(DURO_ERROR_ARGUMENT, "game has no successor or no h");

  size_t transitions = duro_game_at(game, game->states, 0, 0);
  for (size_t i = 0; i < transitions; i++)
    if (game->successor[i] < 0 || game->successor[i] >= game->states)
      return fail_at(game, i, "successor", game->successor[i], "a state, 0 .. states - 1");
  for (size_t i = 0; game->reward && i < transitions; i++)
    if (!(fabs(game->reward[i]) <= DURO_GAME_LARGEST))
      return fail_at(game, i, "reward", game->reward[i], "a number of at most 1e100 in size");
  for (int32_t x = 0; x < game->states; x++)
    if (!(fabs(game->h[x]) <= DURO_GAME_LARGEST))
      return duro_fail(DURO_ERROR_ARGUMENT, "h[%d] is %g; wanted a number of at most 1e100 in size", x, game->h[x]);
  return DURO_OK;
}

static duro_status check_moves(const int32_t *moves, int32_t states, int32_t count, const char *name) {
  for (int32_t x = 0; moves && x < states; x++)
    if (moves[x] < 0 || moves[x] >= count)
      return duro_fail(DURO_ERROR_ARGUMENT, "%s[%d] is %d; wanted 0 .. %d", name, x, moves[x], count - 1);
  return DURO_OK;
}

duro_status duro_game_check_policy(const duro_game *game, const int32_t *pi) {
  return check_moves(pi, game->states, game->controls, "pi");
}

static duro_status check_fixed(const duro_game *game, const duro_game_fixed *fixed) {
  duro_status status = duro_game_check(game);
  if (!status && fixed) status = duro_game_check_policy(game, fixed->pi);
  if (!status && fixed) status = check_moves(fixed->mu, game->states, game->disturbances, "mu");
  return status;
}

duro_status duro_game_check_contraction(const duro_game_method *method) {
  if (!(method->gamma_h > 0 && method->gamma_h < 1))
    return duro_fail(DURO_ERROR_ARGUMENT, "gamma_h is %g; wanted 0 < gamma_h < 1", method->gamma_h);
  if (method->kind == DURO_GAME_UNDISCOUNTED)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "policy iteration stalls without a discount; wanted a discounted operator, or "
                     "duro_game_value for the undiscounted value");
  return DURO_OK;
}

/* max_u min_a V(f(x,u,a)) over the moves that are not fixed */
static double best_next(const duro_game *game, const duro_game_fixed *fixed, const double *V, int32_t x) {
  int32_t u0 = 0, u1 = game->controls, a0 = 0, a1 = game->disturbances;
  if (fixed && fixed->pi) u1 = (u0 = fixed->pi[x]) + 1;
  if (fixed && fixed->mu) a1 = (a0 = fixed->mu[x]) + 1;
  double best = -INFINITY;
  for (int32_t u = u0; u < u1; u++) {
    const int32_t *next = game->successor + duro_game_at(game, x, u, 0);
    double worst = INFINITY;
    for (int32_t a = a0; a < a1; a++) worst = V[next[a]] < worst ? V[next[a]] : worst;
    best = worst > best ? worst : best;
  }
  return best;
}

void duro_game_sweep(double *out, const duro_game *game, const duro_game_method *method, const duro_game_fixed *fixed,
                     const double *V) {
  double gamma_h = method->gamma_h;
  for (int32_t x = 0; x < game->states; x++) {
    double h = game->h[x], next = best_next(game, fixed, V, x);
    double low = next < h ? next : h;
    switch (method->kind) {
    case DURO_GAME_DISCOUNTED:
      out[x] = (1 - gamma_h) * h + gamma_h * low; // [RIS] eq. (16)-(18)
      break;
    case DURO_GAME_UNDISCOUNTED:
      out[x] = low; // [RIS] eq. (13)-(15)
      break;
    case DURO_GAME_SIGN:
      out[x] = gamma_h * low;
      break;
    }
  }
}

double duro_game_residual(double *out, const duro_game *game, const duro_game_method *method,
                          const duro_game_fixed *fixed, const double *V) {
  duro_game_sweep(out, game, method, fixed, V);
  double residual = 0;
  for (int32_t x = 0; x < game->states; x++) {
    double change = fabs(out[x] - V[x]);
    residual = change > residual ? change : residual;
  }
  return residual;
}

/* where the descent begins: at or above the fixed point, and T V <= V */
static void start(double *V, const duro_game *game, const duro_game_method *method) {
  for (int32_t x = 0; x < game->states; x++)
    V[x] = method->kind == DURO_GAME_SIGN ? method->gamma_h * game->h[x] : game->h[x];
}

/* The distance of T V to the fixed point is gamma_h/(1-gamma_h) times the last change; without a discount it is
 * known only when nothing changes any more. */
static double bound_of(const duro_game_method *method, double residual) {
  if (method->kind != DURO_GAME_UNDISCOUNTED) return residual * (method->gamma_h / (1 - method->gamma_h));
  return residual > 0 ? INFINITY : 0;
}

duro_status duro_game_value_iteration(double *V, const duro_game *game, const duro_game_method *method,
                                      const duro_game_fixed *fixed, duro_game_info *info) {
  duro_status status = check_fixed(game, fixed);
  if (status) return status;
  if (method->kind != DURO_GAME_UNDISCOUNTED && !(method->gamma_h > 0 && method->gamma_h < 1))
    return duro_fail(DURO_ERROR_ARGUMENT, "gamma_h is %g; wanted 0 < gamma_h < 1", method->gamma_h);
  size_t bytes = (size_t)game->states * sizeof *V;
  double *next = duro_allocate(bytes);
  if (!next) return DURO_ERROR_MEMORY;

  duro_game_info now = {.residual = INFINITY, .bound = INFINITY};
  start(V, game, method);
  while (!now.done && now.rounds < method->rounds) {
    now.residual = duro_game_residual(next, game, method, fixed, V);
    now.bound = bound_of(method, now.residual);
    now.done = now.bound <= method->error;
    now.rounds++;
    memcpy(V, next, bytes);
  }
  duro_release(next);
  if (info) *info = now;
  return DURO_OK;
}

duro_status duro_game_value(double *V, int32_t *worst, const duro_game *game, const duro_game_fixed *fixed) {
  duro_status status = check_fixed(game, fixed);
  if (status) return status;
  if (worst && !(fixed && fixed->pi))
    return duro_fail(DURO_ERROR_ARGUMENT, "a worst disturbance belongs to a policy; wanted fixed->pi");
  int32_t *order = duro_allocate((size_t)game->states * sizeof *order);
  if (!order) return DURO_ERROR_MEMORY;
  status = duro_game_order(order, game);
  if (!status) status = duro_game_retrograde(V, worst, game, fixed, order);
  duro_release(order);
  return status;
}

duro_status duro_game_greedy(int32_t *pi, const duro_game *game, const double *V) {
  duro_status status = duro_game_check(game);
  if (status) return status;
  memset(pi, 0, (size_t)game->states * sizeof *pi);
  duro_game_improve(pi, game, V, 0);
  return DURO_OK;
}

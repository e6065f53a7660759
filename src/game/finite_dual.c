/* Dual policy iteration, [DRAC]: the safety policy finds the robust invariant set, the task policy earns reward in it.
 *
 * Three things go beyond the paper, and each is needed (docs/games.md, tests/game/test_finite_dual.c):
 * - membership and admissible controls are decided by undiscounted values, because a discounted set is not closed;
 * - S_{k+1} = S_k united with S(pi_h^{k+1}), each state with the policy that proved it, because an improvement of the
 *   discounted value can lose safe states;
 * - at the end the result is compared with the undiscounted maximum; while S is smaller, gamma_h is raised.
 * The union is made at every level of V_h, not at 0 only: the safety policy takes in each state the control of the
 * policy with the largest undiscounted value so far, W. Whatever the disturbance, the next state has W no smaller, so
 * W is a value that this policy guarantees. S = {W >= 0}; outside S it gives the least violation. */
#include "game/finite.h"

#include "base/error.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

#define RAISE .1      /* 1 - gamma_h is multiplied by it */
#define SMALLEST 1e-9 /* 1 - gamma_h; below it rounding decides */

typedef struct dual {
  const duro_game *game;
  unsigned without;
  duro_game_evaluation safety, task;
  int32_t *order;          // (n) by h
  double *maximum;         // (n) V_h*, undiscounted
  double *V_discounted;    // (n) discounted value of policy
  double *V_policy;        // (n) undiscounted value of policy
  int32_t *policy;         // (n) pi_h^k, which the discounted value improves
  int32_t *adversary;      // (n) its worst mu_h, discounted
  int32_t *path;           // (n)
  duro_game_solution *out; // pi_h and V_h in it: the safety policy of the union, and W
} dual;

static void layout(dual *d, duro_arena *arena) {
  size_t n = (size_t)d->game->states;
  d->maximum = duro_arena_take(arena, n * sizeof *d->maximum);
  d->V_discounted = duro_arena_take(arena, n * sizeof *d->V_discounted);
  d->V_policy = duro_arena_take(arena, n * sizeof *d->V_policy);
  d->order = duro_arena_take(arena, n * sizeof *d->order);
  d->policy = duro_arena_take(arena, n * sizeof *d->policy);
  d->adversary = duro_arena_take(arena, n * sizeof *d->adversary);
  d->path = duro_arena_take(arena, n * sizeof *d->path);
}

/* Unites S_k with the set of `policy`, whose undiscounted value is `value`; states new to S take the safe control.
 * Returns the number of states that joined or left S. */
static int32_t unite(dual *d, const int32_t *policy, const double *value) {
  duro_game_solution *out = d->out;
  int32_t changed = 0;
  out->safe = 0;
  for (int32_t x = 0; x < out->states; x++) {
    if (value[x] > out->V_h[x] || d->without & DURO_GAME_WITHOUT_UNION) {
      out->V_h[x] = value[x];
      out->pi_h[x] = policy[x];
    }
    uint8_t inside = out->V_h[x] >= 0;
    if (!out->S[x] || !inside) out->pi[x] = out->pi_h[x];
    changed += inside != out->S[x];
    out->S[x] = inside;
    out->safe += inside;
  }
  return changed;
}

/* min_a [r + gamma V(f(x,u,a))], -infinity when a successor may be outside S, that is for u not in U(x) */
static double worst_return(const duro_game *game, const uint8_t *S, double gamma, const double *V, int32_t x,
                           int32_t u) {
  size_t first = duro_game_at(game, x, u, 0), last = first + (size_t)game->disturbances;
  double worst = INFINITY;
  for (size_t i = first; i < last; i++) {
    int32_t next = game->successor[i];
    if (!S[next]) return -INFINITY;
    double v = (game->reward ? game->reward[i] : 0) + gamma * V[next];
    worst = v < worst ? v : worst;
  }
  return worst;
}

/* In S: pi(x) = argmax_{u in U(x)} min_a [r + gamma V'], ties keep the present one. Returns the number of changes. */
static int32_t improve_task(dual *d) {
  duro_game_solution *out = d->out;
  double tie = duro_game_tie(out->V, &d->task);
  int32_t changed = 0;
  for (int32_t x = 0; x < out->states; x++) {
    if (!out->S[x]) continue;
    int32_t before = out->pi[x];
    double high = worst_return(d->game, out->S, d->task.gamma, out->V, x, before) + tie;
    for (int32_t u = 0; u < d->game->controls; u++) {
      double v = worst_return(d->game, out->S, d->task.gamma, out->V, x, u);
      if (v <= high) continue;
      high = v;
      out->pi[x] = u;
    }
    changed += out->pi[x] != before;
  }
  return changed;
}

/* undiscounted value of the improved safety policy */
static duro_status judge(dual *d) {
  duro_game_fixed fixed = {.pi = d->policy};
  if (!(d->without & DURO_GAME_WITHOUT_UNDISCOUNTED))
    return duro_game_retrograde(d->V_policy, NULL, d->game, &fixed, d->order);
  duro_game_evaluate_policy(d->V_policy, d->adversary, &d->safety, d->policy, d->path);
  return DURO_OK;
}

/* one round; `now` tells what changed */
static duro_status make_round(dual *d, duro_game_progress *now) {
  duro_game_solution *out = d->out;

  // 1, 2: safety evaluation and improvement, [RIS] eq. (17); union with the set of the new policy
  duro_game_evaluate_policy(d->V_discounted, d->adversary, &d->safety, d->policy, d->path);
  now->changed_pi_h =
      duro_game_improve(d->policy, d->game, d->V_discounted, duro_game_tie(d->V_discounted, &d->safety));
  duro_status status = judge(d);
  if (status) return status;
  int32_t moved = unite(d, d->policy, d->V_policy);

  // 3, 4: task evaluation and improvement inside S
  duro_game_evaluate_policy(out->V, out->mu, &d->task, out->pi, d->path);
  now->changed_pi = improve_task(d) + moved;

  now->round = ++out->rounds;
  now->gamma_h = d->safety.gamma;
  now->safe = out->safe;
  return DURO_OK;
}

/* States in which V_h falls short of the maximum; `lost` of them belong to the maximal set and are not in S. */
static int32_t count_short(const dual *d, int32_t *lost) {
  int32_t count = 0;
  *lost = 0;
  if (d->without & DURO_GAME_WITHOUT_COMPARISON) return 0;
  for (int32_t x = 0; x < d->game->states; x++) {
    count += d->out->V_h[x] < d->maximum[x];
    *lost += !d->out->S[x] && d->maximum[x] >= 0;
  }
  return count;
}

/* Nothing changes any more: is it the maximum? If S is too small gamma_h is raised. If it is not, or no discount is
 * left, a safest policy of the undiscounted maximum joins the union. */
static duro_status compare(dual *d, bool *complete) {
  int32_t lost, short_of = count_short(d, &lost);
  *complete = !short_of;
  if (lost && d->safety.rest * RAISE >= SMALLEST) {
    d->safety.rest *= RAISE;
    d->safety.gamma = 1 - d->safety.rest;
  } else if (short_of) {
    duro_status status = duro_game_greedy(d->path, d->game, d->maximum);
    if (status) return status;
    unite(d, d->path, d->maximum);
    d->out->adopted = short_of;
  }
  return DURO_OK;
}

static duro_status iterate(dual *d, int64_t rounds, duro_game_report report, void *context) {
  duro_game_solution *out = d->out;
  duro_game_progress now = {.S = out->S, .V = out->V, .V_discounted = d->V_discounted};
  for (int32_t x = 0; x < out->states; x++) out->V_h[x] = -INFINITY;
  duro_status status = judge(d);
  if (!status) unite(d, d->policy, d->V_policy);
  while (!status && !out->complete && out->rounds < rounds) {
    status = make_round(d, &now);
    if (!status && report) status = report(&now, context);
    if (!status && !now.changed_pi && !now.changed_pi_h) status = compare(d, &out->complete);
  }
  return status;
}

/* worst disturbances and errors of the policies that are returned */
static duro_status finish(dual *d) {
  duro_game_solution *out = d->out;
  out->gamma_h = d->safety.gamma;
  duro_game_evaluate_policy(out->V, out->mu, &d->task, out->pi, d->path);
  for (int32_t x = 0; x < out->states; x++) {
    double best = -INFINITY;
    for (int32_t u = 0; out->S[x] && u < d->game->controls; u++)
      best = fmax(best, worst_return(d->game, out->S, d->task.gamma, out->V, x, u));
    if (out->S[x]) out->residual = fmax(out->residual, fabs(best - out->V[x]));
  }
  out->bound = out->residual / d->task.rest;
  duro_game_fixed fixed = {.pi = out->pi_h};
  return duro_game_retrograde(out->V_h, out->mu_h, d->game, &fixed, d->order);
}

static duro_status solve(dual *d, int64_t rounds, duro_game_report report, void *context) {
  duro_arena arena = {0};
  layout(d, &arena);
  if (duro_arena_allocate(&arena)) return DURO_ERROR_MEMORY;
  layout(d, &arena);
  duro_status status = duro_game_order(d->order, d->game);
  if (!status) status = duro_game_retrograde(d->maximum, NULL, d->game, NULL, d->order);
  if (!status) status = iterate(d, rounds, report, context);
  if (!status) status = finish(d);
  duro_arena_release(&arena);
  return status;
}

static void solution_layout(duro_game_solution **solution, duro_arena *arena, int32_t states) {
  size_t n = (size_t)states;
  duro_game_solution *s = duro_arena_take(arena, sizeof *s), parts;
  parts.V = duro_arena_take(arena, n * sizeof *parts.V);
  parts.V_h = duro_arena_take(arena, n * sizeof *parts.V_h);
  parts.pi = duro_arena_take(arena, n * sizeof *parts.pi);
  parts.mu = duro_arena_take(arena, n * sizeof *parts.mu);
  parts.pi_h = duro_arena_take(arena, n * sizeof *parts.pi_h);
  parts.mu_h = duro_arena_take(arena, n * sizeof *parts.mu_h);
  parts.S = duro_arena_take(arena, n);
  if (s)
    *s = (duro_game_solution){.states = states,
                              .S = parts.S,
                              .pi = parts.pi,
                              .mu = parts.mu,
                              .pi_h = parts.pi_h,
                              .mu_h = parts.mu_h,
                              .V = parts.V,
                              .V_h = parts.V_h};
  *solution = s;
}

duro_status duro_game_solution_create(duro_game_solution **solution, int32_t states) {
  duro_arena arena = {0};
  solution_layout(solution, &arena, states);
  if (duro_arena_allocate(&arena)) return DURO_ERROR_MEMORY;
  solution_layout(solution, &arena, states);
  return DURO_OK;
}

void duro_game_solution_release(duro_game_solution *solution) {
  duro_release(solution); // the first piece of its block
}

duro_status duro_game_solve_without(duro_game_solution **solution, const duro_game *game,
                                    const duro_game_settings *settings, unsigned without, duro_game_report report,
                                    void *context) {
  *solution = NULL;
  duro_game_settings own;
  duro_settings_group group = duro_game_settings_group(&own);
  duro_settings_default(&group);
  if (settings) own = *settings;
  duro_status status = duro_game_check(game);
  if (!status) status = duro_settings_check(&group);
  if (status) return status;

  dual d = {.game = game, .without = without};
  d.safety = (duro_game_evaluation){game, DURO_GAME_SAFETY, own.gamma_h, 1 - own.gamma_h};
  d.task = (duro_game_evaluation){game, DURO_GAME_TASK, own.gamma, 1 - own.gamma};
  status = duro_game_solution_create(&d.out, game->states);
  if (status) return status;
  d.out->gamma = own.gamma;
  status = solve(&d, own.rounds, report, context);
  if (status)
    duro_game_solution_release(d.out);
  else
    *solution = d.out;
  return status;
}

duro_status duro_game_solve(duro_game_solution **solution, const duro_game *game, const duro_game_settings *settings,
                            duro_game_report report, void *context) {
  return duro_game_solve_without(solution, game, settings, 0, report, context);
}

/* V <- max_{u in U(x)} min_a [r + gamma V'] in S; the largest change, infinity when some U(x) is empty */
static double task_sweep(double *out, const duro_game *game, const uint8_t *S, double gamma, const double *V) {
  double change = 0;
  for (int32_t x = 0; x < game->states; x++) {
    if (!S[x]) continue;
    out[x] = -INFINITY;
    for (int32_t u = 0; u < game->controls; u++) out[x] = fmax(out[x], worst_return(game, S, gamma, V, x, u));
    change = fmax(change, fabs(out[x] - V[x]));
  }
  return change;
}

duro_status duro_game_task_value(double *V, const duro_game *game, const uint8_t *S, double gamma, double error) {
  duro_status status = duro_game_check(game);
  if (status) return status;
  if (!(gamma >= 0 && gamma < 1)) return duro_fail(DURO_ERROR_ARGUMENT, "gamma is %g; wanted 0 <= gamma < 1", gamma);
  if (!(error > 0)) return duro_fail(DURO_ERROR_ARGUMENT, "error is %g; wanted more than 0", error);
  size_t bytes = (size_t)game->states * sizeof *V;
  double *next = duro_allocate(bytes);
  if (!next) return DURO_ERROR_MEMORY;

  // after t sweeps the distance is at most gamma^t/(1-gamma) times the first change
  for (int32_t x = 0; x < game->states; x++) V[x] = next[x] = S[x] ? 0 : NAN;
  double distance = task_sweep(next, game, S, gamma, V) / (1 - gamma);
  if (isinf(distance))
    status = duro_fail(DURO_ERROR_ARGUMENT, "the set is not closed: a state has no control that stays in it");
  for (; !status && distance > error; distance *= gamma) {
    memcpy(V, next, bytes);
    task_sweep(next, game, S, gamma, V);
  }
  if (!status) memcpy(V, next, bytes);
  duro_release(next);
  return status;
}

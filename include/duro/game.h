/**
 * @file game.h
 * @brief Finite games: safety values, maximal robust invariant sets, dual policy iteration. docs/games.md is the guide.
 *
 * In state x the protagonist plays control u, the adversary, who sees u, plays disturbance a, and the game goes to
 * f(x,u,a). x is safe now iff h(x) >= 0. The safety value of a policy pi against mu is the smallest h on the way,
 *
 *     V_h^{pi,mu}(x) = min_t h(x_t),  V_h^pi = min_mu V_h^{pi,mu},  V_h* = max_pi V_h^pi     [RIS] eq. (8)-(10)
 *
 * and S* = {V_h* >= 0} is the maximal robust invariant set, eq. (12). Policies are tables of controls, pi (n), and
 * adversaries tables of disturbances, mu (n).
 */
#ifndef DURO_GAME_H
#define DURO_GAME_H

#include "duro/base.h"
#include "duro/settings.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A finite game; a view, it never owns its arrays. At most 2^31 - 1 transitions, n m k. */
typedef struct duro_game {
  int32_t states, controls, disturbances; /**< n, m, k, each at least 1 */
  const int32_t *successor;               /**< f, (n x m x k), 0 .. n-1 */
  const double *reward;                   /**< r, (n x m x k), at most 1e100 in size; NULL: 0 everywhere */
  const double *h;                        /**< constraint function, (n), at most 1e100 in size */
} duro_game;

/** Fails on impossible sizes, a successor that is no state, and h or rewards that are not finite; names the place.
 * Every function below but duro_game_sweep calls it. */
duro_status duro_game_check(const duro_game *game);

/** The operators on safety values, x' = f(x,u,a). Without pi: max over u; without mu: min over a. */
typedef enum duro_game_operator {
  DURO_GAME_DISCOUNTED, /**< (1-gamma_h) h(x) + gamma_h min{h(x), V(x')}, [RIS] eq. (16)-(18): a contraction; its fixed
                             point lies above V_h, its set contains the true one and is in general not closed */
  DURO_GAME_UNDISCOUNTED, /**< min{h(x), V(x')}, [RIS] eq. (13)-(15): many fixed points, of which V_h is the greatest */
  DURO_GAME_SIGN          /**< gamma_h min{h(x), V(x')}: a contraction whose fixed point has the sign of V_h */
} duro_game_operator;

/** What is iterated, and when it stops. */
typedef struct duro_game_method {
  duro_game_operator kind;
  double gamma_h; /**< 0 < gamma_h < 1; not read by the undiscounted operator */
  double error;   /**< value iteration stops when its bound is no larger */
  int64_t rounds; /**< stop after so many sweeps, or improvements, in any case */
} duro_game_method;

/** Players whose moves are given; NULL: the free, best one. */
typedef struct duro_game_fixed {
  const int32_t *pi, *mu; /**< (n) or NULL */
} duro_game_fixed;

/** How an iteration ended. */
typedef struct duro_game_info {
  int64_t rounds;  /**< sweeps or improvements made */
  double residual; /**< largest |T V - V|: of the last sweep of value iteration, at the V of policy iteration */
  double bound;    /**< largest distance to the answer; infinite where none is known */
  bool done;       /**< false: stopped by `rounds`. A value stopped on the way lies above the answer (value iteration)
                        or belongs to a policy that can still be improved (policy iteration) */
} duro_game_info;

/** out = T V, T^pi V or T^{pi,mu} V. Arrays (n), not the same; `fixed` may be NULL. The game is not checked. */
void duro_game_sweep(double *out, const duro_game *game, const duro_game_method *method, const duro_game_fixed *fixed,
                     const double *V);

/** Value iteration from V = h downwards (sign: from gamma_h h): every iterate lies above the fixed point that it ends
 * in, which for the undiscounted operator is V_h, reached exactly. V (n). `info` may be NULL. */
duro_status duro_game_value_iteration(double *V, const duro_game *game, const duro_game_method *method,
                                      const duro_game_fixed *fixed, duro_game_info *info);

/** Fixed point of T^pi and its worst adversary mu (n), by policy iteration of the adversary: exact but for rounding.
 * `mu` may be NULL. Fails for the undiscounted operator: duro_game_value. */
duro_status duro_game_evaluate(double *V, int32_t *mu, const duro_game *game, const duro_game_method *method,
                               const int32_t *pi);

/** Policy iteration, [RIS] Algorithm 1, from the given pi (n); V (n) is the value of the last policy, not improved
 * any more when info->done. Ties keep the present control. Fails for the undiscounted operator, with which it would
 * stall at the first policy: duro_game_value. */
duro_status duro_game_policy_iteration(double *V, int32_t *pi, const duro_game *game, const duro_game_method *method,
                                       duro_game_info *info);

/** The undiscounted V_h*, V_h^pi, V_h^{pi,mu} (`fixed`; NULL: V_h*), exactly, in time linear in the transitions after
 * sorting h. V (n). `worst` (n) or NULL: with a fixed pi, an adversary that attains V against it; else it must be NULL.
 */
duro_status duro_game_value(double *V, int32_t *worst, const duro_game *game, const duro_game_fixed *fixed);

/** pi(x) = argmax_u min_a V(f(x,u,a)), the first of equals. With the undiscounted V_h* it is a safest policy. */
duro_status duro_game_greedy(int32_t *pi, const duro_game *game, const double *V);

/** The game settings: X(KIND, field, default, low, high, choices, unit, sentence). */
// clang-format off
#define DURO_GAME_SETTINGS(X)                                                                                          \
  X(REAL, gamma, .99, 0, .999999, NULL, "", "Discount of the reward.")                                                 \
  X(REAL, gamma_h, .99, .01, .999999, NULL, "", "Discount of the safety value at first; raised until the set is the maximal one.") \
  X(INT, rounds, 100000, 1, 1e9, NULL, "rounds", "Stop after so many rounds in any case.")
// clang-format on

typedef struct duro_game_settings {
  DURO_GAME_SETTINGS(DURO_SETTINGS_FIELD)
} duro_game_settings;
/** The rows of duro_game_settings, prefix "game". */
duro_settings_group duro_game_settings_group(duro_game_settings *values);

/** Answer of dual policy iteration. One block; arrays (n). */
typedef struct duro_game_solution {
  int32_t states;
  uint8_t *S;            /**< 1 inside the robust invariant set */
  int32_t *pi;           /**< task policy; outside S it is pi_h */
  int32_t *mu;           /**< worst disturbance for the return against pi */
  int32_t *pi_h;         /**< safety policy: its V_h is the largest there is, in every state */
  int32_t *mu_h;         /**< worst disturbance for safety against pi_h */
  double *V;             /**< discounted return of pi against mu, the constrained optimum in S */
  double *V_h;           /**< undiscounted safety value of pi_h; with `complete` it is V_h* */
  double gamma, gamma_h; /**< discounts; gamma_h as raised in the end */
  int64_t rounds;
  int32_t safe;    /**< states in S */
  int32_t adopted; /**< states with a safety control from the undiscounted solution: no discount found as good a one */
  double residual; /**< largest |max_u min_a (r + gamma V') - V| in S over the controls that stay in S */
  double bound;    /**< residual/(1 - gamma): largest error of V in S */
  bool complete;   /**< S and V_h are the maximal ones and no policy changes any more; false: stopped on the way */
} duro_game_solution;

/** The end of a round. Arrays belong to the solver and are valid during the call. */
typedef struct duro_game_progress {
  int64_t round;
  double gamma_h;
  int32_t safe;                     /**< states in S_k */
  int32_t changed_pi, changed_pi_h; /**< changes of the policies; a state that joins S is one of pi */
  const uint8_t *S;                 /**< (n) */
  const double *V, *V_discounted;   /**< (n) task value of pi_k; discounted safety value of pi_h^k */
} duro_game_progress;

/** Called after each round; anything but DURO_OK ends the solution with that status. */
typedef duro_status (*duro_game_report)(const duro_game_progress *now, void *context);

/**
 * Dual policy iteration, [DRAC]: inside the maximal robust invariant set the best return against the worst disturbance
 * with controls that keep every successor in the set, outside it the least violation. `settings` NULL: the defaults;
 * `report` may be NULL. The result is released by duro_game_solution_release. When settings->rounds ran out it is a
 * success with complete = false: S is robustly invariant then, but perhaps not the largest.
 */
duro_status duro_game_solve(duro_game_solution **solution, const duro_game *game, const duro_game_settings *settings,
                            duro_game_report report, void *context);
void duro_game_solution_release(duro_game_solution *solution);

/** Cross-check of the task value by value iteration in S (n), a closed set: V within `error` of the constrained
 * optimum, NaN outside. Fails when no control of a state of S keeps all successors in S. */
duro_status duro_game_task_value(double *V, const duro_game *game, const uint8_t *S, double gamma, double error);

/** Reads a game from a JSON file, docs/games.md; released by duro_game_release. A broken file is one line that names
 * the file and the place. */
duro_status duro_game_load(duro_game **game, const char *path);
void duro_game_release(duro_game *game);
/** Writes a game that duro_game_load reads back to the same bits, atomically. */
duro_status duro_game_save(const duro_game *game, const char *path);

/** Writes a solution as JSON, atomically, and reads it back to the same bits. */
duro_status duro_game_solution_save(const duro_game_solution *solution, const char *path);
duro_status duro_game_solution_load(duro_game_solution **solution, const char *path);

#ifdef __cplusplus
}
#endif
#endif

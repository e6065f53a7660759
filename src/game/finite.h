/* Inside of the finite games: transitions, the undiscounted value, evaluation of a policy. */
#ifndef DURO_GAME_FINITE_H
#define DURO_GAME_FINITE_H

#include "duro/game.h"

#define DURO_GAME_LARGEST 1e100 /* size of h and rewards: no sum of them overflows */

/* Index of transition (x, u, a) in successor and reward. */
static inline size_t duro_game_at(const duro_game *game, int32_t x, int32_t u, int32_t a) {
  return ((size_t)x * (size_t)game->controls + (size_t)u) * (size_t)game->disturbances + (size_t)a;
}

/* Fails unless n, m and k are possible; `what` begins the message. */
duro_status duro_game_check_sizes(const char *what, int64_t states, int64_t controls, int64_t disturbances);
/* Largest |T V - V|; out = T V. */
double duro_game_residual(double *out, const duro_game *game, const duro_game_method *method,
                          const duro_game_fixed *fixed, const double *V);
/* Fails unless the method is one for policy iteration: discounted or sign, gamma_h in (0, 1). */
duro_status duro_game_check_contraction(const duro_game_method *method);
/* Fails unless pi (n) holds controls; NULL is fine. */
duro_status duro_game_check_policy(const duro_game *game, const int32_t *pi);

/* The states in increasing order of h, equal ones by number; order (n). */
duro_status duro_game_order(int32_t *order, const duro_game *game);
/* duro_game_value with the order given, unchecked. */
duro_status duro_game_retrograde(double *V, int32_t *worst, const duro_game *game, const duro_game_fixed *fixed,
                                 const int32_t *order);

/* What a policy is evaluated for: V(x) = min_a min{cap(x), base(x,a) + gamma V(f(x,pi(x),a))}. */
typedef enum duro_game_purpose { DURO_GAME_SAFETY, DURO_GAME_SAFETY_SIGN, DURO_GAME_TASK } duro_game_purpose;

typedef struct duro_game_evaluation {
  const duro_game *game;
  duro_game_purpose purpose;
  double gamma; /* < 1 */
  double rest;  /* 1 - gamma, kept apart: near gamma = 1 the difference has lost its digits */
} duro_game_evaluation;

/* V of pi against its worst mu; mu is the first guess and the answer. path: room for n. */
void duro_game_evaluate_policy(double *V, int32_t *mu, const duro_game_evaluation *evaluation, const int32_t *pi,
                               int32_t *path);
/* Differences of V below this are rounding: a choice between actions needs more. */
double duro_game_tie(const double *V, const duro_game_evaluation *evaluation);
/* pi(x) = argmax_u min_a V(f(x,u,a)), ties keep the present one; number of states in which it changed. */
int32_t duro_game_improve(int32_t *pi, const duro_game *game, const double *V, double tie);

/* An empty solution for n states. */
duro_status duro_game_solution_create(duro_game_solution **solution, int32_t states);

/* Parts of dual policy iteration that tests leave out, to see that they are needed. */
enum duro_game_without {
  DURO_GAME_WITHOUT_UNION = 1,       /* S_{k+1} = S(pi_h^{k+1}) alone, as plain improvement gives it */
  DURO_GAME_WITHOUT_COMPARISON = 2,  /* the end is not compared with the maximal set */
  DURO_GAME_WITHOUT_UNDISCOUNTED = 4 /* membership by the discounted value */
};
duro_status duro_game_solve_without(duro_game_solution **solution, const duro_game *game,
                                    const duro_game_settings *settings, unsigned without, duro_game_report report,
                                    void *context);

#endif

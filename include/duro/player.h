/**
 * @file player.h
 * @brief Whatever chooses controls: a policy, a grid, a certificate, a constant, or a function of the caller's own.
 *
 * Evaluations and attacks take a player and know no more of it than this.
 */
#ifndef DURO_PLAYER_H
#define DURO_PLAYER_H

#include "duro/certificate.h"
#include "duro/eval.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DURO_PLAYER_MEMORY 64 /**< most numbers that a player remembers */
#define DURO_PLAYER_SIDE 64   /**< most states that it is asked about at once */

typedef struct duro_filter duro_filter; /* filter.h */

/**
 * A player. Fill one with duro_player_own, or by a maker; the fields after `remembered` are the makers'. Many
 * threads use it at once, each with a worker of its own, so that `act` may change nothing but its worker.
 */
typedef struct duro_player {
  size_t struct_size; /**< bytes of this struct, for later versions of it */
  const char *name;   /**< for messages: "a policy of DRAC" */
  void *context;      /**< the caller's; not owned */
  /**
   * Controls u (n x nu), within [-1, 1], at n states: `obs` (n x no) is what is seen of them, with sensor noise where
   * that is asked for, `x` (n x nx) what they are. `replaced` (n) says where a filter put another control in place of
   * the task's; leave it alone where there is none, it is false before.
   */
  void (*act)(const struct duro_player *player, void *worker, int n, float *u, bool *replaced, const float *obs,
              const double *x);
  /** Scratch of one thread; both NULL where none is needed. */
  duro_status (*worker_create)(const struct duro_player *player, void **worker);
  void (*worker_destroy)(const struct duro_player *player, void *worker);
  int nx, no, nu; /**< of the environments that it can play; 0: any number */
  /**
   * Of a player that remembers, in place of `act` (which is NULL then): `memory` (n x remembered) is what it wrote
   * there in the step before, and zero at the start of an episode. Nothing else is kept between two steps, so that an
   * episode repeats itself exactly. At most DURO_PLAYER_MEMORY numbers.
   */
  void (*act_on)(const struct duro_player *player, void *worker, int n, float *u, bool *replaced, const float *obs,
                 const double *x, double *memory);
  int remembered; /**< numbers of `memory` for each episode; 0 with `act` */

  const duro_policy *policy; /**< makers': not owned, must outlive the player; so are the next two */
  const duro_grid *grid;
  const duro_certificate *certificate;
  duro_act how;
  float margin;
  bool task;
  const double *control;
  const duro_filter *filter;
  const struct duro_player *inner;
} duro_player;

/** A function of the caller's own, for environments of nu controls. */
duro_player duro_player_own(void (*act)(const duro_player *player, void *worker, int n, float *u, bool *replaced,
                                        const float *obs, const double *x),
                            void *context, int nu);
/** A policy; `margin` of its filter, h scaled. DURO_ERROR_ARGUMENT where it cannot act in this way. */
duro_status duro_player_policy(duro_player *player, const duro_policy *policy, duro_act act, float margin);
/** The control of a solved grid, one step ahead: the safety policy, or with `task` the best one that stays safe.
 * DURO_ERROR_ARGUMENT where the grid's goal is to reach: its control depends on the time that is left. */
duro_status duro_player_grid(duro_player *player, const duro_grid *grid, bool task);
/** The control that a certificate proves safe; outside of its set, where it has none, zero. */
duro_player duro_player_certificate(const duro_certificate *certificate, int nx, int nu);
/** The same control (nu), not owned, everywhere. */
duro_player duro_player_constant(const double *control, int nu);

/** duro_eval_run with any player; `act` and `margin` of the options are not looked at. */
duro_status duro_player_run(duro_episode *out, const duro_env *env, const duro_player *player,
                            const duro_attack *attack, const duro_eval_options *options);
/** duro_eval_trace likewise. */
duro_status duro_player_trace(double *x, float *u, float *a, double *h, int64_t *steps, const duro_env *env,
                              const duro_player *player, const duro_attack *attack, int64_t episode,
                              const duro_eval_options *options);

#ifdef __cplusplus
}
#endif
#endif

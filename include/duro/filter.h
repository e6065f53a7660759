/**
 * @file filter.h
 * @brief A safety filter around any player: its control while that is admissible, else the nearest admissible one.
 *
 * What is admissible comes from one of three sources: a learned policy (Q_h with mu_h, and pi_h to fall back to), the
 * grid of a solution (V_h one step ahead, and the safest control), or a certificate (the successor is proved to stay
 * in the certified set whatever the disturbance does). With a certificate of the environment that is played, the loop
 * is proved: from the certified set it never leaves it, whatever the player does. docs/filter.md explains it.
 */
#ifndef DURO_FILTER_H
#define DURO_FILTER_H

#include "duro/certificate.h"
#include "duro/grid.h"
#include "duro/player.h"
#include "duro/policy.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a filter says in place of a control that is not admissible. */
typedef enum duro_filter_remedy {
  DURO_FILTER_FALLBACK, /**< the fallback: pi_h, the grid's safest control, the certificate's control */
  DURO_FILTER_NEAREST,  /**< the nearest admissible one on the way from the control to the fallback; of a learned source
                             with levels the nearest admissible one of its control vectors */
  DURO_FILTER_BOX       /**< the nearest that a search in the whole box of controls finds, or of the vectors; at most 3
                             controls */
} duro_filter_remedy;
/** "fallback", "nearest", "box" */
const char *duro_filter_remedy_name(duro_filter_remedy remedy);

/** How a filter steps in; begin with duro_filter_options_default. */
typedef struct duro_filter_options {
  size_t struct_size; /**< bytes of this struct, for later versions of it */
  duro_filter_remedy remedy;
  /** A control is admissible when its margin is at least this: of a learned source Q_h, in units of h_unit, h scaled;
   * of a grid V_h one step ahead over h_scale; of a certificate duro_certificate_margin, which is proved from 0 on.
   * NaN: the default of the source, the policy's own margin, 0.05, or 0. */
  double margin;
  /** Once it stepped in, the player's control passes again only when its margin is this much larger; 0: none. */
  double hysteresis;
} duro_filter_options;
/** NEAREST, the margin of the source, no hysteresis. */
duro_filter_options duro_filter_options_default(void);

/** Where the knowledge of a filter comes from. */
typedef enum duro_filter_source { DURO_FILTER_LEARNED, DURO_FILTER_GRID, DURO_FILTER_CERTIFICATE } duro_filter_source;

/**
 * Makes a filter; `options` may be NULL. The source is not owned and must outlive it. DURO_ERROR_ARGUMENT where the
 * policy lacks a network (Q_h, pi_h, and mu_h where there are disturbances), a grid's goal is to reach (it holds no
 * safe set), a number is out of range, or BOX is asked for more than 3 controls. After a failure there is nothing to
 * destroy.
 */
duro_status duro_filter_of_policy(duro_filter **filter, const duro_policy *policy, const duro_filter_options *options);
duro_status duro_filter_of_grid(duro_filter **filter, const duro_grid *grid, const duro_filter_options *options);
/** The proof is about the environment of the certificate: whether it is that which is played, duro_certificate_is_of
 * tells. */
duro_status duro_filter_of_certificate(duro_filter **filter, const duro_certificate *certificate,
                                       const duro_filter_options *options);
void duro_filter_destroy(duro_filter *filter);

duro_filter_source duro_filter_source_of(const duro_filter *filter);
/** The margin that is asked for. */
double duro_filter_margin(const duro_filter *filter);
/** Hash of everything that decides what it does: its source with all its numbers, and its options. */
uint64_t duro_filter_hash(const duro_filter *filter);

/**
 * The player behind the filter: fits wherever a player does. `filter` and `player` are not owned and must outlive it.
 * Its `replaced` says where it stepped in. A learned source looks at what is observed, with its noise; the other two
 * at the state. NEAREST asks the source some forty times at each step at which it steps in, BOX
 * some hundred to some thousand times; how near it comes docs/filter.md says.
 */
duro_status duro_player_filtered(duro_player *filtered, const duro_filter *filter, const duro_player *player);

/** What a filter did at one state, and, before it does, what it did in the step before. */
typedef struct duro_filter_answer {
  bool replaced;   /**< it stepped in; on the way in: in the step before, which hysteresis looks at. False at a start */
  double proposed; /**< margin of the control that it was given */
  double margin;   /**< margin of the control that is taken */
} duro_filter_answer;
/**
 * One step outside of an evaluation, in a control loop of the caller's own: of n states the controls u (n x nu), within
 * [-1, 1], become those that are taken, and `answer` (n) says what was done. `obs` (n x no) is looked at by a learned
 * source, `x` (n x nx) by the others; the other one may be NULL. It counts like the steps of evaluations, and is the
 * same bit by bit. DURO_ERROR_ARGUMENT where what the source looks at is NULL; DURO_ERROR_MEMORY.
 */
duro_status duro_filter_apply(const duro_filter *filter, int64_t n, float *u, duro_filter_answer *answer,
                              const float *obs, const double *x);
/** Numbers that it looks at in each state and gives: observations, states (0: none) and controls. Each may be NULL. */
void duro_filter_sizes(const duro_filter *filter, int *no, int *nx, int *nu);

/** What filters did so far, in all threads. */
typedef struct duro_filter_counts {
  int64_t steps;         /**< controls that it was asked for */
  int64_t interventions; /**< of these another control than the player's was taken */
  int64_t fallbacks;     /**< of those it was the fallback, or what was best where there is none */
  int64_t missed;        /**< of all steps those whose control was not admissible either: none was found */
  double least;          /**< smallest margin of a control that was taken; infinity before the first */
} duro_filter_counts;
/** Counts of all evaluations with this filter that have ended. */
duro_filter_counts duro_filter_count(const duro_filter *filter);

#ifdef __cplusplus
}
#endif
#endif

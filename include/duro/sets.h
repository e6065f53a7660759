/**
 * @file sets.h
 * @brief Learned robust invariant sets against the truth: overlap, falsely safe states, and what pi_h keeps.
 *
 * A policy claims the set {x : Q_h(x, pi_h(x), mu_h(x)) >= level}, or, where Q_h is the value of the next state alone
 * (learn.ahead), that and h(x) >= level; the truth is {x : V_h*(x) >= 0} of [RIS] eq. (12),
 * from a closed form or a solved grid. All shares are shares of the cells of a stated region (theory: section 6).
 */
#ifndef DURO_SETS_H
#define DURO_SETS_H

#include "duro/env.h"
#include "duro/grid.h"
#include "duro/policy.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a learned set is held against. Never changes; may be used from many threads. */
typedef struct duro_set_truth duro_set_truth;

/** The closed form of the environments "double-integrator" and "double-integrators" (the least of the values of each;
 * exact in any dimension). Fails with DURO_ERROR_MISSING for other environments. Keeps nothing of `env`. */
duro_status duro_set_truth_exact(duro_set_truth **truth, const duro_env *env);
/** The value of a solved grid, multilinear between its vertices, h beyond it. `grid` and its environment must outlive
 * the truth. A grid approaches the set from outside where it was stopped early, and erodes it where it is coarse. */
duro_status duro_set_truth_grid(duro_set_truth **truth, const duro_grid *grid);
void duro_set_truth_destroy(duro_set_truth *truth);
/** "exact" or "grid" */
const char *duro_set_truth_name(const duro_set_truth *truth);
/** V_h*(x) in raw units of h, x (nx). */
double duro_set_truth_value(const duro_set_truth *truth, const double *x);

/** The states on which sets are compared: vertices of a rectilinear grid, or states drawn from a box. */
typedef struct duro_set_cells {
  const duro_env *env;                /**< not owned */
  int nd;                             /**< axes; 0: each cell is drawn uniformly from the region of interest */
  duro_grid_axis axis[DURO_GRID_MAX]; /**< edges included, each counts as one cell */
  int64_t count;                      /**< cells */
} duro_set_cells;

/**
 * The cells that fit a truth. Exact: the region of interest of the environment, along all states up to four, drawn
 * beyond that. Grid: the region that was solved. States that no axis has (those that a grid drops, because V_h does not
 * depend on them, though a policy sees them) are drawn for each cell from the training starts. `points` are the
 * vertices of each axis, or the drawn states; 0 takes 201 for two axes, fewer for more, about 200,000 in all.
 */
duro_status duro_set_cells_make(duro_set_cells *cells, const duro_env *env, const duro_set_truth *truth,
                                int64_t points);
/** State x (nx) of cell i, the first axis slowest; a function of i alone. */
void duro_set_cell(double *x, const duro_set_cells *cells, int64_t i);

/** How sets are compared. */
typedef struct duro_set_options {
  double level;    /**< the learned set is Q_h >= level, h scaled; 0 is the definition */
  bool ahead;      /**< Q_h is the value of the next state: the claim wants h(x), scaled, >= level as well */
  int64_t threads; /**< as duro_threads() reads it: 0 is all processors; results do not depend on it */
  int64_t horizon; /**< steps of a roll-out; 0 takes the environment's */
  int64_t starts;  /**< most starts to roll out, taken at equal distances; 0: every cell of the true set */
  duro_status (*ask)(void *context); /**< asked on the way by the calling thread: a status but DURO_OK ends the work,
                                      * and is what it returns; may be NULL */
  void *context;                     /**< of ask */
} duro_set_options;
/** The definition, at most 20000 starts, all processors. */
duro_set_options duro_set_options_default(void);

/** Counts of cells, and the shares made of them. */
typedef struct duro_set_overlap {
  int64_t cells;
  int64_t learned, exact, both;      /**< cells in the learned set, in the true one, in both */
  double iou;                        /**< both / (learned or exact); NaN where both sets are empty */
  double false_safe;                 /**< claimed safe, truly unsafe: share of all cells; the dangerous error */
  double false_unsafe;               /**< truly safe, not claimed: share of all cells */
  double learned_share, exact_share; /**< share of all cells */
} duro_set_overlap;

/** Compares the sets. Fails when the policy has no safety critic or another shape than the environment. */
duro_status duro_set_compare(duro_set_overlap *out, const duro_policy *policy, const duro_set_truth *truth,
                             const duro_set_cells *cells, const duro_set_options *options);

/** Who plays against pi_h in duro_set_keep. */
typedef enum duro_set_attacker {
  DURO_SET_WORST,    /**< argmin_a V_h*(f(x, u, a)) of the truth; sees u */
  DURO_SET_MU_H,     /**< mu_h(x) of the policy */
  DURO_SET_RANDOM,   /**< uniform, anew each step */
  DURO_SET_CONSTANT, /**< each corner of the box held, up to four disturbances; beyond that all at +1 and all at -1 */
  DURO_SET_ATTACKERS
} duro_set_attacker;

/** What became of the starts in the true set. */
typedef struct duro_set_keeping {
  int64_t starts, kept;               /**< kept: no attacker broke the constraint or made the episode fail */
  int64_t broken[DURO_SET_ATTACKERS]; /**< starts that each kind broke */
} duro_set_keeping;

/** Rolls pi_h out (pi where the policy has no pi_h) from the cells of the true set against every attacker. */
duro_status duro_set_keep(duro_set_keeping *out, const duro_policy *policy, const duro_set_truth *truth,
                          const duro_set_cells *cells, const duro_set_options *options);

#ifdef __cplusplus
}
#endif
#endif

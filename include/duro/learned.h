/**
 * @file learned.h
 * @brief The learned sets of a run against the truth: every policy that it kept while it was trained, and the deployed
 * one.
 *
 * duro_learned_run is what `duro sets` does. It leaves sets/summary.csv in the run folder, a row for each policy; what
 * is there under the same key is not measured again (docs/sets.md). One policy alone: duro_set_compare of sets.h.
 */
#ifndef DURO_LEARNED_H
#define DURO_LEARNED_H

#include "duro/env.h"
#include "duro/sets.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The set of one policy. Shares are shares of the states that are compared; NaN where there is nothing to share. */
typedef struct duro_learned_row {
  size_t struct_size;    /**< bytes of this struct, for later versions of it */
  int64_t step;          /**< environment steps that the policy had seen */
  bool deployed;         /**< the policy that the run deploys: the last row */
  const char *reference; /**< "exact" or "grid"; lives as long as the program */
  int64_t cells;         /**< states that were compared */
  double iou;            /**< states in both sets over states in either */
  double false_safe;     /**< claimed safe, truly unsafe: the dangerous error */
  double false_unsafe;   /**< truly safe, not claimed */
  double learned, exact; /**< in the learned set, in the true one */
  double kept;           /**< of the starts: pi_h keeps the constraint against every attacker of duro_set_keep */
  int64_t starts;        /**< states of the true set from which it was rolled out */
} duro_learned_row;

/** What is compared; begin with duro_learned_options_default. */
typedef struct duro_learned_options {
  size_t struct_size;   /**< bytes of this struct, for later versions of it */
  const char *solution; /**< folder of duro solve whose set is the truth; NULL: the closed form of the environment */
  bool accept_solution; /**< also one whose own policy loses its starts; false */
  int64_t points;       /**< as of duro_set_cells_make; 0 */
  int64_t starts;       /**< most starts of the deployed policy; a tenth of them for the others; 20000 */
  int64_t threads;      /**< as duro_threads reads it; results do not depend on it; 0 */
  bool again;           /**< measure also what the table knows; false */
  /** Called with every row, those that the table knew included; may be NULL. DURO_OK goes on. */
  duro_status (*row)(const duro_learned_row *row, void *context);
  /** Asked many times on the way; may be NULL. DURO_OK goes on. */
  duro_status (*ask)(void *context);
  void *context;                     /**< of row and ask */
  const duro_env_open_options *open; /**< may be NULL */
} duro_learned_options;
/** Against the closed form: the values that the fields name. */
duro_learned_options duro_learned_options_default(void);

/**
 * Compares the sets of a run folder, which is locked meanwhile. `options` may be NULL. DURO_ERROR_ARGUMENT for options
 * out of range, a run that learns no set, a solution of another environment or one that does not hold, and where no
 * solution is given and no closed form is known; DURO_ERROR_FILE and DURO_ERROR_FORMAT where a folder or a file in it
 * cannot be read, written or locked; the status of `row` or `ask` where that is not DURO_OK. The rows that were
 * measured until then stay, and the same call goes on.
 */
duro_status duro_learned_run(const char *folder, const duro_learned_options *options);

#ifdef __cplusplus
}
#endif
#endif

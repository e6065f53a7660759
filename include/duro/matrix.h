/**
 * @file matrix.h
 * @brief The attack matrix of a run: every attacker against every way of acting, freshly trained attackers included.
 *
 * duro_attack_run is what `duro attack` does. It leaves attack/matrix.csv in the run folder, a row for each cell, a
 * file of episodes for each row, and the attackers that it trained; what is there under the same key is not played
 * again (docs/attacks.md).
 */
#ifndef DURO_MATRIX_H
#define DURO_MATRIX_H

#include "duro/env.h"
#include "duro/eval.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One cell of the matrix. The texts live as long as the report that hands it over. */
typedef struct duro_matrix_cell {
  size_t struct_size;   /**< bytes of this struct, for later versions of it */
  const char *attacker; /**< "safety", "best-safety" */
  bool foreign;         /**< with the networks of `adversary`, not with the run's own */
  double amplitude;     /**< times the bound of the disturbance */
  double noise;         /**< standard deviation of the noise on observations */
  const char *changes;  /**< of the environment, "env.a=1 env.b=2"; "" without */
  duro_act act;         /**< how the policy acted */
  const char *absent;   /**< why this attacker cannot play; NULL: it did, and the rest counts */
  duro_eval_summary summary;
  double filtered_share; /**< share of the steps in which the filter replaced the control */
  double seconds;        /**< it took, or took when it was played */
  const char *note;      /**< which of the trained attackers was the worst, for example */
  /** Of the violating searches of "starts" those from whose start the solution's own safety policy holds, against its
   * disturbance and a search; NaN where that was not asked. */
  double savable;
} duro_matrix_cell;

/** What a caller sees while a matrix is played. */
typedef struct duro_matrix_progress {
  size_t struct_size;           /**< bytes of this struct, for later versions of it */
  double share;                 /**< of the cells of this run under this variation, 0 to 1 */
  const char *label;            /**< the present cell, for people: "best-safety x 1.5" */
  const char *phase;            /**< "training", "playing" or "" */
  const duro_matrix_cell *cell; /**< a cell that is done; NULL while one is played */
} duro_matrix_progress;

/** What is played; begin with duro_matrix_options_default. NULL says: none. */
typedef struct duro_matrix_options {
  size_t struct_size;    /**< bytes of this struct, for later versions of it */
  const char *attackers; /**< comma-separated list, see duro attack --help; "all" */
  const char *adversary; /**< folder of a run whose mu_h and mu attack as well; NULL */
  const char *solution;  /**< folder of duro solve, for the attacker grid and for starts; NULL */
  bool accept_solution;  /**< also one whose own policy loses its starts; false */
  const char
      *starts;   /**< "eval", "inside" or "outside" of the solution's set, "claimed": inside the policy's own; "eval" */
  double margin; /**< inside means V_h >= this many times the scale of h; 0.05 */
  /** "off", "on" or "both": behind the filter of the run; or the folder of another run or of a solution, or the file of
   * a certificate: alone and behind the filter that it makes (docs/filter.md). "both" */
  const char *filter;
  const char
      *remedy; /**< of such a filter: "fallback", "nearest" or "box"; NULL: the first of a run, else the second */
  const char *filter_margin; /**< as --filter-margin of duro attack; NULL: the default of the source */
  const char *hysteresis;    /**< as --hysteresis; NULL: none */
  const char *amplitudes;    /**< comma-separated list, times the bound; "1" */
  const char *noises;        /**< comma-separated list, standard deviations; "0" */
  const char *const *set;    /**< (n_set) "env.name=value,value": every combination is played; NULL */
  int n_set;
  int64_t episodes;       /**< of each cell; 1000 */
  int64_t searches;       /**< of the attacker starts; 8 */
  int64_t seed;           /**< of starts and random disturbances; 1 */
  int64_t updates;        /**< of each attacker that is trained; 4000 */
  int64_t attacker_seeds; /**< of each kind of attacker that is trained; 2 */
  int64_t threads;        /**< as duro_threads reads it; results do not depend on it; 0 */
  duro_status (*report)(const duro_matrix_progress *now, void *context); /**< may be NULL; DURO_OK goes on */
  void *context;
  const duro_env_open_options *open; /**< may be NULL */
} duro_matrix_options;
/** Every attacker, both ways of acting, 1000 episodes of each cell: the values that the fields name. */
duro_matrix_options duro_matrix_options_default(void);

/**
 * Attacks the policy of a run folder, which is locked meanwhile. `options` may be NULL. DURO_ERROR_ARGUMENT names an
 * attacker, a number or an assignment that is wrong, or an adversary or solution of another environment;
 * DURO_ERROR_FILE and DURO_ERROR_FORMAT where a folder or a table in it cannot be read, written or locked; the status
 * of the report where that is not DURO_OK. What was played until then stays, and the same call goes on.
 */
duro_status duro_attack_run(const char *folder, const duro_matrix_options *options);

#ifdef __cplusplus
}
#endif
#endif

/**
 * @file verdict.h
 * @brief What is known of the safety of a run's policy: what was tried, what held, and what was not tried yet.
 */
#ifndef DURO_VERDICT_H
#define DURO_VERDICT_H

#include "duro/policy.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum duro_verdict_kind {
  DURO_VERDICT_UNTRIED, /**< it met nobody yet */
  DURO_VERDICT_HOLDS,   /**< no episode violated */
  DURO_VERDICT_BROKEN,  /**< at least one did */
  DURO_VERDICT_CUT_OFF  /**< none did, but some were cut off, and nobody knows what would have been */
} duro_verdict_kind;

typedef struct duro_verdict {
  duro_verdict_kind kind;
  duro_act act;
  int attackers;       /**< different ones that it met */
  double episodes;     /**< of all of them; searches for a start are none */
  double violating, n; /**< of the worst of them */
  double bound;        /**< HOLDS: the largest upper bound of the violation probability over the attackers, 95 % */
  double h_min;        /**< least h over all of them, raw */
  char sentence[1200]; /**< for people; begins with what acts, and says "holds", "broken" or "not attacked yet" */
  char missing[200];   /**< what it did not meet, "" for nothing */
  char next[600];      /**< the command that tries it, quoted for a shell; "" where nothing is missing */
} duro_verdict;

/**
 * Reads folder/attack/matrix.csv and folder/eval/summary.csv, or `summary` in place of that. Rows of another policy,
 * of a changed environment, beyond the bound of the disturbance, with noise, or of starts outside of a set do not
 * count, and an attacker of both tables counts once: they draw the same starts. Tables that are not there say nothing.
 * DURO_ERROR_FILE or DURO_ERROR_FORMAT where one cannot be read.
 */
duro_status duro_verdict_read(duro_verdict *verdict, const char *folder, const char *summary, const duro_policy *policy,
                              duro_act act);

/** The ways of acting that verdicts are about, and how many: what training found best to deploy; where it had no trial
 * the plain one and, where there is a filter, that behind it. */
int duro_verdict_acts(duro_act acts[2], const duro_policy *policy);
/** "untried", "holds", "broken", "cut-off" */
const char *duro_verdict_name(duro_verdict_kind kind);

#ifdef __cplusplus
}
#endif
#endif

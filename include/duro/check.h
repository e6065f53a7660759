/**
 * @file check.h
 * @brief Whether an environment keeps the promises that solvers, learners and attacks build on: findings, as data.
 */
#ifndef DURO_CHECK_H
#define DURO_CHECK_H

#include "duro/env.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum duro_check_verdict {
  DURO_CHECK_OK,      /**< nothing was found */
  DURO_CHECK_NOTE,    /**< worth a look */
  DURO_CHECK_WARNING, /**< results will suffer from it, and it is easily mended */
  DURO_CHECK_BROKEN   /**< results mean nothing */
} duro_check_verdict;

/** What was found of one promise. */
typedef struct duro_check_finding {
  char promise[16]; /**< its name: "pure step" */
  duro_check_verdict verdict;
  char sentence[760]; /**< for people: what was found, where, and what was wanted */
} duro_check_finding;

enum { DURO_CHECK_FINDINGS = 32 }; /**< at most */

/** All findings, in the order of the promises. */
typedef struct duro_check_findings {
  int count;
  duro_check_finding finding[DURO_CHECK_FINDINGS];
} duro_check_findings;

/** How thoroughly to look; begin with duro_check_options_default. */
typedef struct duro_check_options {
  size_t struct_size; /**< bytes of this struct, for later versions of it */
  int samples;        /**< random states that most promises are tried at, at least 1 */
  uint64_t seed;      /**< of what is random */
  bool quick;         /**< only the part that takes well under a second */
} duro_check_options;

/** 300 states, seed 1, everything. */
duro_check_options duro_check_options_default(void);

/**
 * Tries an environment with these settings (a struct of ops->settings; NULL: its defaults) and these options (NULL: the
 * default ones), in a process of its own and with a time limit. What the functions do wrong, a crash or a hang as well,
 * is a finding and not an error. DURO_ERROR_ARGUMENT where samples is below 1, the status of duro_env_create where the
 * settings are refused, DURO_ERROR_MEMORY and DURO_ERROR_FILE where no process could be started.
 */
duro_status duro_check_environment(duro_check_findings *findings, const duro_env_ops *ops, const void *settings,
                                   const duro_check_options *options);

/** Number of findings with this verdict. */
int duro_check_count(const duro_check_findings *findings, duro_check_verdict verdict);

#ifdef __cplusplus
}
#endif
#endif

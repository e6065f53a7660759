/* Whether an environment keeps the promises that solvers, learners and attacks build on: findings, as data. */
#ifndef DURO_APP_CHECK_H
#define DURO_APP_CHECK_H

#include "duro/env.h"

typedef enum check_verdict {
  CHECK_OK,
  CHECK_NOTE,    /* worth a look */
  CHECK_WARNING, /* results will suffer from it, and it is easily mended */
  CHECK_BROKEN   /* results mean nothing */
} check_verdict;

/* What was found of one promise. */
typedef struct check_finding {
  char promise[16]; /* "pure step" */
  check_verdict verdict;
  char sentence[760];
} check_finding;

enum { CHECK_FINDINGS = 32 };
typedef struct check_findings {
  int count;
  check_finding finding[CHECK_FINDINGS];
} check_findings;

typedef struct check_options {
  int samples; /* random states that most promises are tried at, at least 1 */
  uint64_t seed;
  bool quick; /* the part that takes well under a second */
} check_options;

/* Tries an environment with these settings (NULL: its defaults) in a process of its own, with a time limit. What the
 * functions do wrong is a finding; a status other than DURO_OK means that nothing could be tried. */
duro_status check_environment(check_findings *findings, const duro_env_ops *ops, const void *settings,
                              const check_options *options);

/* Findings of a verdict. */
int check_count(const check_findings *findings, check_verdict verdict);

#endif

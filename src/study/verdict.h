/* What is known of the safety of a run's policy, from the tables of its evaluation and of its attacks: what was tried,
 * what held, and what was not tried yet. */
#ifndef DURO_STUDY_VERDICT_H
#define DURO_STUDY_VERDICT_H

#include "duro/policy.h"

typedef enum verdict_kind {
  VERDICT_UNTRIED, /* it met nobody yet */
  VERDICT_HOLDS,   /* no episode violated */
  VERDICT_BROKEN   /* at least one did */
} verdict_kind;

typedef struct verdict {
  verdict_kind kind;
  duro_act act;
  int attackers;       /* different ones that it met */
  double episodes;     /* of all of them */
  double violating, n; /* of the worst of them */
  double bound;        /* HOLDS: the largest upper bound over the attackers, 95 % */
  double h_min;
  char sentence[1200]; /* for people; begins with what acts and "holds", "broken" or "not attacked yet" */
  char missing[200];   /* what it did not meet, "" for nothing */
  char next[600];      /* the command that tries it, quoted for a shell; "" where nothing is missing */
} verdict;

/* Reads <folder>/eval/summary.csv, or `summary` in its place, and <folder>/attack/matrix.csv. Rows of another step, of
 * a changed environment, beyond the bound of the disturbance, with noise, or of starts outside of a set do not count.
 * Tables that are not there say nothing; DURO_ERROR_FILE or _FORMAT where one cannot be read. */
duro_status verdict_read(verdict *v, const char *folder, const char *summary, const duro_policy *policy, duro_act act);

/* The way of acting that a run's verdict is about: what its training found best to deploy, else the plain one. */
duro_act verdict_act(const duro_policy *policy);

#endif

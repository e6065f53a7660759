/* The source of a filter as the command line names it: a run, a solution or a certificate. */
#ifndef DURO_STUDY_BEHIND_H
#define DURO_STUDY_BEHIND_H

#include "duro/filter.h"
#include "run/run.h"
#include "run/solved.h"

/* A filter of --filter SOURCE, opened for the environment that is played. */
typedef struct behind {
  char acting[DURO_TEXT_SIZE + 64]; /* the word of tables: "filtered-by-<name>" */
  duro_filter *filter;
  run run; /* one of these three is the source */
  solved solution;
  duro_certificate *certificate;
  bool has_run, has_solution;
} behind;

/* Is the word of --filter a source, and not "off", "on" or "both"? */
bool behind_names_source(const char *word);
/* What is asked of a filter; NULL: the default. */
typedef struct behind_options {
  const char *source, *remedy;     /* the remedy: the fallback of a run, the nearest of others */
  const char *margin, *hysteresis; /* duro_filter_options has their units */
  bool accept;                     /* as solved_open has it */
} behind_options;
/* Opens a source: a file or a folder that holds no more than set.certificate is a certificate, a folder with grid.json
 * a solution, any other one a run. After a failure there is nothing to close. */
duro_status behind_open(behind *b, const behind_options *given, const duro_env *env, const run_how *how);
/* NULL is fine. */
void behind_close(behind *b);
/* Adds a line where the source is about another environment than that which is played, and what that means. */
void behind_note(text *out, const behind *b, const duro_env *env);

#endif

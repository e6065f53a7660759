/* Learned sets against the truth: the rows of one run. */
#ifndef DURO_STUDY_SETS_H
#define DURO_STUDY_SETS_H

#include "duro/sets.h"
#include "io/hash.h"
#include "run/run.h"
#include "run/solved.h"

enum { SETS_ROWS = 1024, SETS_GRID = 64 };

/* One policy. */
typedef struct sets_row {
  int64_t step;
  double iou, false_safe, false_unsafe, learned, exact, kept; /* shares of cells; kept: of starts */
  int64_t starts;
  char key[DURO_HASH_TEXT]; /* of all that the numbers depend on */
} sets_row;

/* What is asked for. */
typedef struct sets_options {
  const char *solution;            /* folder; NULL: the closed form of the environment */
  int64_t points, starts, threads; /* see duro_set_cells_make and duro_set_options */
  bool force;                      /* measure again what the table knows */
  bool accept;                     /* also a solution that does not hold */
  const char *out; /* measure the deployed policy alone, into this folder; NULL: all of them, into RUN/sets */
} sets_options;
/* The closed form, about 200,000 cells, 20000 starts. */
sets_options sets_options_default(void);

typedef struct sets_work sets_work;

/* Who is told of a comparison on its way. A status other than DURO_OK ends it. */
typedef struct sets_watcher {
  void *context;
  duro_status (*begin)(void *context, const sets_work *w); /* before the first row */
  duro_status (*row)(void *context, const sets_work *w, const sets_row *row);
  duro_status (*ask)(void *context); /* while a row is measured */
} sets_watcher;

/* The comparison of one run. */
struct sets_work {
  run run;
  solved solved; /* grid NULL: the exact set */
  duro_set_truth *truth;
  duro_set_cells cells;
  char grid[SETS_GRID];  /* "201x201", "200000 drawn" */
  char folder[RUN_PATH]; /* RUN/sets */
  sets_row row[SETS_ROWS];
  int rows;
  duro_lock *lock; /* of the run folder */
  const sets_watcher *watcher;
};

/* Opens a run, locked meanwhile, and measures the policies kept during training and, last, the deployed one, into
 * RUN/sets/summary.csv. sets_close in any case. */
duro_status sets_compare(sets_work *w, const char *folder, const sets_options *given, const sets_watcher *watcher,
                         const run_how *how);
void sets_close(sets_work *w);

#endif

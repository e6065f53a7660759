/* Learned sets against the truth: the rows of one run, and the pictures made of them. */
#ifndef DURO_APP_SETS_H
#define DURO_APP_SETS_H

#include "cli/cli.h"
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

/* The comparison of one run. */
typedef struct sets_work {
  run run;
  solved solved; /* grid NULL: the exact set */
  duro_set_truth *truth;
  duro_set_cells cells;
  char grid[SETS_GRID];  /* "201x201", "200000 drawn" */
  char folder[CLI_PATH]; /* RUN/sets */
  sets_row row[SETS_ROWS];
  int rows;
  duro_status (*ask)(void); /* DURO_ERROR_STOPPED: the command is to end well */
} sets_work;

/* Draws the set of the last row and, where there are more, all of them over training; true when gnuplot was there. */
duro_status sets_figures(bool *drawn, const sets_work *w);

#endif

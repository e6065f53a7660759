/* Tables and pictures that compare methods over runs and tasks; the numbers are those of duro/stats.h. */
#ifndef DURO_APP_STATS_TABLE_H
#define DURO_APP_STATS_TABLE_H

#include "duro/stats.h"
#include "io/escape.h"
#include "show/report.h"

/* A method: its name and its scores. */
typedef struct stats_group {
  const char *name; /* "DRAC" */
  duro_scores scores;
  int colour; /* see figure_colour */
} stats_group;

/* Methods to compare; all have the same tasks. */
typedef struct stats_groups {
  const stats_group *group;
  int count;
  const char *score; /* what a score is, for axes and captions: "return of an episode" */
  double target;     /* of the optimality gap; NaN leaves the gap out */
  duro_bootstrap bootstrap;
} stats_groups;

/* CSV, a row for each method: method,runs,tasks, and mean, median, iqm and (with a target) optimality_gap, each
 * followed by <name>_low and <name>_high. Has a header. */
void stats_table_csv(text *out, const stats_groups *groups);
/* The same as a LaTeX tabular: a column for each number, its interval in brackets. `digits` after
 * the point. */
void stats_table_latex(text *out, const stats_groups *groups, int digits);
/* CSV, a row for each pair of methods: x,y,probability,low,high, that a run of x scores more than one of y. The reverse
 * is one minus it. */
void stats_improvement_csv(text *out, const stats_groups *groups);
/* CSV of performance profiles: score, then <method>,<method>_low,<method>_high for each; about 100 thresholds over the
 * range of all scores. */
void stats_profile_csv(text *out, const stats_groups *groups);

/* Smallest and largest finite score of all methods; false where there is none. */
bool stats_range(double *low, double *high, const stats_groups *groups);

/* Adds three figures to the report: <name>-intervals, <name>-profile and, with two methods or more, <name>-improvement,
 * each with data (.csv), script (.gp) and caption. `about` says in HTML what was compared: "Return without adversary, 5
 * seeds." A method with a missing or infinite score is not drawn; where none can be, no figure is added. */
duro_status stats_figures(report *r, const char *name, const char *about, const stats_groups *groups);

#endif

/* The page of an experiment: what its runs left, and the sections made of that. */
#ifndef DURO_APP_EXPERIMENT_PAGE_H
#define DURO_APP_EXPERIMENT_PAGE_H

#include "duro/stats.h"
#include "io/table.h"
#include "show/report.h"
#include "study/experiment.h"

/* Makes folder/report.html, its pictures and its tables from what the runs left. */
duro_status experiment_page(const experiment *e, const experiment_plan *plan, const char *folder, const char *command,
                            bool one_file);

/* What one training and its attacks left; a file that is not there leaves its flag false. */
typedef struct page_run {
  char folder[CLI_PATH];
  sheet during, matrix, sets; /* eval/during.csv, attack/matrix.csv, sets/summary.csv */
  bool has_during, has_matrix, has_sets;
  const char *starts;           /* of the attacks that count: "eval", "inside", "outside", "claimed" */
  bool is_reference;            /* its own mu and mu_h are what attacks the others as "safety-by-NAME" */
  char by[EXPERIMENT_NAME + 8]; /* "-by-NAME" of the reference of the group, "" without one */
} page_run;

typedef struct page {
  const experiment *e;
  const experiment_plan *plan;
  report report; /* its folder and pictures */
  char tables[CLI_PATH];
  page_run *runs; /* group after group, run after run, seed after seed */
  int n_runs;
  text body; /* HTML */
} page;

/* What seed number `seed` of a run left. */
page_run *page_at(page *p, int group, int run, int seed);
/* Mean over seeds with its 95 % bootstrap interval; values that are NaN are left out. */
duro_interval page_interval(const double *values, int count);
/* Adds the figures from number `first` on to the body. */
void page_add_figures(page *p, int first);
/* Saves a table; the caller still releases the text. */
duro_status page_save(const page *p, const text *table, const char *group, const char *file);
/* Adds "0.95 [0.93, 0.97]", "-" for NaN. */
void page_add_interval(text *out, duro_interval v);
/* A word of a list, added where it is new; its index. */
int page_index(cli_words *list, const char *word);
/* How a run was played, as pictures and tables call it: "DRAC", "DRAC filtered". */
void page_label(char *out, size_t size, const char *run, const char *acting);
/* The colour of a run among those of its group, see figure_method_colours. */
int page_colour(const experiment_group *g, int run);

/* One section each, for a group. Nothing is added where the files are not there. */
duro_status page_curves(page *p, int group);
duro_status page_matrix(page *p, int group);
duro_status page_sweeps(page *p, int group);
duro_status page_sets(page *p, int group);
duro_status page_aggregates(page *p, int group);
duro_status page_times(page *p, int group);
/* A sentence and a colour for every run and way of acting, over all groups. */
duro_status page_verdicts(page *p);
/* The worst of each run, over all groups. */
duro_status page_summary(page *p);

/* ---- the cells of the attack matrix ---- */

/* A cell over all seeds. */
typedef struct matrix_cell {
  int seeds; /* that have it */
  double episodes, violating, cut_off, bound, h_min;
  double savable; /* of the searches for a start that broke it, those that the solution's own policy withstands */
  duro_interval episode_return;
  bool weak; /* a best response that did worse than the co-trained adversary */
} matrix_cell;

/* A place of the matrix. */
typedef struct matrix_key {
  const char *attacker, *acting, *changes;
  double amplitude, noise;
} matrix_key;

matrix_cell matrix_pool(page *p, int group, int run, const matrix_key *key);
/* The row of a seed, -1 where there is none. */
int matrix_row(const page_run *r, const matrix_key *key);
/* The attackers and ways of acting of a group, in the order in which they come. */
void matrix_lists(page *p, int group, cli_words *attackers, cli_words *actings);

/* ---- pictures with a band over seeds ---- */

/* A value of one seed at a place of one curve. */
typedef struct band_sample {
  int panel, curve, row; /* row: 0 above, 1 below */
  double x, value;
} band_sample;

typedef struct bands {
  cli_words panels, curves; /* titles */
  int colour[CLI_MAX_WORDS];
  bool dashed[CLI_MAX_WORDS]; /* of each curve */
  band_sample *samples;
  int count, capacity;
  int rows; /* 1 or 2 */
  const char *x_title, *y_title[2];
  bool steps;      /* x are environment steps */
  bool percent[2]; /* of each row: from 0 to 100 */
  double from;     /* the range of a row that is no percentage is that of the samples from this x on */
} bands;

void bands_add(bands *b, int panel, int curve, int row, double x, double value);
/* Draws name.png from name.csv and name.gp, and takes over the caption. Draws nothing where there are no samples. */
duro_status bands_draw(bands *b, report *r, const char *name, const char *about, text *caption);
void bands_release(bands *b);

#endif

/* The report: what was read, which pictures were made of it, and the page that shows them. */
#ifndef DURO_APP_REPORT_H
#define DURO_APP_REPORT_H

#include "cli/cli.h"
#include "duro/eval.h"
#include "duro/io.h"
#include "io/escape.h"
#include "io/table.h"
#include "run/run.h"
#include "show/html.h"
#include "show/play.h"
#include "study/sets.h"
#include "study/solve.h"

enum { REPORT_FIGURES = 2 + 4 * CLI_MAX_WORDS, FIGURE_NAME = 160 };

/* A run and the files of its folder; a file that is not there leaves its flag false. */
typedef struct report_run {
  run run;
  const char *label; /* name of the folder, or its path where two are called the same */
  sheet during, summary;
  duro_table train;
  bool has_during, has_summary, has_train;
  int colour; /* of its curves, see figure_colour */
} report_run;

/* A picture: <name>.gp in figures/ makes <name>.png, or the frames of <name>.gif. */
typedef struct figure {
  char name[FIGURE_NAME];
  const char *ending; /* "png", "gif" */
  text caption;       /* HTML */
  const char *lacks;  /* what was missing to draw it; NULL where it was drawn */
} figure;

typedef struct report {
  report_run *runs;
  int count;
  const char *command;    /* that makes this page again */
  char folder[CLI_PATH];  /* of report.html */
  char figures[CLI_PATH]; /* folder/figures */
  int64_t threads;
  bool one_file;            /* the pictures are in the page */
  duro_status (*ask)(void); /* DURO_ERROR_STOPPED: the command is to end well */
  figure figure[REPORT_FIGURES];
  int n_figures;
} report;

/* Each adds figures: it writes data and script and runs gnuplot where there is one. */
duro_status report_training(report *r);
duro_status report_metrics(report *r);
duro_status report_safe_set(report *r, int i);
duro_status report_trace(report *r, int i);
/* Nothing where no attacker was played at two amplitudes. */
duro_status report_amplitude(report *r, int i);
/* The trajectory of report_trace as a film; `who` attacks, in HTML. */
duro_status report_film(report *r, int i, const trajectory *t, const char *who);
/* Draws the set of the last row of a comparison and, where there are more, all of them over training; *drawn is false
 * where there was no gnuplot. */
duro_status sets_figures(bool *drawn, const sets_work *w);
/* Pictures and page of a solution on a grid. */
duro_status solve_figures(report *r, const solution *s);
duro_status solve_page(const solution *s, const report *r);
/* Writes report.html. */
duro_status report_page(const report *r);

/* Adds a picture with its caption. */
void report_add_figure(text *page, const figure *f);
/* Adds the section that shows the pictures with their captions. */
void report_add_figures(text *page, const report *r);

/* Common parts of the figures. */

/* Starts a script: terminal of that size in pixels, output, common look. */
void figure_begin(text *script, const char *name, const char *about, int width, int height);
/* Saves the script, runs it, and adds the figure with its caption, whose text it takes over. */
duro_status figure_end(report *r, text *script, const char *name, text *caption);
/* Adds a figure whose files are there, and takes over the text of its caption. */
void figure_add(report *r, const char *name, const char *ending, const char *lacks, text *caption);
/* Saves a data file beside the scripts. */
duro_status figure_data(const report *r, const text *data, const char *file);
/* Places the next panel of a multiplot between two heights, in pixels from the top of the picture. */
void figure_panel(text *script, int height, int from, int to);
/* Range and round tics of axis 'x' (at most `tics`, so that their labels do not collide) or 'y' (about as many) for
 * data in [low, high]; 'y' gets some room at both ends. */
void figure_axis(text *script, char axis, double low, double high, int tics);
/* Colours that colour-blind readers tell apart (Okabe and Ito 2008). */
const char *figure_colour(int i);
/* Which of them each of n runs has, by the names of their algorithms: one colour for a method on every page, that of
 * the first of its runs; further ones have what is left. */
void figure_method_colours(int *colour, const char *const *algorithms, int n);
/* Runs gnuplot with these words (NULL after the last) in a folder; its exit status, 127 when there is no gnuplot. */
int figure_run(const char *folder, const char *const *words);
/* Runs <name>.gp in the folder; <name>.png appears whole or not at all. *drawn is false, and the status that of
 * success, when there is no gnuplot. */
duro_status figure_draw(bool *drawn, const char *folder, const char *name);
extern const char figure_no_gnuplot[]; /* says that it was not found */
/* True when gnuplot can be run. */
bool figure_gnuplot(void);

#endif

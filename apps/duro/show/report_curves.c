/* Pictures over training time: returns and violations, and the columns of train.csv. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "show/greek.h"
#include "show/report.h"

enum { LEGEND_LINE = 28, PANEL = 400, SMALL_PANEL = 250, TITLE = 36 };

/* Widens [low, high] by a value, if it is one. */
static void widen(double *low, double *high, double value) {
  if (!isfinite(value)) return;
  *low = fmin(*low, value);
  *high = fmax(*high, value);
}

/* A look plays several scenarios; these pictures show the first of each. */
static bool is_first(const sheet *during, int row) {
  return row == 0 || strcmp(sheet_cell(during, row, "step"), sheet_cell(during, row - 1, "step")) != 0;
}

static duro_status save_during(const report *r, int i) {
  const sheet *during = &r->runs[i].during;
  text data = {0};
  char file[48];
  text_add(&data, "step,return,violating_percent\n");
  for (int row = 0; row < during->rows; row++) {
    if (!is_first(during, row)) continue;
    text_add_number(&data, sheet_number(during, row, "step"));
    text_add(&data, ",");
    text_add_number(&data, sheet_number(during, row, "return"));
    text_add(&data, ",");
    text_add_number(&data, 100 * sheet_number(during, row, "violating") / sheet_number(during, row, "episodes"));
    text_add(&data, "\n");
  }
  snprintf(file, sizeof file, "training-%d.csv", i + 1);
  const duro_status status = figure_data(r, &data, file);
  text_release(&data);
  return status;
}

/* One curve for each run from column `column` of its data. */
static void plot_during(text *script, const report *r, int column) {
  static const int points[] = {7, 5, 9, 13, 6, 4, 8, 12};
  text_add(script, "plot ");
  bool first = true;
  for (int i = 0; i < r->count; i++) {
    if (!r->runs[i].has_during) continue;
    text title = {0};
    const sheet *during = &r->runs[i].during;
    const char *adversary = sheet_cell(during, 0, "adversary");
    text_add(&title, "%s, attacked by %s", r->runs[i].label, adversary[0] ? adversary : "random");
    text_add(script, "%s'training-%d.csv' using 1:%d with linespoints lw 2 ps 1.1 pt %d lc rgb '%s' title ",
             first ? "" : ", \\\n  ", i + 1, column, points[i % 8], figure_colour(r->runs[i].colour));
    greek_gnuplot(script, cli_text(&title));
    text_release(&title);
    first = false;
  }
  text_add(script, "\n");
}

/* Ranges over all runs: of the steps from 0 on, and of the return. */
static void span_during(double *last_step, double *low, double *high, const report *r) {
  *low = INFINITY, *high = -INFINITY, *last_step = 1;
  for (int i = 0; i < r->count; i++)
    for (int row = 0; r->runs[i].has_during && row < r->runs[i].during.rows; row++) {
      *last_step = fmax(*last_step, sheet_number(&r->runs[i].during, row, "step"));
      widen(low, high, sheet_number(&r->runs[i].during, row, "return"));
    }
}

/* labels an axis that ends at `last`: "500k", or "1.5M" where ticks are less than a million apart */
static void label_steps(text *script, double last) {
  const double unit = pow(1000, floor(log10(fmax(last, 1)) / 3));
  text_add(script, "set format x '%%.%ds%%c'\nset xlabel 'environment steps'\n", last < 4 * unit ? 1 : 0);
}

static void draw_training(text *script, const report *r, int curves) {
  double last_step, low, high;
  const int legend = 20 + LEGEND_LINE * curves, height = legend + 2 * PANEL + 100;
  figure_begin(script, "training", "Return and violations in short evaluations while training.", 1000, height);
  span_during(&last_step, &low, &high, r);
  text_add(script, "set key at screen .5,screen .995 center top vertical maxcols 1 samplen 3 reverse Left\n"
                   "set lmargin 10\nset rmargin 4\nset multiplot\nset format x ''\n"
                   "set ylabel 'return of an episode'\n");
  figure_axis(script, 'x', 0, last_step, 5);
  figure_axis(script, 'y', low, high, 6);
  figure_panel(script, height, legend + 10, legend + PANEL - 10);
  plot_during(script, r, 2);
  label_steps(script, last_step);
  text_add(script, "unset key\nset ylabel 'violating episodes (%%)'\n");
  figure_axis(script, 'y', 0, 100, 5);
  figure_panel(script, height, legend + PANEL + 20, legend + 2 * PANEL);
  plot_during(script, r, 3);
  text_add(script, "unset multiplot\n");
}

static void choose_colours(report *r) {
  const char *algorithms[CLI_MAX_WORDS];
  int colour[CLI_MAX_WORDS];
  for (int i = 0; i < r->count; i++) algorithms[i] = duro_policy_about(r->runs[i].run.policy)->algorithm;
  figure_method_colours(colour, algorithms, r->count);
  for (int i = 0; i < r->count; i++) r->runs[i].colour = colour[i];
}

duro_status report_training(report *r) {
  text script = {0}, caption = {0};
  choose_colours(r);
  int curves = 0;
  duro_status status = DURO_OK;
  for (int i = 0; !status && i < r->count; i++) {
    if (!r->runs[i].has_during) continue;
    status = save_during(r, i);
    curves++;
  }
  if (status || !curves) return status;
  draw_training(&script, r, curves);
  text_add(&caption,
           "Learning over time. Each point is a short evaluation of the policy as it was then: 32 episodes from the "
           "evaluation starts, the same ones each time, without safety filter. Above: mean return (higher is better). "
           "Below: share of episodes in which the constraint was violated (0 is best). The legend names the adversary; "
           "curves against different adversaries do not compare. 32 episodes are few: 0 of 32 still allows a true rate "
           "of up to 8.9 %% (95 %% confidence).");
  return figure_end(r, &script, "training", &caption);
}

/* Columns of train.csv that count rather than tell about learning. */
static bool is_bookkeeping(const char *name) {
  static const char *const names[] = {"step", "update", "seconds", "episodes", "steps_per_second"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i]) == 0) return true;
  return false;
}

static int table_column(const duro_table *table, const char *name) {
  for (int j = 0; j < table->columns; j++)
    if (strcmp(table->names[j], name) == 0) return j;
  return -1;
}

/* True when the run has at least one number in that column. */
static bool has_numbers(const report_run *run, const char *name) {
  const int j = run->has_train ? table_column(&run->train, name) : -1;
  for (int row = 0; j >= 0 && row < run->train.rows; row++)
    if (isfinite(run->train.values[row * run->train.columns + j])) return true;
  return false;
}

static duro_status save_metrics(const report *r, int i) {
  const duro_table *table = &r->runs[i].train;
  text data = {0};
  char file[48];
  for (int row = -1; row < table->rows; row++)
    for (int j = 0; j < table->columns; j++) {
      if (row < 0)
        text_add_field(&data, table->names[j]);
      else
        text_add_number(&data, table->values[row * table->columns + j]);
      text_add(&data, j + 1 < table->columns ? "," : "\n");
    }
  snprintf(file, sizeof file, "metrics-%d.csv", i + 1);
  const duro_status status = figure_data(r, &data, file);
  text_release(&data);
  return status;
}

enum { MAX_PANELS = 60 };

/* Names of the columns that some run has numbers in, in the order of their first appearance. */
static int collect_panels(const char **names, const report *r) {
  int count = 0;
  for (int i = 0; i < r->count; i++)
    for (int j = 0; r->runs[i].has_train && j < r->runs[i].train.columns; j++) {
      const char *name = r->runs[i].train.names[j];
      bool known = is_bookkeeping(name) || !has_numbers(&r->runs[i], name);
      for (int k = 0; !known && k < count; k++) known = strcmp(names[k], name) == 0;
      if (!known && count < MAX_PANELS) names[count++] = name;
    }
  return count;
}

/* The last environment step of any run. */
static double last_step(const report *r) {
  double last = 1;
  for (int i = 0; i < r->count; i++) {
    const duro_table *table = &r->runs[i].train;
    const int x = r->runs[i].has_train ? table_column(table, "step") : -1;
    for (int row = 0; x >= 0 && row < table->rows; row++) {
      const double step = table->values[row * table->columns + x];
      if (step > last) last = step; // gcc 12 for aarch64 ends with an internal error at the loop with fmax
    }
  }
  return last;
}

/* The curves of one column, with the axis that fits them. */
static void plot_metric(text *script, const report *r, const char *name) {
  double low = INFINITY, high = -INFINITY;
  text curves = {0};
  for (int i = 0; i < r->count; i++) {
    if (!has_numbers(&r->runs[i], name)) continue;
    const duro_table *table = &r->runs[i].train;
    const int y = table_column(table, name);
    for (int row = 0; row < table->rows; row++) widen(&low, &high, table->values[row * table->columns + y]);
    text_add(&curves, "%s'metrics-%d.csv' using (column('step')):(column(", curves.length ? ", \\\n  " : "plot ",
             i + 1);
    text_add_gnuplot(&curves, name);
    text_add(&curves, ")) with lines lw 2 lc rgb '%s' notitle", figure_colour(r->runs[i].colour));
  }
  figure_axis(script, 'y', low, high, 4);
  text_add(script, "set label 1 ");
  greek_gnuplot(script, name);
  text_add(script, " at graph 0, graph 1.09 left\n%s\n", cli_text(&curves));
  text_release(&curves);
}

/* The legend in a strip of its own: curves without points, above the panels. */
static void plot_legend(text *script, const report *r, int height, int legend) {
  figure_panel(script, height, 0, legend);
  text_add(script, "set key at screen .5,screen .995 center top vertical maxcols 1 samplen 3 reverse Left\n"
                   "unset border\nunset tics\nset xrange [0:1]\nset yrange [0:1]\nplot ");
  bool first = true;
  for (int i = 0; i < r->count; i++) {
    if (!r->runs[i].has_train) continue;
    text_add(script, "%sNaN with lines lw 4 lc rgb '%s' title ", first ? "" : ", \\\n  ",
             figure_colour(r->runs[i].colour));
    text_add_gnuplot(script, r->runs[i].label);
    first = false;
  }
  text_add(script, "\nunset key\nset border 3 lc '#555555'\nset tics nomirror out textcolor '#222222'\n"
                   "set datafile columnheaders\nset format y '%%.4g'\n");
}

static void draw_metrics(text *script, const report *r, const char *const *names, int panels, int runs) {
  const int rows = (panels + 1) / 2, legend = 20 + LEGEND_LINE * runs, height = legend + SMALL_PANEL * rows + 100;
  figure_begin(script, "metrics", "The columns of train.csv.", 1200, height);
  text_add(script, "set multiplot\n");
  plot_legend(script, r, height, legend);
  figure_axis(script, 'x', 0, last_step(r), 4);
  for (int k = 0; k < panels; k++) {
    const int from = legend + SMALL_PANEL * (k / 2);
    const double left = k % 2 ? .5 : 0;
    const bool lowest = k + 2 >= panels;
    text_add(script, "set lmargin at screen %.4f\nset rmargin at screen %.4f\n", left + .085, left + .465);
    if (lowest)
      label_steps(script, last_step(r));
    else
      text_add(script, "set format x ''\n");
    figure_panel(script, height, from + TITLE, from + SMALL_PANEL - 8);
    plot_metric(script, r, names[k]);
  }
  text_add(script, "unset multiplot\n");
}

/* What the columns mean, for those that are shown. */
static void add_glossary(text *caption, const char *const *names, int panels) {
  static const char *const meaning[][2] = {
      {"return", "return of the training episodes that ended"},
      {"violations", "share of training steps that violated the constraint"},
      {"gamma_h", "discount of the safety value"},
      {"alpha", "temperature of the entropy"},
      {"loss_Q", "squared error of the reward critics"},
      {"loss_Qh", "squared error of the safety critic"},
      {"Q", "mean reward value of the task policy"},
      {"Qh_task", "mean safety value of the task policy's actions"},
      {"Qh_safe", "mean safety value of the safety policy's actions"},
      {"Qc", "mean cost value of the task policy"},
      {"loss_Qc", "squared error of the cost critic"},
      {"feasible", "share of the batch inside the learned safe set"},
      {"lambda", "weight of safety against reward"},
      {"entropy", "how random the task policy is"},
  };
  for (int k = 0; k < panels; k++)
    for (size_t i = 0; i < sizeof meaning / sizeof *meaning; i++)
      if (strcmp(names[k], meaning[i][0]) == 0) text_add(caption, " <i>%s</i>: %s.", names[k], meaning[i][1]);
}

duro_status report_metrics(report *r) {
  const char *names[MAX_PANELS];
  const int panels = collect_panels(names, r);
  duro_status status = DURO_OK;
  int runs = 0;
  for (int i = 0; !status && i < r->count; i++) {
    if (!r->runs[i].has_train) continue;
    status = save_metrics(r, i);
    runs++;
  }
  if (status || !panels) return status;
  text script = {0}, caption = {0};
  draw_metrics(&script, r, names, panels, runs);
  text_add(&caption,
           "What the learner saw: every column of train.csv against environment steps, all runs in the colours of the "
           "legend. A run is missing from a panel when its algorithm does not have that quantity. These are means over "
           "training batches and training episodes, made with exploration and with starts of their own; they are "
           "not an evaluation.");
  add_glossary(&caption, names, panels);
  return figure_end(r, &script, "metrics", &caption);
}

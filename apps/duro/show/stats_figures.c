/* Pictures that compare methods over runs and tasks, as those of rliable. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "show/stats_table.h"

enum { ROW = 44, WIDE = 1000, TOP = 56, BOTTOM = 110 }; // pixels

static void figure_name(char *out, size_t size, const char *name, const char *what) {
  snprintf(out, size, "%s-%s", name, what);
}

/* Saves the data beside the scripts as <name>.csv and releases it. */
static duro_status save(const report *r, text *data, const char *name) {
  char file[64];
  snprintf(file, sizeof file, "%s.csv", name);
  const duro_status status = figure_data(r, data, file);
  text_release(data);
  return status;
}

/* Smallest and largest number of runs of a method. */
static void count_runs(int64_t *fewest, int64_t *most, const stats_groups *g) {
  *fewest = *most = g->group[0].scores.runs;
  for (int i = 1; i < g->count; i++) {
    const int64_t runs = g->group[i].scores.runs;
    if (runs < *fewest) *fewest = runs;
    if (runs > *most) *most = runs;
  }
}

/* What every caption says of the intervals. */
static void add_basis(text *caption, const stats_groups *g) {
  int64_t fewest, most;
  count_runs(&fewest, &most, g);
  text_add(caption, " %g %% intervals by %lld resamples of the runs within each task (stratified bootstrap), %lld",
           100 * g->bootstrap.confidence, (long long)g->bootstrap.replicates, (long long)fewest);
  if (most != fewest) text_add(caption, " to %lld", (long long)most);
  text_add(caption, " run%s of %lld task%s.", most == 1 ? "" : "s", (long long)g->group[0].scores.tasks,
           g->group[0].scores.tasks == 1 ? "" : "s");
  if (fewest == 1)
    text_add(caption, " One run gives no interval: what is drawn there has no width.");
  else if (fewest < 10)
    text_add(caption, " So few runs give intervals that are too narrow.");
}

/* Room for the longest name, as a share of the width. */
static double name_room(const stats_groups *g) {
  size_t longest = 0;
  for (int i = 0; i < g->count; i++)
    if (strlen(g->group[i].name) > longest) longest = strlen(g->group[i].name);
  return fmin(.4, (50 + 12 * (double)longest) / WIDE);
}

/* Heights of the only row of panels. */
static void place_rows(text *script, int height) {
  text_add(script, "set tmargin at screen %.4f\nset bmargin at screen %.4f\n", 1 - (double)TOP / height,
           (double)BOTTOM / height);
}

/* Adds a name as the label of row `row`; gnuplot reads labels as formats. */
static void add_label(text *tics, const char *name, int row) {
  text label = {0};
  for (; *name; name++) text_add(&label, *name == '%' ? "%%%%" : "%c", *name);
  text_add(tics, row ? ", " : "");
  text_add_gnuplot(tics, cli_text(&label));
  text_add(tics, " %d", row);
  text_release(&label);
}

/* Rows from the top, with their names at the left, or without. */
static void name_rows(text *script, const stats_groups *g, bool named) {
  text_add(script, "set yrange [%d.5:-.5]\nset ytics nomirror (", g->count - 1);
  for (int i = 0; i < g->count; i++) add_label(script, named ? g->group[i].name : "", i);
  text_add(script, ")\n");
}

/* The numbers of a table, a row for each method. */
static void plot_rows(text *script, const char *data, const char *column, const stats_groups *g) {
  text_add(script, "plot ");
  for (int i = 0; i < g->count; i++)
    text_add(script,
             "%s'%s.csv' every ::%d::%d using (column('%s')):(%d):(column('%s_low')):(column('%s_high')) "
             "with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '%s' notitle",
             i ? ", \\\n  " : "", data, i, i, column, i, column, column, figure_colour(g->group[i].colour));
  text_add(script, "\n");
}

static void draw_intervals(text *script, const char *name, const stats_groups *g) {
  static const duro_aggregate kinds[] = {DURO_AGGREGATE_IQM, DURO_AGGREGATE_MEAN};
  static const char *const titles[] = {"interquartile mean", "mean"};
  const int height = TOP + BOTTOM + ROW * g->count;
  const double names = name_room(g), panel = .5 * (1 - names) - .05;
  figure_begin(script, name, "Interquartile mean and mean over runs and tasks, with intervals.", WIDE, height);
  text_add(script, "set datafile columnheaders\nset multiplot\nset format x '%%.4g'\n"
                   "set xtics nomirror font ',12'\n"); // gnuplot chooses them: their labels have to fit
  place_rows(script, height);
  for (int k = 0; k < 2; k++) {
    const double from = names + k * (panel + .05);
    text_add(script, "set lmargin at screen %.4f\nset rmargin at screen %.4f\nset title '%s'\nset xlabel ", from,
             from + panel, titles[k]);
    text_add_gnuplot(script, g->score);
    text_add(script, "\n");
    name_rows(script, g, k == 0);
    plot_rows(script, name, duro_aggregate_name(kinds[k]), g);
  }
  text_add(script, "unset multiplot\n");
}

static duro_status intervals(report *r, const char *prefix, const char *about, const stats_groups *g) {
  text data = {0}, script = {0}, caption = {0};
  char name[48];
  figure_name(name, sizeof name, prefix, "intervals");
  stats_table_csv(&data, g);
  const duro_status status = save(r, &data, name);
  if (status) return status;
  draw_intervals(&script, name, g);
  text_add(&caption,
           "%s Interquartile mean (without the lowest and the highest quarter of the scores) and mean. The first "
           "leaves out just the runs that fail: where a score tells of safety, read the mean, and the worst run.",
           about);
  add_basis(&caption, g);
  return figure_end(r, &script, name, &caption);
}

static void draw_profile(text *script, const char *name, const stats_groups *g) {
  double low = 0, high = 1;
  const int legend = 20 + 28 * g->count, height = legend + 400 + BOTTOM;
  stats_range(&low, &high, g);
  figure_begin(script, name, "Share of runs above a score, over scores, with bands.", WIDE, height);
  text_add(script,
           "set datafile columnheaders\nset key at screen .5,screen .995 center top vertical maxcols 1 samplen 3 "
           "reverse Left\nset ylabel 'share of runs above it'\nset xlabel ");
  text_add_gnuplot(script, g->score);
  text_add(script, "\nset lmargin 10\nset rmargin 4\n");
  figure_axis(script, 'x', low, high, 6);
  figure_axis(script, 'y', 0, 1, 5);
  figure_panel(script, height, legend + 10, legend + 400);
  text_add(script, "plot ");
  for (int i = 0; i < g->count; i++)
    text_add(script, "'%s.csv' using 1:%d:%d with filledcurves fs transparent solid .2 lc rgb '%s' notitle, \\\n  ",
             name, 3 * i + 3, 3 * i + 4, figure_colour(g->group[i].colour));
  for (int i = 0; i < g->count; i++) {
    text_add(script, "%s'%s.csv' using 1:%d with lines lw 3 lc rgb '%s' title ", i ? ", \\\n  " : "", name, 3 * i + 2,
             figure_colour(g->group[i].colour));
    text_add_gnuplot(script, g->group[i].name);
  }
  text_add(script, "\n");
}

static duro_status profile(report *r, const char *prefix, const char *about, const stats_groups *g) {
  text data = {0}, script = {0}, caption = {0};
  char name[48];
  figure_name(name, sizeof name, prefix, "profile");
  stats_profile_csv(&data, g);
  const duro_status status = save(r, &data, name);
  if (status) return status;
  draw_profile(&script, name, g);
  text_add(
      &caption,
      "%s Performance profile: for each score, the share of all runs that reach more. A curve that is nowhere below "
      "another is at least as good in every respect; where curves cross, none is. Bands hold at one score, not for "
      "the whole curve.",
      about);
  add_basis(&caption, g);
  return figure_end(r, &script, name, &caption);
}

/* Names of both methods of a row at the left and right. */
static void name_pairs(text *script, const stats_groups *g) {
  text tics[2] = {{0}, {0}};
  int row = 0;
  for (int i = 0; i < g->count; i++)
    for (int j = i + 1; j < g->count; j++, row++)
      for (int side = 0; side < 2; side++) add_label(&tics[side], g->group[side ? j : i].name, row);
  text_add(script, "set yrange [%d.5:-.5]\nset y2range [%d.5:-.5]\nset ytics nomirror (%s)\nset y2tics nomirror (%s)\n",
           row - 1, row - 1, cli_text(&tics[0]), cli_text(&tics[1]));
  for (int side = 0; side < 2; side++) text_release(&tics[side]);
}

static void draw_improvement(text *script, const char *name, const stats_groups *g) {
  const int rows = g->count * (g->count - 1) / 2, height = TOP + BOTTOM + ROW * rows;
  figure_begin(script, name, "Probability that a run of one method scores more than one of another.", WIDE, height);
  text_add(script,
           "set datafile columnheaders\nset lmargin at screen %.4f\nset rmargin at screen %.4f\n"
           "set xrange [0:1]\nset xtics nomirror .25\nset title 'left better than right'\nset xlabel 'probability'\n"
           "set arrow 1 from .5, graph 0 to .5, graph 1 nohead lc '#a04000' lw 1.5 dt 2\n",
           name_room(g), 1 - name_room(g));
  place_rows(script, height);
  name_pairs(script, g);
  text_add(script, "plot '%s.csv' using 3:0:4:5 with xerrorbars lw 3 ps 1.3 pt 7 lc rgb '%s' notitle\n", name,
           figure_colour(0));
}

static duro_status improvement(report *r, const char *prefix, const char *about, const stats_groups *g) {
  text data = {0}, script = {0}, caption = {0};
  char name[48];
  figure_name(name, sizeof name, prefix, "improvement");
  stats_improvement_csv(&data, g);
  const duro_status status = save(r, &data, name);
  if (status) return status;
  draw_improvement(&script, name, g);
  text_add(
      &caption,
      "%s Probability of improvement: how often a run of the method at the left scores more than a run of the one at "
      "the right, ties counted half. It says how often, not by how much; where the interval holds one half, the "
      "runs do not tell the two apart.",
      about);
  add_basis(&caption, g);
  return figure_end(r, &script, name, &caption);
}

/* A missing score leaves nothing of its method to draw. */
static int drawable(const stats_groups *g) {
  int count = 0;
  for (int i = 0; i < g->count; i++) {
    const duro_scores scores = g->group[i].scores;
    int64_t finite = 0;
    for (int64_t k = 0; k < scores.runs * scores.tasks; k++) finite += isfinite(scores.values[k]) != 0;
    count += finite > 0 && finite == scores.runs * scores.tasks;
  }
  return count;
}

duro_status stats_figures(report *r, const char *name, const char *about, const stats_groups *g) {
  const int methods = drawable(g);
  duro_status status = methods ? intervals(r, name, about, g) : DURO_OK;
  if (!status && methods) status = profile(r, name, about, g);
  if (!status && methods > 1) status = improvement(r, name, about, g);
  return status;
}

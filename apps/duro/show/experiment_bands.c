/* Curves with a band over seeds: panels side by side, one or two rows, a curve for each run. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show/experiment_page.h"
#include "show/greek.h"

enum {
  PANEL_WIDTH = 400,
  PANEL_HEIGHT = 300,
  LEFT = 130,
  RIGHT = 30,
  LEGEND_LINE = 30,
  TITLE = 44,
  BELOW = 110,
  COLUMNS = 4
};

void bands_add(bands *b, int panel, int curve, int row, double x, double value) {
  if (!isfinite(x) || !isfinite(value)) return;
  if (b->count == b->capacity) {
    b->capacity = 2 * b->capacity + 64;
    band_sample *larger = realloc(b->samples, (size_t)b->capacity * sizeof *larger);
    if (!larger) exit(cli_fail(CLI_FAILED, "out of memory: %d samples", b->capacity));
    b->samples = larger;
  }
  b->samples[b->count++] = (band_sample){panel, curve, row, x, value};
}

void bands_release(bands *b) {
  free(b->samples);
  *b = (bands){0};
}

static int order(double a, double b) {
  return (a > b) - (a < b);
}

/* Curve by curve, along x; at one x both rows, and the seeds by value, whatever their order was. */
static int compare(const void *first, const void *second) {
  const band_sample *a = first, *b = second;
  if (a->panel != b->panel) return a->panel - b->panel;
  if (a->curve != b->curve) return a->curve - b->curve;
  if (order(a->x, b->x)) return order(a->x, b->x);
  return a->row != b->row ? a->row - b->row : order(a->value, b->value);
}

/* The samples from `i` on that lie at one place; *seeds receives how many a row has. Returns the index behind them. */
static int gather(duro_interval out[2], int *seeds, const bands *b, int i) {
  const band_sample *at = &b->samples[i];
  double values[EXPERIMENT_SEEDS];
  *seeds = 0;
  for (int row = 0; row < 2; row++) {
    int n = 0;
    for (; i < b->count; i++) {
      const band_sample *s = &b->samples[i];
      if (s->panel != at->panel || s->curve != at->curve || s->row != row || order(s->x, at->x)) break;
      if (n < EXPERIMENT_SEEDS) values[n++] = s->value;
    }
    out[row] = page_interval(values, n);
    if (n > *seeds) *seeds = n;
  }
  return i;
}

/* CSV: panel,curve,x, and for each row its mean and band, then the number of seeds. */
static void write_data(text *out, const bands *b) {
  duro_interval at[2];
  int seeds;
  text_add(out, "panel,curve,x");
  for (int row = 0; row < b->rows; row++) text_add(out, ",y%d,y%d_low,y%d_high", row + 1, row + 1, row + 1);
  text_add(out, ",seeds\n");
  for (int i = 0; i < b->count;) {
    const band_sample *s = &b->samples[i];
    i = gather(at, &seeds, b, i);
    text_add_field(out, b->panels.word[s->panel]);
    text_add(out, ",");
    text_add_field(out, b->curves.word[s->curve]);
    text_add(out, ",");
    text_add_number(out, s->x);
    for (int row = 0; row < b->rows; row++) {
      const double v[] = {at[row].value, at[row].low, at[row].high};
      for (int k = 0; k < 3; k++) text_add(out, ","), text_add_number(out, v[k]);
    }
    text_add(out, ",%d\n", seeds);
  }
}

/* ---- the script ---- */

/* " using (this curve's x):..." with columns by their names; NaN for the rows of other curves. */
static void add_using(text *script, const bands *b, int panel, int curve) {
  text_add(script, " using (strcol('panel') eq ");
  text_add_gnuplot(script, b->panels.word[panel]);
  text_add(script, " && strcol('curve') eq ");
  text_add_gnuplot(script, b->curves.word[curve]);
  text_add(script, " ? column('x') : NaN)");
}

/* True when the curve has samples, in this panel or (-1) in any. */
static bool has_curve(const bands *b, int panel, int curve) {
  for (int i = 0; i < b->count; i++)
    if ((panel < 0 || b->samples[i].panel == panel) && b->samples[i].curve == curve) return true;
  return false;
}

static int count_curves(const bands *b) {
  int count = 0;
  for (int k = 0; k < b->curves.count; k++) count += has_curve(b, -1, k);
  return count;
}

static void add_range(text *script, const bands *b, int panel, int row) {
  double low = INFINITY, high = -INFINITY;
  for (int i = 0; i < b->count; i++) {
    const band_sample *s = &b->samples[i];
    if (s->panel != panel || s->row != row || s->x < b->from) continue;
    low = fmin(low, s->value);
    high = fmax(high, s->value);
  }
  if (b->percent[row]) low = 0, high = fmin(100, fmax(1, high));
  figure_axis(script, 'y', low, high, 5);
}

static void plot_panel(text *script, const bands *b, const char *name, int panel, int row) {
  add_range(script, b, panel, row);
  bool first = true;
  for (int pass = 0; pass < 2; pass++) // the bands lie below the lines
    for (int k = 0; k < b->curves.count; k++) {
      if (!has_curve(b, panel, k)) continue;
      text_add(script, "%s'%s.csv'", first ? "plot " : ", \\\n  ", name);
      first = false;
      add_using(script, b, panel, k);
      if (pass == 0)
        text_add(script,
                 ":(column('y%d_low')):(column('y%d_high')) with filledcurves fs transparent solid .18 noborder lc rgb "
                 "'%s' notitle",
                 row + 1, row + 1, figure_colour(b->colour[k]));
      else
        text_add(script, ":(column('y%d')) with linespoints pt 7 ps .5 lw 2 dt %d lc rgb '%s' notitle", row + 1,
                 b->dashed[k] ? 2 : 1, figure_colour(b->colour[k]));
    }
  text_add(script, first ? "plot NaN notitle\n" : "\n");
}

/* A strip of its own above the panels: curves without points. */
static void plot_legend(text *script, const bands *b, int height, int legend) {
  figure_panel(script, height, 0, legend);
  text_add(script,
           "set lmargin at screen 0\nset rmargin at screen 1\n"
           "set key at screen .5,screen .99 center top vertical maxrows %d samplen 3 reverse Left\n"
           "unset border\nunset tics\nset xrange [0:1]\nset yrange [0:1]\nplot ",
           (count_curves(b) + 1) / 2);
  bool first = true;
  for (int k = 0; k < b->curves.count; k++) {
    if (!has_curve(b, -1, k)) continue;
    text_add(script, "%sNaN with lines lw 4 dt %d lc rgb '%s' title ", first ? "" : ", \\\n  ", b->dashed[k] ? 2 : 1,
             figure_colour(b->colour[k]));
    greek_gnuplot(script, b->curves.word[k]);
    first = false;
  }
  text_add(script, "\nunset key\nset border 3 lc '#555555'\nset tics nomirror out textcolor '#222222'\n"
                   "set datafile columnheaders\n");
}

static void add_x_axis(text *script, const bands *b, bool lowest) {
  double low = INFINITY, high = -INFINITY;
  for (int i = 0; i < b->count; i++) low = fmin(low, b->samples[i].x), high = fmax(high, b->samples[i].x);
  figure_axis(script, 'x', b->steps ? 0 : low, high, 4);
  const double unit = b->steps ? pow(1000, floor(log10(fmax(high, 1)) / 3)) : 1;
  if (!lowest)
    text_add(script, "set format x ''\nunset xlabel\n");
  else if (b->steps)
    text_add(script, "set format x '%%.%ds%%c'\nset xlabel ", high < 4 * unit ? 1 : 0);
  else
    text_add(script, "set format x '%%g'\nset xlabel ");
  if (!lowest) return;
  greek_gnuplot(script, b->x_title);
  text_add(script, "\n");
}

/* Where panels lie, in pixels: at most COLUMNS side by side, the next ones in a block below. */
typedef struct layout {
  int width, height, legend, columns, block;
} layout;

static layout make_layout(const bands *b) {
  const int panels = b->panels.count, columns = panels < COLUMNS ? panels : COLUMNS;
  layout l = {.columns = columns, .legend = 16 + LEGEND_LINE * ((count_curves(b) + 1) / 2)};
  l.width = (columns > 1 ? columns : 2) * (PANEL_WIDTH + LEFT + RIGHT);
  l.block = b->rows * (PANEL_HEIGHT + TITLE) + BELOW;
  l.height = l.legend + l.block * ((panels + columns - 1) / columns);
  return l;
}

static void place_panel(text *script, const layout *l, int panel, int row) {
  const int column = panel % l->columns, share = l->width / l->columns;
  const int from = l->legend + panel / l->columns * l->block + row * (PANEL_HEIGHT + TITLE) + TITLE;
  text_add(script, "set lmargin at screen %.5f\nset rmargin at screen %.5f\n",
           (double)(column * share + LEFT) / l->width, (double)((column + 1) * share - RIGHT) / l->width);
  figure_panel(script, l->height, from, from + PANEL_HEIGHT);
}

static void draw(text *script, const bands *b, const char *name, const char *about) {
  const layout l = make_layout(b);
  figure_begin(script, name, about, l.width, l.height);
  text_add(script, "set multiplot\n");
  plot_legend(script, b, l.height, l.legend);
  for (int row = 0; row < b->rows; row++)
    for (int k = 0; k < b->panels.count; k++) {
      place_panel(script, &l, k, row);
      add_x_axis(script, b, row == b->rows - 1);
      text_add(script, "set label 2 '%s' at screen %.5f,graph .5 center rotate by 90\nset label 1 ",
               k % l.columns == 0 ? b->y_title[row] : "", 22. / l.width);
      greek_gnuplot(script, row == 0 ? b->panels.word[k] : "");
      text_add(script, " at graph .5, graph 1.08 center\n");
      plot_panel(script, b, name, k, row);
    }
  text_add(script, "unset multiplot\n");
}

duro_status bands_draw(bands *b, report *r, const char *name, const char *about, text *caption) {
  char file[80];
  if (!b->count) {
    text_release(caption);
    return DURO_OK;
  }
  qsort(b->samples, (size_t)b->count, sizeof *b->samples, compare);
  text data = {0}, script = {0};
  write_data(&data, b);
  snprintf(file, sizeof file, "%s.csv", name);
  const duro_status status = figure_data(r, &data, file);
  text_release(&data);
  if (status) return status;
  draw(&script, b, name, about);
  return figure_end(r, &script, name, caption);
}

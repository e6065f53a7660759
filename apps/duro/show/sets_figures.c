/* The pictures of duro sets: the learned set over the true one, and the measures over training. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "show/greek.h"
#include "show/report.h"

enum { MAP = 201, WIDTH = 1000, HEIGHT = 1060 };

/* Point (i, j) of the map over the slice of the environment; the other states lie in the middle of their range. */
static void map_point(double *x, const duro_env_spec *spec, int i, int j) {
  for (int k = 0; k < spec->nx; k++) x[k] = .5 * (spec->x_low[k] + spec->x_high[k]);
  const int at[2] = {i, j};
  for (int k = 0; k < 2; k++) {
    const int s = spec->slice[k];
    x[s] = spec->x_low[s] + (spec->x_high[s] - spec->x_low[s]) * at[k] / (MAP - 1);
  }
}

static duro_status save(const sets_work *w, const text *t, const char *file) {
  char path[CLI_PATH];
  run_path(path, w->folder, file);
  return text_save(t, path);
}

/* x y Q_h V_h, rows of equal y divided by blank lines */
static duro_status save_map(const sets_work *w) {
  const duro_env *env = w->run.env;
  const duro_env_spec *spec = &env->spec;
  text data = {0};
  double x[DURO_MAX_STATE];
  float obs[DURO_MAX_OBS];
  text_add(&data, "# %s, %s, Q_h (scaled), true V_h / %g\n", spec->x_names[spec->slice[0]],
           spec->x_names[spec->slice[1]], spec->h_scale);
  for (int row = 0; row < MAP; row++, text_add(&data, "\n"))
    for (int column = 0; column < MAP; column++) {
      map_point(x, spec, column, row);
      duro_env_observe(env, obs, x);
      double claim = (double)duro_policy_safety_value(w->run.policy, obs);
      if (w->run.config.learn.ahead) claim = fmin(claim, duro_env_constraint(env, x) / spec->h_scale);
      text_add(&data, "%.7g %.7g %.7g %.7g\n", x[spec->slice[0]], x[spec->slice[1]], claim,
               duro_set_truth_value(w->truth, x) / spec->h_scale);
    }
  const duro_status status = save(w, &data, "set.dat");
  text_release(&data);
  return status;
}

static void add_axis(text *script, const duro_env_spec *spec, char axis, int state) {
  char label[96];
  snprintf(label, sizeof label, "%s (%s)", spec->x_names[state], spec->x_units[state]);
  text_add(script, "set %clabel ", axis);
  greek_gnuplot(script, label);
  text_add(script, "\n");
  figure_axis(script, axis, spec->x_low[state], spec->x_high[state], 6);
  text_add(script, "set %crange [%.9g:%.9g]\n", axis, spec->x_low[state], spec->x_high[state]);
}

static void add_set_script(text *script, const sets_work *w) {
  const duro_env_spec *spec = &w->run.env->spec;
  const sets_row *last = &w->row[w->rows - 1];
  text_add(script, "set datafile separator whitespace\n"
                   "# the edges of both sets\n"
                   "set contour base\nset cntrparam levels discrete 0\nunset surface\n"
                   "set table $learned\nsplot 'set.dat' using 1:2:3 with lines\nunset table\n"
                   "set table $true\nsplot 'set.dat' using 1:2:4 with lines\nunset table\nunset contour\n");
  figure_panel(script, HEIGHT, 60, 840);
  add_axis(script, spec, 'x', spec->slice[0]);
  add_axis(script, spec, 'y', spec->slice[1]);
  text_add(script,
           "set title 'IoU %.4f, falsely safe %.3f %%, falsely given up %.3f %%, kept %.2f %%'\n"
           "set border 15 lc '#555555'\nunset grid\nunset colorbox\n"
           "set palette defined (0 '#ffffff', 1 '#D1E5F0', 2 '#E69F00', 3 '#CC0000') maxcolors 4\nset cbrange [0:3]\n"
           "set key at screen .5,screen .005 center bottom horizontal maxcols 2 samplen 2.2 reverse Left\n"
           "set lmargin 9\n"
           "kind(learned,truth)=learned>=0?(truth>=0?1:3):(truth>=0?2:0)\n"
           "plot 'set.dat' using 1:2:(kind($3,$4)) with image notitle, \\\n"
           "  $true using 1:2 with lines lw 3 lc rgb '#0072B2' title 'edge of the true set', \\\n"
           "  $learned using 1:2 with lines lw 2 lc rgb '#000000' title 'Q_h = 0: edge of the learned set', \\\n"
           "  NaN with points pt 5 ps 2 lc rgb '#CC0000' title 'falsely claimed safe', \\\n"
           "  NaN with points pt 5 ps 2 lc rgb '#E69F00' title 'falsely given up'\n",
           last->iou, 100 * last->false_safe, 100 * last->false_unsafe, 100 * last->kept);
}

static void add_curve_script(text *script) {
  text_add(script, "set multiplot\nset format x '%%.1s%%c'\nset xrange [0:*]\nset key bottom right\nset lmargin 11\n"
                   "set style data linespoints\nset xlabel ''\n");
  figure_panel(script, 800, 30, 360);
  text_add(
      script,
      "set ylabel 'share'\nset yrange [:1]\n"
      "plot 'summary.csv' using 'step':'iou' smooth unique pt 7 ps .8 lw 2 lc rgb '#0072B2' title 'overlap with the "
      "true set (IoU)', '' using 'step':'kept' smooth unique pt 5 ps .8 lw 2 lc rgb '#009E73' title 'kept by "
      "\u03c0_h'\n");
  figure_panel(script, 800, 410, 740);
  text_add(
      script,
      "set ylabel '%% of the states'\nset xlabel 'environment steps'\nset yrange [0:*]\nset key top right\n"
      "plot 'summary.csv' using 'step':(100*column('false_safe')) smooth unique pt 7 ps .8 lw 2 lc rgb '#CC0000' title "
      "'falsely claimed safe', '' using 'step':(100*column('false_unsafe')) smooth unique pt 5 ps .8 lw 2 lc rgb "
      "'#E69F00' title 'falsely given up'\nunset multiplot\n");
}

/* Saves <name>.gp and runs it; without gnuplot *drawn becomes false. */
static duro_status draw(bool *drawn, const sets_work *w, text *script, const char *name) {
  char file[64];
  bool done = true;
  snprintf(file, sizeof file, "%s.gp", name);
  duro_status status = save(w, script, file);
  text_release(script);
  if (!status) status = figure_draw(&done, w->folder, name);
  *drawn = *drawn && done;
  return status;
}

duro_status sets_figures(bool *drawn, const sets_work *w) {
  text script = {0};
  *drawn = true;
  duro_status status = save_map(w);
  if (status) return status;
  figure_begin(&script, "set", "The learned robust invariant set over the true one.", WIDTH, HEIGHT);
  add_set_script(&script, w);
  status = draw(drawn, w, &script, "set");
  if (status || w->rows < 2) return status;
  figure_begin(&script, "curve", "The learned set against the true one over training.", WIDTH, 800);
  add_curve_script(&script);
  return draw(drawn, w, &script, "curve");
}

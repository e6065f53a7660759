/* How much disturbance a policy stands: violating episodes over the amplitude of the attacks that were played. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show/greek.h"
#include "show/report.h"

enum { CURVES = 16, WIDTH = 1000, HEIGHT = 620 };

/* An attacker against a way of acting, and the rows of the matrix in which they meet. */
typedef struct curve {
  const char *attacker, *acting;
  int points;
  double high; // largest amplitude
} curve;

/* Rows of the unchanged system and without noise. */
static bool counts(const sheet *s, int row) {
  return !sheet_cell(s, row, "changes")[0] && !(sheet_number(s, row, "noise") > 0) &&
         strcmp(sheet_cell(s, row, "starts"), "outside") != 0 && sheet_number(s, row, "episodes") > 0 &&
         isfinite(sheet_number(s, row, "amplitude")) && strcmp(sheet_cell(s, row, "attacker"), "starts") != 0;
}

static bool is_of(const sheet *s, int row, const curve *c) {
  return strcmp(sheet_cell(s, row, "attacker"), c->attacker) == 0 &&
         strcmp(sheet_cell(s, row, "acting"), c->acting) == 0;
}

static int collect(curve *curves, const sheet *s) {
  int n = 0;
  for (int row = 0; row < s->rows; row++) {
    int k = 0;
    if (!counts(s, row)) continue;
    while (k < n && !is_of(s, row, &curves[k])) k++;
    if (k == CURVES) continue;
    if (k == n) curves[n++] = (curve){sheet_cell(s, row, "attacker"), sheet_cell(s, row, "acting"), 0, 0};
    curves[k].points++;
    curves[k].high = fmax(curves[k].high, sheet_number(s, row, "amplitude"));
  }
  int kept = 0;
  for (int k = 0; k < n; k++)
    if (curves[k].points > 1) curves[kept++] = curves[k];
  return kept;
}

/* amplitude and share in per cent, a block for each curve */
static duro_status save(const report *r, const sheet *s, const curve *curves, int n, const char *file) {
  text data = {0};
  for (int k = 0; k < n; k++) {
    text_add(&data, "# %s %s: amplitude, violating %%, least h\n", curves[k].attacker, curves[k].acting);
    for (int row = 0; row < s->rows; row++) {
      if (!counts(s, row) || !is_of(s, row, &curves[k])) continue;
      text_add(&data, "%.9g %.9g %.9g\n", sheet_number(s, row, "amplitude"),
               100 * sheet_number(s, row, "violating") / sheet_number(s, row, "episodes"),
               sheet_number(s, row, "h_min"));
    }
    text_add(&data, "\n\n");
  }
  const duro_status status = figure_data(r, &data, file);
  text_release(&data);
  return status;
}

static void draw(text *script, const curve *curves, int n, const char *file, const char *name) {
  double high = 1;
  for (int k = 0; k < n; k++) high = fmax(high, curves[k].high);
  figure_begin(script, name, "violating episodes over the amplitude of the disturbance", WIDTH, HEIGHT);
  text_add(script, "set datafile separator whitespace\nset xlabel 'amplitude of the disturbance, in bounds'\n"
                   "set ylabel 'violating episodes (%%)'\nset yrange [-2:102]\nset key outside top center maxrows 4 "
                   "reverse Left samplen 2\n");
  figure_axis(script, 'x', 0, high, 8);
  text_add(script, "set arrow from 1,-2 to 1,102 nohead dt 2 lc '#888888'\nplot ");
  for (int k = 0; k < n; k++) {
    char label[120];
    const bool filtered = strcmp(curves[k].acting, "filtered") == 0;
    snprintf(label, sizeof label, "%s, %s", curves[k].attacker, filtered ? "behind the filter" : curves[k].acting);
    text_add(script, "'%s' index %d using 1:2 smooth unique with linespoints lw 2 pt 7 dt %d lc rgb '%s' title ", file,
             k, filtered ? 1 : 3, figure_colour(k / 2));
    greek_gnuplot(script, label);
    text_add(script, k + 1 < n ? ", \\\n  " : "\n");
  }
}

duro_status report_amplitude(report *r, int i) {
  char path[CLI_PATH], name[FIGURE_NAME], file[FIGURE_NAME + 8];
  curve curves[CURVES];
  sheet s;
  bool there;
  run_path(path, r->runs[i].run.folder, "attack/matrix.csv");
  duro_status status = sheet_read_if_there(&s, &there, path);
  const int n = status ? 0 : collect(curves, &s);
  if (n) {
    text script = {0}, caption = {0};
    snprintf(name, sizeof name, "amplitude-%d", i + 1);
    snprintf(file, sizeof file, "%s.dat", name);
    status = save(r, &s, curves, n, file);
    draw(&script, curves, n, file, name);
    text_add_escaped(&caption, r->runs[i].label);
    text_add(&caption,
             ": violating episodes over the amplitude of the disturbance, in units of its bound. The promise is "
             "about amplitudes up to 1; what lies beyond is reserve. <code>duro attack RUN --attackers "
             "sweep</code> plays 0 to 2.");
    if (!status)
      status = figure_end(r, &script, name, &caption);
    else
      text_release(&script), text_release(&caption);
  }
  if (!status || n) sheet_release(&s);
  return status;
}

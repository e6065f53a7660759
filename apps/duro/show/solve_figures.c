/* Pictures of a solution: the value and its sets over one plane, the policies, and in more dimensions all planes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show/greek.h"
#include "show/report.h"

enum { FINE = 241, MOST = 300, SHOWN = 4 };

static const char palette[] = "set palette defined (0 '#B35806', 1 '#F1A340', 2 '#FEE0B6', 2.5 '#F7F7F7', 3 '#D1E5F0', "
                              "4 '#67A9CF', 5 '#2166AC')\n";

static const char legend[] = "set key at screen .5,screen .01 center bottom horizontal maxcols 2 samplen 2.2 reverse "
                             "Left\nset bmargin 6.5\n";

/* Every how many vertices of an axis go into a picture. */
static int thin(int n) {
  return (n + MOST - 1) / MOST;
}

static const duro_grid_axis *axis_of(const solution *s, int i) {
  return &s->plan.axis[s->pair[i]];
}

static void add_number(text *data, float value) {
  if (isfinite(value))
    text_add(data, " %.7g", (double)value);
  else
    text_add(data, " nan");
}

/* The certificate's value, not negative in its set, at a point of a plane through the middle of the other axes. */
static float proved_at(const solution *s, const int pair[2], double first, double second) {
  double x[DURO_MAX_STATE] = {0};
  if (!s->certificate) return NAN;
  for (int i = 0; i < s->plan.nd; i++)
    x[s->plan.axis[i].state] = solve_vertex(&s->plan.axis[i], solve_middle(&s->plan.axis[i]));
  x[s->plan.axis[pair[0]].state] = first;
  x[s->plan.axis[pair[1]].state] = second;
  return (float)duro_certificate_value(s->certificate, x);
}

/* ---- the plane of the environment: plane.dat ---- */

/* Columns of plane.dat, from 1; 0 where a field has none. */
typedef struct columns {
  int h, value, calm, target, field[SOLVE_FIELDS];
} columns;

static int field_width(const solution *s, int field) {
  if (field == DURO_GRID_SAFETY_POLICY || field == DURO_GRID_TASK_POLICY) return s->env->spec.nu;
  return field == DURO_GRID_SAFETY_ADVERSARY || field == DURO_GRID_TASK_ADVERSARY ? s->env->spec.na : 1;
}

static columns number_columns(const solution *s) {
  columns c = {.h = 3, .value = 4, .calm = s->V_calm ? 5 : 0};
  int next = s->V_calm ? 6 : 5;
  for (int f = DURO_GRID_SAFETY_POLICY; f < SOLVE_FIELDS; f++) {
    if (!s->plane[f]) continue;
    c.field[f] = next;
    next += field_width(s, f);
  }
  c.target = s->target ? next : 0;
  return c;
}

static duro_status save_plane(report *r, const solution *s) {
  const duro_grid_axis *x = axis_of(s, 0), *y = axis_of(s, 1);
  const int n1 = s->plan.nd > 1 ? y->n : 1;
  float *calm = NULL;
  text data = {0};
  if (s->V_calm) {
    calm = cli_allocate((size_t)x->n * (size_t)n1, sizeof *calm);
    solve_slice(calm, &s->plan, s->pair, s->V_calm, 1);
  }
  const char *const *names = s->env->spec.x_names;
  if (s->target)
    text_add(&data, "# %s, %s, h, V%s%s, g\n", names[x->state], names[y->state], calm ? ", V without disturbance" : "",
             s->plane[DURO_GRID_ARRIVAL] ? ", arrival" : "");
  else
    text_add(&data, "# %s, %s, h, V_h%s, pi_h, mu_h%s\n", names[x->state], names[y->state],
             calm ? ", V_h without disturbance" : "", s->plan.task ? ", V, pi, mu" : "");
  for (int i = 0; i < x->n; i += thin(x->n)) {
    for (int j = 0; j < n1; j += thin(n1)) {
      const int64_t at = (int64_t)i * n1 + j;
      text_add(&data, "%.9g %.9g", solve_vertex(x, i), solve_vertex(y, s->plan.nd > 1 ? j : i));
      for (int f = 0; f < SOLVE_FIELDS; f++) {
        for (int k = 0; s->plane[f] && k < field_width(s, f); k++)
          add_number(&data, s->plane[f][at * field_width(s, f) + k]);
        if (f == DURO_GRID_SAFETY_VALUE && calm) add_number(&data, calm[at]);
      }
      if (s->target) add_number(&data, s->target[at]);
      text_add(&data, "\n");
    }
    if (s->plan.nd > 1) text_add(&data, "\n");
  }
  free(calm);
  const duro_status status = figure_data(r, &data, "plane.dat");
  text_release(&data);
  return status;
}

static double largest(const float *values, int64_t count) {
  double top = 0;
  for (int64_t i = 0; i < count; i++)
    if (isfinite(values[i])) top = fmax(top, fabs((double)values[i]));
  return top > 0 ? top : 1;
}

static int64_t plane_points(const solution *s) {
  return (int64_t)axis_of(s, 0)->n * axis_of(s, 1)->n;
}

static void label_axis(text *script, const solution *s, char letter, const duro_grid_axis *axis, int tics) {
  char label[128];
  const char *unit = s->env->spec.x_units[axis->state];
  snprintf(label, sizeof label, "%s%s%s%s", s->env->spec.x_names[axis->state], unit[0] ? " (" : "", unit,
           unit[0] ? ")" : "");
  text_add(script, "set %clabel ", letter);
  greek_gnuplot(script, label);
  text_add(script, "\n");
  figure_axis(script, letter, axis->low, axis->high, tics);
  text_add(script, "set %crange [%.9g:%.9g]\n", letter, axis->low, axis->high);
}

static void label_plane(text *script, const solution *s, const int pair[2], int tics) {
  label_axis(script, s, 'x', &s->plan.axis[pair[0]], tics);
  label_axis(script, s, 'y', &s->plan.axis[pair[1]], tics);
}

/* A line where a column is zero, as data called $name. */
static void add_zero_line(text *script, const char *name, const char *file, int column) {
  text_add(script,
           "set contour base\nset cntrparam levels discrete 0\nunset surface\nset table $%s\n"
           "splot %s using 1:2:%d with lines\nunset table\nunset contour\nset surface\n",
           name, file, column);
}

/* "; theta = 0, x = 0.1": where the other axes stand */
static void add_others(text *caption, const solution *s, const int pair[2]) {
  bool first = true;
  for (int i = 0; i < s->plan.nd; i++) {
    const duro_grid_axis *axis = &s->plan.axis[i];
    if (i == pair[0] || i == pair[1]) continue;
    text_add(caption, "%s ", first ? ", at" : ",");
    text_add_escaped(caption, s->env->spec.x_names[axis->state]);
    text_add(caption, " = %.3g", solve_vertex(axis, solve_middle(axis)) + 0.0);
    first = false;
  }
}

static void add_plane_name(text *caption, const solution *s) {
  const char *const *names = s->env->spec.x_names;
  text_add_escaped(caption, names[axis_of(s, 0)->state]);
  text_add(caption, " and ");
  text_add_escaped(caption, names[axis_of(s, 1)->state]);
  add_others(caption, s, s->pair);
}

/* is h a part of the goal? */
static bool is_constrained(const solution *s) {
  return strcmp(s->settings.goal, "reach") != 0;
}

static void add_value_caption(text *caption, const solution *s) {
  text_add(caption, s->target ? "The value V over " : "The safety value V<sub>h</sub> over ");
  add_plane_name(caption, s);
  if (s->target) {
    char goal[128];
    solve_goal_text(goal, sizeof goal, s);
    text_add(caption, ": where it is blue, not negative, the control ");
    text_add_escaped(caption, goal);
    text_add(caption,
             ", whatever the disturbance; the black line is the edge of the set. Dotted: the edge of the "
             "target%s.",
             is_constrained(s) ? "; dashed: of the constraint" : "");
    return;
  }
  text_add(caption, ": the smallest h that the best control can keep against the worst disturbance. Blue: it is not "
                    "negative; the black line is the edge of the set. Brown within the dashed edge of the constraint: "
                    "a violation cannot be prevented any more.");
}

static duro_status draw_value(report *r, const solution *s, const columns *c) {
  const char *const symbol = s->target ? "V" : "V_h";
  text script = {0}, caption = {0};
  const double top = largest(s->plane[DURO_GRID_SAFETY_VALUE], plane_points(s));
  figure_begin(&script, "value", "The value over one plane.", 1000, 900);
  text_add(&script, "set datafile separator whitespace\n");
  label_plane(&script, s, s->pair, 6);
  add_zero_line(&script, "edge", "'plane.dat'", c->value);
  if (is_constrained(s)) add_zero_line(&script, "given", "'plane.dat'", c->h);
  if (s->target) add_zero_line(&script, "target", "'plane.dat'", c->target);
  text_add(&script,
           "set contour base\nset cntrparam levels auto 12\nunset surface\nset table $levels\n"
           "splot 'plane.dat' using 1:2:%d with lines\nunset table\nunset contour\n",
           c->value);
  text_add(&script, "set border 15 lc '#555555'\nunset grid\n%sset cbrange [%.6g:%.6g]\nset cblabel '%s' offset 1\n",
           palette, -top, top, symbol);
  text_add(&script,
           "%splot 'plane.dat' using 1:2:%d with image notitle, \\\n"
           "  $levels using 1:2 with lines lw .6 lc rgb '#888888' title 'levels of %s', \\\n",
           legend, c->value, symbol);
  if (is_constrained(s))
    text_add(&script, "  $given using 1:2 with lines lw 2 dt 2 lc rgb '#444444' title 'h = 0', \\\n");
  if (s->target)
    text_add(&script, "  $target using 1:2 with lines lw 3 dt 3 lc rgb '%s' title 'g = 0, the target', \\\n",
             figure_colour(2));
  text_add(&script, "  $edge using 1:2 with lines lw 3.5 lc rgb '#000000' title '%s = 0'\n", symbol);
  add_value_caption(&caption, s);
  return figure_end(r, &script, "value", &caption);
}

/* Bilinear between the vertices of a plane (n0 x n1); i and j of FINE points from the first vertex to the last. */
static float between(const float *plane, int n0, int n1, int i, int j) {
  const double at[2] = {(n0 - 1) * (double)i / (FINE - 1), (n1 - 1) * (double)j / (FINE - 1)};
  const int k0 = at[0] < n0 - 1 ? (int)at[0] : n0 - 2, k1 = at[1] < n1 - 1 ? (int)at[1] : n1 - 2;
  const double t0 = at[0] - k0, t1 = at[1] - k1;
  const float *corner = plane + (int64_t)k0 * n1 + k1;
  return (float)((1 - t0) * ((1 - t1) * (double)corner[0] + t1 * (double)corner[1]) +
                 t0 * ((1 - t1) * (double)corner[n1] + t1 * (double)corner[n1 + 1]));
}

/* sets.dat: h, V_h and V_h without disturbance as the solver sees them between the vertices. */
static duro_status save_sets(report *r, const solution *s) {
  const duro_grid_axis *x = axis_of(s, 0), *y = axis_of(s, 1);
  float *calm = cli_allocate((size_t)plane_points(s), sizeof *calm);
  text data = {0};
  if (s->V_calm) solve_slice(calm, &s->plan, s->pair, s->V_calm, 1);
  const float *const plane[] = {s->plane[DURO_GRID_CONSTRAINT], s->plane[DURO_GRID_SAFETY_VALUE],
                                s->V_calm ? calm : NULL};
  text_add(&data, "# %s, %s, h, %s, the same without disturbance, value of the certificate%s; interpolated\n",
           s->env->spec.x_names[x->state], s->env->spec.x_names[y->state], s->target ? "V" : "V_h",
           s->target ? ", g" : "");
  for (int i = 0; i < FINE; i++, text_add(&data, "\n"))
    for (int j = 0; j < FINE; j++, text_add(&data, "\n")) {
      const double at[2] = {x->low + (solve_vertex(x, x->n - 1) - x->low) * i / (FINE - 1),
                            y->low + (solve_vertex(y, y->n - 1) - y->low) * j / (FINE - 1)};
      text_add(&data, "%.7g %.7g", at[0], at[1]);
      for (int k = 0; k < 3; k++) add_number(&data, plane[k] ? between(plane[k], x->n, y->n, i, j) : NAN);
      add_number(&data, proved_at(s, s->pair, at[0], at[1]));
      if (s->target) add_number(&data, between(s->target, x->n, y->n, i, j));
    }
  free(calm);
  const duro_status status = figure_data(r, &data, "sets.dat");
  text_release(&data);
  return status;
}

static void add_sets_caption(text *caption, const solution *s) {
  text_add(caption, "Over ");
  add_plane_name(caption, s);
  if (s->target) {
    char goal[128];
    solve_goal_text(goal, sizeof goal, s);
    text_add(caption, ". Dark blue: from here the control ");
    text_add_escaped(caption, goal);
    text_add(caption, ", whatever the disturbance.");
    if (s->V_calm) text_add(caption, " Light blue: only without disturbance; this is what the adversary takes away.");
    if (is_constrained(s)) text_add(caption, " Sand: the constraint holds, and the target is not reached.");
    text_add(caption, " Green, dotted: the edge of the target.");
    return;
  }
  text_add(caption,
           ". Dark blue: the set, where the solved V<sub>h</sub> says that the constraint can be kept for ever "
           "against the worst disturbance.");
  if (s->V_calm) text_add(caption, " Light blue: only without disturbance; this is what the adversary takes away.");
  text_add(caption, " Sand: the constraint holds now and is lost later.");
  if (s->exact_points) text_add(caption, " Orange: the exact maximal robust invariant set.");
  if (s->certificate) text_add(caption, " Green: the edge of the certified set, which is proved to be safe for ever.");
}

static duro_status draw_sets(report *r, const solution *s) {
  text script = {0}, caption = {0};
  const duro_status status = save_sets(r, s);
  if (status) return status;
  figure_begin(&script, "sets",
               s->target ? "The set from which the target is reached."
                         : "The robust set and the set without disturbance.",
               1000, 900);
  text_add(&script, "set datafile separator whitespace\n");
  label_plane(&script, s, s->pair, 6);
  if (is_constrained(s)) add_zero_line(&script, "given", "'sets.dat'", 3);
  if (s->target) add_zero_line(&script, "target", "'sets.dat'", 7);
  add_zero_line(&script, "edge", "'sets.dat'", 4);
  if (s->V_calm) add_zero_line(&script, "calm", "'sets.dat'", 5);
  if (s->certificate) add_zero_line(&script, "proved", "'sets.dat'", 6);
  text_add(&script,
           "set border 15 lc '#555555'\nunset grid\nunset colorbox\nset cbrange [0:3]\n"
           "set palette defined (0 '#FFFFFF', 1 '#F7E6D5', 2 '#CFE3F1', 3 '#8FBFDD')\n"
           "%splot 'sets.dat' using 1:2:($4>=0?3:%s%s0) with image notitle, \\\n",
           legend, s->V_calm ? "$5>=0?2:" : "", is_constrained(s) ? "$3>=0?1:" : "");
  if (is_constrained(s))
    text_add(&script, "  $given using 1:2 with lines lw 2 dt 2 lc rgb '#444444' title 'edge of the constraint', \\\n");
  if (s->target)
    text_add(&script, "  $target using 1:2 with lines lw 3 dt 3 lc rgb '%s' title 'edge of the target', \\\n",
             figure_colour(2));
  if (s->V_calm)
    text_add(&script, "  $calm using 1:2 with lines lw 2.5 lc rgb '%s' title '%swithout disturbance', \\\n",
             figure_colour(0), s->target ? "" : "safe ");
  if (s->exact_points)
    text_add(&script, "  'exact.dat' using 1:2 with lines lw 5 lc rgb '%s' title 'exact robust set', \\\n",
             figure_colour(4));
  if (s->certificate)
    text_add(&script, "  $proved using 1:2 with lines lw 3.5 lc rgb '%s' title 'certified set', \\\n",
             figure_colour(2));
  text_add(&script, "  $edge using 1:2 with lines lw 2 lc rgb '#000000' title '%s set of the grid'\n",
           s->target ? "reach" : "robust");
  add_sets_caption(&caption, s);
  return figure_end(r, &script, "sets", &caption);
}

/* One axis: V_h and h over it. */
static duro_status draw_line(report *r, const solution *s, const columns *c) {
  text script = {0}, caption = {0};
  const double top = largest(s->plane[DURO_GRID_SAFETY_VALUE], axis_of(s, 0)->n);
  const char *const given = s->target ? "g" : "h", *const symbol = s->target ? "V" : "V_h";
  figure_begin(&script, "value", s->target ? "The value." : "The safety value.", 1000, 600);
  text_add(&script, "set datafile separator whitespace\n");
  label_axis(&script, s, 'x', axis_of(s, 0), 6);
  figure_axis(&script, 'y', -top, top, 6);
  text_add(&script,
           "set ylabel '%s, %s'\n%splot 'plane.dat' using 1:%d with lines lw 2 dt 2 lc rgb '#444444' title '%s', \\\n",
           given, symbol, legend, s->target ? c->target : c->h, given);
  if (c->calm)
    text_add(&script, "  '' using 1:%d with lines lw 2 lc rgb '%s' title '%s without disturbance', \\\n", c->calm,
             figure_colour(0), symbol);
  text_add(&script, "  '' using 1:%d with lines lw 3 lc rgb '#000000' title '%s'\n", c->value, symbol);
  text_add(&caption, "The %s: the set is where it is not negative.",
           s->target ? "value V beside g, which is not negative in the target" : "safety value V<sub>h</sub>");
  return figure_end(r, &script, "value", &caption);
}

/* ---- policies ---- */

static const char ramp[] = "set palette defined (0 '#F7FBFF', 1 '#9ECAE1', 2 '#3182BD', 3 '#08306B')\n";

typedef struct panel {
  char title[64];
  int column;
  double low, high; /* of the colours */
  bool ramp;        /* from low to high rather than about a middle */
} panel;

static int add_panels(panel *panels, const char *symbol, int width, int column) {
  const int count = width < SHOWN ? width : SHOWN;
  for (int k = 0; k < count; k++) {
    panels[k] = (panel){.column = column + k, .low = -1, .high = 1};
    if (width > 1)
      snprintf(panels[k].title, sizeof panels[k].title, "%s, entry %d", symbol, k + 1);
    else
      snprintf(panels[k].title, sizeof panels[k].title, "%s", symbol);
  }
  return count;
}

/* Panels side by side, `wide` in a row, each an image of a column of plane.dat with the edge of the set. */
static void draw_panels(text *script, const solution *s, const columns *c, const panel *panels, int count, int wide) {
  text_add(script, "set datafile separator whitespace\n");
  add_zero_line(script, "edge", "'plane.dat'", c->value);
  text_add(script, "set multiplot layout %d,%d\nset border 15 lc '#555555'\nunset grid\nunset key\n",
           (count + wide - 1) / wide, wide);
  for (int i = 0; i < count; i++) {
    label_plane(script, s, s->pair, 5);
    text_add(script, "set title ");
    greek_gnuplot(script, panels[i].title);
    text_add(
        script,
        "\n%sset cbrange [%.9g:%.9g]\nplot 'plane.dat' using 1:2:%d with image notitle, $edge using 1:2 with lines "
        "lw 2.5 lc rgb '#000000' notitle\n",
        panels[i].ramp ? ramp : palette, panels[i].low, panels[i].high, panels[i].column);
  }
  text_add(script, "unset multiplot\n");
}

static duro_status draw_policy(report *r, const solution *s, const columns *c) {
  panel panels[2 * SHOWN];
  text script = {0}, caption = {0};
  int count = add_panels(panels, "pi_h", s->env->spec.nu, c->field[DURO_GRID_SAFETY_POLICY]);
  if (c->field[DURO_GRID_SAFETY_ADVERSARY])
    count += add_panels(panels + count, "mu_h", s->env->spec.na, c->field[DURO_GRID_SAFETY_ADVERSARY]);
  const int wide = count < 2 ? 1 : 2;
  figure_begin(&script, "policy", "The safety policy and its adversary.", 600 * wide,
               520 * ((count + wide - 1) / wide));
  draw_panels(&script, s, c, panels, count, wide);
  text_add(&caption, "The safety policy pi<sub>h</sub> and the worst disturbance mu<sub>h</sub> against it over ");
  add_plane_name(&caption, s);
  text_add(&caption,
           ", each from -1 to 1 of its bound. Deep inside the set many controls are equally safe and the first "
           "of them is taken.");
  return figure_end(r, &script, "policy", &caption);
}

static duro_status draw_task(report *r, const solution *s, const columns *c) {
  panel panels[1 + 2 * SHOWN];
  text script = {0}, caption = {0};
  const float *V = s->plane[DURO_GRID_TASK_VALUE];
  panels[0] = (panel){"V", c->field[DURO_GRID_TASK_VALUE], INFINITY, -INFINITY, true};
  for (int64_t i = 0; i < plane_points(s); i++)
    if (isfinite(V[i])) {
      panels[0].low = fmin(panels[0].low, (double)V[i]);
      panels[0].high = fmax(panels[0].high, (double)V[i]);
    }
  if (!(panels[0].low < panels[0].high)) panels[0].low = -1, panels[0].high = 1;
  int count = 1 + add_panels(panels + 1, "pi", s->env->spec.nu, c->field[DURO_GRID_TASK_POLICY]);
  if (c->field[DURO_GRID_TASK_ADVERSARY])
    count += add_panels(panels + count, "mu", s->env->spec.na, c->field[DURO_GRID_TASK_ADVERSARY]);
  figure_begin(&script, "task", "The task value, the task policy and its adversary.", 1200, 520 * ((count + 1) / 2));
  draw_panels(&script, s, c, panels, count, 2);
  text_add(&caption, "The task value V, the task policy pi and the disturbance mu that lowers its return most, over ");
  add_plane_name(&caption, s);
  text_add(&caption, ". Beyond the black line, the edge of the set, no policy keeps the constraint: there is no task "
                     "value there, and pi is the safety policy.");
  return figure_end(r, &script, "task", &caption);
}

/* ---- all planes ---- */

static void save_block(text *data, const solution *s, const int pair[2], const float *first, const float *second,
                       bool project) {
  const duro_grid_axis *x = &s->plan.axis[pair[0]], *y = &s->plan.axis[pair[1]];
  for (int i = 0; i < x->n; i += thin(x->n)) {
    for (int j = 0; j < y->n; j += thin(y->n)) {
      text_add(data, "%.9g %.9g", solve_vertex(x, i), solve_vertex(y, j));
      add_number(data, first[(int64_t)i * y->n + j]);
      if (second) add_number(data, second[(int64_t)i * y->n + j]);
      if (s->certificate && !project) add_number(data, proved_at(s, pair, solve_vertex(x, i), solve_vertex(y, j)));
      text_add(data, "\n");
    }
    text_add(data, "\n");
  }
  text_add(data, "\n");
}

/* One plane of slices.dat or projections.dat, and the panel that shows it; returns the largest |V_h| in it. */
static double add_plane(text *data, text *script, const solution *s, bool project, const int pair[2], int index) {
  const int64_t points = (int64_t)s->plan.axis[pair[0]].n * s->plan.axis[pair[1]].n;
  float *V = cli_allocate(2 * (size_t)points, sizeof *V), *calm = s->V_calm ? V + points : NULL;
  char block[64];
  if (project) {
    solve_project(V, &s->plan, pair, s->V);
    if (calm) solve_project(calm, &s->plan, pair, s->V_calm);
  } else {
    solve_slice(V, &s->plan, pair, s->V, 1);
    if (calm) solve_slice(calm, &s->plan, pair, s->V_calm, 1);
  }
  const bool proved = s->certificate && !project;
  save_block(data, s, pair, V, calm, project);
  snprintf(block, sizeof block, "'%s.dat' index %d", project ? "projections" : "slices", index);
  label_plane(script, s, pair, 4); // the ranges cut the lines off as well, so they come first
  add_zero_line(script, "edge", block, 3);
  if (calm) add_zero_line(script, "calm", block, 4);
  if (proved) add_zero_line(script, "proved", block, calm ? 5 : 4);
  text_add(script, "plot %s using 1:2:3 with image notitle, ", block);
  if (calm) text_add(script, "$calm using 1:2 with lines lw 1.5 dt 2 lc rgb '#000000' notitle, ");
  if (proved) text_add(script, "$proved using 1:2 with lines lw 2.5 lc rgb '%s' notitle, ", figure_colour(2));
  text_add(script, "$edge using 1:2 with lines lw 2.5 lc rgb '#000000' notitle\n");
  const double top = largest(V, points);
  free(V);
  return top;
}

static void add_planes_caption(text *caption, const solution *s, bool project) {
  if (project) {
    text_add(caption, "Projections: the largest value over all other axes. Where it is blue some state is in the "
                      "set, where it is brown none is.");
  } else {
    text_add(caption, "Slices of the value through one point");
    add_others(caption, s, (const int[2]){-1, -1});
    text_add(caption, ". Blue: in the set, whose edge is the black line.");
  }
  if (s->V_calm) text_add(caption, " Dashed: the edge without disturbance.");
  if (s->certificate && !project) text_add(caption, " Green: the edge of the certified set.");
}

/* Small pictures of V_h over every pair of axes: slices through the middle, or the largest V_h over the other axes. */
static duro_status draw_planes(report *r, const solution *s, bool project) {
  const char *name = project ? "projections" : "slices";
  const int nd = s->plan.nd, count = nd * (nd - 1) / 2, wide = count <= 6 ? 3 : 5, high = (count + wide - 1) / wide;
  text data = {0}, panels = {0}, script = {0}, caption = {0};
  char file[32];
  double top = 0;
  for (int i = 0, k = 0; i < nd; i++)
    for (int j = i + 1; j < nd; j++) top = fmax(top, add_plane(&data, &panels, s, project, (const int[2]){i, j}, k++));
  snprintf(file, sizeof file, "%s.dat", name);
  duro_status status = figure_data(r, &data, file);
  if (!status) {
    figure_begin(&script, name, "The value over every pair of axes.", 420 * wide, 380 * high);
    text_add(&script,
             "set datafile separator whitespace\nset multiplot layout %d,%d\nset border 15 lc '#555555'\nunset grid\n"
             "unset key\nunset colorbox\n%sset cbrange [%.6g:%.6g]\n%sunset multiplot\n",
             high, wide, palette, -top, top, cli_text(&panels));
    add_planes_caption(&caption, s, project);
    status = figure_end(r, &script, name, &caption);
  }
  text_release(&data);
  text_release(&panels);
  return status;
}

static duro_status save_exact(report *r, const solution *s) {
  text data = {0};
  text_add(&data, "# corners of the exact set\n");
  for (int i = 0; i <= s->exact_points; i++) {
    const double *corner = s->exact + 2 * (i % s->exact_points);
    text_add(&data, "%.9g %.9g\n", corner[s->pair[0]], corner[s->pair[1]]);
  }
  const duro_status status = figure_data(r, &data, "exact.dat");
  text_release(&data);
  return status;
}

duro_status solve_figures(report *r, const solution *s) {
  const columns c = number_columns(s);
  duro_status status = duro_folder_create(r->figures);
  if (!status) status = save_plane(r, s);
  if (!status && s->plan.nd == 1) return draw_line(r, s, &c);
  if (!status && s->exact_points) status = save_exact(r, s);
  if (!status) status = draw_sets(r, s);
  if (!status) status = draw_value(r, s, &c);
  if (!status && c.field[DURO_GRID_SAFETY_POLICY]) status = draw_policy(r, s, &c);
  if (!status && s->plan.task) status = draw_task(r, s, &c);
  if (!status && s->plan.nd > 2) status = draw_planes(r, s, false);
  if (!status && s->plan.nd > 2) status = draw_planes(r, s, true);
  return status;
}

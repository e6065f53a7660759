/* The learned safe set, and what happens when one starts in it: truth over claim. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show/greek.h"
#include "show/report.h"

enum { MAP = 121, DOTS = 25, STEPS = 250, HEIGHT = 1060 };

/* Point (i, j) of n x n over the slice; the other states lie in the middle of their range. */
static void grid_point(double *x, const duro_env_spec *spec, int i, int j, int n) {
  for (int k = 0; k < spec->nx; k++) x[k] = .5 * (spec->x_low[k] + spec->x_high[k]);
  const int at[2] = {i, j};
  for (int k = 0; k < 2; k++) {
    const int s = spec->slice[k];
    x[s] = spec->x_low[s] + (spec->x_high[s] - spec->x_low[s]) * at[k] / (n - 1);
  }
}

/* What happened to the dots of the coarse grid. */
typedef struct dots {
  bool violated[DOTS * DOTS];
  bool claim[DOTS * DOTS]; /* does it say that the start is safe: min(h, Q_h) >= 0? */
  int survived, failed;    /* over all */
  int false_safe, claimed; /* violated in spite of the claim; claimed safe in all */
  int attacks;
} dots;

static float value_at(const run *r, int i, int j, int n, double *x) {
  float obs[DURO_MAX_OBS];
  grid_point(x, &r->env->spec, i, j, n);
  duro_env_observe(r->env, obs, x);
  return duro_policy_safety_value(r->policy, obs);
}

/* `repeats` starts at every point, one after the other: (DOTS x DOTS x repeats x nx) */
static double *make_starts(const run *r, int repeats) {
  const int nx = r->env->spec.nx, all = DOTS * DOTS * repeats;
  double *starts = cli_allocate((size_t)all * (size_t)nx, sizeof *starts);
  for (int i = 0; i < all; i++)
    grid_point(starts + (ptrdiff_t)i * nx, &r->env->spec, i / repeats % DOTS, i / repeats / DOTS, DOTS);
  return starts;
}

/* Plays `repeats` episodes from every point and marks those that violate. */
static duro_status play_attack(dots *d, const run *r, duro_attack attack, int repeats, int64_t threads) {
  const int64_t episodes = (int64_t)DOTS * DOTS * repeats;
  double *starts = make_starts(r, repeats);
  const duro_eval_options how = {
      .episodes = episodes, .threads = threads, .horizon = STEPS, .starts = starts, .act = run_plain_act(r->policy)};
  duro_episode *played = cli_allocate((size_t)episodes, sizeof *played);
  const duro_status status = duro_eval_run(played, r->env, r->policy, &attack, &how);
  for (int64_t i = 0; !status && i < episodes; i++)
    if (duro_episode_violates(&played[i])) d->violated[i / repeats] = true;
  free(played);
  free(starts);
  d->attacks++;
  return status;
}

static duro_status play_attacks(dots *d, const run *r, int64_t threads) {
  const int na = r->env->spec.na < 4 ? r->env->spec.na : 4; // at most 16 corners
  duro_status status =
      play_attack(d, r, (duro_attack){.amplitude = 1, .kind = DURO_ATTACK_SAFETY, .policy = r->policy}, 1, threads);
  if (!status && duro_policy_has(r->policy, DURO_NET_MU))
    status = play_attack(d, r, (duro_attack){.amplitude = 1, .kind = DURO_ATTACK_PERFORMANCE, .policy = r->policy}, 1,
                         threads);
  if (!status)
    status = play_attack(d, r, (duro_attack){.amplitude = 1, .kind = DURO_ATTACK_CONSTANT}, 1 << na, threads);
  return status;
}

static void count_dots(dots *d, const run *r) {
  double x[DURO_MAX_STATE];
  for (int p = 0; p < DOTS * DOTS; p++) {
    // a start that violates at once is claimed by nobody
    d->claim[p] = value_at(r, p % DOTS, p / DOTS, DOTS, x) >= 0 && duro_env_constraint(r->env, x) >= 0;
    d->claimed += d->claim[p];
    d->false_safe += d->claim[p] && d->violated[p];
    d->failed += d->violated[p];
    d->survived += !d->violated[p];
  }
}

/* x y Q_h h on the fine grid, rows of equal y separated by blank lines; returns the largest |Q_h|. */
static duro_status save_map(double *top, const report *r, int i, const char *file) {
  const run *shown = &r->runs[i].run;
  const duro_env_spec *spec = &shown->env->spec;
  text data = {0};
  double x[DURO_MAX_STATE];
  *top = 1e-6;
  text_add(&data, "# %s, %s, Q_h (scaled), h / %g\n", spec->x_names[spec->slice[0]], spec->x_names[spec->slice[1]],
           spec->h_scale);
  for (int row = 0; row < MAP; row++, text_add(&data, "\n"))
    for (int column = 0; column < MAP; column++) {
      const double value = (double)value_at(shown, column, row, MAP, x);
      *top = fmax(*top, fabs(value));
      text_add(&data, "%.7g %.7g %.7g %.7g\n", x[spec->slice[0]], x[spec->slice[1]], value,
               duro_env_constraint(shown->env, x) / spec->h_scale);
    }
  const duro_status status = figure_data(r, &data, file);
  text_release(&data);
  return status;
}

static duro_status save_dots(const dots *d, const report *r, int i, const char *file) {
  const duro_env_spec *spec = &r->runs[i].run.env->spec;
  text data = {0};
  double x[DURO_MAX_STATE];
  text_add(&data, "# %s, %s, violated under attack, claimed safe\n", spec->x_names[spec->slice[0]],
           spec->x_names[spec->slice[1]]);
  for (int p = 0; p < DOTS * DOTS; p++) {
    grid_point(x, spec, p % DOTS, p / DOTS, DOTS);
    text_add(&data, "%.7g %.7g %d %d\n", x[spec->slice[0]], x[spec->slice[1]], d->violated[p], d->claim[p]);
  }
  const duro_status status = figure_data(r, &data, file);
  text_release(&data);
  return status;
}

static void add_axis(text *script, const duro_env_spec *spec, char axis, int state) {
  char label[96];
  snprintf(label, sizeof label, "%s (%s)", spec->x_names[state], spec->x_units[state]);
  text_add(script, "set %clabel ", axis);
  greek_gnuplot(script, label);
  const double margin = .02 * (spec->x_high[state] - spec->x_low[state]);
  text_add(script, "\n");
  figure_axis(script, axis, spec->x_low[state], spec->x_high[state], 6);
  text_add(script, "set %crange [%.9g:%.9g]\n", axis, spec->x_low[state] - margin, spec->x_high[state] + margin);
}

static void add_script(text *script, const duro_env_spec *spec, int number, double top) {
  text_add(script,
           "set datafile separator whitespace\n"
           "# the lines where Q_h and h are zero\n"
           "set contour base\nset cntrparam levels discrete 0\nunset surface\n"
           "set table $learned\nsplot 'set-%d.dat' using 1:2:3 with lines\nunset table\n"
           "set table $given\nsplot 'set-%d.dat' using 1:2:4 with lines\nunset table\nunset contour\n",
           number, number);
  figure_panel(script, HEIGHT, 30, 820);
  add_axis(script, spec, 'x', spec->slice[0]);
  add_axis(script, spec, 'y', spec->slice[1]);
  text_add(script,
           "set border 15 lc '#555555'\nunset grid\n"
           "set palette defined (0 '#B35806', 1 '#F1A340', 2 '#FEE0B6', 2.5 '#F7F7F7', 3 '#D1E5F0', 4 '#67A9CF', "
           "5 '#2166AC')\n"
           "set cbrange [%.6g:%.6g]\nset cblabel 'Q_h: learned safety value (below 0: claimed unsafe)'\n"
           "set key at screen .5,screen .005 center bottom vertical maxcols 1 samplen 2.2 reverse Left\n"
           "set lmargin 9\n"
           "plot 'set-%d.dat' using 1:2:3 with image notitle, \\\n"
           "  $given using 1:2 with lines lw 2 dt 2 lc rgb '#444444' title 'h = 0: edge of the constraint', \\\n"
           "  $learned using 1:2 with lines lw 3.5 lc rgb '#000000' title 'Q_h = 0: edge of the learned set', \\\n"
           "  'dots-%d.dat' using ($3==0?$1:NaN):2 with points pt 7 ps .7 lc rgb '#000000' title 'start that stayed "
           "safe', \\\n"
           "  '' using ($3==1&&$4==0?$1:NaN):2 with points pt 2 ps .9 lw 1.2 lc rgb '#000000' title 'start that "
           "violated', \\\n"
           "  '' using ($3==1&&$4==1?$1:NaN):2 with points pt 13 ps 2.2 lc rgb '#F0E442' notitle, \\\n"
           "  '' using ($3==1&&$4==1?$1:NaN):2 with points pt 12 ps 2.2 lw 1.5 lc rgb '#000000' title 'violated though "
           "claimed safe (yellow)'\n",
           -top, top, number, number);
}

static void add_caption(text *caption, const report *r, int i, const dots *d) {
  const run *shown = &r->runs[i].run;
  const duro_env_spec *spec = &shown->env->spec;
  text_add(caption, "What <b>");
  text_add_escaped(caption, r->runs[i].label);
  text_add(caption,
           "</b> claims and what is true. Colour: the learned safety value Q<sub>h</sub>(x, pi<sub>h</sub>(x), "
           "mu<sub>h</sub>(x)) over %s and %s",
           spec->x_names[spec->slice[0]], spec->x_names[spec->slice[1]]);
  for (int k = 0; k < spec->nx; k++)
    if (k != spec->slice[0] && k != spec->slice[1])
      text_add(caption, ", "), text_add_escaped(caption, spec->x_names[k]),
          text_add(caption, " = %.3g", .5 * (spec->x_low[k] + spec->x_high[k]));
  text_add(
      caption,
      "; inside the black line, where h is not negative, it claims that safety can be kept. Dots: from each of %d x %d "
      "starts the policy "
      "%s (without filter) was played %d steps against %sconstant pushes. It stayed safe from %d and violated from "
      "%d starts. <b>Of the %d starts claimed safe, %d violated</b>%s. A start that survived these attackers is "
      "not proved safe; another attacker may do better.",
      DOTS, DOTS, run_plain_act(shown->policy) == DURO_ACT_TASK ? "pi" : "pi_h", STEPS,
      duro_policy_has(shown->policy, DURO_NET_MU) ? "its mu_h, its mu and " : "its mu_h and ", d->survived, d->failed,
      d->claimed, d->false_safe, d->false_safe ? " (yellow diamonds)" : "");
}

duro_status report_safe_set(report *r, int i) {
  const run *shown = &r->runs[i].run;
  if (!duro_policy_has(shown->policy, DURO_NET_QH) || !duro_policy_has(shown->policy, DURO_NET_PI_H) ||
      !duro_policy_has(shown->policy, DURO_NET_MU_H))
    return DURO_OK;
  char name[48], map[48], points[48];
  snprintf(name, sizeof name, "set-%d", i + 1);
  snprintf(map, sizeof map, "set-%d.dat", i + 1);
  snprintf(points, sizeof points, "dots-%d.dat", i + 1);
  dots *d = cli_allocate(1, sizeof *d);
  text script = {0}, caption = {0};
  double top;
  duro_status status = play_attacks(d, shown, r->threads);
  if (!status) {
    count_dots(d, shown);
    status = save_dots(d, r, i, points);
  }
  if (!status) status = save_map(&top, r, i, map);
  if (!status) {
    figure_begin(&script, name, "The learned safe set over two states, and starts played under attack.", 1000, HEIGHT);
    add_script(&script, &shown->env->spec, i + 1, top);
    add_caption(&caption, r, i, d);
    status = figure_end(r, &script, name, &caption);
  }
  free(d);
  return status;
}

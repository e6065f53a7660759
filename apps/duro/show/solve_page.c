/* report.html of a solution. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "duro/duro.h"
#include "show/report.h"

/* A row of the table of numbers: what, how much, what it means. */
static void add_row(text *page, const char *what, const char *value, const char *meaning) {
  text_add(page, "<tr><th>%s</th><td class=\"n\">", what);
  text_add_escaped(page, value);
  text_add(page, "</td><td class=\"long\">%s</td></tr>\n", meaning);
}

static void add_real(text *page, const char *what, double number, const char *unit, const char *meaning) {
  char value[320];
  snprintf(value, sizeof value, "%.6g%s%s", number, unit[0] ? " " : "", unit);
  add_row(page, what, isfinite(number) ? value : "-", meaning);
}

static void add_volumes(text *page, const solution *s) {
  char unit[256];
  solve_volume_unit(unit, sizeof unit, s);
  const double volume = solve_volume(&s->plan, s->V);
  const bool reach = duro_grid_is_reach(&s->settings);
  add_real(page, "share of the grid", 100 * s->safety.volume, "%",
           reach ? "Vertices with V &ge; 0." : "Vertices with V<sub>h</sub> &ge; 0.");
  add_real(page, "volume", volume, unit, "The same in the units of the axes, counted by vertices.");
  if (s->V_calm) {
    const double calm = solve_volume(&s->plan, s->V_calm);
    add_real(page, "without disturbance", calm, unit,
             reach ? "Volume of the set where a = 0." : "Volume of the set that is safe where a = 0.");
    if (calm > 0)
      add_real(page, "kept under disturbance", 100 * volume / calm, "%",
               "Share of it that the worst disturbance leaves.");
  }
  if (s->certificate) {
    add_real(
        page, "certified volume", s->certified_volume, unit,
        "Of an inner set with a proof, in <code>set.certificate</code>; <code>duro-recheck</code> proves it again.");
    add_real(page, "certified share", 100 * s->certified_share, "%", "Of the volume of the grid's set.");
  }
  if (!s->exact_points) return;
  add_real(page, "exact volume", s->exact_volume, unit, "Of the exact maximal robust invariant set.");
  add_real(page, "overlap with it", s->exact_iou, "", "Intersection over union, counted by vertices.");
  add_real(page, "falsely safe", (double)s->false_safe, "",
           "Vertices in the grid's set that are not in the exact one.");
}

/* of two bytes */
static void add_narrow(text *page, const solution *s) {
  const duro_grid_progress *at = &s->safety;
  add_real(page, "quantum", at->quantum, "", "V<sub>h</sub> is a whole number of these, always rounded down.");
  add_real(page, "residual", at->residual, "",
           "Largest |T V<sub>h</sub> - V<sub>h</sub>| over the whole grid, before T V<sub>h</sub> is rounded.");
  if (s->settings.discount < 1)
    add_real(page, "error bound", at->bound, "",
             "residual/(1 - gamma<sub>h</sub>) and two quanta: so far at most is V<sub>h</sub> below the grid's "
             "discounted value.");
  else
    add_row(page, "error bound", "none",
            at->change > 0
                ? "V<sub>h</sub> lies below what as many sweeps of four bytes leave, and one more would lower it."
                : "Inner approximation: the set lies inside the grid's maximal robust invariant set.");
}

static void add_safety(text *page, const solution *s) {
  const duro_grid_progress *at = &s->safety;
  if (duro_grid_is_reach(&s->settings))
    add_real(page, "steps", (double)at->sweeps, "", "In time, of V.");
  else
    add_real(page, "sweeps", (double)at->sweeps, "", "Times that V<sub>h</sub> was lowered.");
  if (duro_grid_is_continuous(&s->settings)) {
    add_row(
        page, "error bound", "none",
        "The game in continuous time: the sweeps are steps of its Hamilton-Jacobi equation, whose error has no known "
        "side.");
    add_real(page, "change", at->change, "", "Of the value in the last step, anywhere.");
  } else if (at->quantum > 0) {
    add_narrow(page, s);
  } else if (s->settings.discount < 1) {
    add_real(page, "residual", at->residual, "", "Largest |T V<sub>h</sub> - V<sub>h</sub>| over the whole grid.");
    add_real(page, "error bound", at->bound, "",
             "residual/(1 - gamma<sub>h</sub>): so far at most is V<sub>h</sub> from the grid's discounted value. The "
             "discount is optimistic: that value's set contains the grid's set without discount.");
  } else {
    char words[160];
    snprintf(words, sizeof words,
             "Outer approximation after %lld sweeps: the set contains the grid's maximal robust invariant set.",
             (long long)at->sweeps);
    add_row(page, "error bound", "none", words);
    add_real(page, "change", at->residual, "",
             "One more sweep lowers V<sub>h</sub> by at most this, anywhere. It is no bound of the error: without "
             "discount, small steps may go on for long.");
  }
  add_real(page, "time", at->seconds, "s", "Of the work on this value.");
}

static void add_task(text *page, const solution *s) {
  if (!s->plan.task) return;
  add_real(page, "task: error bound", s->task.bound, "",
           "So far at most is V from the grid's task value inside the set, by residual/(1 - gamma).");
  add_real(page, "task: sweeps", (double)s->task.sweeps, "", "Of the task value.");
  add_real(page, "task: time", s->task.seconds, "s", "Of the task value.");
}

static void add_numbers(text *page, const solution *s) {
  text_add(page, "<h2>Numbers</h2>\n<div class=\"wide\"><table>\n");
  add_volumes(page, s);
  add_safety(page, s);
  add_task(page, s);
  text_add(
      page,
      "</table></div>\n<p>All of this is about the grid: its value is multilinear between vertices and inputs are "
      "taken from finite sets, so the true set may differ by about a cell. Only a certificate proves a set.</p>\n");
}

/* what is to be known before the numbers are believed */
static void add_verdict(text *page, const solution *s) {
  static const solve_edge kinds[] = {SOLVE_EDGE_LOST, SOLVE_EDGE_CONSTRAINT, SOLVE_EDGE_HELD};
  char line[512];
  solve_verdict_text(line, sizeof line, s);
  text_add(page, "<p class=\"verdict %s\">Verdict: ",
           solve_judge(s) == SOLVE_REACH   ? "holds"
           : solve_judge(s) != SOLVE_HOLDS ? "broken"
           : solve_lost(s) > 0             ? "cut-off"
                                           : "holds");
  text_add_escaped(page, line);
  text_add(page, ".</p>\n");
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    text edges = {0};
    if (solve_edges_text(&edges, s, kinds[i])) {
      text_add(page, "<p>%s: ", kinds[i] == SOLVE_EDGE_HELD ? "Note" : "Warning");
      const char *hint = cli_hint(edges.bytes);
      text_add_escaped(page, edges.bytes);
      text_add(page, "%s%s.</p>\n", hint ? "; " : "", hint ? hint : "");
    }
    text_release(&edges);
  }
}

/* what a value says whose goal is to reach */
static void add_goal(text *page, const solution *s) {
  const bool obeys = strcmp(s->settings.goal, "reach-avoid") == 0;
  char goal[128];
  solve_goal_text(goal, sizeof goal, s);
  text_add(page, "<h2>Goal</h2>\n<p>Where V &ge; 0 the control ");
  text_add_escaped(page, goal);
  text_add(page, ", whatever the disturbance: V is the largest g that it can force%s%s. The target, g &ge; 0, is ",
           s->settings.tube ? " on the way" : " then", obeys ? ", or h where that was smaller before" : "");
  if (s->settings.target[0])
    text_add_escaped(page, s->settings.target);
  else
    text_add(page, "the environment's own");
  text_add(page, ". Which control does it depends on the time that is left, so that no policy is in the folder.</p>\n");
  if (isfinite(s->latest))
    text_add(
        page,
        "<p>When it arrives is in <a href=\"arrival.npy\"><code>arrival.npy</code></a>, a time for each vertex: the "
        "latest is <b>%.4g s</b>.</p>\n",
        s->latest);
}

static void add_rollouts(text *page, const solution *s) {
  if (!(s->safety.volume > 0))
    text_add(page,
             "<p class=\"bad\">The set is empty on this grid: a coarse grid erodes what it holds, and a finer one "
             "may show more.</p>\n");
  text_add(page, "<h2>Played</h2>\n<div class=\"wide\"><table>\n<tr><th>policy</th><th>adversary</th><th class=\"n\">"
                 "start: V<sub>h</sub> &ge;</th><th class=\"n\">violating starts</th><th class=\"n\">smallest h</th>"
                 "<th class=\"n\">mean return</th></tr>\n");
  for (int i = 0; i < s->rollouts; i++) {
    const solve_rollout *r = &s->rollout[i];
    text_add(page, "<tr><td>%s</td><td>%s</td><td class=\"n\">%.4g</td>", solve_policy_name(r), solve_adversary_name(r),
             r->level);
    if (r->starts)
      text_add(page, "<td class=\"n %s\">%lld / %lld</td><td class=\"n\">%.4g</td><td class=\"n\">%.4g</td></tr>\n",
               r->violated ? "bad" : "ok", (long long)r->violated, (long long)r->starts, r->h_min, r->return_mean);
    else
      text_add(page, "<td colspan=\"3\">no vertex is inside</td></tr>\n");
  }
  text_add(page,
           "</table></div>\n<p>Each policy is played %d steps against the solved worst disturbance, from %d vertices "
           "drawn from the set, and from those with a margin. Control and disturbance look one step ahead with the "
           "environment itself. A start violates when h &lt; 0 in any state on the way.</p>\n"
           "<p>Starts of evaluation: <b>%lld of %lld</b> lie inside the set; the smallest V<sub>h</sub> over them, the "
           "margin, is <b>%.4g</b>.</p>\n",
           s->env->spec.horizon, SOLVE_STARTS, (long long)s->starts_inside, (long long)s->starts, s->starts_margin);
  if (s->certificate)
    text_add(page, "<p>In the certified set: <b>%lld of %lld</b> starts of evaluation.</p>\n",
             (long long)s->starts_certified, (long long)s->starts);
}

static void add_axes(text *page, const solution *s) {
  text_add(page, "<h2>What was solved</h2>\n<div class=\"wide\"><table>\n<tr><th>axis</th><th class=\"n\">from</th>"
                 "<th class=\"n\">to</th><th class=\"n\">vertices</th><th>unit</th></tr>\n");
  for (int i = 0; i < s->plan.nd; i++) {
    const duro_grid_axis *axis = &s->plan.axis[i];
    text_add(page, "<tr><td>");
    text_add_escaped(page, s->env->spec.x_names[axis->state]);
    text_add(page, "%s</td><td class=\"n\">%.6g</td><td class=\"n\">%.6g</td><td class=\"n\">%d</td><td>",
             axis->periodic ? " (periodic)" : "", axis->low, axis->high, axis->n);
    text_add_escaped(page, s->env->spec.x_units[axis->state]);
    text_add(page, "</td></tr>\n");
  }
  text_add(page, "</table></div>\n<p>%lld vertices; %d controls and %d disturbances", (long long)s->plan.cells,
           s->plan.nu, s->plan.na);
  if (!s->settings.disturbance)
    text_add(page, " (a = 0)");
  else if (s->settings.amplitude < 1 || s->settings.amplitude > 1)
    text_add(page, " (%.6g times their bound)", s->settings.amplitude);
  if (s->settings.discount < 1)
    text_add(page, "; gamma<sub>h</sub> = %.9g", s->settings.discount);
  else
    text_add(page, "; no discount");
  for (int i = 0; i < s->plan.n_dropped; i++) {
    text_add(page, i                                  ? ", "
                   : duro_grid_is_reach(&s->settings) ? "; the goal does not depend on "
                                                      : "; safety does not depend on ");
    text_add_escaped(page, s->env->spec.x_names[s->plan.dropped[i]]);
  }
  text_add(page, ".</p>\n");
}

static void add_settings(text *page, const solution *s) {
  text_add(page, "<details><summary>all settings</summary><div class=\"wide\"><table>\n");
  for (int g = 0; g < SOLVE_GROUPS; g++)
    for (int i = 0; i < s->groups[g].count; i++) {
      const duro_setting *row = &s->groups[g].rows[i];
      char value[DURO_TEXT_SIZE + 16];
      duro_settings_text(value, sizeof value, row, s->groups[g].values);
      text_add(page, "<tr><td><code>%s.", s->groups[g].prefix);
      text_add_escaped(page, row->name);
      text_add(page, "</code></td><td>");
      text_add_escaped(page, value);
      text_add(page, " ");
      text_add_escaped(page, row->unit);
      text_add(page, "</td></tr>\n");
    }
  text_add(page, "</table></div></details>\n");
}

static void add_files(text *page, const solution *s) {
  text_add(page, "<h2>Files</h2>\n<p>NumPy arrays over the vertices, axes in the order above: ");
  for (int f = 0; f < SOLVE_FIELDS; f++)
    if (solve_file((duro_grid_field)f) && s->plane[f])
      text_add(page, "<a href=\"%s\"><code>%s</code></a> ", solve_file((duro_grid_field)f),
               solve_file((duro_grid_field)f));
  text_add(page, "and all numbers of this page in <a href=\"grid.json\"><code>grid.json</code></a>.</p>\n");
}

duro_status solve_page(const solution *s, const report *r) {
  text page = {0}, title = {0};
  text_add(&title, "%s, solved on a grid", s->ops->name);
  html_begin(&page, cli_text(&title), "td.long{white-space:normal;min-width:16rem}");
  text_release(&title);
  text_add(&page, "<p>");
  text_add_escaped(&page, s->ops->title);
  text_add(&page, ". Solved by duro %s, with</p>\n<pre>", duro_version());
  text_add_escaped(&page, s->command);
  text_add(&page, "</pre>\n");
  add_verdict(&page, s);
  add_numbers(&page, s);
  if (duro_grid_is_reach(&s->settings))
    add_goal(&page, s);
  else
    add_rollouts(&page, s);
  if (r->n_figures) report_add_figures(&page, r);
  add_axes(&page, s);
  add_files(&page, s);
  add_settings(&page, s);
  const duro_status status = html_end(&page, s->folder, "report.html", r->one_file);
  text_release(&page);
  return status;
}

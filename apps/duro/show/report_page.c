/* report.html of runs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/opening.h"
#include "duro/duro.h"
#include "duro/verdict.h"
#include "env/facts.h"
#include "io/path.h"
#include "show/html.h"
#include "show/report.h"
#include "study/certified.h"

/* violating of all episodes, their upper bound, least h, return */
static void add_numbers(text *page, const sheet *s, int row) {
  const double k = sheet_number(s, row, "violating"), cut = sheet_number(s, row, "cut_off"),
               n = sheet_number(s, row, "episodes");
  text_add(page, "<td class=\"n %s\">%.0f / %.0f", k > 0 || cut > 0 ? "bad" : "ok", k, n);
  if (cut > 0) text_add(page, ", %.0f cut off", cut);
  const double bound = sheet_number(s, row, "violation_bound");
  if (isfinite(bound))
    text_add(page, "</td><td class=\"n\">%.3g %%</td>", 100 * bound);
  else
    text_add(page, "</td><td class=\"n\">-</td>"); // searches are no sample
  text_add(page, "<td class=\"n\">%.3f</td><td class=\"n\">%.4g &plusmn; %.3g</td>", sheet_number(s, row, "h_min"),
           sheet_number(s, row, "return_mean"), sheet_number(s, row, "return_std"));
  const double replaced = sheet_number(s, row, "filtered_share");
  if (strcmp(sheet_cell(s, row, "acting"), "filtered") == 0 && isfinite(replaced))
    text_add(page, "<td class=\"n\">%.3g %%</td>", 100 * replaced);
  else
    text_add(page, "<td class=\"n\">-</td>");
}

static const char number_heads[] =
    "<th class=\"n\">violating episodes</th><th class=\"n\">95&nbsp;% upper bound</th><th class=\"n\">least h</th>"
    "<th class=\"n\">return, mean &plusmn; std</th><th class=\"n\">filter steps in</th>";

static void add_evaluation_row(text *page, const sheet *s, int row) {
  const char *adversary = sheet_cell(s, row, "adversary"), *changes = sheet_cell(s, row, "changes");
  char name[CLI_PATH];
  text_add(page, "<tr><td>");
  text_add_escaped(page, sheet_cell(s, row, "scenario"));
  if (changes[0]) text_add_escaped(page, " with "), text_add_escaped(page, changes);
  text_add(page, "</td>");
  html_cell(page, sheet_cell(s, row, "acting"));
  add_numbers(page, s, row);
  path_name(name, sizeof name, adversary);
  html_cell(page, adversary[0] ? name : "-");
  text_add(page, "</tr>\n");
}

static void add_evaluation(text *page, const report *r) {
  text_add(page,
           "<h2>Evaluation</h2>\n<div class=\"wide\"><table>\n<tr><th>scenario</th><th>acting</th>%s<th>adversary "
           "of</th></tr>\n",
           number_heads);
  for (int i = 0; i < r->count; i++) {
    const report_run *run = &r->runs[i];
    const duro_policy_info *about = duro_policy_about(run->run.policy);
    text_add(page, "<tr class=\"run\"><td colspan=\"8\">");
    text_add_escaped(page, run->label);
    text_add(page, " (");
    text_add_escaped(page, about->algorithm);
    text_add(page, " on ");
    text_add_escaped(page, about->environment);
    text_add(page, ", step %lld)</td></tr>\n", (long long)about->step);
    for (int row = 0; run->has_summary && row < run->summary.rows; row++) add_evaluation_row(page, &run->summary, row);
    if (run->has_summary) continue;
    text_add(page, "<tr><td colspan=\"8\">not evaluated yet: <code>duro eval ");
    text_add_escaped(page, run->run.folder);
    text_add(page, "</code></td></tr>\n");
  }
  text_add(page, "</table></div>\n");
}

/* what a cell of the matrix is besides its attacker: "1.5 times the bound, noise 0.1, env.mass=2, inside" */
static void add_conditions(text *page, const sheet *s, int row) {
  const double amplitude = sheet_number(s, row, "amplitude"), noise = sheet_number(s, row, "noise");
  text_add(page, "<td>");
  text_add_escaped(page, sheet_cell(s, row, "starts"));
  if (fabs(amplitude - 1) > 0) text_add(page, ", %g times the bound", amplitude);
  if (noise > 0) text_add(page, ", noise %g", noise);
  if (sheet_cell(s, row, "changes")[0])
    text_add_escaped(page, ", "), text_add_escaped(page, sheet_cell(s, row, "changes"));
  text_add(page, "</td>");
}

/* The rows at the bound of the disturbance, or those at other amplitudes; how many. */
static int add_matrix(text *page, const sheet *s, bool swept) {
  int rows = 0;
  text_add(page,
           "<div class=\"wide\"><table>\n<tr><th>attacker</th><th>acting</th>%s<th>starts, conditions</th></tr>\n",
           number_heads);
  for (int row = 0; row < s->rows; row++) {
    if ((fabs(sheet_number(s, row, "amplitude") - 1) > 0) != swept) continue;
    text_add(page, "<tr>");
    html_cell(page, sheet_cell(s, row, "attacker"));
    html_cell(page, sheet_cell(s, row, "acting"));
    add_numbers(page, s, row);
    add_conditions(page, s, row);
    text_add(page, "</tr>\n");
    rows++;
  }
  text_add(page, "</table></div>\n");
  return rows;
}

/* attack/matrix.csv of every run that has one */
static void add_attacks(text *page, const report *r) {
  for (int i = 0; i < r->count; i++) {
    char path[CLI_PATH];
    sheet s;
    bool there;
    text bound = {0}, swept = {0};
    run_path(path, r->runs[i].run.folder, "attack/matrix.csv");
    if (sheet_read_if_there(&s, &there, path) || !there) continue;
    text_add(page, "<h2>Attacks on ");
    text_add_escaped(page, r->runs[i].label);
    text_add(page, "</h2>\n");
    if (add_matrix(&bound, &s, false)) text_add_text(page, &bound);
    if (add_matrix(&swept, &s, true)) {
      text_add(page, "<details><summary>at other amplitudes of the disturbance</summary>");
      text_add_text(page, &swept);
      text_add(page, "</details>\n");
    }
    text_release(&bound);
    text_release(&swept);
    sheet_release(&s);
  }
}

/* The deployed policy's row of sets/summary.csv, of every run that has one: its last. */
static void add_sets(text *page, const report *r) {
  for (int i = 0; i < r->count; i++) {
    char path[CLI_PATH];
    sheet s;
    bool there;
    run_path(path, r->runs[i].run.folder, "sets/summary.csv");
    if (sheet_read_if_there(&s, &there, path) || !there) continue;
    if (s.rows) {
      const int row = s.rows - 1;
      text_add(page, "<h2>Learned set of ");
      text_add_escaped(page, r->runs[i].label);
      text_add(page,
               "</h2>\n<p>Against the exact set (%s), at step %.0f: overlap %.3f (intersection over union), "
               "<b>%.3g&nbsp;%% of the region falsely claimed safe</b>, %.3g&nbsp;%% safe and not claimed; pi_h keeps "
               "%.3g&nbsp;%% of the exact set.</p>\n",
               strcmp(sheet_cell(&s, row, "reference"), "grid") == 0 ? "a solved grid" : "closed form",
               sheet_number(&s, row, "step"), sheet_number(&s, row, "iou"), 100 * sheet_number(&s, row, "false_safe"),
               100 * sheet_number(&s, row, "false_unsafe"), 100 * sheet_number(&s, row, "kept"));
    }
    sheet_release(&s);
  }
}

/* certified/certified.json of every run that has one */
static void add_certified(text *page, const report *r) {
  for (int i = 0; i < r->count; i++) {
    const run *one = &r->runs[i].run;
    json_t *says;
    if (certified_read(&says, one->folder, one->policy) || !says) continue;
    text_add(page, "<h2>Certified set of ");
    text_add_escaped(page, r->runs[i].label);
    text_add(page, "</h2>\n");
    html_certified(page, says);
    json_decref(says);
  }
}

static void add_verdict(text *page, const char *label, const duro_verdict *v) {
  text_add(page, "<p class=\"verdict %s\"><b>", duro_verdict_name(v->kind));
  text_add_escaped(page, label);
  text_add(page, "</b>, ");
  text_add_escaped(page, v->sentence);
  text_add(page, ".");
  if (v->missing[0]) {
    text_add(page, " Not tried: ");
    text_add_escaped(page, v->missing);
    text_add(page, ": <code>");
    text_add_escaped(page, v->next);
    text_add(page, "</code>");
  }
  text_add(page, "</p>\n");
}

/* One for each way of acting that counts. */
static duro_status add_verdicts(text *page, const report *r) {
  for (int i = 0; i < r->count; i++) {
    const report_run *run = &r->runs[i];
    duro_act acts[2];
    const int count = duro_verdict_acts(acts, run->run.policy);
    for (int k = 0; k < count; k++) {
      duro_verdict v;
      const duro_status status = duro_verdict_read(&v, run->run.folder, NULL, run->run.policy, acts[k]);
      if (status) return status;
      add_verdict(page, run->label, &v);
    }
  }
  return DURO_OK;
}

static const char reading[] =
    "<p><b>How to read it.</b> An episode <i>violates</i> when h &lt; 0 in at least one state it visits, the start "
    "included. The upper bound is the one-sided 95&nbsp;% Clopper-Pearson bound of the probability that an episode "
    "violates: 0 of n does not mean never, it means at most about 3/n. It is a statement about these starts and this "
    "adversary alone. An adversary trained together with a policy flatters it: another one, trained against the frozen "
    "policy, may find more. Scenarios: <i>none</i> no push, <i>random</i> a new push each step, <i>constant</i> full "
    "push held in one direction, <i>safety</i> the network mu_h that was trained to break the constraint, "
    "<i>performance</i> the network mu that was trained to lower the return. Acting: <i>pi</i> the task policy, "
    "<i>pi_h</i> the safety policy, <i>filtered</i> pi behind the safety filter, which may also make things "
    "worse.</p>\n";

void report_add_figure(text *page, const figure *f) {
  text_add(page, "<figure>\n");
  if (!f->lacks) {
    text_add(page, "<a href=\"figures/%s.%s\"><img src=\"figures/%s.%s\" alt=\"", f->name, f->ending, f->name,
             f->ending);
    html_alt(page, cli_text(&f->caption));
    text_add(page, "\" loading=\"lazy\"></a>\n");
  } else
    text_add(page, "<p class=\"bad\">not drawn when this page was made: %s</p>\n", f->lacks);
  text_add(page, "<figcaption>%s <a href=\"figures/%s.gp\">script</a></figcaption>\n</figure>\n", cli_text(&f->caption),
           f->name);
}

void report_add_figures(text *page, const report *r) {
  text_add(page, "<h2>Pictures</h2>\n<p>Each picture is made from the files beside it: <code>cd figures &amp;&amp; "
                 "gnuplot NAME.gp</code> makes NAME.png again, or the frames of a film.</p>\n");
  for (int i = 0; i < r->n_figures; i++) report_add_figure(page, &r->figure[i]);
}

/* The settings that are not at their default, one table row each. */
static void add_changed_settings(text *page, const run *r) {
  run_config defaults;
  if (run_config_create(&defaults, r->config.word, cli_how())) return;
  int changed = 0;
  text_add(page, "<div class=\"wide\"><table><tr><th>setting</th><th>value</th><th>default</th></tr>\n");
  for (int g = GROUP_TRAIN; g < GROUPS; g++)
    for (int k = 0; k < r->config.groups[g].count; k++) {
      const duro_settings_group *group = &r->config.groups[g];
      char value[DURO_TEXT_SIZE + 16], initial[DURO_TEXT_SIZE + 16];
      duro_settings_text(value, sizeof value, &group->rows[k], group->values);
      duro_settings_text(initial, sizeof initial, &group->rows[k], defaults.groups[g].values);
      if (strcmp(value, initial) == 0) continue;
      text_add(page, "<tr><td><code>%s.%s</code></td>", group->prefix, group->rows[k].name);
      html_cell(page, value);
      html_cell(page, initial);
      text_add(page, "</tr>\n");
      changed++;
    }
  text_add(page, "</table></div>\n");
  if (!changed) text_add(page, "<p>Every setting is at its default.</p>\n");
  run_config_release(&defaults);
}

static void add_facts(text *page, const char *folder) {
  static const char *const keys[] = {"command", "environment", "algorithm", "seed",     "steps",
                                     "threads", "version",     "commit",    "compiler", "flags",
                                     "simd",    "mujoco",      "cpu",       "os",       "start"};
  char path[CLI_PATH], value[2048];
  run_path(path, folder, "run.json");
  text_add(page, "<div class=\"wide\"><table>\n");
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    if (duro_run_json_get(value, sizeof value, path, keys[i]) || !value[0]) continue;
    text_add(page, "<tr><th>%s</th>", keys[i]);
    html_cell(page, value);
    text_add(page, "</tr>\n");
  }
  text_add(page, "</table></div>\n");
}

static void add_file(text *page, const char *title, const char *folder, const char *file) {
  char path[CLI_PATH], *bytes;
  size_t size;
  run_path(path, folder, file);
  if (duro_file_read(&bytes, &size, path)) return;
  text_add(page, "<details><summary>%s</summary><pre>", title);
  text_add_escaped(page, bytes);
  text_add(page, "</pre></details>\n");
  duro_file_release(bytes);
}

static void add_runs(text *page, const report *r) {
  text_add(page, "<h2>Runs</h2>\n");
  for (int i = 0; i < r->count; i++) {
    text_add(page, "<h3>");
    text_add_escaped(page, r->runs[i].label);
    text_add(page, "</h3>\n");
    add_facts(page, r->runs[i].run.folder);
    text_add(page, "<p>Settings that differ from their defaults:</p>\n");
    add_changed_settings(page, &r->runs[i].run);
    add_file(page, "all settings (config.yaml)", r->runs[i].run.folder, "config.yaml");
  }
}

static void add_labels(text *title, const report *r) {
  for (int i = 0; i < r->count && i < 4; i++) text_add(title, "%s%s", i ? ", " : "", r->runs[i].label);
  if (r->count > 4) text_add(title, " and %d more", r->count - 4);
}

/* One fact of a list, where it is known. */
static void add_fact(text *page, const char *name, const char *value) {
  if (!value[0]) return;
  text_add(page, "<li>%s: ", name);
  text_add_escaped(page, value);
  text_add(page, "</li>\n");
}

/* The system in words and units: what the players do, what is to be kept. */
static void describe_system(text *page, const duro_env *env) {
  const duro_env_spec *spec = &env->spec;
  duro_facts facts;
  facts_of(&facts, env);
  text_add(page, "<p><b>");
  text_add_escaped(page, env->ops->name);
  text_add(page, "</b>: ");
  text_add_escaped(page, env->ops->title);
  text_add(page, ". %d states, %d steps of %.4g s in an evaluation episode.</p>\n<ul>\n", spec->nx, spec->horizon,
           spec->dt);
  add_fact(page, "control u", facts.control.length ? cli_text(&facts.control) : "each in [-1, 1]");
  if (spec->na)
    add_fact(page, "disturbance a", facts.disturbance.length ? cli_text(&facts.disturbance) : "each in [-1, 1]");
  text_add(page, "<li>safe while h &ge; 0%s", facts.safe.length ? ", the least of what is left of each of: " : "");
  text_add_escaped(page, facts.safe.length ? cli_text(&facts.safe) : "");
  text_add(page, "; h is about %.3g where it is safe</li>\n</ul>\n", spec->h_scale);
  facts_release(&facts);
}

/* The systems of the runs, each once, with the numbers that these runs have. */
static void add_systems(text *page, const report *r) {
  text last = {0};
  for (int i = 0; i < r->count; i++) {
    text words = {0};
    describe_system(&words, r->runs[i].run.env);
    if (!last.length || strcmp(cli_text(&last), cli_text(&words)) != 0) text_add_text(page, &words);
    text_release(&last);
    last = words;
  }
  text_release(&last);
}

/* What each run is: algorithm, seed, date. */
static void add_abouts(text *page, const report *r) {
  add_systems(page, r);
  text_add(page,
           "<div class=\"wide\"><table>\n<tr><th>run</th><th>system</th><th>algorithm</th><th class=\"n\">seed</th>"
           "<th>trained</th></tr>\n");
  for (int i = 0; i < r->count; i++) {
    const run *one = &r->runs[i].run;
    char path[CLI_PATH], start[80] = "";
    run_path(path, one->folder, "run.json");
    (void)duro_run_json_get(start, sizeof start, path, "start");
    text_add(page, "<tr>");
    html_cell(page, r->runs[i].label);
    html_cell(page, one->env->ops->name);
    html_cell(page, duro_policy_about(one->policy)->algorithm);
    text_add(page, "<td class=\"n\">%lld</td>", (long long)one->config.train.seed);
    start[strcspn(start, "T ")] = 0; // the day
    html_cell(page, start);
    text_add(page, "</tr>\n");
  }
  text_add(page, "</table></div>\n");
}

duro_status report_page(const report *r) {
  text page = {0}, title = {0};
  add_labels(&title, r);
  html_begin(&page, cli_text(&title), "");
  text_release(&title);
  duro_status status = add_verdicts(&page, r);
  add_abouts(&page, r);
  text_add(&page, "<p>Trained and attacked by duro %s. This page was made by</p>\n<pre>", duro_version());
  text_add_escaped(&page, r->command);
  text_add(&page, "</pre>\n");
  add_evaluation(&page, r);
  add_attacks(&page, r);
  add_sets(&page, r);
  add_certified(&page, r);
  text_add(&page, "%s", reading);
  report_add_figures(&page, r);
  add_runs(&page, r);
  if (!status) status = html_end(&page, r->folder, "report.html", r->one_file);
  text_release(&page);
  return status;
}

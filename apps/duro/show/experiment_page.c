/* report.html of an experiment. */
#include "show/experiment_page.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "duro/duro.h"

/* ---- what the runs left ---- */

page_run *page_at(page *p, int group, int run, int seed) {
  int first = 0;
  for (int i = 0; i < group; i++) first += p->e->groups[i].n_runs * p->e->groups[i].seeds.count;
  return &p->runs[first + run * p->e->groups[group].seeds.count + seed];
}

/* A file that is not there is left out; a broken one is an error. */
static duro_status read_sheet(sheet *s, bool *has, const char *folder, const char *file) {
  char path[CLI_PATH];
  bool there;
  run_path(path, folder, file);
  const duro_status status = sheet_read_if_there(s, &there, path);
  *has = s->rows > 0;
  return status;
}

/* duro attack names the very run, "safety-by-DRAC-3": without its seed it is the same attacker for all seeds. */
static void drop_seeds(page_run *r, int64_t seed) {
  char ending[sizeof r->by + 24];
  const size_t length = (size_t)snprintf(ending, sizeof ending, "%s-%" PRId64, r->by, seed), kept = strlen(r->by);
  for (int row = 0; r->by[0] && row < r->matrix.rows; row++) {
    char *word = (char *)(uintptr_t)sheet_cell(&r->matrix, row, "attacker"); // cells are ours to change
    const size_t size = strlen(word);
    if (size > length && strcmp(word + size - length, ending) == 0) word[size - length + kept] = 0;
  }
}

static duro_status read_run(page_run *r) {
  duro_status status = read_sheet(&r->during, &r->has_during, r->folder, "eval/during.csv");
  if (!status) status = read_sheet(&r->matrix, &r->has_matrix, r->folder, "attack/matrix.csv");
  return status ? status : read_sheet(&r->sets, &r->has_sets, r->folder, "sets/summary.csv");
}

static duro_status read_runs(page *p) {
  const experiment *e = p->e;
  for (int g = 0; g < e->n_groups; g++) p->n_runs += e->groups[g].n_runs * e->groups[g].seeds.count;
  p->runs = cli_allocate((size_t)p->n_runs, sizeof *p->runs);
  duro_status status = DURO_OK;
  for (int g = 0; g < e->n_groups; g++)
    for (int r = 0; r < e->groups[g].n_runs; r++)
      for (int s = 0; !status && s < e->groups[g].seeds.count; s++) {
        page_run *run = page_at(p, g, r, s);
        experiment_run_folder(run->folder, p->report.folder, &e->groups[g], r, s);
        run->starts = e->groups[g].starts ? e->groups[g].starts : "eval";
        if (e->groups[g].reference) {
          snprintf(run->by, sizeof run->by, "-by-%s", e->groups[g].reference);
          run->is_reference = strcmp(e->groups[g].runs[r].name, e->groups[g].reference) == 0;
        }
        status = read_run(run);
        drop_seeds(run, e->groups[g].seeds.value[s]);
      }
  return status;
}

static void release(page *p) {
  for (int i = 0; i < p->n_runs; i++) {
    sheet_release(&p->runs[i].during);
    sheet_release(&p->runs[i].matrix);
    sheet_release(&p->runs[i].sets);
  }
  free(p->runs);
  for (int i = 0; i < p->report.n_figures; i++) text_release(&p->report.figure[i].caption);
  text_release(&p->body);
  free(p);
}

/* ---- for the sections ---- */

duro_interval page_interval(const double *values, int count) {
  double kept[EXPERIMENT_SEEDS];
  int n = 0;
  for (int i = 0; i < count && n < EXPERIMENT_SEEDS; i++)
    if (isfinite(values[i])) kept[n++] = values[i];
  if (!n) return (duro_interval){NAN, NAN, NAN};
  const duro_bootstrap bootstrap = duro_bootstrap_default();
  const duro_scores scores = {kept, n, 1};
  double *work = cli_allocate((size_t)duro_aggregate_work(&bootstrap, scores), sizeof *work);
  const duro_interval found = duro_aggregate_interval(DURO_AGGREGATE_MEAN, scores, NAN, &bootstrap, work);
  free(work);
  return found;
}

void page_add_figures(page *p, int first) {
  for (int i = first; i < p->report.n_figures; i++) report_add_figure(&p->body, &p->report.figure[i]);
}

duro_status page_save(const page *p, const text *table, const char *group, const char *file) {
  char name[EXPERIMENT_NAME + 64], path[CLI_PATH];
  snprintf(name, sizeof name, "%s%s%s", group, group[0] ? "-" : "", file);
  run_path(path, p->tables, name);
  return text_save(table, path);
}

void page_add_interval(text *out, duro_interval v) {
  if (!isfinite(v.value)) {
    text_add(out, "-");
    return;
  }
  text_add(out, "%.4g", v.value);
  if (v.high > v.low) text_add(out, " [%.4g, %.4g]", v.low, v.high);
}

int page_index(cli_words *list, const char *word) {
  for (int i = 0; i < list->count; i++)
    if (strcmp(list->word[i], word) == 0) return i;
  if (list->count < CLI_MAX_WORDS) list->word[list->count++] = word;
  return list->count - 1;
}

int page_colour(const experiment_group *g, int run) {
  const char *algorithms[CLI_MAX_WORDS];
  int colour[CLI_MAX_WORDS];
  const int n = g->n_runs < CLI_MAX_WORDS ? g->n_runs : CLI_MAX_WORDS;
  for (int i = 0; i < n; i++) algorithms[i] = g->runs[i].algorithm;
  figure_method_colours(colour, algorithms, n);
  return run < n ? colour[run] : run;
}

void page_label(char *out, size_t size, const char *run, const char *acting) {
  snprintf(out, size, "%s%s", run,
           strcmp(acting, "filtered") == 0 ? " filtered" : ""); // no comma: gnuplot divides there
}

/* ---- the page ---- */

static void add_words(text *page, const cli_words *words) {
  for (int i = 0; i < words->count; i++) {
    if (i) text_add(page, " ");
    text_add_escaped(page, words->word[i]);
  }
}

static void add_runs(page *p, const experiment_group *g) {
  text *page = &p->body;
  text_add(page, "<details><summary>runs and their settings</summary><div class=\"wide\"><table>\n<tr><th>run</th><th>"
                 "algorithm</th><th>configuration</th><th>settings over it</th></tr>\n");
  for (int i = 0; i < g->n_runs; i++) {
    const experiment_run *r = &g->runs[i];
    const char *const words[] = {r->name, r->algorithm, r->config ? r->config : "defaults"};
    text_add(page, "<tr>");
    for (int k = 0; k < 3; k++) {
      text_add(page, "<td>");
      text_add_escaped(page, words[k]);
      text_add(page, "</td>");
    }
    text_add(page, "<td>");
    add_words(page, &r->set);
    text_add(page, "</td></tr>\n");
  }
  text_add(page, "</table></div></details>\n");
}

/* A link, where there is something at its end. */
static void add_solution(page *p, const experiment_group *g) {
  char file[EXPERIMENT_NAME + 32], path[CLI_PATH];
  if (!g->solution.count) return;
  snprintf(file, sizeof file, "solutions/%s/report.html", g->name);
  run_path(path, p->report.folder, file);
  if (access(path, R_OK) == 0)
    text_add(&p->body, "; <a href=\"%s\">the grid solution</a>", file);
  else
    text_add(&p->body, "; the grid solution, which is not there");
}

static void add_facts(page *p, const experiment_group *g) {
  text *page = &p->body;
  text_add(page, "<p>Environment <b>");
  text_add_escaped(page, g->environment);
  text_add(page, "</b>; %d seed%s from %" PRId64 " on", g->seeds.count, g->seeds.count == 1 ? "" : "s",
           g->seeds.value[0]);
  if (g->attackers.count)
    text_add(page, "; %" PRId64 " attacked episodes a cell and seed, starts: %s", g->episodes,
             g->starts ? g->starts : "eval");
  if (g->margin >= 0) text_add(page, ", margin %g", g->margin);
  if (g->reference) {
    text_add(page, "; the adversaries of the curves are those of ");
    text_add_escaped(page, g->reference);
  }
  if (g->set.count) {
    text_add(page, "; with <code>");
    add_words(page, &g->set);
    text_add(page, "</code>");
  }
  add_solution(p, g);
  text_add(page, ".</p>\n");
}

static void add_text(text *page, const char *words) {
  if (!words) return;
  text_add(page, "<p>");
  text_add_escaped(page, words);
  text_add(page, "</p>\n");
}

static duro_status add_group(page *p, int i) {
  const experiment_group *g = &p->e->groups[i];
  text_add(&p->body, "<h2 id=\"%s\">", g->name);
  text_add_escaped(&p->body, g->title ? g->title : g->name);
  text_add(&p->body, "</h2>\n");
  add_text(&p->body, g->text);
  add_facts(p, g);
  add_runs(p, g);
  duro_status (*const sections[])(page *, int) = {page_curves, page_matrix,     page_sweeps,
                                                  page_sets,   page_aggregates, page_times};
  duro_status status = DURO_OK;
  for (size_t k = 0; !status && k < sizeof sections / sizeof *sections; k++) status = sections[k](p, i);
  return status;
}

/* What is not there yet is said first. */
static void add_state(page *p) {
  const job_list *list = &p->plan->list;
  int done = 0;
  for (int i = 0; i < list->count; i++) done += list->jobs[i].state == JOB_DONE;
  if (done == list->count) return;
  text_add(&p->body,
           "<p class=\"bad\">%d of %d jobs are done; the page shows what is there. What it shows of the "
           "others is half done, or of an earlier program, system or file:",
           done, list->count);
  for (int i = 0, shown = 0; i < list->count && shown < 20; i++) {
    if (list->jobs[i].state == JOB_DONE) continue;
    text_add(&p->body, "%s ", shown++ ? "," : "");
    text_add_escaped(&p->body, list->jobs[i].name);
  }
  text_add(&p->body, list->count - done > 20 ? " and more.</p>\n" : ".</p>\n");
}

static const char reading[] =
    "<details><summary>how to read this page</summary>\n<p>An episode <i>violates</i> when h &lt; 0 in at least one "
    "state it visits, or when it ends as a failure. Counts are pooled over seeds, every seed with the same number of "
    "episodes; <i>&le;</i> is the one-sided 95&nbsp;% Clopper-Pearson bound of the violation probability: 0 of n does "
    "not mean never, it means at most about 3/n, for these starts and this attacker. Returns are means over seeds with "
    "95&nbsp;% bootstrap intervals; so are the bands of the curves. Few seeds make bootstrap intervals too narrow: at "
    "five they are a hint.</p>\n<p>Attackers: <i>none</i> no disturbance; <i>random</i> drawn anew each step; "
    "<i>constant</i> and <i>square</i> full push, held or turned around; <i>safety</i> and <i>performance</i> the "
    "networks mu_h and mu trained together with the policy, <i>-by-NAME</i> those of that run; <i>best-safety</i> and "
    "<i>best-performance</i> networks trained from scratch against the frozen policy; <i>grid</i> the worst "
    "disturbance of a solved grid; <i>search</i> a search "
    "over "
    "sequences for each start. Acting: <i>pi</i> the task policy, <i>pi_h</i> the safety policy, <i>filtered</i> pi "
    "behind the safety filter.</p>\n</details>\n";

static void add_head(page *p, const char *command) {
  text *page = &p->body;
  html_begin(page, p->e->title,
             ".cell{white-space:nowrap;line-height:1.3}.small{font-size:.8rem;color:#555}.set img{max-width:22rem}");
  add_text(page, p->e->text);
  text_add(page, "<p>Made by duro %s (%s, sources %s) with</p>\n<pre>", duro_version(), duro_commit(), duro_sources());
  text_add_escaped(page, command);
  text_add(page, "</pre>\n<p>The file that was run is <a href=\"experiment.yaml\">experiment.yaml</a>; the data and "
                 "scripts of the pictures are in <code>figures/</code>, all tables as CSV and LaTeX in "
                 "<code>tables/</code>.</p>\n");
}

static duro_status make(page *p, const char *command) {
  duro_status status = duro_folder_create(p->report.figures);
  if (!status) status = duro_folder_create(p->tables);
  if (!status) status = read_runs(p);
  if (status) return status;
  add_head(p, command);
  add_state(p);
  status = page_verdicts(p);
  text_add(&p->body, "%s", reading);
  if (!status) status = page_summary(p);
  for (int i = 0; !status && i < p->e->n_groups; i++) status = add_group(p, i);
  if (status) return status;
  return html_end(&p->body, p->report.folder, "report.html", p->report.one_file);
}

duro_status experiment_page(const experiment *e, const experiment_plan *plan, const char *folder, const char *command,
                            bool one_file) {
  page *p = cli_allocate(1, sizeof *p);
  p->e = e;
  p->plan = plan;
  p->report.one_file = one_file;
  snprintf(p->report.folder, sizeof p->report.folder, "%s", folder);
  run_path(p->report.figures, folder, "figures");
  run_path(p->tables, folder, "tables");
  const duro_status status = make(p, command);
  release(p);
  return status;
}

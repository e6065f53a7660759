/* How long everything took, and how soon a policy passed. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "show/experiment_page.h"

/* Step of the first look whose scenarios saw no violation; NaN: there is none. */
static double first_pass(const page_run *r) {
  const sheet *s = &r->during;
  for (int row = 0; r->has_during && row < s->rows;) {
    const double step = sheet_number(s, row, "step");
    bool passes = isfinite(step);
    int next = row;
    for (; next < s->rows && (next == row || sheet_number(s, next, "step") <= step); next++)
      passes = passes && sheet_number(s, next, "violating") <= 0;
    if (passes) return step;
    row = next;
  }
  return NAN;
}

/* Seconds that training had run at a step, by train.csv; NaN where that does not say. */
static double seconds_at(const page_run *r, double step) {
  char path[CLI_PATH];
  sheet s;
  double seconds = NAN;
  run_path(path, r->folder, "train.csv");
  if (!isfinite(step) || sheet_read(&s, path)) return NAN;
  for (int row = s.rows - 1; row >= 0 && sheet_number(&s, row, "step") >= step; row--)
    seconds = sheet_number(&s, row, "seconds");
  sheet_release(&s);
  return seconds;
}

static void add_time(text *out, double seconds) {
  if (!isfinite(seconds))
    text_add(out, "-");
  else if (seconds < 100)
    text_add(out, "%.1f s", seconds);
  else if (seconds < 6000)
    text_add(out, "%.1f min", seconds / 60);
  else
    text_add(out, "%.2f h", seconds / 3600);
}

/* Mean over seeds of a stage. */
static duro_interval stage_time(const page *p, int group, int run, experiment_stage stage) {
  double values[EXPERIMENT_SEEDS];
  const int seeds = p->e->groups[group].seeds.count;
  for (int s = 0; s < seeds; s++) values[s] = experiment_seconds(p->plan, stage, group, run, s);
  return page_interval(values, seeds);
}

static void add_run(page *p, text *csv, int group, int run) {
  const experiment_group *g = &p->e->groups[group];
  text *page = &p->body;
  double passes[EXPERIMENT_SEEDS], steps[EXPERIMENT_SEEDS], slowest = 0;
  int passed = 0;
  for (int s = 0; s < g->seeds.count; s++) {
    steps[s] = first_pass(page_at(p, group, run, s));
    passes[s] = seconds_at(page_at(p, group, run, s), steps[s]);
    passed += isfinite(steps[s]);
    slowest = fmax(slowest, passes[s]);
  }
  text_add(page, "<tr><th>");
  text_add_escaped(page, g->runs[run].name);
  text_add(page, "</th>");
  text_add_field(csv, g->runs[run].name);
  for (int k = STAGE_TRAIN; k < STAGES; k++) {
    const double mean = stage_time(p, group, run, (experiment_stage)k).value;
    text_add(page, "<td class=\"n\">");
    add_time(page, mean);
    text_add(page, "</td>");
    text_add(csv, ",");
    text_add_number(csv, mean);
  }
  const duro_interval pass = page_interval(passes, g->seeds.count), step = page_interval(steps, g->seeds.count);
  text_add(page, "<td class=\"n\">%d of %d</td><td class=\"n\">", passed, g->seeds.count);
  if (isfinite(step.value)) text_add(page, "%.0f", step.value);
  text_add(page, "</td><td class=\"n\">");
  add_time(page, pass.value);
  if (isfinite(pass.value)) text_add(page, " (slowest "), add_time(page, slowest), text_add(page, ")");
  text_add(page, "</td></tr>\n");
  text_add(csv, ",%d,%d,", passed, g->seeds.count);
  text_add_number(csv, step.value);
  text_add(csv, ",");
  text_add_number(csv, pass.value);
  text_add(csv, "\n");
}

duro_status page_times(page *p, int group) {
  const experiment_group *g = &p->e->groups[group];
  text *page = &p->body, csv = {0};
  double all = experiment_seconds(p->plan, STAGE_SOLVE, group, -1, -1);
  if (!isfinite(all)) all = 0;
  text_add(page,
           "<h3>Time</h3>\n<div class=\"wide\"><table>\n<tr><th>run</th><th class=\"n\">training</th><th class=\"n\">"
           "attacks</th><th class=\"n\">sets</th><th class=\"n\">seeds that passed</th><th class=\"n\">at step</th>"
           "<th class=\"n\">after</th></tr>\n");
  text_add(&csv, "run,train_seconds,attack_seconds,sets_seconds,passed,seeds,pass_step,pass_seconds\n");
  for (int r = 0; r < g->n_runs; r++) {
    add_run(p, &csv, group, r);
    for (int k = STAGE_TRAIN; k < STAGES; k++)
      for (int s = 0; s < g->seeds.count; s++) {
        const double seconds = experiment_seconds(p->plan, (experiment_stage)k, group, r, s);
        if (isfinite(seconds)) all += seconds;
      }
  }
  text_add(page,
           "</table></div>\n<p>Wall-clock of a seed on one thread, mean over seeds, while other jobs ran beside it. "
           "All jobs of this group together took ");
  add_time(page, all);
  text_add(page,
           " of one thread. A seed <i>passed</i> when a look during training, every scenario of it, saw no "
           "violation; step and time of the first such look, mean over the seeds that passed. A look is short and "
           "begins where evaluation begins, and later ones may fail again: it is not the attack matrix. <a "
           "href=\"tables/%s-times.csv\">CSV</a></p>\n",
           g->name);
  const duro_status status = page_save(p, &csv, g->name, "times.csv");
  text_release(&csv);
  return status;
}

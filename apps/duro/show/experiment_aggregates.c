/* Runs compared over seeds and attackers: aggregates, improvement, profiles. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show/experiment_page.h"
#include "show/stats_table.h"

/* What is compared: a task for each attacker, a score for each seed. */
typedef struct comparison {
  const char *file, *score, *title;
  double target;
  double (*value)(const page_run *r, int row);
} comparison;

static double return_of(const page_run *r, int row) {
  return sheet_number(&r->matrix, row, "return_mean");
}

static double safe_share(const page_run *r, int row) {
  const double lost = sheet_number(&r->matrix, row, "violating") + sheet_number(&r->matrix, row, "cut_off");
  return 1 - lost / sheet_number(&r->matrix, row, "episodes");
}

/* How the run acts by itself: the task policy, else the safety policy. */
static int plain_row(const page_run *r, const char *attacker) {
  matrix_key key = {attacker, "pi", "", 1, 0};
  const int row = matrix_row(r, &key);
  key.acting = "pi_h";
  return row >= 0 ? row : matrix_row(r, &key);
}

/* The attackers that every seed of every run has faced. */
static void list_tasks(cli_words *tasks, page *p, int group) {
  const experiment_group *g = &p->e->groups[group];
  cli_words attackers = {0}, actings = {0};
  matrix_lists(p, group, &attackers, &actings);
  for (int k = 0; k < attackers.count; k++) {
    bool everywhere = true;
    for (int r = 0; r < g->n_runs; r++)
      for (int s = 0; s < g->seeds.count; s++)
        everywhere = everywhere && plain_row(page_at(p, group, r, s), attackers.word[k]) >= 0;
    if (everywhere) page_index(tasks, attackers.word[k]);
  }
}

static double *collect(page *p, int group, int run, const cli_words *tasks, const comparison *c) {
  const int seeds = p->e->groups[group].seeds.count;
  double *scores = cli_allocate((size_t)seeds * (size_t)tasks->count, sizeof *scores);
  for (int s = 0; s < seeds; s++)
    for (int k = 0; k < tasks->count; k++) {
      const page_run *r = page_at(p, group, run, s);
      scores[s * tasks->count + k] = c->value(r, plain_row(r, tasks->word[k]));
    }
  return scores;
}

static duro_status save_tables(const page *p, const experiment_group *g, const comparison *c,
                               const stats_groups *groups) {
  typedef void (*table_writer)(text *, const stats_groups *);
  static const struct {
    const char *ending;
    table_writer write;
  } tables[] = {
      {"csv", stats_table_csv}, {"improvement.csv", stats_improvement_csv}, {"profile.csv", stats_profile_csv}};
  char file[64];
  duro_status status = DURO_OK;
  for (size_t i = 0; !status && i < sizeof tables / sizeof *tables; i++) {
    text out = {0};
    tables[i].write(&out, groups);
    snprintf(file, sizeof file, "%s%s%s", c->file, i ? "-" : ".", tables[i].ending);
    status = page_save(p, &out, g->name, file);
    text_release(&out);
  }
  if (status) return status;
  text latex = {0};
  stats_table_latex(&latex, groups, 3);
  snprintf(file, sizeof file, "%s.tex", c->file);
  status = page_save(p, &latex, g->name, file);
  text_release(&latex);
  return status;
}

static duro_status compare(page *p, int group, const cli_words *tasks, const comparison *c) {
  const experiment_group *g = &p->e->groups[group];
  char name[EXPERIMENT_NAME + 32];
  stats_group *methods = cli_allocate((size_t)g->n_runs, sizeof *methods);
  for (int r = 0; r < g->n_runs; r++)
    methods[r] = (stats_group){
        g->runs[r].name, {collect(p, group, r, tasks, c), g->seeds.count, tasks->count}, page_colour(g, r)};
  const stats_groups groups = {.group = methods,
                               .count = g->n_runs,
                               .score = c->score,
                               .target = c->target,
                               .bootstrap = duro_bootstrap_default()};
  text about = {0};
  text_add(&about, "%s: ", c->title);
  for (int k = 0; k < tasks->count; k++) text_add(&about, k ? ", " : ""), text_add_escaped(&about, tasks->word[k]);
  text_add(&about, "; %d seed%s.", g->seeds.count, g->seeds.count == 1 ? "" : "s");
  snprintf(name, sizeof name, "%s-%s", c->file, g->name);
  duro_status status = save_tables(p, g, c, &groups);
  if (!status) status = stats_figures(&p->report, name, cli_text(&about), &groups);
  text_release(&about);
  for (int r = 0; r < g->n_runs; r++) free((double *)(uintptr_t)methods[r].scores.values);
  free(methods);
  return status;
}

duro_status page_aggregates(page *p, int group) {
  static const comparison comparisons[] = {
      {"returns", "return of an episode", "Return, without filter; a task for each attacker", NAN, return_of},
      {"safety", "share of safe episodes",
       "Share of episodes without violation, without filter; a task for each attacker", 1, safe_share}};
  const experiment_group *g = &p->e->groups[group];
  const int first = p->report.n_figures;
  cli_words tasks = {0};
  list_tasks(&tasks, p, group);
  if (!tasks.count || g->n_runs < 2) return DURO_OK;
  text_add(&p->body, "<h3>Runs compared</h3>\n");
  duro_status status = DURO_OK;
  for (int i = 0; !status && i < 2; i++) status = compare(p, group, &tasks, &comparisons[i]);
  if (status) return status;
  page_add_figures(p, first);
  text_add(&p->body, "<p>Tables: ");
  for (int i = 0; i < 2; i++)
    text_add(&p->body,
             "%s <a href=\"tables/%s-%s.csv\">CSV</a>, <a href=\"tables/%s-%s.tex\">LaTeX</a>, <a href=\""
             "tables/%s-%s-improvement.csv\">improvement</a>%s",
             comparisons[i].score, g->name, comparisons[i].file, g->name, comparisons[i].file, g->name,
             comparisons[i].file, i ? ".</p>\n" : "; ");
  return DURO_OK;
}

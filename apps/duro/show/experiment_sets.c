/* Learned sets against exact ones: scores over seeds, scores during training, pictures. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "show/experiment_page.h"
#include "show/tex.h"

/* The scores of a set. */
static const struct {
  const char *column, *title;
  bool percent; /* shown as one */
  bool high;    /* more is better: the worst seed is the lowest */
} scores[] = {{"iou", "IoU", false, true},
              {"false_safe", "falsely safe (%)", true, false},
              {"false_unsafe", "falsely unsafe (%)", true, false},
              {"kept", "kept by pi_h (%)", true, true}};
enum { SCORES = sizeof scores / sizeof *scores };

static double score(const sheet *s, int row, int k) {
  return sheet_number(s, row, scores[k].column) * (scores[k].percent ? 100 : 1);
}

/* The row of the deployed policy for a reference set, which is the last one; -1 where there is none. */
static int last_row(const page_run *r, const char *reference) {
  for (int row = r->sets.rows - 1; r->has_sets && row >= 0; row--)
    if (strcmp(sheet_cell(&r->sets, row, "reference"), reference) == 0) return row;
  return -1;
}

static void list_references(cli_words *out, page *p, int group) {
  const experiment_group *g = &p->e->groups[group];
  for (int r = 0; r < g->n_runs; r++)
    for (int s = 0; s < g->seeds.count; s++) {
      const page_run *run = page_at(p, group, r, s);
      for (int row = 0; run->has_sets && row < run->sets.rows; row++)
        page_index(out, sheet_cell(&run->sets, row, "reference"));
    }
}

/* Mean, interval and worst seed of a score. */
static void add_score(page *p, text *csv, const double *values, int n, int k) {
  double worst = scores[k].high ? INFINITY : -INFINITY;
  for (int i = 0; i < n; i++) worst = scores[k].high ? fmin(worst, values[i]) : fmax(worst, values[i]);
  const duro_interval v = page_interval(values, n);
  text_add(&p->body, "<td class=\"n\">");
  page_add_interval(&p->body, v);
  if (isfinite(v.value) && isfinite(worst)) text_add(&p->body, "<br><span class=\"small\">worst %.4g</span>", worst);
  text_add(&p->body, "</td>");
  const double numbers[] = {v.value, v.low, v.high, isfinite(worst) ? worst : NAN};
  for (int i = 0; i < 4; i++) text_add(csv, ","), text_add_number(csv, numbers[i]);
}

static void add_score_row(page *p, text *csv, text *latex, int group, int run, const char *reference) {
  const experiment_group *g = &p->e->groups[group];
  double values[SCORES][EXPERIMENT_SEEDS];
  int n = 0;
  for (int s = 0; s < g->seeds.count; s++) {
    const page_run *r = page_at(p, group, run, s);
    const int row = last_row(r, reference);
    if (row < 0) continue;
    for (int k = 0; k < SCORES; k++) values[k][n] = score(&r->sets, row, k);
    n++;
  }
  if (!n) return;
  text_add(&p->body, "<tr><th>");
  text_add_escaped(&p->body, g->runs[run].name);
  text_add(&p->body, "</th><td>");
  text_add_escaped(&p->body, reference);
  text_add(&p->body, "</td><td class=\"n\">%d</td>", n);
  text_add_field(csv, g->runs[run].name);
  text_add(csv, ",");
  text_add_field(csv, reference);
  text_add(csv, ",%d", n);
  tex_first(latex, g->runs[run].name);
  tex_word(latex, reference);
  for (int k = 0; k < SCORES; k++) {
    add_score(p, csv, values[k], n, k);
    tex_cell(latex);
    page_add_interval(latex, page_interval(values[k], n));
  }
  text_add(&p->body, "</tr>\n");
  text_add(csv, "\n");
  tex_row(latex, false);
}

static void begin_tables(page *p, text *csv, text *latex) {
  text_add(&p->body, "<div class=\"wide\"><table>\n<tr><th>run</th><th>against</th><th class=\"n\">seeds</th>");
  text_add(csv, "run,reference,seeds");
  tex_begin(latex, "Learned sets against exact ones, mean over seeds [95 % bootstrap interval]", 2, SCORES);
  tex_first(latex, "run");
  tex_word(latex, "against");
  for (int k = 0; k < SCORES; k++) {
    const char *column = scores[k].column, *unit = scores[k].percent ? "_percent" : "";
    text_add(&p->body, "<th class=\"n\">%s</th>", scores[k].title);
    text_add(csv, ",%s%s,%s%s_low,%s%s_high,%s%s_worst", column, unit, column, unit, column, unit, column, unit);
    tex_word(latex, scores[k].title);
  }
  text_add(&p->body, "</tr>\n");
  text_add(csv, "\n");
  tex_row(latex, true);
}

static duro_status add_scores(page *p, int group, const cli_words *references) {
  const experiment_group *g = &p->e->groups[group];
  text csv = {0}, latex = {0};
  begin_tables(p, &csv, &latex);
  for (int i = 0; i < references->count; i++)
    for (int r = 0; r < g->n_runs; r++) add_score_row(p, &csv, &latex, group, r, references->word[i]);
  text_add(
      &p->body,
      "</table></div>\n<p>The learned set {x : Q_h(x, pi_h(x), mu_h(x)) &ge; 0} of the deployed policy: overlap "
      "(intersection over union), shares of the cells of the region that are wrongly called safe, which is the "
      "dangerous mistake, and wrongly unsafe; the share of the exact set that pi_h keeps. Mean over seeds with its "
      "95&nbsp;%% bootstrap interval, and the worst seed. <a href=\"tables/%s-sets.csv\">CSV</a>, "
      "<a href=\"tables/%s-sets.tex\">LaTeX</a></p>\n",
      g->name, g->name);
  tex_end(&latex);
  duro_status status = page_save(p, &csv, g->name, "sets.csv");
  if (!status) status = page_save(p, &latex, g->name, "sets.tex");
  text_release(&csv);
  text_release(&latex);
  return status;
}

/* ---- over training ---- */

static void add_looks(bands *b, const page_run *r, int curve, const char *reference) {
  for (int row = 0; r->has_sets && row < r->sets.rows; row++) {
    if (strcmp(sheet_cell(&r->sets, row, "reference"), reference) != 0) continue;
    for (int k = 0; k < SCORES; k++)
      bands_add(b, page_index(&b->panels, scores[k].title), curve, 0, sheet_number(&r->sets, row, "step"),
                score(&r->sets, row, k));
  }
}

static duro_status draw_scores(page *p, int group, const char *reference) {
  const experiment_group *g = &p->e->groups[group];
  char name[FIGURE_NAME];
  bands *b = cli_allocate(1, sizeof *b);
  *b = (bands){.rows = 1, .steps = true, .x_title = "environment steps", .y_title = {"", ""}};
  for (int r = 0; r < g->n_runs; r++) {
    b->curves.word[b->curves.count++] = g->runs[r].name;
    b->colour[r] = page_colour(g, r);
    for (int s = 0; s < g->seeds.count; s++) add_looks(b, page_at(p, group, r, s), r, reference);
  }
  text caption = {0};
  snprintf(name, sizeof name, "sets-%s", g->name);
  text_add(&caption, "The learned sets during training, against ");
  text_add_escaped(&caption, reference);
  text_add(&caption, ": mean over seeds and its 95 %% bootstrap band. <a href=\"figures/%s.csv\">data</a>", name);
  const duro_status status = bands_draw(b, &p->report, name, "Learned sets against the exact one.", &caption);
  bands_release(b);
  free(b);
  return status;
}

/* ---- pictures ---- */

static void add_picture(page *p, int group, int run, int seed) {
  const experiment_group *g = &p->e->groups[group];
  char path[CLI_PATH];
  run_path(path, page_at(p, group, run, seed)->folder, "sets/set.png");
  if (access(path, R_OK) && (errno == ENOENT || errno == ENOTDIR)) return;
  const char *from = path + strlen(p->report.folder) + 1; // as the page sees it
  text_add(&p->body,
           "<a href=\"%s\"><img src=\"%s\" alt=\"learned set of %s, seed %" PRId64 "\" loading=\"lazy\"></a>\n", from,
           from, g->runs[run].name, g->seeds.value[seed]);
}

/* The first seed is seen at once, the others on request. */
static void add_pictures(page *p, int group) {
  const experiment_group *g = &p->e->groups[group];
  text_add(&p->body, "<div class=\"set\">\n");
  for (int r = 0; r < g->n_runs; r++) add_picture(p, group, r, 0);
  text_add(&p->body, "<details><summary>the other seeds</summary>\n");
  for (int r = 0; r < g->n_runs; r++)
    for (int s = 1; s < g->seeds.count; s++) add_picture(p, group, r, s);
  text_add(&p->body, "</details></div>\n");
}

duro_status page_sets(page *p, int group) {
  cli_words references = {0};
  const int first = p->report.n_figures;
  list_references(&references, p, group);
  if (!references.count) return DURO_OK;
  text_add(&p->body, "<h3>Learned sets</h3>\n");
  duro_status status = add_scores(p, group, &references);
  if (!status) status = draw_scores(p, group, references.word[0]);
  if (status) return status;
  page_add_figures(p, first);
  add_pictures(p, group);
  return DURO_OK;
}

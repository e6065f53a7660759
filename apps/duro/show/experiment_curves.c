/* Training curves under each scenario, sweeps of the attack, sets over training. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show/experiment_page.h"

/* ---- training curves ---- */

/* Panels in the order of the papers; other scenarios come after. */
static void list_scenarios(cli_words *out, page *p, int group, bool filtered) {
  static const char *const known[] = {"none", "safety", "performance", "random", "constant", "square", "search"};
  const experiment_group *g = &p->e->groups[group];
  cli_words found = {0};
  for (int r = 0; r < g->n_runs; r++)
    for (int s = 0; s < g->seeds.count; s++) {
      const page_run *run = page_at(p, group, r, s);
      for (int row = 0; run->has_during && row < run->during.rows; row++)
        if (filtered == (strcmp(sheet_cell(&run->during, row, "acting"), "filtered") == 0))
          page_index(&found, sheet_cell(&run->during, row, "scenario"));
    }
  for (size_t k = 0; k < sizeof known / sizeof *known; k++)
    for (int i = 0; i < found.count; i++)
      if (strcmp(found.word[i], known[k]) == 0) page_index(out, known[k]);
  for (int i = 0; i < found.count; i++) page_index(out, found.word[i]);
}

static void add_during(bands *b, const page_run *run, int curve, bool filtered) {
  for (int row = 0; run->has_during && row < run->during.rows; row++) {
    const sheet *s = &run->during;
    if (filtered != (strcmp(sheet_cell(s, row, "acting"), "filtered") == 0)) continue;
    const int panel = page_index(&b->panels, sheet_cell(s, row, "scenario"));
    const double step = sheet_number(s, row, "step");
    bands_add(b, panel, curve, 0, step, sheet_number(s, row, "return"));
    bands_add(b, panel, curve, 1, step, 100 * sheet_number(s, row, "violating") / sheet_number(s, row, "episodes"));
  }
}

static duro_status draw_during(page *p, int group, bool filtered) {
  const experiment_group *g = &p->e->groups[group];
  char name[FIGURE_NAME];
  bands *b = cli_allocate(1, sizeof *b);
  *b = (bands){.rows = 2, .steps = true, .percent = {false, true}};
  b->x_title = "environment steps";
  b->y_title[0] = "return of an episode";
  b->y_title[1] = "violating episodes (%)";
  list_scenarios(&b->panels, p, group, filtered);
  for (int r = 0; r < g->n_runs; r++) {
    b->curves.word[b->curves.count++] = g->runs[r].name;
    b->colour[r] = page_colour(g, r);
    for (int s = 0; s < g->seeds.count; s++) add_during(b, page_at(p, group, r, s), r, filtered);
  }
  double last = 0;
  for (int i = 0; i < b->count; i++) last = fmax(last, b->samples[i].x);
  b->from = .1 * last;
  text caption = {0};
  text_add(&caption,
           "Learning over time%s, a column for each scenario: mean over %d seed%s and its 95 %% bootstrap band. Each "
           "point is a short evaluation from the evaluation starts%s. The range of the return is that of the looks "
           "after the first tenth of training. <a href=\"figures/curves-%s%s.csv\">data</a>",
           filtered ? " behind the safety filter" : "", g->seeds.count, g->seeds.count == 1 ? "" : "s",
           filtered ? "" : ", without safety filter", g->name, filtered ? "-filtered" : "");
  snprintf(name, sizeof name, "curves-%s%s", g->name, filtered ? "-filtered" : "");
  const duro_status status =
      bands_draw(b, &p->report, name, "Return and violations in short evaluations while training.", &caption);
  bands_release(b);
  free(b);
  return status;
}

duro_status page_curves(page *p, int group) {
  const int first = p->report.n_figures;
  duro_status status = draw_during(p, group, false);
  if (!status) status = draw_during(p, group, true);
  if (status || p->report.n_figures == first) return status;
  text_add(&p->body, "<h3>Training</h3>\n");
  page_add_figures(p, first);
  return DURO_OK;
}

/* ---- sweeps ---- */

/* What a sweep varies; the rest of a place stays as usual. */
typedef struct sweep {
  const char *name, *title, *caption;
  double usual;
  const experiment_levels *levels;
  bool noise; /* else the amplitude */
} sweep;

/* "safety-by-DRAC" is swept where "safety" is. */
static bool is_swept(const experiment_group *g, const char *attacker) {
  for (int i = 0; i < g->sweep.count; i++) {
    const size_t length = strlen(g->sweep.word[i]);
    if (strncmp(attacker, g->sweep.word[i], length) != 0) continue;
    if (!attacker[length] || strncmp(attacker + length, "-by-", 4) == 0) return true;
  }
  return false;
}

static void add_level(bands *b, const page_run *run, const matrix_key *key, double x, int curve) {
  const int row = matrix_row(run, key), panel = row < 0 ? 0 : page_index(&b->panels, key->attacker);
  if (row < 0) return;
  const sheet *s = &run->matrix;
  bands_add(b, panel, curve, 0, x, 100 * sheet_number(s, row, "violating") / sheet_number(s, row, "episodes"));
  bands_add(b, panel, curve, 1, x, sheet_number(s, row, "return_mean"));
}

/* One attacker, at the usual place and at each level; `label` names the curve. */
static void add_sweep(bands *b, const sweep *w, const page_run *run, const char *attacker, const char *acting,
                      int colour, const char *label) {
  const int curve = page_index(&b->curves, label);
  b->colour[curve] = colour;
  b->dashed[curve] = strcmp(acting, "filtered") == 0;
  bool usual = false;
  for (int i = 0; i <= w->levels->count; i++) {
    const double x = i < w->levels->count ? w->levels->value[i] : w->usual;
    if (usual && i == w->levels->count) break; // it is one of the levels
    usual = usual || fabs(x - w->usual) < 1e-12;
    const matrix_key key = {attacker, acting, "", w->noise ? 1 : x, w->noise ? x : 0};
    add_level(b, run, &key, x, curve);
  }
}

static void collect_sweep(bands *b, const sweep *w, page *p, int group, char (*labels)[EXPERIMENT_NAME + 16]) {
  const experiment_group *g = &p->e->groups[group];
  cli_words attackers = {0}, actings = {0};
  matrix_lists(p, group, &attackers, &actings);
  for (int k = 0; k < attackers.count; k++)
    for (int r = 0; is_swept(g, attackers.word[k]) && r < g->n_runs; r++)
      for (int a = 0; a < actings.count; a++) {
        char *label = labels[r * actings.count + a];
        page_label(label, sizeof *labels, g->runs[r].name, actings.word[a]);
        for (int s = 0; s < g->seeds.count; s++)
          add_sweep(b, w, page_at(p, group, r, s), attackers.word[k], actings.word[a], page_colour(g, r), label);
      }
}

static duro_status draw_sweep(page *p, int group, const sweep *w) {
  const experiment_group *g = &p->e->groups[group];
  if (!w->levels->count) return DURO_OK;
  char name[FIGURE_NAME], (*labels)[EXPERIMENT_NAME + 16] = cli_allocate(8 * (size_t)g->n_runs, sizeof *labels);
  bands *b = cli_allocate(1, sizeof *b);
  *b = (bands){.rows = 2, .percent = {true, false}, .from = -INFINITY, .x_title = w->title};
  b->y_title[0] = "violating episodes (%)";
  b->y_title[1] = "return of an episode";
  collect_sweep(b, w, p, group, labels);
  text caption = {0};
  snprintf(name, sizeof name, "%s-%s", w->name, g->name);
  text_add(&caption, "%s Mean over seeds and its 95 %% bootstrap band. <a href=\"figures/%s.csv\">data</a>", w->caption,
           name);
  const duro_status status = bands_draw(b, &p->report, name, "Violations and return over a sweep.", &caption);
  bands_release(b);
  free(b);
  free(labels);
  return status;
}

static void add_change_row(page *p, int group, int run, const char *acting, const char *attacker) {
  const experiment_group *g = &p->e->groups[group];
  text *page = &p->body;
  text_add(page, "<tr><td>");
  text_add_escaped(page, g->runs[run].name);
  text_add(page, "</td><td>%s</td><td>", acting);
  text_add_escaped(page, attacker);
  text_add(page, "</td>");
  for (int i = -1; i < g->changes.count; i++) {
    const matrix_key key = {attacker, acting, i < 0 ? "" : g->changes.word[i], 1, 0};
    const matrix_cell c = matrix_pool(p, group, run, &key);
    if (c.seeds)
      text_add(page, "<td class=\"n %s\">%.0f / %.0f<br><span class=\"small\">return %.4g</span></td>",
               c.violating > 0 ? "bad" : "ok", c.violating, c.episodes, c.episode_return.value);
    else
      text_add(page, "<td class=\"n\">-</td>");
  }
  text_add(page, "</tr>\n");
}

/* Other masses, other friction: a column for each change. */
static void add_changes(page *p, int group) {
  const experiment_group *g = &p->e->groups[group];
  cli_words attackers = {0}, actings = {0};
  matrix_lists(p, group, &attackers, &actings);
  if (!g->changes.count || !attackers.count) return;
  text_add(&p->body, "<div class=\"wide\"><table>\n<tr><th>run</th><th>acting</th><th>attacker</th><th class=\"n\">as "
                     "trained</th>");
  for (int i = 0; i < g->changes.count; i++) {
    text_add(&p->body, "<th class=\"n\">");
    text_add_escaped(&p->body, g->changes.word[i]);
    text_add(&p->body, "</th>");
  }
  text_add(&p->body, "</tr>\n");
  for (int r = 0; r < g->n_runs; r++)
    for (int a = 0; a < actings.count; a++)
      for (int k = 0; k < attackers.count; k++) {
        const matrix_key key = {attackers.word[k], actings.word[a], g->changes.word[0], 1, 0};
        if (!is_swept(g, key.attacker) || !matrix_pool(p, group, r, &key).seeds) continue;
        add_change_row(p, group, r, key.acting, key.attacker);
      }
  text_add(&p->body, "</table></div>\n");
}

duro_status page_sweeps(page *p, int group) {
  const experiment_group *g = &p->e->groups[group];
  const sweep sweeps[] = {{"amplitude", "amplitude, times the bound",
                           "How much disturbance each policy bears; at 1 it is the one it was trained for.", 1,
                           &g->amplitudes, false},
                          {"noise", "noise (standard deviation)",
                           "How much noise on its observations each policy bears.", 0, &g->noises, true}};
  const int first = p->report.n_figures;
  duro_status status = DURO_OK;
  for (int i = 0; !status && i < 2; i++) status = draw_sweep(p, group, &sweeps[i]);
  if (status || (p->report.n_figures == first && !g->changes.count)) return status;
  text_add(&p->body, "<h3>Beyond what was trained for</h3>\n");
  page_add_figures(p, first);
  add_changes(p, group);
  return DURO_OK;
}

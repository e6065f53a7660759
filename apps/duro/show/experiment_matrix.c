/* The attack matrix: every run against every attacker, pooled over seeds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show/experiment_page.h"
#include "show/tex.h"
#include "study/attack_session.h"

/* ---- cells ---- */

/* An empty cell of the table says the usual value. */
static bool same_number(const sheet *s, int row, const char *column, double wanted, double usual) {
  const double value = sheet_number(s, row, column);
  return fabs((isfinite(value) ? value : usual) - wanted) < 1e-12;
}

/* The networks of the reference attack it as its own, and the others under its name. */
static bool same_attacker(const page_run *r, const char *cell, const char *wanted) {
  const size_t length = strlen(cell);
  if (strcmp(cell, wanted) == 0) return true;
  return r->is_reference && strncmp(cell, wanted, length) == 0 && strcmp(wanted + length, r->by) == 0;
}

/* A fresh attacker that did worse than the co-trained one, also after a second training. */
static bool is_weak(const char *note) {
  return strstr(note, "weaker") && !strstr(note, "until");
}

int matrix_row(const page_run *r, const matrix_key *key) {
  const sheet *s = &r->matrix;
  for (int row = s->rows - 1; r->has_matrix && row >= 0; row--)
    if (strcmp(sheet_cell(s, row, "starts"), r->starts) == 0 &&
        same_attacker(r, sheet_cell(s, row, "attacker"), key->attacker) &&
        strcmp(sheet_cell(s, row, "acting"), key->acting) == 0 &&
        strcmp(sheet_cell(s, row, "changes"), key->changes) == 0 &&
        same_number(s, row, "amplitude", key->amplitude, 1) && same_number(s, row, "noise", key->noise, 0))
      return row;
  return -1;
}

matrix_cell matrix_pool(page *p, int group, int run, const matrix_key *key) {
  matrix_cell c = {.h_min = INFINITY};
  double returns[EXPERIMENT_SEEDS];
  bool sampled = true;
  for (int s = 0; s < p->e->groups[group].seeds.count; s++) {
    const page_run *r = page_at(p, group, run, s);
    const int row = matrix_row(r, key);
    if (row < 0 || !(sheet_number(&r->matrix, row, "episodes") > 0)) continue;
    c.episodes += sheet_number(&r->matrix, row, "episodes");
    c.violating += fmax(0, sheet_number(&r->matrix, row, "violating"));
    c.cut_off += fmax(0, sheet_number(&r->matrix, row, "cut_off"));
    c.savable += sheet_number(&r->matrix, row, "savable"); // NaN where nobody asked
    c.h_min = fmin(c.h_min, sheet_number(&r->matrix, row, "h_min"));
    sampled = sampled && !isnan(sheet_number(&r->matrix, row, "violation_bound")); // searches are no sample
    c.weak = c.weak || is_weak(sheet_cell(&r->matrix, row, "note"));
    returns[c.seeds++] = sheet_number(&r->matrix, row, "return_mean");
  }
  c.bound = c.seeds && sampled
                ? duro_clopper_pearson_upper((int64_t)(c.violating + c.cut_off), (int64_t)c.episodes, .05)
                : NAN;
  c.episode_return = page_interval(returns, c.seeds);
  return c;
}

static bool at_usual_place(const page_run *r, int row) {
  const sheet *s = &r->matrix;
  return strcmp(sheet_cell(s, row, "starts"), r->starts) == 0 && !sheet_cell(s, row, "changes")[0] &&
         same_number(s, row, "amplitude", 1, 1) && same_number(s, row, "noise", 0, 0);
}

/* In the order of duro attack, the networks of another run behind the own ones. */
static void order_attackers(cli_words *out, const cli_words *found) {
  for (int k = 0; k < ATTACKERS; k++)
    for (int foreign = 0; foreign < 2; foreign++)
      for (int i = 0; i < found->count; i++) {
        const char *name = attacker_name((attacker)k), *word = found->word[i];
        const size_t length = strlen(name);
        if (strncmp(word, name, length) != 0) continue;
        if (foreign ? strncmp(word + length, "-by-", 4) == 0 : !word[length]) page_index(out, word);
      }
  for (int i = 0; i < found->count; i++) page_index(out, found->word[i]); // whatever else there is
}

void matrix_lists(page *p, int group, cli_words *attackers, cli_words *actings) {
  const experiment_group *g = &p->e->groups[group];
  cli_words found = {0};
  for (int r = 0; r < g->n_runs; r++)
    for (int s = 0; s < g->seeds.count; s++) {
      const page_run *run = page_at(p, group, r, s);
      for (int row = 0; run->has_matrix && row < run->matrix.rows; row++) {
        if (!at_usual_place(run, row)) continue;
        page_index(&found, sheet_cell(&run->matrix, row, "attacker"));
        page_index(actings, sheet_cell(&run->matrix, row, "acting"));
      }
    }
  order_attackers(attackers, &found);
}

/* ---- tables ---- */

/* What a table is made of: the cells (runs x actings x attackers), those that are not there with no seeds. */
typedef struct grid {
  const experiment_group *g;
  cli_words attackers, actings;
  matrix_cell *cells;
} grid;

static const matrix_cell *cell_at(const grid *m, int run, int acting, int attacker) {
  return &m->cells[(run * m->actings.count + acting) * m->attackers.count + attacker];
}

static bool has_row(const grid *m, int run, int acting) {
  for (int k = 0; k < m->attackers.count; k++)
    if (cell_at(m, run, acting, k)->seeds) return true;
  return false;
}

static void make_grid(grid *m, page *p, int group) {
  *m = (grid){.g = &p->e->groups[group]};
  matrix_lists(p, group, &m->attackers, &m->actings);
  m->cells =
      cli_allocate((size_t)m->g->n_runs * (size_t)m->actings.count * (size_t)m->attackers.count, sizeof *m->cells);
  matrix_cell *cell = m->cells;
  for (int r = 0; r < m->g->n_runs; r++)
    for (int a = 0; a < m->actings.count; a++)
      for (int k = 0; k < m->attackers.count; k++) {
        const matrix_key key = {m->attackers.word[k], m->actings.word[a], "", 1, 0};
        *cell++ = matrix_pool(p, group, r, &key);
      }
}

static void add_cell(text *page, const matrix_cell *c) {
  if (!c->seeds) {
    text_add(page, "<td>-</td>");
    return;
  }
  text_add(page, "<td class=\"cell\"><span class=\"%s\">%.0f / %.0f</span>%s <span class=\"small\">",
           c->violating > 0 ? "bad" : "ok", c->violating, c->episodes, c->weak ? " &dagger;" : "");
  if (isfinite(c->bound)) text_add(page, "&le; %.3g&nbsp;%%", 100 * c->bound);
  text_add(page, "<br>least h %.3g<br>return ", c->h_min);
  page_add_interval(page, c->episode_return);
  text_add(page, "</span></td>");
}

static void add_html(page *p, const grid *m) {
  text *page = &p->body;
  bool weak = false;
  text_add(page, "<h3>Attack matrix</h3>\n<div class=\"wide\"><table>\n<tr><th>run</th><th>acting</th>");
  for (int k = 0; k < m->attackers.count; k++) {
    text_add(page, "<th>");
    text_add_escaped(page, m->attackers.word[k]);
    text_add(page, "</th>");
  }
  text_add(page, "</tr>\n");
  for (int r = 0; r < m->g->n_runs; r++)
    for (int a = 0; a < m->actings.count; a++) {
      if (!has_row(m, r, a)) continue;
      text_add(page, "<tr><th>");
      text_add_escaped(page, m->g->runs[r].name);
      text_add(page, "</th><td>");
      text_add_escaped(page, m->actings.word[a]);
      text_add(page, "</td>");
      for (int k = 0; k < m->attackers.count; k++) {
        add_cell(page, cell_at(m, r, a, k));
        weak = weak || cell_at(m, r, a, k)->weak;
      }
      text_add(page, "</tr>\n");
    }
  text_add(
      page,
      "</table></div>\n<p>Violating episodes of all seeds, with the 95&nbsp;%% upper bound of their probability; the "
      "smallest h; the return, mean over seeds with its interval.%s <a href=\"tables/%s-matrix.csv\">CSV</a>, LaTeX: "
      "<a href=\"tables/%s-violations.tex\">violations</a>, <a href=\"tables/%s-returns.tex\">returns</a>.</p>\n",
      weak ? " &dagger; In some seed a fresh attacker did worse than the co-trained one: a failed attacker." : "",
      m->g->name, m->g->name, m->g->name);
}

static void add_csv_row(text *out, const grid *m, int r, int a, int k) {
  const matrix_cell *c = cell_at(m, r, a, k);
  if (!c->seeds) return;
  const char *const words[] = {m->g->runs[r].name, m->actings.word[a], m->attackers.word[k]};
  for (int i = 0; i < 3; i++) text_add_field(out, words[i]), text_add(out, ",");
  text_add(out, "%d,%.0f,%.0f", c->seeds, c->episodes, c->violating);
  const double numbers[] = {
      c->savable, c->bound, c->h_min, c->episode_return.value, c->episode_return.low, c->episode_return.high};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) text_add(out, ","), text_add_number(out, numbers[i]);
  text_add(out, ",%s\n", c->weak ? "weak" : "");
}

static duro_status save_csv(const page *p, const grid *m) {
  text out = {0};
  text_add(&out, "run,acting,attacker,seeds,episodes,violating,savable,violation_bound,h_min,return_mean,return_low,"
                 "return_high,note\n");
  for (int r = 0; r < m->g->n_runs; r++)
    for (int a = 0; a < m->actings.count; a++)
      for (int k = 0; k < m->attackers.count; k++) add_csv_row(&out, m, r, a, k);
  const duro_status status = page_save(p, &out, m->g->name, "matrix.csv");
  text_release(&out);
  return status;
}

static void add_latex_cell(text *out, const matrix_cell *c, bool returns) {
  text_add(out, " & ");
  if (!c->seeds)
    text_add(out, "--");
  else if (returns)
    page_add_interval(out, c->episode_return);
  else
    text_add(out, c->violating > 0 ? "\\textbf{%.0f}/%.0f" : "%.0f/%.0f", c->violating, c->episodes);
}

/* A plain tabular, a line for each run and way of acting. */
static duro_status save_latex(const page *p, const grid *m, bool returns) {
  text out = {0};
  tex_begin(&out,
            returns ? "Return, mean over seeds [95 % bootstrap interval]"
                    : "Violating episodes / episodes, all seeds together",
            2, m->attackers.count);
  tex_first(&out, "run");
  tex_word(&out, "acting");
  for (int k = 0; k < m->attackers.count; k++) tex_word(&out, m->attackers.word[k]);
  tex_row(&out, true);
  for (int r = 0; r < m->g->n_runs; r++)
    for (int a = 0; a < m->actings.count; a++) {
      if (!has_row(m, r, a)) continue;
      tex_first(&out, m->g->runs[r].name);
      tex_word(&out, m->actings.word[a]);
      for (int k = 0; k < m->attackers.count; k++) add_latex_cell(&out, cell_at(m, r, a, k), returns);
      tex_row(&out, false);
    }
  tex_end(&out);
  const duro_status status = page_save(p, &out, m->g->name, returns ? "returns.tex" : "violations.tex");
  text_release(&out);
  return status;
}

duro_status page_matrix(page *p, int group) {
  grid m;
  make_grid(&m, p, group);
  duro_status status = DURO_OK;
  if (m.attackers.count) {
    add_html(p, &m);
    status = save_csv(p, &m);
    if (!status) status = save_latex(p, &m, false);
    if (!status) status = save_latex(p, &m, true);
  }
  free(m.cells);
  return status;
}

/* ---- summary ---- */

/* The attacker against which a row does worst: by share of violations, then by the smallest h. */
static int worst_of(const grid *m, int run, int acting) {
  int worst = -1;
  for (int k = 0; k < m->attackers.count; k++) {
    const matrix_cell *c = cell_at(m, run, acting, k), *w = worst < 0 ? NULL : cell_at(m, run, acting, worst);
    if (!c->seeds) continue;
    const double share = c->violating / c->episodes, least = w ? w->violating / w->episodes : -1;
    if (share > least || (share >= least && c->h_min < w->h_min)) worst = k;
  }
  return worst;
}

static void add_name_cell(text *html, const char *word) {
  text_add(html, "<td>");
  text_add_escaped(html, word);
  text_add(html, "</td>");
}

/* On the page what matters comes first: a narrow screen shows the beginning of a row. */
static void add_summary_row(text *html, text *csv, const grid *m, int run, int acting) {
  const int k = worst_of(m, run, acting);
  if (k < 0) return;
  const matrix_cell *w = cell_at(m, run, acting, k);
  matrix_cell calm = {.episode_return = {NAN, NAN, NAN}};
  double lowest = INFINITY;
  for (int i = 0; i < m->attackers.count; i++) {
    const matrix_cell *c = cell_at(m, run, acting, i);
    if (c->seeds) lowest = fmin(lowest, c->episode_return.value);
    if (c->seeds && strcmp(m->attackers.word[i], "none") == 0) calm = *c;
  }
  const char *const words[] = {m->g->name, m->g->runs[run].name, m->actings.word[acting], m->attackers.word[k]};
  for (int i = 0; i < 4; i++) text_add_field(csv, words[i]), text_add(csv, ",");
  text_add(html, "<tr>");
  add_name_cell(html, words[1]);
  add_name_cell(html, words[2]);
  text_add(html, "<td class=\"n %s\">%.0f / %.0f</td><td class=\"n\">", w->violating > 0 ? "bad" : "ok", w->violating,
           w->episodes);
  if (isfinite(w->bound))
    text_add(html, "%.3g&nbsp;%%", 100 * w->bound);
  else
    text_add(html, "-"); // searches are no sample
  text_add(html, "</td>");
  add_name_cell(html, words[3]);
  text_add(html, "<td class=\"n\">%.3g</td><td class=\"n\">", w->h_min);
  page_add_interval(html, calm.episode_return);
  text_add(html, "</td><td class=\"n\">%.4g</td>", lowest);
  add_name_cell(html, words[0]);
  text_add(html, "</tr>\n");
  text_add(csv, "%.0f,%.0f", w->violating, w->episodes);
  const double numbers[] = {
      w->bound, w->h_min, calm.episode_return.value, calm.episode_return.low, calm.episode_return.high, lowest};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) text_add(csv, ","), text_add_number(csv, numbers[i]);
  text_add(csv, "\n");
}

duro_status page_summary(page *p) {
  text html = {0}, csv = {0};
  text_add(&csv, "group,run,acting,worst_attacker,violating,episodes,violation_bound,h_min,return_none,return_none_low,"
                 "return_none_high,lowest_return\n");
  for (int i = 0; i < p->e->n_groups; i++) {
    grid m;
    make_grid(&m, p, i);
    for (int r = 0; r < m.g->n_runs; r++)
      for (int a = 0; a < m.actings.count; a++) add_summary_row(&html, &csv, &m, r, a);
    free(m.cells);
  }
  duro_status status = DURO_OK;
  if (html.length) {
    text_add(
        &p->body,
        "<h2>Against the worst attacker</h2>\n<div class=\"wide\"><table>\n<tr><th>run</th><th>acting</th>"
        "<th class=\"n\">violating</th><th class=\"n\">95&nbsp;%% bound</th><th>worst attacker</th><th class=\"n\">"
        "worst h</th><th class=\"n\">return, none</th><th class=\"n\">lowest return</th><th>group</th></tr>\n%s"
        "</table></div>\n<p>Of each run, the attacker of the matrix that made most episodes violate. "
        "<a href=\"tables/summary.csv\">CSV</a></p>\n",
        cli_text(&html));
    status = page_save(p, &csv, "", "summary.csv");
  }
  text_release(&html);
  text_release(&csv);
  return status;
}

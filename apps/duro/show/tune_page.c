/* The page of a search for settings: what was chosen and on what, how it was judged, and every configuration. */
#include "show/tune_page.h"

#include <inttypes.h>

#include "cli/cli.h"
#include "duro/duro.h"
#include "show/html.h"

static void number(text *page, double value) {
  text_add(page, "<td class=\"n\">%.4g</td>", value);
}

static void counts(text *page, int64_t violating, int64_t episodes) {
  text_add(page, "<td class=\"n%s\">%" PRId64 "/%" PRId64 "</td>", violating ? " bad" : "", violating, episodes);
}

/* violating episodes and return, over all attackers */
static void sum_judged(int64_t *violating, int64_t *episodes, const tune *t, bool is_default) {
  *violating = *episodes = 0;
  for (int i = 0; i < t->n_judged; i++)
    if (t->judged[i].is_default == is_default) *violating += t->judged[i].violating, *episodes += t->judged[i].episodes;
}

/* Whether tuning bought anything, in one sentence. */
static void add_verdict(text *page, const tune *t) {
  int64_t chosen, of, plain, all;
  sum_judged(&chosen, &of, t, false);
  sum_judged(&plain, &all, t, true);
  const bool broken = (t->best ? chosen : plain) > 0;
  text_add(page, "<p class=\"verdict %s\">", broken ? "broken" : "holds");
  if (!t->best)
    text_add(page,
             "The default settings are the best that was found: against all attackers together %" PRId64 " of %" PRId64
             " episodes violated.</p>\n",
             plain, all);
  else
    text_add(page,
             "Against all attackers together %" PRId64 " of %" PRId64 " episodes of the chosen settings violated, and "
             "%" PRId64 " of %" PRId64 " of the default ones.</p>\n",
             chosen, of, plain, all);
}

static void add_chosen(text *page, const tune *t) {
  text_add(page,
           "<h2>Chosen on looks</h2>\n<p>By the looks of the last half of each rung, %d seed%s: the share of "
           "violating episodes by the better way to act, then the return without disturbance. <a href=\"best.yaml\">"
           "<code>best.yaml</code></a> has every setting of the best one.</p>\n",
           t->file->seeds.count, t->file->seeds.count > 1 ? "s" : "");
  text_add(page, "<div class=\"wide\"><table>\n<tr><th></th>");
  for (int r = t->file->n_rungs - 1; r >= 0; r--)
    text_add(page, "<th class=\"n\">violating at %" PRId64 "</th><th class=\"n\">return</th>", tune_steps(t, r));
  for (int k = 0; k < t->file->n_settings; k++) {
    text_add(page, "<th><code>");
    text_add_escaped(page, t->file->settings[k].name);
    text_add(page, "</code></th>");
  }
  text_add(page, "</tr>\n");
  for (int i = 0; i < t->count; i++) {
    const tune_configuration *c = &t->all[i];
    text_add(page, "<tr><td>");
    text_add(page, i == t->best ? "<b>" : "");
    text_add(page, i ? "%d" : "default", i);
    text_add(page, "%s</td>", i == t->best ? ", chosen</b>" : "");
    for (int r = t->file->n_rungs - 1; r >= 0; r--) {
      if (r < c->rungs) {
        counts(page, c->at[r].violating, c->at[r].episodes);
        number(page, c->at[r].score);
      } else {
        text_add(page, "<td>%s</td><td></td>", r + 1 == c->failed ? "failed" : "");
      }
    }
    for (int k = 0; k < t->file->n_settings; k++) html_cell(page, i ? c->value[k] : "");
    text_add(page, "</tr>\n");
  }
  text_add(page, "</table></div>\n");
}

static void add_judged(text *page, const tune *t) {
  text_add(page,
           "<h2>Judged on other seeds</h2>\n<p>Trained anew with %d other seed%s, and attacked from other starts: "
           "these numbers chose nothing.</p>\n<div class=\"wide\"><table>\n<tr><th>attacker</th><th>settings</th>"
           "<th>violating</th><th>return</th><th>worst h</th></tr>\n",
           t->file->judges.count, t->file->judges.count > 1 ? "s" : "");
  for (int i = 0; i < t->n_judged; i++) {
    const tune_judged *j = &t->judged[i];
    text_add(page, "<tr>");
    html_cell(page, j->attacker);
    html_cell(page, j->is_default ? "default" : "chosen");
    counts(page, j->violating, j->episodes);
    number(page, j->return_mean);
    number(page, j->h_min);
    text_add(page, "</tr>\n");
  }
  text_add(page, "</table></div>\n");
}

duro_status tune_page(const tune *t, const char *command) {
  text page = {0}, title = {0};
  text_add(&title, "%s", t->file->title ? t->file->title : "Search for settings");
  html_begin(&page, cli_text(&title), "");
  text_release(&title);
  text_add(&page, "<p>%d configurations of ", t->count - 1);
  text_add_escaped(&page, t->file->algorithm);
  text_add(&page, " on ");
  text_add_escaped(&page, t->file->environment);
  text_add(&page, ", drawn with seed %" PRId64 ", by duro %s, with</p>\n<pre>", t->file->seed, duro_version());
  text_add_escaped(&page, command);
  text_add(&page, "</pre>\n");
  add_verdict(&page, t);
  add_judged(&page, t);
  add_chosen(&page, t);
  const duro_status status = html_end(&page, t->folder, "report.html", false);
  text_release(&page);
  return status;
}

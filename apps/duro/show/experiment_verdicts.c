/* A sentence and a colour for every run of an experiment, over all of its seeds. */
#include <math.h>
#include <string.h>

#include "show/experiment_page.h"

/* Over all attackers from the usual starts. */
typedef struct worst_of {
  int attackers, seeds;
  double episodes, violating, n, cut_off, bound, h_min, searches, broken, savable;
  const char *under;
} worst_of;

static void take(worst_of *w, const matrix_cell *c, const char *attacker) {
  if (!c->seeds || !(c->episodes > 0)) return;
  w->seeds = c->seeds > w->seeds ? c->seeds : w->seeds;
  if (strcmp(attacker, "starts") == 0) { // searches are no sample of anything
    w->searches += c->episodes, w->broken += c->violating, w->savable += c->savable;
    return;
  }
  if (!w->under || c->violating / c->episodes > w->violating / w->n)
    w->under = attacker, w->violating = c->violating, w->n = c->episodes;
  w->attackers++;
  w->episodes += c->episodes;
  w->cut_off += c->cut_off;
  w->bound = fmax(w->bound, c->bound);
  w->h_min = fmin(w->h_min, c->h_min);
}

static void add_starts(text *page, const worst_of *w) {
  if (!(w->searches > 0))
    text_add(page, " A search for the start was not tried.");
  else if (w->broken > 0) {
    text_add(page, " But a search for the start <b>broke it</b> in %.0f of %.0f tries", w->broken, w->searches);
    if (w->savable >= 0) text_add(page, ", %.0f of them from where the solution's own policy holds", w->savable);
    text_add(page, ".");
  } else
    text_add(page, " A search for the start did not break it in %.0f tries.", w->searches);
}

static void add_verdict(page *p, const experiment_group *g, int run, const char *acting, const worst_of *w) {
  text *page = &p->body;
  const bool broken = w->violating > 0 || w->broken > 0;
  if (!w->attackers && !(w->searches > 0)) return;
  text_add(page, "<p class=\"verdict %s\"><b>", broken ? "broken" : w->cut_off > 0 ? "cut-off" : "holds");
  text_add_escaped(page, g->runs[run].name);
  text_add(page, "</b> on ");
  text_add_escaped(page, g->title ? g->title : g->name);
  text_add(page, ", %s: ",
           strcmp(acting, "filtered") == 0 ? "behind its filter"
           : strcmp(acting, "pi_h") == 0   ? "pi_h"
                                           : "pi alone");
  if (w->attackers && w->violating > 0)
    text_add(page, "<b>broken</b>, %.0f of %.0f episodes violate under %s, the worst of %d attackers; least h %.3g.",
             w->violating, w->n, w->under, w->attackers, w->h_min);
  else if (w->cut_off > 0)
    text_add(page,
             "<b>not known</b>, no episode of %.0f violated, but %.0f were cut off before their end; least h %.3g.",
             w->episodes, w->cut_off, w->h_min);
  else if (w->attackers)
    text_add(page,
             "<b>holds</b> in all of %.0f episodes of %d seed%s under each of %d attackers, so at most %.2g&nbsp;%% of "
             "episodes violate (95&nbsp;%%); least h %.3g.",
             w->n, w->seeds, w->seeds == 1 ? "" : "s", w->attackers, 100 * w->bound, w->h_min);
  add_starts(page, w);
  text_add(page, "</p>\n");
}

static void judge(page *p, int group, int run, const char *acting, const cli_words *attackers) {
  worst_of w = {.h_min = INFINITY};
  for (int k = 0; k < attackers->count; k++) {
    const matrix_key key = {.attacker = attackers->word[k], .acting = acting, .changes = "", .amplitude = 1};
    const matrix_cell cell = matrix_pool(p, group, run, &key);
    take(&w, &cell, attackers->word[k]);
  }
  add_verdict(p, &p->e->groups[group], run, acting, &w);
}

duro_status page_verdicts(page *p) {
  for (int g = 0; g < p->e->n_groups; g++) {
    cli_words attackers = {0}, actings = {0};
    matrix_lists(p, g, &attackers, &actings);
    for (int r = 0; r < p->e->groups[g].n_runs; r++)
      for (int a = 0; a < actings.count; a++) judge(p, g, r, actings.word[a], &attackers);
  }
  return text_status(&p->body);
}

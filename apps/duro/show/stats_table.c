/* Tables that compare methods over runs and tasks. */
#include "show/stats_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "show/tex.h"

enum { AGGREGATES = DURO_AGGREGATE_OPTIMALITY_GAP + 1, THRESHOLDS = 101 };

/* The last aggregate is the gap to the target, where there is one. */
static int aggregates(const stats_groups *g) {
  return isnan(g->target) ? AGGREGATES - 1 : AGGREGATES;
}

static void add_interval(text *out, duro_interval i) {
  const double numbers[3] = {i.value, i.low, i.high};
  for (int k = 0; k < 3; k++) {
    text_add(out, ",");
    text_add_number(out, numbers[k]);
  }
}

/* all (AGGREGATES) */
static void measure(duro_interval *all, const stats_groups *g, duro_scores scores) {
  double *work = cli_allocate((size_t)duro_aggregate_work(&g->bootstrap, scores), sizeof *work);
  for (int kind = 0; kind < aggregates(g); kind++)
    all[kind] = duro_aggregate_interval((duro_aggregate)kind, scores, g->target, &g->bootstrap, work);
  free(work);
}

void stats_table_csv(text *out, const stats_groups *g) {
  text_add(out, "method,runs,tasks");
  for (int kind = 0; kind < aggregates(g); kind++) {
    const char *name = duro_aggregate_name((duro_aggregate)kind);
    text_add(out, ",%s,%s_low,%s_high", name, name, name);
  }
  text_add(out, "\n");
  for (int i = 0; i < g->count; i++) {
    const duro_scores scores = g->group[i].scores;
    duro_interval all[AGGREGATES];
    measure(all, g, scores);
    text_add_field(out, g->group[i].name);
    text_add(out, ",%lld,%lld", (long long)scores.runs, (long long)scores.tasks);
    for (int kind = 0; kind < aggregates(g); kind++) add_interval(out, all[kind]);
    text_add(out, "\n");
  }
}

static void add_tex_interval(text *out, duro_interval i, int digits) {
  tex_cell(out);
  if (isnan(i.value))
    text_add(out, "--");
  else
    text_add(out, "$%.*f$ [$%.*f$, $%.*f$]", digits, i.value, digits, i.low, digits, i.high);
}

void stats_table_latex(text *out, const stats_groups *g, int digits) {
  static const char *const titles[AGGREGATES] = {"mean", "median", "IQM", "optimality gap"};
  tex_begin(out, "Over runs and tasks [95 % bootstrap interval]", 1, aggregates(g));
  tex_first(out, "method");
  for (int kind = 0; kind < aggregates(g); kind++) tex_word(out, titles[kind]);
  tex_row(out, true);
  for (int i = 0; i < g->count; i++) {
    duro_interval all[AGGREGATES];
    measure(all, g, g->group[i].scores);
    tex_first(out, g->group[i].name);
    for (int kind = 0; kind < aggregates(g); kind++) add_tex_interval(out, all[kind], digits);
    tex_row(out, false);
  }
  tex_end(out);
}

void stats_improvement_csv(text *out, const stats_groups *g) {
  text_add(out, "x,y,probability,low,high\n");
  for (int i = 0; i < g->count; i++)
    for (int j = i + 1; j < g->count; j++) {
      const duro_scores x = g->group[i].scores, y = g->group[j].scores;
      double *work = cli_allocate((size_t)duro_improvement_work(&g->bootstrap, x, y), sizeof *work);
      text_add_field(out, g->group[i].name);
      text_add(out, ",");
      text_add_field(out, g->group[j].name);
      add_interval(out, duro_improvement(x, y, &g->bootstrap, work));
      text_add(out, "\n");
      free(work);
    }
}

bool stats_range(double *low, double *high, const stats_groups *g) {
  *low = INFINITY, *high = -INFINITY;
  for (int i = 0; i < g->count; i++)
    for (int64_t k = 0; k < g->group[i].scores.runs * g->group[i].scores.tasks; k++) {
      const double score = g->group[i].scores.values[k];
      if (!isfinite(score)) continue;
      *low = fmin(*low, score);
      *high = fmax(*high, score);
    }
  return *low <= *high;
}

static void profile_header(text *out, const stats_groups *g) {
  static const char *const endings[3] = {"", "_low", "_high"};
  text_add(out, "score");
  for (int i = 0; i < g->count; i++)
    for (int k = 0; k < 3; k++) {
      text column = {0};
      text_add(&column, "%s%s", g->group[i].name, endings[k]);
      text_add(out, ",");
      text_add_field(out, cli_text(&column));
      text_release(&column);
    }
  text_add(out, "\n");
}

void stats_profile_csv(text *out, const stats_groups *g) {
  double low, high, tau[THRESHOLDS];
  profile_header(out, g);
  if (!stats_range(&low, &high, g)) return;
  for (int k = 0; k < THRESHOLDS; k++) tau[k] = low + (high - low) * k / (THRESHOLDS - 1);
  duro_interval *profiles = cli_allocate((size_t)g->count * THRESHOLDS, sizeof *profiles); // (methods x thresholds)
  for (int i = 0; i < g->count; i++) {
    const duro_scores scores = g->group[i].scores;
    double *work = cli_allocate((size_t)duro_profile_work(&g->bootstrap, scores, THRESHOLDS), sizeof *work);
    duro_profile(profiles + (size_t)i * THRESHOLDS, scores, tau, THRESHOLDS, &g->bootstrap, work);
    free(work);
  }
  for (int k = 0; k < THRESHOLDS; k++) {
    text_add_number(out, tau[k]);
    for (int i = 0; i < g->count; i++) add_interval(out, profiles[(size_t)i * THRESHOLDS + (size_t)k]);
    text_add(out, "\n");
  }
  free(profiles);
}

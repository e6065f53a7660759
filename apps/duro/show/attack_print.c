/* What people see while policies are attacked. */
#include "show/attack_print.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/opening.h"
#include "cli/stop.h"

/* On a terminal the live line; elsewhere a line every half minute, since every row is printed as it comes. */
duro_status attack_print_progress(void *context, const attack_session *s, double in_cell) {
  attack_view *v = context;
  enum { LABEL, PHASE, COUNT, TIME, PARTS };
  enum { SIZE = sizeof((progress_part *)0)->text };
  const double now = duro_clock();
  const duro_status status = stop_if_asked();
  if (status || v->progress.quiet || now - v->last_print < (v->progress.terminal ? .1 : 30)) return status;
  v->last_print = now;
  char duration[40];
  progress_duration(duration, sizeof duration, now - s->started);
  if (!v->progress.terminal) {
    cli_print("  %s, %s%s%s: %.0f %%  (%d of %d, %s)\n", s->label, s->phase_name, s->phase_name[0] ? ", " : "",
              s->run->name, 100 * in_cell, s->cell + 1, s->cells, duration);
    fflush(stdout);
    return DURO_OK;
  }
  progress_part parts[PARTS] = {
      [LABEL] = {.weight = 3}, [PHASE] = {.weight = 1}, [COUNT] = {.weight = 2}, [TIME] = {.weight = 0}};
  snprintf(parts[LABEL].text, SIZE, "%.40s", s->label);
  snprintf(parts[PHASE].text, SIZE, "%s %.0f%%", s->phase_name, 100 * in_cell);
  snprintf(parts[COUNT].text, SIZE, "%d/%d", s->cell + 1, s->cells);
  snprintf(parts[TIME].text, SIZE, "%s", duration);
  progress_draw(&v->progress, (s->cell + in_cell) / s->cells, parts, PARTS);
  return DURO_OK;
}

/* of the column that says how the policy acts */
static int acting_width(const attack_session *s) {
  const int width = s->filter ? (int)strlen(s->filter->acting) : 0;
  return width > 8 ? width : 8;
}

static void print_notes(const attack_session *s) {
  text notes = {0};
  if (s->filter) behind_note(&notes, s->filter, s->run->env);
  if (notes.length) cli_print("%s", cli_text(&notes));
  text_release(&notes);
}

duro_status attack_print_heading(void *context, const attack_session *s) {
  const attack_view *v = context;
  const duro_policy_info *about = duro_policy_about(s->run->policy);
  text line = {0};
  if (v->progress.quiet) return DURO_OK;
  if (s->solution) cli_print_differences(s->solution, s->run->env);
  text_add(&line, "%s: %s on %s, step %lld, %lld episodes each", s->run->folder, about->algorithm,
           s->run->env->ops->name, (long long)about->step, (long long)s->given->episodes);
  if (s->changes[0]) text_add(&line, ", %s", s->changes);
  if (s->plan->claimed)
    text_add(&line, ", starts that it claims to hold");
  else if (s->plan->region != DURO_REGION_ANY)
    text_add(&line, ", starts %s the set", s->given->starts);
  if (s->adversary) text_add(&line, "; other: %s", s->adversary->folder);
  if (about->deployed[0]) text_add(&line, "; deployed: %s", about->deployed);
  cli_wrap(cli_text(&line), 0, 0);
  text_release(&line);
  print_notes(s);
  printf("  %-28s %-*s %11s %9s %8s %9s\n", "attacker", acting_width(s), "acting", "violating", "95 % up", "worst h",
         "return");
  fflush(stdout);
  return DURO_OK;
}

static void print_row(const attack_session *s, const attack_cell *cell, const attack_result *r) {
  char violating[48];
  snprintf(violating, sizeof violating, "%lld/%lld", (long long)r->summary.violating, (long long)r->summary.episodes);
  char bound[32] = "-  ";
  if (!isnan(r->summary.violation_bound)) snprintf(bound, sizeof bound, "%.3g %%", 100 * r->summary.violation_bound);
  cli_print("  %-28.28s %-*s %11s %9s %8.3f %9.2f\n", s->label, acting_width(s), attack_acting(s, cell), violating,
            bound, r->summary.h_min, r->summary.return_mean);
  if (cell->request.who == ATTACKER_STARTS) {
    printf("    ");
    cli_wrap(r->note, 4, 4);
  }
  if (r->summary.cut_off)
    printf("    %lld episodes were cut off before the horizon and not kept\n", (long long)r->summary.cut_off);
  const char *weaker = strstr(r->note, "weaker than");
  if (weaker) printf("    %s\n", weaker);
}

duro_status attack_print_cell(void *context, const attack_session *s, const attack_cell *cell,
                              const attack_result *result, const char *why) {
  const attack_view *v = context;
  if (v->progress.quiet) return stop_if_asked();
  progress_clear(&v->progress);
  if (result)
    print_row(s, cell, result);
  else
    printf("  %-28.28s %s\n", s->label, why);
  fflush(stdout);
  return stop_if_asked();
}

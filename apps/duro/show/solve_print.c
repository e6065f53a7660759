/* What people see while an environment is solved. */
#include <math.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/stop.h"
#include "solve.h"

/* ---- before ---- */

static void add_count(text *out, double n) {
  if (n < 1e6)
    text_add(out, "%.0f", n);
  else
    text_add(out, "%.4g million", n / 1e6);
}

static void print_axes(const solution *s) {
  printf("  %-14s %10s %10s %9s  %s\n", "axis", "from", "to", "vertices", "unit");
  for (int i = 0; i < s->plan.nd; i++) {
    const duro_grid_axis *axis = &s->plan.axis[i];
    const duro_env_spec *spec = &s->env->spec;
    cli_print("  %-14.14s %10.5g %10.5g %9d  %s%s\n", spec->x_names[axis->state], axis->low, axis->high, axis->n,
              spec->x_units[axis->state], axis->periodic ? " (periodic)" : "");
  }
}

static void add_inputs(text *out, const solution *s) {
  const duro_grid_settings *set = &s->settings;
  text_add(out, "inputs: %d controls, %d disturbance%s", s->plan.nu, s->plan.na, s->plan.na == 1 ? "" : "s");
  if (!set->disturbance)
    text_add(out, " (none: a = 0)");
  else if (set->amplitude < 1 || set->amplitude > 1)
    text_add(out, " (%g times their bound)", set->amplitude);
}

static void add_operator(text *out, const solution *s) {
  if (duro_grid_is_continuous(&s->settings))
    text_add(out, "operator: continuous time, goal: %s; derivatives by %s; inputs are bang-bang", s->settings.goal,
             s->settings.scheme);
  else if (s->settings.discount < 1)
    text_add(out, "operator: discounted, gamma_h = %.9g; its set contains the one that is looked for",
             s->settings.discount);
  else if (s->settings.bytes == 2)
    text_add(out, "operator: undiscounted");
  else
    text_add(out, "operator: undiscounted; every sweep's set contains the one that is looked for");
  if (s->settings.bytes == 2) text_add(out, "; V_h in two bytes, rounded down");
}

static void add_dropped(text *out, const solution *s) {
  text_add(out, "%s does not depend on", duro_grid_is_reach(&s->settings) ? "the goal" : "safety");
  for (int i = 0; i < s->plan.n_dropped; i++)
    text_add(out, "%s %s", i ? "," : "", s->env->spec.x_names[s->plan.dropped[i]]);
}

/* Prints a text as a paragraph and empties it. */
static void print_item(text *item) {
  printf("  ");
  cli_wrap(cli_text(item), 4, 4);
  text_release(item);
}

void solve_announce(const solve_view *v) {
  const solution *s = &v->s;
  text item = {0};
  if (v->given.quiet) return;
  text_add(&item, "%s on a grid of ", s->ops->name);
  for (int i = 0; i < s->plan.nd; i++) text_add(&item, "%s%d", i ? " x " : "", s->plan.axis[i].n);
  text_add(&item, " = ");
  add_count(&item, (double)s->plan.cells);
  text_add(&item, " vertices -> %s", s->folder);
  cli_wrap(cli_text(&item), 0, 0);
  text_release(&item);
  print_axes(s);
  if (s->plan.n_dropped) {
    add_dropped(&item, s);
    print_item(&item);
  }
  add_operator(&item, s);
  print_item(&item);
  add_inputs(&item, s);
  print_item(&item);
  if (s->plan.task)
    text_add(&item, "task value: gamma = %.9g", s->settings.gamma);
  else
    text_add(&item, "task value: not solved, %s",
             duro_grid_is_reach(&s->settings) ? "the goal is to reach"
             : s->settings.task               ? "it may depend on the states left out"
                                              : "grid.task is false");
  print_item(&item);
  text_add(&item, "memory: %.3g MB of at most %g GB; swept %s", s->plan.bytes * 1e-6, s->settings.memory,
           s->plan.row >= 0 ? "by whole rows along " : "cell by cell");
  if (s->plan.row >= 0) text_add(&item, "%s", s->env->spec.x_names[s->plan.axis[s->plan.row].state]);
  if (s->transport) text_add(&item, "; divided among %d ranks", s->transport->count);
  print_item(&item);
  fflush(stdout);
}

/* ---- meanwhile ---- */

static double seconds_left(const duro_grid_progress *now) {
  return now->share > .02 ? now->seconds * (1 - now->share) / now->share : NAN;
}

static void show_line(const solve_view *v, const duro_grid_progress *now) {
  enum { STAGE, SWEEPS, CHANGE, WORK, VOLUME, LEFT, PARTS }; // in the order of the line
  progress_part parts[PARTS] = {[STAGE] = {.weight = 1}, [SWEEPS] = {.weight = 3}, [CHANGE] = {.weight = 4},
                                [WORK] = {.weight = 0},  [VOLUME] = {.weight = 5}, [LEFT] = {.weight = 2}};
  enum { SIZE = sizeof parts[0].text };
  snprintf(parts[STAGE].text, SIZE, "%s", v->s.stage);
  snprintf(parts[SWEEPS].text, SIZE, "sweep %lld", (long long)now->sweeps);
  if (isfinite(now->change)) snprintf(parts[CHANGE].text, SIZE, "change %.1e", now->change);
  if (isfinite(now->changed)) snprintf(parts[WORK].text, SIZE, "%.0f%% active", 100 * now->changed);
  if (isfinite(now->volume)) snprintf(parts[VOLUME].text, SIZE, "set %.2f%%", 100 * now->volume);
  const double left = seconds_left(now);
  if (isfinite(left)) {
    char duration[40];
    progress_duration(duration, sizeof duration, left);
    snprintf(parts[LEFT].text, SIZE, "%s left", duration);
  }
  progress_draw(&v->progress, now->share, parts, PARTS);
}

static void print_line(const solve_view *v, const duro_grid_progress *now) {
  const bool checked = now->done && isfinite(now->residual);
  printf("%s: sweep %lld  %s %.3g  %.1f %% active  set %.3f %%  %.1f s\n", v->s.stage, (long long)now->sweeps,
         checked ? "residual" : "change", checked ? now->residual : now->change, 100 * now->changed, 100 * now->volume,
         now->seconds);
  fflush(stdout);
}

static void show_sweep(solve_view *v, const duro_grid_progress *now) {
  progress *p = &v->progress;
  if (p->quiet) return;
  if (now->seconds < p->last_print) { // another stage
    p->last_print = -1e9;
    p->last_share = -1;
  }
  const double since = now->seconds - p->last_print;
  const double share = isfinite(now->share) ? now->share : 0;
  if (p->terminal) {
    if (since < .1 && !now->done) return;
    show_line(v, now);
  } else {
    if (share - p->last_share < .1 && since < 30 && !now->done) return;
    print_line(v, now);
    p->last_share = share;
  }
  p->last_print = now->seconds;
}

static duro_status ask(void *context) {
  (void)context;
  return stop_if_asked();
}

static duro_status show_progress(void *context, const solution *s, const duro_grid_progress *now) {
  (void)s;
  const duro_status status = stop_if_asked();
  if (!status) show_sweep(context, now);
  return status;
}

static duro_status say_stage(void *context, const solution *s, duro_grid_stage stage) {
  const solve_view *v = context;
  char claim[256];
  const duro_grid_progress *at = stage == DURO_GRID_TASK ? &s->task : &s->safety;
  if (v->given.quiet) return DURO_OK;
  progress_clear(&v->progress);
  solve_claim(claim, sizeof claim, s, stage);
  const bool reach = duro_grid_is_reach(&s->settings);
  cli_wrap(claim, printf("%s value:", stage == DURO_GRID_TASK ? "task" : reach ? s->settings.goal : "safety"), 2);
  if (s->transport)
    printf("  %d ranks: at most %.4g MB of memory each, %.4g MB sent between them\n", s->transport->count,
           s->rank_memory * 1e-6, s->sent * 1e-6);
  if (at->sweeps >= s->settings.sweeps)
    printf("  the sweeps ran out (grid.sweeps) before the error that was asked for was met\n");
  fflush(stdout);
  return DURO_OK;
}

static duro_status show_proof(void *context, const solution *s, const duro_certificate_progress *now) {
  const solve_view *v = context;
  (void)s;
  const duro_status status = stop_if_asked();
  if (status || v->given.quiet || !v->progress.terminal) return status;
  progress_part parts[] = {{.weight = 3}, {.weight = 2}, {.weight = 1}};
  enum { SIZE = sizeof parts[0].text };
  snprintf(parts[0].text, SIZE, "proof, round %lld", (long long)now->round);
  snprintf(parts[1].text, SIZE, "%lld of %lld", (long long)now->tried, (long long)now->cells);
  snprintf(parts[2].text, SIZE, "%lld failed", (long long)now->failed);
  progress_draw(&v->progress, NAN, parts, sizeof parts / sizeof *parts);
  return DURO_OK;
}

/* ---- the answer ---- */

/* One paragraph for each thing to know before the numbers are believed. */
static void print_verdict(const solution *s) {
  static const solve_edge kinds[] = {SOLVE_EDGE_LOST, SOLVE_EDGE_CONSTRAINT, SOLVE_EDGE_HELD};
  char line[512];
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    text edges = {0};
    if (solve_edges_text(&edges, s, kinds[i])) {
      const char *word = kinds[i] == SOLVE_EDGE_HELD ? "note:" : "warning:";
      const char *hint = cli_hint(edges.bytes);
      if (hint) text_add(&edges, "; %s", hint);
      cli_wrap(cli_text(&edges), printf("  %s", word), 4);
    }
    text_release(&edges);
  }
  solve_verdict_text(line, sizeof line, s);
  cli_wrap(line, printf("verdict:"), 2);
}

static duro_status print_rollouts(void *context, const solution *s) {
  const solve_view *v = context;
  if (v->given.quiet) return DURO_OK;
  progress_clear(&v->progress);
  char unit[256];
  solve_volume_unit(unit, sizeof unit, s);
  const bool reach = duro_grid_is_reach(&s->settings);
  printf("set %s >= 0: %.3f %% of the vertices, %.6g %s\n", reach ? "V" : "V_h", 100 * s->safety.volume,
         solve_volume(&s->plan, s->V), unit);
  if (reach) {
    if (isfinite(s->latest))
      printf("  arrival: from %.3f %% of the vertices, the latest after %.4g s\n", 100 * s->safety.volume, s->latest);
    print_verdict(s);
    fflush(stdout);
    return DURO_OK;
  }
  if (!(s->safety.volume > 0)) printf("  the set is empty on this grid; a coarse grid erodes it, so try a finer one\n");
  if (s->exact_points)
    printf("  exact set: %.6g %s; overlap %.4f, %lld vertices falsely safe\n", s->exact_volume, unit, s->exact_iou,
           (long long)s->false_safe);
  if (s->safety.volume > 0)
    printf("  %-18s %-16s %-18s %12s %10s\n", "start", "policy", "adversary", "violating", "worst h");
  for (int i = 0; i < s->rollouts; i++) {
    const solve_rollout *r = &s->rollout[i];
    char start[24], violating[48];
    snprintf(start, sizeof start, "V_h >= %.4g", r->level);
    if (!r->starts) {
      if (!r->task_policy) printf("  %-18s no vertex is inside: 0/%d starts\n", start, SOLVE_STARTS);
      continue;
    }
    snprintf(violating, sizeof violating, "%lld/%lld", (long long)r->violated, (long long)r->starts);
    printf("  %-18s %-16s %-18s %12s %10.4g\n", start, solve_policy_name(r), solve_adversary_name(r), violating,
           r->h_min);
  }
  printf("  starts of evaluation: %lld of %lld inside, smallest V_h %.4g\n", (long long)s->starts_inside,
         (long long)s->starts, s->starts_margin);
  print_verdict(s);
  fflush(stdout);
  return DURO_OK;
}

static duro_status print_proof(void *context, const solution *s) {
  const solve_view *v = context;
  char path[CLI_PATH];
  progress_clear(&v->progress);
  if (v->given.quiet) return DURO_OK;
  run_path(path, s->folder, "set.certificate");
  printf("certified inner set: %.6g", s->certified_volume);
  if (isfinite(s->certified_share)) printf(", within the grid %.1f %% of the grid's set", 100 * s->certified_share);
  cli_print("; duro-recheck %s\n  starts of evaluation: %lld of %lld inside\n", path, (long long)s->starts_certified,
            (long long)s->starts);
  return DURO_OK;
}

solve_watcher solve_printer(solve_view *v) {
  return (solve_watcher){.context = v,
                         .ask = ask,
                         .sweep = show_progress,
                         .proof = show_proof,
                         .solved = say_stage,
                         .played = print_rollouts,
                         .proved = print_proof};
}

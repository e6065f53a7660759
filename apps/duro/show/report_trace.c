/* One attacked episode of each run, everything over time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "show/report.h"

enum { EPISODE = 0, SEED = 1, MOST_ACTIONS = 2, PANEL = 180 };

/* The run's own mu_h, else that of the first run that has one for this environment, else a constant push. */
static duro_attack choose_attack(text *who, const report *r, const run *attacked) {
  if (duro_policy_has(attacked->policy, DURO_NET_MU_H)) {
    text_add(who, "its own safety adversary mu_h");
    return (duro_attack){.amplitude = 1, .kind = DURO_ATTACK_SAFETY, .policy = attacked->policy};
  }
  for (int i = 0; i < r->count; i++) {
    const run *other = &r->runs[i].run;
    const duro_policy_info *about = duro_policy_about(other->policy);
    if (!duro_policy_has(other->policy, DURO_NET_MU_H) || about->no != attacked->env->spec.no ||
        about->na != attacked->env->spec.na)
      continue;
    text_add(who, "the safety adversary mu_h of ");
    text_add_escaped(who, r->runs[i].label);
    return (duro_attack){.amplitude = 1, .kind = DURO_ATTACK_SAFETY, .policy = other->policy};
  }
  if (!attacked->env->spec.na) {
    text_add(who, "nothing, for there is no disturbance");
    return (duro_attack){.kind = DURO_ATTACK_NONE};
  }
  text_add(who, "a constant push (no run here has a safety adversary for it)");
  return (duro_attack){.amplitude = 1, .kind = DURO_ATTACK_CONSTANT};
}

/* A stack of panels that share the time axis. */
typedef struct stack {
  text *script;
  const trajectory *t;
  const duro_env_spec *spec;
  int panel, panels, run;
} stack;

static int stack_height(const stack *s) {
  return s->panels * PANEL + 100;
}

static void add_panel(stack *s, const char *label, int column, const char *style, const char *colour) {
  const int from = s->panel * PANEL;
  const bool last = ++s->panel == s->panels;
  figure_panel(s->script, stack_height(s), from + 34, from + PANEL - 8);
  text_add(s->script, "set label 1 ");
  text_add_gnuplot(s->script, label);
  text_add(s->script, " at graph 0, graph 1.13 left\n%s\n",
           last ? "set format x '%g'\nset xlabel 'time (s)'" : "set format x ''");
  text_add(s->script, "plot 'trace-%d.csv' using 1:%d with %s lw 2 lc rgb '%s' notitle\n", s->run, column, style,
           colour);
}

/* Smallest and largest of values[0], values[stride], ... over the episode. */
static void span(double *low, double *high, const double *values, int stride, int64_t steps) {
  *low = *high = values[0];
  for (int64_t k = 1; k <= steps; k++) {
    *low = fmin(*low, values[k * stride]);
    *high = fmax(*high, values[k * stride]);
  }
}

static void add_states(stack *s, const int *states, int count) {
  char label[96];
  double low, high;
  for (int k = 0; k < count; k++) {
    const int j = states[k];
    span(&low, &high, s->t->x + j, s->spec->nx, s->t->steps);
    figure_axis(s->script, 'y', low, high, 3);
    snprintf(label, sizeof label, "%s (%s)", s->spec->x_names[j], s->spec->x_units[j]);
    add_panel(s, label, 2 + j, "lines", figure_colour(0));
  }
}

static void add_actions(stack *s, const char *name, int count, int first_column, int colour) {
  char label[96];
  text_add(s->script, "set yrange [-1.15:1.15]\nset ytics nomirror 1\n");
  for (int j = 0; j < count && j < MOST_ACTIONS; j++) {
    snprintf(label, sizeof label, count > 1 ? "%s%d (share of its range)" : "%s (share of its range)", name, j);
    add_panel(s, label, first_column + j, "steps", figure_colour(colour));
  }
}

/* h, with what lies below zero marked as a violation. */
static void add_constraint(stack *s) {
  double low, high;
  span(&low, &high, s->t->h, 1, s->t->steps);
  figure_axis(s->script, 'y', fmin(low, -.25 * fmax(high, 0)), fmax(high, 0), 3);
  text_add(s->script, "set object 1 rectangle from graph 0, first -1e9 to graph 1, first 0 fc rgb '#D55E00' "
                      "fs transparent solid .18 noborder behind\n"
                      "set label 2 'violation' at graph .99, first 0 right offset 0,-.6 textcolor '#A04000' "
                      "font ',14'\n");
  add_panel(s, "constraint h (safe where it is not negative)", 2 + s->spec->nx + s->spec->nu + s->spec->na, "lines",
            "#000000");
}

static void draw(text *script, const trajectory *t, const duro_env_spec *spec, int i, const char *name) {
  int states[TRAJECTORY_STATES];
  const int n_states = trajectory_states(states, spec);
  const int nu = spec->nu < MOST_ACTIONS ? spec->nu : MOST_ACTIONS;
  const int na = spec->na < MOST_ACTIONS ? spec->na : MOST_ACTIONS;
  stack s = {script, t, spec, 0, n_states + nu + na + 1, i + 1};
  figure_begin(script, name, "One attacked episode over time.", 1000, stack_height(&s));
  text_add(script, "set lmargin 9\nset rmargin 3\nset format y '%%.4g'\nset multiplot\n");
  figure_axis(script, 'x', 0, (double)(t->steps > 0 ? t->steps : 1) * spec->dt, 6);
  add_states(&s, states, n_states);
  add_actions(&s, "control u", spec->nu, 2 + spec->nx, 2);
  add_actions(&s, "disturbance a", spec->na, 2 + spec->nx + spec->nu, 1);
  add_constraint(&s);
  text_add(script, "unset multiplot\n");
}

static void add_caption(text *caption, const report *r, int i, const trajectory *t, const text *who) {
  double worst, best;
  span(&worst, &best, t->h, 1, t->steps);
  text_add(caption, "One episode of <b>");
  text_add_escaped(caption, r->runs[i].label);
  text_add(
      caption,
      "</b> (evaluation start %d of seed %d, without safety filter) attacked by %s: states, control and disturbance "
      "and the constraint h over time. The episode lasts %lld steps; its smallest h is %.3g, so it %s. One episode "
      "is an illustration, not evidence.",
      EPISODE, SEED, cli_text(who), (long long)t->steps, worst, worst < 0 ? "violates the constraint" : "stays safe");
}

duro_status report_trace(report *r, int i) {
  const run *shown = &r->runs[i].run;
  const duro_eval_options how = {
      .episodes = 1, .seed = SEED, .threads = 1, .start = DURO_START_EVAL, .act = run_plain_act(shown->policy)};
  char name[48], file[64], path[CLI_PATH];
  trajectory t;
  text who = {0}, script = {0}, caption = {0};
  snprintf(name, sizeof name, "trace-%d", i + 1);
  const duro_attack attack = choose_attack(&who, r, shown);
  duro_status status = trajectory_create(&t, &shown->env->spec, shown->env->spec.horizon);
  if (!status)
    status = duro_eval_trace(t.x, t.u, t.a, t.h, &t.steps, shown->env, shown->policy, &attack, EPISODE, &how);
  snprintf(file, sizeof file, "%s.csv", name);
  run_path(path, r->figures, file);
  if (!status) status = trajectory_save(&t, &shown->env->spec, path);
  if (!status) {
    draw(&script, &t, &shown->env->spec, i, name);
    add_caption(&caption, r, i, &t, &who);
    status = figure_end(r, &script, name, &caption);
  }
  if (!status) status = report_film(r, i, &t, cli_text(&who));
  trajectory_release(&t);
  text_release(&who);
  return status;
}

/* One attacked episode of each run, everything over time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "env/facts.h"
#include "show/greek.h"
#include "show/report.h"

enum { EPISODE = 0, SEED = 1, MOST_ACTIONS = 2, MOST_WORDS = 80, TITLE = 56, PANEL = 180 };
/* numbers of gnuplot's arrows, labels and objects */
enum { BAND = 10, BANDS = 30, MARK = 50 };

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
  const duro_facts *facts;
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
  greek_gnuplot(s->script, label);
  const size_t letters = strlen(label); // of a long one the whole width of the picture, in smaller ones
  text_add(s->script, " font ',%d'", letters <= TITLE ? 18 : letters < 2 * TITLE ? (int)(18 * TITLE / letters) : 9);
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

/* "theta <= 0.2 rad" beside its line, on the side that is safe. */
static void name_limit(text *script, const duro_env_spec *spec, const fact_mark *m, int number) {
  const char *unit = spec->x_units[m->state];
  text words = {0};
  text_add(&words, "%s %s %.4g%s%s", spec->x_names[m->state], m->side == FACT_MOST ? "\u2264" : "\u2265", m->value,
           unit[0] ? " " : "", unit);
  text_add(script, "set label %d ", number);
  greek_gnuplot(script, cli_text(&words));
  text_add(script, " at graph 0.01, first %.9g left offset 0,%s font ',13' textcolor '#A04000'\n", m->value,
           m->side == FACT_MOST ? "-0.6" : "0.6");
  text_release(&words);
}

/* Limits and targets of a state as dashed lines with their names, what lies beyond a limit shaded. */
static void add_marks(text *script, const duro_env_spec *spec, const duro_facts *facts, int state) {
  for (int i = 0; i < facts->marks; i++) {
    const fact_mark *m = &facts->mark[i];
    if (m->state != state) continue;
    text_add(script,
             "set arrow %d from graph 0, first %.9g to graph 1, first %.9g nohead back dt 2 lw 1.5 lc rgb '%s'\n",
             MARK + i, m->value, m->value, m->side == FACT_TARGET ? "#A0508A" : "#A04000");
    if (m->side == FACT_TARGET)
      text_add(script,
               "set label %d 'target' at graph 0.99, first %.9g right offset 0,-0.6 font ',14' textcolor '#A0508A'\n",
               MARK + i, m->value);
    else
      text_add(script,
               "set object %d rectangle from graph 0, first %.9g to graph 1, graph %d fc rgb '#D55E00' "
               "fs transparent solid 0.12 noborder behind\n",
               MARK + i, m->value, m->side == FACT_MOST);
    if (m->side != FACT_TARGET) name_limit(script, spec, m, MARK + i);
  }
}

static void remove_marks(text *script, const duro_facts *facts, int state) {
  for (int i = 0; i < facts->marks; i++) {
    if (facts->mark[i].state != state) continue;
    text_add(script, "unset arrow %d\nunset label %d\n", MARK + i, MARK + i);
    if (facts->mark[i].side != FACT_TARGET) text_add(script, "unset object %d\n", MARK + i);
  }
}

static void add_state(stack *s, int j) {
  char label[96];
  double low, high;
  span(&low, &high, s->t->x + j, s->spec->nx, s->t->steps);
  for (int i = 0; i < s->facts->marks; i++) // what matters is in the picture
    if (s->facts->mark[i].state == j)
      low = fmin(low, s->facts->mark[i].value), high = fmax(high, s->facts->mark[i].value);
  figure_axis(s->script, 'y', low, high, 3);
  snprintf(label, sizeof label, s->spec->x_units[j][0] ? "%s (%s)" : "%s", s->spec->x_names[j], s->spec->x_units[j]);
  add_marks(s->script, s->spec, s->facts, j);
  add_panel(s, label, 2 + j, "lines", figure_colour(0));
  remove_marks(s->script, s->facts, j);
}

/* Shades, in every panel, the times at which h < 0. */
static void shade_violations(text *script, const trajectory *t, double dt) {
  int bands = 0;
  for (int64_t k = 0; k <= t->steps && bands < BANDS; k++) {
    if (!(t->h[k] < 0)) continue;
    const int64_t from = k;
    while (k < t->steps && t->h[k + 1] < 0) k++;
    text_add(script,
             "set object %d rectangle from first %.9g, graph 0 to first %.9g, graph 1 fc rgb '#D55E00' "
             "fs transparent solid 0.18 noborder behind\n",
             BAND + bands++, ((double)from - 0.5) * dt, ((double)k + 0.5) * dt);
  }
}

static void add_actions(stack *s, const char *name, int count, int first_column, int colour, const text *fact) {
  char label[256];
  text_add(s->script, "set yrange [-1.15:1.15]\nset ytics nomirror 1\n");
  for (int j = 0; j < count && j < MOST_ACTIONS; j++) {
    if (count > 1)
      snprintf(label, sizeof label, "%s%d (share of its range)", name, j);
    else
      snprintf(label, sizeof label, "%s (%.*s)", name, MOST_WORDS, fact->length ? fact->bytes : "share of its range");
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
                      "set label 2 'violation' at graph .01, first 0 left offset 0,-.6 textcolor '#A04000' "
                      "font ',14'\n");
  add_panel(s, "constraint h (safe where it is not negative)", 2 + s->spec->nx + s->spec->nu + s->spec->na, "lines",
            "#000000");
}

static void draw(text *script, const trajectory *t, const duro_env_spec *spec, const duro_facts *facts, int i,
                 const char *name) {
  int states[TRAJECTORY_STATES];
  const int n_states = trajectory_states(states, spec);
  const int nu = spec->nu < MOST_ACTIONS ? spec->nu : MOST_ACTIONS;
  const int na = spec->na < MOST_ACTIONS ? spec->na : MOST_ACTIONS;
  stack s = {script, t, spec, facts, 0, n_states + nu + na + 1, i + 1};
  figure_begin(script, name, "One attacked episode over time.", 1000, stack_height(&s));
  text_add(script, "set lmargin 9\nset rmargin 3\nset format y '%%.4g'\nset multiplot\n");
  figure_axis(script, 'x', 0, (double)(t->steps > 0 ? t->steps : 1) * spec->dt, 6);
  shade_violations(script, t, spec->dt);
  for (int k = 0; k < n_states; k++) add_state(&s, states[k]);
  add_actions(&s, "control u", spec->nu, 2 + spec->nx, 2, &facts->control);
  add_actions(&s, "disturbance a", spec->na, 2 + spec->nx + spec->nu, 1, &facts->disturbance);
  add_constraint(&s);
  text_add(script, "unset multiplot\n");
}

static void add_caption(text *caption, const report *r, int i, const trajectory *t, const text *who,
                        const duro_facts *facts) {
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
  if (facts->safe.length) {
    text_add(caption,
             " Dashed and shaded are the limits, and the target where there is one; h is the least of what is left "
             "of each: ");
    text_add_escaped(caption, cli_text(&facts->safe));
    text_add(caption, ".");
  }
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
    duro_facts facts;
    facts_of(&facts, shown->env);
    draw(&script, &t, &shown->env->spec, &facts, i, name);
    add_caption(&caption, r, i, &t, &who, &facts);
    facts_release(&facts);
    status = figure_end(r, &script, name, &caption);
  }
  if (!status) status = report_film(r, i, &t, cli_text(&who));
  trajectory_release(&t);
  text_release(&who);
  return status;
}

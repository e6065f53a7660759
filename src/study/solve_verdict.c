/* What a solution is worth: whether its own policy keeps what it promises, and what lies at the edges of its region. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "duro/stats.h"
#include "io/number.h"
#include "study/solve.h"

enum { ALLOWED = SOLVE_STARTS / 50 }; // starts with a margin that a solution may lose and still hold

/* ---- the verdict ---- */

/* the safety policy's row with a margin; NULL before it was played */
static const solve_rollout *decisive(const solution *s) {
  for (int i = 0; i < s->rollouts; i++)
    if (!s->rollout[i].task_policy && s->rollout[i].level > 0) return &s->rollout[i];
  return NULL;
}

solve_verdict solve_judge(const solution *s) {
  const solve_rollout *r = decisive(s);
  if (duro_grid_is_reach(&s->settings) && s->safety.done) return s->safety.volume > 0 ? SOLVE_REACH : SOLVE_EMPTY;
  if (!r) return SOLVE_UNFINISHED;
  return !r->starts ? SOLVE_EMPTY : r->violated > ALLOWED ? SOLVE_LOSES : SOLVE_HOLDS;
}

int64_t solve_lost(const solution *s) {
  const solve_rollout *r = decisive(s);
  return r ? r->violated : 0;
}

void solve_goal_text(char *out, size_t size, const solution *s) {
  const duro_grid_settings *set = &s->settings;
  const char *until = strcmp(set->goal, "reach-avoid") == 0 ? " with h >= 0 until then" : "";
  if (!set->tube)
    duro_format(out, size, "is in the target after %g s%s", set->time, until);
  else if (set->time > 0)
    duro_format(out, size, "reaches the target within %g s%s", set->time, until);
  else
    duro_format(out, size, "reaches the target%s", until);
}

static void say_reach(char *out, size_t size, const solution *s) {
  char goal[128];
  solve_goal_text(goal, sizeof goal, s);
  if (s->safety.volume > 0)
    duro_format(out, size,
                "reach set: from %.4g %% of the vertices the control %s, whatever the disturbance; it is no safe set, "
                "and was neither played nor proved",
                100 * s->safety.volume, goal);
  else
    duro_format(out, size, "empty: from no vertex the control %s", goal);
}

void solve_verdict_text(char *out, size_t size, const solution *s) {
  const solve_rollout *r = decisive(s);
  if (duro_grid_is_reach(&s->settings) && s->safety.done) {
    say_reach(out, size, s);
    return;
  }
  switch (solve_judge(s)) {
  case SOLVE_UNFINISHED:
    duro_format(out, size, "unfinished: stopped after %lld sweeps; nothing is said of its set",
                (long long)s->safety.sweeps);
    return;
  case SOLVE_EMPTY:
    duro_format(out, size, "empty: no vertex has V_h >= %.4g, so there is no set to hold", r->level);
    return;
  case SOLVE_REACH: // said above
    return;
  case SOLVE_LOSES:
    duro_format(
        out, size,
        "DOES NOT HOLD: its own safety policy loses %lld of %lld starts with V_h >= %.4g; the grid is too coarse, "
        "its discount too far from 1, or its region too small, and its set is no answer",
        (long long)r->violated, (long long)r->starts, r->level);
    return;
  case SOLVE_HOLDS:
    duro_format(out, size,
                "%s: its safety policy loses %lld of %lld starts with V_h >= %.4g, so at most %.2g %% of them (95 %%); "
                "no proof",
                r->violated ? "nearly holds" : "holds", (long long)r->violated, (long long)r->starts, r->level,
                100 * duro_clopper_pearson_upper(r->violated, r->starts, .05));
  }
}

/* ---- the edges ---- */

void solve_look_at_edges(solution *s) {
  for (int i = 0; i < s->plan.nd; i++)
    for (int side = 0; side < 2; side++) s->edge[i][side] = duro_grid_edge_of(s->grid, i, side);
  s->lost_at_edges = duro_grid_lost_at_edges(s->grid);
}

solve_edge solve_edge_kind(const solution *s, int axis, int side) {
  const duro_grid_edge *e = &s->edge[axis][side];
  if (duro_grid_is_reach(&s->settings))
    return !e->reached ? SOLVE_EDGE_FINE : strcmp(s->settings.beyond, "stay") == 0 ? SOLVE_EDGE_HELD : SOLVE_EDGE_LOST;
  if (!e->crossed) return SOLVE_EDGE_FINE;
  if (!e->open) return e->h_max >= -1e-9 * s->env->spec.h_scale ? SOLVE_EDGE_CONSTRAINT : SOLVE_EDGE_FINE;
  if (e->held) return e->reached ? SOLVE_EDGE_HELD : SOLVE_EDGE_FINE;
  return s->lost_at_edges != 0 ? SOLVE_EDGE_LOST : SOLVE_EDGE_FINE;
}

const char *solve_edge_name(solve_edge kind) {
  static const char *const names[] = {"fine", "at the constraint", "lost", "held"};
  return names[kind];
}

/* "x1 at -3 and 3, x2 at 2"; how many */
static int add_edges(text *out, const solution *s, solve_edge kind) {
  int count = 0;
  for (int i = 0; i < s->plan.nd; i++) {
    const duro_grid_axis *axis = &s->plan.axis[i];
    int here = 0;
    for (int side = 0; side < 2; side++) {
      if (solve_edge_kind(s, i, side) != kind) continue;
      if (here)
        text_add(out, " and ");
      else
        text_add(out, "%s%s at ", count ? ", " : "", s->env->spec.x_names[axis->state]);
      text_add(out, "%.5g", side ? axis->high : axis->low);
      here++;
    }
    count += here;
  }
  return count;
}

bool solve_edges_text(text *out, const solution *s, solve_edge kind) {
  text where = {0};
  const int count = add_edges(&where, s, kind);
  if (count && duro_grid_is_reach(&s->settings)) {
    text_add(out, "the set reaches the edge of the region, %s; ", where.bytes);
    text_add(out, kind == SOLVE_EDGE_HELD
                      ? "V is taken to go on beyond as it does there"
                      : "what leaves the region counts as not arriving, so take it further out if it may come back");
    text_release(&where);
    return true;
  }
  if (count && kind == SOLVE_EDGE_LOST) {
    text_add(
        out,
        "the region ends where h >= 0, %s; nothing is known of what lies beyond, and what gets there counts as lost",
        where.bytes);
    if (s->lost_at_edges > 0)
      text_add(out, ", which may cost the set %lld vertices and more", (long long)s->lost_at_edges);
    text_add(out, ": take the region further out");
  }
  if (count && kind == SOLVE_EDGE_CONSTRAINT)
    text_add(out,
             "the region ends at the constraint itself, %s; values need room beyond it, so take the region further out",
             where.bytes);
  if (count && kind == SOLVE_EDGE_HELD)
    text_add(out, "the set reaches the edge of the region, %s; what leaves it there is taken to stay at the edge",
             where.bytes);
  text_release(&where);
  return count > 0;
}

/* What a goal reaches: the target of the environment, or the box that grid.target names. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "env/needs.h"
#include "game/grid.h"
#include "io/number.h"

bool duro_grid_is_reach(const duro_grid_settings *settings) {
  return strcmp(settings->goal, "avoid") != 0;
}

duro_status grid_want_safe_set(const duro_grid_settings *settings) {
  if (!duro_grid_is_reach(settings)) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT,
                   "grid.goal of this solution is %s: from its set the target can be reached, and it is no safe set; "
                   "wanted grid.goal=avoid",
                   settings->goal);
}

static duro_status say_form(const char *text) {
  return duro_fail(DURO_ERROR_ARGUMENT,
                   "grid.target is '%s'; wanted STATE in [LOW, HIGH], ..., each state once, the lower number first, "
                   "such as x1 in [-1, 1], x2 in [0, inf]",
                   text);
}

/* the state that `name` (length) names, -1 for none */
static int find_state(const duro_env_spec *spec, const char *name, int length) {
  for (int i = 0; spec->x_names && i < spec->nx; i++)
    if ((int)strlen(spec->x_names[i]) == length && !strncmp(spec->x_names[i], name, (size_t)length)) return i;
  return -1;
}

static duro_status say_unknown(const duro_env *env, const char *name, int length) {
  char word[DURO_TEXT_SIZE];
  snprintf(word, sizeof word, "%.*s", length, name);
  const char *near = env->spec.x_names ? duro_nearest(word, env->spec.x_names, env->spec.nx) : NULL;
  return duro_fail(DURO_ERROR_ARGUMENT, "grid.target names '%s', which is no state of '%s'%s%s%s", word, env->ops->name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* a number up to `end`, blanks about it aside; inf and -inf are numbers here */
static bool read_bound(double *out, const char *at, const char *end) {
  char word[64];
  at += strspn(at, " ");
  while (end > at && end[-1] == ' ') end--;
  if (end <= at || end - at >= (ptrdiff_t)sizeof word) return false;
  snprintf(word, sizeof word, "%.*s", (int)(end - at), at);
  if (!strcmp(word, "inf") || !strcmp(word, "-inf")) {
    *out = word[0] == '-' ? -INFINITY : INFINITY;
    return true;
  }
  return duro_number_real(out, word) == DURO_NUMBER_FINE;
}

/* "[-1, 1]" from `at` on; NULL where that is not what stands there, else what follows */
static const char *read_range(grid_side *side, const char *at) {
  const char *comma = strchr(at, ','), *end = strchr(at, ']');
  if (*at != '[' || !comma || !end || end < comma) return NULL;
  if (!read_bound(&side->low, at + 1, comma) || !read_bound(&side->high, comma + 1, end)) return NULL;
  return side->low < side->high ? end + 1 : NULL;
}

static duro_status check_period(const grid_side *side, const duro_env *env) {
  const duro_env_spec *spec = &env->spec;
  if (side->period == 0.0 || side->high - side->low < side->period) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT,
                   "grid.target has %s in [%g, %g]; wanted less than its period, %g, or the state left out",
                   spec->x_names[side->state], side->low, side->high, side->period);
}

static duro_status read_box(grid_target *t, const duro_env *env, const char *text) {
  const duro_env_spec *spec = &env->spec;
  for (const char *at = text + strspn(text, " ");;) {
    const char *in = strstr(at, " in ");
    if (!in || t->sides == DURO_GRID_MAX) return say_form(text);
    grid_side *side = &t->side[t->sides];
    side->state = find_state(spec, at, (int)(in - at));
    if (side->state < 0) return say_unknown(env, at, (int)(in - at));
    for (int i = 0; i < t->sides; i++)
      if (t->side[i].state == side->state) return say_form(text);
    const bool periodic = spec->x_periodic && spec->x_periodic[side->state];
    side->period = periodic ? spec->x_high[side->state] - spec->x_low[side->state] : 0.0;
    at = read_range(side, in + 4 + strspn(in + 4, " "));
    if (!at) return say_form(text);
    t->sides++;
    const duro_status status = check_period(side, env);
    if (status) return status;
    at += strspn(at, " ");
    if (!*at) return DURO_OK;
    if (*at++ != ',') return say_form(text);
    at += strspn(at, " ");
  }
}

duro_status grid_target_read(grid_target *t, const duro_env *env, const duro_grid_settings *settings) {
  *t = (grid_target){0};
  if (!duro_grid_is_reach(settings)) {
    if (settings->target[0])
      return duro_fail(DURO_ERROR_ARGUMENT,
                       "grid.target is '%s', and grid.goal is avoid; wanted grid.goal=reach or reach-avoid",
                       settings->target);
    if (!settings->tube)
      return duro_fail(DURO_ERROR_ARGUMENT,
                       "grid.tube is false, and grid.goal is avoid; wanted grid.goal=reach or reach-avoid");
    return DURO_OK;
  }
  if (!duro_grid_is_continuous(settings))
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "grid.goal is %s, which the game in steps does not know; wanted grid.method=hj", settings->goal);
  if (!settings->tube && !(settings->time > 0.0))
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "grid.tube is false, and grid.time is 0; wanted the time at whose end the target is reached");
  if (settings->target[0]) return read_box(t, env, settings->target);
  if (env->ops->target) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT,
                   "grid.goal is %s, and '%s' states no target; wanted grid.target, such as %s in [0, 1]",
                   settings->goal, env->ops->name, env->spec.x_names ? env->spec.x_names[0] : "x1");
}

/* how far x lies inside of a side, the nearer of its two ends */
static double inside(const grid_side *side, double x) {
  if (side->period == 0.0) return fmin(x - side->low, side->high - x);
  const double off = fabs(remainder(x - 0.5 * (side->low + side->high), side->period));
  return 0.5 * (side->high - side->low) - off;
}

double grid_target_value(const grid_target *t, const duro_env *env, const double *x) {
  if (!t->sides) return env->ops->target(env, x);
  double least = INFINITY;
  for (int i = 0; i < t->sides; i++) least = fmin(least, inside(&t->side[i], x[t->side[i].state]));
  return least;
}

uint64_t grid_needed_states(const grid_target *t, const duro_env *env, const duro_grid_settings *settings) {
  duro_env_spec spec = env->spec;
  if (!duro_grid_is_reach(settings)) return env_needed_states(&spec);
  const bool obeys = strcmp(settings->goal, "reach-avoid") == 0; // h as well
  uint64_t of_target = 0;
  for (int i = 0; i < t->sides; i++)
    if (t->side[i].state < DURO_MASK_BITS) of_target |= 1ULL << t->side[i].state;
  const bool known = t->sides && (!obeys || spec.h_needs); // else it may depend on all states
  spec.h_needs = known ? of_target | (obeys ? spec.h_needs : 0) : 0;
  return env_needed_states(&spec);
}

/* V = g, or min(g, h) */
duro_status grid_target_begin(duro_grid *g) {
  const bool obeys = strcmp(g->settings.goal, "reach-avoid") == 0;
  if (g->settings.tube) {
    g->arrival = duro_allocate(sizeof *g->arrival * (size_t)(g->rows * g->sweep.stride));
    if (!g->arrival) return DURO_ERROR_MEMORY;
  }
  for (int64_t row = 0; row < g->rows; row++) {
    int vertex[DURO_GRID_MAX];
    grid_row_at(g, row, vertex);
    for (int k = 0; k < g->sweep.n + g->sweep.wraps; k++) {
      double x[DURO_MAX_STATE];
      vertex[g->plan.nd - 1] = k % g->sweep.n;
      grid_state_at(g, vertex, x);
      const double value = grid_target_value(&g->target, g->env, x);
      if (!isfinite(value))
        return duro_fail(DURO_ERROR_NOT_FINITE, "the target of '%s' is %g at a vertex, %s = %g; wanted a finite number",
                         g->env->ops->name, value, g->env->spec.x_names[g->plan.axis[0].state],
                         x[g->plan.axis[0].state]);
      const double h = grid_get(g, g->h, grid_index(g, row, vertex[g->plan.nd - 1]));
      const double first = obeys ? fmin(value, h) : value;
      grid_set(g, g->value, grid_index(g, row, k), first);
      if (g->arrival) g->arrival[grid_index(g, row, k)] = first >= 0.0 ? 0.0f : INFINITY;
    }
  }
  return DURO_OK;
}

double duro_grid_target_at(const duro_grid *g, const double *x) {
  return duro_grid_is_reach(&g->settings) ? grid_target_value(&g->target, g->env, x) : (double)NAN;
}

/* Do episodes start where safety can be kept? A grid tells, of systems of few states. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/grid.h"
#include "study/check_inside.h"

enum { AXES = 4, MODEL_AXES = 3, MOST_STEPS = 20000000, MOST_SWEEPS = 1000, LEAST_STARTS = 30, FEW = 10 };

/* A second attempt has more vertices, and another one a region twice as wide. */
typedef enum attempt { USUAL, FINE, WIDE } attempt;

/* Starts of evaluation, and what was found of them. */
typedef struct starts {
  int count;
  double *x;       // (count x nx)
  bool *doubtful;  // the control of a discounted grid, which looks a hundred steps ahead, loses
  int lost;        // so does that of an undiscounted one, which looks ahead for ever, and there V_h is below 0
  int lost_within; // the same, and V_h is not below 0
  int train_below; // of as many starts of training, those with a discounted V_h below 0
  const double *example;
  char shape[80];
  const duro_grid *grid; // that is being solved
  check *c;
} starts;

/* vertices per axis, so that it takes seconds; a step of MuJoCo, say, is a hundred times as long */
static int vertices(const duro_env *env, int axes, attempt how) {
  static const int usual[AXES] = {401, 101, 41, 21}, model[MODEL_AXES] = {401, 101, 21};
  const int count = check_is_slow(env) ? model[axes - 1] : usual[axes - 1];
  return how == USUAL ? count : count * 3 / 2;
}

/* the plan of this many vertices per axis */
static duro_status plan_of(duro_grid_plan *plan, const duro_grid_settings *set, const duro_env *env, int count,
                           attempt how) {
  duro_status status = duro_grid_plan_make(plan, env, set, &count, 1, NULL, NULL);
  if (status || how != WIDE) return status;
  double low[DURO_GRID_MAX], high[DURO_GRID_MAX];
  for (int i = 0; i < plan->nd; i++) {
    const duro_grid_axis *axis = &plan->axis[i];
    const double more = axis->periodic ? 0.0 : 0.5 * (axis->high - axis->low);
    low[i] = axis->low - more, high[i] = env->spec.x_high[axis->state] + more;
  }
  return duro_grid_plan_make(plan, env, set, &count, 1, low, high);
}

static duro_status make_plan(duro_grid_plan *plan, duro_grid_settings *set, const duro_env *env, attempt how) {
  duro_settings_group group = duro_grid_settings_group(set);
  duro_settings_default(&group);
  set->change = 1e-4 * env->spec.h_scale, set->error = 1e-3 * env->spec.h_scale;
  set->sweeps = MOST_SWEEPS;
  set->task = false;
  set->threads = 1;
  duro_status status = plan_of(plan, set, env, 3, USUAL);
  const int most = check_is_slow(env) ? MODEL_AXES : AXES;
  if (!status && plan->nd > most)
    status = duro_fail(DURO_ERROR_ARGUMENT, "it depends on %d states, of at most %d that are quick to solve", plan->nd,
                       most);
  if (!status) status = plan_of(plan, set, env, vertices(env, plan->nd, how), how);
  if (!status && (double)plan->cells * plan->nu * plan->na > MOST_STEPS)
    status =
        duro_fail(DURO_ERROR_ARGUMENT, "%d controls and %d disturbances are too many to be quick", plan->nu, plan->na);
  return status;
}

static const double *start_at(const starts *s, int k) {
  return s->x + (size_t)k * (size_t)s->c->env->spec.nx;
}

/* V only ever falls, so a grid that says of every doubtful start that it is lost need not go on */
static duro_status go_on(const duro_grid_progress *now, void *context) {
  const starts *s = context;
  (void)now;
  env_calls_go_on(s->c->calls);
  for (int k = 0; k < s->count; k++)
    if (s->doubtful[k] && duro_grid_safety_at(s->grid, start_at(s, k)) >= 0.0) return DURO_OK;
  return DURO_ERROR_STOPPED;
}

static duro_status beat(const duro_grid_progress *now, void *context) {
  const starts *s = context;
  (void)now;
  env_calls_go_on(s->c->calls);
  return DURO_OK;
}

static duro_status solve(duro_grid **grid, starts *s, double discount, attempt how) {
  duro_grid_settings set;
  duro_grid_plan plan;
  const duro_env *env = s->c->env;
  *grid = NULL;
  duro_status status = make_plan(&plan, &set, env, how);
  set.discount = discount;
  if (!status) status = duro_grid_create(grid, env, &set, &plan);
  s->grid = *grid;
  if (!status) status = duro_grid_solve_safety(*grid, discount < 1 ? beat : go_on, s);
  return status == DURO_ERROR_STOPPED ? DURO_OK : status;
}

/* whether the grid's safest control loses to its worst disturbance from x */
static bool loses(check *c, const duro_grid *grid, const double *x) {
  sample s = {0};
  memcpy(s.x, x, sizeof *x * (size_t)c->env->spec.nx);
  for (int t = 0; t < c->env->spec.horizon; t++) {
    outcome o;
    duro_grid_safety_control(grid, c->worker, s.u, s.x);
    duro_grid_safety_disturbance(grid, c->worker, s.a, s.x, s.u);
    check_step(c, c->worker, &o, &s);
    if (!(o.out.h >= 0.0) || o.out.end == DURO_TERMINATED) return true;
    if (o.out.end) return false;
    memcpy(s.x, o.x2, sizeof s.x);
  }
  return false;
}

/* as many as take a second or so */
static int count_of_starts(const check *c, const duro_grid_plan *plan) {
  const double steps = 2.0 * c->env->spec.horizon * plan->nu * plan->na;
  const double count = (check_is_slow(c->env) ? 1e5 : 5e6) / steps;
  return (int)fmin(c->n, fmax(LEAST_STARTS, count));
}

/* the control of a grid that looks a hundred steps ahead: which starts does it keep? */
static duro_status try_near(starts *s, attempt how) {
  check *c = s->c;
  duro_grid *grid;
  const duro_status status = solve(&grid, s, .99, how);
  const duro_grid_plan *plan = status ? NULL : duro_grid_plan_of(grid);
  s->train_below = 0, s->shape[0] = '\0';
  for (int k = 0; !status && k < s->count; k++) {
    double x[CHECK_X] = {0};
    duro_stream stream = check_stream(c, (uint64_t)k);
    s->doubtful[k] = loses(c, grid, start_at(s, k));
    check_reset(c, x, &stream, DURO_START_TRAIN);
    s->train_below += duro_grid_safety_at(grid, x) < 0.0;
  }
  for (int i = 0; !status && i < plan->nd; i++) {
    const size_t used = strlen(s->shape);
    snprintf(s->shape + used, sizeof s->shape - used, "%s%d", i ? " x " : "", plan->axis[i].n);
  }
  duro_grid_destroy(grid);
  return status;
}

static int count_doubtful(const starts *s) {
  int count = 0;
  for (int k = 0; k < s->count; k++) count += s->doubtful[k];
  return count;
}

/* the others: are they lost? */
static duro_status try_far(starts *s, attempt how) {
  duro_grid *grid;
  const duro_status status = solve(&grid, s, 1, how);
  s->lost = s->lost_within = 0;
  for (int k = 0; !status && k < s->count; k++) {
    const double *x = start_at(s, k);
    if (!s->doubtful[k] || !loses(s->c, grid, x)) continue;
    const bool below = duro_grid_safety_at(grid, x) < 0.0;
    if (!s->lost) s->example = x;
    s->lost += below, s->lost_within += !below;
  }
  duro_grid_destroy(grid);
  return status;
}

static duro_status try_grids(starts *s, attempt how) {
  const duro_status status = try_near(s, how);
  return status || !count_doubtful(s) ? status : try_far(s, how);
}

/* as many starts as the plan allows, drawn */
static duro_status draw_starts(starts *s) {
  duro_grid_settings set;
  duro_grid_plan plan;
  check *c = s->c;
  const duro_status status = make_plan(&plan, &set, c->env, USUAL);
  if (status) return status;
  const size_t nx = (size_t)c->env->spec.nx;
  s->count = count_of_starts(c, &plan);
  s->x = duro_allocate(sizeof *s->x * nx * (size_t)s->count);
  s->doubtful = duro_allocate(sizeof *s->doubtful * (size_t)s->count);
  if (!s->x || !s->doubtful) return DURO_ERROR_MEMORY;
  for (int k = 0; k < s->count; k++) {
    double x[CHECK_X];
    duro_stream stream = check_stream(c, (uint64_t)k);
    check_reset(c, x, &stream, DURO_START_EVAL);
    memcpy(s->x + (size_t)k * nx, x, sizeof *x * nx);
  }
  return DURO_OK;
}

static void tell(check *c, const starts *s) {
  if (s->lost)
    check_tell(
        c, DURO_CHECK_BROKEN, "start set",
        "on a grid of %s, the worst disturbance wins from %d of %d starts of evaluation whatever is done, as from "
        "%s: start elsewhere (.reset), or change the limits; duro solve tells more",
        s->shape, s->lost + s->lost_within, s->count, check_state(c, s->example));
  else if (s->lost_within)
    check_tell(c, DURO_CHECK_WARNING, "start set",
               "a grid of %s calls %d of %d starts of evaluation safe and loses from there, as from %s: it is too "
               "coarse, or its region (.x_low, .x_high) ends too early; duro solve tells more",
               s->shape, s->lost_within, s->count, check_state(c, s->example));
  else
    check_tell(c, DURO_CHECK_OK, "start set",
               "the control of a grid of %s keeps safety from all of %d starts of evaluation against its worst "
               "disturbance; of as many starts of training, %d are lost by its value",
               s->shape, s->count, s->train_below);
}

void check_start_set(check *c) {
  starts s = {.c = c};
  duro_status status = draw_starts(&s);
  if (!status) status = try_grids(&s, USUAL);
  const int doubtful = s.lost + s.lost_within;
  if (!status && s.lost_within > s.lost) (void)try_grids(&s, WIDE);               // what lies beyond is not seen
  if (!status && doubtful && doubtful * FEW < s.count) (void)try_grids(&s, FINE); // a few: is it too coarse?
  if (status)
    check_tell(c, DURO_CHECK_NOTE, "start set", "no quick grid tells whether safety can be kept from the starts: %s",
               duro_error());
  else
    tell(c, &s);
  duro_release(s.x);
  duro_release(s.doubtful);
}

/* What a grid will hold and cost, decided before anything is allocated. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "duro/grid.h"
#include "game/grid.h"
#include "game/sweep.h"

#define DURO_SETTINGS_OF duro_grid_settings
static const duro_setting rows[] = {DURO_GRID_SETTINGS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

duro_settings_group duro_grid_settings_group(duro_grid_settings *values) {
  return (duro_settings_group){"grid", rows, sizeof rows / sizeof *rows, values};
}

bool duro_grid_is_continuous(const duro_grid_settings *settings) {
  return strcmp(settings->method, "hj") == 0;
}

duro_status grid_check_settings(const duro_grid_settings *settings) {
  duro_grid_settings copy = *settings;
  const duro_settings_group group = duro_grid_settings_group(&copy);
  const duro_status status = duro_settings_check(&group);
  if (status || settings->bytes == 4) return status;
  if (settings->bytes != 2)
    return duro_fail(DURO_ERROR_ARGUMENT, "grid.bytes is %lld; wanted 2 or 4", (long long)settings->bytes);
  if (duro_grid_is_continuous(settings))
    return duro_fail(DURO_ERROR_ARGUMENT, "grid.bytes is 2, and grid.method is hj, whose errors may add up; wanted 4");
  return DURO_OK;
}

/* what the continuous game needs beside */
static duro_status check_method(const duro_env *env, const duro_grid_settings *settings) {
  if (!duro_grid_is_continuous(settings)) return DURO_OK;
  if (!env->ops->rates)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "environment '%s' does not state its rates of change (duro_env_ops.rates), which the continuous "
                     "game needs",
                     env->ops->name);
  if (settings->discount < 1.0)
    return duro_fail(DURO_ERROR_ARGUMENT, "grid.discount is %g; the continuous game wants 1", settings->discount);
  return DURO_OK;
}

static duro_status choose_axes(duro_grid_plan *plan, const duro_env *env, const duro_grid_settings *settings,
                               const grid_target *target) {
  const duro_env_spec *spec = &env->spec;
  const uint64_t set = grid_needed_states(target, env, settings);
  const bool stay = strcmp(settings->beyond, "stay") == 0;
  for (int i = 0; i < spec->nx; i++) {
    if (i < DURO_MASK_BITS && !(set >> i & 1)) {
      plan->dropped[plan->n_dropped++] = i;
      continue;
    }
    if (plan->nd == DURO_GRID_MAX)
      return duro_fail(DURO_ERROR_ARGUMENT, "the %s of '%s' depends on %d states; a grid has at most %d",
                       duro_grid_is_reach(settings) ? "goal" : "safety", env->ops->name,
                       spec->nx > DURO_MASK_BITS ? spec->nx : __builtin_popcountll(set), DURO_GRID_MAX);
    if (!spec->x_low || !spec->x_high)
      return duro_fail(DURO_ERROR_ARGUMENT, "environment '%s' names no region of interest; a grid needs one",
                       env->ops->name);
    plan->axis[plan->nd++] = (duro_grid_axis){.state = i,
                                              .low = spec->x_low[i],
                                              .high = spec->x_high[i],
                                              .periodic = spec->x_periodic && spec->x_periodic[i]};
  }
  plan->row = -1;
  if (!spec->x_fail_low || !spec->x_fail_high) return DURO_OK; // a whole row must know where its ends fail
  if (stay || spec->x_hold & (spec->h_needs ? spec->h_needs : ~0ULL)) return DURO_OK; // rows beyond hold h alone
  for (int i = plan->nd - 1; i >= 0 && plan->nd > 1; i--)
    if (!plan->axis[i].periodic && spec->x_shift & ~spec->x_hold & 1ULL << plan->axis[i].state) plan->row = i;
  return DURO_OK;
}

static duro_status count_candidates(int *count, int64_t per_axis, int axes) {
  double all = 1;
  for (int i = 0; i < axes; i++) all *= (double)per_axis;
  if (all > SWEEP_INPUTS)
    return duro_fail(DURO_ERROR_ARGUMENT, "%lld candidates in each of %d dimensions are %.3g; wanted at most %d",
                     (long long)per_axis, axes, all, SWEEP_INPUTS);
  *count = (int)all;
  return DURO_OK;
}

static int round_up(int n, int step) {
  return (n + step - 1) / step * step;
}

/* bytes of the whole solution, with so many for each number of V and h; `ghosts` of a row are known only after the
 * setup and allowed for */
static double cost(const duro_grid_plan *plan, int real) {
  const bool whole = plan->row >= 0;
  const int last = whole ? plan->row : plan->nd - 1, n = plan->axis[last].n;
  const double stride = round_up(n + (whole ? 4 + n / 8 : 1), SWEEP_LANES);
  const double pairs = (double)plan->nu * plan->na;
  double many = 1;
  for (int i = 0; i < plan->nd; i++)
    if (i != last) many *= plan->axis[i].n + plan->axis[i].periodic;
  double bytes = many * stride * real * 2.0; // V, h
  bytes += many * pairs * (whole ? 4.0 * (2 + plan->nd) : round_up(n, SWEEP_LANES) * 4.0 * (1 + plan->nd));
  if (plan->nu > 1 && plan->nu <= SWEEP_CONTROLS)
    bytes += many * ((real > 2 ? 4 : 2) + 0.25) * round_up(n, SWEEP_LANES);
  return bytes + many * (42.0 + 4.0 * (whole ? pairs : 16.0)); // state of the sweeps, and the rows that a row reads
}

static duro_status check_axis(const duro_grid_axis *axis, const char *name) {
  const int least = axis->periodic ? 3 : 2;
  if (axis->n < least || axis->n > SWEEP_ROW - 64)
    return duro_fail(DURO_ERROR_ARGUMENT, "the grid has %d vertices along %s; wanted %d to %d", axis->n, name, least,
                     SWEEP_ROW - 64);
  if (!isfinite(axis->low) || !isfinite(axis->high) || !(axis->low < axis->high))
    return duro_fail(DURO_ERROR_ARGUMENT, "the grid goes from %g to %g along %s; wanted two numbers, the lower first",
                     axis->low, axis->high, name);
  return DURO_OK;
}

/* does the float that V is kept in resolve the residual that is asked for? */
static bool needs_double(const duro_grid_settings *s, double h_scale) {
  const double residual = s->discount < 1.0 ? s->error * (1.0 - s->discount) : s->change;
  return residual < 4e-6 * h_scale;
}

static void set_all(duro_grid_plan *plan, int n) {
  for (int i = 0; i < plan->nd; i++) plan->axis[i].n = n;
}

/* the largest number of vertices per axis that fits */
static int largest(const duro_grid_plan *plan, int real, double bytes) {
  duro_grid_plan tried = *plan;
  int n = 0;
  for (int step = 512; step; step /= 2) {
    set_all(&tried, n + step);
    if (n + step <= SWEEP_ROW - 64 && cost(&tried, real) <= bytes) n += step;
  }
  return n;
}

duro_status duro_grid_plan_make(duro_grid_plan *plan, const duro_env *env, const duro_grid_settings *settings,
                                const int *shape, int n_shape, const double *low, const double *high) {
  grid_target target;
  memset(plan, 0, sizeof *plan);
  duro_status status = grid_check_settings(settings);
  if (!status) status = check_method(env, settings);
  if (!status) status = grid_target_read(&target, env, settings);
  if (!status) status = choose_axes(plan, env, settings, &target);
  if (!status) status = count_candidates(&plan->nu, settings->controls, env->spec.nu);
  if (!status) status = count_candidates(&plan->na, settings->disturbance ? settings->disturbances : 1, env->spec.na);
  if (!status && (int64_t)plan->nu * plan->na > SWEEP_INPUTS)
    status = duro_fail(DURO_ERROR_ARGUMENT, "%d controls and %d disturbances make %lld pairs; wanted at most %d",
                       plan->nu, plan->na, (long long)plan->nu * plan->na, SWEEP_INPUTS);
  if (status) return status;
  if (shape && n_shape != 1 && n_shape != plan->nd)
    return duro_fail(DURO_ERROR_ARGUMENT, "the grid is given %d sizes; '%s' has %d axes here", n_shape, env->ops->name,
                     plan->nd);

  const bool wide = !grid_is_narrow(settings) && needs_double(settings, env->spec.h_scale);
  const int real = grid_is_narrow(settings) ? 2 : wide ? 8 : 4;
  const double bytes = settings->memory * 1e9;
  static const int usual[DURO_GRID_MAX] = {401, 201, 71, 41, 15, 9};
  const int fits = largest(plan, real, bytes);
  set_all(plan, usual[plan->nd - 1] < fits ? usual[plan->nd - 1] : fits);
  for (int i = 0; i < plan->nd; i++) {
    duro_grid_axis *axis = &plan->axis[i];
    if (shape) axis->n = shape[n_shape == 1 ? 0 : i];
    if (low) axis->low = low[i];
    if (high) axis->high = high[i];
    status = check_axis(axis, env->spec.x_names ? env->spec.x_names[axis->state] : "an axis");
    if (status) return status;
  }
  double cells = 1;
  for (int i = 0; i < plan->nd; i++) cells *= plan->axis[i].n;
  plan->wide = wide;
  plan->bytes = cost(plan, real) + (duro_grid_is_continuous(settings) ? hj_bytes(env, settings, plan->nd, cells) : 0.0);
  if (plan->bytes > bytes || cells > 1e9)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "a grid of %.3g vertices needs %.3g GB, and grid.memory is %g GB; %d vertices per axis would fit",
                     cells, plan->bytes * 1e-9, settings->memory, fits);
  plan->cells = (int64_t)cells;
  plan->task = settings->task && plan->n_dropped == 0 && !duro_grid_is_reach(settings);
  return DURO_OK;
}

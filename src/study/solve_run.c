/* The stages of a solution. */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "io/number.h"
#include "study/solve.h"

enum { SAVE_EVERY = 300 }; // s

static duro_status save_state(solution *s) {
  char path[RUN_PATH];
  run_path(path, s->folder, SOLVE_STATE);
  s->saved = duro_clock();
  return duro_grid_save(s->grid, path);
}

/* Between the sweeps of the grid that is saved. */
static duro_status watch_sweeps(const duro_grid_progress *now, void *context) {
  solution *s = context;
  if (now->done) return DURO_OK;
  bool due = duro_clock() - s->saved > SAVE_EVERY;
  duro_status status = solve_agree(s, s->watcher->sweep(s->watcher->context, s, now));
  if (!status) status = solve_decide(s, &due);
  return status || !due ? status : save_state(s);
}

/* Between those of a grid that is solved for a picture. */
static duro_status watch_aside(const duro_grid_progress *now, void *context) {
  const solution *s = context;
  return s->watcher->sweep(s->watcher->context, s, now);
}

/* A stop, or a failure on the way, keeps what is there. */
static duro_status save_after(solution *s, duro_status status) {
  char message[1024];
  if (status && status != DURO_ERROR_STOPPED) return status;
  snprintf(message, sizeof message, "%s", duro_error());
  const duro_status saved = save_state(s);
  return saved ? saved : status ? duro_fail(status, "%s", message) : DURO_OK;
}

static duro_status solve_values(solution *s) {
  char path[RUN_PATH];
  duro_status status = duro_grid_create_part(&s->grid, s->env, &s->settings, &s->plan, s->transport);
  if (status) {
    duro_lock_release(s->lock);
    s->lock = NULL;
    if (solve_leads(s)) rmdir(s->folder); // where it is empty
    return status;
  }
  status = solve_agree(s, solve_begin_folder(s));
  run_path(path, s->folder, SOLVE_STATE);
  if (!status && s->given.resume) status = duro_grid_resume(s->grid, path);
  if (status) return status;
  s->saved = duro_clock();
  s->stage = duro_grid_is_reach(&s->settings) ? s->settings.goal : "safety";
  status = save_after(s, duro_grid_solve_safety(s->grid, watch_sweeps, s));
  s->safety = duro_grid_state(s->grid, DURO_GRID_SAFETY);
  if (!status) status = solve_sum_up(s);
  if (status) return status;
  status = s->watcher->solved(s->watcher->context, s, DURO_GRID_SAFETY);
  if (status || !s->plan.task) return status;
  s->stage = "task";
  status = save_after(s, duro_grid_solve_task(s->grid, watch_sweeps, s));
  s->task = duro_grid_state(s->grid, DURO_GRID_TASK);
  return status ? status : s->watcher->solved(s->watcher->context, s, DURO_GRID_TASK);
}

duro_status solve_aside(float **V, solution *s, const duro_grid_settings *settings) {
  duro_grid_settings safety = *settings;
  duro_grid_plan plan;
  duro_grid *grid = NULL;
  int shape[DURO_GRID_MAX];
  double low[DURO_GRID_MAX], high[DURO_GRID_MAX];
  safety.task = false;
  safety.memory = fmin(safety.memory * solve_ranks(s), 1e6);
  for (int i = 0; i < s->plan.nd; i++) {
    shape[i] = s->plan.axis[i].n;
    low[i] = s->plan.axis[i].low;
    high[i] = s->plan.axis[i].high;
  }
  duro_status status = duro_grid_plan_make(&plan, s->env, &safety, shape, s->plan.nd, low, high);
  if (!status) status = duro_grid_create_part(&grid, s->env, &safety, &plan, s->transport);
  if (!status) status = duro_grid_solve_safety(grid, watch_aside, s);
  if (!status && solve_leads(s)) *V = duro_allocate((size_t)plan.cells * sizeof **V);
  if (!status) status = solve_agree(s, solve_leads(s) && !*V ? DURO_ERROR_MEMORY : DURO_OK);
  if (!status) status = duro_grid_read(grid, DURO_GRID_SAFETY_VALUE, *V);
  duro_grid_destroy(grid);
  return status;
}

duro_status solve_calm(solution *s) {
  enum { MOST = 1000000 }; // vertices
  duro_grid_settings settings = s->settings;
  if (!settings.disturbance || s->env->spec.na == 0 || s->plan.cells > MOST) return DURO_OK;
  settings.disturbance = false;
  s->stage = "no disturbance";
  return solve_aside(&s->V_calm, s, &settings);
}

/* What there is of a solution that was stopped: to be looked at and gone on from, not to be used. */
static duro_status keep_unfinished(solution *s, duro_status stopped) {
  char message[1024];
  snprintf(message, sizeof message, "%s", duro_error());
  s->safety.volume = duro_grid_volume(s->grid, 0);
  solve_look_at_edges(s);
  duro_status status = solve_save_fields(s, false);
  if (!status) status = solve_agree(s, solve_save_json(s));
  return status ? status : duro_fail(stopped, "%s", message);
}

/* what the values are worth: by the exact set, and by playing */
static duro_status judge(solution *s) {
  duro_status status = DURO_OK;
  if (duro_grid_is_reach(&s->settings))
    s->safety.volume = duro_grid_volume(s->grid, 0); // one step ahead of V says nothing of when the target is reached
  else if (!(status = solve_exact(s)))
    status = solve_play(s);
  return status ? status : s->watcher->played(s->watcher->context, s);
}

duro_status solve_run(solution *s) {
  duro_status status = solve_values(s);
  if (status == DURO_ERROR_STOPPED) return keep_unfinished(s, status);
  if (!status) status = solve_save_fields(s, s->plan.task);
  if (!status) solve_look_at_edges(s);
  if (!status) status = duro_grid_gather(s->grid);
  if (!status) status = solve_agree(s, solve_leads(s) ? judge(s) : DURO_OK);
  if (status) return status;
  duro_grid_destroy(s->grid); // its memory is for the next
  s->grid = NULL;
  status = solve_agree(s, solve_save_json(s));
  if (!status) status = solve_certify(s);
  return status || !s->certificate ? status : solve_save_json(s);
}

/* of two bytes */
static void claim_narrow(char *out, size_t size, const solution *s) {
  const duro_grid_progress *at = &s->safety;
  const long long sweeps = (long long)at->sweeps;
  if (at->change > 0)
    duro_format(
        out, size,
        "rounded down to steps of %.3g, after %lld sweeps%s; below what as many sweeps of four bytes leave, and "
        "one more lowers V_h",
        at->quantum, sweeps, at->settled ? ", whose set stood still in the second half of them" : "");
  else if (s->settings.discount < 1)
    duro_format(out, size,
                "the grid's discounted value from below, rounded down to steps of %.3g, to %.3g after %lld sweeps",
                at->quantum, at->bound, sweeps);
  else
    duro_format(out, size,
                "inner approximation, rounded down to steps of %.3g, after %lld sweeps; one more without rounding "
                "raises V_h by at most %.3g",
                at->quantum, sweeps, at->residual);
}

void solve_claim(char *out, size_t size, const solution *s, duro_grid_stage stage) {
  const duro_grid_progress *at = stage == DURO_GRID_TASK ? &s->task : &s->safety;
  if (stage == DURO_GRID_TASK)
    duro_format(out, size, "the grid's task value to %.3g after %lld sweeps", at->bound, (long long)at->sweeps);
  else if (duro_grid_is_continuous(&s->settings) && s->settings.time > 0)
    duro_format(out, size, "the continuous game (%s) over %g s, in %lld steps; on which side it errs is not known",
                s->settings.goal, s->settings.time, (long long)at->sweeps);
  else if (duro_grid_is_continuous(&s->settings))
    duro_format(out, size,
                "the continuous game (%s) after %lld steps%s; the last one changed V_h by at most %.3g, and on "
                "which side it errs is not known",
                s->settings.goal, (long long)at->sweeps,
                at->settled ? ", whose set stood still in the second half of them" : "", at->change);
  else if (at->quantum > 0)
    claim_narrow(out, size, s);
  else if (s->settings.discount < 1)
    duro_format(out, size, "the grid's discounted value to %.3g after %lld sweeps", at->bound, (long long)at->sweeps);
  else
    duro_format(out, size, "outer approximation after %lld sweeps%s; one more sweep lowers V_h by at most %.3g",
                (long long)at->sweeps, at->settled ? ", whose set stood still in the second half of them" : "",
                at->residual);
}

void solve_release(solution *s) {
  duro_grid_destroy(s->grid);
  duro_env_destroy(s->env);
  duro_env_close(s->ops);
  duro_certificate_destroy(s->certificate);
  duro_lock_release(s->lock);
  void *const owned[] = {s->env_settings, s->V, s->V_calm, s->target, s->exact};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) duro_release(owned[i]);
  for (int f = 0; f < SOLVE_FIELDS; f++) duro_release(s->plane[f]);
  *s = (solution){0};
}

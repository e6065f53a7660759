/* Do episodes start where safety can be kept? A coarse grid tells, of systems of few states. */
#include "base/error.h"
#include "check.h"
#include "cli/cli.h"
#include "duro/grid.h"

static const double discount = .99;
enum { AXES = 4, MODEL_AXES = 3, MOST_STEPS = 20000000 };

/* vertices per axis, so that it takes seconds; a step of MuJoCo is a hundred times as long */
static int vertices(const duro_env *env, int axes) {
  static const int usual[AXES] = {401, 101, 41, 21}, model[MODEL_AXES] = {401, 101, 21};
  return env->ops->model ? model[axes - 1] : usual[axes - 1];
}

static duro_status make_plan(duro_grid_plan *plan, duro_grid_settings *set, const duro_env *env) {
  duro_settings_group group = duro_grid_settings_group(set);
  duro_settings_default(&group);
  set->discount = discount;
  set->error = 1e-3 * env->spec.h_scale;
  set->task = false;
  set->threads = 1;
  duro_status status = duro_grid_plan_make(plan, env, set, (const int[]){3}, 1, NULL, NULL);
  const int most = env->ops->model ? MODEL_AXES : AXES;
  if (!status && plan->nd > most)
    status = duro_fail(DURO_ERROR_ARGUMENT, "it depends on %d states, of at most %d that are quick to solve", plan->nd,
                       most);
  if (!status) status = duro_grid_plan_make(plan, env, set, (const int[]){vertices(env, plan->nd)}, 1, NULL, NULL);
  if (!status && (double)plan->cells * plan->nu * plan->na > MOST_STEPS)
    status =
        duro_fail(DURO_ERROR_ARGUMENT, "%d controls and %d disturbances are too many to be quick", plan->nu, plan->na);
  return status;
}

bool check_set(double *V, text *grid, const duro_env *env, const double *x, int count) {
  duro_grid_plan plan;
  duro_grid_settings set;
  duro_grid *g = NULL;
  duro_status status = make_plan(&plan, &set, env);
  if (!status) status = duro_grid_create(&g, env, &set, &plan);
  if (!status) status = duro_grid_solve_safety(g, NULL, NULL);
  for (int i = 0; !status && i < count; i++) V[i] = duro_grid_safety_at(g, x + (size_t)i * (size_t)env->spec.nx);
  for (int i = 0; !status && i < plan.nd; i++) text_add(grid, "%s%d", i ? " x " : "", plan.axis[i].n);
  if (status) text_add(grid, "%s", duro_error());
  duro_grid_destroy(g);
  return !status;
}

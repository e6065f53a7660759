/* The grid solver's speed: the 4-D cart-pole game, beside the plainest loop and what memory and arithmetic allow. */
#include "grid.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench.h"
#include "cli/cli.h"
#include "duro/grid.h"

/* bytes/s of copying more than any cache holds, both ways counted, one thread */
static double measure_memory(void) {
  const size_t size = (size_t)256 << 20;
  char *from = cli_allocate(1, size), *to = cli_allocate(1, size);
  memset(from, 1, size);
  memset(to, 2, size);
  double best = INFINITY;
  for (int i = 0; i < 3; i++) {
    const double start = duro_clock();
    memcpy(to, from, size);
    best = fmin(best, duro_clock() - start);
  }
  free(from);
  free(to);
  return 2.0 * (double)size / best;
}

/* a state of the grid, spread evenly */
static void spread_state(const duro_grid_plan *plan, int64_t i, double *x) {
  static const double step[DURO_GRID_MAX] = {0.618034, 0.7548777, 0.5698403, 0.8191725, 0.6710436, 0.5497005};
  for (int k = 0; k < plan->nd; k++) {
    const double t = (double)i * step[k], part = t - floor(t);
    x[plan->axis[k].state] = plan->axis[k].low + part * (plan->axis[k].high - plan->axis[k].low);
  }
}

/* vertices/s of max_u min_a V(f(x,u,a)) with a step and an interpolation each, one thread */
static double measure_plain(const duro_env *env, const duro_grid *grid, const duro_grid_settings *settings) {
  const duro_grid_plan *plan = duro_grid_plan_of(grid);
  double x[DURO_MAX_STATE] = {0}, x2[DURO_MAX_STATE], sink = 0;
  duro_step out;
  int64_t count = 0;
  const double start = duro_clock();
  while (duro_clock() - start < 0.3) {
    spread_state(plan, ++count, x);
    double most = -INFINITY;
    for (int i = 0; i < plan->nu; i++) {
      const double u = 2.0 * i / (double)(settings->controls - 1) - 1;
      double least = INFINITY;
      for (int j = 0; j < plan->na; j++) {
        const double a = 2.0 * j / (double)(settings->disturbances - 1) - 1;
        duro_env_step(env, NULL, x2, &out, x, &u, &a);
        least = fmin(least, duro_grid_safety_at(grid, x2));
      }
      most = fmax(most, least);
    }
    sink += most;
  }
  const double rate = (double)count / (duro_clock() - start);
  return isnan(sink) ? 0 : rate;
}

static void print_result(const duro_env *env, const duro_grid *grid, const duro_grid_settings *settings, double setup,
                         double seconds, double peak) {
  const duro_grid_plan *plan = duro_grid_plan_of(grid);
  const duro_grid_progress p = duro_grid_state(grid, DURO_GRID_SAFETY);
  const double rate = p.work * (double)plan->cells / seconds, plain = measure_plain(env, grid, settings);
  const double memory = measure_memory() / 12.0;      // V read and written, h read: 12 bytes a vertex
  const double fma = 2.0 * 9.0 * plan->nu * plan->na; // 8 corners and one step along the row, for each pair of inputs
  printf("\n%s, %d^%d vertices, %d x %d inputs, gamma_h = %g, %d threads, %.2f GB\n\n", env->ops->name, plan->axis[0].n,
         plan->nd, plan->nu, plan->na, settings->discount, (int)settings->threads, plan->bytes * 1e-9);
  printf("  to the answer                    %8.2f s setup, %.2f s sweeps (error <= %.2g)\n", setup, seconds, p.bound);
  printf("  sweeps                           %8lld, as much work as %.1f of the whole grid\n", (long long)p.sweeps,
         p.work);
  printf("  vertices/s                       %8.1f million\n", rate * 1e-6);
  printf("  plain loop, one thread           %8.2f million; %.0f s for as much work\n", plain * 1e-6,
         p.work * (double)plan->cells / plain);
  printf("  FMA peak allows                  %8.0f million; %.0f %% reached\n", peak / fma * 1e-6,
         100 * rate * fma / peak);
  printf("  memory allows (12 bytes, 1 core) %8.0f million; %.0f %% reached\n", memory * 1e-6, 100 * rate / memory);
}

duro_status bench_grid(int vertices, int64_t threads, double peak) {
  const duro_env_ops *ops;
  duro_env *env = NULL;
  duro_grid *grid = NULL;
  duro_grid_plan plan;
  duro_grid_settings settings;
  const duro_settings_group group = duro_grid_settings_group(&settings);
  duro_settings_default(&group);
  settings.discount = 0.99;
  settings.controls = 5;
  settings.disturbances = 3;
  settings.threads = threads;
  settings.task = false;
  duro_status status = duro_env_find(&ops, "cartpole");
  if (!status) status = duro_env_create(&env, ops, NULL);
  if (!status) status = duro_grid_plan_make(&plan, env, &settings, &vertices, 1, NULL, NULL);
  const double begun = duro_clock();
  if (!status) status = duro_grid_create(&grid, env, &settings, &plan);
  const double created = duro_clock();
  if (!status) status = duro_grid_solve_safety(grid, NULL, NULL);
  const double solved = duro_clock();
  if (!status) print_result(env, grid, &settings, created - begun, solved - created, peak);
  duro_grid_destroy(grid);
  duro_env_destroy(env);
  return status;
}

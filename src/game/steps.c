/* Steps of many states under the same pair of inputs. */
#include <string.h>

#include "base/memory.h"
#include "env/many.h"
#include "game/grid.h"

static void lay_out(grid_steps *s, const duro_env_spec *spec) {
  s->x = duro_arena_take(&s->arena, sizeof *s->x * (size_t)(GRID_STEPS * spec->nx));
  s->x2 = duro_arena_take(&s->arena, sizeof *s->x2 * (size_t)(GRID_STEPS * spec->nx));
  s->u = duro_arena_take(&s->arena, sizeof *s->u * (size_t)(GRID_STEPS * spec->nu));
  s->a = duro_arena_take(&s->arena, sizeof *s->a * (size_t)(GRID_STEPS * spec->na));
  s->out = duro_arena_take(&s->arena, sizeof *s->out * GRID_STEPS);
}

duro_status grid_steps_create(grid_steps *s, const duro_grid *g) {
  *s = (grid_steps){0};
  lay_out(s, &g->env->spec);
  const duro_status status = duro_arena_allocate(&s->arena);
  if (!status) lay_out(s, &g->env->spec);
  return status;
}

void grid_steps_release(grid_steps *s) {
  duro_arena_release(&s->arena);
}

static void repeat(double *out, const double *row, int n, int columns) {
  for (int i = 0; i < n; i++) memcpy(out + i * columns, row, sizeof *row * (size_t)columns);
}

void grid_steps_make(const duro_grid *g, void *worker, grid_steps *s, int n, int u, int a) {
  const duro_env_spec *spec = &g->env->spec;
  repeat(s->u, g->control + u * spec->nu, n, spec->nu);
  repeat(s->a, g->disturbance + a * spec->na, n, spec->na);
  env_step_unclipped(g->env, worker, n, s->x2, s->out, s->x, s->u, s->a);
}

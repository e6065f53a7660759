/* Hashes of a grid: what is solved, and what came out. */
#include "io/hash.h"
#include "game/grid.h"

static void add_plan(duro_hasher *hasher, const duro_grid_plan *plan) {
  for (int i = 0; i < plan->nd; i++) {
    const duro_grid_axis *axis = &plan->axis[i];
    duro_hash_integer(hasher, axis->state);
    duro_hash_integer(hasher, axis->n);
    duro_hash_integer(hasher, axis->periodic);
    duro_hash_real(hasher, axis->low);
    duro_hash_real(hasher, axis->high);
  }
  for (int i = 0; i < plan->n_dropped; i++) duro_hash_integer(hasher, plan->dropped[i]);
  const int64_t numbers[] = {plan->nd, plan->n_dropped, plan->row, plan->nu, plan->na};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) duro_hash_integer(hasher, numbers[i]);
}

static void add_key(duro_hasher *hasher, const duro_env *env, const duro_grid_plan *plan,
                    const duro_grid_settings *settings) {
  static const char *const without[] = {"threads", "simd", "memory", "bytes", NULL}; // four are as they always were
  duro_grid_settings copy = *settings;
  const duro_settings_group group = duro_grid_settings_group(&copy);
  duro_hash_begin(hasher, "grid");
  duro_hash_integer(hasher, (int64_t)duro_env_hash(env));
  add_plan(hasher, plan);
  duro_hash_integer(hasher, plan->task);
  duro_hash_integer(hasher, plan->wide);
  duro_hash_settings(hasher, &group, without);
  if (grid_is_narrow(settings)) duro_hash_integer(hasher, settings->bytes);
}

/* what the sweeps depend on, but when they stop */
uint64_t grid_state_key(const duro_grid *g) {
  duro_hasher hasher;
  duro_hash_begin(&hasher, "state of a grid");
  duro_hash_integer(&hasher, (int64_t)duro_env_hash(g->env));
  add_plan(&hasher, &g->plan);
  const double reals[] = {g->settings.discount, g->settings.amplitude};
  duro_hash_reals(&hasher, reals, sizeof reals / sizeof *reals);
  duro_hash_integer(&hasher, g->settings.disturbance);
  duro_hash_text(&hasher, g->settings.beyond);
  duro_hash_text(&hasher, g->settings.method);
  duro_hash_text(&hasher, g->settings.scheme);
  const double times[] = {g->settings.time, g->settings.courant};
  duro_hash_reals(&hasher, times, sizeof times / sizeof *times);
  duro_hash_text(&hasher, g->settings.goal);
  duro_hash_text(&hasher, g->settings.target);
  duro_hash_integer(&hasher, g->settings.tube);
  if (g->narrow) duro_hash_integer(&hasher, g->settings.bytes);
  return duro_hash_end(&hasher);
}

uint64_t duro_grid_key(const duro_env *env, const duro_grid_plan *plan, const duro_grid_settings *settings) {
  duro_hasher hasher;
  add_key(&hasher, env, plan, settings);
  return duro_hash_end(&hasher);
}

uint64_t duro_grid_hash(const duro_grid *g) {
  duro_hasher hasher;
  add_key(&hasher, g->env, &g->plan, &g->settings);
  duro_hash_bytes(&hasher, g->value, grid_real_size(g) * (size_t)(g->rows * g->sweep.stride));
  return duro_hash_end(&hasher);
}

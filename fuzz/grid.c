/* States of grids, by damage to a good one. */
#include "duro/grid.h"
#include "duro/env.h"
#include "duro/io.h"
#include "fuzz.h"

static duro_grid *grid;
static char *good;
static size_t length;

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  static duro_env *env;
  const duro_env_ops *ops;
  duro_grid_settings settings;
  duro_grid_plan plan;
  const duro_settings_group group = duro_grid_settings_group(&settings);
  duro_settings_default(&group);
  settings.threads = 1;
  char name[] = "/tmp/duro-fuzz-XXXXXX";
  const int shape[] = {7, 7}, fd = mkstemp(name);
  if (fd < 0 || duro_env_find(&ops, "double-integrator") || duro_env_create(&env, ops, NULL) ||
      duro_grid_plan_make(&plan, env, &settings, shape, 2, NULL, NULL) ||
      duro_grid_create(&grid, env, &settings, &plan) || duro_grid_solve_safety(grid, NULL, NULL) ||
      duro_grid_save(grid, name) || duro_file_read(&good, &length, name)) {
    fprintf(stderr, "%s\n", duro_error());
    abort();
  }
  close(fd);
  unlink(name);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!duro_grid_resume(grid, fuzz_damage((const uint8_t *)good, length, data, size))) {
    double x[8] = {0};
    (void)duro_grid_safety_at(grid, x);
  }
  return 0;
}

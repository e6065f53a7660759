/* Settings as YAML: train, learn and grid. */
#include "duro/settings.h"
#include "duro/grid.h"
#include "duro/train.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  duro_train_settings train;
  duro_learn_settings learn;
  duro_grid_settings grid;
  const duro_settings_group groups[] = {{"train", duro_train_rows, duro_train_rows_count, &train},
                                        {"learn", duro_learn_rows, duro_learn_rows_count, &learn},
                                        duro_grid_settings_group(&grid)};
  for (int i = 0; i < 3; i++) duro_settings_default(&groups[i]);
  if (!duro_settings_load(groups, 3, fuzz_file(data, size)))
    for (int i = 0; i < 3; i++)
      if (duro_settings_check(&groups[i])) abort(); // what was read is in range
  char assignment[256];
  (void)snprintf(assignment, sizeof assignment, "%.*s", (int)(size < 255 ? size : 255), (const char *)data);
  (void)duro_settings_assign(groups, 3, assignment);
  return 0;
}

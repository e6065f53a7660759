/* What a grid will hold and cost, decided before anything is allocated. */
#include "duro/grid.h"

#define DURO_SETTINGS_OF duro_grid_settings
static const duro_setting rows[] = {DURO_GRID_SETTINGS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

duro_settings_group duro_grid_settings_group(duro_grid_settings *values) {
  return (duro_settings_group){"grid", rows, sizeof rows / sizeof *rows, values};
}

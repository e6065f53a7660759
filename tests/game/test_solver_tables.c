/* Every row of the settings that solving goes by. New rows are walked through as they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "duro/certificate.h"
#include "duro/game.h"
#include "duro/grid.h"
#include "settings_walk.h"

static void test_settings(void **unused) {
  (void)unused;
  duro_grid_settings grid;
  duro_certificate_settings certificate;
  duro_game_settings game;
  const duro_settings_group groups[] = {duro_grid_settings_group(&grid), duro_certificate_settings_group(&certificate),
                                        duro_game_settings_group(&game)};
  assert_true(walk_settings(groups, 3) > 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_settings)};
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}

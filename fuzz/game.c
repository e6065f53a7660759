/* Finite games and their solutions. */
#include "duro/game.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  duro_game *game;
  duro_game_solution *solution;
  const char *path = fuzz_file(data, size);
  if (!duro_game_load(&game, path)) duro_game_release(game);
  if (!duro_game_solution_load(&solution, path)) duro_game_solution_release(solution);
  return 0;
}

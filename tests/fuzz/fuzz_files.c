/* Any bytes as a file: what reads files takes them or refuses them with one line. tools/fuzz runs it. The first byte
 * chooses the reader; a tensor file gets the checksum that it needs to be looked at further. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xxhash.h>

#include "duro/game.h"
#include "duro/io.h"
#include "duro/policy.h"
#include "duro/train.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char *put(const void *bytes, size_t size) {
  static char path[64];
  (void)snprintf(path, sizeof path, "/dev/shm/duro-fuzz-%d", (int)getpid());
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(bytes, 1, size, file) != size || fclose(file)) abort();
  return path;
}

static duro_status read_settings(const void *bytes, size_t size) {
  duro_train_settings train;
  duro_learn_settings learn;
  const duro_settings_group groups[] = {{"train", duro_train_rows, duro_train_rows_count, &train},
                                        {"learn", duro_learn_rows, duro_learn_rows_count, &learn}};
  for (int i = 0; i < 2; i++) duro_settings_default(&groups[i]);
  char *text = malloc(size + 1); // of this very size, so that the sanitizer sees what is read behind it
  memcpy(text, bytes, size);
  const duro_status status = duro_settings_parse(groups, 2, text, size, "fuzz.yaml");
  free(text);
  return status;
}

static duro_status read_policy(const void *bytes, size_t size) {
  uint8_t *copy = malloc(size);
  memcpy(copy, bytes, size);
  const XXH64_hash_t hash = size > 8 ? XXH3_64bits(copy, size - 8) : 0;
  if (size > 8) memcpy(copy + size - 8, &hash, 8);
  duro_policy *policy = NULL;
  const duro_status status = duro_policy_load(&policy, put(copy, size));
  if (!status) duro_policy_destroy(policy);
  free(copy);
  return status;
}

static duro_status read_game(const void *bytes, size_t size) {
  duro_game *game = NULL;
  const duro_status status = duro_game_load(&game, put(bytes, size));
  if (!status) duro_game_release(game);
  return status;
}

static duro_status read_solution(const void *bytes, size_t size) {
  duro_game_solution *solution = NULL;
  const duro_status status = duro_game_solution_load(&solution, put(bytes, size));
  if (!status) duro_game_solution_release(solution);
  return status;
}

static duro_status read_table(const void *bytes, size_t size) {
  duro_table table;
  const duro_status status = duro_table_read(&table, put(bytes, size));
  if (!status) duro_table_release(&table);
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static duro_status (*const readers[])(const void *, size_t) = {read_settings, read_policy, read_game, read_solution,
                                                                 read_table};
  if (size < 1) return 0;
  const duro_status status = readers[bytes[0] % 5](bytes + 1, size - 1);
  const char *line = duro_error();
  if (status && (!line[0] || strchr(line, '\n'))) abort();
  return 0;
}

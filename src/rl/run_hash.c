/* One value for a whole run. */
#include "base/error.h"
#include "io/hash.h"
#include "io/table.h"
#include "rl/trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* settings that decide no bit of what comes out */
static bool is_idle(const char *line) {
  static const char *const all[] = {
      "threads:", "simd:", "checkpoint_every:", "checkpoint_seconds:", "keep_checkpoints:"};
  line += strspn(line, " ");
  for (size_t i = 0; i < sizeof all / sizeof *all; ++i)
    if (strncmp(line, all[i], strlen(all[i])) == 0) return true;
  return false;
}

static duro_status read_part(char **bytes, const char *folder, const char *part) {
  char path[PATH_MAX];
  size_t size;
  const duro_status status = duro_path_join(path, sizeof path, folder, part);
  return status ? status : duro_file_read(bytes, &size, path);
}

static duro_status add_config(duro_hasher *hasher, const char *folder) {
  char *text, *rest = NULL;
  const duro_status status = read_part(&text, folder, "config.yaml");
  if (status) return status;
  for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
    if (!is_idle(line)) duro_hash_text(hasher, line);
  duro_file_release(text);
  return DURO_OK;
}

/* every column but those of a clock */
static duro_status add_rows(duro_hasher *hasher, const char *folder) {
  char path[PATH_MAX];
  sheet s;
  duro_status status = duro_path_join(path, sizeof path, folder, "train.csv");
  if (status || (status = sheet_read(&s, path))) return status;
  for (int row = 0; row <= s.rows; ++row)
    for (int i = 0; i < s.columns; ++i)
      if (strcmp(s.cells[i], "seconds") != 0 && strcmp(s.cells[i], "steps_per_second") != 0)
        duro_hash_text(hasher, s.cells[row * s.columns + i]);
  sheet_release(&s);
  return DURO_OK;
}

/* Every array of the newest checkpoint, by its name; the sums of a row to come are part of no result. */
static duro_status add_checkpoint(duro_hasher *hasher, const char *folder) {
  char *name, path[PATH_MAX], file[PATH_MAX];
  duro_status status = read_part(&name, folder, "checkpoints/latest");
  if (status) return status;
  name[strcspn(name, "\r\n")] = '\0';
  snprintf(file, sizeof file, "checkpoints/%s", name);
  status = strchr(name, '/') ? duro_fail(DURO_ERROR_FORMAT, "%s/checkpoints/latest does not name a checkpoint", folder)
                             : duro_path_join(path, sizeof path, folder, file);
  duro_file_release(name);
  duro_tensor_file *tensors;
  if (status || (status = duro_tensors_open(&tensors, path))) return status;
  for (int i = 0; i < duro_tensors_count(tensors); ++i) {
    const duro_tensor *t = duro_tensors_at(tensors, i);
    if (strncmp(t->name, "report.", 7) == 0 || strcmp(t->name, "replay") == 0) continue;
    duro_hash_text(hasher, t->name);
    duro_hash_bytes(hasher, t->data, duro_tensor_bytes(t));
  }
  duro_tensors_close(tensors);
  return DURO_OK;
}

duro_status duro_run_hash(uint64_t *hash, const char *folder) {
  duro_hasher hasher;
  duro_hash_begin(&hasher, "run");
  duro_status status = add_config(&hasher, folder);
  if (!status) status = add_rows(&hasher, folder);
  if (!status) status = add_checkpoint(&hasher, folder);
  if (status) return status;
  char *chosen;
  if (read_part(&chosen, folder, "policies/chosen")) {
    duro_hash_text(&hasher, NULL); // the newest is deployed
  } else {
    duro_hash_text(&hasher, chosen);
    duro_file_release(chosen);
  }
  *hash = duro_hash_end(&hasher);
  return DURO_OK;
}

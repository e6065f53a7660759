/* One value for a whole run. */
#include "base/error.h"
#include "io/file.h"
#include "io/hash.h"
#include "io/table.h"
#include "rl/trainer.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
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

/* ---- the newest checkpoint ---- */

/* A block of the replay, or what a checkpoint holds of it, from transition `first` on: those that the ring still holds,
 * so that it does not matter where one block ends. */
static duro_status add_transitions(duro_hasher *hasher, const duro_tensor *rows, int64_t *first, int64_t oldest) {
  if (!rows || rows->type != DURO_F32 || rows->rank != 2)
    return duro_fail(DURO_ERROR_FORMAT, "the replay from transition %" PRId64 " on is not there", *first);
  const size_t size = (size_t)rows->shape[1] * sizeof(float);
  for (int64_t i = 0; i < rows->shape[0]; ++i)
    if (*first + i >= oldest) duro_hash_bytes(hasher, (const char *)rows->data + (size_t)i * size, size);
  *first += rows->shape[0];
  return DURO_OK;
}

/* The block that begins with this transition; *first is the next one's. */
static duro_status add_block(duro_hasher *hasher, const char *folder, int64_t *first, int64_t oldest) {
  char name[64], path[PATH_MAX];
  duro_tensor_file *file;
  snprintf(name, sizeof name, "checkpoints/replay-%" PRId64 ".safetensors", *first);
  duro_status status = duro_path_join(path, sizeof path, folder, name);
  if (status || (status = duro_tensors_open(&file, path))) return status;
  const duro_tensor *rows = duro_tensors_find(file, "replay");
  status = rows && rows->shape[0] > 0 ? add_transitions(hasher, rows, first, oldest)
                                      : duro_fail(DURO_ERROR_FORMAT, "%s: no transitions", path);
  duro_tensors_close(file);
  return status;
}

/* The first transition of the block in which the oldest one is. */
static duro_status find_first(int64_t *first, const char *folder, int64_t oldest) {
  char path[PATH_MAX];
  const duro_status status = duro_path_join(path, sizeof path, folder, "checkpoints");
  if (status) return status;
  DIR *directory = opendir(path);
  if (!directory) return duro_fail_system(errno, "cannot read folder %s", path);
  *first = -1;
  int64_t number;
  for (const struct dirent *entry; (entry = readdir(directory));)
    if (sscanf(entry->d_name, "replay-%" SCNd64, &number) == 1 && number <= oldest && number > *first) *first = number;
  closedir(directory);
  if (*first >= 0) return DURO_OK;
  return duro_fail(DURO_ERROR_FILE, "%s: there is no block of the replay with transition %" PRId64, path, oldest);
}

static duro_status add_replay(duro_hasher *hasher, const duro_tensor_file *file, const char *folder) {
  const duro_tensor *tail = duro_tensors_find(file, "replay.tail"), *counted = duro_tensors_find(file, "counters");
  const char *capacity = duro_tensors_note(file, "train.replay");
  if (!tail || !counted || duro_tensor_bytes(counted) != sizeof(counters) || !capacity)
    return duro_fail(DURO_ERROR_FORMAT, "the newest checkpoint of %s says nothing of its replay", folder);
  const counters *count = counted->data;
  const int64_t held = strtoll(capacity, NULL, 10);
  const int64_t oldest = count->replayed > held ? count->replayed - held : 0, whole = count->replayed - tail->shape[0];
  int64_t first = whole;
  duro_status status = oldest < whole ? find_first(&first, folder, oldest) : DURO_OK;
  while (!status && first < whole) status = add_block(hasher, folder, &first, oldest);
  return status ? status : add_transitions(hasher, tail, &first, oldest);
}

/* Every array by its name, and the replay; the sums of a row to come are part of no result. */
static duro_status add_arrays(duro_hasher *hasher, const duro_tensor_file *file) {
  for (int i = 0; i < duro_tensors_count(file); ++i) {
    const duro_tensor *t = duro_tensors_at(file, i);
    if (strncmp(t->name, "report.", 7) == 0 || strncmp(t->name, "replay", 6) == 0) continue;
    duro_hash_text(hasher, t->name);
    duro_hash_bytes(hasher, t->data, duro_tensor_bytes(t));
  }
  return DURO_OK;
}

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
  status = add_arrays(hasher, tensors);
  if (!status) status = add_replay(hasher, tensors, folder);
  duro_tensors_close(tensors);
  return status;
}

/* ---- what lies beside it ---- */

/* The bytes of a file, or that there is none. */
static duro_status add_file(duro_hasher *hasher, const char *folder, const char *part) {
  char path[PATH_MAX], *bytes;
  size_t size;
  bool there;
  duro_status status = duro_path_join(path, sizeof path, folder, part);
  if (!status) status = duro_file_read_if_there(&bytes, &size, &there, path);
  if (status) return status;
  duro_hash_text(hasher, part);
  if (there)
    duro_hash_bytes(hasher, bytes, size);
  else
    duro_hash_text(hasher, NULL);
  if (there) duro_file_release(bytes);
  return DURO_OK;
}

static int is_visible(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

/* not alphasort: the same in every locale */
static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static duro_status add_folder(duro_hasher *hasher, const char *folder, const char *part);

static duro_status add_entry(duro_hasher *hasher, const char *folder, const char *part) {
  char path[PATH_MAX];
  duro_kind kind;
  duro_status status = duro_path_join(path, sizeof path, folder, part);
  if (!status) status = duro_file_look(&kind, path);
  if (status) return status;
  return kind == DURO_KIND_FOLDER ? add_folder(hasher, folder, part) : add_file(hasher, folder, part);
}

/* Everything in a folder and those below, by its name; one that is not there holds nothing. */
static duro_status add_folder(duro_hasher *hasher, const char *folder, const char *part) {
  char path[PATH_MAX], inside[PATH_MAX];
  struct dirent **entries;
  duro_status status = duro_path_join(path, sizeof path, folder, part);
  if (status) return status;
  const int count = scandir(path, &entries, is_visible, by_name);
  if (count < 0 && errno == ENOENT) return DURO_OK;
  if (count < 0) return duro_fail_system(errno, "cannot read folder %s", path);
  for (int i = 0; i < count; ++i) {
    if (!status) status = duro_path_join(inside, sizeof inside, part, entries[i]->d_name);
    if (!status) status = add_entry(hasher, folder, inside);
    free(entries[i]);
  }
  free(entries);
  return status;
}

duro_status duro_run_hash(uint64_t *hash, const char *folder) {
  static const char *const files[] = {"plan.csv", "start.safetensors", "eval/during.csv", "eval/verdicts.csv",
                                      "eval/trial.csv"};
  duro_hasher hasher;
  duro_hash_begin(&hasher, "run");
  duro_status status = add_config(&hasher, folder);
  if (!status) status = add_rows(&hasher, folder);
  if (!status) status = add_checkpoint(&hasher, folder);
  for (size_t i = 0; !status && i < sizeof files / sizeof *files; ++i) status = add_file(&hasher, folder, files[i]);
  if (!status) status = add_folder(&hasher, folder, "policies");
  if (!status) status = add_folder(&hasher, folder, "environment");
  if (!status) *hash = duro_hash_end(&hasher);
  return status;
}

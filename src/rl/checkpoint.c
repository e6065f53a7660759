/* What training is, on disk and back: whole in one file, or in a folder of checkpoints that share the blocks of the
 * replay. */
#include "base/error.h"
#include "io/hash.h"
#include "io/number.h"
#include "rl/trainer.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- tensors ---- */

/* learner and environments without the replay, which comes last in the learner's list */
static int state_tensors(const duro_trainer *t, duro_tensor *tensors) {
  const int n = learner_tensors(t->learner, tensors) - 1;
  return n + collector_tensors(t->collector, tensors + n);
}

static duro_tensor replay_tensor(const learner *l) {
  duro_tensor all[MAX_TENSORS];
  return all[learner_tensors(l, all) - 1];
}

/* The sums of the row of train.csv to come, which are part of no hash. */
static int report_tensors(const duro_trainer *t, duro_tensor *tensors) {
  learner *l = t->learner;
  collector *c = t->collector;
  tensors[0] = (duro_tensor){"report.totals", DURO_F64, 1, {METRIC_COUNT}, l->totals};
  tensors[1] = (duro_tensor){"report.counts", DURO_I64, 1, {METRIC_COUNT}, l->total_count};
  tensors[2] = (duro_tensor){"report.episodes", DURO_I64, 1, {1}, &c->ended};
  tensors[3] = (duro_tensor){"report.violating", DURO_I64, 1, {1}, &c->violating};
  tensors[4] = (duro_tensor){"report.steps", DURO_I64, 1, {1}, &c->stepped};
  tensors[5] = (duro_tensor){"report.return", DURO_F64, 1, {1}, &c->gain_sum};
  tensors[6] = (duro_tensor){"env.h", DURO_F64, 1, {c->batch->n}, c->batch->h};
  return 7;
}

uint64_t duro_trainer_hash(const duro_trainer *t) {
  duro_tensor tensors[MAX_TENSORS];
  int n = learner_tensors(t->learner, tensors);
  n += collector_tensors(t->collector, tensors + n);
  uint64_t hash = 0;
  for (int i = 0; i < n; ++i) hash = XXH3_64bits_withSeed(tensors[i].data, duro_tensor_bytes(&tensors[i]), hash);
  return hash;
}

const char *duro_trainer_difference(const duro_trainer *one, const duro_trainer *other) {
  duro_tensor a[MAX_TENSORS], b[MAX_TENSORS];
  const int n = state_tensors(one, a), m = state_tensors(other, b);
  a[n] = replay_tensor(one->learner), b[m] = replay_tensor(other->learner);
  for (int i = 0; i <= n; ++i) {
    const size_t size = duro_tensor_bytes(&a[i]);
    if (i > m || size != duro_tensor_bytes(&b[i]) || memcmp(a[i].data, b[i].data, size) != 0) return a[i].name;
  }
  return NULL;
}

/* ---- notes ---- */

enum { NOTE_KEY = 64 };

/* Notes of a file; they fail together, at the end. */
typedef struct notes {
  duro_note *list;
  char (*key)[NOTE_KEY], (*text)[DURO_TEXT_SIZE];
  int n, room;
} notes;

static void notes_release(notes *all) {
  duro_release(all->list);
  duro_release(all->key);
  duro_release(all->text);
  *all = (notes){0};
}

static duro_status notes_create(notes *all, int room) {
  *all = (notes){.room = room};
  all->list = duro_allocate((size_t)room * sizeof *all->list);
  all->key = duro_allocate((size_t)room * sizeof *all->key);
  all->text = duro_allocate((size_t)room * sizeof *all->text);
  if (all->list && all->key && all->text) return DURO_OK;
  notes_release(all);
  return DURO_ERROR_MEMORY;
}

static void note(notes *all, const char *key, const char *text) {
  if (all->n == all->room) return; // room is counted by those who create
  snprintf(all->key[all->n], sizeof *all->key, "%s", key);
  snprintf(all->text[all->n], sizeof *all->text, "%s", text);
  all->list[all->n] = (duro_note){all->key[all->n], all->text[all->n]};
  ++all->n;
}

static void note_number(notes *all, const char *key, double value) {
  char text[DURO_NUMBER_SIZE];
  duro_number_text(text, value);
  note(all, key, text);
}

static void note_settings(notes *all, const char *prefix, const duro_setting *rows, int count, const void *values) {
  char key[NOTE_KEY], text[DURO_TEXT_SIZE];
  for (int i = 0; i < count; ++i) {
    snprintf(key, sizeof key, "%s.%s", prefix, rows[i].name);
    duro_settings_text(text, sizeof text, &rows[i], values);
    note(all, key, text);
  }
}

/* what policy/load.c reads */
static void note_policy(notes *all, const learner *l) {
  note(all, "algorithm", l->algorithm->info.name);
  note(all, "environment", l->env_name);
  note_number(all, "no", l->no), note_number(all, "nu", l->nu), note_number(all, "na", l->na);
  note_number(all, "width", (double)l->set.width), note_number(all, "layers", (double)l->set.layers);
  note_number(all, "step", (double)l->count->step), note_number(all, "update", (double)l->count->update);
  note_number(all, "margin", l->set.filter_margin), note_number(all, "lambda_max", l->set.lambda_max);
  note_number(all, "seed", (double)l->seed);
  if (l->levels) note_number(all, "levels", l->levels);
  note_number(all, "filter_corners", l->set.filter_corners), note_number(all, "filter_greedy", l->set.filter_greedy);
  note_number(all, "h_unit", learner_scales(l) ? 1.0 / (double)l->scales.factor[FACTOR_H] : 1.0);
  for (int r = 0; r < ROLE_COUNT; ++r) {
    if (!learner_has(l, (role)r)) continue;
    char key[NOTE_KEY];
    snprintf(key, sizeof key, "%s.inputs", roles[r].name);
    note_number(all, key, l->nets[r].inputs);
  }
}

/* hash of version and sources: equal programs compute equal bits */
static void name_program(char out[DURO_HASH_TEXT]) {
  duro_hasher hasher;
  duro_hash_begin(&hasher, "program");
  duro_hash_program(&hasher);
  duro_hash_print(out, duro_hash_end(&hasher));
}

/* the program, and every setting, against which a resume is held */
static void note_origin(notes *all, const duro_trainer *t) {
  const duro_env *env = t->env;
  char program[DURO_HASH_TEXT];
  name_program(program);
  note(all, "program", program);
  note(all, "environment.hash", env->ops->source ? env->ops->source->hash : "");
  note_settings(all, "train", duro_train_rows, duro_train_rows_count, &t->set);
  note_settings(all, "learn", duro_learn_rows, duro_learn_rows_count, &t->learner->set);
  note_settings(all, "env", env->ops->settings, env->ops->n_settings, env->settings);
}

enum { POLICY_NOTES = 16 + ROLE_COUNT, ORIGIN_NOTES = 8 };

static duro_status checkpoint_notes(notes *all, const duro_trainer *t) {
  const int settings = duro_train_rows_count + duro_learn_rows_count + t->env->ops->n_settings;
  const duro_status status = notes_create(all, POLICY_NOTES + ORIGIN_NOTES + settings);
  if (status) return status;
  note_policy(all, t->learner);
  note_origin(all, t);
  return DURO_OK;
}

/* ---- writing ---- */

/* all tensors but the replay, then those of the replay */
static duro_status write_checkpoint(const duro_trainer *t, const char *path, const duro_tensor *replay) {
  duro_tensor tensors[MAX_TENSORS];
  int n = state_tensors(t, tensors);
  n += report_tensors(t, tensors + n);
  tensors[n++] = *replay;
  notes all;
  duro_status status = checkpoint_notes(&all, t);
  if (status) return status;
  status = duro_tensors_save(path, tensors, n, all.list, all.n);
  notes_release(&all);
  return status;
}

duro_status duro_trainer_save(const duro_trainer *t, const char *path) {
  const duro_tensor replay = replay_tensor(t->learner);
  return write_checkpoint(t, path, &replay);
}

duro_status duro_trainer_save_policy(const duro_trainer *t, const char *path) {
  duro_tensor all[MAX_TENSORS], kept[ROLE_COUNT + 2];
  const int n = learner_tensors(t->learner, all);
  int count = 0;
  for (int r = 0; r < ROLE_COUNT; ++r)
    for (int i = 0; roles[r].frozen && i < n; ++i)
      if (strcmp(all[i].name, roles[r].name) == 0) {
        kept[count] = all[i];
        kept[count++].data = (float *)(uintptr_t)learner_frozen(t->learner, (role)r);
      }
  for (int i = 0; i < n; ++i)
    if (strncmp(all[i].name, "obs_", 4) == 0) kept[count++] = all[i];
  notes list;
  duro_status status = notes_create(&list, POLICY_NOTES);
  if (status) return status;
  note_policy(&list, t->learner);
  status = duro_tensors_save(path, kept, count, list.list, list.n);
  notes_release(&list);
  return status;
}

/* is it an array of a network, a target copy, or what scales them? */
static bool is_of_start(const char *name) {
  static const char *const scales[] = {"obs_shift", "obs_scale", "factors"};
  bool is = false;
  for (int r = 0; r < ROLE_COUNT; ++r)
    is |= strcmp(name, roles[r].name) == 0 || strcmp(name, roles[r].slow) == 0 || strcmp(name, roles[r].raw) == 0 ||
          strcmp(name, roles[r].norm) == 0;
  for (size_t i = 0; i < sizeof scales / sizeof *scales; ++i) is |= strcmp(name, scales[i]) == 0;
  return is;
}

duro_status duro_trainer_save_start(const duro_trainer *t, const char *path) {
  duro_tensor tensors[MAX_TENSORS];
  const int n = state_tensors(t, tensors);
  int kept = 0;
  for (int i = 0; i < n; ++i)
    if (is_of_start(tensors[i].name)) tensors[kept++] = tensors[i];
  notes list;
  duro_status status = notes_create(&list, POLICY_NOTES);
  if (status) return status;
  note_policy(&list, t->learner);
  status = duro_tensors_save(path, tensors, kept, list.list, list.n);
  notes_release(&list);
  return status;
}

/* ---- the replay in blocks ---- */

#define BLOCK_BYTES ((int64_t)8 << 20)

/* Transitions of a block: a power of two, and no more than the replay holds. */
static int64_t block_rows(const replay *r) {
  int64_t rows = 1;
  while (2 * rows <= r->capacity && 2 * rows * r->stride * (int64_t)sizeof(float) <= BLOCK_BYTES) rows *= 2;
  return rows;
}

static duro_status block_path(char *out, const char *folder, int64_t first) {
  char name[64];
  snprintf(name, sizeof name, "replay-%" PRId64 ".safetensors", first);
  return duro_path_join(out, PATH_MAX, folder, name);
}

/* First transition that the ring still holds once `count` were added. */
static int64_t oldest(const replay *r, int64_t count) {
  return count > r->capacity ? count - r->capacity : 0;
}

/* Transitions [first, end) in the order in which they came, (end - first x stride); those that the ring has lost are
 * zeros, which nobody will ask for. */
static void gather(float *out, const replay *r, int64_t first, int64_t end) {
  const size_t bytes = (size_t)r->stride * sizeof *out;
  for (int64_t i = first; i < end; ++i, out += r->stride)
    if (i >= oldest(r, *r->count))
      memcpy(out, r->rows + i % r->capacity * r->stride, bytes);
    else
      memset(out, 0, bytes);
}

static void scatter(const replay *r, const float *rows, int64_t first, int64_t end) {
  const size_t bytes = (size_t)r->stride * sizeof *rows;
  for (int64_t i = first; i < end; ++i, rows += r->stride)
    if (i >= oldest(r, *r->count)) memcpy(r->rows + i % r->capacity * r->stride, rows, bytes);
}

static duro_status write_block(const replay *r, float *buffer, const char *folder, int64_t first, int64_t rows) {
  char path[PATH_MAX];
  const duro_status status = block_path(path, folder, first);
  if (status) return status;
  gather(buffer, r, first, first + rows);
  const duro_tensor tensor = {"replay", DURO_F32, 2, {rows, r->stride}, buffer};
  return duro_tensors_save(path, &tensor, 1, NULL, 0);
}

/* The blocks that are full and not on disk yet; the rest becomes a tensor of the checkpoint. */
static duro_status write_replay(duro_trainer *t, duro_tensor *tail, float *buffer) {
  const replay *r = &t->learner->replay;
  checkpoints *d = &t->disk;
  const int64_t rows = block_rows(r), full = *r->count / rows, needed = oldest(r, *r->count) / rows;
  if (d->blocks < needed) d->blocks = needed;
  for (; d->blocks < full; ++d->blocks) {
    const duro_status status = write_block(r, buffer, d->folder, d->blocks * rows, rows);
    if (status) return status;
  }
  gather(buffer, r, full * rows, *r->count);
  *tail = (duro_tensor){"replay.tail", DURO_F32, 2, {*r->count - full * rows, r->stride}, buffer};
  return DURO_OK;
}

/* "<before><number>.safetensors" */
static bool numbered(int64_t *number, const char *name, const char *before) {
  const size_t length = strlen(before);
  char *end;
  if (strncmp(name, before, length) != 0 || name[length] < '0' || name[length] > '9') return false;
  *number = strtoll(name + length, &end, 10);
  return strcmp(end, ".safetensors") == 0;
}

static void remove_file(const char *folder, const char *name) {
  char path[PATH_MAX];
  if (duro_path_join(path, sizeof path, folder, name) == DURO_OK) (void)unlink(path);
}

/* Removes checkpoints below step `from` and above `present`, and blocks of which all transitions came before `needed`;
 * those above come from training that was cut off and is now made again. */
static void tidy(const checkpoints *d, int64_t from, int64_t present, int64_t needed, int64_t rows) {
  DIR *directory = opendir(d->folder);
  if (!directory) return;
  int64_t number;
  for (const struct dirent *entry; (entry = readdir(directory));) {
    const bool old_block = numbered(&number, entry->d_name, "replay-") && number + rows <= needed;
    const bool old_checkpoint = numbered(&number, entry->d_name, "step-") && (number < from || number > present);
    if (old_block || old_checkpoint) remove_file(d->folder, entry->d_name);
  }
  closedir(directory);
}

static duro_status point_at(const char *folder, int64_t step) {
  char path[PATH_MAX], line[80];
  const int length = snprintf(line, sizeof line, "step-%" PRId64 ".safetensors\n", step);
  const duro_status status = duro_path_join(path, sizeof path, folder, "latest");
  return status ? status : duro_file_write(path, line, (size_t)length);
}

static duro_status step_path(char *out, const char *folder, int64_t step) {
  char name[80];
  snprintf(name, sizeof name, "step-%" PRId64 ".safetensors", step);
  return duro_path_join(out, PATH_MAX, folder, name);
}

/* Another folder knows nothing of what is in the one before. */
static duro_status use_folder(checkpoints *d, const char *folder) {
  if (strcmp(d->folder, folder) == 0) return DURO_OK;
  if (strlen(folder) >= sizeof d->folder) return duro_fail(DURO_ERROR_ARGUMENT, "path is too long: %.200s", folder);
  *d = (checkpoints){.step = {-1, -1}};
  strcpy(d->folder, folder);
  return DURO_OK;
}

duro_status duro_trainer_checkpoint(duro_trainer *t, const char *folder, bool keep_all) {
  checkpoints *d = &t->disk;
  const replay *r = &t->learner->replay;
  const int64_t step = t->learner->count->step, rows = block_rows(r);
  char path[PATH_MAX];
  duro_status status = use_folder(d, folder);
  if (status || d->step[1] == step) return status;
  if ((status = step_path(path, folder, step))) return status;
  float *buffer = duro_allocate((size_t)(rows * r->stride) * sizeof *buffer);
  if (!buffer) return DURO_ERROR_MEMORY;
  duro_tensor tail;
  status = write_replay(t, &tail, buffer);
  if (!status) status = write_checkpoint(t, path, &tail);
  duro_release(buffer);
  if (!status) status = point_at(folder, step);
  if (status) return status;
  d->step[0] = d->step[1];
  d->step[1] = step;
  if (!keep_all) tidy(d, d->step[0], step, oldest(r, d->step[0] < 0 ? *r->count : d->replayed), rows);
  d->replayed = *r->count;
  return DURO_OK;
}

/* ---- reading ---- */

/* Settings that may differ: they change no bit of what training computes, or are what a resume is for. */
static bool may_differ(const char *key) {
  static const char *const all[] = {"train.steps", "train.threads", "train.simd", "train.checkpoint_every",
                                    "train.checkpoint_seconds"};
  for (size_t i = 0; i < sizeof all / sizeof *all; ++i)
    if (strcmp(key, all[i]) == 0) return true;
  return false;
}

static duro_status check_note(const duro_tensor_file *file, const char *path, const char *key, const char *own) {
  const char *text = duro_tensors_note(file, key);
  if (!text) return duro_fail(DURO_ERROR_FORMAT, "%s: no note \"%s\"; this is no checkpoint to go on from", path, key);
  if (strcmp(text, own) == 0) return DURO_OK;
  if (strcmp(key, "environment.hash") == 0) key = "environment.hash (of the file that it is made from)";
  return duro_fail(DURO_ERROR_ARGUMENT, "%s is %s; the checkpoint %s was made with %s", key, own[0] ? own : "empty",
                   path, text[0] ? text : "an empty one");
}

/* Notes of a policy that a run has again among its settings, or that say how far it came. */
static bool is_repeated(const char *key) {
  static const char *const all[] = {"step",       "update",         "seed",          "width",  "layers", "margin",
                                    "lambda_max", "filter_corners", "filter_greedy", "h_unit", "levels"};
  for (size_t i = 0; i < sizeof all / sizeof *all; ++i)
    if (strcmp(key, all[i]) == 0) return true;
  return false;
}

/* A setting that the checkpoint's program did not have yet was what the plain algorithms have: none of it. */
static bool is_later_setting(const duro_tensor_file *file, const char *key, const char *own) {
  if (duro_tensors_note(file, key)) return false;
  duro_train_settings train;
  duro_learn_settings learn;
  if (duro_train_preset(&train, &learn, "paper")) return false;
  char name[NOTE_KEY], text[DURO_TEXT_SIZE];
  for (int i = 0; i < duro_train_rows_count + duro_learn_rows_count; ++i) {
    const bool of_train = i < duro_train_rows_count;
    const duro_setting *row = of_train ? &duro_train_rows[i] : &duro_learn_rows[i - duro_train_rows_count];
    snprintf(name, sizeof name, "%s.%s", of_train ? "train" : "learn", row->name);
    if (strcmp(name, key) != 0) continue;
    duro_settings_text(text, sizeof text, row, of_train ? (const void *)&train : (const void *)&learn);
    return strcmp(text, own) == 0;
  }
  return false;
}

/* A number of the environment that the checkpoint's program did not have yet was what is its default now. */
static bool is_later_number(const duro_trainer *t, const duro_tensor_file *file, const char *key, const char *own) {
  const duro_env_ops *ops = t->env->ops;
  if (duro_tensors_note(file, key) || strncmp(key, "env.", 4) != 0) return false;
  void *values = duro_allocate(ops->settings_size);
  bool same = false;
  if (!values) return false;
  duro_settings_default(&(duro_settings_group){"env", ops->settings, ops->n_settings, values});
  for (int i = 0; i < ops->n_settings; ++i) {
    char text[DURO_TEXT_SIZE];
    if (strcmp(ops->settings[i].name, key + 4) != 0) continue;
    duro_settings_text(text, sizeof text, &ops->settings[i], values);
    same = strcmp(text, own) == 0;
  }
  duro_release(values);
  return same;
}

/* Everything noted of this trainer must stand in the file as it is here. */
static duro_status check_origin(const duro_trainer *t, const duro_tensor_file *file, const char *path) {
  notes own;
  duro_status status = checkpoint_notes(&own, t);
  if (status) return status;
  for (int i = 0; !status && i < own.n; ++i) {
    const char *key = own.list[i].key;
    if (!is_repeated(key) && strcmp(key, "program") != 0 && !may_differ(key) &&
        !is_later_setting(file, key, own.list[i].text) && !is_later_number(t, file, key, own.list[i].text))
      status = check_note(file, path, key, own.list[i].text);
  }
  notes_release(&own);
  return status;
}

/* The networks must be of the same algorithm and of the same shapes. */
static duro_status check_networks(const duro_trainer *t, const duro_tensor_file *file, const char *path) {
  static const char *const others[] = {"environment", "step",           "update",        "seed",  "margin",
                                       "lambda_max",  "filter_corners", "filter_greedy", "h_unit"};
  notes own;
  duro_status status = notes_create(&own, POLICY_NOTES);
  if (status) return status;
  note_policy(&own, t->learner);
  for (int i = 0; !status && i < own.n; ++i) {
    bool shape = true;
    for (size_t k = 0; k < sizeof others / sizeof *others; ++k)
      shape = shape && strcmp(own.list[i].key, others[k]) != 0;
    if (shape) status = check_note(file, path, own.list[i].key, own.list[i].text);
  }
  notes_release(&own);
  const char *levels = duro_tensors_note(file, "levels"); // of policies without, there is no such note
  if (!status && levels && !t->learner->levels)
    status = duro_fail(DURO_ERROR_ARGUMENT, "levels is 0; the checkpoint %s was made with %s", path, levels);
  return status;
}

static duro_status take(const duro_tensor *into, const duro_tensor_file *file, const char *path) {
  const duro_tensor *from = duro_tensors_find(file, into->name);
  if (!from) return duro_fail(DURO_ERROR_FORMAT, "%s: no tensor \"%s\"", path, into->name);
  if (from->type != into->type || duro_tensor_bytes(from) != duro_tensor_bytes(into))
    return duro_fail(DURO_ERROR_FORMAT, "%s: tensor \"%s\" does not have the shape of this training", path, into->name);
  memcpy(into->data, from->data, duro_tensor_bytes(from));
  return DURO_OK;
}

static duro_status take_all(const duro_tensor *tensors, int n, const duro_tensor_file *file, const char *path) {
  for (int i = 0; i < n; ++i) {
    const duro_status status = take(&tensors[i], file, path);
    if (status) return status;
  }
  return DURO_OK;
}

/* A block, or the part of the replay that a checkpoint holds: transitions [first, end). */
static duro_status take_rows(const replay *r, const duro_tensor_file *file, const char *name, const char *path,
                             int64_t first, int64_t end) {
  const duro_tensor *from = duro_tensors_find(file, name);
  if (!from || from->type != DURO_F32 || from->rank != 2 || from->shape[0] != end - first ||
      from->shape[1] != r->stride)
    return duro_fail(DURO_ERROR_FORMAT, "%s: tensor \"%s\" is not %lld transitions of this training", path, name,
                     (long long)(end - first));
  scatter(r, from->data, first, end);
  return DURO_OK;
}

static duro_status read_block(const replay *r, const char *folder, int64_t first, int64_t rows) {
  char path[PATH_MAX];
  duro_tensor_file *file;
  duro_status status = block_path(path, folder, first);
  if (status || (status = duro_tensors_open(&file, path))) return status;
  status = take_rows(r, file, "replay", path, first, first + rows);
  duro_tensors_close(file);
  return status;
}

static void folder_of(char *out, const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash)
    strcpy(out, ".");
  else
    snprintf(out, PATH_MAX, "%.*s", (int)(slash == path ? 1 : slash - path), path);
}

/* The counters are read. Whole in the file, or in blocks beside it and the rest in the file. */
static duro_status read_replay(duro_trainer *t, const duro_tensor_file *file, const char *path) {
  replay *r = &t->learner->replay;
  if (duro_tensors_find(file, "replay")) {
    const duro_tensor whole = replay_tensor(t->learner);
    return take(&whole, file, path);
  }
  const int64_t rows = block_rows(r), full = *r->count / rows;
  duro_status status = take_rows(r, file, "replay.tail", path, full * rows, *r->count);
  checkpoints *d = &t->disk;
  *d = (checkpoints){.step = {-1, t->learner->count->step}, .replayed = *r->count, .blocks = full};
  folder_of(d->folder, path);
  for (int64_t block = oldest(r, *r->count) / rows; !status && block < full; ++block)
    status = read_block(r, d->folder, block * rows, rows);
  return status;
}

static duro_status check_counters(const duro_trainer *t, const char *path) {
  const counters *c = t->learner->count;
  if (c->step < 0 || c->update < 0 || c->replayed < 0)
    return duro_fail(DURO_ERROR_FORMAT, "%s: a counter is negative", path);
  if (c->step >= t->set.steps + t->set.envs) // the last step of all environments may go beyond
    return duro_fail(DURO_ERROR_ARGUMENT, "train.steps is %lld; the checkpoint is at step %lld already",
                     (long long)t->set.steps, (long long)c->step);
  return DURO_OK;
}

/* `latest` of a folder of checkpoints; a file stands for itself */
static duro_status find_checkpoint(char *out, const char *given) {
  struct stat about;
  if (stat(given, &about)) return duro_fail_system(errno, "cannot read %s", given);
  if (!S_ISDIR(about.st_mode)) return duro_path_join(out, PATH_MAX, given, "");
  char pointer[PATH_MAX], *name;
  size_t size;
  duro_status status = duro_path_join(pointer, sizeof pointer, given, "latest");
  if (status || (status = duro_file_read(&name, &size, pointer))) return status;
  name[strcspn(name, "\r\n")] = '\0';
  status = name[0] && !strchr(name, '/') ? duro_path_join(out, PATH_MAX, given, name)
                                         : duro_fail(DURO_ERROR_FORMAT, "%s: does not name a checkpoint", pointer);
  duro_file_release(name);
  return status;
}

static duro_status resume(duro_trainer *t, const duro_tensor_file *file, const char *path) {
  duro_tensor tensors[MAX_TENSORS];
  duro_status status = check_origin(t, file, path);
  if (status) return status;
  int n = state_tensors(t, tensors);
  n += report_tensors(t, tensors + n);
  status = take_all(tensors, n, file, path);
  if (!status) status = check_counters(t, path);
  if (!status) status = read_replay(t, file, path);
  if (!status) status = collector_restore(t->collector);
  if (!status) learner_restore(t->learner);
  return status;
}

static bool same_note(const duro_tensor_file *file, const char *key, const char *own) {
  const char *text = duro_tensors_note(file, key);
  return text && strcmp(text, own) == 0;
}

duro_status duro_trainer_resume(duro_trainer *t, const char *given, double seconds, duro_resume_info *info) {
  char path[PATH_MAX];
  duro_tensor_file *file;
  duro_status status = find_checkpoint(path, given);
  if (status || (status = duro_tensors_open(&file, path))) return status;
  status = resume(t, file, path);
  char program[DURO_HASH_TEXT];
  name_program(program);
  const bool other = !same_note(file, "program", program);
  const int64_t planned = status ? 0 : strtoll(duro_tensors_note(file, "train.steps"), NULL, 10);
  duro_tensors_close(file);
  if (status) return status;
  t->seconds = seconds;
  t->saved_update = t->learner->count->update;
  if (info) *info = (duro_resume_info){t->learner->count->step, t->learner->count->update, planned, other};
  return DURO_OK;
}

/* The scales that the networks were trained with; a new warm-up would find others. */
static duro_status take_scales(learner *l, const duro_tensor_file *file, const char *path) {
  const bool scaled = duro_tensors_find(file, "factors");
  if (!learner_scales(l))
    return scaled
               ? duro_fail(DURO_ERROR_ARGUMENT,
                           "learn.normalize is none; the networks of %s were trained with learn.normalize=auto", path)
               : DURO_OK;
  l->scales.factor[FACTOR_KNOWN] = 1.0f;
  if (!scaled) return DURO_OK; // they were trained with numbers as they are
  duro_status status = take(&(duro_tensor){"obs_shift", DURO_F32, 1, {l->no}, l->scales.shift}, file, path);
  if (!status) status = take(&(duro_tensor){"obs_scale", DURO_F32, 1, {l->no}, l->scales.scale}, file, path);
  if (!status) status = take(&(duro_tensor){"factors", DURO_F32, 1, {FACTORS}, l->scales.factor}, file, path);
  return status;
}

static duro_status take_normed(const learner *l, int r, const duro_tensor_file *file, const char *path) {
  const net *n = &l->nets[r];
  if (!duro_tensors_find(file, roles[r].raw))
    return duro_fail(DURO_ERROR_ARGUMENT, "learn.critic is normed; the critic \"%s\" of %s is plain", roles[r].name,
                     path);
  duro_status status =
      take(&(duro_tensor){roles[r].raw, DURO_F32, 1, {(int64_t)n->shape.params}, n->state.w}, file, path);
  if (!status) status = take(&(duro_tensor){roles[r].norm, DURO_F32, 2, {2, n->norm.n}, n->norm.mean}, file, path);
  mlp_hide(n->state.w, &n->shape);
  norm_restore(l->kernels, &n->shape, &n->state);
  return status;
}

/* A normed critic under its own name is a plain network, and the slow copy of one that starts from it. */
static duro_status take_network(const learner *l, int r, const duro_tensor_file *file, const char *path) {
  const mlp_state *s = &l->nets[r].state;
  if (s->norm) return take_normed(l, r, file, path);
  const int64_t params = (int64_t)l->nets[r].shape.params;
  const char *slow = duro_tensors_find(file, roles[r].raw) ? roles[r].name : roles[r].slow;
  duro_status status = take(&(duro_tensor){roles[r].name, DURO_F32, 1, {params}, s->w}, file, path);
  if (!status && s->bar) status = take(&(duro_tensor){slow, DURO_F32, 1, {params}, s->bar}, file, path);
  mlp_hide(s->w, &l->nets[r].shape);
  if (s->bar) mlp_hide(s->bar, &l->nets[r].shape);
  return status;
}

duro_status duro_trainer_start_from(duro_trainer *t, const char *given) {
  char path[PATH_MAX];
  duro_tensor_file *file;
  learner *l = t->learner;
  duro_status status = find_checkpoint(path, given);
  if (status || (status = duro_tensors_open(&file, path))) return status;
  status = check_networks(t, file, path);
  for (int r = 0; !status && r < ROLE_COUNT; ++r)
    if (learner_has(l, (role)r)) status = take_network(l, r, file, path);
  if (!status) status = take_scales(l, file, path);
  duro_tensors_close(file);
  return status;
}

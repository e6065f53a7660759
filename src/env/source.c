/* The files that an environment is made from. */
#include "env/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "io/hash.h"

enum { PATH = 4096, LINE = 17 }; // LINE: a hash and a blank, before the place

static const char list_name[] = "hashes.txt";

static void hash_of(char out[17], const void *bytes, size_t size) {
  snprintf(out, 17, "%016" PRIx64, (uint64_t)XXH3_64bits(bytes, size));
}

static char *copy_text(const char *text) {
  const size_t size = strlen(text) + 1;
  char *copy = duro_allocate(size);
  return copy ? memcpy(copy, text, size) : NULL;
}

/* the part of a path after its last slash */
static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

duro_status source_read(duro_env_source *source, const char *path) {
  *source = (duro_env_source){0};
  char *bytes;
  size_t size;
  const duro_status status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  *source =
      (duro_env_source){.path = copy_text(path), .place = copy_text(base_name(path)), .bytes = bytes, .size = size};
  hash_of(source->own_hash, bytes, size);
  memcpy(source->hash, source->own_hash, sizeof source->hash);
  if (source->path && source->place) return DURO_OK;
  source_release(source);
  return DURO_ERROR_MEMORY;
}

duro_status source_add(duro_env_source *source, const char *place, char *bytes, size_t size) {
  const size_t n = (size_t)source->n_files;
  duro_env_file *files = duro_allocate((n + 1) * sizeof *files);
  char *copy = files ? copy_text(place) : NULL;
  if (!copy) {
    duro_release(files);
    return DURO_ERROR_MEMORY;
  }
  if (n) memcpy(files, source->files, n * sizeof *files);
  duro_release((void *)(uintptr_t)source->files);
  files[n] = (duro_env_file){.place = copy, .bytes = bytes, .size = size};
  hash_of(files[n].hash, bytes, size);
  source->files = files;
  source->n_files++;
  return DURO_OK;
}

/* a file's place, where its folder has the same beginning as that of the source; what is cut off is counted */
static const char *relative(int *up, const char *place, const char *from) {
  size_t common = 0;
  for (size_t i = 0; place[i] && place[i] == from[i]; i++)
    if (place[i] == '/') common = i + 1;
  *up = 0;
  for (const char *c = from + common; *c; c++) *up += *c == '/';
  return place + common;
}

void source_seal(duro_env_source *source) {
  if (!source->n_files) return; // a single file is its content, as it ever was
  duro_hasher hasher;
  duro_hash_begin(&hasher, "files of an environment");
  duro_hash_text(&hasher, source->own_hash);
  for (int i = 0; i < source->n_files; i++) {
    int up;
    const char *place = relative(&up, source->files[i].place, source->place);
    duro_hash_integer(&hasher, up);
    duro_hash_text(&hasher, place);
    duro_hash_text(&hasher, source->files[i].hash);
  }
  duro_hash_print(source->hash, duro_hash_end(&hasher));
}

void source_release(duro_env_source *source) {
  for (int i = 0; i < source->n_files; i++) {
    duro_release((void *)(uintptr_t)source->files[i].place);
    duro_file_release((char *)(uintptr_t)source->files[i].bytes);
  }
  duro_release((void *)(uintptr_t)source->files);
  duro_release((void *)(uintptr_t)source->path);
  duro_release((void *)(uintptr_t)source->place);
  duro_file_release((char *)(uintptr_t)source->bytes);
  *source = (duro_env_source){0};
}

/* ---- copies ---- */

static duro_status save(const char *folder, const char *place, const void *bytes, size_t size) {
  char path[PATH], part[PATH];
  duro_status status = duro_path_join(path, sizeof path, folder, place);
  if (status) return status;
  snprintf(part, sizeof part, "%.*s", (int)(base_name(path) - path), path);
  status = duro_folder_create(part);
  return status ? status : duro_file_write(path, bytes, size);
}

/* "hash place" of each file, a line each */
static duro_status save_list(const duro_env_source *source, const char *folder) {
  size_t size = LINE + strlen(source->place) + 1;
  for (int i = 0; i < source->n_files; i++) size += LINE + strlen(source->files[i].place) + 1;
  char *text = duro_allocate(size + 1);
  if (!text) return DURO_ERROR_MEMORY;
  char *at = text + sprintf(text, "%s %s\n", source->own_hash, source->place);
  for (int i = 0; i < source->n_files; i++) at += sprintf(at, "%s %s\n", source->files[i].hash, source->files[i].place);
  const duro_status status = save(folder, list_name, text, (size_t)(at - text));
  duro_release(text);
  return status;
}

duro_status duro_env_source_save(const duro_env_source *source, const char *folder) {
  duro_status status = save(folder, source->place, source->bytes, source->size);
  for (int i = 0; !status && i < source->n_files; i++)
    status = save(folder, source->files[i].place, source->files[i].bytes, source->files[i].size);
  return status || !source->n_files ? status : save_list(source, folder);
}

/* whether a list has the line "hash place" */
static bool lists(const char *list, const char *hash, const char *place) {
  const size_t length = strlen(place);
  for (const char *line = list; line; line = strchr(line, '\n')) {
    line += *line == '\n';
    if (strncmp(line, hash, LINE - 1) == 0 && line[LINE - 1] == ' ' && strncmp(line + LINE, place, length) == 0 &&
        line[LINE + length] == '\n')
      return true;
  }
  return false;
}

/* the place of the first file that is not in the list; NULL where all are */
static const char *changed(const duro_env_source *source, const char *list) {
  if (!lists(list, source->own_hash, source->place)) return source->place;
  for (int i = 0; i < source->n_files; i++)
    if (!lists(list, source->files[i].hash, source->files[i].place)) return source->files[i].place;
  return NULL;
}

duro_status duro_env_source_check(const duro_env_source *source, const char *wanted, const char *folder) {
  if (strcmp(source->hash, wanted) == 0) return DURO_OK;
  char path[PATH], *list = NULL;
  size_t size;
  const char *place = NULL;
  if (!duro_path_join(path, sizeof path, folder, list_name) && !duro_file_read(&list, &size, path))
    place = changed(source, list);
  duro_status status =
      place ? duro_fail(DURO_ERROR_FORMAT, "%s/%s is not the file of this run any more: it was changed", folder, place)
            : duro_fail(DURO_ERROR_FORMAT, "%s is not the file of this run any more: its hash is %s; wanted %s",
                        source->path, source->hash, wanted);
  duro_file_release(list);
  return status;
}

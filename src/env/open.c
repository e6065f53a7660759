/* Environments by word: a name or a file. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <xxhash.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "env/opened.h"

static bool ends_with(const char *word, const char *ending) {
  const size_t length = strlen(word), tail = strlen(ending);
  return length > tail && strcmp(word + length - tail, ending) == 0;
}

bool duro_env_is_file(const char *word) {
  return ends_with(word, ".c") || ends_with(word, ".so") || ends_with(word, ".xml");
}

void opened_name(char *name, size_t size, const char *path) {
  const char *slash = strrchr(path, '/');
  const char *file = slash ? slash + 1 : path;
  snprintf(name, size, "%.*s", (int)strcspn(file, "."), file);
}

/* copies of the path and of the file's bytes, in one piece of memory that begins with the path */
static duro_status read_source(duro_env_source *source, const char *path) {
  char *bytes;
  size_t size;
  const duro_status status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  const size_t length = strlen(path) + 1;
  char *copy = duro_allocate(length + size + 1);
  if (copy) {
    memcpy(copy, path, length);
    memcpy(copy + length, bytes, size);
    *source = (duro_env_source){.path = copy, .bytes = copy + length, .size = size};
    snprintf(source->hash, sizeof source->hash, "%016" PRIx64, (uint64_t)XXH3_64bits(bytes, size));
  }
  duro_file_release(bytes);
  return copy ? DURO_OK : DURO_ERROR_MEMORY;
}

#ifndef DURO_HAVE_MUJOCO
duro_status mjcf_open(opened **file, const duro_env_source *source) {
  (void)file;
  return duro_fail(DURO_ERROR_MISSING, "%s needs MuJoCo, which this build lacks", source->path);
}
#endif

duro_status duro_env_open(const duro_env_ops **ops, const char *word, const duro_env_open_options *options) {
  static const duro_env_open_options defaults;
  *ops = NULL;
  if (!duro_env_is_file(word)) return duro_env_find(ops, word);
  duro_env_source source;
  duro_status status = read_source(&source, word);
  if (status) return status;
  opened *file = NULL;
  status =
      ends_with(word, ".xml") ? mjcf_open(&file, &source) : plugin_open(&file, &source, options ? options : &defaults);
  if (status) {
    duro_release((void *)(uintptr_t)source.path);
    return status;
  }
  file->source = source;
  file->ops.source = &file->source;
  *ops = &file->ops;
  return DURO_OK;
}

void duro_env_close(const duro_env_ops *ops) {
  if (!ops || !ops->source) return;
  opened *file = (opened *)(uintptr_t)ops; // they begin alike, and it is ours
  file->close(file);
  duro_release((void *)(uintptr_t)file->source.path);
  duro_release(file);
}

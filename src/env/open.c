/* Environments by word: a name or a file. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "env/builtin.h"
#include "env/opened.h"
#include "env/source.h"

static bool ends_with(const char *word, const char *ending) {
  const size_t length = strlen(word), tail = strlen(ending);
  return length > tail && strcmp(word + length - tail, ending) == 0;
}

bool duro_env_is_file(const char *word) {
  return ends_with(word, ".c") || ends_with(word, ".so") || ends_with(word, ".xml") || ends_with(word, ".csv");
}

void opened_name(char *name, size_t size, const char *path) {
  const char *slash = strrchr(path, '/');
  const char *file = slash ? slash + 1 : path;
  snprintf(name, size, "%.*s", (int)strcspn(file, "."), file);
}

#ifndef DURO_HAVE_MUJOCO
duro_status mjcf_open(opened **file, duro_env_source *source) {
  (void)file;
  return duro_fail(DURO_ERROR_MISSING, "%s needs MuJoCo, which this build lacks", source->path);
}
#endif

static void nothing_more(opened *self) {
  (void)self;
}

/* The car is created on the track that its source is. */
static duro_status track_open(opened **file) {
  *file = duro_allocate(sizeof **file);
  if (!*file) return DURO_ERROR_MEMORY;
  **file = (opened){.ops = duro_racing_car, .close = nothing_more};
  return DURO_OK;
}

duro_env_open_options duro_env_open_options_default(void) {
  return (duro_env_open_options){.compiler = "cc", .folder = "/tmp"};
}

duro_status duro_env_open(const duro_env_ops **ops, const char *word, const duro_env_open_options *options) {
  static const duro_env_open_options defaults;
  *ops = NULL;
  if (!duro_env_is_file(word)) return duro_env_find(ops, word);
  duro_env_source source;
  duro_status status = source_read(&source, word);
  if (status) return status;
  opened *file = NULL;
  if (ends_with(word, ".csv"))
    status = track_open(&file);
  else
    status = ends_with(word, ".xml") ? mjcf_open(&file, &source)
                                     : plugin_open(&file, &source, options ? options : &defaults);
  if (status) {
    source_release(&source);
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
  source_release(&file->source);
  duro_release(file);
}

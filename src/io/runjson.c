/* run.json: what made the results of a run folder. */
#include "base/error.h"
#include "base/memory.h"
#include "build.h"
#include "duro/io.h"
#include "io/file.h"
#include "io/json.h"
#include "io/utf8.h"
#include "sources.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>
#include <yaml.h>

#define TEXT_SIZE 256

/* a text; what is no UTF-8 in it (a command line may hold anything) becomes '?' */
static json_t *text_value(const char *text) {
  if (!text) return json_null();
  size_t size = strlen(text);
  json_t *fine = json_stringn(text, size);
  if (fine) return fine;
  char *copy = duro_allocate(size + 1);
  if (!copy) return NULL;
  memcpy(copy, text, size);
  int used;
  for (size_t i = 0; i < size; i += (size_t)used)
    if (duro_utf8_next(&used, copy + i, size - i) < 0) copy[i] = '?';
  fine = json_stringn(copy, size);
  duro_release(copy);
  return fine;
}

/* first "key : value" line of a text file of the system, "" when there is none; `key` may end in '=' itself */
static void system_value(char out[TEXT_SIZE], const char *path, const char *key) {
  char *text;
  size_t size;
  out[0] = 0;
  if (duro_file_read(&text, &size, path)) return;
  for (const char *line = text; line; line = strchr(line, '\n')) {
    line += *line == '\n';
    if (strncmp(line, key, strlen(key)) != 0) continue;
    line += strlen(key);
    line += strspn(line, " \t:=\"");
    (void)snprintf(out, TEXT_SIZE, "%.*s", (int)strcspn(line, "\"\n"), line);
    break;
  }
  duro_file_release(text);
}

/* what the build was compiled with, as far as CMake knows it */
static void flags_text(char *out, size_t size) {
  static const char *const of_type[][2] = {
      {"Release", DURO_FLAGS_RELEASE}, {"RelWithDebInfo", DURO_FLAGS_RELWITHDEBINFO}, {"Debug", DURO_FLAGS_DEBUG}};
  const char *typed = "", *sanitize = DURO_FLAGS_SANITIZE;
  for (size_t i = 0; i < sizeof of_type / sizeof *of_type; i++)
    if (!strcmp(DURO_BUILD_TYPE, of_type[i][0])) typed = of_type[i][1];
  (void)snprintf(out, size, "%s%s%s%s%s", DURO_FLAGS, *DURO_FLAGS && *typed ? " " : "", typed,
                 *sanitize ? " -fsanitize=" : "", sanitize);
}

/* A part of the file; false when memory ran out. */
static bool put_build(json_t *root) {
  char flags[4 * TEXT_SIZE], yaml[16], xxhash[16];
  unsigned x = XXH_versionNumber();
  flags_text(flags, sizeof flags);
  (void)snprintf(xxhash, sizeof xxhash, "%u.%u.%u", x / 10000, x / 100 % 100, x % 100);
  (void)snprintf(yaml, sizeof yaml, "%s", yaml_get_version_string());
  return !json_object_set_new(root, "version", text_value(DURO_VERSION)) &&
         !json_object_set_new(root, "commit", text_value(DURO_COMMIT)) &&
         !json_object_set_new(root, "sources", text_value(DURO_SOURCES)) &&
         !json_object_set_new(root, "compiler", text_value(DURO_COMPILER)) &&
         !json_object_set_new(root, "build_type", text_value(DURO_BUILD_TYPE)) &&
         !json_object_set_new(root, "flags", text_value(flags)) &&
         !json_object_set_new(root, "libyaml", text_value(yaml)) &&
         !json_object_set_new(root, "jansson", text_value(jansson_version_str())) &&
         !json_object_set_new(root, "xxhash", text_value(xxhash));
}

static bool put_machine(json_t *root) {
  char cpu[TEXT_SIZE], os[TEXT_SIZE], start[32] = "", kernel[3 * TEXT_SIZE] = "";
  struct utsname about;
  time_t now = time(NULL);
  struct tm utc;
  if (gmtime_r(&now, &utc)) (void)strftime(start, sizeof start, "%Y-%m-%dT%H:%M:%SZ", &utc);
  if (uname(&about) >= 0)
    (void)snprintf(kernel, sizeof kernel, "%s %s %s", about.sysname, about.release, about.machine);
  system_value(cpu, "/proc/cpuinfo", "model name");
  system_value(os, "/etc/os-release", "PRETTY_NAME=");
  return !json_object_set_new(root, "cpu", text_value(*cpu ? cpu : "unknown")) &&
         !json_object_set_new(root, "logical_cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN))) &&
         !json_object_set_new(root, "os", text_value(*os ? os : "unknown")) &&
         !json_object_set_new(root, "kernel", text_value(kernel)) &&
         !json_object_set_new(root, "start", text_value(start));
}

static bool put_info(json_t *root, const duro_run_info *info) {
  return !json_object_set_new(root, "format", json_integer(DURO_FORMAT)) &&
         !json_object_set_new(root, "environment", text_value(info->environment)) &&
         !json_object_set_new(root, "algorithm", text_value(info->algorithm)) &&
         !json_object_set_new(root, "command", text_value(info->command)) &&
         !json_object_set_new(root, "seed", json_integer(info->seed)) &&
         !json_object_set_new(root, "threads", json_integer(info->threads)) &&
         !json_object_set_new(root, "steps", json_integer(info->steps)) &&
         !json_object_set_new(root, "simd", text_value(info->simd)) &&
         !json_object_set_new(root, "mujoco", text_value(info->mujoco));
}

duro_status duro_run_json_save(const char *path, const duro_run_info *info) {
  json_t *root = json_object();
  bool fine = root && put_info(root, info) && put_build(root) && put_machine(root);
  char *text = fine ? duro_json_text(root, JSON_INDENT(2)) : NULL;
  json_decref(root);
  if (!text) return duro_fail(DURO_ERROR_MEMORY, "cannot write %s: out of memory", path);
  size_t size = strlen(text);
  text[size] = '\n'; // in place of the NUL
  duro_status status = duro_file_write(path, text, size + 1);
  free(text);
  return status;
}

static duro_status value_text(char *out, size_t size, const json_t *value, const char *path, const char *key) {
  int n;
  if (!value) return duro_fail(DURO_ERROR_FORMAT, "%s: there is no \"%s\"", path, key);
  if (json_is_string(value))
    n = snprintf(out, size, "%s", json_string_value(value));
  else if (json_is_integer(value))
    n = snprintf(out, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
  else
    return duro_fail(DURO_ERROR_FORMAT, "%s: \"%s\" is neither a text nor an integer", path, key);
  if (n < 0 || (size_t)n >= size)
    return duro_fail(DURO_ERROR_ARGUMENT, "%s: \"%s\" is longer than %zu bytes", path, key, size);
  return DURO_OK;
}

duro_status duro_run_json_get(char *out, size_t size, const char *path, const char *key) {
  char *text;
  size_t length;
  duro_status status = duro_file_read(&text, &length, path);
  if (status) return status;
  json_t *root;
  status = duro_json_parse(&root, text, length, path);
  duro_file_release(text);
  if (status) return status;
  status = duro_json_check_format(root, path);
  if (!status) status = value_text(out, size, json_object_get(root, key), path, key);
  json_decref(root);
  return status;
}

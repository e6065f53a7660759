/* Runs the system's C compiler on a plugin. */
#include "env/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "duro/io.h"
#include "headers.h"
#include "io/hash.h"

enum { HEADERS = sizeof headers / sizeof *headers, MAX_WORDS = 48 };

extern char **environ; // of the compiler

duro_status compile_folder_create(compile_folder *folder, const duro_env_open_options *options) {
  const char *where = options->folder ? options->folder : "/tmp";
  const int length = snprintf(folder->path, sizeof folder->path, "%s/duro-plugin-XXXXXX", where);
  if (length >= (int)sizeof folder->path || !mkdtemp(folder->path))
    return duro_fail_system(errno, "cannot make a temporary folder in %s", where);
  snprintf(folder->object, sizeof folder->object, "%s/plugin.so", folder->path);
  return DURO_OK;
}

static duro_status path_in(char *path, const compile_folder *folder, const char *name) {
  return duro_path_join(path, COMPILE_PATH, folder->path, name);
}

void compile_folder_remove(const compile_folder *folder) {
  char path[COMPILE_PATH];
  static const char *const files[] = {"plugin.c", "plugin.so", "plugin.d", "messages"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    if (!path_in(path, folder, files[i])) unlink(path);
  for (int i = 0; i < HEADERS; i++)
    if (!path_in(path, folder, headers[i].name)) unlink(path);
  if (!path_in(path, folder, "duro")) rmdir(path);
  rmdir(folder->path);
}

static duro_status fail_to_write(const char *path) {
  return duro_fail_system(errno, "cannot write %s", path);
}

duro_status compile_write(const char *path, const void *bytes, size_t size) {
  FILE *file = fopen(path, "wb"); // not for long, so it need not be durable
  if (!file) return fail_to_write(path);
  const bool written = fwrite(bytes, 1, size, file) == size;
  return fclose(file) || !written ? fail_to_write(path) : DURO_OK;
}

static duro_status write_headers(const compile_folder *folder) {
  char path[COMPILE_PATH];
  duro_status status = path_in(path, folder, "duro");
  if (!status && mkdir(path, 0700)) status = fail_to_write(path);
  for (int i = 0; !status && i < HEADERS; i++) {
    status = path_in(path, folder, headers[i].name);
    if (!status) status = compile_write(path, headers[i].bytes, headers[i].size);
  }
  return status;
}

/* the text, whose messages name the user's file; files that it includes by a relative path are not beside it */
static duro_status write_source(const char *path, const duro_env_source *source, bool traced) {
  FILE *file = fopen(path, "w");
  if (!file) return fail_to_write(path);
  if (traced) fprintf(file, "#include <duro/traced.h>\n");
  fprintf(file, "#line 1 \"");
  for (const char *c = source->path; *c; c++) fprintf(file, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
  fprintf(file, "\"\n");
  fwrite(source->bytes, 1, source->size, file);
  const bool wrong = ferror(file) != 0;
  return fclose(file) || wrong ? fail_to_write(path) : DURO_OK;
}

/* the compiler's first line with an error in it, or its first line */
static duro_status fail_with_messages(const duro_env_source *source, const char *messages) {
  char *bytes = NULL;
  size_t size;
  if (duro_file_read(&bytes, &size, messages)) return DURO_ERROR_FILE;
  const char *line = bytes, *found = strstr(bytes, "error");
  for (const char *c = bytes; found && c < found; c++)
    if (*c == '\n') line = c + 1;
  duro_fail(DURO_ERROR_FORMAT, "%s does not compile: %.*s", source->path, (int)strcspn(line, "\n"), line);
  duro_file_release(bytes);
  return DURO_ERROR_FORMAT;
}

/* paths of a command */
typedef struct command_paths {
  char source[COMPILE_PATH], messages[COMPILE_PATH], include[COMPILE_PATH + 4];
  char traced[COMPILE_PATH]; // source of what reads a plugin; empty where it is only run
} command_paths;

enum { OWN_WORDS = 20 };

static int flag_words(char **word, bool traced) {
  static char runs[][24] = {"-std=gnu17", "-O2", "-ffp-contract=off", "-fPIC", "-shared", "-MMD"};
  // plain code whose lines are known; what the functions of the plugin point to is not what it was
  static char reads[][36] = {"-std=gnu17", "-O0", "-g", "-fPIC", "-shared", "-w", "-Wno-incompatible-pointer-types"};
  int count = 0;
  for (size_t i = 0; !traced && i < sizeof runs / sizeof *runs; i++) word[count++] = runs[i];
  for (size_t i = 0; traced && i < sizeof reads / sizeof *reads; i++) word[count++] = reads[i];
  return count;
}

/* words of `compiler`, then those of the plugin; they point into `copy` */
static void command_words(char **word, char *copy, const compile_folder *folder, command_paths *paths) {
  static char output[] = "-o", library[] = "-lm";
  int count = 0;
  char *rest;
  for (char *c = strtok_r(copy, " ", &rest); c && count < MAX_WORDS - OWN_WORDS; c = strtok_r(NULL, " ", &rest))
    word[count++] = c;
  const bool traced = paths->traced[0] != 0;
  count += flag_words(word + count, traced);
  word[count++] = output;
  word[count++] = (char *)(uintptr_t)folder->object;
  word[count++] = paths->include;
  word[count++] = paths->source;
  if (traced) word[count++] = paths->traced;
  word[count++] = library;
  word[count] = NULL;
}

/* runs the words with all output into the file; the exit status, or -1 with errno where it did not run */
static int run(char **word, const char *output) {
  posix_spawn_file_actions_t actions;
  pid_t child;
  int status = -1;
  if (posix_spawn_file_actions_init(&actions)) return -1;
  errno = posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (!errno) errno = posix_spawn_file_actions_adddup2(&actions, 1, 2);
  if (!errno) errno = posix_spawnp(&child, word[0], &actions, NULL, word, environ);
  const int reason = errno;
  posix_spawn_file_actions_destroy(&actions);
  errno = reason;
  if (reason) return -1;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static duro_status write_all(command_paths *paths, const compile_folder *folder, const duro_env_source *source,
                             bool traced) {
  *paths = (command_paths){0};
  duro_status status = write_headers(folder);
  if (!status) status = path_in(paths->source, folder, "plugin.c");
  if (!status) status = path_in(paths->messages, folder, "messages");
  if (!status && traced) status = path_in(paths->traced, folder, "duro/traced.c");
  snprintf(paths->include, sizeof paths->include, "-I%s", folder->path);
  return status ? status : write_source(paths->source, source, traced);
}

static duro_status compile_as(const compile_folder *folder, const duro_env_source *source, const char *compiler,
                              bool traced) {
  command_paths paths;
  char copy[1024], *word[MAX_WORDS];
  const duro_status status = write_all(&paths, folder, source, traced);
  if (status) return status;
  if (!compiler || !compiler[0]) compiler = "cc";
  if (snprintf(copy, sizeof copy, "%s", compiler) >= (int)sizeof copy || strspn(copy, " ") == strlen(copy))
    return duro_fail(DURO_ERROR_ARGUMENT, "the compiler is '%.80s'; wanted a command such as cc", compiler);
  command_words(word, copy, folder, &paths);
  const int result = run(word, paths.messages);
  if (result < 0 && errno == ENOMEM) return duro_fail_system(errno, "cannot run the compiler for %s", source->path);
  if (result < 0 || result == 127)
    return duro_fail(DURO_ERROR_MISSING, "%s needs a C compiler, and '%s' cannot be run: %s", source->path, word[0],
                     result < 0 ? strerror(errno) : "not found");
  return result ? fail_with_messages(source, paths.messages) : DURO_OK;
}

duro_status compile(const compile_folder *folder, const duro_env_source *source, const char *compiler) {
  return compile_as(folder, source, compiler, false);
}

duro_status compile_traced(const compile_folder *folder, const duro_env_source *source, const char *compiler) {
  return compile_as(folder, source, compiler, true);
}

void compile_line(char *line, size_t size, const compile_folder *folder, size_t offset) {
  static char name[] = "addr2line", option[] = "-e";
  char address[32], messages[COMPILE_PATH], *bytes = NULL;
  char *word[] = {name, option, (char *)(uintptr_t)folder->object, address, NULL};
  size_t length;
  line[0] = 0;
  snprintf(address, sizeof address, "0x%zx", offset);
  if (path_in(messages, folder, "messages") || run(word, messages) != 0 || duro_file_read(&bytes, &length, messages))
    return;
  bytes[strcspn(bytes, " \n")] = 0; // "path:12 (discriminator 2)"
  if (bytes[0] != '?' && !strstr(bytes, ":?") && !strstr(bytes, ":0")) snprintf(line, size, "%s", bytes);
  duro_file_release(bytes);
}

/* Cuts the next file name out of a rule of make, in place; NULL at its end. */
static char *next_name(char **at) {
  char *from = *at, *to, *name;
  for (;; from++) { // blanks and continued lines
    if (*from == '\\' && from[1] == '\n') from++;
    if (*from != ' ' && *from != '\n') break;
  }
  for (to = name = from; *from && *from != ' ' && *from != '\n'; from++) {
    if (*from == '\\' && from[1] == '\n') break;
    if ((*from == '\\' && strchr(" #\\", from[1])) || (*from == '$' && from[1] == '$')) from++;
    *to++ = *from;
  }
  const bool end = !*from;
  *to = 0;
  *at = end ? from : from + 1;
  return to > name ? name : NULL;
}

/* Names that the compiler's words define or take away are as good as lines of the file; how many there are. */
static int hash_definitions(duro_hasher *hasher, const char *compiler) {
  int count = 0;
  for (const char *word = compiler ? compiler : ""; *word; word += strcspn(word, " ")) {
    word += strspn(word, " ");
    if (strncmp(word, "-D", 2) != 0 && strncmp(word, "-U", 2) != 0) continue;
    duro_hash_bytes(hasher, word, strcspn(word, " "));
    count++;
  }
  return count;
}

duro_status compile_hash(const compile_folder *folder, duro_env_source *source, const char *compiler) {
  char path[COMPILE_PATH], *rule, *at;
  size_t size;
  const size_t own = strlen(folder->path);
  duro_hasher hasher;
  if (path_in(path, folder, "plugin.d") || duro_file_read(&rule, &size, path))
    return DURO_OK; // a compiler without -MMD
  duro_hash_begin(&hasher, "files of a plugin");
  duro_hash_text(&hasher, source->own_hash);
  int count = hash_definitions(&hasher, compiler);
  duro_status status = DURO_OK;
  at = strstr(rule, ".so:");
  if (at) at += strlen(".so:");
  for (char *name; !status && at && (name = next_name(&at));) {
    if (strncmp(name, folder->path, own) == 0 && name[own] == '/')
      continue; // the file itself, and the library's headers
    status = duro_hash_file(&hasher, name);
    count++;
  }
  duro_file_release(rule);
  if (!status && count) duro_hash_print(source->hash, duro_hash_end(&hasher));
  return status;
}

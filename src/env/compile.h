/* A C file becomes a shared object. */
#ifndef DURO_ENV_COMPILE_H
#define DURO_ENV_COMPILE_H

#include "duro/env.h"

enum { COMPILE_PATH = 4096 };

/* A folder of its own for what a plugin needs on disk. */
typedef struct compile_folder {
  char path[COMPILE_PATH];
  char object[COMPILE_PATH + 16]; /* shared object in it */
} compile_folder;

duro_status compile_folder_create(compile_folder *folder, const duro_env_open_options *options);
void compile_folder_remove(const compile_folder *folder);

/* Writes a file that is soon removed again. */
duro_status compile_write(const char *path, const void *bytes, size_t size);

/* Compiles the source into folder->object. The message of a failure holds the compiler's first error. */
duro_status compile(const compile_folder *folder, const duro_env_source *source, const char *compiler);
/* The same for env/trace.h: `double` is what writes itself down. Messages name the user's lines. */
duro_status compile_traced(const compile_folder *folder, const duro_env_source *source, const char *compiler);
/* "path:line" of the code so many bytes into that object; empty where binutils are not there to tell. */
void compile_line(char *line, size_t size, const compile_folder *folder, size_t offset);
/* Afterwards: takes the files that the source includes into its hash, where there are any but the system's and the
 * library's own, and the -D and -U among the compiler's words. */
duro_status compile_hash(const compile_folder *folder, duro_env_source *source, const char *compiler);

#endif

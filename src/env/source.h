/* The files that an environment is made from. */
#ifndef DURO_ENV_SOURCE_H
#define DURO_ENV_SOURCE_H

#include "duro/env.h"

/* Reads the file itself; what it is made of beside is added by whoever knows how. */
duro_status source_read(duro_env_source *source, const char *path);
/* Takes over the bytes (of duro_file_read) of a further file that lies at `place`. */
duro_status source_add(duro_env_source *source, const char *place, char *bytes, size_t size);
/* The hash of everything, when all files are there. */
void source_seal(duro_env_source *source);
void source_release(duro_env_source *source);

#endif

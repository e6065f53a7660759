/* The files that an MJCF model is made of: itself, what it includes, its meshes, textures and height fields. */
#ifndef DURO_ENV_MJCF_FILES_H
#define DURO_ENV_MJCF_FILES_H

#include "duro/env.h"

/* Reads them all into source->files, below one folder; source->path, bytes and size are there already. Fails where one
 * is missing or absolute. source_release releases them. */
duro_status mjcf_files_read(duro_env_source *source);

#endif

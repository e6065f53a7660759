/* Parts of paths. */
#ifndef DURO_IO_PATH_H
#define DURO_IO_PATH_H

#include "duro/base.h"

/* The last part of a path, trailing slashes removed; cut off where it does not fit. */
void path_name(char *out, size_t size, const char *path);
/* The same without its ending: "e" of configs/e.yaml. A name that begins with its only dot stays. */
void path_stem(char *out, size_t size, const char *path);
/* The part before the last slash, "." where there is none; cut off where it does not fit. */
void path_folder(char *out, size_t size, const char *path);

#endif

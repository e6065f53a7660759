/* SHA-256 of bytes: what sha256sum prints, so that others can check a file without this program. FIPS 180-4. */
#ifndef DURO_IO_SHA256_H
#define DURO_IO_SHA256_H

#include "duro/base.h"

enum { DURO_SHA256_TEXT = 65 }; /* 64 hexadecimal digits and the NUL */

void duro_sha256(char text[DURO_SHA256_TEXT], const void *bytes, size_t size);
/* The same of a file, and how many bytes it has. */
duro_status duro_sha256_file(char text[DURO_SHA256_TEXT], size_t *size, const char *path);

#endif

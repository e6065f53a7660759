/* One 64-bit hash of everything that decides a result: the key under which it is kept. XXH3 of the parts in their
 * order, each with its kind and its length, so that neighbours cannot run into each other. The same on every machine.
 */
#ifndef DURO_IO_HASH_H
#define DURO_IO_HASH_H

#include "duro/settings.h"

#ifndef XXH_STATIC_LINKING_ONLY
#define XXH_STATIC_LINKING_ONLY // a state on the stack
#endif
#include <xxhash.h>

enum { DURO_HASH_TEXT = 17 }; /* 16 hexadecimal digits and the NUL */

typedef struct duro_hasher {
  XXH3_state_t state;
} duro_hasher;

/* `what` is hashed: "policy", so that hashes of different things are different ones. */
void duro_hash_begin(duro_hasher *hasher, const char *what);
void duro_hash_bytes(duro_hasher *hasher, const void *bytes, size_t size);
void duro_hash_text(duro_hasher *hasher, const char *text); /* NULL is not "" */
void duro_hash_integer(duro_hasher *hasher, int64_t value);
void duro_hash_real(duro_hasher *hasher, double value); /* by its bits; all NaN are one */
void duro_hash_reals(duro_hasher *hasher, const double *values, size_t count);
void duro_hash_floats(duro_hasher *hasher, const float *values, size_t count);
/* Name and value of every row but those named in `without`, which ends in NULL and may be NULL itself: what does not
 * decide the result, as the number of threads. */
void duro_hash_settings(duro_hasher *hasher, const duro_settings_group *group, const char *const *without);
/* The bytes of a file, as duro_hash_bytes; fails where it cannot be read. */
duro_status duro_hash_file(duro_hasher *hasher, const char *path);
/* The program: its version and its sources. */
void duro_hash_program(duro_hasher *hasher);
uint64_t duro_hash_end(const duro_hasher *hasher);

/* As text, for file names, headers and columns. */
void duro_hash_print(char text[DURO_HASH_TEXT], uint64_t hash);

#endif

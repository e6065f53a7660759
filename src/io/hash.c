/* Keys of kept results. */
#include "io/hash.h"

#include "build.h"
#include "duro/io.h"
#include "sources.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* what a part is; a number, once given, keeps its meaning */
enum kind { NOTHING, BYTES, TEXT, INTEGER, REAL, FLOATS, REALS, SETTINGS };

static void add_word(duro_hasher *hasher, uint64_t value) {
  unsigned char bytes[8]; // low byte first on every machine
  for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)(value >> 8 * i);
  XXH3_64bits_update(&hasher->state, bytes, sizeof bytes);
}

static void add(duro_hasher *hasher, enum kind kind, const void *bytes, size_t size) {
  add_word(hasher, (uint64_t)kind);
  add_word(hasher, size);
  if (size) XXH3_64bits_update(&hasher->state, bytes, size);
}

void duro_hash_begin(duro_hasher *hasher, const char *what) {
  XXH3_INITSTATE(&hasher->state);
  XXH3_64bits_reset(&hasher->state);
  duro_hash_text(hasher, what);
}

void duro_hash_bytes(duro_hasher *hasher, const void *bytes, size_t size) {
  add(hasher, BYTES, bytes, size);
}

void duro_hash_text(duro_hasher *hasher, const char *text) {
  if (text)
    add(hasher, TEXT, text, strlen(text));
  else
    add(hasher, NOTHING, NULL, 0);
}

void duro_hash_integer(duro_hasher *hasher, int64_t value) {
  add_word(hasher, INTEGER);
  add_word(hasher, (uint64_t)value);
}

static void add_real(duro_hasher *hasher, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  add_word(hasher, isnan(value) ? UINT64_C(0x7ff8) << 48 : bits);
}

void duro_hash_real(duro_hasher *hasher, double value) {
  add_word(hasher, REAL);
  add_real(hasher, value);
}

void duro_hash_reals(duro_hasher *hasher, const double *values, size_t count) {
  add_word(hasher, REALS);
  add_word(hasher, count);
  for (size_t i = 0; i < count; i++) add_real(hasher, values[i]);
}

// as they lie in memory: this library runs where the low byte comes first, as its files have it
void duro_hash_floats(duro_hasher *hasher, const float *values, size_t count) {
  add(hasher, FLOATS, values, count * sizeof *values);
}

static bool is_among(const char *name, const char *const *names) {
  for (; names && *names; names++)
    if (strcmp(name, *names) == 0) return true;
  return false;
}

static void add_setting(duro_hasher *hasher, const duro_setting *row, const void *values) {
  const char *field = (const char *)values + row->offset;
  int64_t integer;
  double real;
  bool boolean;
  duro_hash_text(hasher, row->name);
  switch (row->kind) {
  case DURO_INT:
    memcpy(&integer, field, sizeof integer);
    duro_hash_integer(hasher, integer);
    return;
  case DURO_REAL:
    memcpy(&real, field, sizeof real);
    duro_hash_real(hasher, real);
    return;
  case DURO_BOOL:
    memcpy(&boolean, field, sizeof boolean);
    duro_hash_integer(hasher, boolean);
    return;
  case DURO_TEXT:
  case DURO_FILE:
    add(hasher, TEXT, field, strnlen(field, DURO_TEXT_SIZE));
    return;
  }
}

void duro_hash_settings(duro_hasher *hasher, const duro_settings_group *group, const char *const *without) {
  add(hasher, SETTINGS, group->prefix, strlen(group->prefix));
  for (int i = 0; i < group->count; i++)
    if (!is_among(group->rows[i].name, without)) add_setting(hasher, &group->rows[i], group->values);
  add_word(hasher, NOTHING);
}

duro_status duro_hash_file(duro_hasher *hasher, const char *path) {
  char *bytes;
  size_t size;
  const duro_status status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  duro_hash_bytes(hasher, bytes, size);
  duro_file_release(bytes);
  return DURO_OK;
}

void duro_hash_program(duro_hasher *hasher) {
  duro_hash_text(hasher, DURO_VERSION);
  duro_hash_text(hasher, DURO_SOURCES);
}

uint64_t duro_hash_end(const duro_hasher *hasher) {
  return XXH3_64bits_digest(&hasher->state);
}

void duro_hash_print(char text[DURO_HASH_TEXT], uint64_t hash) {
  (void)snprintf(text, DURO_HASH_TEXT, "%016" PRIx64, hash);
}

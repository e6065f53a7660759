/* What the harnesses share: an input as a file. Each harness is one program, made by tools/fuzz with libFuzzer. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xxhash.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char fuzz_path[64];

static inline void fuzz_remove(void) {
  unlink(fuzz_path);
}

/* Path of a file, in memory where there is /dev/shm, that holds these bytes, until the next call. */
static inline const char *fuzz_file(const void *data, size_t size) {
  if (!fuzz_path[0]) {
    (void)snprintf(fuzz_path, sizeof fuzz_path, "%s/duro-fuzz-%ld", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm",
                   (long)getpid());
    atexit(fuzz_remove);
  }
  FILE *file = fopen(fuzz_path, "wb");
  if (!file || fwrite(data, 1, size, file) != size || fclose(file)) abort();
  return fuzz_path;
}

/* The same with the checksum of a tensor file in its last 8 bytes, so that the checks behind it are reached. */
static inline const char *fuzz_tensors(const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(size + 1);
  if (!copy) abort();
  if (size) memcpy(copy, data, size);
  if (size >= 8) {
    const uint64_t sum = XXH3_64bits(copy, size - 8);
    for (int i = 0; i < 8; i++) copy[size - 8 + (size_t)i] = (uint8_t)(sum >> 8 * i);
  }
  const char *path = fuzz_file(copy, size);
  free(copy);
  return path;
}

/* Path of a certificate: the bytes with their checksum, FNV-1a, behind them. */
static inline const char *fuzz_certificate(const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(size + 8);
  if (!copy) abort();
  if (size) memcpy(copy, data, size);
  uint64_t sum = 0xcbf29ce484222325ULL;
  for (size_t i = 0; i < size; i++) sum = (sum ^ copy[i]) * 0x100000001b3ULL;
  for (int i = 0; i < 8; i++) copy[size + (size_t)i] = (uint8_t)(sum >> 8 * i);
  const char *path = fuzz_file(copy, size + 8);
  free(copy);
  return path;
}

/* The bytes of a good file, damaged as the input says: two bytes by which it is cut off, then five for each byte that
 * changes, four for the place and one for what stands there. Such an input outlives changes of the format. */
static inline const char *fuzz_damage(const uint8_t *good, size_t length, const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(length + 1);
  if (!copy) abort();
  memcpy(copy, good, length);
  const size_t cut = size >= 2 ? (size_t)data[0] | (size_t)data[1] << 8 : 0;
  for (size_t i = 2; i + 5 <= size && length; i += 5) {
    const uint32_t at =
        (uint32_t)data[i] | (uint32_t)data[i + 1] << 8 | (uint32_t)data[i + 2] << 16 | (uint32_t)data[i + 3] << 24;
    copy[at % length] = data[i + 4];
  }
  const char *path = fuzz_tensors(copy, cut < length ? length - cut : 0);
  free(copy);
  return path;
}

#endif

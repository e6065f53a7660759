/* NumPy files: a magic, a header that is a Python dictionary, the bytes of the array. */
#include "base/error.h"
#include "io/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_RANK = 16, PREFIX = 10, ALIGNMENT = 64, HEADER = 512 };

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ORDER "<"
#else
#define ORDER ">"
#endif

/* Reads the sizes; false when the array has more bytes than can be. */
static bool count_bytes(size_t *bytes, size_t size, int rank, const int64_t *shape) {
  *bytes = size;
  for (int i = 0; i < rank; i++)
    if (shape[i] < 0 || __builtin_mul_overflow(*bytes, (size_t)shape[i], bytes)) return false;
  return *bytes <= SIZE_MAX / 2;
}

/* Magic, version 1.0, length and dictionary, filled up with blanks; returns its bytes. */
static size_t put_header(char out[HEADER], duro_dtype type, int rank, const int64_t *shape) {
  int n = snprintf(out + PREFIX, HEADER - PREFIX, "{'descr': '" ORDER "%s', 'fortran_order': False, 'shape': (",
                   type == DURO_F32 ? "f4" : "f8");
  for (int i = 0; i < rank; i++)
    n += snprintf(out + PREFIX + n, (size_t)(HEADER - PREFIX - n), "%s%" PRId64, i ? ", " : "", shape[i]);
  n += snprintf(out + PREFIX + n, (size_t)(HEADER - PREFIX - n), "%s), }", rank == 1 ? "," : "");
  const size_t used = PREFIX + (size_t)n + 1, size = (used + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  memset(out + PREFIX + n, ' ', size - PREFIX - (size_t)n);
  out[size - 1] = '\n';
  memcpy(out, "\x93NUMPY\x01\x00", 8);
  out[8] = (char)((size - PREFIX) & 255);
  out[9] = (char)((size - PREFIX) >> 8);
  return size;
}

duro_status duro_npy_save(const char *path, duro_dtype type, int rank, const int64_t *shape, const void *data) {
  char header[HEADER];
  size_t bytes;
  duro_writer writer;
  if (type != DURO_F32 && type != DURO_F64)
    return duro_fail(DURO_ERROR_ARGUMENT, "%s: type %d of the array; wanted float32 or float64", path, (int)type);
  if (rank < 0 || rank > MAX_RANK)
    return duro_fail(DURO_ERROR_ARGUMENT, "%s: the array has %d axes; wanted 0 to %d", path, rank, MAX_RANK);
  if (!count_bytes(&bytes, type == DURO_F32 ? 4 : 8, rank, shape))
    return duro_fail(DURO_ERROR_ARGUMENT, "%s: the sizes of the array are impossible", path);
  duro_status status = duro_writer_begin(&writer, path);
  if (!status) status = duro_writer_append(&writer, header, put_header(header, type, rank, shape));
  if (!status) status = duro_writer_append(&writer, data, bytes);
  return status ? status : duro_writer_commit(&writer);
}

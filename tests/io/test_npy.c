/* NumPy files against the published format (numpy.lib.format, version 1.0), byte by byte, and against NumPy itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "duro/io.h"
#include "io/scratch.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* "The first 6 bytes are a magic string: exactly \x93NUMPY. The next 1 byte: major version, the next 1 byte: minor
 * version, the next 2 bytes a little-endian unsigned short: the length of the header, which is an ASCII string of a
 * Python dictionary, terminated by a newline and padded with spaces so that len(magic string) + 2 + len(length) +
 * HEADER_LEN is divisible by 64. Keys descr, fortran_order, shape, in alphabetic order." */
static void check_header(const unsigned char *bytes, const char *dictionary) {
  assert_memory_equal(bytes, "\x93NUMPY\x01\x00", 8);
  const size_t length = (size_t)bytes[8] + 256 * (size_t)bytes[9];
  assert_int_equal((10 + length) % 64, 0);
  assert_memory_equal(bytes + 10, dictionary, strlen(dictionary));
  for (size_t i = strlen(dictionary); i < length - 1; i++) assert_int_equal(bytes[10 + i], ' ');
  assert_int_equal(bytes[10 + length - 1], '\n');
}

static void test_bytes(void **state) {
  (void)state;
  static const float data[6] = {0.f, -0.f, 1.5f, 1e-40f, -3.25e30f, 7.f};
  static const double wide[3] = {1.0 / 3.0, -1e300, 0.0};
  unsigned char bytes[1024];
  const char *path = in_scratch("a.npy");
  assert_int_equal(duro_npy_save(path, DURO_F32, 2, (const int64_t[]){2, 3}, data), DURO_OK);
  size_t size = get_file(bytes, sizeof bytes, path);
  check_header(bytes, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
  assert_int_equal(size, 128 + sizeof data);
  assert_memory_equal(bytes + 128, data, sizeof data);

  assert_int_equal(duro_npy_save(path, DURO_F64, 1, (const int64_t[]){3}, wide), DURO_OK);
  size = get_file(bytes, sizeof bytes, path);
  check_header(bytes, "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"); // a tuple of one
  assert_memory_equal(bytes + size - sizeof wide, wide, sizeof wide);

  assert_int_equal(duro_npy_save(path, DURO_F64, 0, NULL, wide), DURO_OK);
  size = get_file(bytes, sizeof bytes, path);
  check_header(bytes, "{'descr': '<f8', 'fortran_order': False, 'shape': (), }");
  assert_memory_equal(bytes + size - 8, wide, 8);

  // the longest header there is, and an array of nothing
  int64_t many[16];
  for (int i = 0; i < 16; i++) many[i] = i == 5 ? 0 : 100;
  assert_int_equal(duro_npy_save(path, DURO_F32, 16, many, data), DURO_OK);
  size = get_file(bytes, sizeof bytes, path);
  assert_int_equal(size % 64, 0);
  check_header(bytes, "{'descr': '<f4', 'fortran_order': False, 'shape': (100, 100, 100, 100, 100, 0, 100, 100, 100, "
                      "100, 100, 100, 100, 100, 100, 100), }");
}

static void test_refused(void **state) {
  (void)state;
  const float data = 0;
  assert_int_equal(duro_npy_save("x", DURO_I64, 0, NULL, &data), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_npy_save("x", DURO_F32, 17, NULL, &data), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_npy_save("x", DURO_F32, 1, (const int64_t[]){-1}, &data), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_npy_save("x", DURO_F32, 2, (const int64_t[]){INT64_MAX, 3}, &data), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_npy_save(in_scratch("no/x"), DURO_F32, 0, NULL, &data), DURO_ERROR_FILE);
}

/* a disk without room: the old file stays */
static void test_full_disk(void **state) {
  (void)state;
  static float data[4096];
  const char *path = in_scratch("full.npy");
  put_file(path, "old", 3);
  const pid_t child = fork();
  if (child == 0) {
    const struct rlimit little = {1000, 1000};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &little);
    _exit(duro_npy_save(path, DURO_F32, 1, (const int64_t[]){4096}, data) == DURO_ERROR_FILE ? 0 : 1);
  }
  int status;
  waitpid(child, &status, 0);
  assert_int_equal(status, 0);
  assert_file_is(path, "old");
  assert_int_equal(scratch_count(), 1);
}

/* NumPy reads every bit back, where it is installed */
static void test_numpy(void **state) {
  (void)state;
  if (system("python3 -c 'import numpy' 2>/dev/null")) skip();
  uint32_t bits[4 * 3 * 2 * 2 * 2 * 2];
  for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) bits[i] = (uint32_t)(i * 2654435761u); // NaN among them
  char line[1024];
  put_file(in_scratch("bits"), bits, sizeof bits);
  assert_int_equal(duro_npy_save(in_scratch("n.npy"), DURO_F32, 6, (const int64_t[]){4, 3, 2, 2, 2, 2}, bits), DURO_OK);
  (void)snprintf(line, sizeof line,
                 "python3 -c \"import numpy as n; a = n.load('%s/n.npy'); b = n.fromfile('%s/bits', 'u4'); "
                 "assert a.shape == (4, 3, 2, 2, 2, 2) and a.dtype == n.float32 and a.flags.c_contiguous; "
                 "assert (a.view('u4').ravel() == b).all()\"",
                 scratch, scratch);
  assert_int_equal(system(line), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(test_bytes, scratch_clear),
      cmocka_unit_test_teardown(test_refused, scratch_clear),
      cmocka_unit_test_teardown(test_full_disk, scratch_clear),
      cmocka_unit_test_teardown(test_numpy, scratch_clear),
  };
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}

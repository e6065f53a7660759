/* SHA-256: the examples of FIPS 180-4, and lengths around a block against sha256sum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "io/sha256.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_examples(void **state) {
  (void)state;
  char sum[DURO_SHA256_TEXT];
  duro_sha256(sum, "", 0);
  assert_string_equal(sum, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  duro_sha256(sum, "abc", 3);
  assert_string_equal(sum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  duro_sha256(sum, two, sizeof two - 1);
  assert_string_equal(sum, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void test_million(void **state) {
  (void)state;
  char sum[DURO_SHA256_TEXT], *a = malloc(1000000);
  assert_non_null(a);
  memset(a, 'a', 1000000);
  duro_sha256(sum, a, 1000000);
  assert_string_equal(sum, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  free(a);
}

/* Every length up to three blocks: one hash of all of them, made with Python's hashlib. */
static void test_lengths(void **state) {
  (void)state;
  unsigned char bytes[192];
  char all[193 * (DURO_SHA256_TEXT - 1)], sum[DURO_SHA256_TEXT];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(7 * i + 3);
  for (size_t n = 0; n <= sizeof bytes; n++) {
    duro_sha256(sum, bytes, n);
    memcpy(all + n * (sizeof sum - 1), sum, sizeof sum - 1);
  }
  duro_sha256(sum, all, sizeof all);
  assert_string_equal(sum, "daac531efe5e0c724703ebaf653dc57a48bec3a8d68b49061a01752d4c1f5843");
}

static void test_file(void **state) {
  (void)state;
  char sum[DURO_SHA256_TEXT];
  size_t size = 0;
  assert_int_equal(duro_sha256_file(sum, &size, "/no/such/file"), DURO_ERROR_FILE);
  assert_int_equal(duro_sha256_file(sum, &size, "/dev/null"), DURO_OK);
  assert_int_equal(size, 0);
  assert_string_equal(sum, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples), cmocka_unit_test(test_million),
                                     cmocka_unit_test(test_lengths), cmocka_unit_test(test_file)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

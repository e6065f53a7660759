/* What the library says of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "duro/duro.h"
#include <stdio.h>
#include <string.h>

/* the version that CMakeLists.txt gives the project */
static void test_version(void **state) {
  (void)state;
  char line[256], wanted[64] = "";
  FILE *file = fopen(DURO_SOURCE_DIR "/CMakeLists.txt", "r");
  assert_non_null(file);
  while (fgets(line, sizeof line, file) && sscanf(line, "project(duro VERSION %63[0-9.]", wanted) != 1) continue;
  fclose(file);
  assert_string_equal(duro_version(), wanted);
  assert_true(strlen(duro_commit()) > 0);
}

/* the flags that the kernel shows for this processor */
static bool cpu_has(const char *flags, const char *flag) {
  char word[32];
  (void)snprintf(word, sizeof word, " %s ", flag);
  return strstr(flags, word) != NULL;
}

static void test_capabilities(void **state) {
  (void)state;
  static char flags[16384];
  FILE *file = fopen("/proc/cpuinfo", "r");
  if (!file) skip();
  while (fgets(flags, sizeof flags, file) && strncmp(flags, "flags", 5)) flags[0] = 0;
  fclose(file);
  char *end = strchr(flags, '\n');
  if (end) *end = ' ';
  const char *simd = "portable";
  if (cpu_has(flags, "avx2") && cpu_has(flags, "fma")) simd = "avx2";
  if (cpu_has(flags, "avx512f") && cpu_has(flags, "avx512dq") && cpu_has(flags, "avx512vl") && cpu_has(flags, "fma"))
    simd = "avx512";
  const char *all = duro_capabilities(), *blank = strrchr(all, ' ');
  assert_string_equal(blank ? blank + 1 : all, simd);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_version), cmocka_unit_test(test_capabilities)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What memory is left, by files as the kernel's documents describe them: filesystems/proc, admin-guide/cgroup-v2,
 * admin-guide/cgroup-v1/memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "base/memory_left.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static char root[32];

static void put(const char *path, const char *text) {
  char command[512], whole[256];
  (void)snprintf(whole, sizeof whole, "%s%s", root, path);
  *strrchr(whole, '/') = 0;
  (void)snprintf(command, sizeof command, "mkdir -p %s", whole);
  assert_int_equal(system(command), 0);
  (void)snprintf(whole, sizeof whole, "%s%s", root, path);
  FILE *file = fopen(whole, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static void left(const char *groups, double wanted) {
  put("/proc/self/cgroup", groups);
  const double got = duro_memory_left_below(root);
  if (!(got == wanted)) fail_msg("%.0f bytes of \"%s\"; wanted %.0f", got, groups, wanted);
}

static void limits_are_read(void **unused) {
  (void)unused;
  strcpy(root, "/tmp/duro-test-XXXXXX");
  assert_non_null(mkdtemp(root));
  assert_true(duro_memory_left_below(root) == INFINITY); // no file at all
  put("/proc/meminfo", "MemTotal:       16000 kB\nMemFree: 3 kB\nMemAvailable:    8000 kB\n");
  left("0::/\n", 8000 * 1024.0);
  put("/sys/fs/cgroup/a/b/memory.max", "max\n");
  put("/sys/fs/cgroup/a/b/memory.current", "1000000\n");
  left("0::/a/b\n", 8000 * 1024.0);
  put("/sys/fs/cgroup/a/memory.max", "5000000\n"); // of a group above
  put("/sys/fs/cgroup/a/memory.current", "2000000\n");
  left("0::/a/b\n", 3000000);
  put("/sys/fs/cgroup/a/memory.stat", "anon 7\ninactive_file 500000\nactive_file 9\n"); // makes room
  left("0::/a/b\n", 3500000);
  put("/sys/fs/cgroup/a/memory.max", "0\n");
  put("/sys/fs/cgroup/memory/c/memory.limit_in_bytes", "4000000\n");
  put("/sys/fs/cgroup/memory/c/memory.usage_in_bytes", "4100000\n");
  left("3:cpu,memory_recursive:/x\n4:memory:/c\n", 0);
  put("/sys/fs/cgroup/memory/c/memory.stat", "inactive_file 1\ntotal_inactive_file 600000\n");
  left("4:memory:/c\n", 500000);
  put("/sys/fs/cgroup/memory/c/memory.limit_in_bytes", "9223372036854771712\n"); // none
  left("4:memory:/c\n", 8000 * 1024.0);
  char command[64];
  (void)snprintf(command, sizeof command, "rm -r %s", root);
  assert_int_equal(system(command), 0);
}

static void addresses_count(void **unused) {
  (void)unused;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  skip(); // sanitizers reserve more addresses than the limit leaves, and end the program
#endif
  struct rlimit before, limit;
  assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
  limit = before;
  limit.rlim_cur = (rlim_t)1 << 31;
  assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
  const double bytes = duro_memory_left();
  assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
  assert_true(bytes > 0 && bytes < 2147483648.0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(limits_are_read), cmocka_unit_test(addresses_count)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

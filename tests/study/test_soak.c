/* Memory and descriptors stay flat however long a program goes on: every public call again and again, for two seconds,
 * or for DURO_SOAK_SECONDS (tools/soak). */
#define _GNU_SOURCE // nftw, mallinfo2
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include <malloc.h>

#include "base/clock.h"
#include "study/public_calls.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { MEMORY_IS_PLAIN = false };
#else
enum { MEMORY_IS_PLAIN = true };
#endif

/* what a process holds */
typedef struct held {
  long resident; // kB
  size_t in_use; // bytes that were allocated and not freed
  int files, threads;
} held;

static int count_in(const char *folder) {
  int n = 0;
  DIR *directory = opendir(folder);
  assert_non_null(directory);
  while (readdir(directory)) n++;
  closedir(directory);
  return n;
}

static held look(void) {
  char line[256];
  held h = {.files = count_in("/proc/self/fd"), .threads = count_in("/proc/self/task")};
  FILE *status = fopen("/proc/self/status", "r");
  assert_non_null(status);
  while (fgets(line, sizeof line, status)) sscanf(line, "VmRSS: %ld", &h.resident);
  fclose(status);
  const struct mallinfo2 heap = mallinfo2();
  h.in_use = heap.uordblks + heap.hblkhd;
  return h;
}

static void work(const world *w, int round) {
  for (int i = 0; i < PUBLIC_CALLS; i++) {
    // the compiler takes far longer than all the rest together
    if (public_calls[i].work == open_a_file && round % 16) continue;
    if (public_calls[i].work(w)) fail_msg("%s: %s", public_calls[i].name, duro_error());
  }
}

static void stays_flat(void **unused) {
  (void)unused;
  const char *word = getenv("DURO_SOAK_SECONDS");
  const double seconds = word ? atof(word) : 2.0, began = duro_clock();
  world w;
  make_world(&w);
  int round = 0;
  while (round < 3 || duro_clock() - began < 0.25 * seconds) work(&w, round++);
  const held before = look();
  const int warm = round;
  while (round < warm + 3 || duro_clock() - began < seconds) work(&w, round++);
  const held after = look();
  destroy_world(&w);
  print_message("%d rounds: resident %ld -> %ld kB, in use %zu -> %zu bytes, %d -> %d descriptors, %d -> %d threads\n",
                round, before.resident, after.resident, before.in_use, after.in_use, before.files, after.files,
                before.threads, after.threads);
  assert_int_equal(after.files, before.files);
  assert_int_equal(after.threads, before.threads);
  if (!MEMORY_IS_PLAIN) return;
  // what the heap keeps of freed blocks, for each size and thread, counts as in use; it is bounded
  assert_true(after.resident - before.resident < 4096);
  assert_true(after.in_use < before.in_use + 131072);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(stays_flat)};
  return cmocka_run_group_tests(tests, scratch_create, remove_scratch);
}

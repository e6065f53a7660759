/* Memory, arenas, error text and log lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "base/error.h"
#include "base/memory.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* An allocator that fills with rubbish, returns 16 but never 32 byte aligned memory, counts and can fail. */
typedef struct mean_hook {
  int allocated, released;
  bool fail;
} mean_hook;

static void *mean_allocate(size_t bytes, void *context) {
  mean_hook *h = context;
  if (h->fail) return NULL;
  char *block = aligned_alloc(64, (bytes + 16 + 63) / 64 * 64);
  if (!block) return NULL;
  memset(block, 0xa5, bytes + 16);
  h->allocated++;
  return block + 16;
}

static void mean_release(void *memory, void *context) {
  mean_hook *h = context;
  h->released++;
  free((char *)memory - 16);
}

static void assert_zero_and_writable(unsigned char *memory, size_t bytes) {
  assert_non_null(memory);
  assert_int_equal((uintptr_t)memory % 64, 0);
  for (size_t i = 0; i < bytes; i++) assert_int_equal(memory[i], 0);
  if (bytes) memset(memory, 0xff, bytes); // the sanitizer sees what lies outside
}

static void test_aligned_and_zero(void **state) {
  (void)state;
  mean_hook h = {0};
  for (int mean = 0; mean < 2; mean++) {
    if (mean) duro_set_allocator(mean_allocate, mean_release, &h);
    for (size_t bytes = 0; bytes < 300; bytes++) {
      unsigned char *memory = duro_allocate(bytes);
      assert_zero_and_writable(memory, bytes);
      duro_release(memory);
    }
  }
  duro_release(NULL);
  duro_set_allocator(NULL, NULL, NULL);
  assert_int_equal(h.allocated, 300);
  assert_int_equal(h.released, 300);
}

static void test_out_of_memory(void **state) {
  (void)state;
  mean_hook h = {.fail = true};
  assert_null(duro_allocate(SIZE_MAX));
  assert_null(duro_allocate(SIZE_MAX - 63));
  duro_set_allocator(mean_allocate, mean_release, &h);
  duro_fail(DURO_ERROR_FILE, "before");
  assert_null(duro_allocate(12345));
  duro_set_allocator(NULL, NULL, NULL);
  assert_non_null(strstr(duro_error(), "12345"));
  assert_int_equal(h.allocated + h.released, 0);
}

/* the same layout twice, as those who use an arena do */
static void take_all(duro_arena *arena, char *piece[4]) {
  static const size_t bytes[4] = {1, 64, 65, 0};
  for (int i = 0; i < 4; i++) piece[i] = duro_arena_take(arena, bytes[i]);
}

static void test_arena(void **state) {
  (void)state;
  duro_arena arena = {0};
  char *piece[4];
  take_all(&arena, piece);
  for (int i = 0; i < 4; i++) assert_null(piece[i]);
  assert_int_equal(arena.used, 64 + 64 + 128);
  assert_int_equal(duro_arena_allocate(&arena), DURO_OK);
  assert_int_equal(arena.used, 0);

  take_all(&arena, piece);
  assert_int_equal(arena.used, arena.size);
  for (int i = 0; i < 4; i++) assert_int_equal((uintptr_t)piece[i] % 64, 0);
  assert_ptr_equal(piece[1], piece[0] + 64);
  assert_ptr_equal(piece[2], piece[1] + 64);
  memset(piece[0], 1, arena.size);
  duro_arena_release(&arena);
  assert_null(arena.base);
  duro_arena_release(&arena);
}

/* a layout that overflows fails when it is allocated, and leaves nothing */
static void test_arena_too_large(void **state) {
  (void)state;
  duro_arena arena = {0};
  duro_arena_take(&arena, SIZE_MAX - 10);
  duro_arena_take(&arena, 100);
  assert_int_equal(duro_arena_allocate(&arena), DURO_ERROR_MEMORY);
  assert_null(arena.base);
  duro_arena_release(&arena);

  arena = (duro_arena){0};
  assert_int_equal(duro_arena_allocate(&arena), DURO_OK); // empty
  duro_arena_release(&arena);
}

static void *fail_elsewhere(void *result) {
  *(bool *)result = *duro_error() == 0; // starts empty
  duro_fail(DURO_ERROR_FILE, "of the other thread");
  return NULL;
}

static void test_error_text(void **state) {
  (void)state;
  assert_int_equal(duro_fail(DURO_ERROR_ARGUMENT, "train.batch is %d", 17), DURO_ERROR_ARGUMENT);
  assert_string_equal(duro_error(), "train.batch is 17");

  // its own text as argument, and text that would break the line
  duro_fail(DURO_ERROR_FORMAT, "a.yaml:3: %s", duro_error());
  assert_string_equal(duro_error(), "a.yaml:3: train.batch is 17");
  duro_fail(DURO_ERROR_FORMAT, "%s", "one\ntwo\x1b[0m");
  assert_string_equal(duro_error(), "one two [0m");

  // longer than the buffer
  char text[5000];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = 0;
  duro_fail(DURO_ERROR_FORMAT, "%s", text);
  assert_in_range(strlen(duro_error()), 500, sizeof text - 2);

  duro_fail(DURO_ERROR_FILE, "mine");
  pthread_t thread;
  bool empty = false;
  assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, &empty), 0);
  pthread_join(thread, NULL);
  assert_true(empty);
  assert_string_equal(duro_error(), "mine");
}

static void test_status_names(void **state) {
  (void)state;
  assert_string_equal(duro_status_name(DURO_OK), "ok");
  assert_string_equal(duro_status_name(DURO_ERROR_ARGUMENT), "argument");
  for (int a = DURO_OK; a <= DURO_ERROR_STOPPED; a++)
    for (int b = DURO_OK; b < a; b++)
      assert_string_not_equal(duro_status_name((duro_status)a), duro_status_name((duro_status)b));
}

static void keep_line(const char *line, void *context) {
  strcpy(context, line);
}

static void test_log(void **state) {
  (void)state;
  char line[2048] = "";
  duro_log("dropped");
  duro_set_log(keep_line, line);
  duro_log("step %d of %s\n", 3, "many");
  assert_string_equal(line, "step 3 of many ");
  duro_set_log(NULL, NULL);
  duro_log("dropped");
  assert_string_equal(line, "step 3 of many ");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_aligned_and_zero),
      cmocka_unit_test(test_out_of_memory),
      cmocka_unit_test(test_arena),
      cmocka_unit_test(test_arena_too_large),
      cmocka_unit_test(test_error_text),
      cmocka_unit_test(test_status_names),
      cmocka_unit_test(test_log),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

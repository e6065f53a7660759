/* Files and folders: written whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "io/file.h"
#include "io/scratch.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void assert_says(const char *part) {
  if (!strstr(duro_error(), part)) fail_msg("\"%s\" lacks \"%s\"", duro_error(), part);
}

static void test_write_and_read(void **state) {
  (void)state;
  const char *path = in_scratch("a.txt");
  char *bytes;
  size_t size;
  assert_int_equal(duro_file_write(path, "one", 3), DURO_OK);
  assert_file_is(path, "one");
  assert_int_equal(duro_file_write(path, "0\0two", 5), DURO_OK);
  assert_int_equal(duro_file_read(&bytes, &size, path), DURO_OK);
  assert_int_equal(size, 5);
  assert_memory_equal(bytes, "0\0two", 6);
  duro_file_release(bytes);
  assert_int_equal(duro_file_write(path, NULL, 0), DURO_OK);
  assert_int_equal(duro_file_read(&bytes, &size, path), DURO_OK);
  assert_int_equal(size, 0);
  assert_int_equal(*bytes, 0);
  duro_file_release(bytes);
  duro_file_release(NULL);
  assert_int_equal(scratch_count(), 1); // no temporary file is left
}

static void test_relative_path(void **state) {
  (void)state;
  char before[PATH_MAX];
  assert_non_null(getcwd(before, sizeof before));
  assert_int_equal(chdir(scratch), 0);
  duro_status status = duro_file_write("here.txt", "x", 1);
  duro_status there = duro_file_write("./here2.txt", "y", 1);
  assert_int_equal(chdir(before), 0);
  assert_int_equal(status, DURO_OK);
  assert_int_equal(there, DURO_OK);
  assert_file_is(in_scratch("here.txt"), "x");
}

/* the mode of an old file stays, a new one follows the umask; a link stays a link */
static void test_mode_and_link(void **state) {
  (void)state;
  struct stat about;
  mode_t mask = umask(027);
  assert_int_equal(duro_file_write(in_scratch("new"), "x", 1), DURO_OK);
  umask(mask);
  assert_int_equal(stat(in_scratch("new"), &about), 0);
  assert_int_equal(about.st_mode & 0777, 0640);
  assert_int_equal(chmod(in_scratch("new"), 0604), 0);
  assert_int_equal(duro_file_write(in_scratch("new"), "y", 1), DURO_OK);
  assert_int_equal(stat(in_scratch("new"), &about), 0);
  assert_int_equal(about.st_mode & 0777, 0604);

  assert_int_equal(symlink("new", in_scratch("link")), 0);
  assert_int_equal(duro_file_write(in_scratch("link"), "z", 1), DURO_OK);
  assert_file_is(in_scratch("new"), "z");
  assert_int_equal(lstat(in_scratch("link"), &about), 0);
  assert_true(S_ISLNK(about.st_mode));
}

static void test_bad_paths(void **state) {
  (void)state;
  char *bytes, path[2 * PATH_MAX];
  size_t size;
  assert_int_equal(duro_file_write(in_scratch("no/such/folder"), "x", 1), DURO_ERROR_FILE);
  assert_says("no/such/folder: No such file");
  assert_int_equal(duro_file_write(scratch, "x", 1), DURO_ERROR_FILE);
  assert_int_equal(duro_file_write("", "x", 1), DURO_ERROR_ARGUMENT);
  memset(path, 'x', sizeof path - 1);
  path[sizeof path - 1] = 0;
  assert_int_equal(duro_file_write(path, "x", 1), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_file_read(&bytes, &size, in_scratch("none")), DURO_ERROR_FILE);
  assert_says("none: No such file");
  assert_null(bytes);
  assert_int_equal(duro_file_read(&bytes, &size, scratch), DURO_ERROR_FILE);
  assert_int_equal(scratch_count(), 0);
}

/* files that have no size before they are read */
static void test_read_unsized(void **state) {
  (void)state;
  char *bytes, expected[256];
  size_t size;
  get_file(expected, sizeof expected, "/proc/self/comm");
  assert_int_equal(duro_file_read(&bytes, &size, "/proc/self/comm"), DURO_OK);
  assert_string_equal(bytes, expected);
  duro_file_release(bytes);
  assert_int_equal(duro_file_read(&bytes, &size, "/proc/self/smaps"), DURO_OK); // more than the first buffer
  assert_true(size > 8192);
  assert_int_equal(strlen(bytes), size);
  duro_file_release(bytes);
}

static void test_full_device(void **state) {
  (void)state;
  if (access("/dev/full", W_OK)) skip();
  struct stat about;
  assert_int_equal(duro_file_write("/dev/full", "x", 1), DURO_ERROR_FILE);
  assert_says("/dev/full: No space left");
  assert_int_equal(duro_file_write("/dev/null", "x", 1), DURO_OK);
  assert_int_equal(stat("/dev/full", &about), 0);
  assert_true(S_ISCHR(about.st_mode)); // and was not replaced
}

/* the disk ends in the middle of the file: the old one stays, nothing else does */
static void test_disk_ends(void **state) {
  (void)state;
  static char large[100000];
  const char *path = in_scratch("a");
  struct rlimit before, small;
  assert_int_equal(duro_file_write(path, "old", 3), DURO_OK);
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 65536;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  duro_status status = duro_file_write(path, large, sizeof large);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, handler);
  assert_int_equal(status, DURO_ERROR_FILE);
  assert_says("/a: File too large");
  assert_file_is(path, "old");
  assert_int_equal(scratch_count(), 1);
}

static void test_cancel(void **state) {
  (void)state;
  duro_writer w;
  put_file(in_scratch("a"), "old", 3);
  assert_int_equal(duro_writer_begin(&w, in_scratch("a")), DURO_OK);
  assert_int_equal(duro_writer_append(&w, "new", 3), DURO_OK);
  duro_writer_cancel(&w);
  duro_writer_cancel(&w);
  assert_file_is(in_scratch("a"), "old");
  assert_int_equal(scratch_count(), 1);
}

/* what a killed process left behind is used again, not piled up, even if it was longer */
static void test_left_behind(void **state) {
  (void)state;
  put_file(in_scratch(".a.0.tmp"), "something long", 14);
  assert_int_equal(duro_file_write(in_scratch("a"), "new", 3), DURO_OK);
  assert_file_is(in_scratch("a"), "new");
  assert_int_equal(scratch_count(), 1);
}

/* two writers of one file at a time: each file is whole, the last one wins */
static void test_two_writers(void **state) {
  (void)state;
  duro_writer a, b;
  assert_int_equal(duro_writer_begin(&a, in_scratch("a")), DURO_OK);
  assert_int_equal(duro_writer_begin(&b, in_scratch("a")), DURO_OK);
  assert_int_equal(duro_writer_append(&a, "aa", 2), DURO_OK);
  assert_int_equal(duro_writer_append(&b, "b", 1), DURO_OK);
  assert_int_equal(duro_writer_append(&a, "aa", 2), DURO_OK);
  assert_int_equal(duro_writer_commit(&b), DURO_OK);
  assert_file_is(in_scratch("a"), "b");
  assert_int_equal(duro_writer_commit(&a), DURO_OK);
  assert_file_is(in_scratch("a"), "aaaa");
  assert_int_equal(scratch_count(), 1);
}

static void *write_often(void *path) {
  char text[3000];
  for (int i = 0; i < 100; i++) {
    int size = 1000 + i * 17;
    memset(text, 'a' + i % 26, (size_t)size);
    if (duro_file_write(path, text, (size_t)size)) return path;
  }
  return NULL;
}

static void test_writers_in_threads(void **state) {
  (void)state;
  pthread_t thread[4];
  char path[512];
  void *failed;
  strcpy(path, in_scratch("a"));
  for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&thread[i], NULL, write_often, path), 0);
  for (int i = 0; i < 4; i++) {
    pthread_join(thread[i], &failed);
    assert_null(failed);
  }
  char text[4000];
  size_t size = get_file(text, sizeof text, path);
  assert_int_equal(size, 1000 + 99 * 17);
  assert_int_equal(strspn(text, "v"), size); // 'a' + 99 % 26
  assert_int_equal(scratch_count(), 1);
}

static void test_folder(void **state) {
  (void)state;
  struct stat about;
  char path[512];
  assert_int_equal(duro_folder_create(in_scratch("x/y/z")), DURO_OK);
  assert_int_equal(duro_folder_create(in_scratch("x/y/z")), DURO_OK);
  assert_int_equal(duro_folder_create(in_scratch("x//y/./z/")), DURO_OK);
  assert_int_equal(stat(in_scratch("x/y/z"), &about), 0);
  assert_true(S_ISDIR(about.st_mode));

  put_file(in_scratch("x/file"), "", 0);
  assert_int_equal(duro_folder_create(in_scratch("x/file")), DURO_ERROR_FILE);
  assert_says("x/file: Not a directory");
  assert_int_equal(duro_folder_create(in_scratch("x/file/below")), DURO_ERROR_FILE);
  assert_says("x/file: Not a directory");
  assert_int_equal(duro_folder_create(""), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_folder_create("/"), DURO_OK + (access("/", W_OK) ? DURO_ERROR_FILE : DURO_OK));
  if (getuid()) { // root may write anywhere
    assert_int_equal(chmod(in_scratch("x"), 0555), 0);
    assert_int_equal(duro_folder_create(in_scratch("x")), DURO_ERROR_FILE);
    assert_says("Permission denied");
    assert_int_equal(chmod(in_scratch("x"), 0755), 0);
  }
  assert_int_equal(duro_folder_create("/proc/nothing"), DURO_ERROR_FILE);

  static const char *const made[] = {"x/file", "x/y/z", "x/y", "x"};
  for (int i = 0; i < 4; i++) {
    strcpy(path, in_scratch(made[i]));
    assert_int_equal(remove(path), 0);
  }
}

static void test_join(void **state) {
  (void)state;
  static const char *const rows[][3] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"},
                                        {"a", "", "a"},    {"/", "b", "/b"},   {"a/b", "c.d", "a/b/c.d"}};
  char path[16];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(duro_path_join(path, sizeof path, rows[i][0], rows[i][1]), DURO_OK);
    assert_string_equal(path, rows[i][2]);
  }
  assert_int_equal(duro_path_join(path, sizeof path, "1234567", "1234567"), DURO_OK);
  assert_int_equal(duro_path_join(path, sizeof path, "1234567", "12345678"), DURO_ERROR_ARGUMENT);
  assert_says("too long");
}

static duro_status read_some(void) {
  char *bytes;
  size_t size;
  duro_status status = duro_file_read(&bytes, &size, "/proc/self/smaps"); // grows
  duro_file_release(bytes);
  return status;
}

static void test_short_memory(void **state) {
  (void)state;
  assert_survives_short_memory(read_some);
}

#define TEST(f) cmocka_unit_test_teardown(f, scratch_clear)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_write_and_read), TEST(test_relative_path), TEST(test_mode_and_link),      TEST(test_bad_paths),
      TEST(test_read_unsized),   TEST(test_full_device),   TEST(test_disk_ends),          TEST(test_cancel),
      TEST(test_left_behind),    TEST(test_two_writers),   TEST(test_writers_in_threads), TEST(test_folder),
      TEST(test_join),           TEST(test_short_memory),
  };
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}

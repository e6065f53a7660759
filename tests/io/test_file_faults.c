/* A file system that fails: every fault is told with file and cause, ends, and leaves the old file as it was. The
 * functions of the C library that are defined here take the place of its own. */
#define _GNU_SOURCE // AT_EMPTY_PATH
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
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* reason of each fault, 0: none */
static int fstat_fails, stat_fails, lstat_fails, fsync_fails, close_fails, write_fails;
static size_t room = SIZE_MAX, piece = SIZE_MAX; /* bytes until writing fails; most bytes of one write */

int fstat(int fd, struct stat *about) {
  if (!fstat_fails) return fstatat(fd, "", about, AT_EMPTY_PATH);
  errno = fstat_fails;
  return -1;
}

int lstat(const char *restrict path, struct stat *restrict about) {
  if (!lstat_fails) return fstatat(AT_FDCWD, path, about, AT_SYMLINK_NOFOLLOW);
  errno = lstat_fails;
  return -1;
}

int stat(const char *restrict path, struct stat *restrict about) {
  if (!stat_fails) return fstatat(AT_FDCWD, path, about, 0);
  errno = stat_fails;
  return -1;
}

int fsync(int fd) {
  if (!fsync_fails) return (int)syscall(SYS_fsync, fd);
  errno = fsync_fails;
  return -1;
}

int close(int fd) {
  const int rc = (int)syscall(SYS_close, fd);
  if (!close_fails) return rc;
  errno = close_fails;
  return -1;
}

ssize_t write(int fd, const void *bytes, size_t size) {
  if (fd > STDERR_FILENO && size > piece) size = piece;
  if (fd > STDERR_FILENO && write_fails && size > room) size = room;
  if (fd > STDERR_FILENO && write_fails && room == 0) {
    errno = write_fails;
    return write_fails == -1 ? 0 : -1; // -1: nothing is written, and no error is told
  }
  if (fd > STDERR_FILENO && write_fails) room -= size;
  return syscall(SYS_write, fd, bytes, size);
}

static void heal(void) {
  fstat_fails = stat_fails = lstat_fails = fsync_fails = close_fails = write_fails = 0;
  room = piece = SIZE_MAX;
}

/* writing fails, says so, and leaves the old file alone with nothing beside it */
static void refused(const char *path, int reason) {
  const duro_status status = duro_file_write(path, "the new file", 12);
  char message[512];
  (void)snprintf(message, sizeof message, "%s", duro_error());
  heal();
  assert_int_equal(status, DURO_ERROR_FILE);
  if (!strstr(message, path) || !strstr(message, strerror(reason)))
    fail_msg("%s: wanted %s", message, strerror(reason));
  assert_file_is(path, "old");
}

static void faults_are_told(void **state) {
  (void)state;
  const char *path = in_scratch("kept");
  assert_int_equal(duro_file_write(path, "old", 3), DURO_OK);
  fsync_fails = EIO;
  refused(path, EIO);
  write_fails = ENOSPC, room = 0;
  refused(path, ENOSPC);
  write_fails = ENOSPC, room = 5;
  refused(path, ENOSPC);
  write_fails = EIO, room = 11, piece = 2;
  refused(path, EIO);
  write_fails = -1, room = 5;
  refused(path, ENOSPC);
  assert_int_equal(scratch_count(), 1);
  alarm(20); // these once never ended
  lstat_fails = EIO;
  refused(path, EIO);
  fstat_fails = EIO;
  refused(path, EIO);
  alarm(0);
  assert_int_equal(scratch_count(), 1); // no temporary file either
  stat_fails = EIO;                     // what is there must not pass for nothing
  refused(path, EIO);
}

static void what_cannot_be_told_is_told(void **state) {
  (void)state;
  duro_kind kind;
  const char *path = in_scratch("seen");
  assert_int_equal(duro_file_look(&kind, path), DURO_OK);
  assert_int_equal(kind, DURO_KIND_NOTHING);
  assert_int_equal(duro_file_write(path, "old", 3), DURO_OK);
  assert_int_equal(duro_file_look(&kind, path), DURO_OK);
  assert_int_equal(kind, DURO_KIND_FILE);
  assert_int_equal(duro_file_look(&kind, in_scratch("seen/below")), DURO_OK);
  assert_int_equal(kind, DURO_KIND_NOTHING);
  assert_int_equal(duro_file_look(&kind, in_scratch("")), DURO_OK);
  assert_int_equal(kind, DURO_KIND_FOLDER);
  assert_int_equal(duro_file_look(&kind, "/dev/null"), DURO_OK);
  assert_int_equal(kind, DURO_KIND_OTHER);
  stat_fails = EIO;
  const duro_status status = duro_file_look(&kind, path), folder = duro_folder_create(in_scratch(""));
  heal();
  assert_int_equal(status, DURO_ERROR_FILE);
  assert_int_equal(folder, DURO_ERROR_FILE);
  assert_non_null(strstr(duro_error(), strerror(EIO)));
}

static void a_failing_close_is_told(void **state) {
  (void)state;
  const char *path = in_scratch("closed");
  close_fails = EIO;
  const duro_status status = duro_file_write(path, "new", 3);
  heal();
  assert_int_equal(status, DURO_ERROR_FILE);
  assert_non_null(strstr(duro_error(), path));
  assert_non_null(strstr(duro_error(), strerror(EIO)));
}

static void short_writes_go_on(void **state) {
  (void)state;
  const char *path = in_scratch("short");
  piece = 1;
  assert_int_equal(duro_file_write(path, "letter by letter", 16), DURO_OK);
  heal();
  assert_file_is(path, "letter by letter");
}

static void names_taken_by_others_are_passed_over(void **state) {
  (void)state;
  char path[PATH_MAX], name[PATH_MAX];
  (void)snprintf(path, sizeof path, "%s", in_scratch("busy"));
  const struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct sockaddr_un there = address;
  (void)snprintf(name, sizeof name, "%s", in_scratch(".busy.0.tmp"));
  assert_int_equal(mkfifo(name, 0600), 0);
  (void)snprintf(name, sizeof name, "%s", in_scratch(".busy.1.tmp"));
  assert_int_equal(mkdir(name, 0700), 0);
  (void)snprintf(name, sizeof name, "%s", in_scratch(".busy.2.tmp"));
  assert_int_equal(symlink("/dev/full", name), 0);
  (void)snprintf(there.sun_path, sizeof there.sun_path, "%.100s", in_scratch(".busy.3.tmp"));
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(bind(listener, (const struct sockaddr *)&there, sizeof there), 0);
  alarm(20); // it must not hang
  assert_int_equal(duro_file_write(path, "written", 7), DURO_OK);
  alarm(0);
  close(listener);
  assert_file_is(path, "written");
  static const char *const names[] = {".busy.0.tmp", ".busy.2.tmp", ".busy.3.tmp"};
  for (int i = 0; i < 3; i++) {
    struct stat about;
    assert_int_equal(lstat(in_scratch(names[i]), &about), 0); // they are not ours to remove
    assert_int_equal(unlink(in_scratch(names[i])), 0);
  }
  assert_int_equal(rmdir(in_scratch(".busy.1.tmp")), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(faults_are_told, scratch_create, scratch_remove),
      cmocka_unit_test_setup_teardown(what_cannot_be_told_is_told, scratch_create, scratch_remove),
      cmocka_unit_test_setup_teardown(a_failing_close_is_told, scratch_create, scratch_remove),
      cmocka_unit_test_setup_teardown(short_writes_go_on, scratch_create, scratch_remove),
      cmocka_unit_test_setup_teardown(names_taken_by_others_are_passed_over, scratch_create, scratch_remove),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

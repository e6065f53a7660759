/* One lock per folder: one gets in, a killed process holds nobody up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "io/lock.h"
#include "io/scratch.h"
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void assert_says(const char *part) {
  if (!strstr(duro_error(), part)) fail_msg("\"%s\" lacks \"%s\"", duro_error(), part);
}

static void assert_exists(const char *path, bool wanted) {
  if ((access(path, F_OK) == 0) != wanted) fail_msg("%s: %s", path, wanted ? "is not there" : "is there");
}

static void test_one_gets_in(void **state) {
  (void)state;
  duro_lock *one, *two;
  char process[32];
  assert_int_equal(duro_lock_take(&one, scratch, DURO_LOCK_WRITE), DURO_OK);
  assert_int_equal(duro_lock_take(&two, scratch, DURO_LOCK_WRITE), DURO_ERROR_FILE);
  assert_null(two);
  assert_says(scratch);
  snprintf(process, sizeof process, "process %ld", (long)getpid());
  assert_says(process);
  duro_lock_release(one);
  assert_exists(in_scratch(".lock"), false);
  assert_int_equal(duro_lock_take(&two, scratch, DURO_LOCK_WRITE), DURO_OK);
  duro_lock_release(two);
  duro_lock_release(NULL);
}

static void test_leader(void **state) {
  (void)state;
  duro_lock *lead, *other, *writer;
  assert_int_equal(duro_lock_take(&lead, scratch, DURO_LOCK_LEAD), DURO_OK);
  assert_int_equal(duro_lock_take(&other, scratch, DURO_LOCK_LEAD), DURO_ERROR_FILE);
  assert_int_equal(duro_lock_take(&writer, scratch, DURO_LOCK_WRITE), DURO_OK);
  duro_lock_release(lead);
  assert_int_equal(duro_lock_take(&lead, scratch, DURO_LOCK_LEAD), DURO_OK);
  duro_lock_release(lead);
  duro_lock_release(writer);
  assert_int_equal(scratch_count(), 0);
}

/* A child that takes the lock, says so, and waits to be killed. */
static pid_t hold_in_child(void) {
  int ends[2];
  char byte;
  assert_int_equal(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    duro_lock *lock;
    if (duro_lock_take(&lock, scratch, DURO_LOCK_WRITE)) _exit(1);
    (void)!write(ends[1], "x", 1);
    for (;;) pause();
  }
  close(ends[1]);
  assert_int_equal(read(ends[0], &byte, 1), 1);
  close(ends[0]);
  return child;
}

static void test_killed_holder(void **state) {
  (void)state;
  duro_lock *lock;
  char process[32];
  const pid_t child = hold_in_child();
  assert_int_equal(duro_lock_take(&lock, scratch, DURO_LOCK_WRITE), DURO_ERROR_FILE);
  snprintf(process, sizeof process, "process %ld", (long)child);
  assert_says(process);
  kill(child, SIGKILL);
  assert_int_equal(waitpid(child, NULL, 0), child);
  assert_exists(in_scratch(".lock"), true);
  assert_int_equal(duro_lock_take(&lock, scratch, DURO_LOCK_WRITE), DURO_OK);
  duro_lock_release(lock);
}

/* A program that the holder starts does not keep the lock when the holder is gone. */
static void test_started_program(void **state) {
  (void)state;
  duro_lock *lock;
  int ends[2];
  char byte;
  assert_int_equal(duro_lock_take(&lock, scratch, DURO_LOCK_WRITE), DURO_OK);
  assert_int_equal(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], 1);
    execlp("sh", "sh", "-c", "echo x; exec sleep 60", (char *)NULL);
    _exit(1);
  }
  assert_int_equal(read(ends[0], &byte, 1), 1); // it runs
  duro_lock_release(lock);
  assert_int_equal(duro_lock_take(&lock, scratch, DURO_LOCK_WRITE), DURO_OK);
  duro_lock_release(lock);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  close(ends[0]), close(ends[1]);
}

/* Many at once, again and again, while the file comes and goes: never two inside. */
static void test_race(void **state) {
  (void)state;
  enum { PROCESSES = 4, ROUNDS = 100 };
  pid_t child[PROCESSES];
  for (int i = 0; i < PROCESSES; i++) {
    child[i] = fork();
    if (child[i]) continue;
    alarm(120);
    for (int entered = 0; entered < ROUNDS;) {
      duro_lock *lock;
      if (duro_lock_take(&lock, scratch, DURO_LOCK_WRITE)) continue;
      if (mkdir(in_scratch("inside"), 0700)) _exit(2); // somebody else is
      entered++;
      if (rmdir(in_scratch("inside"))) _exit(3);
      duro_lock_release(lock);
    }
    _exit(0);
  }
  for (int i = 0; i < PROCESSES; i++) {
    int status;
    assert_int_equal(waitpid(child[i], &status, 0), child[i]);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
  }
  assert_exists(in_scratch(".lock"), false);
}

static void test_wrong_places(void **state) {
  (void)state;
  duro_lock *lock;
  assert_int_equal(duro_lock_take(&lock, in_scratch("nowhere"), DURO_LOCK_WRITE), DURO_ERROR_FILE);
  assert_says("nowhere");
  assert_int_equal(mkfifo(in_scratch(".lock"), 0600), 0); // must not hold us up
  assert_int_equal(duro_lock_take(&lock, scratch, DURO_LOCK_WRITE), DURO_ERROR_FILE);
  assert_says("no plain file");
  assert_int_equal(unlink(in_scratch(".lock")), 0);
  assert_int_equal(symlink("elsewhere", in_scratch(".lock")), 0);
  assert_int_equal(duro_lock_take(&lock, scratch, DURO_LOCK_WRITE), DURO_ERROR_FILE);
  assert_exists(in_scratch("elsewhere"), false);
  assert_int_equal(unlink(in_scratch(".lock")), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(test_one_gets_in, scratch_clear),
      cmocka_unit_test_teardown(test_leader, scratch_clear),
      cmocka_unit_test_teardown(test_killed_holder, scratch_clear),
      cmocka_unit_test_teardown(test_started_program, scratch_clear),
      cmocka_unit_test_teardown(test_race, scratch_clear),
      cmocka_unit_test_teardown(test_wrong_places, scratch_clear),
  };
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}

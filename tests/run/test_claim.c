/* Claims: one worker gets a job, a dead one loses it, a living one keeps it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/scratch.h"
#include "run/claim.h"

enum { WORK = 7 };
static const double for_ever = 1e9, at_once = -1;

/* A worker elsewhere: of another boot, so that only its count says whether it lives. */
static void put_foreign(const char *word, int count) {
  char line[256];
  const int n = snprintf(line, sizeof line, "%s %020d %016x far 1 1 0-other-boot pid:[1]\n", word, count, WORK);
  put_file(in_scratch("job.claim-1"), line, (size_t)n);
}

static claim new_claim(void) {
  claim c = {0};
  snprintf(c.path, sizeof c.path, "%s/job.claim", scratch);
  return c;
}

static void test_one_worker_has_it(void **state) {
  (void)state;
  claim one = new_claim(), other = new_claim();
  claim_owner owner;
  assert_false(claim_is_held(&other, &owner));
  assert_int_equal(claim_take(&one, WORK, for_ever), CLAIM_OURS);
  assert_int_equal(claim_take(&other, WORK, for_ever), CLAIM_OTHERS);
  assert_true(claim_is_held(&other, &owner));
  assert_int_equal(owner.process, getpid());
  assert_true(claim_beat(&one, for_ever));
  claim_release(&one);
  assert_false(claim_is_held(&other, &owner));
  assert_int_equal(claim_take(&other, WORK, for_ever), CLAIM_OURS);
  assert_int_equal(claim_take(&one, WORK, for_ever), CLAIM_OTHERS);
  claim_remove(&other);
  assert_int_equal(scratch_count(), 0);
}

static void test_count_keeps_it(void **state) {
  (void)state;
  claim c = new_claim();
  put_foreign("held", 1);
  assert_int_equal(claim_take(&c, WORK, for_ever), CLAIM_OTHERS);
  const double first = c.since;
  assert_int_equal(claim_take(&c, WORK, for_ever), CLAIM_OTHERS);
  assert_true(c.since == first);
  put_foreign("held", 2);
  assert_int_equal(claim_take(&c, WORK, for_ever), CLAIM_OTHERS);
  assert_true(c.since > first);
  assert_int_equal(claim_take(&c, WORK, at_once), CLAIM_OURS);
  assert_int_equal(c.number, 2);
}

static void test_who_lost_it_hears_of_it(void **state) {
  (void)state;
  claim one = new_claim(), other = new_claim();
  assert_int_equal(claim_take(&one, WORK, for_ever), CLAIM_OURS);
  assert_int_equal(claim_take(&other, WORK, at_once), CLAIM_OURS);
  assert_false(claim_beat(&one, for_ever));
  assert_false(one.held);
  claim_release(&one); // changes nothing
  assert_true(claim_beat(&other, for_ever));
  assert_int_equal(claim_take(&one, WORK, for_ever), CLAIM_OTHERS);
}

static void test_silence_ends_own_work(void **state) {
  (void)state;
  claim c = new_claim();
  assert_int_equal(claim_take(&c, WORK, for_ever), CLAIM_OURS);
  assert_int_equal(unlink(in_scratch("job.claim-1")), 0);
  assert_false(claim_beat(&c, for_ever));
}

static void test_killed_worker(void **state) {
  (void)state;
  claim c = new_claim();
  const pid_t child = fork();
  if (child == 0) {
    _exit(claim_take(&c, WORK, for_ever) == CLAIM_OURS && raise(SIGKILL));
  }
  int ended;
  siginfo_t about;
  // dead, but still in the table of processes
  assert_int_equal(waitid(P_PID, (id_t)child, &about, WEXITED | WNOWAIT), 0);
  assert_int_equal(claim_take(&c, WORK, for_ever), CLAIM_OURS);
  claim_release(&c);
  assert_int_equal(waitpid(child, &ended, 0), child);
  assert_true(WIFSIGNALED(ended));
}

static void test_other_work_is_refused(void **state) {
  (void)state;
  claim c = new_claim();
  put_foreign("held", 1);
  assert_int_equal(claim_take(&c, WORK + 1, for_ever), CLAIM_FAILED);
  assert_non_null(strstr(duro_error(), "process 1 of far works here with another program"));
  put_foreign("free", 1);
  assert_int_equal(claim_take(&c, WORK + 1, for_ever), CLAIM_OURS);
}

static void test_torn_file_is_waited_for(void **state) {
  (void)state;
  claim c = new_claim();
  put_file(in_scratch("job.claim-1"), "", 0);
  assert_int_equal(claim_take(&c, WORK, for_ever), CLAIM_OTHERS);
  assert_int_equal(claim_take(&c, WORK, at_once), CLAIM_OURS);
}

/* Each looks, waits until all have looked, wants it, and lives until all have wanted it. */
static _Noreturn void want(int looked, int gate, int wanted, int end) {
  claim c = new_claim();
  claim_owner owner;
  char byte = 0;
  (void)claim_is_held(&c, &owner);
  c.since -= 1e6; // whoever had it then has been silent for long
  if (write(looked, &byte, 1) != 1 || read(gate, &byte, 1) < 0) _exit(2);
  const claim_answer answer = claim_take(&c, WORK, 1e5);
  if (write(wanted, &byte, 1) != 1 || read(end, &byte, 1) < 0) _exit(2);
  _exit(answer == CLAIM_OURS ? 0 : answer == CLAIM_OTHERS ? 1 : 2);
}

static void wait_for_bytes(int from, int count) {
  char byte;
  for (int i = 0; i < count; i++) assert_int_equal(read(from, &byte, 1), 1);
}

/* Several processes want what is free, or a dead worker's, at the same moment. */
static void test_race(void **state) {
  (void)state;
  enum { ROUNDS = 60, WORKERS = 4, LOOKED = 0, GATE, WANTED, END, PIPES };
  for (int round = 0; round < ROUNDS; round++) {
    int pipes[PIPES][2], ours = 0;
    pid_t children[WORKERS];
    if (round % 2) put_foreign("held", round);
    for (int i = 0; i < PIPES; i++) assert_int_equal(pipe(pipes[i]), 0);
    for (int i = 0; i < WORKERS; i++)
      if ((children[i] = fork()) == 0) {
        close(pipes[GATE][1]), close(pipes[END][1]);
        want(pipes[LOOKED][1], pipes[GATE][0], pipes[WANTED][1], pipes[END][0]);
      }
    wait_for_bytes(pipes[LOOKED][0], WORKERS);
    close(pipes[GATE][1]);
    wait_for_bytes(pipes[WANTED][0], WORKERS);
    close(pipes[END][1]);
    for (int i = 0; i < WORKERS; i++) {
      int ended;
      assert_int_equal(waitpid(children[i], &ended, 0), children[i]);
      assert_true(WIFEXITED(ended) && WEXITSTATUS(ended) != 2);
      ours += WEXITSTATUS(ended) == 0;
    }
    assert_int_equal(ours, 1);
    close(pipes[LOOKED][0]), close(pipes[LOOKED][1]), close(pipes[GATE][0]);
    close(pipes[WANTED][0]), close(pipes[WANTED][1]), close(pipes[END][0]);
    scratch_clear(NULL);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(test_one_worker_has_it, scratch_clear),
      cmocka_unit_test_teardown(test_count_keeps_it, scratch_clear),
      cmocka_unit_test_teardown(test_who_lost_it_hears_of_it, scratch_clear),
      cmocka_unit_test_teardown(test_silence_ends_own_work, scratch_clear),
      cmocka_unit_test_teardown(test_killed_worker, scratch_clear),
      cmocka_unit_test_teardown(test_other_work_is_refused, scratch_clear),
      cmocka_unit_test_teardown(test_torn_file_is_waited_for, scratch_clear),
      cmocka_unit_test_teardown(test_race, scratch_clear),
  };
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}

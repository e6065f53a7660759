/* The rule by which a team grows and shrinks, on numbers of a machine that is made up. */
#include "base/pace.h"
#include "base/processors.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { MOST = 8 };

/* amount per second, and processors in use, by number of threads */
typedef struct machine {
  double rate[MOST + 1], busy[MOST + 1];
} machine;

/* windows of 50 ms for `seconds`; returns the share of the work that the best fixed number would have done */
static double play(duro_pace *p, const machine *m, double *time, double seconds) {
  double done = 0.0, best = 0.0;
  const double end = *time + seconds;
  for (int t = 1; t <= p->most; t *= 2) best = fmax(best, m->rate[t]);
  while (*time < end) {
    const int threads = p->trial ? p->trial : p->best;
    assert_true(threads >= 1 && threads <= p->most);
    const double amount = m->rate[threads] * .05;
    *time += .05;
    done += amount;
    duro_pace_judge(p, amount, .05, m->busy[threads] * .05, *time);
  }
  return done / (best * seconds);
}

static const machine idle = {.rate = {[1] = 1000, [2] = 1950, [4] = 3700, [8] = 6500},
                             .busy = {[1] = 1, [2] = 2, [4] = 4, [8] = 8}};
/* somebody is always waited for: the more threads, the slower, at more processor time */
static const machine crowded = {.rate = {[1] = 500, [2] = 100, [4] = 50, [8] = 20},
                                .busy = {[1] = .5, [2] = .9, [4] = 1.5, [8] = 2}};
/* a third of a processor's worth of speed for the second, and nothing for more */
static const machine small = {.rate = {[1] = 1000, [2] = 1300, [4] = 1350, [8] = 1200},
                              .busy = {[1] = 1, [2] = 2, [4] = 4, [8] = 8}};

static void team_follows_the_machine(void **unused) {
  (void)unused;
  for (int first = 1; first <= MOST; first += MOST - 1) {
    duro_pace p = {.most = MOST, .best = first, .down = first > 1, .pause = .2};
    double time = 0.0;
    play(&p, &idle, &time, 5.0);
    assert_int_equal(p.best, 8);
    assert_true(play(&p, &idle, &time, 60.0) > .97);
    play(&p, &crowded, &time, 20.0);
    assert_int_equal(p.best, 1);
    assert_true(play(&p, &crowded, &time, 60.0) > .97);
    play(&p, &small, &time, 20.0);
    assert_int_equal(p.best, 1); // 1.3 times as fast at 1.54 times the processor time
    play(&p, &idle, &time, 20.0);
    assert_int_equal(p.best, 8);
  }
}

static void two_threads_have_the_bounds_of_the_rule(void **unused) {
  (void)unused;
  const double fast[] = {1.0, 1.1, 1.2, 1.5, 1.6, 1.9}, busy[] = {1.0, 1.3, 1.5, 2.0};
  for (int i = 0; i < 6; i++)
    for (int j = 0; j < 4; j++) {
      const machine m = {.rate = {[1] = 1000, [2] = 1000 * fast[i]}, .busy = {[1] = 1, [2] = busy[j]}};
      duro_pace p = {.most = 2, .best = 1, .pause = .2};
      double time = 0.0;
      play(&p, &m, &time, 10.0);
      assert_int_equal(p.best, fast[i] >= 1.15 && busy[j] / fast[i] <= 1.3 ? 2 : 1);
    }
}

static void one_thread_is_never_measured(void **unused) {
  (void)unused;
  duro_pool *pool;
  assert_int_equal(duro_pool_create(&pool, 1), DURO_OK);
  duro_pace p = duro_pace_of(0, pool);
  for (int i = 0; i < 100; i++) {
    assert_int_equal(duro_pace_begin(&p, pool), 1);
    duro_pace_end(&p, pool, 1.0);
  }
  assert_int_equal(p.runs, 0);
  duro_pool_destroy(pool);
}

static void begins_with_what_is_asked(void **unused) {
  (void)unused;
  duro_pool *pool;
  assert_int_equal(duro_pool_create(&pool, 3), DURO_OK);
  duro_pace given = duro_pace_of(3, pool), automatic = duro_pace_of(0, pool);
  assert_int_equal(duro_pace_begin(&given, pool), 3);
  assert_int_equal(duro_pace_begin(&automatic, pool), 1);
  duro_pool_destroy(pool);
}

static char root[64];

static void put(const char *name, const char *text) {
  char path[512];
  snprintf(path, sizeof path, "%s%s", root, name);
  for (char *slash = path + strlen(root); (slash = strchr(slash + 1, '/'));) {
    *slash = '\0';
    mkdir(path, 0700);
    *slash = '/';
  }
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
}

static void quota(const char *groups, double wanted) {
  put("/proc/self/cgroup", groups);
  const double got = processors_quota(root);
  if (!(got == wanted)) fail_msg("quota %g of \"%s\"; wanted %g", got, groups, wanted);
}

/* the files as the kernel's documents describe them: admin-guide/cgroup-v2 and scheduler/sched-bwc */
static void quotas_are_read(void **unused) {
  (void)unused;
  strcpy(root, "/tmp/duro-test-XXXXXX");
  assert_non_null(mkdtemp(root));
  assert_true(processors_quota(root) == INFINITY); // no file at all
  quota("0::/\n", INFINITY);
  put("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  quota("0::/a/b\n", INFINITY);
  put("/sys/fs/cgroup/a/cpu.max", "150000 100000\n"); // of a group above
  quota("0::/a/b\n", 1.5);
  quota("0::/a/gone\n", 1.5);
  quota("0::/elsewhere\n", INFINITY);
  put("/sys/fs/cgroup/cpu.max", "50000 100000\n"); // in a container the group is the root
  quota("0::/\n", .5);
  quota("0::/a/b\n", .5);
  put("/sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us", "200000\n");
  put("/sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_period_us", "100000\n");
  quota("5:cpuset:/c\n4:cpu,cpuacct:/c\n", 2.0);
  quota("4:cpu,cpuacct:/\n", INFINITY);
  put("/sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us", "-1\n");
  quota("4:cpu,cpuacct:/c\n", INFINITY);
  put("/sys/fs/cgroup/a/b/cpu.max", "nonsense");
  quota("0::/a/b\nnonsense\n", .5);
  char command[128];
  snprintf(command, sizeof command, "rm -r %s", root);
  assert_int_equal(system(command), 0);
}

static void auto_is_what_is_allowed(void **unused) {
  (void)unused;
  const int allowed = processors_allowed();
  assert_true(allowed >= 1);
  assert_int_equal(duro_threads(0), allowed < DURO_MAX_THREADS ? allowed : DURO_MAX_THREADS);
  assert_int_equal(duro_threads(1), 1);
  assert_int_equal(duro_threads(7), 7);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(team_follows_the_machine),
                                     cmocka_unit_test(two_threads_have_the_bounds_of_the_rule),
                                     cmocka_unit_test(one_thread_is_never_measured),
                                     cmocka_unit_test(begins_with_what_is_asked),
                                     cmocka_unit_test(quotas_are_read),
                                     cmocka_unit_test(auto_is_what_is_allowed)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

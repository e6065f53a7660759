/* Experiments from C: the plan of a file, its jobs run by a program that stands in for duro, and what is refused. */
#define _GNU_SOURCE // nftw
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "duro/experiment.h"
#include "io/scratch.h"

static void write_file(const char *name, const char *text) {
  FILE *file = fopen(in_scratch(name), "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place) {
  (void)about, (void)kind, (void)place;
  return remove(path);
}

static int remove_all(void **state) {
  (void)state;
  return nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* a training and an attack for each of two seeds */
static int begin(void **state) {
  if (scratch_create(state)) return -1;
  write_file("e.yaml",
             "title: T\ngroups:\n  - name: g\n    environment: double-integrator\n    seeds: 2\n    attackers: none\n"
             "    runs:\n      - {algorithm: SAC}\n");
  write_file("program", "#!/bin/sh\necho \"$1 was asked\"\ncase $* in attack*SAC-2*) exit 3 ;; esac\n");
  return chmod(in_scratch("program"), 0755);
}

typedef struct seen {
  int started, done, failed, stop_at; /* stop_at: so many have begun; 0: never */
  char why[256];
} seen;

static duro_status look_on(const duro_experiment_job *job, const char *why, void *context) {
  seen *s = context;
  s->started += job->state == DURO_JOB_RUNNING;
  s->done += job->state == DURO_JOB_DONE;
  s->failed += job->state == DURO_JOB_FAILED;
  if (why) snprintf(s->why, sizeof s->why, "%s: %s", job->name, why);
  return s->stop_at && s->started == s->stop_at ? DURO_ERROR_STOPPED : DURO_OK;
}

static duro_experiment *open_experiment(seen *s, const char *program, const char *folder) {
  duro_experiment *e;
  duro_experiment_options options = duro_experiment_options_default();
  char where[512];
  snprintf(where, sizeof where, "%s", in_scratch(folder));
  options.program = program, options.job = look_on, options.context = s;
  if (duro_experiment_open(&e, in_scratch("e.yaml"), where, &options)) fail_msg("%s", duro_error());
  return e;
}

static int count(const duro_experiment *e, duro_job_state state) {
  int found = 0;
  for (int i = 0; i < duro_experiment_jobs(e); i++) {
    duro_experiment_job job;
    assert_int_equal(duro_experiment_job_at(&job, e, i), DURO_OK);
    found += job.state == state;
  }
  return found;
}

static void plans_its_jobs(void **state) {
  (void)state;
  seen s = {0};
  duro_experiment *e = open_experiment(&s, NULL, "planned");
  duro_experiment_job job;
  assert_int_equal(duro_experiment_jobs(e), 4);
  assert_int_equal(count(e, DURO_JOB_WAITING), 4);
  assert_int_equal(duro_experiment_job_at(&job, e, 0), DURO_OK);
  assert_string_equal(job.name, "train g/SAC-1");
  assert_string_equal(job.words[0], "train");
  assert_int_equal(duro_experiment_job_at(&job, e, 4), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_experiment_run(e), DURO_ERROR_ARGUMENT); // without a program
  duro_experiment_close(e);
}

/* what failed has another turn, what is done has none, in a later process either */
static void runs_what_is_not_done(void **state) {
  (void)state;
  seen s = {0};
  duro_experiment *e = open_experiment(&s, in_scratch("program"), "run");
  assert_int_equal(duro_experiment_run(e), DURO_OK);
  assert_int_equal(s.started, 4);
  assert_int_equal(s.done, 3);
  assert_int_equal(s.failed, 1);
  assert_non_null(strstr(s.why, "attack g/SAC-2: attack was asked"));
  assert_int_equal(count(e, DURO_JOB_FAILED), 1);
  duro_experiment_close(e);
  write_file("program", "#!/bin/sh\nexit 0\n");
  s = (seen){0};
  e = open_experiment(&s, in_scratch("program"), "run");
  assert_int_equal(count(e, DURO_JOB_DONE), 3);
  assert_int_equal(duro_experiment_run(e), DURO_OK);
  assert_int_equal(s.started, 1);
  assert_int_equal(count(e, DURO_JOB_DONE), 4);
  duro_experiment_close(e);
}

static void stops_and_goes_on(void **state) {
  (void)state;
  seen s = {.stop_at = 2};
  duro_experiment *e = open_experiment(&s, in_scratch("program"), "stopped");
  assert_int_equal(duro_experiment_run(e), DURO_ERROR_STOPPED);
  assert_int_equal(s.started, 2);
  assert_true(count(e, DURO_JOB_DONE) < 4);
  s.stop_at = 0;
  assert_int_equal(duro_experiment_run(e), DURO_OK);
  assert_int_equal(count(e, DURO_JOB_DONE), 4);
  duro_experiment_close(e);
}

static void assert_refused(const char *yaml, const duro_experiment_options *options, duro_status status,
                           const char *because) {
  duro_experiment *e;
  write_file("bad.yaml", yaml);
  assert_int_equal(duro_experiment_open(&e, in_scratch("bad.yaml"), "nowhere", options), status);
  assert_null(e);
  if (!strstr(duro_error(), because)) fail_msg("'%s' does not say '%s'", duro_error(), because);
}

static void what_is_wrong_is_named(void **state) {
  (void)state;
  static const char fine[] =
      "title: T\ngroups:\n  - name: g\n    environment: pendulum\n    runs: [{algorithm: SAC}]\n";
  duro_experiment_options options = duro_experiment_options_default();
  assert_refused("title: T\ngroups:\n  - name: g\n    environment: pendulm\n    runs: [{algorithm: SAC}]\n", NULL,
                 DURO_ERROR_ARGUMENT, "pendulum");
  assert_refused("title: T\ngrops: []\n", NULL, DURO_ERROR_FORMAT, "grops");
  options.only = "h";
  assert_refused(fine, &options, DURO_ERROR_ARGUMENT, "group 'h' is unknown");
  options = duro_experiment_options_default(), options.parallel = 0;
  assert_refused(fine, &options, DURO_ERROR_ARGUMENT, "parallel is 0");
  options = duro_experiment_options_default(), options.struct_size = 3;
  assert_refused(fine, &options, DURO_ERROR_ARGUMENT, "3 bytes");
  duro_experiment *e;
  assert_int_equal(duro_experiment_open(&e, in_scratch("none.yaml"), "nowhere", NULL), DURO_ERROR_FILE);
  duro_experiment_close(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plans_its_jobs),
      cmocka_unit_test(runs_what_is_not_done),
      cmocka_unit_test(stops_and_goes_on),
      cmocka_unit_test(what_is_wrong_is_named),
  };
  return cmocka_run_group_tests(tests, begin, remove_all);
}

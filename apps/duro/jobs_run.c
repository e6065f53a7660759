/* Running jobs as child processes. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "duro/io.h"
#include "io/text.h"
#include "jobs.h"

typedef struct runner {
  job_list *list;
  int parallel, running;
  bool stopping;
  int failed;
  progress progress;
} runner;

/* ---- what the user sees ---- */

static int count_done(const runner *r) {
  int done = 0;
  for (int i = 0; i < r->list->count; i++) done += r->list->jobs[i].state == JOB_DONE;
  return done;
}

static void describe_left(char *out, size_t size, const runner *r) {
  char time[40];
  const double left = jobs_left(r->list, r->parallel);
  out[0] = 0;
  if (!isfinite(left)) return;
  progress_duration(time, sizeof time, left);
  snprintf(out, size, "%s left", time);
}

/* The line of a terminal: share, jobs, what runs, time left. */
static void show_line(const runner *r) {
  enum { JOBS, NAMES, LEFT, PARTS };
  progress_part parts[PARTS] = {[JOBS] = {.weight = 2}, [NAMES] = {.weight = 0}, [LEFT] = {.weight = 1}};
  if (!r->progress.terminal || r->progress.quiet || r->stopping) return;
  const int done = count_done(r), all = r->list->count;
  snprintf(parts[JOBS].text, sizeof parts[JOBS].text, "%d/%d jobs", done, all);
  text names = {0};
  for (int i = 0; i < all; i++)
    if (r->list->jobs[i].state == JOB_RUNNING)
      text_add(&names, "%s%s", names.length ? ", " : "", r->list->jobs[i].name);
  if (names.length) snprintf(parts[NAMES].text, 44, "%s", cli_text(&names));
  text_release(&names);
  describe_left(parts[LEFT].text, sizeof parts[LEFT].text, r);
  progress_draw(&r->progress, (double)done / all, parts, PARTS);
}

/* A plain line, where there is no terminal. */
static void print_line(const runner *r, const char *what, const job *j, bool ended) {
  char took[40], left[64];
  if (r->progress.terminal || r->progress.quiet) return;
  cli_print("%-8s%s", what, j->name);
  if (ended) {
    progress_duration(took, sizeof took, j->seconds);
    describe_left(left, sizeof left, r);
    printf("  %s  (%d/%d jobs%s%s)", took, count_done(r), r->list->count, left[0] ? ", " : "", left);
  }
  printf("\n");
  fflush(stdout);
}

/* The last line of the log that is not empty. */
static void last_line(char *out, size_t size, const char *path) {
  char *bytes;
  size_t length;
  snprintf(out, size, "it printed nothing");
  if (duro_file_read(&bytes, &length, path)) return;
  while (length && strchr(" \n\r", bytes[length - 1])) length--;
  size_t from = length;
  while (from && bytes[from - 1] != '\n') from--;
  const bool named = length - from > 6 && strncmp(bytes + from, "duro: ", 6) == 0;
  if (named) from += 6;
  if (length > from) snprintf(out, size, "%.*s", (int)(length - from), bytes + from);
  duro_file_release(bytes);
}

static void report_failure(const runner *r, const job *j) {
  char line[1024];
  last_line(line, sizeof line, j->log);
  progress_clear(&r->progress);
  cli_fail(CLI_FAILED, "%s failed: %s (%s)", j->name, line, j->log);
}

/* The job itself was fine. */
static void report_mark(const runner *r, const job *j) {
  char why[1024];
  snprintf(why, sizeof why, "%s", duro_error());
  progress_clear(&r->progress);
  cli_fail(CLI_FAILED, "%s failed: %s", j->name, why);
}

/* ---- children ---- */

/* In the child: output into the log, no input, death with the parent. A group of its own, so that Ctrl-C at a terminal
 * reaches it once, through the parent. */
static _Noreturn void become(const job *j, pid_t parent) {
  stop_release();
  if (stop_asked()) _exit(CLI_STOPPED); // heard before it became what is to hear
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(CLI_FAILED); // it died before
  const int nowhere = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int log = open(j->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (log < 0 || nowhere < 0) _exit(CLI_FAILED);
  dup2(nowhere, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  char **words = cli_allocate((size_t)j->n_words + 2, sizeof *words);
  words[0] = "duro";
  memcpy(words + 1, j->words, (size_t)j->n_words * sizeof *words);
  execv("/proc/self/exe", words);
  dprintf(STDERR_FILENO, "duro: /proc/self/exe cannot be run: %s\n", strerror(errno));
  _exit(127);
}

/* The child of a parent that was killed dies with it, but not at once: a moment later its folder is free. */
static void wait_for_place(const runner *r, const job *j) {
  enum { TRIES = 50 };
  const struct timespec moment = {.tv_nsec = 100000000};
  const char *folder = r->list->lead ? j->folder : j->place;
  for (int i = 0; folder && access(folder, F_OK) == 0 && i < TRIES; i++) {
    duro_lock *lock;
    if (!duro_lock_take(&lock, folder, DURO_LOCK_WRITE)) {
      duro_lock_release(lock);
      return;
    }
    nanosleep(&moment, NULL);
  }
}

static duro_status start(runner *r, job *j) {
  duro_status status = duro_folder_create(j->folder);
  if (!status && r->list->lead) status = duro_lock_take(&j->lock, j->folder, DURO_LOCK_LEAD);
  if (!status) wait_for_place(r, j);
  if (!status) status = job_mark(j, "running");
  if (status) return status;
  fflush(stdout);
  const pid_t parent = getpid(), child = fork();
  if (child == 0) become(j, parent);
  if (child < 0) exit(cli_fail(CLI_FAILED, "no process can be started: %s", strerror(errno)));
  setpgid(child, child); // here too: whoever comes first
  j->child = child;
  j->started = duro_clock();
  j->state = JOB_RUNNING;
  r->running++;
  print_line(r, "start", j, false);
  return DURO_OK;
}

/* A child ended. */
static void finish(runner *r, job *j, int ended) {
  j->seconds = duro_clock() - j->started;
  r->running--;
  const bool fine = WIFEXITED(ended) && WEXITSTATUS(ended) == 0, done = fine && job_mark(j, "done") == DURO_OK;
  duro_lock_release(j->lock);
  j->lock = NULL;
  if (done) {
    j->state = JOB_DONE;
    print_line(r, "done", j, true);
    return;
  }
  j->state = r->stopping ? JOB_WAITING : JOB_FAILED;
  if (r->stopping) return;
  r->failed++;
  if (fine)
    report_mark(r, j);
  else
    report_failure(r, j);
}

static void reap(runner *r) {
  for (int i = 0; i < r->list->count; i++) {
    job *j = &r->list->jobs[i];
    int ended;
    if (j->state == JOB_RUNNING && waitpid(j->child, &ended, WNOHANG) == j->child) finish(r, j, ended);
  }
}

/* ---- the order ---- */

/* JOB_DONE when it can be started, JOB_WAITING not yet, JOB_LEFT_OUT never. */
static job_state readiness(const runner *r, const job *j) {
  job_state ready = JOB_DONE;
  for (int i = 0; i < j->n_after; i++) {
    const job_state before = r->list->jobs[j->after[i]].state;
    if (before == JOB_FAILED || before == JOB_LEFT_OUT) return JOB_LEFT_OUT;
    if (before != JOB_DONE) ready = JOB_WAITING;
  }
  for (int i = 0; i < r->list->count && j->place; i++) {
    const job *other = &r->list->jobs[i];
    if (other->state == JOB_RUNNING && other->place && strcmp(other->place, j->place) == 0) ready = JOB_WAITING;
  }
  return ready;
}

static void start_ready(runner *r) {
  for (int i = 0; i < r->list->count && !r->stopping; i++) {
    job *j = &r->list->jobs[i];
    if (j->state != JOB_WAITING) continue;
    const job_state ready = readiness(r, j);
    if (ready == JOB_LEFT_OUT) j->state = JOB_LEFT_OUT;
    if (ready != JOB_DONE || r->running >= r->parallel) continue;
    if (start(r, j)) {
      j->state = JOB_FAILED;
      r->failed++;
      cli_fail(CLI_FAILED, "%s failed: %s", j->name, duro_error());
    }
  }
}

/* Asks the children to end well. A second signal ends this process at once, and they with it. */
static void pass_on(runner *r, int number) {
  r->stopping = true;
  for (int i = 0; i < r->list->count; i++)
    if (r->list->jobs[i].state == JOB_RUNNING) kill(r->list->jobs[i].child, number);
}

static void run_all(runner *r) {
  start_ready(r);
  while (r->running) {
    show_line(r);
    stop_wait(1);
    if (stop_asked() && !r->stopping) pass_on(r, stop_asked());
    reap(r);
    start_ready(r);
  }
}

static int conclude(const runner *r) {
  progress_clear(&r->progress);
  const int done = count_done(r), all = r->list->count;
  if (r->stopping) {
    if (!r->progress.quiet)
      cli_print("stopped; %d of %d jobs are done; the same command goes on\nnext: %s\n", done, all, r->list->command);
    return CLI_STOPPED;
  }
  const int left_out = all - done - r->failed;
  if (!r->failed) return CLI_DONE;
  return cli_fail(CLI_FAILED, "%d of %d jobs failed and %d that build on them were left out; the same command goes on",
                  r->failed, all, left_out);
}

static void clear_lock(const char *folder, duro_lock_mode mode) {
  duro_lock *lock;
  if (!duro_lock_take(&lock, folder, mode)) duro_lock_release(lock);
}

/* A list that was killed after it had noted the end of a job, and before it gave back the folder, left the files of the
 * locks. */
static void clear_locks(const job_list *list) {
  for (int i = 0; i < list->count; i++) {
    const job *j = &list->jobs[i];
    if (j->state != JOB_DONE) continue;
    if (list->lead) clear_lock(j->folder, DURO_LOCK_LEAD);
    const char *folder = list->lead ? j->folder : j->place;
    if (folder) clear_lock(folder, DURO_LOCK_WRITE);
  }
}

int jobs_run(job_list *list, int parallel, bool quiet) {
  runner r = {.list = list, .parallel = parallel};
  clear_locks(list);
  progress_start(&r.progress, quiet);
  stop_listen(&r.progress, NULL, NULL);
  run_all(&r);
  stop_release();
  return conclude(&r);
}

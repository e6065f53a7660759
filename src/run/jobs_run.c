/* Running jobs as child processes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "run/jobs.h"

typedef struct runner {
  job_list *list;
  int parallel, running;
  bool stopping;
  const jobs_watcher *watcher;
} runner;

/* ---- what is told ---- */

static void tell(const runner *r, const job *j, jobs_event event, const char *why) {
  if (r->watcher->tell) r->watcher->tell(r->watcher->context, r->list, j, event, why);
}

static int wait_for_child(const runner *r) {
  const struct timespec moment = {.tv_nsec = 50000000};
  if (r->watcher->wait) return r->watcher->wait(r->watcher->context, r->list);
  nanosleep(&moment, NULL);
  return 0;
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

/* What went wrong in the job itself, and where its log is. */
static void tell_failure(const runner *r, const job *j) {
  char line[1024], why[sizeof line + RUN_PATH];
  last_line(line, sizeof line, j->log);
  snprintf(why, sizeof why, "%s (%s)", line, j->log);
  tell(r, j, JOBS_FAILED, why);
}

/* ---- children ---- */

/* What a child reads and writes, opened by its parent, which can say why that failed. */
typedef struct streams {
  int nowhere, log;
} streams;

static void close_streams(const streams *s) {
  close(s->nowhere);
  close(s->log);
}

static duro_status open_streams(streams *s, const char *log) {
  s->nowhere = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (s->nowhere < 0) return duro_fail_system(errno, "cannot read /dev/null");
  s->log = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (s->log >= 0) return DURO_OK;
  const duro_status status = duro_fail_system(errno, "cannot write %s", log);
  close(s->nowhere);
  return status;
}

/* In the child: output into the log, no input, death with the parent. A group of its own, so that Ctrl-C at a terminal
 * reaches it once, through the parent. */
static _Noreturn void become(const runner *r, const streams *s, pid_t parent, char **words) {
  const char *program = r->list->program ? r->list->program : "/proc/self/exe";
  if (r->watcher->child) r->watcher->child(r->watcher->context);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1); // it died before
  dup2(s->nowhere, STDIN_FILENO);
  dup2(s->log, STDOUT_FILENO);
  dup2(s->log, STDERR_FILENO);
  execv(program, words);
  dprintf(STDERR_FILENO, "duro: %s cannot be run: %s\n", program, strerror(errno));
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
  streams opened = {-1, -1};
  if ((status = open_streams(&opened, j->log))) return status;
  char **words = duro_allocate(((size_t)j->n_words + 2) * sizeof *words); // the child allocates nothing
  if (!words) {
    close_streams(&opened);
    return DURO_ERROR_MEMORY;
  }
  static char name[] = "duro";
  words[0] = name;
  memcpy(words + 1, j->words, (size_t)j->n_words * sizeof *words);
  const pid_t parent = getpid(), child = fork();
  const int reason = errno;
  if (child == 0) become(r, &opened, parent, words);
  close_streams(&opened);
  duro_release(words);
  if (child < 0) return duro_fail(DURO_ERROR_MEMORY, "no process can be started: %s", strerror(reason));
  setpgid(child, child); // here too: whoever comes first
  j->child = child;
  j->started = duro_clock();
  j->state = JOB_RUNNING;
  r->running++;
  tell(r, j, JOBS_STARTED, "");
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
    tell(r, j, JOBS_DONE, "");
    return;
  }
  j->state = r->stopping ? JOB_WAITING : JOB_FAILED;
  if (r->stopping) return;
  if (fine) // the job itself was
    tell(r, j, JOBS_FAILED, duro_error());
  else
    tell_failure(r, j);
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
    if (!start(r, j)) continue;
    duro_lock_release(j->lock);
    j->lock = NULL;
    j->state = JOB_FAILED;
    tell(r, j, JOBS_FAILED, duro_error());
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
    const int asked = wait_for_child(r);
    if (asked && !r->stopping) pass_on(r, asked);
    reap(r);
    start_ready(r);
  }
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

duro_status jobs_run(job_list *list, int parallel, const jobs_watcher *watcher) {
  const jobs_watcher nobody = {0};
  runner r = {.list = list, .parallel = parallel, .watcher = watcher ? watcher : &nobody};
  clear_locks(list);
  run_all(&r);
  return r.stopping ? duro_fail(DURO_ERROR_STOPPED, "stopped") : DURO_OK;
}

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
#include "run/ranks.h"
#include "run/worker.h"

typedef struct runner {
  job_list *list;
  int parallel, running;
  bool stopping;
  const jobs_watcher *watcher;
  worker *worker;      /* of a list that is shared; NULL: it is not */
  duro_status failure; /* of the sharing; it ends the list */
  char why[1024];
} runner;

static int index_of(const runner *r, const job *j) {
  return (int)(j - r->list->jobs);
}

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
  ranks_forget();
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

/* Notes how a job ended; NULL: it was stopped. */
static duro_status note(const runner *r, const job *j, const char *state) {
  if (r->worker) return worker_give_back(r->worker, index_of(r, j), state);
  return state && !strcmp(state, "done") ? job_mark(j, state) : DURO_OK;
}

/* A child ended. */
static void finish(runner *r, job *j, int ended) {
  j->seconds = duro_clock() - j->started;
  r->running--;
  const bool fine = WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
  j->rejected = WIFEXITED(ended) && (WEXITSTATUS(ended) == JOB_WRONG_WORDS || WEXITSTATUS(ended) == JOB_NOT_FINITE);
  const duro_status noted = note(r, j, fine ? "done" : r->stopping ? NULL : j->rejected ? "rejected" : "failed");
  duro_lock_release(j->lock);
  j->lock = NULL;
  if (fine && !noted) {
    j->state = JOB_DONE;
    tell(r, j, JOBS_DONE, "");
    return;
  }
  const bool lost = noted && r->worker; // to somebody else, who goes on with it
  j->state = r->stopping || lost ? JOB_WAITING : JOB_FAILED;
  if (r->stopping) return;
  if (fine || lost) // the job itself was
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
    const bool never = before == JOB_FAILED || before == JOB_LEFT_OUT;
    if (never && !j->anyway) return JOB_LEFT_OUT;
    if (!never && before != JOB_DONE) ready = JOB_WAITING;
  }
  for (int i = 0; i < r->list->count && j->place; i++) {
    const job *other = &r->list->jobs[i];
    if (other->state == JOB_RUNNING && other->place && strcmp(other->place, j->place) == 0) ready = JOB_WAITING;
  }
  return ready;
}

/* True when a job that is ready is to be started here. */
static bool is_ours(runner *r, int i) {
  bool mine = true;
  if (r->failure) return false;
  if (r->worker) r->failure = worker_take(r->worker, i, &mine);
  if (r->failure) snprintf(r->why, sizeof r->why, "%s", duro_error());
  return mine && !r->failure;
}

static void start_if_ready(runner *r, int i) {
  job *j = &r->list->jobs[i];
  if (j->state != JOB_WAITING) return;
  const job_state ready = readiness(r, j);
  if (ready == JOB_LEFT_OUT) j->state = JOB_LEFT_OUT;
  if (ready != JOB_DONE || r->running >= r->parallel || !is_ours(r, i)) return;
  if (!start(r, j)) return;
  duro_lock_release(j->lock);
  j->lock = NULL;
  j->state = JOB_FAILED;
  tell(r, j, JOBS_FAILED, duro_error());
  (void)note(r, j, "failed");
}

/* A worker begins with the jobs of its number, so that several seldom want the same one. */
static void start_ready(runner *r) {
  const jobs_share *share = r->worker ? r->worker->share : NULL;
  for (int pass = 0; pass < (share ? 2 : 1); pass++)
    for (int i = 0; i < r->list->count && !r->stopping; i++) {
      const bool others = share && i % share->count != share->number - 1;
      const bool wanted = !share || share->only < 0 || share->only == i;
      if (wanted && others == (pass == 1)) start_if_ready(r, i);
    }
}

/* Asks the children to end well. A second signal ends this process at once, and they with it. */
static void pass_on(runner *r, int number) {
  r->stopping = true;
  for (int i = 0; i < r->list->count; i++)
    if (r->list->jobs[i].state == JOB_RUNNING) kill(r->list->jobs[i].child, number);
}

/* True while there is something to wait for: a child, or what other workers do. */
static bool goes_on(const runner *r) {
  if (r->running) return true;
  if (!r->worker || r->stopping || r->failure) return false;
  const int only = r->worker->share->only;
  return only < 0 ? jobs_count(r->list, JOB_WAITING) > 0 : r->list->jobs[only].state == JOB_WAITING;
}

static void run_all(runner *r) {
  start_ready(r);
  while (goes_on(r)) {
    const int asked = wait_for_child(r), number = asked ? asked : r->failure ? SIGTERM : 0;
    if (number && !r->stopping) pass_on(r, number);
    if (r->worker) worker_beat(r->worker);
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

/* What a job that is run alone builds on is not waited for; one that is run anyway takes what there is. */
static duro_status check_before(const job_list *list, const jobs_share *share) {
  job *only = share->only < 0 ? NULL : &list->jobs[share->only];
  if (only && only->anyway) {
    unlink(only->marker);
    only->state = JOB_WAITING;
  }
  for (int i = 0; only && i < only->n_after; i++) {
    job *before = &list->jobs[only->after[i]];
    if (only->anyway && before->state != JOB_DONE) before->state = JOB_LEFT_OUT;
    if (!only->anyway && before->state != JOB_DONE)
      return duro_fail(DURO_ERROR_FILE, "%s builds on %s, which is not done", only->name, before->name);
  }
  return DURO_OK;
}

duro_status jobs_run_shared(job_list *list, int parallel, const jobs_share *share, const jobs_watcher *watcher) {
  const jobs_watcher nobody = {0};
  worker w;
  runner r = {.list = list, .parallel = parallel, .watcher = watcher ? watcher : &nobody, .worker = &w};
  duro_status status = check_before(list, share);
  if (!status) status = worker_begin(&w, list, share);
  if (status) return status;
  run_all(&r);
  worker_end(&w);
  if (r.failure) return duro_fail(r.failure, "%s", r.why);
  return r.stopping ? duro_fail(DURO_ERROR_STOPPED, "stopped") : DURO_OK;
}

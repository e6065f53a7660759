/* Claim files: "held COUNT WORK HOST PROCESS STARTED BOOT NAMESPACE", of which only the first word and the count ever
 * change. */
#include "run/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "io/hash.h"
#include "io/path.h"

enum { WORD = 4, COUNT_AT = 5, COUNT = 20, LINE = 512 };

/* A worker, as its claims name it. */
typedef struct identity {
  char host[64], boot[40], space[40];
  long process;
  long long started; /* ticks since the boot: process numbers are used again */
} identity;

/* ---- processes ---- */

/* The first bytes of a small file, NUL-terminated; false where it cannot be read. */
static bool read_start(char *out, size_t size, const char *path) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t n = read(fd, out, size - 1);
  close(fd);
  out[n > 0 ? n : 0] = '\0';
  return n >= 0;
}

/* The state of a process, '\0' where there is none that we may see, and when it was started. */
static char look_at_process(long process, long long *started) {
  enum { STARTED = 19 }; // fields between the state and it
  char path[64], line[1024];
  snprintf(path, sizeof path, "/proc/%ld/stat", process);
  *started = 0;
  if (!read_start(line, sizeof line, path)) return '\0';
  const char *at = strrchr(line, ')'); // behind the name, which may hold anything
  if (!at || !at[1]) return '\0';
  const char state = at[2];
  at += 2;
  for (int i = 0; at && i < STARTED; i++)
    if ((at = strchr(at, ' '))) at++;
  if (at) *started = strtoll(at, NULL, 10);
  return state;
}

/* One word without blanks, so that it keeps its place in the line. */
static void make_word(char *word) {
  word[strcspn(word, " \n")] = '\0';
  if (!*word) snprintf(word, 2, "-");
}

static void find_self(identity *self) {
  *self = (identity){.process = (long)getpid()};
  if (gethostname(self->host, sizeof self->host - 1)) self->host[0] = '\0';
  if (!read_start(self->boot, sizeof self->boot, "/proc/sys/kernel/random/boot_id")) self->boot[0] = '\0';
  if (readlink("/proc/self/ns/pid", self->space, sizeof self->space - 1) < 0) self->space[0] = '\0';
  make_word(self->host);
  make_word(self->boot);
  make_word(self->space);
  look_at_process(self->process, &self->started);
}

/* Where its process numbers are ours, they say whether it is gone. */
static bool is_gone(const identity *w) {
  identity self;
  long long started;
  find_self(&self);
  if (!strcmp(w->boot, "-") || strcmp(w->boot, self.boot) != 0 || strcmp(w->space, self.space) != 0) return false;
  if (w->process <= 0 || (kill((pid_t)w->process, 0) && errno == ESRCH)) return true;
  const char state = look_at_process(w->process, &started);
  return state && (strchr("ZX", state) || started != w->started);
}

/* ---- files ---- */

static void file_path(char out[RUN_PATH], const claim *c, int number) {
  if (snprintf(out, RUN_PATH, "%s-%d", c->path, number) >= RUN_PATH) out[0] = '\0';
}

/* The next word of a line, cut in place; "" at its end. */
static char *next_word(char **rest) {
  static char none[] = "";
  char *word = strtok_r(NULL, " \n", rest);
  return word ? word : none;
}

typedef struct content {
  char word[8];
  identity worker;
  claim_owner owner;
  uint64_t hash;
} content;

/* What a file says; one that says nothing yet is held by somebody unknown. False where it is not there. */
static bool read_content(content *out, const char *path) {
  char line[LINE];
  *out = (content){.word = "held"};
  if (!read_start(line, sizeof line, path)) return errno != ENOENT;
  out->hash = XXH3_64bits(line, strlen(line));
  char *rest = NULL, *word = strtok_r(line, " \n", &rest);
  if (!word) return true;
  snprintf(out->word, sizeof out->word, "%s", word);
  next_word(&rest);
  out->owner.work = strtoull(next_word(&rest), NULL, 16);
  snprintf(out->worker.host, sizeof out->worker.host, "%s", next_word(&rest));
  out->owner.process = out->worker.process = strtol(next_word(&rest), NULL, 10);
  out->worker.started = strtoll(next_word(&rest), NULL, 10);
  snprintf(out->worker.boot, sizeof out->worker.boot, "%s", next_word(&rest));
  snprintf(out->worker.space, sizeof out->worker.space, "%s", next_word(&rest));
  memcpy(out->owner.host, out->worker.host, sizeof out->owner.host);
  return true;
}

/* Opened and closed each time, since NFS shows others what is written when it is closed. */
static bool write_at(const char *path, const char *bytes, size_t size, off_t at) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = pwrite(fd, bytes, size, at) == (ssize_t)size;
  return close(fd) == 0 && written;
}

static bool is_held_word(const content *found) {
  return strcmp(found->word, "held") == 0;
}

/* Finds the last file and what it says; false where there is none. */
static bool look(claim *c, content *found) {
  char path[RUN_PATH];
  const int known = c->number;
  for (content next; file_path(path, c, c->number + 1), read_content(&next, path);) c->number++;
  file_path(path, c, c->number);
  if (!c->number || !read_content(found, path)) { // removed, since all was done
    c->number = 0;
    return false;
  }
  if (c->number != known || c->seen != found->hash) c->since = duro_clock();
  c->seen = found->hash;
  return true;
}

/* The line of a new claim, in a file that only this process writes. */
static duro_status write_new(const char *path, const identity *self, uint64_t work) {
  char line[LINE];
  const int n = snprintf(line, sizeof line, "held %0*d %016" PRIx64 " %s %ld %lld %s %s\n", COUNT, 0, work, self->host,
                         self->process, self->started, self->boot, self->space);
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
  const ssize_t done = fd < 0 ? -1 : write(fd, line, (size_t)n);
  int reason = done < 0 ? errno : done < n ? ENOSPC : 0; // less than all of it is no error by itself
  if (fd >= 0 && close(fd) && !reason) reason = errno;
  return reason ? duro_fail_system(reason, "cannot write %s", path) : DURO_OK;
}

/* No two workers have one name: ".NAME.<number>.tmp" is what a killed writer leaves. */
static void temporary_path(char out[RUN_PATH], const claim *c, const identity *self) {
  char folder[RUN_PATH], name[128];
  path_folder(folder, sizeof folder, c->path);
  snprintf(name, sizeof name, ".claim-%s-%.36s-%lld.%ld.tmp", self->host, self->boot, self->started, self->process);
  run_path(out, folder, name);
}

/* Makes the next file. Over NFS the answer to link(2) may be lost after it was made: the number of links tells. */
static claim_answer make_next(claim *c, uint64_t work) {
  char path[RUN_PATH], temporary[RUN_PATH];
  struct stat about;
  identity self;
  find_self(&self);
  temporary_path(temporary, c, &self);
  file_path(path, c, c->number + 1);
  if (write_new(temporary, &self, work)) return CLAIM_FAILED;
  const int reason = link(temporary, path) ? errno : 0;
  const bool made = !reason || (!stat(temporary, &about) && about.st_nlink == 2);
  unlink(temporary);
  if (made) return CLAIM_OURS;
  if (reason == EEXIST) return CLAIM_OTHERS;
  duro_fail_system(reason, "cannot make %s", path);
  return CLAIM_FAILED;
}

/* ---- claims ---- */

static bool is_dead(const claim *c, const content *found, double patience) {
  return is_gone(&found->worker) || duro_clock() - c->since > patience;
}

claim_answer claim_take(claim *c, uint64_t work, double patience) {
  char path[RUN_PATH];
  content found;
  const bool there = look(c, &found), taken = there && is_held_word(&found) && !is_dead(c, &found, patience);
  if (taken && found.owner.work && found.owner.work != work) {
    duro_fail(DURO_ERROR_FILE, "process %ld of %s works here with another program, or from another file",
              found.owner.process, found.owner.host);
    return CLAIM_FAILED;
  }
  if (taken) return CLAIM_OTHERS;
  const claim_answer answer = make_next(c, work);
  if (answer != CLAIM_OURS) return answer;
  file_path(path, c, c->number);
  if (c->number) write_at(path, "lost", WORD, 0); // where its worker lives after all, it stops
  c->number++;
  c->held = true;
  c->beats = 0;
  c->since = duro_clock();
  return CLAIM_OURS;
}

bool claim_beat(claim *c, double patience) {
  char path[RUN_PATH], next[RUN_PATH], count[COUNT + 1];
  content found;
  file_path(path, c, c->number);
  file_path(next, c, c->number + 1);
  if (!read_content(&found, path) || !is_held_word(&found) || access(next, F_OK) == 0) c->held = false;
  if (!c->held) return false;
  snprintf(count, sizeof count, "%0*" PRId64, COUNT, ++c->beats);
  if (write_at(path, count, COUNT, COUNT_AT)) c->since = duro_clock();
  c->held = duro_clock() - c->since < patience / 2;
  return c->held;
}

void claim_release(claim *c) {
  char path[RUN_PATH];
  file_path(path, c, c->number);
  if (c->held) write_at(path, "free", WORD, 0);
  c->held = false;
}

void claim_remove(claim *c) {
  char path[RUN_PATH];
  content found;
  look(c, &found);
  for (int i = 1; i <= c->number; i++) {
    file_path(path, c, i);
    unlink(path);
  }
  c->number = 0;
}

bool claim_is_held(claim *c, claim_owner *owner) {
  content found;
  if (!look(c, &found) || !is_held_word(&found) || is_gone(&found.worker)) return false;
  *owner = found.owner;
  return true;
}

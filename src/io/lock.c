/* One lock per folder, flock(2) on a file in it. */
#include "io/lock.h"

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 1000, WORD = 32 };

struct duro_lock {
  int fd;
  pid_t owner; /* a forked child may not remove the file */
  char path[PATH_MAX];
};

/* the number that the holder wrote; 0: he has not yet, or it is none */
static long holder(int fd) {
  char word[WORD] = "";
  const ssize_t n = pread(fd, word, sizeof word - 1, 0);
  return n > 0 ? strtol(word, NULL, 10) : 0;
}

static duro_status fail_held(int fd, const char *folder) {
  const long process = holder(fd);
  if (process > 0)
    return duro_fail(DURO_ERROR_FILE, "%s is in use by process %ld; wait for its end, or choose another folder", folder,
                     process);
  return duro_fail(DURO_ERROR_FILE, "%s is in use by another process; wait for its end, or choose another folder",
                   folder);
}

static duro_status fail_errno(const char *folder) {
  return duro_fail_system(errno, "cannot lock %s", folder);
}

/* is the open file still the one of that name? Its last holder may have removed it between open and lock. */
static bool is_there(int fd, const char *path) {
  struct stat opened, there;
  return !fstat(fd, &opened) && !lstat(path, &there) && opened.st_ino == there.st_ino && opened.st_dev == there.st_dev;
}

static int lock_file(int fd) {
  int rc;
  do rc = flock(fd, LOCK_EX | LOCK_NB);
  while (rc && errno == EINTR);
  return rc;
}

/* one try: *again when the file went away on the way */
static duro_status try_lock(duro_lock *lock, const char *folder, bool *again) {
  struct stat about;
  *again = false;
  // nonblocking: a pipe of that name must not hold us up
  lock->fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
  if (lock->fd < 0) return fail_errno(folder);
  if (fstat(lock->fd, &about)) return fail_errno(folder);
  if (!S_ISREG(about.st_mode)) return duro_fail(DURO_ERROR_FILE, "%s is no plain file; remove it", lock->path);
  if (lock_file(lock->fd)) return errno == EWOULDBLOCK ? fail_held(lock->fd, folder) : fail_errno(folder);
  *again = !is_there(lock->fd, lock->path);
  return DURO_OK;
}

static void write_owner(const duro_lock *lock) {
  char word[WORD];
  const int n = snprintf(word, sizeof word, "%ld\n", (long)lock->owner);
  // only for the message of others: a full disk is no reason to refuse
  if (!ftruncate(lock->fd, 0)) (void)!pwrite(lock->fd, word, (size_t)n, 0);
}

static duro_status take(duro_lock *lock, const char *folder, duro_lock_mode mode) {
  const char *name = mode == DURO_LOCK_LEAD ? DURO_LOCK_LEAD_NAME : DURO_LOCK_NAME;
  duro_status status = duro_path_join(lock->path, sizeof lock->path, folder, name);
  if (status) return status;
  bool again = true;
  for (int i = 0; i < TRIES && again; i++) {
    status = try_lock(lock, folder, &again);
    if (status || again) {
      if (lock->fd >= 0) close(lock->fd);
      lock->fd = -1;
    }
    if (status) return status;
  }
  if (again) return duro_fail(DURO_ERROR_FILE, "cannot lock %s: its lock file comes and goes", folder);
  write_owner(lock);
  return DURO_OK;
}

duro_status duro_lock_take(duro_lock **out, const char *folder, duro_lock_mode mode) {
  *out = NULL;
  duro_lock *lock = duro_allocate(sizeof *lock);
  if (!lock) return DURO_ERROR_MEMORY;
  lock->fd = -1;
  lock->owner = getpid();
  const duro_status status = take(lock, *folder ? folder : ".", mode);
  if (status)
    duro_release(lock);
  else
    *out = lock;
  return status;
}

void duro_lock_release(duro_lock *lock) {
  if (!lock) return;
  // removed while it is held: nobody else can hold this file then
  if (lock->owner == getpid() && is_there(lock->fd, lock->path)) unlink(lock->path);
  close(lock->fd);
  duro_release(lock);
}

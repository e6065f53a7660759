/* Files: atomic durable writing, reading, folders, paths. */
#include "io/file.h"

#include "base/error.h"
#include "base/memory.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_CHUNK ((size_t)1 << 30)
#define MAX_WRITERS 64 /* of one file at the same time */

static duro_status fail_errno(const char *verb, const char *path) {
  return duro_fail_system(errno, "cannot %s %s", verb, path);
}

duro_status duro_format_check(int64_t format, int64_t newest, const char *path) {
  if (format <= newest) return DURO_OK;
  return duro_fail(DURO_ERROR_FORMAT,
                   "%s: of a later version of duro: its format is %lld, and this version reads formats up to %lld",
                   path, (long long)format, (long long)newest);
}

bool duro_write_all(int fd, const void *bytes, size_t size) {
  const char *next = bytes;
  while (size) {
    ssize_t n = write(fd, next, size < MAX_CHUNK ? size : MAX_CHUNK);
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = ENOSPC; // no error, and nothing written
    if (n <= 0) return false;
    next += n;
    size -= (size_t)n;
  }
  return true;
}

/* fsync; file systems and devices that have no such thing are fine */
static bool sync_fd(int fd) {
  int rc;
  do rc = fsync(fd);
  while (rc && errno == EINTR);
  return rc == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS;
}

/* What may stand under the name of a temporary file. */
typedef enum place { PLACE_MINE, PLACE_TAKEN, PLACE_GONE, PLACE_FAILED } place;

/* Locks an opened temporary file. Between open and lock another writer may have renamed it: then it is gone, and the
 * name may be tried again. */
static place lock_temporary(int fd, const char *path) {
  struct stat opened, there;
  if (fstat(fd, &opened)) return PLACE_FAILED;
  if (!S_ISREG(opened.st_mode)) return PLACE_TAKEN;
  if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) return PLACE_TAKEN;
  if (lstat(path, &there)) return errno == ENOENT ? PLACE_GONE : PLACE_FAILED;
  return opened.st_ino == there.st_ino && opened.st_dev == there.st_dev ? PLACE_MINE : PLACE_GONE;
}

/* Opens `path` for one writer. A file that a killed process left behind has lost its lock and is used again; where
 * another writer holds it, or something else than a file has the name, it is taken. A pipe or a device must not hold
 * us up. */
static place open_temporary_at(int *fd, const char *path) {
  enum { TRIES = 100 };
  place found = PLACE_GONE;
  for (int i = 0; i < TRIES && found == PLACE_GONE; i++) {
    *fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (*fd < 0)
      return errno == ENXIO || errno == EISDIR || errno == ELOOP || errno == ENODEV ? PLACE_TAKEN : PLACE_FAILED;
    found = lock_temporary(*fd, path);
    if (found == PLACE_MINE) return found;
    int reason = errno;
    // where it cannot be told what it is, it is removed while its lock is held, so that it is no other writer's
    if (found == PLACE_FAILED && (!flock(*fd, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK)) unlink(path);
    close(*fd);
    errno = reason;
    *fd = -1;
  }
  return found == PLACE_GONE ? PLACE_TAKEN : found;
}

/* "folder/.name.0.tmp", or the next number while that is taken */
static duro_status open_temporary(duro_writer *w) {
  const char *slash = strrchr(w->path, '/');
  const char *name = slash ? slash + 1 : w->path;
  int folder = (int)(name - w->path);
  for (int i = 0; i < MAX_WRITERS; i++) {
    int n = snprintf(w->temporary, sizeof w->temporary, "%.*s.%s.%d.tmp", folder, w->path, name, i);
    if (n < 0 || (size_t)n >= sizeof w->temporary)
      return duro_fail(DURO_ERROR_ARGUMENT, "path is too long: %s", w->path);
    const place found = open_temporary_at(&w->fd, w->temporary);
    if (found == PLACE_MINE && !ftruncate(w->fd, 0)) return DURO_OK;
    if (found != PLACE_TAKEN) break;
    errno = EBUSY; // what is told when all are taken
  }
  duro_status status = fail_errno("write", w->path);
  duro_writer_cancel(w);
  return status;
}

duro_status duro_writer_begin(duro_writer *w, const char *path) {
  w->fd = -1;
  w->temporary[0] = 0;
  // a link stays a link: what it points at is replaced
  char *real = realpath(path, NULL);
  const char *target = real ? real : path;
  bool fits = strlen(target) < sizeof w->path;
  if (fits) strcpy(w->path, target);
  free(real);
  if (!fits || !*path) return duro_fail(DURO_ERROR_ARGUMENT, "bad path: \"%.200s\"", path);

  struct stat old;
  bool exists = !stat(w->path, &old);
  if (!exists && errno != ENOENT && errno != ENOTDIR) return fail_errno("write", path);
  if (exists && !S_ISREG(old.st_mode)) {
    // a device or pipe cannot be replaced, only written to; a folder gives its error here
    w->fd = open(w->path, O_WRONLY | O_CLOEXEC);
    return w->fd < 0 ? fail_errno("write", w->path) : DURO_OK;
  }
  duro_status status = open_temporary(w);
  if (!status && exists) (void)!fchmod(w->fd, old.st_mode & 0777);
  return status;
}

void duro_writer_cancel(duro_writer *w) {
  if (w->fd < 0) return;
  // removed while the lock is held, so that it cannot be another writer's
  if (w->temporary[0]) unlink(w->temporary);
  close(w->fd);
  w->fd = -1;
}

static duro_status fail_write(duro_writer *w) {
  duro_status status = fail_errno("write", w->path);
  duro_writer_cancel(w);
  return status;
}

duro_status duro_writer_append(duro_writer *w, const void *bytes, size_t size) {
  assert(w->fd >= 0);
  return duro_write_all(w->fd, bytes, size) ? DURO_OK : fail_write(w);
}

/* makes the new name in the folder of `path` survive a power failure */
static bool sync_folder(const char *path) {
  char folder[PATH_MAX];
  const char *slash = strrchr(path, '/');
  size_t length = slash ? (size_t)(slash - path) : 0;
  memcpy(folder, path, length);
  folder[length] = 0;
  int fd = open(!slash ? "." : length ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno == EACCES; // a folder may be writable and not readable
  bool fine = sync_fd(fd);
  close(fd);
  return fine;
}

duro_status duro_writer_commit(duro_writer *w) {
  assert(w->fd >= 0);
  bool in_place = !w->temporary[0];
  if (!sync_fd(w->fd)) return fail_write(w);
  if (!in_place && rename(w->temporary, w->path)) return fail_write(w);
  int rc = close(w->fd);
  w->fd = -1;
  if (rc && errno != EINTR) return fail_errno("write", w->path);
  if (!in_place && !sync_folder(w->path)) return fail_errno("write the folder of", w->path);
  return DURO_OK;
}

duro_status duro_file_write(const char *path, const void *bytes, size_t size) {
  duro_writer writer;
  duro_status status = duro_writer_begin(&writer, path);
  if (!status) status = duro_writer_append(&writer, bytes, size);
  if (!status) status = duro_writer_commit(&writer);
  return status;
}

duro_status duro_growing_create(duro_growing *file, const char *path, const void *bytes, size_t size) {
  file->fd = -1;
  int n = snprintf(file->path, sizeof file->path, "%s", path);
  if (n < 0 || (size_t)n >= sizeof file->path) return duro_fail(DURO_ERROR_ARGUMENT, "path is too long: %.200s", path);
  duro_status status = duro_file_write(path, bytes, size);
  if (status) return status;
  file->length = (off_t)size;
  file->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  return file->fd < 0 ? fail_errno("write", path) : DURO_OK;
}

void duro_growing_close(duro_growing *file) {
  if (file->fd >= 0) close(file->fd);
  file->fd = -1;
}

duro_status duro_growing_open(duro_growing *file, const char *path, off_t length) {
  file->fd = -1;
  int n = snprintf(file->path, sizeof file->path, "%s", path);
  if (n < 0 || (size_t)n >= sizeof file->path) return duro_fail(DURO_ERROR_ARGUMENT, "path is too long: %.200s", path);
  file->length = length;
  file->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file->fd >= 0 && !ftruncate(file->fd, length)) return DURO_OK;
  duro_status status = fail_errno("write", path);
  duro_growing_close(file);
  return status;
}

duro_status duro_growing_append(duro_growing *file, const void *bytes, size_t size) {
  if (duro_write_all(file->fd, bytes, size)) {
    file->length += (off_t)size;
    return DURO_OK;
  }
  duro_status status = fail_errno("write", file->path);
  (void)!ftruncate(file->fd, file->length);
  return status;
}

duro_status duro_growing_sync(const duro_growing *file) {
  return sync_fd(file->fd) ? DURO_OK : fail_errno("write", file->path);
}

/* twice the room for a file that is longer than it said */
static char *grow(char *bytes, size_t *capacity) {
  char *larger = *capacity <= SIZE_MAX / 2 ? duro_allocate(*capacity * 2) : NULL;
  if (larger) memcpy(larger, bytes, *capacity);
  duro_release(bytes);
  *capacity *= 2;
  return larger;
}

/* reads to the end; one byte stays free for the NUL */
static duro_status read_all(char **bytes, size_t *size, int fd, size_t capacity, const char *path) {
  char *buffer = duro_allocate(capacity);
  size_t used = 0;
  while (buffer) {
    size_t room = capacity - 1 - used;
    ssize_t n = read(fd, buffer + used, room < MAX_CHUNK ? room : MAX_CHUNK);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      duro_status status = fail_errno("read", path);
      duro_release(buffer);
      return status;
    }
    used += (size_t)n;
    if (n == 0) break;
    if (used == capacity - 1) buffer = grow(buffer, &capacity);
  }
  if (!buffer) return duro_fail(DURO_ERROR_MEMORY, "cannot read %s: out of memory", path);
  buffer[used] = 0;
  *bytes = buffer;
  *size = used;
  return DURO_OK;
}

duro_status duro_file_read_if_there(char **bytes, size_t *size, bool *there, const char *path) {
  *bytes = NULL;
  *size = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  *there = fd >= 0 || (errno != ENOENT && errno != ENOTDIR);
  if (!*there) return DURO_OK;
  struct stat about;
  if (fd < 0 || fstat(fd, &about)) {
    duro_status status = fail_errno("read", path);
    if (fd >= 0) close(fd);
    return status;
  }
  // the size it says, one byte to see its end and one for the NUL; files of /proc say 0
  size_t capacity = S_ISREG(about.st_mode) && about.st_size > 0 ? (size_t)about.st_size + 2 : 4096;
  duro_status status = read_all(bytes, size, fd, capacity, path);
  close(fd);
  return status;
}

duro_status duro_file_read(char **bytes, size_t *size, const char *path) {
  bool there;
  duro_status status = duro_file_read_if_there(bytes, size, &there, path);
  return status || there ? status : fail_errno("read", path);
}

void duro_file_release(char *bytes) {
  duro_release(bytes);
}

duro_status duro_file_look(duro_kind *kind, const char *path) {
  struct stat about;
  *kind = DURO_KIND_NOTHING;
  if (stat(path, &about)) return errno == ENOENT || errno == ENOTDIR ? DURO_OK : fail_errno("read", path);
  *kind = S_ISREG(about.st_mode) ? DURO_KIND_FILE : S_ISDIR(about.st_mode) ? DURO_KIND_FOLDER : DURO_KIND_OTHER;
  return DURO_OK;
}

/* one folder; an existing one is fine */
static bool make_folder(const char *path) {
  struct stat about;
  if (!mkdir(path, 0777)) return true;
  int reason = errno;
  const bool told = !stat(path, &about);
  if (told && S_ISDIR(about.st_mode)) return true;
  if (told || reason != EEXIST) errno = reason == EEXIST ? ENOTDIR : reason; // else why it cannot be told
  return false;
}

duro_status duro_folder_create(const char *path) {
  char part[PATH_MAX];
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof part) return duro_fail(DURO_ERROR_ARGUMENT, "bad path: \"%.200s\"", path);
  memcpy(part, path, length + 1);

  // every parent, then the folder itself
  for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    if (!make_folder(part)) return fail_errno("create folder", part);
    *slash = '/';
  }
  if (!make_folder(part)) return fail_errno("create folder", part);
  return access(part, W_OK | X_OK) ? fail_errno("write into folder", part) : DURO_OK;
}

duro_status duro_path_join(char *path, size_t size, const char *a, const char *b) {
  size_t length = strlen(a);
  const char *between = length == 0 || !*b || a[length - 1] == '/' ? "" : "/";
  int n = snprintf(path, size, "%s%s%s", a, between, b);
  if (n < 0 || (size_t)n >= size)
    return duro_fail(DURO_ERROR_ARGUMENT, "path is too long for %zu bytes: %.200s/%.200s", size, a, b);
  return DURO_OK;
}

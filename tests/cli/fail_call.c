/* For LD_PRELOAD: calls of the system on files below the folder FAULT_UNDER (or with relative paths) are counted, over
 * all processes of a command, in the shared file FAULT_COUNT; the one of number FAULT_AT fails with the error number
 * FAULT_WITH, and with FAULT_STAYS all of its kind after it. FAULT_WITH 0: a write is half as long; -9: the process is
 * killed before the call. FAULT_LOG takes a
 * line for each call; with FAULT_DATA the bytes that are written as well. Programs of other names are left alone. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct shared {
  atomic_long made;
  char failing[32]; /* kind of the call that fails from now on */
} shared;

static shared *counted;
static long at = -1;
static int with, log_fd = -1;
static bool stays, data, active;
static char under[PATH_MAX];

__attribute__((constructor)) static void begin(void) {
  const char *word = getenv("FAULT_COUNT"), *folder = getenv("FAULT_UNDER");
  if (!word || !folder || strcmp(program_invocation_short_name, "duro") != 0) return;
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, word, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  counted = (shared *)syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  syscall(SYS_close, fd);
  snprintf(under, sizeof under, "%s/", folder);
  if ((word = getenv("FAULT_AT"))) at = atol(word);
  if ((word = getenv("FAULT_WITH"))) with = atoi(word);
  stays = getenv("FAULT_STAYS") != NULL;
  data = getenv("FAULT_DATA") != NULL;
  if ((word = getenv("FAULT_LOG"))) {
    const int log = (int)syscall(SYS_openat, AT_FDCWD, word, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    log_fd = (int)syscall(SYS_fcntl, log, F_DUPFD_CLOEXEC, 700); // out of the way of the program's descriptors
    syscall(SYS_close, log);
  }
  active = counted != MAP_FAILED;
}

static bool is_ours(const char *path) {
  return active && path && path[0] && (path[0] != '/' || strncmp(path, under, strlen(under)) == 0);
}

static const char *path_of(int fd, char *out) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const long n = active && fd > STDERR_FILENO ? syscall(SYS_readlinkat, AT_FDCWD, link, out, (size_t)PATH_MAX - 1) : -1;
  out[n > 0 ? n : 0] = 0;
  return out[0] == '/' ? out : NULL; // no pipes
}

static void say(long number, const char *kind, const char *path, const char *more) {
  static const char form[] = "%ld %s %s%s%s\n";
  if (log_fd < 0) return;
  const int n = snprintf(NULL, 0, form, number, kind, path, *more ? " " : "", more);
  char *line = malloc((size_t)n + 1);
  if (!line) return;
  snprintf(line, (size_t)n + 1, form, number, kind, path, *more ? " " : "", more);
  syscall(SYS_write, log_fd, line, (size_t)n);
  free(line);
}

/* counts; true when this one is to fail */
static bool fails(const char *kind, const char *path, const char *more) {
  const int before = errno;
  const long number = atomic_fetch_add(&counted->made, 1) + 1;
  say(number, kind, path, more);
  errno = before;
  if (number == at && stays) snprintf(counted->failing, sizeof counted->failing, "%s", kind);
  if (number != at && strcmp(counted->failing, kind) != 0) return false;
  if (with == -SIGKILL) syscall(SYS_kill, getpid(), SIGKILL);
  if (with) errno = with;
  return true;
}

static bool fails_at(const char *kind, const char *path, const char *more) {
  return is_ours(path) && fails(kind, path, more) && with;
}

static bool fails_on(const char *kind, int fd, const char *more) {
  char path[PATH_MAX];
  return active && is_ours(path_of(fd, path)) && fails(kind, path, more) && with;
}

/* offset and bytes in hexadecimals */
static char *describe(int fd, const void *bytes, size_t size, off_t offset) {
  if (!data || size > (size_t)1 << 26) return NULL;
  const unsigned char *byte = bytes;
  char *out = malloc(2 * size + 40);
  if (!out) return NULL;
  if (offset < 0) {
    struct stat about;
    const int flags = (int)syscall(SYS_fcntl, fd, F_GETFL);
    offset = (off_t)syscall(SYS_lseek, fd, 0, SEEK_CUR);
    if (flags & O_APPEND && !syscall(SYS_newfstatat, fd, "", &about, AT_EMPTY_PATH)) offset = about.st_size;
  }
  int n = snprintf(out, 40, "%lld ", (long long)offset);
  for (size_t i = 0; i < size; i++) n += sprintf(out + n, "%02x", byte[i]);
  return out;
}

static ssize_t put(const char *kind, int fd, const void *bytes, size_t size, off_t offset) {
  char path[PATH_MAX];
  if (active && is_ours(path_of(fd, path))) {
    char *more = describe(fd, bytes, size, offset);
    const bool failing = fails(kind, path, more ? more : "");
    free(more);
    if (failing && with) return -1;
    if (failing) size = (size + 1) / 2;
  }
  return offset < 0 ? syscall(SYS_write, fd, bytes, size) : syscall(SYS_pwrite64, fd, bytes, size, offset);
}

ssize_t write(int fd, const void *bytes, size_t size) {
  return put("write", fd, bytes, size, -1);
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
  return put("pwrite", fd, bytes, size, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t offset) {
  return put("pwrite", fd, bytes, size, offset);
}
ssize_t read(int fd, void *bytes, size_t size) {
  return fails_on("read", fd, "") ? -1 : syscall(SYS_read, fd, bytes, size);
}
ssize_t __read_chk(int fd, void *bytes, size_t size, size_t room) {
  (void)room;
  return read(fd, bytes, size);
}
ssize_t pread(int fd, void *bytes, size_t size, off_t offset) {
  return fails_on("pread", fd, "") ? -1 : syscall(SYS_pread64, fd, bytes, size, offset);
}
ssize_t __pread_chk(int fd, void *bytes, size_t size, off_t offset, size_t room) {
  (void)room;
  return pread(fd, bytes, size, offset);
}

static int open_at(int folder, const char *path, int flags, mode_t mode) {
  const char *more = flags & O_TRUNC ? "truncate" : flags & O_CREAT ? "create" : "";
  return fails_at("open", path, more) ? -1 : (int)syscall(SYS_openat, folder, path, flags, mode);
}
static mode_t mode_of(int flags, va_list more) {
  return flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;
}
#define OPEN(name)                                                                                                     \
  int name(const char *path, int flags, ...) {                                                                         \
    va_list more;                                                                                                      \
    va_start(more, flags);                                                                                             \
    const mode_t mode = mode_of(flags, more);                                                                          \
    va_end(more);                                                                                                      \
    return open_at(AT_FDCWD, path, flags, mode);                                                                       \
  }
OPEN(open)
OPEN(open64)
#define OPENAT(name)                                                                                                   \
  int name(int folder, const char *path, int flags, ...) {                                                             \
    va_list more;                                                                                                      \
    va_start(more, flags);                                                                                             \
    const mode_t mode = mode_of(flags, more);                                                                          \
    va_end(more);                                                                                                      \
    return open_at(folder, path, flags, mode);                                                                         \
  }
OPENAT(openat)
OPENAT(openat64)
int __open_2(const char *path, int flags) {
  return open_at(AT_FDCWD, path, flags, 0);
}
int __open64_2(const char *path, int flags) {
  return open_at(AT_FDCWD, path, flags, 0);
}

int fsync(int fd) {
  return fails_on("fsync", fd, "") ? -1 : (int)syscall(SYS_fsync, fd);
}
int fdatasync(int fd) {
  return fails_on("fsync", fd, "") ? -1 : (int)syscall(SYS_fdatasync, fd);
}
int close(int fd) {
  const bool failing = fails_on("close", fd, "");
  const int rc = (int)syscall(SYS_close, fd); // closed in any case, as Linux does
  if (failing) errno = with;
  return failing ? -1 : rc;
}
int ftruncate(int fd, off_t length) {
  char more[32];
  snprintf(more, sizeof more, "%lld", (long long)length);
  return fails_on("ftruncate", fd, more) ? -1 : (int)syscall(SYS_ftruncate, fd, length);
}
int ftruncate64(int fd, off_t length) {
  return ftruncate(fd, length);
}
int flock(int fd, int operation) {
  return fails_on("flock", fd, "") ? -1 : (int)syscall(SYS_flock, fd, operation);
}
int fchmod(int fd, mode_t mode) {
  return fails_on("fchmod", fd, "") ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}
int fstat(int fd, struct stat *about) {
  return fails_on("fstat", fd, "") ? -1 : (int)syscall(SYS_newfstatat, fd, "", about, AT_EMPTY_PATH);
}
int stat(const char *restrict path, struct stat *restrict about) {
  return fails_at("stat", path, "") ? -1 : (int)syscall(SYS_newfstatat, AT_FDCWD, path, about, 0);
}
int lstat(const char *restrict path, struct stat *restrict about) {
  return fails_at("stat", path, "") ? -1 : (int)syscall(SYS_newfstatat, AT_FDCWD, path, about, AT_SYMLINK_NOFOLLOW);
}
int access(const char *path, int mode) {
  return fails_at("access", path, "") ? -1 : (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
}
int rename(const char *from, const char *to) {
  return fails_at("rename", from, to) ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}
int unlink(const char *path) {
  return fails_at("unlink", path, "") ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}
int rmdir(const char *path) {
  return fails_at("rmdir", path, "") ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}
int remove(const char *path) {
  struct stat about;
  const bool folder = !syscall(SYS_newfstatat, AT_FDCWD, path, &about, AT_SYMLINK_NOFOLLOW) && S_ISDIR(about.st_mode);
  return folder ? rmdir(path) : unlink(path);
}
int mkdir(const char *path, mode_t mode) {
  return fails_at("mkdir", path, "") ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}
void *mmap(void *where, size_t size, int protection, int flags, int fd, off_t offset) {
  return fd >= 0 && fails_on("mmap", fd, "") ? MAP_FAILED
                                             : (void *)syscall(SYS_mmap, where, size, protection, flags, fd, offset);
}

/* what the C library does inside itself is not seen, so its own functions count as one call each */
typedef DIR *open_folder(const char *path);
typedef struct dirent *read_folder(DIR *folder);
typedef FILE *open_stream(const char *path, const char *mode);

static void *next_of(const char *name) {
  return dlsym(RTLD_NEXT, name);
}

DIR *opendir(const char *path) {
  open_folder *next = (open_folder *)(uintptr_t)next_of("opendir");
  return fails_at("opendir", path, "") ? NULL : next(path);
}
struct dirent *readdir(DIR *folder) {
  read_folder *next = (read_folder *)(uintptr_t)next_of("readdir");
  return fails_on("readdir", dirfd(folder), "") ? NULL : next(folder);
}
FILE *fopen(const char *restrict path, const char *restrict mode) {
  open_stream *next = (open_stream *)(uintptr_t)next_of("fopen");
  return fails_at("fopen", path, *mode == 'w' ? "truncate" : "") ? NULL : next(path, mode);
}

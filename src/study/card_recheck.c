/* duro-recheck, run as a program. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "io/number.h"
#include "study/card.h"

enum { ABSENT = 127 };

static void run_checker(const char *path) {
  char beside[RUN_PATH];
  const ssize_t length = readlink("/proc/self/exe", beside, sizeof beside - sizeof "duro-recheck");
  char *arguments[] = {"duro-recheck", (char *)(uintptr_t)path, NULL};
  if (length > 0) {
    beside[length] = '\0';
    char *slash = strrchr(beside, '/');
    if (slash) memcpy(slash + 1, "duro-recheck", sizeof "duro-recheck");
    execv(beside, arguments);
  }
  execvp("duro-recheck", arguments);
  _exit(ABSENT);
}

/* "volume of the set: 0.96" */
static void read_volume(double *volume, const char *said) {
  static const char label[] = "volume of the set: ";
  const char *at = strstr(said, label);
  char word[DURO_NUMBER_SIZE];
  if (!at) return;
  at += sizeof label - 1;
  snprintf(word, sizeof word, "%.*s", (int)strcspn(at, "\n"), at);
  (void)duro_number_real(volume, word);
}

/* The end of what the child prints. */
static void read_said(char *said, size_t size, int from) {
  size_t used = 0;
  for (;;) {
    if (used == size - 1) memmove(said, said + size / 2, used -= size / 2);
    const ssize_t got = read(from, said + used, size - 1 - used);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    used += (size_t)got;
  }
  said[used] = '\0';
}

duro_status card_recheck(bool *proved, double *volume, const char *path) {
  int ends[2], status = 0;
  char said[2048];
  if (pipe(ends)) return duro_fail_system(errno, "cannot run duro-recheck");
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]), close(ends[1]);
    run_checker(path);
  }
  close(ends[1]);
  if (child > 0) read_said(said, sizeof said, ends[0]);
  close(ends[0]);
  if (child < 0 || waitpid(child, &status, 0) < 0) return duro_fail_system(errno, "cannot run duro-recheck");
  if (WIFEXITED(status) && WEXITSTATUS(status) == ABSENT)
    return duro_fail(DURO_ERROR_MISSING, "duro-recheck was not found beside this program or on the path");
  *proved = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  read_volume(volume, said);
  return DURO_OK;
}

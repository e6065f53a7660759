/* Runs pytorch.py, which the build puts into pytorch_script.h. */
#include "pytorch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/cli.h"
#include "io/number.h"
#include "pytorch_script.h"

struct bench_pytorch {
  pid_t process;
  FILE *answers;
  char version[80];
};

/* one end of a socket, whose other end is the input and output of the process; -1 without */
static int start(pid_t *process, const char *python) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) return -1;
  *process = fork();
  if (*process == 0) {
    dup2(ends[1], STDIN_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execlp(python, python, "-c", pytorch_script, (char *)NULL);
    _exit(127);
  }
  close(ends[1]);
  if (*process < 0) close(ends[0]);
  return *process < 0 ? -1 : ends[0];
}

bench_pytorch *bench_pytorch_start(const char *python) {
  bench_pytorch *p = cli_allocate(1, sizeof *p);
  const int end = start(&p->process, python);
  p->answers = end < 0 ? NULL : fdopen(end, "r");
  if (p->answers && fgets(p->version, sizeof p->version, p->answers)) {
    p->version[strcspn(p->version, "\n")] = '\0';
    return p;
  }
  bench_pytorch_stop(p);
  return NULL;
}

void bench_pytorch_stop(bench_pytorch *p) {
  if (!p) return;
  if (p->answers) {
    fclose(p->answers); // the end of its input
    waitpid(p->process, NULL, 0);
  }
  free(p);
}

const char *bench_pytorch_version(const bench_pytorch *p) {
  return p->version;
}

duro_status bench_pytorch_update(double *ms, bench_pytorch *p, const char *algorithm, int width, int batch, int threads,
                                 int count) {
  char line[80];
  const int n = snprintf(line, sizeof line, "%s %d %d %d %d\n", algorithm, width, batch, threads, count);
  const bool sent = send(fileno(p->answers), line, (size_t)n, MSG_NOSIGNAL) == n;
  if (sent && fgets(line, sizeof line, p->answers)) {
    line[strcspn(line, "\r\n")] = '\0';
    if (duro_number_real(ms, line) == DURO_NUMBER_FINE) return DURO_OK;
  }
  return duro_fail(DURO_ERROR_FORMAT, "the process of %s ended early", p->version);
}

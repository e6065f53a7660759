/* Workers that MPI starts: mpirun places them, ranks number them; what they share is the folder, not MPI. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiment_run.h"
#include "io/text.h"

enum { OWN_WORDS = 20 };

/* This process becomes mpirun, so that what ends it, and what it ends with, is that of the workers. */
int launch_mpi(const experiment_way *way) {
  char program[CLI_PATH], jobs[32], patience[32];
  const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  text room = {0};
  word_list given = {0};
  const duro_status status = words_divided(&given, &room, way->mpi, "--mpi");
  if (status) return text_release(&room), cli_report(status);
  program[length > 0 ? length : 0] = '\0';
  snprintf(jobs, sizeof jobs, "%lld", (long long)way->jobs);
  snprintf(patience, sizeof patience, "%lld", (long long)way->at.patience);
  const char *words[WORDS_MOST + OWN_WORDS] = {"mpirun"};
  int count = 1;
  if (way->jobs) words[count++] = "-n", words[count++] = jobs;
  for (int i = 0; i < given.count; i++) words[count++] = given.word[i];
  const char *const worker[] = {length > 0 ? program : "duro",
                                "experiment",
                                way->at.e->path,
                                "--out",
                                way->at.folder,
                                "--worker",
                                "mpi",
                                "--jobs",
                                "1",
                                "--patience",
                                patience,
                                way->quiet ? "--quiet" : NULL};
  for (size_t i = 0; i < sizeof worker / sizeof *worker && worker[i]; i++) words[count++] = worker[i];
  if (way->at.only) words[count++] = "--only", words[count++] = way->at.only;
  (void)fflush(NULL);
  execvp("mpirun", (char *const *)(uintptr_t)words);
  const int reason = errno;
  text_release(&room);
  if (reason == ENOENT) return cli_fail(CLI_FAILED, "there is no mpirun; Debian has it in openmpi-bin and in mpich");
  return cli_fail(CLI_FAILED, "mpirun cannot be run: %s", strerror(reason));
}

/* Workers that MPI starts: mpirun places them, ranks number them; what they share is the folder, not MPI. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiment_run.h"
#include "io/text.h"

enum { WORDS = CLI_MAX_WORDS + 32 };

/* The words of a program on their way. */
typedef struct word_row {
  const char *word[WORDS];
  int count;
} word_row;

static void add(word_row *row, const char *word) {
  if (row->count < WORDS - 1) row->word[row->count++] = word;
}

/* What --mpi gives; blanks divide options. `room` holds the words. */
static void add_given(word_row *row, text *room, const cli_words *given) {
  for (int i = 0; i < given->count; i++) text_add(room, "%s ", given->word[i]);
  char *rest = room->length ? room->bytes : NULL, *word;
  while (rest && (word = strtok_r(rest, " ", &rest))) add(row, word);
}

/* This process becomes mpirun, so that what ends it, and what it ends with, is that of the workers. */
int launch_mpi(const experiment_way *way) {
  char program[CLI_PATH], count[32], patience[32];
  const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  text room = {0};
  word_row row = {0};
  program[length > 0 ? length : 0] = '\0';
  snprintf(count, sizeof count, "%lld", (long long)way->jobs);
  snprintf(patience, sizeof patience, "%lld", (long long)way->at.patience);
  add(&row, "mpirun");
  if (way->jobs) add(&row, "-n"), add(&row, count);
  add_given(&row, &room, way->mpi);
  const char *const words[] = {length > 0 ? program : "duro",
                               "experiment",
                               way->at.e->path,
                               "--out",
                               way->at.folder,
                               "--worker",
                               "mpi",
                               "--jobs",
                               "1",
                               "--patience",
                               patience};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) add(&row, words[i]);
  if (way->at.only) add(&row, "--only"), add(&row, way->at.only);
  if (way->quiet) add(&row, "--quiet");
  (void)fflush(NULL);
  execvp("mpirun", (char *const *)row.word);
  const int reason = errno;
  text_release(&room);
  if (reason == ENOENT) return cli_fail(CLI_FAILED, "there is no mpirun; Debian has it in openmpi-bin and in mpich");
  return cli_fail(CLI_FAILED, "mpirun cannot be run: %s", strerror(reason));
}

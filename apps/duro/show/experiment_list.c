/* The table of `duro experiment --list`. */
#include "show/experiment_list.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/opening.h"
#include "io/file.h"
#include "study/experiment_known.h"

static void print_known(const experiment_known *known) {
  cli_print("%s\n  %s\n  trainings: %d, jobs: %d, ", known->path, known->title, known->trainings, known->jobs);
  if (!isfinite(known->seconds))
    cli_print("time not measured yet\n");
  else if (known->seconds < 60)
    cli_print("%.0f s of one thread (%s)\n", known->seconds, known->measured);
  else
    cli_print("%.0f min of one thread (%s)\n", known->seconds / 60, known->measured);
}

/* Every file has its turn: one that cannot be read is said, and ends the command with a failure. */
int show_experiments(const char *place) {
  char(*paths)[RUN_PATH] = cli_allocate(EXPERIMENTS_KNOWN, sizeof *paths);
  int count = 1, ended = CLI_DONE;
  duro_kind kind;
  duro_status status = duro_file_look(&kind, place);
  if (!status && kind == DURO_KIND_FILE)
    snprintf(paths[0], sizeof paths[0], "%s", place);
  else if (!status)
    status = experiment_known_files(paths, &count, EXPERIMENTS_KNOWN, place);
  if (!status && !count) ended = cli_fail(CLI_FAILED, "%s has no file *.yaml", place);
  if (status) ended = cli_report(status);
  for (int i = 0; i < count && !status; i++) {
    experiment_known known;
    const duro_status read = experiment_known_read(&known, paths[i], cli_how());
    if (read)
      ended = cli_report(read);
    else
      print_known(&known);
  }
  free(paths);
  return ended;
}

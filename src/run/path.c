/* Paths of files in the folders of runs and solutions. */
#include "run/path.h"

#include <stdio.h>
#include <string.h>

#include "duro/io.h"
#include "io/path.h"

enum { LONGEST_NAME = 255 };

void run_path(char out[RUN_PATH], const char *folder, const char *file) {
  if (!duro_path_join(out, RUN_PATH, folder, file)) return;
  const int shown = snprintf(out, RUN_PATH, "%.100s", folder);
  memset(out + shown, '.', LONGEST_NAME + 1);
  out[shown + LONGEST_NAME + 1] = '\0';
}

void run_results(char out[RUN_PATH], const char *given, const char *home, const char *file) {
  char name[RUN_PATH];
  path_stem(name, sizeof name, file);
  if (given)
    snprintf(out, RUN_PATH, "%s", given);
  else
    run_path(out, home, name);
  for (size_t length = strlen(out); length > 1 && out[length - 1] == '/';) out[--length] = '\0';
}

/* What compare_certificate.c and compare_grid.c share. */
#ifndef COMPARE_DOUBLE_H
#define COMPARE_DOUBLE_H

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what) {
  printf("%s\n", what);
  exit(1);
}

static void find(void *function, void *library, const char *prefix, const char *name) {
  char symbol[160];
  snprintf(symbol, sizeof symbol, "%s_%s", prefix, name);
  void *found = dlsym(library, symbol);
  if (!found) fail(symbol);
  memcpy(function, &found, sizeof found);
}

/* a table of a header */
static void write_numbers(FILE *file, const char *name, const double *values, int n) {
  fprintf(file, "static const double %s = {", name);
  for (int i = 0; i < n; i++) fprintf(file, "%s%a", i ? ", " : "", values[i]);
  fprintf(file, "};\n");
}

#endif

/* Reads the blocks of tests/data: "name rows columns", then the numbers. */
#ifndef TESTS_NN_ORACLE_H
#define TESTS_NN_ORACLE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct block {
  int rows, columns;
  double *v;
} block;

static inline FILE *open_oracle(const char *name) {
  char path[1024];
  snprintf(path, sizeof path, "%s/tests/data/%s", DURO_SOURCE_DIR, name);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  return file;
}

static inline block read_block(FILE *file, const char *wanted) {
  char name[64];
  block b = {0};
  assert_int_equal(fscanf(file, "%63s %d %d", name, &b.rows, &b.columns), 3);
  assert_string_equal(name, wanted);
  b.v = malloc(sizeof(double) * (size_t)b.rows * (size_t)b.columns);
  for (int i = 0; i < b.rows * b.columns; ++i) assert_int_equal(fscanf(file, "%lf", &b.v[i]), 1);
  return b;
}

static inline float *as_float(const block *b) {
  const int n = b->rows * b->columns;
  float *f = malloc(sizeof(float) * (size_t)n);
  for (int i = 0; i < n; ++i) f[i] = (float)b->v[i];
  return f;
}

#endif

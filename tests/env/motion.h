/* Motions against SciPy's (tests/data/make_env_oracle.py). */
#ifndef DURO_TESTS_MOTION_H
#define DURO_TESTS_MOTION_H

#include "env_test.h"
#include "nn/oracle.h"

/* largest error over all cases of a file and all its states, after `steps` steps of an environment; an error of a
 * number above 1 is relative */
static inline double motion_error(const char *name, const char *file, const char *const *settings, int steps) {
  duro_env *env = make_env(name, settings);
  const duro_env_spec *s = &env->spec;
  FILE *oracle = open_oracle(file);
  const block start = read_block(oracle, "start"), u = read_block(oracle, "u"), a = read_block(oracle, "a"),
              end = read_block(oracle, "end");
  fclose(oracle);
  double worst = 0;
  for (int k = 0; k < start.rows; k++) {
    double x[DURO_MAX_STATE] = {0}, x2[DURO_MAX_STATE];
    duro_step out;
    memcpy(x, start.v + k * start.columns, sizeof *x * (size_t)start.columns);
    for (int t = 0; t < steps; t++) {
      duro_env_step(env, NULL, x2, &out, x, u.v + k * u.columns, a.v + k * a.columns);
      memcpy(x, x2, sizeof x);
    }
    for (int i = 0; i < end.columns; i++) {
      double off = x[i] - end.v[k * end.columns + i];
      if (s->x_periodic && s->x_periodic[i]) off = remainder(off, s->x_high[i] - s->x_low[i]);
      worst = fmax(worst, fabs(off) / fmax(1, fabs(x[i])));
    }
  }
  const block blocks[] = {start, u, a, end};
  for (int i = 0; i < 4; i++) free(blocks[i].v);
  duro_env_destroy(env);
  return worst;
}

#endif

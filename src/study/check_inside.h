/* What the parts of the check share. All of it runs in the child. */
#ifndef DURO_STUDY_CHECK_INSIDE_H
#define DURO_STUDY_CHECK_INSIDE_H

#include "duro/check.h"
#include "env/apart.h"
#include "env/guard.h"

enum { CHECK_X = DURO_MAX_STATE, CHECK_U = DURO_MAX_ACTION, CHECK_TEXT = 400 };

typedef struct check {
  duro_env *env; /* its settings lie between guards */
  void *worker, *other;
  env_calls *calls;
  guard *guard;
  const duro_check_options *options;
  duro_check_findings *findings;
  int n;                /* samples */
  unsigned char canvas; /* what outputs are filled with before a call */
  char text[CHECK_TEXT];
} check;

typedef struct sample {
  double x[CHECK_X], u[CHECK_U], a[CHECK_U];
} sample;

typedef struct outcome {
  double x2[CHECK_X];
  duro_step out;
} outcome;

/* Does a step take tens of microseconds? */
static inline bool check_is_slow(const duro_env *env) {
  return env->ops->model || env->ops->slow;
}

/* ---- findings ---- */

void check_tell(check *c, duro_check_verdict verdict, const char *promise, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* "x = 1.5, theta = 0.2, ...", valid until the next call */
const char *check_state(check *c, const double *x);
/* the same with the actions */
const char *check_sample(check *c, const sample *s);

/* ---- calls, between guards ---- */

void check_step(check *c, void *worker, outcome *result, const sample *s);
void check_reset(check *c, double *x, duro_stream *stream, duro_start start);
double check_h(check *c, const double *x);
void check_observe(check *c, float *obs, const double *x);

/* ---- where to look ---- */

duro_stream check_stream(const check *c, uint64_t index);
void check_actions(const check *c, sample *s, duro_stream *stream);
/* half of the samples lie anywhere in the region of interest, half where a random walk from a start leads */
sample check_draw(check *c, int index);
/* the whole region, with its corners, edges, faces and middle, and what is near them */
sample check_wide(const check *c, int64_t index);

bool check_same(const void *one, const void *two, size_t bytes);
bool check_all_finite(const double *x, int count);

/* ---- the promises; each tells of itself ---- */

void check_region(check *c);
void check_starts(check *c);
void check_buffers(check *c);
void check_purity(check *c);
void check_finite(check *c);
void check_walks(check *c);
void check_ends(check *c);
void check_slope(check *c);
void check_inputs(check *c);
void check_facts(check *c);
void check_formula(check *c);
void check_returns(check *c);
void check_start_set(check *c);

#endif

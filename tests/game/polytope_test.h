/* What the tests of polytopes share. */
#ifndef DURO_TESTS_POLYTOPE_TEST_H
#define DURO_TESTS_POLYTOPE_TEST_H

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/purposes.h"
#include "duro/polytope.h"

#define ok(call)                                                                                                       \
  do {                                                                                                                 \
    if ((call) != DURO_OK) fail_msg("%s: %s", #call, duro_error());                                                    \
  } while (0)

static inline duro_stream test_stream(uint64_t index) {
  return duro_stream_at(1, (uint32_t)DURO_PURPOSE_SPARE, index);
}

/* next number in [low, high) */
static inline double draw(duro_stream *stream, double low, double high) {
  return low + (high - low) * duro_stream_uniform(stream);
}

static inline void assert_near(double value, double wanted, double tolerance) {
  if (!(fabs(value - wanted) <= tolerance))
    fail_msg("%.17g; wanted %.17g within %g (off by %g)", value, wanted, tolerance, value - wanted);
}

static inline duro_polytope *make(int nd, int faces, const double *H, const double *k) {
  duro_polytope *p;
  ok(duro_polytope_create(&p, nd, faces, H, k));
  return p;
}

/* the box -half <= x <= half in each coordinate */
static inline duro_polytope *make_box(int nd, const double *half) {
  duro_polytope *p;
  double low[DURO_POLYTOPE_MAX];
  for (int j = 0; j < nd; j++) low[j] = -half[j];
  ok(duro_polytope_create_box(&p, nd, low, half));
  return p;
}

static inline double volume(const duro_polytope *p) {
  double value;
  ok(duro_polytope_volume(&value, p));
  return value;
}

static inline double excess(const duro_polytope *outer, const duro_polytope *inner) {
  double value;
  ok(duro_polytope_excess(&value, outer, inner));
  return value;
}

/* a and b are one set: neither reaches over a face of the other by more than the tolerance */
static inline void assert_same_set(const duro_polytope *a, const duro_polytope *b, double tolerance) {
  const double ab = excess(a, b), ba = excess(b, a);
  if (!(ab <= tolerance && ba <= tolerance))
    fail_msg("the sets differ by %g and %g; wanted at most %g", ab, ba, tolerance);
}

static inline void assert_fails(duro_status status, duro_status wanted, const char *words) {
  assert_int_equal(status, wanted);
  if (!strstr(duro_error(), words)) fail_msg("the message is '%s'; wanted '%s' in it", duro_error(), words);
}

#endif

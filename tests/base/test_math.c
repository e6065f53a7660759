/* Our elementary functions against the C library's in higher precision; bounds in units of the last place are what a
 * search over the argument range gave for these polynomials, rounded up. */
#include "base/math.h"

#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* error of `got` in units of the last place of float at `exact` */
static double ulps(float got, double exact) {
  int e;
  frexp(exact, &e);
  return fabs((double)got - exact) / ldexp(1.0, (e < -125 ? -125 : e) - 24);
}

static void test_float(void **unused) {
  (void)unused;
  double worst_exp = 0, worst_log = 0, worst_tanh = 0;
  for (int i = -870000; i <= 870000; ++i) {
    const float x = (float)i * 1e-4f;
    worst_exp = fmax(worst_exp, ulps(m_expf(x), exp((double)x)));
  }
  for (int i = 1; i < 2000000; ++i) {
    const float x = m_float((uint32_t)(0x00800000u + (uint64_t)i * 1060));
    worst_log = fmax(worst_log, ulps(m_logf(x), log((double)x)));
  }
  for (int i = -200000; i <= 200000; ++i) {
    const float x = (float)i * 1e-4f;
    worst_tanh = fmax(worst_tanh, ulps(m_tanhf(x), tanh((double)x)));
  }
  if (!(worst_exp < 2.0 && worst_log < 2.0 && worst_tanh < 3.0))
    fail_msg("worst errors: exp %.2f, log %.2f, tanh %.2f ulp", worst_exp, worst_log, worst_tanh);
}

static void test_double(void **unused) {
  (void)unused;
  double worst = 0.0;
  for (int i = -2000000; i <= 2000000; ++i) {
    const double x = (double)i * .0317;
    double s, c;
    m_sincos(x, &s, &c);
    worst = fmax(worst, fmax(fabs(s - sin(x)), fabs(c - cos(x))));
  }
  // results are at most 1 in size: two ulps of 1
  if (!(worst <= 2.0 * DBL_EPSILON)) fail_msg("sin or cos off by %.3g", worst);
}

static void test_edges(void **unused) {
  (void)unused;
  assert_true(m_expf(0.0f) == 1.0f && m_logf(1.0f) == 0.0f && m_tanhf(0.0f) == 0.0f && m_sin(0.0) == 0.0);
  assert_true(m_tanhf(30.0f) == 1.0f && m_tanhf(-30.0f) == -1.0f && m_tanhf(INFINITY) == 1.0f);
  assert_true(isfinite(m_expf(1e30f)) && m_expf(-1e30f) > 0.0f && isfinite(m_logf(0.0f)));
  assert_true(isnan(m_expf(NAN)) && isnan(m_logf(NAN)) && isnan(m_tanhf(NAN)) && isnan(m_sin(NAN)));
  assert_true(fabs((double)m_softplusf(0.0f) - log(2.0)) < 1e-7 && fabs((double)m_softplusf(50.0f) - 50.0) < 1e-5);
  assert_true(fabs((double)m_sigmoidf(1.0f) - 1.0 / (1.0 + exp(-1.0))) < 1e-7);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_float), cmocka_unit_test(test_double),
                                     cmocka_unit_test(test_edges)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

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

/* error of `got` in units of the last place of double at `exact`; long double has 11 bits more */
static double double_ulps(double got, long double exact) {
  int e;
  frexpl(exact, &e);
  return (double)(fabsl((long double)got - exact) / ldexpl(1.0L, e - 53));
}

static void test_arctangent(void **unused) {
  (void)unused;
  double worst = 0.0, worst2 = 0.0;
  for (int i = 1; i <= 2000000; ++i) { // 1e-9 to 1e9, closely about 1
    const double x = (double)i * 2e-6, far = exp((double)i * 2.07e-5 - 20.7);
    worst = fmax(worst, double_ulps(m_atan(x), atanl((long double)x)));
    worst = fmax(worst, double_ulps(m_atan(-far), atanl((long double)-far)));
  }
  for (int i = 0; i < 2000000; ++i) {
    const double turn = (double)i * 3.17e-6 - 3.17, size = exp((double)(i % 101) - 50.0);
    const double y = size * sin(turn), x = size * cos(turn);
    worst2 = fmax(worst2, double_ulps(m_atan2(y, x), atan2l((long double)y, (long double)x)));
  }
  if (!(worst < 1.5 && worst2 < 1.5)) fail_msg("worst errors: atan %.2f, atan2 %.2f ulp", worst, worst2);
}

static void test_arctangent_edges(void **unused) {
  (void)unused;
  const double values[] = {0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 1e-300, -1e-300, 1e300, -1e300};
  const int n = sizeof values / sizeof *values;
  for (int i = 0; i < n; ++i) {
    assert_true(double_ulps(m_atan(values[i]), atanl((long double)values[i])) < 1.5 || values[i] == 0.0);
    for (int j = 0; j < n; ++j) {
      const double got = m_atan2(values[i], values[j]);
      const long double exact = atan2l((long double)values[i], (long double)values[j]);
      assert_true(!signbit(got) == !signbit(exact));
      assert_true(fabsl((long double)got - exact) <= 4.5e-16L); // one unit in the last place of pi
    }
  }
  assert_true(m_atan(INFINITY) == atan(INFINITY) && m_atan(-INFINITY) == atan(-INFINITY));
  assert_true(isnan(m_atan(NAN)) && isnan(m_atan2(NAN, 1.0)) && isnan(m_atan2(1.0, NAN)));
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
                                     cmocka_unit_test(test_edges), cmocka_unit_test(test_arctangent),
                                     cmocka_unit_test(test_arctangent_edges)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

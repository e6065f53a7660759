/* Intervals against long double: the exact result of points inside the operands lies inside the result. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/purposes.h"
#include "duro/base.h"
#include "game/interval.h"

static double draw(duro_stream *s, double width) {
  return width * (2.0 * duro_stream_uniform(s) - 1.0);
}

/* an interval of any size, often a point, often with a zero end, over twelve powers of ten */
static interval some(duro_stream *s) {
  const double size = pow(10.0, draw(s, 6.0)), p = draw(s, size);
  const double q = p + fabs(draw(s, size)) * (duro_stream_uniform(s) < 0.3 ? 1e-12 : 1.0);
  switch (duro_stream_below(s, 5)) {
  case 0:
    return i_point(p);
  case 1:
    return (interval){0.0, fabs(p)};
  default:
    return (interval){p, q};
  }
}

/* a double inside */
static double inside(duro_stream *s, interval a) {
  const double x = a.lo + duro_stream_uniform(s) * (a.hi - a.lo);
  return duro_stream_uniform(s) < 0.2 ? a.lo : duro_stream_uniform(s) < 0.2 ? a.hi : fmin(fmax(x, a.lo), a.hi);
}

/* long double has 64 bits: its own rounding, 2^-64, is far below the 2^-53 that is tested; sums and products are exact
 * or nearly so, and the sign of what is missed is on the side of neither */
static void assert_in(long double exact, interval a) {
  const long double error = fabsl(exact) * 0x1p-62L;
  if (!(exact + error >= (long double)a.lo && exact - error <= (long double)a.hi))
    fail_msg("%.20Lg is not in [%.17g, %.17g]", exact, a.lo, a.hi);
}

static void operations_contain(void **state) {
  (void)state;
  duro_stream s = duro_stream_at(1, DURO_PURPOSE_SPARE, 77);
  for (int round = 0; round < 300000; round++) {
    const interval a = some(&s), b = some(&s);
    const double x = inside(&s, a), y = inside(&s, b);
    const long double X = x, Y = y;
    assert_in(X + Y, i_add(a, b));
    assert_in(X - Y, i_sub(a, b));
    assert_in(X * Y, i_mul(a, b));
    if (y != 0.0) assert_in(X / Y, i_div(a, b));
    assert_in(fabsl(X), i_abs(a));
    if (x >= 0.0) assert_in(sqrtl(X), i_sqrt(a));
    assert_in(X, i_hull(a, b));
    assert_in(sinl(X), i_sin(a));
    assert_in(cosl(X), i_cos(a));
    assert_true(fabs(x - i_mid(a)) <= i_rad(a));
  }
}

/* nested expressions, so that ends which are themselves rounded are tested */
static void expressions_contain(void **state) {
  (void)state;
  duro_stream s = duro_stream_at(1, DURO_PURPOSE_SPARE, 78);
  for (int round = 0; round < 20000; round++) {
    interval a = {0.5, 0.5 + duro_stream_uniform(&s) * 1e-3};
    long double x = inside(&s, a);
    for (int depth = 0; depth < 12; depth++) {
      const interval b = {1.0 + depth, 1.0 + depth + 1e-4 * duro_stream_uniform(&s)};
      const long double y = inside(&s, b);
      switch (duro_stream_below(&s, 5)) {
      case 0:
        a = i_add(a, b), x = x + y;
        break;
      case 1:
        a = i_sub(b, a), x = y - x;
        break;
      case 2:
        a = i_mul(a, b), x = x * y;
        break;
      case 3:
        a = i_div(a, b), x = x / y;
        break;
      default:
        a = i_sin(a), x = sinl(x);
        break;
      }
      assert_true(a.hi - a.lo < 1e9);
      const long double error = 1e-17L * (1.0L + fabsl(x)); // twelve roundings of long double, each magnified
      assert_true(x + error * 100.0L >= (long double)a.lo && x - error * 100.0L <= (long double)a.hi);
    }
  }
}

/* near the turns of sin and cos, where being monotone decides */
static void waves_contain(void **state) {
  (void)state;
  duro_stream s = duro_stream_at(1, DURO_PURPOSE_SPARE, 79);
  for (int round = 0; round < 200000; round++) {
    const double turn = 1.5707963267948966 * (double)((int)duro_stream_below(&s, 41) - 20);
    const double width = pow(10.0, -12.0 * duro_stream_uniform(&s));
    const double p = turn + draw(&s, width), q = turn + draw(&s, width);
    const interval a = {fmin(p, q), fmax(p, q)};
    const double x = inside(&s, a);
    assert_in(sinl((long double)x), i_sin(a));
    assert_in(cosl((long double)x), i_cos(a));
    if (a.lo <= turn && turn <= a.hi) {
      assert_in(sinl((long double)turn), i_sin(a));
      assert_in(cosl((long double)turn), i_cos(a));
    }
  }
}

static void what_is_not_known_is_everything(void **state) {
  (void)state;
  const interval one = i_point(1.0), around = {-1.0, 1.0};
  assert_true(isinf(i_div(one, around).lo) && isinf(i_div(one, around).hi));
  assert_true(isinf(i_div(one, i_point(0.0)).hi));
  assert_true(isinf(i_sqrt(around).hi));
  assert_true(i_sin(i_all()).lo == -1.0 && i_sin(i_all()).hi == 1.0);
  assert_true(isinf(i_sub(i_all(), i_all()).hi));
  assert_true(i_zero(i_mul(i_all(), i_point(0.0)))); // zero times any number that exists
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(operations_contain),
      cmocka_unit_test(expressions_contain),
      cmocka_unit_test(waves_contain),
      cmocka_unit_test(what_is_not_known_is_everything),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The arithmetic of an exported certificate, EXPORT, against the C library's fma and the library's sine, cosine and
 * intervals: exit status 0 when every bit is the same. Compiled without a fused multiply-add. */
#include EXPORT

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/math.h"

#define interval i_interval /* the library's */
#include "game/interval.h"
#undef interval

static uint64_t drawn = 88172645463325252u;

static uint64_t draw(void) { /* Marsaglia's xorshift */
  drawn ^= drawn << 13;
  drawn ^= drawn >> 7;
  drawn ^= drawn << 17;
  return drawn;
}

/* any bits of a number between 2^-range and 2^range */
static double number(int range) {
  const uint64_t bits = draw();
  const int exponent = (int)(draw() % (unsigned)(2 * range + 1)) - range;
  double out;
  const uint64_t made = (bits & 0x800fffffffffffffu) | (uint64_t)(1023 + exponent) << 52;
  memcpy(&out, &made, sizeof out);
  return out;
}

static int differ(const char *what, double got, double wanted, double a, double b, double c) {
  if (memcmp(&got, &wanted, sizeof got) == 0 || (got == 0 && wanted == 0)) return 0;
  printf("%s of %a %a %a is %a; wanted %a\n", what, a, b, c, got, wanted);
  return 1;
}

static int check_fused(void) {
  const double a = number(200), b = number(200);
  double c = number(200);
  switch (draw() % 5) {
  case 0:
    c = -a * b; /* which leaves the rounding of the product */
    break;
  case 1:
    c = a * b * number(60);
    break;
  case 2:
    c = a * b * number(2);
    break;
  case 3:
    c = 0;
    break;
  default:
    break;
  }
  return differ("fused", fused(a, b, c), fma(a, b, c), a, b, c);
}

/* numbers at any distance, differences that nearly vanish, and what is no number */
static int check_plus(void) {
  const double a = number(draw() % 8 == 0 ? 1022 : 40);
  double b = number(draw() % 8 == 0 ? 1022 : 80);
  switch (draw() % 8) {
  case 0:
    b = -a * (1 + 0x1p-52 * (double)(draw() % 4));
    break;
  case 1:
    b = draw() % 2 ? 0.0 : -0.0;
    break;
  case 2:
    b = (double)(int64_t)(draw() % 64) * 0x1p-1074;
    break;
  case 3:
    b = draw() % 2 ? INFINITY : -INFINITY;
    break;
  case 4:
    b = a * number(1);
    break;
  default:
    break;
  }
  const double small = (double)(int64_t)(draw() % 8) * 0x1p-1074, c = draw() % 16 ? a : draw() % 2 ? small : DBL_MAX;
  return differ("sum", plus(c, b), c + b, c, b, 0) || differ("sum", plus(b, c), c + b, b, c, 0);
}

static int check_wave(double x) {
  double s, c, sine, cosine;
  sine_and_cosine(x, &s, &c);
  m_sincos(x, &sine, &cosine);
  return differ("sine", s, sine, x, 0, 0) || differ("cosine", c, cosine, x, 0, 0);
}

/* ends at and about zero, equal, in order, infinite */
static interval drawn_interval(void) {
  double a = draw() % 8 == 0 ? 0 : number(4), b = draw() % 8 == 0 ? 0 : draw() % 8 == 0 ? a : number(4);
  if (draw() % 32 == 0) b = infinite();
  return a <= b ? between(a, b) : between(b, a);
}

static int differ_interval(const char *what, interval got, i_interval wanted, interval a, interval b) {
  return differ(what, got.lo, wanted.lo, a.lo, a.hi, b.lo) || differ(what, got.hi, wanted.hi, a.lo, a.hi, b.lo);
}

static int check_intervals(void) {
  const interval a = drawn_interval(), b = drawn_interval();
  const i_interval p = {a.lo, a.hi}, q = {b.lo, b.hi};
  return differ_interval("sum", add(a, b), i_add(p, q), a, b) ||
         differ_interval("product", multiply(a, b), i_mul(p, q), a, b) ||
         differ_interval("quotient", divide(a, b), i_div(p, q), a, b) ||
         differ_interval("size", absolute(a), i_abs(p), a, b) || differ_interval("sine", wave(a, 1), i_sin(p), a, b) ||
         differ_interval("cosine", wave(a, 0), i_cos(p), a, b) ||
         differ_interval("hull", hull(a, b), i_hull(p, q), a, b);
}

int main(void) {
  for (long i = 0; i < COUNT; i++) {
    const double x = number(16);
    if (check_plus() || check_intervals() || check_fused() || check_wave(fabs(x) <= 1e5 ? x : x * 0x1p-16) ||
        check_wave(number(300) * 0x1p-300))
      return 1;
  }
  for (int turn = -1000; turn <= 1000; turn++)
    if (check_wave(turn * 1.5707963267948966) || check_wave(turn * 0.78539816339744828)) return 1;
  printf("the same\n");
  return 0;
}

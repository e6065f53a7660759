/* Elementary functions of our own: the same bits with every compiler, optimisation level and SIMD width, because
 * each is a fixed sequence of correctly rounded operations (+ - * / and explicit fma). The float ones are
 * branch-free, so loops over lanes vectorise. NaN gives NaN. Coefficients: Moshier's Cephes (float), Sun's fdlibm
 * kernels (double). Errors are measured against libm in tests/base/test_math.c. */
#ifndef DURO_BASE_MATH_H
#define DURO_BASE_MATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t m_bits(float x) {
  uint32_t b;
  memcpy(&b, &x, sizeof b);
  return b;
}

static inline float m_float(uint32_t b) {
  float x;
  memcpy(&x, &b, sizeof x);
  return x;
}

static inline float m_clampf(float x, float low, float high) {
  x = low > x ? low : x;
  return high < x ? high : x;
}

/* exp(x); x is clamped to [-87, 88], so the result is finite and normal */
static inline float m_expf(float x) {
  const float magic = 12582912.0f; // 1.5 * 2^23: adding it rounds to the nearest integer
  const float c = m_clampf(x, -87.0f, 88.0f);
  const float t = fmaf(c, 1.44269504088896341f, magic);
  const float n = t - magic;
  float r = fmaf(n, -0.693359375f, c);
  r = fmaf(n, 2.12194440e-4f, r);
  float p = 1.9875691500e-4f;
  p = fmaf(p, r, 1.3981999507e-3f);
  p = fmaf(p, r, 8.3334519073e-3f);
  p = fmaf(p, r, 4.1665795894e-2f);
  p = fmaf(p, r, 1.6666665459e-1f);
  p = fmaf(p, r, 5.0000001201e-1f);
  p = fmaf(p, r * r, r) + 1.0f;
  const float y = m_float(m_bits(p) + (m_bits(t) << 23)); // times 2^n
  return x == x ? y : x;
}

/* log(x) for positive normal x; x <= 0 and subnormals are taken as the smallest normal */
static inline float m_logf(float x) {
  const float c = 1.17549435e-38f > x ? 1.17549435e-38f : x;
  const uint32_t b = m_bits(c);
  // c = m 2^e with m in [sqrt(1/2), sqrt 2)
  const uint32_t s = b - 0x3f3504f3u;
  const float e = (float)((int32_t)s >> 23);
  const float m = m_float((s & 0x007fffffu) + 0x3f3504f3u);
  const float f = m - 1.0f;
  const float z = f * f;
  float p = 7.0376836292e-2f;
  p = fmaf(p, f, -1.1514610310e-1f);
  p = fmaf(p, f, 1.1676998740e-1f);
  p = fmaf(p, f, -1.2420140846e-1f);
  p = fmaf(p, f, 1.4249322787e-1f);
  p = fmaf(p, f, -1.6668057665e-1f);
  p = fmaf(p, f, 2.0000714765e-1f);
  p = fmaf(p, f, -2.4999993993e-1f);
  p = fmaf(p, f, 3.3333331174e-1f);
  float y = f * z * p;
  y = fmaf(e, -2.12194440e-4f, y);
  y = fmaf(z, -0.5f, y);
  y = fmaf(e, 0.693359375f, f + y);
  return x == x ? y : x;
}

static inline float m_tanhf(float x) {
  const float w = m_float(m_bits(x) & 0x7fffffffu);
  const float z = x * x;
  float p = -5.70498872745e-3f;
  p = fmaf(p, z, 2.06390887954e-2f);
  p = fmaf(p, z, -5.37397155531e-2f);
  p = fmaf(p, z, 1.33314422036e-1f);
  p = fmaf(p, z, -3.33332819422e-1f);
  const float small = fmaf(p * z, x, x);
  const float far = 1.0f - 2.0f / (m_expf(w + w) + 1.0f);
  const float large = m_float(m_bits(far) | (m_bits(x) & 0x80000000u));
  const float y = w < 0.625f ? small : large;
  return x == x ? y : x;
}

/* log(1 + exp(x)) */
static inline float m_softplusf(float x) {
  const float w = m_float(m_bits(x) & 0x7fffffffu);
  const float top = 0.0f > x ? 0.0f : x;
  return top + m_logf(1.0f + m_expf(-w));
}

/* 1 / (1 + exp(-x)) */
static inline float m_sigmoidf(float x) {
  return 1.0f / (1.0f + m_expf(-x));
}

// 1.5 * 2^52: adding it rounds to the nearest integer
#define M_MAGIC 6755399441055744.0
#define M_2_OVER_PI 0.63661977236758134308
#define M_HALF_PI 1.57079632679489655800
#define M_HALF_PI_LOW 6.12323399573676603587e-17
#define M_PI_HIGH 3.14159265358979311600e+00
#define M_PI_LOW 1.22464679914735317720e-16

// highest power first; base/lanes.h reads the same
static const double m_sine_series[6] = {1.58969099521155010221e-10, -2.50507602534068634195e-08,
                                        2.75573137070700676789e-06, -1.98412698298579493134e-04,
                                        8.33333333332248946124e-03, -1.66666666666666324348e-01};
static const double m_cosine_series[6] = {-1.13596475577881948265e-11, 2.08757232129817482790e-09,
                                          -2.75573143513906633035e-07, 2.48015872894767294178e-05,
                                          -1.38888888888741095749e-03, 4.16666666666666019037e-02};

/* sin and cos of |x| up to 1e5 */
static inline void m_sincos(double x, double *sine, double *cosine) {
  const double t = fma(x, M_2_OVER_PI, M_MAGIC);
  const double n = t - M_MAGIC;
  double r = fma(n, -M_HALF_PI, x);
  r = fma(n, -M_HALF_PI_LOW, r);
  const double z = r * r;
  double ps = m_sine_series[0], pc = m_cosine_series[0];
  for (int i = 1; i < 6; i++) {
    ps = fma(ps, z, m_sine_series[i]);
    pc = fma(pc, z, m_cosine_series[i]);
  }
  const double s = fma(ps * z, r, r);
  const double c = fma(pc * z, z, fma(z, -0.5, 1.0));
  uint64_t q;
  memcpy(&q, &t, sizeof q); // the low bits of t are those of n
  const double ss = (q & 1) ? c : s, cc = (q & 1) ? s : c;
  *sine = (q & 2) ? -ss : ss;
  *cosine = ((q + 1) & 2) ? -cc : cc;
}

static inline double m_sin(double x) {
  double s, c;
  m_sincos(x, &s, &c);
  return s;
}

static inline double m_cos(double x) {
  double s, c;
  m_sincos(x, &s, &c);
  return c;
}

// the five turns of m_atan_ratio, atan of 0, 1/2, 1, 3/2 and infinity, and what rounding left of each
static const double m_atan_base[5] = {0.0, 4.63647609000806093515e-01, 7.85398163397448278999e-01,
                                      9.82793723247329054082e-01, 1.57079632679489655800e+00};
static const double m_atan_low[5] = {0.0, 2.26987774529616870924e-17, 3.06161699786838301793e-17,
                                     1.39033110312309984516e-17, 6.12323399573676603587e-17};
// highest power first
static const double m_atan_even[6] = {1.62858201153657823623e-02, 4.97687799461593236017e-02,
                                      6.66107313738753120669e-02, 9.09088713343650656196e-02,
                                      1.42857142725034663711e-01, 3.33333333333329318027e-01};
static const double m_atan_odd[5] = {-3.65315727442169155270e-02, -5.83357013379057348645e-02,
                                     -7.69187620504482999495e-02, -1.11111104054623557880e-01,
                                     -1.99999999998764832476e-01};

/* atan(a / b) of a, b >= 0, in [0, pi/2]; 0 for a = b = 0. Turned by atan c, c of {0, .5, 1, 1.5, infinity}, the
 * rest is at most 7/16 and a polynomial does. */
static inline double m_atan_ratio(double a, double b) {
  double up, down; // a / b = tan(turn + atan(up / down))
  int turn;
  if (a < 0.4375 * b) {
    up = a, down = b, turn = 0;
  } else if (a < 0.6875 * b) {
    up = a - 0.5 * b, down = b + 0.5 * a, turn = 1;
  } else if (a < 1.1875 * b) {
    up = a - b, down = b + a, turn = 2;
  } else if (a < 2.4375 * b) {
    up = (a - b) - 0.5 * b, down = (b + a) + 0.5 * a, turn = 3;
  } else {
    up = -b, down = a, turn = 4;
  }
  if (down == 0.0) return 0.0;
  const double t = up / down, z = t * t, w = z * z;
  double even = m_atan_even[0], odd = m_atan_odd[0];
  for (int i = 1; i < 6; i++) even = m_atan_even[i] + w * even;
  for (int i = 1; i < 5; i++) odd = m_atan_odd[i] + w * odd;
  return m_atan_base[turn] - ((t * (z * even + w * odd) - m_atan_low[turn]) - t);
}

static inline double m_atan(double x) {
  return copysign(m_atan_ratio(fabs(x), 1.0), x);
}

/* angle of (x, y) in [-pi, pi]; 0 or +-pi at the origin; sizes up to 1e300 */
static inline double m_atan2(double y, double x) {
  const double angle = m_atan_ratio(fabs(y), fabs(x));
  return copysign(signbit(x) ? M_PI_HIGH - (angle - M_PI_LOW) : angle, y);
}

#endif

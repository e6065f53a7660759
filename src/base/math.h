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

/* sin and cos of |x| up to 1e5 */
static inline void m_sincos(double x, double *sine, double *cosine) {
  const double magic = 6755399441055744.0; // 1.5 * 2^52
  const double t = fma(x, 0.63661977236758134308, magic);
  const double n = t - magic;
  double r = fma(n, -1.57079632679489655800, x);
  r = fma(n, -6.12323399573676603587e-17, r);
  const double z = r * r;
  double ps = 1.58969099521155010221e-10;
  ps = fma(ps, z, -2.50507602534068634195e-08);
  ps = fma(ps, z, 2.75573137070700676789e-06);
  ps = fma(ps, z, -1.98412698298579493134e-04);
  ps = fma(ps, z, 8.33333333332248946124e-03);
  ps = fma(ps, z, -1.66666666666666324348e-01);
  const double s = fma(ps * z, r, r);
  double pc = -1.13596475577881948265e-11;
  pc = fma(pc, z, 2.08757232129817482790e-09);
  pc = fma(pc, z, -2.75573143513906633035e-07);
  pc = fma(pc, z, 2.48015872894767294178e-05);
  pc = fma(pc, z, -1.38888888888741095749e-03);
  pc = fma(pc, z, 4.16666666666666019037e-02);
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

/* atan(a / b) of a, b >= 0, in [0, pi/2]; 0 for a = b = 0. Turned by atan c, c of {0, .5, 1, 1.5, infinity}, the
 * rest is at most 7/16 and a polynomial does. */
static inline double m_atan_ratio(double a, double b) {
  double up, down, base, low; // a / b = tan(base + low + atan(up / down))
  if (a < 0.4375 * b) {
    up = a, down = b, base = 0.0, low = 0.0;
  } else if (a < 0.6875 * b) {
    up = a - 0.5 * b, down = b + 0.5 * a, base = 4.63647609000806093515e-01, low = 2.26987774529616870924e-17;
  } else if (a < 1.1875 * b) {
    up = a - b, down = b + a, base = 7.85398163397448278999e-01, low = 3.06161699786838301793e-17;
  } else if (a < 2.4375 * b) {
    up = (a - b) - 0.5 * b, down = (b + a) + 0.5 * a;
    base = 9.82793723247329054082e-01, low = 1.39033110312309984516e-17;
  } else {
    up = -b, down = a, base = 1.57079632679489655800e+00, low = 6.12323399573676603587e-17;
  }
  if (down == 0.0) return 0.0;
  const double t = up / down, z = t * t, w = z * z;
  const double even = z * (3.33333333333329318027e-01 +
                           w * (1.42857142725034663711e-01 +
                                w * (9.09088713343650656196e-02 +
                                     w * (6.66107313738753120669e-02 +
                                          w * (4.97687799461593236017e-02 + w * 1.62858201153657823623e-02)))));
  const double odd =
      w *
      (-1.99999999998764832476e-01 +
       w * (-1.11111104054623557880e-01 +
            w * (-7.69187620504482999495e-02 + w * (-5.83357013379057348645e-02 + w * -3.65315727442169155270e-02))));
  return base - ((t * (even + odd) - low) - t);
}

static inline double m_atan(double x) {
  return copysign(m_atan_ratio(fabs(x), 1.0), x);
}

/* angle of (x, y) in [-pi, pi]; 0 or +-pi at the origin; sizes up to 1e300 */
static inline double m_atan2(double y, double x) {
  const double angle = m_atan_ratio(fabs(y), fabs(x));
  return copysign(signbit(x) ? 3.14159265358979311600e+00 - (angle - 1.22464679914735317720e-16) : angle, y);
}

#endif

/* The arithmetic of an export, EXPORT, against the C library's fmaf and the library's tanh: exit status 0 when every
 * bit is the same. Compiled with the integer multiply-add. */
#include EXPORT

#include <math.h>
#include <stdio.h>

#include "base/math.h"
#include "drive.h"

/* any bits, or numbers that nearly cancel, are near to rounding or subnormal */
static void draw(drive *d, float *a, float *b, float *c) {
  *a = drive_float(drive_draw(d)), *b = drive_float(drive_draw(d)), *c = drive_float(drive_draw(d));
  switch (drive_draw(d) % 8) {
  case 0:
    *c = -*a * *b;
    break;
  case 1:
    *a = drive_float((drive_draw(d) & 0x80ffffffu) | 0x3f000000u);
    *b = drive_float((drive_draw(d) & 0x80ffffffu) | 0x3f000000u);
    *c = drive_float((drive_draw(d) & 0x80ffffffu) | 0x3f000000u);
    break;
  case 2:
    *c = drive_float(drive_draw(d) & 0x80ffffffu);
    *a = drive_float((drive_draw(d) & 0x9fffffffu) | 0x10000000u);
    *b = drive_float((drive_draw(d) & 0x9fffffffu) | 0x10000000u);
    break;
  case 3:
    *a = drive_float(drive_draw(d) & 0x8000000fu);
    break;
  case 4:
    *a = (float)(int)(drive_draw(d) % 65), *b = (float)(int)(drive_draw(d) % 65) - 32, *c = -1024;
    break;
  case 5:
    *c = drive_float(drive_draw(d) & 0x80000000u);
    break;
  case 6:
    *c = drive_float(drive_draw(d) & 0x80000000u);
    *a = drive_float(drive_draw(d) & 0x80000001u); // zero, or as small as can be
    *b = drive_float(drive_draw(d) & 0x8fffffffu);
    break;
  default:
    break;
  }
}

static int check_fused(drive *d) {
  float a, b, c;
  draw(d, &a, &b, &c);
  const float wanted = fmaf(a, b, c);
  if (!isfinite(a) || !isfinite(b) || !isfinite(c) || !isfinite(wanted)) return 0;
  const float got = fused(a, b, c);
  if (bits_of(got) == bits_of(wanted)) return 0;
  printf("fused(%a, %a, %a) is %a; fmaf has %a\n", (double)a, (double)b, (double)c, (double)got, (double)wanted);
  return 1;
}

#if HAS_TANH
static int check_tanh(float x) {
  const float got = tanh_of(x), wanted = m_tanhf(x);
  if (bits_of(got) == bits_of(wanted)) return 0;
  printf("tanh_of(%a) is %a; the library has %a\n", (double)x, (double)got, (double)wanted);
  return 1;
}
#else // policies over levels alone need none
static int check_tanh(float x) {
  (void)x;
  return 0;
}
#endif

int main(void) {
  drive d = {7u, 0u};
  for (long i = 0; i < COUNT; i++) {
    if (check_fused(&d)) return 1;
    const float x = drive_float(drive_draw(&d));
    if (isfinite(x) && fabsf(x) < 1e37f && check_tanh(x)) return 1;
    if (check_tanh(drive_uniform(&d) * 10)) return 1;
  }
  printf("the same\n");
  return 0;
}

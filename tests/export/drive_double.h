/* Numbers in double for drivers of exports, besides drive_base.h. */
#ifndef DRIVE_DOUBLE_H
#define DRIVE_DOUBLE_H

#include "drive_base.h"

/* in [-1, 1) */
static inline double drive_real(drive *d) {
  return (double)(int32_t)drive_draw(d) * (1.0 / 2147483648.0);
}

static inline double drive_of_bits(uint32_t high, uint32_t low) {
  union {
    double value;
    uint64_t bits;
  } b;
  b.bits = (uint64_t)high << 32 | low;
  return b.value;
}

static inline void drive_add_doubles(drive *d, const double *values, int n) {
  int i;
  for (i = 0; i < n; i++) {
    union {
      double value;
      uint64_t bits;
    } b;
    b.value = values[i];
    drive_add(d, (uint32_t)b.bits);
    drive_add(d, (uint32_t)(b.bits >> 32));
  }
}

/* any bits at all */
static inline double drive_any(drive *d) {
  const uint32_t high = drive_draw(d);
  return drive_of_bits(high, drive_draw(d));
}

static inline double drive_no_number(drive *d) {
  switch (drive_draw(d) % 4) {
  case 0:
    return drive_of_bits(0x7ff80000u, 0); /* NaN */
  case 1:
    return drive_of_bits(0xfff40000u, 1); /* a signalling one */
  case 2:
    return drive_of_bits(0x7ff00000u, 0); /* infinity */
  default:
    return drive_of_bits(0xfff00000u, 0);
  }
}

/* at or beside `edge`, or at an end of what a double can be */
static inline double drive_edge(drive *d, double edge) {
  switch (drive_draw(d) % 10) {
  case 0:
    return 0.0;
  case 1:
    return -0.0;
  case 2:
    return 5e-324;
  case 3:
    return -1e-300;
  case 4:
    return edge * (1.0 + 2.220446049250313e-16);
  case 5:
    return edge * (1.0 - 1.1102230246251565e-16);
  case 6:
    return edge + 1e6;
  case 7:
    return -1e150;
  case 8:
    return 1.7976931348623157e308;
  default:
    return edge;
  }
}

#endif

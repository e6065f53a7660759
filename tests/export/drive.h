/* The same inputs on every machine for an exported policy, and a hash of the bits that come out. RANGE_CENTRE and
 * RANGE_SPREAD (an array each) say where observations lie, RANGE_LOW and RANGE_HIGH what their limits are. Compiled
 * without contraction (-ffp-contract=off). */
#ifndef DRIVE_H
#define DRIVE_H

#include "drive_base.h"

static inline uint32_t drive_bits(float value) {
  union {
    float value;
    uint32_t bits;
  } b;
  b.value = value;
  return b.bits;
}

static inline float drive_float(uint32_t bits) {
  union {
    float value;
    uint32_t bits;
  } b;
  b.bits = bits;
  return b.value;
}

/* uniform in [-1, 1) */
static inline float drive_uniform(drive *d) {
  return (float)(int32_t)(drive_draw(d) >> 8) * 1.1920929e-7f - 1.0f;
}

/* what is at an edge of something */
static inline float drive_corner(drive *d, float centre, float spread, float low, float high) {
  switch (drive_draw(d) % 12) {
  case 0:
    return low;
  case 1:
    return high;
  case 2:
    return centre + spread;
  case 3:
    return centre - spread;
  case 4:
    return 0.0f;
  case 5:
    return -0.0f;
  case 6:
    return 1e-42f; /* subnormal */
  case 7:
    return -1e-30f;
  case 8:
    return centre;
  case 9:
    return drive_float(drive_bits(low) + 1); /* beyond the limit, on one side of zero */
  case 10:
    return drive_float(drive_bits(high) - 1);
  default:
    return centre + 100.0f * spread;
  }
}

/* what no sensor should say */
static inline float drive_fault(drive *d, float low, float high) {
  switch (drive_draw(d) % 6) {
  case 0:
    return drive_float(0x7fc00000u); /* NaN */
  case 1:
    return drive_float(0xffa00001u); /* a signalling one */
  case 2:
    return drive_float(0x7f800000u); /* infinity */
  case 3:
    return drive_float(0xff800000u);
  case 4:
    return low * 2.0f - 1.0f;
  default:
    return high * 2.0f + 1.0f;
  }
}

/* obs (no) number `index` */
static inline void drive_observe(drive *d, float *obs, int no, long index, const float *centre, const float *spread,
                                 const float *low, const float *high) {
  int i;
  for (i = 0; i < no; i++) obs[i] = centre[i] + 3.0f * spread[i] * drive_uniform(d);
  if (index % 8 == 5)
    for (i = 0; i < no; i++) obs[i] = drive_corner(d, centre[i], spread[i], low[i], high[i]);
  if (index % 8 == 6)
    for (i = 0; i < no; i++) obs[i] = drive_float(drive_draw(d)); /* any bits at all */
  if (index % 16 == 7) {
    i = (int)(drive_draw(d) % (uint32_t)no);
    obs[i] = drive_fault(d, low[i], high[i]);
  }
}

/* a control of a controller that knows nothing of its range, and sometimes nothing at all */
static inline void drive_want(drive *d, float *u, int nu, long index) {
  int i;
  for (i = 0; i < nu; i++) u[i] = 1.5f * drive_uniform(d);
  if (index % 32 == 3) u[drive_draw(d) % (uint32_t)nu] = drive_fault(d, -3.0e38f, 3.0e38f);
}

static inline void drive_add_floats(drive *d, const float *values, int n) {
  int i;
  for (i = 0; i < n; i++) drive_add(d, drive_bits(values[i]));
}

#endif

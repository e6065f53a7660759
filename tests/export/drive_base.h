/* What drivers of exports share: draws that are the same on every machine, and a hash of the bits that come out. */
#ifndef DRIVE_BASE_H
#define DRIVE_BASE_H

#include <stdint.h>

typedef struct drive {
  uint32_t state, hash;
} drive;

/* Marsaglia's xorshift */
static inline uint32_t drive_draw(drive *d) {
  d->state ^= d->state << 13;
  d->state ^= d->state >> 17;
  d->state ^= d->state << 5;
  return d->state;
}

/* Fowler, Noll and Vo */
static inline void drive_add(drive *d, uint32_t bits) {
  int i;
  for (i = 0; i < 4; i++) {
    d->hash = (d->hash ^ (bits >> 8 * i & 255u)) * 16777619u;
  }
}

#endif

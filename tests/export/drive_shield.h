/* The same inputs on every machine for an exported certificate, and a hash of the bits that come out. Compiled without
 * contraction. */
#ifndef DRIVE_SHIELD_H
#define DRIVE_SHIELD_H

#include "drive_double.h"

enum { DRIVE_STATES = 64, DRIVE_CONTROLS = 16 };

/* the certified set, as the certificate has it, and the functions of the export */
typedef struct drive_shield {
  int nx, nu, axes, vertices;
  const int *state;              /* (axes) */
  const double *centre, *vertex; /* (axes), (vertices x axes) from the centre */
  double (*value)(const double *x), (*margin)(const double *x, const double *u);
  int (*control)(const double *x, double *u), (*filter)(const double *x, double *u);
} drive_shield;

/* between vertices, `far` times as far from the centre */
static inline void drive_mix(drive *d, const drive_shield *s, double *x, double far) {
  double z[DRIVE_STATES], sum = 0.0;
  int i, k;
  for (k = 0; k < 3; k++) {
    const double weight = 1.0 + drive_real(d),
                 *at = s->vertex + drive_draw(d) % (uint32_t)s->vertices * (uint32_t)s->axes;
    for (i = 0; i < s->axes; i++) z[i] = k > 0 ? z[i] + weight * at[i] : weight * at[i];
    sum += weight;
  }
  for (i = 0; i < s->axes; i++) x[s->state[i]] = s->centre[i] + far * z[i] / sum;
}

/* state number `index`: in the set, on its surface, at a corner, about it, far from it, or none */
static inline void drive_shield_state(drive *d, const drive_shield *s, double *x, long index) {
  const double *corner = s->vertex + drive_draw(d) % (uint32_t)s->vertices * (uint32_t)s->axes;
  int i;
  for (i = 0; i < s->nx; i++) x[i] = 10.0 * drive_real(d);
  drive_mix(d, s, x, index % 8 == 1 ? 1.5 : index % 8 == 2 ? 1.0 : 0.5 + 0.5 * drive_real(d));
  if (index % 8 == 3)
    for (i = 0; i < s->axes; i++) x[s->state[i]] = s->centre[i] + corner[i];
  if (index % 8 == 4) {
    const double part = drive_draw(d) % 2 ? 1.0 : drive_real(d);
    for (i = 0; i < s->axes; i++) x[s->state[i]] = s->centre[i] + part * corner[i];
  }
  if (index % 8 == 5)
    for (i = 0; i < s->axes; i++) x[s->state[i]] = drive_edge(d, s->centre[i]);
  if (index % 16 == 6)
    for (i = 0; i < s->nx; i++) x[i] = drive_any(d);
  if (index % 16 == 7) x[drive_draw(d) % (uint32_t)s->nx] = drive_any(d);
  if (index % 16 == 15) x[drive_draw(d) % (uint32_t)s->nx] = drive_no_number(d);
}

/* what a controller wants there: what is right, an end, something beyond it, or nothing */
static inline void drive_shield_want(drive *d, const drive_shield *s, double *u, const double *right) {
  const uint32_t kind = drive_draw(d) % 8;
  int k;
  for (k = 0; k < s->nu; k++) {
    const double any = drive_real(d);
    u[k] = kind == 0 ? right[k] : kind == 1 ? (any > 0 ? 1.0 : -1.0) : kind == 2 ? 2.0 * any : any;
    if (kind == 3) u[k] = right[k] + 0.01 * any;
    if (kind == 4) u[k] = drive_edge(d, any > 0 ? 1.0 : -1.0);
  }
  if (kind == 5 && drive_draw(d) % 4 == 0) u[drive_draw(d) % (uint32_t)s->nu] = drive_no_number(d);
}

/* Number `index`: the state, what is wanted there, and all that the export says of them. */
static inline void drive_shield_play(drive *d, const drive_shield *s, double *x, double *wanted, long index) {
  double u[DRIVE_CONTROLS], one;
  int k;
  drive_shield_state(d, s, x, index);
  drive_add(d, (uint32_t)s->control(x, u));
  drive_add_doubles(d, u, s->nu);
  drive_shield_want(d, s, wanted, u);
  one = s->value(x);
  drive_add_doubles(d, &one, 1);
  one = s->margin(x, wanted);
  drive_add_doubles(d, &one, 1);
  for (k = 0; k < s->nu; k++) u[k] = wanted[k];
  drive_add(d, (uint32_t)s->filter(x, u));
  drive_add_doubles(d, u, s->nu);
}

#endif

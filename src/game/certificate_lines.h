/* The control in [-1, 1]^nu at which the largest of many affine functions of it is least. */
#ifndef DURO_GAME_CERTIFICATE_LINES_H
#define DURO_GAME_CERTIFICATE_LINES_H

#include "game/certificate.h"

/* at_zero (rows) + slope (rows x nu) . u */
typedef struct cert_lines {
  int rows, nu;
  const double *at_zero, *slope;
} cert_lines;

/* Where it is least, and the rows that bound it from below with weights under which u cancels. */
typedef struct cert_choice {
  double u[CERT_U], excess; // largest row - 1
  int count, row[CERT_U + 1];
  double weight[CERT_U + 1];
} cert_choice;

void cert_lowest(cert_choice *out, const cert_lines *lines);

#endif

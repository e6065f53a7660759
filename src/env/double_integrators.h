/* What a product of double integrators is made of: settings, and what follows from them. */
#ifndef DURO_ENV_DOUBLE_INTEGRATORS_H
#define DURO_ENV_DOUBLE_INTEGRATORS_H

#include "env/double_integrator.h"

enum { DIS_MOST = 16 };

#define DIS_ROWS(X)                                                                                                    \
  X(INT, count, 2, 1, DIS_MOST, NULL, "", "Number of double integrators.")                                             \
  DI_ROWS(X, 3000)

typedef struct dis_settings {
  int64_t count;
  union {
    struct {
      DI_ROWS(DURO_SETTINGS_FIELD, 3000)
    };
    di_settings each; // the same fields
  };
} dis_settings;

typedef struct dis_shared {
  int count;
  di_order order;
  double low[2 * DIS_MOST], high[2 * DIS_MOST];           // region of interest
  double fail_low[2 * DIS_MOST], fail_high[2 * DIS_MOST]; // where the episode ends
  uint64_t needs[2 * DIS_MOST];
} dis_shared;

#endif

/* duro check, in parts. */
#ifndef DURO_APP_CHECK_H
#define DURO_APP_CHECK_H

#include "duro/env.h"
#include "text.h"

/* What a coarse grid says of states: V_h (count) at x (count x nx), discounted, and so rather too high. `grid` names
 * it: "101 x 101 vertices". False, with the reason there, where no quick grid can tell. */
bool check_set(double *V, text *grid, const duro_env *env, const double *x, int count);

#endif

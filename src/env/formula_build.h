/* Short names to write formulas with: every argument and result is a node of `f`. Of two nodes that are made in one
 * call, C does not say which is first: make them one by one where numbers of nodes should not depend on the compiler.
 */
#ifndef DURO_ENV_FORMULA_BUILD_H
#define DURO_ENV_FORMULA_BUILD_H

#include "duro/formula.h"

static inline int f_add(duro_formula *f, int a, int b) {
  return duro_formula_apply(f, DURO_F_ADD, a, b);
}
static inline int f_sub(duro_formula *f, int a, int b) {
  return duro_formula_apply(f, DURO_F_SUB, a, b);
}
static inline int f_mul(duro_formula *f, int a, int b) {
  return duro_formula_apply(f, DURO_F_MUL, a, b);
}
static inline int f_div(duro_formula *f, int a, int b) {
  return duro_formula_apply(f, DURO_F_DIV, a, b);
}
/* c a */
static inline int f_scale(duro_formula *f, double c, int a) {
  return f_mul(f, duro_formula_constant(f, c), a);
}
/* a + c b */
static inline int f_axpy(duro_formula *f, int a, double c, int b) {
  return f_add(f, a, f_scale(f, c, b));
}
/* limit - |a| */
static inline int f_within(duro_formula *f, double limit, int a) {
  const int most = duro_formula_constant(f, limit);
  return f_sub(f, most, duro_formula_apply(f, DURO_F_ABS, a, a));
}
/* the classical Runge-Kutta mean: x + dt/6 (k1 + 2 (k2 + k3) + k4) */
static inline int f_runge_kutta(duro_formula *f, int x, double dt, const int k[4]) {
  const int inner = f_scale(f, 2.0, f_add(f, k[1], k[2]));
  return f_axpy(f, x, dt / 6.0, f_add(f, f_add(f, k[0], inner), k[3]));
}

#endif

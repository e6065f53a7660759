/**
 * @file formula.h
 * @brief The step and constraint of an environment as a formula that can be proved about, not only run.
 *
 * A formula is a list of nodes over real numbers, each an operation on earlier ones: x' = f(x, u, a) and
 * h(x) = min_i h_i(x). An environment that writes one down (duro_env_ops.formula) can be certified: bounds of the
 * formula over whole boxes of states are bounds of the motion. It is about real arithmetic; the program's step
 * differs from it by rounding, which a certificate allows for.
 */
#ifndef DURO_FORMULA_H
#define DURO_FORMULA_H

#include "duro/base.h"
#include "duro/env.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DURO_FORMULA_CONSTRAINTS 16 /**< largest number of h_i */

/** Operations, in the order of their names in a certificate. */
typedef enum duro_formula_op {
  DURO_F_X,        /**< x_a, entry a of the state */
  DURO_F_U,        /**< u_a, entry a of the control, in [-1, 1] */
  DURO_F_A,        /**< a_a, entry a of the disturbance, in [-1, 1] */
  DURO_F_CONSTANT, /**< value */
  DURO_F_ADD,      /**< node a + node b */
  DURO_F_SUB,
  DURO_F_MUL,
  DURO_F_DIV,
  DURO_F_MIN,
  DURO_F_MAX,
  DURO_F_NEG, /**< - node a; from here on operations of one node */
  DURO_F_ABS,
  DURO_F_SQRT,
  DURO_F_SIN,
  DURO_F_COS,
  DURO_F_OPS
} duro_formula_op;

/** Name of an operation, "mul". */
const char *duro_formula_op_name(duro_formula_op op);

typedef struct duro_formula_node {
  duro_formula_op op;
  int a, b;     /**< operands: earlier nodes, or the index of an input */
  double value; /**< of a constant */
} duro_formula_node;

struct duro_formula {
  int nx, nu, na;
  int count, room;
  duro_formula_node *node;         /**< (count) */
  int next[DURO_MAX_STATE];        /**< (nx) nodes of x' */
  int nh;                          /**< number of constraints */
  int h[DURO_FORMULA_CONSTRAINTS]; /**< (nh) their nodes; h = min_i h_i */
  duro_status failed;              /**< the first failure while it was built: memory, or a wrong node */
};

/** Might an environment have a formula? DURO_ERROR_MISSING, and why not, where it has none for sure (MuJoCo, say). */
duro_status duro_formula_check(const duro_env_ops *ops);

/**
 * The formula of an environment. That of a C file (duro/plugin.h) is read off its code, compiled anew for that, with
 * the settings of the environment. Fails with DURO_ERROR_MISSING where there is none (MuJoCo, say), and with
 * DURO_ERROR_FORMAT where what is stated is incomplete, or the code does what no formula can: a branch on a state, a
 * function that is not among the operations; the message names the line. Released with duro_formula_destroy.
 */
duro_status duro_formula_create(duro_formula **formula, const duro_env *env);
void duro_formula_destroy(duro_formula *formula);

/** Builders, for duro_env_ops.formula: each returns a node; equal ones are made once. A failure is kept in
 * formula->failed, so that nothing need be checked in between. */
int duro_formula_x(duro_formula *formula, int index);
int duro_formula_u(duro_formula *formula, int index);
int duro_formula_a(duro_formula *formula, int index);
int duro_formula_constant(duro_formula *formula, double value);
int duro_formula_apply(duro_formula *formula, duro_formula_op op, int a, int b); /**< b is ignored where op takes one */
/** States that h_i = node; the constraint is the smallest of all. */
void duro_formula_constrain(duro_formula *formula, int node);

/** Evaluates in double: x2 (nx) and h (nh), either may be NULL; work (count) is scratch. */
void duro_formula_evaluate(const duro_formula *formula, double *work, double *x2, double *h, const double *x,
                           const double *u, const double *a);

#ifdef __cplusplus
}
#endif
#endif

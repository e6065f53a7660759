/* Formulas: built node by node, evaluated in double. */
#include "duro/formula.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/math.h"
#include "base/memory.h"

static const char *const names[DURO_F_OPS] = {"x",   "u",   "a",   "constant", "add",  "sub", "mul", "div",
                                              "min", "max", "neg", "abs",      "sqrt", "sin", "cos"};

const char *duro_formula_op_name(duro_formula_op op) {
  return names[op];
}

/* keeps the first failure */
static void fault(duro_formula *f) {
  if (!f->failed) f->failed = DURO_ERROR_FORMAT;
}

static bool grow(duro_formula *f) {
  if (f->count < f->room) return true;
  const int room = f->room ? 2 * f->room : 64;
  duro_formula_node *node = duro_allocate((size_t)room * sizeof *node);
  if (!node) return false;
  if (f->count) memcpy(node, f->node, (size_t)f->count * sizeof *node);
  duro_release(f->node);
  f->node = node;
  f->room = room;
  return true;
}

static bool same(const duro_formula_node *p, const duro_formula_node *q) {
  return p->op == q->op && p->a == q->a && p->b == q->b && memcmp(&p->value, &q->value, sizeof p->value) == 0;
}

/* the node, an equal one if there is one; -1 after a failure */
static int push(duro_formula *f, duro_formula_node node) {
  if (f->failed) return -1;
  for (int i = 0; i < f->count; i++)
    if (same(f->node + i, &node)) return i;
  if (!grow(f)) {
    f->failed = DURO_ERROR_MEMORY;
    return -1;
  }
  f->node[f->count] = node;
  return f->count++;
}

static int input(duro_formula *f, duro_formula_op op, int index, int count) {
  if (index < 0 || index >= count) fault(f);
  return push(f, (duro_formula_node){.op = op, .a = index});
}

int duro_formula_x(duro_formula *f, int index) {
  return input(f, DURO_F_X, index, f->nx);
}

int duro_formula_u(duro_formula *f, int index) {
  return input(f, DURO_F_U, index, f->nu);
}

int duro_formula_a(duro_formula *f, int index) {
  return input(f, DURO_F_A, index, f->na);
}

int duro_formula_constant(duro_formula *f, double value) {
  if (!isfinite(value)) fault(f);
  return push(f, (duro_formula_node){.op = DURO_F_CONSTANT, .value = value});
}

int duro_formula_apply(duro_formula *f, duro_formula_op op, int a, int b) {
  const bool one = op >= DURO_F_NEG;
  if (op < DURO_F_ADD || op >= DURO_F_OPS || a < 0 || a >= f->count || (!one && (b < 0 || b >= f->count))) fault(f);
  return push(f, (duro_formula_node){.op = op, .a = a, .b = one ? 0 : b});
}

void duro_formula_constrain(duro_formula *f, int node) {
  if (node < 0 || f->nh == DURO_FORMULA_CONSTRAINTS)
    fault(f);
  else
    f->h[f->nh++] = node;
}

static double apply(duro_formula_op op, double a, double b) {
  switch (op) {
  case DURO_F_ADD:
    return a + b;
  case DURO_F_SUB:
    return a - b;
  case DURO_F_MUL:
    return a * b;
  case DURO_F_DIV:
    return a / b;
  case DURO_F_MIN:
    return fmin(a, b);
  case DURO_F_MAX:
    return fmax(a, b);
  case DURO_F_NEG:
    return -a;
  case DURO_F_ABS:
    return fabs(a);
  case DURO_F_SQRT:
    return sqrt(a);
  case DURO_F_SIN:
    return m_sin(a);
  default:
    return m_cos(a);
  }
}

void duro_formula_evaluate(const duro_formula *f, double *work, double *x2, double *h, const double *x, const double *u,
                           const double *a) {
  for (int i = 0; i < f->count; i++) {
    const duro_formula_node n = f->node[i];
    switch (n.op) {
    case DURO_F_X:
      work[i] = x[n.a];
      break;
    case DURO_F_U:
      work[i] = u[n.a];
      break;
    case DURO_F_A:
      work[i] = a[n.a];
      break;
    case DURO_F_CONSTANT:
      work[i] = n.value;
      break;
    default:
      work[i] = apply(n.op, work[n.a], work[n.b]);
      break;
    }
  }
  for (int i = 0; x2 && i < f->nx; i++) x2[i] = work[f->next[i]];
  for (int i = 0; h && i < f->nh; i++) h[i] = work[f->h[i]];
}

static duro_status check(const duro_formula *f, const char *name) {
  if (f->failed == DURO_ERROR_MEMORY) return f->failed;
  if (f->failed) return duro_fail(f->failed, "the formula of environment '%s' could not be built", name);
  if (f->nh == 0) return duro_fail(DURO_ERROR_FORMAT, "the formula of environment '%s' states no constraint", name);
  for (int i = 0; i < f->nx; i++)
    if (f->next[i] < 0 || f->next[i] >= f->count)
      return duro_fail(DURO_ERROR_FORMAT, "the formula of environment '%s' leaves x'_%d open", name, i);
  return DURO_OK;
}

static bool is_object(const duro_env_ops *ops) {
  const char *end = ops->source ? strrchr(ops->source->place, '.') : NULL;
  return end && strcmp(end, ".so") == 0;
}

static const char *why_there_is_none(const duro_env_ops *ops) {
  return ops->model       ? ": a step of MuJoCo is an algorithm, and no formula of few operations"
         : is_object(ops) ? ": a shared object is not read; give its C file"
                          : "";
}

duro_status duro_formula_check(const duro_env_ops *ops) {
  if (ops->formula) return DURO_OK;
  return duro_fail(DURO_ERROR_MISSING, "'%s' states no formula, which a certificate needs%s", ops->name,
                   why_there_is_none(ops));
}

duro_status duro_formula_create(duro_formula **formula, const duro_env *env) {
  *formula = NULL;
  const duro_status missing = duro_formula_check(env->ops);
  if (missing) return missing;
  duro_formula *f = duro_allocate(sizeof *f);
  if (!f) return DURO_ERROR_MEMORY;
  f->nx = env->spec.nx;
  f->nu = env->spec.nu;
  f->na = env->spec.na;
  for (int i = 0; i < f->nx; i++) f->next[i] = -1;
  duro_status status = env->ops->formula(env, f);
  if (!status) status = check(f, env->ops->name);
  if (status)
    duro_formula_destroy(f);
  else
    *formula = f;
  return status;
}

void duro_formula_destroy(duro_formula *f) {
  if (!f) return;
  duro_release(f->node);
  duro_release(f);
}

/* Learned safe sets against the truth. */
#include "module.h"

/* What a comparison is given: (env, policy, grid or None, points, level, ahead, threads, horizon, starts) */
typedef struct comparison {
  PyObject *env_object;
  const duro_env *env;
  const duro_policy *policy;
  duro_set_truth *truth;
  duro_set_cells cells;
  duro_set_options options;
} comparison;

static bool take(comparison *c, PyObject *arguments) {
  PyObject *policy, *grid;
  long long points, threads, horizon, starts;
  int ahead;
  if (!PyArg_ParseTuple(arguments, "OOOLdpLLL", &c->env_object, &policy, &grid, &points, &c->options.level, &ahead,
                        &threads, &horizon, &starts))
    return false;
  c->options.ahead = ahead, c->options.threads = threads, c->options.horizon = horizon, c->options.starts = starts;
  c->env = env_of(c->env_object);
  c->policy = c->env ? thing_of(policy, type_policy, "a Policy") : NULL;
  const duro_grid *solved = c->policy && grid != Py_None ? thing_of(grid, type_grid, "a Grid") : NULL;
  if (PyErr_Occurred()) return false;
  duro_status status = solved ? duro_set_truth_grid(&c->truth, solved) : duro_set_truth_exact(&c->truth, c->env);
  if (!status) status = duro_set_cells_make(&c->cells, c->env, c->truth, points);
  if (status) raise_status(status);
  return !status;
}

static bool end(comparison *c, duro_status status) {
  duro_set_truth_destroy(c->truth);
  PyObject *done = finish(status, c->env_object, NULL, 0);
  Py_XDECREF(done);
  return done != NULL;
}

static PyObject *compare(PyObject *module, PyObject *arguments) {
  (void)module;
  comparison c = {0};
  duro_set_overlap o = {0};
  duro_status status;
  if (!take(&c, arguments)) {
    duro_set_truth_destroy(c.truth);
    return NULL;
  }
  Py_BEGIN_ALLOW_THREADS status = duro_set_compare(&o, c.policy, c.truth, &c.cells, &c.options);
  Py_END_ALLOW_THREADS if (!end(&c, status)) return NULL;
  return Py_BuildValue("{sL,sL,sL,sL,sd,sd,sd,sd,sd}", "cells", (long long)o.cells, "learned", (long long)o.learned,
                       "exact", (long long)o.exact, "both", (long long)o.both, "iou", o.iou, "false_safe", o.false_safe,
                       "false_unsafe", o.false_unsafe, "learned_share", o.learned_share, "exact_share", o.exact_share);
}

static PyObject *keep(PyObject *module, PyObject *arguments) {
  (void)module;
  comparison c = {0};
  duro_set_keeping k = {0};
  duro_status status;
  if (!take(&c, arguments)) {
    duro_set_truth_destroy(c.truth);
    return NULL;
  }
  Py_BEGIN_ALLOW_THREADS status = duro_set_keep(&k, c.policy, c.truth, &c.cells, &c.options);
  Py_END_ALLOW_THREADS if (!end(&c, status)) return NULL;
  return Py_BuildValue("{sL,sL,s{sL,sL,sL,sL}}", "starts", (long long)k.starts, "kept", (long long)k.kept, "broken",
                       "worst", (long long)k.broken[DURO_SET_WORST], "mu_h", (long long)k.broken[DURO_SET_MU_H],
                       "random", (long long)k.broken[DURO_SET_RANDOM], "constant",
                       (long long)k.broken[DURO_SET_CONSTANT]);
}

/* truth_at(env, grid or None, x) -> V_h (n) of the truth, raw units of h */
static PyObject *truth_at(PyObject *module, PyObject *arguments) {
  (void)module;
  PyObject *env_object, *grid, *given;
  if (!PyArg_ParseTuple(arguments, "OOO", &env_object, &grid, &given)) return NULL;
  const duro_env *env = env_of(env_object);
  const duro_grid *solved = env && grid != Py_None ? thing_of(grid, type_grid, "a Grid") : NULL;
  if (PyErr_Occurred()) return NULL;
  duro_set_truth *truth;
  const duro_status status = solved ? duro_set_truth_grid(&truth, solved) : duro_set_truth_exact(&truth, env);
  if (status) return raise_status(status);
  npy_intp n = -1;
  PyArrayObject *x = rows_of(given, NPY_DOUBLE, env->spec.nx, &n, "x"), *v = x ? new_rows(n, -1, NPY_DOUBLE) : NULL;
  for (npy_intp i = 0; v && i < n; i++) doubles(v)[i] = duro_set_truth_value(truth, doubles(x) + i * env->spec.nx);
  Py_XDECREF(x);
  duro_set_truth_destroy(truth);
  return (PyObject *)v;
}

static PyMethodDef functions[] = {
    {"compare_sets", compare, METH_VARARGS,
     "compare_sets(env, policy, grid, points, level, ahead, threads, horizon, starts) -> dict"},
    {"truth_at", truth_at, METH_VARARGS, "truth_at(env, grid, x) -> V_h"},
    {"keep_sets", keep, METH_VARARGS, "keep_sets(the same) -> dict"},
    {NULL, NULL, 0, NULL},
};

int sets_ready(PyObject *module) {
  return add_functions(module, functions);
}

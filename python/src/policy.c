/* Frozen policies on batches of observations. */
#include "module.h"

PyObject *type_policy;

static duro_policy *policy(PyObject *self) {
  return ((handle *)self)->thing;
}

static void destroy(PyObject *self) {
  duro_policy_destroy(policy(self));
  handle_free(self);
}

static PyObject *load(PyObject *module, PyObject *arguments) {
  (void)module;
  const char *path;
  duro_policy *loaded;
  duro_status status;
  if (!PyArg_ParseTuple(arguments, "s", &path)) return NULL;
  Py_BEGIN_ALLOW_THREADS status = duro_policy_load(&loaded, path);
  Py_END_ALLOW_THREADS if (status) return raise_status(status);
  PyObject *self = handle_new(type_policy, loaded, NULL);
  if (!self) duro_policy_destroy(loaded);
  return self;
}

/* ---- what it is ---- */

enum { NETS = DURO_NET_LAMBDA + 1 };

static PyObject *nets(const duro_policy *p) {
  PyObject *all = PyList_New(0);
  for (int i = 0; all && i < NETS; i++) {
    if (!duro_policy_has(p, (duro_policy_net)i)) continue;
    PyObject *name = PyUnicode_FromString(duro_policy_net_name((duro_policy_net)i));
    if (!name || PyList_Append(all, name)) Py_CLEAR(all);
    Py_XDECREF(name);
  }
  return all;
}

static PyObject *about(PyObject *self, PyObject *nothing) {
  (void)nothing;
  const duro_policy_info *i = duro_policy_about(policy(self));
  return Py_BuildValue("{ss,ss,ss,si,si,si,si,sL,sL,sd,sd,sN,sK}", "algorithm", i->algorithm, "environment",
                       i->environment, "deployed", i->deployed, "no", i->no, "nu", i->nu, "na", i->na, "levels",
                       i->levels, "step", (long long)i->step, "update", (long long)i->update, "margin", i->margin,
                       "h_unit", i->h_unit, "nets", nets(policy(self)), "hash",
                       (unsigned long long)duro_policy_hash(policy(self)));
}

static PyObject *can(PyObject *self, PyObject *arguments) {
  int act;
  if (!PyArg_ParseTuple(arguments, "i", &act)) return NULL;
  return PyBool_FromLong(duro_policy_can(policy(self), (duro_act)act));
}

/* ---- what it does ---- */

static PyObject *act(PyObject *self, PyObject *arguments) {
  PyObject *given;
  int how;
  float margin;
  if (!PyArg_ParseTuple(arguments, "Oif", &given, &how, &margin)) return NULL;
  const duro_policy_info *i = duro_policy_about(policy(self));
  npy_intp n = -1;
  PyArrayObject *obs = rows_of(given, NPY_FLOAT, i->no, &n, "obs"), *u = obs ? new_rows(n, i->nu, NPY_FLOAT) : NULL;
  PyArrayObject *replaced = u ? (PyArrayObject *)PyArray_ZEROS(1, &n, NPY_BOOL, 0) : NULL;
  if (replaced) {
    Py_BEGIN_ALLOW_THREADS duro_policy_act_many(policy(self), (int)n, floats(u), PyArray_DATA(replaced), floats(obs),
                                                (duro_act)how, margin);
    Py_END_ALLOW_THREADS
  }
  Py_XDECREF(obs);
  if (!replaced) {
    Py_XDECREF(u);
    return NULL;
  }
  return Py_BuildValue("NN", like(u, given, i->no), replaced);
}

static PyObject *disturb(PyObject *self, PyObject *arguments) {
  PyObject *given, *given_u;
  int net;
  if (!PyArg_ParseTuple(arguments, "OOi", &given, &given_u, &net)) return NULL;
  const duro_policy_info *i = duro_policy_about(policy(self));
  npy_intp n = -1;
  PyArrayObject *obs = rows_of(given, NPY_FLOAT, i->no, &n, "obs"), *a = obs ? new_rows(n, i->na, NPY_FLOAT) : NULL;
  PyArrayObject *u = a && given_u != Py_None ? rows_of(given_u, NPY_FLOAT, i->nu, &n, "u") : NULL;
  if (PyErr_Occurred()) {
    Py_CLEAR(a);
  } else {
    Py_BEGIN_ALLOW_THREADS if (u)
        duro_policy_respond_many(policy(self), (int)n, floats(a), floats(obs), floats(u), (duro_policy_net)net);
    else duro_policy_disturb_many(policy(self), (int)n, floats(a), floats(obs), (duro_policy_net)net);
    Py_END_ALLOW_THREADS
  }
  Py_XDECREF(u);
  Py_XDECREF(obs);
  return like(a, given, i->no);
}

static PyObject *values(PyObject *self, PyObject *given, bool multiplier) {
  const duro_policy *p = policy(self);
  const int no = duro_policy_about(p)->no;
  npy_intp n = -1;
  PyArrayObject *obs = rows_of(given, NPY_FLOAT, no, &n, "obs"), *value = obs ? new_rows(n, -1, NPY_FLOAT) : NULL;
  if (value) {
    Py_BEGIN_ALLOW_THREADS if (!multiplier) duro_policy_safety_value_many(p, (int)n, floats(value), floats(obs));
    for (npy_intp i = 0; multiplier && i < n; i++) floats(value)[i] = duro_policy_multiplier(p, floats(obs) + i * no);
    Py_END_ALLOW_THREADS
  }
  Py_XDECREF(obs);
  return (PyObject *)value;
}

static PyObject *safety_value(PyObject *self, PyObject *given) {
  return values(self, given, false);
}

static PyObject *multiplier(PyObject *self, PyObject *given) {
  return values(self, given, true);
}

static PyMethodDef methods[] = {
    {"about", about, METH_NOARGS, "about() -> dict"},
    {"can", can, METH_VARARGS, "can(act) -> bool"},
    {"act", act, METH_VARARGS, "act(obs, act, margin) -> (u, replaced)"},
    {"disturb", disturb, METH_VARARGS, "disturb(obs, u, net) -> a"},
    {"safety_value", safety_value, METH_O, "safety_value(obs) -> value"},
    {"multiplier", multiplier, METH_O, "multiplier(obs) -> value"},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {{Py_tp_dealloc, destroy}, {Py_tp_methods, methods}, {0, NULL}};
static PyType_Spec spec = {"duro._duro.Policy", sizeof(handle), 0, Py_TPFLAGS_DEFAULT, slots};
static PyMethodDef functions[] = {
    {"load_policy", load, METH_VARARGS, "load_policy(path) -> Policy"},
    {NULL, NULL, 0, NULL},
};

int policy_ready(PyObject *module) {
  return add_type(module, &spec, &type_policy) || add_functions(module, functions) ? -1 : 0;
}

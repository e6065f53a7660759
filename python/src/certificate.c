/* Certificates: sets from inside, with a proof. */
#include "module.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

PyObject *type_certificate;

static duro_certificate *certificate(PyObject *self) {
  return ((handle *)self)->thing;
}

static void destroy(PyObject *self) {
  duro_certificate_destroy(certificate(self));
  handle_free(self);
}

/* ---- from an environment ---- */

/* What a proof is given: (env, pairs of the grid, pairs of the proof, shape, low, high), and the plan made of it. */
typedef struct wanted {
  PyObject *env_object;
  const duro_env *env;
  duro_grid_settings grid;
  duro_certificate_settings settings;
  duro_grid_plan plan;
} wanted;

static bool want(wanted *w, PyObject *given) {
  PyObject *grid_pairs, *pairs, *shape, *low, *high;
  if (!PyArg_ParseTuple(given, "OOOOOO", &w->env_object, &grid_pairs, &pairs, &shape, &low, &high)) return false;
  w->env = env_of(w->env_object);
  if (!w->env) return false;
  const duro_settings_group groups[] = {duro_grid_settings_group(&w->grid),
                                        duro_certificate_settings_group(&w->settings)};
  for (int i = 0; i < 2; i++) duro_settings_default(&groups[i]);
  return settings_set(&groups[0], 1, grid_pairs) && settings_set(&groups[1], 1, pairs) &&
         grid_plan_of(&w->plan, w->env, &w->grid, shape, low, high);
}

/* certificate_needs_value((env, ...)): does the proof start from the value of a grid? */
static PyObject *needs_value(PyObject *module, PyObject *arguments) {
  (void)module;
  PyObject *given;
  wanted w;
  if (!PyArg_ParseTuple(arguments, "O", &given) || !want(&w, given)) return NULL;
  const duro_status missing = duro_formula_check(w.env->ops);
  if (missing) return raise_status(missing);
  return PyBool_FromLong(duro_certificate_needs_value(w.env, &w.plan, &w.settings));
}

static duro_status report(const duro_certificate_progress *now, void *context) {
  const PyGILState_STATE lock = PyGILState_Ensure();
  PyObject *told =
      Py_BuildValue("({sL,sL,sL,sL,sd})", "round", (long long)now->round, "cells", (long long)now->cells, "tried",
                    (long long)now->tried, "failed", (long long)now->failed, "seconds", now->seconds);
  const duro_status status = listener_tell(context, told);
  PyGILState_Release(lock);
  return status;
}

static PyArrayObject *value_of(PyObject *given, int64_t cells) {
  PyArrayObject *V =
      (PyArrayObject *)PyArray_FROMANY(given, NPY_FLOAT, 0, 0, NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_ALIGNED);
  if (!V || PyArray_SIZE(V) == cells) return V;
  PyErr_Format(PyExc_ValueError, "the value has %zd numbers; wanted %lld", (Py_ssize_t)PyArray_SIZE(V),
               (long long)cells);
  Py_DECREF(V);
  return NULL;
}

/* create_certificate((env, ...), V or None, report) -> Certificate */
static PyObject *create(PyObject *module, PyObject *arguments) {
  (void)module;
  PyObject *given, *value;
  wanted w;
  listener l = {0};
  if (!PyArg_ParseTuple(arguments, "OOO", &given, &value, &l.function) || !want(&w, given)) return NULL;
  PyArrayObject *V = value == Py_None ? NULL : value_of(value, w.plan.cells);
  if (PyErr_Occurred()) return NULL;
  duro_certificate *made = NULL;
  duro_status status;
  Py_BEGIN_ALLOW_THREADS status =
      duro_certificate_make(&made, w.env, &w.plan, V ? floats(V) : NULL, &w.settings, report, &l);
  Py_END_ALLOW_THREADS Py_XDECREF(V);
  PyObject **failures[] = {&l.failure};
  PyObject *done = finish(status, w.env_object, failures, 1);
  PyObject *self = done ? handle_new(type_certificate, made, w.env_object) : NULL;
  Py_XDECREF(done);
  if (!self && !status) duro_certificate_destroy(made);
  return self;
}

/* load_certificate(path, env) -> Certificate */
static PyObject *load(PyObject *module, PyObject *arguments) {
  (void)module;
  const char *path;
  PyObject *env_object;
  if (!PyArg_ParseTuple(arguments, "sO", &path, &env_object)) return NULL;
  const duro_env *env = env_of(env_object);
  if (!env) return NULL;
  duro_certificate *made;
  duro_status status;
  Py_BEGIN_ALLOW_THREADS status = duro_certificate_load(&made, path, env->ops);
  Py_END_ALLOW_THREADS if (status) return raise_status(status);
  PyObject *self = handle_new(type_certificate, made, env_object);
  if (!self) duro_certificate_destroy(made);
  return self;
}

/* of(env) -> bool: is it of this environment, with all its numbers? */
static PyObject *is_of(PyObject *self, PyObject *env_object) {
  const duro_env *env = env_of(env_object);
  return env ? PyBool_FromLong(duro_certificate_is_of(certificate(self), env)) : NULL;
}

static PyObject *rows(PyObject *module, PyObject *nothing) {
  (void)module, (void)nothing;
  duro_certificate_settings none;
  const duro_settings_group group = duro_certificate_settings_group(&none);
  return settings_rows(&group, 1);
}

/* ---- what it knows ---- */

static PyObject *volume(PyObject *self, PyObject *arguments) {
  int inside;
  if (!PyArg_ParseTuple(arguments, "p", &inside)) return NULL;
  return PyFloat_FromDouble((inside ? duro_certificate_volume_inside : duro_certificate_volume)(certificate(self)));
}

/* volume_of(grid, level): of {V_h >= level}, which a certified volume is compared with */
static PyObject *volume_of(PyObject *module, PyObject *arguments) {
  (void)module;
  PyObject *object;
  double level;
  if (!PyArg_ParseTuple(arguments, "Od", &object, &level)) return NULL;
  const duro_grid *grid = thing_of(object, type_grid, "a Grid");
  if (!grid) return NULL;
  const duro_grid_plan *plan = duro_grid_plan_of(grid);
  PyArrayObject *V = new_rows((npy_intp)plan->cells, -1, NPY_FLOAT);
  if (!V) return NULL;
  const duro_status status = duro_grid_read(grid, DURO_GRID_SAFETY_VALUE, floats(V));
  const double all = status ? 0 : duro_certificate_volume_of(plan, floats(V), level);
  Py_DECREF(V);
  return status ? raise_status(status) : PyFloat_FromDouble(all);
}

static int states_of(PyObject *self) {
  return env_of(((handle *)self)->keeps)->spec.nx;
}

static PyObject *value(PyObject *self, PyObject *given) {
  npy_intp n = -1;
  const int nx = states_of(self);
  PyArrayObject *x = rows_of(given, NPY_DOUBLE, nx, &n, "x"), *v = x ? new_rows(n, -1, NPY_DOUBLE) : NULL;
  for (npy_intp i = 0; v && i < n; i++) doubles(v)[i] = duro_certificate_value(certificate(self), doubles(x) + i * nx);
  Py_XDECREF(x);
  return (PyObject *)v;
}

/* control(x) -> (u, inside) */
static PyObject *control(PyObject *self, PyObject *given) {
  npy_intp n = -1;
  const int nx = states_of(self), nu = env_of(((handle *)self)->keeps)->spec.nu;
  PyArrayObject *x = rows_of(given, NPY_DOUBLE, nx, &n, "x"), *u = x ? new_rows(n, nu, NPY_DOUBLE) : NULL;
  PyArrayObject *inside = u ? new_rows(n, -1, NPY_BOOL) : NULL;
  for (npy_intp i = 0; inside && i < n; i++)
    ((bool *)PyArray_DATA(inside))[i] =
        duro_certificate_control(certificate(self), doubles(u) + i * nu, doubles(x) + i * nx);
  Py_XDECREF(x);
  if (inside) return Py_BuildValue("NN", like(u, given, nx), inside);
  Py_XDECREF(u);
  return NULL;
}

static PyObject *save(PyObject *self, PyObject *arguments) {
  const char *path;
  if (!PyArg_ParseTuple(arguments, "s", &path)) return NULL;
  return finish(duro_certificate_save(certificate(self), path), NULL, NULL, 0);
}

static PyObject *export(PyObject *self, PyObject *arguments) {
  const char *folder, *prefix;
  char name[DURO_EXPORT_NAME];
  if (!PyArg_ParseTuple(arguments, "sz", &folder, &prefix)) return NULL;
  duro_status status = duro_export_certificate_name(name, certificate(self), prefix);
  if (!status) status = duro_export_certificate_c(folder, certificate(self), env_of(((handle *)self)->keeps), prefix);
  return status ? raise_status(status) : PyUnicode_FromString(name);
}

static PyMethodDef methods[] = {
    {"volume", volume, METH_VARARGS, "volume(inside) -> volume in the units of the axes"},
    {"value", value, METH_O, "value(x) -> V"},
    {"control", control, METH_O, "control(x) -> (u, inside)"},
    {"is_of", is_of, METH_O, "is_of(env) -> bool"},
    {"save", save, METH_VARARGS, "save(path)"},
    {"export", export, METH_VARARGS, "export(folder, prefix or None) -> name"},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {{Py_tp_dealloc, destroy}, {Py_tp_methods, methods}, {0, NULL}};
static PyType_Spec spec = {"duro._duro.Certificate", sizeof(handle), 0, Py_TPFLAGS_DEFAULT, slots};
static PyMethodDef functions[] = {
    {"certificate_needs_value", needs_value, METH_VARARGS,
     "certificate_needs_value((env, grid pairs, pairs, shape, low, high)) -> bool"},
    {"create_certificate", create, METH_VARARGS, "create_certificate((the same), V, report) -> Certificate"},
    {"load_certificate", load, METH_VARARGS, "load_certificate(path, env) -> Certificate"},
    {"volume_of", volume_of, METH_VARARGS, "volume_of(grid, level) -> volume in the units of the axes"},
    {"certificate_rows", rows, METH_NOARGS, "certificate_rows() -> list"},
    {NULL, NULL, 0, NULL},
};

int certificate_ready(PyObject *module) {
  return add_type(module, &spec, &type_certificate) || add_functions(module, functions) ? -1 : 0;
}

/* Environments: opened by word or made of a system in Python; steps, observations, constraint and starts of many
 * states. */
#include "module.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/purposes.h"
#include "env/mujoco.h"

PyObject *type_env;

static env_thing *thing(PyObject *self) {
  return ((handle *)self)->thing;
}

const duro_env *env_of(PyObject *object) {
  const env_thing *t = thing_of(object, type_env, "an Env");
  return t ? t->env : NULL;
}

static void release(env_thing *t) {
  if (!t) return;
  if (t->env) duro_env_worker_destroy(t->env, t->worker);
  if (!t->borrowed) duro_env_destroy(t->env);
  duro_env_close(t->opened);
  system_release(t->system);
  free(t);
}

static void destroy(PyObject *self) {
  release(thing(self));
  handle_free(self);
}

PyObject *env_new(duro_env *env, const duro_env_ops *opened, py_system *system) {
  env_thing *t = calloc(1, sizeof *t);
  if (t) *t = (env_thing){.env = env, .opened = opened, .system = system};
  PyObject *self = t ? handle_new(type_env, t, NULL) : PyErr_NoMemory();
  if (!self) release(t);
  return self;
}

PyObject *env_borrowed(duro_env *env, PyObject *owner) {
  env_thing *t = calloc(1, sizeof *t);
  if (t) *t = (env_thing){.env = env, .borrowed = true};
  PyObject *self = t ? handle_new(type_env, t, owner) : PyErr_NoMemory();
  if (!self) free(t);
  return self;
}

/* ---- from a word ---- */

static PyObject *create(const duro_env_ops *ops, PyObject *pairs) {
  duro_settings_group group = {"env", ops->settings, ops->n_settings, calloc(1, ops->settings_size + 1)};
  if (!group.values) return PyErr_NoMemory();
  duro_settings_default(&group);
  duro_env *env = NULL;
  duro_status status = DURO_OK;
  const bool set = settings_set(&group, 1, pairs);
  if (set) {
    Py_BEGIN_ALLOW_THREADS status = duro_env_create(&env, ops, group.values);
    Py_END_ALLOW_THREADS
  }
  free(group.values);
  if (!set) return NULL;
  return status ? raise_status(status) : env_new(env, ops, NULL);
}

static PyObject *open_env(PyObject *module, PyObject *arguments) {
  (void)module;
  const char *word, *compiler;
  PyObject *pairs;
  if (!PyArg_ParseTuple(arguments, "sOz", &word, &pairs, &compiler)) return NULL;
  const duro_env_open_options options = {.compiler = compiler};
  const duro_env_ops *ops;
  duro_status status;
  Py_BEGIN_ALLOW_THREADS status = duro_env_open(&ops, word, &options);
  Py_END_ALLOW_THREADS if (status) return raise_status(status);
  PyObject *self = create(ops, pairs);
  if (!self) duro_env_close(ops);
  return self;
}

static PyObject *list_envs(PyObject *module, PyObject *nothing) {
  (void)module, (void)nothing;
  PyObject *all = PyList_New(0);
  for (int i = 0; all && duro_env_builtin(i); i++) {
    PyObject *one = Py_BuildValue("ss", duro_env_builtin(i)->name, duro_env_builtin(i)->title);
    if (!one || PyList_Append(all, one)) Py_CLEAR(all);
    Py_XDECREF(one);
  }
  return all;
}

static PyObject *open_mujoco(PyObject *module, PyObject *arguments) {
  (void)module;
  const char *path;
  if (!PyArg_ParseTuple(arguments, "s", &path)) return NULL;
  const duro_status status = duro_env_mujoco_open(path);
  return finish(status, NULL, NULL, 0);
}

/* ---- what it is ---- */

static PyObject *texts(const char *const *words, int n) {
  PyObject *all = PyTuple_New(n);
  for (int i = 0; all && i < n; i++) PyTuple_SetItem(all, i, PyUnicode_FromString(words && words[i] ? words[i] : ""));
  return all;
}

static PyObject *numbers(const double *values, int n) {
  PyObject *all = PyTuple_New(n);
  for (int i = 0; all && i < n; i++) PyTuple_SetItem(all, i, PyFloat_FromDouble(values ? values[i] : 0.0));
  return all;
}

static PyObject *about(PyObject *self, PyObject *nothing) {
  (void)nothing;
  const duro_env *env = thing(self)->env;
  const duro_env_spec *s = &env->spec;
  return Py_BuildValue("{ss,ss,si,si,si,si,si,sd,sd,sN,sN,sN,sN,s(ii),sO}", "name", env->ops->name, "title",
                       env->ops->title ? env->ops->title : "", "nx", s->nx, "no", s->no, "nu", s->nu, "na", s->na,
                       "horizon", s->horizon, "dt", s->dt, "h_scale", s->h_scale, "x_names", texts(s->x_names, s->nx),
                       "x_units", texts(s->x_units, s->nx), "x_low", numbers(s->x_low, s->nx), "x_high",
                       numbers(s->x_high, s->nx), "slice", s->slice[0], s->slice[1], "mujoco",
                       env->ops->model ? Py_True : Py_False);
}

static duro_settings_group group_of(const duro_env *env) {
  return (duro_settings_group){"env", env->ops->settings, env->ops->n_settings, env->settings};
}

/* all["env." + name] = text */
static bool set_text(PyObject *all, const char *name, const char *text) {
  PyObject *key = PyUnicode_FromFormat("env.%s", name), *value = PyUnicode_DecodeFSDefault(text);
  const bool fine = key && value && !PyDict_SetItem(all, key, value);
  Py_XDECREF(key);
  Py_XDECREF(value);
  return fine;
}

static PyObject *settings(PyObject *self, PyObject *nothing) {
  (void)nothing;
  const duro_env *env = thing(self)->env;
  const duro_settings_group group = group_of(env);
  PyObject *all = settings_values(&group, 1);
  for (int i = 0; all && env->ops->source && i < group.count; i++) // a file is where it was read
    if (group.rows[i].kind == DURO_FILE && !set_text(all, group.rows[i].name, env->ops->source->path)) Py_CLEAR(all);
  return all;
}

static PyObject *rows(PyObject *self, PyObject *nothing) {
  (void)nothing;
  const duro_settings_group group = group_of(thing(self)->env);
  return settings_rows(&group, 1);
}

static PyObject *hash(PyObject *self, PyObject *nothing) {
  (void)nothing;
  return PyLong_FromUnsignedLongLong(duro_env_hash(thing(self)->env));
}

/* ---- steps ---- */

/* The kept worker, or another one while that is in use; with the lock of the interpreter. */
static bool worker_take(void **worker, env_thing *t) {
  *worker = t->worker;
  t->worker = NULL;
  const duro_status status = *worker ? DURO_OK : duro_env_worker_create(t->env, worker);
  if (status) raise_status(status);
  return !status;
}

static void worker_give(void *worker, env_thing *t) {
  if (t->worker)
    duro_env_worker_destroy(t->env, worker);
  else
    t->worker = worker;
}

/* (x2, r, h, end) from the results of n steps */
static PyObject *results(PyArrayObject *x2, const duro_step *out, npy_intp n, PyObject *given, int nx) {
  PyArrayObject *r = new_rows(n, -1, NPY_DOUBLE), *h = new_rows(n, -1, NPY_DOUBLE), *end = new_rows(n, -1, NPY_INT8);
  if (!r || !h || !end) {
    Py_XDECREF(r);
    Py_XDECREF(h);
    Py_XDECREF(end);
    Py_DECREF(x2);
    return NULL;
  }
  int8_t *ends = PyArray_DATA(end);
  for (npy_intp i = 0; i < n; i++) doubles(r)[i] = out[i].r, doubles(h)[i] = out[i].h, ends[i] = (int8_t)out[i].end;
  return Py_BuildValue("NNNN", like(x2, given, nx), r, h, end);
}

/* x2 and out of n states; false and an exception when Python's system raised one */
static bool make_steps(PyObject *self, npy_intp n, PyArrayObject *x2, duro_step *out, PyArrayObject *x,
                       PyArrayObject *u, PyArrayObject *a) {
  env_thing *t = thing(self);
  void *worker;
  if (!worker_take(&worker, t)) return false;
  system_forget(self);
  Py_BEGIN_ALLOW_THREADS duro_env_step_many(t->env, worker, (int)n, doubles(x2), out, doubles(x), doubles(u),
                                            doubles(a));
  Py_END_ALLOW_THREADS worker_give(worker, t);
  return !system_raise(self);
}

static PyObject *step(PyObject *self, PyObject *arguments) {
  PyObject *given_x, *given_u, *given_a, *result = NULL;
  if (!PyArg_ParseTuple(arguments, "OOO", &given_x, &given_u, &given_a)) return NULL;
  const duro_env_spec *s = &thing(self)->env->spec;
  npy_intp n = -1;
  PyArrayObject *x = rows_of(given_x, NPY_DOUBLE, s->nx, &n, "x"), *x2 = NULL, *a = NULL;
  PyArrayObject *u = x ? rows_of(given_u, NPY_DOUBLE, s->nu, &n, "u") : NULL;
  if (u)
    a = given_a == Py_None ? (PyArrayObject *)PyArray_ZEROS(2, ((npy_intp[]){n, s->na}), NPY_DOUBLE, 0)
                           : rows_of(given_a, NPY_DOUBLE, s->na, &n, "a");
  if (a) x2 = new_rows(n, s->nx, NPY_DOUBLE);
  duro_step *out = x2 ? malloc(((size_t)n + 1) * sizeof *out) : NULL;
  if (x2 && !out) PyErr_NoMemory();
  if (out && make_steps(self, n, x2, out, x, u, a))
    result = results(x2, out, n, given_x, s->nx);
  else
    Py_XDECREF(x2);
  free(out);
  Py_XDECREF(x);
  Py_XDECREF(u);
  Py_XDECREF(a);
  return result;
}

static PyObject *observe(PyObject *self, PyObject *given) {
  const duro_env *env = thing(self)->env;
  npy_intp n = -1;
  PyArrayObject *x = rows_of(given, NPY_DOUBLE, env->spec.nx, &n, "x");
  PyArrayObject *obs = x ? new_rows(n, env->spec.no, NPY_FLOAT) : NULL;
  if (obs) {
    system_forget(self);
    if (env->ops->observe_many)
      env->ops->observe_many(env, (int)n, floats(obs), doubles(x));
    else
      for (npy_intp i = 0; i < n; i++)
        env->ops->observe(env, floats(obs) + i * env->spec.no, doubles(x) + i * env->spec.nx);
    if (system_raise(self)) Py_CLEAR(obs);
  }
  Py_XDECREF(x);
  return like(obs, given, env->spec.nx);
}

static PyObject *constraint(PyObject *self, PyObject *given) {
  const duro_env *env = thing(self)->env;
  npy_intp n = -1;
  PyArrayObject *x = rows_of(given, NPY_DOUBLE, env->spec.nx, &n, "x"), *h = x ? new_rows(n, -1, NPY_DOUBLE) : NULL;
  if (h) {
    system_forget(self);
    for (npy_intp i = 0; i < n; i++) doubles(h)[i] = env->ops->constraint(env, doubles(x) + i * env->spec.nx);
    if (system_raise(self)) Py_CLEAR(h);
  }
  Py_XDECREF(x);
  return (PyObject *)h;
}

static PyObject *reset(PyObject *self, PyObject *arguments) {
  const duro_env *env = thing(self)->env;
  Py_ssize_t n;
  unsigned long long seed, first;
  int training;
  if (!PyArg_ParseTuple(arguments, "nKKp", &n, &seed, &first, &training)) return NULL;
  if (n < 0) return PyErr_Format(PyExc_ValueError, "n is %zd; wanted 0 or more", n);
  PyArrayObject *x = new_rows(n, env->spec.nx, NPY_DOUBLE);
  if (!x) return NULL;
  system_forget(self);
  for (Py_ssize_t i = 0; i < n; i++) {
    duro_stream stream = duro_stream_at(seed, DURO_PURPOSE_RESET_EVAL, first + (uint64_t)i);
    env->ops->reset(env, doubles(x) + i * env->spec.nx, &stream, training ? DURO_START_TRAIN : DURO_START_EVAL);
  }
  if (system_raise(self)) Py_CLEAR(x);
  return (PyObject *)x;
}

static PyMethodDef methods[] = {
    {"about", about, METH_NOARGS, "about() -> dict"},
    {"settings", settings, METH_NOARGS, "settings() -> dict"},
    {"rows", rows, METH_NOARGS, "rows() -> list"},
    {"hash", hash, METH_NOARGS, "hash() -> int"},
    {"step", step, METH_VARARGS, "step(x, u, a) -> (x2, r, h, end)"},
    {"observe", observe, METH_O, "observe(x) -> obs"},
    {"constraint", constraint, METH_O, "constraint(x) -> h"},
    {"reset", reset, METH_VARARGS, "reset(n, seed, first, training) -> x"},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {{Py_tp_dealloc, destroy}, {Py_tp_methods, methods}, {0, NULL}};
static PyType_Spec spec = {"duro._duro.Env", sizeof(handle), 0, Py_TPFLAGS_DEFAULT, slots};
static PyMethodDef functions[] = {
    {"open_env", open_env, METH_VARARGS, "open_env(word, pairs, compiler) -> Env"},
    {"open_mujoco", open_mujoco, METH_VARARGS, "open_mujoco(path)"},
    {"list_envs", list_envs, METH_NOARGS, "list_envs() -> [(name, title)]"},
    {NULL, NULL, 0, NULL},
};

int env_ready(PyObject *module) {
  return add_type(module, &spec, &type_env) || add_functions(module, functions) ? -1 : 0;
}

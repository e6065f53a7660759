/* A system written in Python: vectorised functions on NumPy arrays become the operations of an environment.
 *
 * The library may call them from any thread; each call takes the lock of the interpreter. An exception in one is kept,
 * the numbers it should have made are NaN, and whoever called the library raises it. */
#include "module.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/hash.h"

/* Functions of the system; those after REWARD may be missing. */
enum { STEP, H, REWARD, END, OBSERVE, RESET, FUNCTIONS };
static const char *const function_names[FUNCTIONS] = {"step", "h", "reward", "end", "observe", "reset"};

struct py_system {
  duro_env_ops ops;
  duro_env_source source;
  duro_env_spec spec;
  PyObject *about; /* dict that holds every text */
  PyObject *function[FUNCTIONS];
  PyObject *failure; /* of the first call that raised since it was last forgotten */
  char trouble[256];
  double *low, *high;
  bool *periodic;
  const char **names, **units;
};

const duro_env_ops *system_ops(py_system *system) {
  return &system->ops;
}

static py_system *system_of(const duro_env *env) {
  return env->shared;
}

static py_system *system_in(PyObject *env) {
  return ((env_thing *)((handle *)env)->thing)->system;
}

bool system_raise(PyObject *env) {
  py_system *s = system_in(env);
  return s && failure_raise(&s->failure);
}

void system_forget(PyObject *env) {
  py_system *s = system_in(env);
  if (s) Py_CLEAR(s->failure);
}

/* ---- calls ---- */

/* keeps the exception, and its words for messages of the library */
static void fail(py_system *s) {
  if (s->failure) {
    PyErr_Clear();
    return;
  }
  failure_keep(&s->failure);
  PyObject *text = s->failure ? PyObject_Str(s->failure) : NULL;
  PyObject *bytes = text ? PyUnicode_AsUTF8String(text) : NULL;
  if (bytes) snprintf(s->trouble, sizeof s->trouble, "the system raised: %s", PyBytes_AsString(bytes));
  PyErr_Clear();
  Py_XDECREF(bytes);
  Py_XDECREF(text);
}

static void fill(double *out, npy_intp count) {
  for (npy_intp i = 0; i < count; i++) out[i] = NAN;
}

/* Python's own copy of n rows, which it may keep */
static PyObject *copy_in(const double *rows, npy_intp n, int columns) {
  PyArrayObject *array = new_rows(n, columns, NPY_DOUBLE);
  if (array) memcpy(PyArray_DATA(array), rows, (size_t)n * (size_t)columns * sizeof *rows);
  return (PyObject *)array;
}

static PyObject *clipped(const double *rows, npy_intp n, int columns, double limit) {
  PyArrayObject *array = new_rows(n, columns, NPY_DOUBLE);
  if (!array) return NULL;
  double *out = doubles(array);
  for (npy_intp i = 0; i < n * columns; i++) // NaN stays NaN
    out[i] = rows[i] < -limit ? -limit : rows[i] > limit ? limit : rows[i];
  return (PyObject *)array;
}

/* `answer` (stolen) as (n x columns) of this type; columns < 0: (n) */
static PyArrayObject *answer_of(const py_system *s, int which, PyObject *answer, npy_intp n, int columns, int type) {
  if (!answer) return NULL;
  PyArrayObject *array =
      (PyArrayObject *)PyArray_FROMANY(answer, type, 0, 0, NPY_ARRAY_CARRAY_RO | NPY_ARRAY_FORCECAST);
  Py_DECREF(answer);
  if (!array) return NULL;
  const int rank = PyArray_NDIM(array);
  const bool fits = columns < 0 ? rank == 1 && PyArray_DIM(array, 0) == n
                                : rank == 2 && PyArray_DIM(array, 0) == n && PyArray_DIM(array, 1) == columns;
  if (fits) return array;
  PyObject *shape = PyObject_GetAttrString((PyObject *)array, "shape");
  if (shape && columns < 0)
    PyErr_Format(PyExc_ValueError, "%s: %s returned the shape %R; wanted (%zd,)", s->ops.name, function_names[which],
                 shape, (Py_ssize_t)n);
  else if (shape)
    PyErr_Format(PyExc_ValueError, "%s: %s returned the shape %R; wanted (%zd, %d)", s->ops.name, function_names[which],
                 shape, (Py_ssize_t)n, columns);
  Py_XDECREF(shape);
  Py_DECREF(array);
  return NULL;
}

/* calls a function that answers with a number a state, and copies it; false after an exception */
static bool numbers(double *out, const py_system *s, int which, npy_intp n, PyObject *one, PyObject *two,
                    PyObject *three, PyObject *four) {
  PyObject *answer = PyObject_CallFunctionObjArgs(s->function[which], one, two, three, four, NULL);
  PyArrayObject *array = answer_of(s, which, answer, n, -1, NPY_DOUBLE);
  if (!array) return false;
  memcpy(out, PyArray_DATA(array), (size_t)n * sizeof *out);
  Py_DECREF(array);
  return true;
}

/* ---- operations ---- */

static duro_status create(duro_env *env) {
  py_system *s = (py_system *)(uintptr_t)env->ops; // its first member
  env->shared = s;
  env->spec = s->spec;
  return DURO_OK;
}

static double constraint(const duro_env *env, const double *x) {
  py_system *s = system_of(env);
  double h = NAN;
  const PyGILState_STATE lock = PyGILState_Ensure();
  PyObject *state = copy_in(x, 1, env->spec.nx);
  if (!state || !numbers(&h, s, H, 1, state, NULL, NULL, NULL)) fail(s);
  Py_XDECREF(state);
  PyGILState_Release(lock);
  return h;
}

static void observe_many(const duro_env *env, int n, float *obs, const double *x) {
  py_system *s = system_of(env);
  const int no = env->spec.no;
  if (!s->function[OBSERVE]) {
    for (int i = 0; i < n * no; i++) obs[i] = (float)x[i];
    return;
  }
  const PyGILState_STATE lock = PyGILState_Ensure();
  PyObject *states = copy_in(x, n, env->spec.nx);
  PyObject *answer = states ? PyObject_CallFunctionObjArgs(s->function[OBSERVE], states, NULL) : NULL;
  PyArrayObject *array = answer_of(s, OBSERVE, answer, n, no, NPY_FLOAT);
  if (array)
    memcpy(obs, PyArray_DATA(array), (size_t)n * (size_t)no * sizeof *obs);
  else
    fail(s);
  for (int i = 0; !array && i < n * no; i++) obs[i] = NAN;
  Py_XDECREF(array);
  Py_XDECREF(states);
  PyGILState_Release(lock);
}

static void observe(const duro_env *env, float *obs, const double *x) {
  observe_many(env, 1, obs, x);
}

/* how each episode goes on: what end says, else a failure where h <= -h_scale */
static bool ends(duro_step *out, const duro_env *env, int n, PyObject *x2) {
  const py_system *s = system_of(env);
  if (!s->function[END]) {
    for (int i = 0; i < n; i++) out[i].end = out[i].h <= -env->spec.h_scale ? DURO_TERMINATED : DURO_RUNNING;
    return true;
  }
  PyObject *answer = PyObject_CallFunctionObjArgs(s->function[END], x2, NULL);
  PyArrayObject *array = answer_of(s, END, answer, n, -1, NPY_INT8);
  if (!array) return false;
  const int8_t *end = PyArray_DATA(array);
  for (int i = 0; i < n; i++) out[i].end = end[i] < 0 || end[i] > DURO_TRUNCATED ? DURO_TRUNCATED : (duro_end)end[i];
  Py_DECREF(array);
  return true;
}

/* h, r and end at x2, into out; `scratch` (n) */
static bool judge(duro_step *out, double *scratch, const duro_env *env, int n, PyObject *x2, PyObject *const xua[3]) {
  const py_system *s = system_of(env);
  if (!numbers(scratch, s, H, n, x2, NULL, NULL, NULL)) return false;
  for (int i = 0; i < n; i++) out[i].h = scratch[i];
  if (!numbers(scratch, s, REWARD, n, xua[0], xua[1], xua[2], x2)) return false;
  for (int i = 0; i < n; i++) out[i].r = scratch[i];
  return ends(out, env, n, x2);
}

static bool step_in_python(const duro_env *env, int n, double *x2, duro_step *out, PyObject *const xua[3]) {
  const py_system *s = system_of(env);
  if (!xua[0] || !xua[1] || !xua[2]) return false;
  PyObject *answer = PyObject_CallFunctionObjArgs(s->function[STEP], xua[0], xua[1], xua[2], NULL);
  PyArrayObject *next = answer_of(s, STEP, answer, n, env->spec.nx, NPY_DOUBLE);
  double *scratch = next ? malloc((size_t)n * sizeof *scratch + 1) : NULL;
  if (next && !scratch) PyErr_NoMemory();
  const bool fine = scratch && judge(out, scratch, env, n, (PyObject *)next, xua);
  if (fine) memcpy(x2, PyArray_DATA(next), (size_t)n * (size_t)env->spec.nx * sizeof *x2);
  free(scratch);
  Py_XDECREF(next);
  return fine;
}

static bool finite_row(const double *row, int columns) {
  for (int i = 0; i < columns; i++)
    if (!isfinite(row[i])) return false;
  return true;
}

/* a state from or to which a step is no number has no result at all, so that the caller notices */
static void spoil(const duro_env *env, int n, double *x2, duro_step *out, const double *x, const double *u,
                  const double *a) {
  const duro_env_spec *s = &env->spec;
  for (int i = 0; i < n; i++, x += s->nx, u += s->nu, a += s->na, x2 += s->nx) {
    if (finite_row(x, s->nx) && finite_row(u, s->nu) && finite_row(a, s->na) && finite_row(x2, s->nx)) continue;
    fill(x2, s->nx);
    out[i] = (duro_step){.r = NAN, .h = NAN, .end = DURO_RUNNING};
  }
}

static void step_many(const duro_env *env, void *worker, int n, double limit, double *x2, duro_step *out,
                      const double *x, const double *u, const double *a) {
  (void)worker;
  const duro_env_spec *spec = &env->spec;
  const PyGILState_STATE lock = PyGILState_Ensure();
  PyObject *xua[3] = {copy_in(x, n, spec->nx), clipped(u, n, spec->nu, limit), clipped(a, n, spec->na, limit)};
  if (!step_in_python(env, n, x2, out, xua)) {
    fail(system_of(env));
    fill(x2, (npy_intp)n * spec->nx);
  }
  for (int i = 0; i < 3; i++) Py_XDECREF(xua[i]);
  PyGILState_Release(lock);
  spoil(env, n, x2, out, x, u, a);
}

static void step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                 const double *a) {
  step_many(env, worker, 1, INFINITY, x2, out, x, u, a);
}

/* ---- starts ---- */

enum { STARTS = 1000 };

/* Random numbers of a reset, while it lasts: uniform(low, high) is (high's size) numbers of the library's stream. */
static PyObject *type_uniform;

static PyObject *uniform(PyObject *self, PyObject *arguments, PyObject *words) {
  (void)words;
  PyObject *low_given, *high_given;
  duro_stream *stream = ((handle *)self)->thing;
  if (!PyArg_ParseTuple(arguments, "OO", &low_given, &high_given)) return NULL;
  if (!stream) return PyErr_Format(PyExc_RuntimeError, "the random numbers of a reset end with it");
  PyArrayObject *low = (PyArrayObject *)PyArray_FROMANY(low_given, NPY_DOUBLE, 0, 1, NPY_ARRAY_CARRAY_RO);
  PyArrayObject *high =
      low ? (PyArrayObject *)PyArray_FROMANY(high_given, NPY_DOUBLE, 0, 1, NPY_ARRAY_CARRAY_RO) : NULL;
  PyArrayObject *out = NULL;
  const npy_intp nl = low ? PyArray_SIZE(low) : 0, nh = high ? PyArray_SIZE(high) : 0, n = nl > nh ? nl : nh;
  if (high && nl != nh && nl != 1 && nh != 1)
    PyErr_Format(PyExc_ValueError, "uniform(low, high) of %zd and %zd numbers", (Py_ssize_t)nl, (Py_ssize_t)nh);
  else if (high)
    out = new_rows(n, -1, NPY_DOUBLE);
  for (npy_intp i = 0; out && i < n; i++) {
    const double l = doubles(low)[nl == 1 ? 0 : i], h = doubles(high)[nh == 1 ? 0 : i];
    doubles(out)[i] = l + (h - l) * duro_stream_uniform(stream);
  }
  const bool scalar = out && PyArray_NDIM(low) == 0 && PyArray_NDIM(high) == 0;
  PyObject *result = scalar ? PyFloat_FromDouble(doubles(out)[0]) : (PyObject *)out;
  if (scalar) Py_DECREF(out);
  Py_XDECREF(low);
  Py_XDECREF(high);
  return result;
}

static PyObject *draw_in_python(const py_system *s, duro_stream *stream, duro_start start) {
  PyObject *random = handle_new(type_uniform, stream, NULL);
  PyObject *where = PyUnicode_FromString(start == DURO_START_EVAL ? "eval" : "train");
  PyObject *answer = random && where ? PyObject_CallFunctionObjArgs(s->function[RESET], random, where, NULL) : NULL;
  if (random) ((handle *)random)->thing = NULL;
  Py_XDECREF(where);
  Py_XDECREF(random);
  return answer;
}

static void reset_in_python(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  py_system *s = system_of(env);
  const PyGILState_STATE lock = PyGILState_Ensure();
  PyArrayObject *array = answer_of(s, RESET, draw_in_python(s, stream, start), env->spec.nx, -1, NPY_DOUBLE);
  if (array)
    memcpy(x, PyArray_DATA(array), (size_t)env->spec.nx * sizeof *x);
  else
    fail(s), fill(x, env->spec.nx);
  Py_XDECREF(array);
  PyGILState_Release(lock);
}

/* as plugins do: uniform in the region, for evaluation in its middle half, where it is safe */
static void reset(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  const duro_env_spec *spec = &env->spec;
  const double share = start == DURO_START_EVAL ? 0.25 : 0.5;
  if (system_of(env)->function[RESET]) {
    reset_in_python(env, x, stream, start);
    return;
  }
  for (int trial = 0; trial < STARTS; trial++) {
    for (int i = 0; i < spec->nx; i++) {
      const double half = share * (spec->x_high[i] - spec->x_low[i]);
      x[i] = 0.5 * (spec->x_low[i] + spec->x_high[i]) + half * (2.0 * duro_stream_uniform(stream) - 1.0);
    }
    if (!(constraint(env, x) < 0.0)) return; // NaN as well
  }
}

static const char *trouble(const duro_env *env) {
  const py_system *s = system_of(env);
  return s->failure ? s->trouble : NULL;
}

/* ---- from a dict to an environment ---- */

void system_release(py_system *s) {
  if (!s) return;
  for (int i = 0; i < FUNCTIONS; i++) Py_XDECREF(s->function[i]);
  Py_XDECREF(s->about);
  Py_XDECREF(s->failure);
  free(s->low);
  free(s->high);
  free(s->periodic);
  free(s->names);
  free(s->units);
  free(s);
}

/* the text under a key, in memory that `about` holds; NULL and an exception when there is none */
static const char *text(const py_system *s, const char *key) {
  PyObject *bytes = PyDict_GetItemString(s->about, key);
  if (bytes && PyBytes_Check(bytes)) return PyBytes_AsString(bytes);
  PyErr_Format(PyExc_TypeError, "the system's %s is no text", key);
  return NULL;
}

static const char **texts(const py_system *s, const char *key) {
  PyObject *tuple = PyDict_GetItemString(s->about, key);
  const char **all = calloc((size_t)s->spec.nx, sizeof *all);
  for (int i = 0; all && i < s->spec.nx; i++) all[i] = PyBytes_AsString(PyTuple_GetItem(tuple, i));
  return all;
}

static double *reals(const py_system *s, const char *key) {
  PyObject *tuple = PyDict_GetItemString(s->about, key);
  double *all = calloc((size_t)s->spec.nx, sizeof *all);
  for (int i = 0; all && i < s->spec.nx; i++) all[i] = PyFloat_AsDouble(PyTuple_GetItem(tuple, i));
  return all;
}

static bool *flags(const py_system *s, const char *key) {
  PyObject *tuple = PyDict_GetItemString(s->about, key);
  bool *all = calloc((size_t)s->spec.nx, sizeof *all);
  for (int i = 0; all && i < s->spec.nx; i++) all[i] = PyObject_IsTrue(PyTuple_GetItem(tuple, i)) > 0;
  return all;
}

static bool take_functions(py_system *s, PyObject *object) {
  for (int i = 0; i < FUNCTIONS; i++) {
    PyObject *function = PyObject_GetAttrString(object, function_names[i]);
    if (!function && i <= REWARD) return false;
    PyErr_Clear();
    if (function == Py_None) Py_CLEAR(function);
    s->function[i] = function;
  }
  return true;
}

/* the hash that keys of kept results know the system by */
static void take_source(py_system *s) {
  const char *bytes = text(s, "source");
  if (!bytes) return;
  s->source =
      (duro_env_source){.path = text(s, "path"), .place = text(s, "place"), .bytes = bytes, .size = strlen(bytes)};
  duro_hasher hasher;
  duro_hash_begin(&hasher, "system in Python");
  duro_hash_text(&hasher, bytes);
  duro_hash_print(s->source.own_hash, duro_hash_end(&hasher));
  memcpy(s->source.hash, s->source.own_hash, sizeof s->source.hash);
  s->ops.source = &s->source;
}

static bool take_arrays(py_system *s) {
  s->names = texts(s, "x_names"), s->units = texts(s, "x_units");
  s->low = reals(s, "x_low"), s->high = reals(s, "x_high");
  s->periodic = flags(s, "x_periodic");
  if (!s->names || !s->units || !s->low || !s->high || !s->periodic) PyErr_NoMemory();
  s->spec.x_names = s->names, s->spec.x_units = s->units;
  s->spec.x_low = s->low, s->spec.x_high = s->high;
  for (int i = 0; s->periodic && i < s->spec.nx; i++)
    if (s->periodic[i]) s->spec.x_periodic = s->periodic;
  return !PyErr_Occurred();
}

static bool take(py_system *s, PyObject *object, PyObject *sizes) {
  if (!PyArg_ParseTuple(sizes, "iiiiidd(ii)", &s->spec.nx, &s->spec.no, &s->spec.nu, &s->spec.na, &s->spec.horizon,
                        &s->spec.dt, &s->spec.h_scale, &s->spec.slice[0], &s->spec.slice[1]))
    return false;
  s->ops = (duro_env_ops){.name = text(s, "name"),
                          .title = text(s, "title"),
                          .create = create,
                          .reset = reset,
                          .observe = observe,
                          .constraint = constraint,
                          .step = step,
                          .step_many = step_many,
                          .observe_many = observe_many,
                          .trouble = trouble,
                          .slow = true};
  take_source(s);
  return !PyErr_Occurred() && take_arrays(s) && take_functions(s, object);
}

static PyObject *make_system(PyObject *module, PyObject *arguments) {
  (void)module;
  PyObject *object, *sizes, *about;
  if (!PyArg_ParseTuple(arguments, "OO!O!", &object, &PyTuple_Type, &sizes, &PyDict_Type, &about)) return NULL;
  py_system *s = calloc(1, sizeof *s);
  if (!s) return PyErr_NoMemory();
  Py_INCREF(about);
  s->about = about;
  duro_env *env;
  if (!take(s, object, sizes)) {
    system_release(s);
    return NULL;
  }
  const duro_status status = duro_env_create(&env, &s->ops, NULL);
  if (!status) return env_new(env, NULL, s);
  system_release(s);
  return raise_status(status);
}

static PyType_Slot slots[] = {{Py_tp_dealloc, handle_free}, {Py_tp_call, uniform}, {0, NULL}};
static PyType_Spec spec = {"duro._duro.Uniform", sizeof(handle), 0, Py_TPFLAGS_DEFAULT, slots};
static PyMethodDef functions[] = {
    {"make_system", make_system, METH_VARARGS, "make_system(object, sizes, about) -> Env"},
    {NULL, NULL, 0, NULL},
};

int system_ready(PyObject *module) {
  return add_type(module, &spec, &type_uniform) || add_functions(module, functions) ? -1 : 0;
}

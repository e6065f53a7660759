/* The module itself: errors, arrays, settings and what this build is. */
#define MODULE_IMPORTS_NUMPY
#include "module.h"

#include <string.h>

/* ---- errors ---- */

static PyObject *error_of[DURO_ERROR_STOPPED + 1]; /* by status; made once */

PyObject *raise_status(duro_status status) {
  const char *sentence = status == DURO_ERROR_STOPPED ? "the callback asked to stop" : duro_error();
  PyErr_SetString(error_of[status], sentence[0] ? sentence : duro_status_name(status));
  return NULL;
}

/* An exception of this name below duro.Error and one of Python's own */
static int add_error(PyObject *module, duro_status status, const char *name, PyObject *also, const char *about) {
  char full[64] = "duro.";
  strcat(full, name);
  PyObject *bases = also ? PyTuple_Pack(2, error_of[DURO_OK], also) : NULL;
  PyObject *base = status ? error_of[DURO_OK] : PyExc_Exception;
  error_of[status] = PyErr_NewExceptionWithDoc(full, about, bases ? bases : base, NULL);
  Py_XDECREF(bases);
  if (!error_of[status]) return -1;
  Py_INCREF(error_of[status]);
  return PyModule_AddObject(module, name, error_of[status]);
}

static int add_errors(PyObject *module) {
  const struct {
    duro_status status;
    const char *name;
    PyObject *also;
    const char *about;
  } all[] = {
      {DURO_OK, "Error", NULL, "Whatever the library refuses; the text says what, which value, and what was wanted."},
      {DURO_ERROR_ARGUMENT, "ArgumentError", PyExc_ValueError, "A value, name or setting is wrong."},
      {DURO_ERROR_MEMORY, "OutOfMemory", PyExc_MemoryError, "Memory could not be allocated."},
      {DURO_ERROR_FILE, "FileError", PyExc_OSError, "A file or folder could not be read or written."},
      {DURO_ERROR_FORMAT, "FormatError", PyExc_ValueError, "A file was read but its content is broken."},
      {DURO_ERROR_NOT_FINITE, "NotFiniteError", PyExc_ArithmeticError, "NaN or infinity where a number is needed."},
      {DURO_ERROR_MISSING, "MissingError", PyExc_NotImplementedError, "This build lacks a part (MuJoCo, say)."},
      {DURO_ERROR_STOPPED, "Stopped", NULL, "The caller asked to stop."},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (add_error(module, all[i].status, all[i].name, all[i].also, all[i].about)) return -1;
  return 0;
}

void failure_keep(PyObject **failure) {
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  if (trace) PyException_SetTraceback(value, trace);
  Py_XDECREF(type);
  Py_XDECREF(trace);
  if (*failure)
    Py_XDECREF(value);
  else
    *failure = value;
}

bool failure_raise(PyObject **failure) {
  if (!*failure) return false;
  PyObject *trace = PyException_GetTraceback(*failure), *type = (PyObject *)Py_TYPE(*failure);
  Py_INCREF(type);
  PyErr_Restore(type, *failure, trace);
  *failure = NULL;
  return true;
}

duro_status listener_tell(listener *l, PyObject *arguments) {
  PyObject *answer = NULL;
  bool go_on = PyErr_CheckSignals() == 0;
  if (go_on && arguments && l->function && l->function != Py_None) {
    answer = PyObject_CallObject(l->function, arguments);
    go_on = answer && answer != Py_False;
  } else if (go_on && PyErr_Occurred()) { // the arguments could not be made
    go_on = false;
  }
  Py_XDECREF(arguments);
  Py_XDECREF(answer);
  if (!go_on && PyErr_Occurred()) failure_keep(&l->failure);
  return go_on ? DURO_OK : DURO_ERROR_STOPPED;
}

PyObject *finish(duro_status status, PyObject *env, PyObject **failures[], int n) {
  bool raised = env && system_raise(env);
  for (int i = 0; i < n; i++) {
    if (raised)
      Py_CLEAR(*failures[i]);
    else
      raised = failure_raise(failures[i]);
  }
  if (raised) return NULL;
  if (status) return raise_status(status);
  Py_RETURN_NONE;
}

/* ---- objects ---- */

PyObject *handle_new(PyObject *type, void *thing, PyObject *keeps) {
  handle *h = PyObject_New(handle, (PyTypeObject *)type);
  if (!h) return NULL;
  h->thing = thing;
  h->keeps = keeps;
  h->busy = false;
  Py_XINCREF(keeps);
  return (PyObject *)h;
}

void handle_free(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  Py_XDECREF(((handle *)self)->keeps);
  PyObject_Free(self);
  Py_DECREF(type);
}

void *thing_of(PyObject *object, PyObject *type, const char *wanted) {
  const int is = PyObject_IsInstance(object, type);
  if (is > 0) return ((handle *)object)->thing;
  if (is == 0) PyErr_Format(PyExc_TypeError, "wanted %s, not %R", wanted, object);
  return NULL;
}

bool handle_take(PyObject *self, const char *what) {
  handle *h = (handle *)self;
  if (h->busy) PyErr_Format(PyExc_RuntimeError, "%s is in use by another call", what);
  const bool free = !h->busy;
  h->busy = true;
  return free;
}

void handle_give(PyObject *self) {
  ((handle *)self)->busy = false;
}

int add_type(PyObject *module, PyType_Spec *spec, PyObject **type) {
  *type = PyType_FromSpec(spec);
  if (!*type) return -1;
  Py_INCREF(*type);
  return PyModule_AddObject(module, strrchr(spec->name, '.') + 1, *type);
}

int add_functions(PyObject *module, PyMethodDef *functions) {
  return PyModule_AddFunctions(module, functions);
}

/* ---- arrays ---- */

double *doubles(PyArrayObject *array) {
  return PyArray_DATA(array);
}

float *floats(PyArrayObject *array) {
  return PyArray_DATA(array);
}

static PyArrayObject *wrong_shape(PyArrayObject *array, const char *what, int columns, npy_intp n) {
  PyObject *shape = PyObject_GetAttrString((PyObject *)array, "shape");
  if (shape && n >= 0)
    PyErr_Format(error_of[DURO_ERROR_ARGUMENT], "%s has the shape %R; wanted (%d,) or (%zd, %d)", what, shape, columns,
                 (Py_ssize_t)n, columns);
  else if (shape)
    PyErr_Format(error_of[DURO_ERROR_ARGUMENT], "%s has the shape %R; wanted (%d,) or (n, %d)", what, shape, columns,
                 columns);
  Py_XDECREF(shape);
  Py_DECREF(array);
  return NULL;
}

static PyArrayObject *repeat(PyArrayObject *row, int type, int columns, npy_intp n) {
  PyArrayObject *all = new_rows(n, columns, type);
  const size_t size = (size_t)PyArray_NBYTES(row);
  if (all)
    for (npy_intp i = 0; i < n; i++) memcpy((char *)PyArray_DATA(all) + (size_t)i * size, PyArray_DATA(row), size);
  Py_DECREF(row);
  return all;
}

PyArrayObject *rows_of(PyObject *object, int type, int columns, npy_intp *n, const char *what) {
  PyArrayObject *array = (PyArrayObject *)PyArray_FROMANY(
      object, type, 0, 2, NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_ALIGNED | NPY_ARRAY_FORCECAST);
  if (!array) return NULL;
  const int rank = PyArray_NDIM(array);
  const npy_intp last = rank ? PyArray_DIM(array, rank - 1) : 1;
  const npy_intp count = rank == 2 ? PyArray_DIM(array, 0) : 1;
  if (last != columns || (*n >= 0 && count != *n && count != 1)) return wrong_shape(array, what, columns, *n);
  if (*n >= 0 && count != *n) return repeat(array, type, columns, *n);
  *n = count;
  return array;
}

PyArrayObject *new_rows(npy_intp n, int columns, int type) {
  const npy_intp shape[] = {n, columns};
  return (PyArrayObject *)PyArray_SimpleNew(columns < 0 ? 1 : 2, shape, type);
}

PyArrayObject *new_structs(PyObject *dtype, npy_intp count) {
  Py_INCREF(dtype);
  return (PyArrayObject *)PyArray_Zeros(1, &count, (PyArray_Descr *)dtype, 0);
}

PyObject *like(PyArrayObject *array, PyObject *given, int columns) {
  if (!array) return NULL;
  PyObject *rank = PyObject_GetAttrString(given, "ndim");
  const bool single = rank ? PyLong_AsLong(rank) < 2 : PySequence_Check(given) && PySequence_Size(given) == columns;
  PyErr_Clear();
  Py_XDECREF(rank);
  PyObject *first = NULL;
  if (!single || PyArray_DIM(array, 0) != 1) return (PyObject *)array;
  first = PySequence_GetItem((PyObject *)array, 0);
  Py_DECREF(array);
  return first;
}

/* ---- what this build is ---- */

static PyObject *version(PyObject *module, PyObject *nothing) {
  (void)module, (void)nothing;
  return PyUnicode_FromString(duro_version());
}

static PyObject *commit(PyObject *module, PyObject *nothing) {
  (void)module, (void)nothing;
  return PyUnicode_FromString(duro_commit());
}

static PyObject *sources(PyObject *module, PyObject *nothing) {
  (void)module, (void)nothing;
  return PyUnicode_FromString(duro_sources());
}

static PyObject *capabilities(PyObject *module, PyObject *nothing) {
  (void)module, (void)nothing;
  return PyUnicode_FromString(duro_capabilities());
}

static PyMethodDef functions[] = {
    {"version", version, METH_NOARGS, "version() -> str\n\nVersion of the library."},
    {"commit", commit, METH_NOARGS, "commit() -> str\n\nCommit the library was built from, or 'unknown'."},
    {"sources", sources, METH_NOARGS, "sources() -> str\n\nHash of the sources that the library was built from."},
    {"capabilities", capabilities, METH_NOARGS,
     "capabilities() -> str\n\nWhat this build can do on this machine: 'mujoco avx512', say."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "_duro",
                                        .m_doc = "The library, on NumPy arrays.", .m_size = -1, .m_methods = functions};

PyMODINIT_FUNC PyInit__duro(void) {
  import_array();
  PyObject *module = PyModule_Create(&definition);
  if (!module) return NULL;
  int (*const parts[])(PyObject *) = {add_errors, system_ready,      env_ready,    policy_ready, trainer_ready,
                                      eval_ready, batch_ready,       grid_ready,   sets_ready,   check_ready,
                                      run_ready,  certificate_ready, filter_ready, card_ready};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (parts[i](module)) {
      Py_DECREF(module);
      return NULL;
    }
  return module;
}

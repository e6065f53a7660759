/* The module duro._duro: the library's public functions on NumPy arrays. Nothing is computed here. */
#ifndef DURO_PYTHON_MODULE_H
#define DURO_PYTHON_MODULE_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x03090000 // one module for Python 3.9 and later
#include <Python.h>

#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL duro_python_numpy
#ifndef MODULE_IMPORTS_NUMPY
#define NO_IMPORT_ARRAY
#endif
#include <numpy/arrayobject.h>

#include "duro/duro.h"

/* What all objects begin with. `busy` guards what may be used by one thread at a time; the lock of the interpreter
 * guards `busy`. */
typedef struct handle {
  PyObject_HEAD void *thing; /* of the library */
  PyObject *keeps;           /* what it stands on, kept alive; may be NULL */
  bool busy;
} handle;

/* ---- errors ---- */

/* The exception of a status, with the library's sentence. Always NULL. */
PyObject *raise_status(duro_status status);
/* Takes the exception of this thread away, to be raised later; one that is there already stays. */
void failure_keep(PyObject **failure);
/* Raises it; false when there was none. */
bool failure_raise(PyObject **failure);

/* ---- arrays ---- */

/* A new reference to `object` as C-contiguous rows of `columns` numbers of this type (NPY_DOUBLE, NPY_FLOAT); a single
 * row may come without its first axis. *n receives the rows: wanted where it is not negative before, but one row is
 * then repeated. `what` is for the message. */
PyArrayObject *rows_of(PyObject *object, int type, int columns, npy_intp *n, const char *what);
/* A new array (n x columns); columns < 0: (n). */
PyArrayObject *new_rows(npy_intp n, int columns, int type);
/* An array of `count` structs of this dtype. */
PyArrayObject *new_structs(PyObject *dtype, npy_intp count);
/* Gives it back without its first axis when the caller gave a single row. Steals the array. */
PyObject *like(PyArrayObject *array, PyObject *given, int columns);
double *doubles(PyArrayObject *array);
float *floats(PyArrayObject *array);

/* ---- objects ---- */

extern PyObject *type_env, *type_policy, *type_trainer, *type_grid, *type_batch, *type_certificate, *type_filter;

/* A new object of a type that owns `thing` and keeps `keeps` (a new reference is taken). */
PyObject *handle_new(PyObject *type, void *thing, PyObject *keeps);
/* Its thing; NULL and TypeError when it is no `type`. */
void *thing_of(PyObject *object, PyObject *type, const char *wanted);
/* For tp_dealloc: frees the object itself. */
void handle_free(PyObject *self);
/* RuntimeError and false when it is in use. */
bool handle_take(PyObject *self, const char *what);
void handle_give(PyObject *self);

int env_ready(PyObject *module);
int system_ready(PyObject *module);
int policy_ready(PyObject *module);
int trainer_ready(PyObject *module);
int eval_ready(PyObject *module);
int grid_ready(PyObject *module);
int batch_ready(PyObject *module);
int sets_ready(PyObject *module);
int check_ready(PyObject *module);
int run_ready(PyObject *module);
int certificate_ready(PyObject *module);
int filter_ready(PyObject *module);
int card_ready(PyObject *module);

/* Adds a type made of its spec to the module, under its last name. */
int add_type(PyObject *module, PyType_Spec *spec, PyObject **type);
/* Adds functions to a module. */
int add_functions(PyObject *module, PyMethodDef *functions);

/* ---- settings ---- */

/* Sets from a sequence of (name, text) pairs; false and an exception when one is wrong. */
bool settings_set(const duro_settings_group *groups, int n, PyObject *pairs);
/* Every value, {"train.steps": ...}. */
PyObject *settings_values(const duro_settings_group *groups, int n);
/* Every row: [(name, kind, default, low, high, choices, unit, help)]. */
PyObject *settings_rows(const duro_settings_group *groups, int n);

/* ---- systems in Python ---- */

typedef struct py_system py_system;
/* Whether an environment is one; the exception of its last call is raised by system_raise, false when there was none.
 */
bool system_raise(PyObject *env);
/* The same before a call: forgets what an earlier one left. */
void system_forget(PyObject *env);
void system_release(py_system *system);
const duro_env_ops *system_ops(py_system *system);

/* An environment and what it was opened from. */
typedef struct env_thing {
  duro_env *env;
  bool borrowed;              /* `env` belongs to what the object keeps */
  const duro_env_ops *opened; /* to be closed; NULL for a system in Python */
  py_system *system;          /* NULL for others */
  void *worker;               /* for calls that come with the lock of the interpreter or hold `busy` */
} env_thing;

const duro_env *env_of(PyObject *object); /* NULL and TypeError when it is none */
PyObject *env_new(duro_env *env, const duro_env_ops *opened, py_system *system);
PyObject *env_borrowed(duro_env *env, PyObject *owner);

/* The plan of a grid: shape, low and high are sequences or None; false after an exception. */
bool grid_plan_of(duro_grid_plan *plan, const duro_env *env, const duro_grid_settings *settings, PyObject *shape,
                  PyObject *low, PyObject *high);

/* ---- who plays against whom ---- */

/* A player made of an object: a Policy, a Grid, a Certificate, an array (nu), a function (obs, x) -> u, or one of these
 * behind a filter: (Filter, object). It may not be moved. */
typedef struct chosen_player {
  duro_player player;
  duro_player inner; /* behind the filter */
  PyObject *function, *failure;
  double control[DURO_MAX_ACTION];
} chosen_player;
bool player_choose(chosen_player *out, PyObject *object, int act, double margin, bool task, const duro_env *env);

/* How a call that reports goes on: asks Python for signals and the caller's function. */
typedef struct listener {
  PyObject *function; /* NULL or None: nobody */
  PyObject *failure;
} listener;
/* Calls it with a new reference to its arguments, which is stolen; NULL: signals alone. With the lock. */
duro_status listener_tell(listener *l, PyObject *arguments);

/* Ctrl-C while a training holds the main thread, also where it does not report: the trainer stops after its update, and
 * Python's handler is called as well. False: another one listens already. */
bool interrupt_listen(duro_trainer *trainer);
void interrupt_release(void);
/* Which trainer it is, where the one who listens knows it later. */
void interrupt_stops(duro_trainer *trainer);

/* The end of a call: raises what the players, the system or the listener left, else the status. NULL or None. */
PyObject *finish(duro_status status, PyObject *env, PyObject **failures[], int n);

#endif

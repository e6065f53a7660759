/* Safety and task values on grids. */
#include "module.h"

#include <stdlib.h>

PyObject *type_grid;

typedef struct grid_handle {
  handle handle;
  bool borrowed; /* the grid belongs to what the environment keeps */
} grid_handle;

static duro_grid *grid(PyObject *self) {
  return ((handle *)self)->thing;
}

static void destroy(PyObject *self) {
  if (!((grid_handle *)self)->borrowed) duro_grid_destroy(grid(self));
  handle_free(self);
}

static PyObject *wrap(duro_grid *g, bool borrowed, PyObject *env) {
  PyObject *self = handle_new(type_grid, g, env);
  if (self) ((grid_handle *)self)->borrowed = borrowed;
  return self;
}

/* ---- from an environment ---- */

/* A sequence of at most DURO_GRID_MAX numbers; its length, -1 after an exception, 0 for None. */
static int numbers_of(double out[DURO_GRID_MAX], PyObject *given, const char *what) {
  if (given == Py_None) return 0;
  PyArrayObject *array = (PyArrayObject *)PyArray_FROMANY(given, NPY_DOUBLE, 0, 1, NPY_ARRAY_CARRAY_RO);
  if (!array) return -1;
  const npy_intp n = PyArray_SIZE(array);
  if (n > DURO_GRID_MAX) PyErr_Format(PyExc_ValueError, "%s has %zd numbers; wanted at most 6", what, (Py_ssize_t)n);
  for (npy_intp i = 0; i < n && n <= DURO_GRID_MAX; i++) out[i] = doubles(array)[i];
  Py_DECREF(array);
  return n > DURO_GRID_MAX ? -1 : (int)n;
}

bool grid_plan_of(duro_grid_plan *plan, const duro_env *env, const duro_grid_settings *settings, PyObject *shape,
                  PyObject *low, PyObject *high) {
  double n[DURO_GRID_MAX], l[DURO_GRID_MAX], h[DURO_GRID_MAX];
  int vertices[DURO_GRID_MAX];
  const int ns = numbers_of(n, shape, "shape"), nl = numbers_of(l, low, "low"), nh = numbers_of(h, high, "high");
  if (ns < 0 || nl < 0 || nh < 0) return false;
  for (int i = 0; i < ns; i++) vertices[i] = (int)n[i];
  duro_status status = duro_grid_plan_make(plan, env, settings, ns ? vertices : NULL, ns, NULL, NULL);
  if (!status && ((nl && nl != plan->nd) || (nh && nh != plan->nd))) {
    PyErr_Format(PyExc_ValueError, "low and high have %d and %d numbers; wanted one for each of the %d axes", nl, nh,
                 plan->nd);
    return false;
  }
  if (!status && (nl || nh))
    status = duro_grid_plan_make(plan, env, settings, ns ? vertices : NULL, ns, nl ? l : NULL, nh ? h : NULL);
  if (status) raise_status(status);
  return !status;
}

static PyObject *create(PyObject *module, PyObject *arguments) {
  (void)module;
  PyObject *env_object, *pairs, *shape, *low, *high;
  if (!PyArg_ParseTuple(arguments, "OOOOO", &env_object, &pairs, &shape, &low, &high)) return NULL;
  const duro_env *env = env_of(env_object);
  duro_grid_settings settings;
  const duro_settings_group group = duro_grid_settings_group(&settings);
  duro_settings_default(&group);
  duro_grid_plan plan;
  duro_grid *made = NULL;
  if (!env || !settings_set(&group, 1, pairs) || !grid_plan_of(&plan, env, &settings, shape, low, high)) return NULL;
  duro_status status;
  system_forget(env_object);
  Py_BEGIN_ALLOW_THREADS status = duro_grid_create(&made, env, &settings, &plan);
  Py_END_ALLOW_THREADS PyObject *done = finish(status, env_object, NULL, 0);
  PyObject *self = done ? wrap(made, false, env_object) : NULL;
  Py_XDECREF(done);
  if (!self) duro_grid_destroy(made);
  return self;
}

static void close_solution(PyObject *capsule) {
  duro_solution_close(PyCapsule_GetPointer(capsule, NULL));
}

/* open_solution(folder, env, threads, accept_failed) -> (Grid, Env), of an environment of the same kind as `env` with
 * the numbers that were solved */
static PyObject *open_solution(PyObject *module, PyObject *arguments) {
  (void)module;
  const char *folder;
  PyObject *env_object;
  int accept;
  long long threads;
  duro_solution_options options = duro_solution_options_default();
  if (!PyArg_ParseTuple(arguments, "sOLp", &folder, &env_object, &threads, &accept)) return NULL;
  const duro_env *env = env_of(env_object);
  if (!env) return NULL;
  options.threads = threads, options.accept_failed = accept;
  duro_solution *solution;
  duro_status status;
  Py_BEGIN_ALLOW_THREADS status = duro_solution_open(&solution, folder, env->ops, &options);
  Py_END_ALLOW_THREADS if (status) return raise_status(status);
  PyObject *owner = PyCapsule_New(solution, NULL, close_solution);
  if (!owner) {
    duro_solution_close(solution);
    return NULL;
  }
  // the environment that is given holds the operations, and goes last: tuples let go of their last object first
  PyObject *both = Py_BuildValue("OO", env_object, owner);
  Py_DECREF(owner);
  PyObject *solved = both ? env_borrowed((duro_env *)(uintptr_t)duro_solution_env(solution), both) : NULL;
  Py_XDECREF(both);
  PyObject *self = solved ? wrap((duro_grid *)(uintptr_t)duro_solution_grid(solution), true, solved) : NULL;
  PyObject *result = self ? Py_BuildValue("OO", self, solved) : NULL;
  Py_XDECREF(self);
  Py_XDECREF(solved);
  return result;
}

static PyObject *rows(PyObject *module, PyObject *nothing) {
  (void)module, (void)nothing;
  duro_grid_settings none;
  const duro_settings_group group = duro_grid_settings_group(&none);
  return settings_rows(&group, 1);
}

/* ---- what it is ---- */

static PyObject *axes(const duro_grid_plan *plan) {
  PyObject *all = PyList_New(0);
  for (int i = 0; all && i < plan->nd; i++) {
    const duro_grid_axis *a = &plan->axis[i];
    PyObject *one = Py_BuildValue("iiddO", a->state, a->n, a->low, a->high, a->periodic ? Py_True : Py_False);
    if (!one || PyList_Append(all, one)) Py_CLEAR(all);
    Py_XDECREF(one);
  }
  return all;
}

static PyObject *about(PyObject *self, PyObject *nothing) {
  (void)nothing;
  const duro_grid_plan *plan = duro_grid_plan_of(grid(self));
  duro_grid_settings copy = *duro_grid_settings_of(grid(self));
  const duro_settings_group group = duro_grid_settings_group(&copy);
  return Py_BuildValue("{sN,sL,sO,sd,sN,sL}", "axes", axes(plan), "cells", (long long)plan->cells, "task",
                       plan->task ? Py_True : Py_False, "bytes", plan->bytes, "settings", settings_values(&group, 1),
                       "lost_at_edges", (long long)duro_grid_lost_at_edges(grid(self)));
}

static PyObject *progress(const duro_grid_progress *now) {
  static const char *const stages[] = {"setup", "safety", "task"};
  return Py_BuildValue("{ss,sL,sd,sd,sd,sd,sd,sd,sO,sO}", "stage", stages[now->stage], "sweeps", (long long)now->sweeps,
                       "work", now->work, "change", now->change, "residual", now->residual, "bound", now->bound,
                       "volume", now->volume, "seconds", now->seconds, "done", now->done ? Py_True : Py_False,
                       "settled", now->settled ? Py_True : Py_False);
}

static PyObject *state(PyObject *self, PyObject *arguments) {
  int stage;
  if (!PyArg_ParseTuple(arguments, "i", &stage)) return NULL;
  const duro_grid_progress now = duro_grid_state(grid(self), (duro_grid_stage)stage);
  return progress(&now);
}

/* ---- solving ---- */

static duro_status report(const duro_grid_progress *now, void *context) {
  const PyGILState_STATE lock = PyGILState_Ensure();
  const duro_status status = listener_tell(context, Py_BuildValue("(N)", progress(now)));
  PyGILState_Release(lock);
  return status;
}

static PyObject *solve(PyObject *self, PyObject *arguments) {
  int task;
  listener l = {0};
  PyObject **failures[] = {&l.failure};
  if (!PyArg_ParseTuple(arguments, "pO", &task, &l.function) || !handle_take(self, "the grid")) return NULL;
  duro_status status;
  system_forget(((handle *)self)->keeps);
  Py_BEGIN_ALLOW_THREADS status =
      task ? duro_grid_solve_task(grid(self), report, &l) : duro_grid_solve_safety(grid(self), report, &l);
  Py_END_ALLOW_THREADS handle_give(self);
  PyObject *done = finish(status == DURO_ERROR_STOPPED ? DURO_OK : status, ((handle *)self)->keeps, failures, 1);
  if (!done) return NULL;
  Py_DECREF(done);
  return PyBool_FromLong(status == DURO_OK);
}

/* ---- what it knows ---- */

static PyObject *read_field(PyObject *self, PyObject *arguments) {
  int field;
  if (!PyArg_ParseTuple(arguments, "i", &field)) return NULL;
  const duro_grid_plan *plan = duro_grid_plan_of(grid(self));
  const int width = duro_grid_width(grid(self), (duro_grid_field)field);
  npy_intp shape[DURO_GRID_MAX + 1];
  int rank = 0;
  for (; rank < plan->nd; rank++) shape[rank] = plan->axis[rank].n;
  if (width != 1) shape[rank++] = width;
  PyArrayObject *out = (PyArrayObject *)PyArray_SimpleNew(rank, shape, NPY_FLOAT);
  if (!out || !handle_take(self, "the grid")) {
    Py_XDECREF(out);
    return NULL;
  }
  duro_status status;
  Py_BEGIN_ALLOW_THREADS status = duro_grid_read(grid(self), (duro_grid_field)field, floats(out));
  Py_END_ALLOW_THREADS handle_give(self);
  if (!status) return (PyObject *)out;
  Py_DECREF(out);
  return raise_status(status);
}

/* a number at each of n states */
static PyObject *numbers_at(PyObject *self, PyObject *given, double (*at)(const duro_grid *, const double *)) {
  npy_intp n = -1;
  const int nx = duro_grid_env(grid(self))->spec.nx;
  PyArrayObject *x = rows_of(given, NPY_DOUBLE, nx, &n, "x"), *v = x ? new_rows(n, -1, NPY_DOUBLE) : NULL;
  for (npy_intp i = 0; v && i < n; i++) doubles(v)[i] = at(grid(self), doubles(x) + i * nx);
  Py_XDECREF(x);
  return (PyObject *)v;
}

static PyObject *safety_at(PyObject *self, PyObject *given) {
  return numbers_at(self, given, duro_grid_safety_at);
}

static PyObject *arrival_at(PyObject *self, PyObject *given) {
  return numbers_at(self, given, duro_grid_arrival_at);
}

static PyObject *volume(PyObject *self, PyObject *arguments) {
  double level;
  if (!PyArg_ParseTuple(arguments, "d", &level)) return NULL;
  return PyFloat_FromDouble(duro_grid_volume(grid(self), level));
}

/* does it answer with who reaches the target first, and who keeps it away? */
static bool arrives(const duro_grid *g) {
  const duro_grid_settings *settings = duro_grid_settings_of(g);
  return duro_grid_is_reach(settings) && settings->tube;
}

/* u, or with `u` given a, one step ahead at each of n states */
static void answer(double *out, const duro_grid *g, void *worker, npy_intp n, const double *x, const double *u,
                   bool task) {
  const duro_env_spec *s = &duro_grid_env(g)->spec;
  const bool reach = arrives(g);
  for (npy_intp i = 0; i < n; i++, x += s->nx) {
    if (!u)
      (reach  ? duro_grid_reach_control
       : task ? duro_grid_task_control
              : duro_grid_safety_control)(g, worker, out + i * s->nu, x);
    else
      (reach  ? duro_grid_reach_disturbance
       : task ? duro_grid_task_disturbance
              : duro_grid_safety_disturbance)(g, worker, out + i * s->na, x, u + i * s->nu);
  }
}

static PyObject *respond(PyObject *self, PyObject *arguments) {
  PyObject *given, *given_u;
  int task;
  duro_player player;
  if (!PyArg_ParseTuple(arguments, "OOp", &given, &given_u, &task)) return NULL;
  const bool reach = arrives(grid(self)) && !task;
  const duro_status plays = reach ? DURO_OK : duro_player_grid(&player, grid(self), task); // not of a set at the end
  if (plays) return raise_status(plays);
  const duro_env *env = duro_grid_env(grid(self));
  const duro_env_spec *s = &env->spec;
  npy_intp n = -1;
  PyArrayObject *x = rows_of(given, NPY_DOUBLE, s->nx, &n, "x"), *out = NULL, *u = NULL;
  if (x && given_u != Py_None) u = rows_of(given_u, NPY_DOUBLE, s->nu, &n, "u");
  if (x && !PyErr_Occurred()) out = new_rows(n, u ? s->na : s->nu, NPY_DOUBLE);
  void *worker = NULL;
  const duro_status status = out ? duro_env_worker_create(env, &worker) : DURO_OK;
  if (out && !status) {
    system_forget(((handle *)self)->keeps);
    Py_BEGIN_ALLOW_THREADS answer(doubles(out), grid(self), worker, n, doubles(x), u ? doubles(u) : NULL, task);
    Py_END_ALLOW_THREADS duro_env_worker_destroy(env, worker);
    if (system_raise(((handle *)self)->keeps)) Py_CLEAR(out);
  } else if (status) {
    raise_status(status);
    Py_CLEAR(out);
  }
  Py_XDECREF(x);
  Py_XDECREF(u);
  return like(out, given, s->nx);
}

static PyObject *file(PyObject *self, PyObject *arguments) {
  int resume;
  const char *path;
  if (!PyArg_ParseTuple(arguments, "ps", &resume, &path) || !handle_take(self, "the grid")) return NULL;
  duro_status status;
  Py_BEGIN_ALLOW_THREADS status = resume ? duro_grid_resume(grid(self), path) : duro_grid_save(grid(self), path);
  Py_END_ALLOW_THREADS handle_give(self);
  return finish(status, NULL, NULL, 0);
}

static PyObject *export(PyObject *self, PyObject *arguments) {
  const char *folder, *prefix;
  char name[DURO_EXPORT_NAME];
  if (!PyArg_ParseTuple(arguments, "sz", &folder, &prefix) || !handle_take(self, "the grid")) return NULL;
  duro_status status = duro_export_grid_name(name, grid(self), prefix);
  if (!status) status = duro_export_grid_c(folder, grid(self), prefix);
  handle_give(self);
  return status ? raise_status(status) : PyUnicode_FromString(name);
}

static PyMethodDef methods[] = {
    {"about", about, METH_NOARGS, "about() -> dict"},
    {"state", state, METH_VARARGS, "state(stage) -> dict"},
    {"solve", solve, METH_VARARGS, "solve(task, report) -> bool: was it finished?"},
    {"read", read_field, METH_VARARGS, "read(field) -> array"},
    {"safety_at", safety_at, METH_O, "safety_at(x) -> V_h"},
    {"volume", volume, METH_VARARGS, "volume(level) -> share"},
    {"arrival_at", arrival_at, METH_O, "arrival_at(x) -> s"},
    {"respond", respond, METH_VARARGS, "respond(x, u, task) -> u or a"},
    {"file", file, METH_VARARGS, "file(resume, path)"},
    {"export", export, METH_VARARGS, "export(folder, prefix or None) -> name"},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {{Py_tp_dealloc, destroy}, {Py_tp_methods, methods}, {0, NULL}};
static PyType_Spec spec = {"duro._duro.Grid", sizeof(grid_handle), 0, Py_TPFLAGS_DEFAULT, slots};
static PyMethodDef functions[] = {
    {"create_grid", create, METH_VARARGS, "create_grid(env, pairs, shape, low, high) -> Grid"},
    {"open_solution", open_solution, METH_VARARGS, "open_solution(folder, env, threads, accept_failed) -> (Grid, Env)"},
    {"grid_rows", rows, METH_NOARGS, "grid_rows() -> list"},
    {NULL, NULL, 0, NULL},
};

int grid_ready(PyObject *module) {
  return add_type(module, &spec, &type_grid) || add_functions(module, functions) ? -1 : 0;
}

/* Runs: trainings with looks, choice and trial, in a folder; and run folders, opened. */
#include "module.h"

#include <math.h>
#include <stdlib.h>

/* ---- training ---- */

static PyObject *metrics_of(const duro_run_progress *now) {
  const char *const *names;
  if (!now->train || !now->train->metrics) Py_RETURN_NONE;
  const npy_intp n = duro_trainer_metrics(now->trainer, &names);
  PyArrayObject *row = new_rows(n, -1, NPY_DOUBLE);
  for (npy_intp i = 0; row && i < n; i++) doubles(row)[i] = now->train->metrics[i];
  return (PyObject *)row;
}

static PyObject *names_of(const duro_run_progress *now) {
  const char *const *names;
  const int n = duro_trainer_metrics(now->trainer, &names);
  PyObject *all = PyTuple_New(n);
  for (int i = 0; all && i < n; i++) PyTuple_SetItem(all, i, PyUnicode_FromString(names[i]));
  return all;
}

/* (names, step, steps, update, steps/s, seconds, seconds left, return, row, snapshot, looks..., trial) */
static PyObject *told(const duro_run_progress *now) {
  const duro_train_progress none = {.seconds = NAN, .seconds_left = NAN, .return_mean = NAN};
  const duro_train_progress *t = now->train ? now->train : &none;
  return Py_BuildValue("NLLLddddNOLLdd", names_of(now), (long long)t->step, (long long)t->steps, (long long)t->update,
                       t->steps_per_second, t->seconds, t->seconds_left, t->return_mean, metrics_of(now),
                       t->snapshot ? Py_True : Py_False, (long long)now->look_episodes, (long long)now->look_violating,
                       now->look_return, now->trial);
}

/* A run that goes on: who hears of it, and whether Ctrl-C is to stop it. */
typedef struct going {
  listener listener;
  bool listens;
} going;

static duro_status report(const duro_run_progress *now, void *context) {
  going *g = context;
  const PyGILState_STATE lock = PyGILState_Ensure();
  if (g->listens) interrupt_stops(now->trainer);
  const duro_status status = listener_tell(&g->listener, told(now));
  PyGILState_Release(lock);
  return status;
}

static PyObject *result_of(const duro_run_result *r, bool finished) {
  static const char *const acts[] = {"pi", "pi_h", "filtered"};
  return Py_BuildValue("{sO,sL,sL,sL,sL,sL,sO,ss,sd,sL,sL,sL,sd,sd}", "finished", finished ? Py_True : Py_False, "step",
                       (long long)r->step, "saved", (long long)r->saved, "looks", (long long)r->looks, "passed",
                       (long long)r->passed, "deployed", (long long)r->deployed, "tried", r->tried ? Py_True : Py_False,
                       "act", acts[r->act], "margin", r->margin, "starts", (long long)r->starts, "violating",
                       (long long)r->violating, "lost", (long long)r->lost, "h_min", r->h_min, "return_mean",
                       r->return_mean);
}

static bool set_all(duro_run_config *config, PyObject *pairs) {
  PyObject *list = PySequence_List(pairs);
  bool fine = list != NULL;
  for (Py_ssize_t i = 0; fine && i < PyList_Size(list); i++) {
    PyObject *line = PyUnicode_FromFormat("%U=%U", PyTuple_GetItem(PyList_GetItem(list, i), 0),
                                          PyTuple_GetItem(PyList_GetItem(list, i), 1));
    PyObject *bytes = line ? PyUnicode_AsUTF8String(line) : NULL;
    const duro_status status = bytes ? duro_run_config_set(config, PyBytes_AsString(bytes)) : DURO_OK;
    if (status) raise_status(status);
    fine = bytes && !status;
    Py_XDECREF(bytes);
    Py_XDECREF(line);
  }
  Py_XDECREF(list);
  return fine;
}

/* train_run(environment, algorithm, preset, pairs, folder, (from, resume, go_on, replace, compiler), report, main) */
static PyObject *train_run(PyObject *module, PyObject *arguments) {
  (void)module;
  const char *environment, *algorithm, *preset, *folder, *compiler;
  PyObject *pairs;
  int resume, go_on, replace, in_main_thread;
  going g = {0};
  duro_run_options options = duro_run_options_default();
  if (!PyArg_ParseTuple(arguments, "sssOs(zpppz)Op", &environment, &algorithm, &preset, &pairs, &folder, &options.from,
                        &resume, &go_on, &replace, &compiler, &g.listener.function, &in_main_thread))
    return NULL;
  const duro_env_open_options open = {.compiler = compiler};
  options.resume = resume, options.go_on = go_on, options.replace = replace, options.open = &open;
  options.report = report, options.context = &g;
  duro_run_config *config;
  duro_run_result result = {0};
  duro_status status = duro_run_config_create(&config, environment, algorithm, preset, &open);
  if (status) return raise_status(status);
  if (!set_all(config, pairs)) {
    duro_run_config_destroy(config);
    return NULL;
  }
  g.listens = in_main_thread && interrupt_listen(NULL);
  Py_BEGIN_ALLOW_THREADS status = duro_train_run(&result, config, folder, &options);
  Py_END_ALLOW_THREADS if (g.listens) interrupt_release();
  PyObject **failures[] = {&g.listener.failure};
  PyObject *done = finish(status == DURO_ERROR_STOPPED ? DURO_OK : status, NULL, failures, 1);
  duro_run_config_destroy(config);
  Py_XDECREF(done);
  return !done || PyErr_CheckSignals() ? NULL : result_of(&result, status == DURO_OK);
}

/* ---- a folder that is there ---- */

static void close_run(PyObject *capsule) {
  duro_run_close(PyCapsule_GetPointer(capsule, NULL));
}

/* open_run(folder, changes, compiler) -> Env: that of the run, with the numbers it was trained with */
static PyObject *open_run(PyObject *module, PyObject *arguments) {
  (void)module;
  enum { MOST = 64 };
  const char *folder, *compiler, *changes[MOST];
  PyObject *given;
  if (!PyArg_ParseTuple(arguments, "sO!z", &folder, &PyTuple_Type, &given, &compiler)) return NULL;
  const Py_ssize_t n = PyTuple_Size(given);
  if (n > MOST) return PyErr_Format(PyExc_ValueError, "%zd changes; wanted at most %d", n, MOST);
  for (Py_ssize_t i = 0; i < n; i++)
    if (!(changes[i] = PyBytes_AsString(PyTuple_GetItem(given, i)))) return NULL;
  duro_run *run;
  duro_status status;
  Py_BEGIN_ALLOW_THREADS status =
      duro_run_open(&run, folder, changes, (int)n, &(duro_env_open_options){.compiler = compiler});
  Py_END_ALLOW_THREADS if (status) return raise_status(status);
  PyObject *owner = PyCapsule_New(run, NULL, close_run);
  if (!owner) duro_run_close(run);
  PyObject *env = owner ? env_borrowed((duro_env *)(uintptr_t)duro_run_env(run), owner) : NULL;
  Py_XDECREF(owner);
  return env;
}

/* ---- for other machines ---- */

/* export_c(policy, folder, prefix, act or -1, margin or nan, limit or nan, fallback or None, env or None) -> name */
static PyObject *export_c(PyObject *module, PyObject *arguments) {
  (void)module;
  PyObject *policy_object, *fallback, *env;
  const char *folder, *prefix;
  int act;
  double margin, limit;
  if (!PyArg_ParseTuple(arguments, "OsziddOO", &policy_object, &folder, &prefix, &act, &margin, &limit, &fallback,
                        &env))
    return NULL;
  const duro_policy *policy = thing_of(policy_object, type_policy, "a Policy");
  if (!policy) return NULL;
  duro_export_options options = duro_export_default(policy);
  options.prefix = prefix;
  if (act >= 0) options.act = (duro_act)act;
  if (!isnan(margin)) options.margin = (float)margin;
  if (!isnan(limit)) options.limit = limit;
  if (env != Py_None && !(options.env = env_of(env))) return NULL;
  npy_intp n = 1;
  PyArrayObject *u = NULL;
  if (fallback != Py_None && !(u = rows_of(fallback, NPY_FLOAT, duro_policy_about(policy)->nu, &n, "fallback")))
    return NULL;
  if (u) options.fallback = floats(u);
  char name[DURO_EXPORT_NAME];
  duro_status status = duro_export_name(name, policy, prefix);
  if (!status) status = duro_export_c(folder, policy, &options);
  Py_XDECREF(u);
  return status ? raise_status(status) : PyUnicode_FromString(name);
}

static PyMethodDef functions[] = {
    {"train_run", train_run, METH_VARARGS,
     "train_run(environment, algorithm, preset, pairs, folder, how, report, in_main_thread) -> dict"},
    {"open_run", open_run, METH_VARARGS, "open_run(folder, changes, compiler) -> Env"},
    {"export_c", export_c, METH_VARARGS, "export_c(policy, folder, prefix, act, margin, limit, fallback, env) -> name"},
    {NULL, NULL, 0, NULL},
};

int run_ready(PyObject *module) {
  return add_functions(module, functions);
}

/* Training: the library's trainer, with Python told of its reports. */
#include "module.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

PyObject *type_trainer;

/* A trainer; its settings as they were given. */
typedef struct trainer_thing {
  duro_trainer *trainer;
  duro_train_settings train;
  duro_learn_settings learn;
  listener *listener; /* of the run that goes on */
} trainer_thing;

static trainer_thing *thing(PyObject *self) {
  return ((handle *)self)->thing;
}

static void destroy(PyObject *self) {
  trainer_thing *t = thing(self);
  duro_trainer_destroy(t->trainer);
  free(t);
  handle_free(self);
}

enum { GROUPS = 2 };

static void groups_of(duro_settings_group out[GROUPS], trainer_thing *t) {
  out[0] = (duro_settings_group){"train", duro_train_rows, duro_train_rows_count, &t->train};
  out[1] = (duro_settings_group){"learn", duro_learn_rows, duro_learn_rows_count, &t->learn};
}

static bool configure(trainer_thing *t, const char *preset, PyObject *pairs) {
  duro_settings_group groups[GROUPS];
  groups_of(groups, t);
  const duro_status status = duro_train_preset(&t->train, &t->learn, preset);
  if (status) raise_status(status);
  return !status && settings_set(groups, GROUPS, pairs);
}

static PyObject *create(PyObject *module, PyObject *arguments) {
  (void)module;
  PyObject *env_object, *pairs, *self = NULL;
  const char *algorithm, *preset;
  if (!PyArg_ParseTuple(arguments, "OssO", &env_object, &algorithm, &preset, &pairs)) return NULL;
  const duro_env *env = env_of(env_object);
  const duro_algorithm_info *info;
  trainer_thing *t = env ? calloc(1, sizeof *t) : NULL;
  if (env && !t) return PyErr_NoMemory();
  if (!t || !configure(t, preset, pairs)) goto failed;
  duro_status status = duro_algorithm_find(&info, algorithm);
  system_forget(env_object);
  if (!status) {
    Py_BEGIN_ALLOW_THREADS status = duro_trainer_create(&t->trainer, env, info->name, &t->train, &t->learn);
    Py_END_ALLOW_THREADS
  }
  PyObject *done = finish(status, env_object, NULL, 0); // a system in Python may have raised in a start
  if (done) self = handle_new(type_trainer, t, env_object);
  Py_XDECREF(done);
failed:
  if (!self && t) {
    duro_trainer_destroy(t->trainer);
    free(t);
  }
  return self;
}

/* ---- running ---- */

/* Ctrl-C in a long stretch without a report: the trainer whose run holds the main thread stops after its update, and
 * Python's handler, called as well, raises KeyboardInterrupt */
static _Atomic(duro_trainer *) interruptible;
static struct sigaction before;
static bool interrupt_held; /* by a run in the main thread; guarded by the lock of the interpreter */

static void interrupted(int number, siginfo_t *info, void *context) {
  duro_trainer *trainer = atomic_load(&interruptible);
  if (trainer) duro_trainer_stop(trainer);
  if (before.sa_flags & SA_SIGINFO)
    before.sa_sigaction(number, info, context);
  else if (before.sa_handler != SIG_IGN && before.sa_handler != SIG_DFL)
    before.sa_handler(number);
}

bool interrupt_listen(duro_trainer *trainer) {
  struct sigaction action = {.sa_sigaction = interrupted, .sa_flags = SA_SIGINFO};
  sigemptyset(&action.sa_mask);
  if (interrupt_held) return false;
  interrupt_held = true;
  atomic_store(&interruptible, trainer);
  (void)sigaction(SIGINT, &action, &before);
  return true;
}

void interrupt_stops(duro_trainer *trainer) {
  atomic_store(&interruptible, trainer);
}

void interrupt_release(void) {
  (void)sigaction(SIGINT, &before, NULL);
  atomic_store(&interruptible, NULL);
  interrupt_held = false;
}

static PyObject *row(const duro_trainer *trainer, const duro_train_progress *now) {
  const char *const *names;
  const npy_intp n = duro_trainer_metrics(trainer, &names);
  if (!now->metrics) Py_RETURN_NONE;
  PyArrayObject *metrics = new_rows(n, -1, NPY_DOUBLE);
  for (npy_intp i = 0; metrics && i < n; i++) doubles(metrics)[i] = now->metrics[i];
  return (PyObject *)metrics;
}

static duro_status report(duro_trainer *trainer, const duro_train_progress *now, void *context) {
  PyObject *self = context;
  const PyGILState_STATE lock = PyGILState_Ensure();
  PyObject *arguments = Py_BuildValue("LLLddddNO", (long long)now->step, (long long)now->steps, (long long)now->update,
                                      now->steps_per_second, now->seconds, now->seconds_left, now->return_mean,
                                      row(trainer, now), now->snapshot ? Py_True : Py_False);
  handle_give(self); // the function may save, or take the policy
  const duro_status status = listener_tell(thing(self)->listener, arguments);
  ((handle *)self)->busy = true;
  PyGILState_Release(lock);
  return status;
}

static PyObject *run(PyObject *self, PyObject *arguments) {
  listener l = {0};
  int in_main_thread;
  PyObject **failures[] = {&l.failure};
  if (!PyArg_ParseTuple(arguments, "Op", &l.function, &in_main_thread)) return NULL;
  if (!handle_take(self, "the trainer")) return NULL;
  trainer_thing *t = thing(self);
  PyObject *env = ((handle *)self)->keeps;
  system_forget(env);
  t->listener = &l;
  duro_status status;
  const bool listens = in_main_thread && interrupt_listen(t->trainer);
  Py_BEGIN_ALLOW_THREADS status = duro_trainer_run(t->trainer, report, self);
  Py_END_ALLOW_THREADS if (listens) interrupt_release();
  handle_give(self);
  t->listener = NULL;
  PyObject *done = finish(status == DURO_ERROR_STOPPED ? DURO_OK : status, env, failures, 1);
  Py_XDECREF(done);
  if (!done || PyErr_CheckSignals()) return NULL;
  return PyBool_FromLong(status == DURO_OK);
}

static PyObject *stop(PyObject *self, PyObject *nothing) {
  (void)nothing;
  duro_trainer_stop(thing(self)->trainer);
  Py_RETURN_NONE;
}

/* ---- what it holds ---- */

static PyObject *policy(PyObject *self, PyObject *nothing) {
  (void)nothing;
  duro_policy *frozen;
  if (!handle_take(self, "the trainer")) return NULL;
  const duro_status status = duro_trainer_policy(thing(self)->trainer, &frozen);
  handle_give(self);
  if (status) return raise_status(status);
  PyObject *object = handle_new(type_policy, frozen, NULL);
  if (!object) duro_policy_destroy(frozen);
  return object;
}

enum { SAVE, SAVE_POLICY, RESUME, START_FROM };

/* what is done with a file */
static PyObject *file(PyObject *self, PyObject *arguments) {
  const char *path;
  int what;
  duro_trainer *trainer = thing(self)->trainer;
  if (!PyArg_ParseTuple(arguments, "is", &what, &path) || !handle_take(self, "the trainer")) return NULL;
  duro_status status;
  Py_BEGIN_ALLOW_THREADS status = what == SAVE          ? duro_trainer_save(trainer, path)
                                  : what == SAVE_POLICY ? duro_trainer_save_policy(trainer, path)
                                  : what == RESUME      ? duro_trainer_resume(trainer, path, 0, NULL)
                                                        : duro_trainer_start_from(trainer, path);
  Py_END_ALLOW_THREADS handle_give(self);
  return finish(status, ((handle *)self)->keeps, NULL, 0);
}

static PyObject *metrics(PyObject *self, PyObject *nothing) {
  (void)nothing;
  const char *const *names;
  const int n = duro_trainer_metrics(thing(self)->trainer, &names);
  PyObject *all = PyTuple_New(n);
  for (int i = 0; all && i < n; i++) PyTuple_SetItem(all, i, PyUnicode_FromString(names[i]));
  return all;
}

static PyObject *settings(PyObject *self, PyObject *nothing) {
  (void)nothing;
  duro_settings_group groups[GROUPS];
  groups_of(groups, thing(self));
  return settings_values(groups, GROUPS);
}

static PyObject *hash(PyObject *self, PyObject *nothing) {
  (void)nothing;
  if (!handle_take(self, "the trainer")) return NULL;
  const unsigned long long value = duro_trainer_hash(thing(self)->trainer);
  handle_give(self);
  return PyLong_FromUnsignedLongLong(value);
}

static PyObject *memory(PyObject *self, PyObject *nothing) {
  (void)nothing;
  double replay;
  const double all = duro_trainer_memory(thing(self)->trainer, &replay);
  return Py_BuildValue("dd", all, replay);
}

static PyMethodDef methods[] = {
    {"run", run, METH_VARARGS, "run(report, in_main_thread) -> bool: was it finished?"},
    {"stop", stop, METH_NOARGS, "stop()"},
    {"policy", policy, METH_NOARGS, "policy() -> Policy"},
    {"file", file, METH_VARARGS, "file(what, path)"},
    {"metrics", metrics, METH_NOARGS, "metrics() -> names"},
    {"settings", settings, METH_NOARGS, "settings() -> dict"},
    {"hash", hash, METH_NOARGS, "hash() -> int"},
    {"memory", memory, METH_NOARGS, "memory() -> (bytes, of them of the replay)"},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {{Py_tp_dealloc, destroy}, {Py_tp_methods, methods}, {0, NULL}};
static PyType_Spec spec = {"duro._duro.Trainer", sizeof(handle), 0, Py_TPFLAGS_DEFAULT, slots};

/* ---- what can be trained, and set ---- */

static PyObject *list_algorithms(PyObject *module, PyObject *nothing) {
  (void)module, (void)nothing;
  PyObject *all = PyList_New(0);
  for (int i = 0; all && duro_algorithm_at(i); i++) {
    const duro_algorithm_info *info = duro_algorithm_at(i);
    PyObject *one = Py_BuildValue("sss", info->name, info->title, info->roles);
    if (!one || PyList_Append(all, one)) Py_CLEAR(all);
    Py_XDECREF(one);
  }
  return all;
}

static PyObject *rows(PyObject *module, PyObject *nothing) {
  (void)module, (void)nothing;
  trainer_thing none;
  duro_settings_group groups[GROUPS];
  groups_of(groups, &none);
  return settings_rows(groups, GROUPS);
}

static PyObject *run_hash(PyObject *module, PyObject *arguments) {
  (void)module;
  const char *folder;
  uint64_t value;
  if (!PyArg_ParseTuple(arguments, "s", &folder)) return NULL;
  const duro_status status = duro_run_hash(&value, folder);
  return status ? raise_status(status) : PyLong_FromUnsignedLongLong(value);
}

static PyMethodDef functions[] = {
    {"create_trainer", create, METH_VARARGS, "create_trainer(env, algorithm, preset, pairs) -> Trainer"},
    {"list_algorithms", list_algorithms, METH_NOARGS, "list_algorithms() -> [(name, title, roles)]"},
    {"train_rows", rows, METH_NOARGS, "train_rows() -> list"},
    {"run_hash", run_hash, METH_VARARGS, "run_hash(folder) -> int"},
    {NULL, NULL, 0, NULL},
};

int trainer_ready(PyObject *module) {
  return add_type(module, &spec, &type_trainer) || add_functions(module, functions) ? -1 : 0;
}

/* Whether an environment keeps its promises. */
#include "module.h"

static PyObject *list_of(const duro_check_findings *findings) {
  static const char *const verdicts[] = {"ok", "note", "warning", "broken"};
  PyObject *all = PyList_New(0);
  for (int i = 0; all && i < findings->count; i++) {
    const duro_check_finding *f = &findings->finding[i];
    PyObject *one = Py_BuildValue("sss", f->promise, verdicts[f->verdict], f->sentence);
    if (!one || PyList_Append(all, one)) Py_CLEAR(all);
    Py_XDECREF(one);
  }
  return all;
}

/* check_env(env, samples, seed, quick) */
static PyObject *check(PyObject *module, PyObject *arguments) {
  (void)module;
  PyObject *env_object;
  unsigned long long seed;
  int quick;
  duro_check_options options = duro_check_options_default();
  duro_check_findings findings;
  if (!PyArg_ParseTuple(arguments, "OiKp", &env_object, &options.samples, &seed, &quick)) return NULL;
  const duro_env *env = env_of(env_object);
  if (!env) return NULL;
  options.seed = seed, options.quick = quick;
  duro_status status;
  system_forget(env_object);
  Py_BEGIN_ALLOW_THREADS // a system in Python takes the lock in the process that tries it
      status = duro_check_environment(&findings, env->ops, env->settings, &options);
  Py_END_ALLOW_THREADS PyObject *done = finish(status, env_object, NULL, 0);
  Py_XDECREF(done);
  return done ? list_of(&findings) : NULL;
}

static PyMethodDef functions[] = {
    {"check_env", check, METH_VARARGS, "check_env(env, samples, seed, quick) -> [(promise, verdict, sentence)]"},
    {NULL, NULL, 0, NULL},
};

int check_ready(PyObject *module) {
  return add_functions(module, functions);
}

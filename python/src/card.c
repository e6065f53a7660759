/* The card of a run, and its certificate. */
#include "module.h"

#include <math.h>

/* A call that tells and asks functions of Python. */
typedef struct watched {
  listener told;     /* of each line, or each round */
  PyObject *recheck; /* path -> (proved, volume), or None */
} watched;

static duro_status ask(void *context) {
  watched *w = context;
  const PyGILState_STATE lock = PyGILState_Ensure();
  const duro_status status = listener_tell(&w->told, NULL);
  PyGILState_Release(lock);
  return status;
}

static duro_status found(const char *line, duro_card_finding finding, const char *why, void *context) {
  static const char *const findings[] = {"same", "different", "unknown"};
  watched *w = context;
  const PyGILState_STATE lock = PyGILState_Ensure();
  const duro_status status = listener_tell(&w->told, Py_BuildValue("sss", line, findings[finding], why));
  PyGILState_Release(lock);
  return status;
}

static duro_status recheck(bool *proved, double *volume, const char *path, void *context) {
  watched *w = context;
  const PyGILState_STATE lock = PyGILState_Ensure();
  PyObject *answer = PyObject_CallFunction(w->recheck, "s", path);
  int is_proved = 0;
  const bool fine = answer && PyArg_ParseTuple(answer, "pd", &is_proved, volume);
  *proved = is_proved != 0;
  Py_XDECREF(answer);
  if (!fine) failure_keep(&w->told.failure);
  PyGILState_Release(lock);
  return fine ? DURO_OK : DURO_ERROR_STOPPED;
}

/* What cards are made from and checked with: (solution, accept, adversary, margin, scratch, lines, threads, compiler)
 */
typedef struct card_words {
  duro_card_options options;
  duro_env_open_options open;
  watched watched;
} card_words;

static bool card_words_of(card_words *out, PyObject *given, PyObject *told, PyObject *again) {
  int accept;
  long long threads;
  out->options = duro_card_options_default();
  duro_card_options *o = &out->options;
  if (!PyArg_ParseTuple(given, "zpzzzzLz", &o->solution, &accept, &o->adversary, &o->margin, &o->scratch, &o->lines,
                        &threads, &out->open.compiler))
    return false;
  out->watched = (watched){.told.function = told, .recheck = again};
  o->accept_solution = accept, o->threads = threads, o->open = &out->open;
  o->found = found, o->ask = ask, o->context = &out->watched;
  o->recheck = again && again != Py_None ? recheck : NULL;
  return true;
}

static PyObject *end(duro_status status, watched *w) {
  PyObject **failures[] = {&w->told.failure};
  return finish(status, NULL, failures, 1);
}

/* make_card(folder, how, recheck) -> rows that were left out */
static PyObject *make_card(PyObject *module, PyObject *arguments) {
  (void)module;
  const char *folder;
  PyObject *how, *again;
  card_words words = {0};
  int64_t left_out = 0;
  if (!PyArg_ParseTuple(arguments, "sO!O", &folder, &PyTuple_Type, &how, &again)) return NULL;
  if (!card_words_of(&words, how, NULL, again)) return NULL;
  duro_status status;
  Py_BEGIN_ALLOW_THREADS status = duro_card_make(&left_out, folder, &words.options);
  Py_END_ALLOW_THREADS PyObject *done = end(status, &words.watched);
  Py_XDECREF(done);
  return done ? PyLong_FromLongLong(left_out) : NULL;
}

/* verify_card(path, folder, how, told, recheck) -> (same, different, unknown) */
static PyObject *verify_card(PyObject *module, PyObject *arguments) {
  (void)module;
  const char *path, *folder;
  PyObject *how, *told, *again;
  card_words words = {0};
  duro_card_counts counts = {.struct_size = sizeof counts};
  if (!PyArg_ParseTuple(arguments, "ssO!OO", &path, &folder, &PyTuple_Type, &how, &told, &again)) return NULL;
  if (!card_words_of(&words, how, told, again)) return NULL;
  duro_status status;
  Py_BEGIN_ALLOW_THREADS status = duro_card_verify(&counts, path, folder, &words.options);
  Py_END_ALLOW_THREADS PyObject *done = end(status, &words.watched);
  Py_XDECREF(done);
  return done ? Py_BuildValue("LLL", (long long)counts.same, (long long)counts.different, (long long)counts.unknown)
              : NULL;
}

/* ---- certificates of runs ---- */

static duro_status round_of(const duro_certificate_progress *now, void *context) {
  watched *w = context;
  const PyGILState_STATE lock = PyGILState_Ensure();
  const duro_status status = listener_tell(
      &w->told, Py_BuildValue("({sL,sL,sL,sL})", "round", (long long)now->round, "cells", (long long)now->cells,
                              "tried", (long long)now->tried, "failed", (long long)now->failed));
  PyGILState_Release(lock);
  return status;
}

static PyObject *certified_of(const duro_certified *c) {
  return Py_BuildValue("(dLLLLL(ddd)(ddd)O)", c->volume, (long long)c->states, (long long)c->own, (long long)c->nearest,
                       (long long)c->fallback, (long long)c->none, c->share_own.value, c->share_own.low,
                       c->share_own.high, c->share_kept.value, c->share_kept.low, c->share_kept.high,
                       c->made ? Py_True : Py_False);
}

/* certify_run(folder, (certificate, solution, grid, low, high, compiler), settings, (states, seed, threads), told) */
static PyObject *certify_run(PyObject *module, PyObject *arguments) {
  (void)module;
  enum { MOST = 64 };
  const char *folder, *settings[MOST];
  PyObject *given, *told;
  long long states, seed, threads;
  duro_env_open_options open = {0};
  duro_certified_options o = duro_certified_options_default();
  if (!PyArg_ParseTuple(arguments, "s(zzzzzz)O!(LLL)O", &folder, &o.certificate, &o.solution, &o.grid, &o.low, &o.high,
                        &open.compiler, &PyTuple_Type, &given, &states, &seed, &threads, &told))
    return NULL;
  const Py_ssize_t n = PyTuple_Size(given);
  if (n > MOST) return PyErr_Format(PyExc_ValueError, "%zd settings; wanted at most %d", n, MOST);
  for (Py_ssize_t i = 0; i < n; i++)
    if (!(settings[i] = PyBytes_AsString(PyTuple_GetItem(given, i)))) return NULL;
  watched w = {.told.function = told};
  o.settings = settings, o.n_settings = (int)n, o.states = states, o.seed = seed, o.threads = threads;
  o.report = round_of, o.ask = ask, o.context = &w, o.open = &open;
  duro_certified out = {.struct_size = sizeof out};
  duro_status status;
  Py_BEGIN_ALLOW_THREADS status = duro_certified_run(&out, folder, &o);
  Py_END_ALLOW_THREADS PyObject *done = end(status, &w);
  Py_XDECREF(done);
  return done ? certified_of(&out) : NULL;
}

static PyMethodDef functions[] = {
    {"make_card", make_card, METH_VARARGS, "make_card(folder, how, recheck) -> rows that were left out"},
    {"verify_card", verify_card, METH_VARARGS,
     "verify_card(path, folder, how, told, recheck) -> (same, different, unknown)"},
    {"certify_run", certify_run, METH_VARARGS, "certify_run(folder, sources, settings, numbers, told) -> tuple"},
    {NULL, NULL, 0, NULL},
};

int card_ready(PyObject *module) {
  return add_functions(module, functions);
}

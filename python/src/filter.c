/* Safety filters: a source and its options, on batches of states and around players. */
#include "module.h"

#include <stdlib.h>
#include <string.h>

PyObject *type_filter;

static duro_filter *filter(PyObject *self) {
  return ((handle *)self)->thing;
}

static void destroy(PyObject *self) {
  duro_filter_destroy(filter(self));
  handle_free(self);
}

static bool remedy_of(duro_filter_remedy *out, const char *word) {
  for (int k = DURO_FILTER_FALLBACK; k <= DURO_FILTER_BOX; k++)
    if (strcmp(word, duro_filter_remedy_name((duro_filter_remedy)k)) == 0) {
      *out = (duro_filter_remedy)k;
      return true;
    }
  PyErr_Format(PyExc_ValueError, "remedy is '%s'; wanted 'fallback', 'nearest' or 'box'", word);
  return false;
}

/* create_filter(source, remedy, margin or nan, hysteresis) -> Filter; the source is a Policy, a Grid or a Certificate
 */
static PyObject *create(PyObject *module, PyObject *arguments) {
  (void)module;
  PyObject *source;
  const char *remedy;
  duro_filter *made;
  duro_filter_options options = duro_filter_options_default();
  if (!PyArg_ParseTuple(arguments, "Osdd", &source, &remedy, &options.margin, &options.hysteresis) ||
      !remedy_of(&options.remedy, remedy))
    return NULL;
  duro_status status;
  if (PyObject_IsInstance(source, type_policy) > 0)
    status = duro_filter_of_policy(&made, ((handle *)source)->thing, &options);
  else if (PyObject_IsInstance(source, type_grid) > 0)
    status = duro_filter_of_grid(&made, ((handle *)source)->thing, &options);
  else if (PyObject_IsInstance(source, type_certificate) > 0)
    status = duro_filter_of_certificate(&made, ((handle *)source)->thing, &options);
  else
    return PyErr_Format(PyExc_TypeError, "wanted a Policy, a Grid or a Certificate, not %R", source);
  if (status) return raise_status(status);
  PyObject *self = handle_new(type_filter, made, source);
  if (!self) duro_filter_destroy(made);
  return self;
}

static PyObject *about(PyObject *self, PyObject *nothing) {
  (void)nothing;
  static const char *const sources[] = {"learned", "grid", "certificate"};
  int no, nx, nu;
  duro_filter_sizes(filter(self), &no, &nx, &nu);
  return Py_BuildValue("{ss,sd,si,si,si,sK}", "source", sources[duro_filter_source_of(filter(self))], "margin",
                       duro_filter_margin(filter(self)), "no", no, "nx", nx, "nu", nu, "hash",
                       (unsigned long long)duro_filter_hash(filter(self)));
}

static PyObject *count(PyObject *self, PyObject *nothing) {
  (void)nothing;
  const duro_filter_counts c = duro_filter_count(filter(self));
  return Py_BuildValue("{sL,sL,sL,sL,sd}", "steps", (long long)c.steps, "interventions", (long long)c.interventions,
                       "fallbacks", (long long)c.fallbacks, "missed", (long long)c.missed, "least", c.least);
}

/* ---- one step ---- */

/* The arrays of a step, all new references. */
typedef struct step {
  PyArrayObject *seen, *u, *held, *replaced, *proposed, *margin;
  duro_filter_answer *answers;
  npy_intp n;
} step;

static void step_release(step *s) {
  PyArrayObject *const all[] = {s->seen, s->u, s->held, s->replaced, s->proposed, s->margin};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) Py_XDECREF(all[i]);
  free(s->answers);
}

/* false after an exception */
static bool step_of(step *s, const duro_filter *f, PyObject *seen, PyObject *u, PyObject *held) {
  int no, nx, nu;
  duro_filter_sizes(f, &no, &nx, &nu);
  s->n = -1;
  s->seen = rows_of(seen, no ? NPY_FLOAT : NPY_DOUBLE, no ? no : nx, &s->n, no ? "obs" : "x");
  PyArrayObject *given = s->seen ? rows_of(u, NPY_FLOAT, nu, &s->n, "u") : NULL;
  if (given) s->u = (PyArrayObject *)PyArray_NewCopy(given, NPY_CORDER); // it is the caller's
  Py_XDECREF(given);
  if (s->u && held != Py_None) {
    s->held = (PyArrayObject *)PyArray_FROMANY(held, NPY_BOOL, 0, 1, NPY_ARRAY_CARRAY_RO | NPY_ARRAY_FORCECAST);
    if (s->held && PyArray_SIZE(s->held) != s->n)
      PyErr_Format(PyExc_ValueError, "held has %zd numbers; wanted %zd", (Py_ssize_t)PyArray_SIZE(s->held),
                   (Py_ssize_t)s->n);
  }
  if (PyErr_Occurred()) return false;
  s->replaced = new_rows(s->n, -1, NPY_BOOL), s->proposed = new_rows(s->n, -1, NPY_DOUBLE);
  s->margin = new_rows(s->n, -1, NPY_DOUBLE);
  s->answers = calloc((size_t)s->n + 1, sizeof *s->answers);
  if (!s->answers) PyErr_NoMemory();
  return !PyErr_Occurred();
}

static void step_answers(const step *s) {
  for (npy_intp i = 0; i < s->n; i++) {
    ((bool *)PyArray_DATA(s->replaced))[i] = s->answers[i].replaced;
    doubles(s->proposed)[i] = s->answers[i].proposed;
    doubles(s->margin)[i] = s->answers[i].margin;
  }
}

/* apply(obs or x, u, held or None) -> (u, replaced, proposed, margin) */
static PyObject *apply(PyObject *self, PyObject *arguments) {
  PyObject *seen, *u, *held, *result = NULL;
  step s = {0};
  if (!PyArg_ParseTuple(arguments, "OOO", &seen, &u, &held)) return NULL;
  const duro_filter *f = filter(self);
  if (step_of(&s, f, seen, u, held)) {
    const bool *before = s.held ? PyArray_DATA(s.held) : NULL;
    for (npy_intp i = 0; before && i < s.n; i++) s.answers[i].replaced = before[i];
    // a grid may be of a system in Python
    PyObject *source = ((handle *)self)->keeps;
    PyObject *env = PyObject_IsInstance(source, type_grid) > 0 ? ((handle *)source)->keeps : NULL;
    if (env) system_forget(env);
    const bool learned = duro_filter_source_of(f) == DURO_FILTER_LEARNED;
    duro_status status;
    Py_BEGIN_ALLOW_THREADS status = duro_filter_apply(f, s.n, floats(s.u), s.answers, learned ? floats(s.seen) : NULL,
                                                      learned ? NULL : doubles(s.seen));
    Py_END_ALLOW_THREADS PyObject *done = finish(status, env, NULL, 0);
    if (done) {
      step_answers(&s);
      result = Py_BuildValue("OOOO", s.u, s.replaced, s.proposed, s.margin);
    }
    Py_XDECREF(done);
  }
  step_release(&s);
  return result;
}

static PyMethodDef methods[] = {
    {"about", about, METH_NOARGS, "about() -> dict"},
    {"count", count, METH_NOARGS, "count() -> dict"},
    {"apply", apply, METH_VARARGS, "apply(obs or x, u, held) -> (u, replaced, proposed, margin)"},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {{Py_tp_dealloc, destroy}, {Py_tp_methods, methods}, {0, NULL}};
static PyType_Spec spec = {"duro._duro.Filter", sizeof(handle), 0, Py_TPFLAGS_DEFAULT, slots};
static PyMethodDef functions[] = {
    {"create_filter", create, METH_VARARGS, "create_filter(source, remedy, margin, hysteresis) -> Filter"},
    {NULL, NULL, 0, NULL},
};

int filter_ready(PyObject *module) {
  return add_type(module, &spec, &type_filter) || add_functions(module, functions) ? -1 : 0;
}

/* Many episodes side by side, as vectorised environments want them: a step in one call, ended episodes begin anew. */
#include "module.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/purposes.h"

PyObject *type_batch;

/* When an ended episode begins anew. */
typedef enum autoreset {
  RESET_NEXT_STEP, /* the step after its end does nothing else */
  RESET_SAME_STEP, /* within the step that ends it; the last observation is told beside */
  RESET_DISABLED   /* when the caller says so */
} autoreset;

typedef struct batch_thing {
  duro_env_batch *batch;
  void *worker;
  autoreset mode;
  int64_t horizon;
  duro_start start;
  uint64_t *seed;    /* (n) of the slot's starts; seed and episode are those of an evaluation */
  uint64_t *episode; /* (n) number of its next episode */
  bool *over;        /* (n) it has ended, and was not begun anew */
} batch_thing;

static batch_thing *thing(PyObject *self) {
  return ((handle *)self)->thing;
}

static void release(batch_thing *t) {
  if (!t) return;
  if (t->batch) duro_env_worker_destroy(t->batch->env, t->worker);
  duro_env_batch_destroy(t->batch);
  free(t->seed);
  free(t->episode);
  free(t->over);
  free(t);
}

static void destroy(PyObject *self) {
  release(thing(self));
  handle_free(self);
}

static duro_status allocate(batch_thing *t, const duro_env *env, int n) {
  const duro_status status = duro_env_batch_create(&t->batch, env, n);
  if (status) return status;
  t->seed = calloc((size_t)n, sizeof *t->seed);
  t->episode = calloc((size_t)n, sizeof *t->episode);
  t->over = calloc((size_t)n, sizeof *t->over);
  if (!t->seed || !t->episode || !t->over) return DURO_ERROR_MEMORY;
  return duro_env_worker_create(env, &t->worker);
}

static PyObject *create(PyObject *module, PyObject *arguments) {
  (void)module;
  PyObject *env_object;
  int n, mode, training;
  long long horizon;
  if (!PyArg_ParseTuple(arguments, "OiiLp", &env_object, &n, &mode, &horizon, &training)) return NULL;
  const duro_env *env = env_of(env_object);
  batch_thing *t = env ? calloc(1, sizeof *t) : NULL;
  if (env && !t) return PyErr_NoMemory();
  if (!env) return NULL;
  const duro_status status = allocate(t, env, n);
  if (!status) {
    t->mode = (autoreset)mode;
    t->horizon = horizon > 0 ? horizon : env->spec.horizon;
    t->start = training ? DURO_START_TRAIN : DURO_START_EVAL;
  }
  PyObject *self = status ? raise_status(status) : handle_new(type_batch, t, env_object);
  if (!self) release(t);
  return self;
}

/* ---- starts ---- */

static void begin(batch_thing *t, int i) {
  duro_stream stream = duro_stream_at(t->seed[i], DURO_PURPOSE_RESET_EVAL, t->episode[i]++);
  duro_env_batch_reset(t->batch, i, &stream, t->start);
  t->over[i] = false;
}

/* A copy of what is seen, and h: (obs, h) */
static PyObject *seen(const batch_thing *t) {
  const duro_env_batch *b = t->batch;
  PyArrayObject *obs = new_rows(b->n, b->env->spec.no, NPY_FLOAT), *h = new_rows(b->n, -1, NPY_DOUBLE);
  if (obs && h) {
    memcpy(PyArray_DATA(obs), b->obs, (size_t)b->n * (size_t)b->env->spec.no * sizeof *b->obs);
    memcpy(PyArray_DATA(h), b->h, (size_t)b->n * sizeof *b->h);
    return Py_BuildValue("NN", obs, h);
  }
  Py_XDECREF(obs);
  Py_XDECREF(h);
  return NULL;
}

/* reset(seeds or None, mask or None, x or None): new seeds (n) count episodes from 0; x (n x nx) are the starts */
static PyObject *reset(PyObject *self, PyObject *arguments) {
  PyObject *given_seeds, *given_mask, *given_x;
  batch_thing *t = thing(self);
  const duro_env_batch *b = t->batch;
  npy_intp n = b->n;
  if (!PyArg_ParseTuple(arguments, "OOO", &given_seeds, &given_mask, &given_x)) return NULL;
  PyArrayObject *seeds = NULL, *mask = NULL, *x = NULL;
  if (given_seeds != Py_None)
    seeds = (PyArrayObject *)PyArray_FROMANY(given_seeds, NPY_INT64, 1, 1, NPY_ARRAY_CARRAY_RO);
  if (given_mask != Py_None && !PyErr_Occurred())
    mask = (PyArrayObject *)PyArray_FROMANY(given_mask, NPY_BOOL, 1, 1, NPY_ARRAY_CARRAY_RO);
  if (given_x != Py_None && !PyErr_Occurred()) x = rows_of(given_x, NPY_DOUBLE, b->env->spec.nx, &n, "x");
  if (!PyErr_Occurred() && ((seeds && PyArray_SIZE(seeds) != n) || (mask && PyArray_SIZE(mask) != n)))
    PyErr_Format(PyExc_ValueError, "seeds and mask want a number for each of the %d episodes", b->n);
  PyObject *result = NULL;
  if (!PyErr_Occurred() && handle_take(self, "the batch")) {
    system_forget(((handle *)self)->keeps);
    for (int i = 0; i < b->n; i++) {
      if (mask && !((const bool *)PyArray_DATA(mask))[i]) continue;
      if (seeds) t->seed[i] = (uint64_t)((const int64_t *)PyArray_DATA(seeds))[i], t->episode[i] = 0;
      if (x)
        duro_env_batch_place(t->batch, i, doubles(x) + (npy_intp)i * b->env->spec.nx), t->over[i] = false;
      else
        begin(t, i);
    }
    handle_give(self);
    if (!system_raise(((handle *)self)->keeps)) result = seen(t);
  }
  Py_XDECREF(seeds);
  Py_XDECREF(mask);
  Py_XDECREF(x);
  return result;
}

/* ---- steps ---- */

/* What a step tells of each episode. */
typedef struct told {
  PyArrayObject *r, *h, *terminated, *truncated, *last; /* last: observations at the ends, RESET_SAME_STEP alone */
  bool ended, broken;                                   /* any; a number that is not finite */
} told;

/* takes slot i over its step */
static void go_on(batch_thing *t, told *out, int i) {
  duro_env_batch *b = t->batch;
  const duro_step *step = &b->out[i];
  const size_t no = (size_t)b->env->spec.no;
  if (!isfinite(step->r) || !isfinite(step->h)) out->broken = true;
  duro_env_batch_advance(b, i);
  const bool terminated = step->end == DURO_TERMINATED;
  const bool truncated = !terminated && (step->end == DURO_TRUNCATED || b->t[i] >= t->horizon);
  doubles(out->r)[i] = step->r;
  doubles(out->h)[i] = step->h;
  ((bool *)PyArray_DATA(out->terminated))[i] = terminated;
  ((bool *)PyArray_DATA(out->truncated))[i] = truncated;
  t->over[i] = terminated || truncated;
  out->ended |= t->over[i];
  if (!t->over[i] || t->mode != RESET_SAME_STEP) return;
  memcpy(floats(out->last) + (size_t)i * no, b->obs + (size_t)i * no, no * sizeof *b->obs);
  begin(t, i);
}

/* the step after an end: nothing but a new start */
static void begin_anew(batch_thing *t, told *out, int i) {
  begin(t, i);
  doubles(out->r)[i] = 0.0;
  doubles(out->h)[i] = t->batch->h[i];
  ((bool *)PyArray_DATA(out->terminated))[i] = ((bool *)PyArray_DATA(out->truncated))[i] = false;
}

static void make_step(batch_thing *t, told *out) {
  duro_env_batch_step(t->batch, t->worker, 0, t->batch->n);
  for (int i = 0; i < t->batch->n; i++) {
    if (t->over[i] && t->mode == RESET_NEXT_STEP)
      begin_anew(t, out, i);
    else
      go_on(t, out, i);
  }
}

static bool told_create(told *out, const batch_thing *t) {
  const duro_env_batch *b = t->batch;
  out->r = new_rows(b->n, -1, NPY_DOUBLE);
  out->h = new_rows(b->n, -1, NPY_DOUBLE);
  out->terminated = new_rows(b->n, -1, NPY_BOOL);
  out->truncated = new_rows(b->n, -1, NPY_BOOL);
  if (t->mode == RESET_SAME_STEP) out->last = new_rows(b->n, b->env->spec.no, NPY_FLOAT);
  return !PyErr_Occurred();
}

static void told_release(told *out) {
  Py_XDECREF(out->r);
  Py_XDECREF(out->h);
  Py_XDECREF(out->terminated);
  Py_XDECREF(out->truncated);
  Py_XDECREF(out->last);
}

static bool take_actions(batch_thing *t, PyObject *given_u, PyObject *given_a) {
  const duro_env_batch *b = t->batch;
  const duro_env_spec *s = &b->env->spec;
  npy_intp n = b->n;
  PyArrayObject *u = rows_of(given_u, NPY_FLOAT, s->nu, &n, "u");
  if (!u) return false;
  memcpy(b->u, PyArray_DATA(u), (size_t)n * (size_t)s->nu * sizeof *b->u);
  Py_DECREF(u);
  memset(b->a, 0, (size_t)n * (size_t)s->na * sizeof *b->a);
  if (given_a == Py_None) return true;
  PyArrayObject *a = rows_of(given_a, NPY_FLOAT, s->na, &n, "a");
  if (!a) return false;
  memcpy(b->a, PyArray_DATA(a), (size_t)n * (size_t)s->na * sizeof *b->a);
  Py_DECREF(a);
  return true;
}

static PyObject *not_finite(const batch_thing *t) {
  const char *why = duro_env_trouble(t->batch->env);
  return PyErr_Format(PyExc_ArithmeticError, "%s: a step gave numbers that are not finite%s%s",
                      t->batch->env->ops->name, why ? ": " : "", why ? why : "");
}

/* step(u, a) -> (obs, r, terminated, truncated, h, last observations or None, h of the step): h and the observations
 * are of the present states, those of new episodes where they began anew. */
static PyObject *step(PyObject *self, PyObject *arguments) {
  PyObject *given_u, *given_a, *result = NULL;
  batch_thing *t = thing(self);
  told out = {0};
  if (!PyArg_ParseTuple(arguments, "OO", &given_u, &given_a) || !handle_take(self, "the batch")) return NULL;
  if (take_actions(t, given_u, given_a) && told_create(&out, t)) {
    system_forget(((handle *)self)->keeps);
    Py_BEGIN_ALLOW_THREADS make_step(t, &out);
    Py_END_ALLOW_THREADS PyObject *now = system_raise(((handle *)self)->keeps) ? NULL
                                         : out.broken                          ? not_finite(t)
                                                                               : seen(t);
    if (now)
      result = Py_BuildValue("OOOOOOO", PyTuple_GetItem(now, 0), out.r, out.terminated, out.truncated,
                             PyTuple_GetItem(now, 1), out.last && out.ended ? (PyObject *)out.last : Py_None, out.h);
    Py_XDECREF(now);
  }
  told_release(&out);
  handle_give(self);
  return result;
}

/* ---- what it holds ---- */

static PyObject *states(PyObject *self, PyObject *nothing) {
  (void)nothing;
  const duro_env_batch *b = thing(self)->batch;
  PyArrayObject *x = new_rows(b->n, b->env->spec.nx, NPY_DOUBLE);
  if (x) memcpy(PyArray_DATA(x), b->x, (size_t)b->n * (size_t)b->env->spec.nx * sizeof *b->x);
  return (PyObject *)x;
}

static PyObject *observations(PyObject *self, PyObject *nothing) {
  (void)nothing;
  return seen(thing(self));
}

static PyMethodDef methods[] = {
    {"reset", reset, METH_VARARGS, "reset(seeds, mask, x) -> (obs, h)"},
    {"step", step, METH_VARARGS, "step(u, a) -> (obs, r, terminated, truncated, h, last, h of the step)"},
    {"states", states, METH_NOARGS, "states() -> x"},
    {"observations", observations, METH_NOARGS, "observations() -> (obs, h)"},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {{Py_tp_dealloc, destroy}, {Py_tp_methods, methods}, {0, NULL}};
static PyType_Spec spec = {"duro._duro.Batch", sizeof(handle), 0, Py_TPFLAGS_DEFAULT, slots};
static PyMethodDef functions[] = {
    {"create_batch", create, METH_VARARGS, "create_batch(env, n, mode, horizon, training) -> Batch"},
    {NULL, NULL, 0, NULL},
};

int batch_ready(PyObject *module) {
  return add_type(module, &spec, &type_batch) || add_functions(module, functions) ? -1 : 0;
}

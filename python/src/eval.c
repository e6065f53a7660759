/* Players against attacks, and attackers trained against policies. */
#include "module.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- players ---- */

/* A function of Python's as a player: u (n x nu) = function(obs, x). An exception is kept and the controls are NaN. */
static PyObject *call(const chosen_player *c, int n, const float *obs, const double *x, int no, int nx) {
  PyArrayObject *seen = new_rows(n, no, NPY_FLOAT), *is = new_rows(n, nx, NPY_DOUBLE);
  if (seen) memcpy(PyArray_DATA(seen), obs, (size_t)n * (size_t)no * sizeof *obs);
  if (is) memcpy(PyArray_DATA(is), x, (size_t)n * (size_t)nx * sizeof *x);
  PyObject *answer = seen && is ? PyObject_CallFunctionObjArgs(c->function, seen, is, NULL) : NULL;
  Py_XDECREF(seen);
  Py_XDECREF(is);
  return answer;
}

static void act(const duro_player *player, void *worker, int n, float *u, bool *replaced, const float *obs,
                const double *x) {
  (void)worker, (void)replaced;
  chosen_player *c = player->context;
  const PyGILState_STATE lock = PyGILState_Ensure();
  npy_intp count = n;
  PyObject *answer = call(c, n, obs, x, player->no, player->nx);
  PyArrayObject *array = answer ? rows_of(answer, NPY_FLOAT, player->nu, &count, "the player's u") : NULL;
  if (array)
    memcpy(u, PyArray_DATA(array), (size_t)n * (size_t)player->nu * sizeof *u);
  else
    failure_keep(&c->failure);
  for (int i = 0; !array && i < n * player->nu; i++) u[i] = NAN;
  Py_XDECREF(array);
  Py_XDECREF(answer);
  PyGILState_Release(lock);
}

static bool choose_constant(chosen_player *out, PyObject *object, const duro_env *env) {
  npy_intp n = 1;
  PyArrayObject *u = rows_of(object, NPY_DOUBLE, env->spec.nu, &n, "the constant control");
  if (!u) return false;
  memcpy(out->control, PyArray_DATA(u), (size_t)env->spec.nu * sizeof *out->control);
  Py_DECREF(u);
  out->player = duro_player_constant(out->control, env->spec.nu);
  return true;
}

/* (Filter, object) */
static bool choose_filtered(chosen_player *out, PyObject *pair, int how, double margin, bool task,
                            const duro_env *env) {
  PyObject *filter_object, *object;
  if (!PyArg_ParseTuple(pair, "OO", &filter_object, &object)) return false;
  const duro_filter *filter = thing_of(filter_object, type_filter, "a Filter");
  if (!filter || !player_choose(out, object, how, margin, task, env)) return false;
  out->inner = out->player;
  const duro_status status = duro_player_filtered(&out->player, filter, &out->inner);
  if (status) raise_status(status);
  return !status;
}

bool player_choose(chosen_player *out, PyObject *object, int how, double margin, bool task, const duro_env *env) {
  if (PyTuple_Check(object)) return choose_filtered(out, object, how, margin, task, env);
  *out = (chosen_player){0};
  duro_status status = DURO_OK;
  if (PyObject_IsInstance(object, type_policy) > 0) {
    status = duro_player_policy(&out->player, ((handle *)object)->thing, (duro_act)how, (float)margin);
  } else if (PyObject_IsInstance(object, type_grid) > 0) {
    status = duro_player_grid(&out->player, ((handle *)object)->thing, task);
  } else if (PyObject_IsInstance(object, type_certificate) > 0) {
    out->player = duro_player_certificate(((handle *)object)->thing, env->spec.nx, env->spec.nu);
  } else if (PyCallable_Check(object)) {
    out->player = duro_player_own(act, out, env->spec.nu);
    out->player.nx = env->spec.nx, out->player.no = env->spec.no;
    out->function = object;
  } else {
    return choose_constant(out, object, env);
  }
  if (status) raise_status(status);
  return !status;
}

/* ---- options ---- */

/* (kind, policy, grid, amplitude, (population, iterations, elite, starts)) */
static bool attack_of(duro_attack *out, PyObject *given) {
  const char *kind;
  PyObject *policy, *grid;
  long long population, iterations, elite, starts;
  if (!PyArg_ParseTuple(given, "sOOd(LLLL)", &kind, &policy, &grid, &out->amplitude, &population, &iterations, &elite,
                        &starts))
    return false;
  out->search = (duro_search_settings){population, iterations, elite, starts};
  out->policy = policy == Py_None ? NULL : thing_of(policy, type_policy, "a Policy");
  out->grid = grid == Py_None ? NULL : thing_of(grid, type_grid, "a Grid");
  if (PyErr_Occurred()) return false;
  for (int k = DURO_ATTACK_NONE; k <= DURO_ATTACK_STARTS; k++)
    if (strcmp(kind, duro_attack_name((duro_attack_kind)k)) == 0) {
      out->kind = (duro_attack_kind)k;
      return true;
    }
  PyErr_Format(PyExc_ValueError, "no adversary is called '%s'", kind);
  return false;
}

/* What the options of an evaluation hold on to. */
typedef struct given_options {
  duro_eval_options options;
  PyArrayObject *starts, *begun;
  listener listener;
} given_options;

static duro_status report(int64_t done, int64_t episodes, void *context) {
  const PyGILState_STATE lock = PyGILState_Ensure();
  const duro_status status = listener_tell(context, Py_BuildValue("LL", (long long)done, (long long)episodes));
  PyGILState_Release(lock);
  return status;
}

static bool starts_of(given_options *g, PyObject *given, const duro_env *env) {
  npy_intp n = g->options.episodes;
  g->begun = new_rows(n, env->spec.nx, NPY_DOUBLE);
  if (!g->begun) return false;
  g->options.begun = doubles(g->begun);
  if (given == Py_None) return true;
  g->starts = rows_of(given, NPY_DOUBLE, env->spec.nx, &n, "starts");
  if (g->starts) g->options.starts = doubles(g->starts);
  return g->starts != NULL;
}

/* (episodes, first, seed, threads, horizon, training, noise, set, region, region_margin, starts, report); set: a Grid,
 * or the Policy that claims it */
static bool options_of(given_options *g, PyObject *given, int how, double margin, const duro_env *env) {
  duro_eval_options *o = &g->options;
  long long episodes, first, seed, threads, horizon;
  int training, region;
  PyObject *set, *starts;
  if (!PyArg_ParseTuple(given, "LLLLLpdOidOO", &episodes, &first, &seed, &threads, &horizon, &training,
                        &o->observation_noise, &set, &region, &o->region_margin, &starts, &g->listener.function))
    return false;
  if (episodes < 1 || episodes > 10000000) {
    PyErr_Format(PyExc_ValueError, "episodes is %lld; wanted 1 to 10000000", episodes);
    return false;
  }
  o->episodes = episodes, o->first = first, o->seed = seed, o->threads = threads, o->horizon = horizon;
  o->start = training ? DURO_START_TRAIN : DURO_START_EVAL;
  o->act = (duro_act)how, o->margin = (float)margin;
  if (PyObject_IsInstance(set, type_policy) > 0)
    o->claims = thing_of(set, type_policy, "a Policy");
  else
    o->grid = set == Py_None ? NULL : thing_of(set, type_grid, "a Grid");
  o->region = (duro_eval_region)region;
  o->report = report, o->report_context = &g->listener;
  return !PyErr_Occurred() && starts_of(g, starts, env);
}

static void options_release(given_options *g) {
  Py_XDECREF(g->starts);
  Py_XDECREF(g->begun);
}

/* Everything that an evaluation is given: env, player, (how, margin, task), attack, options. */
typedef struct evaluation {
  PyObject *env_object;
  const duro_env *env;
  chosen_player player;
  duro_attack attack;
  given_options given;
  PyObject *rest; /* what comes after */
} evaluation;

static bool evaluation_of(evaluation *e, PyObject *arguments) {
  PyObject *player, *attack, *options;
  int how, task;
  double margin;
  if (!PyArg_ParseTuple(arguments, "OO(idp)OOO", &e->env_object, &player, &how, &margin, &task, &attack, &options,
                        &e->rest))
    return false;
  e->env = env_of(e->env_object);
  return e->env && player_choose(&e->player, player, how, margin, task, e->env) && attack_of(&e->attack, attack) &&
         options_of(&e->given, options, how, margin, e->env);
}

static bool evaluation_end(evaluation *e, duro_status status) {
  PyObject **failures[] = {&e->player.failure, &e->given.listener.failure};
  PyObject *done = finish(status, e->env_object, failures, 2);
  Py_XDECREF(done);
  return done != NULL;
}

/* ---- episodes ---- */

static PyObject *play(PyObject *module, PyObject *arguments) {
  (void)module;
  evaluation e = {0};
  PyObject *result = NULL;
  if (evaluation_of(&e, arguments)) {
    PyArrayObject *out = new_structs(e.rest, e.given.options.episodes);
    duro_status status = DURO_OK;
    if (out) {
      system_forget(e.env_object);
      Py_BEGIN_ALLOW_THREADS status =
          duro_player_run(PyArray_DATA(out), e.env, &e.player.player, &e.attack, &e.given.options);
      Py_END_ALLOW_THREADS if (evaluation_end(&e, status)) result = Py_BuildValue("OO", out, e.given.begun);
      Py_DECREF(out);
    }
  }
  options_release(&e.given);
  return result;
}

static PyObject *cut(PyArrayObject *array, int64_t n) {
  PyObject *part = PySequence_GetSlice((PyObject *)array, 0, (Py_ssize_t)n);
  Py_DECREF(array);
  return part;
}

/* rest: the number of the episode */
static PyObject *trace(PyObject *module, PyObject *arguments) {
  (void)module;
  evaluation e = {0};
  PyObject *result = NULL;
  if (!evaluation_of(&e, arguments)) {
    options_release(&e.given);
    return NULL;
  }
  const long long episode = PyLong_AsLongLong(e.rest);
  const duro_env_spec *s = &e.env->spec;
  const npy_intp most = e.given.options.horizon > 0 ? e.given.options.horizon : s->horizon;
  PyArrayObject *x = new_rows(most + 1, s->nx, NPY_DOUBLE), *u = new_rows(most, s->nu, NPY_FLOAT);
  PyArrayObject *a = new_rows(most, s->na, NPY_FLOAT), *h = new_rows(most + 1, -1, NPY_DOUBLE);
  int64_t steps = 0;
  duro_status status = DURO_OK;
  if (x && u && a && h && !PyErr_Occurred()) {
    system_forget(e.env_object);
    Py_BEGIN_ALLOW_THREADS status = duro_player_trace(doubles(x), floats(u), floats(a), doubles(h), &steps, e.env,
                                                      &e.player.player, &e.attack, episode, &e.given.options);
    Py_END_ALLOW_THREADS if (evaluation_end(&e, status)) {
      result = Py_BuildValue("NNNN", cut(x, steps + 1), cut(u, steps), cut(a, steps), cut(h, steps + 1));
      x = u = a = h = NULL;
    }
  }
  Py_XDECREF(x);
  Py_XDECREF(u);
  Py_XDECREF(a);
  Py_XDECREF(h);
  options_release(&e.given);
  return result;
}

/* ---- statistics ---- */

static PyObject *summarize(PyObject *module, PyObject *object) {
  (void)module;
  if (!PyArray_Check(object) || !PyArray_ISCARRAY_RO((PyArrayObject *)object) ||
      PyArray_ITEMSIZE((PyArrayObject *)object) != sizeof(duro_episode))
    return PyErr_Format(PyExc_TypeError, "wanted an array of episodes");
  const duro_episode *episodes = PyArray_DATA((PyArrayObject *)object);
  duro_eval_summary s;
  duro_eval_summarize(&s, episodes, PyArray_SIZE((PyArrayObject *)object));
  return Py_BuildValue("{sL,sL,sL,sd,sd,sd,sd,sd}", "episodes", (long long)s.episodes, "violating",
                       (long long)s.violating, "cut_off", (long long)s.cut_off, "return_mean", s.return_mean,
                       "return_std", s.return_std, "h_min", s.h_min, "violation_steps_mean", s.violation_steps_mean,
                       "violation_bound", s.violation_bound);
}

static PyObject *violates(PyObject *module, PyObject *object) {
  (void)module;
  if (!PyArray_Check(object) || !PyArray_ISCARRAY_RO((PyArrayObject *)object) ||
      PyArray_ITEMSIZE((PyArrayObject *)object) != sizeof(duro_episode))
    return PyErr_Format(PyExc_TypeError, "wanted an array of episodes");
  const npy_intp n = PyArray_SIZE((PyArrayObject *)object);
  const duro_episode *episodes = PyArray_DATA((PyArrayObject *)object);
  PyArrayObject *out = new_rows(n, -1, NPY_BOOL);
  if (!out) return NULL;
  bool *all = PyArray_DATA(out);
  for (npy_intp i = 0; i < n; i++) all[i] = duro_episode_violates(&episodes[i]);
  return (PyObject *)out;
}

/* ---- attackers trained against a policy ---- */

enum { MOST = 64 };

static duro_status respond_report(const duro_response_progress *now, void *context) {
  const PyGILState_STATE lock = PyGILState_Ensure();
  const duro_status status =
      listener_tell(context, Py_BuildValue("iiLLd", now->done, now->count, (long long)now->update,
                                           (long long)now->updates, now->seconds));
  PyGILState_Release(lock);
  return status;
}

/* [(seed, policy, update, seconds)]; takes the policies */
static PyObject *responses(duro_response *all, int count) {
  PyObject *list = PyList_New(0);
  for (int i = 0; i < count; i++) {
    PyObject *policy = list ? handle_new(type_policy, all[i].policy, NULL) : NULL;
    if (policy) all[i].policy = NULL;
    PyObject *one =
        policy ? Py_BuildValue("LNLd", (long long)all[i].plan.seed, policy, (long long)all[i].update, all[i].seconds)
               : NULL;
    if (!one || PyList_Append(list, one)) Py_CLEAR(list);
    Py_XDECREF(one);
  }
  duro_response_release(all, count);
  return list;
}

/* env, player, (how, margin, task), attack (its amplitude counts), options, (kind, seeds, updates) */
static PyObject *respond(PyObject *module, PyObject *arguments) {
  (void)module;
  evaluation e = {0};
  int kind, count = 0;
  long long seeds, updates;
  duro_response_plan plans[MOST];
  duro_response out[MOST];
  duro_status status = DURO_OK;
  bool fine = evaluation_of(&e, arguments) && PyArg_ParseTuple(e.rest, "iLL", &kind, &seeds, &updates);
  const duro_player *player = &e.player.player, *task_player = player->inner ? player->inner : player;
  if (fine && !task_player->policy) {
    PyErr_SetString(PyExc_TypeError, "attackers are trained against policies of duro alone");
    fine = false;
  }
  if (fine) {
    count = duro_response_plans(plans, MOST, (duro_response_kind)kind, seeds, updates);
    const duro_response_task task = {.env = e.env,
                                     .policy = task_player->policy,
                                     .act = e.given.options.act,
                                     .margin = e.given.options.margin,
                                     .amplitude = e.attack.amplitude,
                                     .starts = &e.given.options,
                                     .threads = e.given.options.threads,
                                     .player = player->inner ? player : NULL};
    count = count < MOST ? count : MOST;
    system_forget(e.env_object);
    Py_BEGIN_ALLOW_THREADS status = duro_response_train(out, plans, count, &task, respond_report, &e.given.listener);
    Py_END_ALLOW_THREADS fine = evaluation_end(&e, status);
    if (!fine && !status) duro_response_release(out, count);
  }
  options_release(&e.given);
  return fine ? responses(out, count) : NULL;
}

/* ---- how an episode lies in memory ---- */

static PyObject *episode_layout(PyObject *module, PyObject *nothing) {
  (void)module, (void)nothing;
#define FIELD(name, type) #name, type, (int)offsetof(duro_episode, name)
  return Py_BuildValue("[(ssi)(ssi)(ssi)(ssi)(ssi)(ssi)(ssi)(ssi)]i", FIELD(episode_return, "f8"), FIELD(h_min, "f8"),
                       FIELD(violation_sum, "f8"), FIELD(violating_steps, "i8"), FIELD(length, "i8"),
                       FIELD(filtered_steps, "i8"), FIELD(end, "i4"), FIELD(start_value, "f8"),
                       (int)sizeof(duro_episode));
#undef FIELD
}

static PyMethodDef functions[] = {
    {"play", play, METH_VARARGS, "play(env, player, how, attack, options, dtype) -> (episodes, begun)"},
    {"trace", trace, METH_VARARGS, "trace(env, player, how, attack, options, episode) -> (x, u, a, h)"},
    {"respond", respond, METH_VARARGS, "respond(env, policy, how, attack, options, (kind, seeds, updates)) -> list"},
    {"summarize", summarize, METH_O, "summarize(episodes) -> dict"},
    {"violates", violates, METH_O, "violates(episodes) -> array of bool"},
    {"episode_layout", episode_layout, METH_NOARGS, "episode_layout() -> ([(name, type, offset)], size)"},
    {NULL, NULL, 0, NULL},
};

int eval_ready(PyObject *module) {
  return add_functions(module, functions);
}

/*
 * The best robust task policy inside the set, [DRAC]: the constraint has become a state-dependent set of controls,
 * and inside the set the rest is policy iteration in the game that these leave.
 *
 * On a grid a successor lies between vertices, some of which may lie outside the set, where the task has no value. Its
 * value is the mean of the corners inside, weighted as always: still a convex combination, so the operator remains a
 * monotone gamma-contraction, and the game is closed.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "game/grid.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#define LEAST_WEIGHT 1e-6 // of the corners inside the set, for a successor that counts as inside

enum {
  EVALUATIONS = 20, // most sweeps between two improvements
  ALONE = 50000     // outcomes: below it a sweep is over before a second thread is there
};

/* Where one control leads under one disturbance. */
typedef struct outcome {
  int32_t base;              // vertex, as an index of storage
  float frac[DURO_GRID_MAX]; // axes in the order of storage
  float norm;                // 1 / weight of the corners inside the set
  float reward;
  uint32_t wraps; // bit i: the upper corner along axis i is the first vertex
} outcome;

struct task_game {
  int64_t n;         // vertices of the set
  int32_t *vertex;   // (n) index of storage, ascending
  int64_t *option;   // (n + 1) first option of a vertex
  uint16_t *control; // (options) candidate
  outcome *outcome;  // (options x na)
  int64_t *chosen;   // (n) option: the policy
  uint8_t *inside;   // (storage) member of the set
  double *value;     // (storage) V, then its snapshot
  int64_t storage;
  int64_t slab[GRID_SLABS + 1];
  double change[GRID_SLABS];
  int64_t switches[GRID_SLABS];
};

void task_destroy(task_game *t) {
  if (!t) return;
  void *const owned[] = {t->vertex, t->option, t->control, t->outcome, t->chosen, t->inside, t->value};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) duro_release(owned[i]);
  duro_release(t);
}

/* V_h that the task keeps: a level set is invariant as the set itself is */
static double margin(const duro_grid *g) {
  return g->settings.margin * g->env->spec.h_scale;
}

/* storage from one vertex to the next along an axis */
static int64_t step_along(const duro_grid *g, int i, bool wraps) {
  const int64_t step = i == g->plan.nd - 1 ? 1 : g->pitch[i] * g->sweep.stride;
  return wraps ? -step * (g->plan.axis[g->axis[i]].n - 1) : step;
}

/* weight times number, summed over the corners inside the set; the weight of those in *weight */
static double mix(const duro_grid *g, const task_game *t, const outcome *o, const double *value, double *weight) {
  const int nd = g->plan.nd;
  int64_t index[SWEEP_CORNERS];
  double w[SWEEP_CORNERS], sum = 0, all = 0;
  index[0] = o->base;
  w[0] = 1;
  for (int i = 0; i < nd; i++) {
    const int64_t step = step_along(g, i, o->wraps >> i & 1);
    const double f = (double)o->frac[i];
    for (int c = 0; c < 1 << i; c++) {
      index[c + (1 << i)] = index[c] + step;
      w[c + (1 << i)] = w[c] * f;
      w[c] *= 1 - f;
    }
  }
  for (int c = 0; c < 1 << nd; c++) {
    if (!t->inside[index[c]]) continue;
    all += w[c];
    if (value) sum += w[c] * value[index[c]];
  }
  if (weight) *weight = all;
  return sum;
}

/* the stencil of a state; false beyond the grid */
static bool place(const duro_grid *g, outcome *o, const double *x2, double h) {
  const bool stay = grid_stays(g, h);
  int64_t row = 0;
  int k = 0;
  o->wraps = 0;
  for (int i = 0; i < g->plan.nd; i++) {
    const duro_grid_axis *axis = &g->plan.axis[g->axis[i]];
    double f;
    if (!grid_locate(g, i, x2[axis->state], stay, &k, &f)) return false;
    o->frac[i] = (float)f;
    row += k * g->pitch[i];
    if (axis->periodic && k == axis->n - 1) o->wraps |= 1U << i;
  }
  o->base = (int32_t)grid_index(g, row, k);
  return true;
}

typedef struct build {
  duro_grid *grid;
  task_game *task;
  outcome *outcome; // (n x nu x na), before what is not admissible is left out
  float *least;     // (n x nu) min_a V_h, -1 where the control is not admissible
  atomic_llong dropped;
  atomic_bool short_of_memory; // a thread had no room for its steps
  bool evaluate;               // a sweep of the present policy only
  double gamma;
} build;

/* state of the environment at an index of storage */
static void state_of(const duro_grid *g, int64_t index, double *x) {
  int vertex[DURO_GRID_MAX];
  grid_row_at(g, index / g->sweep.stride, vertex);
  vertex[g->plan.nd - 1] = (int)(index % g->sweep.stride) - g->sweep.ghost;
  grid_state_at(g, vertex, x);
}

static void list_vertices(duro_grid *g, task_game *t) {
  int64_t n = 0;
  for (int64_t row = 0; row < g->rows; row++) {
    int vertex[DURO_GRID_MAX];
    if (!grid_row_at(g, row, vertex)) continue;
    for (int k = 0; k < g->sweep.n; k++) {
      const int64_t index = grid_index(g, row, k);
      if (!(grid_get(g, g->value, index) >= margin(g))) continue;
      t->inside[index] = 1;
      if (t->vertex) t->vertex[n] = (int32_t)index;
      n++;
    }
  }
  t->n = n;
}

/* what a step from vertex i under (u, a) leads to; lowers *least to its V_h */
static void note_outcome(build *b, int64_t i, int u, int a, const double *x2, const duro_step *out, double *least) {
  const duro_grid *g = b->grid;
  outcome *o = &b->outcome[(i * g->plan.nu + u) * g->plan.na + a];
  const double value = place(g, o, x2, out->h) ? grid_successor_value(g, x2, out) : -INFINITY;
  o->reward = (float)out->r;
  if (value < *least) *least = value;
}

/* control u from n vertices, from the i-th on: admissible when V_h keeps the margin at all successors */
static void step_control(build *b, void *worker, grid_steps *steps, int64_t i, int n, int u) {
  const duro_grid *g = b->grid;
  const int nx = g->env->spec.nx;
  double least[GRID_STEPS];
  for (int j = 0; j < n; j++) least[j] = INFINITY;
  bool any = true;
  for (int a = 0; a < g->plan.na && any; a++) {
    any = false;
    grid_steps_make(g, worker, steps, n, u, a);
    for (int j = 0; j < n; j++) {
      if (least[j] >= margin(g)) note_outcome(b, i + j, u, a, steps->x2 + j * nx, &steps->out[j], &least[j]);
      any |= least[j] >= margin(g);
    }
  }
  for (int j = 0; j < n; j++) b->least[(i + j) * g->plan.nu + u] = (float)(least[j] < margin(g) ? -1 : least[j]);
}

/* every control from every vertex */
static void step_vertices(void *context, int thread, int threads) {
  build *b = context;
  const duro_grid *g = b->grid;
  const int64_t last = b->task->n * (thread + 1) / threads;
  grid_steps steps;
  if (grid_steps_create(&steps, g)) {
    atomic_store(&b->short_of_memory, true);
    return;
  }
  for (int64_t i = b->task->n * thread / threads; i < last; i += GRID_STEPS) {
    const int n = last - i < GRID_STEPS ? (int)(last - i) : GRID_STEPS;
    for (int j = 0; j < n; j++) {
      double x[DURO_MAX_STATE];
      state_of(g, b->task->vertex[i + j], x);
      memcpy(steps.x + j * g->env->spec.nx, x, sizeof *x * (size_t)g->env->spec.nx);
    }
    for (int u = 0; u < g->plan.nu; u++) step_control(b, g->worker[thread], &steps, i, n, u);
  }
  grid_steps_release(&steps);
}

/* drops controls whose successors have left the set, and vertices without a control */
static void drop_lost(void *context, int thread, int threads) {
  build *b = context;
  duro_grid *g = b->grid;
  task_game *t = b->task;
  const int nu = g->plan.nu, na = g->plan.na;
  const int64_t last = t->n * (thread + 1) / threads;
  for (int64_t i = t->n * thread / threads; i < last; i++) {
    if (!t->inside[t->vertex[i]]) continue;
    bool any = false;
    for (int u = 0; u < nu; u++) {
      float *least = &b->least[i * nu + u];
      for (int a = 0; a < na && *least >= 0; a++) {
        outcome *o = &b->outcome[(i * nu + u) * na + a];
        double weight;
        mix(g, t, o, NULL, &weight);
        o->norm = (float)(1 / weight);
        if (!(weight >= LEAST_WEIGHT)) *least = -1;
      }
      any |= *least >= 0;
    }
    t->option[i] = any; // the others of this round still count on it
    if (!any) atomic_fetch_add(&b->dropped, 1);
  }
}

/* leaves out what is not admissible */
static duro_status compact(build *b) {
  task_game *t = b->task;
  const int nu = b->grid->plan.nu, na = b->grid->plan.na;
  int64_t options = 0, n = 0;
  for (int64_t i = 0; i < t->n * nu; i++) options += b->least[i] >= 0;
  t->control = duro_allocate(sizeof *t->control * (size_t)options);
  t->outcome = duro_allocate(sizeof *t->outcome * (size_t)(options * na));
  if (!t->control || !t->outcome) return DURO_ERROR_MEMORY;
  options = 0;
  for (int64_t i = 0; i < t->n; i++) {
    if (!t->inside[t->vertex[i]]) continue;
    float safest = -1;
    t->vertex[n] = t->vertex[i];
    t->option[n] = options;
    for (int u = 0; u < nu; u++) {
      if (!(b->least[i * nu + u] >= 0)) continue;
      if (b->least[i * nu + u] > safest) { // a new state takes the safe action
        safest = b->least[i * nu + u];
        t->chosen[n] = options;
      }
      memcpy(t->outcome + options * na, b->outcome + (i * nu + u) * na, sizeof(outcome) * (size_t)na);
      t->control[options++] = (uint16_t)u;
    }
    n++;
  }
  t->option[n] = options;
  t->n = n;
  for (int s = 0; s <= GRID_SLABS; s++) t->slab[s] = n * s / GRID_SLABS;
  return DURO_OK;
}

static duro_status fill(build *b) {
  duro_grid *g = b->grid;
  task_game *t = b->task;
  t->storage = g->rows * g->sweep.stride;
  t->inside = duro_allocate((size_t)t->storage);
  if (!t->inside) return DURO_ERROR_MEMORY;
  list_vertices(g, t);
  const double each = (double)t->n * g->plan.nu,
               bytes = each * g->plan.na * 2 * sizeof(outcome) + 17.0 * (double)t->storage;
  if (g->plan.bytes + bytes > g->settings.memory * 1e9)
    return duro_fail(DURO_ERROR_MEMORY,
                     "the task value of %lld vertices needs %.3g GB beside the grid, and grid.memory is %g GB; take "
                     "fewer vertices or candidates, or grid.task=false",
                     (long long)t->n, bytes * 1e-9, g->settings.memory);
  const size_t n = (size_t)t->n;
  t->vertex = duro_allocate(sizeof *t->vertex * n);
  t->option = duro_allocate(sizeof *t->option * (n + 1));
  t->chosen = duro_allocate(sizeof *t->chosen * n);
  t->value = duro_allocate(sizeof *t->value * 2 * (size_t)t->storage);
  b->outcome = duro_allocate(sizeof *b->outcome * n * (size_t)(g->plan.nu * g->plan.na));
  b->least = duro_allocate(sizeof *b->least * n * (size_t)g->plan.nu);
  if (!t->vertex || !t->option || !t->chosen || !t->value || !b->outcome || !b->least) return DURO_ERROR_MEMORY;
  list_vertices(g, t);
  duro_pool_run(g->pool, step_vertices, b);
  if (atomic_load(&b->short_of_memory)) return duro_fail(DURO_ERROR_MEMORY, "out of memory for the steps of a grid");
  do {
    atomic_store(&b->dropped, 0);
    duro_pool_run(g->pool, drop_lost, b);
    for (int64_t i = 0; i < t->n; i++)
      if (!t->option[i]) t->inside[t->vertex[i]] = 0;
  } while (atomic_load(&b->dropped) > 0);
  return compact(b);
}

static duro_status task_create(duro_grid *g) {
  build b = {.grid = g};
  b.task = duro_allocate(sizeof *b.task);
  if (!b.task) return DURO_ERROR_MEMORY;
  const duro_status status = fill(&b);
  duro_release(b.outcome);
  duro_release(b.least);
  if (status)
    task_destroy(b.task);
  else
    g->task = b.task;
  return status;
}

/* min_a r + gamma V(x'); *worst is the disturbance */
static double worth(const duro_grid *g, const task_game *t, int64_t option, double gamma, int64_t low, int64_t high,
                    int *worst) {
  const int na = g->plan.na;
  const int64_t reach = (g->corners + 1) * g->sweep.stride;
  double least = INFINITY;
  for (int a = 0; a < na; a++) {
    const outcome *o = &t->outcome[option * na + a];
    const bool own = o->base >= low && o->base + reach < high && !o->wraps;
    const double value =
        (double)o->reward + gamma * (double)o->norm * mix(g, t, o, own ? t->value : t->value + t->storage, NULL);
    if (value < least) {
      least = value;
      if (worst) *worst = a;
    }
  }
  return least;
}

typedef struct round_job {
  duro_grid *grid;
  bool improve; // over all options, else only the chosen one
  atomic_int next;
} round_job;

static void sweep_slab(const duro_grid *g, bool improve, int slab) {
  task_game *t = g->task;
  const double gamma = g->settings.gamma;
  double change = 0;
  int64_t switches = 0;
  const int64_t first = t->slab[slab], last = t->slab[slab + 1];
  const int64_t low = first < last ? t->vertex[first] : 0, high = first < last ? t->vertex[last - 1] + 1 : 0;
  for (int64_t i = first; i < last; i++) {
    double best = worth(g, t, t->chosen[i], gamma, low, high, NULL);
    if (improve) {
      int64_t chosen = t->chosen[i];
      for (int64_t o = t->option[i]; o < t->option[i + 1]; o++) {
        if (o == t->chosen[i]) continue;
        const double value = worth(g, t, o, gamma, low, high, NULL);
        if (value > best + 1e-12 * (1 + fabs(best))) { // ties keep the present action
          best = value;
          chosen = o;
        }
      }
      switches += chosen != t->chosen[i];
      t->chosen[i] = chosen;
    }
    double *value = &t->value[t->vertex[i]];
    change = fmax(change, fabs(best - *value));
    *value = best;
  }
  t->change[slab] = change;
  t->switches[slab] = switches;
}

static void sweep_slabs(void *context, int thread, int threads) {
  (void)thread;
  (void)threads;
  round_job *job = context;
  for (int slab; (slab = atomic_fetch_add(&job->next, 1)) < GRID_SLABS;) sweep_slab(job->grid, job->improve, slab);
}

static double run_round(round_job *job, int64_t *switches) {
  task_game *t = job->grid->task;
  double change = 0;
  atomic_store(&job->next, 0);
  if (t->option[t->n] * job->grid->plan.na < ALONE)
    sweep_slabs(job, 0, 1);
  else
    duro_pool_run(job->grid->pool, sweep_slabs, job);
  memcpy(t->value + t->storage, t->value, sizeof *t->value * (size_t)t->storage);
  *switches = 0;
  for (int s = 0; s < GRID_SLABS; s++) {
    change = fmax(change, t->change[s]);
    *switches += t->switches[s];
  }
  return change;
}

/* |T V - V| of the whole set: no vertex reads what another has just written */
static double residual(const duro_grid *g) {
  const task_game *t = g->task;
  double most = 0;
  for (int64_t i = 0; i < t->n; i++) {
    double best = -INFINITY;
    for (int64_t o = t->option[i]; o < t->option[i + 1]; o++)
      best = fmax(best, worth(g, t, o, g->settings.gamma, 0, 0, NULL));
    most = fmax(most, fabs(best - t->value[t->vertex[i]]));
  }
  return most;
}

duro_status duro_grid_solve_task(duro_grid *g, duro_grid_report report, void *context) {
  duro_grid_progress *p = &g->progress[DURO_GRID_TASK];
  if (g->part.transport)
    return duro_fail(DURO_ERROR_ARGUMENT, "grid.task is true, which one process solves; over %d ranks wanted false",
                     g->part.transport->count);
  if (!g->plan.task)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     g->settings.task ? "the task value needs every state on the grid, and the safety of '%s' "
                                        "does not depend on some, which the grid leaves out"
                                      : "grid.task is false: the task value of '%s' was not asked for",
                     g->env->ops->name);
  if (!g->progress[DURO_GRID_SAFETY].done)
    return duro_fail(DURO_ERROR_ARGUMENT, "the task value needs the safety value, which is not finished");
  const double begun = duro_clock() - p->seconds;
  if (!g->task) {
    const duro_status status = task_create(g);
    if (status) return status;
  }
  p->volume = (double)g->task->n / (double)g->plan.cells;
  const double goal = g->settings.task_error * (1 - g->settings.gamma);
  double first = 0;
  round_job job = {.grid = g};
  while (!p->done) {
    int64_t switches;
    job.improve = true;
    p->change = run_round(&job, &switches);
    p->changed = g->task->n ? (double)switches / (double)g->task->n : 0;
    p->sweeps++;
    first = fmax(first, p->change);
    p->share = first > 0 && p->change > 0 ? fmin(1, fmax(0, log(first / p->change) / log(fmax(first / goal, 2)))) : NAN;
    p->seconds = duro_clock() - begun;
    if (p->change <= goal || p->sweeps >= g->settings.sweeps) {
      p->residual = residual(g);
      p->bound = p->residual / (1 - g->settings.gamma);
      p->done = p->residual <= goal || p->sweeps >= g->settings.sweeps;
    }
    const duro_status status = report ? report(p, context) : DURO_OK;
    if (status) return status;
    job.improve = false; // evaluation of the policy, as far as it pays
    const double enough = 0.1 * p->change;
    for (int i = 0; i < EVALUATIONS && !p->done; i++)
      if (run_round(&job, &switches) <= enough) break;
  }
  return DURO_OK;
}

/* V at a state by the corners inside the set; NaN where there are none */
static double task_at(const duro_grid *g, const double *x, double h) {
  outcome o;
  double weight;
  if (!place(g, &o, x, h)) return NAN;
  const double sum = mix(g, g->task, &o, g->task->value, &weight);
  return weight >= LEAST_WEIGHT ? sum / weight : NAN;
}

/* min_a r + gamma V one step ahead; NaN where some disturbance leads out of the set */
static double look_ahead(const duro_grid *g, void *worker, double *a, const double *x, const double *u) {
  double least = INFINITY;
  bool safe = true;
  for (int j = 0; j < g->plan.na; j++) {
    double x2[DURO_MAX_STATE];
    duro_step out;
    const double *tried = g->disturbance + j * g->env->spec.na;
    g->env->ops->step(g->env, worker, x2, &out, x, u, tried);
    double value =
        grid_successor_value(g, x2, &out) >= margin(g) ? out.r + g->settings.gamma * task_at(g, x2, out.h) : NAN;
    if (isnan(value)) {
      safe = false;
      value = -INFINITY; // for the adversary nothing is better
    }
    if (!(value < least) && j > 0) continue;
    least = value;
    if (a) memcpy(a, tried, sizeof *a * (size_t)g->env->spec.na);
  }
  return safe ? least : NAN;
}

void duro_grid_task_control(const duro_grid *g, void *worker, double *u, const double *x) {
  const int nu = g->env->spec.nu;
  double most = -INFINITY;
  duro_grid_safety_control(g, worker, u, x);
  for (int i = 0; i < g->plan.nu && g->task; i++) {
    const double value = look_ahead(g, worker, NULL, x, g->control + i * nu);
    if (!(value > most)) continue;
    most = value;
    memcpy(u, g->control + i * nu, sizeof *u * (size_t)nu);
  }
}

void duro_grid_task_disturbance(const duro_grid *g, void *worker, double *a, const double *x, const double *u) {
  if (g->task)
    look_ahead(g, worker, a, x, u);
  else
    duro_grid_safety_disturbance(g, worker, a, x, u);
}

void task_read(const duro_grid *g, duro_grid_field field, int64_t index, float *out) {
  const task_game *t = g->task;
  const int width = duro_grid_width(g, field);
  int64_t low = 0, high = t->n; // binary search of the vertex
  while (low + 1 < high) {
    const int64_t middle = (low + high) / 2;
    if (t->vertex[middle] <= index)
      low = middle;
    else
      high = middle;
  }
  if (t->n == 0 || t->vertex[low] != index) {
    if (field == DURO_GRID_TASK_VALUE) *out = NAN;
    return; // policies stay those of safety
  }
  if (field == DURO_GRID_TASK_VALUE) {
    *out = (float)t->value[index];
    return;
  }
  int worst = 0;
  worth(g, t, t->chosen[low], g->settings.gamma, 0, 0, &worst);
  const double *from =
      field == DURO_GRID_TASK_POLICY ? g->control + t->control[t->chosen[low]] * width : g->disturbance + worst * width;
  for (int i = 0; i < width; i++) out[i] = (float)from[i];
}

/* A grid's life, and what it answers. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/grid.h"

static duro_status create_workers(duro_grid *g) {
  const int threads = duro_pool_threads(g->pool);
  g->worker = duro_allocate(sizeof *g->worker * (size_t)threads);
  if (!g->worker) return DURO_ERROR_MEMORY;
  for (int t = 0; t < threads; t++) {
    const duro_status status = duro_env_worker_create(g->env, &g->worker[t]);
    if (status) return status;
  }
  return DURO_OK;
}

/* threads, and what each needs */
static duro_status create_team(duro_grid *g) {
  duro_status status = duro_pool_create(&g->pool, duro_threads(g->settings.threads));
  if (status) return status;
  g->pace = duro_pace_of(g->settings.threads, g->pool);
  g->scratch = duro_allocate((size_t)duro_pool_threads(g->pool) * SWEEP_SCRATCH);
  return g->scratch ? create_workers(g) : DURO_ERROR_MEMORY;
}

duro_status duro_grid_create(duro_grid **grid, const duro_env *env, const duro_grid_settings *settings,
                             const duro_grid_plan *plan) {
  return duro_grid_create_part(grid, env, settings, plan, NULL);
}

static duro_status check_part(const duro_grid_settings *settings, const duro_transport *transport) {
  if (!transport) return DURO_OK;
  const duro_status status = duro_transport_check(transport);
  if (status) return status;
  if (duro_grid_is_continuous(settings))
    return duro_fail(DURO_ERROR_ARGUMENT, "grid.method is hj, which one process solves; over %d ranks wanted steps",
                     transport->count);
  return DURO_OK;
}

duro_status duro_grid_create_part(duro_grid **grid, const duro_env *env, const duro_grid_settings *settings,
                                  const duro_grid_plan *plan, const duro_transport *transport) {
  *grid = NULL;
  if (transport && transport->count == 1) transport = NULL;
  const sweep_kernels *kernels;
  duro_status status = check_part(settings, transport);
  if (status) return status;
  status = grid_check_settings(settings);
  if (!status) status = sweep_kernels_select(&kernels, settings->simd, SWEEP_FLOAT);
  duro_grid *g = status ? NULL : duro_allocate(sizeof *g);
  if (!status && !g) status = DURO_ERROR_MEMORY;
  if (g) {
    g->env = env;
    g->settings = *settings;
    g->plan = *plan;
    g->narrow = grid_is_narrow(settings);
    g->part.transport = transport;
    status = create_team(g);
    if (!status) status = grid_target_read(&g->target, env, settings);
  }
  status = duro_transport_agree(transport, status);
  if (!status) status = grid_setup(g);
  if (!status) grid_restart(g);
  if (!status && duro_grid_is_reach(settings)) status = grid_target_begin(g);
  if (status) {
    duro_grid_destroy(g);
    return status;
  }
  for (int stage = 0; stage < 3; stage++)
    g->progress[stage] = (duro_grid_progress){
        .stage = (duro_grid_stage)stage, .residual = NAN, .bound = NAN, .change = NAN, .share = NAN};
  g->progress[DURO_GRID_SAFETY].quantum = g->quantum;
  *grid = g;
  return DURO_OK;
}

void duro_grid_destroy(duro_grid *g) {
  if (!g) return;
  if (g->worker && g->pool)
    for (int t = 0; t < duro_pool_threads(g->pool); t++) duro_env_worker_destroy(g->env, g->worker[t]);
  task_destroy(g->task);
  part_release(&g->part);
  void *const owned[] = {g->worker, g->control, g->disturbance, g->value,   g->h,          g->base,       g->shift,
                         g->frac,   g->read_at, g->reads,       g->pending, g->changed_at, g->updated_at, g->newest,
                         g->work,   g->block,   g->rival,       g->tried,   g->scratch,    g->arrival};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) duro_release(owned[i]);
  duro_pool_destroy(g->pool);
  duro_release(g);
}

duro_grid_progress duro_grid_state(const duro_grid *g, duro_grid_stage stage) {
  return g->progress[stage];
}

const duro_env *duro_grid_env(const duro_grid *g) {
  return g->env;
}

const duro_grid_plan *duro_grid_plan_of(const duro_grid *g) {
  return &g->plan;
}

const duro_grid_settings *duro_grid_settings_of(const duro_grid *g) {
  return &g->settings;
}

/* the vertex below a state and the fractions along the axes of storage; false beyond the grid. On a part only what the
 * steps from its vertices lead to is held. */
static bool locate(const duro_grid *g, const double *x, bool stay, int64_t *row, int *k, double *frac) {
  *row = 0;
  for (int i = 0; i < g->plan.nd; i++) {
    if (!grid_locate(g, i, x[g->plan.axis[g->axis[i]].state], stay, k, &frac[i])) return false;
    int plane = part_plane(g, i, *k);
    if (g->part.transport && i == g->part.axis && (plane < 0 || plane > g->planes[i] - 2)) { // only by rounding
      frac[i] = plane < 0 ? 0 : 1;
      plane = plane < 0 ? 0 : g->planes[i] - 2;
    }
    *row += plane * g->pitch[i];
  }
  return true;
}

/* weight of a corner of a cell, and its index of storage */
static double corner_of(const duro_grid *g, int64_t row, int k, const double *frac, int c, int64_t *index) {
  const int nd = g->plan.nd;
  double w = 1;
  for (int i = 0; i < nd; i++) {
    w *= c >> i & 1 ? frac[i] : 1 - frac[i];
    if (c >> i & 1) row += g->pitch[i];
  }
  *index = grid_index(g, row, k + (c >> (nd - 1) & 1));
  return w;
}

double duro_grid_safety_at(const duro_grid *g, const double *x) {
  double frac[DURO_GRID_MAX];
  int64_t row, index;
  int k;
  if (!locate(g, x, false, &row, &k, frac)) {
    const double h = g->env->ops->constraint(g->env, x);
    if (!grid_stays(g, h) || !locate(g, x, true, &row, &k, frac)) return grid_value_beyond(g, x, h);
  }
  double value = 0;
  for (int c = 0; c < 1 << g->plan.nd; c++) {
    const double w = corner_of(g, row, k, frac, c, &index);
    if (w > 0) value += w * grid_get(g, g->value, index);
  }
  return value;
}

double grid_arrival_between(const duro_grid *g, const double *x) {
  double frac[DURO_GRID_MAX], sum = 0, weight = 0;
  int64_t row, index;
  int k;
  if (!locate(g, x, strcmp(g->settings.beyond, "stay") == 0, &row, &k, frac)) return INFINITY;
  for (int c = 0; c < 1 << g->plan.nd; c++) {
    const double w = corner_of(g, row, k, frac, c, &index);
    if (!(w > 0) || !(g->arrival[index] < INFINITY)) continue;
    sum += w * (double)g->arrival[index];
    weight += w;
  }
  return weight > 0 ? sum / weight : (double)INFINITY;
}

double grid_successor_value(const duro_grid *g, const double *x2, const duro_step *out) {
  return out->end == DURO_TERMINATED ? fmin(out->h, -g->env->spec.h_scale) : duro_grid_safety_at(g, x2);
}

/* What a control leads to, over the candidate disturbances. */
typedef struct prospect {
  double least, mean; // of V_h
  double off;         // spacings by which the furthest successor leaves the grid
  double size;        // of the control, squared
  int worst;          // candidate of `least`
} prospect;

/* spacings by which a state lies beyond the grid */
static double beyond(const duro_grid *g, const double *x) {
  double most = 0;
  for (int i = 0; i < g->plan.nd; i++) {
    const duro_grid_axis *axis = &g->plan.axis[i];
    if (axis->periodic) continue;
    const double off = fmax(axis->low - x[axis->state], x[axis->state] - axis->high);
    most = fmax(most, off * (axis->n - 1) / (axis->high - axis->low));
  }
  return most > 1e-9 ? most : 0; // rounding does not push a vertex at the edge over it
}

static prospect look_ahead(const duro_grid *g, void *worker, const double *x, const double *u) {
  const duro_env_spec *spec = &g->env->spec;
  prospect p = {.least = INFINITY};
  for (int j = 0; j < g->plan.na; j++) {
    double x2[DURO_MAX_STATE];
    duro_step out;
    g->env->ops->step(g->env, worker, x2, &out, x, u, g->disturbance + j * spec->na);
    const double value = grid_successor_value(g, x2, &out);
    p.mean += value / g->plan.na;
    p.off = fmax(p.off, beyond(g, x2));
    if (!(value < p.least) && j > 0) continue;
    p.least = value;
    p.worst = j;
  }
  for (int i = 0; i < spec->nu; i++) p.size += u[i] * u[i];
  return p;
}

double grid_tie(const duro_grid *g) {
  return 16 * 0x1p-24 * g->h_max; // rounding of V in float, and of what is interpolated of it
}

/* is p to be preferred to q, where both are worth the same? */
static bool is_better(const prospect *p, const prospect *q, double tie) {
  if (p->off < q->off || p->off > q->off) return p->off < q->off;
  if (fabs(p->mean - q->mean) > tie) return p->mean > q->mean;
  return p->size < q->size;
}

int grid_choose(const duro_grid *g, void *worker, const double *x, int *a) {
  const double tie = grid_tie(g);
  double most = -INFINITY;
  int chosen = 0;
  prospect best = {.least = -INFINITY};
  for (int i = 0; i < g->plan.nu; i++) {
    const prospect p = look_ahead(g, worker, x, g->control + i * g->env->spec.nu);
    const bool far_better = best.least < p.least - tie, same = p.least >= most - tie;
    most = fmax(most, p.least);
    if (i > 0 && !far_better && !(same && is_better(&p, &best, tie))) continue;
    best = p;
    chosen = i;
  }
  if (a) *a = best.worst;
  return chosen;
}

void duro_grid_safety_control(const duro_grid *g, void *worker, double *u, const double *x) {
  const int nu = g->env->spec.nu;
  memcpy(u, g->control + grid_choose(g, worker, x, NULL) * nu, sizeof *u * (size_t)nu);
}

double duro_grid_safety_ahead(const duro_grid *g, void *worker, const double *x, const double *u) {
  return look_ahead(g, worker, x, u).least;
}

void duro_grid_safety_disturbance(const duro_grid *g, void *worker, double *a, const double *x, const double *u) {
  const int na = g->env->spec.na;
  memcpy(a, g->disturbance + look_ahead(g, worker, x, u).worst * na, sizeof *a * (size_t)na);
}

int duro_grid_width(const duro_grid *g, duro_grid_field field) {
  switch (field) {
  case DURO_GRID_SAFETY_POLICY:
  case DURO_GRID_TASK_POLICY:
    return g->env->spec.nu;
  case DURO_GRID_SAFETY_ADVERSARY:
  case DURO_GRID_TASK_ADVERSARY:
    return g->env->spec.na;
  default:
    return 1;
  }
}

/* first number of a row in C order of the plan's axes, and the distance to the row's next vertex */
static int64_t place(const duro_grid *g, const int *vertex, int64_t *next) {
  int64_t at = 0, step = 1;
  for (int i = g->plan.nd - 1; i >= 0; i--) {
    int k = 0;
    while (g->axis[k] != i) k++;
    at += vertex[k] * step;
    if (k == g->plan.nd - 1) *next = step;
    step *= g->plan.axis[i].n;
  }
  return at;
}

typedef struct reading {
  const duro_grid *grid;
  duro_grid_field field;
  float *out;
} reading;

/* where the numbers of a row go: into the field, or, on a part, one row after the other */
static float *room_for(const reading *r, int64_t row, const int *vertex, int64_t *next) {
  const duro_grid *g = r->grid;
  const int width = duro_grid_width(g, r->field);
  *next = 1;
  if (g->part.transport) return r->out + (row - g->own) * g->sweep.n * width;
  return r->out + place(g, vertex, next) * width;
}

/* where controls are worth the same, the choice between them is the played policy's */
static void break_ties(const duro_grid *g, void *worker, int64_t row, uint16_t *u, uint16_t *a, const bool *tied) {
  int vertex[DURO_GRID_MAX];
  grid_row_at(g, row, vertex);
  for (int k = 0; k < g->sweep.n; k++) {
    double x[DURO_MAX_STATE];
    int worst;
    if (!tied[k]) continue;
    vertex[g->plan.nd - 1] = k;
    grid_state_at(g, vertex, x);
    u[k] = (uint16_t)grid_choose(g, worker, x, &worst);
    a[k] = (uint16_t)worst;
  }
}

static void read_policy(const reading *r, const sweep_values *values, void *worker, int64_t row, float *out,
                        int64_t next) {
  const duro_grid *g = r->grid;
  uint16_t u[SWEEP_ROW], a[SWEEP_ROW];
  bool tied[SWEEP_ROW];
  grid_kernels(g)->policy(&g->sweep, values, row, u, a, tied);
  break_ties(g, worker, row, u, a, tied);
  const bool control = r->field == DURO_GRID_SAFETY_POLICY || r->field == DURO_GRID_TASK_POLICY;
  const int width = duro_grid_width(g, r->field);
  const double *from = control ? g->control : g->disturbance;
  for (int k = 0; k < g->sweep.n; k++)
    for (int i = 0; i < width; i++) out[k * next * width + i] = (float)from[(control ? u[k] : a[k]) * width + i];
}

static void read_rows(void *context, int thread, int threads) {
  const reading *r = context;
  const duro_grid *g = r->grid;
  const int width = duro_grid_width(g, r->field);
  const void *array = r->field == DURO_GRID_ARRIVAL ? g->arrival : g->value;
  const bool plain =
      r->field == DURO_GRID_CONSTRAINT || r->field == DURO_GRID_SAFETY_VALUE || r->field == DURO_GRID_ARRIVAL;
  const int64_t last = g->own + g->owned * (thread + 1) / threads;
  sweep_values values;
  grid_values(g, &values);
  for (int64_t row = g->own + g->owned * thread / threads; row < last; row++) {
    int vertex[DURO_GRID_MAX];
    int64_t next = 0;
    if (!grid_row_at(g, row, vertex)) continue;
    float *out = room_for(r, row, vertex, &next);
    if (!plain && r->field != DURO_GRID_TASK_VALUE) read_policy(r, &values, g->worker[thread], row, out, next);
    if (!plain && r->field >= DURO_GRID_TASK_VALUE)
      for (int k = 0; k < g->sweep.n; k++) task_read(g, r->field, grid_index(g, row, k), out + k * next * width);
    for (int k = 0; k < g->sweep.n && plain; k++) {
      vertex[g->plan.nd - 1] = k;
      out[k * next] = (float)(r->field == DURO_GRID_CONSTRAINT ? grid_h(g, row, vertex)
                                                               : grid_get(g, array, grid_index(g, row, k)));
    }
  }
}

/* rows of the whole grid, from `first` on, into a field */
static void spread(const reading *r, const float *rows, int64_t first, int64_t count) {
  const duro_grid *g = r->grid;
  const int width = duro_grid_width(g, r->field);
  for (int64_t row = first; row < first + count; row++, rows += g->sweep.n * width) {
    int vertex[DURO_GRID_MAX];
    int64_t next = 0;
    if (!part_whole_row_at(g, row, vertex)) continue;
    float *to = r->out + place(g, vertex, &next) * width;
    for (int k = 0; k < g->sweep.n; k++) memcpy(to + k * next * width, rows + k * width, sizeof *rows * (size_t)width);
  }
}

/* the field of all parts to rank 0, a portion of rows at a time */
static duro_status collect_field(const reading *r, const float *mine) {
  const duro_grid *g = r->grid;
  const size_t bytes = sizeof *mine * (size_t)(g->sweep.n * duro_grid_width(g, r->field));
  const part_array array = {.mine = mine, .bytes = bytes};
  const int64_t portion = part_portion(bytes);
  float *rows = duro_allocate(bytes * (size_t)portion);
  duro_status status = duro_transport_agree(g->part.transport, rows ? DURO_OK : DURO_ERROR_MEMORY);
  for (int64_t row = 0; row < g->part.rows && !status; row += portion) {
    const int64_t count = g->part.rows - row < portion ? g->part.rows - row : portion;
    status = part_collect(g, rows, &array, row, count);
    if (!status && rows && g->part.transport->rank == 0) spread(r, rows, row, count);
  }
  duro_release(rows);
  return status;
}

static duro_status read_part(reading *r) {
  const duro_grid *g = r->grid;
  float *out = r->out;
  const size_t width = (size_t)duro_grid_width(g, r->field);
  r->out = duro_allocate(sizeof *out * (size_t)(g->owned * g->sweep.n) * width);
  duro_status status = duro_transport_agree(g->part.transport, r->out ? DURO_OK : DURO_ERROR_MEMORY);
  float *mine = r->out;
  if (!status) {
    duro_pool_run(g->pool, read_rows, r);
    r->out = out;
    status = collect_field(r, mine);
  }
  duro_release(mine);
  return status;
}

duro_status duro_grid_read(const duro_grid *g, duro_grid_field field, float *out) {
  if (field == DURO_GRID_ARRIVAL) {
    if (!g->arrival)
      return duro_fail(DURO_ERROR_ARGUMENT,
                       "grid.goal is %s%s, which has no times of arrival; wanted a tube that reaches", g->settings.goal,
                       duro_grid_is_reach(&g->settings) ? " and grid.tube is false" : "");
  } else if (field >= DURO_GRID_TASK_VALUE && !g->task)
    return duro_fail(DURO_ERROR_ARGUMENT, "the task value is not solved");
  reading r = {.grid = g, .field = field, .out = out};
  if (g->part.transport) return read_part(&r);
  duro_pool_run(g->pool, read_rows, &r);
  return DURO_OK;
}

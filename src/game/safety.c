/* Sweeps of the safety value: from V = h down to the fixed point, over the rows that can still change. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/grid.h"

enum { CHECK_EVERY = 16 }; // sweeps between two residuals of the whole grid

typedef struct slab_result {
  double change;
  int64_t rows;
} slab_result;

typedef struct sweep_job {
  duro_grid *grid;
  const sweep_kernels *kernels;
  sweep_values values;
  double told; // a row's readers are told of changes that add up to more
  bool back;   // last row first
  bool check;  // only take the residual, of every row
  bool all;    // every row, whatever changed
  atomic_int next;
  slab_result result[GRID_SLABS];
} sweep_job;

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void grid_values(const duro_grid *g, sweep_values *values) {
  *values = (sweep_values){.value = g->value, .h = g->h, .discount = g->settings.discount};
}

const sweep_kernels *grid_kernels(const duro_grid *g) {
  const sweep_kernels *kernels = NULL;
  sweep_kernels_select(&kernels, g->settings.simd, g->wide); // checked when the grid was created
  return kernels;
}

static size_t real_size(const duro_grid *g) {
  return g->wide ? sizeof(double) : sizeof(float);
}

static void *row_of(const duro_grid *g, void *array, int64_t row) {
  return (char *)array + (size_t)(row * g->sweep.stride) * real_size(g);
}

/* is the row its own, not a copy of the first plane of a periodic axis? */
static bool is_own(const duro_grid *g, int64_t row) {
  int vertex[DURO_GRID_MAX];
  return grid_row_at(g, row, vertex);
}

static bool is_active(const duro_grid *g, int64_t row) {
  for (int64_t i = g->read_at[row]; i < g->read_at[row + 1]; i++)
    if (g->active[g->reads[i]]) return true;
  return false;
}

static void sweep_slab(sweep_job *job, int slab) {
  duro_grid *g = job->grid;
  slab_result result = {0};
  const int64_t first = g->slab[slab], count = g->slab[slab + 1] - first;
  for (int64_t i = 0; i < count; i++) {
    const int64_t row = job->back ? first + count - 1 - i : first + i;
    if (!is_own(g, row) || (!job->check && !job->all && !is_active(g, row))) continue;
    const double change = job->kernels->update(&g->sweep, &job->values, row, &g->hint[row], !job->check);
    result.rows++;
    if (change > result.change) result.change = change;
    if (job->check) continue;
    g->pending[row] += (float)change;
    if ((double)g->pending[row] > job->told) {
      g->changed[row] = 1;
      g->pending[row] = 0;
    }
  }
  job->result[slab] = result;
}

static void sweep_all(void *context, int thread, int threads) {
  (void)thread;
  (void)threads;
  sweep_job *job = context;
  for (int slab; (slab = atomic_fetch_add(&job->next, 1)) < GRID_SLABS;) sweep_slab(job, slab);
}

/* the snapshot takes over what changed */
static void take_over(void *context, int thread, int threads) {
  duro_grid *g = ((sweep_job *)context)->grid;
  const int64_t first = g->rows * thread / threads, last = g->rows * (thread + 1) / threads;
  const size_t bytes = (size_t)g->sweep.stride * real_size(g);
  for (int64_t row = first; row < last; row++)
    if (g->changed[row]) memcpy(row_of(g, g->value, g->rows + row), row_of(g, g->value, row), bytes);
}

/* a stencil is active when one of its corners has changed */
static void spread(void *context, int thread, int threads) {
  duro_grid *g = ((sweep_job *)context)->grid;
  const int64_t first = g->rows * thread / threads, last = g->rows * (thread + 1) / threads;
  int64_t corner[SWEEP_CORNERS];
  const int axes = g->plan.nd - 1;
  for (int c = 0; c < 1 << axes; c++) {
    corner[c] = 0;
    for (int i = 0; i < axes; i++)
      if (c >> i & 1) corner[c] += g->pitch[i];
  }
  for (int64_t row = first; row < last; row++) {
    uint8_t any = 0;
    for (int c = 0; c < 1 << axes; c++) any |= g->changed[row + corner[c]];
    g->active[row] = any;
  }
}

void grid_wrap(duro_grid *g) {
  const size_t bytes = (size_t)g->sweep.stride * real_size(g);
  for (int i = 0; i < g->plan.nd - 1; i++) {
    const duro_grid_axis *axis = &g->plan.axis[g->axis[i]];
    if (!axis->periodic) continue;
    for (int64_t row = 0; row < g->rows; row++) { // axes one after the other: corners get theirs through the earlier
      if (row / g->pitch[i] % g->planes[i] != axis->n) continue;
      const int64_t from = row - axis->n * g->pitch[i];
      if (!g->changed[from]) continue;
      memcpy(row_of(g, g->value, row), row_of(g, g->value, from), bytes);
      g->changed[row] = 1;
    }
  }
}

static void gather_results(const sweep_job *job, double *change, int64_t *rows) {
  *change = 0;
  *rows = 0;
  for (int s = 0; s < GRID_SLABS; s++) {
    if (job->result[s].change > *change) *change = job->result[s].change;
    *rows += job->result[s].rows;
  }
}

/* one sweep, or a check; the rows that it worked on and the largest change */
static void run_sweep(sweep_job *job, double *change, int64_t *rows) {
  duro_grid *g = job->grid;
  atomic_store(&job->next, 0);
  memset(g->changed, 0, (size_t)(g->rows + g->corners));
  duro_pool_run(g->pool, sweep_all, job);
  gather_results(job, change, rows);
  if (job->check) return;
  grid_wrap(g);
  duro_pool_run(g->pool, take_over, job);
  duro_pool_run(g->pool, spread, job);
}

/* V = h, every row to be worked on */
void grid_restart(duro_grid *g) {
  const size_t bytes = (size_t)(g->rows * g->sweep.stride) * real_size(g);
  memcpy(g->value, g->h, bytes);
  memcpy(row_of(g, g->value, g->rows), g->h, bytes);
  g->fresh = true;
  memset(g->pending, 0, sizeof *g->pending * (size_t)g->rows);
  memset(g->hint, 0, sizeof *g->hint * (size_t)g->rows);
  memset(g->changed, 1, (size_t)g->rows);
  if (!g->sweep.whole && g->sweep.wraps)
    for (int64_t row = 0; row < 2 * g->rows; row++) {
      const int64_t i = grid_index(g, row, 0);
      grid_set(g, g->value, i + g->sweep.n, grid_get(g, g->value, i));
    }
}

static duro_status widen(void **array, size_t count) {
  double *wide = duro_allocate(sizeof *wide * count);
  if (!wide) return DURO_ERROR_MEMORY;
  const float *narrow = *array;
  for (size_t i = 0; i < count; i++) wide[i] = (double)narrow[i];
  duro_release(*array);
  *array = wide;
  return DURO_OK;
}

duro_status grid_widen(duro_grid *g) {
  if (g->wide) return DURO_OK;
  const size_t cells = (size_t)(g->rows * g->sweep.stride);
  duro_status status = widen(&g->value, 2 * cells + (size_t)g->far + 4 * SWEEP_LANES);
  if (!status) status = widen(&g->h, cells + 4 * SWEEP_LANES);
  g->wide = !status;
  g->fresh = true;
  return status;
}

/* rounding of one update: the products of a stencil, its weights, and the discount */
static double rounding(const duro_grid *g) {
  return ((1 << g->sweep.m) + 8) * g->h_max * (g->wide ? 0x1p-53 : 0x1p-24);
}

static double share_done(double begin, double now, double end) {
  if (!(begin > 0.0) || !(now > 0.0) || !(end > 0.0) || begin <= end) return NAN;
  const double share = log(begin / now) / log(begin / end);
  return share < 0 ? 0 : share > 1 ? 1 : share;
}

double duro_grid_volume(const duro_grid *g, double level) {
  int64_t inside = 0;
  for (int64_t row = 0; row < g->rows; row++) {
    if (!is_own(g, row)) continue;
    for (int k = 0; k < g->sweep.n; k++) inside += grid_get(g, g->value, grid_index(g, row, k)) >= level;
  }
  return (double)inside / (double)g->plan.cells;
}

/* the state after a sweep, told to whoever watches */
static duro_status tell(duro_grid *g, duro_grid_report report, void *context, double begun, double *shown) {
  duro_grid_progress *p = &g->progress[DURO_GRID_SAFETY];
  const double now = seconds(), interval = 0.1; // s
  p->seconds = now - begun;
  if (!report || (!p->done && now - *shown < interval)) return DURO_OK;
  *shown = now;
  p->volume = duro_grid_volume(g, 0.0);
  return report(p, context);
}

duro_status duro_grid_solve_safety(duro_grid *g, duro_grid_report report, void *context) {
  const duro_grid_settings *set = &g->settings;
  duro_grid_progress *p = &g->progress[DURO_GRID_SAFETY];
  const double goal = set->discount < 1.0 ? set->error * (1.0 - set->discount) : set->change;
  const double begun = seconds() - p->seconds;
  double shown = 0, first_change = 0;
  sweep_job job = {.grid = g};
  while (!p->done) {
    job.kernels = grid_kernels(g);
    grid_values(g, &job.values);
    const double noise = rounding(g);
    const double stop = !g->wide && g->plan.wide ? fmax(goal, 4 * noise) : fmax(goal - noise, 0.25 * goal);
    int64_t rows;
    job.told = 0.5 * stop;
    job.back = p->sweeps % 2;
    job.all = g->fresh;
    g->fresh = false;
    run_sweep(&job, &p->change, &rows);
    if (p->change > first_change) first_change = p->change;
    p->work += (double)rows * g->sweep.n / (double)g->plan.cells;
    p->changed = (double)rows * g->sweep.n / (double)g->plan.cells;
    p->sweeps++;
    p->share = share_done(first_change, p->change, stop);
    const bool out_of_sweeps = p->sweeps >= set->sweeps;
    const bool calm = p->change <= stop && p->sweeps >= g->next_check;
    if (calm || !memchr(g->active, 1, (size_t)g->rows) || out_of_sweeps) { // little moves: the residual of every row
      memcpy(row_of(g, g->value, g->rows), g->value, (size_t)(g->rows * g->sweep.stride) * real_size(g));
      job.check = true;
      run_sweep(&job, &p->residual, &rows);
      job.check = false;
      p->work += 1;
      g->next_check = p->sweeps + CHECK_EVERY;
      const bool met = p->residual <= stop;
      p->residual += noise;
      p->bound = set->discount < 1.0 ? p->residual / (1.0 - set->discount) : NAN;
      p->done = (met && g->wide == g->plan.wide) || out_of_sweeps;
      if (met && !p->done) {
        const duro_status status = grid_widen(g);
        if (status) return status;
      } else if (!met && !memchr(g->active, 1, (size_t)g->rows)) {
        g->fresh = true;
      }
    }
    const duro_status status = tell(g, report, context, begun, &shown);
    if (status) return status;
  }
  p->volume = duro_grid_volume(g, 0.0);
  return DURO_OK;
}

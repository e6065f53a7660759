/* From the step of an environment to stencils: where on the grid every vertex goes under every pair of inputs. */
#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/grid.h"
#include "io/number.h"

enum { MARGIN = 2, FAR_MARGIN = 64 }; // vertices to which h is kept beyond an axis
enum { FAR = -1, OPEN = -2 };         // bases of stencils that lead beyond the grid, and to h >= 0 there

/* The rows of h beyond the grid; axes that hold what leaves them have one vertex, a part has those that it reaches. */
typedef struct outskirts {
  int n[DURO_GRID_MAX], margin[DURO_GRID_MAX];
  int whole[DURO_GRID_MAX], first[DURO_GRID_MAX]; // vertices that there are, and the first that is held
  int64_t pitch[DURO_GRID_MAX];                   // 0 where h does not depend on the axis
  int64_t rows;
} outskirts;

typedef struct setup {
  duro_grid *grid;
  outskirts out;
  atomic_llong bad;                  // lowest row with a number that is not finite
  atomic_llong ghosts;               // most spacings by which a row moves
  atomic_llong far;                  // cells: stencils that lead beyond the grid ...
  atomic_llong open;                 // ... to h >= 0
  atomic_uint crossed, crossed_safe; // cells: as in duro_grid
  atomic_bool short_of_memory;       // a thread had no room for its steps
  bool count;                        // reads: count them, or write them
  bool measure;                      // of a part: only how far steps lead along its axis ...
  atomic_llong low, high;            // ... planes of the grid, beyond its ends where it is periodic
  atomic_llong out_low, out_high;    // ... and of the outskirts
  double *range;                     // (threads x 2) only take the bounds of what will be stored; else NULL
} setup;

int grid_candidates(const duro_grid_plan *plan) {
  return plan->nu * plan->na;
}

static const duro_grid_axis *axis_at(const duro_grid *g, int i) {
  return &g->plan.axis[g->axis[i]];
}

static double spacing(const duro_grid_axis *axis) {
  return (axis->high - axis->low) / (axis->periodic ? axis->n : axis->n - 1);
}

bool grid_row_at(const duro_grid *g, int64_t row, int *vertex) {
  bool first = true;
  for (int i = 0; i < g->plan.nd - 1; i++) {
    const int n = axis_at(g, i)->n, at = (int)(row / g->pitch[i] % g->planes[i]);
    first = first && at < n;
    vertex[i] = g->part.transport && i == g->part.axis ? (at + g->part.start) % n : at;
  }
  vertex[g->plan.nd - 1] = 0;
  return first;
}

void grid_state_at(const duro_grid *g, const int *vertex, double *x) {
  memcpy(x, g->rest, sizeof(double) * (size_t)g->env->spec.nx);
  for (int i = 0; i < g->plan.nd; i++) {
    const duro_grid_axis *axis = axis_at(g, i);
    const int k = axis->periodic ? vertex[i] % axis->n : vertex[i];
    const bool last = !axis->periodic && k == axis->n - 1;
    x[axis->state] = last ? axis->high : axis->low + k * spacing(axis);
  }
}

/* a whole number where only rounding keeps it from being one */
static double snap(double t) {
  const double whole = nearbyint(t);
  return fabs(t - whole) < 1e-9 ? whole : t;
}

bool grid_may_leave(const duro_grid *g, int i) {
  const int state = axis_at(g, i)->state;
  return state < DURO_MASK_BITS && g->env->spec.x_hold >> state & 1;
}

bool grid_holds(const duro_grid *g, int i) {
  return grid_may_leave(g, i) && !(g->env->spec.h_needs >> axis_at(g, i)->state & 1);
}

bool grid_stays(const duro_grid *g, double h) {
  return h >= 0.0 && strcmp(g->settings.beyond, "stay") == 0;
}

bool grid_locate(const duro_grid *g, int i, double x, bool stay, int *vertex, double *frac) {
  const duro_grid_axis *axis = axis_at(g, i);
  if (!axis->periodic && (stay || grid_holds(g, i))) x = fmin(fmax(x, axis->low), axis->high);
  double t = (x - axis->low) / spacing(axis);
  if (axis->periodic) {
    if (!(fabs(t) < 0x1p51)) return false; // no digit of it says where on the axis that is
    t -= axis->n * floor(t / axis->n);
    if (!(t < axis->n)) t = 0; // rounding
  }
  const int last = axis->periodic ? axis->n - 1 : axis->n - 2;
  t = snap(t); // rounding does not push a vertex at the edge over it
  if (!(t >= 0.0 && t <= last + 1)) return false;
  *vertex = (int)t < last ? (int)t : last;
  *frac = t - *vertex;
  return true;
}

double grid_value_beyond(const duro_grid *g, const double *x, double h) {
  bool kept = x != NULL;
  for (int i = 0; kept && i < g->plan.nd; i++) {
    int vertex;
    double frac;
    kept = grid_may_leave(g, i) || grid_locate(g, i, x[axis_at(g, i)->state], false, &vertex, &frac);
  }
  return h < 0.0 || kept ? h : -g->env->spec.h_scale;
}

void grid_step(const duro_grid *g, void *worker, double *x2, duro_step *out, const double *x, int u, int a) {
  g->env->ops->step(g->env, worker, x2, out, x, g->control + u * g->env->spec.nu, g->disturbance + a * g->env->spec.na);
}

/* candidate c of n^axes, each of [-1, 1] times scale */
static void candidate(double *out, int c, int64_t n, int axes, double scale) {
  for (int i = axes - 1; i >= 0; i--, c = (int)(c / n))
    out[i] = n == 1 ? 0.0 : scale * (2.0 * (double)(c % n) / (double)(n - 1) - 1.0);
}

static duro_status make_candidates(duro_grid *g) {
  const duro_env_spec *spec = &g->env->spec;
  const duro_grid_plan *plan = &g->plan;
  g->control = duro_allocate(sizeof(double) * (size_t)(plan->nu * spec->nu));
  g->disturbance = duro_allocate(sizeof(double) * (size_t)(plan->na * spec->na));
  if (!g->control || !g->disturbance) return DURO_ERROR_MEMORY;
  for (int c = 0; c < plan->nu; c++) candidate(g->control + c * spec->nu, c, g->settings.controls, spec->nu, 1.0);
  const int64_t n = g->settings.disturbance ? g->settings.disturbances : 1;
  for (int c = 0; c < plan->na; c++) candidate(g->disturbance + c * spec->na, c, n, spec->na, g->settings.amplitude);
  return DURO_OK;
}

void grid_lay_out(duro_grid *g) {
  const duro_grid_plan *plan = &g->plan;
  sweep_grid *s = &g->sweep;
  const int nd = plan->nd, last = plan->row >= 0 ? plan->row : nd - 1;
  int at = 0;
  for (int i = 0; i < nd; i++)
    if (i != last) g->axis[at++] = i;
  g->axis[nd - 1] = last;
  g->rows = 1;
  g->corners = 0;
  for (int i = nd - 1; i >= 0; i--) {
    const duro_grid_axis *axis = axis_at(g, i);
    g->planes[i] = axis->n + axis->periodic;
    g->pitch[i] = i == nd - 1 ? 0 : g->rows;
    g->corners += g->pitch[i];
    if (i < nd - 1) g->rows *= g->planes[i];
  }
  g->own = s->first = 0;
  g->owned = s->edge = g->rows;
  s->whole = plan->row >= 0;
  s->n = plan->axis[last].n;
  s->padded = (s->n + SWEEP_LANES - 1) / SWEEP_LANES * SWEEP_LANES;
  s->m = s->whole ? nd - 1 : nd;
  s->nu = plan->nu;
  s->na = plan->na;
  s->wraps = plan->axis[last].periodic;
}

/* where the corners of a stencil lie, once the stride is known */
static void lay_corners(duro_grid *g, const outskirts *out) {
  sweep_grid *s = &g->sweep;
  for (int c = 0; c < 1 << s->m; c++) {
    s->corner[c] = s->beyond[c] = 0;
    for (int i = 0; i < s->m; i++)
      if (c >> i & 1) {
        s->corner[c] += i == g->plan.nd - 1 ? 1 : g->pitch[i] * s->stride;
        s->beyond[c] += out->pitch[i] * s->stride;
      }
  }
}

/* vertices from an axis to where the episode fails, as far as that is worth its memory */
static int reach(const duro_env *env, const duro_grid_axis *axis) {
  if (!env->spec.x_fail_low) return MARGIN;
  const double below = axis->low - env->spec.x_fail_low[axis->state];
  const double above = env->spec.x_fail_high[axis->state] - axis->high;
  const double most = ceil(fmax(below, above) / spacing(axis)) + 1;
  return most < MARGIN ? MARGIN : most > FAR_MARGIN ? FAR_MARGIN : (int)most;
}

/* distances between the rows of the outskirts that are held */
static void lay_outskirts(const duro_grid *g, outskirts *out) {
  out->rows = 1;
  for (int i = g->plan.nd - 2; i >= 0; i--) {
    out->pitch[i] = out->whole[i] > 1 ? out->rows : 0;
    out->rows *= out->n[i];
  }
}

static void plan_outskirts(const duro_grid *g, outskirts *out) {
  for (int i = g->plan.nd - 2; i >= 0; i--) {
    const duro_grid_axis *axis = axis_at(g, i);
    const bool open = !grid_holds(g, i);
    out->margin[i] = g->env->spec.h_needs ? reach(g->env, axis) : MARGIN;
    out->n[i] = out->whole[i] = open ? axis->n + 2 * out->margin[i] : 1;
    out->first[i] = 0;
  }
  lay_outskirts(g, out);
}

static void note_lowest(atomic_llong *lowest, int64_t value) {
  long long seen = atomic_load(lowest);
  while (value < seen && !atomic_compare_exchange_weak(lowest, &seen, value)) {
  }
}

static void note_highest(atomic_llong *highest, int64_t value) {
  long long seen = atomic_load(highest);
  while (value > seen && !atomic_compare_exchange_weak(highest, &seen, value)) {
  }
}

/* of a part: a step from a plane of its axis leads to the planes k and k + 1 */
static void note_planes(setup *s, int from, int k) {
  const duro_grid_axis *axis = axis_at(s->grid, s->grid->part.axis);
  if (axis->periodic) { // the nearer way round
    if (k - from > axis->n / 2) k -= axis->n;
    if (from - k > axis->n / 2) k += axis->n;
  }
  note_lowest(&s->low, k);
  note_highest(&s->high, k + 1);
}

/* the stencil of a successor beyond the grid, or of an episode that failed: h of the vertices about the nearest point
 */
static int64_t beyond(setup *s, float *frac, const double *x2, bool failed) {
  const duro_grid *g = s->grid;
  const outskirts *out = &s->out;
  int64_t row = g->rows + (failed ? out->rows : 0);
  for (int i = 0; i < g->sweep.m; i++) {
    frac[i] = 0;
    if (out->whole[i] == 1) continue;
    const duro_grid_axis *axis = axis_at(g, i);
    const double most = out->whole[i] - 1;
    double t = (x2[axis->state] - axis->low) / spacing(axis) + out->margin[i];
    t = t < 0 ? 0 : t > most ? most : t;
    const int vertex = t < most - 1 ? (int)t : (int)most - 1;
    frac[i] = (float)(t - vertex);
    row += (vertex - out->first[i]) * out->pitch[i];
    if (s->measure && i == g->part.axis) {
      note_lowest(&s->out_low, vertex);
      note_highest(&s->out_high, vertex + 1);
    }
  }
  return row;
}

static bool sound(const duro_env_spec *spec, const double *x2, const duro_step *out) {
  for (int i = 0; i < spec->nx; i++)
    if (!isfinite(x2[i])) return false;
  return isfinite(out->h) && isfinite(out->r);
}

/* the stencils of a whole row; false where a number is not finite */
static bool step_row(setup *s, void *worker, int64_t row, const int *vertex) {
  duro_grid *g = s->grid;
  const int m = g->sweep.m, pairs = grid_candidates(&g->plan);
  const duro_grid_axis *along = axis_at(g, m);
  double x[DURO_MAX_STATE], x2[DURO_MAX_STATE];
  int at[DURO_GRID_MAX];
  memcpy(at, vertex, sizeof at);
  at[m] = along->n / 2;
  grid_state_at(g, at, x);
  for (int input = 0; input < pairs; input++) {
    duro_step out;
    grid_step(g, worker, x2, &out, x, input / g->plan.na, input % g->plan.na);
    if (!sound(&g->env->spec, x2, &out)) return false;
    const int64_t i = (row - g->own) * pairs + input;
    float measured[DURO_GRID_MAX + 1], *frac = s->measure ? measured : g->frac + i * (m + 1);
    int64_t base = 0;
    int reached = 0;
    bool inside = out.end != DURO_TERMINATED;
    for (int d = 0; d < m && inside; d++) {
      int k = 0;
      double f = 0;
      inside = grid_locate(g, d, x2[axis_at(g, d)->state], false, &k, &f);
      base += part_plane(g, d, k) * g->pitch[d];
      frac[d] = (float)f;
      if (d == g->part.axis) reached = k;
    }
    if (!inside) base = beyond(s, frac, x2, out.end == DURO_TERMINATED);
    if (s->measure) {
      if (inside) note_planes(s, vertex[g->part.axis], reached);
      continue;
    }
    g->base[i] = (int32_t)base;
    const double most = 2.0 * along->n; // further is beyond the grid in any case
    double shift = (x2[along->state] - x[along->state]) / spacing(along);
    shift = shift < -most ? -most : shift > most ? most : snap(shift);
    g->shift[i] = (int32_t)floor(shift);
    frac[m] = (float)(shift - floor(shift));
    note_highest(&s->ghosts, g->shift[i] < 0 ? -g->shift[i] : g->shift[i] + 1);
  }
  return true;
}

static double h_at(const duro_grid *g, const double *x) {
  return g->env->ops->constraint(g->env, x);
}

/* over which edges a step leads, and to what */
static void note_crossing(setup *s, const double *x2, double h) {
  uint32_t crossed = 0;
  for (int i = 0; i < s->grid->plan.nd; i++) {
    const duro_grid_axis *axis = axis_at(s->grid, i);
    if (axis->periodic) continue;
    crossed |= (uint32_t)(x2[axis->state] < axis->low) << (2 * i) | (uint32_t)(x2[axis->state] > axis->high)
                                                                        << (2 * i + 1);
  }
  if (!crossed) return;
  atomic_fetch_or(&s->crossed, crossed);
  if (h >= 0.0) atomic_fetch_or(&s->crossed_safe, crossed);
}

/* of a part: notes how far along its axis a step leads that does not leave the grid */
static void measure_cell(setup *s, int from, const double *x2, const duro_step *out) {
  const duro_grid *g = s->grid;
  int reached = 0;
  bool inside = out->end != DURO_TERMINATED;
  for (int d = 0; d < g->sweep.m && inside; d++) {
    int k;
    double f;
    inside = grid_locate(g, d, x2[axis_at(g, d)->state], grid_stays(g, out->h), &k, &f);
    if (inside && d == g->part.axis) reached = k;
  }
  if (inside) note_planes(s, from, reached);
}

/* The stencil of vertex k of a row under one pair of inputs, i of all rows. Beyond the grid the base is FAR or OPEN,
 * and the value stands in frac[0]. */
static void place_cell(setup *s, int64_t i, int k, const double *x2, const duro_step *out, bool safe) {
  duro_grid *g = s->grid;
  const int m = g->sweep.m, padded = g->sweep.padded;
  float *frac = g->frac + i * m * padded + k;
  int64_t base = 0, in_row = 0;
  const bool failed = out->end == DURO_TERMINATED, stay = grid_stays(g, out->h);
  bool inside = !failed;
  if (safe && !failed) note_crossing(s, x2, out->h);
  for (int d = 0; d < m && inside; d++) {
    int v = 0;
    double f = 0;
    inside = grid_locate(g, d, x2[axis_at(g, d)->state], stay, &v, &f);
    if (d == m - 1) in_row = v;
    base += part_plane(g, d, v) * g->pitch[d];
    frac[d * padded] = (float)f;
  }
  int32_t *to = &g->base[i * padded + k];
  if (inside) {
    *to = (int32_t)(base * g->sweep.stride + in_row);
    return;
  }
  const double value = failed ? fmin(out->h, -g->env->spec.h_scale) : grid_value_beyond(g, x2, out->h);
  *to = !failed && out->h >= 0.0 && value < 0.0 ? OPEN : FAR;
  for (int d = 0; d < m; d++) frac[d * padded] = 0;
  frac[0] = (float)value;
  atomic_fetch_add(&s->far, 1);
  atomic_fetch_add(&s->open, *to == OPEN);
}

/* the stencils of n vertices of a row, from the k-th on; false where a number is not finite */
static bool step_cells(setup *s, void *worker, grid_steps *steps, int64_t row, const int *vertex, int k, int n) {
  duro_grid *g = s->grid;
  const int m = g->sweep.m, pairs = grid_candidates(&g->plan), nx = g->env->spec.nx;
  bool safe[GRID_STEPS];
  int at[DURO_GRID_MAX];
  memcpy(at, vertex, sizeof at);
  for (int j = 0; j < n; j++) {
    double x[DURO_MAX_STATE];
    at[m - 1] = k + j < g->sweep.n ? k + j : g->sweep.n - 1; // padding repeats the last
    grid_state_at(g, at, x);
    memcpy(steps->x + j * nx, x, sizeof *x * (size_t)nx);
    safe[j] = h_at(g, x) >= 0.0;
  }
  for (int input = 0; input < pairs; input++) {
    grid_steps_make(g, worker, steps, n, input / g->plan.na, input % g->plan.na);
    for (int j = 0; j < n; j++) {
      if (!sound(&g->env->spec, steps->x2 + j * nx, &steps->out[j])) return false;
      if (s->measure)
        measure_cell(s, vertex[g->part.axis], steps->x2 + j * nx, &steps->out[j]);
      else
        place_cell(s, (row - g->own) * pairs + input, k + j, steps->x2 + j * nx, &steps->out[j], safe[j]);
    }
  }
  return true;
}

/* the same of a whole row */
static bool step_row_of_cells(setup *s, void *worker, grid_steps *steps, int64_t row, const int *vertex) {
  const int padded = s->grid->sweep.padded;
  bool good = true;
  for (int k = 0; k < padded && good; k += GRID_STEPS)
    good = step_cells(s, worker, steps, row, vertex, k, padded - k < GRID_STEPS ? padded - k : GRID_STEPS);
  return good;
}

/* of those that are worked on here */
static void rows_of_thread(const duro_grid *g, int64_t *first, int64_t *last, int thread, int threads) {
  *first = g->own + g->owned * thread / threads;
  *last = g->own + g->owned * (thread + 1) / threads;
}

static void step_all(void *context, int thread, int threads) {
  setup *s = context;
  void *worker = s->grid->worker[thread];
  grid_steps steps;
  int64_t row, last;
  rows_of_thread(s->grid, &row, &last, thread, threads);
  if (grid_steps_create(&steps, s->grid)) {
    atomic_store(&s->short_of_memory, true);
    return;
  }
  for (; row < last; row++) {
    int vertex[DURO_GRID_MAX];
    if (!grid_row_at(s->grid, row, vertex)) continue;
    const bool good =
        s->grid->sweep.whole ? step_row(s, worker, row, vertex) : step_row_of_cells(s, worker, &steps, row, vertex);
    if (!good) note_lowest(&s->bad, part_whole_row(s->grid, vertex));
  }
  grid_steps_release(&steps);
}

/* row in which a stencil begins, -1 beyond the grid */
static int64_t begins(const duro_grid *g, int64_t base) {
  if (!g->sweep.whole) base = base < 0 ? g->rows : base / g->sweep.stride;
  return base >= g->rows ? -1 : base;
}

/* the different rows in which the stencils of a row begin: how many, and which if `reads` */
static int64_t read_row(const duro_grid *g, int64_t row, int32_t *reads) {
  const int64_t stencils = (int64_t)grid_candidates(&g->plan) * (g->sweep.whole ? 1 : g->sweep.padded);
  enum { REMEMBERED = 256 };
  int32_t seen[REMEMBERED];
  int64_t n = 0;
  for (int64_t i = 0; i < stencils; i++) {
    const int64_t at = begins(g, g->base[(row - g->own) * stencils + i]);
    if (at < 0) continue;
    bool known = false;
    for (int64_t k = n - 1; k >= 0 && k >= n - REMEMBERED && !known; k--) known = seen[k % REMEMBERED] == at;
    if (known) continue;
    seen[n % REMEMBERED] = (int32_t)at;
    if (reads) reads[n] = (int32_t)at;
    n++;
  }
  return n;
}

static void read_all(void *context, int thread, int threads) {
  setup *s = context;
  duro_grid *g = s->grid;
  int64_t row, last;
  rows_of_thread(g, &row, &last, thread, threads);
  for (; row < last; row++) {
    int vertex[DURO_GRID_MAX];
    const bool own = grid_row_at(g, row, vertex);
    if (s->count)
      g->read_at[row - g->own + 1] = own ? read_row(g, row, NULL) : 0;
    else if (own)
      read_row(g, row, g->reads + g->read_at[row - g->own]);
  }
}

static duro_status list_reads(setup *s) {
  duro_grid *g = s->grid;
  g->read_at = duro_allocate(sizeof *g->read_at * (size_t)(g->owned + 1));
  if (!g->read_at) return DURO_ERROR_MEMORY;
  s->count = true;
  duro_pool_run(g->pool, read_all, s);
  for (int64_t r = 0; r < g->owned; r++) g->read_at[r + 1] += g->read_at[r];
  g->reads = duro_allocate(sizeof *g->reads * (size_t)g->read_at[g->owned]);
  if (!g->reads) return DURO_ERROR_MEMORY;
  s->count = false;
  duro_pool_run(g->pool, read_all, s);
  return DURO_OK;
}

double grid_h(const duro_grid *g, int64_t row, const int *vertex) {
  double x[DURO_MAX_STATE];
  if (!g->narrow) return grid_get(g, g->h, grid_index(g, row, vertex[g->plan.nd - 1]));
  grid_state_at(g, vertex, x);
  return h_at(g, x);
}

static void take_in(double *range, double v) {
  if (v < range[0]) range[0] = v;
  if (v > range[1]) range[1] = v;
}

/* h of the vertices of a row, and what its ghosts, states beyond the axis, are worth; all of a row beyond the grid is
 * ghosts. Into `range`, if it is given, their bounds alone. False where h is NaN, or has no bounds. */
static bool fill_row(const duro_grid *g, int64_t row, double *x, double ceiling, void *to, double *range) {
  const duro_grid_axis *along = axis_at(g, g->plan.nd - 1);
  double h = 0;
  for (int k = 0; k < g->sweep.stride; k++) {
    int v = k - g->sweep.ghost;
    const bool beyond = g->sweep.whole && (v < 0 || v >= along->n || row >= g->rows);
    if (g->sweep.whole) v += v < 0 ? 1 : v >= along->n ? -1 : 0; // h of the first and the last vertex stands twice
    if (v < along->n || g->sweep.whole) {
      x[along->state] = v == along->n - 1 && !along->periodic ? along->high : along->low + v * spacing(along);
      h = h_at(g, x);
      if (beyond) h = grid_value_beyond(g, NULL, h);
    }
    const double value = h > ceiling ? ceiling : h;
    if (range)
      take_in(range, value);
    else
      grid_set(g, to, row * g->sweep.stride + k, grid_storable(g, value));
    if (isnan(h) || (range && isinf(h))) return false;
  }
  return true;
}

static void fill_h(void *context, int thread, int threads) {
  setup *s = context;
  duro_grid *g = s->grid;
  const int64_t last = g->rows * (thread + 1) / threads;
  for (int64_t row = g->rows * thread / threads; row < last; row++) {
    int vertex[DURO_GRID_MAX];
    double x[DURO_MAX_STATE];
    grid_row_at(g, row, vertex);
    grid_state_at(g, vertex, x);
    if (!fill_row(g, row, x, INFINITY, g->h, s->range ? s->range + 2 * (ptrdiff_t)thread : NULL))
      note_lowest(&s->bad, part_whole_row(g, vertex));
  }
}

static double largest_h(const duro_grid *g) {
  double most = 0;
  for (int64_t row = 0; row < g->rows; row++)
    for (int k = 0; k < g->sweep.n; k++) {
      const double h = fabs(grid_get(g, g->h, grid_index(g, row, k)));
      if (h > most) most = h; // gcc 12 for aarch64 ends with an internal error at the loop with fmax
    }
  return most;
}

static void fill_outskirts(setup *s) {
  duro_grid *g = s->grid;
  for (int64_t row = 0; row < s->out.rows; row++) {
    double x[DURO_MAX_STATE];
    memcpy(x, g->rest, sizeof x);
    int64_t left = row;
    for (int i = g->plan.nd - 2; i >= 0; left /= s->out.n[i], i--) {
      const duro_grid_axis *axis = axis_at(g, i);
      const int v = (int)(left % s->out.n[i]) + s->out.first[i];
      x[axis->state] =
          s->out.whole[i] == 1 ? 0.5 * (axis->low + axis->high) : axis->low + (v - s->out.margin[i]) * spacing(axis);
    }
    fill_row(g, g->rows + row, x, INFINITY, g->value, s->range);
    fill_row(g, g->rows + s->out.rows + row, x, -g->env->spec.h_scale, g->value, s->range);
  }
}

/* values beyond the grid get places of their own, those of open stencils first */
static void fill_far(setup *s) {
  duro_grid *g = s->grid;
  const int64_t pairs = grid_candidates(&g->plan), padded = g->sweep.padded;
  int64_t at = g->rows * g->sweep.stride, far = at + g->open;
  for (int64_t i = 0; i < g->owned * pairs; i++)
    for (int64_t k = 0; k < padded; k++)
      if (g->base[i * padded + k] < 0) {
        float *value = &g->frac[i * g->sweep.m * padded + k];
        if (s->range) {
          take_in(s->range, (double)*value);
          continue;
        }
        int64_t *next = g->base[i * padded + k] == OPEN ? &at : &far;
        g->base[i * padded + k] = (int32_t)*next;
        grid_set(g, g->value, (*next)++, grid_storable(g, (double)*value));
        *value = 0;
      }
}

static duro_status say_bad(const duro_grid *g, int64_t row) {
  int vertex[DURO_GRID_MAX];
  part_whole_row_at(g, row, vertex);
  const duro_grid_axis *along = axis_at(g, g->plan.nd - 1);
  for (int k = 0; k < along->n; k++) {
    double x[DURO_MAX_STATE], x2[DURO_MAX_STATE];
    vertex[g->plan.nd - 1] = k;
    grid_state_at(g, vertex, x);
    for (int input = 0; input < grid_candidates(&g->plan); input++) {
      duro_step out;
      const int u = input / g->plan.na, a = input % g->plan.na;
      grid_step(g, g->worker[0], x2, &out, x, u, a);
      if (sound(&g->env->spec, x2, &out) && isfinite(h_at(g, x))) continue;
      char text[256] = "";
      const char *why = duro_env_trouble(g->env);
      size_t used = 0;
      for (int i = 0; i < g->env->spec.nx && used < sizeof text; i++)
        used += (size_t)duro_format(text + used, sizeof text - used, "%s%.6g", i ? ", " : "", x[i]);
      return duro_fail(
          DURO_ERROR_NOT_FINITE,
          "environment '%s' is not finite at x = (%s), u[0] = %g, a[0] = %g: r = %g, h(x') = %g, x'[0] = %g%s%s",
          g->env->ops->name, text, g->control[u * g->env->spec.nu], g->disturbance[a * g->env->spec.na], out.r, out.h,
          x2[0], why ? "; " : "", why ? why : "");
    }
  }
  return duro_fail(DURO_ERROR_NOT_FINITE, "environment '%s' is not finite on the grid", g->env->ops->name);
}

static bool close_to(double a, double b, double scale) {
  return fabs(a - b) <= 1e-9 * (scale + fabs(a)) || (isnan(a) && isnan(b));
}

static bool fails(const duro_env_spec *spec, const double *x) {
  for (int i = 0; i < spec->nx; i++)
    if (x[i] < spec->x_fail_low[i] || x[i] > spec->x_fail_high[i]) return true;
  return false;
}

/* does the environment do what it says of itself? on random states and inputs */
static duro_status check_facts(const duro_grid *g) {
  const duro_env_spec *spec = &g->env->spec;
  enum { TRIALS = 64 };
  duro_stream stream = duro_stream_at(1, 0, 0);
  for (int trial = 0; trial < TRIALS; trial++) {
    double x[DURO_MAX_STATE], y[DURO_MAX_STATE], x2[DURO_MAX_STATE], y2[DURO_MAX_STATE], by[DURO_MAX_STATE] = {0};
    memcpy(x, g->rest, sizeof x);
    for (int i = 0; i < g->plan.nd; i++) {
      const duro_grid_axis *axis = axis_at(g, i);
      x[axis->state] = axis->low + (axis->high - axis->low) * duro_stream_uniform(&stream);
    }
    const int u = (int)duro_stream_below(&stream, (uint32_t)g->plan.nu);
    const int a = (int)duro_stream_below(&stream, (uint32_t)g->plan.na);
    duro_step out, moved;
    grid_step(g, g->worker[0], x2, &out, x, u, a);
    for (int i = 0; i < g->plan.nd; i++) by[axis_at(g, i)->state] = 0.1 * spacing(axis_at(g, i));
    for (int j = 0; j < spec->nx; j++) {
      if (by[j] == 0.0) continue;
      memcpy(y, x, sizeof y);
      y[j] += by[j];
      grid_step(g, g->worker[0], y2, &moved, y, u, a);
      if (!sound(spec, x2, &out) || !sound(spec, y2, &moved)) continue; // said elsewhere
      const bool shifts = g->plan.row >= 0 && g->plan.axis[g->plan.row].state == j;
      for (int i = 0; i < spec->nx; i++) {
        const bool kept = i == j && shifts ? close_to(y2[i], x2[i] + by[j], by[j])
                          : shifts || (spec->x_needs && !(spec->x_needs[i] >> j & 1))
                              ? close_to(y2[i], x2[i], spec->x_high[i] - spec->x_low[i])
                              : true;
        if (!kept)
          return duro_fail(DURO_ERROR_ARGUMENT,
                           "environment '%s' says that a change of %s does not change %s', but it does",
                           g->env->ops->name, spec->x_names[j], i == j ? "the step of itself" : spec->x_names[i]);
      }
      if (spec->x_fail_low && fails(spec, y2) != (moved.end == DURO_TERMINATED))
        return duro_fail(DURO_ERROR_ARGUMENT, "environment '%s' says otherwise where episodes fail than it does",
                         g->env->ops->name);
      if (spec->h_needs && !(spec->h_needs >> j & 1) && !close_to(h_at(g, y), h_at(g, x), spec->h_scale))
        return duro_fail(DURO_ERROR_ARGUMENT, "environment '%s' says that h does not depend on %s, but it does",
                         g->env->ops->name, spec->x_names[j]);
    }
  }
  return DURO_OK;
}

/* dropped states stay at 0, or in the middle of a region without it */
static void rest_dropped(duro_grid *g) {
  const duro_env_spec *spec = &g->env->spec;
  for (int i = 0; i < spec->nx; i++) {
    const double low = spec->x_low[i], high = spec->x_high[i];
    g->rest[i] = low <= 0.0 && high >= 0.0 ? 0.0 : 0.5 * (low + high);
  }
}

static duro_status allocate_values(duro_grid *g, const outskirts *out, int64_t far) {
  sweep_grid *s = &g->sweep;
  const int64_t reals = s->whole ? 2 * out->rows * s->stride : far + (g->corners + 1) * s->stride + SWEEP_LANES;
  g->far = reals;
  const int64_t all = g->rows * s->stride + reals;
  if (all > INT32_MAX && !s->whole)
    return duro_fail(DURO_ERROR_ARGUMENT, "the grid stores %lld numbers; wanted fewer than 2^31", (long long)all);
  const size_t real = grid_real_size(g);
  g->value = duro_allocate(real * (size_t)(all + 4 * SWEEP_LANES));
  g->h = duro_allocate(real * (size_t)(g->rows * s->stride + 4 * SWEEP_LANES));
  g->pending = duro_allocate(sizeof *g->pending * (size_t)g->owned);
  g->changed_at = duro_allocate(sizeof *g->changed_at * (size_t)(g->rows + g->corners));
  g->updated_at = duro_allocate(sizeof *g->updated_at * (size_t)g->owned);
  g->newest = duro_allocate(sizeof *g->newest * (size_t)g->rows);
  g->work = duro_allocate(sizeof *g->work * (size_t)g->owned);
  g->block = duro_allocate(sizeof(double) * GRID_BLOCK * (size_t)s->padded);
  const bool remembers = s->nu > 1 && s->nu <= SWEEP_CONTROLS;
  if (remembers) {
    g->rival = duro_allocate(grid_rival_size(g) * (size_t)(g->owned * s->padded));
    g->tried = duro_allocate(sizeof *g->tried * (size_t)(g->owned * s->padded / SWEEP_LANES));
  }
  return (!remembers || (g->rival && g->tried)) && g->value && g->h && g->pending && g->changed_at && g->updated_at &&
                 g->newest && g->work && g->block
             ? DURO_OK
             : DURO_ERROR_MEMORY;
}

/* the first row of the whole grid that is not finite, if there is one: all ranks say the same */
static duro_status check_finite(setup *s) {
  const duro_grid *g = s->grid;
  const long long bad = atomic_load(&s->bad), none = INT64_MAX;
  double lowest = bad < none ? -(double)bad : -INFINITY;
  const duro_status status = part_largest(g, &lowest, 1);
  return status || isinf(lowest) ? status : say_bad(g, (int64_t)-lowest);
}

/* steps from every vertex that is worked on here */
static duro_status step_from_all(setup *s) {
  duro_grid *g = s->grid;
  duro_pool_run(g->pool, step_all, s);
  const duro_status lacking = atomic_load(&s->short_of_memory)
                                  ? duro_fail(DURO_ERROR_MEMORY, "out of memory for the steps of a grid")
                                  : DURO_OK;
  const duro_status status = duro_transport_agree(g->part.transport, lacking);
  return status ? status : check_finite(s);
}

/* of a part: finds how far its steps lead, and takes in so much */
static duro_status measure(setup *s) {
  duro_grid *g = s->grid;
  outskirts *out = &s->out;
  const int d = g->part.axis;
  atomic_store(&s->low, g->part.first);
  atomic_store(&s->high, g->part.last - 1);
  atomic_store(&s->out_low, INT_MAX);
  s->measure = true;
  duro_status status = step_from_all(s);
  s->measure = false;
  if (status) return status;
  if (g->sweep.whole && out->whole[d] > 1) {
    const long long low = atomic_load(&s->out_low);
    out->first[d] = low == INT_MAX ? 0 : (int)low;
    out->n[d] = low == INT_MAX ? 2 : (int)(atomic_load(&s->out_high) - low) + 1;
    lay_outskirts(g, out);
  }
  return duro_transport_agree(g->part.transport, part_place(g, atomic_load(&s->low), atomic_load(&s->high)));
}

static duro_status allocate_stencils(duro_grid *g) {
  const sweep_grid *w = &g->sweep;
  const size_t stencils = (size_t)(g->owned * grid_candidates(&g->plan)) * (size_t)(w->whole ? 1 : w->padded);
  g->base = duro_allocate(sizeof *g->base * stencils);
  g->frac = duro_allocate(sizeof *g->frac * stencils * (size_t)(w->whole ? w->m + 1 : w->m));
  if (w->whole) g->shift = duro_allocate(sizeof *g->shift * stencils);
  return g->base && g->frac && (!w->whole || g->shift) ? DURO_OK : DURO_ERROR_MEMORY;
}

/* where the ends of whole rows fail */
static void lay_ends(duro_grid *g) {
  sweep_grid *w = &g->sweep;
  const duro_grid_axis *along = axis_at(g, w->m);
  const double far = 8 * SWEEP_ROW; // no row is shifted so far
  w->fail_low = fmax(-far, (g->env->spec.x_fail_low[along->state] - along->low) / spacing(along));
  w->fail_high = fmin(far, (g->env->spec.x_fail_high[along->state] - along->low) / spacing(along));
  w->failure = -g->env->spec.h_scale;
}

/* what is known once all steps are made: of a part, of all ranks */
static duro_status take_findings(setup *s) {
  duro_grid *g = s->grid;
  sweep_grid *w = &g->sweep;
  double ghosts = (double)atomic_load(&s->ghosts);
  const duro_status status = part_largest(g, &ghosts, 1);
  if (status) return status;
  g->open = atomic_load(&s->open);
  uint32_t crossed[2] = {atomic_load(&s->crossed), atomic_load(&s->crossed_safe)};
  const duro_status told = part_any(g, crossed, 2);
  g->crossed = crossed[0];
  g->crossed_safe = crossed[1];
  if (told) return told;
  if (!w->whole) return DURO_OK;
  w->ghost = (int)ghosts + 1;
  w->stride = (w->n + 2 * w->ghost + SWEEP_LANES - 1) / SWEEP_LANES * SWEEP_LANES;
  if (w->stride <= SWEEP_ROW) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "one step moves %s by up to %d spacings of the grid; wanted fewer vertices",
                   g->env->spec.x_names[axis_at(g, w->m)->state], w->ghost - 1);
}

static void fill_beyond(setup *s) {
  if (s->grid->sweep.whole)
    fill_outskirts(s);
  else
    fill_far(s);
}

/* of two bytes: the lattice, by the bounds of all that is stored */
static duro_status find_range(setup *s) {
  duro_grid *g = s->grid;
  const int threads = duro_pool_threads(g->pool);
  double *range = duro_allocate(sizeof *range * 2 * (size_t)threads), ends[2] = {-INFINITY, -INFINITY};
  duro_status status = duro_transport_agree(g->part.transport, range ? DURO_OK : DURO_ERROR_MEMORY);
  for (int t = 0; t < threads && range; t++) range[2 * t] = INFINITY, range[2 * t + 1] = -INFINITY;
  s->range = range;
  if (!status) duro_pool_run(g->pool, fill_h, s);
  if (!status) status = check_finite(s);
  if (!status) fill_beyond(s);
  for (int t = 0; t < threads && range; t++) {
    ends[0] = fmax(ends[0], -range[2 * t]);
    ends[1] = fmax(ends[1], range[2 * t + 1]);
  }
  s->range = NULL;
  duro_release(range);
  if (!status) status = part_largest(g, ends, 2);
  if (!status && !(ends[0] < INFINITY && ends[1] < INFINITY))
    status = duro_fail(DURO_ERROR_NOT_FINITE, "h of '%s' has no bounds about the grid, which grid.bytes = 2 needs",
                       g->env->ops->name);
  if (!status) grid_choose_quantum(g, -ends[0], ends[1]);
  return status;
}

duro_status grid_setup(duro_grid *g) {
  setup s = {.grid = g};
  const duro_transport *transport = g->part.transport;
  atomic_store(&s.bad, INT64_MAX);
  rest_dropped(g);
  grid_lay_out(g);
  duro_status status = make_candidates(g);
  if (!status) status = check_facts(g);
  if (!status && transport) status = part_divide(g);
  status = duro_transport_agree(transport, status);
  if (status) return status;
  plan_outskirts(g, &s.out);
  sweep_grid *w = &g->sweep;
  w->stride = w->whole ? 0 : (w->n + w->wraps + SWEEP_LANES - 1) / SWEEP_LANES * SWEEP_LANES;
  if (w->whole) lay_ends(g);
  if (transport) status = measure(&s);
  if (status) return status;
  status = duro_transport_agree(transport, allocate_stencils(g));
  if (!status) status = step_from_all(&s);
  if (!status) status = take_findings(&s);
  if (status) return status;
  lay_corners(g, &s.out);
  status = list_reads(&s);
  if (!status) status = allocate_values(g, &s.out, atomic_load(&s.far));
  status = duro_transport_agree(transport, status);
  if (status) return status;
  w->base = g->base;
  w->shift = g->shift;
  w->frac = g->frac;
  if (g->narrow) status = find_range(&s);
  if (status) return status;
  duro_pool_run(g->pool, fill_h, &s);
  status = check_finite(&s);
  if (status) return status;
  g->h_max = largest_h(g);
  status = part_largest(g, &g->h_max, 1);
  fill_beyond(&s);
  return status;
}

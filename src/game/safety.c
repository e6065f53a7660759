/* Sweeps of the safety value: from V = h down to the fixed point, over the rows that can still change. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "game/grid.h"

static const double interval = 0.1; // s, between two reports
#define ALONE 4e6                   // numbers to read: below it a sweep is over before a second thread is there
enum {
  CHECK_EVERY = 16, // sweeps between two residuals of the whole grid
  LOOK_EVERY = 32,  // sweeps before the set is first looked at
  AHEAD = 16,       // times the sweeps made, for which it must be likely to stay
  BLOCKS = 128      // of a sweep
};

/*
 * A sweep works on the rows whose successors changed since they were last worked on, block by block: the rows of a
 * block read V as it was before the block, and the next block reads what they wrote (Gauss-Seidel between blocks,
 * Jacobi within). Blocks do not depend on the number of threads, and therefore neither do the bits.
 */
/* What a check counts, for {V >= 0} and the task's {V >= margin}. */
typedef struct tally {
  int64_t inside[2];
  int64_t leaving[2]; // of those inside: below the level in AHEAD times the sweeps made, at the speed of one more
} tally;

typedef struct sweep_job {
  duro_grid *grid;
  const sweep_kernels *kernels;
  sweep_values values;
  double told;        // readers are told of changes of a row that add up to more
  int order;          // bit i: axis i is swept downwards
  bool check;         // only take the residual, of every row
  int64_t rows;       // to be worked on, by all ranks
  int64_t mine;       // of them here
  int64_t end;        // of the block among those here
  duro_status status; // of what ranks tell each other
  int64_t *found;     // (threads + 1) those of each thread
  double *change;     // (threads) largest
  tally *tally;       // (threads) of a check
} sweep_job;

/* what the numbers of the kernels count */
static double unit(const duro_grid *g) {
  return g->narrow ? g->quantum : 1.0;
}

void grid_values(const duro_grid *g, sweep_values *values) {
  *values = (sweep_values){.value = g->value,
                           .h = g->h,
                           .discount = g->settings.discount,
                           .rival = g->rival,
                           .tried = g->tried,
                           .tie = grid_tie(g) / unit(g)};
}

const sweep_kernels *grid_kernels(const duro_grid *g) {
  const sweep_kernels *kernels = NULL;
  const sweep_width width = g->narrow ? SWEEP_NARROW : g->wide ? SWEEP_DOUBLE : SWEEP_FLOAT;
  sweep_kernels_select(&kernels, g->settings.simd, width); // checked when the grid was created
  return kernels;
}

size_t grid_real_size(const duro_grid *g) {
  return g->narrow ? sizeof(int16_t) : g->wide ? sizeof(double) : sizeof(float);
}

size_t grid_rival_size(const duro_grid *g) {
  return g->narrow ? sizeof(int16_t) : sizeof(float);
}

static size_t tried_size(const duro_grid *g) {
  return sizeof *g->tried * (size_t)(g->owned * g->sweep.padded / SWEEP_LANES);
}

static char *row_of(const duro_grid *g, int64_t row) {
  return (char *)g->value + (size_t)(row * g->sweep.stride + g->sweep.ghost) * grid_real_size(g);
}

static void meet(const duro_grid *g, int threads) {
  if (threads > 1) duro_pool_barrier(g->pool);
}

static void share_rows(const duro_grid *g, int64_t *first, int64_t *last, int thread, int threads) {
  *first = g->rows * thread / threads;
  *last = g->rows * (thread + 1) / threads;
}

/* the newest change among the corners of every stencil */
static void find_newest(duro_grid *g, int thread, int threads) {
  int64_t row, last, corner[SWEEP_CORNERS];
  const int axes = g->plan.nd - 1;
  for (int c = 0; c < 1 << axes; c++) {
    corner[c] = 0;
    for (int i = 0; i < axes; i++)
      if (c >> i & 1) corner[c] += g->pitch[i];
  }
  for (share_rows(g, &row, &last, thread, threads); row < last; row++) {
    int64_t newest = INT64_MIN;
    for (int c = 0; c < 1 << axes; c++) {
      const int64_t at = g->changed_at[row + corner[c]];
      newest = at > newest ? at : newest;
    }
    g->newest[row] = newest;
  }
}

/* has anything changed that the row reads? */
static bool is_stale(const duro_grid *g, int64_t row) {
  const int64_t at = row - g->own, since = g->updated_at[at];
  if (since < 0) return true; // never worked on
  for (int64_t i = g->read_at[at]; i < g->read_at[at + 1]; i++)
    if (g->newest[g->reads[i]] >= since) return true;
  return false;
}

/* row at a place of the order of this sweep; -1 for a copy of the first plane of a periodic axis; on a part the places
 * are those of the planes that are worked on here */
static int64_t row_at(const duro_grid *g, int64_t place, int order) {
  int64_t row = g->own;
  for (int i = g->plan.nd - 2; i >= 0; i--) {
    const bool divided = g->part.transport && i == g->part.axis;
    const int planes = divided ? g->part.last - g->part.first : g->planes[i];
    const int n = divided ? planes : g->plan.axis[g->axis[i]].n;
    int k = (int)(place % planes);
    place /= planes;
    if (k >= n) return -1;
    if (order >> i & 1) k = n - 1 - k;
    row += k * g->pitch[i];
  }
  return row;
}

/* a thread's share of the places where rows are listed; on a part, of whole groups */
static void share_places(const duro_grid *g, int64_t *first, int64_t *last, int thread, int threads) {
  const int64_t size = g->part.transport ? g->part.group_size : 1, groups = g->owned / size;
  *first = groups * thread / threads * size;
  *last = groups * (thread + 1) / threads * size;
}

/* lists the rows to be worked on, in order; twice the same scan: the first counts, the second writes */
static void list_work(sweep_job *job, int thread, int threads) {
  duro_grid *g = job->grid;
  find_newest(g, thread, threads);
  meet(g, threads);
  int64_t first, last, count = 0;
  share_places(g, &first, &last, thread, threads);
  int32_t *kept = g->work + first; // at most as many as there are places
  for (int64_t place = first; place < last; place++) {
    if (g->part.found && place % g->part.group_size == 0) g->part.found[place / g->part.group_size] = 0;
    const int64_t row = row_at(g, place, job->order);
    if (row < 0 || !(job->check || is_stale(g, row))) continue;
    kept[count++] = (int32_t)row;
    if (g->part.found) g->part.found[place / g->part.group_size]++;
  }
  job->found[thread] = count;
  meet(g, threads);
  if (thread > 0) return;
  job->mine = job->found[0];
  for (int t = 1; t < threads; t++) { // close the gaps
    int64_t from, end;
    share_places(g, &from, &end, t, threads);
    memmove(g->work + job->mine, g->work + from, sizeof *g->work * (size_t)job->found[t]);
    job->mine += job->found[t];
  }
  job->rows = job->mine;
  if (g->part.transport && !job->check) job->status = part_begin_cut(g, job->order >> g->part.axis & 1, &job->rows);
}

void grid_commit(duro_grid *g, int64_t row, const void *values, int64_t time, bool told) {
  const size_t bytes = (size_t)g->sweep.n * grid_real_size(g);
  int64_t copies[1 << DURO_GRID_MAX];
  int count = 1;
  copies[0] = row;
  for (int i = 0; i < g->plan.nd - 1; i++) {
    const duro_grid_axis *axis = &g->plan.axis[g->axis[i]];
    if (!axis->periodic || row / g->pitch[i] % g->planes[i] + axis->n >= g->planes[i]) continue;
    for (int c = count - 1; c >= 0; c--) copies[count++] = copies[c] + axis->n * g->pitch[i];
  }
  for (int c = 0; c < count; c++) {
    char *to = row_of(g, copies[c]);
    memcpy(to, values, bytes);
    if (g->sweep.wraps) memcpy(to + bytes, values, grid_real_size(g));
    if (told) g->changed_at[copies[c]] = time;
  }
}

/* asks for what a row's update reads of its own */
static void ask_for(const duro_grid *g, int64_t row) {
  const size_t line = 64, real = grid_real_size(g), inputs = (size_t)grid_candidates(&g->plan);
  const size_t padded = (size_t)g->sweep.padded, of_row = (size_t)(row - g->own);
  const char *h = (const char *)g->h + (size_t)grid_index(g, row, 0) * real, *value = row_of(g, row);
  for (size_t at = 0; at < padded * real; at += line) {
    __builtin_prefetch(h + at);
    __builtin_prefetch(value + at);
  }
  const size_t rivals = padded * grid_rival_size(g);
  for (size_t at = 0; g->rival && at < rivals; at += line)
    __builtin_prefetch((const char *)g->rival + of_row * rivals + at);
  if (!g->sweep.whole) return;
  for (size_t at = 0; at < inputs * sizeof *g->base; at += line) {
    __builtin_prefetch((const char *)(g->base + of_row * inputs) + at);
    __builtin_prefetch((const char *)(g->shift + of_row * inputs) + at);
  }
  const size_t fracs = inputs * (size_t)(g->sweep.m + 1);
  for (size_t at = 0; at < fracs * sizeof *g->frac; at += line)
    __builtin_prefetch((const char *)(g->frac + of_row * fracs) + at);
}

static double level_of(const duro_grid *g, int which) {
  return which ? g->settings.margin * g->env->spec.h_scale : 0.0;
}

/* adds a row to a tally; `fresh` is its T V */
static void count_row(const sweep_job *job, int64_t row, const void *fresh, tally *t) {
  const duro_grid *g = job->grid;
  const double ahead = AHEAD * (double)g->progress[DURO_GRID_SAFETY].sweeps;
  const double level[2] = {level_of(g, 0), level_of(g, 1)};
  for (int k = 0; k < g->sweep.n; k++) {
    const double now = grid_get(g, g->value, grid_index(g, row, k)), fall = now - grid_get(g, fresh, k);
    for (int i = 0; i < 2; i++) {
      t->inside[i] += now >= level[i];
      t->leaving[i] += now >= level[i] && now - ahead * fall < level[i];
    }
  }
}

/* one block: new values first, and when all are there they replace the old */
static void work_block(sweep_job *job, int64_t first, int64_t count, int64_t time, int thread, int threads) {
  duro_grid *g = job->grid;
  const size_t bytes = (size_t)g->sweep.padded * grid_real_size(g);
  for (int64_t i = thread; i < count; i += threads) {
    const int64_t row = g->work[first + i];
    if (i + 2 * threads < count) ask_for(g, g->work[first + i + 2 * threads]);
    const double change =
        unit(g) * job->kernels->update(&g->sweep, &job->values, row, (char *)g->block + (size_t)i * bytes,
                                       g->scratch + (size_t)thread * SWEEP_SCRATCH);
    if (change > job->change[thread]) job->change[thread] = change;
    if (job->check)
      count_row(job, row, (char *)g->block + (size_t)i * bytes, &job->tally[thread]);
    else
      g->pending[row - g->own] += (float)change;
  }
  meet(g, threads);
  if (job->check) return;
  for (int64_t i = thread; i < count; i += threads) {
    const int64_t row = g->work[first + i];
    const bool told = (double)g->pending[row - g->own] > job->told;
    grid_commit(g, row, (char *)g->block + (size_t)i * bytes, time, told);
    if (told) g->pending[row - g->own] = 0;
    g->updated_at[row - g->own] = time;
  }
  meet(g, threads);
  if (!g->part.transport) return;
  if (thread == 0) job->status = part_exchange(g, g->work + first, count, time);
  meet(g, threads);
}

/* where the block that ends with row `end` of all ranks ends among the rows here */
static void end_block(sweep_job *job, int64_t end, int thread, int threads) {
  duro_grid *g = job->grid;
  const bool alone = !g->part.transport || job->check;
  if (thread == 0 && alone) job->end = end < job->mine ? end : job->mine;
  if (thread == 0 && !alone) job->status = part_cut(g, end, &job->end);
  meet(g, threads);
}

static void sweep_all(void *context, int thread, int threads) {
  sweep_job *job = context;
  duro_grid *g = job->grid;
  job->change[thread] = 0;
  list_work(job, thread, threads);
  meet(g, threads);
  int64_t size = (job->rows + BLOCKS - 1) / BLOCKS;
  size = size < 64 ? 64 : size > GRID_BLOCK ? GRID_BLOCK : size;
  int64_t time = g->time;
  int64_t from = 0;
  for (int64_t first = 0; first < job->rows && !job->status; first += size) {
    end_block(job, first + size, thread, threads);
    if (job->status) break;
    const int64_t end = job->end;
    work_block(job, from, end - from, ++time, thread, threads);
    from = end;
  }
  meet(g, threads);
  if (thread == 0) g->time = time;
}

/* one sweep, or a check; returns the largest change */
static double run_sweep(sweep_job *job) {
  duro_grid *g = job->grid;
  const double work =
      (double)(job->check ? g->owned : job->mine) * g->sweep.n * grid_candidates(&g->plan) * (1 << g->sweep.m);
  const bool alone = work < ALONE;
  const int threads = alone ? 1 : duro_pace_begin(&g->pace, g->pool);
  duro_pool_run_some(g->pool, threads, sweep_all, job);
  if (!alone) duro_pace_end(&g->pace, g->pool, (double)(job->check ? g->owned : job->mine));
  double change = 0;
  for (int t = 0; t < threads; t++) change = fmax(change, job->change[t]);
  return change;
}

/* V = h, every row to be worked on */
void grid_restart(duro_grid *g) {
  memcpy(g->value, g->h, (size_t)(g->rows * g->sweep.stride) * grid_real_size(g));
  memset(g->pending, 0, sizeof *g->pending * (size_t)g->owned);
  memset(g->changed_at, 0, sizeof *g->changed_at * (size_t)(g->rows + g->corners));
  memset(g->updated_at, -1, sizeof *g->updated_at * (size_t)g->owned);
  if (g->tried) memset(g->tried, 0, tried_size(g));
  if (g->sweep.wraps)
    for (int64_t row = 0; row < g->rows; row++)
      grid_set(g, g->value, grid_index(g, row, g->sweep.n), grid_get(g, g->value, grid_index(g, row, 0)));
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
  duro_status status = widen(&g->value, cells + (size_t)g->far + 4 * SWEEP_LANES);
  if (!status) status = widen(&g->h, cells + 4 * SWEEP_LANES);
  g->wide = !status;
  memset(g->updated_at, -1, sizeof *g->updated_at * (size_t)g->owned);
  if (g->tried) memset(g->tried, 0, tried_size(g)); // V may rise by what it was rounded
  return status;
}

/* rounding of one update: the products of a stencil, its weights, and the discount */
static double rounding(const duro_grid *g) {
  return ((1 << g->sweep.m) + 8) * g->h_max * (g->wide || g->narrow ? 0x1p-53 : 0x1p-24);
}

static double share_done(double begin, double now, double end) {
  if (!(begin > 0.0) || !(now > 0.0) || !(end > 0.0) || begin <= end) return NAN;
  const double share = log(begin / now) / log(begin / end);
  return share < 0 ? 0 : share > 1 ? 1 : share;
}

double duro_grid_volume(const duro_grid *g, double level) {
  int64_t inside = 0;
  for (int64_t row = g->own; row < g->own + g->owned; row++) {
    int vertex[DURO_GRID_MAX];
    if (!grid_row_at(g, row, vertex)) continue;
    for (int k = 0; k < g->sweep.n; k++) inside += grid_get(g, g->value, grid_index(g, row, k)) >= level;
  }
  return part_sum(g, &inside, 1) ? NAN : (double)inside / (double)g->plan.cells;
}

/* after a sweep of several ranks: its largest change; and is it time to report? Clocks differ: rank 0 says so */
static duro_status meet_ranks(duro_grid *g, double *change, double shown, bool *due) {
  const duro_transport *t = g->part.transport;
  if (!t) return DURO_OK;
  double said[2] = {*change, t->rank == 0 && duro_clock() - shown >= interval};
  const duro_status status = part_largest(g, said, 2);
  *change = said[0];
  *due = said[1] > 0;
  return status;
}

/* the state after a sweep, for whoever watches */
static duro_status tell(duro_grid *g, duro_grid_report report, void *context, double begun, double *shown, bool due) {
  duro_grid_progress *p = &g->progress[DURO_GRID_SAFETY];
  const double now = duro_clock();
  p->seconds = now - begun;
  if (g->part.transport ? !p->done && !due : !report || (!p->done && now - *shown < interval)) return DURO_OK;
  *shown = now;
  p->volume = duro_grid_volume(g, 0.0);
  return duro_transport_agree(g->part.transport, report ? report(p, context) : DURO_OK);
}

/* the residual of every row, and what it counts */
static tally look(sweep_job *job) {
  duro_grid *g = job->grid;
  tally all = {0};
  for (int t = 0; t < duro_pool_threads(g->pool); t++) job->tally[t] = all;
  job->check = job->values.all = true;
  double residual = run_sweep(job);
  job->check = job->values.all = false;
  if (!job->status) job->status = part_largest(g, &residual, 1);
  g->progress[DURO_GRID_SAFETY].residual = residual;
  g->progress[DURO_GRID_SAFETY].work += 1;
  for (int t = 0; t < duro_pool_threads(g->pool); t++)
    for (int i = 0; i < 2; i++) {
      all.inside[i] += job->tally[t].inside[i];
      all.leaving[i] += job->tally[t].leaving[i];
    }
  int64_t counts[4] = {all.inside[0], all.inside[1], all.leaving[0], all.leaving[1]};
  if (!job->status) job->status = part_sum(g, counts, 4);
  memcpy(all.inside, counts, sizeof all.inside);
  memcpy(all.leaving, counts + 2, sizeof all.leaving);
  return all;
}

/* remembers whether one of the sets has changed since the last look; they only shrink, so that counting tells */
static void note_look(duro_grid *g, const tally *seen) {
  grid_look *l = &g->look;
  const int64_t sweeps = g->progress[DURO_GRID_SAFETY].sweeps;
  if (memcmp(l->inside, seen->inside, sizeof l->inside) != 0) l->moved = sweeps;
  memcpy(l->inside, seen->inside, sizeof l->inside);
  l->next = sweeps + sweeps / 4 + LOOK_EVERY;
}

/* Has the set come to rest, as far as that can be seen? It stood still in the second half of all sweeps, for no less
 * than an episode, and no vertex would leave in AHEAD times as many at its present speed: a step may be that much
 * smaller than a cell. No proof: what moves by steps that grow is not seen. */
static bool is_settled(sweep_job *job, double noise) {
  duro_grid *g = job->grid;
  duro_grid_progress *p = &g->progress[DURO_GRID_SAFETY];
  if (g->settings.discount < 1.0 || !g->settings.settled || p->sweeps < g->look.next) return false;
  const tally seen = look(job);
  p->residual += noise;
  note_look(g, &seen);
  const int64_t still = p->sweeps - g->look.moved, horizon = g->env->spec.horizon;
  p->settled = 2 * still >= p->sweeps && still >= (horizon > LOOK_EVERY ? horizon : LOOK_EVERY) &&
               seen.leaving[0] + seen.leaving[1] == 0;
  return p->settled;
}

/* at what residual, before roundings are added, the sweeps may end: of two bytes when nothing changes any more */
static double residual_to_stop(const duro_grid *g, double stop) {
  return g->narrow ? g->quantum * (1 + 0x1p-20) : stop;
}

/* at what change of a sweep its residual is worth a look */
static double change_to_stop(const duro_grid *g, double noise) {
  const duro_grid_settings *set = &g->settings;
  const double goal = set->discount < 1.0 ? set->error * (1.0 - set->discount) : set->change;
  if (g->narrow) return 0.5 * g->quantum;
  return !g->wide && g->plan.wide ? fmax(goal, 4 * noise) : fmax(goal - noise, 0.25 * goal);
}

/* A state that goes on was done by the rules of its time, which may be others now. */
static void doubt_end(duro_grid *g) {
  const duro_grid_settings *set = &g->settings;
  duro_grid_progress *p = &g->progress[DURO_GRID_SAFETY];
  const double noise = rounding(g), most = residual_to_stop(g, change_to_stop(g, noise)) + noise;
  const bool rests = p->settled && set->settled && set->discount >= 1.0;
  p->done = p->done && (rests || p->sweeps >= set->sweeps || (p->residual <= most && g->wide == g->plan.wide));
  p->settled = p->settled && p->done;
}

/* the residual of every row; true when it allows to stop at this precision */
static bool check(sweep_job *job, double stop, double noise) {
  duro_grid *g = job->grid;
  duro_grid_progress *p = &g->progress[DURO_GRID_SAFETY];
  const bool idle = job->rows == 0; // of the sweep before; the look lists every row
  const tally seen = look(job);
  note_look(g, &seen);
  g->next_check = p->sweeps + CHECK_EVERY;
  const bool met = p->residual <= residual_to_stop(g, stop);
  p->residual += noise;
  p->bound = grid_bound(g, p->residual);
  // rows were told of less than a coarser stop asked for: a state may go on with a finer one
  if (!met && idle) memset(g->updated_at, -1, sizeof *g->updated_at * (size_t)g->owned);
  return met;
}

static duro_status sweep_down(sweep_job *job, duro_grid_report report, void *context) {
  duro_grid *g = job->grid;
  duro_grid_progress *p = &g->progress[DURO_GRID_SAFETY];
  const double begun = duro_clock() - p->seconds;
  double shown = 0, first_change = 0;
  doubt_end(g);
  while (!p->done) {
    job->kernels = grid_kernels(g);
    grid_values(g, &job->values);
    const double noise = rounding(g), stop = change_to_stop(g, noise);
    job->told = 0.5 * stop;
    job->order = (int)(p->sweeps % (1 << (g->plan.nd - 1)));
    bool due = false;
    p->change = run_sweep(job);
    if (!job->status) job->status = meet_ranks(g, &p->change, shown, &due);
    if (job->status) return job->status;
    first_change = fmax(first_change, p->change);
    p->changed = (double)job->rows * g->sweep.n / (double)g->plan.cells;
    p->work += p->changed;
    p->sweeps++;
    p->share = share_done(first_change, p->change, fmax(stop, 1e-9 * g->h_max));
    const bool last = p->sweeps >= g->settings.sweeps;
    if (last || job->rows == 0 || (p->change <= stop && p->sweeps >= g->next_check)) {
      const bool met = check(job, stop, noise);
      p->done = (met && g->wide == g->plan.wide) || last;
      const duro_status status = met && !p->done ? duro_transport_agree(g->part.transport, grid_widen(g)) : DURO_OK;
      if (status) return status;
    } else if (is_settled(job, noise)) {
      p->done = true;
    }
    if (job->status) return job->status;
    const duro_status status = tell(g, report, context, begun, &shown, due);
    if (status) return status;
  }
  p->volume = duro_grid_volume(g, 0.0);
  return DURO_OK;
}

duro_status duro_grid_solve_safety(duro_grid *g, duro_grid_report report, void *context) {
  if (duro_grid_is_continuous(&g->settings)) return hj_solve(g, report, context);
  const size_t threads = (size_t)duro_pool_threads(g->pool);
  sweep_job job = {.grid = g,
                   .mine = g->owned,
                   .found = duro_allocate(sizeof *job.found * threads),
                   .change = duro_allocate(sizeof *job.change * threads),
                   .tally = duro_allocate(sizeof *job.tally * threads)};
  duro_status status =
      duro_transport_agree(g->part.transport, job.found && job.change && job.tally ? DURO_OK : DURO_ERROR_MEMORY);
  if (!status) status = sweep_down(&job, report, context);
  duro_release(job.found);
  duro_release(job.change);
  duro_release(job.tally);
  return status;
}

/*
 * A part of a grid: the planes of one axis that a rank of a job works on, and those beside them that its steps reach.
 *
 * The bits are those of the whole grid, whose sweeps work block by block (safety.c): a block of the whole grid's rows
 * is done by all ranks together, each its own of them, and before the next block begins each has what the others wrote.
 * So the divided axis is the one that turns fastest in the order of a sweep: then a block has rows of every rank. Which
 * rows are a block follows from how many rows before them are worked on, in the order of the whole grid; the ranks tell
 * each other these numbers.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/grid.h"

enum { PORTION = 1 << 20 }; // bytes that are collected at a time

static const duro_grid_axis *axis_at(const duro_grid *g, int i) {
  return &g->plan.axis[g->axis[i]];
}

/* planes of the whole grid along an axis of storage */
static int whole_planes(const duro_grid *g, int i) {
  return axis_at(g, i)->n + axis_at(g, i)->periodic;
}

/* ---- what ranks say to each other ---- */

duro_status part_largest(const duro_grid *g, double *numbers, int n) {
  const duro_transport *t = g->part.transport;
  if (!t) return DURO_OK;
  double *all = g->part.box;
  const duro_status status = t->share(t->context, all, numbers, sizeof *numbers * (size_t)n);
  for (int i = 0; i < t->count * n && !status; i++) numbers[i % n] = fmax(numbers[i % n], all[i]);
  return status;
}

duro_status part_sum(const duro_grid *g, int64_t *numbers, int n) {
  const duro_transport *t = g->part.transport;
  if (!t) return DURO_OK;
  int64_t *all = g->part.box;
  const duro_status status = t->share(t->context, all, numbers, sizeof *numbers * (size_t)n);
  for (int i = 0; i < n && !status; i++) numbers[i] = 0;
  for (int i = 0; i < t->count * n && !status; i++) numbers[i % n] += all[i];
  return status;
}

duro_status part_any(const duro_grid *g, uint32_t *bits, int n) {
  const duro_transport *t = g->part.transport;
  if (!t) return DURO_OK;
  const uint32_t *all = g->part.box;
  const duro_status status = t->share(t->context, g->part.box, bits, sizeof *bits * (size_t)n);
  for (int i = 0; i < t->count * n && !status; i++) bits[i % n] |= all[i];
  return status;
}

/* ---- which planes ---- */

/* rows in the order in which a part holds them: by planes of its axis, each as the whole grid has it */
static void lay_rows(duro_grid *g, int planes) {
  const int d = g->part.axis;
  int64_t step = 1;
  g->planes[d] = planes;
  for (int i = g->plan.nd - 2; i >= 0; i--) {
    if (i == d) continue;
    g->pitch[i] = step;
    step *= g->planes[i];
  }
  g->pitch[d] = step;
  g->rows = step * planes;
  g->corners = 0;
  for (int i = 0; i < g->plan.nd - 1; i++) g->corners += g->pitch[i];
  g->own = part_plane(g, d, g->part.first) * step;
  g->owned = (g->part.last - g->part.first) * step;
  g->sweep.first = g->own;
  g->sweep.edge = g->rows;
}

int part_plane(const duro_grid *g, int axis, int plane) {
  const grid_part *p = &g->part;
  if (!p->transport || axis != p->axis) return plane;
  const int n = axis_at(g, axis)->n, here = plane - p->start;
  return axis_at(g, axis)->periodic ? (here + n) % n : here;
}

static duro_status allocate_cut(grid_part *p, const duro_grid *g) {
  p->groups = 1;
  for (int i = 0; i < p->axis; i++) p->groups *= g->planes[i];
  p->group_size = g->owned / p->groups;
  p->found = duro_allocate(sizeof *p->found * (size_t)p->groups);
  p->chunk = duro_allocate(sizeof *p->chunk * PART_CHUNK * (size_t)p->transport->count);
  return p->found && p->chunk ? DURO_OK : DURO_ERROR_MEMORY;
}

duro_status part_divide(duro_grid *g) {
  grid_part *p = &g->part;
  const int ranks = p->transport->count, rank = p->transport->rank;
  int most = 0;
  p->axis = -1;
  for (int i = 0; i < g->plan.nd - 1; i++) {
    const int n = axis_at(g, i)->n;
    if (n >= ranks) p->axis = i; // the last such
    most = n > most ? n : most;
  }
  if (p->axis < 0)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "there are %d ranks, and no axis of this grid has more than %d planes to divide", ranks, most);
  const int64_t n = axis_at(g, p->axis)->n;
  p->first = (int)(n * rank / ranks);
  p->last = (int)(n * (rank + 1) / ranks);
  p->start = p->first;
  p->rows = g->rows;
  lay_rows(g, p->last - p->first);
  p->owner = duro_allocate(sizeof *p->owner * (size_t)n);
  p->box = duro_allocate(sizeof(double) * PART_NUMBERS * (size_t)ranks);
  if (!p->owner || !p->box) return DURO_ERROR_MEMORY;
  for (int r = 0; r < ranks; r++)
    for (int64_t k = n * r / ranks; k < n * (r + 1) / ranks; k++) p->owner[k] = (int16_t)r;
  return allocate_cut(p, g);
}

/* What a rank tells of itself. */
typedef struct extent {
  int32_t first, last, start, planes;
} extent;

static bool holds(const duro_grid *g, const extent *e, int plane) {
  const duro_grid_axis *axis = axis_at(g, g->part.axis);
  const int at = plane - e->start;
  return axis->periodic ? (at + axis->n) % axis->n < e->planes : at >= 0 && at < e->planes;
}

/* one record of a message: which row it is, and its numbers */
static size_t record_size(const duro_grid *g) {
  return sizeof(int64_t) + grid_real_size(g) * (size_t)g->sweep.n;
}

static duro_status meet_peer(duro_grid *g, const extent *mine, const extent *other, int rank) {
  grid_part *p = &g->part;
  grid_peer *peer = &p->peer[p->peers];
  const size_t room = (sizeof(int64_t) + sizeof(double) * (size_t)g->sweep.n) * GRID_BLOCK;
  *peer = (grid_peer){.rank = rank};
  for (int k = other->first; k < other->last; k++) peer->gives |= holds(g, mine, k);
  for (int k = mine->first; k < mine->last; k++) peer->takes |= holds(g, other, k);
  if (!peer->gives && !peer->takes) return DURO_OK;
  p->peers++;
  peer->wants = duro_allocate(sizeof *peer->wants * (size_t)(mine->last - mine->first));
  if (peer->takes) peer->out = duro_allocate(room);
  if (peer->gives) peer->in = duro_allocate(room);
  if (!peer->wants || (peer->takes && !peer->out) || (peer->gives && !peer->in)) return DURO_ERROR_MEMORY;
  for (int k = mine->first; k < mine->last; k++) peer->wants[k - mine->first] = holds(g, other, k);
  return DURO_OK;
}

duro_status part_place(duro_grid *g, int64_t low, int64_t high) {
  grid_part *p = &g->part;
  const duro_transport *t = p->transport;
  const duro_grid_axis *axis = axis_at(g, p->axis);
  int64_t planes = high - low + 1;
  p->start = (int)low;
  if (axis->periodic && planes > axis->n) { // all of it, and the first once more
    p->start = p->first;
    planes = axis->n + 1;
  }
  if (axis->periodic) p->start = (p->start % axis->n + axis->n) % axis->n;
  lay_rows(g, (int)planes);
  const extent mine = {p->first, p->last, p->start, (int32_t)planes};
  extent *all = duro_allocate(sizeof *all * (size_t)t->count);
  p->peer = duro_allocate(sizeof *p->peer * (size_t)t->count);
  duro_status status = duro_transport_agree(t, all && p->peer ? DURO_OK : DURO_ERROR_MEMORY);
  if (!status) status = t->share(t->context, all, &mine, sizeof mine);
  for (int r = 0; r < t->count && !status; r++)
    if (r != t->rank) status = meet_peer(g, &mine, &all[r], r);
  duro_release(all);
  return status;
}

void part_release(grid_part *p) {
  for (int i = 0; i < p->peers; i++) {
    duro_release(p->peer[i].wants);
    duro_release(p->peer[i].out);
    duro_release(p->peer[i].in);
  }
  void *const owned[] = {p->owner, p->peer, p->box, p->found, p->chunk};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) duro_release(owned[i]);
  *p = (grid_part){0};
}

/* ---- a sweep ---- */

static duro_status next_chunk(grid_part *p) {
  const duro_transport *t = p->transport;
  p->chunk_first += p->chunk_count;
  p->chunk_count = p->groups - p->chunk_first < PART_CHUNK ? p->groups - p->chunk_first : PART_CHUNK;
  return t->share(t->context, p->chunk, p->found + p->chunk_first, sizeof *p->chunk * (size_t)p->chunk_count);
}

duro_status part_begin_cut(duro_grid *g, bool backwards, int64_t *rows) {
  grid_part *p = &g->part;
  p->chunk_first = p->chunk_count = p->group = p->before = p->mine = 0;
  p->backwards = backwards;
  if (p->groups > PART_CHUNK) return part_sum(g, rows, 1);
  const duro_status status = next_chunk(p); // says as well how many there are
  *rows = 0;
  for (int64_t i = 0; i < p->groups * p->transport->count && !status; i++) *rows += p->chunk[i];
  return status;
}

duro_status part_cut(duro_grid *g, int64_t end, int64_t *mine) {
  grid_part *p = &g->part;
  const int ranks = p->transport->count, rank = p->transport->rank;
  for (*mine = p->mine; p->group < p->groups; p->group++) {
    if (p->group == p->chunk_first + p->chunk_count) {
      const duro_status status = next_chunk(p);
      if (status) return status;
    }
    int64_t all = 0, ahead = 0; // of the group; of ranks that come first in it
    for (int r = 0; r < ranks; r++) {
      const int32_t count = p->chunk[r * p->chunk_count + p->group - p->chunk_first];
      all += count;
      ahead += p->backwards ? (r > rank) * count : (r < rank) * count;
    }
    const int64_t here = p->found[p->group];
    if (p->before + all > end) {
      const int64_t some = end - p->before - ahead;
      *mine += some < 0 ? 0 : some < here ? some : here;
      return DURO_OK;
    }
    p->before += all;
    p->mine += here;
    *mine = p->mine;
  }
  return DURO_OK;
}

/* adds a row to the messages of those who hold it */
static void pack(duro_grid *g, int64_t row, bool told) {
  const grid_part *p = &g->part;
  const int64_t plane = (row - g->own) / g->pitch[p->axis], rest = row % g->pitch[p->axis];
  const int64_t name = ((plane + p->first) * g->pitch[p->axis] + rest) * 2 + told;
  const size_t real = grid_real_size(g);
  for (int i = 0; i < p->peers; i++) {
    grid_peer *peer = &p->peer[i];
    if (!peer->wants[plane]) continue;
    memcpy(peer->out + peer->used, &name, sizeof name);
    memcpy(peer->out + peer->used + sizeof name, (const char *)g->value + (size_t)grid_index(g, row, 0) * real,
           real * (size_t)g->sweep.n);
    peer->used += record_size(g);
  }
}

static void unpack(duro_grid *g, const char *in, size_t bytes, int64_t time) {
  const int d = g->part.axis;
  for (size_t at = 0; at + record_size(g) <= bytes; at += record_size(g)) {
    int64_t name;
    memcpy(&name, in + at, sizeof name);
    const int64_t row = name / 2, plane = part_plane(g, d, (int)(row / g->pitch[d]));
    grid_commit(g, plane * g->pitch[d] + row % g->pitch[d], in + at + sizeof name, time, name & 1);
  }
}

duro_status part_exchange(duro_grid *g, const int32_t *rows, int64_t count, int64_t time) {
  grid_part *p = &g->part;
  duro_parcel out[DURO_RANKS], in[DURO_RANKS];
  const size_t room = record_size(g) * GRID_BLOCK;
  int n_out = 0, n_in = 0;
  for (int i = 0; i < p->peers; i++) p->peer[i].used = 0;
  for (int64_t i = 0; i < count && p->peers; i++) pack(g, rows[i], g->changed_at[rows[i]] == time);
  for (int i = 0; i < p->peers; i++) {
    const grid_peer *peer = &p->peer[i];
    if (peer->takes) out[n_out++] = (duro_parcel){peer->rank, peer->out, peer->used};
    p->sent += (int64_t)peer->used;
    if (peer->gives) in[n_in++] = (duro_parcel){peer->rank, peer->in, room};
  }
  if (!p->peers) return DURO_OK;
  const duro_status status = p->transport->swap(p->transport->context, out, n_out, in, n_in);
  for (int i = 0; i < n_in && !status; i++) unpack(g, in[i].data, in[i].bytes, time);
  return status;
}

int64_t duro_grid_sent(const duro_grid *g) {
  return g->part.sent;
}

/* ---- the whole grid ---- */

/* where a row of the whole grid lies along the axes of storage, copies of the first plane last */
static void whole_places(const duro_grid *g, int64_t row, int *place) {
  for (int i = g->plan.nd - 2; i >= 0; i--) {
    place[i] = (int)(row % whole_planes(g, i));
    row /= whole_planes(g, i);
  }
}

int64_t part_whole_row(const duro_grid *g, const int *vertex) {
  int64_t row = 0;
  for (int i = 0; i < g->plan.nd - 1; i++) row = row * whole_planes(g, i) + vertex[i];
  return row;
}

bool part_whole_row_at(const duro_grid *g, int64_t row, int *vertex) {
  bool first = true;
  whole_places(g, row, vertex);
  for (int i = 0; i < g->plan.nd - 1; i++) first = first && vertex[i] < axis_at(g, i)->n;
  vertex[g->plan.nd - 1] = 0;
  return first;
}

int64_t part_portion(size_t bytes) {
  return bytes < PORTION ? (int64_t)(PORTION / bytes) : 1;
}

/* the rank that has a row, -1 where it is only filled; *at: where in its array */
static int who_has(const duro_grid *g, const part_array *array, int64_t row, int64_t *at) {
  const grid_part *p = &g->part;
  int place[DURO_GRID_MAX];
  whole_places(g, row, place);
  if (place[p->axis] == axis_at(g, p->axis)->n) {
    if (!array->copies) return -1;
    place[p->axis] = 0;
  }
  *at = -p->first * g->pitch[p->axis];
  for (int i = 0; i < g->plan.nd - 1; i++) *at += place[i] * g->pitch[i];
  return p->owner[place[p->axis]];
}

/* Adds up how many of the rows each rank has; copies what is here to where it is wanted: into `out` of rank 0, or one
 * after the other. */
static void take_rows(const duro_grid *g, char *out, const part_array *array, int64_t first, int64_t count,
                      int32_t *rows_of) {
  const int rank = g->part.transport->rank;
  size_t used = 0;
  for (int64_t row = first; row < first + count; row++) {
    int64_t at;
    const int who = who_has(g, array, row, &at);
    char *to = out + (rank ? used : (size_t)(row - first) * array->bytes);
    if (who == rank) memcpy(to, (const char *)array->mine + (size_t)at * array->bytes, array->bytes);
    if (who == rank) used += array->bytes;
    if (who < 0 && rank == 0) memset(to, array->fill, array->bytes);
    if (who >= 0) rows_of[who]++;
  }
}

/* rank 0: what came from the others, in order of ranks, to where it belongs */
static void put_rows(const duro_grid *g, char *out, const part_array *array, int64_t first, int64_t count,
                     const duro_parcel *in, const int32_t *parcel_of) {
  size_t used[DURO_RANKS] = {0};
  for (int64_t row = first; row < first + count; row++) {
    int64_t at;
    const int who = who_has(g, array, row, &at);
    if (who <= 0) continue;
    memcpy(out + (size_t)(row - first) * array->bytes, (const char *)in[parcel_of[who]].data + used[who], array->bytes);
    used[who] += array->bytes;
  }
}

duro_status part_collect(const duro_grid *g, void *out, const part_array *array, int64_t first, int64_t count) {
  const duro_transport *t = g->part.transport;
  const bool here = t->rank == 0;
  int32_t rows_of[DURO_RANKS] = {0}, parcel_of[DURO_RANKS] = {0};
  duro_parcel in[DURO_RANKS];
  char *room = duro_allocate(array->bytes * (size_t)count), *next = room;
  int n = 0;
  char *to = here ? out : room;
  duro_status status = duro_transport_agree(t, room ? DURO_OK : DURO_ERROR_MEMORY);
  if (status || !room || !to) {
    duro_release(room);
    return status;
  }
  take_rows(g, to, array, first, count, rows_of);
  for (int r = 1; r < t->count && here; r++) {
    if (!rows_of[r]) continue;
    parcel_of[r] = n;
    in[n++] = (duro_parcel){r, next, array->bytes * (size_t)rows_of[r]};
    next += array->bytes * (size_t)rows_of[r];
  }
  const duro_parcel mine = {0, room, array->bytes * (size_t)rows_of[t->rank]};
  status = t->swap(t->context, &mine, !here && rows_of[t->rank] ? 1 : 0, in, n);
  if (!status && here) put_rows(g, out, array, first, count, in, parcel_of);
  duro_release(room);
  return status;
}

/* all but V and what a question for a state needs */
static void release_stencils(duro_grid *g) {
  void **const owned[] = {(void **)&g->base,       (void **)&g->shift, (void **)&g->frac,
                          (void **)&g->read_at,    (void **)&g->reads, &g->h,
                          (void **)&g->rival,      (void **)&g->tried, (void **)&g->pending,
                          (void **)&g->work,       &g->block,          (void **)&g->changed_at,
                          (void **)&g->updated_at, (void **)&g->newest};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
    duro_release(*owned[i]);
    *owned[i] = NULL;
  }
}

duro_status duro_grid_gather(duro_grid *g) {
  grid_part *p = &g->part;
  if (!p->transport) return DURO_OK;
  const bool here = p->transport->rank == 0;
  const size_t bytes = grid_real_size(g) * (size_t)g->sweep.stride;
  const part_array array = {.mine = (char *)g->value + (size_t)g->own * bytes, .bytes = bytes, .copies = true};
  const int64_t portion = part_portion(bytes), rows = p->rows;
  release_stencils(g);
  char *all = here ? duro_allocate(bytes * (size_t)rows) : NULL;
  duro_status status = duro_transport_agree(p->transport, here && !all ? DURO_ERROR_MEMORY : DURO_OK);
  for (int64_t row = 0; row < rows && !status; row += portion)
    status = part_collect(g, here ? all + (size_t)row * bytes : NULL, &array, row,
                          rows - row < portion ? rows - row : portion);
  if (status || !here) {
    duro_release(all);
    return status;
  }
  duro_release(g->value);
  g->value = all;
  part_release(p);
  grid_lay_out(g);
  return DURO_OK;
}

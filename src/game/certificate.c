/* Makes certificates: prove every cell, lower V where that fails, and again, until all of the rest is proved. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/purposes.h"
#include "game/certificate.h"

#define DURO_SETTINGS_OF duro_certificate_settings
static const duro_setting rows[] = {DURO_CERTIFICATE_SETTINGS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

duro_settings_group duro_certificate_settings_group(duro_certificate_settings *values) {
  return (duro_settings_group){"certificate", rows, sizeof rows / sizeof *rows, values};
}

enum { CELL_UNKNOWN, CELL_PROVED, CELL_FAILED };

/* What is known of a cell that the set touches. */
typedef struct active {
  int64_t cell;
  float failed;                               // by how much it failed last,
  float failed_at[CERT_D];                    // and where in the cell
  int16_t reach_lo[CERT_D], reach_hi[CERT_D]; // cells that its successors may lie in
  uint8_t state, hint, fails;
} active;

typedef struct maker {
  duro_certificate *cert;
  const cert_game *game;
  int depth;
  duro_pool *pool;
  int threads;
  interval **scratch; // (threads)
  cert_map **maps;    // (threads x controls)
  float *low;         // (all_cells)
  bool *changed;      // (all_cells) a vertex of it was lowered in the last round
  float *lowering;    // (vertices)
  active *list;       // (count), cells of one row side by side
  int64_t count;
  int64_t *row_first; // (rows + 1) into list
  int64_t n_rows;
  atomic_llong next; // row
  atomic_llong failed, tried;
  bool final;         // write the tree
  uint8_t **row_tree; // (n_rows) in the final pass
  int64_t *row_bytes; // (n_rows)
  int64_t *tree_at;   // (count) within its row
  atomic_bool short_of_memory;
} maker;

/* --- cells of the set ------------------------------------------------------------------------------------------ */

static float lowest(const cert_game *g, const float *V, const int *cell, float *top) {
  double v[CERT_CORNERS];
  cert_corners(g, V, v, cell);
  double low = v[0], high = v[0];
  for (int k = 1; k < g->corners; k++) {
    low = i_min(low, v[k]);
    high = i_max(high, v[k]);
  }
  *top = (float)high;
  return (float)low;
}

/* the cell with its place along the row axis set */
static void cell_of(const cert_game *g, int *cell, int64_t row, int k) {
  if (g->row < 0) {
    cert_cell_at(g, cell, row);
    return;
  }
  for (int i = g->nd - 1; i >= 0; i--) {
    if (i == g->row) continue;
    cell[i] = (int)(row % g->cells[i]);
    row /= g->cells[i];
  }
  cell[g->row] = k;
}

static int row_length(const cert_game *g) {
  return g->row < 0 ? 1 : g->cells[g->row];
}

static duro_status list_cells(maker *m) {
  const cert_game *g = m->game;
  const int64_t rows_all = g->all_cells / row_length(g);
  m->row_first = duro_allocate((size_t)(rows_all + 1) * sizeof *m->row_first);
  if (!m->row_first) return DURO_ERROR_MEMORY;
  for (int pass = 0; pass < 2; pass++) {
    m->count = m->n_rows = 0;
    for (int64_t row = 0; row < rows_all; row++) {
      const int64_t before = m->count;
      for (int k = 0; k < row_length(g); k++) {
        int cell[CERT_D];
        float top;
        cell_of(g, cell, row, k);
        const int64_t index = cert_cell_index(g, cell);
        m->low[index] = lowest(g, m->cert->V, cell, &top);
        if (top < 0.0f) continue;
        if (pass) m->list[m->count] = (active){.cell = index};
        m->count++;
      }
      if (m->count == before) continue;
      if (pass) m->row_first[m->n_rows] = before;
      m->n_rows++;
    }
    if (!pass && !(m->list = duro_allocate((size_t)(m->count + 1) * sizeof *m->list))) return DURO_ERROR_MEMORY;
  }
  m->row_first[m->n_rows] = m->count;
  return DURO_OK;
}

/* --- one pass -------------------------------------------------------------------------------------------------- */

/* does the box of cells contain one that has changed? */
static bool reaches_change(const maker *m, const active *a) {
  const cert_game *g = m->game;
  int at[CERT_D], wrapped[CERT_D];
  for (int i = 0; i < g->nd; i++) {
    if (a->reach_lo[i] > a->reach_hi[i]) return false;
    at[i] = a->reach_lo[i];
  }
  for (;;) {
    for (int i = 0; i < g->nd; i++) {
      const int n = g->cells[i];
      wrapped[i] = (at[i] % n + n) % n;
    }
    if (m->changed[cert_cell_index(g, wrapped)]) return true;
    int i = g->nd - 1;
    while (i >= 0 && at[i] == a->reach_hi[i]) at[i] = a->reach_lo[i], i--;
    if (i < 0) return false;
    at[i]++;
  }
}

static bool to_prove(const maker *m, const active *a) {
  if (m->final || a->state != CELL_PROVED) return true;
  return m->changed[a->cell] || reaches_change(m, a);
}

static void prove_one(maker *m, cert_prover *c, active *a) {
  const cert_game *g = m->game;
  cert_cell_at(g, c->cell, a->cell);
  c->hint = a->hint;
  const double failed = cert_prove(c);
  a->state = failed > 0.0 ? CELL_FAILED : CELL_PROVED;
  a->failed = (float)failed;
  a->hint = (uint8_t)c->hint;
  for (int i = 0; i < g->nd; i++) a->failed_at[i] = (float)c->failed_at[i];
  for (int i = 0; i < g->nd; i++) {
    const bool none = c->reach_lo[i] > c->reach_hi[i];
    a->reach_lo[i] = (int16_t)(none ? 1 : c->reach_lo[i]);
    a->reach_hi[i] = (int16_t)(none ? 0 : c->reach_hi[i]);
  }
  if (failed > 0.0) atomic_fetch_add(&m->failed, 1);
  atomic_fetch_add(&m->tried, 1);
}

/* room for the bytes of one more cell at the end of a row's tree */
static bool tree_room(cert_prover *c) {
  const int64_t needed = c->tree_count + (4LL << c->depth);
  if (c->tree_room >= needed) return true;
  uint8_t *tree = duro_allocate((size_t)(2 * needed));
  if (!tree) return false;
  if (c->tree) memcpy(tree, c->tree, (size_t)c->tree_count);
  duro_release(c->tree);
  c->tree = tree;
  c->tree_room = 2 * needed;
  return true;
}

static void prove_row(maker *m, int64_t row, interval *scratch, cert_map *maps) {
  const cert_game *g = m->game;
  cert_plane planes[DURO_FORMULA_CONSTRAINTS];
  cert_prover c = {.game = g,
                   .V = m->cert->V,
                   .low = m->low,
                   .scale = m->cert->scale,
                   .slack = CERT_SLACK * m->cert->scale,
                   .depth = m->depth,
                   .map = maps,
                   .plane = planes};
  bool ready = false;
  for (int64_t k = m->row_first[row]; k < m->row_first[row + 1]; k++) {
    active *a = m->list + k;
    if (!to_prove(m, a)) continue;
    int cell[CERT_D];
    cert_cell_at(g, cell, a->cell);
    if (!ready)
      for (int u = 0; u < g->controls; u++) cert_enclose(g, scratch, maps + u, cell, g->control + u * g->nu);
    ready = true;
    cert_planes(g, scratch, planes, cell);
    if (m->final && !tree_room(&c)) {
      atomic_store(&m->short_of_memory, true);
      return;
    }
    if (m->final) m->tree_at[k] = c.tree_count;
    prove_one(m, &c, a);
  }
  if (m->final) {
    m->row_tree[row] = c.tree;
    m->row_bytes[row] = c.tree_count;
  }
}

static void pass_work(void *context, int thread, int threads) {
  (void)threads;
  maker *m = context;
  for (;;) {
    const int64_t row = atomic_fetch_add(&m->next, 1);
    if (row >= m->n_rows) return;
    prove_row(m, row, m->scratch[thread], m->maps[thread]);
  }
}

static void pass(maker *m) {
  atomic_store(&m->next, 0);
  atomic_store(&m->failed, 0);
  atomic_store(&m->tried, 0);
  duro_pool_run(m->pool, pass_work, m);
}

/* --- lowering -------------------------------------------------------------------------------------------------- */

/* vertices of a cell, bit i of the corner for axis i */
static void vertices_of(const cert_game *g, int64_t *at, const int *cell) {
  at[0] = 0;
  for (int i = 0, n = 1; i < g->nd; i++, n *= 2) {
    const int up = cell[i] + 1 == g->axis[i].n ? 0 : cell[i] + 1;
    for (int k = 0; k < n; k++) {
      at[k + n] = at[k] + up * g->step[i];
      at[k] += cell[i] * g->step[i];
    }
  }
}

/* by how much V sinks at the vertices of a cell that failed: what was lacking, more after many failures */
static float lowering_of(const maker *m, const active *a, float top) {
  const double scale = m->cert->scale;
  double by = 1.1 * (double)a->failed + CERT_STEP * scale;
  by *= 1.0 + 0.01 * a->fails;
  if (a->fails > 60) by = ldexp(by, (a->fails - 60) / 10); // a cell that stays in the way must go in the end
  const double most = (double)top + CERT_STEP * scale;     // takes the cell out of the set
  return (float)i_min(by, most);
}

/* how the vertices share a lowering by 1 at a place in the cell: least in the sum of squares */
static void shares(const cert_game *g, float *share, const float *place) {
  float squares = 1.0f;
  share[0] = 1.0f;
  for (int i = 0, n = 1; i < g->nd; i++, n *= 2) {
    const float p = place[i];
    for (int k = 0; k < n; k++) {
      share[k + n] = share[k] * p;
      share[k] *= 1.0f - p;
    }
    squares *= p * p + (1.0f - p) * (1.0f - p);
  }
  for (int k = 0; k < g->corners; k++) share[k] /= squares;
}

static void lower(maker *m) {
  const cert_game *g = m->game;
  memset(m->lowering, 0, (size_t)g->vertices * sizeof *m->lowering);
  for (int64_t k = 0; k < m->count; k++) {
    active *a = m->list + k;
    if (a->state != CELL_FAILED) continue;
    int cell[CERT_D];
    int64_t at[CERT_CORNERS];
    float top;
    cert_cell_at(g, cell, a->cell);
    (void)lowest(g, m->cert->V, cell, &top);
    const float by = lowering_of(m, a, top);
    if (a->fails < 255) a->fails++;
    vertices_of(g, at, cell);
    float share[CERT_CORNERS];
    shares(g, share, a->failed_at);
    for (int v = 0; v < g->corners; v++) {
      const float mine = by * share[v];
      if (mine > m->lowering[at[v]]) m->lowering[at[v]] = mine;
    }
  }
  for (int64_t v = 0; v < g->vertices; v++) m->cert->V[v] -= m->lowering[v];
}

/* marks the cells of lowered vertices, drops those that left the set */
static void renew(maker *m) {
  const cert_game *g = m->game;
  for (int64_t index = 0; index < g->all_cells; index++) {
    int cell[CERT_D];
    int64_t at[CERT_CORNERS];
    cert_cell_at(g, cell, index);
    vertices_of(g, at, cell);
    m->changed[index] = false;
    for (int v = 0; v < g->corners; v++) m->changed[index] = m->changed[index] || m->lowering[at[v]] > 0.0f;
    float top;
    if (m->changed[index]) m->low[index] = lowest(g, m->cert->V, cell, &top);
  }
  int64_t kept = 0, kept_rows = 0;
  for (int64_t row = 0; row < m->n_rows; row++) {
    const int64_t before = kept, first = m->row_first[row], last = m->row_first[row + 1];
    for (int64_t k = first; k < last; k++) {
      int cell[CERT_D];
      float top;
      cert_cell_at(g, cell, m->list[k].cell);
      (void)lowest(g, m->cert->V, cell, &top);
      if (top >= 0.0f) m->list[kept++] = m->list[k];
    }
    if (kept > before) m->row_first[kept_rows++] = before;
  }
  m->row_first[kept_rows] = kept;
  m->n_rows = kept_rows;
  m->count = kept;
}

/* --- the whole ------------------------------------------------------------------------------------------------- */

static duro_status rounds(maker *m, int64_t most, duro_certificate_report report, void *context) {
  const double start = duro_clock();
  for (int64_t round = 0;; round++) {
    pass(m);
    const duro_certificate_progress now = {.round = round,
                                           .cells = m->count,
                                           .tried = atomic_load(&m->tried),
                                           .failed = atomic_load(&m->failed),
                                           .seconds = duro_clock() - start};
    const duro_status status = report ? report(&now, context) : DURO_OK;
    if (status || now.failed == 0) return status;
    if (round == most)
      return duro_fail(
          DURO_ERROR_ARGUMENT,
          "after %lld rounds %lld of %lld cells are not proved; wanted more of certificate.rounds, a finer "
          "grid, or a V for a larger disturbance",
          (long long)most, (long long)now.failed, (long long)now.cells);
    lower(m);
    renew(m);
  }
}

/* the trees of all rows, put in the order of the cells */
static duro_status gather_trees(maker *m) {
  const cert_game *g = m->game;
  duro_certificate *cert = m->cert;
  int64_t total = 0;
  for (int64_t row = 0; row < m->n_rows; row++) total += m->row_bytes[row];
  cert->first = duro_allocate((size_t)(g->all_cells + 1) * sizeof *cert->first);
  cert->tree = duro_allocate((size_t)total + 1);
  int64_t *from = duro_allocate((size_t)(g->all_cells + 1) * sizeof *from); // place in the list, + 1
  if (!cert->first || !cert->tree || !from) {
    duro_release(from);
    return DURO_ERROR_MEMORY;
  }
  for (int64_t k = 0; k < m->count; k++) from[m->list[k].cell] = k + 1;
  int64_t at = 0;
  for (int64_t index = 0; index < g->all_cells; index++) {
    cert->first[index] = at;
    const int64_t k = from[index] - 1;
    if (k < 0) continue;
    int64_t low = 0, high = m->n_rows; // the row that k lies in
    while (high - low > 1) {
      const int64_t middle = (low + high) / 2;
      if (m->row_first[middle] <= k)
        low = middle;
      else
        high = middle;
    }
    const int64_t end = k + 1 < m->row_first[low + 1] ? m->tree_at[k + 1] : m->row_bytes[low];
    memcpy(cert->tree + at, m->row_tree[low] + m->tree_at[k], (size_t)(end - m->tree_at[k]));
    at += end - m->tree_at[k];
  }
  cert->first[g->all_cells] = at;
  duro_release(from);
  return DURO_OK;
}

static duro_status final_pass(maker *m) {
  m->final = true;
  m->row_tree = duro_allocate((size_t)(m->n_rows + 1) * sizeof *m->row_tree);
  m->row_bytes = duro_allocate((size_t)(m->n_rows + 1) * sizeof *m->row_bytes);
  m->tree_at = duro_allocate((size_t)(m->count + 1) * sizeof *m->tree_at);
  if (!m->row_tree || !m->row_bytes || !m->tree_at) return DURO_ERROR_MEMORY;
  pass(m);
  if (atomic_load(&m->short_of_memory)) return duro_fail(DURO_ERROR_MEMORY, "out of memory");
  if (atomic_load(&m->failed))
    return duro_fail(DURO_ERROR_FORMAT, "%lld cells that were proved cannot be proved again",
                     (long long)atomic_load(&m->failed));
  return gather_trees(m);
}

static duro_status maker_create(maker *m, duro_certificate *cert, const duro_certificate_settings *s) {
  *m = (maker){.cert = cert, .game = &cert->game, .depth = (int)s->depth, .threads = duro_threads(s->threads)};
  const cert_game *g = m->game;
  const size_t threads = (size_t)m->threads;
  m->low = duro_allocate((size_t)g->all_cells * sizeof *m->low);
  m->changed = duro_allocate((size_t)g->all_cells * sizeof *m->changed);
  m->lowering = duro_allocate((size_t)g->vertices * sizeof *m->lowering);
  m->scratch = duro_allocate(threads * sizeof *m->scratch);
  m->maps = duro_allocate(threads * sizeof *m->maps);
  if (!m->low || !m->changed || !m->lowering || !m->scratch || !m->maps) return DURO_ERROR_MEMORY;
  for (size_t t = 0; t < threads; t++) {
    m->scratch[t] = duro_allocate(cert_scratch_size(g));
    m->maps[t] = duro_allocate((size_t)g->controls * sizeof **m->maps);
    if (!m->scratch[t] || !m->maps[t]) return DURO_ERROR_MEMORY;
  }
  const duro_status status = duro_pool_create(&m->pool, m->threads);
  return status ? status : list_cells(m);
}

static void maker_destroy(maker *m) {
  if (m->pool) duro_pool_destroy(m->pool);
  for (int t = 0; t < m->threads; t++) {
    if (m->scratch) duro_release(m->scratch[t]);
    if (m->maps) duro_release(m->maps[t]);
  }
  for (int64_t row = 0; m->row_tree && row < m->n_rows; row++) duro_release(m->row_tree[row]);
  duro_release(m->scratch);
  duro_release(m->maps);
  duro_release(m->low);
  duro_release(m->changed);
  duro_release(m->lowering);
  duro_release(m->list);
  duro_release(m->row_first);
  duro_release(m->row_tree);
  duro_release(m->row_bytes);
  duro_release(m->tree_at);
}

/* V less the level, a little lowered so that it lies below h by more than roundings */
static duro_status take_values(duro_certificate *cert, const float *V, double level) {
  const int64_t n = cert->game.vertices;
  cert->V = duro_allocate((size_t)n * sizeof *cert->V);
  if (!cert->V) return DURO_ERROR_MEMORY;
  for (int64_t i = 0; i < n; i++) {
    if (!isfinite(V[i]))
      return duro_fail(DURO_ERROR_NOT_FINITE, "V of vertex %lld is %g; wanted a finite number", (long long)i,
                       (double)V[i]);
    cert->scale = i_max(cert->scale, fabs((double)V[i] - level));
  }
  if (cert->scale == 0.0) cert->scale = 1.0;
  const double less = level + CERT_STEP * cert->scale;
  for (int64_t i = 0; i < n; i++) cert->V[i] = (float)((double)V[i] - less);
  return DURO_OK;
}

static duro_status make_grid(duro_certificate *cert, const duro_env *env, const float *V,
                             const duro_certificate_settings *s, duro_certificate_report report, void *context) {
  maker m = {0};
  duro_status status = take_values(cert, V, s->level);
  if (!status) status = cert_describe(cert, env);
  if (!status) status = cert_compare(cert, env);
  if (!status) status = maker_create(&m, cert, s);
  if (!status) status = rounds(&m, s->rounds, report, context);
  if (!status) status = final_pass(&m);
  maker_destroy(&m);
  return status;
}

static duro_status make_cones(duro_certificate *cert, const duro_env *env, const duro_certificate_settings *s,
                              duro_certificate_report report, void *context) {
  cert->scale = env->spec.h_scale;
  if (cert->game.nu > CERT_U)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "certificate.method: '%s' has %d controls; cones want at most %d, choose grid", env->ops->name,
                     cert->game.nu, CERT_U);
  duro_status status = cert_describe(cert, env);
  if (!status) status = cert_compare(cert, env);
  return status ? status : cert_carve(cert, env, s, report, context);
}

bool duro_certificate_needs_value(const duro_env *env, const duro_grid_plan *plan,
                                  const duro_certificate_settings *settings) {
  if (strcmp(settings->method, "auto") != 0) return strcmp(settings->method, "grid") == 0;
  return plan->nd < 3 || env->spec.nu > CERT_U;
}

duro_status duro_certificate_make(duro_certificate **certificate, const duro_env *env, const duro_grid_plan *plan,
                                  const float *V, const duro_certificate_settings *settings,
                                  duro_certificate_report report, void *context) {
  *certificate = NULL;
  duro_certificate_settings s;
  const duro_settings_group group = duro_certificate_settings_group(&s);
  duro_settings_default(&group);
  if (settings) s = *settings;
  duro_status status = duro_settings_check(&group);
  if (status) return status;
  duro_certificate *cert = duro_allocate(sizeof *cert);
  if (!cert) return DURO_ERROR_MEMORY;
  status = cert_game_create(&cert->game, env, plan, &s);
  const bool cones = !duro_certificate_needs_value(env, plan, &s);
  if (!status && cones)
    status = make_cones(cert, env, &s, report, context);
  else if (!status)
    status = make_grid(cert, env, V, &s, report, context);
  if (status)
    duro_certificate_destroy(cert);
  else
    *certificate = cert;
  return status;
}

void duro_certificate_destroy(duro_certificate *cert) {
  if (!cert) return;
  cert_game_destroy(&cert->game);
  cert_cones_destroy(cert->cones);
  duro_release(cert->settings);
  duro_release(cert->V);
  duro_release(cert->first);
  duro_release(cert->tree);
  duro_release(cert);
}

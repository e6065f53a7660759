/* Proves a set made of cones: over each, the successor under the control that is the mean of its vertices' controls
 * stays in the polytope.
 *
 * With slopes s over a simplex with vertices w_k and a point m in the middle of its box, in states and control alike,
 *
 *   row . f(w, a) <= max_k row . (f(m) + s (w_k - m)) + |row . s_a|
 *
 * because for each choice of slopes the right side is affine in w. What is left above 1 falls with the square of the
 * size, so a simplex that fails is halved along an edge; rows that hold for a simplex hold for its halves. */
#include <stdatomic.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/certificate_lanes.h"

enum { HALVINGS = 40, CORNERS = CERT_D + 1, NW = CERT_D + CERT_U };

#define SLACK 1e-8 // of 1: roundings of points and rows are below 1e-12

/* corners w of a simplex: states from the centre, then the controls */
typedef struct piece {
  double w[CORNERS][NW];
  int depth;
} piece;

/* enclosure of the outputs over a piece: value at corner k in y[k] -+ rest[k], and the spread by disturbances */
typedef struct image {
  double y[CORNERS][CERT_D], rest[CORNERS][CERT_D];
  double by_a[CERT_D][CERT_A], by_a_rest[CERT_D][CERT_A];
  double unsure[CERT_D][NW]; // radius of the slope of each output by each w
} image;

/* A cone on its way, one in each lane: the piece that is looked at, and those put off, halves of the pieces above it.
 */
typedef struct cone {
  int64_t index; // -1: none
  piece now, later[HALVINGS];
  int put_off;
  int *lists;              // (HALVINGS + 2) x (rows + nh): what is still to be proved at each depth ...
  int count[HALVINGS + 2]; // ... and how many
  cert_region in;
  double middle[NW];
  image y;
} cone;

typedef struct prover {
  const cert_lanes *kernels;
  cert_lanes_game lanes;
  const cert_game *game;
  const cert_cones *cones;
  double *scratch;
  cone *cone; // (lanes)
  int *lists; // of all
  cert_verdict *verdict;
} prover;

static interval slope_at(const prover *c, int lane, int node, int which) {
  return cert_lane(&c->lanes, c->kernels, c->scratch, node, which, lane);
}

static void take_region(const prover *c, cone *at) {
  const cert_game *g = c->game;
  const piece *t = &at->now;
  cert_region *in = &at->in;
  for (int i = 0; i < g->formula->nx; i++) in->x[i] = in->x0[i] = i_all();
  for (int j = 0; j < g->nd + g->nu; j++) {
    double lo = t->w[0][j], hi = lo;
    for (int k = 1; k <= g->nd; k++) {
      lo = i_min(lo, t->w[k][j]);
      hi = i_max(hi, t->w[k][j]);
    }
    at->middle[j] = 0.5 * (lo + hi);
    const interval shift = i_point(j < g->nd ? c->cones->centre[j] : 0.0);
    const interval range = i_add((interval){lo, hi}, shift), point = i_add(i_point(at->middle[j]), shift);
    if (j < g->nd) {
      in->x[g->axis[j].state] = range;
      in->x0[g->axis[j].state] = point;
    } else {
      in->u[j - g->nd] = range;
      in->u0[j - g->nd] = point;
    }
  }
}

/* place of the slope by the j-th of states and controls */
static int slope_of(const cert_game *g, int j) {
  return 2 + (j < g->nd ? j : g->na + j);
}

/* output i of the image from the slopes of its node, which stands for value - shift */
static void take_output(const prover *c, image *out, int i, int lane, int node, double shift) {
  const cert_game *g = c->game;
  const cone *at = c->cone + lane;
  interval slope[NW];
  for (int j = 0; j < g->nd + g->nu; j++) slope[j] = slope_at(c, lane, node, slope_of(g, j));
  const interval value = i_sub(slope_at(c, lane, node, 0), i_point(shift));
  for (int k = 0; k <= g->nd; k++) {
    interval y = value;
    for (int j = 0; j < g->nd + g->nu; j++) y = i_add(y, i_mul(slope[j], i_point(at->now.w[k][j] - at->middle[j])));
    out->y[k][i] = i_mid(y);
    out->rest[k][i] = i_rad(y);
  }
  for (int a = 0; a < g->na; a++) {
    const interval by = slope_at(c, lane, node, 2 + g->nd + a);
    out->by_a[i][a] = i_mid(by);
    out->by_a_rest[i][a] = i_rad(by);
  }
}

static void take_image(const prover *c, int lane) {
  const cert_game *g = c->game;
  image *out = &c->cone[lane].y;
  for (int i = 0; i < g->nd; i++) {
    const int node = g->formula->next[g->axis[i].state];
    take_output(c, out, i, lane, node, c->cones->centre[i]);
    for (int k = 0; k <= g->nd; k++) out->rest[k][i] += g->tolerance * g->spacing[i] * g->cells[i];
    for (int j = 0; j < g->nd + g->nu; j++) {
      const interval slope = slope_at(c, lane, node, slope_of(g, j));
      out->unsure[i][j] = 0.5 * (slope.hi - slope.lo);
    }
  }
}

/* largest row . (x' - centre) - 1 */
static double row_excess(const prover *c, const image *y, const double *row) {
  const cert_game *g = c->game;
  double most = -INFINITY, spread = 0.0;
  for (int k = 0; k <= g->nd; k++) {
    double sum = 0.0;
    for (int i = 0; i < g->nd; i++) sum += row[i] * y->y[k][i] + fabs(row[i]) * y->rest[k][i];
    most = i_max(most, sum);
  }
  for (int a = 0; a < g->na; a++) {
    double sum = 0.0;
    for (int i = 0; i < g->nd; i++) {
      sum += row[i] * y->by_a[i][a];
      spread += fabs(row[i]) * y->by_a_rest[i][a];
    }
    spread += fabs(sum);
  }
  return most + spread - 1.0;
}

/* largest -h_i; nothing but the state matters */
static double constraint_excess(const prover *c, int i, int lane) {
  image y;
  take_output(c, &y, 0, lane, c->game->formula->h[i], 0.0);
  double most = -INFINITY;
  for (int k = 0; k <= c->game->nd; k++) most = i_max(most, y.rest[k][0] - y.y[k][0]);
  return most;
}

static int list_size(const prover *c) {
  return c->cones->rows + c->game->formula->nh;
}

/* what is to be proved of a piece, at its depth */
static int *list_at(const prover *c, const cone *at, int depth) {
  return at->lists + (size_t)depth * (size_t)list_size(c);
}

static bool asks_constraint(const prover *c, const cone *at) {
  const int n = at->count[at->now.depth];
  return n && list_at(c, at, at->now.depth)[n - 1] >= c->cones->rows;
}

/* what does not hold over the piece is left for its halves; their number */
static int remaining(const prover *c, int lane) {
  cone *at = c->cone + lane;
  const int depth = at->now.depth, *list = list_at(c, at, depth);
  int *left = list_at(c, at, depth + 1), count = 0;
  for (int k = 0; k < at->count[depth]; k++) {
    const int row = list[k];
    const double excess = row < c->cones->rows
                              ? row_excess(c, &at->y, c->cones->row + (size_t)row * (size_t)c->game->nd)
                              : constraint_excess(c, row - c->cones->rows, lane);
    if (!(excess <= -SLACK)) left[count++] = row;
  }
  at->count[depth + 1] = count;
  return count;
}

/* the edge along which slopes are least known, weighed by the rows that are left */
static void longest_edge(const prover *c, int *from, int *to, const cone *at) {
  const int nd = c->game->nd, nw = nd + c->game->nu, depth = at->now.depth + 1, n = at->count[depth];
  const int *left = list_at(c, at, depth);
  const piece *t = &at->now;
  double weight[CERT_D] = {0}, per[NW] = {0}, most = -1.0;
  for (int k = 0; k < n; k++)
    for (int i = 0; i < nd && left[k] < c->cones->rows; i++) weight[i] += fabs(c->cones->row[left[k] * nd + i]) / n;
  for (int j = 0; j < nw; j++) {
    if (j < nd) per[j] = 1e-4 / (c->game->spacing[j] * c->game->cells[j]);
    for (int i = 0; i < nd; i++) per[j] += weight[i] * at->y.unsure[i][j];
  }
  for (int p = 0; p <= nd; p++)
    for (int q = p + 1; q <= nd; q++) {
      double length = 0.0;
      for (int j = 0; j < nw; j++) length += fabs(t->w[p][j] - t->w[q][j]) * per[j];
      if (length > most) {
        most = length;
        *from = p;
        *to = q;
      }
    }
}

/* the first half is looked at next, the second one after it */
static void halve(const prover *c, cone *at) {
  int from = 0, to = 1;
  longest_edge(c, &from, &to, at);
  piece *second = at->later + at->put_off++;
  *second = at->now;
  second->depth = ++at->now.depth;
  for (int j = 0; j < c->game->nd + c->game->nu; j++) {
    const double middle = 0.5 * (at->now.w[from][j] + at->now.w[to][j]);
    at->now.w[from][j] = second->w[to][j] = middle;
  }
}

static void note_failure(const prover *c, cert_verdict *v, const piece *t) {
  const int nd = c->game->nd;
  double mean[CERT_D] = {0};
  for (int j = 0; j < nd; j++)
    for (int k = 0; k <= nd; k++) mean[j] += t->w[k][j] / (nd + 1);
  memcpy(v->at, mean, (size_t)nd * sizeof *mean);
}

/* a piece further; true when the verdict on its cone is there */
static bool advance(const prover *c, int lane) {
  cone *at = c->cone + lane;
  cert_verdict *v = c->verdict + at->index;
  v->proved = remaining(c, lane) == 0;
  if (v->proved) {
    if (at->put_off == 0) return true;
    at->now = at->later[--at->put_off];
    return false;
  }
  if (at->now.depth == HALVINGS) {
    note_failure(c, v, &at->now);
    return true;
  }
  halve(c, at);
  return false;
}

static void begin_cone(const prover *c, cone *at, int64_t index) {
  const cert_cones *s = c->cones;
  const int nd = c->game->nd, nu = c->game->nu;
  at->index = index;
  at->put_off = at->now.depth = 0;
  for (int k = 0; k < nd; k++) {
    const int vertex = s->simplex[index * nd + k];
    memcpy(at->now.w[k], s->vertex + (size_t)vertex * (size_t)nd, (size_t)nd * sizeof(double));
    memcpy(at->now.w[k] + nd, s->control + (size_t)vertex * (size_t)nu, (size_t)nu * sizeof(double));
  }
  memset(at->now.w[nd], 0, sizeof at->now.w[nd]);
  memcpy(at->now.w[nd] + nd, s->centre_control, (size_t)nu * sizeof(double));
  const int known = s->known ? s->known[index] : 0, n = list_size(c), end = known ? s->rows : n;
  at->count[0] = 0;
  for (int i = known; i < end; i++) at->lists[at->count[0]++] = i;
}

typedef struct team {
  prover *prover; // (threads)
  atomic_llong next;
  int64_t end;
} team;

/* the next cone of the team of which not all is known in a lane; -1: none is left */
static void fill_lane(team *t, const prover *c, int lane) {
  const cert_cones *s = c->cones;
  int64_t index;
  while ((index = atomic_fetch_add(&t->next, 1)) < t->end && s->known && s->known[index] == s->rows)
    c->verdict[index].proved = true;
  if (index < t->end)
    begin_cone(c, c->cone + lane, index);
  else
    c->cone[lane].index = -1;
}

/* Slopes of the pieces in all lanes, and what follows from them. A lane without a cone repeats another one's piece. */
static void look_at_pieces(const prover *c, int some) {
  const int lanes = c->kernels->lanes;
  const cert_region *in[CERT_LANES];
  bool constraint = false;
  for (int l = 0; l < lanes; l++) {
    cone *at = c->cone + (c->cone[l].index < 0 ? some : l);
    in[l] = &at->in;
    if (c->cone[l].index < 0) continue;
    take_region(c, at);
    constraint = constraint || asks_constraint(c, at);
  }
  c->kernels->slopes(&c->lanes, &c->game->motion, c->scratch, in);
  for (int l = 0; l < lanes; l++)
    if (c->cone[l].index >= 0) take_image(c, l);
  if (constraint) c->kernels->slopes(&c->lanes, &c->game->constraint, c->scratch, in);
}

static void work(void *context, int thread, int threads) {
  (void)threads;
  team *t = context;
  const prover *c = t->prover + thread;
  for (int l = 0; l < c->kernels->lanes; l++) fill_lane(t, c, l);
  for (;;) {
    int some = 0;
    while (some < c->kernels->lanes && c->cone[some].index < 0) some++;
    if (some == c->kernels->lanes) return;
    look_at_pieces(c, some);
    for (int l = 0; l < c->kernels->lanes; l++)
      if (c->cone[l].index >= 0 && advance(c, l)) fill_lane(t, c, l);
  }
}

static duro_status create(prover *c, const cert_game *game, const cert_cones *cones, cert_verdict *verdict) {
  *c = (prover){.kernels = cert_lanes_at(0), .game = game, .cones = cones, .verdict = verdict};
  const size_t lanes = (size_t)c->kernels->lanes, each = (size_t)(HALVINGS + 2) * (size_t)list_size(c);
  const duro_status status = cert_lanes_create(&c->lanes, game);
  if (status) return status;
  c->scratch = duro_allocate(cert_lanes_size(&c->lanes, c->kernels));
  c->cone = duro_allocate(lanes * sizeof *c->cone);
  c->lists = duro_allocate(lanes * each * sizeof *c->lists);
  if (!c->scratch || !c->cone || !c->lists) return DURO_ERROR_MEMORY;
  for (size_t l = 0; l < lanes; l++) c->cone[l].lists = c->lists + l * each;
  return DURO_OK;
}

static void destroy(prover *c) {
  cert_lanes_destroy(&c->lanes);
  duro_release(c->scratch);
  duro_release(c->cone);
  duro_release(c->lists);
}

duro_status cert_cones_prove(const cert_game *game, const cert_cones *cones, duro_pool *pool, cert_verdict *verdict,
                             int64_t first, int64_t count) {
  const int threads = duro_pool_threads(pool);
  team t = {.prover = duro_allocate((size_t)threads * sizeof *t.prover), .end = first + count};
  atomic_store(&t.next, first);
  duro_status status = t.prover ? DURO_OK : DURO_ERROR_MEMORY;
  for (int k = 0; k < threads && !status; k++) status = create(t.prover + k, game, cones, verdict);
  if (!status) duro_pool_run(pool, work, &t);
  for (int k = 0; k < threads && t.prover; k++) destroy(t.prover + k);
  duro_release(t.prover);
  return status;
}

void cert_cones_destroy(cert_cones *cones) {
  if (!cones) return;
  duro_release(cones->row);
  duro_release(cones->vertex);
  duro_release(cones->control);
  duro_release(cones->simplex);
  duro_release(cones->facet);
  duro_release(cones->first);
  duro_release(cones->proved);
  duro_release(cones->known);
  duro_release(cones);
}

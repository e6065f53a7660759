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
#include "game/certificate.h"

enum { HALVINGS = 40, CORNERS = CERT_D + 1, NW = CERT_D + CERT_U };

#define SLACK 1e-8 // of 1: roundings of points and rows are below 1e-12

/* corners w of a simplex: states from the centre, then the controls */
typedef struct piece {
  double w[CORNERS][NW];
} piece;

/* enclosure of the outputs over a piece: value at corner k in y[k] -+ rest[k], and the spread by disturbances */
typedef struct image {
  double y[CORNERS][CERT_D], rest[CORNERS][CERT_D];
  double by_a[CERT_D][CERT_A], by_a_rest[CERT_D][CERT_A];
  double unsure[CERT_D][NW]; // radius of the slope of each output by each w
} image;

typedef struct prover {
  const cert_game *game;
  const cert_cones *cones;
  interval *scratch;
  int *lists; // (HALVINGS + 2) x (rows + nh): what is still to be proved at each depth
  cert_verdict *verdict;
} prover;

static void take_region(const prover *c, cert_region *in, double *middle, const piece *t) {
  const cert_game *g = c->game;
  for (int i = 0; i < g->formula->nx; i++) in->x[i] = in->x0[i] = i_all();
  for (int j = 0; j < g->nd + g->nu; j++) {
    double lo = t->w[0][j], hi = lo;
    for (int k = 1; k <= g->nd; k++) {
      lo = i_min(lo, t->w[k][j]);
      hi = i_max(hi, t->w[k][j]);
    }
    middle[j] = 0.5 * (lo + hi);
    const interval shift = i_point(j < g->nd ? c->cones->centre[j] : 0.0);
    const interval range = i_add((interval){lo, hi}, shift), point = i_add(i_point(middle[j]), shift);
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
  return j < g->nd ? j : g->na + j;
}

/* output i of the image from the slopes of its node, which stands for value - shift */
static void take_output(const prover *c, image *out, int i, const interval *of, double shift, const piece *t,
                        const double *middle) {
  const cert_game *g = c->game;
  const interval at = i_sub(of[0], i_point(shift)), *slope = of + 2;
  for (int k = 0; k <= g->nd; k++) {
    interval y = at;
    for (int j = 0; j < g->nd + g->nu; j++) y = i_add(y, i_mul(slope[slope_of(g, j)], i_point(t->w[k][j] - middle[j])));
    out->y[k][i] = i_mid(y);
    out->rest[k][i] = i_rad(y);
  }
  for (int a = 0; a < g->na; a++) {
    out->by_a[i][a] = i_mid(slope[g->nd + a]);
    out->by_a_rest[i][a] = i_rad(slope[g->nd + a]);
  }
}

static void make_image(const prover *c, image *out, const cert_region *in, const piece *t, const double *middle) {
  const cert_game *g = c->game;
  cert_slopes(g, &g->motion, c->scratch, in);
  for (int i = 0; i < g->nd; i++) {
    const interval *of = cert_slopes_of(g, c->scratch, g->formula->next[g->axis[i].state]);
    take_output(c, out, i, of, c->cones->centre[i], t, middle);
    for (int k = 0; k <= g->nd; k++) out->rest[k][i] += g->tolerance * g->spacing[i] * g->cells[i];
    for (int j = 0; j < g->nd + g->nu; j++) {
      const interval slope = of[2 + slope_of(g, j)];
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
static double constraint_excess(const prover *c, int i, const piece *t, const double *middle) {
  image y;
  take_output(c, &y, 0, cert_slopes_of(c->game, c->scratch, c->game->formula->h[i]), 0.0, t, middle);
  double most = -INFINITY;
  for (int k = 0; k <= c->game->nd; k++) most = i_max(most, y.rest[k][0] - y.y[k][0]);
  return most;
}

/* what of `list` does not hold over the piece goes to `left`; their number */
static int remaining(const prover *c, image *y, int *left, const int *list, int n, const piece *t) {
  const cert_game *g = c->game;
  cert_region in;
  double middle[NW];
  int count = 0;
  take_region(c, &in, middle, t);
  make_image(c, y, &in, t, middle);
  if (n && list[n - 1] >= c->cones->rows) cert_slopes(g, &g->constraint, c->scratch, &in);
  for (int k = 0; k < n; k++) {
    const int row = list[k];
    const double excess = row < c->cones->rows ? row_excess(c, y, c->cones->row + (size_t)row * (size_t)g->nd)
                                               : constraint_excess(c, row - c->cones->rows, t, middle);
    if (!(excess <= -SLACK)) left[count++] = row;
  }
  return count;
}

/* the edge along which slopes are least known, weighed by the rows that are left */
static void longest_edge(const prover *c, int *from, int *to, const piece *t, const image *y, const int *left, int n) {
  const int nd = c->game->nd, nw = nd + c->game->nu;
  double weight[CERT_D] = {0}, per[NW] = {0}, most = -1.0;
  for (int k = 0; k < n; k++)
    for (int i = 0; i < nd && left[k] < c->cones->rows; i++) weight[i] += fabs(c->cones->row[left[k] * nd + i]) / n;
  for (int j = 0; j < nw; j++) {
    if (j < nd) per[j] = 1e-4 / (c->game->spacing[j] * c->game->cells[j]);
    for (int i = 0; i < nd; i++) per[j] += weight[i] * y->unsure[i][j];
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

static void note_failure(const prover *c, cert_verdict *v, const piece *t) {
  const int nd = c->game->nd;
  double mean[CERT_D] = {0};
  for (int j = 0; j < nd; j++)
    for (int k = 0; k <= nd; k++) mean[j] += t->w[k][j] / (nd + 1);
  memcpy(v->at, mean, (size_t)nd * sizeof *mean);
}

static bool prove_piece(const prover *c, cert_verdict *v, const piece *t, const int *list, int n, int depth) {
  int *left = c->lists + (size_t)(depth + 1) * (size_t)(c->cones->rows + c->game->formula->nh);
  image y;
  const int count = remaining(c, &y, left, list, n, t);
  if (count == 0) return true;
  if (depth == HALVINGS) {
    note_failure(c, v, t);
    return false;
  }
  int from = 0, to = 1;
  longest_edge(c, &from, &to, t, &y, left, count);
  piece half = *t;
  for (int j = 0; j < c->game->nd + c->game->nu; j++) half.w[from][j] = 0.5 * (t->w[from][j] + t->w[to][j]);
  if (!prove_piece(c, v, &half, left, count, depth + 1)) return false;
  memcpy(half.w[to], half.w[from], sizeof half.w[to]);
  memcpy(half.w[from], t->w[from], sizeof half.w[from]);
  return prove_piece(c, v, &half, left, count, depth + 1);
}

static void prove_cone(const prover *c, int64_t index) {
  const cert_cones *s = c->cones;
  const int nd = c->game->nd, nu = c->game->nu, n = s->rows + c->game->formula->nh;
  piece t;
  for (int k = 0; k < nd; k++) {
    const int vertex = s->simplex[index * nd + k];
    memcpy(t.w[k], s->vertex + (size_t)vertex * (size_t)nd, (size_t)nd * sizeof(double));
    memcpy(t.w[k] + nd, s->control + (size_t)vertex * (size_t)nu, (size_t)nu * sizeof(double));
  }
  memset(t.w[nd], 0, sizeof t.w[nd]);
  memcpy(t.w[nd] + nd, s->centre_control, (size_t)nu * sizeof(double));
  for (int i = 0; i < n; i++) c->lists[i] = i;
  cert_verdict *v = c->verdict + index;
  v->proved = prove_piece(c, v, &t, c->lists, n, 0);
}

typedef struct team {
  prover *prover; // (threads)
  atomic_llong next;
  int64_t end;
} team;

static void work(void *context, int thread, int threads) {
  (void)threads;
  team *t = context;
  const prover *c = t->prover + thread;
  for (;;) {
    const int64_t index = atomic_fetch_add(&t->next, 1);
    if (index >= t->end) return;
    prove_cone(c, index);
  }
}

duro_status cert_cones_prove(const cert_game *game, const cert_cones *cones, duro_pool *pool, cert_verdict *verdict,
                             int64_t first, int64_t count) {
  const int threads = duro_pool_threads(pool);
  const size_t lists = (size_t)(HALVINGS + 2) * (size_t)(cones->rows + game->formula->nh);
  team t = {.prover = duro_allocate((size_t)threads * sizeof *t.prover), .end = first + count};
  atomic_store(&t.next, first);
  duro_status status = t.prover ? DURO_OK : DURO_ERROR_MEMORY;
  for (int k = 0; k < threads && !status; k++) {
    t.prover[k] = (prover){.game = game,
                           .cones = cones,
                           .verdict = verdict,
                           .scratch = duro_allocate(cert_scratch_size(game)),
                           .lists = duro_allocate(lists * sizeof *t.prover->lists)};
    if (!t.prover[k].scratch || !t.prover[k].lists) status = DURO_ERROR_MEMORY;
  }
  if (!status) duro_pool_run(pool, work, &t);
  for (int k = 0; k < threads && t.prover; k++) {
    duro_release(t.prover[k].scratch);
    duro_release(t.prover[k].lists);
  }
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
  duro_release(cones);
}

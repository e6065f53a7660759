/* Shapes a set made of cones: cuts a polytope until each vertex can be kept in it, divides it into cones, proves them,
 * and halves those that fail, or cuts again where no control helps.
 *
 * At a vertex v the best control makes max_i row_i . f(v, u, a) least over the worst disturbance. Where it is not
 * below 1, two rows p and n that pull u apart (or one, at a bound of u) tell why: with weights l_p, l_n under which u
 * cancels, l_p row_p . f + l_n row_n . f <= 1 is necessary whatever u is; of nu controls, nu + 1 rows at most. Linear
 * at v, that is the plane which cuts v off: an elimination of u as for linear systems, at the one vertex where it
 * matters. A plane may cut too much but never proves anything; the cones do. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "game/certificate.h"
#include "game/certificate_lines.h"
#include "game/simple_polytope.h"

/* shares of the set's size: room for roundings, and how far planes are moved so that no two meet in one edge */
#define LEAST_MARGIN 1e-7
#define JITTER 1e-6

/* A vertex that cannot be kept, or violates h_i. */
typedef struct faulty {
  double excess;
  int vertex, constraint; // -1: the motion
  cert_choice by;
} faulty;

/* Where the best control leads from a vertex, and each disturbance from there. Rows are only added, so that in later
 * rounds the new ones alone have to be asked whether that still keeps it. */
typedef struct outcome {
  double y[CERT_D], E[CERT_A][CERT_D];
} outcome;

typedef struct carver {
  const cert_game *game;
  duro_certificate_report report;
  void *context;
  duro_pool *pool;
  simple_polytope polytope;
  double *work;            // (threads x formula count)
  double *at_zero, *slope; // (line_room), (line_room x nu): each row as a function of u; such a pair for each thread
  int line_room, room;
  faulty *faulty;                      // (room) of each vertex; then those alone that cannot be kept
  bool *bad;                           // (room)
  outcome *kept, *before;              // (room) of each vertex, by its number in this round and in the last
  double centre[CERT_D], half[CERT_D]; // of the axes
  double margin[CERT_D];               // room that rows leave to the rest of a step
  double spread[CERT_D];               // half the extent of the set
  double h_margin[DURO_FORMULA_CONSTRAINTS];
  double deep; // cuts go beyond what is needed by this, of 1
  int64_t cuts, round;
  double start; // s, clock
} carver;

/* --- one step of the formula ------------------------------------------------------------------------------------- */

static void step(const carver *c, double *y, double *h, const double *z, const double *u, const double *a) {
  const cert_game *g = c->game;
  double x[DURO_MAX_STATE] = {0}, x2[DURO_MAX_STATE];
  for (int i = 0; i < g->nd; i++) x[g->axis[i].state] = c->centre[i] + z[i];
  duro_formula_evaluate(g->formula, c->work, x2, h, x, u, a);
  for (int i = 0; i < g->nd; i++) y[i] = x2[g->axis[i].state] - c->centre[i];
}

/* x' about a state and control: at + sum_k B_k (u'_k - u_k) + sum_k E_k a_k */
typedef struct local {
  double at[CERT_D], B[CERT_U][CERT_D], E[CERT_A][CERT_D];
} local;

static void linearise(const carver *c, local *f, const double *z, const double *u) {
  const cert_game *g = c->game;
  const double none[CERT_A] = {0};
  double low[CERT_D], high[CERT_D];
  step(c, f->at, NULL, z, u, none);
  for (int k = 0; k < g->nu; k++) {
    const double from = i_max(u[k] - 0.5, -1.0), to = i_min(u[k] + 0.5, 1.0);
    double other[CERT_U];
    memcpy(other, u, (size_t)g->nu * sizeof *u);
    other[k] = from;
    step(c, low, NULL, z, other, none);
    other[k] = to;
    step(c, high, NULL, z, other, none);
    for (int i = 0; i < g->nd; i++) f->B[k][i] = (high[i] - low[i]) / (to - from);
  }
  for (int k = 0; k < g->na; k++) {
    double a[CERT_A] = {0};
    a[k] = -1.0;
    step(c, low, NULL, z, u, a);
    a[k] = 1.0;
    step(c, high, NULL, z, u, a);
    for (int i = 0; i < g->nd; i++) f->E[k][i] = 0.5 * (high[i] - low[i]);
  }
}

/* --- the best control -------------------------------------------------------------------------------------------- */

static duro_status line_room(carver *c) {
  if (c->polytope.rows <= c->line_room) return DURO_OK;
  duro_release(c->at_zero);
  c->line_room = 2 * c->polytope.rows;
  const size_t lines = (1 + (size_t)c->game->nu) * (size_t)c->line_room;
  c->at_zero = duro_allocate((size_t)duro_pool_threads(c->pool) * lines * sizeof *c->at_zero);
  c->slope = c->at_zero + c->line_room;
  if (!c->at_zero) c->line_room = 0;
  return c->at_zero ? DURO_OK : DURO_ERROR_MEMORY;
}

static void make_lines(carver *c, const local *f, const double *u) {
  const int nd = c->game->nd, nu = c->game->nu;
  for (int i = 0; i < c->polytope.rows; i++) {
    const double *row = c->polytope.row + i * nd;
    double value = simple_dot(nd, row, f->at);
    for (int k = 0; k < c->game->na; k++) value += fabs(simple_dot(nd, row, f->E[k]));
    for (int j = 0; j < nd; j++) value += fabs(row[j]) * c->margin[j];
    for (int k = 0; k < nu; k++) {
      c->slope[i * nu + k] = simple_dot(nd, row, f->B[k]);
      value -= c->slope[i * nu + k] * u[k];
    }
    c->at_zero[i] = value;
  }
}

/* once about u = 0, once about what that gave: nearly exact, since the motion is nearly affine in u */
static void choose(carver *c, cert_choice *out, outcome *leads_to, const double *z) {
  local f;
  double u[CERT_U];
  memset(out->u, 0, sizeof out->u);
  for (int pass = 0; pass < 2; pass++) {
    memcpy(u, out->u, sizeof u);
    linearise(c, &f, z, u);
    make_lines(c, &f, u);
    cert_lowest(out, &(cert_lines){c->polytope.rows, c->game->nu, c->at_zero, c->slope});
  }
  if (!leads_to) return;
  memcpy(leads_to->E, f.E, sizeof f.E);
  for (int i = 0; i < c->game->nd; i++) {
    leads_to->y[i] = f.at[i];
    for (int k = 0; k < c->game->nu; k++) leads_to->y[i] += f.B[k][i] * (out->u[k] - u[k]);
  }
}

/* Does it stay within the rows that are new in this round? Where that is close, false. */
static bool still_stays(const carver *c, const outcome *o) {
  const int nd = c->game->nd;
  for (int i = c->polytope.fresh; i < c->polytope.rows; i++) {
    const double *row = c->polytope.row + (size_t)i * (size_t)nd;
    double value = simple_dot(nd, row, o->y);
    for (int k = 0; k < c->game->na; k++) value += fabs(simple_dot(nd, row, o->E[k]));
    for (int j = 0; j < nd; j++) value += fabs(row[j]) * c->margin[j];
    if (!(value < 1.0 - 1e-9)) return false;
  }
  return true;
}

/* --- planes ------------------------------------------------------------------------------------------------------ */

static duro_status add_plane(carver *c, const double *gradient, double offset) {
  const double jitter = JITTER * (1.0 + fmod(0.6180339887498949 * (double)c->cuts++, 1.0));
  double row[CERT_D];
  offset -= jitter * fabs(offset);
  if (!(offset > 1e-3)) return duro_fail(DURO_ERROR_FORMAT, "no set about the middle of the axes can be kept");
  for (int j = 0; j < c->game->nd; j++) row[j] = gradient[j] / offset;
  return simple_cut(&c->polytope, row);
}

/* derivatives of weights . x' and of h_i by the state */
static void gradients(const carver *c, double *of_motion, double h[][CERT_D], const double *z, const cert_choice *by) {
  const cert_game *g = c->game;
  const double none[CERT_A] = {0};
  for (int j = 0; j < g->nd; j++) {
    double at[CERT_D], low[CERT_D], high[CERT_D], h_low[DURO_FORMULA_CONSTRAINTS], h_high[DURO_FORMULA_CONSTRAINTS];
    const double reach = 1e-5 * c->spread[j];
    memcpy(at, z, (size_t)g->nd * sizeof *z);
    at[j] = z[j] - reach;
    step(c, low, h_low, at, by->u, none);
    at[j] = z[j] + reach;
    step(c, high, h_high, at, by->u, none);
    of_motion[j] = 0.0;
    for (int i = 0; i < g->nd; i++)
      for (int k = 0; k < by->count; k++)
        of_motion[j] += by->weight[k] * c->polytope.row[by->row[k] * g->nd + i] * (high[i] - low[i]) / (2.0 * reach);
    for (int i = 0; i < g->formula->nh; i++) h[i][j] = (h_high[i] - h_low[i]) / (2.0 * reach);
  }
}

/* cuts z off because of the motion */
static duro_status cut_motion(carver *c, const double *z, const cert_choice *by) {
  double gradient[CERT_D], h[DURO_FORMULA_CONSTRAINTS][CERT_D];
  gradients(c, gradient, h, z, by);
  return add_plane(c, gradient, simple_dot(c->game->nd, gradient, z) - by->excess - c->deep);
}

/* cuts z off because of h_i */
static duro_status cut_constraint(carver *c, const double *z, int i, double h_i) {
  double gradient[CERT_D], h[DURO_FORMULA_CONSTRAINTS][CERT_D];
  gradients(c, gradient, h, z, &(cert_choice){.count = 0});
  for (int j = 0; j < c->game->nd; j++) gradient[j] = -h[i][j];
  const double room = h_i + simple_dot(c->game->nd, gradient, z) - c->h_margin[i]; // of h_i at the centre
  double scaled[CERT_D];
  for (int j = 0; j < c->game->nd; j++) scaled[j] = gradient[j] / room;
  if (!(room > 0.0)) return duro_fail(DURO_ERROR_FORMAT, "the middle of the axes violates the constraint");
  return add_plane(c, scaled, 1.0);
}

static int worst_first(const void *a, const void *b) {
  const faulty *p = a, *q = b;
  return p->excess != q->excess ? (p->excess < q->excess ? 1 : -1) : p->vertex - q->vertex;
}

/* Can z not be kept, or does it violate h_i? */
static bool inspect(carver *c, faulty *out, outcome *leads_to, const double *z) {
  const double none[CERT_A] = {0}, still[CERT_U] = {0};
  double y[CERT_D], h[DURO_FORMULA_CONSTRAINTS];
  step(c, y, h, z, still, none);
  *out = (faulty){.constraint = -1};
  for (int i = 0; i < c->game->formula->nh; i++)
    if (c->h_margin[i] - h[i] > out->excess) {
      out->excess = c->h_margin[i] - h[i];
      out->constraint = i;
    }
  if (out->constraint >= 0) return true;
  choose(c, &out->by, leads_to, z);
  out->excess = out->by.excess;
  return out->excess > 0.0;
}

/* cuts off what cannot be kept */
static duro_status cut_off(carver *c, const double *z, const faulty *f) {
  return f->constraint < 0 ? cut_motion(c, z, &f->by)
                           : cut_constraint(c, z, f->constraint, c->h_margin[f->constraint] - f->excess);
}

/* a hand of its own for each thread; it shares all but what it calculates in */
static void inspect_part(void *context, int thread, int threads) {
  carver *c = context, hand = *c;
  const int n = c->polytope.vertices, first = (int)((int64_t)n * thread / threads),
            end = (int)((int64_t)n * (thread + 1) / threads);
  const size_t lines = (1 + (size_t)c->game->nu) * (size_t)c->line_room;
  hand.work = c->work + (size_t)thread * (size_t)c->game->formula->count;
  hand.at_zero = c->at_zero + (size_t)thread * lines;
  hand.slope = hand.at_zero + c->line_room;
  for (int v = first; v < end; v++) {
    const int note = c->polytope.vertex[v].note;
    const bool stays = note && still_stays(c, c->before + note - 1);
    if (stays) c->kept[v] = c->before[note - 1];
    c->bad[v] = !stays && inspect(&hand, c->faulty + v, c->kept + v, c->polytope.vertex[v].z);
    c->faulty[v].vertex = v;
    c->polytope.vertex[v].note = c->bad[v] ? 0 : v + 1;
  }
}

/* Room for n vertices; what is known of them from the last round stays. */
static duro_status make_room(carver *c, int n) {
  if (n <= c->room) return DURO_OK;
  const size_t room = 2 * (size_t)n;
  outcome *before = duro_allocate(room * sizeof *before), *kept = duro_allocate(room * sizeof *kept);
  faulty *list = duro_allocate(room * sizeof *list);
  bool *bad = duro_allocate(room * sizeof *bad);
  if (!before || !kept || !list || !bad) {
    void *const made[] = {before, kept, list, bad};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) duro_release(made[i]);
    return DURO_ERROR_MEMORY;
  }
  if (c->room) memcpy(before, c->before, (size_t)c->room * sizeof *before);
  void *const old[] = {c->before, c->kept, c->faulty, c->bad};
  for (size_t i = 0; i < sizeof old / sizeof *old; i++) duro_release(old[i]);
  c->before = before, c->kept = kept, c->faulty = list, c->bad = bad, c->room = (int)room;
  return DURO_OK;
}

/* The vertices that cannot be kept, worst first, to c->faulty; their number. */
static int find_faulty(carver *c) {
  int count = 0;
  duro_pool_run(c->pool, inspect_part, c);
  for (int v = 0; v < c->polytope.vertices; v++)
    if (c->bad[v]) c->faulty[count++] = c->faulty[v];
  outcome *const now = c->kept;
  c->kept = c->before, c->before = now;
  qsort(c->faulty, (size_t)count, sizeof *c->faulty, worst_first);
  return count;
}

static duro_status tell(const carver *c, int64_t cells, int64_t tried, int64_t failed) {
  if (!c->report) return DURO_OK;
  const duro_certificate_progress progress = {
      .round = c->round, .cells = cells, .tried = tried, .failed = failed, .seconds = duro_clock() - c->start};
  return c->report(&progress, c->context);
}

/* one round of cuts; *bad: vertices that could not be kept */
static duro_status carve_round(carver *c, int *bad) {
  duro_status status = simple_tidy(&c->polytope);
  if (!status) status = line_room(c);
  if (status) return status;
  const int n = c->polytope.vertices;
  if ((status = make_room(c, n))) return status;
  *bad = find_faulty(c);
  const faulty *list = c->faulty;
  for (int k = 0; k < *bad && !status; k++) {
    const simple_vertex *v = c->polytope.vertex + list[k].vertex;
    if (v->gone) continue;
    double z[CERT_D];
    memcpy(z, v->z, sizeof z);
    status = cut_off(c, z, list + k);
  }
  return status ? status : tell(c, n, n, *bad);
}

static duro_status carve(carver *c, int64_t most) {
  for (;; c->round++) {
    int bad;
    const duro_status status = carve_round(c, &bad);
    if (status || bad == 0) return status;
    if (c->round >= most)
      return duro_fail(DURO_ERROR_ARGUMENT,
                       "after %lld rounds %d of %d vertices cannot be kept; wanted more of certificate.rounds or a "
                       "larger certificate.cut",
                       (long long)most, bad, c->polytope.vertices);
  }
}

/* --- margins ----------------------------------------------------------------------------------------------------- */

static void set_spread(carver *c) {
  for (int i = 0; i < c->game->nd; i++) {
    c->spread[i] = 0.0;
    for (int v = 0; v < c->polytope.vertices; v++)
      if (!c->polytope.vertex[v].gone) c->spread[i] = i_max(c->spread[i], fabs(c->polytope.vertex[v].z[i]));
  }
}

/* what slopes leave unknown over a box about z that reaches `share` of the set and of the control: added to the
 * margins */
static void add_rest(carver *c, interval *scratch, const double *z, double share) {
  const cert_game *g = c->game;
  cert_region in;
  for (int i = 0; i < g->formula->nx; i++) in.x[i] = in.x0[i] = i_all();
  for (int i = 0; i < g->nd; i++) {
    const double at = c->centre[i] + z[i], reach = share * c->spread[i];
    in.x[g->axis[i].state] = (interval){at - reach, at + reach};
    in.x0[g->axis[i].state] = i_point(at);
  }
  for (int k = 0; k < g->nu; k++) {
    in.u[k] = (interval){-share, share};
    in.u0[k] = i_point(0.0);
  }
  cert_slopes(g, &g->motion, scratch, &in);
  for (int i = 0; i < g->nd; i++) {
    const interval *slope = cert_slopes_of(g, scratch, g->formula->next[g->axis[i].state]) + 2;
    for (int j = 0; j < g->nd; j++) c->margin[i] += i_rad(slope[j]) * share * c->spread[j];
    for (int k = 0; k < g->na; k++) c->margin[i] += i_rad(slope[g->nd + k]);
    for (int k = 0; k < g->nu; k++) c->margin[i] += i_rad(slope[g->nd + g->na + k]) * share;
  }
}

/* margins: the mean of that over the vertices */
static duro_status set_margins(carver *c, double share) {
  const cert_game *g = c->game;
  interval *scratch = duro_allocate(cert_scratch_size(g));
  if (!scratch) return DURO_ERROR_MEMORY;
  int n = 0;
  memset(c->margin, 0, sizeof c->margin);
  for (int v = 0; v < c->polytope.vertices; v++) {
    if (c->polytope.vertex[v].gone) continue;
    add_rest(c, scratch, c->polytope.vertex[v].z, share);
    n++;
  }
  for (int i = 0; i < g->nd; i++) c->margin[i] = c->margin[i] / n + (LEAST_MARGIN + g->tolerance) * 2.0 * c->spread[i];
  duro_release(scratch);
  return DURO_OK;
}

/* --- cones ------------------------------------------------------------------------------------------------------- */

duro_status cert_index_facets(cert_cones *s) {
  s->first = duro_allocate((size_t)(s->rows + 1) * sizeof *s->first);
  if (!s->first) return DURO_ERROR_MEMORY;
  for (int64_t k = 0; k < s->count; k++) s->first[s->facet[k] + 1] = k + 1;
  for (int row = 0; row < s->rows; row++)
    if (s->first[row + 1] == 0) s->first[row + 1] = s->first[row];
  return DURO_OK;
}

/* volume of the part between the edges of the axes */
static duro_status box_volume(const carver *c, cert_cones *s) {
  simple_polytope part;
  duro_status status = simple_box(&part, c->game->nd, c->half);
  for (int k = 0; k < s->rows && !status; k++) {
    double row[CERT_D];
    for (int j = 0; j < c->game->nd; j++)
      row[j] = c->polytope.row[k * c->game->nd + j] * (1.0 + JITTER * fmod(0.6180339887498949 * k, 1.0));
    status = simple_cut(&part, row);
  }
  int *simplex = NULL, *facet = NULL;
  int64_t count = 0;
  if (!status) status = simple_tidy(&part);
  if (!status) status = simple_triangulate(&part, &simplex, &facet, &count);
  if (!status) s->boxed = simple_volume(&part, simplex, count);
  duro_release(simplex);
  duro_release(facet);
  simple_destroy(&part);
  return status;
}

static duro_status make_cones(carver *c, cert_cones *s) {
  const simple_polytope *p = &c->polytope;
  const size_t nd = (size_t)p->nd;
  s->rows = p->rows;
  s->vertices = p->vertices;
  s->row = duro_allocate((size_t)p->rows * nd * sizeof *s->row);
  s->vertex = duro_allocate((size_t)p->vertices * nd * sizeof *s->vertex);
  s->nu = c->game->nu;
  s->control = duro_allocate((size_t)p->vertices * (size_t)s->nu * sizeof *s->control);
  if (!s->row || !s->vertex || !s->control) return DURO_ERROR_MEMORY;
  memcpy(s->row, p->row, (size_t)p->rows * nd * sizeof *s->row);
  memcpy(s->centre, c->centre, sizeof s->centre);
  cert_choice best;
  for (int v = 0; v < p->vertices; v++) {
    memcpy(s->vertex + (size_t)v * nd, p->vertex[v].z, nd * sizeof *s->vertex);
    choose(c, &best, NULL, p->vertex[v].z);
    memcpy(s->control + (size_t)v * (size_t)s->nu, best.u, (size_t)s->nu * sizeof *best.u);
  }
  choose(c, &best, NULL, (const double[CERT_D]){0});
  memcpy(s->centre_control, best.u, (size_t)s->nu * sizeof *best.u);
  duro_status status = simple_triangulate(p, &s->simplex, &s->facet, &s->count);
  if (!status) status = cert_index_facets(s);
  if (!status) s->volume = simple_volume(p, s->simplex, s->count);
  return status;
}

/* The edge of a cone's facet along which the states are furthest apart, of the set's size. */
static void longest_edge(const carver *c, const cert_cones *s, const int *simplex, cert_edge *e) {
  const int nd = c->game->nd;
  double most = -1.0;
  for (int p = 0; p < nd; p++)
    for (int q = p + 1; q < nd; q++) {
      const double *from = s->vertex + simplex[p] * nd, *to = s->vertex + simplex[q] * nd;
      double length = 0.0;
      for (int j = 0; j < nd; j++) length += fabs(from[j] - to[j]) / c->spread[j];
      if (length <= most) continue;
      most = length;
      e->from = simplex[p] < simplex[q] ? simplex[p] : simplex[q];
      e->to = simplex[p] < simplex[q] ? simplex[q] : simplex[p];
    }
}

static bool is_cut_off(const carver *c, const double *z) {
  for (int i = 0; i < c->polytope.rows; i++)
    if (simple_dot(c->game->nd, c->polytope.row + i * c->game->nd, z) > 1.0 + 1e-9) return true;
  return false;
}

/* Where the control of a cone, the mean of those of its corners, is not good enough, there is a better one in the
 * middle of its longest edge, and the edge is to be halved there; where no control is good enough the middle is cut
 * off. */
static duro_status find_edges(carver *c, const cert_cones *s, const cert_verdict *verdict, cert_edge *edge,
                              int64_t *edges, int64_t *cuts) {
  const int nd = c->game->nd;
  duro_status status = line_room(c);
  *edges = *cuts = 0;
  for (int64_t k = 0; k < s->count && !status; k++) {
    if (verdict[k].proved) continue;
    cert_edge *e = edge + *edges;
    faulty f;
    double middle[CERT_D];
    longest_edge(c, s, s->simplex + k * nd, e);
    for (int j = 0; j < nd; j++) middle[j] = 0.5 * (s->vertex[e->from * nd + j] + s->vertex[e->to * nd + j]);
    if (*cuts && is_cut_off(c, middle)) continue;
    if (!inspect(c, &f, NULL, middle)) {
      memcpy(e->control, f.by.u, sizeof f.by.u);
      ++*edges;
      continue;
    }
    ++*cuts;
    status = cut_off(c, middle, &f);
    if (!status) status = line_room(c);
  }
  return status;
}

/* cuts where cones failed; a place that lies well inside the set needs another control, which a cut gives it */
static duro_status cut_failures(carver *c, const cert_cones *s, const cert_verdict *verdict, int64_t *cuts) {
  duro_status status = line_room(c);
  for (int64_t k = 0; k < s->count && !status; k++) {
    faulty f;
    if (verdict[k].proved || is_cut_off(c, verdict[k].at)) continue;
    inspect(c, &f, NULL, verdict[k].at);
    f.by.excess = i_max(f.by.excess, 0.0);
    ++*cuts;
    status = cut_off(c, verdict[k].at, &f);
    if (!status) status = line_room(c);
  }
  return status;
}

/* in portions, between which the caller may stop; *failed of the cones could not be proved */
static duro_status prove(const carver *c, const cert_cones *s, cert_verdict *verdict, int64_t *failed) {
  enum { PORTION = 512 };
  *failed = 0;
  duro_status status = DURO_OK;
  for (int64_t first = 0; first < s->count && !status; first += PORTION) {
    const int64_t count = s->count - first < PORTION ? s->count - first : PORTION;
    status = cert_cones_prove(c->game, s, c->pool, verdict, first, count);
    for (int64_t k = first; k < first + count && !status; k++) *failed += !verdict[k].proved;
    if (!status) status = tell(c, s->count, first + count, *failed);
  }
  return status;
}

/* halves the cones that failed, unless that takes cuts of the polytope, *cuts */
static duro_status halve_failures(carver *c, cert_cones *s, const cert_verdict *verdict, int64_t failed,
                                  int64_t *cuts) {
  int64_t edges = 0;
  cert_edge *edge = duro_allocate((size_t)failed * sizeof *edge);
  duro_status status = edge ? find_edges(c, s, verdict, edge, &edges, cuts) : DURO_ERROR_MEMORY;
  if (!status && !*cuts) status = cert_cones_halve(s, c->game->nd, edge, edges);
  duro_release(edge);
  return status;
}

/* Proves the cones of the set as it was carved, and, while each time less than half as many fail, those that failed in
 * halves. Where that does not end with a proof the polytope is cut where the first ones failed, *cuts. */
static duro_status prove_all(carver *c, cert_cones *s, int64_t *cuts) {
  cert_cones whole = {.count = s->count};
  cert_verdict *first = NULL;
  int64_t failed = 0, before = INT64_MAX;
  duro_status status = DURO_OK;
  *cuts = 0;
  do {
    cert_verdict *verdict = duro_allocate((size_t)s->count * sizeof *verdict);
    status = verdict ? prove(c, s, verdict, &failed) : DURO_ERROR_MEMORY;
    if (!status && failed) status = cert_cones_keep(s, verdict);
    if (!status && failed > before / 2)
      status = cut_failures(c, &whole, first, cuts);
    else if (!status && failed)
      status = halve_failures(c, s, verdict, failed, cuts);
    before = failed;
    if (!first)
      first = verdict;
    else
      duro_release(verdict);
    c->round++;
  } while (!status && failed && !*cuts);
  duro_release(first);
  return status;
}

/* Cones of the polytope as it is. What the cones before proved, `before`, is not asked again. */
static duro_status try_cones(carver *c, cert_cones **cones, const cert_cones *before, int64_t *cuts) {
  cert_cones *s = *cones = duro_allocate(sizeof *s);
  duro_status status = s ? make_cones(c, s) : DURO_ERROR_MEMORY;
  if (!status && before) status = cert_cones_know(s, before, c->game->nd);
  return status ? status : prove_all(c, s, cuts);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* the box of the axes; twice as long along those that h does not read, whose edges are no constraint */
static duro_status set_box(carver *c, const duro_env *env) {
  double half[CERT_D];
  const uint64_t needs = env->spec.h_needs ? env->spec.h_needs : UINT64_MAX;
  for (int i = 0; i < c->game->nd; i++) half[i] = needs >> c->game->axis[i].state & 1 ? c->half[i] : 2.0 * c->half[i];
  return simple_box(&c->polytope, c->game->nd, half);
}

static duro_status begin_box(carver *c, const duro_env *env) {
  for (int i = 0; i < c->game->nd; i++) {
    const duro_grid_axis *axis = c->game->axis + i;
    c->half[i] = c->spread[i] = 0.5 * (axis->high - axis->low);
    c->centre[i] = 0.5 * (axis->high + axis->low);
    c->margin[i] = LEAST_MARGIN * c->half[i];
  }
  for (int i = 0; i < c->game->formula->nh; i++) c->h_margin[i] = LEAST_MARGIN * env->spec.h_scale;
  c->start = duro_clock();
  c->work = duro_allocate((size_t)duro_pool_threads(c->pool) * (size_t)c->game->formula->count * sizeof *c->work);
  return c->work ? set_box(c, env) : DURO_ERROR_MEMORY;
}

/* a rough set tells how large margins must be; then all begins anew */
static duro_status begin(carver *c, const duro_env *env, const duro_certificate_settings *s) {
  duro_status status = begin_box(c, env);
  c->deep = 0.02;
  if (!status) status = carve(c, s->rounds);
  if (status) return status;
  set_spread(c);
  status = set_margins(c, s->piece);
  simple_destroy(&c->polytope);
  c->deep = s->cut;
  return status ? status : set_box(c, env);
}

duro_status cert_carve(duro_certificate *cert, const duro_env *env, const duro_certificate_settings *s,
                       duro_certificate_report report, void *context) {
  carver c = {.game = &cert->game, .report = report, .context = context};
  duro_status status = duro_pool_create(&c.pool, duro_threads(s->threads));
  if (!status) status = begin(&c, env, s);
  int64_t cuts = 1;
  while (!status && cuts) {
    cert_cones *before = cert->cones;
    cert->cones = NULL;
    status = carve(&c, s->rounds);
    if (!status) status = try_cones(&c, &cert->cones, before, &cuts);
    cert_cones_destroy(before);
  }
  if (!status) status = box_volume(&c, cert->cones);
  if (c.pool) duro_pool_destroy(c.pool);
  simple_destroy(&c.polytope);
  duro_release(c.work);
  duro_release(c.at_zero);
  void *const owned[] = {c.faulty, c.bad, c.kept, c.before};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) duro_release(owned[i]);
  return status;
}

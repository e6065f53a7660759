/* Bounds of the formula and of its derivatives over boxes: forward differentiation in interval arithmetic. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/certificate.h"

/* --- the game ------------------------------------------------------------------------------------------------- */

duro_status cert_take_axes(cert_game *g, const duro_grid_plan *plan) {
  g->nd = plan->nd;
  g->corners = 1 << g->nd;
  g->vertices = g->all_cells = 1;
  for (int i = g->nd - 1; i >= 0; i--) {
    const duro_grid_axis *axis = plan->axis + i;
    g->axis[i] = *axis;
    g->cells[i] = axis->periodic ? axis->n : axis->n - 1;
    g->spacing[i] = (axis->high - axis->low) / g->cells[i];
    g->step[i] = g->vertices;
    g->vertices *= axis->n;
    g->all_cells *= g->cells[i];
    if (axis->n > 4096) return duro_fail(DURO_ERROR_ARGUMENT, "an axis has %d vertices; wanted at most 4096", axis->n);
  }
  return DURO_OK;
}

/* equally spaced in [-1, 1]; one: 0 */
static duro_status take_controls(cert_game *g, int64_t per_axis) {
  double all = 1.0;
  for (int i = 0; i < g->nu; i++) all *= (double)per_axis;
  if (all > CERT_CONTROLS)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "certificate.controls: %lld in each of %d dimensions are %.3g; wanted at most %d",
                     (long long)per_axis, g->nu, all, CERT_CONTROLS);
  g->controls = (int)all;
  g->control = duro_allocate((size_t)g->controls * (size_t)g->nu * sizeof *g->control);
  if (!g->control) return DURO_ERROR_MEMORY;
  for (int k = 0; k < g->controls; k++)
    for (int i = g->nu - 1, rest = k; i >= 0; i--, rest /= (int)per_axis) {
      const int at = rest % (int)per_axis;
      g->control[k * g->nu + i] = per_axis == 1 ? 0.0 : 2.0 * at / (double)(per_axis - 1) - 1.0;
    }
  return DURO_OK;
}

static duro_status take_part(cert_part *part, const duro_formula *f, const int *outputs, int count) {
  bool *needed = duro_allocate((size_t)f->count * sizeof *needed);
  part->node = duro_allocate((size_t)f->count * sizeof *part->node);
  if (!needed || !part->node) {
    duro_release(needed);
    return DURO_ERROR_MEMORY;
  }
  for (int i = 0; i < count; i++) needed[outputs[i]] = true;
  for (int i = f->count - 1; i >= 0; i--) {
    if (!needed[i] || f->node[i].op < DURO_F_ADD) continue;
    needed[f->node[i].a] = true;
    if (f->node[i].op < DURO_F_NEG) needed[f->node[i].b] = true;
  }
  part->count = 0;
  for (int i = 0; i < f->count; i++)
    if (needed[i]) part->node[part->count++] = i;
  duro_release(needed);
  return DURO_OK;
}

/* --- jets: a value and its derivatives by the axes and the disturbances ------------------------------------------ */

static int width(const cert_game *g) {
  return 1 + g->nd + g->na;
}

size_t cert_scratch_size(const cert_game *g) {
  return (size_t)g->formula->count * (size_t)width(g) * sizeof(interval);
}

typedef struct inputs {
  const interval *x; // (formula nx)
  const double *u;   // (nu)
  interval a;        // every disturbance
} inputs;

static int axis_of(const cert_game *g, int state) {
  for (int i = 0; i < g->nd; i++)
    if (g->axis[i].state == state) return i;
  return -1;
}

static void set_input(const cert_game *g, interval *out, const duro_formula_node *n, const inputs *in) {
  for (int k = 0; k < width(g); k++) out[k] = i_point(0.0);
  switch (n->op) {
  case DURO_F_X:
    out[0] = in->x[n->a];
    if (axis_of(g, n->a) >= 0) out[1 + axis_of(g, n->a)] = i_point(1.0);
    break;
  case DURO_F_U:
    out[0] = i_point(in->u[n->a]);
    break;
  case DURO_F_A:
    out[0] = in->a;
    out[1 + g->nd + n->a] = i_point(1.0);
    break;
  default:
    out[0] = i_point(n->value);
    break;
  }
}

/* derivatives by the chain rule: out' = slope_p p' + slope_q q' */
static void chain(interval *out, int n, const interval *p, interval slope_p, const interval *q, interval slope_q) {
  for (int k = 1; k < n; k++) out[k] = i_add(i_mul(slope_p, p[k]), i_mul(slope_q, q[k]));
}

/* the smaller: one of the two where that is certain, or a mixture of their slopes */
static void smaller(interval *out, int n, const interval *p, const interval *q) {
  out[0] = (interval){i_min(p[0].lo, q[0].lo), i_min(p[0].hi, q[0].hi)};
  for (int k = 1; k < n; k++) out[k] = p[0].hi <= q[0].lo ? p[k] : q[0].hi <= p[0].lo ? q[k] : i_hull(p[k], q[k]);
}

static void larger(interval *out, int n, const interval *p, const interval *q) {
  out[0] = (interval){i_max(p[0].lo, q[0].lo), i_max(p[0].hi, q[0].hi)};
  for (int k = 1; k < n; k++) out[k] = p[0].lo >= q[0].hi ? p[k] : q[0].lo >= p[0].hi ? q[k] : i_hull(p[k], q[k]);
}

static interval sign(interval a) {
  return a.lo >= 0.0 ? i_point(1.0) : a.hi <= 0.0 ? i_point(-1.0) : (interval){-1.0, 1.0};
}

static void set_apply(interval *out, int n, duro_formula_op op, const interval *p, const interval *q) {
  const interval none = i_point(0.0);
  switch (op) {
  case DURO_F_ADD:
    for (int k = 0; k < n; k++) out[k] = i_add(p[k], q[k]);
    break;
  case DURO_F_SUB:
    for (int k = 0; k < n; k++) out[k] = i_sub(p[k], q[k]);
    break;
  case DURO_F_MUL:
    out[0] = i_mul(p[0], q[0]);
    chain(out, n, p, q[0], q, p[0]);
    break;
  case DURO_F_DIV:
    out[0] = i_div(p[0], q[0]);
    for (int k = 1; k < n; k++) out[k] = i_div(i_sub(p[k], i_mul(out[0], q[k])), q[0]);
    break;
  case DURO_F_MIN:
    smaller(out, n, p, q);
    break;
  case DURO_F_MAX:
    larger(out, n, p, q);
    break;
  case DURO_F_NEG:
    for (int k = 0; k < n; k++) out[k] = i_neg(p[k]);
    break;
  case DURO_F_ABS:
    out[0] = i_abs(p[0]);
    chain(out, n, p, sign(p[0]), p, none);
    break;
  case DURO_F_SQRT:
    out[0] = i_sqrt(p[0]);
    chain(out, n, p, i_div(i_point(0.5), out[0]), p, none);
    break;
  case DURO_F_SIN:
    out[0] = i_sin(p[0]);
    chain(out, n, p, i_cos(p[0]), p, none);
    break;
  default:
    out[0] = i_cos(p[0]);
    chain(out, n, p, i_neg(i_sin(p[0])), p, none);
    break;
  }
}

static void evaluate(const cert_game *g, const cert_part *part, interval *jets, const inputs *in) {
  const int n = width(g);
  for (int j = 0; j < part->count; j++) {
    const int i = part->node[j];
    const duro_formula_node *node = g->formula->node + i;
    interval *out = jets + (size_t)i * (size_t)n;
    if (node->op < DURO_F_ADD)
      set_input(g, out, node, in);
    else
      set_apply(out, n, node->op, jets + (size_t)node->a * (size_t)n, jets + (size_t)node->b * (size_t)n);
  }
}

/* only the values: the derivatives are those of constants */
static interval value_at(const cert_game *g, const interval *jets, int node) {
  return jets[(size_t)node * (size_t)width(g)];
}

/* --- cells ------------------------------------------------------------------------------------------------------ */

/* states of the box [from, to] in grid coordinates; the others may be anything */
static void states(const cert_game *g, interval *x, const double *from, const double *to) {
  for (int i = 0; i < g->formula->nx; i++) x[i] = i_all();
  for (int i = 0; i < g->nd; i++) {
    const interval low = i_point(g->axis[i].low), spacing = i_point(g->spacing[i]);
    const interval p = i_add(low, i_mul(i_point(from[i]), spacing)), q = i_add(low, i_mul(i_point(to[i]), spacing));
    x[g->axis[i].state] = (interval){p.lo, q.hi};
  }
}

/* as a double and what it may be off */
static double split(interval value, interval *rest) {
  const double middle = i_mid(value);
  *rest = i_add(*rest, (interval){-i_rad(value), i_rad(value)});
  return middle;
}

static interval half_of(interval slope) { // what |p| <= 1/2 makes of the part of a slope that is not known
  const double r = i_rad(slope) * 0.5;
  return (interval){-r, r};
}

void cert_enclose(const cert_game *g, interval *jets, cert_map *map, const int *cell, const double *u) {
  double from[CERT_D] = {0}, to[CERT_D] = {0}, middle[CERT_D] = {0};
  for (int i = 0; i < g->nd; i++) {
    const bool row = i == g->row;
    from[i] = row ? 0.0 : cell[i];
    to[i] = row ? g->cells[i] : cell[i] + 1.0;
    middle[i] = row ? 0.5 : cell[i] + 0.5;
  }
  interval x[DURO_MAX_STATE];
  const int n = width(g);
  states(g, x, middle, middle);
  evaluate(g, &g->motion, jets, &(inputs){x, u, i_point(0.0)});
  interval at[CERT_D], rest[CERT_D];
  for (int i = 0; i < g->nd; i++) {
    const interval moved = i_sub(value_at(g, jets, g->formula->next[g->axis[i].state]), i_point(g->axis[i].low));
    at[i] = i_div(moved, i_point(g->spacing[i]));
  }
  states(g, x, from, to);
  evaluate(g, &g->motion, jets, &(inputs){x, u, {-1.0, 1.0}});
  for (int i = 0; i < g->nd; i++) {
    const interval *jet = jets + (size_t)g->formula->next[g->axis[i].state] * (size_t)n;
    rest[i] = i_point(0.0);
    map->c[i] = split(at[i], rest + i);
    for (int j = 0; j < g->nd; j++) {
      const interval slope = i_mul(jet[1 + j], i_div(i_point(g->spacing[j]), i_point(g->spacing[i])));
      map->J[i][j] = i == j && jet[1 + j].lo == 1.0 && jet[1 + j].hi == 1.0 ? 1.0 : i_mid(slope);
      if (!(i == j && map->J[i][j] == 1.0)) rest[i] = i_add(rest[i], half_of(slope));
    }
    for (int k = 0; k < g->na; k++) map->Ja[i][k] = split(i_div(jet[1 + g->nd + k], i_point(g->spacing[i])), rest + i);
    map->R[i] = i_up(rest[i].hi + g->tolerance * g->cells[i]);
  }
}

void cert_planes(const cert_game *g, interval *jets, cert_plane *plane, const int *cell) {
  double from[CERT_D] = {0}, to[CERT_D] = {0}, middle[CERT_D] = {0};
  for (int i = 0; i < g->nd; i++) {
    from[i] = cell[i];
    to[i] = cell[i] + 1.0;
    middle[i] = cell[i] + 0.5;
  }
  const double u[DURO_MAX_ACTION] = {0};
  interval x[DURO_MAX_STATE], rest[DURO_FORMULA_CONSTRAINTS];
  states(g, x, middle, middle);
  evaluate(g, &g->constraint, jets, &(inputs){x, u, i_point(0.0)});
  for (int i = 0; i < g->formula->nh; i++) {
    rest[i] = i_point(0.0);
    plane[i].c = split(value_at(g, jets, g->formula->h[i]), rest + i);
  }
  states(g, x, from, to);
  evaluate(g, &g->constraint, jets, &(inputs){x, u, {-1.0, 1.0}});
  for (int i = 0; i < g->formula->nh; i++) {
    const interval *jet = jets + (size_t)g->formula->h[i] * (size_t)width(g);
    for (int j = 0; j < g->nd; j++) {
      const interval slope = i_mul(jet[1 + j], i_point(g->spacing[j]));
      plane[i].J[j] = i_mid(slope);
      rest[i] = i_add(rest[i], half_of(slope));
    }
    plane[i].R = rest[i].hi;
  }
}

/* the axis along which a shift of x shifts x' and changes nothing else: its column of derivatives is known exactly */
static int find_row(const cert_game *g, interval *jets) {
  double from[CERT_D] = {0}, to[CERT_D] = {0};
  for (int i = 0; i < g->nd; i++) {
    from[i] = 0.0;
    to[i] = g->cells[i];
  }
  interval x[DURO_MAX_STATE];
  states(g, x, from, to);
  const double u[DURO_MAX_ACTION] = {0};
  evaluate(g, &g->motion, jets, &(inputs){x, u, {-1.0, 1.0}});
  for (int j = 0; j < g->nd; j++) {
    bool shifts = !g->axis[j].periodic;
    for (int i = 0; i < g->nd; i++) {
      const interval slope = jets[(size_t)g->formula->next[g->axis[i].state] * (size_t)width(g) + 1 + (size_t)j];
      shifts = shifts && slope.lo == (i == j) && slope.hi == (i == j);
    }
    if (shifts) return j;
  }
  return -1;
}

duro_status cert_game_create(cert_game *g, const duro_env *env, const duro_grid_plan *plan,
                             const duro_certificate_settings *settings) {
  memset(g, 0, sizeof *g);
  duro_status status = duro_formula_create(&g->formula, env);
  if (status) return status;
  g->nu = env->spec.nu;
  g->na = env->spec.na;
  g->tolerance = settings->tolerance;
  if (g->na > CERT_A)
    status = duro_fail(DURO_ERROR_ARGUMENT, "'%s' has %d disturbances; a certificate allows %d", env->ops->name, g->na,
                       CERT_A);
  int outputs[CERT_D];
  for (int i = 0; i < plan->nd; i++) outputs[i] = g->formula->next[plan->axis[i].state];
  if (!status) status = cert_take_axes(g, plan);
  if (!status) status = take_controls(g, settings->controls);
  if (!status) status = take_part(&g->motion, g->formula, outputs, g->nd);
  if (!status) status = take_part(&g->constraint, g->formula, g->formula->h, g->formula->nh);
  interval *jets = status ? NULL : duro_allocate(cert_scratch_size(g));
  if (!status && !jets) status = DURO_ERROR_MEMORY;
  if (!status) g->row = find_row(g, jets);
  duro_release(jets);
  if (status) cert_game_destroy(g);
  return status;
}

void cert_game_destroy(cert_game *g) {
  duro_formula_destroy(g->formula);
  duro_release(g->motion.node);
  duro_release(g->constraint.node);
  duro_release(g->control);
  memset(g, 0, sizeof *g);
}

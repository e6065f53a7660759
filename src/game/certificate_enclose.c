/* Bounds of the formula and of its slopes over boxes, in interval arithmetic. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/certificate.h"
#include "game/certificate_lanes.h"

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

/* --- slopes ------------------------------------------------------------------------------------------------------ */

/* Of each node: its value at the point, then over the region, then slopes s by axes, disturbances and controls:
 * value = value at the point + sum_k s_k (input k - input k of the point), each s_k in its interval. Slopes lie closer
 * than derivatives: in p q - p0 q0 = (p - p0) q + p0 (q - q0) one of the factors is known. */
enum { POINT, RANGE, SLOPES };

static int width(const cert_game *g) {
  return SLOPES + g->nd + g->na + g->nu;
}

size_t cert_scratch_size(const cert_game *g) {
  return (size_t)g->formula->count * (size_t)width(g) * sizeof(interval);
}

const interval *cert_slopes_of(const cert_game *g, const interval *scratch, int node) {
  return scratch + (size_t)node * (size_t)width(g);
}

static int axis_of(const cert_game *g, int state) {
  for (int i = 0; i < g->nd; i++)
    if (g->axis[i].state == state) return i;
  return -1;
}

static void set_input(const cert_game *g, interval *out, const duro_formula_node *n, const cert_region *in) {
  for (int k = 0; k < width(g); k++) out[k] = i_point(0.0);
  switch (n->op) {
  case DURO_F_X:
    out[POINT] = in->x0[n->a];
    out[RANGE] = in->x[n->a];
    if (axis_of(g, n->a) >= 0) out[SLOPES + axis_of(g, n->a)] = i_point(1.0);
    break;
  case DURO_F_U:
    out[POINT] = in->u0[n->a];
    out[RANGE] = in->u[n->a];
    out[SLOPES + g->nd + g->na + n->a] = i_point(1.0);
    break;
  case DURO_F_A:
    out[RANGE] = (interval){-1.0, 1.0};
    out[SLOPES + g->nd + n->a] = i_point(1.0);
    break;
  default:
    out[POINT] = out[RANGE] = i_point(n->value);
    break;
  }
}

/* of one operand: its slopes times that of the operation */
static void chain(interval *out, int n, const interval *p, interval slope) {
  for (int k = SLOPES; k < n; k++) out[k] = i_mul(slope, p[k]);
}

/* the smaller: one of the two where that is certain, or a mixture of their slopes */
static void smaller(interval *out, int n, const interval *p, const interval *q) {
  for (int k = POINT; k < SLOPES; k++) out[k] = (interval){i_min(p[k].lo, q[k].lo), i_min(p[k].hi, q[k].hi)};
  const bool first = p[RANGE].hi <= q[RANGE].lo, second = q[RANGE].hi <= p[RANGE].lo;
  for (int k = SLOPES; k < n; k++) out[k] = first ? p[k] : second ? q[k] : i_hull(p[k], q[k]);
}

static void larger(interval *out, int n, const interval *p, const interval *q) {
  for (int k = POINT; k < SLOPES; k++) out[k] = (interval){i_max(p[k].lo, q[k].lo), i_max(p[k].hi, q[k].hi)};
  const bool first = p[RANGE].lo >= q[RANGE].hi, second = q[RANGE].lo >= p[RANGE].hi;
  for (int k = SLOPES; k < n; k++) out[k] = first ? p[k] : second ? q[k] : i_hull(p[k], q[k]);
}

static interval sign(interval a) {
  return a.lo >= 0.0 ? i_point(1.0) : a.hi <= 0.0 ? i_point(-1.0) : (interval){-1.0, 1.0};
}

static void of_two(interval *out, int n, duro_formula_op op, const interval *p, const interval *q) {
  switch (op) {
  case DURO_F_ADD:
    for (int k = 0; k < n; k++) out[k] = i_add(p[k], q[k]);
    break;
  case DURO_F_SUB:
    for (int k = 0; k < n; k++) out[k] = i_sub(p[k], q[k]);
    break;
  case DURO_F_MUL:
    for (int k = POINT; k < SLOPES; k++) out[k] = i_mul(p[k], q[k]);
    for (int k = SLOPES; k < n; k++) out[k] = i_add(i_mul(q[RANGE], p[k]), i_mul(p[POINT], q[k]));
    break;
  case DURO_F_DIV:
    for (int k = POINT; k < SLOPES; k++) out[k] = i_div(p[k], q[k]);
    for (int k = SLOPES; k < n; k++) {
      const bool none = i_zero(p[k]) && i_zero(q[k]); // whatever is divided by
      out[k] = none ? i_point(0.0) : i_div(i_sub(p[k], i_mul(out[POINT], q[k])), q[RANGE]);
    }
    break;
  case DURO_F_MIN:
    smaller(out, n, p, q);
    break;
  default:
    larger(out, n, p, q);
    break;
  }
}

static void of_one(interval *out, int n, duro_formula_op op, const interval *p) {
  const interval range = p[RANGE];
  for (int k = POINT; k < SLOPES; k++)
    out[k] = op == DURO_F_NEG    ? i_neg(p[k])
             : op == DURO_F_ABS  ? i_abs(p[k])
             : op == DURO_F_SQRT ? i_sqrt(p[k])
             : op == DURO_F_SIN  ? i_sin(p[k])
                                 : i_cos(p[k]);
  switch (op) {
  case DURO_F_NEG:
    chain(out, n, p, i_point(-1.0));
    break;
  case DURO_F_ABS:
    chain(out, n, p, sign(range));
    break;
  case DURO_F_SQRT:
    chain(out, n, p, i_div(i_point(0.5), out[RANGE]));
    break;
  case DURO_F_SIN:
    chain(out, n, p, i_cos(range));
    break;
  default:
    chain(out, n, p, i_neg(i_sin(range)));
    break;
  }
}

void cert_operate(interval *out, int n, duro_formula_op op, const interval *p, const interval *q) {
  if (op < DURO_F_NEG)
    of_two(out, n, op, p, q);
  else
    of_one(out, n, op, p);
}

void cert_slopes(const cert_game *g, const cert_part *part, interval *scratch, const cert_region *in) {
  const int n = width(g);
  for (int j = 0; j < part->count; j++) {
    const duro_formula_node *node = g->formula->node + part->node[j];
    interval *out = scratch + (size_t)part->node[j] * (size_t)n;
    const interval *p = scratch + (size_t)node->a * (size_t)n, *q = scratch + (size_t)node->b * (size_t)n;
    if (node->op < DURO_F_ADD)
      set_input(g, out, node, in);
    else
      cert_operate(out, n, node->op, p, q);
  }
}

/* --- lanes ------------------------------------------------------------------------------------------------------- */

static uint32_t touched_by(const cert_game *g, const duro_formula_node *n, const uint32_t *before) {
  const uint32_t value = 1U << POINT | 1U << RANGE;
  switch (n->op) {
  case DURO_F_X:
    return value | (axis_of(g, n->a) < 0 ? 0 : 1U << (SLOPES + axis_of(g, n->a)));
  case DURO_F_U:
    return value | 1U << (SLOPES + g->nd + g->na + n->a);
  case DURO_F_A:
    return value | 1U << (SLOPES + g->nd + n->a);
  case DURO_F_CONSTANT:
    return value;
  default:
    return before[n->a] | (n->op < DURO_F_NEG ? before[n->b] : 0);
  }
}

duro_status cert_lanes_create(cert_lanes_game *lanes, const cert_game *g) {
  *lanes = (cert_lanes_game){.game = g, .width = width(g)};
  lanes->touched = duro_allocate((size_t)g->formula->count * sizeof *lanes->touched);
  if (!lanes->touched) return DURO_ERROR_MEMORY;
  for (int i = 0; i < g->formula->count; i++) lanes->touched[i] = touched_by(g, g->formula->node + i, lanes->touched);
  return DURO_OK;
}

void cert_lanes_destroy(cert_lanes_game *lanes) {
  duro_release(lanes->touched);
  lanes->touched = NULL;
}

size_t cert_lanes_size(const cert_lanes_game *lanes, const cert_lanes *kernels) {
  return cert_scratch_size(lanes->game) * (size_t)kernels->lanes;
}

/* --- cells ------------------------------------------------------------------------------------------------------ */

static interval state_at(const cert_game *g, int axis, double z) {
  return i_add(i_point(g->axis[axis].low), i_mul(i_point(z), i_point(g->spacing[axis])));
}

/* the box [from, to] in grid coordinates and its point `at`, under the control u; other states may be anything */
static void take_region(const cert_game *g, cert_region *in, const double *from, const double *to, const double *at,
                        const double *u) {
  for (int i = 0; i < g->formula->nx; i++) in->x[i] = in->x0[i] = i_all();
  for (int i = 0; i < g->nd; i++) {
    in->x[g->axis[i].state] = (interval){state_at(g, i, from[i]).lo, state_at(g, i, to[i]).hi};
    in->x0[g->axis[i].state] = state_at(g, i, at[i]);
  }
  for (int i = 0; i < g->nu; i++) in->u[i] = in->u0[i] = i_point(u[i]);
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

void cert_enclose(const cert_game *g, interval *scratch, cert_map *map, const int *cell, const double *u) {
  double from[CERT_D] = {0}, to[CERT_D] = {0}, middle[CERT_D] = {0};
  for (int i = 0; i < g->nd; i++) {
    const bool row = i == g->row;
    from[i] = row ? 0.0 : cell[i];
    to[i] = row ? g->cells[i] : cell[i] + 1.0;
    middle[i] = row ? 0.5 : cell[i] + 0.5;
  }
  cert_region in;
  take_region(g, &in, from, to, middle, u);
  cert_slopes(g, &g->motion, scratch, &in);
  for (int i = 0; i < g->nd; i++) {
    const interval *of = cert_slopes_of(g, scratch, g->formula->next[g->axis[i].state]), *slope = of + SLOPES;
    const interval one = i_point(g->spacing[i]);
    interval rest = i_point(0.0);
    map->c[i] = split(i_div(i_sub(of[POINT], i_point(g->axis[i].low)), one), &rest);
    for (int j = 0; j < g->nd; j++) {
      const interval per = i_mul(slope[j], i_div(i_point(g->spacing[j]), one));
      map->J[i][j] = i == j && slope[j].lo == 1.0 && slope[j].hi == 1.0 ? 1.0 : i_mid(per);
      if (!(i == j && map->J[i][j] == 1.0)) rest = i_add(rest, half_of(per));
    }
    for (int k = 0; k < g->na; k++) map->Ja[i][k] = split(i_div(slope[g->nd + k], one), &rest);
    map->R[i] = i_up(rest.hi + g->tolerance * g->cells[i]);
  }
}

void cert_planes(const cert_game *g, interval *scratch, cert_plane *plane, const int *cell) {
  double from[CERT_D] = {0}, to[CERT_D] = {0}, middle[CERT_D] = {0};
  for (int i = 0; i < g->nd; i++) {
    from[i] = cell[i];
    to[i] = cell[i] + 1.0;
    middle[i] = cell[i] + 0.5;
  }
  const double u[DURO_MAX_ACTION] = {0};
  cert_region in;
  take_region(g, &in, from, to, middle, u);
  cert_slopes(g, &g->constraint, scratch, &in);
  for (int i = 0; i < g->formula->nh; i++) {
    const interval *of = cert_slopes_of(g, scratch, g->formula->h[i]);
    interval rest = i_point(0.0);
    plane[i].c = split(of[POINT], &rest);
    for (int j = 0; j < g->nd; j++) {
      const interval slope = i_mul(of[SLOPES + j], i_point(g->spacing[j]));
      plane[i].J[j] = i_mid(slope);
      rest = i_add(rest, half_of(slope));
    }
    plane[i].R = rest.hi;
  }
}

/* the axis along which a shift of x shifts x' and changes nothing else: its column of derivatives is known exactly */
static int find_row(const cert_game *g, interval *scratch) {
  double from[CERT_D] = {0}, to[CERT_D] = {0};
  for (int i = 0; i < g->nd; i++) to[i] = g->cells[i];
  const double u[DURO_MAX_ACTION] = {0};
  cert_region in;
  take_region(g, &in, from, to, from, u);
  cert_slopes(g, &g->motion, scratch, &in);
  for (int j = 0; j < g->nd; j++) {
    bool shifts = !g->axis[j].periodic;
    for (int i = 0; i < g->nd; i++) {
      const interval slope = cert_slopes_of(g, scratch, g->formula->next[g->axis[i].state])[SLOPES + j];
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
  interval *scratch = status ? NULL : duro_allocate(cert_scratch_size(g));
  if (!status && !scratch) status = DURO_ERROR_MEMORY;
  if (!status) g->row = find_row(g, scratch);
  duro_release(scratch);
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

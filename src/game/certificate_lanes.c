/* Slopes of a formula over several boxes side by side, a lane each: what cert_slopes gives of each box, bit by bit.
 * Compiled once for each width of vectors. */
#include "game/certificate_lanes.h"
#include "base/lanes.h"
#include "game/certificate.h"

enum { POINT, RANGE, SLOPES };

/* an interval in each lane */
typedef struct box {
  vec lo, hi;
} box;

INLINE vec down(vec x) {
  return x - (v_abs(x) * v_of(0x1p-52) + v_of(0x1p-1060));
}

INLINE vec up(vec x) {
  return x + (v_abs(x) * v_of(0x1p-52) + v_of(0x1p-1060));
}

INLINE box b_of(double lo, double hi) {
  return (box){v_of(lo), v_of(hi)};
}

INLINE box b_select(mask m, box yes, box no) {
  return (box){v_select(m, yes.lo, no.lo), v_select(m, yes.hi, no.hi)};
}

/* i_min and i_max: the first where they are equal */
INLINE vec least(vec a, vec b) {
  return v_smaller(b, a);
}

INLINE vec most(vec a, vec b) {
  return v_larger(b, a);
}

INLINE mask at_most(vec a, vec b) {
  return mask_or(v_less(a, b), v_equal(a, b));
}

INLINE mask is_zero(box a) {
  return mask_and(v_equal(a.lo, v_of(0.0)), v_equal(a.hi, v_of(0.0)));
}

INLINE mask holds_zero(box a) {
  return mask_and(at_most(a.lo, v_of(0.0)), at_most(v_of(0.0), a.hi));
}

INLINE box safe(vec lo, vec hi) {
  return b_select(at_most(lo, hi), (box){down(lo), up(hi)}, b_of(-INFINITY, INFINITY));
}

INLINE box negative(box a) {
  return (box){-a.hi, -a.lo};
}

INLINE box add(box a, box b) {
  const box sum = safe(a.lo + b.lo, a.hi + b.hi);
  return b_select(is_zero(a), b, b_select(is_zero(b), a, sum));
}

/* the hull of four products or quotients; all where one is not a number */
INLINE box hull_of(vec p, vec q, vec r, vec s) {
  const box hull = safe(least(least(p, q), least(r, s)), most(most(p, q), most(r, s)));
  return b_select(v_is_nan(p + q + r + s), b_of(-INFINITY, INFINITY), hull);
}

INLINE box times(box a, box b) {
  const box product = hull_of(a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi);
  return b_select(mask_or(is_zero(a), is_zero(b)), b_of(0.0, 0.0), product);
}

INLINE box ratio(box a, box b) {
  const mask unknown = holds_zero(b);
  const box quotient = hull_of(a.lo / b.lo, a.lo / b.hi, a.hi / b.lo, a.hi / b.hi);
  const box known = b_select(is_zero(a), a, quotient);
  return b_select(unknown, b_of(-INFINITY, INFINITY), known);
}

INLINE box hull(box a, box b) {
  return (box){least(a.lo, b.lo), most(a.hi, b.hi)};
}

INLINE box size_of(box a) {
  const mask above = at_most(v_of(0.0), a.lo), below = at_most(a.hi, v_of(0.0));
  const box across = {v_of(0.0), most(-a.lo, a.hi)};
  return b_select(above, a, b_select(below, negative(a), across));
}

INLINE box root(box a) {
  const box r = safe(v_sqrt(a.lo), v_sqrt(a.hi));
  return b_select(at_most(v_of(0.0), a.lo), (box){most(r.lo, v_of(0.0)), r.hi}, b_of(-INFINITY, INFINITY));
}

INLINE box sign_of(box a) {
  const mask above = at_most(v_of(0.0), a.lo), below = at_most(a.hi, v_of(0.0));
  return b_select(above, b_of(1.0, 1.0), b_select(below, b_of(-1.0, -1.0), b_of(-1.0, 1.0)));
}

/* i_wave, of which both are made at once: the sines and cosines of the ends, and what lies between */
typedef struct wave {
  box sine, cosine;
} wave;

INLINE box wave_between(vec p, vec q, box a, double offset) {
  const vec pi = v_of(3.14159265358979323846), unsure = v_of(1e-9), error = v_of(0x1p-50), one = v_of(1.0);
  const vec first = -v_floor(-(a.lo / pi - v_of(offset) - unsure)), last = v_floor(a.hi / pi - v_of(offset) + unsure);
  box out = {most(least(p, q) - error, -one), least(most(p, q) + error, one)};
  const mask turns = v_equal(first, last), top = v_equal(first, v_of(2.0) * v_floor(first * v_of(0.5)));
  out.hi = v_select(mask_and(turns, top), one, out.hi);
  out.lo = v_select(mask_and(turns, mask_not(top)), -one, out.lo);
  const mask near = mask_and(at_most(v_of(-1e5), a.lo), at_most(a.hi, v_of(1e5)));
  const mask whole = mask_or(mask_not(near), at_most(one, last - first));
  return b_select(whole, b_of(-1.0, 1.0), out);
}

INLINE wave waves(box a) {
  vec s[2], c[2];
  v_sincos(a.lo, &s[0], &c[0]);
  v_sincos(a.hi, &s[1], &c[1]);
  return (wave){wave_between(s[0], s[1], a, 0.5), wave_between(c[0], c[1], a, 0.0)};
}

INLINE box load(const double *p) {
  return (box){v_load(p), v_load(p + LANES)};
}

INLINE void store(double *p, box a) {
  v_store(p, a.lo);
  v_store(p + LANES, a.hi);
}

enum { BOX = 2 * LANES }; // numbers of one

/* what lane l of an input is */
static void set_input(const cert_lanes_game *l, double *out, int index, const cert_region *const *in) {
  const cert_game *g = l->game;
  const duro_formula_node *n = g->formula->node + index;
  const box zero = b_of(0.0, 0.0);
  for (int k = 0; k < l->width; k++) store(out + k * BOX, zero);
  for (int lane = 0; lane < LANES; lane++) {
    interval point = i_point(n->value), range = point;
    if (n->op == DURO_F_X) point = in[lane]->x0[n->a], range = in[lane]->x[n->a];
    if (n->op == DURO_F_U) point = in[lane]->u0[n->a], range = in[lane]->u[n->a];
    if (n->op == DURO_F_A) point = i_point(0.0), range = (interval){-1.0, 1.0};
    out[POINT * BOX + lane] = point.lo;
    out[POINT * BOX + LANES + lane] = point.hi;
    out[RANGE * BOX + lane] = range.lo;
    out[RANGE * BOX + LANES + lane] = range.hi;
  }
  for (int k = SLOPES; k < l->width; k++)
    if (l->touched[index] >> k & 1) store(out + k * BOX, b_of(1.0, 1.0));
}

/* the slopes of one operand times that of the operation */
static void chain(const cert_lanes_game *l, double *out, uint32_t touched, const double *p, box slope) {
  for (int k = SLOPES; k < l->width; k++)
    if (touched >> k & 1) store(out + k * BOX, times(slope, load(p + k * BOX)));
}

static void of_one(const cert_lanes_game *l, double *out, uint32_t touched, duro_formula_op op, const double *p) {
  const box point = load(p + POINT * BOX), range = load(p + RANGE * BOX);
  switch (op) {
  case DURO_F_NEG:
    store(out + POINT * BOX, negative(point));
    store(out + RANGE * BOX, negative(range));
    chain(l, out, touched, p, b_of(-1.0, -1.0));
    break;
  case DURO_F_ABS:
    store(out + POINT * BOX, size_of(point));
    store(out + RANGE * BOX, size_of(range));
    chain(l, out, touched, p, sign_of(range));
    break;
  case DURO_F_SQRT: {
    const box r = root(range);
    store(out + POINT * BOX, root(point));
    store(out + RANGE * BOX, r);
    chain(l, out, touched, p, ratio(b_of(0.5, 0.5), r));
    break;
  }
  default: {
    const wave at = waves(point), over = waves(range);
    const bool sine = op == DURO_F_SIN;
    store(out + POINT * BOX, sine ? at.sine : at.cosine);
    store(out + RANGE * BOX, sine ? over.sine : over.cosine);
    chain(l, out, touched, p, sine ? over.cosine : negative(over.sine));
    break;
  }
  }
}

/* the smaller, or the larger: one of the two where that is certain, or a mixture of their slopes */
static void extreme(const cert_lanes_game *l, double *out, uint32_t touched, bool larger, const double *p,
                    const double *q) {
  for (int k = POINT; k < SLOPES; k++) {
    const box a = load(p + k * BOX), b = load(q + k * BOX);
    store(out + k * BOX,
          larger ? (box){most(a.lo, b.lo), most(a.hi, b.hi)} : (box){least(a.lo, b.lo), least(a.hi, b.hi)});
  }
  const box a = load(p + RANGE * BOX), b = load(q + RANGE * BOX);
  const mask first = larger ? at_most(b.hi, a.lo) : at_most(a.hi, b.lo),
             second = larger ? at_most(a.hi, b.lo) : at_most(b.hi, a.lo);
  for (int k = SLOPES; k < l->width; k++) {
    if (!(touched >> k & 1)) continue;
    const box s = load(p + k * BOX), t = load(q + k * BOX);
    store(out + k * BOX, b_select(first, s, b_select(second, t, hull(s, t))));
  }
}

/* what an operand does not touch has no slope: the other one's is all there is */
static void sum(const cert_lanes_game *l, double *out, bool less, const double *p, const double *q, uint32_t by_p,
                uint32_t by_q) {
  for (int k = 0; k < l->width; k++) {
    const bool first = by_p >> k & 1, second = by_q >> k & 1;
    if (!first && !second) continue;
    const box b = second ? less ? negative(load(q + k * BOX)) : load(q + k * BOX) : b_of(0.0, 0.0);
    store(out + k * BOX, !first ? b : !second ? load(p + k * BOX) : add(load(p + k * BOX), b));
  }
}

static void product(const cert_lanes_game *l, double *out, const double *p, const double *q, uint32_t by_p,
                    uint32_t by_q) {
  const box range = load(q + RANGE * BOX), point = load(p + POINT * BOX);
  store(out + POINT * BOX, times(point, load(q + POINT * BOX)));
  store(out + RANGE * BOX, times(load(p + RANGE * BOX), range));
  for (int k = SLOPES; k < l->width; k++) {
    const bool first = by_p >> k & 1, second = by_q >> k & 1;
    if (first && second)
      store(out + k * BOX, add(times(range, load(p + k * BOX)), times(point, load(q + k * BOX))));
    else if (first || second)
      store(out + k * BOX, first ? times(range, load(p + k * BOX)) : times(point, load(q + k * BOX)));
  }
}

static void quotient(const cert_lanes_game *l, double *out, const double *p, const double *q, uint32_t touched) {
  const box range = load(q + RANGE * BOX), point = ratio(load(p + POINT * BOX), load(q + POINT * BOX));
  store(out + POINT * BOX, point);
  store(out + RANGE * BOX, ratio(load(p + RANGE * BOX), range));
  for (int k = SLOPES; k < l->width; k++) {
    if (!(touched >> k & 1)) continue;
    const box a = load(p + k * BOX), b = load(q + k * BOX), slope = ratio(add(a, negative(times(point, b))), range);
    store(out + k * BOX, b_select(mask_and(is_zero(a), is_zero(b)), b_of(0.0, 0.0), slope));
  }
}

static void operate(const cert_lanes_game *l, double *scratch, int index) {
  const duro_formula_node *n = l->game->formula->node + index;
  const size_t size = (size_t)l->width * BOX;
  const uint32_t touched = l->touched[index], by_p = l->touched[n->a], by_q = n->op < DURO_F_NEG ? l->touched[n->b] : 0;
  double *out = scratch + (size_t)index * size;
  const double *p = scratch + (size_t)n->a * size, *q = n->op < DURO_F_NEG ? scratch + (size_t)n->b * size : NULL;
  for (int k = SLOPES; k < l->width; k++)
    if (!(touched >> k & 1)) store(out + k * BOX, b_of(0.0, 0.0));
  switch (n->op) {
  case DURO_F_ADD:
  case DURO_F_SUB:
    sum(l, out, n->op == DURO_F_SUB, p, q, by_p, by_q);
    break;
  case DURO_F_MUL:
    product(l, out, p, q, by_p, by_q);
    break;
  case DURO_F_DIV:
    quotient(l, out, p, q, touched);
    break;
  case DURO_F_MIN:
  case DURO_F_MAX:
    extreme(l, out, touched, n->op == DURO_F_MAX, p, q);
    break;
  default:
    of_one(l, out, touched, n->op, p);
    break;
  }
}

static void slopes(const cert_lanes_game *l, const cert_part *part, double *scratch, const cert_region *const *in) {
  for (int j = 0; j < part->count; j++) {
    const int index = part->node[j];
    if (l->game->formula->node[index].op < DURO_F_ADD)
      set_input(l, scratch + (size_t)index * (size_t)l->width * BOX, index, in);
    else
      operate(l, scratch, index);
  }
}

#define JOIN(a, b) a##b
#define NAME(variant) JOIN(duro_cert_lanes_, variant)
extern const cert_lanes NAME(CERT_VARIANT);
const cert_lanes NAME(CERT_VARIANT) = {LANES, slopes};

/* What an environment says of itself, for the grids: x_needs, h_needs, x_shift, x_periodic. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "duro/formula.h"
#include "study/check_inside.h"

/* |difference| within rounding of numbers of this size */
static bool near(double one, double two, double size) {
  return fabs(one - two) <= 1e-9 * (1.0 + fabs(size));
}

static double period(const duro_env_spec *s, int j) {
  return s->x_high[j] - s->x_low[j];
}

/* what changes of a step when state j does, against what the spec says; NULL where it says nothing false */
static const char *false_fact(const duro_env_spec *s, int j, const double *x2, const duro_step *out, const double *y2,
                              const duro_step *other, double by) {
  const uint64_t bit = j < DURO_MASK_BITS ? (uint64_t)1 << j : 0;
  const bool turned = s->x_periodic && s->x_periodic[j] && by == period(s, j);
  bool needed_same = s->h_needs != 0; // of the next state, what h needs has not changed
  for (int i = 0; i < s->nx; i++) needed_same = needed_same && (!(s->h_needs >> i & 1) || x2[i] == y2[i]);
  if (needed_same && (out->h != other->h || (out->end == DURO_TERMINATED) != (other->end == DURO_TERMINATED)))
    return "h_needs leaves out a state with which h or failing changes";
  for (int i = 0; i < s->nx; i++) {
    if (s->x_needs && !(s->x_needs[i] & bit) && x2[i] != y2[i])
      return "x_needs leaves it out, but the next state changes";
    const double wanted = x2[i] + (i == j ? by : 0.0);
    if (s->x_shift & bit && !near(y2[i], wanted, wanted))
      return "x_shift names it, but the next state does not just shift";
    const double off = i == j ? remainder(y2[i] - x2[i], period(s, j)) : y2[i] - x2[i];
    if (turned && !near(off, 0.0, x2[i])) return "x_periodic names it, but a whole period changes the next state";
  }
  return turned && !near(out->h, other->h, out->h) ? "x_periodic names it, but a whole period changes h" : NULL;
}

static const char *find_false_fact(check *c, const sample *s, int j, double by) {
  sample moved = *s;
  outcome one, two;
  moved.x[j] += by;
  check_step(c, c->worker, &one, s);
  check_step(c, c->worker, &two, &moved);
  const char *wrong = false_fact(&c->env->spec, j, one.x2, &one.out, two.x2, &two.out, by);
  if (wrong) return wrong;
  // the constraint is asked by itself too
  const bool needed = !c->env->spec.h_needs || (j < DURO_MASK_BITS && c->env->spec.h_needs >> j & 1);
  return needed || check_h(c, s->x) == check_h(c, moved.x) ? NULL : "h_needs leaves it out, but h changes with it";
}

void check_facts(check *c) {
  const duro_env_spec *s = &c->env->spec;
  if (!s->x_needs && !s->h_needs && !s->x_shift && !s->x_periodic) {
    check_tell(c, DURO_CHECK_OK, "facts", "none are stated");
    return;
  }
  for (int k = 0; k < c->n; k++) {
    const sample at = check_draw(c, k);
    for (int j = 0; j < s->nx; j++) {
      const double steps[] = {0.01 * period(s, j), -0.3 * period(s, j), period(s, j)};
      for (int i = 0; i < 3; i++) {
        const char *wrong = find_false_fact(c, &at, j, steps[i]);
        if (!wrong) continue;
        check_tell(c, DURO_CHECK_BROKEN, "facts", "%s: %s (by %g, from %s)", s->x_names[j], wrong, steps[i],
                   check_state(c, at.x));
        return;
      }
    }
  }
  check_tell(c, DURO_CHECK_OK, "facts", "x_needs, h_needs, x_shift and x_periodic, where stated, hold at %d states",
             c->n);
}

/* ---- the formula, of which certificates are made ---- */

/* how far the step and h of the program are from it, as shares of an axis and of h_scale, at the samples */
static double formula_error(check *c, const duro_formula *f, double *work) {
  const duro_env_spec *s = &c->env->spec;
  double most = 0.0;
  for (int k = 0; k < c->n; k++) {
    const sample at = check_draw(c, k);
    double x2[CHECK_X], h[DURO_FORMULA_CONSTRAINTS], least = INFINITY;
    outcome real;
    check_step(c, c->worker, &real, &at);
    duro_formula_evaluate(f, work, x2, h, at.x, at.u, at.a);
    for (int i = 0; i < f->nh; i++) least = fmin(least, h[i]);
    for (int i = 0; i < s->nx; i++) {
      const double off = x2[i] - real.x2[i],
                   turn = s->x_periodic && s->x_periodic[i] ? remainder(off, period(s, i)) : off;
      most = fmax(most, fabs(turn) / period(s, i));
    }
    most = fmax(most, fabs(least - check_h(c, at.x)) / s->h_scale);
  }
  return most;
}

void check_formula(check *c) {
  duro_formula *f = NULL;
  if (duro_formula_create(&f, c->env)) {
    check_tell(c, DURO_CHECK_NOTE, "formula", "no certificate can be made: %s", duro_error());
    return;
  }
  double *work = duro_allocate((size_t)f->count * sizeof *work);
  const double allowed = 1e-11, error = work ? formula_error(c, f, work) : NAN; // as certificate.tolerance
  if (error <= allowed)
    check_tell(c, DURO_CHECK_OK, "formula",
               "%d operations and %d constraints, for certificates; they differ from step and h by %.2g of an axis at "
               "most",
               f->count, f->nh, error);
  else
    check_tell(c, DURO_CHECK_WARNING, "formula",
               "what is read off step and h differs from what they compute by %.3g of an axis; certificates allow %g",
               error, allowed);
  duro_release(work);
  duro_formula_destroy(f);
}

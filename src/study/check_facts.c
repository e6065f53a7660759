/* What an environment says of itself, for the grids: x_needs, h_needs, x_shift, x_periodic. */
#include <math.h>
#include <string.h>

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

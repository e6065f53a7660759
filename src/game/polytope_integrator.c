/*
 * The double integrator, exactly. Braking fully against the worst disturbance, after k steps the position has come to
 *   x1 + k dt x2 - r dt^2 c_k,   c_k = k (k + shift) / 2,   shift = -1 (euler), 0 (hold), 1 (semi),
 * r = control - disturbance, and no control does better. So the maximal robust invariant set lies in
 *   |x1| <= X, |x2| <= V, +-(x1 + k dt x2) <= X + r dt^2 c_k, k = 1, 2, ...
 * and is equal to it iff from there some control answers every disturbance. Let y = x2 + dt control u. The successors
 * are inside iff -room(-q) <= y <= room(q), where
 *   q = x1 + theta dt x2,   room(q) = min(V, min_j (X + r dt^2 c - q) / (j dt)) - dt disturbance
 *   euler  theta = 1    j = 1, 2, ...        c = j (j - 1) / 2
 *   hold   theta = 1/2  j = 1/2, 3/2, ...    c = (j - 1/2)^2 / 2
 *   semi   theta = 0    j = 1, 2, ...        c = j (j - 1) / 2
 * The control reaches either bound, since c_{k+1} fits c_k; what is left is room(q) + room(-q) >= 0, which is
 * concave in q, hence needed at the largest q of the polytope only.
 *
 * Where it fails under euler or semi the set is empty. The next position is q (euler), or the present one (semi), so an
 * invariant set in the wall X, cut to the q that have room, is an invariant set in a nearer wall, and with X the
 * room shrinks: of the nearest walls that hold one, which exist since limits of such sets are such sets, there are
 * none. Under hold a set may remain, and the iteration finds it.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/polytope.h"

#define MOST_FACES 100000
#define STEPS 1000     // of an iteration
#define TOLERANCE 1e-9 // of an iteration, times scale: above the roundings of its programs

struct duro_integrator {
  duro_integrator_spec spec;
  duro_polytope *set;
  duro_invariance set_info;
  double closed_level; // up to it the closed form holds
};

static double shift_of(duro_integrator_order order) {
  return order == DURO_INTEGRATOR_EULER ? -1.0 : order == DURO_INTEGRATOR_HOLD ? 0.0 : 1.0;
}

/* min over j = first, first + 1, ... of (top + r dt^2 j (j + shift) / 2) / (j dt) */
static double slowest(const duro_integrator_spec *s, double top, double first, double shift) {
  const double rate = (s->control - s->disturbance) * s->dt;
  const double best = top > 0.0 ? sqrt(2.0 * top / (rate * s->dt)) : 0.0;
  const double at = best > first ? first + floor(best - first) : first;
  const double a = top / (at * s->dt) + 0.5 * rate * (at + shift);
  const double b = top / ((at + 1.0) * s->dt) + 0.5 * rate * (at + 1.0 + shift);
  return b < a ? b : a;
}

static double smaller(double a, double b) {
  return a < b ? a : b;
}

/* room(q), less the disturbance, with the walls at X and V */
static double room(const duro_integrator_spec *s, double X, double V, double q) {
  const double half = 0.5 * (s->control - s->disturbance) * s->dt * s->dt;
  if (s->order == DURO_INTEGRATOR_HOLD) // (j - 1/2)^2 = j (j - 1) + 1/4
    return smaller(V, slowest(s, X - q + 0.25 * half, 0.5, -1.0));
  return smaller(V, slowest(s, X - q, 1.0, -1.0));
}

/* Is the closed form the set {V_h* >= level}? */
static bool holds(const duro_integrator_spec *s, double level) {
  const double X = s->bound_x1 - level, V = s->bound_x2 - level;
  if (X < 0.0 || V < 0.0) return false;
  if (s->disturbance == 0.0) return true;
  const double rate = (s->control - s->disturbance) * s->dt;
  const double q = X + (s->order == DURO_INTEGRATOR_HOLD ? 0.5 * s->dt * smaller(V, 0.5 * rate) : 0.0);
  return room(s, X, V, q) + room(s, X, V, -q) >= 2.0 * s->dt * s->disturbance;
}

/* the largest level at which it holds, by bisection: the more room, the better */
static double closed_level(const duro_integrator_spec *s) {
  double high = smaller(s->bound_x1, s->bound_x2), step = high;
  if (holds(s, high)) return high;
  double low = high - step;
  while (!holds(s, low)) {
    step *= 2.0;
    low = high - step;
  }
  for (;;) {
    const double middle = 0.5 * (low + high);
    if (!(middle > low && middle < high)) return low;
    *(holds(s, middle) ? &low : &high) = middle;
  }
}

/* the closed form of V_h*: by how much all walls can be moved in with x still inside; linear in the level */
static double closed_value(const duro_integrator_spec *s, const double *x) {
  const double rate = (s->control - s->disturbance) * s->dt, shift = shift_of(s->order);
  const double speed = fabs(x[1]), place = x[1] < 0.0 ? -x[0] : x[0];
  const double worst = floor(speed / rate - 0.5 * shift);
  double value = smaller(s->bound_x1 - fabs(x[0]), s->bound_x2 - speed);
  if (isnan(x[0]) || isnan(x[1])) return NAN;
  if (!(worst < 1e15)) return -INFINITY;
  const double first = worst < 1.0 ? 1.0 : worst;
  for (double k = first; k <= first + 1.0; k += 1.0)
    value = smaller(value, s->bound_x1 - place - k * s->dt * speed + 0.5 * rate * s->dt * k * (k + shift));
  return value;
}

/* The closed form without redundant faces: face k meets face k - 1 at x2 = r dt (c_k - c_{k-1}), and counts while that
 * is below the top of the set, the wall V or the point above the wall x1 = -X. */
static duro_status closed_set(duro_polytope **out, const duro_integrator_spec *s) {
  const double rate = (s->control - s->disturbance) * s->dt, shift = shift_of(s->order);
  const double reach = slowest(s, 2.0 * s->bound_x1, 1.0, shift), top = smaller(s->bound_x2, reach);
  const double count = ceil(top / rate - 0.5 * (shift - 1.0)); // k with r dt (k + (shift - 1)/2) < top
  *out = NULL;
  if (!(2.0 * count + 4.0 <= MOST_FACES))
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "the exact set of the double integrator has %.0f faces at dt = %g s; wanted at most %d",
                     2.0 * count + 4.0, s->dt, MOST_FACES);
  const int last = count > 1.0 ? (int)count - 1 : 0;
  const duro_status status = polytope_allocate(out, 2, 2 * last + 4);
  if (status) return status;
  for (int sign = 1; sign >= -1; sign -= 2) {
    polytope_add(*out, (const double[]){sign, 0.0}, s->bound_x1, 0.0);
    for (int k = 1; k <= last; k++)
      polytope_add(*out, (const double[]){sign, sign * k * s->dt}, s->bound_x1 + 0.5 * rate * s->dt * k * (k + shift),
                   0.0);
    if (s->bound_x2 < reach) polytope_add(*out, (const double[]){0.0, sign}, s->bound_x2, 0.0);
  }
  return DURO_OK;
}

/* the matrices of a specification, for the iteration */
typedef struct matrices {
  double A[4], B[2], E[2];
} matrices;

static duro_linear linear_of(matrices *m, const duro_integrator_spec *s) {
  const double bend = 0.5 * (shift_of(s->order) + 1.0) * s->dt * s->dt;
  *m = (matrices){.A = {1.0, s->dt, 0.0, 1.0},
                  .B = {bend * s->control, s->dt * s->control},
                  .E = {bend * s->disturbance, s->dt * s->disturbance}};
  return (duro_linear){2, 1, 1, m->A, m->B, m->E};
}

static duro_status find_set(duro_integrator *d) {
  const duro_integrator_spec *s = &d->spec;
  d->set_info = (duro_invariance){.exact = true, .closed = true};
  if (d->closed_level >= 0.0) return closed_set(&d->set, s);
  if (s->order != DURO_INTEGRATOR_HOLD) {
    const duro_status status = polytope_allocate(&d->set, 2, 0);
    if (!status) d->set->empty = true;
    return status;
  }
  matrices m;
  const duro_linear system = linear_of(&m, s);
  duro_polytope *X;
  const double high[2] = {s->bound_x1, s->bound_x2}, low[2] = {-high[0], -high[1]};
  duro_status status = duro_polytope_create_box(&X, 2, low, high);
  if (status) return status;
  status = duro_linear_invariant(&d->set, &d->set_info, &system, X, STEPS, TOLERANCE);
  duro_polytope_destroy(X);
  return status;
}

static duro_status check(const duro_integrator_spec *s) {
  const char *const names[] = {"dt", "control", "bound_x1", "bound_x2"};
  const double values[] = {s->dt, s->control, s->bound_x1, s->bound_x2};
  for (int i = 0; i < 4; i++)
    if (!(values[i] > 0.0 && isfinite(values[i])))
      return duro_fail(DURO_ERROR_ARGUMENT, "%s of the double integrator is %g; wanted a positive number", names[i],
                       values[i]);
  if (!(s->disturbance >= 0.0 && s->disturbance < s->control))
    return duro_fail(
        DURO_ERROR_ARGUMENT,
        "disturbance of the double integrator is %g m/s^2; wanted 0 or more and less than the control's %g, "
        "or no state is safe",
        s->disturbance, s->control);
  if ((int)s->order < DURO_INTEGRATOR_EULER || s->order > DURO_INTEGRATOR_SEMI)
    return duro_fail(DURO_ERROR_ARGUMENT, "order of the double integrator is %d; wanted 0 to 2", (int)s->order);
  return DURO_OK;
}

duro_status duro_integrator_create(duro_integrator **out, const duro_integrator_spec *spec) {
  *out = NULL;
  duro_status status = check(spec);
  if (status) return status;
  duro_integrator *d = duro_allocate(sizeof *d);
  if (!d) return DURO_ERROR_MEMORY;
  d->spec = *spec;
  d->closed_level = closed_level(spec);
  status = find_set(d);
  if (status)
    duro_integrator_destroy(d);
  else
    *out = d;
  return status;
}

void duro_integrator_destroy(duro_integrator *d) {
  if (!d) return;
  duro_polytope_destroy(d->set);
  duro_release(d);
}

const duro_polytope *duro_integrator_set(const duro_integrator *d) {
  return d->set;
}

duro_invariance duro_integrator_set_info(const duro_integrator *d) {
  return d->set_info;
}

double duro_integrator_closed_level(const duro_integrator *d) {
  return d->closed_level;
}

double duro_integrator_value(const duro_integrator *d, const double *x) {
  const double value = closed_value(&d->spec, x);
  return value > d->closed_level ? d->closed_level : value;
}

/* a field of the environment's settings; NULL when it has none of that name and kind */
static const void *field(const duro_env *env, const char *name, duro_setting_kind kind) {
  for (int i = 0; i < env->ops->n_settings; i++) {
    const duro_setting *row = &env->ops->settings[i];
    if (row->kind == kind && strcmp(row->name, name) == 0) return (const char *)env->settings + row->offset;
  }
  return NULL;
}

duro_status duro_integrator_spec_of(duro_integrator_spec *spec, const duro_env *env) {
  static const char *const names[] = {"dt", "control", "disturbance", "bound_x1", "bound_x2"};
  double *const values[] = {&spec->dt, &spec->control, &spec->disturbance, &spec->bound_x1, &spec->bound_x2};
  const char *order = field(env, "discretisation", DURO_TEXT);
  const char *name = env->ops->name;
  bool found = (strcmp(name, "double-integrator") == 0 || strcmp(name, "double-integrators") == 0) && order;
  for (int i = 0; found && i < 5; i++) {
    const double *value = field(env, names[i], DURO_REAL);
    if ((found = value != NULL)) *values[i] = *value;
  }
  if (!found)
    return duro_fail(DURO_ERROR_MISSING,
                     "the exact set of environment %s is not known; wanted double-integrator or double-integrators",
                     name);
  spec->order = strcmp(order, "hold") == 0   ? DURO_INTEGRATOR_HOLD
                : strcmp(order, "semi") == 0 ? DURO_INTEGRATOR_SEMI
                                             : DURO_INTEGRATOR_EULER;
  return DURO_OK;
}

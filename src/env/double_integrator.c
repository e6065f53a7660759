/* A point on a line, pushed by both players: the game whose robust invariant set is known exactly. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "env/builtin.h"
#include "env/double_integrator.h"
#include "env/draw.h"
#include "env/facts.h"
#include "env/formula_build.h"
#include "env/motions.h"

#define DURO_SETTINGS_OF di_settings
static const duro_setting rows[] = {DI_ROWS(DURO_SETTINGS_ROW, 30)};
#undef DURO_SETTINGS_OF

static const char *const names[] = {"x1", "x2"};
static const char *const units[] = {"m", "m/s"};

enum { X1 = 1 << 0, X2 = 1 << 1 };
static const uint64_t needs[] = {X1 | X2, X2};

di_order di_order_of(const di_settings *s) {
  const char *word = s->discretisation;
  return strcmp(word, "hold") == 0 ? DI_HOLD : strcmp(word, "semi") == 0 ? DI_SEMI : DI_EULER;
}

duro_status di_check(const di_settings *s) {
  if (s->fail_bound < s->bound_x1 || s->fail_bound < s->bound_x2)
    return duro_fail(DURO_ERROR_ARGUMENT, "env.fail_bound is %g; wanted at least the safe bounds %g and %g",
                     s->fail_bound, s->bound_x1, s->bound_x2);
  if (s->eval_margin >= s->bound_x1 || s->eval_margin >= s->bound_x2)
    return duro_fail(DURO_ERROR_ARGUMENT, "env.eval_margin is %g; wanted less than the safe bounds %g and %g",
                     s->eval_margin, s->bound_x1, s->bound_x2);
  return DURO_OK;
}

static duro_status di_create(duro_env *env) {
  const di_settings *s = env->settings;
  const duro_status status = di_check(s);
  if (status) return status;
  di_shared *shared = duro_allocate(sizeof *shared);
  if (!shared) return DURO_ERROR_MEMORY;
  shared->order = di_order_of(s);
  const double edge[2] = {s->bound_x1 * 1.1, s->bound_x2 * 1.1}; // a tenth beyond the box
  for (int i = 0; i < 2; i++) {
    shared->low[i] = -edge[i];
    shared->high[i] = edge[i];
    shared->fail_low[i] = -s->fail_bound;
    shared->fail_high[i] = s->fail_bound;
  }
  env->shared = shared;
  env->spec = (duro_env_spec){.nx = 2,
                              .no = 2,
                              .nu = 1,
                              .na = 1,
                              .horizon = (int)s->horizon,
                              .dt = s->dt,
                              .h_scale = s->h_scale,
                              .x_names = names,
                              .x_units = units,
                              .x_low = shared->low,
                              .x_high = shared->high,
                              .slice = {0, 1},
                              .x_needs = needs,
                              .h_needs = X1 | X2,
                              .x_shift = X1,
                              .x_fail_low = shared->fail_low,
                              .x_fail_high = shared->fail_high};
  return DURO_OK;
}

static void di_destroy(duro_env *env) {
  duro_release(env->shared);
}

/*
 * Is V_h*(x) >= margin? The exact set of the box shrunk by the margin (theory.md, section 8): braking fully against
 * the worst disturbance never passes the wall X that it moves to. With v towards it, after k steps,
 *   p + k dt v <= X + r dt^2 c_k,   c_k = k(k-1)/2, k^2/2, k(k+1)/2,   r = control - disturbance
 * whose left side less its right is concave in k: the worst k are the integers about its maximum.
 */
static bool inside(const di_settings *s, di_order order, const double *x, double margin) {
  const double X = s->bound_x1 - margin, V = s->bound_x2 - margin;
  const double rate = s->control - s->disturbance, dt = s->dt;
  if (fabs(x[0]) > X || fabs(x[1]) > V || rate <= 0.0) return false;
  const double shift = order == DI_EULER ? -1.0 : order == DI_HOLD ? 0.0 : 1.0;
  const double v = fabs(x[1]), p = x[1] < 0.0 ? -x[0] : x[0];
  const double worst = floor(v / (rate * dt) - 0.5 * shift);
  for (double k = worst < 1.0 ? 1.0 : worst; k <= worst + 1.0; k += 1.0)
    if (p + k * dt * v > X + rate * dt * dt * 0.5 * k * (k + shift)) return false;
  return true;
}

/* uniform in the box; to evaluate, uniform in the exact set with its margin (the origin if none is found) */
void di_start(const di_settings *s, di_order order, double *x, duro_stream *stream, duro_start start) {
  for (int trial = 0; trial < 1000; trial++) {
    const double reach = start == DURO_START_TRAIN ? s->start_reach : 1.0;
    x[0] = env_around_zero(stream, reach * s->bound_x1);
    x[1] = env_around_zero(stream, reach * s->bound_x2);
    if (start == DURO_START_TRAIN || inside(s, order, x, s->eval_margin)) return;
  }
  x[0] = x[1] = 0.0;
}

static void di_reset(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  di_start(env->settings, ((const di_shared *)env->shared)->order, x, stream, start);
}

MOTIONS(double_integrator)
MOTION_RATES(double_integrator)

static duro_status di_formula(const duro_env *env, duro_formula *f) {
  const di_settings *s = env->settings;
  const double dt = s->dt;
  const int x1 = duro_formula_x(f, 0), x2 = duro_formula_x(f, 1);
  const int u = f_scale(f, s->control, duro_formula_u(f, 0));
  const int w = f_axpy(f, u, s->disturbance, duro_formula_a(f, 0));
  f->next[1] = f_axpy(f, x2, dt, w);
  switch (di_order_of(s)) {
  case DI_EULER:
    f->next[0] = f_axpy(f, x1, dt, x2);
    break;
  case DI_HOLD:
    f->next[0] = f_axpy(f, f_axpy(f, x1, dt, x2), 0.5 * dt * dt, w);
    break;
  case DI_SEMI:
    f->next[0] = f_axpy(f, x1, dt, f->next[1]);
    break;
  }
  duro_formula_constrain(f, f_within(f, s->bound_x1, x1));
  duro_formula_constrain(f, f_within(f, s->bound_x2, x2));
  return DURO_OK;
}

/* largest place of the exact set at the speed v >= 0; less than -X where it has none */
static double farthest(const di_settings *s, di_order order, double v) {
  double low = -s->bound_x1, high = s->bound_x1;
  if (!inside(s, order, (const double[]){low, v}, 0.0)) return 2.0 * low;
  for (int i = 0; i < 30; i++) {
    const double middle = 0.5 * (low + high);
    *(inside(s, order, (const double[]){middle, v}, 0.0) ? &low : &high) = middle;
  }
  return high;
}

/* the edge of the exact set where it is not the box's, and its mirror image */
static void draw_exact(const di_settings *s, di_order order, duro_drawing *d) {
  enum { POINTS = 40 };
  double edge[POINTS + 1][2], mirror[POINTS + 1][2];
  int count = 0;
  for (int i = 0; i <= POINTS; i++) {
    const double v = s->bound_x2 * i / POINTS, p = farthest(s, order, v);
    if (p < -s->bound_x1) break;
    edge[count][0] = p;
    edge[count][1] = v;
    mirror[count][0] = -p;
    mirror[count++][1] = -v;
  }
  if (count < 2) return;
  draw_path(d, DRAW_GUIDE, DRAW_SAFE, (const double(*)[2])edge, count);
  draw_path(d, DRAW_GUIDE, DRAW_SAFE, (const double(*)[2])mirror, count);
}

void di_draw(const duro_env *env, const di_settings *s, duro_drawing *d, const duro_moment *now, int first) {
  const double X = s->bound_x1, V = s->bound_x2;
  draw_rectangle(d, DRAW_AREA, DRAW_FREE, -X, X, -V, V);
  draw_rectangle(d, DRAW_GUIDE, DRAW_EDGE, -X, X, -V, V);
  draw_exact(s, di_order_of(s), d);
  draw_plane(d, env, now, first, first + 1);
}

static void di_show(const duro_env *env, duro_drawing *d, const duro_moment *now) {
  di_draw(env, env->settings, d, now, 0);
}

void di_facts(const duro_env *env, const di_settings *s, duro_facts *f, int count) {
  const char *whose = count > 1 ? "acceleration of each point" : "acceleration of the point";
  text_add(&f->control, "%s, up to %.4g m/s^2 either way", whose, s->control);
  text_add(&f->disturbance, "%s, up to %.4g m/s^2 either way", whose, s->disturbance);
  for (int k = 0; k < count; k++) {
    facts_within(f, env, 2 * k, s->bound_x1);
    facts_within(f, env, 2 * k + 1, s->bound_x2);
  }
}

static void di_tell(const duro_env *env, duro_facts *f) {
  di_facts(env, env->settings, f, 1);
}

const duro_env_ops duro_double_integrator = {
    .name = "double-integrator",
    .title = "a point on a line under an opposing force, kept in a box; its exact safe set is known",
    .settings = rows,
    .n_settings = sizeof rows / sizeof *rows,
    .settings_size = sizeof(di_settings),
    .create = di_create,
    .destroy = di_destroy,
    .reset = di_reset,
    MOTION_OPS,
    .rates = one_rate,
    .formula = di_formula,
    .draw = di_show,
    .facts = di_tell,
};

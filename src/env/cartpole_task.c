/* Carry the pole to a target near the wall without letting it lean. */
#include "env/cartpole_task.h"

#include "base/error.h"
#include "base/math.h"
#include "env/cartpole_lanes.h"
#include "env/draw.h"
#include "env/facts.h"

#define DURO_SETTINGS_OF cartpole_settings
const duro_setting cartpole_rows[CARTPOLE_N_ROWS] = {CARTPOLE_ROWS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

static const char *const names[] = {"x", "theta", "x_rate", "theta_rate"};
static const char *const units[] = {"m", "rad", "m/s", "rad/s"};

// the rail is the same everywhere: x moves itself alone
enum { X = 1 << 0, THETA = 1 << 1, XD = 1 << 2, THD = 1 << 3 };
static const uint64_t needs[] = {X | THETA | XD | THD, THETA | XD | THD, THETA | XD | THD, THETA | XD | THD};

// m/s, rad/s: with 240 N to spare the pole brakes by 47 rad/s^2, so that over .4 rad no more than 6 rad/s are saved;
// the cart, which leans by .2 rad to brake, is saved from less than 4 m/s
static const double rate_edge[] = {4.0, 6.0};

static duro_status check_below(const char *name, double value, const char *limit_name, double limit) {
  if (value <= limit) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "env.%s is %g; wanted at most env.%s, %g", name, value, limit_name, limit);
}

static duro_status check(const cartpole_settings *s) {
  duro_status status = check_below("safe_angle", s->safe_angle, "fail_angle", s->fail_angle);
  if (!status) status = check_below("safe_position", s->safe_position, "fail_position", s->fail_position);
  if (!status) status = check_below("reset_theta", s->reset_theta, "fail_angle", s->fail_angle);
  if (!status) status = check_below("reset_x", s->reset_x, "fail_position", s->fail_position);
  if (!status) status = check_below("eval_theta", s->eval_theta, "safe_angle", s->safe_angle);
  if (!status) status = check_below("eval_x", s->eval_x, "safe_position", s->safe_position);
  return status;
}

duro_status cartpole_describe(duro_env *env, cartpole_region *region) {
  const cartpole_settings *s = env->settings;
  const duro_status status = check(s);
  if (status) return status;
  // positions a tenth beyond the constraint
  const double edge[CARTPOLE_NX] = {s->safe_position * 1.1, s->safe_angle * 1.1, rate_edge[0], rate_edge[1]};
  const double fail[CARTPOLE_NX] = {s->fail_position, s->fail_angle, INFINITY, INFINITY};
  for (int i = 0; i < CARTPOLE_NX; i++) {
    region->low[i] = -edge[i];
    region->high[i] = edge[i];
    region->fail_low[i] = -fail[i];
    region->fail_high[i] = fail[i];
  }
  env->spec = (duro_env_spec){.nx = CARTPOLE_NX,
                              .no = CARTPOLE_NX,
                              .nu = 1,
                              .na = 1,
                              .horizon = (int)s->horizon,
                              .dt = s->substep * (double)s->substeps,
                              .h_scale = 1.0,
                              .x_names = names,
                              .x_units = units,
                              .x_low = region->low,
                              .x_high = region->high,
                              .slice = {1, 3},
                              .x_needs = needs,
                              .h_needs = X | THETA,
                              .x_shift = X,
                              .x_hold = XD | THD,
                              .x_fail_low = region->fail_low,
                              .x_fail_high = region->fail_high};
  return DURO_OK;
}

void cartpole_reset(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  const cartpole_settings *s = env->settings;
  const double train[CARTPOLE_NX] = {s->reset_x, s->reset_theta, s->reset_xd, s->reset_thd};
  const double varied[CARTPOLE_NX] = {s->eval_x, s->eval_theta, s->eval_xd, s->eval_thd};
  const double near[CARTPOLE_NX] = {s->eval_near, s->eval_near, s->eval_near, s->eval_near};
  const double *width = train;
  if (start == DURO_START_EVAL) width = duro_stream_uniform(stream) < s->eval_varied ? varied : near;
  for (int i = 0; i < CARTPOLE_NX; i++) x[i] = env_around_zero(stream, width[i]);
}

void cartpole_observe(const duro_env *env, float *obs, const double *x) {
  (void)env;
  for (int i = 0; i < CARTPOLE_NX; i++) obs[i] = (float)x[i];
}

double cartpole_constraint(const duro_env *env, const double *x) {
  return cartpole_safety(env->settings, x);
}

void cartpole_judge(const duro_env *env, double *x2, duro_step *out, const double *u) {
  outcome o;
  if (!env_all_finite(x2, CARTPOLE_NX)) {
    env_not_finite(x2, out, CARTPOLE_NX);
    return;
  }
  cartpole_verdict(env->settings, &o, x2, u[0]);
  *out = (duro_step){.r = o.r, .h = o.h, .end = o.failed ? DURO_TERMINATED : DURO_RUNNING};
}

/* the forces of both players, from the sides of a cart that is so wide; `strength`: m for both at their bounds */
static void draw_forces(const cartpole_settings *s, duro_drawing *d, const double *x, const duro_moment *now,
                        double half, double strength) {
  const double scale = strength / (s->force + s->disturbance + 1e-9); // m/N
  const double u = scale * s->force * now->u[0], a = scale * s->disturbance * now->a[0];
  draw_arrow(d, DRAW_CONTROL, x[0] + (u < 0 ? -half : half), -0.02, u, 0);
  draw_arrow(d, DRAW_PUSH, x[0] + (a < 0 ? -half : half), 0.04, a, 0);
}

static void draw_lean(const cartpole_settings *s, duro_drawing *d, const double *x) {
  const double length = 2.0 * s->pole_z; // m
  double sine, cosine;
  for (int side = -1; side <= 1; side += 2) {
    m_sincos(side * s->safe_angle, &sine, &cosine);
    draw_line(d, DRAW_GUIDE, DRAW_EDGE, x[0], 0, x[0] + 1.1 * length * sine, 1.1 * length * cosine);
  }
}

/* where the cart is to be kept, and where it should be */
static void draw_places(const cartpole_settings *s, duro_drawing *d, double top) {
  for (int side = -1; side <= 1; side += 2)
    draw_line(d, DRAW_GUIDE, DRAW_EDGE, side * s->safe_position, -0.1, side * s->safe_position, top);
  draw_line(d, DRAW_GUIDE, DRAW_TARGET, s->target, -0.1, s->target, 0.9 * top);
}

/* the pole with the limits of its lean, and the forces */
static void draw_pole(const cartpole_settings *s, duro_drawing *d, const double *x, const duro_moment *now) {
  const double length = 2.0 * s->pole_z;
  double sine, cosine;
  draw_lean(s, d, x);
  m_sincos(x[1], &sine, &cosine);
  draw_rectangle(d, DRAW_AREA, DRAW_BODY, x[0] - 0.1, x[0] + 0.1, -0.06, 0.06);
  draw_line(d, DRAW_BEAM, DRAW_POLE, x[0], 0, x[0] + length * sine, length * cosine);
  draw_forces(s, d, x, now, 0.1, 0.4);
}

void cartpole_mark(const duro_env *env, duro_drawing *d, const duro_moment *now) {
  const cartpole_settings *s = env->settings;
  const double *x = now->path + now->t * CARTPOLE_NX, end = 1.1 * s->fail_position, top = 2.5 * s->pole_z;
  draw_view(d, -end, end, -0.15, top);
  draw_places(s, d, top);
  draw_lean(s, d, x);
  draw_forces(s, d, x, now, 0.22, 0.8); // the model's cart is .4 m wide
}

void cartpole_draw(const duro_env *env, duro_drawing *d, const duro_moment *now) {
  const cartpole_settings *s = env->settings;
  const double *x = now->path + now->t * CARTPOLE_NX;
  const double end = 1.1 * s->fail_position, top = 2.5 * s->pole_z;
  draw_view(d, -end, end, -0.15, top);
  draw_rectangle(d, DRAW_AREA, DRAW_FREE, -s->safe_position, s->safe_position, -0.1, top);
  draw_places(s, d, top);
  draw_label(d, DRAW_TARGET, s->target - 0.24, 0.95 * top, "target");
  draw_line(d, DRAW_LINE, DRAW_GROUND, -end, -0.06, end, -0.06);
  draw_pole(s, d, x, now);
}

void cartpole_facts(const duro_env *env, duro_facts *f) {
  const cartpole_settings *s = env->settings;
  text_add(&f->control, "force on the cart, up to %.4g N either way", s->force);
  text_add(&f->disturbance, "force on the cart, up to %.4g N either way", s->disturbance);
  facts_within(f, env, 0, s->safe_position);
  facts_within(f, env, 1, s->safe_angle);
  facts_mark(f, 0, FACT_TARGET, s->target);
}

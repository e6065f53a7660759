/* Cart-pole in closed form; models/cartpole.xml is the same system in MuJoCo. */
#include "base/math.h"
#include "base/memory.h"
#include "env/builtin.h"
#include "env/cartpole_task.h"

static duro_status cp_create(duro_env *env) {
  cartpole_region *region = duro_allocate(sizeof *region);
  if (!region) return DURO_ERROR_MEMORY;
  const duro_status status = cartpole_describe(env, region);
  if (status) {
    duro_release(region);
    return status;
  }
  env->shared = region;
  return DURO_OK;
}

static void cp_destroy(duro_env *env) {
  duro_release(env->shared);
}

/*
 * Newton-Euler of cart and pole; (rx, rz) is the centre of the leaning pole, from the hinge:
 *   rx = lx cos th + lz sin th,  rz = -lx sin th + lz cos th
 *   [ mt     mp rz                ] [xdd ]   [ F - bx xd + mp rx thd^2 ]
 *   [ mp rz  Ic + mp(lx^2 + lz^2) ] [thdd] = [ -bth thd + mp g rx      ]
 */
static void derivative(const cartpole_settings *s, double *dx, const double *x, double force) {
  double sine, cosine;
  m_sincos(x[1], &sine, &cosine);
  const double mp = s->pole_mass, lx = s->pole_x, lz = s->pole_z;
  const double rx = lx * cosine + lz * sine, rz = lz * cosine - lx * sine;
  const double m11 = s->cart_mass + mp, m12 = mp * rz, m22 = s->pole_inertia + mp * (lx * lx + lz * lz);
  const double b1 = force - s->cart_damping * x[2] + mp * rx * x[3] * x[3]; // N
  const double b2 = mp * s->gravity * rx - s->pole_damping * x[3];          // N m
  const double det = m11 * m22 - m12 * m12;
  dx[0] = x[2];
  dx[1] = x[3];
  dx[2] = (m22 * b1 - m12 * b2) / det;
  dx[3] = (m11 * b2 - m12 * b1) / det;
}

/* out = x + step d */
static void along(double *out, const double *x, double step, const double *d) {
  for (int i = 0; i < CARTPOLE_NX; i++) out[i] = x[i] + step * d[i];
}

/* one classical Runge-Kutta step of fourth order, in place */
static void runge_kutta(const cartpole_settings *s, double *x, double force) {
  const double dt = s->substep;
  double k1[CARTPOLE_NX], k2[CARTPOLE_NX], k3[CARTPOLE_NX], k4[CARTPOLE_NX], at[CARTPOLE_NX];
  derivative(s, k1, x, force);
  along(at, x, 0.5 * dt, k1);
  derivative(s, k2, at, force);
  along(at, x, 0.5 * dt, k2);
  derivative(s, k3, at, force);
  along(at, x, dt, k3);
  derivative(s, k4, at, force);
  for (int i = 0; i < CARTPOLE_NX; i++) x[i] += dt / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]);
}

static void cp_any_step(ENV_STEP_ARGUMENTS) {
  (void)worker;
  const cartpole_settings *s = env->settings;
  const double force = s->force * u[0] + s->disturbance * a[0]; // N
  for (int i = 0; i < CARTPOLE_NX; i++) x2[i] = x[i];
  for (int64_t k = 0; k < s->substeps; k++) runge_kutta(s, x2, force);
  cartpole_judge(env, x2, out, u);
}

ENV_STEP(cp_step, cp_any_step)

const duro_env_ops duro_cartpole = {
    .name = "cartpole",
    .title = "carry a pole to a target near the wall without letting it lean; closed form",
    .settings = cartpole_rows,
    .n_settings = CARTPOLE_N_ROWS,
    .settings_size = sizeof(cartpole_settings),
    .create = cp_create,
    .destroy = cp_destroy,
    .reset = cartpole_reset,
    .observe = cartpole_observe,
    .constraint = cartpole_constraint,
    .step = cp_step,
    .draw = cartpole_draw,
};

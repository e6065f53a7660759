/* Cart-pole in closed form; models/cartpole.xml is the same system in MuJoCo. */
#include "base/math.h"
#include "base/memory.h"
#include "env/builtin.h"
#include "env/cartpole_task.h"
#include "env/formula_build.h"
#include "env/motions.h"

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

MOTIONS(cartpole)
MOTION_RATES(cartpole)

/* derivative() as nodes */
static void formula_derivative(const cartpole_settings *s, duro_formula *f, int *dx, const int *x, int force) {
  const double mp = s->pole_mass, lx = s->pole_x, lz = s->pole_z;
  const double m11 = s->cart_mass + mp, m22 = s->pole_inertia + mp * (lx * lx + lz * lz);
  const int sine = duro_formula_apply(f, DURO_F_SIN, x[1], 0), cosine = duro_formula_apply(f, DURO_F_COS, x[1], 0);
  const int rx = f_axpy(f, f_scale(f, lx, cosine), lz, sine), rz = f_axpy(f, f_scale(f, lz, cosine), -lx, sine);
  const int m12 = f_scale(f, mp, rz);
  const int swing = f_scale(f, mp, f_mul(f, rx, f_mul(f, x[3], x[3])));
  const int b1 = f_add(f, f_axpy(f, force, -s->cart_damping, x[2]), swing);
  const int b2 = f_axpy(f, f_scale(f, mp * s->gravity, rx), -s->pole_damping, x[3]);
  const int whole = duro_formula_constant(f, m11 * m22), det = f_sub(f, whole, f_mul(f, m12, m12));
  const int moved = f_scale(f, m22, b1), turned = f_scale(f, m11, b2);
  dx[0] = x[2];
  dx[1] = x[3];
  dx[2] = f_div(f, f_sub(f, moved, f_mul(f, m12, b2)), det);
  dx[3] = f_div(f, f_sub(f, turned, f_mul(f, m12, b1)), det);
}

static void formula_runge_kutta(const cartpole_settings *s, duro_formula *f, int *x, int force) {
  const double reach[3] = {0.5 * s->substep, 0.5 * s->substep, s->substep};
  int k[4][CARTPOLE_NX], at[CARTPOLE_NX];
  formula_derivative(s, f, k[0], x, force);
  for (int stage = 0; stage < 3; stage++) {
    for (int i = 0; i < CARTPOLE_NX; i++) at[i] = f_axpy(f, x[i], reach[stage], k[stage][i]);
    formula_derivative(s, f, k[stage + 1], at, force);
  }
  for (int i = 0; i < CARTPOLE_NX; i++)
    x[i] = f_runge_kutta(f, x[i], s->substep, (const int[]){k[0][i], k[1][i], k[2][i], k[3][i]});
}

static duro_status cp_formula(const duro_env *env, duro_formula *f) {
  const cartpole_settings *s = env->settings;
  const int u = f_scale(f, s->force, duro_formula_u(f, 0));
  const int force = f_axpy(f, u, s->disturbance, duro_formula_a(f, 0));
  for (int i = 0; i < CARTPOLE_NX; i++) f->next[i] = duro_formula_x(f, i);
  duro_formula_constrain(f, f_scale(f, 1.0 / s->safe_angle, f_within(f, s->safe_angle, f->next[1])));
  duro_formula_constrain(f, f_scale(f, 1.0 / s->safe_position, f_within(f, s->safe_position, f->next[0])));
  for (int64_t k = 0; k < s->substeps; k++) formula_runge_kutta(s, f, f->next, force);
  return DURO_OK;
}

const duro_env_ops duro_cartpole = {
    .name = "cartpole",
    .title = "carry a pole to a target near the wall without letting it lean; closed form",
    .settings = cartpole_rows,
    .n_settings = CARTPOLE_N_ROWS,
    .settings_size = sizeof(cartpole_settings),
    .create = cp_create,
    .destroy = cp_destroy,
    .reset = cartpole_reset,
    MOTION_OPS,
    .rates = one_rate,
    .formula = cp_formula,
    .draw = cartpole_draw,
    .facts = cartpole_facts,
};

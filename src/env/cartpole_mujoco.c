/* The cart-pole through MuJoCo: models/cartpole.xml with the settings patched in. */
#include <assert.h>

#include "base/error.h"
#include "base/memory.h"
#include "env/builtin.h"
#include "env/cartpole_task.h"
#include "env/mujoco_world.h"
#include "models/cartpole.h"

enum { CART = 1, POLE = 2 };    // bodies of the model
enum { SLIDER = 0, HINGE = 1 }; // its joints

typedef struct cm_shared {
  cartpole_region region; // first: see cartpole_task.h
  mjModel *model;         // constant once created
} cm_shared;

/* a capsule's inertia is the same about both axes across it, one of which is the hinge's */
static duro_status patch(mjModel *m, const cartpole_settings *s) {
  m->opt.timestep = s->substep;
  m->opt.gravity[2] = -s->gravity;
  m->body_mass[CART] = s->cart_mass;
  m->body_mass[POLE] = s->pole_mass;
  m->body_inertia[3 * POLE] = m->body_inertia[3 * POLE + 1] = s->pole_inertia;
  m->body_ipos[3 * POLE] = s->pole_x;
  m->body_ipos[3 * POLE + 2] = s->pole_z;
  m->dof_damping[SLIDER] = s->cart_damping;
  m->dof_damping[HINGE] = s->pole_damping;
  m->actuator_gear[0] = s->force;
  return mujoco_refresh(m);
}

static void cm_destroy(duro_env *env) {
  cm_shared *shared = env->shared;
  if (shared->model) mj_deleteModel(shared->model);
  duro_release(shared);
}

static duro_status cm_create(duro_env *env) {
  cm_shared *shared = duro_allocate(sizeof *shared);
  if (!shared) return DURO_ERROR_MEMORY;
  env->shared = shared;
  duro_status status = cartpole_describe(env, &shared->region);
  env->spec.x_needs = NULL; // the rail ends at 1 m and pushes back, so that motion depends on x there
  env->spec.x_shift = 0;
  if (!status) status = mujoco_load(&shared->model, "cartpole.xml", model_cartpole, sizeof model_cartpole);
  if (!status) status = patch(shared->model, env->settings);
  if (status) cm_destroy(env);
  return status;
}

static duro_status cm_worker_create(const duro_env *env, void **worker) {
  mjData *data;
  const duro_status status = mujoco_data(&data, ((const cm_shared *)env->shared)->model);
  *worker = data;
  return status;
}

static void cm_worker_destroy(void *worker) {
  mj_deleteData(worker);
}

static void cm_step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                    const double *a) {
  assert(worker);
  const cartpole_settings *s = env->settings;
  const mjModel *model = ((const cm_shared *)env->shared)->model;
  mjData *data = worker;
  mujoco_clear(model, data);
  for (int i = 0; i < 2; i++) {
    data->qpos[i] = x[i];
    data->qvel[i] = x[2 + i];
  }
  data->ctrl[0] = u[0];
  data->qfrc_applied[SLIDER] = s->disturbance * a[0]; // N
  const bool finite = env_all_finite(x, CARTPOLE_NX) && env_all_finite(u, 1) && env_all_finite(a, 1);
  const bool good = finite && mujoco_advance(model, data, s->substeps);
  for (int i = 0; i < 2; i++) {
    x2[i] = good ? data->qpos[i] : NAN;
    x2[2 + i] = good ? data->qvel[i] : NAN;
  }
  cartpole_judge(env, x2, out, u);
}

static const void *cm_model(const duro_env *env) {
  return ((const cm_shared *)env->shared)->model;
}

const duro_env_ops duro_cartpole_mujoco = {
    .name = "cartpole-mujoco",
    .title = "carry a pole to a target near the wall without letting it lean; in MuJoCo",
    .settings = cartpole_rows,
    .n_settings = CARTPOLE_N_ROWS,
    .settings_size = sizeof(cartpole_settings),
    .create = cm_create,
    .destroy = cm_destroy,
    .worker_create = cm_worker_create,
    .worker_destroy = cm_worker_destroy,
    .reset = cartpole_reset,
    .observe = cartpole_observe,
    .constraint = cartpole_constraint,
    .step = cm_step,
    .draw = cartpole_draw,
    .marks = cartpole_mark,
    .facts = cartpole_facts,
    .model = cm_model,
};

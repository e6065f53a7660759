/* Players, and who they are made of. */
#include "duro/player.h"

#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

/* ---- policies ---- */

static void act_by_policy(const duro_player *p, void *worker, int n, float *u, bool *replaced, const float *obs,
                          const double *x) {
  (void)worker, (void)x;
  duro_policy_act_many(p->policy, n, u, replaced, obs, p->how, p->margin);
}

duro_status duro_player_policy(duro_player *player, const duro_policy *policy, duro_act act, float margin) {
  const duro_policy_info *about = duro_policy_about(policy);
  *player = (duro_player){0};
  if (!duro_policy_can(policy, act))
    return duro_fail(DURO_ERROR_ARGUMENT, "a policy of %s lacks the networks for this way of acting", about->algorithm);
  *player = (duro_player){.struct_size = sizeof *player,
                          .name = "the policy",
                          .act = act_by_policy,
                          .no = about->no,
                          .nu = about->nu,
                          .policy = policy,
                          .how = act,
                          .margin = margin};
  return DURO_OK;
}

/* ---- grids ---- */

static void act_by_grid(const duro_player *p, void *worker, int n, float *u, bool *replaced, const float *obs,
                        const double *x) {
  (void)obs, (void)replaced;
  double wide[DURO_MAX_ACTION];
  for (int i = 0; i < n; i++, x += p->nx) {
    if (p->task)
      duro_grid_task_control(p->grid, worker, wide, x);
    else
      duro_grid_safety_control(p->grid, worker, wide, x);
    for (int k = 0; k < p->nu; k++) *u++ = (float)wide[k];
  }
}

static duro_status create_grid_worker(const duro_player *p, void **worker) {
  return duro_env_worker_create(duro_grid_env(p->grid), worker);
}

static void destroy_grid_worker(const duro_player *p, void *worker) {
  duro_env_worker_destroy(duro_grid_env(p->grid), worker);
}

duro_status duro_player_grid(duro_player *player, const duro_grid *grid, bool task) {
  const duro_env_spec *spec = &duro_grid_env(grid)->spec;
  *player = (duro_player){.struct_size = sizeof *player,
                          .name = "the policy of the grid",
                          .act = act_by_grid,
                          .worker_create = create_grid_worker,
                          .worker_destroy = destroy_grid_worker,
                          .nx = spec->nx,
                          .nu = spec->nu,
                          .grid = grid,
                          .task = task};
  return DURO_OK;
}

/* ---- certificates ---- */

static void act_by_certificate(const duro_player *p, void *worker, int n, float *u, bool *replaced, const float *obs,
                               const double *x) {
  (void)worker, (void)obs, (void)replaced;
  for (int i = 0; i < n; i++, x += p->nx) {
    double wide[DURO_MAX_ACTION] = {0};
    const bool inside = duro_certificate_control(p->certificate, wide, x);
    for (int k = 0; k < p->nu; k++) *u++ = inside ? (float)wide[k] : 0.0f;
  }
}

duro_player duro_player_certificate(const duro_certificate *certificate, int nx, int nu) {
  return (duro_player){.struct_size = sizeof(duro_player),
                       .name = "the certificate",
                       .act = act_by_certificate,
                       .nx = nx,
                       .nu = nu,
                       .certificate = certificate};
}

/* ---- others ---- */

static void act_constantly(const duro_player *p, void *worker, int n, float *u, bool *replaced, const float *obs,
                           const double *x) {
  (void)worker, (void)obs, (void)replaced, (void)x;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < p->nu; k++) *u++ = (float)p->control[k];
}

duro_player duro_player_constant(const double *control, int nu) {
  return (duro_player){
      .struct_size = sizeof(duro_player), .name = "the constant", .act = act_constantly, .nu = nu, .control = control};
}

duro_player duro_player_own(void (*act)(const duro_player *player, void *worker, int n, float *u, bool *replaced,
                                        const float *obs, const double *x),
                            void *context, int nu) {
  return (duro_player){
      .struct_size = sizeof(duro_player), .name = "the player", .context = context, .act = act, .nu = nu};
}

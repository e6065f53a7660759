/* Players, and who they are made of. */
#include "duro/player.h"

#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "eval/player.h"
#include "game/grid.h"

/* ---- what all are checked for ---- */

duro_status player_check(const duro_player *player, const duro_env *env) {
  const duro_env_spec *spec = &env->spec;
  const bool acts = player->act_on ? !player->act : player->act != NULL;
  if (player->struct_size != sizeof *player || !acts)
    return duro_fail(DURO_ERROR_ARGUMENT, "the player has %zu bytes and %s; wanted %zu and one, as its makers fill it",
                     player->struct_size, acts ? "a function" : "no function, or two", sizeof *player);
  if (player->remembered < 0 || player->remembered > (player->act_on ? DURO_PLAYER_MEMORY : 0))
    return duro_fail(DURO_ERROR_ARGUMENT, "%s remembers %d numbers; wanted 0 to %d, and none without act_on",
                     player->name, player->remembered, DURO_PLAYER_MEMORY);
  const bool fits = (!player->no || player->no == spec->no) && (!player->nx || player->nx == spec->nx) &&
                    (!player->nu || player->nu == spec->nu);
  if (fits) return DURO_OK;
  if (player->no)
    return duro_fail(DURO_ERROR_ARGUMENT, "%s maps %d observations to %d controls; %s wants %d to %d", player->name,
                     player->no, player->nu, env->ops->name, spec->no, spec->nu);
  return duro_fail(DURO_ERROR_ARGUMENT, "%s maps %d states to %d controls; %s wants %d to %d", player->name, player->nx,
                   player->nu, env->ops->name, spec->nx, spec->nu);
}

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
  const duro_status status = grid_want_safe_set(duro_grid_settings_of(grid));
  if (status) return status;
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

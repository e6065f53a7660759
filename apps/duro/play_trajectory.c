/* Episodes to be shown. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/purposes.h"
#include "cli/cli.h"
#include "eval/attack.h"
#include "play.h"

void trajectory_create(trajectory *t, const duro_env_spec *spec, int64_t steps) {
  const size_t n = (size_t)steps + 1;
  t->x = cli_allocate(n * (size_t)spec->nx, sizeof *t->x);
  t->h = cli_allocate(n, sizeof *t->h);
  t->u = cli_allocate(n * (size_t)spec->nu, sizeof *t->u);
  t->a = cli_allocate(n * (size_t)spec->na, sizeof *t->a);
  t->steps = 0;
}

void trajectory_release(trajectory *t) {
  free(t->x);
  free(t->h);
  free(t->u);
  free(t->a);
}

/* one step from the newest state; false when a number is not finite */
static bool step(trajectory *t, const duro_env *env, void *const worker[2], bool random, const duro_attack *attack,
                 attack_episode *met, duro_stream *control, duro_end *end) {
  const duro_env_spec *spec = &env->spec;
  const double *x = t->x + t->steps * spec->nx;
  double *x2 = t->x + (t->steps + 1) * spec->nx, u[DURO_MAX_ACTION], a[DURO_MAX_ACTION];
  float obs[DURO_MAX_OBS], *to_u = t->u + t->steps * spec->nu, *to_a = t->a + t->steps * spec->na;
  duro_step result;
  env->ops->observe(env, obs, x);
  for (int i = 0; i < spec->nu; i++) to_u[i] = random ? 2 * duro_stream_uniformf(control) - 1 : 0;
  for (int i = 0; i < spec->nu; i++) u[i] = (double)to_u[i];
  met->t = t->steps;
  duro_attack_act(to_a, attack, env,
                  &(attack_view){.n = 1, .worker = worker[1], .x = x, .obs = obs, .u = u, .episode = met});
  for (int i = 0; i < spec->na; i++) a[i] = (double)to_a[i];
  duro_env_step(env, worker[0], x2, &result, x, u, a);
  t->h[++t->steps] = result.h;
  *end = result.end;
  bool finite = isfinite(result.h);
  for (int i = 0; i < spec->nx; i++) finite = finite && isfinite(x2[i]);
  return finite;
}

duro_status trajectory_play(trajectory *t, const duro_env *env, bool random, const duro_attack *attack, int64_t episode,
                            const duro_eval_options *how) {
  void *worker[2] = {NULL, NULL}; // of the environment, of the attack
  duro_status status = duro_attack_check(attack, env);
  if (!status) status = duro_env_worker_create(env, &worker[0]);
  if (!status) status = duro_attack_worker_create(attack, &worker[1]);
  if (status) {
    duro_env_worker_destroy(env, worker[0]);
    return status;
  }
  const uint64_t seed = (uint64_t)how->seed, index = (uint64_t)episode;
  const int64_t horizon = how->horizon ? how->horizon : env->spec.horizon;
  duro_stream start = duro_stream_at(seed, DURO_PURPOSE_RESET_EVAL, index);
  attack_episode met = duro_attack_begin(how->seed, episode);
  duro_stream control = duro_stream_at(seed, DURO_PURPOSE_WARMUP, index);
  duro_end end = DURO_RUNNING;
  bool finite = true;
  env->ops->reset(env, t->x, &start, how->start);
  t->h[0] = env->ops->constraint(env, t->x);
  for (t->steps = 0; finite && end == DURO_RUNNING && t->steps < horizon;)
    finite = step(t, env, worker, random, attack, &met, &control, &end);
  duro_env_worker_destroy(env, worker[0]);
  duro_attack_worker_destroy(attack, worker[1]);
  return finite ? DURO_OK
                : duro_fail(DURO_ERROR_NOT_FINITE, "step %lld of %s: a state or h is not finite", (long long)t->steps,
                            env->ops->name);
}

int trajectory_states(int *shown, const duro_env_spec *spec) {
  int count = 0;
  if (spec->nx > TRAJECTORY_STATES)
    for (int k = 0; k < 2; k++) shown[count++] = spec->slice[k];
  for (int j = 0; j < spec->nx && count < TRAJECTORY_STATES; j++)
    if (spec->nx <= TRAJECTORY_STATES || (j != spec->slice[0] && j != spec->slice[1])) shown[count++] = j;
  return count;
}

duro_status trajectory_save(const trajectory *t, const duro_env_spec *spec, const char *path) {
  text data = {0};
  text_add(&data, "t");
  for (int j = 0; j < spec->nx; j++) text_add(&data, ","), text_add_field(&data, spec->x_names[j]);
  for (int j = 0; j < spec->nu; j++) text_add(&data, ",u%d", j);
  for (int j = 0; j < spec->na; j++) text_add(&data, ",a%d", j);
  text_add(&data, ",h\n");
  for (int64_t k = 0; k <= t->steps; k++) {
    text_add_number(&data, (double)k * spec->dt);
    for (int j = 0; j < spec->nx; j++) text_add(&data, ",%.9g", t->x[k * spec->nx + j]);
    // an action acts until the next state; the last one is repeated so that its line ends there
    const int64_t action = k < t->steps ? k : k - 1;
    for (int j = 0; j < spec->nu; j++) text_add(&data, ",%.9g", action < 0 ? 0. : (double)t->u[action * spec->nu + j]);
    for (int j = 0; j < spec->na; j++) text_add(&data, ",%.9g", action < 0 ? 0. : (double)t->a[action * spec->na + j]);
    text_add(&data, ",%.9g\n", t->h[k]);
  }
  const duro_status status = text_save(&data, path);
  text_release(&data);
  return status;
}

/* An episode, state by state. */
#include "study/trajectory.h"

#include "base/memory.h"
#include "base/purposes.h"
#include "duro/player.h"
#include "io/text.h"

duro_status trajectory_create(trajectory *t, const duro_env_spec *spec, int64_t steps) {
  const size_t n = (size_t)steps + 1;
  *t = (trajectory){.x = duro_allocate(n * (size_t)spec->nx * sizeof *t->x),
                    .h = duro_allocate(n * sizeof *t->h),
                    .u = duro_allocate(n * (size_t)spec->nu * sizeof *t->u),
                    .a = duro_allocate(n * (size_t)spec->na * sizeof *t->a)};
  if (t->x && t->h && t->u && t->a) return DURO_OK;
  trajectory_release(t);
  return DURO_ERROR_MEMORY;
}

void trajectory_release(trajectory *t) {
  duro_release(t->x);
  duro_release(t->h);
  duro_release(t->u);
  duro_release(t->a);
  *t = (trajectory){0};
}

/* Uniform controls of one episode: the stream is the worker. */

typedef struct dice {
  uint64_t seed, episode;
} dice;

static duro_status stream_create(const duro_player *player, void **worker) {
  const dice *of = player->context;
  duro_stream *stream = duro_allocate(sizeof *stream);
  if (!stream) return DURO_ERROR_MEMORY;
  *stream = duro_stream_at(of->seed, DURO_PURPOSE_WARMUP, of->episode);
  *worker = stream;
  return DURO_OK;
}

static void stream_destroy(const duro_player *player, void *worker) {
  (void)player;
  duro_release(worker);
}

static void act_randomly(const duro_player *player, void *worker, int n, float *u, bool *replaced, const float *obs,
                         const double *x) {
  (void)replaced, (void)obs, (void)x;
  for (int i = 0; i < n * player->nu; i++) u[i] = 2 * duro_stream_uniformf(worker) - 1;
}

duro_status trajectory_play(trajectory *t, const duro_env *env, bool random, const duro_attack *attack, int64_t episode,
                            const duro_eval_options *how) {
  static const double zero[DURO_MAX_ACTION];
  dice of = {(uint64_t)how->seed, (uint64_t)episode};
  duro_player player = duro_player_constant(zero, env->spec.nu);
  if (random) {
    player = duro_player_own(act_randomly, &of, env->spec.nu);
    player.worker_create = stream_create;
    player.worker_destroy = stream_destroy;
  }
  return duro_player_trace(t->x, t->u, t->a, t->h, &t->steps, env, &player, attack, episode, how);
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

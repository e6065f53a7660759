#include "eval/rollout.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/purposes.h"
#include "env/many.h"
#include "eval/player.h"

/* One episode in the air. */
typedef struct lane {
  job job;
  duro_stream sensor; /* noise on what the policy sees */
  bool broken;        /* a number was not finite */
} lane;

enum { POLL = 64 };

struct fleet {
  const rollout *run;
  void (*poll)(void *context); /* may be NULL */
  void *poll_context;
  int64_t steps;
  const duro_attack *attack; /* the present one */
  job_source next;
  void *context;
  int most, live;
  void *worker, *attack_worker, *player_worker;
  duro_arena arena;
  lane *lane;              // (most)
  attack_episode *episode; // (most)
  double *x, *x2;          // (most x nx)
  double *memory;          // (most x remembered by the player)
  double *wide_u, *wide_a; // (most x nu), (most x na)
  float *obs, *seen;       // (most x no) the state as it is, and as the policy sees it
  float *u, *a;            // (most x nu), (most x na)
  duro_step *result;       // (most)
  bool *filtered;          // (most)
};

static void layout(fleet *f) {
  const duro_env_spec *s = &f->run->env->spec;
  const size_t n = (size_t)f->most;
  f->lane = duro_arena_take(&f->arena, n * sizeof *f->lane);
  f->episode = duro_arena_take(&f->arena, n * sizeof *f->episode);
  f->x = duro_arena_take(&f->arena, n * (size_t)s->nx * sizeof *f->x);
  f->x2 = duro_arena_take(&f->arena, n * (size_t)s->nx * sizeof *f->x2);
  f->memory = duro_arena_take(&f->arena, n * (size_t)f->run->player->remembered * sizeof *f->memory);
  f->wide_u = duro_arena_take(&f->arena, n * (size_t)s->nu * sizeof *f->wide_u);
  f->wide_a = duro_arena_take(&f->arena, n * (size_t)s->na * sizeof *f->wide_a);
  f->obs = duro_arena_take(&f->arena, n * (size_t)s->no * sizeof *f->obs);
  f->seen = duro_arena_take(&f->arena, n * (size_t)s->no * sizeof *f->seen);
  f->u = duro_arena_take(&f->arena, n * (size_t)s->nu * sizeof *f->u);
  f->a = duro_arena_take(&f->arena, n * (size_t)s->na * sizeof *f->a);
  f->result = duro_arena_take(&f->arena, n * sizeof *f->result);
  f->filtered = duro_arena_take(&f->arena, n * sizeof *f->filtered);
}

duro_status fleet_create(fleet **out, const rollout *run, int most) {
  *out = NULL;
  fleet *f = duro_allocate(sizeof *f);
  if (!f) return DURO_ERROR_MEMORY;
  *f = (fleet){.run = run, .most = most};
  layout(f);
  duro_status status = duro_arena_allocate(&f->arena);
  if (!status) layout(f);
  if (!status) status = duro_env_worker_create(run->env, &f->worker);
  if (!status) status = duro_attack_worker_create(run->attack, &f->attack_worker);
  if (!status && run->player->worker_create) status = run->player->worker_create(run->player, &f->player_worker);
  if (status) {
    fleet_destroy(f);
    return status;
  }
  *out = f;
  return DURO_OK;
}

void fleet_destroy(fleet *f) {
  if (!f) return;
  duro_env_worker_destroy(f->run->env, f->worker);
  duro_attack_worker_destroy(f->run->attack, f->attack_worker);
  if (f->run->player->worker_destroy) f->run->player->worker_destroy(f->run->player, f->player_worker);
  duro_arena_release(&f->arena);
  duro_release(f);
}

void fleet_poll(fleet *f, void (*poll)(void *context), void *context) {
  f->poll = poll;
  f->poll_context = context;
}

static bool all_finite(const double *x, int n) {
  for (int i = 0; i < n; i++)
    if (!isfinite(x[i])) return false;
  return true;
}

/* Widens a row of n floats, within [-limit, limit]; false, and zeros, when one of them is not finite. */
static bool widen(double *out, const float *in, int n, double limit) {
  bool finite = true;
  for (int i = 0; i < n; i++) {
    out[i] = (double)in[i] < -limit ? -limit : (double)in[i] > limit ? limit : (double)in[i];
    finite = finite && isfinite(in[i]);
  }
  if (!finite) memset(out, 0, (size_t)n * sizeof *out);
  return finite;
}

static void count_state(duro_episode *out, double h) {
  out->h_min = fmin(out->h_min, h);
  out->violation_sum += fmax(-h, 0);
  out->violating_steps += h < 0;
}

static void record_state(const recorder *to, const duro_env_spec *spec, int64_t t, const double *x, double h) {
  if (to->x) memcpy(to->x + t * spec->nx, x, (size_t)spec->nx * sizeof *x);
  if (to->h) to->h[t] = h;
}

static void record_actions(const recorder *to, const duro_env_spec *spec, int64_t t, const float *u, const float *a) {
  if (to->u) memcpy(to->u + t * spec->nu, u, (size_t)spec->nu * sizeof *u);
  if (to->a) memcpy(to->a + t * spec->na, a, (size_t)spec->na * sizeof *a);
}

/* Begins an episode in lane i; false when it is over at once. */
static bool begin(fleet *f, int i) {
  const duro_env *env = f->run->env;
  const duro_eval_options *options = f->run->options;
  lane *l = &f->lane[i];
  double *x = f->x + (ptrdiff_t)i * env->spec.nx;
  f->episode[i] = duro_attack_begin(options->seed, l->job.episode);
  f->episode[i].sequence = l->job.sequence;
  l->sensor = duro_stream_at((uint64_t)options->seed, DURO_PURPOSE_SENSOR, (uint64_t)l->job.episode);
  l->broken = false;
  const int remembered = f->run->player->remembered;
  for (int k = 0; k < remembered; k++) f->memory[i * remembered + k] = 0;

  duro_episode *out = l->job.out;
  *out = (duro_episode){.h_min = INFINITY, .end = DURO_RUNNING, .start_value = l->job.start_value};
  if (l->job.start) {
    memcpy(x, l->job.start, (size_t)env->spec.nx * sizeof *x);
  } else if (!duro_eval_start(x, &out->start_value, env, options, l->job.episode)) {
    out->episode_return = NAN;
    out->length = -1;
    return false;
  }
  if (!l->job.start) eval_tell_start(options, env, l->job.episode, x);
  const double h = duro_env_constraint(env, x);
  if (l->job.close) *l->job.close = (closeness){0};
  count_state(out, h);
  record_state(&l->job.to, &env->spec, 0, x, h);
  if (all_finite(x, env->spec.nx) && isfinite(h)) return true;
  out->episode_return = NAN;
  return false;
}

/* Fills lane i with the next episode; false when there is none. */
static bool fill(fleet *f, int i) {
  while (f->next(f->context, &f->lane[i].job))
    if (begin(f, i)) return true;
  return false;
}

static void move(fleet *f, int to, int from) {
  if (to == from) return;
  const size_t nx = (size_t)f->run->env->spec.nx;
  f->lane[to] = f->lane[from];
  f->episode[to] = f->episode[from];
  memcpy(f->x + (size_t)to * nx, f->x + (size_t)from * nx, nx * sizeof *f->x);
  const size_t remembered = (size_t)f->run->player->remembered;
  memcpy(f->memory + (size_t)to * remembered, f->memory + (size_t)from * remembered, remembered * sizeof *f->memory);
}

/* What the policy sees: the observation, with noise where it is wanted. */
static const float *sense(fleet *f) {
  const double std = f->run->options->observation_noise;
  if (std == 0) return f->obs;
  const int no = f->run->env->spec.no;
  for (int i = 0; i < f->live; i++)
    for (int k = 0; k < no; k++)
      f->seen[i * no + k] = fmaf((float)std, duro_stream_normalf(&f->lane[i].sensor), f->obs[i * no + k]);
  return f->seen;
}

/* Both players choose; the adversary sees the state without noise, and the control. */
static void choose(fleet *f) {
  const rollout *run = f->run;
  const duro_env_spec *spec = &run->env->spec;
  const attack_view view = {
      .n = f->live, .worker = f->attack_worker, .x = f->x, .obs = f->obs, .u = f->wide_u, .episode = f->episode};
  env_observe(run->env, f->live, f->obs, f->x);
  memset(f->filtered, 0, (size_t)f->live * sizeof *f->filtered);
  player_act(run->player, f->player_worker, f->live, f->u, f->filtered, sense(f), f->x, f->memory);
  for (int i = 0; i < f->live; i++)
    f->lane[i].broken = !widen(f->wide_u + i * spec->nu, f->u + i * spec->nu, spec->nu, 1);
  duro_attack_act(f->a, f->attack, run->env, &view);
  for (int i = 0; i < f->live; i++)
    f->lane[i].broken |= !widen(f->wide_a + i * spec->na, f->a + i * spec->na, spec->na, INFINITY);
}

static void note_closeness(closeness *close, const duro_episode *out, double h, double h_scale) {
  const double near = 1 / (fmax(h / h_scale, 0) + .05), near2 = near * near, near4 = near2 * near2;
  close->nearness += near4 * near4;
  if (h <= out->h_min) close->worst_t = out->length;
}

/* Takes the step that lane i has made into its episode; false when that is over. */
static bool account(fleet *f, int i) {
  const duro_env_spec *spec = &f->run->env->spec;
  const job *j = &f->lane[i].job;
  const duro_step *result = &f->result[i];
  const double *x = f->x + (ptrdiff_t)i * spec->nx;
  duro_episode *out = j->out;
  record_actions(&j->to, spec, out->length, f->u + i * spec->nu, f->a + i * spec->na);
  if (f->lane[i].broken || !all_finite(x, spec->nx) || !isfinite(result->r) || !isfinite(result->h)) {
    out->episode_return = NAN;
    return false;
  }
  out->filtered_steps += f->filtered[i];
  out->episode_return += result->r;
  out->length++;
  count_state(out, result->h);
  record_state(&j->to, spec, out->length, x, result->h);
  if (j->close) note_closeness(j->close, out, result->h, spec->h_scale);
  out->end = result->end;
  f->episode[i].t = out->length;
  return out->end == DURO_RUNNING && out->length < f->run->horizon;
}

static void step(fleet *f) {
  choose(f);
  env_step_unclipped(f->run->env, f->worker, f->live, f->x2, f->result, f->x, f->wide_u, f->wide_a);
  double *const before = f->x;
  f->x = f->x2;
  f->x2 = before;
  // from the last lane down, so that the one which moves into a gap has been looked at
  for (int i = f->live - 1; i >= 0; i--)
    if (!account(f, i) && !fill(f, i)) move(f, i, --f->live);
}

void fleet_play(fleet *f, const duro_attack *attack, job_source next, void *context) {
  f->attack = attack;
  f->next = next;
  f->context = context;
  for (f->live = 0; f->live < f->most && fill(f, f->live);) f->live++;
  while (f->live > 0 && !atomic_load_explicit(f->run->stop, memory_order_relaxed)) {
    step(f);
    if (f->poll && ++f->steps % POLL == 0) f->poll(f->poll_context);
  }
}

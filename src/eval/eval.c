/* Rollouts of frozen policies. Episode i is a function of (seed, i) alone. */
#include "duro/eval.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/purposes.h"
#include "eval/attack.h"

/* What all episodes of one evaluation share. */
typedef struct rollout {
  const duro_env *env;
  const duro_policy *policy;
  const duro_attack *attack;
  const duro_eval_options *options;
  int64_t horizon;
} rollout;

/* Where a trajectory is recorded; all NULL where nobody looks. */
typedef struct recorder {
  double *x; // (steps + 1 x nx)
  float *u;  // (steps x nu)
  float *a;  // (steps x na)
  double *h; // (steps + 1)
} recorder;

static void record_state(const recorder *to, const duro_env_spec *spec, int64_t t, const double *x, double h) {
  if (!to) return;
  memcpy(to->x + t * spec->nx, x, (size_t)spec->nx * sizeof *x);
  to->h[t] = h;
}

static void record_actions(const recorder *to, const duro_env_spec *spec, int64_t t, const float *u, const float *a) {
  if (!to) return;
  memcpy(to->u + t * spec->nu, u, (size_t)spec->nu * sizeof *u);
  memcpy(to->a + t * spec->na, a, (size_t)spec->na * sizeof *a);
}

/* Widens n floats; false when one of them is not finite. */
static bool widen(double *out, const float *in, int n) {
  bool finite = true;
  for (int i = 0; i < n; i++) {
    out[i] = (double)in[i];
    finite = finite && isfinite(in[i]);
  }
  return finite;
}

static bool all_finite(const double *x, int n) {
  for (int i = 0; i < n; i++)
    if (!isfinite(x[i])) return false;
  return true;
}

static void count_state(duro_episode *out, double h) {
  out->h_min = fmin(out->h_min, h);
  out->violation_sum += fmax(-h, 0);
  out->violating_steps += h < 0;
}

/* One step from x to x2; false when a number of it is not finite. */
static bool step(double *x2, duro_step *result, duro_episode *out, const recorder *to, const rollout *run, void *worker,
                 const double *x, int64_t episode, duro_stream *noise) {
  const duro_env_spec *spec = &run->env->spec;
  float obs[DURO_MAX_OBS], u[DURO_MAX_ACTION], a[DURO_MAX_ACTION];
  double wide_u[DURO_MAX_ACTION], wide_a[DURO_MAX_ACTION];

  // both players see the same observation
  run->env->ops->observe(run->env, obs, x);
  const bool filtered = duro_policy_act(run->policy, u, obs, run->options->act, run->options->margin);
  duro_attack_act(a, run->attack, obs, spec->na, episode, noise);
  record_actions(to, spec, out->length, u, a);
  if (!widen(wide_u, u, spec->nu) || !widen(wide_a, a, spec->na)) return false;

  duro_env_step(run->env, worker, x2, result, x, wide_u, wide_a);
  if (!all_finite(x2, spec->nx) || !isfinite(result->r) || !isfinite(result->h)) return false;
  out->filtered_steps += filtered;
  out->episode_return += result->r;
  out->length++;
  count_state(out, result->h);
  record_state(to, spec, out->length, x2, result->h);
  out->end = result->end;
  return true;
}

/* Plays episode i. A number that is not finite ends it and leaves episode_return NaN. */
static void play(duro_episode *out, const recorder *to, const rollout *run, void *worker, int64_t i) {
  double state[2][DURO_MAX_STATE];
  duro_step result;
  const uint64_t seed = (uint64_t)run->options->seed;
  duro_stream start = duro_stream_at(seed, DURO_PURPOSE_RESET_EVAL, (uint64_t)i);
  duro_stream noise = duro_stream_at(seed, DURO_PURPOSE_EVAL_DISTURBANCE, (uint64_t)i);

  *out = (duro_episode){.h_min = INFINITY, .end = DURO_RUNNING};
  run->env->ops->reset(run->env, state[0], &start, run->options->start);
  const double h = run->env->ops->constraint(run->env, state[0]);
  bool finite = all_finite(state[0], run->env->spec.nx) && isfinite(h);
  count_state(out, h);
  record_state(to, &run->env->spec, 0, state[0], h);

  while (finite && out->length < run->horizon && out->end == DURO_RUNNING) {
    const int now = (int)(out->length & 1);
    finite = step(state[1 - now], &result, out, to, run, worker, state[now], i, &noise);
  }
  if (!finite) out->episode_return = NAN;
}

static duro_status fail_not_finite(const rollout *run, const duro_episode *episode, int64_t i) {
  return duro_fail(
      DURO_ERROR_NOT_FINITE,
      "episode %lld, step %lld of %s (seed %lld, adversary %s): an action, state, reward or h is not finite",
      (long long)i, (long long)episode->length, run->env->ops->name, (long long)run->options->seed,
      duro_attack_name(run->attack->kind));
}

/* Checks what the caller may have got wrong and fills `run`. */
static duro_status prepare(rollout *run, const duro_env *env, const duro_policy *policy, const duro_attack *attack,
                           const duro_eval_options *options) {
  const duro_env_spec *spec = &env->spec;
  assert(spec->nx <= DURO_MAX_STATE && spec->no <= DURO_MAX_OBS);
  assert(spec->nu <= DURO_MAX_ACTION && spec->na <= DURO_MAX_ACTION);
  if (options->episodes < 1)
    return duro_fail(DURO_ERROR_ARGUMENT, "episodes is %lld; wanted at least 1", (long long)options->episodes);
  if (options->threads < 1 || options->threads > 256)
    return duro_fail(DURO_ERROR_ARGUMENT, "threads is %lld; wanted 1 to 256", (long long)options->threads);
  if (options->horizon < 0)
    return duro_fail(DURO_ERROR_ARGUMENT, "horizon is %lld; wanted at least 0", (long long)options->horizon);
  const duro_policy_info *about = duro_policy_about(policy);
  if (about->no != spec->no || about->nu != spec->nu)
    return duro_fail(DURO_ERROR_ARGUMENT, "the policy maps %d observations to %d controls; %s wants %d to %d",
                     about->no, about->nu, env->ops->name, spec->no, spec->nu);
  if (!duro_policy_can(policy, options->act))
    return duro_fail(DURO_ERROR_ARGUMENT, "a policy of %s lacks the networks for this way of acting", about->algorithm);
  *run = (rollout){env, policy, attack, options, options->horizon ? options->horizon : spec->horizon};
  return duro_attack_check(attack, env);
}

/* A team at work on episodes: each thread takes the next one that nobody has. */
typedef struct team {
  const rollout *run;
  duro_episode *out;
  void *worker[256];
  atomic_llong next;
} team;

static void team_work(void *context, int thread, int threads) {
  (void)threads;
  team *t = context;
  for (;;) {
    const int64_t i = atomic_fetch_add_explicit(&t->next, 1, memory_order_relaxed);
    if (i >= t->run->options->episodes) return;
    play(&t->out[i], NULL, t->run, t->worker[thread], i);
  }
}

static duro_status team_run(team *t, int threads) {
  duro_pool *pool = NULL;
  duro_status status = DURO_OK;
  for (int i = 0; i < threads && !status; i++) status = duro_env_worker_create(t->run->env, &t->worker[i]);
  if (!status) status = duro_pool_create(&pool, threads);
  if (!status) duro_pool_run(pool, team_work, t);
  duro_pool_destroy(pool);
  for (int i = 0; i < threads; i++) duro_env_worker_destroy(t->run->env, t->worker[i]);
  return status;
}

duro_status duro_eval_run(duro_episode *out, const duro_env *env, const duro_policy *policy, const duro_attack *attack,
                          const duro_eval_options *options) {
  rollout run;
  duro_status status = prepare(&run, env, policy, attack, options);
  if (status) return status;
  team t = {.run = &run, .out = out};
  status = team_run(&t, (int)(options->threads < options->episodes ? options->threads : options->episodes));
  if (status) return status;
  for (int64_t i = 0; i < options->episodes; i++)
    if (isnan(out[i].episode_return)) return fail_not_finite(&run, &out[i], i);
  return DURO_OK;
}

duro_status duro_eval_trace(double *x, float *u, float *a, double *h, int64_t *steps, const duro_env *env,
                            const duro_policy *policy, const duro_attack *attack, int64_t episode,
                            const duro_eval_options *options) {
  rollout run;
  void *worker = NULL;
  duro_status status = prepare(&run, env, policy, attack, options);
  if (!status) status = duro_env_worker_create(env, &worker);
  if (status) return status;
  duro_episode played;
  play(&played, &(recorder){x, u, a, h}, &run, worker, episode);
  duro_env_worker_destroy(env, worker);
  *steps = played.length;
  return isnan(played.episode_return) ? fail_not_finite(&run, &played, episode) : DURO_OK;
}

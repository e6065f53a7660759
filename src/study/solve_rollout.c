/* Plays the solved policies against the solved adversaries, step by step through the environment itself. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/purposes.h"
#include "study/solve.h"

enum { SEED = 1 };
static const double margin = .05; // of h_scale

const char *solve_policy_name(const solve_rollout *r) {
  return r->task_policy ? "task policy" : "safety policy";
}

const char *solve_adversary_name(const solve_rollout *r) {
  return r->task_adversary ? "task adversary" : "safety adversary";
}

static int compare(const void *a, const void *b) {
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* State of a vertex; states that the grid leaves out are drawn from their region. */
static void vertex_state(double *x, const solution *s, int64_t vertex, duro_stream *stream) {
  const duro_env_spec *spec = &s->env->spec;
  for (int i = 0; i < s->plan.n_dropped; i++) {
    const int k = s->plan.dropped[i];
    x[k] = spec->x_low[k] + (spec->x_high[k] - spec->x_low[k]) * duro_stream_uniform(stream);
  }
  for (int i = s->plan.nd - 1; i >= 0; i--) {
    const duro_grid_axis *axis = &s->plan.axis[i];
    x[axis->state] = solve_vertex(axis, (int)(vertex % axis->n));
    vertex /= axis->n;
  }
}

/* Draws starts (SOLVE_STARTS x nx) uniformly, with replacement, from the vertices with V_h >= level; false where there
 * is none. */
static bool draw_starts(double *x, const solution *s, double level) {
  int64_t inside = 0, chosen[SOLVE_STARTS], seen = 0;
  for (int64_t v = 0; v < s->plan.cells; v++) inside += (double)s->V[v] >= level;
  if (!inside) return false;
  duro_stream stream = duro_stream_at(SEED, DURO_PURPOSE_RESET_EVAL, 0);
  for (int i = 0; i < SOLVE_STARTS; i++)
    chosen[i] = (int64_t)(duro_stream_uniform(&stream) * (double)inside); // the k-th vertex inside
  qsort(chosen, SOLVE_STARTS, sizeof *chosen, compare);
  int next = 0;
  for (int64_t v = 0; v < s->plan.cells && next < SOLVE_STARTS; v++) {
    if (!((double)s->V[v] >= level)) continue;
    for (; next < SOLVE_STARTS && chosen[next] == seen; next++)
      vertex_state(x + (int64_t)next * s->env->spec.nx, s, v, &stream);
    seen++;
  }
  return true;
}

typedef struct played {
  double h_min, sum;
  bool failed;
} played;

typedef struct play_job {
  const solution *s;
  const solve_rollout *how;
  const double *start; /* (SOLVE_STARTS x nx) */
  played *result;      /* (SOLVE_STARTS) */
  void **worker;       /* (threads) */
} play_job;

static void play_episode(played *out, const play_job *job, void *worker, const double *start) {
  const solution *s = job->s;
  const duro_env *env = s->env;
  double x[DURO_MAX_STATE], x2[DURO_MAX_STATE], u[DURO_MAX_ACTION], a[DURO_MAX_ACTION];
  memcpy(x, start, sizeof *x * (size_t)env->spec.nx);
  *out = (played){.h_min = duro_env_constraint(env, x)};
  for (int t = 0; t < env->spec.horizon; t++) {
    duro_step step;
    (job->how->task_policy ? duro_grid_task_control : duro_grid_safety_control)(s->grid, worker, u, x);
    (job->how->task_adversary ? duro_grid_task_disturbance : duro_grid_safety_disturbance)(s->grid, worker, a, x, u);
    env->ops->step(env, worker, x2, &step, x, u, a); // not clipped: grid.amplitude may exceed 1
    memcpy(x, x2, sizeof *x * (size_t)env->spec.nx);
    out->h_min = fmin(out->h_min, step.h);
    out->sum += step.r;
    out->failed = step.end == DURO_TERMINATED;
    if (step.end != DURO_RUNNING) break;
  }
}

static void play_share(void *context, int thread, int threads) {
  const play_job *job = context;
  for (int i = thread; i < SOLVE_STARTS && !job->s->watcher->ask(job->s->watcher->context); i += threads)
    play_episode(&job->result[i], job, job->worker[thread], job->start + (int64_t)i * job->s->env->spec.nx);
}

static void summarize(solve_rollout *r, const played *result) {
  r->starts = SOLVE_STARTS;
  r->h_min = INFINITY;
  for (int i = 0; i < SOLVE_STARTS; i++) {
    r->violated += result[i].h_min < 0 || result[i].failed;
    r->h_min = fmin(r->h_min, result[i].h_min);
    r->return_mean += result[i].sum / SOLVE_STARTS;
  }
}

/* Adds a row: what became of the starts (NULL: there is none). */
static duro_status add_rollout(solution *s, duro_pool *pool, solve_rollout how, const double *start) {
  solve_rollout *r = &s->rollout[s->rollouts++];
  *r = how;
  if (!start) return DURO_OK;
  const int threads = duro_pool_threads(pool);
  duro_status status = DURO_OK;
  play_job job = {.s = s, .how = r, .start = start};
  job.result = duro_allocate(SOLVE_STARTS * sizeof *job.result);
  job.worker = duro_allocate((size_t)threads * sizeof *job.worker);
  if (!job.result || !job.worker) status = DURO_ERROR_MEMORY;
  for (int t = 0; t < threads && !status; t++) status = duro_env_worker_create(s->env, &job.worker[t]);
  if (!status) duro_pool_run(pool, play_share, &job);
  if (!status) status = s->watcher->ask(s->watcher->context);
  if (!status) summarize(r, job.result);
  for (int t = 0; job.worker && t < threads; t++) duro_env_worker_destroy(s->env, job.worker[t]);
  duro_release(job.result);
  duro_release(job.worker);
  return status;
}

/* A start of the evaluation, as duro eval draws it with seed 1. */
static void draw_start(double *x, const solution *s, uint64_t i) {
  duro_stream stream = duro_stream_at(SEED, DURO_PURPOSE_RESET_EVAL, i);
  duro_env_reset(s->env, x, &stream, DURO_START_EVAL);
}

void solve_certified_starts(solution *s) {
  double x[DURO_MAX_STATE];
  for (uint64_t i = 0; i < SOLVE_STARTS; i++) {
    draw_start(x, s, i);
    s->starts_certified += duro_certificate_contains(s->certificate, x);
  }
}

static void look_at_starts(solution *s) {
  double x[DURO_MAX_STATE];
  s->starts_margin = INFINITY;
  s->starts = SOLVE_STARTS;
  for (uint64_t i = 0; i < SOLVE_STARTS; i++) {
    draw_start(x, s, i);
    const double value = duro_grid_safety_at(s->grid, x);
    s->starts_inside += value >= 0;
    s->starts_margin = fmin(s->starts_margin, value);
  }
}

duro_status solve_play(solution *s) {
  static const struct { bool policy, adversary; } sides[] = {{false, false}, {true, false}, {true, true}};
  duro_pool *pool;
  duro_status status = duro_pool_create(&pool, duro_threads(s->settings.threads));
  if (status) return status;
  double *start = duro_allocate(SOLVE_STARTS * sizeof *start * (size_t)s->env->spec.nx);
  if (!start) status = DURO_ERROR_MEMORY;
  for (int wide = 0; !status && wide < 2; wide++) {
    const double level = wide ? margin * s->env->spec.h_scale : 0;
    const bool any = draw_starts(start, s, level);
    for (int i = 0; !status && i < (s->plan.task ? 3 : 1); i++)
      status = add_rollout(
          s, pool,
          (solve_rollout){.task_policy = sides[i].policy, .task_adversary = sides[i].adversary, .level = level},
          any ? start : NULL);
  }
  if (!status) look_at_starts(s);
  duro_release(start);
  duro_pool_destroy(pool);
  return status;
}

/* Does the safety policy keep the true set? Roll-outs from its cells against every attacker. */
#include <stdatomic.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/purposes.h"
#include "eval/sets.h"

enum { BLOCK = 128, MOST_THREADS = 256, MOST_CORNERS = 16 };

typedef struct keeping {
  const duro_policy *policy;
  const duro_set_truth *truth;
  const duro_set_cells *cells;
  const duro_set_options *options;
  int64_t horizon;
  int64_t *start; /* (starts) cells of the true set */
  int64_t starts;
  duro_act act;
  void *worker[MOST_THREADS];
  atomic_int status; // what options->ask said
  atomic_llong next, kept, broken[DURO_SET_ATTACKERS];
} keeping;

/* Episodes side by side; those that are over leave, and the last takes their place. */
typedef struct block {
  int n;
  int id[BLOCK]; /* which start of the block */
  double x[BLOCK * DURO_MAX_STATE], x2[BLOCK * DURO_MAX_STATE];
  float obs[BLOCK * DURO_MAX_OBS], u[BLOCK * DURO_MAX_ACTION], a[BLOCK * DURO_MAX_ACTION];
  double wide_u[BLOCK * DURO_MAX_ACTION], wide_a[BLOCK * DURO_MAX_ACTION];
  duro_step out[BLOCK];
  duro_stream noise[BLOCK]; /* of each start */
} block;

static int corners(int na) {
  return na <= 4 ? 1 << na : 2;
}

/* +1 or -1: disturbance j at a corner */
static double corner(int which, int j, int na) {
  return (na <= 4 ? which >> j & 1 : which) ? 1 : -1;
}

static void start_block(block *b, const keeping *k, int64_t first, int n) {
  const int nx = k->cells->env->spec.nx;
  b->n = n;
  for (int i = 0; i < n; i++) {
    b->id[i] = i;
    duro_set_cell(b->x + (ptrdiff_t)i * nx, k->cells, k->start[first + i]);
    b->noise[i] = duro_stream_at(1, DURO_PURPOSE_SET_DISTURBANCE, (uint64_t)k->start[first + i]);
  }
}

static void disturb(block *b, const keeping *k, void *worker, duro_set_attacker kind, int which) {
  const duro_env *env = k->cells->env;
  const int nx = env->spec.nx, nu = env->spec.nu, na = env->spec.na;
  if (kind == DURO_SET_MU_H) duro_policy_disturb_many(k->policy, b->n, b->a, b->obs, DURO_NET_MU_H);
  for (int i = 0; i < b->n; i++) {
    double *a = b->wide_a + (ptrdiff_t)i * na;
    if (kind == DURO_SET_WORST)
      set_truth_worst(k->truth, env, worker, a, b->x + (ptrdiff_t)i * nx, b->wide_u + (ptrdiff_t)i * nu);
    for (int j = 0; j < na && kind != DURO_SET_WORST; j++)
      a[j] = kind == DURO_SET_MU_H     ? (double)b->a[(ptrdiff_t)i * na + j]
             : kind == DURO_SET_RANDOM ? 2 * duro_stream_uniform(&b->noise[b->id[i]]) - 1
                                       : corner(which, j, na);
  }
}

/* Makes x2 the present states and takes the broken episodes out; they are marked in `broken`. */
static void advance(block *b, int nx, bool *broken) {
  memcpy(b->x, b->x2, sizeof *b->x * (size_t)b->n * (size_t)nx);
  for (int i = b->n - 1; i >= 0; i--) {
    if (b->out[i].h >= 0 && b->out[i].end != DURO_TERMINATED) continue; // NaN is broken
    broken[b->id[i]] = true;
    b->n--;
    b->id[i] = b->id[b->n];
    memmove(b->x + (ptrdiff_t)i * nx, b->x + (ptrdiff_t)b->n * nx, sizeof *b->x * (size_t)nx);
  }
}

static void play(block *b, const keeping *k, void *worker, duro_set_attacker kind, int which, bool *broken) {
  const duro_env *env = k->cells->env;
  const duro_env_spec *spec = &env->spec;
  for (int64_t t = 0; t < k->horizon && b->n > 0; t++) {
    for (int i = 0; i < b->n; i++)
      duro_env_observe(env, b->obs + (ptrdiff_t)i * spec->no, b->x + (ptrdiff_t)i * spec->nx);
    duro_policy_act_many(k->policy, b->n, b->u, NULL, b->obs, k->act, 0);
    for (int i = 0; i < b->n * spec->nu; i++) b->wide_u[i] = (double)b->u[i];
    disturb(b, k, worker, kind, which);
    duro_env_step_many(env, worker, b->n, b->x2, b->out, b->x, b->wide_u, b->wide_a);
    advance(b, spec->nx, broken);
  }
}

/* All attackers against the starts [first, first + n). */
static void keep_block(block *b, keeping *k, void *worker, int64_t first, int n) {
  bool lost[BLOCK] = {false};
  for (int kind = 0; kind < DURO_SET_ATTACKERS; kind++) {
    bool broken[BLOCK] = {false};
    if (kind == DURO_SET_MU_H && !duro_policy_has(k->policy, DURO_NET_MU_H)) continue;
    const int plays = kind == DURO_SET_CONSTANT ? corners(k->cells->env->spec.na) : 1;
    for (int which = 0; which < plays; which++) {
      start_block(b, k, first, n);
      play(b, k, worker, (duro_set_attacker)kind, which, broken);
    }
    for (int i = 0; i < n; i++) {
      atomic_fetch_add(&k->broken[kind], broken[i]);
      lost[i] = lost[i] || broken[i];
    }
  }
  for (int i = 0; i < n; i++) atomic_fetch_add(&k->kept, !lost[i]);
}

typedef struct team {
  keeping *keeping;
  block *blocks; /* one of each thread */
} team;

static void keep_share(void *context, int thread, int threads) {
  (void)threads;
  const team *t = context;
  keeping *k = t->keeping;
  while (!set_ends(k->options, &k->status, thread)) {
    const int64_t first = BLOCK * atomic_fetch_add(&k->next, 1);
    if (first >= k->starts) return;
    const int64_t left = k->starts - first;
    keep_block(&t->blocks[thread], k, k->worker[thread], first, (int)(left < BLOCK ? left : BLOCK));
  }
}

/* The cells of the true set, or `most` of them at equal distances. */
static void choose_starts(keeping *k, int64_t most) {
  double x[DURO_MAX_STATE];
  int64_t inside = 0;
  for (int64_t i = 0; i < k->cells->count; i++) {
    if (i % BLOCK == 0 && set_ends(k->options, &k->status, 0)) return;
    duro_set_cell(x, k->cells, i);
    if (duro_set_truth_value(k->truth, x) >= 0 && duro_env_constraint(k->cells->env, x) >= 0) k->start[inside++] = i;
  }
  k->starts = most && most < inside ? most : inside;
  for (int64_t i = 0; i < k->starts; i++) k->start[i] = k->start[i * inside / k->starts];
}

static duro_status run_team(keeping *k, int threads) {
  team t = {.keeping = k, .blocks = duro_allocate(sizeof *t.blocks * (size_t)threads)};
  duro_pool *pool = NULL;
  duro_status status = t.blocks ? DURO_OK : DURO_ERROR_MEMORY;
  for (int i = 0; i < threads && !status; i++) status = duro_env_worker_create(k->cells->env, &k->worker[i]);
  if (!status) status = duro_pool_create(&pool, threads);
  if (!status) duro_pool_run(pool, keep_share, &t);
  duro_pool_destroy(pool);
  for (int i = 0; i < threads; i++) duro_env_worker_destroy(k->cells->env, k->worker[i]);
  duro_release(t.blocks);
  return status;
}

duro_status duro_set_keep(duro_set_keeping *out, const duro_policy *policy, const duro_set_truth *truth,
                          const duro_set_cells *cells, const duro_set_options *options) {
  duro_status status = set_check(policy, cells->env, options);
  if (status) return status;
  keeping *k = duro_allocate(sizeof *k);
  if (!k) return DURO_ERROR_MEMORY;
  k->policy = policy, k->truth = truth, k->cells = cells, k->options = options;
  k->horizon = options->horizon ? options->horizon : cells->env->spec.horizon;
  k->act = duro_policy_can(policy, DURO_ACT_SAFETY) ? DURO_ACT_SAFETY : DURO_ACT_TASK;
  k->start = duro_allocate(sizeof *k->start * (size_t)cells->count);
  if (!k->start) status = DURO_ERROR_MEMORY;
  if (!status) {
    choose_starts(k, options->starts);
    status = run_team(k, duro_threads(options->threads));
  }
  if (!status) status = (duro_status)atomic_load(&k->status);
  if (!status) {
    *out = (duro_set_keeping){.starts = k->starts, .kept = k->kept};
    for (int i = 0; i < DURO_SET_ATTACKERS; i++) out->broken[i] = k->broken[i];
  }
  duro_release(k->start);
  duro_release(k);
  return status;
}

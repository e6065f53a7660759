/* Whole updates and one decision, beside what the fused multiply-add units allow. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/math.h"
#include "base/purposes.h"
#include "bench.h"
#include "cli/cli.h"
#include "openblas.h"
#include "policy/policy.h"
#include "pytorch.h"
#include "rl/learner.h"

typedef struct update_row {
  const char *algorithm;
  int width, batch;
  double passes; /* forward-sized passes of one network in an update */
  int threads;
  bool openblas; /* by the peer */
  learner *learner;
  openblas_sac *peer;
  duro_pool *pool;
  double ms[BENCH_ROUNDS], share[BENCH_ROUNDS]; /* of the bound */
  double bound_ms[BENCH_ROUNDS];
  double pytorch_ms[BENCH_ROUNDS], times[BENCH_ROUNDS]; /* PyTorch, and how many times as long */
} update_row;

static const update_row update_table[] = {
    {.algorithm = "SAC", .width = 256, .batch = 256, .passes = 16, .threads = 1},
    {.algorithm = "SAC", .width = 256, .batch = 256, .passes = 16, .threads = 2},
    {.algorithm = "DRAC", .width = 256, .batch = 256, .passes = 39, .threads = 1},
    {.algorithm = "DRAC", .width = 256, .batch = 256, .passes = 39, .threads = 2},
    {.algorithm = "SAC", .width = 64, .batch = 96, .passes = 16, .threads = 1},
    {.algorithm = "SAC", .width = 64, .batch = 96, .passes = 16, .threads = 2},
    {.algorithm = "DRAC", .width = 64, .batch = 96, .passes = 39, .threads = 1},
    {.algorithm = "DRAC", .width = 64, .batch = 96, .passes = 39, .threads = 2},
    // last, since the threads of OpenBLAS spin on for a while
    {.algorithm = "SAC", .width = 256, .batch = 256, .passes = 16, .threads = 1, .openblas = true},
    {.algorithm = "SAC", .width = 256, .batch = 256, .passes = 16, .threads = 2, .openblas = true},
    {.algorithm = "SAC", .width = 64, .batch = 96, .passes = 16, .threads = 1, .openblas = true},
    {.algorithm = "SAC", .width = 64, .batch = 96, .passes = 16, .threads = 2, .openblas = true},
};
enum { UPDATES = sizeof update_table / sizeof *update_table };

/* random transitions */
static void fill_replay(learner *l) {
  duro_stream s = duro_stream_at(1, DURO_PURPOSE_SPARE, 0);
  float x[DURO_MAX_OBS], x2[DURO_MAX_OBS], u[DURO_MAX_ACTION], a[DURO_MAX_ACTION];
  for (int64_t i = 0; i < l->replay.capacity; ++i) {
    for (int k = 0; k < l->no; ++k) x[k] = duro_stream_normalf(&s), x2[k] = duro_stream_normalf(&s);
    for (int k = 0; k < l->nu; ++k) u[k] = 2.0f * duro_stream_uniformf(&s) - 1.0f;
    for (int k = 0; k < l->na; ++k) a[k] = 2.0f * duro_stream_uniformf(&s) - 1.0f;
    replay_add(&l->replay,
               &(transition){.x = x, .u = u, .a = a, .x2 = x2, .r = x[0], .h = .1f * x[1], .h2 = .1f * x2[1]});
  }
}

static duro_status prepare_update(update_row *row, const duro_env *env, int threads) {
  duro_train_settings train;
  duro_learn_settings learn;
  bench_settings(&train, &learn);
  if (row->threads > 1) row->threads = threads;
  train.replay = 50000;
  learn.width = row->width;
  learn.batch = row->batch;
  learn.player_every = learn.lambda_every = 1; // everything in every update
  duro_status status = duro_pool_create(&row->pool, row->threads);
  if (status) return status;
  for (int i = 0; i < algorithm_count; ++i)
    if (strcmp(algorithms[i].info.name, row->algorithm) == 0)
      status = learner_create(&row->learner, &algorithms[i], env, &train, &learn, row->pool);
  if (status) return status;
  fill_replay(row->learner);
  if (row->openblas) row->peer = openblas_sac_create(row->learner);
  return DURO_OK;
}

static void one_update(void *context, int thread, int threads) {
  learner_update(context, thread, threads);
}

/* one forward-sized pass of one network, flop */
static double pass_flops(const update_row *row, int no) {
  return 2.0 * row->batch * (double)(no * row->width + row->width * row->width + row->width);
}

static void update_row_once(const update_row *row) {
  if (row->openblas)
    openblas_sac_update(row->peer);
  else
    duro_pool_run(row->pool, one_update, row->learner);
}

/* seconds an update */
static double time_updates(const update_row *row) {
  const int n = row->width > 100 ? 8 : 200;
  if (row->openblas) openblas_threads(row->threads);
  update_row_once(row); // warm
  const double start = duro_clock();
  for (int i = 0; i < n; ++i) update_row_once(row);
  return (duro_clock() - start) / n;
}

static void measure_update(update_row *row, const duro_kernels *kernels, int round) {
  const double before = bench_peak(row->pool, kernels), seconds = time_updates(row);
  const double peak = fmax(before, bench_peak(row->pool, kernels));
  row->ms[round] = 1e3 * seconds;
  row->bound_ms[round] = 1e3 * row->passes * pass_flops(row, row->learner->no) / peak;
}

/* the bound is that of our own row in this round: while the threads of OpenBLAS spin on, no peak can be measured */
static void measure_peer(update_row *row, const update_row *rows, int count, int round) {
  row->ms[round] = 1e3 * time_updates(row);
  for (int i = 0; i < count; ++i)
    if (!rows[i].openblas && strcmp(rows[i].algorithm, row->algorithm) == 0 && rows[i].width == row->width &&
        rows[i].threads == row->threads)
      row->bound_ms[round] = rows[i].bound_ms[round];
}

static duro_status measure_pytorch(update_row *row, bench_pytorch *pytorch, int round) {
  const int n = row->width > 100 ? 8 : 50;
  double *ms = &row->pytorch_ms[round];
  const duro_status status = bench_pytorch_update(ms, pytorch, row->algorithm, row->width, row->batch, row->threads, n);
  row->times[round] = *ms / row->ms[round];
  return status;
}

static duro_status measure_decision(double *microseconds, const learner *l) {
  const policy_parts parts = {.algorithm = "SAC",
                              .environment = "cartpole",
                              .no = l->no,
                              .nu = l->nu,
                              .na = l->na,
                              .width = (int)l->set.width,
                              .hidden = (int)l->set.layers,
                              .lambda_max = 1,
                              .net[ROLE_PI] = {l->nets[ROLE_PI].state.w, l->nets[ROLE_PI].inputs}};
  duro_policy *policy;
  const duro_status status = policy_create(&policy, &parts);
  if (status) return status;
  enum { N = 4000 };
  float obs[DURO_MAX_OBS] = {.1f, .2f, .3f, .4f}, u[DURO_MAX_ACTION];
  const double start = duro_clock();
  for (int i = 0; i < N; ++i) {
    duro_policy_act(policy, u, obs, DURO_ACT_TASK, 0.0f);
    obs[0] = u[0]; // the next decision waits for this one
  }
  *microseconds = 1e6 * (duro_clock() - start) / N;
  duro_policy_destroy(policy);
  return DURO_OK;
}

typedef struct updates {
  const bench_machine *machine;
  const char *openblas; // the processor that it thinks this is; NULL where it is missing
  duro_env *env;
  bench_pytorch *pytorch; // NULL without
  update_row rows[UPDATES];
  int count;
  double decision[BENCH_ROUNDS];
} updates;

static duro_status create(void **part, const bench_machine *machine) {
  updates *b = cli_allocate(1, sizeof *b);
  *part = b;
  b->machine = machine;
  b->openblas = openblas_open();
  for (int i = 0; i < UPDATES; ++i)
    if (b->openblas || !update_table[i].openblas) b->rows[b->count++] = update_table[i];
  b->pytorch = bench_pytorch_start(machine->python);
  const duro_env_ops *ops;
  duro_status status = duro_env_find(&ops, "cartpole");
  if (!status) status = duro_env_create(&b->env, ops, NULL);
  for (int i = 0; i < b->count && !status; ++i) status = prepare_update(&b->rows[i], b->env, machine->threads);
  return status;
}

static duro_status measure(void *part, int round) {
  updates *b = part;
  duro_status status = DURO_OK;
  for (int i = 0; i < b->count && !status; ++i) {
    update_row *r = &b->rows[i];
    if (r->openblas)
      measure_peer(r, b->rows, b->count, round);
    else
      measure_update(r, b->machine->kernels, round);
    r->share[round] = 100.0 * r->bound_ms[round] / r->ms[round];
    if (b->pytorch && !r->openblas) status = measure_pytorch(r, b->pytorch, round);
  }
  if (b->openblas) nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL); // its threads spin on for a while
  return status ? status : measure_decision(&b->decision[round], b->rows[0].learner);
}

static void print(const void *part, int rounds) {
  const updates *b = part;
  printf("\nwhole update (everything in every update; bound: passes x pass at the FMA peak)\n\n");
  printf("  algorithm  by        network  batch  threads       ms    bound ms   %% of bound   best round%s\n",
         b->pytorch ? "   PyTorch ms   times" : "");
  for (int i = 0; i < b->count; ++i) {
    const update_row *r = &b->rows[i];
    printf("  %-9s  %-8s  2x%-5d  %5d  %7d  %7.4f  %10.4f  %11.1f  %11.1f", r->algorithm,
           r->openblas ? "OpenBLAS" : "duro", r->width, r->batch, r->threads, bench_median(r->ms, rounds),
           bench_median(r->bound_ms, rounds), bench_median(r->share, rounds), bench_largest(r->share, rounds));
    if (b->pytorch && !r->openblas)
      printf("  %11.3f  %6.1f", bench_median(r->pytorch_ms, rounds), bench_median(r->times, rounds));
    printf("\n");
  }
  if (b->openblas)
    printf("\nOpenBLAS with its kernels for %s: the same SAC update by sgemm, with loops for the rest\n", b->openblas);
  else
    printf("\nOpenBLAS is not here: libopenblas.so.0 could not be loaded\n");
  if (b->pytorch)
    printf("%s does the same updates in turn, with the same threads\n", bench_pytorch_version(b->pytorch));
  else
    printf("PyTorch is not installed for %s (--python)\n", b->machine->python);
  printf("\none decision of a 2x256 policy: %.2f microseconds\n", bench_median(b->decision, rounds));
}

static void destroy(void *part) {
  updates *b = part;
  if (!b) return;
  bench_pytorch_stop(b->pytorch);
  for (int i = 0; i < b->count; ++i) {
    openblas_sac_destroy(b->rows[i].peer);
    learner_destroy(b->rows[i].learner);
    duro_pool_destroy(b->rows[i].pool);
  }
  duro_env_destroy(b->env);
  free(b);
}

const bench_part bench_updates = {create, measure, print, destroy};

/* Environments: closed forms one state at a time and many at once, MuJoCo beside a raw mj_step loop. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/math.h"
#include "base/purposes.h"
#include "bench.h"
#include "cli/cli.h"
#include "duro/env.h"

#ifdef DURO_HAVE_MUJOCO
#include "env/mujoco_world.h"
#include "models/cartpole.h"
#include "models/walker2d.h"
#endif

enum { SLOTS = 512, EPISODE = 64, MAX_ROWS = 32, STATE = 64, ACTION = 16 }; // of the environments in this table

/* how an environment is stepped */
typedef enum way { ONE_BY_ONE, MANY, BATCH, RAW, WAYS } way;

typedef struct env_row {
  const duro_env_ops *ops;
  duro_env *env;
  void *worker[BENCH_THREADS];
  duro_env_batch *batch[BENCH_THREADS];
#ifdef DURO_HAVE_MUJOCO
  mjModel *model; // NULL where the environment is not in MuJoCo
  mjData *data[BENCH_THREADS];
#endif
  double u[EPISODE * ACTION], a[EPISODE * ACTION]; // of an episode
  int threads;
  double alone[WAYS][BENCH_ROUNDS], together[WAYS][BENCH_ROUNDS]; // steps/s on one thread; on all, their sum
  double peak[BENCH_ROUNDS];                                      // flop/s of one thread, measured beside
} env_row;

/* one episode from a fresh start */
static int episode_one_by_one(env_row *row, int thread, duro_stream *stream) {
  const int nu = row->env->spec.nu, na = row->env->spec.na;
  double x[2][STATE];
  duro_step out;
  row->ops->reset(row->env, x[0], stream, DURO_START_EVAL);
  for (int t = 0; t < EPISODE; ++t)
    duro_env_step(row->env, row->worker[thread], x[!(t % 2)], &out, x[t % 2], row->u + t * nu, row->a + t * na);
  return EPISODE;
}

/* all slots a step on from where they are, as a solver does */
static int step_many(env_row *row, int thread, duro_stream *stream) {
  (void)stream;
  static _Thread_local double u[SLOTS * ACTION], a[SLOTS * ACTION];
  duro_env_batch *b = row->batch[thread];
  for (int i = 0; i < b->n * row->env->spec.nu; ++i) u[i] = (double)b->u[i];
  for (int i = 0; i < b->n * row->env->spec.na; ++i) a[i] = (double)b->a[i];
  for (int t = 0; t < EPISODE; ++t) duro_env_step_many(row->env, row->worker[thread], b->n, b->x2, b->out, b->x, u, a);
  return EPISODE * b->n;
}

/* the same with float actions and observations, as a trainer does */
static int step_batch(env_row *row, int thread, duro_stream *stream) {
  (void)stream;
  duro_env_batch *b = row->batch[thread];
  for (int t = 0; t < EPISODE; ++t) duro_env_batch_step(b, row->worker[thread], 0, b->n);
  return EPISODE * b->n;
}

#ifdef DURO_HAVE_MUJOCO
/* the bare loop of episode_one_by_one: the same starts, controls and disturbances, nothing around mj_step */
static int episode_raw(env_row *row, int thread, duro_stream *stream) {
  const bool walker = strcmp(row->ops->name, "walker2d") == 0;
  const int substeps = (int)lround(row->env->spec.dt / row->model->opt.timestep);
  mjData *data = row->data[thread];
  double x[STATE];
  row->ops->reset(row->env, x, stream, DURO_START_EVAL);
  mj_resetData(row->model, data);
  mujoco_write(row->model, data, x);
  for (int t = 0; t < EPISODE; ++t) {
    const double *u = row->u + t * row->env->spec.nu, *a = row->a + t * row->env->spec.na;
    memcpy(data->ctrl, u, sizeof *u * (size_t)row->model->nu);
    if (walker) // N, the defaults of env.disturbance
      data->xfrc_applied[6] = 5.0 * a[0], data->xfrc_applied[8] = 5.0 * a[1];
    else
      data->qfrc_applied[0] = 60.0 * a[0];
    for (int k = 0; k < substeps; ++k) mj_step(row->model, data);
  }
  return EPISODE;
}

static duro_status prepare_raw(env_row *row) {
  const bool walker = strcmp(row->ops->name, "walker2d") == 0;
  if (!walker && strcmp(row->ops->name, "cartpole-mujoco") != 0) return DURO_OK;
  duro_status status = walker ? mujoco_load(&row->model, "walker2d.xml", model_walker2d, sizeof model_walker2d)
                              : mujoco_load(&row->model, "cartpole.xml", model_cartpole, sizeof model_cartpole);
  for (int t = 0; t < row->threads && !status; ++t) status = mujoco_data(&row->data[t], row->model);
  return status;
}
#endif

static bool in_mujoco(const env_row *row) {
#ifdef DURO_HAVE_MUJOCO
  return row->model != NULL;
#else
  (void)row;
  return false;
#endif
}

/* random starts and actions */
static void fill_batch(duro_env_batch *b, uint64_t index) {
  duro_stream stream = duro_stream_at(3, DURO_PURPOSE_SPARE, index);
  for (int i = 0; i < b->n; ++i) duro_env_batch_reset(b, i, &stream, DURO_START_TRAIN);
  for (int i = 0; i < b->n * b->env->spec.nu; ++i) b->u[i] = 2.0f * duro_stream_uniformf(&stream) - 1.0f;
  for (int i = 0; i < b->n * b->env->spec.na; ++i) b->a[i] = 2.0f * duro_stream_uniformf(&stream) - 1.0f;
}

static duro_status prepare_env(env_row *row, const duro_env_ops *ops, int threads) {
  row->ops = ops;
  row->threads = threads;
  duro_status status = duro_env_create(&row->env, ops, NULL);
  for (int t = 0; t < threads && !status; ++t) {
    status = duro_env_worker_create(row->env, &row->worker[t]);
    if (!status) status = duro_env_batch_create(&row->batch[t], row->env, SLOTS);
    if (!status) fill_batch(row->batch[t], (uint64_t)t);
  }
  for (int t = 0; t < EPISODE && !status; ++t) {
    for (int k = 0; k < row->env->spec.nu; ++k) row->u[t * row->env->spec.nu + k] = (t * 7 + k) % 3 - 1;
    for (int k = 0; k < row->env->spec.na; ++k) row->a[t * row->env->spec.na + k] = (t * 5 + k) % 3 - 1;
  }
#ifdef DURO_HAVE_MUJOCO
  if (!status) status = prepare_raw(row);
#endif
  return status;
}

static void release_env(env_row *row) {
  for (int t = 0; t < row->threads; ++t) {
    duro_env_batch_destroy(row->batch[t]);
    duro_env_worker_destroy(row->env, row->worker[t]);
#ifdef DURO_HAVE_MUJOCO
    if (row->data[t]) mj_deleteData(row->data[t]);
#endif
  }
#ifdef DURO_HAVE_MUJOCO
  if (row->model) mj_deleteModel(row->model);
#endif
  duro_env_destroy(row->env);
}

typedef struct env_work {
  env_row *row;
  int (*steps)(env_row *row, int thread, duro_stream *stream);
  double rate[BENCH_THREADS];
} env_work;

static void measure_steps(void *context, int thread, int threads) {
  (void)threads;
  env_work *w = context;
  duro_stream stream = duro_stream_at(2, DURO_PURPOSE_SPARE, (uint64_t)thread);
  w->steps(w->row, thread, &stream); // warm
  const double start = duro_clock_thread();
  double seconds = 0.0, steps = 0.0;
  for (; seconds < .03; seconds = duro_clock_thread() - start) steps += w->steps(w->row, thread, &stream);
  w->rate[thread] = steps / seconds;
}

/* steps/s of all threads of a pool */
static double measure_way(env_row *row, way how, duro_pool *pool) {
  env_work w = {.row = row, .steps = how == MANY ? step_many : how == BATCH ? step_batch : episode_one_by_one};
#ifdef DURO_HAVE_MUJOCO
  if (how == RAW) w.steps = episode_raw;
#endif
  duro_pool_run(pool, measure_steps, &w);
  double sum = 0.0;
  for (int t = 0; t < duro_pool_threads(pool); ++t) sum += w.rate[t];
  return sum;
}

/* fused multiply-adds of one thread, flop per second of processor time */
static double measure_processor_peak(const duro_kernels *kernels) {
  float sink;
  const double start = duro_clock_thread(), flops = kernels->fma_peak(1000000, &sink);
  return flops / (duro_clock_thread() - start);
}

static void measure_env(env_row *row, int round, const bench_machine *machine) {
  const way plain[] = {ONE_BY_ONE, MANY, BATCH}, mujoco[] = {ONE_BY_ONE, RAW};
  const way *ways = in_mujoco(row) ? mujoco : plain;
  row->peak[round] = measure_processor_peak(machine->kernels);
  for (int i = 0; i < (in_mujoco(row) ? 2 : 3); ++i) {
    row->alone[ways[i]][round] = measure_way(row, ways[i], machine->one);
    row->together[ways[i]][round] = measure_way(row, ways[i], machine->many);
  }
}

static const char *count_text(char *out, size_t size, double rate) {
  if (rate >= 1e6)
    snprintf(out, size, "%.2f M", rate / 1e6);
  else
    snprintf(out, size, "%.1f k", rate / 1e3);
  return out;
}

static void print_closed_form(const env_row *row, int rounds) {
  char single[32], many[32], batch[32], all[32];
  double flops[BENCH_ROUNDS];
  for (int i = 0; i < rounds; ++i) flops[i] = row->peak[i] / row->alone[MANY][i];
  printf("  %-20s %10s %10s %10s %10s %12.0f %11.2f\n", row->ops->name,
         count_text(single, sizeof single, bench_median(row->alone[ONE_BY_ONE], rounds)),
         count_text(many, sizeof many, bench_median(row->alone[MANY], rounds)),
         count_text(batch, sizeof batch, bench_median(row->alone[BATCH], rounds)),
         count_text(all, sizeof all, bench_median(row->together[MANY], rounds)), bench_median(flops, rounds),
         1e-6 * bench_largest(row->alone[MANY], rounds));
}

static void print_mujoco(const env_row *row, int rounds) {
  char alone[32], raw[32], all[32], raw_all[32];
  double share[BENCH_ROUNDS], share_all[BENCH_ROUNDS];
  for (int i = 0; i < rounds; ++i) {
    share[i] = 100.0 * row->alone[ONE_BY_ONE][i] / row->alone[RAW][i];
    share_all[i] = 100.0 * row->together[ONE_BY_ONE][i] / row->together[RAW][i];
  }
  printf("  %-20s %10s %10s %7.1f %10s %10s %7.1f\n", row->ops->name,
         count_text(alone, sizeof alone, bench_median(row->alone[ONE_BY_ONE], rounds)),
         count_text(raw, sizeof raw, bench_median(row->alone[RAW], rounds)), bench_median(share, rounds),
         count_text(all, sizeof all, bench_median(row->together[ONE_BY_ONE], rounds)),
         count_text(raw_all, sizeof raw_all, bench_median(row->together[RAW], rounds)),
         bench_median(share_all, rounds));
}

typedef struct envs {
  const bench_machine *machine;
  env_row rows[MAX_ROWS];
  int count;
} envs;

static duro_status create(void **part, const bench_machine *machine) {
  envs *b = cli_allocate(1, sizeof *b);
  *part = b;
  b->machine = machine;
  duro_status status = DURO_OK;
  for (int i = 0; duro_env_builtin(i) && i < MAX_ROWS && !status; ++i)
    status = prepare_env(&b->rows[b->count++], duro_env_builtin(i), machine->threads);
  return status;
}

static duro_status measure(void *part, int round) {
  envs *b = part;
  for (int i = 0; i < b->count; ++i) measure_env(&b->rows[i], round, b->machine);
  return DURO_OK;
}

static void print(const void *part, int rounds) {
  const envs *b = part;
  const int threads = b->machine->threads;
  printf("\nenvironment steps per second of processor time\n\n");
  printf("  %-20s %10s %10s %10s %10s %12s %11s\n", "closed form", "one by one", "many", "batch", "many, all",
         "peak flop", "best round");
  printf("  %-20s %10s %10s %10s %7d th. %12s %11s\n", "", "1 thread", "1 thread", "1 thread", threads, "per step",
         "many, M");
  for (int i = 0; i < b->count; ++i)
    if (!in_mujoco(&b->rows[i])) print_closed_form(&b->rows[i], rounds);
  printf("\n  %-20s %10s %10s %7s %7d th. %10s %7s\n", "MuJoCo", "1 thread", "mj_step", "%", threads, "mj_step", "%");
  for (int i = 0; i < b->count; ++i)
    if (in_mujoco(&b->rows[i])) print_mujoco(&b->rows[i], rounds);
}

static void destroy(void *part) {
  envs *b = part;
  if (!b) return;
  for (int i = 0; i < b->count; ++i) release_env(&b->rows[i]);
  free(b);
}

const bench_part bench_envs = {create, measure, print, destroy};

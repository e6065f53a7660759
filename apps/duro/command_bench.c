/* duro bench: how fast the core is, as ratios to this machine's own limits in the same run. Every round measures every
 * row once, the peak first, so that a drifting clock touches all alike; medians over the rounds are printed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/math.h"
#include "base/pool.h"
#include "base/purposes.h"
#include "bench_grid.h"
#include "cli.h"
#include "duro/eval.h"
#include "policy/policy.h"
#include "rl/learner.h"

#ifdef DURO_HAVE_MUJOCO
#include "env/mujoco_world.h"
#include "models/cartpole.h"
#include "models/walker2d.h"
#endif

enum { MAX_ROUNDS = 101, MAX_ROWS = 32, STATE = DURO_MAX_STATE };

typedef struct options {
  int64_t rounds, threads, grid;
} options;

static const cli_option option_table[] = {
    {"rounds", "N", CLI_INT, offsetof(options, rounds), 1, MAX_ROUNDS, NULL,
     "Rounds over all rows; the median is printed. Default 9."},
    {"threads", "N", CLI_INT, offsetof(options, threads), 1, 64, NULL, "Threads of the threaded rows. Default 2."},
    {"grid", "N", CLI_INT, offsetof(options, grid), 2, 200, NULL,
     "Vertices per axis of the cart-pole game that the grid solver is measured on. Default 51."},
};

static const cli_command command = {
    .name = "bench",
    .about =
        "Measures whole updates, decisions, environments and training, as ratios to what this machine can do at most "
        "in the same run: the peak of its fused multiply-add units, and a raw mj_step loop.",
    .options = option_table,
    .n_options = sizeof option_table / sizeof *option_table};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(const double *values, int64_t n) {
  double sorted[MAX_ROUNDS];
  memcpy(sorted, values, sizeof(double) * (size_t)n);
  qsort(sorted, (size_t)n, sizeof *sorted, ascending);
  return n % 2 ? sorted[n / 2] : .5 * (sorted[n / 2 - 1] + sorted[n / 2]);
}

static double largest(const double *values, int64_t n) {
  double most = values[0];
  for (int64_t i = 1; i < n; ++i) most = fmax(most, values[i]);
  return most;
}

/* ---- peak ---- */

typedef struct peak {
  const duro_kernels *kernels;
  double flops[64];
  float sink[64];
} peak;

static void peak_work(void *context, int thread, int threads) {
  (void)threads;
  peak *p = context;
  p->flops[thread] = p->kernels->fma_peak(1000000, &p->sink[thread]);
}

/* fused multiply-adds of all threads of a pool at once, flop/s */
static double measure_peak(duro_pool *pool, const duro_kernels *kernels) {
  peak p = {.kernels = kernels};
  const double start = now();
  duro_pool_run(pool, peak_work, &p);
  const double seconds = now() - start;
  double sum = 0.0;
  for (int t = 0; t < duro_pool_threads(pool); ++t) sum += p.flops[t];
  return sum / seconds;
}

/* ---- whole updates ---- */

typedef struct update_row {
  const char *algorithm;
  int width, batch;
  double passes; /* forward-sized passes of one network in an update */
  int threads;
  learner *learner;
  duro_pool *pool;
  double ms[MAX_ROUNDS], share[MAX_ROUNDS]; /* of the bound */
  double bound_ms[MAX_ROUNDS];
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
};
enum { UPDATES = sizeof update_table / sizeof *update_table };

static void default_settings(duro_train_settings *train, duro_learn_settings *learn) {
  duro_settings_default(&(duro_settings_group){"train", duro_train_rows, duro_train_rows_count, train});
  duro_settings_default(&(duro_settings_group){"learn", duro_learn_rows, duro_learn_rows_count, learn});
}

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

static duro_status prepare_update(update_row *row, const duro_env *env, int64_t threads) {
  duro_train_settings train;
  duro_learn_settings learn;
  default_settings(&train, &learn);
  if (row->threads > 1) row->threads = (int)threads;
  train.replay = 50000;
  learn.width = row->width;
  learn.batch = row->batch;
  learn.player_every = learn.lambda_every = 1; // everything in every update
  duro_status status = duro_pool_create(&row->pool, row->threads);
  if (status) return status;
  for (int i = 0; i < algorithm_count; ++i)
    if (strcmp(algorithms[i].info.name, row->algorithm) == 0)
      status = learner_create(&row->learner, &algorithms[i], env, &train, &learn, row->pool);
  if (!status) fill_replay(row->learner);
  return status;
}

static void one_update(void *context, int thread, int threads) {
  learner_update(context, thread, threads);
}

/* one forward-sized pass of one network, flop */
static double pass_flops(const update_row *row, int no) {
  return 2.0 * row->batch * (double)(no * row->width + row->width * row->width + row->width);
}

static void measure_update(update_row *row, const duro_kernels *kernels, int round) {
  const int n = row->width > 100 ? 8 : 200;
  const double before = measure_peak(row->pool, kernels), start = now();
  for (int i = 0; i < n; ++i) duro_pool_run(row->pool, one_update, row->learner);
  const double seconds = (now() - start) / n, after = measure_peak(row->pool, kernels);
  const double bound = row->passes * pass_flops(row, row->learner->no) / fmax(before, after);
  row->ms[round] = 1e3 * seconds;
  row->bound_ms[round] = 1e3 * bound;
  row->share[round] = 100.0 * bound / seconds;
}

static void print_updates(const update_row *rows, int64_t rounds) {
  printf("\nwhole update (everything in every update; bound: passes x pass at the FMA peak)\n\n");
  printf("  algorithm  network  batch  threads       ms    bound ms   %% of bound   best round\n");
  for (int i = 0; i < UPDATES; ++i) {
    const update_row *r = &rows[i];
    printf("  %-9s  2x%-5d  %5d  %7d  %7.3f  %10.3f  %11.1f  %11.1f\n", r->algorithm, r->width, r->batch, r->threads,
           median(r->ms, rounds), median(r->bound_ms, rounds), median(r->share, rounds), largest(r->share, rounds));
  }
}

/* ---- one decision ---- */

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
  const double start = now();
  for (int i = 0; i < N; ++i) {
    duro_policy_act(policy, u, obs, DURO_ACT_TASK, 0.0f);
    obs[0] = u[0]; // the next decision waits for this one
  }
  *microseconds = 1e6 * (now() - start) / N;
  duro_policy_destroy(policy);
  return DURO_OK;
}

/* ---- environments ---- */

/* Rates are steps per second of the thread's own processor time: a neighbour that takes the core does not count. */
static double processor_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

enum { SLOTS = 512, EPISODE = 64, MAX_THREADS = 64 };

/* how an environment is stepped */
typedef enum way { ONE_BY_ONE, MANY, BATCH, RAW, WAYS } way;

typedef struct env_row {
  const duro_env_ops *ops;
  duro_env *env;
  void *worker[MAX_THREADS];
  duro_env_batch *batch[MAX_THREADS];
#ifdef DURO_HAVE_MUJOCO
  mjModel *model; // NULL where the environment is not in MuJoCo
  mjData *data[MAX_THREADS];
#endif
  double u[EPISODE * DURO_MAX_ACTION], a[EPISODE * DURO_MAX_ACTION]; // of an episode
  int64_t threads;
  double alone[WAYS][MAX_ROUNDS], together[WAYS][MAX_ROUNDS]; // steps/s on one thread; on all, their sum
  double peak[MAX_ROUNDS];                                    // flop/s of one thread, measured beside
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
  static _Thread_local double u[SLOTS * DURO_MAX_ACTION], a[SLOTS * DURO_MAX_ACTION];
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

static duro_status prepare_env(env_row *row, const duro_env_ops *ops, int64_t threads) {
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
  double rate[MAX_THREADS];
} env_work;

static void measure_steps(void *context, int thread, int threads) {
  (void)threads;
  env_work *w = context;
  duro_stream stream = duro_stream_at(2, DURO_PURPOSE_SPARE, (uint64_t)thread);
  w->steps(w->row, thread, &stream); // warm
  const double start = processor_now();
  double seconds = 0.0, steps = 0.0;
  for (; seconds < .03; seconds = processor_now() - start) steps += w->steps(w->row, thread, &stream);
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
  const double start = processor_now(), flops = kernels->fma_peak(1000000, &sink);
  return flops / (processor_now() - start);
}

static void measure_env(env_row *row, int round, duro_pool *one, duro_pool *many, const duro_kernels *kernels) {
  const way plain[] = {ONE_BY_ONE, MANY, BATCH}, mujoco[] = {ONE_BY_ONE, RAW};
  const way *ways = in_mujoco(row) ? mujoco : plain;
  row->peak[round] = measure_processor_peak(kernels);
  for (int i = 0; i < (in_mujoco(row) ? 2 : 3); ++i) {
    row->alone[ways[i]][round] = measure_way(row, ways[i], one);
    row->together[ways[i]][round] = measure_way(row, ways[i], many);
  }
}

static const char *count_text(char *out, size_t size, double rate) {
  if (rate >= 1e6)
    snprintf(out, size, "%.2f M", rate / 1e6);
  else
    snprintf(out, size, "%.1f k", rate / 1e3);
  return out;
}

/* ---- training, end to end ---- */

typedef struct train_row {
  const char *title, *algorithm, *env;
  int width, batch, envs;
  double rate[MAX_ROUNDS], updates[MAX_ROUNDS];
} train_row;

static const train_row train_table[] = {
    {.title = "SAC, one environment", .algorithm = "SAC", .env = "cartpole", .width = 256, .batch = 256, .envs = 1},
    {.title = "SAC, as the main job",
     .algorithm = "SAC",
     .env = "cartpole-mujoco",
     .width = 64,
     .batch = 256,
     .envs = 64},
    {.title = "DRAC, as the main job",
     .algorithm = "DRAC",
     .env = "cartpole-mujoco",
     .width = 64,
     .batch = 256,
     .envs = 64},
};
enum { TRAININGS = sizeof train_table / sizeof *train_table };

static duro_status keep_speed(duro_trainer *trainer, const duro_train_progress *p, void *context) {
  (void)trainer;
  if (p->update < 400) return DURO_OK; // the first report holds the warm-up
  *(double *)context = p->steps_per_second;
  return DURO_ERROR_STOPPED;
}

static duro_status measure_training(train_row *row, int round, int64_t threads) {
  const duro_env_ops *ops;
  duro_env *env;
  duro_status status = duro_env_find(&ops, row->env);
  if (status == DURO_ERROR_MISSING) return DURO_OK;
  if (status || (status = duro_env_create(&env, ops, NULL))) return status;
  duro_train_settings train;
  duro_learn_settings learn;
  default_settings(&train, &learn);
  train.envs = row->envs, train.threads = threads, train.replay = 50000, train.steps = 1000000000;
  train.warmup = 1024, train.report_every = 200;
  learn.width = row->width, learn.batch = row->batch, learn.player_every = 1, learn.lambda_every = 2;
  duro_trainer *trainer;
  status = duro_trainer_create(&trainer, env, row->algorithm, &train, &learn);
  double rate = 0.0;
  if (!status) {
    status = duro_trainer_run(trainer, keep_speed, &rate);
    if (status == DURO_ERROR_STOPPED) status = DURO_OK;
    duro_trainer_destroy(trainer);
  }
  duro_env_destroy(env);
  row->rate[round] = rate;
  row->updates[round] = rate / row->envs;
  return status;
}

/* ---- all of it ---- */

typedef struct bench {
  options set;
  const duro_kernels *kernels;
  duro_pool *one, *many;
  double peak_one[MAX_ROUNDS], peak_many[MAX_ROUNDS];
  update_row updates[UPDATES];
  double decision[MAX_ROUNDS];
  env_row envs[MAX_ROWS];
  int n_envs;
  train_row trainings[TRAININGS];
  duro_env *env;
} bench;

static duro_status prepare(bench *b) {
  const duro_env_ops *ops;
  duro_status status = duro_kernels_select(&b->kernels, "auto");
  if (!status) status = duro_pool_create(&b->one, 1);
  if (!status) status = duro_pool_create(&b->many, (int)b->set.threads);
  if (!status) status = duro_env_find(&ops, "cartpole");
  if (!status) status = duro_env_create(&b->env, ops, NULL);
  memcpy(b->updates, update_table, sizeof update_table);
  memcpy(b->trainings, train_table, sizeof train_table);
  for (int i = 0; i < UPDATES && !status; ++i) status = prepare_update(&b->updates[i], b->env, b->set.threads);
  for (int i = 0; duro_env_builtin(i) && i < MAX_ROWS && !status; ++i)
    status = prepare_env(&b->envs[b->n_envs++], duro_env_builtin(i), b->set.threads);
  return status;
}

static void release(bench *b) {
  for (int i = 0; i < UPDATES; ++i) {
    learner_destroy(b->updates[i].learner);
    duro_pool_destroy(b->updates[i].pool);
  }
  for (int i = 0; i < b->n_envs; ++i) release_env(&b->envs[i]);
  duro_env_destroy(b->env);
  duro_pool_destroy(b->one);
  duro_pool_destroy(b->many);
}

static duro_status measure_round(bench *b, int round) {
  b->peak_one[round] = measure_peak(b->one, b->kernels);
  b->peak_many[round] = measure_peak(b->many, b->kernels);
  for (int i = 0; i < UPDATES; ++i) measure_update(&b->updates[i], b->kernels, round);
  duro_status status = measure_decision(&b->decision[round], b->updates[0].learner);
  for (int i = 0; i < b->n_envs; ++i) measure_env(&b->envs[i], round, b->one, b->many, b->kernels);
  for (int i = 0; i < TRAININGS && !status; ++i) status = measure_training(&b->trainings[i], round, b->set.threads);
  return status;
}

static void print_closed_form(const env_row *row, int64_t rounds) {
  char single[32], many[32], batch[32], all[32];
  double flops[MAX_ROUNDS];
  for (int64_t i = 0; i < rounds; ++i) flops[i] = row->peak[i] / row->alone[MANY][i];
  printf("  %-20s %10s %10s %10s %10s %12.0f %11.2f\n", row->ops->name,
         count_text(single, sizeof single, median(row->alone[ONE_BY_ONE], rounds)),
         count_text(many, sizeof many, median(row->alone[MANY], rounds)),
         count_text(batch, sizeof batch, median(row->alone[BATCH], rounds)),
         count_text(all, sizeof all, median(row->together[MANY], rounds)), median(flops, rounds),
         1e-6 * largest(row->alone[MANY], rounds));
}

static void print_mujoco(const env_row *row, int64_t rounds) {
  char alone[32], raw[32], all[32], raw_all[32];
  double share[MAX_ROUNDS], share_all[MAX_ROUNDS];
  for (int64_t i = 0; i < rounds; ++i) {
    share[i] = 100.0 * row->alone[ONE_BY_ONE][i] / row->alone[RAW][i];
    share_all[i] = 100.0 * row->together[ONE_BY_ONE][i] / row->together[RAW][i];
  }
  printf("  %-20s %10s %10s %7.1f %10s %10s %7.1f\n", row->ops->name,
         count_text(alone, sizeof alone, median(row->alone[ONE_BY_ONE], rounds)),
         count_text(raw, sizeof raw, median(row->alone[RAW], rounds)), median(share, rounds),
         count_text(all, sizeof all, median(row->together[ONE_BY_ONE], rounds)),
         count_text(raw_all, sizeof raw_all, median(row->together[RAW], rounds)), median(share_all, rounds));
}

static void print_envs(const bench *b) {
  const int threads = (int)b->set.threads;
  printf("\nenvironment steps per second of processor time\n\n");
  printf("  %-20s %10s %10s %10s %10s %12s %11s\n", "closed form", "one by one", "many", "batch", "many, all",
         "peak flop", "best round");
  printf("  %-20s %10s %10s %10s %7d th. %12s %11s\n", "", "1 thread", "1 thread", "1 thread", threads, "per step",
         "many, M");
  for (int i = 0; i < b->n_envs; ++i)
    if (!in_mujoco(&b->envs[i])) print_closed_form(&b->envs[i], b->set.rounds);
  printf("\n  %-20s %10s %10s %7s %7d th. %10s %7s\n", "MuJoCo", "1 thread", "mj_step", "%", threads, "mj_step", "%");
  for (int i = 0; i < b->n_envs; ++i)
    if (in_mujoco(&b->envs[i])) print_mujoco(&b->envs[i], b->set.rounds);
}

static void print_trainings(const bench *b) {
  printf("\ntraining, end to end, %d threads\n\n", (int)b->set.threads);
  printf("  %-24s %-16s %-8s %5s %14s %12s\n", "", "environment", "network", "envs", "steps/s", "updates/s");
  for (int i = 0; i < TRAININGS; ++i) {
    const train_row *r = &b->trainings[i];
    if (r->rate[0] > 0.0)
      printf("  %-24s %-16s 2x%-6d %5d %14.0f %12.0f\n", r->title, r->env, r->width, r->envs,
             median(r->rate, b->set.rounds), median(r->updates, b->set.rounds));
  }
}

static void print_all(const bench *b) {
  printf("kernels %s; FMA peak %.0f GFLOP/s on one thread, %.0f on %d (float32); medians of %d rounds\n",
         b->kernels->name, 1e-9 * median(b->peak_one, b->set.rounds), 1e-9 * median(b->peak_many, b->set.rounds),
         (int)b->set.threads, (int)b->set.rounds);
  print_updates(b->updates, b->set.rounds);
  printf("\none decision of a 2x256 policy: %.2f microseconds\n", median(b->decision, b->set.rounds));
  print_envs(b);
  print_trainings(b);
}

int command_bench(int argc, char **argv) {
  bench *b = cli_allocate(1, sizeof *b);
  b->set = (options){.rounds = 9, .threads = 2, .grid = 51};
  cli_words words;
  int status = cli_parse(&command, &b->set, &words, argc, argv);
  if (status == CLI_GO_ON) {
    duro_status result = prepare(b);
    for (int round = 0; round < b->set.rounds && !result; ++round) {
      fprintf(stderr, "round %d of %d\n", round + 1, (int)b->set.rounds);
      result = measure_round(b, round);
    }
    if (!result) print_all(b);
    if (!result) result = bench_grid((int)b->set.grid, b->set.threads, median(b->peak_many, b->set.rounds));
    status = result ? cli_report(result) : CLI_DONE;
    release(b);
  }
  free(b);
  return status;
}

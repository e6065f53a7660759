/* Training on one thread, two and as many as pay, while nobody else computes and beside programs that do. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench.h"
#include "cli/cli.h"
#include "duro/env.h"

enum { SLICE_MS = 400, NETWORKS = 2, TEAMS = 3, SCENES = 2, ROWS = NETWORKS * TEAMS * SCENES };

typedef struct load_row {
  int width, batch, threads; /* 0: as many as pay */
  bool loaded;
  duro_env *env;
  duro_trainer *trainer;
  double ms[BENCH_ROUNDS];     /* wall, an update */
  double cpu_ms[BENCH_ROUNDS]; /* processor time, an update */
} load_row;

typedef struct load_bench {
  load_row rows[ROWS];
  int neighbours;
} load_bench;

/* row by network, scene and team, the team last, so that those who are compared stand side by side in time */
static duro_status prepare_row(load_row *row, int index, int many) {
  static const int width[NETWORKS] = {64, 256}, batch[NETWORKS] = {96, 256};
  const int team[TEAMS] = {1, many, 0};
  const duro_env_ops *ops;
  duro_train_settings train;
  duro_learn_settings learn;
  row->width = width[index / (TEAMS * SCENES)], row->batch = batch[index / (TEAMS * SCENES)];
  row->loaded = index / TEAMS % SCENES;
  row->threads = team[index % TEAMS];
  bench_settings(&train, &learn);
  train.envs = 16, train.threads = row->threads, train.replay = 50000, train.steps = 1000000000000;
  train.warmup = 1024, train.report_every = row->width > 100 ? 4 : 32;
  learn.width = row->width, learn.batch = row->batch;
  duro_status status = duro_env_find(&ops, "cartpole");
  if (!status) status = duro_env_create(&row->env, ops, NULL);
  return status ? status : duro_trainer_create(&row->trainer, row->env, "SAC", &train, &learn);
}

static duro_status create(void **part, const bench_machine *machine) {
  load_bench *b = cli_allocate(1, sizeof *b);
  *part = b;
  b->neighbours = machine->neighbours < 0 ? duro_threads(0) : machine->neighbours;
  duro_status status = DURO_OK;
  for (int i = 0; i < ROWS && !status; ++i) status = prepare_row(&b->rows[i], i, machine->threads);
  return status;
}

static double cpu_seconds(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

typedef struct slice {
  double start, end;
  int64_t first, updates;
} slice;

static duro_status watch_slice(duro_trainer *trainer, const duro_train_progress *p, void *context) {
  (void)trainer;
  slice *s = context;
  if (s->first < 0) s->first = p->update;
  s->updates = p->update - s->first;
  s->end = duro_clock();
  return s->end - s->start < 1e-3 * SLICE_MS ? DURO_OK : DURO_ERROR_STOPPED;
}

static duro_status measure_row(load_row *row, int round) {
  slice s = {.first = -1};
  s.start = duro_clock() - 1e-3 * SLICE_MS; // the first report alone: it may hold the warm-up
  duro_status status = duro_trainer_run(row->trainer, watch_slice, &s);
  if (status != DURO_ERROR_STOPPED) return status;
  const double cpu = cpu_seconds();
  s.start = duro_clock();
  status = duro_trainer_run(row->trainer, watch_slice, &s);
  if (status != DURO_ERROR_STOPPED) return status;
  row->ms[round] = 1e3 * (s.end - s.start) / (double)s.updates;
  row->cpu_ms[round] = 1e3 * (cpu_seconds() - cpu) / (double)s.updates;
  return DURO_OK;
}

/* A program that computes until it is told to stop, or its parent is gone for long. */
static pid_t start_neighbour(void) {
  const pid_t pid = fork();
  if (pid) return pid;
  signal(SIGTERM, SIG_DFL);
  signal(SIGALRM, SIG_DFL);
  alarm(600);
  for (volatile unsigned k = 0;; ++k) {
  }
}

static duro_status measure_scene(load_bench *b, bool loaded, int round) {
  pid_t *pid = cli_allocate((size_t)b->neighbours + 1, sizeof *pid);
  duro_status status = DURO_OK;
  for (int i = 0; loaded && i < b->neighbours; ++i) pid[i] = start_neighbour();
  for (int i = 0; i < ROWS && !status; ++i)
    if (b->rows[i].loaded == loaded) status = measure_row(&b->rows[i], round);
  for (int i = 0; loaded && i < b->neighbours; ++i)
    if (pid[i] > 0 && !kill(pid[i], SIGKILL)) (void)waitpid(pid[i], NULL, 0);
  free(pid);
  return status;
}

static duro_status measure(void *part, int round) {
  load_bench *b = part;
  const duro_status status = measure_scene(b, false, round);
  return status || !b->neighbours ? status : measure_scene(b, true, round);
}

static double median_ratio(const double *a, const double *b, int rounds) {
  double ratio[BENCH_ROUNDS];
  for (int i = 0; i < rounds; ++i) ratio[i] = a[i] / b[i];
  return bench_median(ratio, rounds);
}

static void print(const void *part, int rounds) {
  const load_bench *b = part;
  printf("\ntraining with SAC, alone and beside %d programs that compute; times: as long as on one thread, in the same "
         "round\n\n",
         b->neighbours);
  printf("  network  batch  beside  threads  ms/update   times  processor ms   times\n");
  for (int i = 0; i < ROWS; ++i) {
    const load_row *r = &b->rows[i], *one = &b->rows[i / TEAMS * TEAMS];
    if (r->loaded && !b->neighbours) continue;
    char threads[16] = "auto";
    if (r->threads) (void)snprintf(threads, sizeof threads, "%d", r->threads);
    printf("  2x%-5d  %5d  %6d  %7s  %9.4f  %6.2f  %12.4f  %6.2f\n", r->width, r->batch, r->loaded ? b->neighbours : 0,
           threads, bench_median(r->ms, rounds), median_ratio(r->ms, one->ms, rounds), bench_median(r->cpu_ms, rounds),
           median_ratio(r->cpu_ms, one->cpu_ms, rounds));
  }
}

static void destroy(void *part) {
  load_bench *b = part;
  for (int i = 0; b && i < ROWS; ++i) {
    duro_trainer_destroy(b->rows[i].trainer);
    duro_env_destroy(b->rows[i].env);
  }
  free(b);
}

const bench_part bench_loads = {create, measure, print, destroy};

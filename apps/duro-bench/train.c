/* Training, end to end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "cli/cli.h"
#include "duro/env.h"

typedef struct train_row {
  const char *title, *algorithm, *env;
  int width, batch, envs, threads;
  double rate[BENCH_ROUNDS], updates[BENCH_ROUNDS];
} train_row;

/* the first is what the field's single-environment trainers do: an update after every step */
static const train_row train_table[] = {
    {.title = "SAC, one environment",
     .algorithm = "SAC",
     .env = "pendulum",
     .width = 256,
     .batch = 256,
     .envs = 1,
     .threads = 1},
    {.title = "SAC, one environment",
     .algorithm = "SAC",
     .env = "pendulum",
     .width = 256,
     .batch = 256,
     .envs = 1,
     .threads = 2},
    {.title = "SAC, as the main job",
     .algorithm = "SAC",
     .env = "cartpole-mujoco",
     .width = 64,
     .batch = 256,
     .envs = 64,
     .threads = 2},
    {.title = "DRAC, as the main job",
     .algorithm = "DRAC",
     .env = "cartpole-mujoco",
     .width = 64,
     .batch = 256,
     .envs = 64,
     .threads = 2},
};
enum { TRAININGS = sizeof train_table / sizeof *train_table };

static duro_status keep_speed(duro_trainer *trainer, const duro_train_progress *p, void *context) {
  (void)trainer;
  if (p->update < 400) return DURO_OK; // the first report holds the warm-up
  *(double *)context = p->steps_per_second;
  return DURO_ERROR_STOPPED;
}

static duro_status measure_training(train_row *row, int round) {
  const duro_env_ops *ops;
  duro_env *env;
  duro_status status = duro_env_find(&ops, row->env);
  if (status == DURO_ERROR_MISSING) return DURO_OK;
  if (status || (status = duro_env_create(&env, ops, NULL))) return status;
  duro_train_settings train;
  duro_learn_settings learn;
  bench_settings(&train, &learn);
  train.envs = row->envs, train.threads = row->threads, train.replay = 50000, train.steps = 1000000000;
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

typedef struct trainings {
  train_row rows[TRAININGS];
} trainings;

static duro_status create(void **part, const bench_machine *machine) {
  trainings *b = cli_allocate(1, sizeof *b);
  *part = b;
  memcpy(b->rows, train_table, sizeof train_table);
  for (int i = 0; i < TRAININGS; ++i)
    if (b->rows[i].threads > 1) b->rows[i].threads = machine->threads;
  return DURO_OK;
}

static duro_status measure(void *part, int round) {
  trainings *b = part;
  duro_status status = DURO_OK;
  for (int i = 0; i < TRAININGS && !status; ++i) status = measure_training(&b->rows[i], round);
  return status;
}

static void print(const void *part, int rounds) {
  const trainings *b = part;
  printf("\ntraining, end to end\n\n");
  printf("  %-24s %-16s %-8s %5s %8s %12s %12s\n", "", "environment", "network", "envs", "threads", "steps/s",
         "updates/s");
  for (int i = 0; i < TRAININGS; ++i) {
    const train_row *r = &b->rows[i];
    if (r->rate[0] > 0.0)
      printf("  %-24s %-16s 2x%-6d %5d %8d %12.0f %12.0f\n", r->title, r->env, r->width, r->envs, r->threads,
             bench_median(r->rate, rounds), bench_median(r->updates, rounds));
  }
}

const bench_part bench_trainings = {create, measure, print, free};

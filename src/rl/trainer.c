/* The trainer: collect and update until the asked number of steps, with reports in between. */
#include "rl/trainer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/pace.h"
#include "policy/policy.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DURO_SETTINGS_OF duro_train_settings
const duro_setting duro_train_rows[] = {DURO_TRAIN_SETTINGS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF
#define DURO_SETTINGS_OF duro_learn_settings
const duro_setting duro_learn_rows[] = {DURO_LEARN_SETTINGS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF
const int duro_train_rows_count = sizeof duro_train_rows / sizeof *duro_train_rows;
const int duro_learn_rows_count = sizeof duro_learn_rows / sizeof *duro_learn_rows;

const duro_algorithm_info *duro_algorithm_at(int index) {
  return index >= 0 && index < algorithm_count && !algorithms[index].hidden ? &algorithms[index].info : NULL;
}

static duro_status find(const algorithm **out, const char *name, bool hidden) {
  const char *names[16] = {0};
  int count = 0;
  for (int i = 0; i < algorithm_count; ++i) {
    *out = &algorithms[i];
    if (algorithms[i].hidden && !hidden) continue;
    names[count++] = algorithms[i].info.name;
    if (strcasecmp(name, algorithms[i].info.name) == 0) return DURO_OK;
  }
  *out = NULL;
  const char *near = duro_nearest(name, names, count);
  if (near) return duro_fail(DURO_ERROR_ARGUMENT, "unknown algorithm \"%s\"; did you mean \"%s\"?", name, near);
  char all[256] = "";
  for (int i = 0, used = 0; i < count && used < (int)sizeof all; i++)
    used += snprintf(all + used, sizeof all - (size_t)used, "%s%s", i ? ", " : "", names[i]);
  return duro_fail(DURO_ERROR_ARGUMENT, "unknown algorithm \"%s\"; wanted one of %s", name, all);
}

duro_status duro_algorithm_find(const duro_algorithm_info **info, const char *name) {
  const algorithm *found;
  const duro_status status = find(&found, name, false);
  *info = status ? NULL : &found->info;
  return status;
}

static void name_columns(duro_trainer *t) {
  static const char *const first[COL_METRICS] = {"step",   "update",     "seconds", "steps_per_second",
                                                 "return", "violations", "gamma_h", "alpha"};
  memcpy(t->columns, first, sizeof first);
  memcpy(t->columns + COL_METRICS, metric_names, sizeof metric_names);
}

duro_status duro_trainer_create(duro_trainer **out, const duro_env *env, const char *name,
                                const duro_train_settings *train, const duro_learn_settings *learn) {
  *out = NULL;
  const algorithm *algorithm;
  duro_status status = find(&algorithm, name, true);
  if (!status) status = learner_check_settings(train, learn);
  if (status) return status;
  duro_trainer *t = duro_allocate(sizeof *t);
  if (!t) return DURO_ERROR_MEMORY;
  t->set = *train;
  t->env = env;
  t->disk.step[0] = t->disk.step[1] = -1;
  name_columns(t);
  if ((status = duro_pool_create(&t->pool, duro_threads(train->threads))) ||
      (status = learner_create(&t->learner, algorithm, env, train, learn, t->pool)) ||
      (status = collector_create(&t->collector, t->learner, env, train))) {
    duro_trainer_destroy(t);
    return status;
  }
  t->warming = t->learning = duro_pace_of(train->threads, t->pool);
  *out = t;
  return DURO_OK;
}

void duro_trainer_destroy(duro_trainer *t) {
  if (!t) return;
  collector_destroy(t->collector);
  learner_destroy(t->learner);
  duro_pool_destroy(t->pool);
  duro_release(t);
}

double duro_trainer_memory(const duro_trainer *t, double *replay) {
  const learner *l = t->learner;
  if (replay) *replay = (double)l->replay.capacity * (double)l->replay.stride * (double)sizeof(float);
  return (double)l->memory.size + (double)l->work.size + (double)t->collector->memory.size +
         (double)t->collector->work.size;
}

int duro_trainer_metrics(const duro_trainer *t, const char *const **names) {
  *names = t->columns;
  return COLUMNS;
}

/* one step of all environments and the updates that follow it, on every thread */
static void round_work(void *context, int thread, int threads) {
  duro_trainer *t = context;
  collector_step(t->collector, thread, threads);
  duro_pool_barrier(t->pool);
  if (t->learner->count->step < t->set.warmup) return;
  if (t->learner->count->update == 0) { // the same for all threads until the first update is over
    if (thread == 0) learner_measure(t->learner);
    duro_pool_barrier(t->pool);
  }
  for (int64_t i = 0; i < t->set.updates; ++i) learner_update(t->learner, thread, threads);
}

static void run_round(duro_trainer *t) {
  duro_pace *pace = t->learner->count->step + t->set.envs < t->set.warmup ? &t->warming : &t->learning;
  duro_pool_run_some(t->pool, duro_pace_begin(pace, t->pool), round_work, t);
  duro_pace_end(pace, t->pool, 1.0);
}

static void fill_row(duro_trainer *t, double time) {
  learner *l = t->learner;
  collector *c = t->collector;
  double *row = t->row;
  row[COL_STEP] = (double)l->count->step;
  row[COL_UPDATE] = (double)l->count->update;
  row[COL_SECONDS] = t->seconds + time - t->started;
  row[COL_SPEED] = (double)(l->count->step - t->last_step) / fmax(time - t->last_time, 1e-9);
  row[COL_RETURN] = c->ended ? c->gain_sum / (double)c->ended : NAN;
  row[COL_VIOLATIONS] = c->stepped ? (double)c->violating / (double)c->stepped : NAN;
  row[COL_GAMMA_H] = learner_has(l, ROLE_QH) ? (double)l->gamma_h : NAN;
  row[COL_ALPHA] = learner_has(l, ROLE_PI) ? (double)l->alpha : NAN;
  for (int m = 0; m < METRIC_COUNT; ++m) {
    const bool made = (l->algorithm->roles & metric_roles[m]) == metric_roles[m] && l->total_count[m];
    row[COL_METRICS + m] = made ? l->totals[m] / (double)l->total_count[m] : NAN;
    l->totals[m] = 0.0;
    l->total_count[m] = 0;
  }
  c->ended = c->violating = c->stepped = 0;
  c->gain_sum = 0.0;
  t->last_time = time;
  t->last_step = l->count->step;
}

/* Is a checkpoint due? By updates or by time; the latter changes no result. */
static bool checkpoint_due(const duro_trainer *t, double time) {
  const int64_t every = t->set.checkpoint_every;
  return t->learner->count->update / every > t->saved_update / every ||
         (t->set.checkpoint_seconds > 0.0 && time - t->saved_time >= t->set.checkpoint_seconds);
}

/* A row is due every train.report_every updates and at the end. A stop in between makes none: what was summed up since
 * the last row goes into the checkpoint, so that the rows of a resumed run are those of an uninterrupted one. */
static duro_status report(duro_trainer *t, duro_train_report callback, void *context, bool row, bool last) {
  const double time = duro_clock();
  const int64_t step = t->learner->count->step, update = t->learner->count->update;
  const double speed = (double)(step - t->last_step) / fmax(time - t->last_time, 1e-9);
  if (row) fill_row(t, time);
  if (!callback) return DURO_OK;
  bool due = last || checkpoint_due(t, time);
  const duro_status met = ranks_decide(t, &due); // clocks differ
  if (met) return met;
  const duro_train_progress progress = {.step = step,
                                        .steps = t->set.steps,
                                        .update = update,
                                        .steps_per_second = speed,
                                        .seconds = t->seconds + time - t->started,
                                        .seconds_left = (double)(t->set.steps - step) / fmax(speed, 1e-9),
                                        .return_mean = row ? t->row[COL_RETURN] : NAN,
                                        .metrics = row ? t->row : NULL,
                                        .snapshot = due};
  const duro_status status = callback(t, &progress, context);
  t->last_time = duro_clock(); // what the caller does is not counted as training speed
  if (due) t->saved_update = update, t->saved_time = t->last_time;
  return status;
}

duro_status duro_trainer_run(duro_trainer *t, duro_train_report callback, void *context) {
  learner *l = t->learner;
  t->started = t->last_time = t->saved_time = duro_clock();
  t->last_step = l->count->step;
  while (l->count->step < t->set.steps) {
    const int64_t before = l->count->update / t->set.report_every;
    run_round(t);
    duro_status status;
    bool stop = atomic_load(&t->stop) || l->count->step == t->stop_at;
    if ((status = ranks_agree(t, &stop)) || (status = collector_fault(t->collector)) || (status = learner_fault(l)))
      return status;
    const bool done = l->count->step >= t->set.steps;
    stop &= !done;
    const bool row = done || l->count->update / t->set.report_every != before;
    if (!row && !stop) continue;
    if ((status = report(t, callback, context, row, done || stop))) return status;
    if (stop) return duro_fail(DURO_ERROR_STOPPED, "stopped at step %lld", (long long)l->count->step);
  }
  return DURO_OK;
}

void duro_trainer_stop(duro_trainer *t) {
  atomic_store(&t->stop, true);
}

void duro_trainer_stop_at(duro_trainer *t, int64_t step) {
  t->stop_at = step;
}

duro_status duro_trainer_plan(duro_trainer *t, int64_t steps) {
  const int64_t made = t->learner->count->step;
  if (made >= steps + t->set.envs) // the last step of all environments may go beyond
    return duro_fail(DURO_ERROR_ARGUMENT, "train.steps is %lld; %lld are made already", (long long)steps,
                     (long long)made);
  t->set.steps = steps;
  learner_plan(t->learner, &t->set);
  return DURO_OK;
}

duro_status duro_trainer_policy(const duro_trainer *t, duro_policy **policy) {
  const learner *l = t->learner;
  policy_parts parts = {.algorithm = l->algorithm->info.name,
                        .environment = l->env_name,
                        .no = l->no,
                        .nu = l->nu,
                        .na = l->na,
                        .levels = l->levels,
                        .width = (int)l->set.width,
                        .hidden = (int)l->set.layers,
                        .step = l->count->step,
                        .update = l->count->update,
                        .margin = l->set.filter_margin,
                        .corners = l->set.filter_corners,
                        .greedy = l->set.filter_greedy,
                        .h_unit = learner_scales(l) ? 1.0 / (double)l->scales.factor[FACTOR_H] : 1.0,
                        .obs_shift = l->scales.shift,
                        .obs_scale = l->scales.scale,
                        .lambda_max = l->set.lambda_max};
  for (int r = 0; r < ROLE_COUNT; ++r) {
    parts.net[r].params = learner_has(l, (role)r) ? learner_frozen(l, (role)r) : NULL;
    parts.net[r].inputs = l->nets[r].inputs;
  }
  return policy_create(policy, &parts);
}

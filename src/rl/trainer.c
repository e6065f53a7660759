/* The trainer: collect and update until the asked number of steps, with reports in between. */
#include "base/error.h"
#include "duro/io.h"
#include "policy/policy.h"
#include "rl/collect.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include <xxhash.h>
#pragma GCC diagnostic pop

#define DURO_SETTINGS_OF duro_train_settings
const duro_setting duro_train_rows[] = {DURO_TRAIN_SETTINGS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF
#define DURO_SETTINGS_OF duro_learn_settings
const duro_setting duro_learn_rows[] = {DURO_LEARN_SETTINGS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF
const int duro_train_rows_count = sizeof duro_train_rows / sizeof *duro_train_rows;
const int duro_learn_rows_count = sizeof duro_learn_rows / sizeof *duro_learn_rows;

/* columns of train.csv before those of the metrics table */
enum { COL_STEP, COL_UPDATE, COL_SECONDS, COL_SPEED, COL_RETURN, COL_VIOLATIONS, COL_GAMMA_H, COL_ALPHA, COL_METRICS };
enum { COLUMNS = COL_METRICS + METRIC_COUNT };

struct duro_trainer {
  learner *learner;
  collector *collector;
  duro_pool *pool;
  duro_train_settings set;
  const char *columns[COLUMNS];
  double row[COLUMNS];
  double started, last_time;
  int64_t last_step, saved_update;
  atomic_bool stop;
};

const duro_algorithm_info *duro_algorithm_at(int index) {
  return index >= 0 && index < algorithm_count && !algorithms[index].hidden ? &algorithms[index].info : NULL;
}

static duro_status find(const algorithm **out, const char *name, bool hidden) {
  const char *names[16];
  int count = 0;
  for (int i = 0; i < algorithm_count; ++i) {
    *out = &algorithms[i];
    if (algorithms[i].hidden && !hidden) continue;
    names[count++] = algorithms[i].info.name;
    if (strcasecmp(name, algorithms[i].info.name) == 0) return DURO_OK;
  }
  *out = NULL;
  const char *near = duro_nearest(name, names, count);
  return duro_fail(DURO_ERROR_ARGUMENT, "unknown algorithm \"%s\"%s%s%s", name, near ? "; did you mean \"" : "",
                   near ? near : "", near ? "\"?" : "; see duro algorithms");
}

duro_status duro_algorithm_find(const duro_algorithm_info **info, const char *name) {
  const algorithm *found;
  const duro_status status = find(&found, name, false);
  *info = status ? NULL : &found->info;
  return status;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
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
  if (status) return status;
  duro_trainer *t = duro_allocate(sizeof *t);
  if (!t) return DURO_ERROR_MEMORY;
  t->set = *train;
  t->saved_update = -1;
  name_columns(t);
  if ((status = duro_pool_create(&t->pool, (int)train->threads)) ||
      (status = learner_create(&t->learner, algorithm, env, train, learn, t->pool)) ||
      (status = collector_create(&t->collector, t->learner, env, train))) {
    duro_trainer_destroy(t);
    return status;
  }
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
  for (int64_t i = 0; i < t->set.updates; ++i) learner_update(t->learner, thread, threads);
}

static void fill_row(duro_trainer *t, double time) {
  learner *l = t->learner;
  collector *c = t->collector;
  double *row = t->row;
  row[COL_STEP] = (double)l->count->step;
  row[COL_UPDATE] = (double)l->count->update;
  row[COL_SECONDS] = time - t->started;
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

static duro_status report(duro_trainer *t, duro_train_report callback, void *context, bool last) {
  const double time = now();
  const double elapsed = time - t->last_time;
  const int64_t step = t->learner->count->step, update = t->learner->count->update;
  const double speed = (double)(step - t->last_step) / fmax(elapsed, 1e-9);
  fill_row(t, time);
  if (!callback) return DURO_OK;
  const bool due = last || update / t->set.checkpoint_every > t->saved_update / t->set.checkpoint_every;
  if (due) t->saved_update = update;
  const duro_train_progress progress = {.step = step,
                                        .steps = t->set.steps,
                                        .update = update,
                                        .steps_per_second = speed,
                                        .seconds = time - t->started,
                                        .seconds_left = (double)(t->set.steps - step) / fmax(speed, 1e-9),
                                        .return_mean = t->row[COL_RETURN],
                                        .metrics = t->row,
                                        .snapshot = due};
  const duro_status status = callback(t, &progress, context);
  t->last_time = now(); // what the caller does is not counted as training speed
  return status;
}

duro_status duro_trainer_run(duro_trainer *t, duro_train_report callback, void *context) {
  learner *l = t->learner;
  t->started = t->last_time = now();
  t->last_step = l->count->step;
  t->saved_update = 0;
  while (l->count->step < t->set.steps) {
    const int64_t before = l->count->update / t->set.report_every;
    duro_pool_run(t->pool, round_work, t);
    duro_status status;
    if ((status = collector_fault(t->collector)) || (status = learner_fault(l))) return status;
    const bool done = l->count->step >= t->set.steps, stop = !done && atomic_load(&t->stop), last = done || stop;
    if (l->count->update / t->set.report_every == before && !last) continue;
    if ((status = report(t, callback, context, last))) return status;
    if (stop) return duro_fail(DURO_ERROR_STOPPED, "stopped at step %lld", (long long)l->count->step);
  }
  return DURO_OK;
}

void duro_trainer_stop(duro_trainer *t) {
  atomic_store(&t->stop, true);
}

static int all_tensors(const duro_trainer *t, duro_tensor *tensors) {
  const int n = learner_tensors(t->learner, tensors);
  return n + collector_tensors(t->collector, tensors + n);
}

enum { MAX_NOTES = 32, NOTE = 64 };

typedef struct notes {
  duro_note list[MAX_NOTES];
  char key[MAX_NOTES][NOTE], text[MAX_NOTES][NOTE];
  int n;
} notes;

static void note(notes *all, const char *key, const char *text) {
  snprintf(all->key[all->n], NOTE, "%s", key);
  snprintf(all->text[all->n], NOTE, "%s", text);
  all->list[all->n] = (duro_note){all->key[all->n], all->text[all->n]};
  ++all->n;
}

static void note_number(notes *all, const char *key, double value) {
  char text[NOTE];
  snprintf(text, sizeof text, "%.17g", value);
  note(all, key, text);
}

/* what policy/load.c and a later resume read */
static void make_notes(notes *all, const learner *l) {
  all->n = 0;
  note(all, "algorithm", l->algorithm->info.name);
  note(all, "environment", l->env_name);
  note_number(all, "no", l->no), note_number(all, "nu", l->nu), note_number(all, "na", l->na);
  note_number(all, "width", (double)l->set.width), note_number(all, "layers", (double)l->set.layers);
  note_number(all, "step", (double)l->count->step), note_number(all, "update", (double)l->count->update);
  note_number(all, "margin", l->set.filter_margin), note_number(all, "lambda_max", l->set.lambda_max);
  note_number(all, "seed", (double)l->seed);
  for (int r = 0; r < ROLE_COUNT; ++r) {
    if (!learner_has(l, (role)r)) continue;
    char key[NOTE];
    snprintf(key, sizeof key, "%s.inputs", roles[r].name);
    note_number(all, key, l->nets[r].inputs);
  }
}

duro_status duro_trainer_save(const duro_trainer *t, const char *path) {
  duro_tensor tensors[MAX_TENSORS];
  const int n = all_tensors(t, tensors);
  notes all;
  make_notes(&all, t->learner);
  return duro_tensors_save(path, tensors, n, all.list, all.n);
}

duro_status duro_trainer_save_policy(const duro_trainer *t, const char *path) {
  duro_tensor all[MAX_TENSORS], kept[ROLE_COUNT];
  const int n = learner_tensors(t->learner, all);
  int count = 0;
  for (int r = 0; r < ROLE_COUNT; ++r)
    for (int i = 0; roles[r].frozen && i < n; ++i)
      if (strcmp(all[i].name, roles[r].name) == 0) {
        kept[count] = all[i];
        kept[count++].data = (float *)(uintptr_t)learner_frozen(t->learner, (role)r);
      }
  notes list;
  make_notes(&list, t->learner);
  return duro_tensors_save(path, kept, count, list.list, list.n);
}

duro_status duro_trainer_policy(const duro_trainer *t, duro_policy **policy) {
  const learner *l = t->learner;
  policy_parts parts = {.algorithm = l->algorithm->info.name,
                        .environment = l->env_name,
                        .no = l->no,
                        .nu = l->nu,
                        .na = l->na,
                        .width = (int)l->set.width,
                        .hidden = (int)l->set.layers,
                        .step = l->count->step,
                        .update = l->count->update,
                        .margin = l->set.filter_margin,
                        .lambda_max = l->set.lambda_max};
  for (int r = 0; r < ROLE_COUNT; ++r) {
    parts.net[r].params = learner_has(l, (role)r) ? learner_frozen(l, (role)r) : NULL;
    parts.net[r].inputs = l->nets[r].inputs;
  }
  return policy_create(policy, &parts);
}

uint64_t duro_trainer_hash(const duro_trainer *t) {
  duro_tensor tensors[MAX_TENSORS];
  const int n = all_tensors(t, tensors);
  uint64_t hash = 0;
  for (int i = 0; i < n; ++i) hash = XXH3_64bits_withSeed(tensors[i].data, duro_tensor_bytes(&tensors[i]), hash);
  return hash;
}

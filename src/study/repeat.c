/* A training repeated. */
#include "study/repeat.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "env/mujoco.h"
#include "io/file.h"
#include "io/hash.h"
#include "io/number.h"
#include "sources.h"

enum { LONGEST_COMMAND = 1 << 22 }; /* bytes; a system allows no more for all words together */

/* ---- what is repeated ---- */

static duro_status get(char out[DURO_TEXT_SIZE], const repetition *s, const char *key) {
  char path[RUN_PATH];
  run_path(path, s->folder, "run.json");
  return duro_run_json_get(out, DURO_TEXT_SIZE, path, key);
}

/* Another program or MuJoCo may compute other bits, which is said before. */
static duro_status check_program(const repetition *s) {
  char sources[DURO_TEXT_SIZE], mujoco[DURO_TEXT_SIZE] = "";
  duro_status status = get(sources, s, "sources");
  if (!status && s->config.ops->model) status = get(mujoco, s, "mujoco");
  if (status) return status;
  char line[2 * DURO_TEXT_SIZE + RUN_PATH];
  if (strcmp(sources, DURO_SOURCES) != 0) {
    snprintf(line, sizeof line, "another version of the program trained %s; its bits may differ", s->folder);
    s->watcher->note(s->watcher->context, line);
  }
  const char *here = duro_env_mujoco_version();
  if (s->config.ops->model && here && strcmp(mujoco, here) != 0) {
    snprintf(line, sizeof line, "MuJoCo %s trained %s, and this is %s; its bits may differ", mujoco, s->folder, here);
    s->watcher->note(s->watcher->context, line);
  }
  return DURO_OK;
}

static duro_status read_plans(repetition *s) {
  duro_status status = training_read_plans(&s->plans, &s->n_plans, s->folder);
  if (status) return status;
  if (s->plans[s->n_plans - 1].steps == s->config.train.steps) return DURO_OK;
  return duro_fail(DURO_ERROR_FORMAT,
                   "%s was trained for %" PRId64 " steps, and plan.csv does not say from where on it was; it cannot be "
                   "repeated",
                   s->folder, s->config.train.steps);
}

/* The networks that it began with, where those are another run's. */
static duro_status start(repetition *s) {
  char path[RUN_PATH];
  duro_kind kind;
  run_path(path, s->folder, "start.safetensors");
  duro_status status = duro_file_look(&kind, path);
  if (!status && kind != DURO_KIND_NOTHING) return duro_trainer_start_from(s->trainer, path);
  run_path(path, s->folder, "run.json");
  char *words = duro_allocate(LONGEST_COMMAND);
  if (!words) return DURO_ERROR_MEMORY;
  if (!status) status = duro_run_json_get(words, LONGEST_COMMAND, path, "command");
  const bool from = strstr(words, " --from ") || strstr(words, " --from=");
  duro_release(words);
  if (status || !from) return status;
  return duro_fail(DURO_ERROR_FILE,
                   "%s was fine-tuned from another run, and start.safetensors, with which it began, is not "
                   "there; it cannot be repeated",
                   s->folder);
}

static duro_status open_adversary(repetition *s, const run_how *how) {
  const run_names *names = &s->config.names;
  if (!names->adversary[0]) return DURO_OK;
  const duro_status status = run_open(&s->adversary, names->adversary, NULL, 0, how);
  if (status) return status;
  s->has_adversary = true;
  char hash[DURO_HASH_TEXT];
  duro_hash_print(hash, duro_policy_hash(s->adversary.policy));
  if (!names->adversary_hash[0] || strcmp(names->adversary_hash, hash) == 0) return DURO_OK;
  return duro_fail(DURO_ERROR_FORMAT,
                   "%s is not the adversary of this run any more: its policy has the hash %s; wanted %s",
                   names->adversary, hash, names->adversary_hash);
}

static duro_status create_trainer(repetition *s, duro_trainer **trainer) {
  return duro_trainer_create(trainer, s->env, s->config.names.algorithm, &s->config.train, &s->config.learn);
}

static duro_status read_end(repetition *s) {
  char path[RUN_PATH];
  duro_resume_info info = {0};
  run_path(path, s->folder, "checkpoints");
  duro_status status = create_trainer(s, &s->there);
  if (!status) status = duro_trainer_resume(s->there, path, 0, &info);
  if (!status) s->end = info.step;
  return status;
}

static duro_status make_scratch(repetition *s) {
  static const char *const parts[] = {"policies", "eval"};
  const char *where = s->given.scratch;
  char path[RUN_PATH];
  run_path(s->scratch, where && where[0] ? where : "/tmp", "duro-verify-XXXXXX");
  duro_status status = DURO_OK;
  if (!mkdtemp(s->scratch)) {
    status = duro_fail(DURO_ERROR_FILE, "cannot make the temporary folder %s: %s", s->scratch, strerror(errno));
    s->scratch[0] = '\0';
  }
  for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; i++) {
    run_path(path, s->scratch, parts[i]);
    status = duro_folder_create(path);
  }
  return status ? status : duro_events_create(&s->events, s->scratch);
}

static void remove_scratch(const repetition *s) {
  static const char *const parts[] = {"policies", "eval", ""};
  char folder[RUN_PATH], path[RUN_PATH];
  for (size_t i = 0; s->scratch[0] && i < sizeof parts / sizeof *parts; i++) {
    run_path(folder, s->scratch, parts[i]);
    DIR *directory = opendir(folder);
    for (const struct dirent *entry; directory && (entry = readdir(directory));) {
      run_path(path, folder, entry->d_name);
      (void)unlink(path);
    }
    if (directory) closedir(directory);
    (void)rmdir(folder);
  }
}

duro_status repeat_prepare(repetition *s, const char *folder, const repeat_options *given,
                           const repeat_watcher *watcher, const run_how *how) {
  char path[RUN_PATH];
  *s = (repetition){.folder = folder, .given = *given, .watcher = watcher};
  duro_status status = run_config_open(&s->config, s->folder, how);
  if (status) return status;
  if (!s->config.ops) return duro_fail(DURO_ERROR_FORMAT, "%s does not say run.environment", s->folder);
  s->config.train.threads = s->given.threads;
  run_path(path, s->folder, "train.csv");
  if ((status = sheet_read(&s->rows, path))) return status;
  status = check_program(s);
  if (!status) status = read_plans(s);
  if (!status) status = duro_env_create(&s->env, s->config.ops, s->config.env);
  if (!status) status = open_adversary(s, how);
  if (!status) status = read_end(s);
  s->config.train.steps = s->plans ? s->plans[0].steps : 0;
  if (!status) status = create_trainer(s, &s->trainer);
  if (!status) status = start(s);
  return status ? status : make_scratch(s);
}

/* ---- while it is repeated ---- */

static bool is_clock(const char *column) {
  return strcmp(column, "seconds") == 0 || strcmp(column, "steps_per_second") == 0;
}

/* the next row of train.csv against the present one */
static void compare_row(repetition *s, const duro_train_progress *now) {
  const char *const *names;
  const int count = duro_trainer_metrics(s->trainer, &names);
  if (s->row >= s->rows.rows) {
    verify_differ(&s->found, "train.csv ends before step %" PRId64, now->step);
    return;
  }
  for (int i = 0; i < count; i++) {
    if (is_clock(names[i])) continue;
    const char *there = sheet_cell(&s->rows, s->row, names[i]);
    char here[DURO_NUMBER_SIZE] = "";
    if (!isnan(now->metrics[i])) duro_number_text(here, now->metrics[i]);
    if (strcmp(there, here) != 0)
      verify_differ(&s->found, "train.csv: %s is %s at step %" PRId64 "; the repeated training has %s", names[i],
                    there[0] ? there : "empty", now->step, here[0] ? here : "none");
  }
  s->row++;
}

static duro_status show(repetition *s, duro_trainer *trainer, const duro_train_progress *now) {
  const watch_result *last = &s->watch.last;
  const duro_run_progress seen = {.struct_size = sizeof seen,
                                  .trainer = trainer,
                                  .train = now,
                                  .look_episodes = last->episodes,
                                  .look_violating = last->violating,
                                  .look_return = last->return_mean,
                                  .trial = NAN};
  return s->watcher->show(s->watcher->context, &seen);
}

static duro_status show_trial(double share, void *context) {
  repetition *s = context;
  const duro_run_progress seen = {.struct_size = sizeof seen, .trainer = s->trainer, .trial = share};
  return s->watcher->show(s->watcher->context, &seen);
}

static duro_status report(duro_trainer *trainer, const duro_train_progress *now, void *context) {
  repetition *s = context;
  if (!now->metrics) return DURO_OK;
  compare_row(s, now);
  duro_status status = s->found.difference[0] ? DURO_OK : watch_look(&s->watch, trainer, now);
  if (!status && s->watch.present.step == now->step) status = verify_networks(&s->found, now->step);
  if (!status) status = show(s, trainer, now);
  if (s->given.updates && now->update >= s->given.updates && now->step < s->end) {
    s->cut = true;
    s->found.until = now->step;
  }
  if (s->found.difference[0] || s->cut) duro_trainer_stop(trainer);
  return status;
}

static bool tries(const repetition *s) {
  return s->config.watch.choose && s->config.watch.trial;
}

/* Training by plan k, to where the next one begins or the newest checkpoint is. */
static duro_status repeat_plan(repetition *s, int k) {
  const bool last = k + 1 == s->n_plans;
  const int64_t until = last ? s->end : s->plans[k + 1].step, steps = s->plans[k].steps;
  s->config.train.steps = steps;
  s->watch.train = &s->config.train;
  duro_status status = k ? duro_trainer_plan(s->trainer, steps) : DURO_OK;
  if (!status) status = watch_start(&s->watch, s->scratch, k ? s->plans[k].step : -1);
  if (status) return status;
  duro_trainer_stop_at(s->trainer, until);
  status = duro_trainer_run(s->trainer, report, s);
  if (status == DURO_ERROR_STOPPED) status = s->watcher->ask(s->watcher->context); // by itself, where a plan ends
  const bool ended = until >= steps && !s->cut && !s->found.difference[0];
  if (!status && ended && tries(s) && (last || s->plans[k + 1].tried))
    status = trial_run(&s->trial, &s->watch, s->scratch, show_trial, s);
  watch_stop(&s->watch);
  return status;
}

/* Rows behind the newest checkpoint are those of a run that was killed, and are made again by a resume. */
static bool nothing_follows(const repetition *s) {
  return s->rows.rows == 0 || sheet_number(&s->rows, s->rows.rows - 1, "step") <= (double)s->end;
}

static void compare_end(repetition *s) {
  const char *name = duro_trainer_difference(s->there, s->trainer);
  if (name)
    verify_differ(&s->found, "checkpoints: \"%s\" at step %" PRId64 " is not that of the repeated training", name,
                  s->end);
  if (s->row < s->rows.rows && sheet_number(&s->rows, s->row, "step") <= (double)s->end)
    verify_differ(&s->found, "train.csv has more rows than the repeated training, %d", s->row);
}

duro_status repeat_run(repetition *s) {
  s->found = (verify){.there = s->folder, .here = s->scratch, .until = s->end};
  s->watch = (watch){.env = s->env,
                     .adversary = s->has_adversary ? s->adversary.policy : NULL,
                     .adversary_name = s->adversary.name,
                     .events = s->events,
                     .learn = &s->config.learn,
                     .set = &s->config.watch};
  duro_status status = DURO_OK;
  for (int k = 0; !status && !s->cut && !s->found.difference[0] && k < s->n_plans; k++) status = repeat_plan(s, k);
  if (status || s->found.difference[0]) return status;
  s->found.whole = !s->cut && nothing_follows(s);
  if (!s->cut) compare_end(s);
  return verify_folder(&s->found);
}

void repeat_release(repetition *s) {
  duro_events_close(s->events);
  remove_scratch(s);
  duro_trainer_destroy(s->there);
  duro_trainer_destroy(s->trainer);
  if (s->has_adversary) run_close(&s->adversary);
  duro_env_destroy(s->env);
  run_config_release(&s->config);
  sheet_release(&s->rows);
  duro_release(s->plans);
  *s = (repetition){0};
}

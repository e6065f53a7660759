/* A training with all that it leaves in its folder. */
#include "run/training.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory_left.h"
#include "duro/io.h"
#include "env/mujoco.h"
#include "io/file.h"
#include "io/hash.h"
#include "nn/kernels.h"
#include "rl/trainer.h"
#include "run/made.h"
#include "run/room.h"

/* ---- the adversary of the looks ---- */

/* The run that the configuration names is the one it was; where another path was given, anything is right. */
static duro_status check_adversary_hash(training *t) {
  run_names *names = &t->config->names;
  char hash[DURO_HASH_TEXT];
  duro_hash_print(hash, duro_policy_hash(t->adversary.policy));
  const bool same_path = strcmp(names->adversary, t->config->adversary) == 0;
  if (same_path && names->adversary_hash[0] && strcmp(names->adversary_hash, hash) != 0)
    return duro_fail(DURO_ERROR_FORMAT,
                     "%s is not the adversary of this run any more: its policy has the hash %s; wanted %s",
                     names->adversary, hash, names->adversary_hash);
  snprintf(names->adversary_hash, sizeof names->adversary_hash, "%s", hash);
  return DURO_OK;
}

static duro_status open_adversary(training *t) {
  const char *folder = t->config->names.adversary;
  if (!folder[0]) t->config->names.adversary_hash[0] = '\0';
  if (!folder[0]) return DURO_OK;
  snprintf(t->adversary_folder, sizeof t->adversary_folder, "%s", folder);
  duro_status status = run_open(&t->adversary, t->adversary_folder, NULL, 0, t->how);
  if (status) return status;
  t->has_adversary = true;
  if ((status = check_adversary_hash(t))) return status;
  const duro_policy_info *about = duro_policy_about(t->adversary.policy);
  if (!duro_policy_has(t->adversary.policy, DURO_NET_MU_H))
    return duro_fail(DURO_ERROR_ARGUMENT, "%s cannot be the adversary: %s trains no mu_h", folder, about->algorithm);
  if (about->no != t->env->spec.no || about->na != t->env->spec.na)
    return duro_fail(DURO_ERROR_ARGUMENT, "%s cannot be the adversary: it was trained on %s, not on %s", folder,
                     about->environment, t->env->ops->name);
  return DURO_OK;
}

/* ---- creation ---- */

static duro_status create_trainer(training *t) {
  duro_trainer_destroy(t->trainer);
  t->trainer = NULL;
  const run_config *config = t->config;
  duro_status status =
      duro_trainer_create(&t->trainer, t->env, config->names.algorithm, &config->train, &config->learn);
  if (!status) status = trainer_share(t->trainer, t->transport);
  if (status || !t->options.from) return status;
  char path[RUN_PATH];
  run_path(path, t->options.from, "checkpoints");
  return duro_trainer_start_from(t->trainer, path);
}

duro_status training_create(training *t, run_config *config, const duro_run_options *options, const run_how *how) {
  *t = (training){.config = config, .options = *options, .how = how, .saved = -1};
  duro_status status = duro_env_create(&t->env, config->ops, config->env);
  if (!status) status = open_adversary(t);
  t->available = duro_memory_left();
  return status ? status : room_explain(create_trainer(t), t->available, "a smaller train.replay");
}

/* ---- several ranks ---- */

bool training_leads(const training *t) {
  return !t->transport || t->transport->rank == 0;
}

static duro_status agree(const training *t, duro_status status) {
  return duro_transport_agree(t->transport, status);
}

duro_status training_share(training *t, const duro_transport *transport) {
  t->transport = transport;
  const duro_status status = agree(t, trainer_share(t->trainer, transport));
  return status || !transport ? status : trainer_compare_origin(t->trainer);
}

/* ---- the folder ---- */

/* A folder that is there is this process's from here to its end; a new one as soon as it is made. */
static duro_status lock_folder(training *t, const char *folder) {
  if (snprintf(t->folder, sizeof t->folder, "%s", folder) >= (int)sizeof t->folder)
    return duro_fail(DURO_ERROR_ARGUMENT, "the path %.80s... is too long", folder);
  duro_kind kind;
  const duro_status status = duro_file_look(&kind, t->folder);
  return status || kind == DURO_KIND_NOTHING ? status : made_lock(&t->lock, t->folder);
}

/* Where training stands in the run folder. To go on if it was begun, with leave to replace it, begins anew where it
 * cannot go on, or where another program began. */
static duro_status take_up(training *t) {
  duro_resume_info *info = &t->from;
  const bool must = t->options.resume;
  t->going_on = must;
  duro_status status = t->options.go_on ? training_can_go_on(&t->going_on, t->folder) : DURO_OK;
  if (status || !t->going_on) return status;
  status = training_take_up(t->trainer, t->folder, t->config, t->how, info);
  const bool lost = status == DURO_ERROR_FILE || status == DURO_ERROR_MEMORY; // perhaps only for the moment
  if (!must && t->options.replace && !lost && (status || info->other_program)) {
    t->going_on = false;
    return create_trainer(t);
  }
  if (status) return status;
  t->saved = t->step = info->step;
  return DURO_OK;
}

static duro_status make_parts(const training *t) {
  static const char *const parts[] = {"checkpoints", "policies", "eval", "figures"};
  duro_status status = DURO_OK;
  for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; i++) {
    char path[RUN_PATH];
    run_path(path, t->folder, parts[i]);
    status = duro_folder_create(path);
  }
  return status;
}

static duro_status prepare_folder(training *t) {
  duro_status status = t->lock ? DURO_OK : made_lock(&t->lock, t->folder);
  if (status) return status;
  bool holds;
  if ((status = made_holds_files(&holds, t->folder))) return status;
  if (holds && !t->options.replace) return duro_fail(DURO_ERROR_FILE, "%s already holds files", t->folder);
  status = made_check_run(t->folder);
  if (!status) status = made_remove_run(t->folder);
  return status ? status : make_parts(t);
}

static duro_status save_run_json(const training *t) {
  char path[RUN_PATH];
  const duro_kernels *kernels;
  const duro_train_settings *train = &t->config->train;
  const duro_status status = duro_kernels_select(&kernels, train->simd);
  if (status) return status;
  const duro_run_info info = {.environment = t->env->ops->name,
                              .algorithm = t->config->names.algorithm,
                              .command = t->options.command ? t->options.command : "duro_train_run",
                              .seed = train->seed,
                              .threads = duro_threads(train->threads),
                              .steps = train->steps,
                              .simd = kernels->name,
                              .mujoco = duro_env_mujoco_version()};
  run_path(path, t->folder, "run.json");
  return duro_run_json_save(path, &info);
}

/* What says how the run is made. A run that goes on keeps its own, but for the settings that may change. */
static duro_status save_origin(training *t) {
  char path[RUN_PATH];
  run_path(path, t->folder, "config.yaml");
  duro_status status = run_keep_environment(t->config, t->env, t->folder);
  if (!status) status = run_keep_adversary(t->config, t->folder);
  if (!status && !t->going_on) status = save_run_json(t); // by it a run is known, so it comes first
  return status ? status : run_config_save(t->config, t->env, path);
}

/* What a fine-tuned run began with, so that it can be repeated without the other one. */
static duro_status save_start(const training *t) {
  char path[RUN_PATH];
  if (!t->options.from || t->going_on) return DURO_OK;
  run_path(path, t->folder, "start.safetensors");
  return duro_trainer_save_start(t->trainer, path);
}

/* What grows with training. */
static duro_status open_records(training *t) {
  char path[RUN_PATH];
  const char *const *names;
  const int count = duro_trainer_metrics(t->trainer, &names);
  run_path(path, t->folder, "train.csv");
  const duro_status status = t->going_on ? duro_csv_resume(&t->csv, path, names, count, (double)t->saved)
                                         : duro_csv_create(&t->csv, path, names, count);
  if (status) return status;
  return t->going_on ? duro_events_resume(&t->events, t->folder, t->saved) : duro_events_create(&t->events, t->folder);
}

static duro_status start_files(training *t) {
  duro_status status = t->going_on ? DURO_OK : prepare_folder(t);
  if (status) return status;
  training_sweep(t->folder);
  status = save_origin(t);
  if (!status) status = open_records(t);
  t->watch = (watch){.env = t->env,
                     .adversary = t->has_adversary ? t->adversary.policy : NULL,
                     .adversary_name = t->adversary.name,
                     .events = t->events,
                     .train = &t->config->train,
                     .learn = &t->config->learn,
                     .set = &t->config->watch};
  if (!status) status = watch_start(&t->watch, t->folder, t->going_on ? t->saved : -1);
  if (!status && t->going_on) status = training_note_plan(t->folder, &t->from, t->config->train.steps, t->watch.tried);
  return status ? status : save_start(t);
}

/* The other ranks read the checkpoint that the first one goes on with. */
static duro_status follow(training *t, const char *folder) {
  duro_status status = t->transport ? ranks_decide(t->trainer, &t->going_on) : DURO_OK;
  if (status || training_leads(t)) return status;
  snprintf(t->folder, sizeof t->folder, "%s", folder);
  if (!t->going_on) return DURO_OK;
  status = training_take_up(t->trainer, t->folder, t->config, t->how, &t->from);
  t->saved = t->step = t->from.step;
  return status;
}

duro_status training_begin(training *t, const char *folder) {
  duro_status status = DURO_OK;
  if (training_leads(t) && !(status = lock_folder(t, folder))) status = take_up(t);
  status = agree(t, status);
  if (!status) status = agree(t, follow(t, folder));
  if (!status) status = agree(t, training_leads(t) ? start_files(t) : DURO_OK);
  return status;
}

/* ---- training ---- */

static duro_status sync_records(training *t) {
  duro_status status = duro_csv_sync(t->csv);
  if (!status) status = duro_events_sync(t->events);
  return status ? status : watch_sync(&t->watch);
}

/* The rows until a checkpoint come to stay before it does: what goes on from it cannot make them again. */
static duro_status save_checkpoint(training *t, int64_t step) {
  char folder[RUN_PATH];
  run_path(folder, t->folder, "checkpoints");
  duro_status status = sync_records(t);
  if (!status) status = duro_trainer_checkpoint(t->trainer, folder, t->config->watch.keep_checkpoints);
  if (!status) t->saved = step;
  return status;
}

/* The row of train.csv, and the same numbers over the step for TensorBoard. */
static duro_status record(const training *t, const duro_train_progress *now) {
  const char *const *names;
  const int count = duro_trainer_metrics(t->trainer, &names);
  const duro_status status = duro_csv_row(t->csv, now->metrics);
  if (status) return status;
  // the first column is the step itself
  return duro_events_scalars(t->events, now->step, "train", names + 1, now->metrics + 1, count - 1);
}

static duro_run_progress progress_of(const training *t, const duro_train_progress *now, double trial) {
  const watch_result *last = &t->watch.last;
  return (duro_run_progress){.struct_size = sizeof(duro_run_progress),
                             .trainer = t->trainer,
                             .train = now,
                             .look_episodes = last->episodes,
                             .look_violating = last->violating,
                             .look_return = last->return_mean,
                             .trial = trial};
}

static duro_status tell(const training *t, const duro_train_progress *now, double trial) {
  const duro_run_progress progress = progress_of(t, now, trial);
  return t->options.report ? t->options.report(&progress, t->options.context) : DURO_OK;
}

/* Whoever asks to stop is heard by the trainer, which makes a last checkpoint. */
static duro_status report_alone(training *t, duro_trainer *trainer, const duro_train_progress *now) {
  const bool row = now->metrics; // not where a signal stopped it between two rows
  duro_status status = row ? record(t, now) : DURO_OK;
  if (!status && row) status = watch_look(&t->watch, trainer, now);
  duro_status answer = status ? DURO_OK : tell(t, now, NAN);
  if (answer == DURO_ERROR_STOPPED) duro_trainer_stop(trainer), answer = DURO_OK;
  if (!status) status = answer;
  if (!status && now->snapshot) status = save_checkpoint(t, now->step);
  return status;
}

/* Before a checkpoint the ranks make sure that all of them have it. */
static duro_status report(duro_trainer *trainer, const duro_train_progress *now, void *context) {
  training *t = context;
  t->step = now->step;
  if (!t->transport) return report_alone(t, trainer, now);
  const duro_status status =
      now->snapshot ? trainer_compare(trainer, duro_trainer_hash(trainer), "other bits of the training") : DURO_OK;
  return status ? status : agree(t, training_leads(t) ? report_alone(t, trainer, now) : DURO_OK);
}

static duro_status show_trial(double share, void *context) {
  return tell(context, NULL, share);
}

duro_status training_run(training *t) {
  const watch_settings *set = &t->config->watch;
  const duro_status status = duro_trainer_run(t->trainer, report, t);
  if (status || !set->choose || !set->trial) return status;
  return agree(t, training_leads(t) ? trial_run(&t->trial, &t->watch, t->folder, show_trial, t) : DURO_OK);
}

void training_release(training *t) {
  watch_stop(&t->watch);
  duro_csv_close(t->csv);
  duro_events_close(t->events);
  duro_trainer_destroy(t->trainer);
  if (t->has_adversary) run_close(&t->adversary);
  duro_env_destroy(t->env);
  duro_lock_release(t->lock);
  *t = (training){0};
}

/* duro train: from settings to a run folder. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory_left.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "duro/io.h"
#include "env/mujoco.h"
#include "io/file.h"
#include "io/hash.h"
#include "io/text.h"
#include "made.h"
#include "nn/kernels.h"
#include "room.h"
#include "run.h"
#include "train.h"
#include "trial.h"
#include "watch.h"

#define OPTION(field) offsetof(train_options, field), 0, 0, NULL
#define COUNT(field, most) offsetof(train_options, field), 1, most, NULL
static const cli_option options[] = {
    {"algorithm", "A", CLI_TEXT, OPTION(algorithm), "Algorithm by name; see duro algorithms."},
    {"config", "FILE", CLI_TEXT, OPTION(config),
     "Read settings from a YAML file; config.yaml of a run folder repeats that run."},
    {"preset", "NAME", CLI_TEXT, OPTION(preset),
     "Settings that neither the file nor --set names: recipe (default), which holds on systems that nobody tuned for, "
     "or "
     "paper, the plain published algorithms."},
    {"set", "NAME=VALUE", CLI_LIST, OPTION(set), "Set one setting, over the file; may be repeated. See duro settings."},
    {"seed", "N", CLI_TEXT, OPTION(seed), "Short for --set train.seed=N."},
    {"steps", "N", CLI_TEXT, OPTION(steps), "Short for --set train.steps=N."},
    {"threads", "N", CLI_TEXT, OPTION(threads), "Short for --set train.threads=N."},
    {"out", "DIR", CLI_TEXT, OPTION(out), "Run folder; default runs/ENV-ALGORITHM-SEED."},
    {"seeds", "N", CLI_INT, COUNT(seeds, 1000),
     "Train N seeds, train.seed and those after it, side by side with one thread each, into DIR-SEED; the same command "
     "goes on after it was stopped."},
    {"jobs", "N", CLI_INT, COUNT(jobs, 256),
     "Seeds that are trained at a time; default: the processors, divided by --threads (1)."},
    {"resume", "RUN", CLI_TEXT, OPTION(resume),
     "Go on with the training of this run folder from its newest checkpoint, bit for bit as if it had never stopped. "
     "--steps beyond the plan train further; --threads and --set of what changes no result are fine."},
    {"go-on", NULL, CLI_FLAG, OPTION(go_on),
     "Go on with the run folder if this training was begun in it, else begin: one command for a job that may be "
     "stopped and started again."},
    {"from", "RUN", CLI_TEXT, OPTION(from),
     "Fine-tuning: begin a new run with the networks of this one; moments, temperature and replay start anew."},
    {"adversary", "RUN", CLI_TEXT, OPTION(adversary),
     "Attack the short evaluations during training with the mu_h of this run; default: the run's own mu_h, or random "
     "disturbances where it has none."},
    {"force", NULL, CLI_FLAG, OPTION(force), "Replace what an earlier run left in the run folder."},
    {"unchecked", NULL, CLI_FLAG, OPTION(unchecked),
     "Leave out the quick part of duro check, which a C file or a model has to pass first."},
    {ROOM_OPTION, NULL, CLI_FLAG, OPTION(beyond_memory),
     "Begin even where the run needs more memory than is available now."},
    {"quiet", NULL, CLI_FLAG, OPTION(quiet), "Print nothing but errors."},
};
static const cli_command command = {
    .name = "train",
    .words = "ENV",
    .max_words = 1,
    .about =
        "Trains the algorithm on the environment ENV (a name, see duro envs; a C file with a plugin; a MuJoCo model "
        "with its task in --config) and leaves a run folder: config.yaml, "
        "run.json, train.csv, checkpoints, policies (small snapshots of the networks), eval/during.csv and an event "
        "file for TensorBoard. ENV and --algorithm "
        "may come from --config. Ctrl-C finishes the update, saves a checkpoint and ends with status 130, and --resume "
        "goes on from it; a second Ctrl-C ends at once.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

/* A training run from the first word to the last. */
typedef struct session {
  train_options given;
  run_config config;
  duro_env *env;
  run adversary;
  bool has_adversary;
  char adversary_folder[DURO_TEXT_SIZE]; /* from here */
  duro_trainer *trainer;
  char folder[CLI_PATH];
  duro_lock *lock; /* of the folder */
  duro_csv *csv;
  duro_events *events;
  watch watch;
  trial trial;
  progress progress;
  int64_t step;  /* of the last report */
  int64_t saved; /* of the newest checkpoint in the folder; -1: there is none */
  bool going_on; /* with the checkpoint `saved` */
} session;

/* Called from the signal handler. */
static void hear(void *trainer) {
  duro_trainer_stop(trainer);
}

/* Settings, in the order in which each may replace the one before. */

static duro_status set_short(session *s, const char *name, const char *value) {
  return value ? duro_settings_set(s->config.groups, GROUPS, name, value) : DURO_OK;
}

static duro_status choose_algorithm(session *s) {
  run_names *names = &s->config.names;
  const char *wanted = s->given.algorithm ? s->given.algorithm : names->algorithm;
  if (!wanted[0])
    return duro_fail(DURO_ERROR_ARGUMENT, "no algorithm is given; wanted --algorithm A, see duro algorithms");
  const duro_algorithm_info *info;
  const duro_status status = duro_algorithm_find(&info, wanted);
  if (!status) snprintf(names->algorithm, sizeof names->algorithm, "%s", info->name);
  return status;
}

static duro_status apply_settings(session *s) {
  const cli_words *set = &s->given.set;
  duro_status status = DURO_OK;
  const char *environment = s->config.ops->name;
  char preset[DURO_TEXT_SIZE];
  snprintf(preset, sizeof preset, "%s", s->config.names.preset);
  for (int i = 0; !status && i < set->count; i++) status = duro_settings_assign(s->config.groups, GROUPS, set->word[i]);
  if (!status) status = set_short(s, "train.seed", s->given.seed);
  if (!status) status = set_short(s, "train.steps", s->given.steps);
  if (!status) status = set_short(s, "train.threads", s->given.threads);
  if (!status) status = set_short(s, "run.adversary", s->given.adversary);
  if (!status && strcmp(s->config.names.environment, environment) != 0)
    status = duro_fail(DURO_ERROR_ARGUMENT, "run.environment is the word ENV, not a --set");
  if (!status && strcmp(s->config.names.preset, preset) != 0)
    status = duro_fail(DURO_ERROR_ARGUMENT, "run.preset is --preset, not a --set");
  return status ? status : choose_algorithm(s);
}

static duro_status configure(session *s, const char *environment) {
  char path[CLI_PATH];
  duro_status status = train_check_words(&s->given, environment);
  if (status) return status;
  const char *file = s->given.config;
  if (s->given.resume) run_path(path, s->given.resume, "config.yaml"), file = path;
  const char *preset = s->given.preset;
  status = file ? run_config_load(&s->config, environment, file, preset) : run_config_create(&s->config, environment);
  if (!status && preset && !file) status = run_config_preset(&s->config, preset);
  if (status) return status;
  if (!s->config.ops)
    return duro_fail(DURO_ERROR_ARGUMENT, "no environment is given; wanted duro train ENV, see duro envs");
  return apply_settings(s);
}

/* The run that the configuration names is the one it was; where another path was given, anything is right. */
static duro_status check_adversary_hash(session *s) {
  run_names *names = &s->config.names;
  char hash[DURO_HASH_TEXT];
  duro_hash_print(hash, duro_policy_hash(s->adversary.policy));
  const bool same_path = strcmp(names->adversary, s->config.adversary) == 0;
  if (same_path && names->adversary_hash[0] && strcmp(names->adversary_hash, hash) != 0)
    return duro_fail(DURO_ERROR_FORMAT,
                     "%s is not the adversary of this run any more: its policy has the hash %s; wanted %s",
                     names->adversary, hash, names->adversary_hash);
  snprintf(names->adversary_hash, sizeof names->adversary_hash, "%s", hash);
  return DURO_OK;
}

static duro_status open_adversary(session *s) {
  const char *folder = s->config.names.adversary;
  if (!folder[0]) s->config.names.adversary_hash[0] = '\0';
  if (!folder[0]) return DURO_OK;
  snprintf(s->adversary_folder, sizeof s->adversary_folder, "%s", folder);
  duro_status status = run_open(&s->adversary, s->adversary_folder, NULL);
  if (status) return status;
  s->has_adversary = true;
  if ((status = check_adversary_hash(s))) return status;
  const duro_policy_info *about = duro_policy_about(s->adversary.policy);
  if (!duro_policy_has(s->adversary.policy, DURO_NET_MU_H))
    return duro_fail(DURO_ERROR_ARGUMENT, "%s cannot be the adversary: %s trains no mu_h", folder, about->algorithm);
  if (about->no != s->env->spec.no || about->na != s->env->spec.na)
    return duro_fail(DURO_ERROR_ARGUMENT, "%s cannot be the adversary: it was trained on %s, not on %s", folder,
                     about->environment, s->env->ops->name);
  return DURO_OK;
}

/* The run folder. */

void train_folder(char *out, const train_options *given, const run_config *config, int64_t seed) {
  const run_names *names = &config->names;
  if (given->out && !given->seeds)
    snprintf(out, CLI_PATH, "%s", given->out);
  else if (given->out)
    snprintf(out, CLI_PATH, "%s-%" PRId64, given->out, seed);
  else
    snprintf(out, CLI_PATH, "runs/%s-%s-%" PRId64, names->environment, names->algorithm, seed);
}

static duro_status make_parts(const session *s) {
  static const char *const parts[] = {"checkpoints", "policies", "eval", "figures"};
  duro_status status = DURO_OK;
  for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; i++) {
    char path[CLI_PATH];
    run_path(path, s->folder, parts[i]);
    status = duro_folder_create(path);
  }
  return status;
}

static duro_status prepare_folder(session *s) {
  duro_status status = s->lock ? DURO_OK : made_lock(&s->lock, s->folder);
  if (status) return status;
  bool holds;
  if ((status = made_holds_files(&holds, s->folder))) return status;
  if (holds && !s->given.force)
    return duro_fail(DURO_ERROR_FILE, "%s already holds files; choose another --out or replace them with --force",
                     s->folder);
  status = made_check_run(s->folder);
  if (!status) made_remove_run(s->folder);
  return status ? status : make_parts(s);
}

static duro_status save_run_json(const session *s, int argc, char **argv) {
  char path[CLI_PATH];
  const duro_kernels *kernels;
  const duro_status status = duro_kernels_select(&kernels, s->config.train.simd);
  if (status) return status;
  text line = {0};
  cli_quote(&line, argc, argv);
  const duro_train_settings *train = &s->config.train;
  const duro_run_info info = {.environment = s->env->ops->name,
                              .algorithm = s->config.names.algorithm,
                              .command = cli_text(&line),
                              .seed = train->seed,
                              .threads = duro_threads(train->threads),
                              .steps = train->steps,
                              .simd = kernels->name,
                              .mujoco = duro_env_mujoco_version()};
  run_path(path, s->folder, "run.json");
  const duro_status saved = duro_run_json_save(path, &info);
  text_release(&line);
  return saved;
}

/* What says how the run is made. A run that goes on keeps its own, but for the settings that may change. */
static duro_status save_origin(session *s, int argc, char **argv) {
  char path[CLI_PATH];
  run_path(path, s->folder, "config.yaml");
  duro_status status = run_keep_environment(&s->config, s->folder);
  if (!status) status = run_keep_adversary(&s->config, s->folder);
  if (!status && !s->going_on) status = save_run_json(s, argc, argv); // by it a run is known, so it comes first
  return status ? status : duro_settings_save(s->config.groups, GROUPS, path);
}

/* What grows with training. */
static duro_status open_records(session *s) {
  char path[CLI_PATH];
  const char *const *names;
  const int count = duro_trainer_metrics(s->trainer, &names);
  run_path(path, s->folder, "train.csv");
  duro_status status = s->going_on ? duro_csv_resume(&s->csv, path, names, count, (double)s->saved)
                                   : duro_csv_create(&s->csv, path, names, count);
  if (status) return status;
  return s->going_on ? duro_events_resume(&s->events, s->folder, s->saved) : duro_events_create(&s->events, s->folder);
}

static duro_status start_files(session *s, int argc, char **argv) {
  duro_status status = s->going_on ? DURO_OK : prepare_folder(s);
  if (status) return status;
  train_sweep(s->folder);
  status = save_origin(s, argc, argv);
  if (!status) status = open_records(s);
  s->watch = (watch){.env = s->env,
                     .adversary = s->has_adversary ? s->adversary.policy : NULL,
                     .adversary_name = s->adversary.name,
                     .events = s->events,
                     .train = &s->config.train,
                     .learn = &s->config.learn,
                     .set = &s->config.watch};
  return status ? status : watch_start(&s->watch, s->folder, s->going_on ? s->saved : -1);
}

/* Training. */

static duro_status sync_records(session *s) {
  duro_status status = duro_csv_sync(s->csv);
  if (!status) status = duro_events_sync(s->events);
  return status ? status : watch_sync(&s->watch);
}

/* The rows until a checkpoint come to stay before it does: what goes on from it cannot make them again. */
static duro_status save_checkpoint(session *s, int64_t step) {
  char folder[CLI_PATH];
  run_path(folder, s->folder, "checkpoints");
  duro_status status = sync_records(s);
  if (!status) status = duro_trainer_checkpoint(s->trainer, folder, s->config.watch.keep_checkpoints);
  if (!status) s->saved = step;
  return status;
}

/* The row of train.csv, and the same numbers over the step for TensorBoard. */
static duro_status record(const session *s, const duro_train_progress *now) {
  const char *const *names;
  const int count = duro_trainer_metrics(s->trainer, &names);
  const duro_status status = duro_csv_row(s->csv, now->metrics);
  if (status) return status;
  // the first column is the step itself
  return duro_events_scalars(s->events, now->step, "train", names + 1, now->metrics + 1, count - 1);
}

static duro_status report(duro_trainer *trainer, const duro_train_progress *now, void *context) {
  session *s = context;
  s->step = now->step;
  const bool row = now->metrics; // not where a signal stopped it between two rows
  duro_status status = row ? record(s, now) : DURO_OK;
  if (!status && row) status = watch_look(&s->watch, trainer, now);
  if (!status && !stop_asked()) progress_show(&s->progress, now, &s->watch.last);
  if (!status && now->snapshot) status = save_checkpoint(s, now->step);
  return status;
}

static void announce(const session *s) {
  if (s->given.quiet) return;
  const duro_train_settings *train = &s->config.train;
  cli_print("%s on %s, seed %" PRId64 ", %" PRId64 " steps -> %s\n", s->config.names.algorithm, s->env->ops->name,
            train->seed, train->steps, s->folder);
  double replay;
  const double bytes = duro_trainer_memory(s->trainer, &replay);
  printf("memory: %.3g MB, of them %.3g MB of the replay\n", bytes * 1e-6, replay * 1e-6);
  if (s->going_on) printf("going on from step %" PRId64 "\n", s->saved);
  fflush(stdout);
}

static void name_newest(char *out, size_t size, const session *s) {
  if (s->saved < 0)
    snprintf(out, size, "none yet");
  else
    snprintf(out, size, "step-%" PRId64 ".safetensors", s->saved);
}

/* "next: duro train --resume RUN", for a shell */
static void print_next(const char *command, const char *option, const char *folder) {
  char *words[] = {(char *)(uintptr_t)command, (char *)(uintptr_t)option, (char *)(uintptr_t)folder};
  text line = {0};
  cli_quote(&line, option ? 3 : 2, option ? words : (char *[]){words[0], words[2]});
  cli_print("next: %s\n", cli_text(&line));
  text_release(&line);
}

static int conclude(session *s, duro_status status) {
  char newest[64];
  progress_clear(&s->progress);
  name_newest(newest, sizeof newest, s);
  if (status == DURO_ERROR_STOPPED) {
    if (s->given.quiet) return CLI_STOPPED;
    cli_print("stopped at step %" PRId64 " of %" PRId64 "; checkpoint %s in %s\n", s->step, s->config.train.steps,
              newest, s->folder);
    print_next("train", "--resume", s->folder);
    return CLI_STOPPED;
  }
  if (status) {
    char message[1024];
    snprintf(message, sizeof message, "%s", duro_error());
    return cli_fail(CLI_FAILED, "%s; newest good checkpoint in %s: %s", message, s->folder, newest);
  }
  if (s->given.quiet) return CLI_DONE;
  cli_print("trained; checkpoint %s\n", newest);
  watch_print_share(&s->watch);
  if (s->trial.deployed.step)
    trial_print(&s->trial);
  else if (watch_judges(&s->config.watch))
    watch_print_choice(&s->watch);
  if (s->watch.last.episodes && !s->config.watch.choose)
    cli_print("%lld of %lld episodes violated the constraint (adversary: %s), return %.5g\n",
              (long long)s->watch.last.violating, (long long)s->watch.last.episodes, s->watch.scenario,
              s->watch.last.return_mean);
  print_next(s->trial.deployed.step ? "attack" : "eval", NULL, s->folder); // what can disprove it
  return CLI_DONE;
}

static duro_status create_trainer(session *s) {
  duro_trainer_destroy(s->trainer);
  s->trainer = NULL;
  duro_status status =
      duro_trainer_create(&s->trainer, s->env, s->config.names.algorithm, &s->config.train, &s->config.learn);
  if (status || !s->given.from) return status;
  char path[CLI_PATH];
  run_path(path, s->given.from, "checkpoints");
  return duro_trainer_start_from(s->trainer, path);
}

/* The replay is not taken before it fills, so that this is the time to refuse it. */
static duro_status create_in_room(session *s) {
  static const char smaller[] = "a smaller train.replay";
  const double available = duro_memory_left();
  const duro_status status = room_explain(create_trainer(s), available, smaller);
  if (status) return status;
  return room_check(duro_trainer_memory(s->trainer, NULL), available, "this training", smaller, s->given.beyond_memory);
}

/* A folder that is there is this process's from here to its end; a new one as soon as it is made. */
static duro_status lock_folder(session *s) {
  if (s->given.resume)
    snprintf(s->folder, sizeof s->folder, "%s", s->given.resume);
  else
    train_folder(s->folder, &s->given, &s->config, s->config.train.seed);
  duro_kind kind;
  const duro_status status = duro_file_look(&kind, s->folder);
  return status || kind == DURO_KIND_NOTHING ? status : made_lock(&s->lock, s->folder);
}

/* Where training stands in the run folder. --go-on with --force begins anew where it cannot go on, or where another
 * program began. */
static duro_status take_up(session *s) {
  duro_resume_info info;
  s->saved = -1;
  s->going_on = s->given.resume;
  duro_status status = s->given.go_on ? train_can_go_on(&s->going_on, s->folder) : DURO_OK;
  if (status || !s->going_on) return status;
  status = train_take_up(s->trainer, s->folder, &s->config, &info);
  const bool lost = status == DURO_ERROR_FILE || status == DURO_ERROR_MEMORY; // perhaps only for the moment
  if (!s->given.resume && s->given.force && !lost && (status || info.other_program)) {
    s->going_on = false;
    return create_trainer(s);
  }
  if (status) return status;
  s->saved = s->step = info.step;
  if (info.other_program)
    fprintf(stderr, "duro: another version of the program began %s: its bits and those to come may differ\n",
            s->folder);
  return DURO_OK;
}

static int train_all(const session *s, const char *environment, int argc, char **argv) {
  text line = {0};
  cli_quote(&line, argc, argv);
  const int ended =
      train_seeds(&s->given, environment, &s->config, cli_text(&line), duro_trainer_memory(s->trainer, NULL));
  text_release(&line);
  return ended;
}

static int train(session *s, const char *environment, int argc, char **argv) {
  // all that can be refused is refused before the folder is made
  duro_status status = configure(s, environment);
  if (!status) status = train_check_system(&s->given, &s->config);
  if (!status) status = duro_env_create(&s->env, s->config.ops, s->config.env);
  if (!status) status = open_adversary(s);
  if (!status) status = create_in_room(s);
  if (!status && s->given.seeds) return train_all(s, environment, argc, argv);
  if (!status) status = lock_folder(s);
  if (!status) status = take_up(s);
  if (!status) status = start_files(s, argc, argv);
  if (status) return cli_report(status);

  announce(s);
  progress_start(&s->progress, s->given.quiet);
  stop_listen(&s->progress, hear, s->trainer);
  duro_status ended = duro_trainer_run(s->trainer, report, s);
  const bool tried = s->config.watch.choose && s->config.watch.trial;
  if (!ended && tried) ended = trial_run(&s->trial, &s->watch, s->folder, &s->progress);
  stop_release();
  return conclude(s, ended);
}

int command_train(int argc, char **argv) {
  session *s = cli_allocate(1, sizeof *s);
  cli_words words;
  int status = cli_parse(&command, &s->given, &words, argc, argv);
  if (status == CLI_GO_ON) status = train(s, words.count ? words.word[0] : NULL, argc, argv);
  watch_stop(&s->watch);
  duro_csv_close(s->csv);
  duro_events_close(s->events);
  duro_trainer_destroy(s->trainer);
  if (s->has_adversary) run_close(&s->adversary);
  duro_env_destroy(s->env);
  run_config_release(&s->config);
  duro_lock_release(s->lock);
  free(s);
  return status;
}

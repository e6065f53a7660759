/* duro train: from settings to a run folder. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/opening.h"
#include "cli/progress.h"
#include "cli/rows.h"
#include "cli/stop.h"
#include "io/text.h"
#include "run/room.h"
#include "study/seeds.h"
#include "train.h"
#include "worker_word.h"

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
    ROW_BEYOND_MEMORY(offsetof(train_options, beyond_memory), "run"),
    ROW_QUIET(offsetof(train_options, quiet)),
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
        "goes on from it; a second Ctrl-C ends at once. What mpirun starts several of trains one run together.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

/* A training run from the first word to the last. */
typedef struct session {
  train_options given;
  run_config config;
  training training;
  progress progress;
  ranks *ranks; // that train it together; NULL: one process
  const duro_transport *transport;
} session;

/* Called from the signal handler. */
static void hear(void *trainer) {
  duro_trainer_stop(trainer);
}

/* Settings, in the order in which each may replace the one before. */

static duro_status set_short(session *s, const char *name, const char *value) {
  return value ? duro_settings_set(s->config.groups, GROUPS, name, value) : DURO_OK;
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
  if (status) return status;
  return run_config_algorithm(&s->config, s->given.algorithm ? s->given.algorithm : s->config.names.algorithm);
}

static duro_status configure(session *s, const char *environment) {
  char path[CLI_PATH];
  duro_status status = train_check_words(&s->given, environment);
  if (status) return status;
  const char *file = s->given.config;
  if (s->given.resume) run_path(path, s->given.resume, "config.yaml"), file = path;
  const char *preset = s->given.preset;
  status = file ? run_config_load(&s->config, environment, file, preset, cli_how())
                : run_config_create(&s->config, environment, cli_how());
  if (!status && preset && !file) status = run_config_preset(&s->config, preset);
  if (status) return status;
  if (!s->config.ops)
    return duro_fail(DURO_ERROR_ARGUMENT, "no environment is given; wanted duro train ENV, see duro envs");
  return apply_settings(s);
}

/* Training. */

/* A signal is heard by the trainer, so that training ends with a checkpoint. */
static duro_status report(const duro_run_progress *now, void *context) {
  session *s = context;
  if (!now->train) return progress_trial(now->trial, &s->progress);
  if (!stop_asked()) progress_show(&s->progress, now);
  return DURO_OK;
}

/* The replay is not taken before it fills, so that this is the time to refuse it. */
static duro_status check_room(const session *s) {
  return room_check(duro_trainer_memory(s->training.trainer, NULL), s->training.available, "this training",
                    "a smaller train.replay, or --" CLI_BEYOND_MEMORY, s->given.beyond_memory);
}

static duro_status begin(session *s) {
  char folder[CLI_PATH];
  seeds_folder(folder, NULL, &s->config, s->config.train.seed);
  return training_begin(&s->training, s->given.resume ? s->given.resume : s->given.out ? s->given.out : folder);
}

static int train(session *s, const char *environment, const char *line) {
  // all that can be refused is refused before the folder is made
  duro_run_options options = duro_run_options_default();
  options.command = line, options.from = s->given.from, options.resume = s->given.resume;
  options.go_on = s->given.go_on, options.replace = s->given.force;
  options.report = report, options.context = s;
  duro_status status = configure(s, environment);
  if (!status) status = train_check_system(&s->given, &s->config);
  if (!status) status = training_create(&s->training, &s->config, &options, cli_how());
  if (!status) status = check_room(s);
  if (!status && s->given.seeds && s->transport)
    status = duro_fail(DURO_ERROR_ARGUMENT, "--seeds trains each seed in one process, not in %d", s->transport->count);
  status = duro_transport_agree(s->transport, status);
  if (!status) status = training_share(&s->training, s->transport);
  if (!status && s->given.seeds)
    return train_seeds(&s->given, environment, &s->config, line, duro_trainer_memory(s->training.trainer, NULL));
  if (status) return cli_report(status);

  progress_start(&s->progress, s->given.quiet);
  stop_listen(&s->progress, hear, s->training.trainer); // before there is a folder, which makes it look begun
  const bool begun = !(status = begin(s));
  if (begun) train_announce(&s->training, s->given.quiet), status = training_run(&s->training);
  stop_release();
  progress_clear(&s->progress);
  return begun ? train_conclude(&s->training, status, s->given.quiet) : cli_report(status);
}

int command_train(int argc, char **argv) {
  session *s = cli_allocate(1, sizeof *s);
  cli_words words;
  text line = {0};
  cli_quote(&line, argc, argv);
  int status = join_ranks(&s->ranks, &s->transport, "train");
  const bool leads = !s->transport || s->transport->rank == 0;
  if (status == CLI_GO_ON) status = cli_parse(&command, &s->given, &words, argc, argv);
  s->given.quiet |= !leads;
  if (status == CLI_GO_ON) status = train(s, words.count ? words.word[0] : NULL, cli_text(&line));
  training_release(&s->training);
  run_config_release(&s->config);
  if (s->ranks) (void)fflush(stdout); // before a rank that ends makes mpirun end the others
  ranks_close(s->ranks);
  if (!leads) status = CLI_DONE; // the status of all is that of the first
  text_release(&line);
  free(s);
  return status;
}

/* duro verify: is a training what it says, bit for bit? */
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
#include "cli/cli.h"
#include "cli/opening.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "duro/duro.h"
#include "env/mujoco.h"
#include "io/file.h"
#include "io/hash.h"
#include "io/number.h"
#include "io/table.h"
#include "run/training.h"
#include "verify.h"

typedef struct verify_options {
  int64_t updates, threads;
  bool hash, quiet;
} verify_options;

#define OPTION(field) offsetof(verify_options, field)
static const cli_option options[] = {
    {"updates", "N", CLI_INT, OPTION(updates), 1, 1e12, NULL,
     "Repeat only about the first N updates, to the next row of train.csv; default: all of it."},
    {"hash", NULL, CLI_FLAG, OPTION(hash), 0, 0, NULL, "Print the hash of the run alone, and repeat nothing."},
    {"threads", "N", CLI_INT, OPTION(threads), 0, 256, NULL,
     "Worker threads; results do not depend on it. Default 0: as many as there are processors."},
    {"quiet", NULL, CLI_FLAG, OPTION(quiet), 0, 0, NULL, "Print nothing but the verdict and errors."},
};
static const cli_command command = {
    .name = "verify",
    .words = "RUN",
    .min_words = 1,
    .max_words = 1,
    .about =
        "Repeats a training from the configuration and the environment that its folder keeps, with looks, choice and "
        "trial, and holds what comes out against what is there, bit for bit: every row of train.csv but for the "
        "columns "
        "of a clock, the tables of the looks and of the trial, every snapshot in policies with what is noted of its "
        "filter, which one is chosen, and the whole state of the newest checkpoint. Nothing is written into the "
        "folder. Exit status 0: the same; 3: different, and the first difference is named; 1: it could not be told. "
        "The hash of a run is one value for all of it, the same on every machine that trained the same.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

/* exit status */
enum { VERIFY_DIFFERENT = 3 };

enum { LONGEST_COMMAND = 1 << 22 }; /* bytes; a system allows no more for all words together */

typedef struct session {
  verify_options given;
  const char *folder;
  run_config config;
  duro_env *env;
  run adversary;
  bool has_adversary;
  training_plan *plans;
  int n_plans;
  duro_trainer *there, *trainer; /* the newest checkpoint, and what is repeated */
  int64_t end;                   /* step of that checkpoint */
  sheet rows;                    /* train.csv */
  int row;
  char scratch[CLI_PATH]; /* folder of the repetition, "" before it is made */
  duro_events *events;
  watch watch;
  trial trial;
  progress progress;
  verify found;
  bool cut; /* ended by --updates */
} session;

static void hear(void *trainer) {
  duro_trainer_stop(trainer);
}

/* ---- what is repeated ---- */

static duro_status get(char out[DURO_TEXT_SIZE], const session *s, const char *key) {
  char path[CLI_PATH];
  run_path(path, s->folder, "run.json");
  return duro_run_json_get(out, DURO_TEXT_SIZE, path, key);
}

/* Another program or MuJoCo may compute other bits, which is said before. */
static duro_status check_program(const session *s) {
  char sources[DURO_TEXT_SIZE], mujoco[DURO_TEXT_SIZE] = "";
  duro_status status = get(sources, s, "sources");
  if (!status && s->config.ops->model) status = get(mujoco, s, "mujoco");
  if (status) return status;
  if (strcmp(sources, duro_sources()) != 0)
    fprintf(stderr, "duro: another version of the program trained %s; its bits may differ\n", s->folder);
  const char *here = duro_env_mujoco_version();
  if (s->config.ops->model && here && strcmp(mujoco, here) != 0)
    fprintf(stderr, "duro: MuJoCo %s trained %s, and this is %s; its bits may differ\n", mujoco, s->folder, here);
  return DURO_OK;
}

static duro_status read_plans(session *s) {
  duro_status status = training_read_plans(&s->plans, &s->n_plans, s->folder);
  if (status) return status;
  if (s->plans[s->n_plans - 1].steps == s->config.train.steps) return DURO_OK;
  return duro_fail(DURO_ERROR_FORMAT,
                   "%s was trained for %" PRId64 " steps, and plan.csv does not say from where on it was; it cannot be "
                   "repeated",
                   s->folder, s->config.train.steps);
}

/* The networks that it began with, where those are another run's. */
static duro_status start(session *s) {
  char path[CLI_PATH];
  duro_kind kind;
  run_path(path, s->folder, "start.safetensors");
  duro_status status = duro_file_look(&kind, path);
  if (!status && kind != DURO_KIND_NOTHING) return duro_trainer_start_from(s->trainer, path);
  run_path(path, s->folder, "run.json");
  char *words = cli_allocate(LONGEST_COMMAND, 1);
  if (!status) status = duro_run_json_get(words, LONGEST_COMMAND, path, "command");
  const bool from = strstr(words, " --from ") || strstr(words, " --from=");
  free(words);
  if (status || !from) return status;
  return duro_fail(DURO_ERROR_FILE,
                   "%s was fine-tuned from another run (--from), and start.safetensors, with which it began, is not "
                   "there; it cannot be repeated",
                   s->folder);
}

static duro_status open_adversary(session *s) {
  const run_names *names = &s->config.names;
  if (!names->adversary[0]) return DURO_OK;
  const duro_status status = run_open(&s->adversary, names->adversary, NULL, 0, cli_how());
  if (status) return status;
  s->has_adversary = true;
  char hash[DURO_HASH_TEXT];
  duro_hash_print(hash, duro_policy_hash(s->adversary.policy));
  if (!names->adversary_hash[0] || strcmp(names->adversary_hash, hash) == 0) return DURO_OK;
  return duro_fail(DURO_ERROR_FORMAT,
                   "%s is not the adversary of this run any more: its policy has the hash %s; wanted %s",
                   names->adversary, hash, names->adversary_hash);
}

static duro_status create_trainer(session *s, duro_trainer **trainer) {
  return duro_trainer_create(trainer, s->env, s->config.names.algorithm, &s->config.train, &s->config.learn);
}

static duro_status read_end(session *s) {
  char path[CLI_PATH];
  duro_resume_info info;
  run_path(path, s->folder, "checkpoints");
  duro_status status = create_trainer(s, &s->there);
  if (!status) status = duro_trainer_resume(s->there, path, 0, &info);
  if (!status) s->end = info.step;
  return status;
}

static duro_status make_scratch(session *s) {
  static const char *const parts[] = {"policies", "eval"};
  const char *where = getenv("TMPDIR");
  char path[CLI_PATH];
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

static void remove_scratch(const session *s) {
  static const char *const parts[] = {"policies", "eval", ""};
  char folder[CLI_PATH], path[CLI_PATH];
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

static duro_status prepare(session *s) {
  char path[CLI_PATH];
  duro_status status = run_config_open(&s->config, s->folder, cli_how());
  if (status) return status;
  if (!s->config.ops) return duro_fail(DURO_ERROR_FORMAT, "%s does not say run.environment", s->folder);
  s->config.train.threads = s->given.threads;
  run_path(path, s->folder, "train.csv");
  if ((status = sheet_read(&s->rows, path))) return status;
  status = check_program(s);
  if (!status) status = read_plans(s);
  if (!status) status = duro_env_create(&s->env, s->config.ops, s->config.env);
  if (!status) status = open_adversary(s);
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
static void compare_row(session *s, const duro_train_progress *now) {
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

static duro_status report(duro_trainer *trainer, const duro_train_progress *now, void *context) {
  session *s = context;
  if (!now->metrics) return DURO_OK;
  compare_row(s, now);
  duro_status status = s->found.difference[0] ? DURO_OK : watch_look(&s->watch, trainer, now);
  if (!status && s->watch.present.step == now->step) status = verify_networks(&s->found, now->step);
  const watch_result *last = &s->watch.last;
  const duro_run_progress seen = {.train = now,
                                  .look_episodes = last->episodes,
                                  .look_violating = last->violating,
                                  .look_return = last->return_mean};
  if (!stop_asked()) progress_show(&s->progress, &seen);
  if (s->given.updates && now->update >= s->given.updates && now->step < s->end) {
    s->cut = true;
    s->found.until = now->step;
  }
  if (s->found.difference[0] || s->cut) duro_trainer_stop(trainer);
  return status;
}

static bool tries(const session *s) {
  return s->config.watch.choose && s->config.watch.trial;
}

/* Training by plan k, to where the next one begins or the newest checkpoint is. */
static duro_status repeat_plan(session *s, int k) {
  const bool last = k + 1 == s->n_plans;
  const int64_t until = last ? s->end : s->plans[k + 1].step, steps = s->plans[k].steps;
  s->config.train.steps = steps;
  s->watch.train = &s->config.train;
  duro_status status = k ? duro_trainer_plan(s->trainer, steps) : DURO_OK;
  if (!status) status = watch_start(&s->watch, s->scratch, k ? s->plans[k].step : -1);
  if (status) return status;
  duro_trainer_stop_at(s->trainer, until);
  status = duro_trainer_run(s->trainer, report, s);
  if (status == DURO_ERROR_STOPPED && !stop_asked()) status = DURO_OK;
  const bool ended = until >= steps && !s->cut && !s->found.difference[0];
  if (!status && ended && tries(s) && (last || s->plans[k + 1].tried))
    status = trial_run(&s->trial, &s->watch, s->scratch, progress_trial, &s->progress);
  watch_stop(&s->watch);
  return status;
}

/* Rows behind the newest checkpoint are those of a run that was killed, and are made again by a resume. */
static bool nothing_follows(const session *s) {
  return s->rows.rows == 0 || sheet_number(&s->rows, s->rows.rows - 1, "step") <= (double)s->end;
}

static void compare_end(session *s) {
  const char *name = duro_trainer_difference(s->there, s->trainer);
  if (name)
    verify_differ(&s->found, "checkpoints: \"%s\" at step %" PRId64 " is not that of the repeated training", name,
                  s->end);
  if (s->row < s->rows.rows && sheet_number(&s->rows, s->row, "step") <= (double)s->end)
    verify_differ(&s->found, "train.csv has more rows than the repeated training, %d", s->row);
}

static duro_status repeat(session *s) {
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

static int conclude(session *s, duro_status status) {
  progress_clear(&s->progress);
  if (status) return status == DURO_ERROR_STOPPED ? CLI_STOPPED : cli_report(status);
  if (s->found.difference[0]) {
    cli_print("different: %s\n", s->found.difference);
    return VERIFY_DIFFERENT;
  }
  cli_print("the same: %d rows of train.csv, %d snapshots%s%s\n", s->row, s->found.snapshots,
            s->cut ? ", as far as it was repeated" : ", and the whole state of the newest checkpoint",
            s->cut || s->found.whole ? "" : "; what came after it was not compared");
  return CLI_DONE;
}

/* What cannot be repeated cannot be told, whatever is wrong with it. */
static int give_up(void) {
  return cli_fail(CLI_FAILED, "%s", duro_error());
}

static int verify_run(session *s) {
  uint64_t hash;
  char printed[DURO_HASH_TEXT];
  if (duro_run_hash(&hash, s->folder)) return give_up();
  duro_hash_print(printed, hash);
  cli_print(s->given.hash ? "%s\n" : "hash of the run: %s\n", printed);
  if (s->given.hash) return CLI_DONE;
  if (prepare(s)) return give_up();
  progress_start(&s->progress, s->given.quiet);
  stop_listen(&s->progress, hear, s->trainer);
  const duro_status status = repeat(s);
  stop_release();
  return conclude(s, status);
}

static void release(session *s) {
  duro_events_close(s->events);
  remove_scratch(s);
  duro_trainer_destroy(s->there);
  duro_trainer_destroy(s->trainer);
  if (s->has_adversary) run_close(&s->adversary);
  duro_env_destroy(s->env);
  run_config_release(&s->config);
  sheet_release(&s->rows);
  duro_release(s->plans);
  free(s);
}

int command_verify(int argc, char **argv) {
  session *s = cli_allocate(1, sizeof *s);
  cli_words words;
  int status = cli_parse(&command, &s->given, &words, argc, argv);
  if (status == CLI_GO_ON) {
    s->folder = words.word[0];
    status = verify_run(s);
  }
  release(s);
  return status;
}

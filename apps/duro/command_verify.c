/* duro verify: is a training what it says, bit for bit? */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "duro/duro.h"
#include "io/hash.h"
#include "io/table.h"
#include "run.h"

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
        "Repeats a training from the configuration and the environment that its folder keeps, and holds what comes out "
        "against what is there, bit for bit: every row of train.csv but for the columns of a clock, every snapshot in "
        "policies, and at the end the whole state of the newest checkpoint. Nothing is written. Exit status 0: the "
        "same; "
        "1: it is not, or could not be told; the first difference is named. The hash of a run is one value for all of "
        "it, the same on every machine that trained the same.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

typedef struct session {
  verify_options given;
  const char *folder;
  run_config config;
  duro_env *env;
  duro_trainer *trainer;
  sheet rows; /* train.csv */
  int row, snapshots;
  progress progress;
  char difference[1024]; /* "": none yet */
  bool cut;              /* ended by --updates */
} session;

static void hear(void *trainer) {
  duro_trainer_stop(trainer);
}

static bool is_clock(const char *column) {
  return strcmp(column, "seconds") == 0 || strcmp(column, "steps_per_second") == 0;
}

/* the next row of train.csv against the present one */
static void compare_row(session *s, const duro_train_progress *now) {
  const char *const *names;
  const int count = duro_trainer_metrics(s->trainer, &names);
  if (s->row >= s->rows.rows) {
    snprintf(s->difference, sizeof s->difference, "train.csv ends before step %" PRId64, now->step);
    return;
  }
  for (int i = 0; i < count; i++) {
    if (is_clock(names[i])) continue;
    const double there = sheet_number(&s->rows, s->row, names[i]), here = now->metrics[i];
    if (memcmp(&there, &here, sizeof here) == 0 || (isnan(there) && isnan(here))) continue;
    snprintf(s->difference, sizeof s->difference,
             "train.csv: %s is %.17g at step %" PRId64 "; the repeated training has %.17g", names[i], there, now->step,
             here);
    return;
  }
  s->row++;
}

/* a snapshot of this step, if there is one, against the present networks */
static duro_status compare_snapshot(session *s, const duro_train_progress *now) {
  char path[CLI_PATH], name[64], copy[] = "/tmp/duro-verify-XXXXXX";
  snprintf(name, sizeof name, "policies/step-%" PRId64 ".safetensors", now->step);
  run_path(path, s->folder, name);
  if (access(path, F_OK)) return DURO_OK;
  const int fd = mkstemp(copy);
  if (fd < 0) return duro_fail(DURO_ERROR_FILE, "cannot make a temporary file in /tmp");
  close(fd);
  duro_tensor_file *there = NULL, *here = NULL;
  duro_status status = duro_trainer_save_policy(s->trainer, copy);
  if (!status) status = duro_tensors_open(&there, path);
  if (!status) status = duro_tensors_open(&here, copy);
  for (int i = 0; !status && !s->difference[0] && i < duro_tensors_count(here); i++) {
    const duro_tensor *mine = duro_tensors_at(here, i), *other = duro_tensors_find(there, mine->name);
    if (other && duro_tensor_bytes(other) == duro_tensor_bytes(mine) &&
        memcmp(other->data, mine->data, duro_tensor_bytes(mine)) == 0)
      continue;
    snprintf(s->difference, sizeof s->difference, "%s: \"%s\" has other parameters than the repeated training", name,
             mine->name);
  }
  if (there) duro_tensors_close(there);
  if (here) duro_tensors_close(here);
  unlink(copy);
  s->snapshots++;
  return status;
}

static duro_status report(duro_trainer *trainer, const duro_train_progress *now, void *context) {
  session *s = context;
  if (!now->metrics) return DURO_OK;
  compare_row(s, now);
  const duro_status status = s->difference[0] ? DURO_OK : compare_snapshot(s, now);
  if (!stop_asked()) progress_show(&s->progress, now, &(watch_result){0});
  s->cut |= s->given.updates && now->update >= s->given.updates && now->step < now->steps;
  if (s->difference[0] || s->cut) duro_trainer_stop(trainer);
  return status;
}

/* the whole state at the end against the newest checkpoint */
static duro_status compare_end(session *s) {
  char path[CLI_PATH];
  duro_resume_info info;
  duro_trainer *there;
  duro_status status =
      duro_trainer_create(&there, s->env, s->config.names.algorithm, &s->config.train, &s->config.learn);
  if (status) return status;
  run_path(path, s->folder, "checkpoints");
  status = duro_trainer_resume(there, path, 0, &info);
  const char *name = status ? NULL : duro_trainer_difference(there, s->trainer);
  if (name)
    snprintf(s->difference, sizeof s->difference,
             "checkpoints: \"%s\" at step %" PRId64 " is not that of the repeated "
             "training",
             name, info.step);
  else if (!status && s->row < s->rows.rows)
    snprintf(s->difference, sizeof s->difference, "train.csv has %d rows; the repeated training has %d", s->rows.rows,
             s->row);
  duro_trainer_destroy(there);
  return status;
}

/* Was it fine-tuned from another run, or made by another program? run.json says how it was called. */
static duro_status check_origin(const session *s) {
  char path[CLI_PATH], *text;
  size_t size;
  run_path(path, s->folder, "run.json");
  const duro_status status = duro_file_read(&text, &size, path);
  if (status) return status;
  const bool from = strstr(text, " --from ") || strstr(text, " --from=");
  char sources[64];
  snprintf(sources, sizeof sources, "%s", duro_sources());
  const bool other = !strstr(text, sources);
  duro_file_release(text);
  if (other) fprintf(stderr, "duro: another version of the program trained %s; its bits may differ\n", s->folder);
  return from ? duro_fail(DURO_ERROR_ARGUMENT,
                          "%s was fine-tuned from another run (--from), and cannot be repeated alone", s->folder)
              : DURO_OK;
}

static duro_status prepare(session *s) {
  char path[CLI_PATH];
  duro_status status = run_config_open(&s->config, s->folder);
  if (status) return status;
  if (!s->config.ops) return duro_fail(DURO_ERROR_FORMAT, "%s does not say run.environment", s->folder);
  s->config.train.threads = s->given.threads;
  run_path(path, s->folder, "train.csv");
  status = check_origin(s);
  if (!status) status = sheet_read(&s->rows, path);
  if (!status) status = duro_env_create(&s->env, s->config.ops, s->config.env);
  if (!status)
    status = duro_trainer_create(&s->trainer, s->env, s->config.names.algorithm, &s->config.train, &s->config.learn);
  return status;
}

static int conclude(session *s, duro_status status) {
  progress_clear(&s->progress);
  const bool meant = s->difference[0] || s->cut;
  if (status == DURO_ERROR_STOPPED && meant) status = DURO_OK;
  if (status) return cli_report(status);
  if (s->difference[0]) {
    cli_print("different: %s\n", s->difference);
    return CLI_FAILED;
  }
  cli_print("the same: %d rows of train.csv, %d snapshots%s\n", s->row, s->snapshots,
            s->cut ? ", as far as it was repeated" : ", and the whole state of the newest checkpoint");
  return CLI_DONE;
}

static int verify(session *s) {
  uint64_t hash;
  char printed[DURO_HASH_TEXT];
  duro_status status = duro_run_hash(&hash, s->folder);
  if (status) return cli_report(status);
  duro_hash_print(printed, hash);
  cli_print(s->given.hash ? "%s\n" : "hash of the run: %s\n", printed);
  if (s->given.hash) return CLI_DONE;
  if ((status = prepare(s))) return cli_report(status);
  progress_start(&s->progress, s->given.quiet);
  stop_listen(&s->progress, hear, s->trainer);
  status = duro_trainer_run(s->trainer, report, s);
  if (!status && !s->difference[0]) status = compare_end(s);
  stop_release();
  return conclude(s, status);
}

int command_verify(int argc, char **argv) {
  session *s = cli_allocate(1, sizeof *s);
  cli_words words;
  int status = cli_parse(&command, &s->given, &words, argc, argv);
  if (status == CLI_GO_ON) {
    s->folder = words.word[0];
    status = verify(s);
  }
  duro_trainer_destroy(s->trainer);
  duro_env_destroy(s->env);
  run_config_release(&s->config);
  sheet_release(&s->rows);
  free(s);
  return status;
}

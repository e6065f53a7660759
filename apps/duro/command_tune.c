/* duro tune: a search over settings, chosen on looks and judged by attackers. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/opening.h"
#include "cli/rows.h"
#include "io/text.h"
#include "run/made.h"
#include "show/jobs_line.h"
#include "show/tune_page.h"
#include "study/tune.h"
#include "worker_word.h"

typedef struct tune_options {
  const char *out, *worker;
  int64_t jobs, patience;
  bool dry_run, quiet;
} tune_options;

#define OPTION(field) offsetof(tune_options, field)
static const cli_option options[] = {
    {"out", "DIR", CLI_TEXT, OPTION(out), 0, 0, NULL, "Folder of the results; default tunings/<name of the file>."},
    {"jobs", "N", CLI_INT, OPTION(jobs), 1, 256, NULL,
     "Trainings side by side, one thread each; default: as many as there are processors."},
    {"dry-run", NULL, CLI_FLAG, OPTION(dry_run), 0, 0, NULL,
     "List the configurations and the trainings that come next; run nothing."},
    {"worker", "N/M", CLI_TEXT, OPTION(worker), 0, 0, NULL,
     "Run what other workers do not: start M of them, each with its N, on machines that share the folder; mpi: "
     "the number that mpirun or srun gave."},
    {"patience", "SECONDS", CLI_INT, OPTION(patience), 1, 86400, NULL,
     "For how long a worker of another machine may say nothing before its jobs are taken over; default 120."},
    ROW_QUIET(OPTION(quiet)),
};
static const cli_command command = {
    .name = "tune",
    .words = "FILE",
    .min_words = 1,
    .max_words = 1,
    .about =
        "Searches for settings of training, as a YAML file says: draws configurations at random, trains all for a part "
        "of the steps, and lets those that violate least in their looks train on, until the last ones have all steps. "
        "The best one and the default are trained anew with other seeds and judged by attackers. Leaves best.yaml, for "
        "duro train --config, tune.csv, judged.csv and report.html. The same command goes on after a stop or a kill.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

static void print_configurations(const tune *t) {
  for (int i = 0; i < t->count; i++) {
    text line = {0};
    text_add(&line, i ? "%4d" : "default", i);
    for (int k = 0; i && k < t->file->n_settings; k++)
      text_add(&line, " %s=%s", t->file->settings[k].name, t->all[i].value[k]);
    cli_print("%s\n", cli_text(&line));
    text_release(&line);
  }
}

static int list(const tune *t) {
  print_configurations(t);
  for (int i = 0; i < t->list.count; i++)
    cli_print("%-7s%s\n", t->list.jobs[i].state == JOB_DONE ? "done" : "to do", t->list.jobs[i].name);
  printf("%d of %d jobs that are planned so far are done\n", jobs_count(&t->list, JOB_DONE), t->list.count);
  return CLI_DONE;
}

static void print_chosen(const tune *t) {
  const int last = t->file->n_rungs - 1;
  const struct tune_score *s = &t->all[t->best].at[last];
  char name[32] = "the default";
  if (t->best) snprintf(name, sizeof name, "configuration %d", t->best);
  cli_print("chosen on looks, %d seed%s: %s, %" PRId64 " of %" PRId64 " episodes violated, return %.2f\n",
            t->file->seeds.count, t->file->seeds.count > 1 ? "s" : "", name, s->violating, s->episodes, s->score);
  for (int k = 0; t->best && k < t->file->n_settings; k++)
    cli_print("  %s=%s\n", t->file->settings[k].name, t->all[t->best].value[k]);
}

static void print_judged(const tune *t) {
  printf("judged on %d other seed%s, other starts, by attackers:\n  %-16s%-10s%14s%12s%10s\n", t->file->judges.count,
         t->file->judges.count > 1 ? "s" : "", "attacker", "settings", "violating", "return", "worst h");
  for (int i = 0; i < t->n_judged; i++) {
    const tune_judged *j = &t->judged[i];
    char violating[48];
    snprintf(violating, sizeof violating, "%" PRId64 "/%" PRId64, j->violating, j->episodes);
    cli_print("  %-16s%-10s%14s%12.2f%10.3f\n", j->attacker, j->is_default ? "default" : "chosen", violating,
              j->return_mean, j->h_min);
  }
}

static int conclude(const tune *t, const char *line, bool quiet) {
  duro_status status = tune_save(t);
  if (!status) status = tune_page(t, line);
  if (status) return cli_report(status);
  print_chosen(t);
  print_judged(t);
  if (!quiet) cli_print("%s/report.html\nnext: duro train --config %s/best.yaml\n", t->folder, t->folder);
  return CLI_DONE;
}

/* Rung after rung. A training that fails by its settings ends its configuration; one that fails otherwise, on a full
 * disk for example, says nothing about them and ends the command. */
static int run_all(tune *t, const tune_options *given, jobs_share *share, const char *line) {
  const int parallel = given->jobs ? (int)given->jobs : duro_threads(0);
  for (;;) {
    duro_status status = tune_plan(t);
    if (status) return cli_report(status);
    if (t->finished) break;
    if (!share && (status = jobs_claim_none(&t->list))) return cli_report(status);
    if (share) share->more = t->best < 0;
    const int ended = cli_run_jobs(&t->list, parallel, share, line, given->quiet);
    if (ended && (ended != CLI_FAILED || !tune_note_failures(t))) return ended;
  }
  return conclude(t, line, given->quiet);
}

static int run_locked(tune *t, const tune_options *given, jobs_share *share, const char *line) {
  duro_lock *lock = NULL;
  duro_status status = share ? duro_folder_create(t->folder) : made_lock(&lock, t->folder);
  if (!status) status = made_check_page(t->folder);
  const int ended = status ? cli_report(status) : run_all(t, given, share, line);
  duro_lock_release(lock);
  return ended;
}

static int run_tune(const tune_file *f, const tune_options *given, const char *line) {
  char folder[CLI_PATH];
  tune t;
  jobs_share share = {.patience = (double)given->patience, .only = -1, .last = -1};
  const int read = given->worker ? read_worker(&share, given->worker) : CLI_GO_ON;
  if (read != CLI_GO_ON) return read;
  run_results(folder, given->out, "tunings", f->path);
  duro_status status = tune_create(&t, f, folder, cli_how());
  if (status) return cli_report(status);
  if (given->dry_run) status = tune_plan(&t);
  const int ended = status           ? cli_report(status)
                    : given->dry_run ? list(&t)
                                     : run_locked(&t, given, given->worker ? &share : NULL, line);
  tune_destroy(&t);
  return ended;
}

int command_tune(int argc, char **argv) {
  tune_options given = {.patience = 120};
  cli_words words;
  tune_file *f = NULL;
  const int parsed = cli_parse(&command, &given, &words, argc, argv);
  if (parsed != CLI_GO_ON) return parsed;
  const duro_status status = tune_open(&f, words.word[0]);
  if (status) return cli_report(status);
  text line = {0};
  cli_quote(&line, argc, argv);
  const int ended = run_tune(f, &given, cli_text(&line));
  text_release(&line);
  tune_close(f);
  return ended;
}

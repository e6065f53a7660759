/* duro experiment: a file with environments, algorithms, seeds and attackers into a page with results. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/opening.h"
#include "cli/rows.h"
#include "experiment_run.h"
#include "io/text.h"
#include "show/experiment_list.h"

typedef struct experiment_options {
  const char *out, *only, *launcher, *worker, *job, *time;
  int64_t jobs, patience;
  cli_words slurm, mpi;
  bool dry_run, page, list, one_file, quiet;
} experiment_options;

#define OPTION(field) offsetof(experiment_options, field)
static const cli_option options[] = {
    {"out", "DIR", CLI_TEXT, OPTION(out), 0, 0, NULL, "Folder of the results; default experiments/<name of the file>."},
    {"jobs", "N", CLI_INT, OPTION(jobs), 1, 256, NULL,
     "Jobs side by side, one thread each; default: as many as there are processors; of Slurm: as many as it likes."},
    {"only", "GROUP", CLI_TEXT, OPTION(only), 0, 0, NULL, "Run this group alone."},
    {"dry-run", NULL, CLI_FLAG, OPTION(dry_run), 0, 0, NULL, "List the jobs and which of them are done; run nothing."},
    {"launcher", "HOW", CLI_TEXT, OPTION(launcher), 0, 0, "local|slurm|mpi|print",
     "slurm: submit what is not done, an array of jobs for each stage; mpi: mpirun starts workers, --jobs of them, "
     "that share the folder; print: run nothing, and print the command of each job that is not done with what it "
     "builds on, "
     "as a makefile; default: local, on this machine."},
    {"slurm", "OPTIONS", CLI_LIST, OPTION(slurm), 0, 0, NULL,
     "Further options of sbatch, as --slurm='--partition=long --mem=2G'."},
    {"mpi", "OPTIONS", CLI_LIST, OPTION(mpi), 0, 0, NULL, "Further options of mpirun, as --mpi='--hostfile machines'."},
    {"time", "LIMIT", CLI_TEXT, OPTION(time), 0, 0, NULL,
     "Limit of those jobs of Slurm of which none has been measured, as 4:00:00; default: that of the partition."},
    {"worker", "N/M", CLI_TEXT, OPTION(worker), 0, 0, NULL,
     "Run what other workers do not: start M of them, each with its N, on machines that share the folder; mpi: the "
     "number that mpirun or srun gave. Ends when all jobs have; one of them makes the page."},
    {"job", "NAME", CLI_TEXT, OPTION(job), 0, 0, NULL,
     "Run this job alone, unless it is done; --launcher print names them."},
    {"patience", "SECONDS", CLI_INT, OPTION(patience), 1, 86400, NULL,
     "For how long a worker of another machine may say nothing before its jobs are taken over; default 120."},
    {"page", NULL, CLI_FLAG, OPTION(page), 0, 0, NULL, "Only make the page again from what is there."},
    {"list", NULL, CLI_FLAG, OPTION(list), 0, 0, NULL,
     "Of each experiment of a folder, configs/experiments where none is given, or of one file: its size, and how long "
     "it took, by the tables in experiments/ or results/; run nothing."},
    ROW_ONE_FILE(OPTION(one_file), "report.html"),
    ROW_QUIET(OPTION(quiet)),
};
static const cli_command command = {
    .name = "experiment",
    .words = "FILE",
    .min_words = 0,
    .max_words = 1,
    .about =
        "Runs the experiment of a YAML file, groups of algorithms x seeds x attackers: solves, trains, attacks and "
        "compares the learned sets, several jobs at a time, and makes report.html with curves, attack matrix, "
        "statistics and tables. Ctrl-C stops; the same command goes on, also after a kill, and does again only "
        "what has changed.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

/* One way to run at a time. */
static int check_ways(const experiment_options *given) {
  const bool local = !given->launcher || !strcmp(given->launcher, "local");
  const char *ways[] = {given->worker ? "worker" : NULL,   given->job ? "job" : NULL,   given->page ? "page" : NULL,
                        given->dry_run ? "dry-run" : NULL, given->list ? "list" : NULL, local ? NULL : "launcher"};
  const char *first = NULL;
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    if (first && ways[i]) return cli_fail(CLI_USAGE, "--%s and --%s exclude each other", first, ways[i]);
    if (ways[i]) first = ways[i];
  }
  if (given->one_file && first && !given->page)
    return cli_fail(CLI_USAGE,
                    "--%s does not make the page as --one-file wants it; wanted --page --one-file afterwards", first);
  return CLI_GO_ON;
}

static int run_as_wanted(const experiment_way *way, const experiment_options *given) {
  if (given->dry_run) return launch_list(way);
  if (given->page) return launch_page(way);
  if (given->worker) return launch_worker(way);
  if (given->job) return launch_job(way);
  if (given->launcher && !strcmp(given->launcher, "print")) return launch_print(way);
  if (given->launcher && !strcmp(given->launcher, "mpi")) return launch_mpi(way);
  return given->launcher && !strcmp(given->launcher, "slurm") ? launch_slurm(way) : launch_local(way);
}

static int run_experiment(const experiment *e, const experiment_options *given, const char *line) {
  char folder[CLI_PATH];
  experiment_plan plan;
  const experiment_way way = {
      .at = {.e = e, .plan = &plan, .folder = folder, .only = given->only, .patience = given->patience},
      .worker = given->worker,
      .job = given->job,
      .jobs = given->jobs,
      .time = given->time,
      .slurm = &given->slurm,
      .mpi = &given->mpi,
      .line = line,
      .one_file = given->one_file,
      .quiet = given->quiet};
  run_results(folder, given->out, "experiments", e->path);
  duro_status status = experiment_check(e, given->only, cli_how());
  if (status) return cli_report(status);
  status = experiment_plan_make(&plan, e, folder, given->only, cli_how());
  const int ended = status ? cli_report(status) : run_as_wanted(&way, given);
  experiment_plan_release(&plan);
  return ended;
}

int command_experiment(int argc, char **argv) {
  experiment_options given = {.patience = 120};
  cli_words words;
  experiment e;
  const int parsed = cli_parse(&command, &given, &words, argc, argv);
  if (parsed != CLI_GO_ON) return parsed;
  const int ways = check_ways(&given);
  if (ways != CLI_GO_ON) return ways;
  if (given.list) return show_experiments(words.count ? words.word[0] : "configs/experiments");
  if (!words.count) return cli_fail(CLI_USAGE, "duro experiment wants FILE; see duro experiment --help");
  const duro_status status = experiment_read(&e, words.word[0]);
  if (status) return cli_report(status);
  text line = {0};
  cli_quote(&line, argc, argv);
  const int ended = run_experiment(&e, &given, cli_text(&line));
  text_release(&line);
  experiment_release(&e);
  return ended;
}

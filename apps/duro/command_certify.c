/* duro certify: a certificate beside a run, and where the run's policy needs no filter. */
#include <math.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/opening.h"
#include "cli/rows.h"
#include "cli/stop.h"
#include "show/json_out.h"
#include "study/certified.h"

typedef struct certify_given {
  duro_certified_options asked;
  cli_words set;
  bool json;
  progress progress;
} certify_given;

#define OPTION(field) offsetof(certify_given, asked.field)
static const cli_option options[] = {
    {"certificate", "FILE", CLI_TEXT, OPTION(certificate), 0, 0, NULL,
     "Take this certificate, set.certificate of duro solve --certify; default: one is made."},
    {"solution", "DIR", CLI_TEXT, OPTION(solution), 0, 0, NULL, "Take that of this folder of duro solve --certify."},
    {"grid", "SHAPE", CLI_TEXT, OPTION(grid), 0, 0, NULL,
     "Vertices of the grid that one is made on, 201x201, or of each axis, 51; default: a size that fits."},
    {"low", "NUMBERS", CLI_TEXT, OPTION(low), 0, 0, NULL,
     "Its lower edges, divided by commas, or one for all; default: the environment's region of interest."},
    {"high", "NUMBERS", CLI_TEXT, OPTION(high), 0, 0, NULL, "Its upper edges, likewise."},
    {"set", "GROUP.K=V", CLI_LIST, offsetof(certify_given, set), 0, 0, NULL,
     "Set a number of the proof, certificate.name=value, of its grid, grid.name=value, or, of a controller, of the "
     "environment, env.name=value; may be repeated."},
    {"states", "N", CLI_INT, OPTION(states), 1, 1e7, NULL, "States that are drawn from the set; default 4096."},
    {"seed", "N", CLI_INT, OPTION(seed), 0, 9007199254740992.0, NULL, "Seed of these states; default 1."},
    ROW_ENVIRONMENT(OPTION(environment)),
    ROW_THREADS(OPTION(threads)),
    ROW_BEYOND_MEMORY(OPTION(beyond_memory), "grid"),
    ROW_QUIET(offsetof(certify_given, progress.quiet)),
    {"json", NULL, CLI_FLAG, offsetof(certify_given, json), 0, 0, NULL,
     "Print one JSON value and nothing else: certified.json."},
};
static const cli_command command = {
    .name = "certify",
    .words = "RUN",
    .min_words = 1,
    .max_words = 1,
    .about =
        "Makes a certificate of the environment of a run, or takes one: a set of states from which the system can be "
        "kept safe for ever, with a proof that duro-recheck checks. Then asks at states drawn from the set whether the "
        "policy's own control is proved to stay in it, and where not, whether the safety filter of the certificate has "
        "one, with 95 % Clopper-Pearson intervals. Leaves certified/certified.json and certified/set.certificate in "
        "the run folder, which duro card and duro report show; RUN/certified is a source of --filter.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

static duro_status ask(void *context) {
  (void)context;
  return stop_if_asked();
}

static duro_status show_proof(const duro_certificate_progress *now, void *context) {
  const certify_given *given = context;
  if (given->progress.quiet || !given->progress.terminal) return DURO_OK;
  progress_part parts[] = {{.weight = 2}, {.weight = 1}};
  snprintf(parts[0].text, sizeof parts[0].text, "proof, round %lld", (long long)now->round);
  snprintf(parts[1].text, sizeof parts[1].text, "%lld of %lld", (long long)now->tried, (long long)now->cells);
  progress_draw(&given->progress, NAN, parts, sizeof parts / sizeof *parts);
  return DURO_OK;
}

static void print_count(const char *what, int64_t count, int64_t states) {
  const duro_interval share = duro_clopper_pearson(count, states, 0.05);
  printf("  %-52s %6.2f %%   %.2f to %.2f %%\n", what, 100 * share.value, 100 * share.low, 100 * share.high);
}

static void print(const duro_certified *found, const char *file) {
  cli_print("certified set: volume %.6g; duro-recheck %s proves it again\n", found->volume, file);
  if (!found->states) {
    printf("  the set is empty: nothing is certified\n");
    return;
  }
  printf("  proved for every state of it: the certificate's own control keeps h >= 0 for ever\n");
  printf("  of %lld states drawn from it%*s share   95 %% interval\n", (long long)found->states, 26, "");
  print_count("the policy's own control is proved to stay", found->own, found->states);
  print_count("not so, but a nearest one of the filter is", found->nearest, found->states);
  print_count("only the fallback, the certificate's own control", found->fallback, found->states);
  print_count("nothing was proved", found->none, found->states);
}

static int conclude(const certify_given *given, const duro_certified *found, duro_status status, const char *folder) {
  char file[CLI_PATH], json[CLI_PATH];
  progress_clear(&given->progress);
  if (status == DURO_ERROR_STOPPED) {
    if (!given->progress.quiet) printf("stopped; nothing was written\n");
    return CLI_STOPPED;
  }
  if (status) return cli_report(status);
  run_path(file, folder, CERTIFIED_FOLDER "/" CERTIFIED_FILE);
  run_path(json, folder, CERTIFIED_FOLDER "/certified.json");
  if (given->json) return (status = json_out_file(json)) ? cli_report(status) : CLI_DONE;
  if (!given->progress.quiet) print(found, file);
  return CLI_DONE;
}

int command_certify(int argc, char **argv) {
  certify_given given = {.asked = duro_certified_options_default()};
  duro_certified found = {0};
  char folder[RUN_PATH];
  cli_words words;
  const int parsed = cli_parse(&command, &given, &words, argc, argv);
  if (parsed != CLI_GO_ON) return parsed;
  given.asked.settings = given.set.word;
  given.asked.n_settings = given.set.count;
  given.asked.report = show_proof;
  given.asked.ask = ask;
  given.asked.context = &given;
  run_place(folder, words.word[0]);
  progress_start(&given.progress, given.progress.quiet || given.json);
  stop_listen(&given.progress, NULL, NULL);
  const duro_status status = certified_run(&found, words.word[0], &given.asked, cli_how_with(given.asked.environment));
  stop_release();
  return conclude(&given, &found, status, folder);
}

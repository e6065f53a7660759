/* duro solve: the exact answer of an environment on a grid, or of a finite game. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory_left.h"
#include "cli/cli.h"
#include "cli/opening.h"
#include "cli/rows.h"
#include "cli/stop.h"
#include "run/room.h"
#include "show/json_out.h"
#include "solve.h"
#include "worker_word.h"

#define OPTION(field) offsetof(solve_given, asked.field), 0, 0, NULL
#define SHOWN(field) offsetof(solve_given, field), 0, 0, NULL
static const cli_option options[] = {
    {"grid", "SHAPE", CLI_TEXT, OPTION(grid),
     "Vertices of each axis, 201x201, or of all, 51; default: a size that fits."},
    {"low", "NUMBERS", CLI_TEXT, OPTION(low),
     "Lower edge of each axis, divided by commas, or one for all; default: the environment's region of interest."},
    {"high", "NUMBERS", CLI_TEXT, OPTION(high), "Upper edge of each axis, likewise."},
    {"discount", "G", CLI_TEXT, OPTION(discount), "Short for --set grid.discount=G; 1, the default, is undiscounted."},
    {"no-disturbance", NULL, CLI_FLAG, OPTION(no_disturbance), "Short for --set grid.disturbance=false."},
    {"certify", NULL, CLI_FLAG, OPTION(certify),
     "Prove an inner set as well, on the grid or made of cones (certificate.method); duro-recheck checks the file."},
    {"config", "FILE", CLI_TEXT, OPTION(config),
     "Read the settings env.* of a YAML file, such as the task of a MuJoCo model; other groups are ignored."},
    {"set", "GROUP.K=V", CLI_LIST, OPTION(set),
     "Set a number of the grid, grid.name=value, of the environment, env.name=value, of the proof, "
     "certificate.name=value, "
     "or of a finite game, game.name=value; may be repeated."},
    {"threads", "N", CLI_TEXT, OPTION(threads), "Short for --set grid.threads=N."},
    {"out", "DIR", CLI_TEXT, OPTION(out), "Folder of the solution; default solutions/ENV."},
    {"resume", NULL, CLI_FLAG, OPTION(resume), "Go on from the state that the same command left in the folder."},
    {"force", NULL, CLI_FLAG, OPTION(force), "Replace what an earlier solution left in the folder."},
    {"no-pictures", NULL, CLI_FLAG, SHOWN(no_pictures),
     "Make no pictures and do not solve without disturbance for them."},
    ROW_ONE_FILE(offsetof(solve_given, one_file), "report.html"),
    ROW_BEYOND_MEMORY(offsetof(solve_given, beyond_memory), "grid"),
    ROW_QUIET(offsetof(solve_given, quiet)),
    {"json", NULL, CLI_FLAG, SHOWN(json), "Print one JSON value and nothing else: grid.json, or the solved game."},
};
static const cli_command command = {
    .name = "solve",
    .words = "ENV",
    .min_words = 1,
    .max_words = 1,
    .about =
        "Computes the safety value of the environment ENV against the worst disturbance on a grid of up to six "
        "axes, its maximal robust invariant set, and the best task policy inside the set; plays the solved policies "
        "and leaves NumPy files, grid.json, pictures and report.html in a folder. ENV may be the path of a finite "
        "game, a file that ends in .json. Ctrl-C saves a state and ends with status 130; --resume goes on with the "
        "same bits. What mpirun starts several of solves one grid together, with grid.task=false.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

static duro_status print_json(const solution *s) {
  char path[CLI_PATH];
  run_path(path, s->folder, "grid.json");
  return json_out_file(path);
}

static int conclude(const solve_view *v, duro_status status) {
  const solution *s = &v->s;
  progress_clear(&v->progress);
  if (status == DURO_ERROR_STOPPED) {
    if (!v->given.quiet)
      cli_print("stopped; state in %s/" SOLVE_STATE "; the same command with --resume goes on\nnext: %s%s\n", s->folder,
                v->command, s->given.resume ? "" : " --resume");
    return CLI_STOPPED;
  }
  if (status) return cli_report(status);
  if (!v->given.quiet) cli_print("%s/report.html\n", s->folder);
  if (v->given.json && (status = print_json(s))) return cli_report(status);
  if (v->given.no_pictures || figure_gnuplot()) return CLI_DONE;
  return cli_fail(CLI_FAILED, "%s, so no pictures were drawn; their scripts and data are in %s", figure_no_gnuplot,
                  v->report.figures);
}

static duro_status draw(solve_view *v) {
  solution *s = &v->s;
  if (v->given.no_pictures) return DURO_OK;
  duro_status status = solve_calm(s);
  if (!status && s->V_calm) status = solve_save_json(s);
  return status || !solve_leads(s) ? status : solve_figures(&v->report, s);
}

static int solve(solve_view *v, const char *environment) {
  solution *s = &v->s;
  // all that can be refused is refused before the folder is made
  duro_status status = solve_agree(s, solve_configure(s, environment));
  if (!status)
    status = room_check(s->plan.bytes / solve_ranks(s), duro_memory_left(), "this grid",
                        "a coarser --grid, or --" CLI_BEYOND_MEMORY, v->given.beyond_memory);
  status = solve_agree(s, status);
  if (!status) status = solve_agree(s, solve_open_folder(s));
  if (status) return cli_report(status);
  snprintf(v->report.folder, sizeof v->report.folder, "%s", s->folder);
  run_path(v->report.figures, s->folder, "figures");
  v->report.one_file = v->given.one_file;
  progress_start(&v->progress, v->given.quiet);
  solve_announce(v);
  status = solve_run(s);
  if (!status) status = draw(v);
  if (!status && solve_leads(s)) status = solve_page(s, &v->report);
  return conclude(v, status);
}

static bool is_game(const char *word) {
  const size_t length = strlen(word);
  return length > 5 && strcmp(word + length - 5, ".json") == 0;
}

static int solve_word(solve_view *v, const char *word) {
  const bool game = is_game(word);
  const solve_watcher printer = solve_printer(v);
  v->given.quiet |= v->given.json || !solve_leads(&v->s);
  v->given.json &= solve_leads(&v->s);
  v->s.given = v->given.asked;
  v->s.command = v->command;
  v->s.watcher = &printer;
  v->s.how = cli_how();
  stop_listen(&v->progress, NULL, NULL);
  const int status = game && v->ranks ? cli_fail(CLI_USAGE, "a finite game is solved by one process, not by several")
                     : game           ? solve_finite_game(v, word)
                                      : solve(v, word);
  stop_release();
  solve_release(&v->s);
  for (int i = 0; i < v->report.n_figures; i++) text_release(&v->report.figure[i].caption);
  return status;
}

int command_solve(int argc, char **argv) {
  solve_view *v = cli_allocate(1, sizeof *v);
  cli_words words;
  text line = {0};
  cli_quote(&line, argc, argv);
  v->command = cli_text(&line);
  int status = join_ranks(&v->ranks, &v->s.transport, "solve one grid");
  const bool leads = solve_leads(&v->s);
  if (status == CLI_GO_ON) status = cli_parse(&command, &v->given, &words, argc, argv);
  if (status == CLI_GO_ON) status = solve_word(v, words.word[0]);
  if (v->ranks) (void)fflush(stdout); // before a rank that ends makes mpirun end the others
  ranks_close(v->ranks);
  if (!leads) status = CLI_DONE; // the status of all is that of the first
  text_release(&line);
  free(v);
  return status;
}

/* duro solve: the exact answer of an environment on a grid, or of a finite game. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory_left.h"
#include "cli/json_out.h"
#include "cli/stop.h"
#include "run/room.h"
#include "solve.h"

#define OPTION(field) offsetof(solve_options, field), 0, 0, NULL
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
    {"no-pictures", NULL, CLI_FLAG, OPTION(no_pictures),
     "Make no pictures and do not solve without disturbance for them."},
    {CLI_BEYOND_MEMORY, NULL, CLI_FLAG, OPTION(beyond_memory),
     "Begin even where the grid needs more memory than is available now."},
    {"quiet", NULL, CLI_FLAG, OPTION(quiet), "Print nothing but errors."},
    {"json", NULL, CLI_FLAG, OPTION(json), "Print one JSON value and nothing else: grid.json, or the solved game."},
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
        "same bits.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

enum { SAVE_EVERY = 300 }; // s

/* The stages. */

static duro_status save_state(solution *s) {
  char path[CLI_PATH];
  run_path(path, s->folder, SOLVE_STATE);
  s->saved = duro_clock();
  return duro_grid_save(s->grid, path);
}

/* Between the sweeps of the grid that is saved. */
static duro_status watch_sweeps(const duro_grid_progress *now, void *context) {
  solution *s = context;
  if (now->done) return DURO_OK;
  const duro_status status = s->ask();
  if (status) return status;
  solve_show(s, now);
  return duro_clock() - s->saved > SAVE_EVERY ? save_state(s) : DURO_OK;
}

/* Between those of a grid that is solved for a picture. */
static duro_status watch_aside(const duro_grid_progress *now, void *context) {
  solution *s = context;
  const duro_status status = s->ask();
  if (!status) solve_show(s, now);
  return status;
}

/* A stop, or a failure on the way, keeps what is there. */
static duro_status save_after(solution *s, duro_status status) {
  char message[1024];
  if (status && status != DURO_ERROR_STOPPED) return status;
  snprintf(message, sizeof message, "%s", duro_error());
  const duro_status saved = save_state(s);
  return saved ? saved : status ? duro_fail(status, "%s", message) : DURO_OK;
}

static void say_stage(const solution *s, duro_grid_stage stage) {
  char claim[256];
  const duro_grid_progress *at = stage == DURO_GRID_TASK ? &s->task : &s->safety;
  if (s->given.quiet) return;
  progress_clear(&s->progress);
  solve_claim(claim, sizeof claim, s, stage);
  printf("%s value:", stage == DURO_GRID_TASK ? "task" : "safety");
  cli_wrap(claim, stage == DURO_GRID_TASK ? 11 : 13, 2);
  if (at->sweeps >= s->settings.sweeps)
    printf("  the sweeps ran out (grid.sweeps) before the error that was asked for was met\n");
  fflush(stdout);
}

static duro_status solve_values(solution *s) {
  char path[CLI_PATH];
  duro_status status = duro_grid_create(&s->grid, s->env, &s->settings, &s->plan);
  if (status) {
    duro_lock_release(s->lock);
    s->lock = NULL;
    rmdir(s->folder); // where it is empty
    return status;
  }
  status = solve_begin_folder(s);
  run_path(path, s->folder, SOLVE_STATE);
  if (!status && s->given.resume) status = duro_grid_resume(s->grid, path);
  if (status) return status;
  s->saved = duro_clock();
  s->stage = "safety";
  status = save_after(s, duro_grid_solve_safety(s->grid, watch_sweeps, s));
  s->safety = duro_grid_state(s->grid, DURO_GRID_SAFETY);
  if (status) return status;
  say_stage(s, DURO_GRID_SAFETY);
  if (!s->plan.task) return DURO_OK;
  s->stage = "task";
  status = save_after(s, duro_grid_solve_task(s->grid, watch_sweeps, s));
  s->task = duro_grid_state(s->grid, DURO_GRID_TASK);
  if (!status) say_stage(s, DURO_GRID_TASK);
  return status;
}

duro_status solve_aside(float **V, solution *s, const duro_grid_settings *settings) {
  duro_grid_settings safety = *settings;
  duro_grid_plan plan;
  duro_grid *grid = NULL;
  int shape[DURO_GRID_MAX];
  double low[DURO_GRID_MAX], high[DURO_GRID_MAX];
  safety.task = false;
  for (int i = 0; i < s->plan.nd; i++) {
    shape[i] = s->plan.axis[i].n;
    low[i] = s->plan.axis[i].low;
    high[i] = s->plan.axis[i].high;
  }
  duro_status status = duro_grid_plan_make(&plan, s->env, &safety, shape, s->plan.nd, low, high);
  if (!status) status = duro_grid_create(&grid, s->env, &safety, &plan);
  if (!status) status = duro_grid_solve_safety(grid, watch_aside, s);
  if (!status) {
    *V = cli_allocate((size_t)plan.cells, sizeof **V);
    status = duro_grid_read(grid, DURO_GRID_SAFETY_VALUE, *V);
  }
  duro_grid_destroy(grid);
  return status;
}

/* The same grid without disturbance, for the pictures: what the adversary takes away. */
static duro_status solve_calm(solution *s) {
  enum { MOST = 1000000 }; // vertices
  duro_grid_settings settings = s->settings;
  if (!settings.disturbance || s->env->spec.na == 0 || s->plan.cells > MOST) return DURO_OK;
  settings.disturbance = false;
  s->stage = "no disturbance";
  return solve_aside(&s->V_calm, s, &settings);
}

/* One paragraph for each thing to know before the numbers are believed. */
static void print_verdict(const solution *s) {
  static const solve_edge kinds[] = {SOLVE_EDGE_LOST, SOLVE_EDGE_CONSTRAINT, SOLVE_EDGE_HELD};
  char line[512];
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    text edges = {0};
    if (solve_edges_text(&edges, s, kinds[i])) {
      const char *word = kinds[i] == SOLVE_EDGE_HELD ? "note:" : "warning:";
      cli_wrap(edges.bytes, printf("  %s", word), 4);
    }
    text_release(&edges);
  }
  solve_verdict_text(line, sizeof line, s);
  cli_wrap(line, printf("verdict:"), 2);
}

static void print_rollouts(const solution *s) {
  if (s->given.quiet) return;
  progress_clear(&s->progress);
  char unit[256];
  solve_volume_unit(unit, sizeof unit, s);
  printf("set V_h >= 0: %.3f %% of the vertices, %.6g %s\n", 100 * s->safety.volume, solve_volume(&s->plan, s->V),
         unit);
  if (!(s->safety.volume > 0)) printf("  the set is empty on this grid; a coarse grid erodes it, so try a finer one\n");
  if (s->exact_points)
    printf("  exact set: %.6g %s; overlap %.4f, %lld vertices falsely safe\n", s->exact_volume, unit, s->exact_iou,
           (long long)s->false_safe);
  if (s->safety.volume > 0)
    printf("  %-18s %-16s %-18s %12s %10s\n", "start", "policy", "adversary", "violating", "worst h");
  for (int i = 0; i < s->rollouts; i++) {
    const solve_rollout *r = &s->rollout[i];
    char start[24], violating[48];
    snprintf(start, sizeof start, "V_h >= %.4g", r->level);
    if (!r->starts) {
      if (!r->task_policy) printf("  %-18s no vertex is inside: 0/%d starts\n", start, SOLVE_STARTS);
      continue;
    }
    snprintf(violating, sizeof violating, "%lld/%lld", (long long)r->violated, (long long)r->starts);
    printf("  %-18s %-16s %-18s %12s %10.4g\n", start, solve_policy_name(r), solve_adversary_name(r), violating,
           r->h_min);
  }
  printf("  starts of evaluation: %lld of %lld inside, smallest V_h %.4g\n", (long long)s->starts_inside,
         (long long)s->starts, s->starts_margin);
  print_verdict(s);
  fflush(stdout);
}

/* What there is of a solution that was stopped: to be looked at and gone on from, not to be used. */
static duro_status keep_unfinished(solution *s, duro_status stopped) {
  char message[1024];
  snprintf(message, sizeof message, "%s", duro_error());
  s->safety.volume = duro_grid_volume(s->grid, 0);
  solve_look_at_edges(s);
  duro_status status = solve_save_fields(s, false);
  if (!status) status = solve_save_json(s);
  return status ? status : duro_fail(stopped, "%s", message);
}

static duro_status solve_all(solution *s) {
  duro_status status = solve_values(s);
  if (status == DURO_ERROR_STOPPED) return keep_unfinished(s, status);
  if (!status) status = solve_save_fields(s, s->plan.task);
  if (!status) solve_look_at_edges(s);
  if (!status) status = solve_exact(s);
  if (!status) status = solve_play(s);
  if (status) return status;
  print_rollouts(s);
  duro_grid_destroy(s->grid); // its memory is for the next
  s->grid = NULL;
  status = solve_save_json(s);
  if (!status) status = solve_certify(s);
  if (!status && s->certificate) status = solve_save_json(s);
  if (!status && !s->given.no_pictures) {
    status = solve_calm(s);
    if (!status && s->V_calm) status = solve_save_json(s);
    if (!status) status = solve_figures(s);
  }
  return status ? status : solve_page(s);
}

static duro_status print_json(const solution *s) {
  char path[CLI_PATH];
  run_path(path, s->folder, "grid.json");
  return json_out_file(path);
}

static int conclude(const solution *s, duro_status status) {
  progress_clear(&s->progress);
  if (status == DURO_ERROR_STOPPED) {
    if (!s->given.quiet)
      cli_print("stopped; state in %s/" SOLVE_STATE "; the same command with --resume goes on\nnext: %s%s\n", s->folder,
                s->command, s->given.resume ? "" : " --resume");
    return CLI_STOPPED;
  }
  if (status) return cli_report(status);
  if (!s->given.quiet) cli_print("%s/report.html\n", s->folder);
  if (s->given.json && (status = print_json(s))) return cli_report(status);
  if (s->given.no_pictures || figure_gnuplot()) return CLI_DONE;
  return cli_fail(CLI_FAILED, "%s, so no pictures were drawn; their scripts and data are in %s", figure_no_gnuplot,
                  s->report.figures);
}

static int solve(solution *s, const char *environment) {
  // all that can be refused is refused before the folder is made
  duro_status status = solve_configure(s, environment);
  if (!status)
    status = room_check(s->plan.bytes, duro_memory_left(), "this grid", "a coarser --grid, or --" CLI_BEYOND_MEMORY,
                        s->given.beyond_memory);
  if (!status) status = solve_open_folder(s);
  if (status) return cli_report(status);
  progress_start(&s->progress, s->given.quiet);
  solve_announce(s);
  return conclude(s, solve_all(s));
}

static bool is_game(const char *word) {
  const size_t length = strlen(word);
  return length > 5 && strcmp(word + length - 5, ".json") == 0;
}

static void release(solution *s) {
  duro_grid_destroy(s->grid);
  duro_env_destroy(s->env);
  duro_env_close(s->ops);
  free(s->env_settings);
  free(s->V);
  free(s->V_calm);
  free(s->exact);
  duro_certificate_destroy(s->certificate);
  duro_lock_release(s->lock);
  for (int f = 0; f < SOLVE_FIELDS; f++) free(s->plane[f]);
  for (int i = 0; i < s->report.n_figures; i++) text_release(&s->report.figure[i].caption);
  free(s);
}

int command_solve(int argc, char **argv) {
  solution *s = cli_allocate(1, sizeof *s);
  cli_words words;
  text line = {0};
  int status = cli_parse(&command, &s->given, &words, argc, argv);
  if (status == CLI_GO_ON) {
    cli_quote(&line, argc, argv);
    s->command = cli_text(&line);
    s->ask = stop_if_asked;
    s->given.quiet |= s->given.json;
    stop_listen(&s->progress, NULL, NULL);
    status = is_game(words.word[0]) ? solve_game(s, words.word[0]) : solve(s, words.word[0]);
    stop_release();
  }
  text_release(&line);
  release(s);
  return status;
}

/* duro solve GAME.json: a finite game, by dual policy iteration. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/stop.h"
#include "duro/game.h"
#include "io/file.h"
#include "io/path.h"
#include "run/made.h"
#include "show/json_out.h"
#include "solve.h"

/* What grids have and finite games have not. */
static duro_status check_options(const solve_options *given) {
  const struct {
    const char *name;
    bool is_given;
  } others[] = {{"grid", given->grid},         {"low", given->low},         {"high", given->high},
                {"discount", given->discount}, {"threads", given->threads}, {"no-disturbance", given->no_disturbance},
                {"resume", given->resume},     {"config", given->config}};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (others[i].is_given)
      return duro_fail(DURO_ERROR_ARGUMENT, "--%s is for environments; a finite game takes --set game.name=value",
                       others[i].name);
  return DURO_OK;
}

static duro_status read_settings(duro_game_settings *settings, const cli_words *set) {
  const duro_settings_group group = duro_game_settings_group(settings);
  duro_status status = DURO_OK;
  duro_settings_default(&group);
  for (int i = 0; !status && i < set->count; i++) status = duro_settings_assign(&group, 1, set->word[i]);
  return status;
}

/* solutions/<name of the file without .json>/solution.json */
static duro_status choose_path(char *path, char *folder, duro_lock **lock, const solve_options *given,
                               const char *game) {
  char name[DURO_TEXT_SIZE];
  path_name(name, sizeof name, game);
  const size_t length = strlen(name);
  if (length > 5 && strcmp(name + length - 5, ".json") == 0) name[length - 5] = 0;
  if (given->out)
    snprintf(folder, CLI_PATH, "%s", given->out);
  else
    run_path(folder, "solutions", name);
  run_path(path, folder, "solution.json");
  duro_kind kind;
  duro_status status = made_lock(lock, folder);
  if (!status) status = duro_file_look(&kind, path);
  if (status) return status;
  if (kind != DURO_KIND_NOTHING && !given->force)
    return duro_fail(DURO_ERROR_FILE, "%s is there already; choose another --out or replace it with --force", path);
  return DURO_OK;
}

static duro_status watch_rounds(const duro_game_progress *now, void *context) {
  const solve_view *v = context;
  const progress *p = &v->progress;
  const duro_status status = stop_if_asked();
  if (status || p->quiet || !p->terminal) return status;
  progress_part parts[] = {{.weight = 2}, {.weight = 3}, {.weight = 1}};
  enum { SIZE = sizeof parts[0].text };
  snprintf(parts[0].text, SIZE, "round %lld", (long long)now->round);
  snprintf(parts[1].text, SIZE, "set %d states", now->safe);
  snprintf(parts[2].text, SIZE, "gamma_h %.6g", now->gamma_h);
  progress_draw(p, NAN, parts, sizeof parts / sizeof *parts);
  return DURO_OK;
}

static void print_values(const duro_game_solution *s) {
  double low = INFINITY, high = -INFINITY, sum = 0;
  for (int32_t x = 0; x < s->states; x++) {
    if (!s->S[x]) continue;
    low = fmin(low, s->V[x]);
    high = fmax(high, s->V[x]);
    sum += s->V[x] / s->safe;
  }
  if (s->safe) printf("task value in it: %.6g to %.6g, mean %.6g; error at most %.2g\n", low, high, sum, s->bound);
}

static void print_solution(const duro_game_solution *s, const char *path) {
  printf("robust invariant set: %d of %d states, %s\n", s->safe, s->states,
         s->complete ? "the maximal one" : "perhaps not the largest: the rounds ran out (game.rounds)");
  print_values(s);
  cli_print("%lld rounds, gamma_h raised to %.9g%s\n%s\n", (long long)s->rounds, s->gamma_h,
            s->adopted ? "; some safety controls come from the undiscounted solution" : "", path);
}

static int conclude(duro_status status, bool quiet) {
  if (status == DURO_ERROR_STOPPED) {
    if (!quiet) printf("stopped; nothing was written\n");
    return CLI_STOPPED;
  }
  return status ? cli_report(status) : CLI_DONE;
}

int solve_game(solve_view *v, const char *game_path) {
  const solve_options *given = &v->given.asked;
  const bool quiet = v->given.quiet;
  char path[CLI_PATH], folder[CLI_PATH];
  duro_lock *lock = NULL;
  duro_game_settings settings;
  duro_game *game = NULL;
  duro_game_solution *solved = NULL;
  duro_status status = check_options(given);
  if (!status) status = read_settings(&settings, &given->set);
  if (!status) status = duro_game_load(&game, game_path);
  if (!status) status = choose_path(path, folder, &lock, given, game_path);
  if (!status) {
    progress_start(&v->progress, quiet);
    if (!quiet)
      cli_print("%s: %d states, %d controls, %d disturbances -> %s\n", game_path, game->states, game->controls,
                game->disturbances, folder);
    fflush(stdout);
    status = duro_game_solve(&solved, game, &settings, watch_rounds, v);
    progress_clear(&v->progress);
  }
  if (!status) status = duro_game_solution_save(solved, path);
  if (!status && !quiet) print_solution(solved, path);
  if (!status && v->given.json) status = json_out_file(path);
  duro_game_solution_release(solved);
  duro_game_release(game);
  duro_lock_release(lock);
  return conclude(status, quiet);
}

/* duro solve GAME.json: a finite game, by dual policy iteration. */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/stop.h"
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

static void announce(void *context, const solve_finite *f) {
  solve_view *v = context;
  progress_start(&v->progress, v->given.quiet);
  if (!v->given.quiet)
    cli_print("%s: %d states, %d controls, %d disturbances -> %s\n", v->game, f->game->states, f->game->controls,
              f->game->disturbances, f->folder);
  fflush(stdout);
}

int solve_finite_game(solve_view *v, const char *path) {
  const solve_finite_watcher watcher = {.context = v, .begin = announce, .round = watch_rounds};
  solve_finite f = {0};
  v->game = path;
  duro_status status = check_options(&v->given.asked);
  if (!status) status = solve_game(&f, path, &v->given.asked, &watcher);
  progress_clear(&v->progress);
  if (!status && !v->given.quiet) print_solution(f.solved, f.path);
  if (!status && v->given.json) status = json_out_file(f.path);
  solve_game_release(&f);
  return conclude(status, v->given.quiet);
}

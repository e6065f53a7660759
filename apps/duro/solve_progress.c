/* What a user sees while a grid is solved, and what its numbers allow to claim. */
#include <math.h>
#include <stdio.h>

#include "solve.h"

static double seconds_left(const duro_grid_progress *now) {
  return now->share > .02 ? now->seconds * (1 - now->share) / now->share : NAN;
}

static void show_line(const solution *s, const duro_grid_progress *now) {
  enum { STAGE, SWEEPS, CHANGE, WORK, VOLUME, LEFT, PARTS }; // in the order of the line
  progress_part parts[PARTS] = {[STAGE] = {.weight = 1}, [SWEEPS] = {.weight = 3}, [CHANGE] = {.weight = 4},
                                [WORK] = {.weight = 0},  [VOLUME] = {.weight = 5}, [LEFT] = {.weight = 2}};
  enum { SIZE = sizeof parts[0].text };
  snprintf(parts[STAGE].text, SIZE, "%s", s->stage);
  snprintf(parts[SWEEPS].text, SIZE, "sweep %lld", (long long)now->sweeps);
  if (isfinite(now->change)) snprintf(parts[CHANGE].text, SIZE, "change %.1e", now->change);
  if (isfinite(now->changed)) snprintf(parts[WORK].text, SIZE, "%.0f%% active", 100 * now->changed);
  if (isfinite(now->volume)) snprintf(parts[VOLUME].text, SIZE, "set %.2f%%", 100 * now->volume);
  const double left = seconds_left(now);
  if (isfinite(left)) {
    char duration[40];
    progress_duration(duration, sizeof duration, left);
    snprintf(parts[LEFT].text, SIZE, "%s left", duration);
  }
  progress_draw(&s->progress, now->share, parts, PARTS);
}

static void print_line(const solution *s, const duro_grid_progress *now) {
  const bool checked = now->done && isfinite(now->residual);
  printf("%s: sweep %lld  %s %.3g  %.1f %% active  set %.3f %%  %.1f s\n", s->stage, (long long)now->sweeps,
         checked ? "residual" : "change", checked ? now->residual : now->change, 100 * now->changed, 100 * now->volume,
         now->seconds);
  fflush(stdout);
}

void solve_show(solution *s, const duro_grid_progress *now) {
  progress *p = &s->progress;
  if (p->quiet) return;
  if (now->seconds < p->last_print) { // another stage
    p->last_print = -1e9;
    p->last_share = -1;
  }
  const double since = now->seconds - p->last_print;
  const double share = isfinite(now->share) ? now->share : 0;
  if (p->terminal) {
    if (since < .1 && !now->done) return;
    show_line(s, now);
  } else {
    if (share - p->last_share < .1 && since < 30 && !now->done) return;
    print_line(s, now);
    p->last_share = share;
  }
  p->last_print = now->seconds;
}

void solve_claim(char *out, size_t size, const solution *s, duro_grid_stage stage) {
  const duro_grid_progress *at = stage == DURO_GRID_TASK ? &s->task : &s->safety;
  if (stage == DURO_GRID_TASK)
    snprintf(out, size, "the grid's task value to %.3g after %lld sweeps", at->bound, (long long)at->sweeps);
  else if (s->settings.discount < 1)
    snprintf(out, size, "the grid's discounted value to %.3g after %lld sweeps", at->bound, (long long)at->sweeps);
  else
    snprintf(out, size, "outer approximation after %lld sweeps%s; one more sweep lowers V_h by at most %.3g",
             (long long)at->sweeps, at->settled ? ", whose set stood still in the second half of them" : "",
             at->residual);
}

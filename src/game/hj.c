/*
 * The continuous game, by Hamilton-Jacobi equations forward in the time to go. With H = max_u min_a grad V . rate:
 *
 *   avoid        V_t = min(0, H)             from V = h          the least h that the disturbance forces
 *   reach        V_t = max(0, H)             from V = g          the largest g that the control forces
 *   reach-avoid  V_t = max(0, H) and V <= h  from V = min(g, h)  the same with h before and then counted in
 *
 * Avoid and reach are the reachable tubes of Mitchell, Bayen, Tomlin (IEEE TAC 50(7), 2005): freezing what has been
 * reached takes the minimum or maximum over time of Lygeros (Automatica 40(6), 2004). Reach-avoid is the variational
 * inequality of Fisac, Chen, Tomlin, Sastry (HSCC 2015), in signs of ours
 *   min{max{H - V_t, g - V}, h - V} = 0,
 * for a target, a constraint and rates that do not change in time: V then grows with the time to go, so that where V =
 * g < h it stands still with H <= 0, where V > g it moves with H >= 0, and both are V_t = max(0, H). Without the tube
 * the control is to be in the target at the end of the time and not before: V_t = H.
 */
#include "game/hj.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"

enum {
  LOOK_EVERY = 32, // steps before the set is first looked at
  AHEAD = 16       // times the steps made, for which it must be likely to stay
};

/* One stage of a step: out = keep from + mix (v + dt V_t(v)). */
typedef struct stage {
  const hj_game *game;
  const float *v, *from;
  float *out;
  bool last; // of a step
  double dt, keep, mix;
} stage;

/* What a step changed. */
typedef struct change {
  const hj_game *game;
  const float *before;
  double level[2], ahead;
  double begin, dt;   // s: when the step began, and how long it is
  double *most;       // (threads)
  int64_t *inside[2]; // (threads) vertices of {V >= 0} and of {V >= margin}
  int64_t *leaving;   // (threads) on the other side of the level in AHEAD times the steps made
} change;

/* A grid along an axis goes on as it is, away from zero; or, where that counts as lost, falls. */
static inline float beyond(float edge, float next, int k, bool lost, float failed) {
  const float by = fabsf(edge - next) * (float)k;
  if (lost && edge >= 0.0f) return failed;
  return edge > 0.0f ? edge + by : edge < 0.0f ? edge - by : edge;
}

static float failure(const hj_game *game) {
  return (float)-game->grid->env->spec.h_scale;
}

/* V of the line k vertices on from `line` along axis i, whose own vertex there is j: there, or made in `room` (n) */
static const float *neighbour(const hj_game *game, const float *line, int i, int j, int k, float *room) {
  const int last = game->axes - 1, n = game->n[i], to = j + k;
  if (game->periodic[i]) return line + ((to % n + n) % n - j) * game->stride[i];
  if (to >= 0 && to < n) return line + k * game->stride[i];
  const int64_t edge = (to < 0 ? 0 : n - 1) - j, next = to < 0 ? edge + 1 : edge - 1;
  const float *e = line + edge * game->stride[i], *f = line + next * game->stride[i];
  const int away = to < 0 ? -to : to - n + 1;
  for (int c = 0; c < game->n[last]; c++) room[c] = beyond(e[c], f[c], away, game->lost[i], failure(game));
  return room;
}

/* the line itself with UPWIND_REACH more vertices at either end: padded (n + 2 UPWIND_REACH) */
static void pad(const hj_game *game, const float *line, float *padded) {
  const int last = game->axes - 1, n = game->n[last];
  memcpy(padded + UPWIND_REACH, line, sizeof *line * (size_t)n);
  for (int k = 1; k <= UPWIND_REACH; k++) {
    const bool round = game->periodic[last], lost = game->lost[last];
    padded[UPWIND_REACH - k] = round ? line[n - k] : beyond(line[0], line[1], k, lost, failure(game));
    padded[UPWIND_REACH + n - 1 + k] = round ? line[k - 1] : beyond(line[n - 1], line[n - 2], k, lost, failure(game));
  }
}

static void step_line(const stage *s, int64_t number, upwind_line *line, upwind_term *terms, float *room) {
  const hj_game *game = s->game;
  const int last = game->axes - 1, n = game->n[last];
  const int64_t cell = number * n;
  const float *own = s->v + cell;
  float *padded = room + UPWIND_SCRATCH(n), *made = padded + n + 2 * UPWIND_REACH;
  int vertex[DURO_GRID_MAX];
  hj_vertex_of(game, cell, vertex);
  pad(game, own, padded);
  for (int i = 0; i < game->axes; i++)
    for (int k = -UPWIND_REACH; k <= UPWIND_REACH; k++, made += n)
      line->at[i][UPWIND_REACH + k] = i == last ? padded + UPWIND_REACH + k
                                      : k == 0  ? own
                                                : neighbour(game, own, i, vertex[i], k, made);
  for (int t = 0; t < game->axes * game->columns; t++) {
    terms[t] = game->terms[t];
    if (terms[t].table) terms[t].table += cell;
  }
  line->from = s->from + cell;
  line->ceiling = s->last && game->ceiling ? game->ceiling + cell : NULL;
  game->kernels->step(line, s->out + cell, room);
}

static void step_lines(void *context, int thread, int threads) {
  const stage *s = context;
  const hj_game *game = s->game;
  const duro_env_spec *spec = &game->grid->env->spec;
  upwind_term terms[DURO_GRID_MAX * (1 + 2 * DURO_MAX_ACTION)];
  upwind_line line = {.n = game->n[game->axes - 1],
                      .axes = game->axes,
                      .nu = spec->nu,
                      .na = spec->na,
                      .scheme = game->scheme,
                      .clamp = game->clamp,
                      .terms = terms,
                      .dt = (float)s->dt,
                      .keep = (float)s->keep,
                      .mix = (float)s->mix};
  for (int i = 0; i < game->axes; i++) line.inverse[i] = (float)(1.0 / game->spacing[i]);
  for (int64_t k = game->lines * thread / threads; k < game->lines * (thread + 1) / threads; k++)
    step_line(s, k, &line, terms, game->scratch + (size_t)thread * game->room);
}

static void run_stage(const hj_game *game, int threads, int v, int out, double dt, double keep, bool last) {
  stage s = {
      .game = game, .v = game->v[v], .from = game->v[0], .out = game->v[out], .last = last, .dt = dt, .keep = keep};
  s.mix = 1.0 - keep;
  duro_pool_run_some(game->grid->pool, threads, step_lines, &s);
}

/* Runge-Kutta steps that keep a bounded variation (Shu, Osher, 1988). V before the step is v[1] after it. */
static void step(hj_game *game, double dt) {
  duro_grid *g = game->grid;
  const int threads = duro_pace_begin(&g->pace, g->pool);
  int newest = 1;
  run_stage(game, threads, 0, 1, dt, 0.0, game->scheme == UPWIND_FIRST);
  if (game->scheme == UPWIND_ENO2) {
    run_stage(game, threads, 1, 2, dt, 0.5, true);
    newest = 2;
  } else if (game->scheme == UPWIND_WENO5) {
    run_stage(game, threads, 1, 2, dt, 0.75, false);
    run_stage(game, threads, 2, 1, dt, 1.0 / 3.0, true);
  }
  duro_pace_end(&g->pace, g->pool, (double)game->cells);
  float *before = game->v[0];
  game->v[0] = game->v[newest];
  game->v[newest] = game->v[1];
  game->v[1] = before;
}

/* When V came to 0 within a step from `begin`, linear in between. V may have been 0 for rounding alone: never later
 * than the end of the step. */
static void note_arrivals(const change *c, int64_t first, int64_t last) {
  const hj_game *game = c->game;
  const float *now = game->v[0];
  for (int64_t i = first; i < last; i++) {
    if (!(now[i] >= 0.0f) || game->arrival[i] < INFINITY) continue;
    const double before = (double)c->before[i], rise = (double)now[i] - before;
    const double share = rise > 0.0 ? fmin(1.0, -before / rise) : 1.0;
    game->arrival[i] = (float)(c->begin + share * c->dt);
  }
}

static void compare(void *context, int thread, int threads) {
  const change *c = context;
  const hj_game *game = c->game;
  const float *now = game->v[0];
  const bool rises = game->clamp != UPWIND_FALL;
  double most = 0;
  int64_t inside[2] = {0, 0}, leaving = 0;
  for (int64_t i = game->cells * thread / threads; i < game->cells * (thread + 1) / threads; i++) {
    const double fall = (double)c->before[i] - (double)now[i];
    if (fabs(fall) > most) most = fabs(fall); // gcc 12 for aarch64 ends with an internal error at the loop with fmax
    for (int k = 0; k < 2; k++) {
      const bool is = (double)now[i] >= c->level[k], will = (double)now[i] - c->ahead * fall >= c->level[k];
      inside[k] += is;
      leaving += is ? !will : rises && will; // rounding alone lets a V that falls rise
    }
  }
  c->most[thread] = most;
  c->inside[0][thread] = inside[0];
  c->inside[1][thread] = inside[1];
  c->leaving[thread] = leaving;
  if (game->arrival) note_arrivals(c, game->cells * thread / threads, game->cells * (thread + 1) / threads);
}

/* Does the set stand still? As for sweeps: for half of the time so far, for an episode, and likely for AHEAD times as
 * long. */
static bool is_settled(duro_grid *g, const hj_game *game, const int64_t *inside, int64_t leaving) {
  duro_grid_progress *p = &g->progress[DURO_GRID_SAFETY];
  grid_look *l = &g->look;
  if (memcmp(l->inside, inside, sizeof l->inside) != 0) l->moved = p->sweeps;
  memcpy(l->inside, inside, sizeof l->inside);
  const int64_t still = p->sweeps - l->moved;
  const double episode = g->env->spec.horizon * g->env->spec.dt;
  p->settled = g->settings.settled && still >= LOOK_EVERY && 2 * still >= p->sweeps &&
               (double)still * game->dt >= episode && leaving == 0;
  return p->settled;
}

/* has V changed so little in a step, for the time of one of the environment? */
static bool is_still(const duro_grid *g, double dt) {
  return g->progress[DURO_GRID_SAFETY].change * g->env->spec.dt <= g->settings.change * dt;
}

/* the change of the last step, which began at `begin`, and whether that was the last one */
static void judge(hj_game *game, change *c, double begin, double dt) {
  duro_grid *g = game->grid;
  duro_grid_progress *p = &g->progress[DURO_GRID_SAFETY];
  const int threads = duro_pool_threads(g->pool);
  c->before = game->v[1];
  c->ahead = AHEAD * (double)p->sweeps;
  c->begin = begin;
  c->dt = dt;
  duro_pool_run_some(g->pool, threads, compare, c);
  int64_t inside[2] = {0, 0}, leaving = 0;
  p->change = 0;
  for (int t = 0; t < threads; t++) {
    p->change = fmax(p->change, c->most[t]);
    leaving += c->leaving[t];
    for (int k = 0; k < 2; k++) inside[k] += c->inside[k][t];
  }
  const bool endless = !(g->settings.time > 0.0);
  p->done = p->sweeps >= g->settings.sweeps || (endless && (is_still(g, dt) || is_settled(g, game, inside, leaving)));
}

/* Takes an array of the grid's storage over into cells, or `out`: back from them. Copies of a periodic axis are
 * written, and not read. */
static void exchange(const hj_game *game, void *array, float *cells, bool out) {
  const duro_grid *g = game->grid;
  const int last = game->axes - 1, n = game->n[last];
  for (int64_t row = 0; row < g->rows; row++) {
    int vertex[DURO_GRID_MAX];
    int64_t cell = 0;
    const bool first = grid_row_at(g, row, vertex);
    for (int i = 0; i < last; i++) cell += vertex[i] % game->n[i] * game->stride[i];
    for (int k = 0; out && k < n + g->sweep.wraps; k++)
      grid_set(g, array, grid_index(g, row, k), (double)cells[cell + k % n]);
    for (int k = 0; !out && first && k < n; k++) cells[cell + k] = (float)grid_get(g, array, grid_index(g, row, k));
  }
}

static duro_status tell(const hj_game *game, duro_grid_report report, void *context, double begun, double *shown) {
  duro_grid *g = game->grid;
  duro_grid_progress *p = &g->progress[DURO_GRID_SAFETY];
  const double now = duro_clock(), interval = 0.1; // s
  p->seconds = now - begun;
  if (!p->done && (!report || now - *shown < interval)) return DURO_OK;
  *shown = now;
  exchange(game, g->value, game->v[0], true);
  if (game->arrival) exchange(game, g->arrival, game->arrival, true);
  p->volume = duro_grid_volume(g, 0.0);
  return report ? report(p, context) : DURO_OK;
}

/* A state that goes on was done by the rules of its time, which may be others now. */
static void doubt_end(const hj_game *game) {
  duro_grid *g = game->grid;
  const duro_grid_settings *set = &g->settings;
  duro_grid_progress *p = &g->progress[DURO_GRID_SAFETY];
  const bool rests = is_still(g, game->dt) || (p->settled && set->settled);
  const bool arrived = set->time > 0.0 ? (double)p->sweeps * game->dt >= set->time * (1.0 - 1e-12) : rests;
  p->done = p->done && (arrived || p->sweeps >= set->sweeps);
  p->settled = p->settled && p->done;
}

static duro_status run(hj_game *game, change *c, duro_grid_report report, void *context) {
  duro_grid *g = game->grid;
  duro_grid_progress *p = &g->progress[DURO_GRID_SAFETY];
  const double begun = duro_clock() - p->seconds, end = g->settings.time;
  double shown = 0;
  exchange(game, g->value, game->v[0], false);
  if (game->ceiling) exchange(game, g->h, game->ceiling, false);
  if (game->arrival) exchange(game, g->arrival, game->arrival, false);
  doubt_end(game);
  while (!p->done) {
    const double before = (double)p->sweeps * game->dt;
    const bool last = end > 0.0 && before + game->dt >= end * (1.0 - 1e-12);
    const double dt = last ? end - before : game->dt;
    step(game, dt);
    p->sweeps++;
    p->work += 1;
    p->changed = 1;
    judge(game, c, before, dt);
    p->done = p->done || last;
    p->share = end > 0.0 ? fmin(1.0, (before + dt) / end) : NAN;
    const duro_status status = tell(game, report, context, begun, &shown);
    if (status) return status;
  }
  return DURO_OK;
}

static upwind_scheme scheme_of(const char *word) {
  return strcmp(word, "upwind") == 0 ? UPWIND_FIRST : strcmp(word, "eno2") == 0 ? UPWIND_ENO2 : UPWIND_WENO5;
}

static upwind_clamp clamp_of(const duro_grid_settings *settings) {
  return !duro_grid_is_reach(settings) ? UPWIND_FALL : settings->tube ? UPWIND_RISE : UPWIND_FREE;
}

static bool is_bounded(const duro_grid_settings *settings) {
  return strcmp(settings->goal, "reach-avoid") == 0;
}

static void lay_out(hj_game *game, duro_grid *g) {
  const duro_env_spec *spec = &g->env->spec;
  const bool reach = duro_grid_is_reach(&g->settings);
  *game = (hj_game){.grid = g,
                    .scheme = scheme_of(g->settings.scheme),
                    .clamp = clamp_of(&g->settings),
                    .axes = g->plan.nd,
                    .columns = 1 + spec->nu + spec->na,
                    .cells = 1,
                    .lines = 1};
  for (int i = game->axes - 1; i >= 0; i--) {
    const duro_grid_axis *axis = &g->plan.axis[g->axis[i]];
    game->n[i] = axis->n;
    game->periodic[i] = axis->periodic;
    // what an environment says of leaving, it says of its safety, and not of a target
    game->lost[i] = (reach || !grid_may_leave(g, i)) && strcmp(g->settings.beyond, "stay") != 0;
    game->spacing[i] = (axis->high - axis->low) / (axis->periodic ? axis->n : axis->n - 1);
    game->stride[i] = game->cells;
    game->cells *= axis->n;
    if (i < game->axes - 1) game->lines *= axis->n;
  }
  const size_t n = (size_t)game->n[game->axes - 1];
  game->room = UPWIND_SCRATCH(n) + n + 2 * UPWIND_REACH + (size_t)game->axes * UPWIND_READS * n;
}

/* the longest stable step, times settings.courant */
static duro_status choose_step(hj_game *game) {
  game->dt = game->fastest > 0.0 ? game->grid->settings.courant / game->fastest : game->grid->env->spec.dt;
  const double steps = game->grid->settings.time / game->dt;
  if (steps > 1e9)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "grid.time is %g, and the longest stable step here is %g s; wanted fewer than 1e9 steps",
                     game->grid->settings.time, game->dt);
  return DURO_OK;
}

static duro_status prepare(hj_game *game, change *c) {
  duro_grid *g = game->grid;
  const size_t threads = (size_t)duro_pool_threads(g->pool), cells = (size_t)game->cells;
  for (int i = 0; i < 3; i++) game->v[i] = duro_allocate(sizeof *game->v[i] * cells);
  const bool bounded = is_bounded(&g->settings);
  if (bounded) game->ceiling = duro_allocate(sizeof *game->ceiling * cells);
  if (g->arrival) game->arrival = duro_allocate(sizeof *game->arrival * cells);
  game->scratch = duro_allocate(sizeof *game->scratch * game->room * threads);
  c->most = duro_allocate(sizeof *c->most * threads);
  c->inside[0] = duro_allocate(sizeof *c->inside[0] * threads);
  c->inside[1] = duro_allocate(sizeof *c->inside[1] * threads);
  c->leaving = duro_allocate(sizeof *c->leaving * threads);
  if (!game->v[0] || !game->v[1] || !game->v[2] || (bounded && !game->ceiling) || (g->arrival && !game->arrival) ||
      !game->scratch || !c->most || !c->inside[0] || !c->inside[1] || !c->leaving)
    return DURO_ERROR_MEMORY;
  duro_status status = upwind_kernels_select(&game->kernels, g->settings.simd);
  if (!status) status = hj_read_rates(game);
  return status ? status : choose_step(game);
}

static void release(hj_game *game, change *c) {
  for (int i = 0; i < 3; i++) duro_release(game->v[i]);
  duro_release(game->ceiling);
  duro_release(game->arrival);
  duro_release(game->scratch);
  duro_release(game->terms);
  duro_release(game->tables);
  duro_release(c->most);
  duro_release(c->inside[0]);
  duro_release(c->inside[1]);
  duro_release(c->leaving);
}

double hj_bytes(const duro_env *env, const duro_grid_settings *settings, int axes, double cells) {
  const bool arrives = duro_grid_is_reach(settings) && settings->tube; // once here, and once in the grid
  return 4.0 * cells * (3.0 + is_bounded(settings) + 2.0 * arrives + axes * (1.0 + env->spec.nu + env->spec.na));
}

duro_status hj_solve(duro_grid *g, duro_grid_report report, void *context) {
  hj_game game;
  change c = {.game = &game, .level = {0.0, g->settings.margin * g->env->spec.h_scale}};
  lay_out(&game, g);
  duro_status status = prepare(&game, &c);
  if (!status) status = run(&game, &c, report, context);
  release(&game, &c);
  return status;
}

/* The rates of change of every vertex, as numbers that are affine in the inputs. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/hj.h"
#include "io/number.h"

enum { MOST_TERMS = DURO_GRID_MAX * (1 + 2 * DURO_MAX_ACTION) };

typedef enum flaw { SOUND, NOT_FINITE, NOT_AFFINE } flaw;

typedef struct reading {
  hj_game *game;
  float *low, *high; // (threads x terms) of each term over the grid
  double *fastest;   // (threads)
  flaw *found;       // (threads)
  int64_t *where;    // (threads) the cell
} reading;

void hj_vertex_of(const hj_game *game, int64_t cell, int *vertex) {
  for (int i = 0; i < game->axes; i++) {
    vertex[i] = (int)(cell / game->stride[i]);
    cell %= game->stride[i];
  }
}

static int state_of(const hj_game *game, int i) {
  return game->grid->plan.axis[game->grid->axis[i]].state;
}

static double amplitude_of(const duro_grid *g) {
  return g->settings.disturbance ? g->settings.amplitude : 0.0;
}

/* a corner of the inputs that differs from cell to cell */
static double corner(int64_t cell, int j) {
  return ((uint64_t)cell * 0x9E3779B97F4A7C15u >> (j % 61) & 1) ? 1.0 : -1.0;
}

/* term (axes x columns) at x, and the fastest that each axis can change; `cell` chooses where it is tried */
static flaw read_one(const hj_game *game, double *term, double *speed, const double *x, int64_t cell) {
  const duro_env *env = game->grid->env;
  const int nu = env->spec.nu, na = env->spec.na, columns = game->columns;
  const double amplitude = amplitude_of(game->grid);
  double u[DURO_MAX_ACTION] = {0}, a[DURO_MAX_ACTION] = {0}, rest[DURO_MAX_STATE], moved[DURO_MAX_STATE];
  env->ops->rates(env, rest, x, u, a);
  for (int i = 0; i < game->axes; i++) term[i * columns] = rest[state_of(game, i)];
  for (int j = 0; j < nu + na; j++) {
    double *input = j < nu ? &u[j] : &a[j - nu];
    *input = 1.0;
    env->ops->rates(env, moved, x, u, a);
    *input = 0.0;
    for (int i = 0; i < game->axes; i++) {
      const double from = rest[state_of(game, i)], to = moved[state_of(game, i)], rounding = 1e-13;
      const double by = fabs(to - from) <= rounding * (fabs(from) + fabs(to)) ? 0.0 : to - from;
      term[i * columns + 1 + j] = j < nu ? by : by * amplitude;
    }
  }
  for (int j = 0; j < nu + na; j++) *(j < nu ? &u[j] : &a[j - nu]) = corner(cell, j) * (j < nu ? 1.0 : amplitude);
  env->ops->rates(env, moved, x, u, a);
  for (int i = 0; i < game->axes; i++) {
    double sum = term[i * columns];
    speed[i] = fabs(sum);
    for (int j = 0; j < nu + na; j++) {
      sum += corner(cell, j) * term[i * columns + 1 + j];
      speed[i] += fabs(term[i * columns + 1 + j]);
    }
    if (!isfinite(moved[state_of(game, i)]) || !isfinite(speed[i])) return NOT_FINITE;
    if (fabs(moved[state_of(game, i)] - sum) > 1e-9 * speed[i] + 1e-12) return NOT_AFFINE;
  }
  return SOUND;
}

/* lowest and highest of every term, and the fastest; or what is wrong with the first cell of a thread that is not sound
 */
static void survey(void *context, int thread, int threads) {
  reading *r = context;
  const hj_game *game = r->game;
  const int terms = game->axes * game->columns;
  float *low = r->low + (ptrdiff_t)thread * terms, *high = r->high + (ptrdiff_t)thread * terms;
  for (int t = 0; t < terms; t++) low[t] = INFINITY, high[t] = -INFINITY;
  for (int64_t cell = game->cells * thread / threads; cell < game->cells * (thread + 1) / threads; cell++) {
    double x[DURO_MAX_STATE], term[MOST_TERMS], here[DURO_GRID_MAX];
    int vertex[DURO_GRID_MAX];
    hj_vertex_of(game, cell, vertex);
    grid_state_at(game->grid, vertex, x);
    if ((r->found[thread] = read_one(game, term, here, x, cell))) {
      r->where[thread] = cell;
      return;
    }
    double fast = 0;
    for (int i = 0; i < game->axes; i++) fast += here[i] / game->spacing[i];
    r->fastest[thread] = fmax(r->fastest[thread], fast);
    for (int t = 0; t < terms; t++) {
      low[t] = fminf(low[t], (float)term[t]);
      high[t] = fmaxf(high[t], (float)term[t]);
    }
  }
}

static void fill(void *context, int thread, int threads) {
  hj_game *game = context;
  for (int64_t cell = game->cells * thread / threads; cell < game->cells * (thread + 1) / threads; cell++) {
    double x[DURO_MAX_STATE], term[MOST_TERMS], speed[DURO_GRID_MAX];
    int vertex[DURO_GRID_MAX];
    hj_vertex_of(game, cell, vertex);
    grid_state_at(game->grid, vertex, x);
    read_one(game, term, speed, x, cell); // sound, as the survey saw
    for (int t = 0; t < game->axes * game->columns; t++)
      if (game->terms[t].table) game->tables[game->terms[t].table - game->tables + cell] = (float)term[t];
  }
}

static duro_status say_flaw(const hj_game *game, flaw found, int64_t cell) {
  const duro_env *env = game->grid->env;
  double x[DURO_MAX_STATE];
  int vertex[DURO_GRID_MAX], used = 0;
  char at[256] = "";
  hj_vertex_of(game, cell, vertex);
  grid_state_at(game->grid, vertex, x);
  for (int i = 0; i < env->spec.nx && used < 200; i++)
    used +=
        duro_format(at + used, sizeof at - (size_t)used, "%s%.24s = %.5g", i ? ", " : "", env->spec.x_names[i], x[i]);
  return duro_fail(DURO_ERROR_ARGUMENT, "the rates of change of '%s' are not %s at %s", env->ops->name,
                   found == NOT_FINITE ? "finite" : "affine in the inputs, which the continuous game wants,", at);
}

/* terms of one value are no tables; the tables of the others lie one after the other */
static duro_status plan_tables(hj_game *game, const reading *r, int threads) {
  const int terms = game->axes * game->columns;
  size_t tables = 0;
  for (int pass = 0; pass < 2; pass++) {
    if (pass == 1 && tables > 0) {
      game->tables = duro_allocate(sizeof *game->tables * tables * (size_t)game->cells);
      if (!game->tables) return DURO_ERROR_MEMORY;
    }
    tables = 0;
    for (int t = 0; t < terms; t++) {
      float low = r->low[t], high = r->high[t];
      for (int k = 1; k < threads; k++) {
        low = fminf(low, r->low[k * terms + t]);
        high = fmaxf(high, r->high[k * terms + t]);
      }
      const bool same = !(low < high);
      game->terms[t] = (upwind_term){.constant = low, .zero = same && !(low < 0) && !(low > 0)};
      if (!same) {
        if (pass == 1) game->terms[t].table = game->tables + tables * (size_t)game->cells;
        tables++;
      }
    }
  }
  return DURO_OK;
}

static duro_status take(hj_game *game, reading *r, int threads) {
  duro_pool_run_some(game->grid->pool, threads, survey, r);
  for (int k = 0; k < threads; k++)
    if (r->found[k]) return say_flaw(game, r->found[k], r->where[k]);
  for (int k = 0; k < threads; k++) game->fastest = fmax(game->fastest, r->fastest[k]);
  const duro_status status = plan_tables(game, r, threads);
  if (!status && game->tables) duro_pool_run_some(game->grid->pool, threads, fill, game);
  return status;
}

duro_status hj_read_rates(hj_game *game) {
  const int threads = duro_pool_threads(game->grid->pool);
  const size_t terms = (size_t)game->axes * (size_t)game->columns, many = (size_t)threads;
  reading r = {.game = game,
               .low = duro_allocate(sizeof *r.low * terms * many),
               .high = duro_allocate(sizeof *r.high * terms * many),
               .fastest = duro_allocate(sizeof *r.fastest * many),
               .found = duro_allocate(sizeof *r.found * many),
               .where = duro_allocate(sizeof *r.where * many)};
  game->terms = duro_allocate(sizeof *game->terms * terms);
  const bool room = r.low && r.high && r.fastest && r.found && r.where && game->terms;
  const duro_status status = room ? take(game, &r, threads) : DURO_ERROR_MEMORY;
  duro_release(r.low);
  duro_release(r.high);
  duro_release(r.fastest);
  duro_release(r.found);
  duro_release(r.where);
  return status;
}

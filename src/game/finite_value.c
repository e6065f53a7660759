/* The undiscounted safety value by retrograde analysis. V_h* takes values among those of h. States fall in increasing
 * order of value: x falls at v when h(x) <= v, or when each control has a disturbance that leads to a fallen state
 * (the attractor of {h <= v}). Every transition is looked at once. */
#include "game/finite.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

typedef struct ranked {
  double h;
  int32_t x;
} ranked;

static int compare(const void *left, const void *right) {
  const ranked *a = left, *b = right;
  if (a->h != b->h) return a->h < b->h ? -1 : 1;
  return (a->x > b->x) - (a->x < b->x);
}

duro_status duro_game_order(int32_t *order, const duro_game *game) {
  size_t n = (size_t)game->states;
  ranked *by = duro_allocate(n * sizeof *by);
  if (!by) return DURO_ERROR_MEMORY;
  for (size_t x = 0; x < n; x++) by[x] = (ranked){game->h[x], (int32_t)x};
  qsort(by, n, sizeof *by, compare);
  for (size_t i = 0; i < n; i++) order[i] = by[i].x;
  duro_release(by);
  return DURO_OK;
}

/* The game as far as its players are free: m controls and k disturbances are left, transitions are numbered
 * e = (x m + u) k + a. */
typedef struct analysis {
  const duro_game *game;
  const duro_game_fixed *fixed; /* may be NULL */
  uint32_t m, k;
  uint32_t *first; /* (n + 1) of x: where the transitions into x begin in `into` */
  uint32_t *into;  /* (n m k) transitions by successor */
  uint8_t *lost;   /* (n m) control u of x has a disturbance to a fallen state */
  int32_t *left;   /* (n) controls of x that are not lost, 0 when it has fallen */
  int32_t *fallen; /* (n) fallen states whose predecessors are still to be seen */
  double *V;
  int32_t *worst;
} analysis;

static int32_t target(const analysis *g, uint32_t x, uint32_t u, uint32_t a) {
  int32_t of_u = g->fixed && g->fixed->pi ? g->fixed->pi[x] : (int32_t)u;
  int32_t of_a = g->fixed && g->fixed->mu ? g->fixed->mu[x] : (int32_t)a;
  return g->game->successor[duro_game_at(g->game, (int32_t)x, of_u, of_a)];
}

/* transitions sorted by successor (counting sort) */
static void collect(analysis *g) {
  uint32_t n = (uint32_t)g->game->states, e = 0;
  for (uint32_t x = 0; x < n; x++)
    for (uint32_t u = 0; u < g->m; u++)
      for (uint32_t a = 0; a < g->k; a++) g->first[target(g, x, u, a)]++;
  for (uint32_t x = 0, sum = 0; x <= n; x++) g->first[x] = sum += g->first[x];
  for (uint32_t x = 0; x < n; x++)
    for (uint32_t u = 0; u < g->m; u++)
      for (uint32_t a = 0; a < g->k; a++) g->into[--g->first[target(g, x, u, a)]] = e++;
}

/* x falls at v, through transition of disturbance a */
static void fall(analysis *g, uint32_t x, double v, uint32_t a, size_t *waiting) {
  g->V[x] = v;
  g->left[x] = 0;
  if (g->worst) g->worst[x] = (int32_t)a;
  g->fallen[(*waiting)++] = (int32_t)x;
}

static void spread(analysis *g, double v, size_t waiting) {
  while (waiting) {
    int32_t y = g->fallen[--waiting];
    for (uint32_t i = g->first[y]; i < g->first[y + 1]; i++) {
      uint32_t xu = g->into[i] / g->k, x = xu / g->m;
      if (g->lost[xu] || !g->left[x]) continue;
      g->lost[xu] = 1;
      if (--g->left[x] == 0) fall(g, x, v, g->into[i] % g->k, &waiting);
    }
  }
}

static void layout(analysis *g, duro_arena *arena) {
  size_t n = (size_t)g->game->states;
  g->first = duro_arena_take(arena, (n + 1) * sizeof *g->first);
  g->into = duro_arena_take(arena, n * g->m * g->k * sizeof *g->into);
  g->lost = duro_arena_take(arena, n * g->m);
  g->left = duro_arena_take(arena, n * sizeof *g->left);
  g->fallen = duro_arena_take(arena, n * sizeof *g->fallen);
}

duro_status duro_game_retrograde(double *V, int32_t *worst, const duro_game *game, const duro_game_fixed *fixed,
                                 const int32_t *order) {
  analysis g = {.game = game, .fixed = fixed, .V = V, .worst = worst};
  g.m = fixed && fixed->pi ? 1 : (uint32_t)game->controls;
  g.k = fixed && fixed->mu ? 1 : (uint32_t)game->disturbances;
  duro_arena arena = {0};
  layout(&g, &arena);
  if (duro_arena_allocate(&arena)) return DURO_ERROR_MEMORY;
  layout(&g, &arena);

  collect(&g);
  for (int32_t x = 0; x < game->states; x++) g.left[x] = (int32_t)g.m;
  for (int32_t i = 0; i < game->states; i++) {
    uint32_t x = (uint32_t)order[i];
    size_t waiting = 0;
    if (!g.left[x]) continue;
    fall(&g, x, game->h[x], 0, &waiting);
    spread(&g, game->h[x], waiting);
  }
  duro_arena_release(&arena);
  return DURO_OK;
}

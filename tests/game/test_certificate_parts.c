/* The parts of a certificate against closed forms: V, motion and constraint are linear or nearly so, and what a bound,
 * a volume or a control has to be is computed here in another way. */
#include "../env/env_test.h"

#include "base/memory.h"
#include "base/pool.h"
#include "game/certificate.h"
#include "game/simple_polytope.h"

/* --- games by hand ---------------------------------------------------------------------------------------------- */

static const double SLACK = 1e-8;

/* nd axes of the state; row: none */
static void make_axes(cert_game *g, duro_formula *f, int nd, const int *n, const bool *periodic) {
  duro_grid_plan plan = {.nd = nd};
  for (int i = 0; i < nd; i++)
    plan.axis[i] = (duro_grid_axis){
        .state = nd - 1 - i, .n = n[i], .low = -1 - i, .high = 2 + i, .periodic = periodic && periodic[i]};
  memset(g, 0, sizeof *g);
  memset(f, 0, sizeof *f);
  f->nx = nd;
  g->formula = f;
  g->row = -1;
  assert_int_equal(cert_take_axes(g, &plan), DURO_OK);
}

static void axes_are_taken(void **state) {
  (void)state;
  cert_game g;
  duro_formula f;
  make_axes(&g, &f, 3, (const int[]){4, 5, 7}, (const bool[]){false, true, false});
  assert_true(g.nd == 3 && g.corners == 8 && g.vertices == 4 * 5 * 7 && g.all_cells == 3 * 5 * 6);
  assert_true(g.step[0] == 35 && g.step[1] == 7 && g.step[2] == 1);
  assert_true(g.cells[0] == 3 && g.cells[1] == 5 && g.cells[2] == 6);
  assert_near(g.spacing[0], 1.0, 1e-15);
  assert_near(g.spacing[1], 1.0, 1e-15);
  assert_near(g.spacing[2], 7.0 / 6.0, 1e-15);
  duro_grid_plan plan = {.nd = 1, .axis = {{.n = 4096, .high = 1}}};
  assert_int_equal(cert_take_axes(&g, &plan), DURO_OK);
  plan.axis[0].n = 4097;
  assert_int_equal(cert_take_axes(&g, &plan), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "4097"));
}

/* cells and their places are numbered in C order, corners by the bits of the axes */
static void cells_are_in_order(void **state) {
  (void)state;
  cert_game g;
  duro_formula f;
  make_axes(&g, &f, 3, (const int[]){4, 5, 7}, (const bool[]){false, true, false});
  static float V[4 * 5 * 7];
  for (int i = 0; i < 4 * 5 * 7; i++) V[i] = (float)i;
  int64_t index = 0;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 5; j++)
      for (int k = 0; k < 6; k++, index++) {
        const int cell[3] = {i, j, k};
        int back[3];
        double corner[CERT_CORNERS];
        assert_int_equal(cert_cell_index(&g, cell), index);
        cert_cell_at(&g, back, index);
        assert_memory_equal(back, cell, sizeof cell);
        cert_corners(&g, V, corner, cell);
        for (int c = 0; c < 8; c++)
          assert_true(corner[c] == (i + (c & 1)) * 35 + (j + (c >> 1 & 1)) % 5 * 7 + k + (c >> 2 & 1));
      }
}

/* --- one box against a linear program --------------------------------------------------------------------------- */

typedef struct linear {
  double at, by[CERT_D], by_a[CERT_A]; // at p = 0 and a = 0, and slopes
} linear;

static double value_of(const linear *f, int nd, int na, const double *p, const double *a) {
  double value = f->at;
  for (int i = 0; i < nd; i++) value += f->by[i] * p[i];
  for (int k = 0; k < na; k++) value += f->by_a[k] * a[k];
  return value;
}

/* smallest f - lambda V over the corners of the cell and of the disturbances */
static double least_of(const linear *f, const linear *V, int nd, int na, double lambda) {
  double least = INFINITY;
  for (int corner = 0; corner < 1 << (nd + na); corner++) {
    double p[CERT_D], a[CERT_A];
    for (int i = 0; i < nd; i++) p[i] = corner >> i & 1 ? 0.5 : -0.5;
    for (int k = 0; k < na; k++) a[k] = corner >> (nd + k) & 1 ? 1 : -1;
    const double value = value_of(f, nd, na, p, a) - lambda * value_of(V, nd, 0, p, NULL);
    least = value < least ? value : least;
  }
  return least;
}

/* largest of that over lambda >= 0, which is concave in lambda: by sections. Below 1e6, where the program looks. */
static double best_of(const linear *f, const linear *V, int nd, int na) {
  double lo = 0, hi = 64;
  for (int k = 0; k < 60; k++) {
    const double a = lo + (hi - lo) * 0.382, b = lo + (hi - lo) * 0.618;
    if (least_of(f, V, nd, na, a) < least_of(f, V, nd, na, b))
      lo = a;
    else
      hi = b;
  }
  const double inside = least_of(f, V, nd, na, 0.5 * (lo + hi)), zero = least_of(f, V, nd, na, 0);
  return inside > zero ? inside : zero;
}

enum { N = 9, VERTICES = N * N * N };

typedef struct problem {
  cert_game game;
  duro_formula formula;
  float V[VERTICES], low[VERTICES];
  cert_map map[4];
  cert_plane plane[2];
  uint8_t tree[4096];
  cert_prover prover;
} problem;

static problem P;

/* an nd-dimensional grid of 8 cells each with a linear V, and a cell; V in the cell about its middle */
static void make_problem(int nd, int na, int controls, duro_stream *stream, linear *V) {
  static const int n[] = {N, N, N};
  make_axes(&P.game, &P.formula, nd, n, NULL);
  P.game.na = na, P.game.nu = 1, P.game.controls = controls;
  P.formula.nh = 1;
  P.plane[0] = (cert_plane){.c = 1000};
  double slope[3];
  for (int i = 0; i < nd; i++) slope[i] = (double)duro_stream_below(stream, 65) / 32 - 1; // exact in single precision
  P.prover = (cert_prover){.game = &P.game,
                           .V = P.V,
                           .low = P.low,
                           .scale = 1,
                           .slack = SLACK,
                           .map = P.map,
                           .plane = P.plane,
                           .tree = P.tree,
                           .tree_room = sizeof P.tree};
  for (int i = 0; i < nd; i++) P.prover.cell[i] = (int)duro_stream_below(stream, N - 1);
  *V = (linear){.at = (double)duro_stream_below(stream, 65) / 64 - 0.25};
  for (int64_t v = 0; v < P.game.vertices; v++) {
    double value = V->at;
    for (int i = 0; i < nd; i++) value += slope[i] * ((double)(v / P.game.step[i] % N) - P.prover.cell[i] - 0.5);
    P.V[v] = (float)value;
  }
  memcpy(V->by, slope, sizeof slope);
  for (int64_t k = 0; k < P.game.all_cells; k++) {
    int cell[CERT_D];
    double corner[CERT_CORNERS];
    cert_cell_at(&P.game, cell, k);
    cert_corners(&P.game, P.V, corner, cell);
    P.low[k] = (float)corner[0];
    for (int c = 1; c < P.game.corners; c++) P.low[k] = fminf(P.low[k], (float)corner[c]);
  }
}

/* a map of the cell into the middle of another, `reach` of a cell about it; V after the step */
static linear make_map(int k, int nd, int na, duro_stream *stream, double reach, const linear *V) {
  cert_map *map = P.map + k;
  memset(map, 0, sizeof *map);
  linear next = {.at = V->at};
  for (int i = 0; i < nd; i++) {
    const double share = reach / (nd + na + 1);
    map->c[i] = (int)duro_stream_below(stream, N - 1) + 0.5;
    map->R[i] = 0.5 * share * duro_stream_uniform(stream);
    for (int j = 0; j < nd; j++) map->J[i][j] = draw(stream, 2 * share);
    for (int j = 0; j < na; j++) map->Ja[i][j] = draw(stream, fmin(share, 0.049)); // too little to be halved
    next.at += V->by[i] * (map->c[i] - P.prover.cell[i] - 0.5) - fabs(V->by[i]) * map->R[i];
    for (int j = 0; j < nd; j++) next.by[j] += V->by[i] * map->J[i][j];
    for (int j = 0; j < na; j++) next.by_a[j] += V->by[i] * map->Ja[i][j];
  }
  return next;
}

/* V(z') - lambda V(z) >= bound over a cell: exact where all is linear */
static void bounds_are_those_of_linear_programs(void **state) {
  (void)state;
  int failed = 0, proved = 0, outside = 0;
  for (int trial = 0; trial < 6000; trial++) {
    duro_stream stream = test_stream((uint64_t)trial);
    const int nd = 1 + trial % 3, na = trial / 3 % 3;
    linear V;
    make_problem(nd, na, 1, &stream, &V);
    const linear next = make_map(0, nd, na, &stream, 0.45, &V);
    const linear minus = {.at = -V.at, .by = {-V.by[0], -V.by[1], -V.by[2]}}, none = {0};
    const double most = -least_of(&minus, &none, nd, 0, 0), bound = best_of(&next, &V, nd, na);
    if (fabs(most) < 1e-6 || fabs(bound) < 1e-6) continue; // which of the two it is is a matter of rounding
    const double result = cert_prove(&P.prover);
    if (most < 0) { // no state of the cell is in the set
      outside++;
      assert_true(result == 0 && P.prover.tree_count == 1 && P.tree[0] == CERT_OUTSIDE);
      continue;
    }
    if (bound > 0) {
      proved++;
      assert_true(result == 0 && P.prover.tree_count == 1 && P.tree[0] == 0);
    } else {
      failed++;
      assert_near(result, SLACK - bound, 1e-9); // paddings of 1e-11 and slopes of up to 3
      for (int i = 0; i < nd; i++) assert_true(P.prover.failed_at[i] == 0.5);
      assert_int_equal(P.prover.tree_count, 0);
    }
    for (int i = 0; i < nd; i++)
      assert_true(P.prover.reach_lo[i] == (int)P.map[0].c[i] && P.prover.reach_hi[i] == (int)P.map[0].c[i]);
  }
  assert_true(failed > 800 && proved > 800 && outside > 100);
}

/* over several cells V is the same linear function, and what holds of one image holds of its parts */
static void bounds_over_several_cells(void **state) {
  (void)state;
  int failed = 0, proved = 0;
  for (int trial = 0; trial < 6000; trial++) {
    duro_stream stream = test_stream((uint64_t)trial);
    const int nd = 1 + trial % 3, na = trial / 3 % 3;
    linear V;
    make_problem(nd, na, 1, &stream, &V);
    linear next = make_map(0, nd, na, &stream, 2, &V);
    bool beyond = false;
    for (int i = 0; i < nd; i++) {
      double radius = P.map[0].R[i];
      const double shift = draw(&stream, 1);
      P.map[0].c[i] += shift;
      next.at += V.by[i] * shift;
      for (int j = 0; j < nd; j++) radius += 0.5 * fabs(P.map[0].J[i][j]);
      for (int k = 0; k < na; k++) radius += fabs(P.map[0].Ja[i][k]);
      beyond = beyond || P.map[0].c[i] - radius < 0 || P.map[0].c[i] + radius > N - 1;
    }
    const double bound = best_of(&next, &V, nd, na), result = cert_prove(&P.prover);
    if (P.prover.tree_count == 1 && P.tree[0] == CERT_OUTSIDE) continue;
    if (beyond) {
      assert_true(isinf(result) && P.prover.reach_lo[0] > P.prover.reach_hi[0]); // nothing is known beyond the grid
    } else if (fabs(bound) > 1e-6) {
      assert_int_equal(result == 0, bound > 0);
      if (bound > 0)
        proved++;
      else
        failed++;
      if (bound < 0) assert_true(result <= SLACK - bound + 1e-9); // a part of the image may be better than the whole
    }
  }
  assert_true(failed > 300 && proved > 300);
}

/* h_i - lambda V likewise; the first constraint that fails is told */
static void constraints_are_bound_likewise(void **state) {
  (void)state;
  int failed = 0;
  for (int trial = 0; trial < 6000; trial++) {
    duro_stream stream = test_stream((uint64_t)trial);
    const int nd = 1 + trial % 3;
    linear V, h[2];
    make_problem(nd, 0, 1, &stream, &V);
    memset(P.map, 0, sizeof *P.map);
    for (int i = 0; i < nd; i++) P.map[0].c[i] = P.prover.cell[i] + 0.5; // and stands still
    P.formula.nh = 2;
    double bound = INFINITY;
    for (int i = 0; i < 2; i++) {
      P.plane[i] = (cert_plane){.c = draw(&stream, 1) + 0.5, .R = 0.1 * duro_stream_uniform(&stream)};
      h[i] = (linear){.at = P.plane[i].c - P.plane[i].R};
      for (int j = 0; j < nd; j++) P.plane[i].J[j] = h[i].by[j] = draw(&stream, 1);
      if (bound > 0) bound = fmin(bound, best_of(h + i, &V, nd, 0));
    }
    linear stands = V;
    for (int j = 0; j < nd; j++) stands.by[j] = 0;
    const double moves = best_of(&stands, &V, nd, 0);
    const double result = cert_prove(&P.prover);
    if (P.prover.tree_count == 1 && P.tree[0] == CERT_OUTSIDE) continue;
    if (bound > 1e-6) {
      assert_true(P.prover.reach_lo[0] <= P.prover.reach_hi[0]); // then controls were tried
      assert_int_equal(result == 0, moves > SLACK);
      continue;
    }
    if (bound > -1e-6) continue;
    assert_near(result, SLACK - bound, 1e-9);
    assert_true(P.prover.reach_lo[0] > P.prover.reach_hi[0]);
    failed++;
  }
  assert_true(failed > 1000);
  P.plane[0] = (cert_plane){.c = NAN}; // a constraint of which nothing is known
  assert_true(isinf(cert_prove(&P.prover)));
}

/* of four controls the two with the best outlook are tried; what worked last comes first where two are alike */
static void the_best_two_controls_are_tried(void **state) {
  (void)state;
  int second = 0, failed = 0;
  for (int trial = 0; trial < 6000; trial++) {
    duro_stream stream = test_stream((uint64_t)trial);
    const int nd = 1 + trial % 3, na = trial / 3 % 3;
    linear V, next[4];
    make_problem(nd, na, 4, &stream, &V);
    double hope[4], bound[4];
    for (int k = 0; k < 4; k++) {
      next[k] = make_map(k, nd, na, &stream, k % 2 ? 0.05 : 0.45, &V);
      for (int i = 0; i < nd; i++) { // close to one another, so that the better outlook may be the worse bound
        const double shift = P.map[0].c[i] + draw(&stream, 0.04) - P.map[k].c[i];
        P.map[k].c[i] += shift;
        next[k].at += V.by[i] * shift;
      }
      hope[k] = next[k].at;
      for (int i = 0; i < nd; i++) hope[k] += fabs(V.by[i]) * P.map[k].R[i]; // what is not known is no outlook
      for (int j = 0; j < na; j++) hope[k] -= fabs(next[k].by_a[j]);
      bound[k] = best_of(next + k, &V, nd, na);
    }
    int order[2] = {0, -1};
    for (int k = 1; k < 4; k++)
      if (hope[k] > hope[order[0]]) order[0] = k;
    bool close = false;
    for (int k = 0; k < 4; k++) {
      if (k == order[0]) continue;
      close = close || hope[order[0]] - hope[k] < 1e-9;
      if (order[1] < 0 || hope[k] > hope[order[1]]) order[1] = k;
    }
    for (int k = 0; k < 4; k++) close = close || (k != order[1] && fabs(hope[order[1]] - hope[k]) < 1e-9);
    if (close || fabs(bound[order[0]]) < 1e-6 || fabs(bound[order[1]]) < 1e-6) continue;
    const double result = cert_prove(&P.prover);
    if (P.prover.tree_count == 1 && P.tree[0] == CERT_OUTSIDE) continue;
    const int chosen = bound[order[0]] > 0 ? 0 : bound[order[1]] > 0 ? 1 : -1;
    if (chosen >= 0) {
      second += chosen;
      assert_true(result == 0 && P.tree[0] == order[chosen] && P.prover.hint == order[chosen]);
    } else {
      failed++;
      assert_near(result, SLACK - fmax(bound[order[0]], bound[order[1]]), 1e-9);
    }
  }
  print_message("the second of four: %d, none: %d\n", second, failed);
  assert_true(second > 10 && failed > 500);
  duro_stream stream = test_stream(0);
  linear V;
  for (int hint = 0; hint < 4; hint++) { // four that are alike
    make_problem(2, 0, 4, &stream, &V);
    for (int64_t v = 0; v < P.game.vertices; v++) P.V[v] = 1;
    for (int64_t k = 0; k < P.game.all_cells; k++) P.low[k] = 1;
    memset(P.map, 0, sizeof P.map);
    for (int k = 0; k < 4; k++) P.map[k].c[0] = P.map[k].c[1] = 4.5;
    P.prover.hint = hint;
    assert_true(cert_prove(&P.prover) == 0 && P.tree[0] == hint);
  }
}

/* --- division --------------------------------------------------------------------------------------------------- */

/* V = 1 in the cell, and beyond it a slope along axis `along`: control 0 keeps the lower half, 1 the upper */
static void make_halves(int along, int depth) {
  duro_stream stream = test_stream(1);
  linear V;
  make_problem(2, 0, 2, &stream, &V);
  P.prover.cell[0] = P.prover.cell[1] = 1;
  P.prover.depth = depth;
  for (int64_t v = 0; v < P.game.vertices; v++) { // V = z - 4.25 of axis 0 from z = 3 on, and 1 below
    const int z = (int)(v / P.game.step[0]);
    P.V[v] = z < 3 ? 1 : (float)z - 4.25f;
  }
  for (int64_t k = 0; k < P.game.all_cells; k++) {
    const int z = (int)(k / P.game.cells[1]);
    P.low[k] = z < 2 ? 1 : z == 2 ? -1.25f : (float)z - 4.25f;
  }
  memset(P.map, 0, sizeof P.map);
  for (int k = 0; k < 2; k++) { // z'_0 = 4.5 -+ p_along: in (4.25, 4.75 ..) in its half alone
    P.map[k].c[0] = 4.3;
    P.map[k].c[1] = 1.5;
    P.map[k].J[0][along] = k ? 0.4 : -0.4;
  }
}

static void boxes_are_halved(void **state) {
  (void)state;
  for (int along = 0; along < 2; along++) {
    make_halves(along, 1);
    assert_true(cert_prove(&P.prover) == 0);
    assert_int_equal(P.prover.tree_count, 3);
    assert_memory_equal(P.tree, ((const uint8_t[]){(uint8_t)(CERT_SPLIT + along), 0, 1}), 3);
    make_halves(along, 0); // V(z') = .05 -+ .4 p at best: -.15 at the edge
    assert_near(cert_prove(&P.prover), 0.15, 1e-6);
    assert_true(P.prover.failed_at[0] == 0.5 && P.prover.failed_at[1] == 0.5);
    make_halves(along, 1); // in the upper half nothing helps
    P.map[1].c[0] = 4.1;
    assert_true(cert_prove(&P.prover) > 0);
    assert_true(P.prover.failed_at[along] == 0.75 && P.prover.failed_at[1 - along] == 0.5);
    make_halves(along, 1); // nor in the lower
    P.map[0].c[0] = 4.1;
    assert_true(cert_prove(&P.prover) > 0);
    assert_true(P.prover.failed_at[along] == 0.25 && P.prover.failed_at[1 - along] == 0.5);
  }
}

/* a tree without room is counted all the same, and what is not there is not written */
static void trees_keep_to_their_room(void **state) {
  (void)state;
  make_halves(0, 1);
  memset(P.tree, 7, sizeof P.tree);
  P.prover.tree_room = 2;
  assert_true(cert_prove(&P.prover) == 0 && P.prover.tree_count == 3);
  assert_true(P.tree[1] == 0 && P.tree[2] == 7);
  make_halves(0, 1);
  P.prover.tree = NULL;
  assert_true(cert_prove(&P.prover) == 0 && P.prover.tree_count == 3);
}

/* Where the image of all disturbances is too wide for one bound, it is divided until each part has its own. */
static void disturbances_are_halved(void **state) {
  (void)state;
  make_axes(&P.game, &P.formula, 1, (const int[]){N}, NULL);
  P.game.na = 1, P.game.nu = 1, P.game.controls = 1;
  P.formula.nh = 1;
  P.plane[0] = (cert_plane){.c = 1000};
  for (int v = 0; v < N; v++) P.V[v] = v < 2 ? (float)v - 1 : 1;
  for (int k = 0; k < N - 1; k++) P.low[k] = P.V[k];
  P.prover = (cert_prover){
      .game = &P.game, .V = P.V, .low = P.low, .scale = 1, .slack = SLACK, .map = P.map, .plane = P.plane, .cell = {1}};
  memset(P.map, 0, sizeof *P.map);
  // V = .5 + p in the cell; z' = c + a + p is least at a = -1, and V is c - 2 + p there, or 1 beyond its slope
  P.map[0].c[0] = 2.55, P.map[0].Ja[0][0] = 1, P.map[0].J[0][0] = 1;
  assert_true(cert_prove(&P.prover) == 0);
  assert_true(P.prover.reach_lo[0] == 1 && P.prover.reach_hi[0] == 4);
  P.map[0].c[0] = 2.45;
  assert_near(cert_prove(&P.prover), 0.05, 1e-6);
  P.map[0].c[0] = 4, P.map[0].Ja[0][0] = -1.45; // whatever the sign
  assert_true(cert_prove(&P.prover) == 0);
}

/* --- edges of the grid ------------------------------------------------------------------------------------------ */

/* an image may touch the edge and not cross it; along a periodic axis there is none */
static void edges_of_the_grid(void **state) {
  (void)state;
  for (int periodic = 0; periodic < 2; periodic++) {
    const bool is[1] = {periodic};
    const int n[1] = {periodic ? N - 1 : N};
    make_axes(&P.game, &P.formula, 1, n, is);
    P.game.nu = 1, P.game.controls = 1;
    P.formula.nh = 1;
    P.plane[0] = (cert_plane){.c = 1000};
    for (int v = 0; v < N; v++) P.V[v] = P.low[v] = 1;
    P.prover = (cert_prover){.game = &P.game,
                             .V = P.V,
                             .low = P.low,
                             .scale = 1,
                             .slack = SLACK,
                             .map = P.map,
                             .plane = P.plane,
                             .tree = P.tree,
                             .tree_room = sizeof P.tree};
    memset(P.map, 0, sizeof *P.map);
    P.map[0].J[0][0] = 1;
    static const double at[] = {0.51, 0.49, 7.49, 7.51, -3, 12, 4097, NAN};
    static const bool inside[] = {true, false, true, false, false, false, false, false};
    for (int k = 0; k < 8; k++) {
      P.map[0].c[0] = at[k];
      const double result = cert_prove(&P.prover);
      const bool fine = inside[k] || (periodic && k < 6);
      if (fine)
        assert_true(result == 0 && P.prover.reach_lo[0] == (int)floor(at[k] - 0.5));
      else
        assert_true(isinf(result));
    }
    P.map[0].c[0] = 4;
    P.map[0].R[0] = periodic ? 7.6 : 3.6; // twice round, or over both edges
    assert_true(isinf(cert_prove(&P.prover)));
    P.map[0].R[0] = periodic ? 7.4 : 3.4;
    assert_true(cert_prove(&P.prover) == 0);
  }
}

/* the last cell of a periodic axis lies between its last vertex and its first */
static void periodic_cells_wrap(void **state) {
  (void)state;
  make_axes(&P.game, &P.formula, 1, (const int[]){8}, (const bool[]){true});
  P.game.nu = 1, P.game.controls = 2;
  P.formula.nh = 1;
  P.plane[0] = (cert_plane){.c = 1000};
  for (int v = 0; v < 8; v++) P.V[v] = v == 0 ? 1 : -1;
  for (int k = 0; k < 8; k++) P.low[k] = -1;
  P.prover = (cert_prover){.game = &P.game,
                           .V = P.V,
                           .low = P.low,
                           .scale = 1,
                           .slack = SLACK,
                           .map = P.map,
                           .plane = P.plane,
                           .tree = P.tree,
                           .tree_room = sizeof P.tree};
  memset(P.map, 0, sizeof P.map);
  for (int k = -1; k <= 1; k++) { // z' = .25 and 7.75 and as much further round: V = .5
    P.map[0].c[0] = 0.25 + 8 * k;
    assert_true(cert_prove(&P.prover) == 0);
    P.map[0].c[0] = 7.75 + 8 * k;
    P.map[1].c[0] = 4.5;
    assert_true(k == 1 || cert_prove(&P.prover) == 0);
    P.map[0].c[0] = 7.25; // V = -.5
    assert_true(cert_prove(&P.prover) > 0.49);
    P.map[1].c[0] = 8.125; // of two, one that lies beyond the seam has the better outlook
    assert_true(cert_prove(&P.prover) == 0 && P.tree[P.prover.tree_count - 1] == 1);
  }
}

/* --- maps and planes of a formula ------------------------------------------------------------------------------- */

static void make_game(cert_game *g, const duro_env *env, const int *n, int controls, double tolerance) {
  duro_grid_settings s;
  const duro_settings_group group = duro_grid_settings_group(&s);
  duro_settings_default(&group);
  duro_certificate_settings c;
  const duro_settings_group of = duro_certificate_settings_group(&c);
  duro_settings_default(&of);
  c.controls = controls;
  c.tolerance = tolerance;
  duro_grid_plan plan;
  if (duro_grid_plan_make(&plan, env, &s, n, env->spec.nx, NULL, NULL)) fail_msg("%s", duro_error());
  if (cert_game_create(g, env, &plan, &c)) fail_msg("%s", duro_error());
}

/* x1' = x1 + dt x2, x2' = x2 + dt (c u + r a), h = min(b - |x1|, b - |x2|) */
static void double_integrator_is_known(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrator", SETTINGS("dt=0.2", "control=0.75", "disturbance=0.5"));
  cert_game g;
  make_game(&g, env, (const int[]){11, 21}, 5, 1e-9);
  assert_int_equal(g.row, 0);
  assert_int_equal(g.controls, 5);
  for (int k = 0; k < 5; k++) assert_near(g.control[k], -1 + 0.5 * k, 1e-15);
  assert_near(g.spacing[0], 1.1, 1e-12);
  assert_near(g.spacing[1], 0.55, 1e-12);
  interval *scratch = malloc(cert_scratch_size(&g));
  assert_non_null(scratch);
  for (int i = 0; i < 10; i++)
    for (int j = 0; j < 20; j++) {
      const double u = -0.3 + 0.06 * j, x2 = -5.5 + 0.55 * (j + 0.5);
      cert_map map;
      cert_plane plane[DURO_FORMULA_CONSTRAINTS];
      cert_enclose(&g, scratch, &map, (const int[]){i, j}, &u);
      assert_near(map.c[0], 0.5 + 0.2 * x2 / 1.1, 1e-12); // of index 0 along its row
      assert_near(map.c[1], j + 0.5 + 0.2 * 0.75 * u / 0.55, 1e-12);
      assert_true(map.J[0][0] == 1 && map.J[1][0] == 0 && map.J[1][1] == 1);
      assert_near(map.J[0][1], 0.2 * 0.55 / 1.1, 1e-12);
      assert_near(map.Ja[0][0], 0, 1e-12);
      assert_near(map.Ja[1][0], 0.2 * 0.5 / 0.55, 1e-12);
      for (int k = 0; k < 2; k++) // the tolerance, a share of the axis, and roundings
        assert_true(map.R[k] >= 1e-9 * g.cells[k] && map.R[k] <= 1e-9 * g.cells[k] + 1e-11);
      cert_planes(&g, scratch, plane, (const int[]){i, j});
      // the value of each h_i in the cell is its plane; |x| bends at 0, the edge of the cells in the middle
      for (int k = 0; k < g.formula->nh; k++) {
        double work[256], h[DURO_FORMULA_CONSTRAINTS];
        assert_true(g.formula->count <= 256 && plane[k].R >= 0);
        const bool bends = i == 4 || i == 5 || j == 9 || j == 10;
        if (!bends) assert_true(plane[k].R < 1e-11);
        for (int p = 0; p < 4; p++) {
          const double at[2] = {p & 1 ? 0.5 : -0.5, p & 2 ? 0.5 : -0.5};
          const double x[2] = {-5.5 + 1.1 * (i + 0.5 + at[0]), -5.5 + 0.55 * (j + 0.5 + at[1])};
          duro_formula_evaluate(g.formula, work, NULL, h, x, &u, &(double){0});
          assert_near(plane[k].c + plane[k].J[0] * at[0] + plane[k].J[1] * at[1], h[k], plane[k].R + 1e-11);
        }
      }
    }
  free(scratch);
  cert_game_destroy(&g);
  duro_env_destroy(env);
}

/* a map and what it leaves unknown hold every step of the formula, and not much more */
static void maps_hold_the_motion(void **state) {
  (void)state;
  static const struct {
    const char *name;
    int n[6], row;
  } systems[] = {{"pendulum", {21, 21}, -1}, {"cartpole", {9, 9, 9, 9}, 0}};
  for (int s = 0; s < 2; s++) {
    duro_env *env = make_env(systems[s].name, NULL);
    cert_game g;
    make_game(&g, env, systems[s].n, 3, 0);
    if (g.row != systems[s].row) fail_msg("%s: row %d", systems[s].name, g.row);
    interval *scratch = malloc(cert_scratch_size(&g));
    double *work = malloc((size_t)g.formula->count * sizeof *work), furthest[CERT_D] = {0}, allowed[CERT_D] = {0};
    assert_true(scratch && work);
    for (int trial = 0; trial < 300; trial++) {
      duro_stream stream = test_stream((uint64_t)trial);
      const double u = draw(&stream, 1);
      int cell[CERT_D];
      for (int i = 0; i < g.nd; i++) cell[i] = (int)duro_stream_below(&stream, (uint32_t)g.cells[i]);
      cert_map map;
      cert_enclose(&g, scratch, &map, cell, &u);
      double most[CERT_D] = {0};
      for (int point = 0; point < 50; point++) {
        double x[DURO_MAX_STATE] = {0}, x2[DURO_MAX_STATE], p[CERT_D], a[CERT_A];
        for (int i = 0; i < g.nd; i++) {
          p[i] = draw(&stream, 0.5);
          if (point % 2) p[i] = p[i] < 0 ? -0.5 : 0.5;
          x[g.axis[i].state] = g.axis[i].low + g.spacing[i] * (cell[i] + 0.5 + p[i]);
        }
        for (int k = 0; k < g.na; k++) a[k] = draw(&stream, 1) < 0 ? -1 : 1;
        duro_formula_evaluate(g.formula, work, x2, NULL, x, &u, a);
        for (int i = 0; i < g.nd; i++) {
          double z = map.c[i] + (i == g.row ? cell[i] : 0);
          for (int j = 0; j < g.nd; j++) z += map.J[i][j] * p[j];
          for (int k = 0; k < g.na; k++) z += map.Ja[i][k] * a[k];
          const double off = fabs((x2[g.axis[i].state] - g.axis[i].low) / g.spacing[i] - z);
          if (!(off <= map.R[i] + 1e-12)) fail_msg("%s, axis %d: %g beyond %g", systems[s].name, i, off, map.R[i]);
          most[i] = fmax(most[i], off);
        }
      }
      for (int i = 0; i < g.nd; i++) furthest[i] += most[i], allowed[i] += map.R[i];
    }
    for (int i = 0; i < g.nd; i++) {
      print_message("%s, axis %d: steps are off by %.3g in the mean, allowed are %.3g\n", systems[s].name, i,
                    furthest[i] / 300, allowed[i] / 300);
      // the half-widths of all slopes add up, which no one point reaches: 1.9 times as much at most in these cells
      assert_true(allowed[i] <= 2.5 * furthest[i] + 1e-9);
    }
    free(scratch);
    free(work);
    cert_game_destroy(&g);
    duro_env_destroy(env);
  }
}

/* --- a turntable: two controls, two disturbances, an angle -------------------------------------------------------- */

/* theta' = theta + .05 + .1 y + .03 u_1 + .02 a_1, y' = y + .02 u_0 + .005 u_1 + .01 a_0 + .005 a_1, h = 1 - |y| */
static void turn(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                 const double *a) {
  (void)env;
  (void)worker;
  x2[0] = x[0] + 0.05 + 0.1 * x[1] + 0.03 * u[1] + 0.02 * a[1];
  x2[1] = x[1] + 0.02 * u[0] + 0.005 * u[1] + 0.01 * a[0] + 0.005 * a[1];
  *out = (duro_step){.h = 1 - fabs(x2[1])};
}

static double turn_constraint(const duro_env *env, const double *x) {
  (void)env;
  return 1 - fabs(x[1]);
}

static int plus(duro_formula *f, int sum, double factor, int node) {
  return duro_formula_apply(f, DURO_F_ADD, sum,
                            duro_formula_apply(f, DURO_F_MUL, duro_formula_constant(f, factor), node));
}

static duro_status turn_formula(const duro_env *env, duro_formula *f) {
  (void)env;
  const int y = duro_formula_x(f, 1), u0 = duro_formula_u(f, 0), u1 = duro_formula_u(f, 1);
  const int a0 = duro_formula_a(f, 0), a1 = duro_formula_a(f, 1), one = duro_formula_constant(f, 1);
  f->next[0] = plus(f, plus(f, plus(f, plus(f, duro_formula_x(f, 0), 0.05, one), 0.1, y), 0.03, u1), 0.02, a1);
  f->next[1] = plus(f, plus(f, plus(f, plus(f, y, 0.02, u0), 0.005, u1), 0.01, a0), 0.005, a1);
  duro_formula_constrain(f, duro_formula_apply(f, DURO_F_SUB, one, duro_formula_apply(f, DURO_F_ABS, y, 0)));
  return f->failed;
}

static const duro_env_ops turntable_ops = {
    .name = "turntable", .step = turn, .constraint = turn_constraint, .formula = turn_formula};
static const duro_env turntable = {.ops = &turntable_ops, .spec = {.nx = 2, .nu = 2, .na = 2, .h_scale = 1}};

enum { TURNS = 8, HEIGHTS = 21 };
static const duro_grid_plan turntable_plan = {.nd = 2,
                                              .axis = {{.state = 0, .n = TURNS, .low = -4, .high = 4, .periodic = true},
                                                       {.state = 1, .n = HEIGHTS, .low = -1, .high = 1}}};

/* every input has its own column */
static void inputs_have_their_columns(void **state) {
  (void)state;
  duro_certificate_settings c;
  const duro_settings_group of = duro_certificate_settings_group(&c);
  duro_settings_default(&of);
  cert_game g;
  assert_int_equal(cert_game_create(&g, &turntable, &turntable_plan, &c), DURO_OK);
  assert_true(g.row == -1 && g.controls == 9 && g.nu == 2 && g.na == 2);
  for (int k = 0; k < 9; k++) {
    const int first = k / 3 - 1, second = k % 3 - 1;
    assert_true(g.control[2 * k] == first && g.control[2 * k + 1] == second);
  }
  interval *scratch = malloc(cert_scratch_size(&g));
  assert_non_null(scratch);
  const double u[2] = {0.5, -0.25};
  cert_map map;
  cert_enclose(&g, scratch, &map, (const int[]){3, 12}, u);
  const double y = -1 + 0.1 * 12.5;
  assert_near(map.c[0], 3.5 + 0.05 + 0.1 * y - 0.03 * 0.25, 1e-12); // cells of 1
  assert_near(map.c[1], 12.5 + (0.02 * 0.5 - 0.005 * 0.25) / 0.1, 1e-12);
  const double J[2][2] = {{1, 0.1 * 0.1}, {0, 1}}, Ja[2][2] = {{0, 0.02}, {0.1, 0.05}};
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++) {
      assert_near(map.J[i][j], J[i][j], 1e-12);
      assert_near(map.Ja[i][j], Ja[i][j], 1e-12);
    }
  cert_region in;
  for (int i = 0; i < 2; i++) {
    in.x[i] = in.x0[i] = i_point(0.25);
    in.u[i] = (interval){-1, 1}, in.u0[i] = i_point(0);
  }
  cert_slopes(&g, &g.motion, scratch, &in);
  for (int i = 0; i < 2; i++) {
    const interval *slope = cert_slopes_of(&g, scratch, g.formula->next[i]) + 2;
    const double wanted[6] = {i == 0, i ? 1 : 0.1, i ? 0.01 : 0, i ? 0.005 : 0.02, i ? 0.02 : 0, i ? 0.005 : 0.03};
    for (int k = 0; k < 6; k++) assert_true(fabs(i_mid(slope[k]) - wanted[k]) < 1e-12 && i_rad(slope[k]) < 1e-12);
  }
  free(scratch);
  cert_game_destroy(&g);
}

/* A V with a dent that states are turned into has to be lowered about it. Wherever the dent is, at the seam of the
 * angle as well, the set is the same turned round. */
static void the_seam_is_no_edge(void **state) {
  (void)state;
  double first = 0;
  for (int at = 0; at < TURNS; at++) {
    float V[TURNS * HEIGHTS];
    for (int v = 0; v < TURNS * HEIGHTS; v++) {
      const double y = -1 + 0.1 * (v % HEIGHTS);
      V[v] = (float)(0.9 - fabs(y) - (v / HEIGHTS == at && y > 0.3 ? 0.6 : 0));
    }
    duro_certificate *cert;
    duro_certificate_settings s;
    const duro_settings_group group = duro_certificate_settings_group(&s);
    duro_settings_default(&group);
    s.threads = 1, s.depth = 5;
    if (duro_certificate_make(&cert, &turntable, &turntable_plan, V, &s, NULL, NULL)) fail_msg("%s", duro_error());
    const double volume = duro_certificate_volume(cert), before = duro_certificate_volume_of(&turntable_plan, V, 0);
    if (at == 0) first = volume;
    if (at == 0) print_message("turntable: %.4f of %.4f\n", volume, before);
    assert_true(volume > 0.5 * before && volume < before);
    assert_near(volume, first, 0.01); // of some 13: numbers of the angle round differently
    for (int k = 0; k < 200; k++) {   // worst of the four corners of the disturbances
      duro_stream stream = test_stream((uint64_t)k);
      double x[2] = {draw(&stream, 4), draw(&stream, 1)}, u[2], x2[2];
      for (int t = 0; t < 60 && duro_certificate_contains(cert, x); t++) {
        assert_true(duro_certificate_control(cert, u, x));
        double worst = INFINITY, next[2] = {0, 0};
        for (int corner = 0; corner < 4; corner++) {
          const double a[2] = {corner & 1 ? 1 : -1, corner & 2 ? 1 : -1};
          duro_step out;
          turn(&turntable, NULL, x2, &out, x, u, a);
          if (!duro_certificate_contains(cert, x2)) fail_msg("(%g, %g) left the set", x[0], x[1]);
          const double value = duro_certificate_value(cert, x2);
          if (value < worst) worst = value, memcpy(next, x2, sizeof next);
        }
        memcpy(x, next, sizeof x);
      }
    }
    duro_certificate_destroy(cert);
  }
}

/* A proof begins with V less the level, lowered by 1e-6 of the largest |V - level|; here nothing fails. */
static void proofs_begin_at_the_level(void **state) {
  (void)state;
  float V[TURNS * HEIGHTS];
  for (int v = 0; v < TURNS * HEIGHTS; v++) V[v] = (float)(0.9 - fabs(-1 + 0.1 * (v % HEIGHTS)));
  static const double level[] = {0, 0.2, -0.05}, largest[] = {0.9, 0.7, 0.95};
  for (int k = 0; k < 3; k++) {
    duro_certificate *cert;
    duro_certificate_settings s;
    const duro_settings_group group = duro_certificate_settings_group(&s);
    duro_settings_default(&group);
    s.threads = 1, s.level = level[k];
    if (duro_certificate_make(&cert, &turntable, &turntable_plan, V, &s, NULL, NULL)) fail_msg("%s", duro_error());
    for (int i = 0; i <= 20; i++) {
      const double y = -0.5 + 0.05 * i, x[2] = {0.3, y};
      // straight between heights, in single precision
      assert_near(duro_certificate_value(cert, x), 0.9 - fabs(y) - level[k] - 1e-6 * largest[k], 2e-7);
    }
    duro_certificate_destroy(cert);
  }
}

/* auto: cones from three axes on where there is one control; else what is said */
static void who_needs_a_value(void **state) {
  (void)state;
  duro_certificate_settings s;
  const duro_settings_group group = duro_certificate_settings_group(&s);
  duro_settings_default(&group);
  for (int nd = 1; nd <= 4; nd++)
    for (int nu = 1; nu <= 5; nu++) {
      const duro_grid_plan plan = {.nd = nd};
      const duro_env env = {.spec = {.nu = nu}};
      strcpy(s.method, "auto");
      assert_int_equal(duro_certificate_needs_value(&env, &plan, &s), nd < 3 || nu > 4);
      strcpy(s.method, "grid");
      assert_true(duro_certificate_needs_value(&env, &plan, &s));
      strcpy(s.method, "cones");
      assert_false(duro_certificate_needs_value(&env, &plan, &s));
    }
}

/* --- what a certificate tells ----------------------------------------------------------------------------------- */

static double product(const double *z) { // multilinear, and another in every direction
  return (1 + 0.25 * z[0]) * (2 - 0.125 * z[1]) * (0.5 + z[2]) - 9;
}

static void values_are_interpolated(void **state) {
  (void)state;
  duro_formula f;
  duro_certificate cert = {.scale = 1};
  make_axes(&cert.game, &f, 3, (const int[]){5, 6, 7}, NULL);
  static float V[5 * 6 * 7];
  for (int v = 0; v < 5 * 6 * 7; v++) {
    double z[3];
    for (int i = 0; i < 3; i++) z[i] = (double)(v / cert.game.step[i] % (5 + i));
    V[v] = (float)product(z);
  }
  cert.V = V;
  for (int trial = 0; trial < 2000; trial++) {
    duro_stream stream = test_stream((uint64_t)trial);
    double z[3], x[3];
    bool beyond = false;
    for (int i = 0; i < 3; i++) {
      z[i] = (4 + i) * (1.2 * duro_stream_uniform(&stream) - 0.1);
      if (trial % 5 == i) z[i] = trial % 2 ? 4 + i : 0; // the edge itself
      beyond = beyond || z[i] < 0 || z[i] > 4 + i;
      x[2 - i] = cert.game.axis[i].low + z[i] * cert.game.spacing[i];
    }
    const double value = duro_certificate_value(&cert, x);
    if (beyond)
      assert_true(value == -INFINITY);
    else if (value != -INFINITY)            // an edge may be missed by rounding
      assert_near(value, product(z), 2e-5); // single precision of values up to 30
    assert_int_equal(duro_certificate_contains(&cert, x), value >= 1e-12);
  }
  int in[2] = {0, 0}; // both edges are in
  for (int i = 0; i < 3; i++) {
    double x[3] = {0, 0, 0};
    x[cert.game.axis[i].state] = cert.game.axis[i].low;
    in[0] += duro_certificate_value(&cert, x) > -INFINITY;
    x[cert.game.axis[i].state] = cert.game.axis[i].high;
    in[1] += duro_certificate_value(&cert, x) > -INFINITY;
  }
  assert_true(in[0] == 3 && in[1] == 3);
}

/* a state on the boundary is in where V is above what roundings may be */
static void membership_is_strict(void **state) {
  (void)state;
  duro_formula f;
  duro_certificate cert = {.scale = 1024};
  make_axes(&cert.game, &f, 1, (const int[]){2}, NULL);
  float V[2] = {0, 0};
  cert.V = V;
  static const float at[] = {0, 0.9e-9f, 1.2e-9f, -1};
  for (int k = 0; k < 4; k++) {
    V[0] = V[1] = at[k];
    assert_int_equal(duro_certificate_contains(&cert, &(double){0.5}), k == 2); // 1e-12 of the scale
  }
}

/* periodic axes have no ends */
static void periodic_values_wrap(void **state) {
  (void)state;
  duro_formula f;
  duro_certificate cert = {.scale = 1};
  make_axes(&cert.game, &f, 1, (const int[]){4}, (const bool[]){true});
  float V[4] = {1, 2, 4, 8}; // -1, -.25, .5, 1.25 and again
  cert.V = V;
  static const double x[] = {-1, -0.625, 0.5, 1.25, 1.625, 2, 2.375, -1.375, -4, 5};
  static const double wanted[] = {1, 1.5, 4, 8, 4.5, 1, 1.5, 4.5, 1, 1};
  for (int k = 0; k < 10; k++) assert_near(duro_certificate_value(&cert, x + k), wanted[k], 1e-12);
}

/* of cells that the boundary crosses 8 points per axis count, 4 from three axes on; of others all or nothing */
static void volumes_are_counted(void **state) {
  (void)state;
  for (int nd = 1; nd <= 4; nd++) {
    static const int n[] = {4, 5, 3, 3};
    static float V[4 * 5 * 3 * 3];
    duro_grid_plan plan = {.nd = nd};
    double one = 1, wanted = 0;
    cert_game g;
    duro_formula f;
    make_axes(&g, &f, nd, n, NULL);
    memcpy(plan.axis, g.axis, sizeof plan.axis);
    for (int64_t v = 0; v < g.vertices; v++) {
      double sum = 0;
      for (int i = 0; i < nd; i++) sum += (0.9 + 0.3 * i) * (double)(v / g.step[i] % n[i]);
      V[v] = (float)(1.5 - sum);
    }
    const int parts = nd < 3 ? 8 : 4;
    int64_t points = 1, inside = 0;
    for (int i = 0; i < nd; i++) points *= (n[i] - 1) * parts, one *= g.spacing[i] / parts;
    for (int64_t k = 0; k < points; k++) { // all points of all cells: the same where V is linear
      double sum = 0;
      int64_t rest = k;
      for (int i = 0; i < nd; i++) {
        sum += (0.9 + 0.3 * i) * ((double)(rest % ((n[i] - 1) * parts)) + 0.5) / parts;
        rest /= (n[i] - 1) * parts;
      }
      inside += 1.5 - sum >= 0.25 - 1e-7;
    }
    wanted = (double)inside * one;
    assert_true(inside > 0 && inside < points);
    assert_near(duro_certificate_volume_of(&plan, V, 0.25), wanted, 1e-9);
    duro_certificate cert = {.game = g, .V = V};
    for (int64_t v = 0; v < g.vertices; v++) V[v] -= 0.25f;
    assert_near(duro_certificate_volume(&cert), wanted, 1e-9);
    assert_near(duro_certificate_volume_inside(&cert), wanted, 1e-9);
  }
}

/* a tree by hand: [axis 1 halved [outside | axis 0 halved [control 0 | axis 0 halved [2 | 1]]]] in the second cell */
static void controls_are_found_in_trees(void **state) {
  (void)state;
  duro_formula f;
  duro_certificate cert = {.scale = 1};
  make_axes(&cert.game, &f, 2, (const int[]){2, 4}, NULL);
  static float V[8] = {1, 1, 1, 1, 1, 1, 1, 1};
  uint8_t tree[] = {2, CERT_SPLIT + 1, CERT_OUTSIDE, CERT_SPLIT, 0, CERT_SPLIT, 2, 1};
  int64_t first[] = {0, 1, 8, 8};
  double control[] = {-1, -0.5, 0.25, 0.5, 0.75, 1};
  cert.V = V, cert.tree = tree, cert.first = first;
  cert.game.control = control, cert.game.controls = 3, cert.game.nu = 2;
  for (int i = 0; i < 40; i++)
    for (int j = 0; j < 40; j++) {
      const double p = (i + 0.5) / 40, z = 3 * (j + 0.5) / 40;
      const double x[2] = {-2 + z * (5.0 / 3), -1 + p * 3};
      double u[2] = {9, 9};
      const int leaf = z < 1 ? 2 : z > 2 || z < 1.5 ? -1 : p < 0.5 ? 0 : p < 0.75 ? 2 : 1;
      assert_int_equal(duro_certificate_control(&cert, u, x), leaf >= 0);
      assert_true(u[0] == (leaf < 0 ? 0 : control[2 * leaf]) && u[1] == (leaf < 0 ? 0 : control[2 * leaf + 1]));
    }
  double u[2] = {9, 9};
  assert_true(duro_certificate_control(&cert, u, (const double[]){-2 + 1.5 * (5.0 / 3), -1}) &&
              u[0] == -1); // the upper
  memset(V, 0, sizeof V);
  assert_false(duro_certificate_control(&cert, u, (const double[]){-2, -1}));
  assert_true(u[0] == 0 && u[1] == 0);
}

/* a square on its corner, |x| + |y| <= 1 about (2, 3): controls are piecewise linear */
static void controls_of_cones_are_means(void **state) {
  (void)state;
  duro_formula f;
  double row[] = {1, 1, -1, 1, -1, -1, 1, -1}, vertex[] = {1, 0, 0, 1, -1, 0, 0, -1};
  double control[] = {0.5, -1, 0.25, 1};
  int simplex[] = {0, 1, 1, 2, 2, 3, 3, 0}, facet[] = {0, 1, 2, 3};
  int64_t first[] = {0, 1, 2, 3, 4};
  cert_cones cones = {.centre = {2, 3},
                      .centre_control = {-0.25},
                      .nu = 1,
                      .rows = 4,
                      .vertices = 4,
                      .count = 4,
                      .row = row,
                      .vertex = vertex,
                      .control = control,
                      .simplex = simplex,
                      .facet = facet,
                      .first = first,
                      .volume = 2,
                      .boxed = 1.5};
  duro_certificate cert = {.cones = &cones, .scale = 1};
  make_axes(&cert.game, &f, 2, (const int[]){2, 2}, NULL);
  cert.game.nu = 1;
  assert_true(duro_certificate_volume(&cert) == 2 && duro_certificate_volume_inside(&cert) == 1.5);
  for (int i = 0; i < 41; i++)
    for (int j = 0; j < 41; j++) {
      const double a = -1.05 + 2.1 * i / 40, b = -1.05 + 2.1 * j / 40;
      const double x[2] = {3 + b, 2 + a}; // axis 0 is state 1
      const double size = fabs(a) + fabs(b);
      double u = 9;
      assert_near(duro_certificate_value(&cert, x), 1 - size, 1e-12);
      if (fabs(1 - size) < 1e-6) continue;
      assert_int_equal(duro_certificate_contains(&cert, x), size < 1);
      const double of_a = a > 0 ? control[0] : control[2], of_b = b > 0 ? control[1] : control[3];
      const double wanted = size < 1 ? fabs(a) * of_a + fabs(b) * of_b - 0.25 * (1 - size) : 0;
      assert_int_equal(duro_certificate_control(&cert, &u, x), size < 1);
      assert_near(u, wanted, 1e-12);
    }
  double u;
  assert_false(duro_certificate_contains(&cert, (const double[]){3, 3 - 0.9e-9}));
  assert_true(duro_certificate_contains(&cert, (const double[]){3, 3 - 1.1e-9}));
  assert_true(duro_certificate_control(&cert, &u, (const double[]){3, 3 - 1.1e-9}));
  assert_near(u, 0.5, 1e-8);
  const double none[] = {NAN, INFINITY, -INFINITY, 1.7e308};
  for (int i = 0; i < 8; i++) { // what is no state is in no set
    const double x[2] = {i < 4 ? none[i] : 3, i < 4 ? 2 : none[i - 4]};
    u = 9;
    assert_true(duro_certificate_value(&cert, x) < (isfinite(none[i % 4]) ? -1e300 : -1.79e308));
    assert_false(duro_certificate_contains(&cert, x));
    assert_false(duro_certificate_control(&cert, &u, x));
    assert_true(u == 0);
  }
}

/* --- cones are proved ------------------------------------------------------------------------------------------- */

/* For a linear motion a cone holds where its corners do, each under its own control: largest of row . x' - 1. */
static double worst_of_corners(const cert_cones *s, int64_t cone, double dt, double drive, double push) {
  double most = -INFINITY;
  for (int corner = 0; corner < 3; corner++) {
    const int v = corner < 2 ? s->simplex[2 * cone + corner] : -1;
    const double z[2] = {v < 0 ? 0 : s->vertex[2 * v], v < 0 ? 0 : s->vertex[2 * v + 1]};
    const double u = v < 0 ? s->centre_control[0] : s->control[v];
    const double y[2] = {z[0] + s->centre[0] + dt * (z[1] + s->centre[1]) - s->centre[0], z[1] + dt * drive * u};
    for (int r = 0; r < s->rows; r++)
      most = fmax(most, s->row[2 * r] * y[0] + s->row[2 * r + 1] * y[1] + fabs(s->row[2 * r + 1]) * dt * push - 1);
  }
  return most;
}

/* a polygon about a centre: corners at given angles, rows from its edges */
static void make_polygon(cert_cones *s, int n, duro_stream *stream) {
  s->rows = s->vertices = n;
  s->count = n;
  s->nu = 1;
  s->centre_control[0] = draw(stream, 0.5);
  for (int k = 0; k < n; k++) {
    const double angle = 2 * 3.14159265358979 * (k + 0.5 * duro_stream_uniform(stream)) / n, size = 1.5;
    s->vertex[2 * k] = size * cos(angle);
    s->vertex[2 * k + 1] = size * sin(angle);
    // about what brakes
    s->control[k] = fmax(-1, fmin(1, -s->vertex[2 * k + 1] - 0.4 * s->vertex[2 * k] + draw(stream, 0.3)));
    s->simplex[2 * k] = k;
    s->simplex[2 * k + 1] = (k + 1) % n;
    s->facet[k] = k;
  }
  for (int k = 0; k < n; k++) {
    const double *p = s->vertex + 2 * k, *q = s->vertex + 2 * ((k + 1) % n);
    const double area = p[0] * q[1] - q[0] * p[1];
    s->row[2 * k] = (q[1] - p[1]) / area;
    s->row[2 * k + 1] = (p[0] - q[0]) / area;
  }
}

static void cones_of_a_linear_motion(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrator", SETTINGS("dt=0.2", "control=1.5", "disturbance=0.125"));
  cert_game g;
  make_game(&g, env, (const int[]){5, 5}, 3, 0);
  duro_pool *pool;
  assert_int_equal(duro_pool_create(&pool, 1), DURO_OK);
  int held = 0, failed = 0;
  for (int trial = 0; trial < 300; trial++) {
    duro_stream stream = test_stream((uint64_t)trial);
    enum { MOST = 12 };
    double row[2 * MOST], vertex[2 * MOST], control[MOST];
    int simplex[2 * MOST], facet[MOST];
    cert_cones s = {.row = row, .vertex = vertex, .control = control, .simplex = simplex, .facet = facet};
    cert_verdict verdict[MOST];
    make_polygon(&s, 5 + (int)duro_stream_below(&stream, 8), &stream);
    memset(verdict, 0xff, sizeof verdict);
    assert_int_equal(cert_cones_prove(&g, &s, pool, verdict, 1, s.count - 2), DURO_OK);
    for (int64_t k = 1; k < s.count - 1; k++) {
      const double excess = worst_of_corners(&s, k, 0.2, 1.5, 0.125);
      if (fabs(excess) < 1e-6) continue;
      assert_int_equal(verdict[k].proved, excess < 0);
      if (excess < 0)
        held++;
      else
        failed++;
    }
    const cert_verdict untouched = verdict[0];
    for (size_t b = 0; b < sizeof untouched; b++) assert_int_equal(((const uint8_t *)&untouched)[b], 0xff);
  }
  print_message("cones: %d hold, %d do not\n", held, failed);
  assert_true(held > 100 && failed > 100);
  duro_pool_destroy(pool);
  cert_game_destroy(&g);
  duro_env_destroy(env);
}

/* --- cones in halves ---------------------------------------------------------------------------------------------- */

static int by_ridge(const void *a, const void *b) {
  return memcmp(a, b, CERT_D * sizeof(int));
}

/* every ridge, the corners of a piece but one, belongs to two pieces of a closed surface */
static void assert_closed(const cert_cones *s, int nd) {
  const size_t n = (size_t)s->count * (size_t)nd;
  int(*ridge)[CERT_D] = calloc(n, sizeof *ridge);
  for (size_t i = 0; i < n; i++) {
    int m = 0;
    for (int k = 0; k < nd; k++) {
      if (k == (int)(i % (size_t)nd)) continue;
      int at = m++;
      const int v = s->simplex[i / (size_t)nd * (size_t)nd + (size_t)k];
      for (; at > 0 && ridge[i][at - 1] > v; at--) ridge[i][at] = ridge[i][at - 1];
      ridge[i][at] = v;
    }
  }
  qsort(ridge, n, sizeof *ridge, by_ridge);
  for (size_t i = 0; i < n; i += 2) assert_true(i + 1 < n && by_ridge(ridge[i], ridge[i + 1]) == 0);
  for (size_t i = 2; i < n; i += 2) assert_true(by_ridge(ridge[i - 1], ridge[i]) != 0);
  free(ridge);
}

static bool has(const cert_cones *s, int nd, int64_t k, int v) {
  for (int i = 0; i < nd; i++)
    if (s->simplex[k * nd + i] == v) return true;
  return false;
}

static double determinant(int n, double m[][CERT_D]) {
  double product = 1.0;
  for (int i = 0; i < n; i++) {
    int pivot = i;
    for (int r = i + 1; r < n; r++)
      if (fabs(m[r][i]) > fabs(m[pivot][i])) pivot = r;
    for (int j = 0; j < n; j++) {
      const double kept = m[i][j];
      m[i][j] = m[pivot][j];
      m[pivot][j] = kept;
    }
    if (m[i][i] == 0.0) return 0.0;
    product *= m[i][i];
    for (int r = i + 1; r < n; r++)
      for (int j = n - 1; j >= i; j--) m[r][j] -= m[r][i] / m[i][i] * m[i][j];
  }
  return fabs(product);
}

static double volume_of(const cert_cones *s, int nd) {
  double sum = 0.0, factorial = 1.0;
  for (int i = 2; i <= nd; i++) factorial *= i;
  for (int64_t k = 0; k < s->count; k++) {
    double m[CERT_D][CERT_D];
    for (int i = 0; i < nd; i++) memcpy(m[i], s->vertex + s->simplex[k * nd + i] * nd, (size_t)nd * sizeof(double));
    sum += determinant(nd, m);
  }
  return sum / factorial;
}

/* the surface of a box in cones */
static cert_cones *make_box(int nd, duro_stream *stream) {
  const double half[] = {1.0, 0.7, 1.6, 1.2};
  simple_polytope p;
  assert_int_equal(simple_box(&p, nd, half), DURO_OK);
  assert_int_equal(simple_tidy(&p), DURO_OK);
  cert_cones *s = duro_allocate(sizeof *s);
  s->rows = p.rows, s->vertices = p.vertices, s->nu = 2;
  s->row = duro_allocate((size_t)(p.rows * nd) * sizeof *s->row);
  s->vertex = duro_allocate((size_t)(p.vertices * nd) * sizeof *s->vertex);
  s->control = duro_allocate((size_t)(p.vertices * 2) * sizeof *s->control);
  memcpy(s->row, p.row, (size_t)(p.rows * nd) * sizeof *s->row);
  for (int v = 0; v < p.vertices; v++) {
    memcpy(s->vertex + v * nd, p.vertex[v].z, (size_t)nd * sizeof(double));
    s->control[2 * v] = draw(stream, 1.0);
    s->control[2 * v + 1] = draw(stream, 1.0);
  }
  assert_int_equal(simple_triangulate(&p, &s->simplex, &s->facet, &s->count), DURO_OK);
  assert_int_equal(cert_index_facets(s), DURO_OK);
  simple_destroy(&p);
  return s;
}

/* an edge of a cone drawn by chance */
static cert_edge draw_edge(const cert_cones *s, int nd, duro_stream *stream) {
  const int64_t k = (int64_t)duro_stream_below(stream, (uint32_t)s->count);
  const int p = (int)duro_stream_below(stream, (uint32_t)nd),
            q = (p + 1 + (int)duro_stream_below(stream, (uint32_t)(nd - 1))) % nd;
  const int a = s->simplex[k * nd + p], b = s->simplex[k * nd + q];
  return (cert_edge){a < b ? a : b, a < b ? b : a, {draw(stream, 1.0), draw(stream, 1.0)}};
}

/* Halved time after time the surface of a box stays one, without a gap, and its cones fill the box. */
static void halves_fill_the_box(void **state) {
  (void)state;
  for (int trial = 0; trial < 60; trial++) {
    duro_stream stream = test_stream((uint64_t)trial);
    const int nd = 2 + trial % 3;
    cert_cones *s = make_box(nd, &stream);
    const double volume = volume_of(s, nd);
    assert_closed(s, nd);
    for (int round = 0; round < 3; round++) {
      enum { EDGES = 6 };
      cert_edge edge[EDGES];
      const int64_t before = s->count;
      const int vertices = s->vertices;
      cert_verdict *verdict = calloc((size_t)s->count, sizeof *verdict);
      int64_t proved = 0, known = 0;
      for (int e = 0; e < EDGES; e++) edge[e] = draw_edge(s, nd, &stream);
      edge[EDGES - 1] = edge[0]; // given twice
      for (int64_t k = 0; k < s->count; k++) {
        bool whole = duro_stream_below(&stream, 2);
        verdict[k].proved = whole;
        for (int e = 0; e < EDGES; e++) whole = whole && !(has(s, nd, k, edge[e].from) && has(s, nd, k, edge[e].to));
        proved += whole;
      }
      assert_int_equal(cert_cones_keep(s, verdict), DURO_OK);
      const cert_edge given = edge[0];
      assert_int_equal(cert_cones_halve(s, nd, edge, EDGES), DURO_OK);
      assert_true(s->count > before);
      assert_true(s->vertices > vertices && s->vertices < vertices + EDGES); // one was given twice
      for (int j = 0; j < nd; j++) {
        const double *v = s->vertex;
        assert_true(v[vertices * nd + j] == 0.5 * (v[given.from * nd + j] + v[given.to * nd + j]));
      }
      assert_memory_equal(s->control + 2 * vertices, given.control, 2 * sizeof(double));
      for (int64_t k = 0; k < s->count; k++) {
        known += s->known[k] == s->rows;
        assert_true(s->known[k] == 0 || s->known[k] == s->rows);
        assert_true(k == 0 || s->facet[k] >= s->facet[k - 1]);
        for (int e = 0; e < EDGES; e++) assert_false(has(s, nd, k, edge[e].from) && has(s, nd, k, edge[e].to));
        for (int i = 0; i < nd; i++) { // each corner lies on the row
          double on = 0.0;
          for (int j = 0; j < nd; j++) on += s->row[s->facet[k] * nd + j] * s->vertex[s->simplex[k * nd + i] * nd + j];
          assert_true(fabs(on - 1.0) < 1e-14);
        }
      }
      assert_int_equal(known, proved);
      assert_closed(s, nd);
      assert_true(fabs(volume_of(s, nd) - volume) < 1e-12 * volume);
      free(verdict);
    }
    cert_cones_destroy(s);
  }
}

/* What was proved of a set before is known of the cones that are there again, for the rows that it had. */
static void cones_before_are_known(void **state) {
  (void)state;
  duro_stream stream = test_stream(5);
  cert_cones *before = make_box(3, &stream), *s;
  duro_stream again = test_stream(5);
  s = make_box(3, &again);
  cert_verdict *verdict = calloc((size_t)before->count, sizeof *verdict);
  for (int64_t k = 0; k < before->count; k++) verdict[k].proved = k % 3 != 0;
  assert_int_equal(cert_cones_keep(before, verdict), DURO_OK);
  s->control[2 * 4] += 0.1;                   // the control of a corner is another one
  before->row[3 * (before->rows - 1)] += 0.1; // and the last row is new
  assert_int_equal(cert_cones_know(s, before, 3), DURO_OK);
  for (int64_t k = 0; k < s->count; k++)
    assert_int_equal(s->known[k], k % 3 != 0 && !has(s, 3, k, 4) ? s->rows - 1 : 0);
  cert_cones_destroy(s);
  duro_stream third = test_stream(5);
  s = make_box(3, &third);
  s->centre_control[1] = 0.5; // which every cone has
  assert_int_equal(cert_cones_know(s, before, 3), DURO_OK);
  for (int64_t k = 0; k < s->count; k++) assert_int_equal(s->known[k], 0);
  cert_cones_destroy(s);
  cert_cones_destroy(before);
  free(verdict);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(axes_are_taken),
      cmocka_unit_test(cells_are_in_order),
      cmocka_unit_test(bounds_are_those_of_linear_programs),
      cmocka_unit_test(bounds_over_several_cells),
      cmocka_unit_test(constraints_are_bound_likewise),
      cmocka_unit_test(the_best_two_controls_are_tried),
      cmocka_unit_test(boxes_are_halved),
      cmocka_unit_test(trees_keep_to_their_room),
      cmocka_unit_test(disturbances_are_halved),
      cmocka_unit_test(edges_of_the_grid),
      cmocka_unit_test(periodic_cells_wrap),
      cmocka_unit_test(double_integrator_is_known),
      cmocka_unit_test(maps_hold_the_motion),
      cmocka_unit_test(inputs_have_their_columns),
      cmocka_unit_test(the_seam_is_no_edge),
      cmocka_unit_test(proofs_begin_at_the_level),
      cmocka_unit_test(who_needs_a_value),
      cmocka_unit_test(values_are_interpolated),
      cmocka_unit_test(membership_is_strict),
      cmocka_unit_test(periodic_values_wrap),
      cmocka_unit_test(volumes_are_counted),
      cmocka_unit_test(controls_are_found_in_trees),
      cmocka_unit_test(controls_of_cones_are_means),
      cmocka_unit_test(cones_of_a_linear_motion),
      cmocka_unit_test(halves_fill_the_box),
      cmocka_unit_test(cones_before_are_known),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

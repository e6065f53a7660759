/* Grids against known answers and the environments' evaluation starts, on grids that take longer.
 *
 *   test_grid_slow ENVIRONMENT [env.FIELD=VALUE | grid.FIELD=VALUE | low=A,B,.. | high=A,B,.. | N]...
 *
 * solves that grid and prints the smallest safety value of 20000 evaluation starts: where the numbers in
 * docs/environments come from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "duro/polytope.h"
#include "game/grid_known.h"

/* Value iteration as in the books, Jacobi, by the environment's step alone; beyond the grid V = h. */
typedef struct plain {
  const duro_env *env;
  const duro_grid_plan *plan;
  int corners;
  int64_t *at;    // (cells x pairs x corners)
  double *weight; // the same; of h(x'), in the first, where x' is beyond the grid
  double *v, *next, *h;
} plain;

static void plain_stencil(plain *p, int64_t entry, const double *x2, const duro_step *out) {
  const int nd = p->plan->nd;
  int64_t *at = p->at + entry * p->corners;
  double *weight = p->weight + entry * p->corners;
  for (int c = 0; c < p->corners; c++) at[c] = 0, weight[c] = 1;
  for (int i = 0; i < nd; i++) {
    const duro_grid_axis *axis = &p->plan->axis[i];
    const double t = (x2[axis->state] - axis->low) / spacing_of(axis), whole = floor(t);
    if (!axis->periodic && !(t >= 0 && t <= axis->n - 1)) {
      at[0] = -1, weight[0] = out->h;
      return;
    }
    for (int c = 0; c < p->corners; c++) {
      const bool upper = c >> i & 1;
      const int64_t k = (int64_t)whole + upper;
      weight[c] *= upper ? t - whole : 1 - (t - whole);
      at[c] = at[c] * axis->n + (axis->periodic ? k % axis->n : k < axis->n ? k : axis->n - 1);
    }
  }
}

static void plain_create(plain *p, const duro_env *env, const duro_grid_plan *plan) {
  const int pairs = plan->nu * plan->na;
  const size_t entries = (size_t)(plan->cells * pairs) << plan->nd, cells = (size_t)plan->cells;
  *p = (plain){.env = env, .plan = plan, .corners = 1 << plan->nd};
  p->at = malloc(sizeof *p->at * entries);
  p->weight = malloc(sizeof *p->weight * entries);
  p->v = malloc(sizeof *p->v * cells);
  p->next = malloc(sizeof *p->v * cells);
  p->h = malloc(sizeof *p->v * cells);
  assert_true(p->at && p->weight && p->v && p->next && p->h);
  for (int64_t i = 0; i < plan->cells; i++) {
    double x[DURO_MAX_STATE], x2[DURO_MAX_STATE];
    vertex_state(plan, i, x);
    p->v[i] = p->h[i] = env->ops->constraint(env, x);
    for (int pair = 0; pair < pairs; pair++) { // one player each, candidates equally spaced
      const double u = 2.0 * (pair / plan->na) / (plan->nu - 1) - 1, a = 2.0 * (pair % plan->na) / (plan->na - 1) - 1;
      duro_step out;
      duro_env_step(env, NULL, x2, &out, x, &u, &a);
      plain_stencil(p, i * pairs + pair, x2, &out);
    }
  }
}

static double plain_successor(const plain *p, int64_t entry) {
  const int64_t *at = p->at + entry * p->corners;
  const double *weight = p->weight + entry * p->corners;
  if (at[0] < 0) return weight[0];
  double sum = 0;
  for (int c = 0; c < p->corners; c++) sum += weight[c] * p->v[at[c]];
  return sum;
}

static void plain_sweep(plain *p) {
  const int nu = p->plan->nu, na = p->plan->na;
  for (int64_t i = 0; i < p->plan->cells; i++) {
    double best = -INFINITY;
    for (int u = 0; u < nu; u++) {
      double worst = INFINITY;
      for (int a = 0; a < na; a++) worst = fmin(worst, plain_successor(p, (i * nu + u) * na + a));
      best = fmax(best, worst);
    }
    p->next[i] = fmin(p->h[i], best);
  }
  double *const swapped = p->v;
  p->v = p->next, p->next = swapped;
}

static void plain_destroy(plain *p) {
  free(p->at), free(p->weight), free(p->v), free(p->next), free(p->h);
}

/* After 2.8 s, 28 plain sweeps from V = h, no vertex changes its sign any more, and the values are those of the grid:
 * both have changed by less than 1e-5 in the last sweep, and changes here shrink by 3 or more in 4 sweeps, so that
 * what is left to come is below 1e-4. */
static void air3d_is_settled_after_2_8_s(void **state) {
  (void)state;
  solved s;
  plain p;
  assert_true(solve(&s, "air3d", (const int[]){51, 40, 50}, 3, NULL, NULL, SET("env.dt=.1")));
  plain_create(&p, s.env, s.plan);
  for (int k = 0; k < 28; k++) plain_sweep(&p);
  int64_t lost = 0;
  for (int64_t i = 0; i < s.plan->cells; i++) {
    assert_true((p.v[i] < 0) == (s.v[i] < 0));
    lost += p.v[i] < 0;
  }
  assert_true(lost > s.plan->cells / 5 && lost < s.plan->cells / 3);
  for (int k = 28; k < 50; k++) plain_sweep(&p);
  double off = 0;
  for (int64_t i = 0; i < s.plan->cells; i++) off = fmax(off, fabs(p.v[i] - (double)s.v[i]));
  print_message("air3d: grid and plain iteration differ by %.2g\n", off);
  assert_true(off < 1e-4);
  plain_destroy(&p);
  release(&s);
}

/* Order of convergence with dt in proportion to the spacing (test_grid_known.c derives it): the three differences of
 * Richardson's scheme shrink by two, and the limit is that of the literature. */
static void air3d_converges(void **state) {
  (void)state;
  static const char *const dt[] = {"env.dt=.2", "env.dt=.1", "env.dt=.05"};
  static const int shape[][3] = {{51, 40, 50}, {101, 78, 100}, {201, 155, 200}};
  double share[3];
  for (int i = 0; i < 3; i++) {
    solved s;
    assert_true(solve(&s, "air3d", shape[i], 3, NULL, NULL, SET(dt[i])));
    share[i] = lost_share(&s);
    release(&s);
  }
  const double first = share[1] - share[0], second = share[2] - share[1], limit = 2 * share[2] - share[1];
  const double known = 2 * (.268087 * 201 / 200 * 155 / 154) - .264760 * 101 / 100 * 78 / 77;
  print_message("air3d: %.5f, %.5f, %.5f; limit %.5f, known %.5f\n", share[0], share[1], share[2], limit, known);
  assert_true(first / second > 1.5 && first / second < 3); // first order is 2, second 4, none 1
  assert_true(fabs(limit - known) <= fabs(second));
}

/*
 * Steps of 1 s, spacings of .25 m and .25 m/s, nine controls: every successor is a vertex and interpolation is exact,
 * as in test_grid_known.c. The game on the lattice has fewer controls than the exact one, but at every
 * vertex of the exact set (duro_integrator_value of both parts, a polytope) a multiple of .25 serves: the sets agree.
 */
static void product_finds_the_exact_set(void **state) {
  (void)state;
  const double low[] = {-3.5, -3.5, -3.5, -3.5}, high[] = {3.5, 3.5, 3.5, 3.5};
  const char *const *set = SET("grid.controls=9", "env.dt=1", "env.bound_x1=3", "env.bound_x2=3", "env.fail_bound=3.5");
  solved s, part;
  assert_true(solve(&s, "double-integrators", (const int[]){29}, 1, low, high, set));
  assert_true(solve(&part, "double-integrator", (const int[]){29}, 1, low, high, set));
  duro_integrator_spec spec;
  duro_integrator *exact;
  ok(duro_integrator_spec_of(&spec, part.env));
  ok(duro_integrator_create(&exact, &spec));
  double value[29 * 29];
  const int64_t cells = part.plan->cells;
  assert_int_equal(cells, 29 * 29);
  for (int64_t i = 0; i < cells; i++) {
    double x[2];
    vertex_state(part.plan, i, x);
    value[i] = duro_integrator_value(exact, x);
  }
  int64_t both = 0, either = 0;
  for (int64_t i = 0; i < s.plan->cells; i++) {
    assert_true(s.v[i] == fminf(part.v[i / cells], part.v[i % cells]));
    const bool in = fmin(value[i / cells], value[i % cells]) >= -1e-12, ours = s.v[i] >= 0; // rounding of the value
    assert_true(in || !ours);
    both += in && ours, either += in || ours;
  }
  const double iou = (double)both / (double)either;
  print_message("product 29^4: IoU %.4f with the exact set, %lld sweeps, %.1f s\n", iou, (long long)s.end.sweeps,
                s.end.seconds);
  assert_true(both == either && both > 1000);
  duro_integrator_destroy(exact);
  release(&part), release(&s);
}

/* What the pages of the environments say of evaluation starts, on coarser grids. */
static void starts_lie_inside(void **state) {
  (void)state;
  static const struct {
    const char *name;
    int shape[4];
    double low[4], high[4];
    const char *set[3];
  } cases[] = {
      {"quadrotor", {21, 21, 21, 21}, {.45, -6, -1.48, -50}, {1.55, 6, 1.48, 50}, {"grid.sweeps=300"}},
      {"cartpole",
       {31, 33, 25, 31},
       {-.99, -.22, -2.5, -5},
       {.99, .22, 2.5, 5},
       {"grid.controls=7", "grid.sweeps=300"}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    solved s;
    assert_true(solve(&s, cases[i].name, cases[i].shape, 4, cases[i].low, cases[i].high, cases[i].set));
    const double least = least_start(&s, 20000, NULL);
    print_message("%s: smallest V of 20000 starts %.4f after %lld sweeps, %.1f s\n", cases[i].name, least,
                  (long long)s.end.sweeps, s.end.seconds);
    assert_true(least >= 0);
    release(&s);
  }
}

/* "low=A,B,..": numbers into out; how many */
static int read_edges(double *out, const char *text) {
  int n = 0;
  for (char *end; n < DURO_GRID_MAX; text = end + 1) {
    out[n++] = strtod(text, &end);
    if (*end != ',') break;
  }
  return n;
}

static int print_margin(int count, char **words) {
  int shape[DURO_GRID_MAX], n = 0, lows = 0, highs = 0, assigned = 0;
  double low[DURO_GRID_MAX], high[DURO_GRID_MAX], x[DURO_MAX_STATE];
  const char *set[32] = {0};
  for (int i = 1; i < count; i++) {
    if (strncmp(words[i], "low=", 4) == 0)
      lows = read_edges(low, words[i] + 4);
    else if (strncmp(words[i], "high=", 5) == 0)
      highs = read_edges(high, words[i] + 5);
    else if (strchr(words[i], '=') && assigned < 31)
      set[assigned++] = words[i];
    else if (n < DURO_GRID_MAX)
      shape[n++] = atoi(words[i]);
  }
  solved s;
  if (!solve(&s, words[0], n ? shape : NULL, n, lows ? low : NULL, highs ? high : NULL, set)) return 1;
  const double least = least_start(&s, 20000, x);
  printf(
      "%s: %lld sweeps, last change %.2g, %.1f s, share of V >= 0 %.4f; smallest V of 20000 evaluation starts %.4f at",
      words[0], (long long)s.end.sweeps, s.end.change, s.end.seconds, s.end.volume, least);
  for (int i = 0; i < s.env->spec.nx; i++) printf(" %.3f", x[i]);
  printf("\n");
  release(&s);
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 1) return print_margin(argc - 1, argv + 1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(air3d_is_settled_after_2_8_s),
      cmocka_unit_test(air3d_converges),
      cmocka_unit_test(product_finds_the_exact_set),
      cmocka_unit_test(starts_lie_inside),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

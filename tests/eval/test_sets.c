/* Learned sets against the truth. The policies have weights set by hand, so that their sets are known: Q_h(x, u, a) =
 * edge - |x1|, pi_h = 0, mu_h constant; the true set is written down again from the formula of theory.md, section 8. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "duro/duro.h"
#include "duro/sets.h"
#include "policy/policy.h"

#define OK(call) assert_int_equal(call, DURO_OK)

enum { WIDTH = 16 };

static duro_env *open_env(const char *name, const char *const *assignments) {
  const duro_env_ops *ops;
  duro_env *env;
  OK(duro_env_find(&ops, name));
  void *values = calloc(1, ops->settings_size);
  const duro_settings_group group = {"env", ops->settings, ops->n_settings, values};
  duro_settings_default(&group);
  for (; assignments && *assignments; assignments++) OK(duro_settings_assign(&group, 1, *assignments));
  OK(duro_env_create(&env, ops, values));
  free(values);
  return env;
}

/* A policy for an environment that observes its state: two hidden layers of which two units pass relu(x1), relu(-x1).
 */
typedef struct hand {
  float qh[8192], pi_h[8192], mu_h[8192];
} hand;

static duro_policy *make_policy(const duro_env *env, float edge, float push, bool critic) {
  const duro_env_spec *spec = &env->spec;
  const int inputs = spec->no + spec->nu + spec->na;
  hand *h = calloc(1, sizeof *h);
  mlp shape;
  mlp_shape(&shape, inputs, WIDTH, 2, 1);
  assert_true(shape.params <= 8192);
  for (int i = 0; i < 2; i++) {
    h->qh[shape.layer[0].w + (size_t)(i * shape.layer[0].ld)] = i ? -1 : 1;
    h->qh[shape.layer[1].w + (size_t)(i * shape.layer[1].ld + i)] = 1;
    h->qh[shape.layer[2].w + (size_t)i] = -1;
  }
  h->qh[shape.layer[2].b] = edge;
  mlp_shape(&shape, spec->no, WIDTH, 2, spec->na);
  for (int i = 0; i < spec->na; i++) h->mu_h[shape.layer[2].b + (size_t)i] = push;
  policy_parts parts = {.algorithm = "RIS",
                        .environment = env->ops->name,
                        .no = spec->no,
                        .nu = spec->nu,
                        .na = spec->na,
                        .width = WIDTH,
                        .hidden = 2};
  parts.net[ROLE_PI_H].params = h->pi_h, parts.net[ROLE_PI_H].inputs = spec->no;
  parts.net[ROLE_MU_H].params = h->mu_h, parts.net[ROLE_MU_H].inputs = spec->no;
  parts.net[ROLE_QH].params = critic ? h->qh : NULL, parts.net[ROLE_QH].inputs = inputs;
  duro_policy *policy;
  OK(policy_create(&policy, &parts));
  free(h);
  return policy;
}

/* theory.md, section 8: |x1| <= X, |x2| <= V, +-(x1 + k dt x2) <= X + r dt^2 k(k-1)/2 for every k >= 1 */
static bool truly_safe(const double *x, double rate) {
  const double edge = 5, dt = .1;
  if (fabs(x[0]) > edge || fabs(x[1]) > edge) return false;
  for (int k = 1; k <= 400; k++)
    if (fabs(x[0] + k * dt * x[1]) > edge + rate * dt * dt * k * (k - 1) / 2 &&
        (x[0] + k * dt * x[1] > 0) == (x[1] > 0))
      return false;
  return true;
}

static const duro_set_options plain = {.threads = 1};

static void counts_are_those_of_the_formula(void **state) {
  (void)state;
  enum { N = 100 }; // no vertex lies on a face, where rounding would decide
  const char *const words[][2] = {{"env.disturbance=0.5", NULL}, {"env.disturbance=0", NULL}};
  for (int calm = 0; calm < 2; calm++) {
    duro_env *env = open_env("double-integrator", words[calm]);
    duro_set_truth *truth;
    duro_set_cells cells;
    OK(duro_set_truth_exact(&truth, env));
    OK(duro_set_cells_make(&cells, env, truth, N));
    assert_int_equal(cells.count, N * N);
    const float edges[] = {2.003f, 4.997f, -1, 100};
    for (int e = 0; e < 4; e++) {
      int64_t learned = 0, exact = 0, both = 0;
      for (int i = 0; i < N * N; i++) {
        // first axis slowest, the region of interest a tenth beyond the box
        const double x[2] = {-5.5 + 11.0 * (i / N) / (N - 1), -5.5 + 11.0 * (i % N) / (N - 1)};
        const bool in = fabs(x[0]) <= (double)edges[e], safe = truly_safe(x, calm ? 1 : .5);
        learned += in, exact += safe, both += in && safe;
      }
      duro_policy *policy = make_policy(env, edges[e], 0, true);
      duro_set_overlap o, again;
      OK(duro_set_compare(&o, policy, truth, &cells, &plain));
      assert_int_equal(o.cells, N * N);
      assert_int_equal(o.learned, learned);
      assert_int_equal(o.exact, exact);
      assert_int_equal(o.both, both);
      assert_true(o.iou == (double)both / (double)(learned + exact - both));
      assert_true(o.false_safe == (double)(learned - both) / (N * N));
      assert_true(o.false_unsafe == (double)(exact - both) / (N * N));
      OK(duro_set_compare(&again, policy, truth, &cells, &(duro_set_options){.threads = 3}));
      assert_memory_equal(&o, &again, sizeof o);
      // where Q_h looks ahead, a state outside of the box is not claimed
      int64_t allowed = 0;
      for (int i = 0; i < N * N; i++)
        allowed += fabs(-5.5 + 11.0 * (i / N) / (N - 1)) <= fmin(5, (double)edges[e]) &&
                   fabs(-5.5 + 11.0 * (i % N) / (N - 1)) <= 5;
      OK(duro_set_compare(&again, policy, truth, &cells, &(duro_set_options){.threads = 1, .ahead = true}));
      assert_int_equal(again.learned, allowed);
      assert_int_equal(again.both, both);
      // a level of 1 takes one metre off each side: h is a fifth of it, but this Q_h is what it is
      OK(duro_set_compare(&again, policy, truth, &cells, &(duro_set_options){.threads = 1, .level = 1}));
      assert_true(again.learned < o.learned || edges[e] < 0 || edges[e] > 50);
      duro_policy_destroy(policy);
    }
    duro_set_truth_destroy(truth);
    duro_env_destroy(env);
  }
}

/* The areas 41.6650 and 58.6322 of theory.md, section 8; counting errs by at most half a cell along the edge. */
static void exact_share_is_the_area(void **state) {
  (void)state;
  const char *const words[][2] = {{"env.disturbance=0.5", NULL}, {"env.disturbance=0", NULL}};
  const double area[] = {41.6650, 58.6322};
  for (int calm = 0; calm < 2; calm++) {
    duro_env *env = open_env("double-integrator", words[calm]);
    duro_policy *policy = make_policy(env, 100, 0, true);
    duro_set_truth *truth;
    duro_set_cells cells;
    duro_set_overlap o;
    OK(duro_set_truth_exact(&truth, env));
    assert_string_equal(duro_set_truth_name(truth), "exact");
    OK(duro_set_cells_make(&cells, env, truth, 0));
    assert_int_equal(cells.count, 201 * 201); // documented default
    OK(duro_set_compare(&o, policy, truth, &cells, &plain));
    const double cell = 11.0 / 200, perimeter = 40;
    assert_true(fabs((double)o.exact * cell * cell - area[calm]) < .5 * cell * perimeter);
    assert_true(o.learned_share == 1 && o.false_unsafe == 0 && o.iou == o.exact_share);
    duro_policy_destroy(policy);
    duro_set_truth_destroy(truth);
    duro_env_destroy(env);
  }
}

/* pi_h = 0: without a push x2 stays and x1 moves on a line; with a push of +1 held everything leaves in the end. */
static void keeping_is_what_motion_says(void **state) {
  (void)state;
  enum { N = 41, STEPS = 60, LONG = 400 };
  const char *const words[][2] = {{"env.disturbance=0.5", NULL}, {"env.disturbance=0", NULL}};
  for (int calm = 0; calm < 2; calm++) {
    duro_env *env = open_env("double-integrator", words[calm]);
    duro_set_truth *truth;
    duro_set_cells cells;
    OK(duro_set_truth_exact(&truth, env));
    OK(duro_set_cells_make(&cells, env, truth, N));
    int64_t starts = 0, kept = 0;
    for (int i = 0; i < N * N; i++) {
      const double x[2] = {-5.5 + 11.0 * (i / N) / (N - 1), -5.5 + 11.0 * (i % N) / (N - 1)};
      if (!truly_safe(x, calm ? 1 : .5)) continue;
      starts++;
      kept += fabs(x[0] + STEPS * .1 * x[1]) <= 5;
    }
    duro_policy *still = make_policy(env, 1, 0, true), *pushing = make_policy(env, 1, 50, true);
    duro_set_keeping k, again;
    const duro_set_options brief = {.threads = 1, .horizon = STEPS}, endless = {.threads = 3, .horizon = LONG};
    OK(duro_set_keep(&k, still, truth, &cells, &brief));
    assert_int_equal(k.starts, starts);
    assert_int_equal(k.starts - k.broken[DURO_SET_MU_H], kept);
    if (calm) { // nobody can do anything
      assert_int_equal(k.kept, kept);
      for (int i = 0; i < DURO_SET_ATTACKERS; i++) assert_int_equal(k.broken[i], starts - kept);
    } else { // each is at least as bad as nobody
      OK(duro_set_keep(&again, pushing, truth, &cells, &endless));
      assert_int_equal(again.broken[DURO_SET_MU_H], starts);
      assert_int_equal(again.broken[DURO_SET_CONSTANT], starts);
      assert_int_equal(again.broken[DURO_SET_WORST], starts);
      assert_int_equal(again.kept, 0);
      assert_true(k.kept < kept && k.broken[DURO_SET_WORST] > k.broken[DURO_SET_MU_H]);
    }
    // a part of the starts, the same for every number of threads
    OK(duro_set_keep(&k, still, truth, &cells, &(duro_set_options){.threads = 1, .horizon = STEPS, .starts = 100}));
    OK(duro_set_keep(&again, still, truth, &cells, &(duro_set_options){.threads = 4, .horizon = STEPS, .starts = 100}));
    assert_int_equal(k.starts, 100);
    assert_memory_equal(&k, &again, sizeof k);
    duro_policy_destroy(still);
    duro_policy_destroy(pushing);
    duro_set_truth_destroy(truth);
    duro_env_destroy(env);
  }
}

static duro_status asked_often(void *context) {
  int *left = context;
  return (*left)-- > 0 ? DURO_OK : DURO_ERROR_STOPPED;
}

/* Whoever is asked may end the work on its way, and what the others found on theirs is left alone. */
static void they_end_when_they_are_told(void **state) {
  (void)state;
  duro_env *env = open_env("double-integrator", NULL);
  duro_set_truth *truth;
  duro_set_cells cells;
  OK(duro_set_truth_exact(&truth, env));
  OK(duro_set_cells_make(&cells, env, truth, 100));
  duro_policy *policy = make_policy(env, 1, 0, true);
  for (int threads = 1; threads <= 3; threads += 2) {
    int left = 2; // of 40 blocks and more
    duro_set_options options = {.threads = threads, .ask = asked_often, .context = &left};
    duro_set_overlap o = {.cells = 7};
    duro_set_keeping k = {.starts = 7};
    assert_int_equal(duro_set_compare(&o, policy, truth, &cells, &options), DURO_ERROR_STOPPED);
    assert_int_equal(o.cells, 7);
    left = 2;
    assert_int_equal(duro_set_keep(&k, policy, truth, &cells, &options), DURO_ERROR_STOPPED);
    left = 45; // past the choice of the starts
    assert_int_equal(duro_set_keep(&k, policy, truth, &cells, &options), DURO_ERROR_STOPPED);
    assert_int_equal(k.starts, 7);
    left = 1 << 20;
    OK(duro_set_keep(&k, policy, truth, &cells, &options));
    assert_true(k.starts > 7);
  }
  duro_policy_destroy(policy);
  duro_set_truth_destroy(truth);
  duro_env_destroy(env);
}

/* Several integrators at once: V is the least of theirs, and the share of the set is the power of that of one. */
static void products_are_least_of_parts(void **state) {
  (void)state;
  duro_env *one = open_env("double-integrator", NULL);
  duro_env *six = open_env("double-integrators", (const char *const[]){"env.count=3", NULL});
  duro_set_truth *truth, *single;
  duro_set_cells cells;
  duro_set_overlap o;
  OK(duro_set_truth_exact(&single, one));
  OK(duro_set_truth_exact(&truth, six));
  OK(duro_set_cells_make(&cells, six, truth, 100000));
  assert_int_equal(cells.nd, 0);
  assert_int_equal(cells.count, 100000);
  for (int i = 0; i < 100; i++) {
    double x[6], least = INFINITY;
    duro_set_cell(x, &cells, i);
    for (int k = 0; k < 6; k++) assert_true(fabs(x[k]) <= 5.5);
    for (int k = 0; k < 3; k++) least = fmin(least, duro_set_truth_value(single, x + 2 * k));
    assert_true(duro_set_truth_value(truth, x) == least);
  }
  duro_policy *policy = make_policy(six, 2.75f, 0, true);
  OK(duro_set_compare(&o, policy, truth, &cells, &plain));
  const double p = pow(41.6650 / 121, 3);
  assert_true(fabs(o.exact_share - p) < 5 * sqrt(p / 1e5)); // five standard deviations of the count
  assert_true(fabs(o.learned_share - .5) < 5 * sqrt(.25 / 1e5));
  // pi_h = 0 against the worst: every point is pushed out by its own disturbance
  duro_set_keeping k;
  OK(duro_set_keep(&k, policy, truth, &cells, &(duro_set_options){.threads = 2, .horizon = 400, .starts = 200}));
  assert_int_equal(k.starts, 200);
  assert_int_equal(k.broken[DURO_SET_WORST], 200);
  duro_policy_destroy(policy);
  duro_set_truth_destroy(truth);
  duro_set_truth_destroy(single);
  duro_env_destroy(one);
  duro_env_destroy(six);
}

static duro_grid *make_grid(const duro_env *env, int n) {
  duro_grid_settings set;
  duro_settings_group group = duro_grid_settings_group(&set);
  duro_grid_plan plan;
  duro_grid *grid;
  duro_settings_default(&group);
  set.task = false, set.threads = 1, set.discount = .99;
  OK(duro_grid_plan_make(&plan, env, &set, (const int[]){n}, 1, NULL, NULL));
  OK(duro_grid_create(&grid, env, &set, &plan));
  return grid;
}

/* On its own vertices the truth of a grid is what the grid holds. */
static void grid_truth_is_the_grid(void **state) {
  (void)state;
  enum { N = 41 };
  duro_env *env = open_env("double-integrator", NULL);
  duro_grid *grid = make_grid(env, N);
  OK(duro_grid_solve_safety(grid, NULL, NULL));
  float V[N * N];
  OK(duro_grid_read(grid, DURO_GRID_SAFETY_VALUE, V));
  duro_set_truth *truth;
  duro_set_cells cells;
  duro_set_overlap o;
  OK(duro_set_truth_grid(&truth, grid));
  assert_string_equal(duro_set_truth_name(truth), "grid");
  OK(duro_set_cells_make(&cells, env, truth, N));
  int64_t inside = 0;
  for (int i = 0; i < N * N; i++) {
    double x[2];
    duro_set_cell(x, &cells, i);
    assert_true(fabs(duro_set_truth_value(truth, x) - (double)V[i]) < 1e-6); // rounding of the place between vertices
    inside += V[i] >= 0;
  }
  duro_policy *policy = make_policy(env, 100, 0, true);
  OK(duro_set_compare(&o, policy, truth, &cells, &plain));
  assert_int_equal(o.exact, inside);
  duro_policy_destroy(policy);
  duro_set_truth_destroy(truth);
  duro_grid_destroy(grid);
  duro_env_destroy(env);
}

/* States that a grid drops are drawn from the training starts: x +-1.5, xd +-1, as docs/environments/quadrotor.md has
 * it; the others go along the axes, the last one fastest. */
static void dropped_states_are_drawn(void **state) {
  (void)state;
  enum { N = 3 };
  duro_env *env = open_env("quadrotor", NULL);
  duro_grid *grid = make_grid(env, N);
  duro_set_truth *truth;
  duro_set_cells cells;
  OK(duro_set_truth_grid(&truth, grid));
  OK(duro_set_cells_make(&cells, env, truth, N));
  assert_int_equal(cells.nd, 4);
  assert_int_equal(cells.count, N * N * N * N);
  double first[DURO_MAX_STATE], x[DURO_MAX_STATE], spread = 0;
  duro_set_cell(first, &cells, 0);
  for (int i = 0; i < cells.count; i++) {
    duro_set_cell(x, &cells, i);
    assert_true(fabs(x[0]) <= 1.5 && fabs(x[1]) <= 1);
    assert_true(x[2] == cells.axis[0].low + (cells.axis[0].high - cells.axis[0].low) * (i / 27) / 2);
    assert_true(x[5] == cells.axis[3].low + (cells.axis[3].high - cells.axis[3].low) * (i % 3) / 2);
    spread = fmax(spread, fabs(x[0] - first[0]));
  }
  assert_true(spread > .5);
  duro_set_truth_destroy(truth);
  duro_grid_destroy(grid);
  duro_env_destroy(env);
}

static void expect(duro_status status, duro_status wanted, const char *word) {
  assert_int_equal(status, wanted);
  if (!strstr(duro_error(), word)) fail_msg("message: %s", duro_error());
}

static void mistakes_are_told(void **state) {
  (void)state;
  duro_env *env = open_env("double-integrator", NULL), *other = open_env("cartpole", NULL);
  duro_policy *bare = make_policy(env, 1, 0, false), *policy = make_policy(env, 1, 0, true);
  duro_set_truth *truth, *none;
  duro_set_cells cells, wrong;
  duro_set_overlap o;
  duro_set_keeping k;
  expect(duro_set_truth_exact(&none, other), DURO_ERROR_MISSING, "cartpole is not known");
  assert_null(none);
  OK(duro_set_truth_exact(&truth, env));
  expect(duro_set_cells_make(&cells, env, truth, 2), DURO_ERROR_ARGUMENT, "2 points");
  expect(duro_set_cells_make(&cells, env, truth, 1000000), DURO_ERROR_ARGUMENT, "1000000 points");
  OK(duro_set_cells_make(&cells, env, truth, 11));
  wrong = cells, wrong.env = other;
  expect(duro_set_compare(&o, bare, truth, &cells, &plain), DURO_ERROR_ARGUMENT, "no safety critic");
  expect(duro_set_keep(&k, bare, truth, &cells, &plain), DURO_ERROR_ARGUMENT, "no safety critic");
  expect(duro_set_compare(&o, policy, truth, &wrong, &plain), DURO_ERROR_ARGUMENT, "2 observations");
  expect(duro_set_compare(&o, policy, truth, &cells, &(duro_set_options){.threads = -1}), DURO_ERROR_ARGUMENT,
         "threads is -1");
  duro_policy_destroy(bare);
  duro_policy_destroy(policy);
  duro_set_truth_destroy(truth);
  duro_set_truth_destroy(NULL);
  duro_env_destroy(env);
  duro_env_destroy(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_are_those_of_the_formula), cmocka_unit_test(exact_share_is_the_area),
      cmocka_unit_test(keeping_is_what_motion_says),     cmocka_unit_test(they_end_when_they_are_told),
      cmocka_unit_test(products_are_least_of_parts),     cmocka_unit_test(grid_truth_is_the_grid),
      cmocka_unit_test(dropped_states_are_drawn),        cmocka_unit_test(mistakes_are_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

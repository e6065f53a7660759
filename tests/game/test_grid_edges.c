/* Grids: what lies beyond their edges, ties between controls, when they stop, and what their states belong to. The
 * systems are written here, so that their sets are known by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "duro/duro.h"
#include "game/grid.h"

#define OK(call) assert_string_equal((call) ? duro_error() : "", "")

/* ---- systems ---- */

static const char *const names[] = {"x1", "x2"}, *const units[] = {"m", "m/s"};

/* A point of which only |x1| <= 5 is asked; its speed is free. */
static void point_step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                       const double *a) {
  (void)worker;
  x2[0] = x[0] + 0.1 * x[1];
  x2[1] = x[1] + 0.1 * (u[0] + 0.5 * a[0]);
  const double h = 5 - fabs(x2[0]);
  *out = (duro_step){.r = 0, .h = h, .end = h <= -env->spec.h_scale ? DURO_TERMINATED : DURO_RUNNING};
}

static double point_h(const duro_env *env, const double *x) {
  (void)env;
  return 5 - fabs(x[0]);
}

/* A wall at 2 - t that comes nearer for ever, faster than the player flees; t is the second state. */
static void wall_step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                      const double *a) {
  (void)env;
  (void)worker;
  x2[0] = x[0] + 0.05 * (u[0] + 0.5 * a[0]);
  x2[1] = x[1] + 0.05;
  *out = (duro_step){.h = 2 - x2[1] - x2[0]};
}

static double wall_h(const duro_env *env, const double *x) {
  (void)env;
  return 2 - x[1] - x[0];
}

/* x1 drifts upwards whatever is done, and is safe from 0 on; x2 stays where it is. */
static void drift_step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                       const double *a) {
  (void)env;
  (void)worker;
  x2[0] = x[0] + 0.1 * (2 + u[0] + 0.5 * a[0]);
  x2[1] = x[1];
  *out = (duro_step){.h = x2[0]};
}

static double drift_h(const duro_env *env, const double *x) {
  (void)env;
  return x[0];
}

/* Slowly downwards by a share of x2, and in the end everything is lost. */
static void sink_step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                      const double *a) {
  (void)env;
  (void)worker;
  (void)u;
  (void)a;
  x2[0] = x[0] - 0.01 * x[1];
  x2[1] = x[1];
  *out = (duro_step){.h = x2[0]};
}

static const duro_env_ops point_ops = {.name = "point", .step = point_step, .constraint = point_h},
                          wall_ops = {.name = "wall", .step = wall_step, .constraint = wall_h},
                          drift_ops = {.name = "drift", .step = drift_step, .constraint = drift_h},
                          sink_ops = {.name = "sink", .step = sink_step, .constraint = drift_h};

static duro_env make_env(const duro_env_ops *ops, const double *low, const double *high, double h_scale) {
  return (duro_env){.ops = ops,
                    .spec = {.nx = 2,
                             .no = 2,
                             .nu = 1,
                             .na = 1,
                             .horizon = 100,
                             .dt = 0.1,
                             .h_scale = h_scale,
                             .x_names = names,
                             .x_units = units,
                             .x_low = low,
                             .x_high = high}};
}

static const double point_low[] = {-6, -2}, point_high[] = {6, 2};

static duro_grid *solve(const duro_env *env, const char *words, int n0, int n1) {
  duro_grid_settings settings;
  const duro_settings_group group = duro_grid_settings_group(&settings);
  duro_grid_plan plan;
  duro_grid *grid;
  char copy[256];
  duro_settings_default(&group);
  settings.task = false;
  settings.threads = 2;
  snprintf(copy, sizeof copy, "%s", words);
  for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) OK(duro_settings_assign(&group, 1, word));
  OK(duro_grid_plan_make(&plan, env, &settings, (int[]){n0, n1}, 2, NULL, NULL));
  OK(duro_grid_create(&grid, env, &settings, &plan));
  OK(duro_grid_solve_safety(grid, NULL, NULL));
  return grid;
}

static float *read_field(const duro_grid *grid, duro_grid_field field) {
  float *out = malloc(sizeof *out * (size_t)(duro_grid_plan_of(grid)->cells * duro_grid_width(grid, field)));
  OK(duro_grid_read(grid, field, out));
  return out;
}

static double vertex(const duro_grid_axis *axis, int i) {
  return axis->low + (axis->high - axis->low) * i / (axis->n - 1);
}

/* ---- beyond the edges ---- */

/* |x1| <= X, |x2| <= V, +-(x1 + k dt x2) <= X + r dt^2 k(k-1)/2: the exact set of the point that must not be faster
 * than V, as docs/linear-systems.md has it */
static bool truly_safe(double x1, double x2) {
  const double X = 5, V = 2, r = .5, dt = .1;
  if (fabs(x1) > X || fabs(x2) > V) return false;
  for (int k = 1; k <= 200; k++)
    if (fabs(x1 + k * dt * x2) > X + r * dt * dt * k * (k - 1) / 2 && (x1 + k * dt * x2 > 0) == (x2 > 0)) return false;
  return true;
}

/* Where nothing is said of the speed, what gets faster than the grid goes is lost; whether h_needs says that h does not
 * read it makes no difference. With V = h out there, or the speed held at 2 m/s, lost states are safe. */
static void leaving_is_losing(void **state) {
  (void)state;
  duro_env env = make_env(&point_ops, point_low, point_high, 5);
  duro_grid *grid = solve(&env, "", 121, 81);
  const duro_grid_plan *plan = duro_grid_plan_of(grid);
  float *V = read_field(grid, DURO_GRID_SAFETY_VALUE);
  int both = 0, either = 0, wrong = 0;
  for (int i = 0; i < 121; i++)
    for (int j = 0; j < 81; j++) {
      const double x1 = vertex(&plan->axis[0], i), x2 = vertex(&plan->axis[1], j);
      const bool truly = truly_safe(x1, x2), ours = V[i * 81 + j] >= 0;
      both += truly && ours;
      either += truly || ours;
      wrong += V[i * 81 + j] >= .25f && !truly; // with a margin of .05 h_scale
    }
  print_message("IoU %.4f, %d falsely safe with a margin\n", (double)both / either, wrong);
  assert_int_equal(wrong, 0);
  assert_true((double)both / either > .95); // the circumference is one of 18 spacings of .1 and .05: 5 % of the area
  const double lost[] = {4, 1.9}, kept[] = {4, .5}; // braking takes 3.6 m, and .25 m
  assert_true(duro_grid_safety_at(grid, lost) < 0 && duro_grid_safety_at(grid, kept) >= 0);
  const double outside[] = {0, 2.1};
  assert_true(duro_grid_safety_at(grid, outside) < 0);
  env.spec.h_needs = 1;
  duro_grid *told = solve(&env, "", 121, 81);
  float *W = read_field(told, DURO_GRID_SAFETY_VALUE);
  assert_memory_equal(V, W, sizeof *V * 121 * 81);
  free(V);
  free(W);
  duro_grid_destroy(grid);
  duro_grid_destroy(told);
}

/* A car in its lane. The exact area was computed apart from this library: S <- box and A^{-1}((S erode E) dilate B)
 * on polygons until it stands still, .536192. */
static void lane_step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                      const double *a) {
  (void)worker;
  x2[0] = x[0] + 2 * x[1];
  x2[1] = x[1] + 2 * (0.02 * u[0] - 0.008 * a[0]);
  *out = (duro_step){.h = env->ops->constraint(env, x2)};
}

static double lane_h(const duro_env *env, const double *x) {
  (void)env;
  return fmin(1 - fabs(x[0]), 5 * (0.2 - fabs(x[1])));
}

/* On grids that end at the constraint and on wider ones: off by half a vertex along the edge of the set at most, which
 * crosses each line of either axis twice. */
static void the_lane_has_its_area(void **state) {
  (void)state;
  static const duro_env_ops ops = {.name = "lane", .step = lane_step, .constraint = lane_h};
  static const double wide[] = {1.2, .24}, wide_low[] = {-1.2, -.24}, tight[] = {1, .2}, tight_low[] = {-1, -.2};
  for (int way = 0; way < 2; way++) {
    const duro_env env = make_env(&ops, way ? wide_low : tight_low, way ? wide : tight, 1);
    duro_grid *grid = solve(&env, "", 201, 201);
    const double *high = way ? wide : tight, cell = 4 * high[0] * high[1] / (200. * 200);
    const double area = duro_grid_volume(grid, 0) * 201 * 201 * cell;
    print_message("lane: %.5f\n", area);
    assert_true(fabs(area - .536192) < .5 * 4 * 200 * cell);
    duro_grid_destroy(grid);
  }
}

/* Nobody gets away from the wall, though beyond x1 = -3 there is h >= 0. */
static void everything_is_lost(void **state) {
  (void)state;
  static const double low[] = {-3, 0}, high[] = {3, 8};
  const duro_env env = make_env(&wall_ops, low, high, 1);
  duro_grid *grid = solve(&env, "", 61, 81);
  assert_true(duro_grid_volume(grid, 0) <= 0);
  assert_true(duro_grid_lost_at_edges(grid) > 0);
  const duro_grid_edge left = duro_grid_edge_of(grid, 0, false), right = duro_grid_edge_of(grid, 0, true),
                       end = duro_grid_edge_of(grid, 1, true), begin = duro_grid_edge_of(grid, 1, false);
  assert_true(fabs(left.h_max - 5) < 1e-6 && left.crossed && left.open && !left.held && !left.reached);
  assert_true(right.h_max < 0 && !right.crossed);
  assert_true(fabs(end.h_max + 3) < 1e-6 && !end.crossed); // by then the wall is at -6
  assert_true(!begin.crossed);
  duro_grid_destroy(grid);
}

/* Upwards it is safe for ever: the environment may say so, or the user. Where neither does, all of it is lost. */
static void held_where_it_is_said(void **state) {
  (void)state;
  static const double low[] = {-1, 0}, high[] = {3, 1};
  duro_env env = make_env(&drift_ops, low, high, 1);
  for (int way = 0; way < 3; way++) {
    env.spec.x_hold = way == 1;
    duro_grid *grid = solve(&env, way == 2 ? "grid.beyond=stay" : "", 41, 3);
    float *V = read_field(grid, DURO_GRID_SAFETY_VALUE);
    for (int i = 0; i < 41; i++) assert_int_equal(V[3 * i + 1] >= 0, way > 0 && i >= 10);
    const double beyond[] = {3.5, .5}, below[] = {-1.5, .5};
    assert_int_equal(duro_grid_safety_at(grid, beyond) >= 0, way > 0);
    assert_true(duro_grid_safety_at(grid, below) < 0);
    assert_int_equal(duro_grid_edge_of(grid, 0, true).held, way > 0);
    free(V);
    duro_grid_destroy(grid);
  }
}

/* A region that ends at the constraint itself says so, one that reaches beyond does not. */
static void edges_at_the_constraint(void **state) {
  (void)state;
  const duro_env_ops *ops;
  duro_env *env;
  OK(duro_env_find(&ops, "double-integrator"));
  OK(duro_env_create(&env, ops, NULL));
  duro_grid_settings settings;
  const duro_settings_group group = duro_grid_settings_group(&settings);
  duro_settings_default(&group);
  for (int way = 0; way < 2; way++) {
    duro_grid_plan plan;
    duro_grid *grid;
    OK(duro_grid_plan_make(&plan, env, &settings, (int[]){41}, 1, way ? NULL : (double[]){-5, -5},
                           way ? NULL : (double[]){5, 5}));
    OK(duro_grid_create(&grid, env, &settings, &plan));
    for (int side = 0; side < 4; side++) {
      const duro_grid_edge edge = duro_grid_edge_of(grid, side / 2, side % 2);
      assert_int_equal(edge.crossed, !way);
      assert_false(edge.open);
      if (way) assert_true(fabs(edge.h_max + .5) < 1e-6);
    }
    duro_grid_destroy(grid);
  }
  duro_env_destroy(env);
}

/* ---- ties ---- */

/* Held at its edge, the speed is the same under every control that leaves; the policy takes one that stays. */
static void ties_stay_on_the_grid(void **state) {
  (void)state;
  duro_env env = make_env(&point_ops, point_low, point_high, 5);
  env.spec.x_hold = 2;
  duro_grid *grid = solve(&env, "", 121, 81);
  const duro_grid_plan *plan = duro_grid_plan_of(grid);
  float *V = read_field(grid, DURO_GRID_SAFETY_VALUE), *u = read_field(grid, DURO_GRID_SAFETY_POLICY);
  int seen = 0;
  for (int i = 0; i < 121; i++)
    for (int j = 0; j < 81; j += 80) {
      const double x[] = {vertex(&plan->axis[0], i), vertex(&plan->axis[1], j)};
      double played[1];
      if (V[i * 81 + j] < 0) continue;
      duro_grid_safety_control(grid, NULL, played, x);
      assert_true(played[0] * x[1] < 0); // away from the edge
      assert_true((double)u[i * 81 + j] == played[0]);
      seen++;
    }
  assert_true(seen > 50);
  int lost = 0;
  duro_stream stream = duro_stream_at(3, 64, 0);
  for (int trial = 0; trial < 300; trial++) {
    double x[2], next[2];
    do
      for (int i = 0; i < 2; i++) x[i] = point_high[i] * (2 * duro_stream_uniform(&stream) - 1);
    while (duro_grid_safety_at(grid, x) < .25);
    bool safe = true;
    for (int t = 0; t < 200; t++) {
      double control[1], a[1];
      duro_step out;
      duro_grid_safety_control(grid, NULL, control, x);
      duro_grid_safety_disturbance(grid, NULL, a, x, control);
      point_step(&env, NULL, next, &out, x, control, a);
      memcpy(x, next, sizeof x);
      safe = safe && out.h >= 0;
    }
    lost += !safe;
  }
  assert_int_equal(lost, 0);
  free(V);
  free(u);
  duro_grid_destroy(grid);
}

/* Where no control makes a difference, none is used. */
static void ties_do_nothing(void **state) {
  (void)state;
  static const double low[] = {-1, 0}, high[] = {1, 1};
  const duro_env env = make_env(&sink_ops, low, high, 1);
  duro_grid *grid = solve(&env, "grid.sweeps=1", 21, 3);
  double u[1];
  duro_grid_safety_control(grid, NULL, u, (const double[]){.5, .5});
  assert_true(u[0] == 0);
  duro_grid_destroy(grid);
}

/* ---- when it stops ---- */

/* The set of the double integrator stands still long before V does. */
static void settled_sets_are_the_set(void **state) {
  (void)state;
  const duro_env_ops *ops;
  duro_env *env;
  OK(duro_env_find(&ops, "double-integrator"));
  OK(duro_env_create(&env, ops, NULL));
  duro_grid *soon = solve(env, "", 101, 101), *late = solve(env, "grid.settled=false", 101, 101);
  const duro_grid_progress early = duro_grid_state(soon, DURO_GRID_SAFETY),
                           end = duro_grid_state(late, DURO_GRID_SAFETY);
  assert_true(early.settled && early.done && !end.settled);
  assert_true(early.sweeps < 400 && end.sweeps > 2000);
  assert_true(early.residual >= 0 && isnan(early.bound)); // no error is claimed
  float *V = read_field(soon, DURO_GRID_SAFETY_VALUE), *W = read_field(late, DURO_GRID_SAFETY_VALUE);
  for (int i = 0; i < 101 * 101; i++) assert_true((V[i] >= 0) == (W[i] >= 0) && V[i] >= W[i] - 1e-5f);
  free(V);
  free(W);
  duro_grid_destroy(soon);
  duro_grid_destroy(late);
  duro_env_destroy(env);
}

/* What sinks slowly is not taken for settled, not where a step is a thousandth of a cell either: all is lost where x2 >
 * 0. */
static void slow_loss_is_seen(void **state) {
  (void)state;
  static const double lows[][2] = {{-1, .5}, {-1, .5}, {-1, .01}}, highs[][2] = {{1, 1}, {1, 1}, {1, .02}};
  for (int i = 0; i < 3; i++) { // .05 to .1, 1 to .5, .001 to .002 of a cell
    const duro_env env = make_env(&sink_ops, lows[i], highs[i], 1);
    duro_grid *grid = solve(&env, "", i == 1 ? 201 : 21, 3);
    assert_true(duro_grid_volume(grid, 0) <= 0);
    duro_grid_destroy(grid);
  }
}

/* The clock of blocks goes past 2^31, as grid.sweeps allows. */
static void clock_of_blocks_is_long(void **state) {
  (void)state;
  const duro_env env = make_env(&point_ops, point_low, point_high, 5);
  duro_grid_settings settings;
  const duro_settings_group group = duro_grid_settings_group(&settings);
  duro_grid_plan plan;
  float *V[2];
  duro_settings_default(&group);
  settings.task = false;
  for (int late = 0; late < 2; late++) {
    duro_grid *grid;
    OK(duro_grid_plan_make(&plan, &env, &settings, (int[]){61, 41}, 2, NULL, NULL));
    OK(duro_grid_create(&grid, &env, &settings, &plan));
    if (late) {
      grid->time = INT32_MAX - 20;
      for (int64_t row = 0; row < grid->rows; row++) grid->changed_at[row] = grid->time;
    }
    OK(duro_grid_solve_safety(grid, NULL, NULL));
    if (late) assert_true(grid->time > INT32_MAX);
    V[late] = read_field(grid, DURO_GRID_SAFETY_VALUE);
    duro_grid_destroy(grid);
  }
  assert_memory_equal(V[0], V[1], sizeof *V[0] * 61 * 41);
  free(V[0]);
  free(V[1]);
}

/* ---- whose state it is ---- */

enum { MANY = 200 };
typedef struct many {
  double number[MANY];
} many;
static char row_names[MANY][40];
static duro_setting rows[MANY];

static void refused(const duro_env *env, const char *path, const char *why) {
  duro_grid *grid = solve(env, "grid.sweeps=1", 21, 11);
  assert_int_equal(duro_grid_resume(grid, path), DURO_ERROR_ARGUMENT);
  if (!strstr(duro_error(), why) || strchr(duro_error(), '\n')) fail_msg("%s; wanted %s", duro_error(), why);
  duro_grid_destroy(grid);
}

/* A state is taken up only by the same dynamics, settings (the last of many as well), and grid. */
static void states_belong_to_their_system(void **state) {
  (void)state;
  char path[] = "/tmp/duro-edges-XXXXXX";
  close(mkstemp(path));
  many numbers = {0}, others = {0};
  for (int i = 0; i < MANY; i++) { // their text is longer than 4096 bytes
    snprintf(row_names[i], sizeof row_names[i], "a_number_with_quite_a_long_name_%d", i);
    rows[i] = (duro_setting){.name = row_names[i],
                             .kind = DURO_REAL,
                             .offset = offsetof(many, number) + sizeof(double) * (size_t)i,
                             .low = -1,
                             .high = 1,
                             .unit = "",
                             .help = ""};
  }
  static const duro_env_source one = {.path = "s.c", .bytes = "1", .size = 1, .hash = "00000000000000a1"},
                               two = {.path = "s.c", .bytes = "2", .size = 1, .hash = "00000000000000a2"};
  duro_env_ops ops = point_ops, changed = point_ops, renamed = point_ops;
  ops.settings = changed.settings = renamed.settings = rows;
  ops.n_settings = changed.n_settings = renamed.n_settings = MANY;
  ops.settings_size = changed.settings_size = renamed.settings_size = sizeof(many);
  ops.source = &one;
  changed.source = &two;
  renamed.source = &one;
  renamed.name = "another";
  duro_env env = make_env(&ops, point_low, point_high, 5);
  env.settings = &numbers;
  duro_grid *grid = solve(&env, "grid.sweeps=1", 21, 11);
  OK(duro_grid_save(grid, path));
  OK(duro_grid_resume(grid, path));
  duro_grid_destroy(grid);
  duro_env other = env;
  other.ops = &changed;
  refused(&other, path, "the file of the environment is another one");
  other.ops = &renamed;
  refused(&other, path, "point there, another here");
  other.ops = &ops;
  others.number[MANY - 1] = 1;
  other.settings = &others;
  refused(&other, path, "a_number_with_quite_a_long_name_199 = 0 there, a_number_with_quite_a_long_name_199 = 1 here");
  other.settings = &numbers;
  other.spec.x_high = (const double[]){6, 2.5};
  refused(&other, path, "x2 = 11 of -2 .. 2 there, x2 = 11 of -2 .. 2.5 here");
  other = env;
  other.spec.x_hold = 2;
  refused(&other, path, "another grid or system");
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(leaving_is_losing),
      cmocka_unit_test(the_lane_has_its_area),
      cmocka_unit_test(everything_is_lost),
      cmocka_unit_test(held_where_it_is_said),
      cmocka_unit_test(edges_at_the_constraint),
      cmocka_unit_test(ties_stay_on_the_grid),
      cmocka_unit_test(ties_do_nothing),
      cmocka_unit_test(settled_sets_are_the_set),
      cmocka_unit_test(slow_loss_is_seen),
      cmocka_unit_test(clock_of_blocks_is_long),
      cmocka_unit_test(states_belong_to_their_system),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

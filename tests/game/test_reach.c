/* When a target is reached, and by which control: against the minimum-time function of the double integrator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "game/grid_known.h"
#include "game/hj.h"

#define TURN 6.283185307179586

/*
 * x1' = x2, x2' = w with |w| <= r. A state is led into the box |x1|, |x2| <= b at T exactly where its support functions
 * say so: p x + q v <= b (|p| + |q - T p|) + r int_0^T |q - s p| ds for all (p, q). The first such T is the minimum
 * time. A disturbance of at most d leaves of |u| <= 1 what r = 1 - d can do.
 */
static bool is_in_box_at(double T, double x, double v, double r, double b) {
  enum { DIRECTIONS = 360 };
  for (int k = 0; k < DIRECTIONS; k++) {
    const double p = cos(TURN * k / DIRECTIONS), q = sin(TURN * k / DIRECTIONS);
    const double flips = fabs(p) > 1e-12 ? q / p : -1; // q - s p changes its sign there
    const double from = fmin(fmax(flips, 0), T);
    const double first = q * from - p * from * from / 2, second = q * (T - from) - p * (T * T - from * from) / 2;
    if (p * x + q * v > b * (fabs(p) + fabs(q - T * p)) + r * (fabs(first) + fabs(second)) + 1e-12) return false;
  }
  return true;
}

/* until `last`; infinite where that is not enough */
static double minimum_time(double x, double v, double r, double b, double last) {
  enum { STEPS = 100 };
  if (fabs(x) <= b && fabs(v) <= b) return 0;
  for (int k = 1; k <= STEPS; k++) {
    double low = last * (k - 1) / STEPS, high = last * k / STEPS;
    if (!is_in_box_at(high, x, v, r, b)) continue;
    for (int i = 0; i < 30; i++) {
      const double middle = .5 * (low + high);
      if (is_in_box_at(middle, x, v, r, b))
        high = middle;
      else
        low = middle;
    }
    return high;
  }
  return INFINITY;
}

/* The minimum time to the origin as textbooks have it (L. S. Pontryagin et al., The mathematical theory of optimal
 * processes, chapter 1): full thrust either way, switched on the curve x = -v |v|/(2 r). */
static double time_to_origin(double x, double v, double r) {
  const double side = x + v * fabs(v) / (2 * r);
  if (side < 0) return time_to_origin(-x, -v, r);
  return v / r + 2 * sqrt(fmax(0, x / r + v * v / (2 * r * r)));
}

static void the_support_functions_give_the_known_time(void **state) {
  (void)state;
  for (int k = 0; k < 40; k++) {
    const double x = 1.5 * cos(1.7 * k), v = sin(2.3 * k), r = k % 2 ? 1 : .6, known = time_to_origin(x, v, r);
    const double found = minimum_time(x, v, r, 0, 8);
    // the worst direction lies at most half a degree from one that is tried
    if (!(found <= known + 1e-6 && found > known - .01))
      fail_msg("(%g, %g), r = %g: %.6f, known %.6f", x, v, r, found, known);
  }
}

#define BOX "grid.target=x1 in [-0.5, 0.5], x2 in [-0.5, 0.5]"
#define DOUBLE_INTEGRATOR "grid.method=hj", "env.control=1", "env.disturbance=.4", "grid.goal=reach", BOX, "grid.time=2"
static const double low[] = {-2.5, -2.5}, high[] = {2.5, 2.5};

static float *arrival_of(const solved *s) {
  float *out = malloc(sizeof *out * (size_t)s->plan->cells);
  assert_non_null(out);
  ok(duro_grid_read(s->grid, DURO_GRID_ARRIVAL, out));
  return out;
}

static bool solve_box(solved *s, int n, bool disturbed) {
  return solve(s, "double-integrator", (const int[]){n, n}, 2, low, high,
               SET(DOUBLE_INTEGRATOR, disturbed ? "grid.disturbance=true" : "grid.disturbance=false"));
}

enum { COARSE = 31, GRIDS = 3 }; // vertices along an axis; each grid has those of the one before

/* mean error at the vertices of the coarsest grid that arrive within 1.8 s, where the control has r against the rest */
static double mean_error(int n, bool disturbed, const double *exact) {
  solved s;
  assert_true(solve_box(&s, n, disturbed));
  float *arrival = arrival_of(&s);
  double sum = 0;
  int64_t count = 0;
  const int every = (n - 1) / (COARSE - 1);
  for (int64_t i = 0; i < s.plan->cells; i++) assert_int_equal(s.v[i] >= 0, arrival[i] < INFINITY);
  for (int i = 0; i < COARSE; i++)
    for (int j = 0; j < COARSE; j++) {
      const double known = exact[i * COARSE + j], found = (double)arrival[(i * n + j) * every];
      if (known == 0) assert_true(found == 0);
      if (known == 0 || known > 1.8) continue;
      sum += fmin(fabs(found - known), 2);
      count++;
    }
  free(arrival);
  release(&s);
  assert_true(count > 100);
  return sum / (double)count;
}

/* T has jumps, so that its mean error falls like that of a scheme of first order, by half with the spacing, at best. */
static void arrival_is_the_minimum_time(void **state) {
  (void)state;
#ifdef __SANITIZE_ADDRESS__
  skip(); // minutes without optimisation
#endif
  static double exact[COARSE * COARSE];
  for (int disturbed = 0; disturbed < 2; disturbed++) {
    double error[GRIDS];
    for (int i = 0; i < COARSE * COARSE; i++)
      exact[i] = minimum_time(low[0] + 5.0 * (i / COARSE) / (COARSE - 1), low[1] + 5.0 * (i % COARSE) / (COARSE - 1),
                              disturbed ? .6 : 1, .5, 2);
    for (int k = 0; k < GRIDS; k++) error[k] = mean_error(((COARSE - 1) << k) + 1, disturbed, exact);
    print_message("%s: mean error %.4f s on 31 x 31, %.4f on 61 x 61, %.4f on 121 x 121\n",
                  disturbed ? "disturbed" : "alone", error[0], error[1], error[2]);
    for (int k = 1; k < GRIDS; k++) assert_true(error[k] < .7 * error[k - 1]);
  }
}

/* ---- the controller ---- */

/* Does a jump of T pass within a spacing of a state? There the time that the grid states may be that of the other side.
 */
static bool is_beside_a_jump(const double *x, double spacing, double stated) {
  static const double to[5][2] = {{0, 0}, {1, 0}, {-1, 0}, {0, 1}, {0, -1}};
  double most = 0;
  for (int k = 0; k < 5; k++)
    most = fmax(most, minimum_time(x[0] + spacing * to[k][0], x[1] + spacing * to[k][1], .6, .5, 4));
  return most > stated + 1;
}

/* From a state, by duro_grid_reach_control against duro_grid_reach_disturbance or another one: s until the target, at
 * most `last`; the smallest h on the way. */
static double play(const solved *s, void *worker, const double *start, bool worst, double last, double *h) {
  double x[2] = {start[0], start[1]}, time = 0;
  for (*h = INFINITY; duro_grid_target_at(s->grid, x) < 0 && time < last; time += s->env->spec.dt) {
    double x2[2], u, a;
    duro_step out;
    duro_grid_reach_control(s->grid, worker, &u, x);
    duro_grid_reach_disturbance(s->grid, worker, &a, x, &u);
    if (!worst) a = sin(7 * start[0] + 11 * time);
    s->env->ops->step(s->env, worker, x2, &out, x, &u, &a);
    memcpy(x, x2, sizeof x);
    *h = fmin(*h, out.h);
  }
  return time;
}

/* Two steps of .02 s are allowed: a state is looked at after a step, and a control is held for one where it should
 * switch. Only beside a jump of T, where a way is lost by a hair, it takes longer. */
static void the_controller_arrives_in_time(void **state) {
  (void)state;
#ifdef __SANITIZE_ADDRESS__
  skip(); // likewise
#endif
  solved s;
  void *worker = NULL;
  int64_t starts = 0, late = 0;
  assert_true(solve(&s, "double-integrator", (const int[]){61, 61}, 2, low, high,
                    SET(DOUBLE_INTEGRATOR, "env.dt=.02", "env.discretisation=hold")));
  ok(duro_env_worker_create(s.env, &worker));
  for (int64_t i = 0; i < s.plan->cells; i++) {
    double x[2], h;
    vertex_state(s.plan, i, x);
    const double stated = duro_grid_arrival_at(s.grid, x);
    if (!(stated > 0 && stated <= 1.8)) continue;
    starts++;
    for (int worst = 0; worst < 2; worst++) {
      const double time = play(&s, worker, x, worst, 5, &h);
      if (time <= stated + .041) continue; // rounding of the sum
      late++;
      if (!is_beside_a_jump(x, 5.0 / 60, stated)) fail_msg("(%g, %g): %g s, stated %g", x[0], x[1], time, stated);
    }
  }
  print_message("%lld of %lld starts late, beside a jump\n", (long long)late, (long long)starts);
  assert_true(starts > 500 && 50 * late < starts);
  duro_env_worker_destroy(s.env, worker);
  release(&s);
}

/* The speed is bounded: from where V leaves room the box is reached and the bound kept on the way. Where the way runs
 * along the bound, T is steep beside it, and the grid has to be fine: on 201 x 201 vertices all but a hundredth of the
 * starts arrive in time, a tenth of a second allowed, five of the steps in which the way goes to and fro there. */
static void the_controller_keeps_the_constraint(void **state) {
  (void)state;
#ifdef __SANITIZE_ADDRESS__
  skip(); // likewise
#endif
  solved s;
  void *worker = NULL;
  int64_t starts = 0, late = 0;
  double least = INFINITY;
  assert_true(
      solve(&s, "double-integrator", (const int[]){201, 201}, 2, low, high,
            SET("grid.method=hj", "env.control=1", "env.disturbance=.4", "grid.goal=reach-avoid", BOX, "grid.time=3",
                "env.bound_x2=.8", "env.fail_bound=6", "env.dt=.02", "env.discretisation=hold")));
  ok(duro_env_worker_create(s.env, &worker));
  for (int64_t i = 0; i < s.plan->cells; i += 7) {
    double x[2], h;
    vertex_state(s.plan, i, x);
    const double stated = duro_grid_arrival_at(s.grid, x);
    assert_true(fabs(x[1]) <= .8 || isinf(stated));
    if (!(stated > 0) || (double)s.v[i] < .1) continue;
    starts++;
    const double time = play(&s, worker, x, true, 6, &h);
    assert_true(time < 5.9); // it was reached at last
    late += time > stated + .1;
    least = fmin(least, h);
  }
  print_message("%lld of %lld starts late, least h %.4f\n", (long long)late, (long long)starts, least);
  assert_true(starts > 500 && 100 * late < starts && least >= 0);
  duro_env_worker_destroy(s.env, worker);
  release(&s);
}

/* Who arrives, when, where it is a matter of definition. */
static void what_has_no_arrival(void **state) {
  (void)state;
  solved s;
  float *none = malloc(sizeof *none * 31 * 31);
  assert_non_null(none);
  assert_true(solve_box(&s, 31, true));
  assert_true(duro_grid_arrival_at(s.grid, (const double[]){.49, -.49}) == 0); // in the target, between vertices
  assert_true(isinf(duro_grid_arrival_at(s.grid, (const double[]){2.4, 2.4})));
  assert_true(isinf(duro_grid_arrival_at(s.grid, (const double[]){9, 0}))); // beyond the grid
  release(&s);
  assert_true(
      solve(&s, "double-integrator", (const int[]){31, 31}, 2, low, high, SET(DOUBLE_INTEGRATOR, "grid.tube=false")));
  assert_true(isnan(duro_grid_arrival_at(s.grid, (const double[]){0, 0})));
  assert_int_equal(duro_grid_read(s.grid, DURO_GRID_ARRIVAL, none), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "grid.goal is reach and grid.tube is false, which has no times of arrival"));
  release(&s);
  assert_true(solve(&s, "double-integrator", (const int[]){31, 31}, 2, low, high, SET("grid.task=false")));
  assert_int_equal(duro_grid_read(s.grid, DURO_GRID_ARRIVAL, none), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "grid.goal is avoid, which has no times of arrival"));
  release(&s);
  free(none);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_support_functions_give_the_known_time),
      cmocka_unit_test(arrival_is_the_minimum_time),
      cmocka_unit_test(the_controller_arrives_in_time),
      cmocka_unit_test(the_controller_keeps_the_constraint),
      cmocka_unit_test(what_has_no_arrival),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

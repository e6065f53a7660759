/* Grids against answers that were not computed with them: the literature's game of two vehicles, the pendulum's
 * barrier by integration, products of independent systems, one system through two simulators. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "duro/polytope.h"
#include "game/grid_known.h"

static double air3d_share(const char *dt, int nx, int ny, int npsi) {
  solved s;
  assert_true(solve(&s, "air3d", (const int[]){nx, ny, npsi}, 3, NULL, NULL, SET(dt)));
  assert_int_equal(s.plan->nd, 3);
  assert_true(s.plan->axis[2].periodic);
  const double share = lost_share(&s);
  release(&s);
  return share;
}

/*
 * Air3D in continuous time, 2.8 s: a level-set toolbox (second-order ENO) finds V < 0 at .264760 of the vertices of
 * 101 x 78 x 100 and .268087 of those of 201 x 155 x 200, which are the shares of volume below. Its error is of first
 * order there (.27034, .27088, .27118 from 51 points on), so the limit is twice the finer less the coarser.
 *
 * The game here errs by holding inputs for dt and by interpolation, once a step: the error of one is of the order of
 * spacing^2, and 2.8 s/dt of them add up. With dt in proportion to the spacing all of it is of first order; two grids
 * cancel it, and what is left is of second order: less than the first-order part of the finer grid, which is the
 * difference of the two. That is the tolerance.
 *
 * The set of 2.8 s is the set of all times: test_grid_slow.c checks that.
 */
static void air3d_is_that_of_the_literature(void **state) {
  (void)state;
#ifdef __SANITIZE_ADDRESS__
  skip(); // minutes without optimisation
#endif
  const double coarse = air3d_share("env.dt=.2", 51, 40, 50), fine = air3d_share("env.dt=.1", 101, 78, 100);
  const double step = fabs(fine - coarse), limit = 2 * fine - coarse;
  const double known = 2 * (.268087 * 201 / 200 * 155 / 154) - .264760 * 101 / 100 * 78 / 77;
  print_message("air3d: %.5f, %.5f, limit %.5f, known %.5f\n", coarse, fine, limit, known);
  assert_true(step < .005); // 2 % of the set: else the tolerance would say nothing
  if (!(fabs(limit - known) <= step)) fail_msg("%g; wanted %g within %g", limit, known, step);
}

/* The swing that just comes to rest where full braking balances gravity, integrated backwards from there:
 *   theta'' = fall sin theta - brake   with brake = push (control - disturbance)
 * rate[k] is its rate at theta = -edge + k 2 edge/(BARRIER - 1): positive before the rest, negative beyond. */
enum { BARRIER = 4001 };

static void barrier_back(double *theta, double *rate, double fall, double brake, double dt) {
  const double v1 = *rate, a1 = fall * sin(*theta) - brake;
  const double v2 = *rate - dt / 2 * a1, a2 = fall * sin(*theta - dt / 2 * v1) - brake;
  const double v3 = *rate - dt / 2 * a2, a3 = fall * sin(*theta - dt / 2 * v2) - brake;
  const double v4 = *rate - dt * a3, a4 = fall * sin(*theta - dt * v3) - brake;
  *theta -= dt / 6 * (v1 + 2 * v2 + 2 * v3 + v4);
  *rate -= dt / 6 * (a1 + 2 * a2 + 2 * a3 + a4);
}

/* Leaves the balance along its stable direction; an error there dies out backwards. Steps of .1 ms: the chord of a
 * step misses the curve by less than 1e-8. */
static void integrate_barrier(double *barrier, double edge, double fall, double brake) {
  const double rest = asin(brake / fall), pull = sqrt(fall * cos(rest)), grain = 2 * edge / (BARRIER - 1);
  for (int side = -1; side <= 1; side += 2) {
    double theta = rest + side * 1e-6, rate = -side * pull * 1e-6;
    int k = (int)(side < 0 ? floor((rest + edge) / grain) : ceil((rest + edge) / grain));
    while (k >= 0 && k < BARRIER) {
      const double theta0 = theta, rate0 = rate;
      barrier_back(&theta, &rate, fall, brake, 1e-4);
      for (; k >= 0 && k < BARRIER && side * (theta - (-edge + k * grain)) >= 0; k += side) {
        const double part = (-edge + k * grain - theta0) / (theta - theta0);
        barrier[k] = rate0 + part * (rate - rate0);
      }
    }
  }
}

static double barrier_at(const double *barrier, double edge, double theta) {
  const double t = fmin(fmax((theta + edge) * (BARRIER - 1) / (2 * edge), 0), BARRIER - 1);
  const int k = t < BARRIER - 2 ? (int)t : BARRIER - 2;
  return barrier[k] + (t - k) * (barrier[k + 1] - barrier[k]);
}

/* grid against barrier */
typedef struct difference {
  double iou;
  double furthest; // spacings from a vertex on the wrong side to the edge of the set
  double area;     // of the grid's set
} difference;

static double distance2(double a, double b) {
  return a * a + b * b;
}

static difference compare_pendulum(const solved *s, const double *barrier, double edge) {
  const duro_grid_plan *plan = s->plan;
  const double dx = spacing_of(&plan->axis[0]), dv = spacing_of(&plan->axis[1]);
  int64_t both = 0, either = 0, ours = 0;
  difference d = {0};
  for (int64_t i = 0; i < plan->cells; i++) {
    double x[2];
    vertex_state(plan, i, x);
    const double top = barrier_at(barrier, edge, x[0]), bottom = -barrier_at(barrier, edge, -x[0]);
    const bool exact = fabs(x[0]) <= edge && x[1] <= top && x[1] >= bottom, grid = s->v[i] >= 0;
    both += exact && grid, either += exact || grid, ours += grid;
    if (exact == grid) continue;
    double nearest = INFINITY; // to either curve and either edge
    for (int k = 0; k < BARRIER; k++) {
      const double at = -edge + 2 * edge * k / (BARRIER - 1);
      const double up = distance2((x[0] - at) / dx, (x[1] - barrier[k]) / dv);
      const double down = distance2((x[0] + at) / dx, (x[1] + barrier[k]) / dv);
      nearest = fmin(nearest, fmin(up, down));
    }
    nearest = fmin(sqrt(nearest), fabs(fabs(x[0]) - edge) / dx);
    d.furthest = fmax(d.furthest, nearest);
  }
  d.iou = (double)both / (double)either;
  d.area = (double)ours * dx * dv;
  return d;
}

/* Both sets agree but for vertices nearer to the edge than a spacing: the value jumps there, and interpolation cannot
 * place a jump better than within its cell. Per cent of the set this is at most the band of a spacing along the edge,
 * so that 1 - IoU falls with the spacing. */
static void try_pendulum(const char *disturbance, double torque) {
  static double barrier[BARRIER];
  const double edge = .6, fall = 15, brake = 3 * (2 - torque); // documented defaults of the environment
  integrate_barrier(barrier, edge, fall, brake);
  double wrong = 1;
  for (int n = 101; n <= 201; n = 2 * n - 1) {
    solved s;
    assert_true(solve(&s, "pendulum", (const int[]){n, n}, 2, NULL, NULL, SET(disturbance)));
    const difference d = compare_pendulum(&s, barrier, edge);
    print_message("pendulum, %g N m, %d: IoU %.4f, off by %.2f spacings, area %.4f\n", torque, n, d.iou, d.furthest,
                  d.area);
    assert_true(d.furthest < 1);
    assert_true(1 - d.iou < .75 * wrong); // of first order: about half
    wrong = 1 - d.iou;
    release(&s);
  }
  assert_true(wrong < .03);
}

static void pendulum_keeps_behind_its_barrier(void **state) {
  (void)state;
  try_pendulum("env.disturbance=.5", .5);
  try_pendulum("grid.disturbance=false", 0);
}

#define LATTICE "grid.controls=5", "env.dt=1", "env.bound_x1=3", "env.bound_x2=3", "env.fail_bound=3.5"

/* V of both parts of a vertex of the product; the axes are the same */
static double smaller_part(const solved *s, const solved *part, int64_t index) {
  const int64_t cells = part->plan->cells;
  assert_true(s->plan->cells == cells * cells);
  return fmin((double)part->v[index / cells], (double)part->v[index % cells]);
}

/*
 * Steps of 1 s and spacings of .5 m and .5 m/s: x1' = x1 + x2 and x2' = x2 + u + a/2 are vertices again, interpolation
 * is exact, and all numbers are multiples of .5. The episode fails where the grid ends, so that nothing is read beyond.
 * Then the value of the product is the smaller of its parts', bit for bit. At safe states it is also that of the exact
 * game (duro_integrator_value, a polytope), although that has more controls: at these states a multiple of .5 serves.
 */
static void product_on_a_lattice_is_exact(void **state) {
  (void)state;
  const double low[] = {-3.5, -3.5, -3.5, -3.5}, high[] = {3.5, 3.5, 3.5, 3.5};
  solved two, four;
  assert_true(solve(&two, "double-integrator", (const int[]){15}, 1, low, high, SET(LATTICE)));
  assert_true(solve(&four, "double-integrators", (const int[]){15}, 1, low, high, SET(LATTICE)));
  assert_true(four.plan->nd == 4 && four.plan->row >= 0);
  for (int64_t i = 0; i < four.plan->cells; i++) assert_true((double)four.v[i] == smaller_part(&four, &two, i));
  duro_integrator_spec spec;
  duro_integrator *exact;
  ok(duro_integrator_spec_of(&spec, two.env));
  ok(duro_integrator_create(&exact, &spec));
  int same = 0, safe = 0;
  for (int64_t i = 0; i < two.plan->cells; i++) {
    double x[2];
    vertex_state(two.plan, i, x);
    const double value = duro_integrator_value(exact, x);
    assert_true((two.v[i] >= 0) == (value >= 0));
    safe += value >= 0;
    same += value >= 0 && fabs((double)two.v[i] - value) < 1e-12;
  }
  print_message("lattice: %d of %d safe vertices as in the exact game\n", same, safe);
  assert_true(safe > 50 && same == safe);
  duro_integrator_destroy(exact);
  release(&two), release(&four);
}

/*
 * Interpolation of a smaller value lies below the smaller of the interpolations,
 *   sum_ij w_i v_j min(a_i, b_j) <= min(sum_i w_i a_i, sum_j v_j b_j),
 * and max_u min_a of a product is the smaller of both, so by induction V_4D <= min(V_2D, V_2D) at every vertex. Each
 * solution is within its bound of the fixed point. (Where an episode goes on beyond the grid it would not hold: V = h
 * is the smaller h there; so it fails where the grid ends.)
 */
static void product_is_not_above_its_parts(void **state) {
  (void)state;
  const char *const *set = SET("env.fail_bound=5.5", "grid.discount=.95", "grid.error=1e-3");
  solved two, four;
  assert_true(solve(&two, "double-integrator", (const int[]){17, 13}, 2, NULL, NULL, set));
  assert_true(solve(&four, "double-integrators", (const int[]){17, 13, 17, 13}, 4, NULL, NULL, set));
  const double tolerance = two.end.bound + four.end.bound;
  assert_true(tolerance <= 2e-3);
  double most = -INFINITY, least = INFINITY;
  for (int64_t i = 0; i < four.plan->cells; i++) {
    const double above = (double)four.v[i] - smaller_part(&four, &two, i);
    most = fmax(most, above), least = fmin(least, above);
  }
  print_message("product less smaller part: %.3g to %.3g\n", least, most);
  assert_true(most <= tolerance);
  release(&two), release(&four);
}

#define SMALL_RAIL "env.safe_position=.9", "env.fail_position=.9", "env.eval_x=.5", "env.fail_angle=.22"

/*
 * The closed form goes through whole rows, MuJoCo cell by cell; while |x| < 1 both steps agree to 1e-12, and x stays
 * there: rates are at most 1.8 m/s, and 360 N on 10.5 kg add .06 m in a step. The episode fails where the grid ends,
 * at h >= -1, so that nothing is read beyond. What is left is rounding: each solution is within its bound of its own
 * fixed point, and the stencils, whose fractions are floats (four axes, 2^-24 of V's range of 2 each), move a fixed
 * point by that over 1 - discount.
 */
static void two_simulators_one_value(void **state) {
  (void)state;
  const int shape[] = {11, 13, 9, 11};
  const double low[] = {-.9, -.22, -1.8, -3}, high[] = {.9, .22, 1.8, 3};
  const char *const *set = SET(SMALL_RAIL, "grid.discount=.95", "grid.error=1e-3");
  solved mujoco, closed;
  if (!solve(&mujoco, "cartpole-mujoco", shape, 4, low, high, set)) {
    skip();
    return;
  }
  assert_true(solve(&closed, "cartpole", shape, 4, low, high, set));
  assert_true(closed.plan->row >= 0 && mujoco.plan->row < 0);
  const double tolerance = closed.end.bound + mujoco.end.bound + 8 * 0x1p-24 / .05;
  assert_true(tolerance <= 2.1e-3);
  double off = 0;
  int64_t safe = 0;
  for (int64_t i = 0; i < closed.plan->cells; i++) {
    off = fmax(off, fabs((double)closed.v[i] - (double)mujoco.v[i]));
    safe += closed.v[i] >= 0;
  }
  print_message("cartpole: %.2g between simulators, %.3f safe\n", off, (double)safe / (double)closed.plan->cells);
  assert_true(off <= tolerance);
  assert_true(safe > 0 && safe < closed.plan->cells); // both sides of the set are compared
  release(&mujoco), release(&closed);
}

/* What the pages of the environments say of evaluation starts, on grids that are quickly solved. */
static void starts_lie_inside(void **state) {
  (void)state;
  static const struct {
    const char *name;
    int n, shape[3];
    double least;
  } cases[] = {
      {"double-integrator", 2, {201, 201}, 0.2}, // .25 exactly; interpolation takes a little
      {"pendulum", 2, {201, 201}, 0.08},         // .1 on finer grids
      {"air3d", 3, {51, 40, 50}, 0},             //
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    solved s;
    assert_true(solve(&s, cases[i].name, cases[i].shape, cases[i].n, NULL, NULL, NULL));
    const double least = least_start(&s, 20000, NULL);
    print_message("%s: smallest V of 20000 starts %.4f\n", cases[i].name, least);
    assert_true(least >= cases[i].least);
    release(&s);
  }
}

/* z, its rate, theta and its rate are left, in rows along z, and V does not see the others */
static void quadrotor_drops_what_safety_does_not_see(void **state) {
  (void)state;
  solved s;
  assert_true(solve(&s, "quadrotor", (const int[]){9}, 1, NULL, NULL, SET("grid.controls=2", "grid.sweeps=30")));
  const int kept[] = {2, 3, 4, 5}, dropped[] = {0, 1, 6};
  assert_true(s.plan->nd == 4 && s.plan->n_dropped == 3 && s.plan->row == 0 && !s.plan->task);
  for (int i = 0; i < 4; i++) assert_int_equal(s.plan->axis[i].state, kept[i]);
  for (int i = 0; i < 3; i++) assert_int_equal(s.plan->dropped[i], dropped[i]);
  duro_stream stream = duro_stream_at(1, (uint32_t)DURO_PURPOSE_SPARE, 0);
  double least = INFINITY, most = -INFINITY;
  for (int k = 0; k < 500; k++) {
    double x[7], y[7];
    for (int i = 0; i < 7; i++) { // some beyond the grid
      const double low = s.env->spec.x_low[i], width = s.env->spec.x_high[i] - low;
      x[i] = low - .1 * width + 1.2 * width * duro_stream_uniform(&stream);
    }
    memcpy(y, x, sizeof y);
    y[0] += 100, y[1] = -y[1], y[6] = 7; // also where episodes are cut off
    const double v = duro_grid_safety_at(s.grid, x);
    assert_true(v == duro_grid_safety_at(s.grid, y));
    least = fmin(least, v), most = fmax(most, v);
  }
  assert_true(least < 0 && most > 0); // it does see the rest
  release(&s);
}

/* An environment that names a box says that episodes fail outside it and nowhere else: from random states up to half a
 * region outside, and from close to each face, under random inputs. */
static void check_box(const duro_env *env, void *worker) {
  const duro_env_spec *spec = &env->spec;
  int count[2] = {0};
  for (uint64_t k = 0; k < 4000; k++) {
    duro_stream stream = duro_stream_at(1, (uint32_t)DURO_PURPOSE_SPARE, k);
    double x[DURO_MAX_STATE], x2[DURO_MAX_STATE], u[DURO_MAX_ACTION], a[DURO_MAX_ACTION];
    for (int i = 0; i < spec->nx; i++) {
      const double low = spec->x_low[i], width = spec->x_high[i] - low;
      x[i] = low - .25 * width + 1.5 * width * duro_stream_uniform(&stream);
    }
    const int face = (int)(k % (uint64_t)(2 * spec->nx));
    const double at = face % 2 ? spec->x_fail_low[face / 2] : spec->x_fail_high[face / 2];
    const double width = spec->x_high[face / 2] - spec->x_low[face / 2];
    if (k % 3 && isfinite(at)) { // the others where they do not fail, so that this face decides
      for (int i = 0; i < spec->nx; i++) x[i] = .5 * (spec->x_low[i] + spec->x_high[i]);
      x[face / 2] = at + .02 * width * (2 * duro_stream_uniform(&stream) - 1);
    }
    for (int i = 0; i < spec->nu; i++) u[i] = 2 * duro_stream_uniform(&stream) - 1;
    for (int i = 0; i < spec->na; i++) a[i] = 2 * duro_stream_uniform(&stream) - 1;
    duro_step out;
    duro_env_step(env, worker, x2, &out, x, u, a);
    bool outside = false;
    for (int i = 0; i < spec->nx; i++) outside = outside || x2[i] < spec->x_fail_low[i] || x2[i] > spec->x_fail_high[i];
    if (outside != (out.end == DURO_TERMINATED)) fail_msg("%s, case %d", env->ops->name, (int)k);
    count[outside]++;
  }
  assert_true(count[0] > 100 && count[1] > 100); // else nothing was tried
}

static void boxes_of_failure_are_true(void **state) {
  (void)state;
  int boxes = 0;
  for (int i = 0; duro_env_builtin(i); i++) {
    duro_env *env;
    void *worker;
    ok(duro_env_create(&env, duro_env_builtin(i), NULL));
    ok(duro_env_worker_create(env, &worker));
    assert_true((env->spec.x_fail_low == NULL) == (env->spec.x_fail_high == NULL));
    if (env->spec.x_fail_low) check_box(env, worker), boxes++;
    duro_env_worker_destroy(env, worker);
    duro_env_destroy(env);
  }
  assert_true(boxes >= 4); // double integrators, cart-pole, quadrotor
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(air3d_is_that_of_the_literature),
      cmocka_unit_test(pendulum_keeps_behind_its_barrier),
      cmocka_unit_test(product_on_a_lattice_is_exact),
      cmocka_unit_test(product_is_not_above_its_parts),
      cmocka_unit_test(two_simulators_one_value),
      cmocka_unit_test(starts_lie_inside),
      cmocka_unit_test(quadrotor_drops_what_safety_does_not_see),
      cmocka_unit_test(boxes_of_failure_are_true),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

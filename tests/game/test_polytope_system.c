/* Invariant sets of linear systems: the double integrator's closed form against the iteration, exact areas, the
 * continuous limit and worst-case play; safety values against Bellman's equation; products; degenerate systems. */
#include "game/polytope_test.h"

#define SETTLED 1e-9 // tolerance of the iterations, times scale

/* matrices written out here, not taken from the library */
typedef struct plant {
  double A[16], B[8], E[8];
  duro_linear system;
} plant;

static void make_plant(plant *p, const duro_integrator_spec *s) {
  const double bend = s->order == DURO_INTEGRATOR_EULER ? 0.0 : s->order == DURO_INTEGRATOR_HOLD ? 0.5 : 1.0;
  *p = (plant){.A = {1, s->dt, 0, 1},
               .B = {bend * s->dt * s->dt * s->control, s->dt * s->control},
               .E = {bend * s->dt * s->dt * s->disturbance, s->dt * s->disturbance}};
  p->system = (duro_linear){2, 1, 1, p->A, p->B, p->E};
}

static duro_polytope *iterate(const duro_linear *system, const duro_polytope *X, duro_invariance *info) {
  duro_polytope *set;
  ok(duro_linear_invariant(&set, info, system, X, 2000, SETTLED));
  return set;
}

static duro_polytope *iterate_integrator(const duro_integrator_spec *s, double level, duro_invariance *info) {
  plant p;
  make_plant(&p, s);
  duro_polytope *X = make_box(2, (const double[]){s->bound_x1 - level, s->bound_x2 - level});
  duro_polytope *set = iterate(&p.system, X, info);
  duro_polytope_destroy(X);
  return set;
}

static duro_integrator *make_integrator(const duro_integrator_spec *s) {
  duro_integrator *d;
  ok(duro_integrator_create(&d, s));
  return d;
}

/* the disturbance is drawn up to `share` of the control */
static duro_integrator_spec random_spec(duro_stream *stream, int order, double share) {
  duro_integrator_spec s = {.order = (duro_integrator_order)order};
  s.dt = draw(stream, 0.08, 0.5);
  s.control = draw(stream, 0.5, 2.0);
  s.disturbance = s.control * draw(stream, 0.0, share);
  s.bound_x1 = draw(stream, 1.0, 5.0);
  s.bound_x2 = draw(stream, 1.0, 5.0);
  return s;
}

static const duro_integrator_spec ordinary = {0.1, 1.0, 0.5, 5.0, 5.0, DURO_INTEGRATOR_EULER};

/* Areas of the polygons in rational arithmetic (Python's fractions), which also proved there, vertex by vertex, that
 * some u answers both extreme disturbances: the polygons are the answer. Tolerance: 50 vertices of sizes near 5. */
static void areas_are_exact(void **state) {
  (void)state;
  const double areas[2][3] = {{328112.0 / 7875, 664099.0 / 15750, 335987.0 / 7875},
                              {52769.0 / 900, 53669.0 / 900, 54569.0 / 900}};
  for (int c = 0; c < 6; c++) {
    duro_integrator_spec s = ordinary;
    s.order = (duro_integrator_order)(c % 3);
    s.disturbance = c < 3 ? 0.5 : 0.0;
    duro_integrator *d = make_integrator(&s);
    duro_invariance info;
    duro_polytope *set = iterate_integrator(&s, 0.0, &info);
    assert_true(duro_integrator_set_info(d).closed && info.exact);
    assert_near(volume(duro_integrator_set(d)), areas[c / 3][c % 3], 1e-12);
    assert_near(volume(set), areas[c / 3][c % 3], 1e-7); // 50 steps, each may lose 1e-10 scale along a side of 5
    duro_polytope_destroy(set);
    duro_integrator_destroy(d);
  }
}

static void closed_form_is_the_iteration(void **state) {
  (void)state;
  int closed = 0;
  for (int trial = 0; trial < 36; trial++) {
    duro_stream stream = test_stream((uint64_t)trial);
    const duro_integrator_spec s = random_spec(&stream, trial % 3, 0.8);
    duro_integrator *d = make_integrator(&s);
    duro_invariance info;
    duro_polytope *set = iterate_integrator(&s, 0.0, &info), *reduced;
    assert_true(info.exact && !info.closed);
    assert_same_set(duro_integrator_set(d), set, 1e-7); // up to 50 steps that each may lose 1e-10 scale
    if (duro_integrator_set_info(d).closed) {
      closed++;
      ok(duro_polytope_create_reduced(&reduced, duro_integrator_set(d)));
      assert_int_equal(duro_polytope_faces(reduced), duro_polytope_faces(duro_integrator_set(d)));
      duro_polytope_destroy(reduced);
    }
    duro_polytope_destroy(set);
    duro_integrator_destroy(d);
  }
  assert_true(closed >= 24); // the ranges are chosen so that most are
}

/* the polygon of the closed form at a level, with faces to spare */
static duro_polytope *polygon(const duro_integrator_spec *s, double level) {
  double H[2 * 164], k[164];
  const double X = s->bound_x1 - level, V = s->bound_x2 - level, r = s->control - s->disturbance;
  for (int i = 0; i < 164; i++) {
    const int n = i / 2;
    const double sign = i % 2 ? -1.0 : 1.0, shift = (double)(int)s->order - 1.0;
    H[2 * i] = n < 81 ? sign : 0.0;
    H[2 * i + 1] = n < 81 ? sign * n * s->dt : sign;
    k[i] = n == 81 ? V : n == 0 ? X : X + r * s->dt * s->dt * n * (n + shift) / 2;
  }
  return make(2, 164, H, k);
}

/* The level up to which the closed form is said to hold: a little below it the polygon lies in its own predecessor; a
 * little above it does not. */
static void closed_level_is_sharp(void **state) {
  (void)state;
  for (int trial = 0; trial < 60; trial++) {
    duro_stream stream = test_stream(1000 + (uint64_t)trial);
    duro_integrator_spec s = random_spec(&stream, trial % 3, 0.9);
    if (trial % 2) s.bound_x2 = draw(&stream, 0.2, 3.0) * s.dt * s.control;
    if (trial % 4 == 2) s.bound_x1 = draw(&stream, 0.2, 3.0) * s.dt * s.dt * s.control;
    duro_integrator *d = make_integrator(&s);
    const double level = duro_integrator_closed_level(d), top = fmin(s.bound_x1, s.bound_x2);
    const double small = 1e-6; // far above roundings, far below the sizes of the boxes
    assert_true(level < top || s.disturbance == 0.0);
    assert_int_equal(duro_integrator_set_info(d).closed, level >= 0.0 || s.order != DURO_INTEGRATOR_HOLD);
    for (int above = 0; above < 2; above++) {
      const double at = above ? level + small : level - small;
      if (at > top - small) continue;
      plant p;
      make_plant(&p, &s);
      duro_polytope *P = polygon(&s, at), *before;
      ok(duro_linear_before(&before, &p.system, P));
      const double moved = excess(before, P);
      if (above ? !(moved > 1e-8) : !(moved <= 1e-9))
        fail_msg("trial %d, order %d, %g %s the level: the polygon moves by %g", trial, (int)s.order, small,
                 above ? "above" : "below", moved);
      duro_polytope_destroy(P), duro_polytope_destroy(before);
    }
    duro_integrator_destroy(d);
  }
}

/* From points of the set, some control keeps both extreme disturbances inside; one found by bisection over the
 * controls. */
static void some_control_answers(void **state) {
  (void)state;
  for (int trial = 0; trial < 12; trial++) {
    duro_stream stream = test_stream(2000 + (uint64_t)trial);
    duro_integrator_spec s = random_spec(&stream, trial % 3, 0.8);
    if (trial >= 6) s.bound_x2 = draw(&stream, 1.2, 2.5) * s.dt * s.control; // where the closed form fails at times
    duro_integrator *d = make_integrator(&s);
    const duro_polytope *set = duro_integrator_set(d);
    plant p;
    make_plant(&p, &s);
    double xy[2 * 200];
    int count, tested = 0;
    ok(duro_polytope_vertices(xy, &count, set, 200));
    for (int i = 0; i < 2000; i++) {
      double x[2] = {draw(&stream, -s.bound_x1, s.bound_x1), draw(&stream, -s.bound_x2, s.bound_x2)};
      if (i < count) memcpy(x, xy + 2 * i, sizeof x); // vertices, where there is least room
      if (i >= count && !duro_polytope_contains(set, x, 0.0)) continue;
      double low = -1.0, high = 1.0, best = -INFINITY;
      for (int c = 0; c < 200; c++) { // ternary search: the worst margin is concave in u
        double worst[2];
        const double u[2] = {low + (high - low) / 3, high - (high - low) / 3};
        for (int j = 0; j < 2; j++) {
          worst[j] = INFINITY;
          for (int a = -1; a <= 1; a += 2) {
            const double y[2] = {x[0] + s.dt * x[1] + p.B[0] * u[j] + p.E[0] * a, x[1] + p.B[1] * u[j] + p.E[1] * a};
            worst[j] = fmin(worst[j], duro_polytope_margin(set, y));
          }
          best = fmax(best, worst[j]);
        }
        *(worst[0] < worst[1] ? &low : &high) = worst[0] < worst[1] ? u[0] : u[1];
      }
      tested++;
      if (!(best >= -1e-8)) fail_msg("trial %d: from (%g, %g) the set is left by %g", trial, x[0], x[1], -best);
    }
    assert_true(tested >= count);
    duro_integrator_destroy(d);
  }
}

/* dt -> 0: x1 + x2 |x2| / (2 r) <= X for x2 > 0 and the mirror image. The sets of dt differ from it by r dt^2 c_k to
 * first order in dt: at most dt max(V) / 2 in x1. */
static void limit_of_short_steps(void **state) {
  (void)state;
  for (int c = 0; c < 9; c++) {
    duro_integrator_spec s = ordinary;
    s.order = (duro_integrator_order)(c % 3);
    s.dt = c < 3 ? 0.1 : c < 6 ? 0.01 : 0.001;
    duro_integrator *d = make_integrator(&s);
    const double r = s.control - s.disturbance;
    for (int i = 0; i <= 200; i++) {
      const double v = 3.0 * i / 200, edge = 5.0 - v * v / (2 * r);
      if (edge < -5.0) continue;
      const double near = 0.5 * s.dt * v + 0.125 * r * s.dt * s.dt + 1e-12;
      assert_true(duro_polytope_contains(duro_integrator_set(d), (const double[]){edge - near, v}, 0.0) ||
                  edge - near < -5.0);
      assert_true(duro_polytope_contains(duro_integrator_set(d), (const double[]){near - edge, -v}, 0.0) ||
                  edge - near < -5.0);
      assert_false(duro_polytope_contains(duro_integrator_set(d), (const double[]){edge + near, v}, 0.0));
    }
    duro_integrator_destroy(d);
  }
}

static void stronger_disturbance_smaller_set(void **state) {
  (void)state;
  for (int order = 0; order < 3; order++) {
    duro_integrator *last = NULL;
    double area = INFINITY;
    for (int i = 0; i < 10; i++) { // am = 0 first: every robust set lies in the undisturbed one
      duro_integrator_spec s = ordinary;
      s.order = (duro_integrator_order)order;
      s.disturbance = 0.1 * i;
      duro_integrator *d = make_integrator(&s);
      if (last) assert_true(excess(duro_integrator_set(last), duro_integrator_set(d)) <= 1e-12);
      assert_true(volume(duro_integrator_set(d)) < area - 1.0);
      area = volume(duro_integrator_set(d));
      duro_integrator_destroy(last);
      last = d;
    }
    duro_integrator_destroy(last);
  }
}

/* V = min{ h, max_u min_a V(x') } at points in and out of the box. Tolerance: the search over u ends at
 * roundings. */
static void value_solves_bellman(void **state) {
  (void)state;
  int above = 0;
  for (int trial = 0; trial < 12; trial++) {
    duro_stream stream = test_stream(3000 + (uint64_t)trial);
    duro_integrator_spec s = random_spec(&stream, trial % 3, 0.8);
    if (trial >= 6) s.bound_x2 = draw(&stream, 0.5, 3.0) * s.dt * s.control;
    duro_integrator *d = make_integrator(&s);
    plant p;
    make_plant(&p, &s);
    const double level = duro_integrator_closed_level(d);
    for (int i = 0; i < 300; i++) {
      const double wide = i % 2 ? 1.5 : 0.2;
      const double x[2] = {draw(&stream, -wide, wide) * s.bound_x1, draw(&stream, -wide, wide) * s.bound_x2};
      const double h = fmin(s.bound_x1 - fabs(x[0]), s.bound_x2 - fabs(x[1]));
      double low = -1.0, high = 1.0, best = -INFINITY;
      for (int c = 0; c < 120; c++) {
        double worst[2];
        const double u[2] = {low + (high - low) / 3, high - (high - low) / 3};
        for (int j = 0; j < 2; j++) {
          worst[j] = INFINITY;
          for (int a = -1; a <= 1; a += 2) {
            const double y[2] = {x[0] + s.dt * x[1] + p.B[0] * u[j] + p.E[0] * a, x[1] + p.B[1] * u[j] + p.E[1] * a};
            worst[j] = fmin(worst[j], duro_integrator_value(d, y));
          }
          best = fmax(best, worst[j]);
        }
        *(worst[0] < worst[1] ? &low : &high) = worst[0] < worst[1] ? u[0] : u[1];
      }
      const double value = duro_integrator_value(d, x);
      above += value >= level;
      assert_near(value, fmin(h, best), 1e-12);
    }
    duro_integrator_destroy(d);
  }
  assert_true(above > 50); // points at the highest level were among them
}

/* Above the level of the closed form nothing is left under euler and semi: the iteration comes to nothing, where the
 * box is small enough for it to end. Under hold something is. */
static void nothing_above_the_level(void **state) {
  (void)state;
  int empty = 0;
  for (int trial = 0; trial < 30; trial++) {
    duro_stream stream = test_stream(6000 + (uint64_t)trial);
    duro_integrator_spec s = random_spec(&stream, trial % 3, 0.9);
    s.bound_x1 = draw(&stream, 0.3, 3.0) * s.dt * s.dt * s.control;
    if (trial % 2) s.bound_x2 = draw(&stream, 0.3, 3.0) * s.dt * s.control;
    duro_integrator *d = make_integrator(&s);
    const double level = duro_integrator_closed_level(d) + 0.1 * s.dt * s.dt * s.control;
    duro_integrator_destroy(d);
    if (level >= fmin(s.bound_x1, s.bound_x2)) continue;
    s.bound_x1 -= level, s.bound_x2 -= level;
    d = make_integrator(&s);
    duro_invariance info;
    duro_polytope *set = iterate_integrator(&s, 0.0, &info);
    assert_false(duro_integrator_set_info(d).closed && s.order == DURO_INTEGRATOR_HOLD);
    if (info.exact) assert_near(volume(duro_integrator_set(d)), volume(set), 1e-8);
    if (s.order != DURO_INTEGRATOR_HOLD)
      assert_true(duro_polytope_margin(duro_integrator_set(d), (const double[]){0, 0}) == -INFINITY);
    empty += info.exact && volume(set) == 0.0;
    duro_polytope_destroy(set);
    duro_integrator_destroy(d);
  }
  assert_true(empty >= 12);
}

/* levels of the value are the sets of shrunk boxes */
static void value_levels_are_sets(void **state) {
  (void)state;
  for (int trial = 0; trial < 18; trial++) {
    duro_stream stream = test_stream(4000 + (uint64_t)trial);
    duro_integrator_spec s = random_spec(&stream, trial % 3, 0.8);
    if (trial >= 9) s.bound_x2 = draw(&stream, 0.5, 3.0) * s.dt * s.control;
    duro_integrator *d = make_integrator(&s);
    for (int i = 0; i < 3; i++) {
      double level = draw(&stream, -0.5, 0.9) * fmin(s.bound_x1, s.bound_x2);
      level = fmin(level, duro_integrator_closed_level(d) - 1e-6);
      duro_invariance info;
      duro_polytope *set = iterate_integrator(&s, level, &info);
      if (!info.exact) { // creeps towards nothing
        assert_true(level > duro_integrator_closed_level(d));
        duro_polytope_destroy(set);
        continue;
      }
      for (int j = 0; j < 300; j++) {
        const double x[2] = {draw(&stream, -1.5, 1.5) * s.bound_x1, draw(&stream, -1.5, 1.5) * s.bound_x2};
        const double margin = duro_polytope_margin(set, x);
        if (fabs(margin) < 1e-6) continue; // on the edge either may be said
        assert_int_equal(duro_integrator_value(d, x) >= level, margin > 0.0);
      }
      duro_polytope_destroy(set);
    }
    duro_integrator_destroy(d);
  }
}

/* The same value without any closed form, from a level below the box. Above the highest level the sets creep towards
 * nothing, so there the iterate is an upper bound only. */
static void value_of_the_general_method(void **state) {
  (void)state;
  const double H[] = {1, 0, -1, 0, 0, 1, 0, -1};
  for (int trial = 0; trial < 3; trial++) {
    duro_stream stream = test_stream(5000 + (uint64_t)trial);
    duro_integrator_spec s = random_spec(&stream, trial, 0.6);
    s.dt = 0.4;
    plant p;
    make_plant(&p, &s);
    duro_integrator *d = make_integrator(&s);
    const double level = duro_integrator_closed_level(d);
    duro_polytope *below;
    duro_invariance info;
    const double k[] = {s.bound_x1, s.bound_x1, s.bound_x2, s.bound_x2};
    ok(duro_linear_value(&below, &info, &p.system, 4, H, k, -1.0, 30, SETTLED));
    for (int i = 0; i < 1000; i++) {
      const double x[2] = {draw(&stream, -1.5, 1.5) * s.bound_x1, draw(&stream, -1.5, 1.5) * s.bound_x2};
      const double value = duro_integrator_value(d, x), top = duro_polytope_top(below, x);
      if (value < -1.0 - 1e-6) assert_true(top == -INFINITY);
      if (value >= level) assert_true(top >= level - 1e-7);
      if (value > -1.0 + 1e-6 && value < level - 1e-6) assert_near(top, value, 1e-7);
    }
    duro_polytope_destroy(below);
    duro_integrator_destroy(d);
  }
}

/* two independent integrators: the set is the product, its volume the product of the areas, V the smaller value */
static void product_of_two(void **state) {
  (void)state;
  const duro_integrator_spec s[2] = {{0.5, 1.0, 0.3, 2.0, 1.5, DURO_INTEGRATOR_EULER},
                                     {0.4, 1.5, 0.5, 1.0, 2.0, DURO_INTEGRATOR_HOLD}};
  double A[16] = {0}, B[8] = {0}, E[8] = {0};
  duro_polytope *part[2], *box[2], *X, *product;
  duro_invariance info;
  for (int i = 0; i < 2; i++) {
    plant p;
    make_plant(&p, &s[i]);
    for (int r = 0; r < 2; r++) {
      for (int c = 0; c < 2; c++) A[(2 * i + r) * 4 + 2 * i + c] = p.A[r * 2 + c];
      B[(2 * i + r) * 2 + i] = p.B[r];
      E[(2 * i + r) * 2 + i] = p.E[r];
    }
    part[i] = iterate_integrator(&s[i], 0.0, &info);
    box[i] = make_box(2, (const double[]){s[i].bound_x1, s[i].bound_x2});
  }
  ok(duro_polytope_create_product(&X, box[0], box[1]));
  ok(duro_polytope_create_product(&product, part[0], part[1]));
  duro_polytope *set = iterate(&(duro_linear){4, 2, 2, A, B, E}, X, &info);
  assert_true(info.exact);
  assert_same_set(set, product, 1e-8);
  const double wanted = volume(part[0]) * volume(part[1]);
  assert_near(volume(product) / wanted, 1.0, 1e-11);
  assert_near(volume(set) / wanted, 1.0, 1e-7);
  for (int i = 0; i < 2; i++) duro_polytope_destroy(part[i]), duro_polytope_destroy(box[i]);
  duro_polytope_destroy(X), duro_polytope_destroy(product), duro_polytope_destroy(set);
}

/* x1' = u + a/2, x2' = x1: A is singular. |x1| <= 1, |x2| <= 1 and u = 0 keeps all: the box itself. With |x2| <= .25,
 * x1 must be within .25 after one step, which a = 1 breaks: empty. */
static void singular_system(void **state) {
  (void)state;
  const double A[] = {0, 0, 1, 0}, B[] = {1, 0}, E[] = {0.5, 0};
  const duro_linear system = {2, 1, 1, A, B, E};
  duro_invariance info;
  duro_polytope *X = make_box(2, (const double[]){1, 1}), *set = iterate(&system, X, &info);
  assert_true(info.exact && info.steps == 1);
  assert_same_set(set, X, 1e-15);
  duro_polytope_destroy(X), duro_polytope_destroy(set);
  X = make_box(2, (const double[]){1, 0.25});
  set = iterate(&system, X, &info);
  assert_true(info.exact && volume(set) == 0.0);
  assert_true(duro_polytope_margin(set, (const double[]){0, 0}) == -INFINITY);
  duro_polytope_destroy(X), duro_polytope_destroy(set);
}

/* without players: x' = x/2 keeps any box; a rotation by 45 degrees keeps the octagon in a square; x' = 2 x + u keeps
 * |x| <= 1, where x - 1 <= 2 x - sign x, and with a/2 besides |x| <= 1/2 */
static void known_small_systems(void **state) {
  (void)state;
  duro_invariance info;
  const double c = sqrt(0.5), rotation[] = {c, -c, c, c}, half[] = {0.5, 0, 0, 0.5};
  duro_polytope *X = make_box(2, (const double[]){1, 1});
  duro_polytope *set = iterate(&(duro_linear){2, 0, 0, half, NULL, NULL}, X, &info);
  assert_same_set(set, X, 1e-15);
  duro_polytope_destroy(set);
  set = iterate(&(duro_linear){2, 0, 0, rotation, NULL, NULL}, X, &info);
  assert_int_equal(duro_polytope_faces(set), 8);
  assert_near(volume(set), 8.0 * (sqrt(2.0) - 1.0), 1e-14); // octagon of inradius 1
  duro_polytope_destroy(X), duro_polytope_destroy(set);
  X = make_box(1, (const double[]){10});
  for (int disturbed = 0; disturbed < 2; disturbed++) {
    const double A = 2, B = 1, E = 0.5;
    set = iterate(&(duro_linear){1, 1, disturbed, &A, &B, &E}, X, &info);
    assert_near(volume(set), disturbed ? 1.0 : 2.0, 1e-7); // the distance to it halves each step: stops within 1e-8
    assert_true(info.exact && info.steps > 20);
    duro_polytope_destroy(set);
  }
  duro_polytope_destroy(X);
}

/* unbounded sets: x1 is free, x2' = 2 x2 + u; and without any wall at all */
static void unbounded_safe_set(void **state) {
  (void)state;
  const double A[] = {1, 1, 0, 2}, B[] = {0, 1};
  const duro_linear system = {2, 1, 0, A, B, NULL};
  duro_polytope *X = make(2, 2, (const double[]){0, 1, 0, -1}, (const double[]){3, 3}), *whole = make(2, 0, NULL, NULL);
  duro_polytope *answer = make(2, 2, (const double[]){0, 1, 0, -1}, (const double[]){1, 1});
  duro_invariance info;
  duro_polytope *set = iterate(&system, X, &info);
  assert_same_set(set, answer, 1e-7); // the distance to it halves each step
  assert_true(volume(set) == INFINITY);
  duro_polytope_destroy(set);
  set = iterate(&system, whole, &info);
  assert_true(info.exact && duro_polytope_faces(set) == 0);
  duro_polytope_destroy(set);
  duro_polytope_destroy(X), duro_polytope_destroy(whole), duro_polytope_destroy(answer);
}

/* stopped early: said to be an outer approximation, and it is one */
static void stopped_early(void **state) {
  (void)state;
  plant p;
  make_plant(&p, &ordinary);
  duro_integrator *d = make_integrator(&ordinary);
  duro_polytope *X = make_box(2, (const double[]){5, 5}), *set;
  duro_invariance info;
  ok(duro_linear_invariant(&set, &info, &p.system, X, 7, SETTLED));
  assert_true(!info.exact && info.steps == 7 && info.residual > SETTLED);
  assert_true(excess(set, duro_integrator_set(d)) <= 1e-9 && excess(duro_integrator_set(d), set) > 0.1);
  duro_polytope_destroy(X), duro_polytope_destroy(set);
  duro_integrator_destroy(d);
}

static void spec_of_an_environment(void **state) {
  (void)state;
  const duro_env_ops *ops;
  duro_env *env;
  duro_integrator_spec spec;
  ok(duro_env_find(&ops, "double-integrator"));
  ok(duro_env_create(&env, ops, NULL));
  ok(duro_integrator_spec_of(&spec, env));
  assert_true(spec.dt == 0.1 && spec.control == 1.0 && spec.disturbance == 0.5); // documented defaults
  assert_true(spec.bound_x1 == 5.0 && spec.bound_x2 == 5.0 && spec.order == DURO_INTEGRATOR_EULER);
  // where the environment goes is where the matrices go
  for (int order = 0; order < 3; order++) {
    const duro_settings_group group = {"env", ops->settings, ops->n_settings, env->settings};
    const char *const words[] = {"euler", "hold", "semi"};
    ok(duro_settings_set(&group, 1, "env.discretisation", words[order]));
    ok(duro_settings_set(&group, 1, "env.bound_x2", "3.5"));
    duro_env *other;
    ok(duro_env_create(&other, ops, env->settings));
    ok(duro_integrator_spec_of(&spec, other));
    assert_true(spec.bound_x2 == 3.5);
    plant p;
    make_plant(&p, &spec);
    const double x[2] = {1.5, -2.5}, u = 0.75, a = -0.5;
    double x2[2];
    duro_step out;
    duro_env_step(other, NULL, x2, &out, x, &u, &a);
    for (int i = 0; i < 2; i++)
      assert_near(x2[i], p.A[2 * i] * x[0] + p.A[2 * i + 1] * x[1] + p.B[i] * u + p.E[i] * a, 1e-15);
    duro_env_destroy(other);
  }
  duro_env_destroy(env);
  ok(duro_env_find(&ops, "cartpole"));
  ok(duro_env_create(&env, ops, NULL));
  assert_fails(duro_integrator_spec_of(&spec, env), DURO_ERROR_MISSING, "environment cartpole is not known");
  duro_env_destroy(env);
}

static void bad_input(void **state) {
  (void)state;
  duro_integrator *d;
  duro_integrator_spec s = ordinary;
  s.disturbance = 1.0;
  assert_fails(duro_integrator_create(&d, &s), DURO_ERROR_ARGUMENT, "disturbance of the double integrator is 1 m/s^2");
  assert_null(d);
  s.disturbance = NAN;
  assert_fails(duro_integrator_create(&d, &s), DURO_ERROR_ARGUMENT, "is nan");
  s = ordinary, s.dt = 0.0;
  assert_fails(duro_integrator_create(&d, &s), DURO_ERROR_ARGUMENT,
               "dt of the double integrator is 0; wanted a positive");
  s = ordinary, s.bound_x2 = INFINITY;
  assert_fails(duro_integrator_create(&d, &s), DURO_ERROR_ARGUMENT, "bound_x2 of the double integrator is inf");
  s = ordinary, s.order = (duro_integrator_order)7;
  assert_fails(duro_integrator_create(&d, &s), DURO_ERROR_ARGUMENT, "order of the double integrator is 7");
  s = ordinary, s.dt = 1e-5;
  assert_fails(duro_integrator_create(&d, &s), DURO_ERROR_ARGUMENT, "faces at dt = 1e-05 s; wanted at most 100000");
  const double A[] = {1, NAN, 0, 1}, I[] = {1, 0, 0, 1}, B[] = {0, 1};
  duro_polytope *X = make_box(2, (const double[]){1, 1}), *line = make_box(1, B + 1), *set;
  duro_invariance info;
  assert_fails(duro_linear_invariant(&set, &info, &(duro_linear){2, 1, 0, A, B, NULL}, X, 9, 0), DURO_ERROR_NOT_FINITE,
               "A[0][1] is nan");
  assert_fails(duro_linear_invariant(&set, &info, &(duro_linear){2, 1, 1, I, B, A}, X, 9, 0), DURO_ERROR_NOT_FINITE,
               "E[1][0] is nan");
  assert_fails(duro_linear_invariant(&set, &info, &(duro_linear){2, 1, 0, I, B, NULL}, X, 0, 0), DURO_ERROR_ARGUMENT,
               "steps is 0");
  assert_fails(duro_linear_invariant(&set, &info, &(duro_linear){2, 1, 0, I, B, NULL}, X, 9, NAN), DURO_ERROR_ARGUMENT,
               "tolerance nan");
  assert_fails(duro_linear_before(&set, &(duro_linear){2, 1, 0, I, B, NULL}, line), DURO_ERROR_ARGUMENT,
               "the set has 1 dimensions; wanted the 2 of the states");
  assert_fails(duro_linear_before(&set, &(duro_linear){0, 0, 0, I, B, NULL}, line), DURO_ERROR_ARGUMENT,
               "has 0 states");
  assert_fails(duro_linear_before(&set, &(duro_linear){2, 11, 0, I, B, NULL}, X), DURO_ERROR_ARGUMENT, "11 controls");
  duro_polytope_destroy(X), duro_polytope_destroy(line);
  duro_integrator_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(areas_are_exact),
      cmocka_unit_test(closed_form_is_the_iteration),
      cmocka_unit_test(closed_level_is_sharp),
      cmocka_unit_test(some_control_answers),
      cmocka_unit_test(limit_of_short_steps),
      cmocka_unit_test(stronger_disturbance_smaller_set),
      cmocka_unit_test(value_solves_bellman),
      cmocka_unit_test(nothing_above_the_level),
      cmocka_unit_test(value_levels_are_sets),
      cmocka_unit_test(value_of_the_general_method),
      cmocka_unit_test(product_of_two),
      cmocka_unit_test(singular_system),
      cmocka_unit_test(known_small_systems),
      cmocka_unit_test(unbounded_safe_set),
      cmocka_unit_test(stopped_early),
      cmocka_unit_test(spec_of_an_environment),
      cmocka_unit_test(bad_input),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

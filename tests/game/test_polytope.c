/* Polytopes against boxes, simplices and cross-polytopes, whose vertices and volumes are known, against all vertices of
 * random polytopes by brute force, and against points drawn at random. */
#include "game/polytope_test.h"

/* x >= 0, sum x <= 1 */
static duro_polytope *simplex(int nd) {
  double H[7 * 6] = {0}, k[7] = {0};
  for (int j = 0; j < nd; j++) {
    H[j * nd + j] = -1.0;
    H[nd * nd + j] = 1.0;
  }
  k[nd] = 1.0;
  return make(nd, nd + 1, H, k);
}

/* sum |x_j| <= 1: 2^nd faces, 2^(nd - 1) at each vertex */
static duro_polytope *cross(int nd) {
  double H[64 * 6], k[64];
  for (int i = 0; i < 1 << nd; i++) {
    for (int j = 0; j < nd; j++) H[i * nd + j] = i >> j & 1 ? -1.0 : 1.0;
    k[i] = 1.0;
  }
  return make(nd, 1 << nd, H, k);
}

static double factorial(int n) {
  return n < 2 ? 1.0 : n * factorial(n - 1);
}

/* tolerance of volumes: faces are right to a few roundings, and each level sums a hundred terms at most */
#define VOLUME_ERROR 1e-12

static void volumes_are_known(void **state) {
  (void)state;
  const double half[] = {1, 0.5, 2, 3, 0.25, 1.5};
  double box = 1.0;
  for (int n = 1; n <= 6; n++) {
    box *= 2.0 * half[n - 1];
    duro_polytope *b = make_box(n, half), *s = simplex(n);
    assert_near(volume(b) / box, 1.0, VOLUME_ERROR);
    assert_near(volume(s) * factorial(n), 1.0, VOLUME_ERROR);
    duro_polytope_destroy(b), duro_polytope_destroy(s);
  }
  for (int n = 1; n <= 5; n++) {
    duro_polytope *c = cross(n);
    assert_near(volume(c) * factorial(n) / (1 << n), 1.0, VOLUME_ERROR);
    duro_polytope_destroy(c);
  }
}

/* points of M simplex + t: volume |det M| / 4! */
static void volume_follows_affine_maps(void **state) {
  (void)state;
  // rows of M^-1 for M = lower triangle with diagonal 2, 3, .5, 4, so that det M = 12
  const double Mi[4][4] = {{0.5, 0, 0, 0}, {-0.7, 1.0 / 3, 0, 0}, {1.1, 0.4, 2, 0}, {0.2, -0.6, 0.9, 0.25}};
  const double t[4] = {100, -3, 7, 20};
  double H[5 * 4] = {0}, k[5] = {0, 0, 0, 0, 1};
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++) {
      H[i * 4 + j] = -Mi[i][j];
      H[16 + j] += Mi[i][j];
      k[i] -= Mi[i][j] * t[j];
      k[4] += Mi[i][j] * t[j];
    }
  duro_polytope *p = make(4, 5, H, k);
  assert_near(volume(p), 12.0 / 24.0, 1e-10); // cancels digits: the set lies 100 away from the origin
  duro_polytope_destroy(p);
}

/* random directions at random distances in [1, 2]: contains the unit ball; bounded for sure by the box of half width 3
 */
static duro_polytope *random_polytope(duro_stream *stream, int nd, int faces) {
  double H[60 * 6], k[60];
  for (int i = 0; i < faces; i++) {
    double norm = 0;
    for (int j = 0; j < nd; j++) {
      H[i * nd + j] = i < 2 * nd ? (i / 2 == j ? 1.0 - 2.0 * (i % 2) : 0.0) : (double)duro_stream_normalf(stream);
      norm += H[i * nd + j] * H[i * nd + j];
    }
    k[i] = i < 2 * nd ? 3.0 : sqrt(norm) * draw(stream, 1.0, 2.0);
  }
  return make(nd, faces, H, k);
}

static void volume_of_random_polytopes(void **state) {
  (void)state;
  for (uint64_t trial = 0; trial < 3; trial++) {
    duro_stream stream = test_stream(trial);
    duro_polytope *p = random_polytope(&stream, 3, 25);
    int hits = 0;
    const int points = 200000;
    for (int i = 0; i < points; i++)
      hits += duro_polytope_contains(
          p, (const double[]){draw(&stream, -3, 3), draw(&stream, -3, 3), draw(&stream, -3, 3)}, 0.0);
    const double share = hits / (double)points, sigma = sqrt(share * (1.0 - share) / points);
    assert_near(volume(p) / 216.0, share, 4.0 * sigma); // 4 sigma: one in 16 thousand, and the draws are fixed
    duro_polytope_destroy(p);
  }
}

/* solves the n planes of `which`; false when they do not meet in a point */
static bool meet(double *x, double (*H)[6], const double *k, const int *which, int n) {
  double a[4][5];
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) a[i][j] = H[which[i]][j];
    a[i][n] = k[which[i]];
  }
  for (int c = 0; c < n; c++) {
    int best = c;
    for (int i = c; i < n; i++)
      if (fabs(a[i][c]) > fabs(a[best][c])) best = i;
    if (fabs(a[best][c]) < 1e-9) return false;
    for (int j = 0; j <= n; j++) {
      const double swap = a[c][j];
      a[c][j] = a[best][j];
      a[best][j] = swap;
    }
    for (int i = 0; i < n; i++) {
      const double factor = i == c ? 0.0 : a[i][c] / a[c][c];
      for (int j = 0; j <= n; j++) a[i][j] -= factor * a[c][j];
    }
  }
  for (int i = 0; i < n; i++) x[i] = a[i][n] / a[i][i];
  return true;
}

/* largest c.x over all vertices, found by meeting any n faces */
static double brute_support(const duro_polytope *p, const double *c, int n) {
  double H[60][6], k[60], best = -INFINITY;
  const int m = duro_polytope_faces(p);
  for (int i = 0; i < m; i++) k[i] = duro_polytope_face(p, H[i], i);
  int which[4] = {0};
  for (int code = 0, all = (int)pow(m, n); code < all; code++) {
    for (int i = 0, rest = code; i < n; i++, rest /= m) which[i] = rest % m;
    bool rising = true;
    for (int i = 1; i < n; i++) rising &= which[i] > which[i - 1];
    double x[4], value = 0;
    if (!rising || !meet(x, H, k, which, n) || duro_polytope_margin(p, x) < -1e-9) continue;
    for (int j = 0; j < n; j++) value += c[j] * x[j];
    if (value > best) best = value;
  }
  return best;
}

static void support_by_brute_force(void **state) {
  (void)state;
  for (uint64_t trial = 0; trial < 40; trial++) {
    duro_stream stream = test_stream(100 + trial);
    const int n = 2 + (int)(trial % 3), faces = n == 4 ? 14 : 24;
    duro_polytope *p = random_polytope(&stream, n, faces);
    double c[4], where[4], value, along = 0;
    for (int j = 0; j < n; j++) c[j] = (double)duro_stream_normalf(&stream);
    if (trial % 5 == 0) c[0] = 0.0; // degenerate for the dual
    ok(duro_polytope_support(&value, where, p, c));
    assert_near(value, brute_support(p, c, n), 1e-11); // systems of 4 at worst, of sizes near 1
    for (int j = 0; j < n; j++) along += c[j] * where[j];
    assert_near(along, value, 1e-14);
    assert_true(duro_polytope_contains(p, where, -1e-11));
    duro_polytope_destroy(p);
  }
}

static void reduction_leaves_the_set(void **state) {
  (void)state;
  for (uint64_t trial = 0; trial < 20; trial++) {
    duro_stream stream = test_stream(200 + trial);
    const int n = 2 + (int)(trial % 4);
    duro_polytope *p = random_polytope(&stream, n, 40), *r;
    ok(duro_polytope_create_reduced(&r, p));
    assert_same_set(p, r, 1e-9); // ten times the stated tolerance at scale 3, for a few removals on top of each other
    assert_true(duro_polytope_faces(r) <= duro_polytope_faces(p));
    // no face is left that could go: without it the set is larger
    for (int i = 0; i < duro_polytope_faces(r); i++) {
      double H[40 * 6], k[40], normal[6], reach;
      int m = 0;
      for (int j = 0; j < duro_polytope_faces(r); j++)
        if (j != i) k[m] = duro_polytope_face(r, H + m * n, j), m++;
      duro_polytope *without = make(n, m, H, k);
      const double ki = duro_polytope_face(r, normal, i);
      ok(duro_polytope_support(&reach, NULL, without, normal));
      assert_true(reach > ki + 1e-10);
      duro_polytope_destroy(without);
    }
    duro_polytope_destroy(p), duro_polytope_destroy(r);
  }
}

/* planes that touch a cube, or miss it, or repeat its faces: the cube is left */
static void reduction_finds_the_cube(void **state) {
  (void)state;
  duro_stream stream = test_stream(300);
  double H[60 * 4] = {0}, k[60];
  for (int i = 0; i < 60; i++) {
    double reach = 0;
    for (int j = 0; j < 4; j++) {
      H[i * 4 + j] = i < 16 ? ((i / 2) % 4 == j) * (i % 2 ? -1.0 : 1.0) : (double)duro_stream_normalf(&stream);
      reach += fabs(H[i * 4 + j]);
    }
    k[i] = reach + (i % 3 == 0 && i >= 16 ? 0.1 : 0.0);
  }
  duro_polytope *p = make(4, 60, H, k), *r;
  ok(duro_polytope_create_reduced(&r, p));
  assert_int_equal(duro_polytope_faces(r), 8);
  assert_same_set(p, r, 1e-12);
  assert_near(volume(p), 16.0, 16.0 * VOLUME_ERROR);
  duro_polytope_destroy(p), duro_polytope_destroy(r);
}

/* a regular polygon: vertices on the circle in order, area n/2 sin(2 pi/n) */
static void vertices_in_order(void **state) {
  (void)state;
  const int n = 17;
  const double pi = 3.14159265358979323846;
  double H[20 * 2], k[20], xy[2 * 24];
  for (int i = 0; i < n; i++) {
    H[2 * i] = cos(2 * pi * (5 * i % n) / n); // in any order
    H[2 * i + 1] = sin(2 * pi * (5 * i % n) / n);
    k[i] = cos(pi / n);
  }
  duro_polytope *p = make(2, n, H, k);
  int count;
  ok(duro_polytope_vertices(xy, &count, p, n + 4));
  assert_int_equal(count, n);
  for (int i = 0; i < n; i++) {
    const double *a = xy + 2 * i, *b = xy + 2 * ((i + 1) % n);
    assert_near(hypot(a[0], a[1]), 1.0, 1e-14);
    assert_near(a[0] * b[1] - a[1] * b[0], sin(2 * pi / n), 1e-14); // counter-clockwise, one side on
  }
  assert_near(volume(p), 0.5 * n * sin(2 * pi / n), 1e-14);
  assert_fails(duro_polytope_vertices(xy, &count, p, 5), DURO_ERROR_ARGUMENT,
               "room for 5 vertices; wanted room for 17");
  duro_polytope_destroy(p);
}

static void ball_and_margin(void **state) {
  (void)state;
  duro_polytope *p = make_box(3, (const double[]){1, 2, 3});
  double radius, centre[3], value;
  ok(duro_polytope_ball(&radius, centre, p));
  assert_near(radius, 1.0, 1e-15);
  assert_near(duro_polytope_margin(p, centre), 1.0, 1e-15);
  assert_near(duro_polytope_margin(p, (const double[]){0.5, 1.8, 0}), 0.2, 1e-15);
  assert_near(duro_polytope_margin(p, (const double[]){0, 0, -5}), -2.0, 1e-15);
  assert_true(duro_polytope_contains(p, (const double[]){0, 0, 0}, 1.0));
  assert_false(duro_polytope_contains(p, (const double[]){0, 0, 0}, 1.0001));
  assert_true(isnan(duro_polytope_margin(p, (const double[]){0, NAN, 0})));
  assert_false(duro_polytope_contains(p, (const double[]){0, NAN, 0}, -100.0));
  ok(duro_polytope_support(&value, NULL, p, (const double[]){1, -1, 2}));
  assert_near(value, 9.0, 1e-15);
  ok(duro_polytope_support(&value, NULL, p, (const double[]){0, 0, 0}));
  assert_near(value, 0.0, 0.0);
  duro_polytope_destroy(p);
}

static void unbounded_sets(void **state) {
  (void)state;
  // a slab, a half plane, the whole plane
  duro_polytope *slab = make(2, 2, (const double[]){1, 0, -1, 0}, (const double[]){1, 1});
  duro_polytope *half = make(2, 1, (const double[]){3, 4}, (const double[]){10});
  duro_polytope *whole = make(2, 0, NULL, NULL), *both, *reduced;
  double value, xy[20];
  int count;
  ok(duro_polytope_support(&value, NULL, slab, (const double[]){2, 0}));
  assert_near(value, 2.0, 1e-15);
  ok(duro_polytope_support(&value, NULL, slab, (const double[]){0, 1}));
  assert_true(value == INFINITY);
  ok(duro_polytope_support(&value, NULL, half, (const double[]){3, 4}));
  assert_near(value, 10.0, 1e-14);
  ok(duro_polytope_support(&value, NULL, half, (const double[]){-3, -4}));
  assert_true(value == INFINITY);
  ok(duro_polytope_support(&value, NULL, whole, (const double[]){1, 0}));
  assert_true(value == INFINITY);
  assert_true(duro_polytope_margin(whole, (const double[]){7, 7}) == INFINITY);
  assert_true(volume(slab) == INFINITY && volume(half) == INFINITY && volume(whole) == INFINITY);
  assert_true(excess(slab, half) == INFINITY && excess(whole, half) == -INFINITY);
  assert_fails(duro_polytope_vertices(xy, &count, slab, 10), DURO_ERROR_ARGUMENT, "unbounded");
  ok(duro_polytope_create_intersection(&both, slab, half));
  ok(duro_polytope_create_reduced(&reduced, both));
  assert_int_equal(duro_polytope_faces(reduced), 3);
  duro_polytope_destroy(slab), duro_polytope_destroy(half), duro_polytope_destroy(whole);
  duro_polytope_destroy(both), duro_polytope_destroy(reduced);
}

static void empty_and_flat_sets(void **state) {
  (void)state;
  const double faces[] = {1, 0, -1, 0, 0, 1, 0, -1};
  duro_polytope *none = make(2, 4, faces, (const double[]){-1, 0.5, 1, 1}); // x <= -1, x >= -.5
  duro_polytope *flat = make(2, 4, faces, (const double[]){1, -1, 2, 2});   // x = 1, |y| <= 2
  duro_polytope *open = make(2, 2, faces, (const double[]){-1, 0.5});       // empty, in an unbounded direction too
  duro_polytope *reduced, *box = make_box(2, (const double[]){1, 1});
  double value, radius, xy[20];
  int count;
  ok(duro_polytope_support(&value, NULL, none, (const double[]){1, 1}));
  assert_true(value == -INFINITY);
  ok(duro_polytope_support(&value, NULL, open, (const double[]){0, 1}));
  assert_true(value == -INFINITY);
  assert_true(volume(none) == 0.0 && volume(open) == 0.0 && volume(flat) == 0.0);
  assert_true(excess(box, none) == -INFINITY);
  ok(duro_polytope_vertices(xy, &count, none, 8));
  assert_int_equal(count, 0);
  ok(duro_polytope_vertices(xy, &count, flat, 8));
  assert_int_equal(count, 2);
  ok(duro_polytope_ball(&radius, NULL, none));
  assert_near(radius, -0.25, 1e-15);
  ok(duro_polytope_create_reduced(&reduced, none));
  assert_int_equal(duro_polytope_faces(reduced), 0);
  assert_true(duro_polytope_margin(reduced, (const double[]){0, 0}) == -INFINITY);
  assert_true(excess(reduced, box) == INFINITY && excess(reduced, none) == -INFINITY);
  duro_polytope_destroy(reduced);
  ok(duro_polytope_create_reduced(&reduced, flat));
  assert_int_equal(duro_polytope_faces(reduced), 4);
  assert_same_set(reduced, flat, 0.0);
  duro_polytope_destroy(none), duro_polytope_destroy(flat), duro_polytope_destroy(open);
  duro_polytope_destroy(reduced), duro_polytope_destroy(box);
}

static void bad_input(void **state) {
  (void)state;
  duro_polytope *p;
  const double H[] = {1, 0, 0, 0}, k[] = {1, 1};
  assert_fails(duro_polytope_create(&p, 0, 1, H, k), DURO_ERROR_ARGUMENT,
               "dimension of the polytope is 0; wanted 1 to");
  assert_fails(duro_polytope_create(&p, 13, 1, H, k), DURO_ERROR_ARGUMENT, "is 13; wanted");
  assert_fails(duro_polytope_create(&p, 2, -1, H, k), DURO_ERROR_ARGUMENT, "has -1 faces");
  assert_fails(duro_polytope_create(&p, 2, 2, H, k), DURO_ERROR_ARGUMENT, "face 1 has only zero coefficients");
  assert_null(p);
  assert_fails(duro_polytope_create(&p, 2, 1, (const double[]){1, NAN}, k), DURO_ERROR_NOT_FINITE,
               "coefficient 1 of face 0 is nan");
  assert_fails(duro_polytope_create(&p, 2, 1, H, (const double[]){INFINITY}), DURO_ERROR_NOT_FINITE,
               "right side of face 0 is inf");
  assert_fails(duro_polytope_create(&p, 1, 1, (const double[]){1e-300}, (const double[]){1e300}), DURO_ERROR_NOT_FINITE,
               "wanted a finite distance");
  assert_fails(duro_polytope_create_box(&p, 1, (const double[]){2}, (const double[]){1}), DURO_ERROR_ARGUMENT,
               "coordinate 0 of the box goes from 2 to 1");
  assert_fails(duro_polytope_create_box(&p, 1, (const double[]){NAN}, (const double[]){1}), DURO_ERROR_ARGUMENT, "nan");
  duro_polytope *a = make_box(2, k), *b = make_box(1, k);
  double value;
  assert_fails(duro_polytope_create_intersection(&p, a, b), DURO_ERROR_ARGUMENT, "2 and 1 dimensions");
  assert_fails(duro_polytope_excess(&value, a, b), DURO_ERROR_ARGUMENT, "2 and 1 dimensions");
  assert_fails(duro_polytope_support(&value, NULL, b, (const double[]){NAN}), DURO_ERROR_NOT_FINITE,
               "direction is nan");
  int count;
  assert_fails(duro_polytope_vertices(&value, &count, b, 1), DURO_ERROR_ARGUMENT, "in 1 dimensions; wanted 2");
  duro_polytope_destroy(a), duro_polytope_destroy(b), duro_polytope_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(volumes_are_known),
      cmocka_unit_test(volume_follows_affine_maps),
      cmocka_unit_test(volume_of_random_polytopes),
      cmocka_unit_test(support_by_brute_force),
      cmocka_unit_test(reduction_leaves_the_set),
      cmocka_unit_test(reduction_finds_the_cube),
      cmocka_unit_test(vertices_in_order),
      cmocka_unit_test(ball_and_margin),
      cmocka_unit_test(unbounded_sets),
      cmocka_unit_test(empty_and_flat_sets),
      cmocka_unit_test(bad_input),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

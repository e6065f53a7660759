/* Polytopes cut plane by plane, against volumes known in closed form and the volumes of another representation. */
#include "base/memory.h"
#include "game/simple_polytope.h"
#include "polytope_test.h"

static double measured(simple_polytope *p) {
  int *simplex, *facet;
  int64_t count;
  ok(simple_tidy(p));
  ok(simple_triangulate(p, &simplex, &facet, &count));
  for (int64_t k = 0; k < count; k++) // each simplex lies on its row
    for (int i = 0; i < p->nd; i++) {
      const double *row = p->row + facet[k] * p->nd, *z = p->vertex[simplex[k * p->nd + i]].z;
      assert_true(fabs(simple_dot(p->nd, row, z) - 1.0) < 1e-9);
    }
  const double v = simple_volume(p, simplex, count);
  duro_release(simplex);
  duro_release(facet);
  return v;
}

/* every edge has two ends that know of each other and differ in one facet; every vertex lies within all rows */
static void assert_sound(const simple_polytope *p) {
  for (int v = 0; v < p->vertices; v++) {
    const simple_vertex *a = p->vertex + v;
    if (a->gone) continue;
    for (int r = 0; r < p->rows; r++) assert_true(simple_dot(p->nd, p->row + r * p->nd, a->z) <= 1.0 + 1e-9);
    for (int i = 0; i < p->nd; i++) {
      const simple_vertex *b = p->vertex + a->next[i];
      int back = 0, shared = 0;
      for (int j = 0; j < p->nd; j++) {
        back += b->next[j] == v;
        for (int k = 0; k < p->nd; k++) shared += a->facet[j] == b->facet[k];
      }
      assert_true(!b->gone && back == 1 && shared == p->nd - 1);
    }
  }
}

static const double ones[SIMPLE_D] = {1, 1, 1, 1, 1, 1};

/* the cube below sum z_i <= s: 2^n times the distribution of a sum of n uniform numbers (Irwin and Hall) */
static void a_corner_is_cut_off(void **state) {
  (void)state;
  for (int n = 2; n <= 5; n++)
    for (double s = 0.3; s < n; s += 0.5) {
      simple_polytope p;
      double row[SIMPLE_D], sum = 0.0, term = pow(2.0, n);
      for (int i = 0; i < n; i++) row[i] = 1.0 / s;
      ok(simple_box(&p, n, ones));
      ok(simple_cut(&p, row));
      assert_sound(&p);
      for (int k = 0; k <= n; k++) { // (-1)^k C(n, k) max(0, t - k)^n 2^n / n!
        sum += term * pow(fmax(0.5 * (s + n) - k, 0.0), n);
        term *= -(double)(n - k) / (k + 1);
      }
      const double exact = sum / tgamma(n + 1.0);
      assert_true(fabs(measured(&p) - exact) < 1e-12 * exact);
      simple_destroy(&p);
    }
}

/* sum |z_i| <= 1, its planes moved a little since more than n meet in a vertex: 2^n / n! */
static void the_cross_polytope(void **state) {
  (void)state;
  for (int n = 2; n <= 5; n++) {
    simple_polytope p;
    duro_stream stream = test_stream(7);
    ok(simple_box(&p, n, ones));
    for (int k = 0; k < 1 << n; k++) {
      double row[SIMPLE_D];
      const double by = 1.0 + draw(&stream, 0.0, 1e-6);
      for (int i = 0; i < n; i++) row[i] = k >> i & 1 ? -by : by;
      ok(simple_cut(&p, row));
    }
    assert_sound(&p);
    const double exact = pow(2.0, n) / tgamma(n + 1.0);
    assert_true(fabs(measured(&p) - exact) < 1e-5 * exact); // n times the movement
    simple_destroy(&p);
  }
}

/* many planes: the volume of the same faces by duro_polytope_volume, which integrates over faces of faces */
static void random_planes(void **state) {
  (void)state;
  for (int round = 0; round < 40; round++) {
    const int n = 2 + round % 3, planes = 10 + round;
    duro_stream stream = test_stream((uint64_t)round);
    simple_polytope p;
    ok(simple_box(&p, n, ones));
    for (int k = 0; k < planes; k++) {
      double row[SIMPLE_D];
      for (int i = 0; i < n; i++) row[i] = draw(&stream, -1.0, 1.0);
      ok(simple_cut(&p, row));
    }
    assert_sound(&p);
    const double mine = measured(&p);
    double *right = malloc((size_t)p.rows * sizeof *right), theirs;
    for (int r = 0; r < p.rows; r++) right[r] = 1.0;
    duro_polytope *other;
    ok(duro_polytope_create(&other, n, p.rows, p.row, right));
    ok(duro_polytope_volume(&theirs, other));
    assert_true(fabs(mine - theirs) < 1e-8 * theirs);
    duro_polytope_destroy(other);
    free(right);
    simple_destroy(&p);
  }
}

static void a_plane_beyond_cuts_nothing(void **state) {
  (void)state;
  simple_polytope p;
  ok(simple_box(&p, 3, ones));
  const double beyond[3] = {0.1, 0.1, 0.1};
  ok(simple_cut(&p, beyond));
  assert_int_equal(p.rows, 6);
  assert_int_equal(p.vertices, 8);
  simple_destroy(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_corner_is_cut_off),
      cmocka_unit_test(the_cross_polytope),
      cmocka_unit_test(random_planes),
      cmocka_unit_test(a_plane_beyond_cuts_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The same iteration in rational arithmetic by the Parma Polyhedra Library, with the disturbance's two ends written out
 * and u projected away by its own methods: the sets agree both ways. Skipped where the library is missing. */
#include "game/polytope_test.h"

#ifdef DURO_HAVE_PPL
#include <ppl_c.h>

/* x' = (A x + B u + E a) / unit in integers, one control and one disturbance; the safe box is |x_j| <= half_j */
typedef struct rational {
  int nx, unit;
  int A[9], B[3], E[3], half[3];
} rational;

/* sum_j c_j x_j + inhomogeneous >= 0 into p */
static void add(ppl_Polyhedron_t p, mpz_t *c, int n, mpz_t inhomogeneous) {
  ppl_Linear_Expression_t e;
  ppl_Coefficient_t value;
  ppl_Constraint_t row;
  assert_int_equal(ppl_new_Linear_Expression_with_dimension(&e, (ppl_dimension_type)n), 0);
  assert_int_equal(ppl_new_Coefficient_from_mpz_t(&value, inhomogeneous), 0);
  ppl_Linear_Expression_add_to_inhomogeneous(e, value);
  for (int j = 0; j < n; j++) {
    mpz_t copy;
    mpz_init_set(copy, c[j]);
    ppl_assign_Coefficient_from_mpz_t(value, copy);
    mpz_clear(copy);
    ppl_Linear_Expression_add_to_coefficient(e, (ppl_dimension_type)j, value);
  }
  assert_int_equal(ppl_new_Constraint(&row, e, PPL_CONSTRAINT_TYPE_GREATER_OR_EQUAL), 0);
  assert_int_equal(ppl_Polyhedron_add_constraint(p, row), 0);
  ppl_delete_Constraint(row);
  ppl_delete_Coefficient(value);
  ppl_delete_Linear_Expression(e);
}

/* sign x_j <= limit in a space of n coordinates */
static void add_bound(ppl_Polyhedron_t p, int n, int j, int sign, int limit) {
  mpz_t c[5], k;
  for (int i = 0; i < n; i++) mpz_init_set_si(c[i], i == j ? -sign : 0);
  mpz_init_set_si(k, limit);
  add(p, c, n, k);
  for (int i = 0; i < n; i++) mpz_clear(c[i]);
  mpz_clear(k);
}

/* calls `each` for the constraints c.x + k >= 0 of p */
typedef void (*visit)(mpz_t *c, mpz_t k, int n, void *context);

static void for_constraints(ppl_Polyhedron_t p, int n, visit each, void *context) {
  ppl_const_Constraint_System_t rows;
  ppl_Constraint_System_const_iterator_t at, end;
  ppl_Coefficient_t value;
  assert_int_equal(ppl_Polyhedron_get_minimized_constraints(p, &rows), 0);
  ppl_new_Constraint_System_const_iterator(&at);
  ppl_new_Constraint_System_const_iterator(&end);
  ppl_Constraint_System_begin(rows, at);
  ppl_Constraint_System_end(rows, end);
  ppl_new_Coefficient(&value);
  mpz_t c[5], k;
  for (int j = 0; j < n; j++) mpz_init(c[j]);
  mpz_init(k);
  for (; !ppl_Constraint_System_const_iterator_equal_test(at, end);
       ppl_Constraint_System_const_iterator_increment(at)) {
    ppl_const_Constraint_t row;
    ppl_Constraint_System_const_iterator_dereference(at, &row);
    assert_int_equal(ppl_Constraint_type(row), PPL_CONSTRAINT_TYPE_GREATER_OR_EQUAL); // full dimension in these cases
    for (int j = 0; j < n; j++) {
      ppl_Constraint_coefficient(row, (ppl_dimension_type)j, value);
      ppl_Coefficient_to_mpz_t(value, c[j]);
    }
    ppl_Constraint_inhomogeneous_term(row, value);
    ppl_Coefficient_to_mpz_t(value, k);
    each(c, k, n, context);
  }
  for (int j = 0; j < n; j++) mpz_clear(c[j]);
  mpz_clear(k);
  ppl_delete_Coefficient(value);
  ppl_delete_Constraint_System_const_iterator(at);
  ppl_delete_Constraint_System_const_iterator(end);
}

typedef struct source {
  const rational *r;
  ppl_Polyhedron_t lifted; // in (x, u)
} source;

/* c.x' + k >= 0 with x' = (A x + B u + E a)/unit for a = -1 and a = 1, times unit */
static void put_successors(mpz_t *c, mpz_t k, int n, void *context) {
  const source *s = context;
  const rational *r = s->r;
  mpz_t row[5], right;
  mpz_init(right);
  for (int j = 0; j <= n; j++) {
    mpz_init(row[j]);
    for (int i = 0; i < n; i++) {
      const int m = j < n ? r->A[i * n + j] : r->B[i];
      mpz_set_si(right, m);
      mpz_addmul(row[j], c[i], right);
    }
  }
  for (int a = -1; a <= 1; a += 2) {
    mpz_t term;
    mpz_init(term);
    mpz_mul_si(right, k, r->unit);
    for (int i = 0; i < n; i++) {
      mpz_mul_si(term, c[i], a * r->E[i]);
      mpz_add(right, right, term);
    }
    add(s->lifted, row, n + 1, right);
    mpz_clear(term);
  }
  for (int j = 0; j <= n; j++) mpz_clear(row[j]);
  mpz_clear(right);
}

/* iterates to the exact fixed point, at most `steps` steps; returns the steps made, -1 when it did not stop */
static int iterate_exactly(ppl_Polyhedron_t *set, const rational *r, int steps) {
  const int n = r->nx;
  ppl_Polyhedron_t S;
  ppl_new_C_Polyhedron_from_space_dimension(&S, (ppl_dimension_type)n, 0);
  for (int j = 0; j < 2 * n; j++) add_bound(S, n, j / 2, j % 2 ? -1 : 1, r->half[j / 2]);
  for (int step = 1; step <= steps; step++) {
    source s = {r, NULL};
    ppl_new_C_Polyhedron_from_space_dimension(&s.lifted, (ppl_dimension_type)n + 1, 0);
    for_constraints(S, n, put_successors, &s);
    add_bound(s.lifted, n + 1, n, 1, 1);
    add_bound(s.lifted, n + 1, n, -1, 1);
    ppl_Polyhedron_remove_higher_space_dimensions(s.lifted, (ppl_dimension_type)n);
    ppl_Polyhedron_intersection_assign(s.lifted, S);
    const bool same = ppl_Polyhedron_equals_Polyhedron(s.lifted, S) > 0;
    ppl_delete_Polyhedron(S);
    S = s.lifted;
    *set = S;
    if (same) return step;
  }
  return -1;
}

typedef struct rows {
  int count;
  double H[400 * 3], k[400];
} rows;

static void collect(mpz_t *c, mpz_t k, int n, void *context) {
  rows *out = context;
  assert_true(out->count < 400);
  mpz_t largest;
  mpz_init_set_ui(largest, 1);
  for (int j = 0; j < n; j++)
    if (mpz_cmpabs(c[j], largest) > 0) mpz_abs(largest, c[j]);
  mpq_t q;
  mpq_init(q);
  for (int j = 0; j <= n; j++) { // each as a rational, so that only the last division rounds
    mpz_set(mpq_numref(q), j < n ? c[j] : k);
    mpz_set(mpq_denref(q), largest);
    mpq_canonicalize(q);
    const double value = mpq_get_d(q);
    *(j < n ? &out->H[out->count * n + j] : &out->k[out->count]) = j < n ? -value : value;
  }
  out->count++;
  mpq_clear(q);
  mpz_clear(largest);
}

static void check_case(const rational *r) {
  ppl_Polyhedron_t exact = NULL;
  const int steps = iterate_exactly(&exact, r, 60), n = r->nx;
  rows found = {0};
  for_constraints(exact, n, collect, &found);
  duro_polytope *wanted = make(n, found.count, found.H, found.k), *X, *set;
  double A[9], B[3], E[3], low[3], high[3];
  for (int i = 0; i < n * n; i++) A[i] = r->A[i] / (double)r->unit;
  for (int i = 0; i < n; i++) {
    B[i] = r->B[i] / (double)r->unit;
    E[i] = r->E[i] / (double)r->unit;
    low[i] = -(high[i] = r->half[i]);
  }
  ok(duro_polytope_create_box(&X, n, low, high));
  duro_invariance info;
  ok(duro_linear_invariant(&set, &info, &(duro_linear){n, 1, 1, A, B, E}, X, 60, 1e-9));
  assert_true(steps > 0 && info.exact);
  assert_int_equal(info.steps, steps);
  assert_same_set(set, wanted, 1e-8); // roundings: some tens of steps that each may lose 1e-10 scale
  assert_int_equal(duro_polytope_faces(set), found.count);
  ppl_delete_Polyhedron(exact);
  duro_polytope_destroy(wanted), duro_polytope_destroy(X), duro_polytope_destroy(set);
}

static void same_as_rational(void **state) {
  (void)state;
  const rational cases[] = {
      {2, 40, {40, 10, 0, 40}, {0, 10}, {0, 4}, {5, 5}},                      // euler, dt 1/4, am .4
      {2, 32, {32, 8, 0, 32}, {1, 8}, {0, 0}, {3, 2}},                        // hold, dt 1/4
      {2, 10, {10, 5, 0, 10}, {0, 5}, {0, 1}, {3, 4}},                        // euler, dt 1/2, am .2
      {2, 8, {8, 4, 0, 8}, {2, 4}, {1, 2}, {4, 3}},                           // semi, dt 1/2, am .5
      {2, 10, {0, 10, -8, 15}, {0, 3}, {0, 1}, {2, 2}},                       // an oscillator
      {2, 10, {0, 0, 12, 3}, {5, 0}, {1, 1}, {1, 1}},                         // singular A
      {3, 2, {2, 1, 0, 0, 2, 1, 0, 0, 0}, {0, 0, 2}, {0, 0, 0}, {2, 2, 1}},   // singular A in three states
      {3, 10, {9, 2, 0, -2, 9, 1, 0, 1, 8}, {0, 1, 5}, {1, 0, 1}, {3, 2, 2}}, // stable in three states
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check_case(&cases[i]);
}

static int start(void **state) {
  (void)state;
  return ppl_initialize() < 0;
}

static int finish(void **state) {
  (void)state;
  return ppl_finalize() < 0;
}
#else
static void same_as_rational(void **state) {
  (void)state;
  skip();
}
#define start NULL
#define finish NULL
#endif

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(same_as_rational)};
  return cmocka_run_group_tests(tests, start, finish);
}
